//! How the database finds what a search is about, for tests.

use rusqlite::Connection;
use skep_record::AuthorizedTenants;

use super::{Condition, Entity, Search, statement};
use crate::table;

/// The plan of the page and, behind it, of the count.
pub(super) fn plan<E: Entity>(all: Vec<Condition<E>>, any: Vec<Vec<Condition<E>>>) -> String {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(&table::SCHEMAS.concat()).unwrap();
    let search = Search { all, any, ..Search::default() };
    let tenants = AuthorizedTenants::Only(["<default>".into()].into());
    let order = statement::order(&search);
    let page = statement::page(&search, &order, &tenants).unwrap();
    let count = statement::count(&search, &tenants);
    [page, count].map(|sql| statement::plan(&connection, &sql)).join("\n")
}

/// The page and the count both use the index, and neither looks at all rows of a table.
pub(super) fn assert_found_by(plan: &str, index: &str) {
    let (page, count) = plan.split_once("CO-ROUTINE").unwrap();
    assert!(page.contains(index) && count.contains(index), "{plan}");
    let mut scans = plan.lines().filter(|line| line.starts_with("SCAN"));
    assert!(scans.all(|line| line.starts_with("SCAN (")), "{plan}");
}

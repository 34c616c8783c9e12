//! Statements of searches.

use rusqlite::types::Value;
use skep_record::{AuthorizedTenants, Test, TextTest};

use super::{COUNTED_MAX, Column, Condition, Cursor, Entity, Order, Page, Search};
use crate::{error::HistoryError, names::Names, sql::Sql};

/// A step of an order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    column: Column,
    order: Order,
}

/// The steps of the order that is asked for, down to the key.
pub(super) fn order<E: Entity>(search: &Search<E>) -> Vec<Step> {
    let key = E::TABLE.key;
    let unique = std::iter::once(&key).chain(E::TIES);
    let mut asked: Vec<(E::Field, Order)> = Vec::with_capacity(search.order.len() + 2);
    for step in &search.order {
        asked.push(*step);
        if unique.clone().all(|field| asked.iter().any(|(asked, _)| asked == field)) {
            break;
        }
    }
    for field in unique {
        if !asked.iter().any(|(asked, _)| asked == field) {
            asked.push((*field, Order::Ascending));
        }
    }
    asked.into_iter().map(|(field, order)| Step { column: E::column(field), order }).collect()
}

/// How many there are, up to a number.
pub(super) fn count<E: Entity>(search: &Search<E>, tenants: &AuthorizedTenants) -> Sql {
    let mut sql = Sql::new("SELECT count(*) FROM (SELECT 1 FROM ");
    sql.push(E::TABLE.from);
    conditions(search, tenants, &mut sql);
    group::<E>(&mut sql);
    sql.push(&format!(" LIMIT {})", COUNTED_MAX + 1));
    sql
}

/// The keys in a column of all, each once and in order, up to a number.
pub(super) fn keys<E: Entity>(
    field: E::Field,
    search: &Search<E>,
    tenants: &AuthorizedTenants,
    limit: usize,
) -> Sql {
    let key = E::column(field).sql;
    let mut sql = Sql::new("SELECT DISTINCT ");
    sql.push(key).push(" FROM ").push(E::TABLE.from);
    conditions(search, tenants, &mut sql);
    sql.push(" ORDER BY ").push(key).push(" LIMIT ");
    sql.bind(i64::try_from(limit).unwrap_or(i64::MAX));
    sql
}

/// The part that is asked for; backwards for what is before a cursor.
pub(super) fn page<E: Entity>(
    search: &Search<E>,
    order: &[Step],
    tenants: &AuthorizedTenants,
) -> Result<Sql, HistoryError> {
    let mut sql = Sql::new("SELECT ");
    sql.push(E::TABLE.columns);
    for step in order {
        sql.push(", ").push(step.column.sql);
    }
    sql.push(" FROM ").push(E::TABLE.from);
    conditions(search, tenants, &mut sql);
    let is_backwards = match &search.page {
        Page::From(_) => false,
        Page::After(cursor) => {
            beyond(order, cursor, "after", &mut sql)?;
            false
        }
        Page::Before(cursor) => {
            beyond(
                &order.iter().map(Step::reversed).collect::<Vec<_>>(),
                cursor,
                "before",
                &mut sql,
            )?;
            true
        }
    };
    group::<E>(&mut sql);
    sql.push(" ORDER BY ");
    for (n, step) in order.iter().enumerate() {
        if n > 0 {
            sql.push(", ");
        }
        let is_descending = (step.order == Order::Descending) != is_backwards;
        if step.column.is_nullable {
            // What is absent comes last in either direction.
            let order = if is_backwards { " IS NULL DESC, " } else { " IS NULL, " };
            sql.push(step.column.sql).push(order);
        }
        sql.push(step.column.sql).push(if is_descending { " DESC" } else { "" });
    }
    sql.push(" LIMIT ").bind(i64::from(search.limit));
    if let Page::From(from) = search.page {
        sql.push(" OFFSET ").bind(i64::try_from(from).unwrap_or(i64::MAX));
    }
    Ok(sql)
}

fn group<E: Entity>(sql: &mut Sql) {
    if let Some(columns) = E::GROUP_BY {
        sql.push(" GROUP BY ").push(columns);
    }
}

impl Step {
    fn reversed(&self) -> Self {
        let order = match self.order {
            Order::Ascending => Order::Descending,
            Order::Descending => Order::Ascending,
        };
        Self { order, ..*self }
    }
}

/// Appends what must hold.
pub(super) fn conditions<E: Entity>(
    search: &Search<E>,
    tenants: &AuthorizedTenants,
    sql: &mut Sql,
) {
    sql.push(" WHERE 1");
    E::of_tenants(tenants, sql);
    for condition in &search.all {
        sql.push(" AND ");
        append(condition, sql);
    }
    for (n, group) in search.any.iter().enumerate() {
        sql.push(if n == 0 { " AND ((1" } else { " OR (1" });
        for condition in group {
            sql.push(" AND ");
            append(condition, sql);
        }
        sql.push(")");
    }
    if !search.any.is_empty() {
        sql.push(")");
    }
}

/// Appends, to conditions, that what is found belongs to one of these tenants.
pub(super) fn of_tenants(column: &str, tenants: &AuthorizedTenants, sql: &mut Sql) {
    if let AuthorizedTenants::Only(tenants) = tenants {
        sql.push(" AND ").push(column).push(" IN ");
        sql.bind_all(tenants.iter().map(|tenant| tenant.to_string()));
    }
}

fn append<E: Entity>(condition: &Condition<E>, sql: &mut Sql) {
    match condition {
        Condition::Number(field, test) => number(E::column(*field).sql, test, sql),
        Condition::Text(field, test) => {
            let column = E::column(*field);
            match column.names {
                Some(names) => name(column.sql, names, test, sql),
                None => text(column.sql, test, sql),
            }
        }
        Condition::Is(field, wanted) => {
            // Not compared with a parameter: that would hide it from an index on part of a table.
            sql.push(if *wanted { "(" } else { "NOT (" }).push(E::column(*field).sql).push(")");
        }
        Condition::Of(condition) => E::condition(condition, sql),
    }
}

/// The test without its negation, and whether it had one: of something that there may be several
/// of, none must be what it must not be.
pub(super) fn positive<T: Ord + Clone>(test: &Test<T>) -> (bool, Test<T>) {
    match test {
        Test::Exists(false) => (true, Test::Exists(true)),
        Test::Differs(unwanted) => (true, Test::Equals(unwanted.clone())),
        Test::NoneOf(unwanted) => (true, Test::OneOf(unwanted.clone())),
        Test::Equals(_)
        | Test::Exists(true)
        | Test::Above(_)
        | Test::AtLeast(_)
        | Test::Below(_)
        | Test::AtMost(_)
        | Test::OneOf(_) => (false, test.clone()),
    }
}

/// Appends a comparison of a number.
pub(super) fn number(column: &str, test: &Test<i64>, sql: &mut Sql) {
    comparison(column, test, |number| Value::Integer(*number), sql);
}

/// Appends a comparison of a text.
pub(super) fn text(column: &str, test: &TextTest, sql: &mut Sql) {
    match test {
        TextTest::Is(test) => comparison(column, test, |text| Value::Text(text.clone()), sql),
        TextTest::Like(pattern) => {
            sql.push(column).push(" LIKE ").bind(like(pattern)).push(" ESCAPE '\\'");
        }
    }
}

/// Appends a comparison of a name that is kept as a number. The numbers are text of the statement:
/// the database uses an index of what has one state only if it sees that no other is wanted.
pub(super) fn name(column: &str, names: Names, test: &TextTest, sql: &mut Sql) {
    let numbers = (0_i64..).zip(names.0).filter(|(_, name)| test.holds(Some(name)));
    let numbers: Vec<String> = numbers.map(|(number, _)| number.to_string()).collect();
    match &numbers[..] {
        [] => sql.push("0"),
        [one] => sql.push(column).push(" = ").push(one),
        several => sql.push(column).push(" IN (").push(&several.join(", ")).push(")"),
    };
}

fn comparison<T: Ord>(column: &str, test: &Test<T>, value: impl Fn(&T) -> Value, sql: &mut Sql) {
    sql.push("(").push(column);
    match test {
        Test::Equals(wanted) => sql.push(" = ").bind(value(wanted)),
        Test::Differs(unwanted) => sql.push(" IS NOT ").bind(value(unwanted)),
        Test::Exists(true) => sql.push(" IS NOT NULL"),
        Test::Exists(false) => sql.push(" IS NULL"),
        Test::Above(limit) => sql.push(" > ").bind(value(limit)),
        Test::AtLeast(limit) => sql.push(" >= ").bind(value(limit)),
        Test::Below(limit) => sql.push(" < ").bind(value(limit)),
        Test::AtMost(limit) => sql.push(" <= ").bind(value(limit)),
        Test::OneOf(wanted) => sql.push(" IN ").bind_all(wanted.iter().map(&value)),
        Test::NoneOf(unwanted) => {
            sql.push(" IS NULL OR ").push(column).push(" NOT IN ");
            sql.bind_all(unwanted.iter().map(&value))
        }
    };
    sql.push(")");
}

/// A pattern of `*`, `?` and backslashes in the database's words.
fn like(pattern: &str) -> String {
    let mut like = String::with_capacity(pattern.len() + 8);
    let mut chars = pattern.chars();
    let exactly = |c: char, like: &mut String| {
        if matches!(c, '%' | '_' | '\\') {
            like.push('\\');
        }
        like.push(c);
    };
    while let Some(c) = chars.next() {
        match c {
            '*' => like.push('%'),
            '?' => like.push('_'),
            // One at the end stands for itself.
            '\\' => exactly(chars.next().unwrap_or('\\'), &mut like),
            other => exactly(other, &mut like),
        }
    }
    like
}

/// Appends that an item comes after what a cursor names.
fn beyond(
    order: &[Step],
    cursor: &Cursor,
    name: &'static str,
    sql: &mut Sql,
) -> Result<(), HistoryError> {
    if cursor.0.len() != order.len() {
        return Err(HistoryError::Cursor(name));
    }
    let is_backwards = name == "before";
    sql.push(" AND (0");
    for (n, step) in order.iter().enumerate() {
        sql.push(" OR (");
        for (equal, value) in order.iter().zip(&cursor.0).take(n) {
            sql.push(equal.column.sql).push(" IS ").bind(value.clone()).push(" AND ");
        }
        let column = step.column.sql;
        let is_descending = step.order == Order::Descending;
        match cursor.0.get(n).unwrap_or(&Value::Null) {
            // What is absent is last: nothing but what is there comes before it.
            Value::Null if is_backwards => sql.push(column).push(" IS NOT NULL"),
            Value::Null => sql.push("0"),
            value @ (Value::Integer(_) | Value::Real(_) | Value::Text(_) | Value::Blob(_)) => {
                let than = if is_descending { " < " } else { " > " };
                sql.push("(").push(column).push(than).bind(value.clone());
                if step.column.is_nullable && !is_backwards {
                    sql.push(" OR ").push(column).push(" IS NULL");
                }
                sql.push(")")
            }
        };
        sql.push(")");
    }
    sql.push(")");
    Ok(())
}

/// How the database goes about a statement.
#[cfg(test)]
pub(super) fn plan(connection: &rusqlite::Connection, sql: &Sql) -> String {
    let text = format!("EXPLAIN QUERY PLAN {}", sql.text);
    let explain = Sql { text, values: sql.values.clone() };
    super::query(connection, &explain, |row| row.get::<_, String>(3)).unwrap().join("\n")
}

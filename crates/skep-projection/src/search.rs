//! Searches: what is asked, and how it becomes a statement.

mod batch_operation;
mod batch_operation_item;
mod correlated_message;
mod cursor;
mod decision;
mod decision_instance;
mod definition_statistics;
mod element_instance;
mod form;
mod incident;
mod incident_statistics;
mod job;
mod job_statistics;
mod message_subscription;
mod path;
#[cfg(test)]
mod plan;
mod process_definition;
mod process_instance;
mod statement;
mod user_task;
mod variable;

use std::fmt;

use rusqlite::Connection;
use skep_record::{AuthorizedTenants, Document, Test, TextTest};

pub use self::{
    batch_operation::{BatchOperation, BatchOperationField},
    batch_operation_item::{BatchOperationItem, BatchOperationItemField},
    correlated_message::{CorrelatedMessage, CorrelatedMessageField},
    cursor::Cursor,
    decision::{
        DecisionDefinition, DecisionDefinitionCondition, DecisionDefinitionField,
        DecisionRequirements, DecisionRequirementsField,
    },
    decision_instance::{
        DecisionDetails, DecisionInput, DecisionInstance, DecisionInstanceField, DecisionOutput,
        MatchedRule,
    },
    definition_statistics::{
        DefinitionInstances, DefinitionInstancesField, VersionInstances, VersionInstancesField,
    },
    element_instance::{ElementInstance, ElementInstanceField},
    form::Form,
    incident::{Incident, IncidentCondition, IncidentField, MessageTest},
    incident_statistics::{
        ErrorInstances, ErrorInstancesField, FailingDefinition, FailingDefinitionField,
    },
    job::{Job, JobCondition, JobField},
    job_statistics::{EventCount, JobCounts, JobError, JobGroup, JobGrouping, JobStatistics},
    message_subscription::{
        DefinitionSubscriptions, MessageSubscription, MessageSubscriptionField,
    },
    path::SequenceFlow,
    process_definition::{ProcessDefinition, ProcessDefinitionCondition, ProcessDefinitionField},
    process_instance::{ProcessInstance, ProcessInstanceCondition, ProcessInstanceField},
    user_task::{UserTask, UserTaskCondition, UserTaskField},
    variable::{Variable, VariableField, VariableTest},
};
use crate::{error::HistoryError, names::Names, sql::Sql};

/// Number up to which what is found is counted.
const COUNTED_MAX: u64 = 10_000;

/// Something that can be searched for.
pub trait Entity: Sized {
    /// What it can be filtered and ordered by.
    type Field: Copy + fmt::Debug + Eq + 'static;
    /// What it can be filtered by that is not in one column.
    type Condition: Clone + fmt::Debug;

    /// How it is read.
    #[doc(hidden)]
    const TABLE: TableInfo<Self>;

    /// Where no two have both the same key and the same of these; they order what has the same
    /// key.
    #[doc(hidden)]
    const TIES: &'static [Self::Field] = &[];

    /// The columns that rows are put together by, for what is counted.
    #[doc(hidden)]
    const GROUP_BY: Option<&'static str> = None;

    /// Where a field is.
    #[doc(hidden)]
    fn column(field: Self::Field) -> Column;

    /// Appends a condition of its own to a statement.
    #[doc(hidden)]
    fn condition(condition: &Self::Condition, sql: &mut Sql);

    /// Appends that it may be seen by those who may see what is of these tenants.
    #[doc(hidden)]
    fn of_tenants(tenants: &AuthorizedTenants, sql: &mut Sql) {
        statement::of_tenants(Self::TABLE.tenant, tenants, sql);
    }

    /// The item in a row of the columns of [`Entity::TABLE`].
    #[doc(hidden)]
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self>;
}

/// How an entity is read.
#[doc(hidden)]
#[derive(Debug)]
pub struct TableInfo<E: Entity> {
    /// The columns, as they stand behind `SELECT`.
    pub(crate) columns: &'static str,
    /// The tables, as they stand behind `FROM`. Joins are left joins to at most one row, which
    /// the database leaves out where no column of theirs is used.
    pub(crate) from: &'static str,
    /// What no two have the same: it orders what is equal otherwise.
    pub(crate) key: E::Field,
    /// The column that has the tenant.
    pub(crate) tenant: &'static str,
}

/// A column, or an expression over columns.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub(crate) sql: &'static str,
    pub(crate) is_nullable: bool,
    /// For numbers that stand for names.
    pub(crate) names: Option<Names>,
}

impl Column {
    pub(crate) const fn new(sql: &'static str) -> Self {
        Self { sql, is_nullable: false, names: None }
    }

    pub(crate) const fn nullable(sql: &'static str) -> Self {
        Self { sql, is_nullable: true, names: None }
    }

    pub(crate) const fn named(sql: &'static str, names: Names) -> Self {
        Self { sql, is_nullable: false, names: Some(names) }
    }
}

/// Something that must hold.
#[derive(Clone, Debug)]
pub enum Condition<E: Entity> {
    /// About a key, another number, or a time in milliseconds since the Unix epoch.
    Number(E::Field, Test<i64>),
    /// About a text.
    Text(E::Field, TextTest),
    /// About what is true or false.
    Is(E::Field, bool),
    /// About more than one column.
    Of(E::Condition),
}

/// What is asked: conditions that must all hold and, unless `any` is empty, every condition of one
/// of its groups; an order; and a part of what is found.
#[derive(Clone, Debug)]
pub struct Search<E: Entity> {
    /// Conditions that must all hold.
    pub all: Vec<Condition<E>>,
    /// Groups of conditions, of which one must hold as a whole.
    pub any: Vec<Vec<Condition<E>>>,
    /// The order, by the first and then the next; what is absent comes last. At the end it is
    /// ordered by key.
    pub order: Vec<(E::Field, Order)>,
    /// Which part.
    pub page: Page,
    /// How many items at most.
    pub limit: u32,
}

impl<E: Entity> Default for Search<E> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            any: Vec::new(),
            order: Vec::new(),
            page: Page::From(0),
            limit: 100,
        }
    }
}

/// Direction of an order.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Order {
    /// The least first.
    #[default]
    Ascending,
    /// The greatest first.
    Descending,
}

/// Part of what is found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Page {
    /// Without the first so many.
    From(u64),
    /// After what this cursor names.
    After(Cursor),
    /// Before what this cursor names.
    Before(Cursor),
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Found<E> {
    /// The part that was asked for.
    pub items: Vec<E>,
    /// How many there are in all; at least, if `has_more`.
    pub total: u64,
    /// Whether there are more than were counted.
    pub has_more: bool,
    /// Names the first item.
    pub start: Option<Cursor>,
    /// Names the last item.
    pub end: Option<Cursor>,
}

pub(crate) fn run<E: Entity>(
    connection: &Connection,
    search: &Search<E>,
    tenants: &AuthorizedTenants,
) -> Result<Found<E>, HistoryError> {
    let total = statement::count(search, tenants);
    let total = query(connection, &total, |row| row.get::<_, i64>(0))?.pop().unwrap_or(0);
    let total = total.unsigned_abs();
    let order = statement::order(search);
    let page = statement::page(search, &order, tenants)?;
    // The values of the order stand behind the columns of the item.
    let mut found: Vec<(E, Cursor)> =
        query(connection, &page, |row| Ok((E::read(row)?, Cursor::read(row, order.len())?)))?;
    if matches!(search.page, Page::Before(_)) {
        found.reverse();
    }
    let cursor = |item: Option<&(E, Cursor)>| item.map(|(_, cursor)| cursor.clone());
    let (start, end) = (cursor(found.first()), cursor(found.last()));
    let items = found.into_iter().map(|(item, _)| item).collect();
    let (total, has_more) = (total.min(COUNTED_MAX), total > COUNTED_MAX);
    Ok(Found { items, total, has_more, start, end })
}

pub(crate) fn get<E: Entity>(
    connection: &Connection,
    key: i64,
    tenants: &AuthorizedTenants,
) -> Result<Option<E>, HistoryError> {
    let search = Search::<E> {
        all: vec![Condition::Number(E::TABLE.key, Test::Equals(key))],
        limit: 1,
        ..Search::default()
    };
    let page = statement::page(&search, &statement::order(&search), tenants)?;
    Ok(query(connection, &page, E::read)?.pop())
}

pub(crate) fn keys<E: Entity>(
    connection: &Connection,
    field: E::Field,
    search: &Search<E>,
    tenants: &AuthorizedTenants,
    limit: usize,
) -> Result<Vec<i64>, HistoryError> {
    query(connection, &statement::keys(field, search, tenants, limit), |row| row.get(0))
}

/// The texts of a JSON list; none where there is no list.
fn list(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Vec<String>> {
    let Some(text) = row.get::<_, Option<String>>(at)? else { return Ok(Vec::new()) };
    serde_json::from_str(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, error.into())
    })
}

/// Task headers.
fn headers(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Document> {
    let Some(bytes) = row.get::<_, Option<Vec<u8>>>(at)? else { return Ok(Document::empty()) };
    Document::from_msgpack(bytes).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Blob, error.into())
    })
}

/// The rows that a statement gives.
pub(crate) fn query<T>(
    connection: &Connection,
    sql: &Sql,
    read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, HistoryError> {
    let mut statement =
        connection.prepare_cached(&sql.text).map_err(HistoryError::database("search"))?;
    let rows = statement.query_map(rusqlite::params_from_iter(&sql.values), read);
    rows.and_then(Iterator::collect).map_err(HistoryError::database("search"))
}

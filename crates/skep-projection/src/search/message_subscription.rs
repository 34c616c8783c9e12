//! Message subscriptions, and how many of them are open.

use std::convert::Infallible;

use rusqlite::types::Value;
use skep_record::{AuthorizedTenants, Timestamp};

use super::{Column, Cursor, Entity, Found, Page, Search, TableInfo, query, statement};
use crate::{error::HistoryError, history::History, names::SUBSCRIPTION_STATES, sql::Sql};

/// An element instance that waits, or has waited, for a message.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageSubscription {
    /// Its key.
    pub key: i64,
    /// Id of the process.
    pub process_definition_id: String,
    /// The definition that the process instance runs.
    pub process_definition_key: i64,
    /// The process instance.
    pub process_instance_key: i64,
    /// The instance that nobody called, at the root of the call hierarchy.
    pub root_process_instance_key: i64,
    /// The event or task that takes the message.
    pub element_id: String,
    /// The element instance.
    pub element_instance_key: i64,
    /// `CREATED`, `CORRELATED`, `DELETED` or `MIGRATED`: what happened last.
    pub state: &'static str,
    /// When that happened.
    pub updated_at: Timestamp,
    /// Name of the message.
    pub message_name: String,
    /// The message's correlation key.
    pub correlation_key: String,
    /// Its tenant.
    pub tenant_id: String,
}

/// What a message subscription can be filtered and ordered by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MessageSubscriptionField {
    /// Its key.
    Key,
    /// Id of the process.
    ProcessDefinitionId,
    /// The definition that the process instance runs.
    ProcessDefinitionKey,
    /// The process instance.
    ProcessInstanceKey,
    /// The event or task that takes the message.
    ElementId,
    /// The element instance.
    ElementInstanceKey,
    /// What happened last.
    State,
    /// When that happened.
    UpdatedAt,
    /// Name of the message.
    MessageName,
    /// The message's correlation key.
    CorrelationKey,
    /// Its tenant.
    TenantId,
}

impl Entity for MessageSubscription {
    type Field = MessageSubscriptionField;
    type Condition = Infallible;

    const TABLE: TableInfo<Self> = TableInfo {
        columns: "s.key, d.process_definition_id, i.definition_key, s.process_instance_key, \
                  coalesce(i.root_process_instance_key, i.key), s.element_id, \
                  s.element_instance_key, s.state, s.updated_at, s.message_name, \
                  s.correlation_key, d.tenant_id",
        from: "message_subscription s \
               JOIN process_instance i ON i.key = s.process_instance_key \
               JOIN process_definition d ON d.key = i.definition_key",
        key: MessageSubscriptionField::Key,
        tenant: "d.tenant_id",
    };

    fn column(field: MessageSubscriptionField) -> Column {
        match field {
            MessageSubscriptionField::Key => Column::new("s.key"),
            MessageSubscriptionField::ProcessDefinitionId => Column::new("d.process_definition_id"),
            MessageSubscriptionField::ProcessDefinitionKey => Column::new("i.definition_key"),
            MessageSubscriptionField::ProcessInstanceKey => Column::new("s.process_instance_key"),
            MessageSubscriptionField::ElementId => Column::new("s.element_id"),
            MessageSubscriptionField::ElementInstanceKey => Column::new("s.element_instance_key"),
            MessageSubscriptionField::State => Column::named("s.state", SUBSCRIPTION_STATES),
            MessageSubscriptionField::UpdatedAt => Column::new("s.updated_at"),
            MessageSubscriptionField::MessageName => Column::new("s.message_name"),
            MessageSubscriptionField::CorrelationKey => Column::new("s.correlation_key"),
            MessageSubscriptionField::TenantId => Column::new("d.tenant_id"),
        }
    }

    fn condition(condition: &Infallible, _: &mut Sql) {
        match *condition {}
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            key: row.get(0)?,
            process_definition_id: row.get(1)?,
            process_definition_key: row.get(2)?,
            process_instance_key: row.get(3)?,
            root_process_instance_key: row.get(4)?,
            element_id: row.get(5)?,
            element_instance_key: row.get(6)?,
            state: SUBSCRIPTION_STATES.name(row.get(7)?),
            updated_at: Timestamp(row.get(8)?),
            message_name: row.get(9)?,
            correlation_key: row.get(10)?,
            tenant_id: row.get(11)?,
        })
    }
}

/// How many open message subscriptions the instances of a definition have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DefinitionSubscriptions {
    /// The definition.
    pub process_definition_key: i64,
    /// Id of the process.
    pub process_definition_id: String,
    /// Its tenant.
    pub tenant_id: String,
    /// Process instances that have an open subscription.
    pub process_instances: u64,
    /// Open subscriptions.
    pub subscriptions: u64,
}

impl History {
    /// How many of the open message subscriptions that fulfil the conditions of `wanted` instances
    /// of each definition have, by its key; the order of `wanted` does not matter. Blocks the
    /// thread.
    ///
    /// # Errors
    /// As [`History::search`].
    pub fn message_subscription_statistics(
        &self,
        wanted: &Search<MessageSubscription>,
        tenants: &AuthorizedTenants,
    ) -> Result<Found<DefinitionSubscriptions>, HistoryError> {
        let count = n_definitions(wanted, tenants);
        let page = statistics(wanted, tenants)?;
        self.read(|connection| {
            let total = query(connection, &count, |row| row.get::<_, i64>(0))?.pop().unwrap_or(0);
            let items = query(connection, &page, |row| {
                Ok(DefinitionSubscriptions {
                    process_definition_key: row.get(0)?,
                    process_definition_id: row.get(1)?,
                    tenant_id: row.get(2)?,
                    process_instances: row.get::<_, i64>(3)?.unsigned_abs(),
                    subscriptions: row.get::<_, i64>(4)?.unsigned_abs(),
                })
            })?;
            let cursor = |item: &DefinitionSubscriptions| {
                Cursor(vec![Value::Integer(item.process_definition_key)])
            };
            let (start, end) = (items.first().map(cursor), items.last().map(cursor));
            Ok(Found { items, total: total.unsigned_abs(), has_more: false, start, end })
        })
    }
}

/// Open subscriptions that fulfil the conditions.
fn open(wanted: &Search<MessageSubscription>, tenants: &AuthorizedTenants, sql: &mut Sql) {
    sql.push(" FROM ").push(MessageSubscription::TABLE.from);
    statement::conditions(wanted, tenants, sql);
    sql.push(" AND s.is_open = 1");
}

fn n_definitions(wanted: &Search<MessageSubscription>, tenants: &AuthorizedTenants) -> Sql {
    let mut sql = Sql::new("SELECT count(DISTINCT i.definition_key)");
    open(wanted, tenants, &mut sql);
    sql
}

fn statistics(
    wanted: &Search<MessageSubscription>,
    tenants: &AuthorizedTenants,
) -> Result<Sql, HistoryError> {
    let mut sql = Sql::new(
        "SELECT i.definition_key, d.process_definition_id, d.tenant_id, \
         count(DISTINCT s.process_instance_key), count(*)",
    );
    open(wanted, tenants, &mut sql);
    let mut offset = 0;
    match &wanted.page {
        Page::From(from) => offset = *from,
        Page::After(Cursor(values)) => match values[..] {
            [Value::Integer(key)] => {
                sql.push(" AND i.definition_key > ").bind(key);
            }
            _ => return Err(HistoryError::Cursor("after")),
        },
        Page::Before(_) => return Err(HistoryError::Cursor("before")),
    }
    sql.push(
        " GROUP BY i.definition_key, d.process_definition_id, d.tenant_id \
         ORDER BY i.definition_key LIMIT ",
    );
    sql.bind(i64::from(wanted.limit)).push(" OFFSET ");
    sql.bind(i64::try_from(offset).unwrap_or(i64::MAX));
    Ok(sql)
}

#[cfg(test)]
mod tests {
    use skep_record::{Test, TextTest};

    use super::*;
    use crate::{schema, search::Condition};

    #[test]
    fn searches_use_the_indexes_that_are_kept_for_them() {
        let dir = tempfile::tempdir().unwrap();
        let connection = schema::open_writer(&dir.path().join("history.db")).unwrap();
        let number = |field| Condition::Number(field, Test::Equals(7));
        let name = TextTest::Is(Test::Equals("paid".to_owned()));
        for (all, index) in [
            (vec![], "SCAN s"),
            (vec![number(MessageSubscriptionField::Key)], "SEARCH s USING INTEGER PRIMARY KEY"),
            (
                vec![number(MessageSubscriptionField::ProcessInstanceKey)],
                "message_subscription_by_process_instance",
            ),
            (
                vec![Condition::Text(MessageSubscriptionField::MessageName, name)],
                "message_subscription_by_message",
            ),
            (
                vec![number(MessageSubscriptionField::ProcessDefinitionKey)],
                "message_subscription_by_process_instance",
            ),
        ] {
            let search = Search::<MessageSubscription> { all, ..Search::default() };
            let order = statement::order(&search);
            let sql = statement::page(&search, &order, &AuthorizedTenants::All).unwrap();
            let plan = statement::plan(&connection, &sql);
            assert!(plan.contains(index), "{index} is not used: {plan}");
        }
    }

    #[test]
    fn what_is_open_is_counted_without_looking_at_what_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let connection = schema::open_writer(&dir.path().join("history.db")).unwrap();
        let wanted = Search::default();
        let tenants = AuthorizedTenants::All;
        for sql in [n_definitions(&wanted, &tenants), statistics(&wanted, &tenants).unwrap()] {
            let plan = statement::plan(&connection, &sql);
            assert!(plan.contains("INDEX message_subscription_open"), "{plan}");
            assert!(!plan.contains("SCAN i") && !plan.contains("SCAN d"), "{plan}");
        }
    }
}

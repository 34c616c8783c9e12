//! Messages that were correlated.

use std::convert::Infallible;

use skep_record::Timestamp;

use super::{Column, Entity, TableInfo};
use crate::sql::Sql;

/// A message that a subscription took.
#[derive(Clone, Debug, PartialEq)]
pub struct CorrelatedMessage {
    /// Its number in the history.
    pub no: i64,
    /// The subscription.
    pub subscription_key: i64,
    /// The message.
    pub message_key: i64,
    /// Name of the message.
    pub message_name: String,
    /// The message's correlation key; empty if it has none.
    pub correlation_key: String,
    /// When it was correlated.
    pub correlated_at: Timestamp,
    /// The partition of the process instance.
    pub partition_id: i32,
    /// The event or task that took it.
    pub element_id: String,
    /// The element instance; a start event has none yet.
    pub element_instance_key: Option<i64>,
    /// The process instance.
    pub process_instance_key: i64,
    /// The instance that nobody called, at the root of the call hierarchy.
    pub root_process_instance_key: i64,
    /// The definition that the process instance runs.
    pub process_definition_key: i64,
    /// Id of the process.
    pub process_definition_id: String,
    /// Its tenant.
    pub tenant_id: String,
}

/// What a correlated message can be filtered and ordered by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CorrelatedMessageField {
    /// Its number in the history.
    No,
    /// The subscription.
    SubscriptionKey,
    /// The message.
    MessageKey,
    /// Name of the message.
    MessageName,
    /// The message's correlation key.
    CorrelationKey,
    /// When it was correlated.
    CorrelatedAt,
    /// The partition of the process instance.
    PartitionId,
    /// The event or task that took it.
    ElementId,
    /// The element instance.
    ElementInstanceKey,
    /// The process instance.
    ProcessInstanceKey,
    /// The definition that the process instance runs.
    ProcessDefinitionKey,
    /// Id of the process.
    ProcessDefinitionId,
    /// Its tenant.
    TenantId,
}

impl Entity for CorrelatedMessage {
    type Field = CorrelatedMessageField;
    type Condition = Infallible;

    const TABLE: TableInfo<Self> = TableInfo {
        columns: "c.no, c.subscription_key, c.message_key, c.message_name, c.correlation_key, \
                  c.correlated_at, c.partition_id, c.element_id, c.element_instance_key, \
                  c.process_instance_key, coalesce(i.root_process_instance_key, i.key), \
                  i.definition_key, d.process_definition_id, d.tenant_id",
        from: "correlated_message c \
               JOIN process_instance i ON i.key = c.process_instance_key \
               JOIN process_definition d ON d.key = i.definition_key",
        key: CorrelatedMessageField::No,
        tenant: "d.tenant_id",
    };

    fn column(field: CorrelatedMessageField) -> Column {
        match field {
            CorrelatedMessageField::No => Column::new("c.no"),
            CorrelatedMessageField::SubscriptionKey => Column::new("c.subscription_key"),
            CorrelatedMessageField::MessageKey => Column::new("c.message_key"),
            CorrelatedMessageField::MessageName => Column::new("c.message_name"),
            CorrelatedMessageField::CorrelationKey => Column::new("c.correlation_key"),
            CorrelatedMessageField::CorrelatedAt => Column::new("c.correlated_at"),
            CorrelatedMessageField::PartitionId => Column::new("c.partition_id"),
            CorrelatedMessageField::ElementId => Column::new("c.element_id"),
            CorrelatedMessageField::ElementInstanceKey => {
                Column::nullable("c.element_instance_key")
            }
            CorrelatedMessageField::ProcessInstanceKey => Column::new("c.process_instance_key"),
            CorrelatedMessageField::ProcessDefinitionKey => Column::new("i.definition_key"),
            CorrelatedMessageField::ProcessDefinitionId => Column::new("d.process_definition_id"),
            CorrelatedMessageField::TenantId => Column::new("d.tenant_id"),
        }
    }

    fn condition(condition: &Infallible, _: &mut Sql) {
        match *condition {}
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            no: row.get(0)?,
            subscription_key: row.get(1)?,
            message_key: row.get(2)?,
            message_name: row.get(3)?,
            correlation_key: row.get(4)?,
            correlated_at: Timestamp(row.get(5)?),
            partition_id: row.get(6)?,
            element_id: row.get(7)?,
            element_instance_key: row.get(8)?,
            process_instance_key: row.get(9)?,
            root_process_instance_key: row.get(10)?,
            process_definition_key: row.get(11)?,
            process_definition_id: row.get(12)?,
            tenant_id: row.get(13)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use skep_record::{AuthorizedTenants, Test};

    use super::*;
    use crate::{
        schema,
        search::{Condition, Order, Search, statement},
    };

    #[test]
    fn searches_use_the_indexes_that_are_kept_for_them() {
        let dir = tempfile::tempdir().unwrap();
        let connection = schema::open_writer(&dir.path().join("history.db")).unwrap();
        let number = |field| Condition::Number(field, Test::Equals(7));
        let newest = (CorrelatedMessageField::CorrelatedAt, Order::Descending);
        for (all, order, index) in [
            (vec![], vec![], "SCAN c"),
            (vec![], vec![newest], "correlated_message_by_time"),
            (
                vec![number(CorrelatedMessageField::ProcessInstanceKey)],
                vec![],
                "correlated_message_by_process_instance",
            ),
            (
                vec![number(CorrelatedMessageField::MessageKey)],
                vec![],
                "correlated_message_by_message",
            ),
        ] {
            let search = Search::<CorrelatedMessage> { all, order, ..Search::default() };
            let order = statement::order(&search);
            let sql = statement::page(&search, &order, &AuthorizedTenants::All).unwrap();
            let plan = statement::plan(&connection, &sql);
            assert!(plan.contains(index), "{index} is not used: {plan}");
        }
    }
}

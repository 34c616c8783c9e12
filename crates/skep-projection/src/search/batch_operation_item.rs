//! What batch operations work on.

use std::convert::Infallible;

use skep_record::{AuthorizedTenants, Timestamp};

use super::{Column, Entity, TableInfo, batch_operation::all_tenants};
use crate::{
    names::{BATCH_OPERATION_ITEM_STATES, BATCH_OPERATION_TYPES},
    sql::Sql,
};

/// Something that a batch operation works on, or has worked on.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchOperationItem {
    /// The batch operation.
    pub batch_operation_key: i64,
    /// Zeebe's `BatchOperationType`.
    pub operation_type: &'static str,
    /// Key of the incident where one is resolved, else of the process instance.
    pub item_key: i64,
    /// The process instance.
    pub process_instance_key: i64,
    /// The instance that nobody called, at the root of the call hierarchy; absent if the process
    /// instance is not known.
    pub root_process_instance_key: Option<i64>,
    /// `ACTIVE`, `COMPLETED`, `FAILED`, or `CANCELED` when the batch operation has ended before.
    pub state: &'static str,
    /// When it was worked on.
    pub processed_at: Option<Timestamp>,
    /// Why it could not be done.
    pub error: Option<String>,
}

/// What an item can be filtered and ordered by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BatchOperationItemField {
    /// The batch operation.
    BatchOperationKey,
    /// What the batch operation does.
    OperationType,
    /// Key of the incident or of the process instance.
    ItemKey,
    /// The process instance.
    ProcessInstanceKey,
    /// What has become of it.
    State,
    /// When it was worked on.
    ProcessedAt,
}

impl Entity for BatchOperationItem {
    type Field = BatchOperationItemField;
    type Condition = Infallible;

    const TABLE: TableInfo<Self> = TableInfo {
        columns: "t.batch_operation_key, b.operation_type, t.item_key, t.process_instance_key, \
                  CASE WHEN i.key IS NOT NULL THEN coalesce(i.root_process_instance_key, i.key) \
                  END, t.state, t.processed_at, t.error",
        from: "batch_operation_item t \
               LEFT JOIN batch_operation b ON b.key = t.batch_operation_key \
               LEFT JOIN process_instance i ON i.key = t.process_instance_key",
        key: BatchOperationItemField::BatchOperationKey,
        tenant: "b.tenant_ids",
    };
    const TIES: &'static [BatchOperationItemField] = &[BatchOperationItemField::ItemKey];

    fn column(field: BatchOperationItemField) -> Column {
        match field {
            BatchOperationItemField::BatchOperationKey => Column::new("t.batch_operation_key"),
            BatchOperationItemField::OperationType => {
                Column::named("b.operation_type", BATCH_OPERATION_TYPES)
            }
            BatchOperationItemField::ItemKey => Column::new("t.item_key"),
            BatchOperationItemField::ProcessInstanceKey => Column::new("t.process_instance_key"),
            BatchOperationItemField::State => Column::named("t.state", BATCH_OPERATION_ITEM_STATES),
            BatchOperationItemField::ProcessedAt => Column::nullable("t.processed_at"),
        }
    }

    fn condition(condition: &Infallible, _: &mut Sql) {
        match *condition {}
    }

    fn of_tenants(tenants: &AuthorizedTenants, sql: &mut Sql) {
        all_tenants(tenants, sql);
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            batch_operation_key: row.get(0)?,
            operation_type: BATCH_OPERATION_TYPES.name(row.get(1)?),
            item_key: row.get(2)?,
            process_instance_key: row.get(3)?,
            root_process_instance_key: row.get(4)?,
            state: BATCH_OPERATION_ITEM_STATES.name(row.get(5)?),
            processed_at: row.get::<_, Option<i64>>(6)?.map(Timestamp),
            error: row.get(7)?,
        })
    }
}

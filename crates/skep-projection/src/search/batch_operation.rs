//! Batch operations.

use std::convert::Infallible;

use skep_record::{AuthorizedTenants, Timestamp};

use super::{Column, Entity, TableInfo};
use crate::{
    names::{BATCH_OPERATION_STATES, BATCH_OPERATION_TYPES},
    sql::Sql,
    table::batch_operation::read_errors,
};

/// A batch operation, going on or ended.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchOperation {
    /// Its key.
    pub key: i64,
    /// Zeebe's `BatchOperationType`.
    pub operation_type: &'static str,
    /// Where it is in its life, such as `ACTIVE`.
    pub state: &'static str,
    /// When it was created.
    pub start_at: Timestamp,
    /// When it ended.
    pub end_at: Option<Timestamp>,
    /// Items found so far.
    pub n_total: u64,
    /// Items that were done.
    pub n_completed: u64,
    /// Items that could not be done.
    pub n_failed: u64,
    /// Partitions and why each could not select.
    pub errors: Vec<(u16, String)>,
}

/// What a batch operation can be filtered and ordered by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BatchOperationField {
    /// Its key.
    Key,
    /// What it does.
    OperationType,
    /// Where it is in its life.
    State,
    /// When it was created.
    StartAt,
    /// When it ended.
    EndAt,
    /// Kind of who created it, which is not recorded: absent.
    ActorType,
    /// Who created it, which is not recorded: absent.
    ActorId,
}

impl Entity for BatchOperation {
    type Field = BatchOperationField;
    type Condition = Infallible;

    const TABLE: TableInfo<Self> = TableInfo {
        columns: "b.key, b.operation_type, b.state, b.start_at, b.end_at, b.n_total, \
                  b.n_completed, b.n_failed, b.errors",
        from: "batch_operation b",
        key: BatchOperationField::Key,
        tenant: "b.tenant_ids",
    };

    fn column(field: BatchOperationField) -> Column {
        match field {
            BatchOperationField::Key => Column::new("b.key"),
            BatchOperationField::OperationType => {
                Column::named("b.operation_type", BATCH_OPERATION_TYPES)
            }
            BatchOperationField::State => Column::named("b.state", BATCH_OPERATION_STATES),
            BatchOperationField::StartAt => Column::new("b.start_at"),
            BatchOperationField::EndAt => Column::nullable("b.end_at"),
            BatchOperationField::ActorType | BatchOperationField::ActorId => {
                Column::nullable("nullif(1, 1)")
            }
        }
    }

    fn condition(condition: &Infallible, _: &mut Sql) {
        match *condition {}
    }

    fn of_tenants(tenants: &AuthorizedTenants, sql: &mut Sql) {
        all_tenants(tenants, sql);
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let n = |at: usize| row.get::<_, i64>(at).map(i64::unsigned_abs);
        Ok(Self {
            key: row.get(0)?,
            operation_type: BATCH_OPERATION_TYPES.name(row.get(1)?),
            state: BATCH_OPERATION_STATES.name(row.get(2)?),
            start_at: Timestamp(row.get(3)?),
            end_at: row.get::<_, Option<i64>>(4)?.map(Timestamp),
            n_total: n(5)?,
            n_completed: n(6)?,
            n_failed: n(7)?,
            errors: read_errors(row.get::<_, Option<String>>(8)?.as_deref()),
        })
    }
}

/// All the tenants whose process instances it may change are among these.
pub(super) fn all_tenants(tenants: &AuthorizedTenants, sql: &mut Sql) {
    let AuthorizedTenants::Only(tenants) = tenants else { return };
    sql.push(" AND NOT EXISTS (SELECT 1 FROM json_each(b.tenant_ids) WHERE value NOT IN ");
    sql.bind_all(tenants.iter().map(|tenant| tenant.to_string())).push(")");
}

//! How many process instances have active incidents, by error.

use std::{convert::Infallible, fmt};

use super::{Column, Entity, TableInfo};
use crate::sql::Sql;

/// Active incidents, with the definitions that they are of.
const ACTIVE: &str = "(SELECT * FROM incident WHERE state = 0) t \
                      JOIN element m ON m.no = t.element_no \
                      JOIN process_definition d ON d.key = m.definition_key";

const N_INSTANCES: &str = "count(DISTINCT t.process_instance_key)";

/// An error, and how many process instances it stops. There are no cursors for these.
#[derive(Clone, Eq, PartialEq)]
pub struct ErrorInstances {
    /// Hash of the message.
    pub error_hash: i32,
    /// What happened; it may quote variables.
    pub error_message: String,
    /// Process instances that have an active incident with it.
    pub n_instances: u64,
}

/// Shows no message.
impl fmt::Debug for ErrorInstances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorInstances")
            .field("error_hash", &self.error_hash)
            .field("n_instances", &self.n_instances)
            .finish_non_exhaustive()
    }
}

/// What [`ErrorInstances`] can be ordered by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ErrorInstancesField {
    /// The message.
    ErrorMessage,
    /// How many process instances have it.
    Instances,
}

impl Entity for ErrorInstances {
    type Field = ErrorInstancesField;
    type Condition = Infallible;

    const TABLE: TableInfo<Self> = TableInfo {
        columns: "t.error_hash, t.error_message, count(DISTINCT t.process_instance_key)",
        from: ACTIVE,
        key: ErrorInstancesField::ErrorMessage,
        tenant: "d.tenant_id",
    };

    const GROUP_BY: Option<&'static str> = Some("t.error_hash, t.error_message");

    fn column(field: ErrorInstancesField) -> Column {
        match field {
            ErrorInstancesField::ErrorMessage => Column::new("t.error_message"),
            ErrorInstancesField::Instances => Column::new(N_INSTANCES),
        }
    }

    fn condition(condition: &Infallible, _: &mut Sql) {
        match *condition {}
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            error_hash: row.get(0)?,
            error_message: row.get(1)?,
            n_instances: row.get::<_, i64>(2)?.unsigned_abs(),
        })
    }
}

/// A definition, and how many of its process instances errors stop. There are no cursors for
/// these.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FailingDefinition {
    /// The definition.
    pub process_definition_key: i64,
    /// Id of its process.
    pub process_definition_id: String,
    /// Name of its process.
    pub process_definition_name: Option<String>,
    /// Its version.
    pub process_definition_version: i32,
    /// Its tenant.
    pub tenant_id: String,
    /// Process instances that have an active incident.
    pub n_instances: u64,
}

/// What [`FailingDefinition`] can be filtered and ordered by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FailingDefinitionField {
    /// Hash of the message of the incidents that count.
    ErrorHash,
    /// The definition.
    ProcessDefinitionKey,
    /// Its tenant.
    TenantId,
    /// How many of its process instances have an active incident.
    Instances,
}

impl Entity for FailingDefinition {
    type Field = FailingDefinitionField;
    type Condition = Infallible;

    const TABLE: TableInfo<Self> = TableInfo {
        columns: "d.key, d.process_definition_id, d.name, d.version, d.tenant_id, \
                  count(DISTINCT t.process_instance_key)",
        from: ACTIVE,
        key: FailingDefinitionField::ProcessDefinitionKey,
        tenant: "d.tenant_id",
    };

    const GROUP_BY: Option<&'static str> = Some("d.key");

    fn column(field: FailingDefinitionField) -> Column {
        match field {
            FailingDefinitionField::ErrorHash => Column::new("t.error_hash"),
            FailingDefinitionField::ProcessDefinitionKey => Column::new("d.key"),
            FailingDefinitionField::TenantId => Column::new("d.tenant_id"),
            FailingDefinitionField::Instances => Column::new(N_INSTANCES),
        }
    }

    fn condition(condition: &Infallible, _: &mut Sql) {
        match *condition {}
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            process_definition_key: row.get(0)?,
            process_definition_id: row.get(1)?,
            process_definition_name: row.get(2)?,
            process_definition_version: row.get(3)?,
            tenant_id: row.get(4)?,
            n_instances: row.get::<_, i64>(5)?.unsigned_abs(),
        })
    }
}

#[cfg(test)]
mod tests {
    use skep_record::Test;

    use super::*;
    use crate::search::{
        Condition,
        plan::{assert_found_by, plan},
    };

    #[test]
    fn only_active_incidents_are_counted() {
        let plan_of_all = plan::<ErrorInstances>(Vec::new(), Vec::new());
        assert!(plan_of_all.contains("SCAN incident USING INDEX incident_active"), "{plan_of_all}");
        let hash = Condition::Number(FailingDefinitionField::ErrorHash, Test::Equals(7));
        let plan = plan::<FailingDefinition>(vec![hash], Vec::new());
        assert_found_by(&plan, "INDEX incident_active (error_hash=?)");
    }
}

//! Process definitions.

use super::{Column, Entity, TableInfo};
use crate::{names::DEFINITION_STATES, sql::Sql};

/// A version of a process, deployed now or once.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessDefinition {
    /// Its key.
    pub key: i64,
    /// Its id, from the file.
    pub process_definition_id: String,
    /// Its name, from the file.
    pub name: Option<String>,
    /// Counts from 1 for each id and tenant.
    pub version: i32,
    /// `versionTag` of the file.
    pub version_tag: Option<String>,
    /// File name it was deployed under; empty if that was before the history began.
    pub resource_name: String,
    /// Its tenant.
    pub tenant_id: String,
    /// Whether its start event has a form.
    pub has_start_form: bool,
    /// `ACTIVE` or `DELETED`.
    pub state: &'static str,
}

/// What a process definition can be filtered and ordered by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProcessDefinitionField {
    /// Its key.
    Key,
    /// Its id.
    ProcessDefinitionId,
    /// Its name.
    Name,
    /// Its version.
    Version,
    /// Its version tag.
    VersionTag,
    /// File name it was deployed under.
    ResourceName,
    /// Its tenant.
    TenantId,
    /// Whether its start event has a form.
    HasStartForm,
    /// Its state.
    State,
}

/// What holds for a process definition because of others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProcessDefinitionCondition {
    /// It is the newest of its id and tenant that is not deleted.
    IsLatestVersion,
}

impl Entity for ProcessDefinition {
    type Field = ProcessDefinitionField;
    type Condition = ProcessDefinitionCondition;

    const TABLE: TableInfo<Self> = TableInfo {
        columns: "d.key, d.process_definition_id, d.name, d.version, d.version_tag, \
                  d.resource_name, d.tenant_id, d.has_start_form, d.is_deleted",
        from: "process_definition d",
        key: ProcessDefinitionField::Key,
        tenant: "d.tenant_id",
    };

    fn column(field: ProcessDefinitionField) -> Column {
        match field {
            ProcessDefinitionField::Key => Column::new("d.key"),
            ProcessDefinitionField::ProcessDefinitionId => Column::new("d.process_definition_id"),
            ProcessDefinitionField::Name => Column::nullable("d.name"),
            ProcessDefinitionField::Version => Column::new("d.version"),
            ProcessDefinitionField::VersionTag => Column::nullable("d.version_tag"),
            ProcessDefinitionField::ResourceName => Column::new("d.resource_name"),
            ProcessDefinitionField::TenantId => Column::new("d.tenant_id"),
            ProcessDefinitionField::HasStartForm => Column::new("d.has_start_form"),
            ProcessDefinitionField::State => Column::named("d.is_deleted", DEFINITION_STATES),
        }
    }

    fn condition(condition: &ProcessDefinitionCondition, sql: &mut Sql) {
        match condition {
            ProcessDefinitionCondition::IsLatestVersion => sql.push(
                "(d.is_deleted = 0 AND NOT EXISTS (SELECT 1 FROM process_definition o \
                 WHERE o.process_definition_id = d.process_definition_id \
                 AND o.tenant_id = d.tenant_id AND o.version > d.version AND o.is_deleted = 0))",
            ),
        };
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            key: row.get(0)?,
            process_definition_id: row.get(1)?,
            name: row.get(2)?,
            version: row.get(3)?,
            version_tag: row.get(4)?,
            resource_name: row.get(5)?,
            tenant_id: row.get(6)?,
            has_start_form: row.get(7)?,
            state: DEFINITION_STATES.name(row.get(8)?),
        })
    }
}

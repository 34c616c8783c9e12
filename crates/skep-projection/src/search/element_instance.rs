//! Element instances.

use std::convert::Infallible;

use skep_record::Timestamp;

use super::{Column, Entity, TableInfo};
use crate::{
    names::{ELEMENT_TYPES, STATES},
    sql::Sql,
};

/// One execution of one element, running or ended.
#[derive(Clone, Debug, PartialEq)]
pub struct ElementInstance {
    /// Its key.
    pub key: i64,
    /// Id of its process.
    pub process_definition_id: String,
    /// The definition that it runs in.
    pub process_definition_key: i64,
    /// Its process instance.
    pub process_instance_key: i64,
    /// The instance that nobody called, at the root of the call hierarchy.
    pub root_process_instance_key: i64,
    /// When it began.
    pub start_at: Timestamp,
    /// When it ended.
    pub end_at: Option<Timestamp>,
    /// Id of its element.
    pub element_id: String,
    /// Name of its element.
    pub element_name: Option<String>,
    /// Zeebe's `BpmnElementType`.
    pub element_type: &'static str,
    /// `ACTIVE`, `COMPLETED` or `TERMINATED`.
    pub state: &'static str,
    /// Whether it, or something that it contains or calls, has an active incident.
    pub has_incident: bool,
    /// Its own active incident.
    pub incident_key: Option<i64>,
    /// Its tenant.
    pub tenant_id: String,
}

/// What an element instance can be filtered and ordered by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ElementInstanceField {
    /// Its key.
    Key,
    /// Id of its process.
    ProcessDefinitionId,
    /// The definition that it runs in.
    ProcessDefinitionKey,
    /// Its process instance.
    ProcessInstanceKey,
    /// The element instance or process instance that it runs in.
    FlowScopeKey,
    /// When it began.
    StartAt,
    /// When it ended.
    EndAt,
    /// Id of its element.
    ElementId,
    /// Name of its element.
    ElementName,
    /// Type of its element.
    ElementType,
    /// Its state.
    State,
    /// Whether it, or something that it contains or calls, has an active incident.
    HasIncident,
    /// Its own active incident.
    IncidentKey,
    /// Its tenant.
    TenantId,
}

impl Entity for ElementInstance {
    type Field = ElementInstanceField;
    type Condition = Infallible;

    const TABLE: TableInfo<Self> = TableInfo {
        columns: "e.key, d.process_definition_id, i.definition_key, e.process_instance_key, \
                  coalesce(i.root_process_instance_key, i.key), e.start_at, e.end_at, \
                  m.element_id, m.name, m.element_type, e.state, e.n_incidents > 0, \
                  e.incident_key, d.tenant_id",
        from: "element_instance e \
               LEFT JOIN element m ON m.no = e.element_no \
               LEFT JOIN process_instance i ON i.key = e.process_instance_key \
               LEFT JOIN process_definition d ON d.key = i.definition_key",
        key: ElementInstanceField::Key,
        tenant: "d.tenant_id",
    };

    fn column(field: ElementInstanceField) -> Column {
        match field {
            ElementInstanceField::Key => Column::new("e.key"),
            ElementInstanceField::ProcessDefinitionId => Column::new("d.process_definition_id"),
            ElementInstanceField::ProcessDefinitionKey => Column::new("i.definition_key"),
            ElementInstanceField::ProcessInstanceKey => Column::new("e.process_instance_key"),
            ElementInstanceField::FlowScopeKey => Column::new("e.flow_scope_key"),
            ElementInstanceField::StartAt => Column::new("e.start_at"),
            ElementInstanceField::EndAt => Column::nullable("e.end_at"),
            ElementInstanceField::ElementId => Column::new("m.element_id"),
            ElementInstanceField::ElementName => Column::nullable("m.name"),
            ElementInstanceField::ElementType => Column::named("m.element_type", ELEMENT_TYPES),
            ElementInstanceField::State => Column::named("e.state", STATES),
            ElementInstanceField::HasIncident => Column::new("e.n_incidents > 0"),
            ElementInstanceField::IncidentKey => Column::nullable("e.incident_key"),
            ElementInstanceField::TenantId => Column::new("d.tenant_id"),
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
            start_at: Timestamp(row.get(5)?),
            end_at: row.get::<_, Option<i64>>(6)?.map(Timestamp),
            element_id: row.get(7)?,
            element_name: row.get(8)?,
            element_type: ELEMENT_TYPES.name(row.get(9)?),
            state: STATES.name(row.get(10)?),
            has_incident: row.get(11)?,
            incident_key: row.get(12)?,
            tenant_id: row.get(13)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use skep_record::{AuthorizedTenants, Test, TextTest};

    use super::*;
    use crate::{
        schema,
        search::{Condition, Search, statement},
    };

    #[test]
    fn searches_use_the_indexes_that_are_kept_for_them() {
        let dir = tempfile::tempdir().unwrap();
        let connection = schema::open_writer(&dir.path().join("history.db")).unwrap();
        let active = TextTest::Is(Test::Equals("ACTIVE".to_owned()));
        let active = Condition::<ElementInstance>::Text(ElementInstanceField::State, active);
        let of = Condition::Number(ElementInstanceField::ProcessInstanceKey, Test::Equals(7));
        for (all, index) in [
            (vec![active.clone()], "element_instance_active_by_key"),
            (vec![active, of], "element_instance_by_process_instance"),
        ] {
            let search = Search { all, ..Search::default() };
            let order = statement::order(&search);
            let sql = statement::page(&search, &order, &AuthorizedTenants::All).unwrap();
            let plan = statement::plan(&connection, &sql);
            assert!(plan.contains(index), "{index} is not used: {plan}");
        }
    }
}

//! Process instances.

use skep_record::{ElementCondition, Test, Timestamp, VariableCondition};

use super::{
    Column, Entity, MessageTest, TableInfo, incident, job::HAS_FAILED_WITH_RETRIES_LEFT, statement,
    variable,
};
use crate::{names::STATES, sql::Sql};

/// A process instance, running or ended.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessInstance {
    /// Its key.
    pub key: i64,
    /// Id of its process.
    pub process_definition_id: String,
    /// Its definition.
    pub process_definition_key: i64,
    /// Name of its process.
    pub process_definition_name: Option<String>,
    /// Version of its definition.
    pub process_definition_version: i32,
    /// Version tag of its definition.
    pub process_definition_version_tag: Option<String>,
    /// When it began.
    pub start_at: Timestamp,
    /// When it ended.
    pub end_at: Option<Timestamp>,
    /// `ACTIVE`, `COMPLETED` or `TERMINATED`.
    pub state: &'static str,
    /// Whether it, or one that it called, has an active incident.
    pub has_incident: bool,
    /// Its tenant.
    pub tenant_id: String,
    /// The instance that called it.
    pub parent_process_instance_key: Option<i64>,
    /// The call activity's execution that called it.
    pub parent_element_instance_key: Option<i64>,
    /// The instance that nobody called; itself if nobody called it.
    pub root_process_instance_key: i64,
    /// Tags given by its creator.
    pub tags: Vec<String>,
    /// Its name in the creator's words.
    pub business_id: Option<String>,
}

/// What a process instance can be filtered and ordered by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProcessInstanceField {
    /// Its key.
    Key,
    /// Id of its process.
    ProcessDefinitionId,
    /// Its definition.
    ProcessDefinitionKey,
    /// Name of its process.
    ProcessDefinitionName,
    /// Version of its definition.
    ProcessDefinitionVersion,
    /// Version tag of its definition.
    ProcessDefinitionVersionTag,
    /// When it began.
    StartAt,
    /// When it ended.
    EndAt,
    /// Its state.
    State,
    /// Whether it, or one that it called, has an active incident.
    HasIncident,
    /// Its tenant.
    TenantId,
    /// The instance that called it.
    ParentProcessInstanceKey,
    /// The call activity's execution that called it.
    ParentElementInstanceKey,
    /// Its name in the creator's words.
    BusinessId,
}

/// What holds for a process instance because of something else.
#[derive(Clone, Debug, PartialEq)]
pub enum ProcessInstanceCondition {
    /// It has all of these tags.
    Tags(Vec<String>),
    /// It has an element instance like this.
    Element(ElementCondition),
    /// A job of it has failed and has retries left, or none has.
    HasRetriesLeft(bool),
    /// About a variable of any scope.
    Variable(VariableCondition),
    /// About the messages of its active incidents.
    ErrorMessage(MessageTest),
    /// About the hashes of those messages.
    ErrorHash(Test<i64>),
    /// About the keys of the batch operations that have worked on it, or are to.
    BatchOperation(Test<i64>),
}

impl Entity for ProcessInstance {
    type Field = ProcessInstanceField;
    type Condition = ProcessInstanceCondition;

    const TABLE: TableInfo<Self> = TableInfo {
        columns: "i.key, d.process_definition_id, i.definition_key, d.name, d.version, \
                  d.version_tag, i.start_at, i.end_at, i.state, i.n_incidents > 0, d.tenant_id, \
                  i.parent_process_instance_key, i.parent_element_instance_key, \
                  coalesce(i.root_process_instance_key, i.key), i.tags, i.business_id",
        from: "process_instance i LEFT JOIN process_definition d ON d.key = i.definition_key",
        key: ProcessInstanceField::Key,
        tenant: "d.tenant_id",
    };

    fn column(field: ProcessInstanceField) -> Column {
        match field {
            ProcessInstanceField::Key => Column::new("i.key"),
            ProcessInstanceField::ProcessDefinitionId => Column::new("d.process_definition_id"),
            ProcessInstanceField::ProcessDefinitionKey => Column::new("i.definition_key"),
            ProcessInstanceField::ProcessDefinitionName => Column::nullable("d.name"),
            ProcessInstanceField::ProcessDefinitionVersion => Column::new("d.version"),
            ProcessInstanceField::ProcessDefinitionVersionTag => Column::nullable("d.version_tag"),
            ProcessInstanceField::StartAt => Column::new("i.start_at"),
            ProcessInstanceField::EndAt => Column::nullable("i.end_at"),
            ProcessInstanceField::State => Column::named("i.state", STATES),
            ProcessInstanceField::HasIncident => Column::new("i.n_incidents > 0"),
            ProcessInstanceField::TenantId => Column::new("d.tenant_id"),
            ProcessInstanceField::ParentProcessInstanceKey => {
                Column::nullable("i.parent_process_instance_key")
            }
            ProcessInstanceField::ParentElementInstanceKey => {
                Column::nullable("i.parent_element_instance_key")
            }
            ProcessInstanceField::BusinessId => Column::nullable("i.business_id"),
        }
    }

    fn condition(condition: &ProcessInstanceCondition, sql: &mut Sql) {
        match condition {
            ProcessInstanceCondition::Tags(wanted) => tags(wanted, sql),
            ProcessInstanceCondition::Element(wanted) => element(wanted, sql),
            ProcessInstanceCondition::Variable(wanted) => {
                variable::exists(&variable::OF_INSTANCE, wanted, sql);
            }
            ProcessInstanceCondition::HasRetriesLeft(wanted) => {
                sql.push(if *wanted { "i.key IN (" } else { "i.key NOT IN (" });
                sql.push("SELECT j.process_instance_key FROM job j WHERE ");
                sql.push(HAS_FAILED_WITH_RETRIES_LEFT).push(")");
            }
            ProcessInstanceCondition::ErrorMessage(test) => {
                incident::message_of_instance(test, sql);
            }
            ProcessInstanceCondition::ErrorHash(test) => incident::hash_of_instance(test, sql),
            ProcessInstanceCondition::BatchOperation(test) => batch_operation(test, sql),
        }
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            key: row.get(0)?,
            process_definition_id: row.get(1)?,
            process_definition_key: row.get(2)?,
            process_definition_name: row.get(3)?,
            process_definition_version: row.get(4)?,
            process_definition_version_tag: row.get(5)?,
            start_at: Timestamp(row.get(6)?),
            end_at: row.get::<_, Option<i64>>(7)?.map(Timestamp),
            state: STATES.name(row.get(8)?),
            has_incident: row.get(9)?,
            tenant_id: row.get(10)?,
            parent_process_instance_key: row.get(11)?,
            parent_element_instance_key: row.get(12)?,
            root_process_instance_key: row.get(13)?,
            tags: super::list(row, 14)?,
            business_id: row.get(15)?,
        })
    }
}

/// It has all of these tags.
pub(super) fn tags(wanted: &[String], sql: &mut Sql) {
    sql.push("(1");
    for tag in wanted {
        sql.push(" AND EXISTS (SELECT 1 FROM json_each(i.tags) WHERE value = ");
        sql.bind(tag.clone()).push(")");
    }
    sql.push(")");
}

/// It has an element instance for which all of this holds.
fn element(wanted: &ElementCondition, sql: &mut Sql) {
    sql.push(
        "EXISTS (SELECT 1 FROM element_instance e JOIN element m ON m.no = e.element_no \
         WHERE e.process_instance_key = i.key",
    );
    for test in &wanted.id {
        sql.push(" AND ");
        statement::text("m.element_id", test, sql);
    }
    for test in &wanted.state {
        sql.push(" AND ");
        statement::name("e.state", STATES, test, sql);
    }
    if let Some(has_incident) = wanted.has_incident {
        sql.push(" AND (e.n_incidents > 0) = ").bind(i64::from(has_incident));
    }
    sql.push(")");
}

/// One of its batch operations is like this; none is what it must not be.
fn batch_operation(test: &Test<i64>, sql: &mut Sql) {
    let (is_absent, test) = statement::positive(test);
    sql.push(if is_absent { "NOT EXISTS" } else { "EXISTS" });
    sql.push(" (SELECT 1 FROM batch_operation_item b WHERE b.process_instance_key = i.key AND ");
    statement::number("b.batch_operation_key", &test, sql);
    sql.push(")");
}

#[cfg(test)]
mod tests {
    use skep_record::{AuthorizedTenants, TextTest};

    use super::*;
    use crate::{
        schema,
        search::{Condition, Order, Search},
    };

    #[test]
    fn searches_use_the_indexes_that_are_kept_for_them() {
        let dir = tempfile::tempdir().unwrap();
        let connection = schema::open_writer(&dir.path().join("history.db")).unwrap();
        let is = |field, text: &str| {
            Condition::<ProcessInstance>::Text(field, TextTest::Is(Test::Equals(text.to_owned())))
        };
        let number = |field, number| Condition::Number(field, Test::Equals(number));
        let (active, ended) = (
            is(ProcessInstanceField::State, "ACTIVE"),
            Condition::Number(ProcessInstanceField::EndAt, Test::Above(7)),
        );
        let newest = (ProcessInstanceField::StartAt, Order::Descending);
        let latest = (ProcessInstanceField::EndAt, Order::Descending);
        for (all, order, index) in [
            (vec![], vec![newest], "process_instance_by_start"),
            (vec![active.clone()], vec![newest], "process_instance_active_by_start"),
            (vec![active.clone()], vec![], "process_instance_active_by_key"),
            (vec![ended], vec![latest], "process_instance_by_end"),
            (
                vec![Condition::Is(ProcessInstanceField::HasIncident, true)],
                vec![],
                "process_instance_with_incident_by_key",
            ),
            (
                vec![active, number(ProcessInstanceField::ProcessDefinitionKey, 7)],
                vec![],
                "process_instance_active",
            ),
            (
                vec![number(ProcessInstanceField::ProcessDefinitionKey, 7)],
                vec![],
                "process_instance_by_definition",
            ),
            (
                vec![is(ProcessInstanceField::ProcessDefinitionId, "order")],
                vec![],
                "process_instance_by_definition",
            ),
            (
                vec![is(ProcessInstanceField::BusinessId, "A-42")],
                vec![],
                "process_instance_by_business_id",
            ),
            (
                vec![number(ProcessInstanceField::ParentProcessInstanceKey, 7)],
                vec![],
                "process_instance_by_parent",
            ),
        ] {
            let search = Search { all, order, ..Search::default() };
            let order = statement::order(&search);
            let sql = statement::page(&search, &order, &AuthorizedTenants::All).unwrap();
            let plan = statement::plan(&connection, &sql);
            assert!(plan.contains(index), "{index} is not used: {plan}");
            assert!(!plan.contains("SCAN i\n"), "everything is looked at: {plan}");
        }
    }
}

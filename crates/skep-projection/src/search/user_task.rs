//! User tasks.

use skep_record::{Document, Test, TextTest, Timestamp, VariableCondition};

use super::{Column, Entity, TableInfo, process_instance::tags, statement, variable};
use crate::{names::TASK_STATES, sql::Sql};

/// A native user task, open or ended.
#[derive(Clone, PartialEq)]
pub struct UserTask {
    /// Its key.
    pub key: i64,
    /// `CREATING`, `CREATED`, `ASSIGNING`, `UPDATING`, `COMPLETING`, `COMPLETED`, `CANCELING` or
    /// `CANCELED`.
    pub state: &'static str,
    /// Name of its element.
    pub name: Option<String>,
    /// Id of its element.
    pub element_id: String,
    /// The execution of its element.
    pub element_instance_key: i64,
    /// Its process instance.
    pub process_instance_key: i64,
    /// The instance that nobody called, at the root of the call hierarchy.
    pub root_process_instance_key: i64,
    /// Id of its process.
    pub process_definition_id: String,
    /// Name of its process.
    pub process_name: Option<String>,
    /// The definition that it runs in.
    pub process_definition_key: i64,
    /// Version of that definition.
    pub process_definition_version: i32,
    /// Its tenant.
    pub tenant_id: String,
    /// Tags of its process instance.
    pub tags: Vec<String>,
    /// The user who does it.
    pub assignee: Option<String>,
    /// Groups whose members may do it.
    pub candidate_groups: Vec<String>,
    /// Users who may do it.
    pub candidate_users: Vec<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was completed or cancelled.
    pub ended_at: Option<Timestamp>,
    /// When it is due.
    pub due_at: Option<Timestamp>,
    /// When to follow up.
    pub follow_up_at: Option<Timestamp>,
    /// 0 to 100; more is more urgent.
    pub priority: i32,
    /// The deployed form.
    pub form_key: Option<i64>,
    /// The form of another system.
    pub external_form_reference: Option<String>,
    /// Task headers of the model.
    pub headers: Document,
}

/// Shows no text: most of it comes from variables.
impl std::fmt::Debug for UserTask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserTask")
            .field("key", &self.key)
            .field("state", &self.state)
            .field("element_id", &self.element_id)
            .field("process_instance_key", &self.process_instance_key)
            .field("is_assigned", &self.assignee.is_some())
            .finish_non_exhaustive()
    }
}

/// What a user task can be filtered and ordered by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum UserTaskField {
    /// Its key.
    Key,
    /// Its state.
    State,
    /// Name of its element.
    Name,
    /// Id of its element.
    ElementId,
    /// The execution of its element.
    ElementInstanceKey,
    /// Its process instance.
    ProcessInstanceKey,
    /// Id of its process.
    ProcessDefinitionId,
    /// The definition that it runs in.
    ProcessDefinitionKey,
    /// Its tenant.
    TenantId,
    /// The user who does it.
    Assignee,
    /// When it was created.
    CreatedAt,
    /// When it was completed or cancelled.
    EndedAt,
    /// When it is due.
    DueAt,
    /// When to follow up.
    FollowUpAt,
    /// 0 to 100; more is more urgent.
    Priority,
}

/// What holds for a user task because of something else.
#[derive(Clone, Debug, PartialEq)]
pub enum UserTaskCondition {
    /// About the groups whose members may do it.
    CandidateGroup(TextTest),
    /// About the users who may do it.
    CandidateUser(TextTest),
    /// Its process instance has all of these tags.
    Tags(Vec<String>),
    /// About a variable in the process instance's own scope.
    InstanceVariable(VariableCondition),
    /// About a variable in the scope of its element instance.
    LocalVariable(VariableCondition),
}

impl Entity for UserTask {
    type Field = UserTaskField;
    type Condition = UserTaskCondition;

    const TABLE: TableInfo<Self> = TableInfo {
        columns: "u.key, u.state, m.name, m.element_id, u.element_instance_key, \
                  u.process_instance_key, coalesce(i.root_process_instance_key, i.key), \
                  d.process_definition_id, d.name, i.definition_key, d.version, d.tenant_id, \
                  i.tags, u.assignee, u.candidate_groups, u.candidate_users, u.created_at, \
                  u.ended_at, u.due_at, u.follow_up_at, u.priority, u.form_key, \
                  u.external_form_reference, u.headers",
        from: "user_task u \
               LEFT JOIN element m ON m.no = u.element_no \
               LEFT JOIN process_instance i ON i.key = u.process_instance_key \
               LEFT JOIN process_definition d ON d.key = i.definition_key",
        key: UserTaskField::Key,
        tenant: "d.tenant_id",
    };

    fn column(field: UserTaskField) -> Column {
        match field {
            UserTaskField::Key => Column::new("u.key"),
            UserTaskField::State => Column::named("u.state", TASK_STATES),
            UserTaskField::Name => Column::nullable("m.name"),
            UserTaskField::ElementId => Column::new("m.element_id"),
            UserTaskField::ElementInstanceKey => Column::new("u.element_instance_key"),
            UserTaskField::ProcessInstanceKey => Column::new("u.process_instance_key"),
            UserTaskField::ProcessDefinitionId => Column::new("d.process_definition_id"),
            UserTaskField::ProcessDefinitionKey => Column::new("i.definition_key"),
            UserTaskField::TenantId => Column::new("d.tenant_id"),
            UserTaskField::Assignee => Column::nullable("u.assignee"),
            UserTaskField::CreatedAt => Column::new("u.created_at"),
            UserTaskField::EndedAt => Column::nullable("u.ended_at"),
            UserTaskField::DueAt => Column::nullable("u.due_at"),
            UserTaskField::FollowUpAt => Column::nullable("u.follow_up_at"),
            UserTaskField::Priority => Column::new("u.priority"),
        }
    }

    fn condition(condition: &UserTaskCondition, sql: &mut Sql) {
        match condition {
            UserTaskCondition::CandidateGroup(test) => member("u.candidate_groups", test, sql),
            UserTaskCondition::CandidateUser(test) => member("u.candidate_users", test, sql),
            UserTaskCondition::Tags(wanted) => tags(wanted, sql),
            UserTaskCondition::InstanceVariable(wanted) => {
                variable::exists(&variable::AROUND_USER_TASK, wanted, sql);
            }
            UserTaskCondition::LocalVariable(wanted) => {
                variable::exists(&variable::OF_USER_TASK, wanted, sql);
            }
        }
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let time = |at: usize| row.get::<_, Option<i64>>(at).map(|at| at.map(Timestamp));
        Ok(Self {
            key: row.get(0)?,
            state: TASK_STATES.name(row.get(1)?),
            name: row.get(2)?,
            element_id: row.get(3)?,
            element_instance_key: row.get(4)?,
            process_instance_key: row.get(5)?,
            root_process_instance_key: row.get(6)?,
            process_definition_id: row.get(7)?,
            process_name: row.get(8)?,
            process_definition_key: row.get(9)?,
            process_definition_version: row.get(10)?,
            tenant_id: row.get(11)?,
            tags: super::list(row, 12)?,
            assignee: row.get(13)?,
            candidate_groups: super::list(row, 14)?,
            candidate_users: super::list(row, 15)?,
            created_at: Timestamp(row.get(16)?),
            ended_at: time(17)?,
            due_at: time(18)?,
            follow_up_at: time(19)?,
            priority: row.get(20)?,
            form_key: row.get(21)?,
            external_form_reference: row.get(22)?,
            headers: super::headers(row, 23)?,
        })
    }
}

/// Appends a comparison of the members of a list: one of them fulfils it or, where it says what
/// must not be, none of them is that.
fn member(list: &str, test: &TextTest, sql: &mut Sql) {
    let (quantifier, test) = match test {
        TextTest::Is(Test::Exists(_)) => return statement::text(list, test, sql),
        TextTest::Is(Test::Differs(unwanted)) => {
            ("NOT EXISTS", &TextTest::Is(Test::Equals(unwanted.clone())))
        }
        TextTest::Is(Test::NoneOf(unwanted)) => {
            ("NOT EXISTS", &TextTest::Is(Test::OneOf(unwanted.clone())))
        }
        TextTest::Is(_) | TextTest::Like(_) => ("EXISTS", test),
    };
    sql.push(quantifier).push(" (SELECT 1 FROM json_each(").push(list).push(") c WHERE ");
    statement::text("c.value", test, sql);
    sql.push(")");
}

#[cfg(test)]
mod tests {
    use skep_record::AuthorizedTenants;

    use super::*;
    use crate::{
        schema,
        search::{Condition, Search},
    };

    #[test]
    fn searches_use_the_indexes_that_are_kept_for_them() {
        let dir = tempfile::tempdir().unwrap();
        let connection = schema::open_writer(&dir.path().join("history.db")).unwrap();
        let is = |text: &str| TextTest::Is(Test::Equals(text.to_owned()));
        let text = |field, text: &str| Condition::Text(field, is(text));
        let number = |field| Condition::Number(field, Test::Equals(7));
        let group = Condition::Of(UserTaskCondition::CandidateGroup(is("sales")));
        for (all, index) in [
            (vec![text(UserTaskField::State, "CREATED"), group], "user_task_by_state"),
            (vec![text(UserTaskField::Assignee, "eve")], "user_task_by_assignee"),
            (vec![number(UserTaskField::ProcessInstanceKey)], "user_task_by_process_instance"),
            (vec![number(UserTaskField::ElementInstanceKey)], "user_task_by_element_instance"),
            (vec![number(UserTaskField::ProcessDefinitionKey)], "user_task_by_process_instance"),
        ] {
            let search = Search { all, ..Search::<UserTask>::default() };
            let sql = statement::count(&search, &AuthorizedTenants::All);
            let plan = statement::plan(&connection, &sql);
            assert!(plan.contains(index), "{index}: {plan}");
        }
    }
}

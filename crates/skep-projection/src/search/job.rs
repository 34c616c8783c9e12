//! Jobs.

use skep_record::{Document, Timestamp};

use super::{Column, Entity, TableInfo};
use crate::{
    names::{JOB_COMPLETED, JOB_FAILED, JOB_KINDS, JOB_STATES, LISTENER_EVENTS, TASK_LISTENER},
    sql::Sql,
};

/// A job, open or ended.
#[derive(Clone, PartialEq)]
pub struct Job {
    /// Its key.
    pub key: i64,
    /// Type that workers ask for.
    pub job_type: String,
    /// The worker that has it or had it last; empty if nobody had it or the worker has no name.
    pub worker: String,
    /// What was last done about it: `CREATED`, `COMPLETED`, `FAILED`, `RETRIES_UPDATED`,
    /// `TIMED_OUT`, `CANCELED`, `ERROR_THROWN` or `MIGRATED`.
    pub state: &'static str,
    /// `BPMN_ELEMENT`, `EXECUTION_LISTENER`, `TASK_LISTENER` or `AD_HOC_SUB_PROCESS`.
    pub kind: &'static str,
    /// What a listener's job is about; `UNSPECIFIED` for others.
    pub listener_event: &'static str,
    /// Attempts left.
    pub retries: i32,
    /// Whether the last attempt has failed and there are more.
    pub has_failed_with_retries_left: bool,
    /// Until when a worker has it, or had it last.
    pub deadline: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When anything about it changed last.
    pub updated_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Code of the BPMN error that a worker has thrown.
    pub error_code: Option<String>,
    /// What the worker said about the last failure or error.
    pub error_message: Option<String>,
    /// Of a task listener that is done: whether it has denied the step.
    pub is_denied: Option<bool>,
    /// Why.
    pub denied_reason: Option<String>,
    /// Task headers.
    pub headers: Document,
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
    /// The definition that it runs in.
    pub process_definition_key: i64,
    /// Its tenant.
    pub tenant_id: String,
}

/// Shows nothing that a worker said.
impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job")
            .field("key", &self.key)
            .field("job_type", &self.job_type)
            .field("state", &self.state)
            .field("retries", &self.retries)
            .field("element_id", &self.element_id)
            .field("process_instance_key", &self.process_instance_key)
            .finish_non_exhaustive()
    }
}

/// What a job can be filtered and ordered by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum JobField {
    /// Its key.
    Key,
    /// Type that workers ask for.
    Type,
    /// The worker that has it or had it last.
    Worker,
    /// What was last done about it.
    State,
    /// What made it.
    Kind,
    /// What a listener's job is about.
    ListenerEvent,
    /// Attempts left.
    Retries,
    /// Whether the last attempt has failed and there are more.
    HasFailedWithRetriesLeft,
    /// Until when a worker has it, or had it last.
    Deadline,
    /// When it was created.
    CreatedAt,
    /// When anything about it changed last.
    UpdatedAt,
    /// When it ended.
    EndedAt,
    /// Code of the BPMN error that a worker has thrown.
    ErrorCode,
    /// What the worker said about the last failure or error.
    ErrorMessage,
    /// Of a task listener that is done: whether it has denied the step.
    IsDenied,
    /// Why.
    DeniedReason,
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
}

/// What holds for a job because of something else.
#[derive(Clone, Debug, PartialEq)]
pub enum JobCondition {
    /// It is of the process instance that has this element instance, or is it. Added to a
    /// condition about the element instance, it tells where to look.
    NearElementInstance(i64),
}

/// That the job `j` has failed and has retries left.
pub(super) const HAS_FAILED_WITH_RETRIES_LEFT: &str = "(j.state = 4 AND j.retries > 0)";
const IS_DENIED: &str = "CASE WHEN j.kind = 3 AND j.state = 1 THEN j.denied_reason IS NOT NULL END";

impl Entity for Job {
    type Field = JobField;
    type Condition = JobCondition;

    const TABLE: TableInfo<Self> = TableInfo {
        columns: "j.key, t.text, coalesce(w.text, ''), j.state, j.kind, j.listener_event, \
                  j.retries, j.deadline, j.created_at, j.updated_at, j.ended_at, j.error_code, \
                  j.error_message, j.denied_reason, j.headers, m.element_id, \
                  j.element_instance_key, j.process_instance_key, \
                  coalesce(i.root_process_instance_key, i.key), d.process_definition_id, \
                  i.definition_key, d.tenant_id",
        from: "job j \
               LEFT JOIN label t ON t.no = j.type_no \
               LEFT JOIN label w ON w.no = j.worker_no \
               LEFT JOIN element m ON m.no = j.element_no \
               LEFT JOIN process_instance i ON i.key = j.process_instance_key \
               LEFT JOIN process_definition d ON d.key = i.definition_key",
        key: JobField::Key,
        tenant: "d.tenant_id",
    };

    fn column(field: JobField) -> Column {
        match field {
            JobField::Key => Column::new("j.key"),
            JobField::Type => Column::new("t.text"),
            JobField::Worker => Column::new("coalesce(w.text, '')"),
            JobField::State => Column::named("j.state", JOB_STATES),
            JobField::Kind => Column::named("j.kind", JOB_KINDS),
            JobField::ListenerEvent => Column::named("j.listener_event", LISTENER_EVENTS),
            JobField::Retries => Column::new("j.retries"),
            JobField::HasFailedWithRetriesLeft => Column::new(HAS_FAILED_WITH_RETRIES_LEFT),
            JobField::Deadline => Column::nullable("j.deadline"),
            JobField::CreatedAt => Column::new("j.created_at"),
            JobField::UpdatedAt => Column::new("j.updated_at"),
            JobField::EndedAt => Column::nullable("j.ended_at"),
            JobField::ErrorCode => Column::nullable("j.error_code"),
            JobField::ErrorMessage => Column::nullable("j.error_message"),
            JobField::IsDenied => Column::nullable(IS_DENIED),
            JobField::DeniedReason => Column::nullable("nullif(j.denied_reason, '')"),
            JobField::ElementId => Column::new("m.element_id"),
            JobField::ElementInstanceKey => Column::new("j.element_instance_key"),
            JobField::ProcessInstanceKey => Column::new("j.process_instance_key"),
            JobField::ProcessDefinitionId => Column::new("d.process_definition_id"),
            JobField::ProcessDefinitionKey => Column::new("i.definition_key"),
            JobField::TenantId => Column::new("d.tenant_id"),
        }
    }

    fn condition(condition: &JobCondition, sql: &mut Sql) {
        match condition {
            JobCondition::NearElementInstance(key) => {
                sql.push(
                    "j.process_instance_key = coalesce((SELECT e.process_instance_key \
                     FROM element_instance e WHERE e.key = ",
                );
                sql.bind(*key).push("), ").bind(*key).push(")");
            }
        }
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let (state, kind, retries) = (row.get(3)?, row.get(4)?, row.get(6)?);
        let denied_reason: Option<String> = row.get(13)?;
        let is_listened = kind == TASK_LISTENER && state == JOB_COMPLETED;
        let time = |at: usize| row.get::<_, Option<i64>>(at).map(|at| at.map(Timestamp));
        Ok(Self {
            key: row.get(0)?,
            job_type: row.get(1)?,
            worker: row.get(2)?,
            state: JOB_STATES.name(state),
            kind: JOB_KINDS.name(kind),
            listener_event: LISTENER_EVENTS.name(row.get(5)?),
            retries,
            has_failed_with_retries_left: state == JOB_FAILED && retries > 0,
            deadline: time(7)?,
            created_at: Timestamp(row.get(8)?),
            updated_at: Timestamp(row.get(9)?),
            ended_at: time(10)?,
            error_code: row.get(11)?,
            error_message: row.get(12)?,
            is_denied: is_listened.then_some(denied_reason.is_some()),
            denied_reason: denied_reason.filter(|reason| !reason.is_empty()),
            headers: super::headers(row, 14)?,
            element_id: row.get(15)?,
            element_instance_key: row.get(16)?,
            process_instance_key: row.get(17)?,
            root_process_instance_key: row.get(18)?,
            process_definition_id: row.get(19)?,
            process_definition_key: row.get(20)?,
            tenant_id: row.get(21)?,
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

    /// How the database searches.
    fn plan(all: Vec<Condition<Job>>) -> String {
        let dir = tempfile::tempdir().unwrap();
        let connection = schema::open_writer(&dir.path().join("history.db")).unwrap();
        let search = Search { all, ..Search::default() };
        let sql = statement::count(&search, &AuthorizedTenants::All);
        statement::plan(&connection, &sql)
    }

    #[test]
    fn searches_use_the_indexes_that_are_kept_for_them() {
        let is =
            |field, text: &str| Condition::Text(field, TextTest::Is(Test::Equals(text.to_owned())));
        let number = |field, number| Condition::Number(field, Test::Equals(number));
        for (conditions, index) in [
            (vec![is(JobField::State, "FAILED")], "job_open"),
            (vec![is(JobField::State, "CREATED"), is(JobField::Type, "work")], "job_open"),
            (vec![is(JobField::Type, "work")], "job_by_type"),
            (vec![number(JobField::ProcessInstanceKey, 7)], "job_by_process_instance"),
            (
                vec![
                    number(JobField::ElementInstanceKey, 7),
                    Condition::Of(JobCondition::NearElementInstance(7)),
                ],
                "job_by_process_instance",
            ),
            (vec![number(JobField::ProcessDefinitionKey, 7)], "job_by_process_instance"),
        ] {
            let plan = plan(conditions.clone());
            assert!(plan.contains(index), "{conditions:?}: {plan}");
        }
    }
}

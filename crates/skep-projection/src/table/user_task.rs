//! Native user tasks. Those that are jobs are among the jobs.

use rusqlite::{Connection, OptionalExtension as _, params};
use skep_record::{UserTaskIntent, UserTaskProperties, UserTaskValue};

use super::{Row, headers, json_list, process_instance, text};
use crate::{
    names::{
        TASK_ASSIGNING, TASK_CANCELED, TASK_CANCELING, TASK_COMPLETED, TASK_COMPLETING,
        TASK_CREATED, TASK_CREATING, TASK_UPDATING,
    },
    projector::At,
};

pub(crate) const SCHEMA: &str = "
CREATE TABLE user_task (
    key INTEGER PRIMARY KEY,
    process_instance_key INTEGER NOT NULL,
    element_instance_key INTEGER NOT NULL,
    element_no INTEGER NOT NULL,
    state INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at INTEGER,
    assignee TEXT,
    -- JSON lists.
    candidate_groups TEXT,
    candidate_users TEXT,
    due_at INTEGER,
    follow_up_at INTEGER,
    priority INTEGER NOT NULL,
    form_key INTEGER,
    external_form_reference TEXT,
    -- A MessagePack map.
    headers BLOB
);
CREATE INDEX user_task_by_process_instance ON user_task (process_instance_key);
CREATE INDEX user_task_by_element_instance ON user_task (element_instance_key);
CREATE INDEX user_task_by_assignee ON user_task (assignee, state) WHERE assignee IS NOT NULL;
CREATE INDEX user_task_by_state ON user_task (state);
";

/// A user task.
#[derive(Debug)]
pub(crate) struct UserTaskRow {
    process_instance_key: i64,
    element_instance_key: i64,
    element_no: i64,
    state: i64,
    created_at: i64,
    /// When it was completed or cancelled.
    ended_at: Option<i64>,
    assignee: Option<String>,
    candidate_groups: Option<String>,
    candidate_users: Option<String>,
    due_at: Option<i64>,
    follow_up_at: Option<i64>,
    priority: i32,
    form_key: Option<i64>,
    external_form_reference: Option<String>,
    headers: Option<Vec<u8>>,
}

impl Row for UserTaskRow {
    fn load(connection: &Connection, key: i64) -> rusqlite::Result<Option<Self>> {
        let mut statement = connection.prepare_cached(
            "SELECT process_instance_key, element_instance_key, element_no, state, created_at, \
             ended_at, assignee, candidate_groups, candidate_users, due_at, follow_up_at, \
             priority, form_key, external_form_reference, headers \
             FROM user_task WHERE key = ?1",
        )?;
        let row = statement.query_row([key], |row| {
            Ok(Self {
                process_instance_key: row.get(0)?,
                element_instance_key: row.get(1)?,
                element_no: row.get(2)?,
                state: row.get(3)?,
                created_at: row.get(4)?,
                ended_at: row.get(5)?,
                assignee: row.get(6)?,
                candidate_groups: row.get(7)?,
                candidate_users: row.get(8)?,
                due_at: row.get(9)?,
                follow_up_at: row.get(10)?,
                priority: row.get(11)?,
                form_key: row.get(12)?,
                external_form_reference: row.get(13)?,
                headers: row.get(14)?,
            })
        });
        row.optional()
    }

    fn insert(&self, connection: &Connection, key: i64) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "INSERT OR REPLACE INTO user_task (key, process_instance_key, element_instance_key, \
             element_no, state, created_at, ended_at, assignee, candidate_groups, \
             candidate_users, due_at, follow_up_at, priority, form_key, \
             external_form_reference, headers) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        )?;
        statement.execute(params![
            key,
            self.process_instance_key,
            self.element_instance_key,
            self.element_no,
            self.state,
            self.created_at,
            self.ended_at,
            self.assignee,
            self.candidate_groups,
            self.candidate_users,
            self.due_at,
            self.follow_up_at,
            self.priority,
            self.form_key,
            self.external_form_reference,
            self.headers,
        ])?;
        Ok(())
    }

    /// Tasks are changed by people: too seldom for a statement of its own.
    fn update(&self, connection: &Connection, key: i64) -> rusqlite::Result<()> {
        self.insert(connection, key)
    }
}

impl UserTaskRow {
    fn set(&mut self, task: &UserTaskProperties) {
        self.assignee = text(&task.assignee);
        self.candidate_groups = json_list(&task.candidate_groups);
        self.candidate_users = json_list(&task.candidate_users);
        self.due_at = milliseconds(&task.due_date);
        self.follow_up_at = milliseconds(&task.follow_up_date);
        self.priority = task.priority;
    }
}

/// `USER_TASK:…`
///
/// A state that ends in `ING` tells that a step waits for its listeners; what the step changes is
/// seen once it is taken, and never if it is denied.
///
/// Source: camunda/orchestration-cluster-api-js: the generated `UserTaskLookupStateEnum`
pub(crate) fn stepped(
    at: &mut At<'_>,
    intent: UserTaskIntent,
    value: &UserTaskValue,
) -> rusqlite::Result<()> {
    ensure(at, value)?;
    let (key, now, task) = (at.key, at.timestamp.0, &value.task);
    let element_no = match (intent, at.instance(value.instance)) {
        (UserTaskIntent::Migrated, Some(instance)) => Some(at.element_no(instance, value.element)?),
        _ => None,
    };
    at.tables.user_tasks.change(at.connection, key, |row| match intent {
        UserTaskIntent::Creating => {
            // Whom the model names gets it by the next step.
            row.assignee = None;
            row.state = TASK_CREATING;
        }
        UserTaskIntent::Created | UserTaskIntent::Assigned | UserTaskIntent::Updated => {
            row.set(task);
            row.state = TASK_CREATED;
        }
        UserTaskIntent::Assigning | UserTaskIntent::Claiming => row.state = TASK_ASSIGNING,
        UserTaskIntent::Updating => row.state = TASK_UPDATING,
        UserTaskIntent::Completing => row.state = TASK_COMPLETING,
        UserTaskIntent::Canceling => row.state = TASK_CANCELING,
        UserTaskIntent::AssignmentDenied
        | UserTaskIntent::UpdateDenied
        | UserTaskIntent::CompletionDenied => row.state = TASK_CREATED,
        UserTaskIntent::Completed | UserTaskIntent::Canceled => {
            row.set(task);
            row.state =
                if intent == UserTaskIntent::Completed { TASK_COMPLETED } else { TASK_CANCELED };
            row.ended_at = Some(now);
        }
        UserTaskIntent::Migrated => row.element_no = element_no.unwrap_or(row.element_no),
        // It is part of the step, which is still to be taken.
        UserTaskIntent::Corrected => (),
    })?;
    Ok(())
}

/// Has a row for a task, also for one that was created before the history began.
fn ensure(at: &mut At<'_>, value: &UserTaskValue) -> rusqlite::Result<()> {
    let key = at.key;
    if at.tables.user_tasks.get(at.connection, key)?.is_some() {
        return Ok(());
    }
    let Some(instance) = at.instance(value.instance) else { return Ok(()) };
    process_instance::ensure(at, instance)?;
    let task = &value.task;
    let mut row = UserTaskRow {
        process_instance_key: instance.process_instance_key.0,
        element_instance_key: value.element_instance_key.0,
        element_no: at.element_no(instance, value.element)?,
        state: TASK_CREATED,
        created_at: task.created_at.0,
        ended_at: None,
        assignee: None,
        candidate_groups: None,
        candidate_users: None,
        due_at: None,
        follow_up_at: None,
        priority: task.priority,
        form_key: task.form_key.map(|key| key.0),
        external_form_reference: text(&task.external_form_reference),
        headers: headers(&task.custom_headers),
    };
    row.set(task);
    at.tables.user_tasks.insert(key, row);
    Ok(())
}

/// A date in milliseconds since the Unix epoch; `None` for what has no offset, such as the empty
/// text of none.
fn milliseconds(date: &str) -> Option<i64> {
    if let Ok(at) = skep_model::timer::parse_date_time(date) {
        return Some(at.as_millisecond());
    }
    // What FEEL calls a date and time in a zone.
    let (local, zone) = date.split_once('@')?;
    let at: jiff::ZonedDateTime = format!("{local}[{zone}]").parse().ok()?;
    Some(at.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_with_an_offset_or_a_zone_are_times() {
        let seven = Some(1_798_700_400_000);
        for date in [
            "2026-12-31T07:00:00Z",
            "2026-12-31T08:00+01:00",
            "2026-12-31T08:00:00+01:00[Europe/Paris]",
            "2026-12-31T08:00:00@Europe/Paris",
        ] {
            assert_eq!(milliseconds(date), seven, "{date}");
        }
        for date in ["", "2026-12-31T07:00:00", "2026-12-31T07:00:00@Nowhere"] {
            assert_eq!(milliseconds(date), None, "{date}");
        }
    }
}

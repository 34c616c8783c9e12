//! Jobs. Every service task makes one, so that rows and indexes are kept small.

use rusqlite::{Connection, OptionalExtension as _, params};
use skep_record::{
    Body, Event, JobBatchActivated, JobEvent, JobKind, JobValue, ProcessInstanceRef,
    UserTaskIntent, UserTaskValue,
};

use super::{
    Row, headers,
    job_count::{Counted, Group},
    process_instance, text,
};
use crate::{
    names::{
        JOB_CANCELED, JOB_COMPLETED, JOB_CREATED, JOB_ERROR_THROWN, JOB_FAILED, JOB_KINDS,
        JOB_MIGRATED, JOB_RETRIES_UPDATED, JOB_TIMED_OUT, LISTENER_EVENTS,
    },
    projector::At,
};

/// The states of the partial index are listed one by one, so that the database sees that a search
/// for one of them can use it.
pub(crate) const SCHEMA: &str = "
CREATE TABLE job (
    key INTEGER PRIMARY KEY,
    process_instance_key INTEGER NOT NULL,
    element_instance_key INTEGER NOT NULL,
    element_no INTEGER NOT NULL,
    -- Labels.
    type_no INTEGER NOT NULL,
    worker_no INTEGER,
    kind INTEGER NOT NULL,
    listener_event INTEGER NOT NULL,
    state INTEGER NOT NULL,
    retries INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    ended_at INTEGER,
    deadline INTEGER,
    error_code TEXT,
    error_message TEXT,
    -- Of a listener that has denied a step: why, or the empty text.
    denied_reason TEXT,
    -- A MessagePack map.
    headers BLOB
);
CREATE INDEX job_by_process_instance ON job (process_instance_key);
CREATE INDEX job_by_type ON job (type_no, created_at);
CREATE INDEX job_with_error ON job (type_no, updated_at)
    WHERE coalesce(error_code, error_message) IS NOT NULL;
CREATE INDEX job_open ON job (state, type_no) WHERE state = 2 OR state = 3 OR state = 4
    OR state = 5 OR state = 6 OR state = 7;
";

/// A job.
#[derive(Debug)]
pub(crate) struct JobRow {
    process_instance_key: i64,
    element_instance_key: i64,
    element_no: i64,
    type_no: i64,
    worker_no: Option<i64>,
    kind: i64,
    listener_event: i64,
    state: i64,
    retries: i32,
    created_at: i64,
    updated_at: i64,
    ended_at: Option<i64>,
    deadline: Option<i64>,
    error_code: Option<String>,
    error_message: Option<String>,
    denied_reason: Option<String>,
    /// Not read back: nothing changes it.
    headers: Option<Vec<u8>>,
}

impl Row for JobRow {
    fn load(connection: &Connection, key: i64) -> rusqlite::Result<Option<Self>> {
        let mut statement = connection.prepare_cached(
            "SELECT process_instance_key, element_instance_key, element_no, type_no, worker_no, \
             kind, listener_event, state, retries, created_at, updated_at, ended_at, deadline, \
             error_code, error_message, denied_reason FROM job WHERE key = ?1",
        )?;
        let row = statement.query_row([key], |row| {
            Ok(Self {
                process_instance_key: row.get(0)?,
                element_instance_key: row.get(1)?,
                element_no: row.get(2)?,
                type_no: row.get(3)?,
                worker_no: row.get(4)?,
                kind: row.get(5)?,
                listener_event: row.get(6)?,
                state: row.get(7)?,
                retries: row.get(8)?,
                created_at: row.get(9)?,
                updated_at: row.get(10)?,
                ended_at: row.get(11)?,
                deadline: row.get(12)?,
                error_code: row.get(13)?,
                error_message: row.get(14)?,
                denied_reason: row.get(15)?,
                headers: None,
            })
        });
        row.optional()
    }

    fn insert(&self, connection: &Connection, key: i64) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "INSERT OR REPLACE INTO job (key, process_instance_key, element_instance_key, \
             element_no, type_no, worker_no, kind, listener_event, state, retries, created_at, \
             updated_at, ended_at, deadline, error_code, error_message, denied_reason, headers) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, \
             ?18)",
        )?;
        statement.execute(params![
            key,
            self.process_instance_key,
            self.element_instance_key,
            self.element_no,
            self.type_no,
            self.worker_no,
            self.kind,
            self.listener_event,
            self.state,
            self.retries,
            self.created_at,
            self.updated_at,
            self.ended_at,
            self.deadline,
            self.error_code,
            self.error_message,
            self.denied_reason,
            self.headers,
        ])?;
        Ok(())
    }

    fn update(&self, connection: &Connection, key: i64) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "UPDATE job SET element_no = ?2, worker_no = ?3, state = ?4, retries = ?5, \
             updated_at = ?6, ended_at = ?7, deadline = ?8, error_code = ?9, \
             error_message = ?10, denied_reason = ?11 WHERE key = ?1",
        )?;
        statement.execute(params![
            key,
            self.element_no,
            self.worker_no,
            self.state,
            self.retries,
            self.updated_at,
            self.ended_at,
            self.deadline,
            self.error_code,
            self.error_message,
            self.denied_reason,
        ])?;
        Ok(())
    }
}

/// `JOB:…`. What comes between two attempts, `RECURRED_AFTER_BACKOFF` and `YIELDED`, is no state
/// of the API: the job stays what it was.
pub(crate) fn stepped(at: &mut At<'_>, value: &JobValue, event: &JobEvent) -> rusqlite::Result<()> {
    let (key, now) = (at.key, at.timestamp.0);
    let state = match event {
        JobEvent::Created { job_type, retries, headers: given, kind } => {
            let row = JobRow::new(now, *retries, headers(given));
            return create(at, value, job_type, *kind, row);
        }
        JobEvent::Completed => Some(JOB_COMPLETED),
        JobEvent::TimedOut => Some(JOB_TIMED_OUT),
        JobEvent::Failed { .. } => Some(JOB_FAILED),
        JobEvent::RetriesUpdated { .. } => Some(JOB_RETRIES_UPDATED),
        JobEvent::Canceled => Some(JOB_CANCELED),
        JobEvent::ErrorThrown { .. } => Some(JOB_ERROR_THROWN),
        JobEvent::Migrated { .. } => Some(JOB_MIGRATED),
        JobEvent::TimeoutUpdated { .. } => None,
        JobEvent::RecurredAfterBackoff | JobEvent::Yielded => return Ok(()),
    };
    let element_no = match (event, at.instance(value.instance)) {
        (JobEvent::Migrated { .. }, Some(instance)) => {
            Some(at.element_no(instance, value.element)?)
        }
        _ => None,
    };
    let mut group = None;
    at.tables.jobs.change(at.connection, key, |row| {
        group = Some((row.type_no, row.worker_no.unwrap_or(0)));
        row.state = state.unwrap_or(row.state);
        row.element_no = element_no.unwrap_or(row.element_no);
        row.updated_at = now;
        match event {
            JobEvent::Completed | JobEvent::Canceled => row.ended_at = Some(now),
            JobEvent::Failed { retries, error_message, .. } => {
                row.retries = *retries;
                row.error_message = text(error_message);
            }
            JobEvent::RetriesUpdated { retries } => row.retries = *retries,
            JobEvent::ErrorThrown { error_code, error_message, caught } => {
                row.error_code = text(error_code);
                row.error_message = text(error_message);
                row.ended_at = caught.then_some(now);
            }
            JobEvent::TimeoutUpdated { deadline } => row.deadline = Some(deadline.0),
            JobEvent::Created { .. }
            | JobEvent::TimedOut
            | JobEvent::Migrated { .. }
            | JobEvent::RecurredAfterBackoff
            | JobEvent::Yielded => (),
        }
    })?;
    let counted = match event {
        JobEvent::Completed => Counted::Completed,
        JobEvent::Failed { .. } => Counted::Failed,
        JobEvent::Created { .. }
        | JobEvent::TimedOut
        | JobEvent::RetriesUpdated { .. }
        | JobEvent::Canceled
        | JobEvent::ErrorThrown { .. }
        | JobEvent::RecurredAfterBackoff
        | JobEvent::Yielded
        | JobEvent::TimeoutUpdated { .. }
        | JobEvent::Migrated { .. } => return Ok(()),
    };
    match (group, at.instance(value.instance)) {
        (Some((type_no, worker_no)), Some(instance)) => {
            count(at, instance, type_no, worker_no, counted)
        }
        _ => Ok(()),
    }
}

fn count(
    at: &mut At<'_>,
    instance: &ProcessInstanceRef,
    type_no: i64,
    worker_no: i64,
    counted: Counted,
) -> rusqlite::Result<()> {
    let tenant_no = at.tables.labels.add(at.connection, &instance.tenant_id)?;
    let group = Group { type_no, worker_no, tenant_no };
    at.tables.job_counts.add(at.timestamp.0, group, counted);
    Ok(())
}

impl JobRow {
    /// A job that is still to be told where it belongs.
    fn new(now: i64, retries: i32, headers: Option<Vec<u8>>) -> Self {
        Self {
            process_instance_key: 0,
            element_instance_key: 0,
            element_no: 0,
            type_no: 0,
            worker_no: None,
            kind: 0,
            listener_event: 0,
            state: JOB_CREATED,
            retries,
            created_at: now,
            updated_at: now,
            ended_at: None,
            deadline: None,
            error_code: None,
            error_message: None,
            denied_reason: None,
            headers,
        }
    }
}

fn create(
    at: &mut At<'_>,
    value: &JobValue,
    job_type: &str,
    kind: JobKind,
    row: JobRow,
) -> rusqlite::Result<()> {
    let Some(instance) = at.instance(value.instance) else { return Ok(()) };
    process_instance::ensure(at, instance)?;
    let row = JobRow {
        process_instance_key: instance.process_instance_key.0,
        element_instance_key: value.element_instance_key.0,
        element_no: at.element_no(instance, value.element)?,
        type_no: at.tables.labels.add(at.connection, job_type)?,
        kind: JOB_KINDS.number(kind.as_str()),
        listener_event: LISTENER_EVENTS.number(kind.listener_event().unwrap_or("UNSPECIFIED")),
        ..row
    };
    let type_no = row.type_no;
    at.tables.jobs.insert(at.key, row);
    count(at, instance, type_no, 0, Counted::Created)
}

/// `JOB_BATCH:ACTIVATED`
pub(crate) fn activated(at: &mut At<'_>, batch: &JobBatchActivated) -> rusqlite::Result<()> {
    let worker_no = match batch.worker.as_str() {
        "" => None,
        worker => Some(at.tables.labels.add(at.connection, worker)?),
    };
    for key in &batch.job_keys {
        at.tables.jobs.change(at.connection, key.0, |row| {
            row.worker_no = worker_no;
            row.deadline = Some(batch.deadline.0);
            row.updated_at = at.timestamp.0;
        })?;
    }
    Ok(())
}

/// `USER_TASK:…_DENIED`: the listener that was completed just before it has denied the step.
pub(crate) fn denied(
    at: &mut At<'_>,
    intent: UserTaskIntent,
    value: &UserTaskValue,
) -> rusqlite::Result<()> {
    if !matches!(
        intent,
        UserTaskIntent::AssignmentDenied
            | UserTaskIntent::UpdateDenied
            | UserTaskIntent::CompletionDenied
    ) {
        return Ok(());
    }
    let before = at.batch.records.iter().rev().skip_while(|record| record.position >= at.position);
    let mut jobs = before.filter_map(|record| match &record.body {
        Body::Event(Event::Job(job, JobEvent::Completed)) => Some((record.key, job)),
        Body::Event(_) | Body::Command(_) | Body::Rejection(_) => None,
    });
    let listener = jobs.find(|(_, job)| job.element_instance_key == value.element_instance_key);
    if let Some((key, _)) = listener {
        at.tables.jobs.change(at.connection, key, |row| {
            row.denied_reason = Some(value.denied_reason.clone());
        })?;
    }
    Ok(())
}

//! What happened to jobs, counted for each minute: statistics need not look at every job, and tell
//! of attempts that have failed before a job was completed.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

pub(crate) const SCHEMA: &str = "
CREATE TABLE job_count (
    -- When it begins.
    minute INTEGER NOT NULL,
    -- Labels; 0 for no worker.
    type_no INTEGER NOT NULL,
    worker_no INTEGER NOT NULL,
    tenant_no INTEGER NOT NULL,
    -- How many, and when the last one was; 0 for never.
    n_created INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    n_completed INTEGER NOT NULL,
    completed_at INTEGER NOT NULL,
    n_failed INTEGER NOT NULL,
    failed_at INTEGER NOT NULL,
    PRIMARY KEY (minute, type_no, worker_no, tenant_no)
) WITHOUT ROWID;
";

/// Length of a minute in milliseconds.
pub(crate) const MINUTE_MS: i64 = 60_000;

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Counted {
    Created,
    Completed,
    /// One attempt.
    Failed,
}

/// Whose jobs are counted together, by label.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Group {
    pub(crate) type_no: i64,
    pub(crate) worker_no: i64,
    pub(crate) tenant_no: i64,
}

/// What was counted since the last flush: by minute, in the order of [`Counted`], how many and
/// when the last one was.
#[derive(Debug, Default)]
pub(crate) struct JobCounts(BTreeMap<(i64, Group), [(i64, i64); 3]>);

impl JobCounts {
    pub(crate) fn add(&mut self, now: i64, group: Group, counted: Counted) {
        let counts = self.0.entry((now - now.rem_euclid(MINUTE_MS), group)).or_default();
        let (n, last) = &mut counts[counted as usize];
        *n += 1;
        *last = now.max(*last);
    }

    pub(crate) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "INSERT INTO job_count (minute, type_no, worker_no, tenant_no, n_created, \
             created_at, n_completed, completed_at, n_failed, failed_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
             ON CONFLICT (minute, type_no, worker_no, tenant_no) DO UPDATE SET \
             n_created = n_created + excluded.n_created, \
             created_at = max(created_at, excluded.created_at), \
             n_completed = n_completed + excluded.n_completed, \
             completed_at = max(completed_at, excluded.completed_at), \
             n_failed = n_failed + excluded.n_failed, \
             failed_at = max(failed_at, excluded.failed_at)",
        )?;
        for ((minute, group), [created, completed, failed]) in std::mem::take(&mut self.0) {
            statement.execute(params![
                minute,
                group.type_no,
                group.worker_no,
                group.tenant_no,
                created.0,
                created.1,
                completed.0,
                completed.1,
                failed.0,
                failed.1,
            ])?;
        }
        Ok(())
    }
}

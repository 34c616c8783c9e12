//! What has ended long ago is forgotten, a little at a time.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use rusqlite::{Connection, OptionalExtension as _};
use skep_record::Timestamp;

use crate::table::{deletion, job_count::MINUTE_MS};

/// How long one step may take before it stops, so that records do not wait for it.
const STEP_TIME_MAX: Duration = Duration::from_millis(5);
/// Most process instances that one step looks at.
const INSTANCES_MAX: i64 = 200;
/// Most evaluated decisions that one step looks at.
const EVALUATIONS_MAX: i64 = 100;
/// Counts of jobs that one step looks at.
const COUNTS_MAX: i64 = 500;
/// Items of a batch operation that are deleted at once.
const ITEMS_MAX: i64 = 200;

/// What a step has done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) has_removed: bool,
    /// Whether there may be more to forget.
    pub(crate) has_more: bool,
}

/// One step: forgets some of what ended before `before`.
pub(crate) fn step(connection: &Connection, before: Timestamp) -> rusqlite::Result<Step> {
    let began = Instant::now();
    let n_changes = connection.total_changes();
    let transaction = connection.unchecked_transaction()?;
    let mut has_more = instances(&transaction, before, began)?;
    if !has_more {
        has_more = evaluations(&transaction, before)?;
    }
    if !has_more {
        has_more = batch_operation(&transaction, before)?;
        while has_more && began.elapsed() < STEP_TIME_MAX {
            has_more = batch_operation(&transaction, before)?;
        }
    }
    if !has_more {
        has_more = job_counts(&transaction, before)?;
    }
    let has_removed = connection.total_changes() > n_changes;
    transaction.commit()?;
    Ok(Step { has_removed, has_more })
}

/// Process instances, the first to have ended first; false if there are no more.
fn instances(connection: &Connection, before: Timestamp, began: Instant) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT key FROM process_instance WHERE end_at < ?1 ORDER BY end_at LIMIT ?2",
    )?;
    let keys = statement.query_map([before.0, INSTANCES_MAX], |row| row.get(0))?;
    let keys: Vec<i64> = keys.collect::<Result<_, _>>()?;
    let is_full = i64::try_from(keys.len()) == Ok(INSTANCES_MAX);
    for key in keys {
        deletion::process_instance(connection, key)?;
        if began.elapsed() > STEP_TIME_MAX {
            return Ok(true);
        }
    }
    Ok(is_full)
}

/// Evaluations of decisions that were asked for by no process instance, the first first; false if
/// there are no more.
fn evaluations(connection: &Connection, before: Timestamp) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT evaluation_key FROM decision_instance WHERE process_instance_key IS NULL AND \
         evaluated_at < ?1 ORDER BY evaluated_at LIMIT ?2",
    )?;
    let keys = statement.query_map([before.0, EVALUATIONS_MAX], |row| row.get(0))?;
    // One has a row for each decision that it needed.
    let keys: BTreeSet<i64> = keys.collect::<Result<_, _>>()?;
    for key in &keys {
        deletion::decision_evaluation(connection, *key)?;
    }
    Ok(!keys.is_empty())
}

/// Counts of jobs, the first minutes first; false if there are no more.
fn job_counts(connection: &Connection, before: Timestamp) -> rusqlite::Result<bool> {
    // The whole of a minute must be old.
    let minute = before.0 - MINUTE_MS;
    let mut statement = connection.prepare_cached(
        "SELECT minute FROM job_count WHERE minute < ?1 ORDER BY minute LIMIT 1 OFFSET ?2",
    )?;
    let later: Option<i64> =
        statement.query_row([minute, COUNTS_MAX], |row| row.get(0)).optional()?;
    // Of the minute that the step stops in, all: it is the same minute again next time.
    let until = later.map_or(minute, |later| later + 1);
    connection.prepare_cached("DELETE FROM job_count WHERE minute < ?1")?.execute([until])?;
    Ok(later.is_some())
}

/// Some items of a batch operation, or the batch operation once it has none; false if there is no
/// batch operation that is to go.
fn batch_operation(connection: &Connection, before: Timestamp) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT key FROM batch_operation WHERE end_at < ?1 ORDER BY end_at LIMIT 1",
    )?;
    let key: Option<i64> = statement.query_row([before.0], |row| row.get(0)).optional()?;
    let Some(key) = key else { return Ok(false) };
    let mut items = connection.prepare_cached(
        "DELETE FROM batch_operation_item WHERE batch_operation_key = ?1 AND item_key IN \
         (SELECT item_key FROM batch_operation_item WHERE batch_operation_key = ?1 LIMIT ?2)",
    )?;
    if items.execute([key, ITEMS_MAX])? == 0 {
        connection.prepare_cached("DELETE FROM batch_operation WHERE key = ?1")?.execute([key])?;
    }
    Ok(true)
}

//! When the disk is full: refuse, wait, go on.

use std::time::{Duration, Instant};

use skep_journal::CommitError;

use super::{Halt, Partition, chain, group::GROUP_BYTES_MAX};
use crate::{
    error::SubmitError,
    inbox::{Order, Request, Wait},
};

/// How often a full disk is tried again.
const RETRY_EVERY: Duration = Duration::from_millis(500);
/// A sync that takes so long is worth a line in the log.
const SLOW_COMMIT: Duration = Duration::from_millis(500);

/// The disk is full.
#[derive(Debug)]
pub(super) struct Full {
    pub(super) retry_at: Instant,
    since: Instant,
    text: String,
}

impl Partition {
    /// Whether a group will find room; asks a full disk again only now and then.
    pub(super) fn has_room(&mut self) -> Result<bool, Halt> {
        if self.full.as_ref().is_some_and(|full| full.retry_at > Instant::now()) {
            return Ok(false);
        }
        match self.journal.reserve(GROUP_BYTES_MAX as u64) {
            Ok(()) => {
                self.set_room();
                Ok(true)
            }
            Err(error) => {
                self.set_full(&error)?;
                Ok(false)
            }
        }
    }

    /// Syncs what was appended. Waits for room if need be: what the engine has decided must
    /// reach the disk before anything else does.
    pub(super) fn commit(&mut self) -> Result<(), Halt> {
        let began = Instant::now();
        let commit = loop {
            match self.journal.commit() {
                Ok(commit) => break commit,
                Err(error) => {
                    self.set_full(&error)?;
                    self.wait_for_retry()?;
                }
            }
        };
        self.set_room();
        self.snapshots.written(commit.n_bytes);
        if commit.n_bytes > 0
            && let Some(exports) = &self.exports
        {
            exports.committed(self.id, commit.last_position);
        }
        let elapsed = began.elapsed();
        if elapsed > SLOW_COMMIT {
            tracing::warn!(elapsed_ms = elapsed.as_secs_f64() * 1e3, "the disk is slow to sync");
        }
        for warning in self.journal.take_warnings() {
            tracing::warn!(problem = chain(&warning), "journal maintenance failed");
        }
        Ok(())
    }

    /// Refuses what comes in until the disk is to be tried again.
    fn wait_for_retry(&mut self) -> Result<(), Halt> {
        while let Some(full) = &self.full {
            let left = full.retry_at.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let text = full.text.clone();
            // Commands already taken are refused too: they would only wait for the same disk.
            self.refuse_queue();
            let order = self.inbox.take(&mut self.queue, &mut self.notes, Wait::AtMost(left));
            if let Order::Stop { .. } = order {
                return Err(Halt(format!("stopped while commands waited for room: {text}")));
            }
        }
        self.refuse_queue();
        Ok(())
    }

    /// Answers everything queued with the reason why it is not carried out.
    pub(super) fn refuse_queue(&mut self) {
        let Some(full) = &self.full else { return };
        for request in self.queue.drain(..) {
            self.taken.add(&request);
            // Other partitions send again; jobs come back when their lock ends.
            if let Request::Call(_, reply) | Request::Ask(_, reply) = request {
                drop(reply.send(Err(SubmitError::ResourceExhausted(full.text.clone()))));
            }
        }
        self.returned.clear();
        self.inbox.processed(&mut self.taken);
    }

    fn set_full(&mut self, error: &CommitError) -> Result<(), Halt> {
        let CommitError::NoRoom(cause) = error else {
            return Err(Halt(format!("the disk has failed: {error}")));
        };
        let now = Instant::now();
        let text = format!("Cannot accept commands: out of disk space ({cause})");
        if self.full.is_none() {
            tracing::error!(%cause, "disk is full: refusing commands until there is room");
        }
        self.inbox.set_full(text.clone());
        let since = self.full.as_ref().map_or(now, |full| full.since);
        self.full = Some(Full { retry_at: now + RETRY_EVERY, since, text });
        Ok(())
    }

    fn set_room(&mut self) {
        if let Some(full) = self.full.take() {
            let elapsed_s = full.since.elapsed().as_secs();
            tracing::info!(elapsed_s, "disk has room again");
            self.inbox.set_room();
        }
    }
}

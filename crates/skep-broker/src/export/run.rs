//! The thread that exports.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{Arc, atomic::Ordering},
    thread,
    time::{Duration, Instant},
};

use skep_journal::{JournalError, Reader};
use skep_record::{Batch, ExportError, Exporter, PartitionId};

use super::Exports;
use crate::{BrokerConfig, Clock, layout};

/// Bytes of journal after which is flushed even though more has come in.
const FLUSH_BYTES: u64 = 1 << 20;
/// While nobody waits, what comes in this long is flushed at once: each flush writes many of the
/// same pages again.
const FLUSH_EVERY: Duration = Duration::from_millis(50);
/// Bytes of journal after which what was flushed is made safe, so that the journal can go. Not
/// much at once: commits of the partitions wait for the same disk.
const SYNC_BYTES: u64 = 8 << 20;
/// How long after a failure it is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How often is looked for what is to be forgotten while no records come.
const TIDY_EVERY: Duration = Duration::from_secs(60);

/// The journal of one partition.
struct Source {
    id: PartitionId,
    dir: PathBuf,
    /// `None` until it is opened, and again after a failure.
    reader: Option<Reader>,
    /// Position of the last record handed over.
    position: u64,
}

/// Why a partition's records are not handed over.
enum Failed {
    /// Its journal cannot be read.
    Journal(ExportError),
    /// The exporter does not take them.
    Exporter(ExportError),
}

impl From<JournalError> for Failed {
    fn from(error: JournalError) -> Self {
        Self::Journal(error.into())
    }
}

pub(super) struct Run {
    exports: Arc<Exports>,
    exporter: Box<dyn Exporter>,
    sources: Vec<Source>,
    /// Of the journal, not flushed yet.
    pending_bytes: u64,
    unsynced_bytes: u64,
    /// Whether the last attempt has failed, which is said once.
    has_failed: bool,
    has_failed_to_tidy: bool,
    clock: Clock,
}

impl Run {
    pub(super) fn new(
        exports: Arc<Exports>,
        config: &BrokerConfig,
        exporter: Box<dyn Exporter>,
    ) -> Self {
        let source = |id| Source {
            id,
            dir: layout::journal_dir(&config.data_dir, id),
            reader: None,
            position: 0,
        };
        let sources = (1..=config.n_partitions).map(PartitionId).map(source).collect();
        // The first attempt makes safe what an earlier process has flushed.
        let unsynced_bytes = SYNC_BYTES;
        Self {
            exports,
            exporter,
            sources,
            pending_bytes: 0,
            unsynced_bytes,
            has_failed: false,
            has_failed_to_tidy: false,
            // Where time is pinned, records have that time; it is the same on all partitions.
            clock: config.clock.of(PartitionId::DEPLOYMENT),
        }
    }

    pub(super) fn until_stopped(mut self) {
        loop {
            let began = Instant::now();
            // Before looking for records: what comes after the look wakes the thread again.
            let stopped = self.exports.stopped.load(Ordering::Acquire);
            match self.attempt() {
                Ok(has_more) => {
                    if std::mem::take(&mut self.has_failed) {
                        tracing::info!("records are exported again");
                    }
                    // Between two looks for records, which never wait for more than one step.
                    let is_tidy = self.tidy();
                    if has_more || !(is_tidy || stopped) {
                        continue;
                    }
                }
                Err(error) => {
                    self.failed(&error);
                    if !stopped {
                        // However many wait.
                        self.rest_until(Instant::now() + RETRY_AFTER, || false);
                        continue;
                    }
                }
            }
            if stopped {
                return self.end();
            }
            let exports = Arc::clone(&self.exports);
            self.rest_until(began + FLUSH_EVERY, || exports.n_waiting.load(Ordering::Relaxed) > 0);
            self.await_records();
        }
    }

    /// Does nothing until then, whatever is committed, unless it is told to stop or `is_enough`.
    fn rest_until(&self, until: Instant, is_enough: impl Fn() -> bool) {
        while let Some(left) = until.checked_duration_since(Instant::now())
            && !left.is_zero()
            && !is_enough()
            && !self.exports.stopped.load(Ordering::Acquire)
        {
            thread::park_timeout(left);
        }
    }

    /// Does nothing until something is committed, or it is time to tidy.
    fn await_records(&self) {
        let is_news =
            |source: &Source| self.exports.position(source.id).committed > source.position;
        // Said before the look: who commits after it sees this, and wakes the thread.
        self.exports.is_idle.store(true, Ordering::SeqCst);
        if !self.sources.iter().any(is_news) && !self.exports.stopped.load(Ordering::Acquire) {
            thread::park_timeout(TIDY_EVERY);
        }
        self.exports.is_idle.store(false, Ordering::SeqCst);
    }

    /// Hands over and flushes what has come in; says whether there is more.
    fn attempt(&mut self) -> Result<bool, ExportError> {
        let attempted = catch_unwind(AssertUnwindSafe(|| {
            let mut has_more = false;
            let mut unread = None;
            for at in 0..self.sources.len() {
                match self.take(at) {
                    Ok(more) => has_more |= more,
                    // A journal that cannot be read does not hold up the others. What it gave
                    // before is flushed below, so that it goes on behind that.
                    Err(Failed::Journal(error)) => {
                        self.sources[at].reader = None;
                        unread = Some(error);
                    }
                    Err(Failed::Exporter(error)) => {
                        self.forget();
                        return Err(error);
                    }
                }
            }
            if self.pending_bytes > 0
                && let Err(error) = self.flush()
            {
                self.forget();
                return Err(error);
            }
            if self.unsynced_bytes >= SYNC_BYTES {
                self.sync()?;
            }
            unread.map_or(Ok(has_more), Err)
        }));
        attempted.unwrap_or_else(|_| {
            self.forget();
            Err("the exporter has panicked".into())
        })
    }

    /// Has the exporter forget a little of what is old; says whether that was all.
    fn tidy(&mut self) -> bool {
        let now = self.clock.now();
        let tidied = catch_unwind(AssertUnwindSafe(|| self.exporter.tidy(now)))
            .unwrap_or_else(|_| Err("the exporter has panicked".into()));
        match tidied {
            Ok(has_more) => {
                self.has_failed_to_tidy = false;
                !has_more
            }
            Err(error) => {
                // Tried again with the next records; what is searched is not wrong.
                if !std::mem::replace(&mut self.has_failed_to_tidy, true) {
                    let error = crate::partition::chain(&*error);
                    tracing::error!(error, "what is too old cannot be removed from the history");
                }
                true
            }
        }
    }

    /// Hands over records of one partition; says whether there are more.
    fn take(&mut self, at: usize) -> Result<bool, Failed> {
        if self.sources[at].reader.is_none() {
            self.open(at)?;
        }
        let source = &mut self.sources[at];
        let Some(reader) = &mut source.reader else { return Ok(false) };
        let committed = self.exports.position(source.id).committed;
        let mut n_bytes = 0;
        while n_bytes < FLUSH_BYTES {
            let Some(frame) = reader.tail(committed)? else { break };
            let batch = Batch::decode(&frame.payload).map_err(|e| Failed::Journal(e.into()))?;
            if frame.first_position > source.position {
                self.exporter.export(source.id, &batch).map_err(Failed::Exporter)?;
                source.position = frame.last_position;
                n_bytes += frame.payload.len() as u64;
                self.pending_bytes += frame.payload.len() as u64;
            }
        }
        Ok(n_bytes >= FLUSH_BYTES)
    }

    /// Finds where to go on.
    fn open(&mut self, at: usize) -> Result<(), Failed> {
        let (id, dir) = (self.sources[at].id, self.sources[at].dir.clone());
        let committed = self.exports.position(id).committed;
        if committed == 0 {
            // It is new, or does not run.
            return Ok(());
        }
        let mut position = self.exporter.position(id).map_err(Failed::Exporter)?;
        if position > committed {
            tracing::warn!(
                partition_id = id.0,
                position,
                last_position = committed,
                "the history knows more than the journal, which may have been restored from a backup: the history is made anew"
            );
            self.exporter.reset().map_err(Failed::Exporter)?;
            self.forget();
            position = 0;
        }
        let reader = Reader::open(&dir, position + 1)?;
        let first = reader.first_position();
        if let Some(first) = first.filter(|first| *first > position + 1) {
            tracing::warn!(
                partition_id = id.0,
                position,
                first_position = first,
                "the history is not whole: the journal does not have the records after it any more"
            );
        }
        let source = &mut self.sources[at];
        source.position = position;
        source.reader = Some(reader);
        if let Some(progress) = self.exports.of(id) {
            progress.exported.store(position, Ordering::Release);
        }
        // There may be nothing to flush: who waits for what was there before would go on waiting.
        self.exports.flushed.send_modify(|n| *n += 1);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ExportError> {
        self.exporter.flush()?;
        for source in &self.sources {
            if let Some(progress) = self.exports.of(source.id) {
                progress.exported.store(source.position, Ordering::Release);
            }
        }
        self.unsynced_bytes += std::mem::take(&mut self.pending_bytes);
        self.exports.flushed.send_modify(|n| *n += 1);
        Ok(())
    }

    fn sync(&mut self) -> Result<(), ExportError> {
        self.exporter.sync()?;
        self.unsynced_bytes = 0;
        for source in &self.sources {
            if let Some(progress) = self.exports.of(source.id) {
                let exported = progress.exported.load(Ordering::Acquire);
                progress.durable.store(exported, Ordering::Release);
            }
        }
        Ok(())
    }

    /// What is not flushed is handed over again.
    fn forget(&mut self) {
        self.exporter.forget();
        for source in &mut self.sources {
            source.reader = None;
        }
        self.pending_bytes = 0;
    }

    fn failed(&mut self, error: &ExportError) {
        if !std::mem::replace(&mut self.has_failed, true) {
            let error = crate::partition::chain(&**error);
            tracing::error!(
                error,
                "records cannot be exported: searches show an older state until they can"
            );
        }
    }

    fn end(mut self) {
        if let Err(error) = self.sync() {
            let error = crate::partition::chain(&*error);
            tracing::warn!(error, "what was exported last may have to be exported again");
        }
    }
}

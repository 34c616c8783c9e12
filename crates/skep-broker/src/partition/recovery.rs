//! From files to a partition that runs.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use skep_engine::EngineConfig;
use skep_journal::{Journal, JournalConfig, JournalError, Snapshots, TornTail};
use skep_record::PartitionId;

use super::{Halt, Partition, chain, group::Group, push::Streams, random, snapshots::Snapshotter};
use crate::{
    BrokerConfig,
    cold::ColdPlace,
    inbox::{Inbox, Taken},
    layout,
    notices::JobNotices,
};

/// What a partition found on disk.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RecoveryReport {
    /// Which partition.
    pub partition_id: PartitionId,
    /// Position of the snapshot it began with; 0 without one.
    pub snapshot_position: u64,
    /// Records replayed after the snapshot.
    pub n_records: u64,
    /// Position of the last record.
    pub last_position: u64,
    /// The commit that a crash cut short, if there was one. Nobody was told that it succeeded.
    pub torn_tail: Option<TornTail>,
    /// How long reading and replaying took.
    pub elapsed: Duration,
}

impl Partition {
    /// Opens the journal and brings the engine's state up to its end.
    pub(crate) fn recover(
        config: &BrokerConfig,
        inbox: Arc<Inbox>,
        inboxes: Arc<[Arc<Inbox>]>,
        notices: Arc<JobNotices>,
    ) -> Result<(Self, RecoveryReport), Halt> {
        let began = Instant::now();
        let id = inbox.partition_id();
        let journal_config = JournalConfig {
            stream_id: u32::from(id.0),
            segment_bytes: config.segment_bytes,
            disk: Arc::clone(&config.disk),
            background: config.background,
        };
        let dir = layout::journal_dir(&config.data_dir, id);
        let (journal, found) =
            Journal::open(&dir, journal_config).map_err(|error| not_opened(&error))?;
        let dir = layout::snapshots_dir(&config.data_dir, id);
        let snapshots = Snapshots::open(&dir, u32::from(id.0), Arc::clone(&config.disk))
            .map_err(|error| Halt(chain(&error)))?;
        if found.created {
            sync_dirs(config, id).map_err(|error| Halt(chain(&error)))?;
        }
        let mut snapshots =
            Snapshotter::new(snapshots, config.snapshot_every_bytes, config.background);
        let cold = ColdPlace::new(config, id);
        let engine_config = EngineConfig {
            ready_instances_max: cold.ready_instances_max(),
            zone: config.zone.clone(),
            random,
            unique_business_ids: config.unique_business_ids,
            ..EngineConfig::new(id, config.n_partitions)
        };
        let (engine, replayed) = snapshots.load_engine(&engine_config, &cold, &journal)?;
        let report = RecoveryReport {
            partition_id: id,
            snapshot_position: replayed.snapshot_position,
            n_records: replayed.n_records,
            last_position: engine.last_position(),
            torn_tail: found.torn_tail,
            elapsed: began.elapsed(),
        };
        let clock = config.clock.of(id);
        let pinned_at = engine.clock_pinned_at();
        if !clock.pin(pinned_at)
            && let Some(at) = pinned_at
        {
            tracing::warn!(
                pinned_at_ms = at.0,
                "the clock was pinned before this start, but is not to be controlled now: the system's is used"
            );
        }
        let exports = config.exports.clone();
        if let Some(exports) = &exports {
            exports.committed(id, engine.last_position());
        }
        let partition = Self {
            id,
            engine_config,
            cold,
            stays_warm: false,
            clock,
            inbox,
            inboxes,
            notices,
            engine,
            journal,
            snapshots,
            exports,
            queue: VecDeque::new(),
            notes: Vec::new(),
            taken: Taken::default(),
            returned: Vec::new(),
            streams: Streams::default(),
            awaiting: HashMap::new(),
            awaiting_sweep_at: 64,
            group: Group::default(),
            encoded: Vec::new(),
            given_up: Vec::new(),
            n_faults: 0,
            full: None,
        };
        Ok((partition, report))
    }
}

/// The new folders themselves must survive a power loss, or all that is in them is lost.
fn sync_dirs(config: &BrokerConfig, id: PartitionId) -> std::io::Result<()> {
    let journal_dir = layout::journal_dir(&config.data_dir, id);
    for dir in journal_dir.ancestors().skip(1).take(3) {
        config.disk.sync_dir(if dir.as_os_str().is_empty() { ".".as_ref() } else { dir })?;
    }
    Ok(())
}

fn not_opened(error: &JournalError) -> Halt {
    if let JournalError::Damaged(damage) = error {
        return Halt(format!(
            "its journal is damaged: {damage}. Nothing was changed; restore the partition's folder from a backup"
        ));
    }
    Halt(chain(error))
}

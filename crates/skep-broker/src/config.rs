//! Where a broker keeps its data, and its limits.

use std::{path::PathBuf, sync::Arc};

use skep_journal::{Disk, OsDisk};

use crate::{Clock, ColdStores, FjallStores, StartError, export::Exports};

/// Where a broker keeps its partitions, how many there are, and their limits.
///
/// ```
/// let config = skep_broker::BrokerConfig::new("/var/lib/skep/broker");
/// assert_eq!(config.n_partitions, 1);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BrokerConfig {
    /// Folder of this broker; each partition has its own folder inside.
    pub data_dir: PathBuf,
    /// From 1 to 8192; cannot change once data exists.
    pub n_partitions: u16,
    /// Most commands from outside that a partition has accepted and not yet processed; more
    /// are refused. What back-pressure must never refuse has as many places again.
    pub queue_capacity: usize,
    /// Most bytes of payload that those commands may hold together.
    pub queue_bytes_max: usize,
    /// Bytes of journal after which a partition writes its next snapshot.
    pub snapshot_every_bytes: u64,
    /// Size of a journal segment.
    pub segment_bytes: u64,
    /// Where the time comes from: a manual one is for tests.
    pub clock: Clock,
    /// Zone of local dates and times in expressions, and of calendar and cron timers.
    pub zone: jiff::tz::TimeZone,
    /// Whether a process instance is refused whose business id an active root instance of the
    /// same definition has.
    pub unique_business_ids: bool,
    /// About how many bytes of memory idle process instances may take, on all partitions
    /// together. Those beyond it are kept on disk and come back when something happens to them.
    /// `None`: all stay in memory.
    ///
    /// What finds them again (jobs, timers, subscriptions) always stays in memory.
    pub memory_budget_bytes: Option<u64>,
    /// Where idle process instances are kept on disk; replaced only by tests.
    pub cold_stores: Arc<dyn ColdStores>,
    /// Where journals and snapshots are kept; replaced only by tests.
    pub disk: Arc<dyn Disk>,
    /// Whether segments and snapshots are written by threads of their own.
    pub(crate) background: bool,
    /// Who is told what can be exported.
    pub(crate) exports: Option<Arc<Exports>>,
}

impl BrokerConfig {
    /// One partition in this folder, the system's time zone, and the default limits.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            n_partitions: 1,
            queue_capacity: 1024,
            queue_bytes_max: 64 << 20,
            snapshot_every_bytes: 256 << 20,
            segment_bytes: 64 << 20,
            clock: Clock::system(),
            zone: jiff::tz::TimeZone::system(),
            unique_business_ids: false,
            memory_budget_bytes: None,
            cold_stores: Arc::new(FjallStores),
            disk: Arc::new(OsDisk),
            background: true,
            exports: None,
        }
    }

    pub(crate) fn check(&self) -> Result<(), StartError> {
        let max = skep_record::PartitionId::MAX;
        if !(1..=max).contains(&self.n_partitions) {
            let n = self.n_partitions;
            return Err(StartError::Config(format!(
                "the number of partitions is {n}, but must be from 1 to {max}"
            )));
        }
        if self.queue_capacity == 0 || self.queue_bytes_max == 0 {
            return Err(StartError::Config("a queue without room accepts no command".to_owned()));
        }
        if self.snapshot_every_bytes == 0 {
            return Err(StartError::Config(
                "snapshots need at least one byte of journal between them".to_owned(),
            ));
        }
        Ok(())
    }
}

//! One partition's journal, read again and replayed beside the running engine.

use std::hash::{DefaultHasher, Hash, Hasher};

use skep_engine::{Engine, EngineConfig};
use skep_journal::Reader;
use skep_record::{Batch, PartitionId};

use crate::facts::Facts;

/// What was durable in a partition's journal, and the state it leads to.
#[derive(Debug)]
pub(crate) struct Witness {
    pub(crate) id: PartitionId,
    shadow: Engine,
    frames: Vec<Seen>,
}

#[derive(Debug, Eq, PartialEq)]
struct Seen {
    first_position: u64,
    last_position: u64,
    hash: u64,
}

impl Witness {
    pub(crate) fn new(id: PartitionId, n_partitions: u16) -> Self {
        // It packs every instance, the running engine hardly any.
        let config = EngineConfig { ready_instances_max: 0, ..EngineConfig::new(id, n_partitions) };
        let shadow = Engine::new(config);
        Self { id, shadow, frames: Vec::new() }
    }

    pub(crate) fn last_position(&self) -> u64 {
        self.shadow.last_position()
    }

    /// A number that stands for everything in the journal.
    pub(crate) fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.frames.iter().for_each(|seen| seen.hash.hash(&mut hasher));
        hasher.finish()
    }

    /// Replays what has become durable since the last call.
    pub(crate) fn catch_up(
        &mut self,
        reader: Reader,
        facts: &mut Facts,
        log: &mut Option<String>,
    ) -> Result<(), String> {
        for frame in reader {
            let frame = frame.map_err(|error| format!("cannot read the journal: {error}"))?;
            let batch = Batch::decode(&frame.payload).map_err(|error| error.to_string())?;
            if let Some(log) = log {
                batch.records.iter().for_each(|record| {
                    log.push_str(&format!("  p{} {}\n", self.id, batch.line(record)));
                });
            }
            let before = facts.n_records;
            facts.observe(&batch).map_err(|problem| format!("partition {}: {problem}", self.id))?;
            debug_assert!(facts.n_records > before);
            self.shadow.replay(&batch).map_err(|error| error.to_string())?;
            self.shadow.tidy().map_err(|error| error.to_string())?;
            self.frames.push(Seen {
                first_position: frame.first_position,
                last_position: frame.last_position,
                hash: hash(&frame.payload),
            });
        }
        Ok(())
    }

    /// Whether the running engine has the state to which its journal leads.
    pub(crate) fn compare(&self, live: &Engine) -> Result<(), String> {
        let id = self.id;
        if self.shadow.last_position() != live.last_position() {
            return Err(format!(
                "partition {id}: the journal ends at {}, the engine's state at {}",
                self.shadow.last_position(),
                live.last_position()
            ));
        }
        let image = |engine: &Engine| engine.freeze().encode().map_err(|error| error.to_string());
        if image(&self.shadow)? != image(live)? {
            return Err(format!("partition {id}: replay leads to another state"));
        }
        let (replayed, lived) = (self.shadow.indexes(), live.indexes());
        if replayed != lived {
            return Err(format!(
                "partition {id}: replay leads to other indexes:\n{replayed}\nrather than\n{lived}"
            ));
        }
        Ok(())
    }

    /// Whether everything that was durable is still there, unchanged. `reader` begins at the
    /// journal's first record, whose position is `first_position`.
    ///
    /// With `may_end_early` the newest records may be missing.
    pub(crate) fn verify(
        &self,
        reader: Reader,
        first_position: u64,
        may_end_early: bool,
    ) -> Result<(), String> {
        let id = self.id;
        let skipped = self.frames.partition_point(|seen| seen.last_position < first_position);
        let mut expected = self.frames.iter().skip(skipped);
        for frame in reader {
            let frame = frame.map_err(|error| format!("cannot read the journal: {error}"))?;
            // What comes after the last known record is new, and checked when it is replayed.
            let Some(seen) = expected.next() else { return Ok(()) };
            let found = Seen {
                first_position: frame.first_position,
                last_position: frame.last_position,
                hash: hash(&frame.payload),
            };
            if found != *seen {
                return Err(format!(
                    "partition {id}: acknowledged records {} to {} have changed",
                    seen.first_position, seen.last_position
                ));
            }
        }
        match expected.next() {
            Some(seen) if !may_end_early => Err(format!(
                "partition {id}: acknowledged records from {} on are lost",
                seen.first_position
            )),
            Some(_) | None => Ok(()),
        }
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

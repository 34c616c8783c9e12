//! Skep's engine: a deterministic state machine over journal records.
//!
//! One call in, one value out: [`Engine::process`] takes a command and returns an
//! [`Outcome`]: the records to append, the answer for the caller, the effects to carry out
//! once the records are on disk. Replaying those records with [`Engine::replay`] rebuilds the
//! same state.
//!
//! Nothing here reads a clock, a file or the environment, and nothing waits.

use skep_record::{
    Batch, Command, JobType, PartitionId, ProcessInstanceKey, ProcessInstanceResult, Rejection,
    Response, TenantId, Timestamp,
};

/// What an engine must know about where it runs.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// The partition this engine decides for.
    pub partition_id: PartitionId,
    /// How many partitions there are.
    pub n_partitions: u16,
}

/// What a command led to.
#[derive(Debug)]
pub struct Outcome {
    /// The records to append, as one unit; never empty.
    pub batch: Batch,
    /// What to tell the caller, after the batch is on disk.
    pub answer: Answer,
    /// What else to do, after the batch is on disk.
    pub effects: Vec<Effect>,
}

/// What the caller of a command is told.
#[derive(Debug, PartialEq)]
pub enum Answer {
    /// Now.
    Reply(Result<Response, Rejection>),
    /// Later: with [`Effect::Completed`] of this instance.
    WhenCompleted(ProcessInstanceKey),
    /// Nothing: the command came from the engine itself.
    Silent,
}

/// Something for the broker to do once the records are on disk.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Jobs of this type became activatable: push them to a stream or wake pollers.
    JobsAvailable {
        /// The type.
        job_type: JobType,
        /// Owner of the jobs.
        tenant_id: TenantId,
    },
    /// Submit this command to another partition.
    Send(PartitionId, Command),
    /// An instance whose creator awaits the result has completed.
    Completed(ProcessInstanceResult),
    /// An instance whose creator awaits the result was terminated: no result will come.
    Terminated(ProcessInstanceKey),
}

/// The state machine of one partition.
#[derive(Debug)]
pub struct Engine {
    config: EngineConfig,
}

/// An immutable view of the state, to be written as a snapshot on another thread.
#[derive(Debug)]
pub struct Frozen(u64);

/// Why a snapshot cannot be restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// Written by a newer or damaged version.
    #[error("snapshot cannot be decoded: {0}")]
    Malformed(String),
}

impl Engine {
    /// An engine with empty state.
    #[must_use]
    pub fn new(config: EngineConfig) -> Self {
        Self { config }
    }

    /// Decides `command` at `now` and applies the outcome to the state.
    pub fn process(&mut self, now: Timestamp, command: Command) -> Outcome {
        let _ = (&self.config, command);
        Outcome {
            batch: Batch {
                timestamp: now,
                next_key: 0,
                instances: Vec::new(),
                elements: Vec::new(),
                records: Vec::new(),
            },
            answer: Answer::Silent,
            effects: Vec::new(),
        }
    }

    /// Applies a batch read from the journal, without deciding anything.
    pub fn replay(&mut self, batch: &Batch) {
        let _ = batch;
    }

    /// When [`Engine::due`] next has something to do; `None` when nothing is scheduled.
    ///
    /// In the past when work was left over from a long batch.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        None
    }

    /// At most `max` commands that are due at `now`: timers, job time-outs, message expiry,
    /// redelivery to other partitions, left-over work. Each is to be processed like any other.
    #[must_use]
    pub fn due(&self, now: Timestamp, max: usize) -> Vec<Command> {
        let _ = (now, max);
        Vec::new()
    }

    /// Position of the last record applied; 0 before the first.
    #[must_use]
    pub fn last_position(&self) -> u64 {
        0
    }

    /// A view of the state as it is now; cheap, because aggregates are shared copy-on-write.
    #[must_use]
    pub fn freeze(&self) -> Frozen {
        Frozen(self.last_position())
    }

    /// An engine with the state that [`Frozen::encode`] wrote.
    ///
    /// # Errors
    /// [`RestoreError`]: the bytes are of another format or damaged.
    pub fn restore(config: EngineConfig, bytes: &[u8]) -> Result<Self, RestoreError> {
        let _ = bytes;
        Ok(Self { config })
    }
}

impl Frozen {
    /// Position of the last record in this view.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.0
    }

    /// The snapshot's bytes: equal states give equal bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        Vec::new()
    }
}

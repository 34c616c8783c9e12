//! Skep's engine: a deterministic state machine over journal records.
//!
//! One call in, one value out: [`Engine::process`] takes a command and returns an
//! [`Outcome`]: the records to append, the answer for the caller, the effects to carry out
//! once the records are on disk. Replaying those records with [`Engine::replay`] rebuilds the
//! same state.
//!
//! A command is processed like this: its handler checks everything, then emits events, each of
//! which is applied at once, and writes follow-up commands, which are processed next, up to a
//! limit. What is too large for one batch is taken back and tried in smaller steps; what is
//! refused leaves only the command and its rejection. Taking back is cheap because every table
//! keeps the former values of what the current batch has changed.
//!
//! Nothing here reads a clock, a file or the environment, and nothing waits.

mod apply;
mod batch_operation;
mod clock;
mod cold;
mod conditional;
mod ctx;
mod decision;
mod deployment;
mod dispatch;
mod distribution;
mod due;
mod element;
mod expression;
mod failure;
mod follow_up;
mod form;
mod history;
mod incident;
mod job;
mod lists;
mod message;
mod process_instance;
mod run;
mod signal;
mod size;
mod state;
mod timer;
mod user_task;
mod variable;

use skep_record::{
    AuthorizedCommand, Batch, Command, DecisionRequirementsKey, JobType, MessageKey, PartitionId,
    ProcessDefinitionKey, ProcessInstanceKey, ProcessInstanceResult, Query, Rejection,
    RejectionKind, Response, TenantId, Timestamp, UserTaskKey,
};

pub use crate::cold::{ColdError, ColdStore, ColdView, Spill};
use crate::{ctx::Ctx, lists::Lists, state::State};

/// Largest size of one batch, and of one message to a worker, in bytes.
///
/// Source: camunda/zeebe: broker.yaml.template, `network.maxMessageSize`
pub const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Follow-up commands processed in one batch; what is left over goes into the next.
///
/// Source: camunda/zeebe: broker.yaml.template, `processing.maxCommandsInBatch`
pub const BATCH_COMMANDS_MAX: usize = 100;

/// Process instances that are kept ready to be worked on. It is more than are worked on at a time
/// even under load, and takes a few MB with variables of usual sizes.
pub const READY_INSTANCES_MAX: usize = 8192;

/// What an engine must know about where it runs.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// The partition this engine decides for.
    pub partition_id: PartitionId,
    /// How many partitions there are.
    pub n_partitions: u16,
    /// Zone of local dates and times in expressions, and of calendar and cron timers.
    pub zone: jiff::tz::TimeZone,
    /// Source of the bits of FEEL's `uuid()` and `random number()`. What they gave is in the
    /// events, so replay never asks.
    pub random: fn() -> u64,
    /// Whether an instance is refused whose business id an active root instance of the same
    /// definition has.
    pub unique_business_ids: bool,
    /// Largest size of a batch, by the engine's estimate; [`BATCH_BYTES_MAX`] unless a test wants
    /// to see batches taken back.
    pub batch_bytes_max: usize,
    /// Most follow-up commands in a batch; [`BATCH_COMMANDS_MAX`] unless a test wants less.
    pub batch_commands_max: usize,
    /// How many process instances are kept ready to be worked on; [`Engine::tidy`] packs those
    /// beyond, the longest idle first. [`READY_INSTANCES_MAX`] unless a test wants all packed.
    pub ready_instances_max: usize,
}

impl EngineConfig {
    /// A configuration in UTC whose random source is the constant 0.
    #[must_use]
    pub fn new(partition_id: PartitionId, n_partitions: u16) -> Self {
        Self {
            partition_id,
            n_partitions,
            zone: jiff::tz::TimeZone::UTC,
            random: || 0,
            unique_business_ids: false,
            batch_bytes_max: BATCH_BYTES_MAX,
            batch_commands_max: BATCH_COMMANDS_MAX,
            ready_instances_max: READY_INSTANCES_MAX,
        }
    }
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
    /// Later: with [`Effect::Completed`] of this instance, or an effect that says that no result
    /// will come.
    WhenCompleted(ProcessInstanceKey),
    /// Later: with [`Effect::StepEnded`] of this user task.
    WhenStepEnds(UserTaskKey),
    /// Later: with [`Effect::Correlated`] of this message.
    WhenCorrelated(MessageKey),
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
    /// A step of a user task that waited for listeners was taken or denied, or its task is gone:
    /// what to tell whoever waits for that.
    StepEnded(UserTaskKey, Result<Response, Rejection>),
    /// A message whose sender waits was taken by an instance, or was not.
    Correlated(MessageKey, Result<Response, Rejection>),
    /// The partition's time is to stand still here, or to go on as the system's.
    ClockMoved(Option<Timestamp>),
    /// An instance whose creator awaits the result was terminated: no result will come.
    Terminated(ProcessInstanceKey),
    /// An instance whose creator awaits the result is banned, or one that it has called is: no
    /// result will come.
    Banned(ProcessInstanceKey),
}

/// The state machine of one partition.
#[derive(Debug)]
pub struct Engine {
    config: EngineConfig,
    state: State,
    lists: Lists,
}

/// An immutable view of the state, to be written as a snapshot on another thread.
#[derive(Debug)]
pub struct Frozen(state::FrozenState);

/// Why a snapshot cannot be restored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// Written by a newer version, or no snapshot at all.
    #[error("snapshot format {0} is not known to this version")]
    Format(u8),
    /// Cut short, or not what its format says.
    #[error("snapshot cannot be decoded")]
    Malformed(#[source] postcard::Error),
    /// Longer than its tables.
    #[error("snapshot cannot be decoded: {0} bytes follow its last table")]
    Trailing(u64),
    /// The reader failed.
    #[error("snapshot cannot be read")]
    Io(#[source] std::io::Error),
    /// A deployed process is missing, or this version cannot read its file.
    #[error("process definition {0} in the snapshot cannot be read")]
    Definition(ProcessDefinitionKey),
    /// This version cannot read the file of a deployed decision requirements graph.
    #[error("decision requirements {0} in the snapshot cannot be read")]
    DecisionRequirements(DecisionRequirementsKey),
}

/// Why a snapshot cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// An instance cannot be read from the store.
    #[error("snapshot lacks an instance")]
    Cold(#[source] ColdError),
    /// The writer failed.
    #[error("snapshot cannot be written")]
    Io(#[source] std::io::Error),
    /// A value has no encoding; a bug.
    #[error("snapshot cannot be encoded")]
    Value(#[source] postcard::Error),
}

impl From<EncodeError> for std::io::Error {
    fn from(error: EncodeError) -> Self {
        match error {
            EncodeError::Io(error) => error,
            EncodeError::Cold(_) | EncodeError::Value(_) => Self::other(error),
        }
    }
}

/// Why a batch cannot be replayed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// Something is missing between the state and the batch.
    #[error("batch begins at position {found}, but the state ends at {last}")]
    Gap {
        /// Position of the last record applied.
        last: u64,
        /// Position of the batch's first record.
        found: u64,
    },
    /// The keys in it belong to another partition.
    #[error("batch at position {0} is another partition's")]
    Partition(u64),
    /// This version cannot read the file of a process that an earlier one deployed.
    #[error("process definition {0} in the journal cannot be read")]
    Definition(ProcessDefinitionKey),
    /// This version cannot read the file of decisions that an earlier one deployed.
    #[error("decision requirements {0} in the journal cannot be read")]
    DecisionRequirements(DecisionRequirementsKey),
    /// An instance cannot be brought back from the store.
    #[error("an instance that the journal is about cannot be brought back")]
    Cold(#[source] ColdError),
}

impl Engine {
    /// An engine with empty state.
    #[must_use]
    pub fn new(config: EngineConfig) -> Self {
        Self { config, state: State::default(), lists: Lists::default() }
    }

    /// Decides `command` at `now` and applies the outcome to the state.
    ///
    /// What belongs to a tenant that the command may not act for is refused as if it did not
    /// exist.
    ///
    /// A panic while deciding is a bug, but one instance's bug: the batch is taken back, the
    /// command is refused with `PROCESSING_ERROR`, and the instance it was about is banned.
    ///
    /// # Errors
    /// [`ColdError`]: an instance cannot be brought back from the store. Nothing was decided, and
    /// the engine must not be used any more: restore another from the journal.
    pub fn process(
        &mut self,
        now: Timestamp,
        command: impl Into<AuthorizedCommand>,
    ) -> Result<Outcome, ColdError> {
        let outcome =
            run::process(&self.config, &mut self.state, &mut self.lists, now, command.into());
        self.state.instances.take_failure().map_or(Ok(outcome), Err)
    }

    /// The same engine, which brings idle instances to a store when they are too many.
    #[must_use]
    pub fn with_spill(mut self, spill: Spill) -> Self {
        self.state.instances.set_spill(spill);
        self
    }

    /// Puts idle process instances where they take less memory: packed, and beyond the budget of
    /// [`Spill`] into its store. Some of them at a time: to be called after each batch, whether
    /// it was decided or replayed. It changes nothing that the engine decides.
    ///
    /// # Errors
    /// [`ColdError`]: the store takes nothing. The instances stay in memory, and the engine is as
    /// good as before.
    pub fn tidy(&mut self) -> Result<(), ColdError> {
        self.state.instances.tidy(self.config.ready_instances_max)
    }

    /// Applies a batch read from the journal, without deciding anything.
    ///
    /// # Errors
    /// [`ReplayError`]: the journal is not one of this partition, or of a version whose process
    /// definitions this one cannot read. The engine must not be used then.
    pub fn replay(&mut self, batch: &Batch) -> Result<(), ReplayError> {
        run::replay(&self.config, &mut self.state, batch)?;
        self.state.instances.take_failure().map_or(Ok(()), |error| Err(ReplayError::Cold(error)))
    }

    /// When [`Engine::due`] next has something to do; `None` when nothing is scheduled.
    ///
    /// In the past when work was left over from a long batch.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        due::next(&self.state)
    }

    /// At most `max` commands that are due at `now`: timers, job time-outs, message expiry,
    /// redelivery to other partitions, left-over work. Each is to be processed like any other.
    #[must_use]
    pub fn due(&self, now: Timestamp, max: usize) -> Vec<Command> {
        due::commands(&self.state, now, max)
    }

    /// Whether a job of this type and tenant is there to be activated.
    #[must_use]
    pub fn has_activatable_jobs(&self, job_type: &JobType, tenant_id: &TenantId) -> bool {
        self.state.jobs.activatable(job_type, tenant_id).next().is_some()
    }

    /// Answers a question; nothing changes.
    ///
    /// # Errors
    /// `NotFound`: what it is about is not known here.
    pub fn query(&self, query: Query) -> Result<Response, Rejection> {
        match query {
            Query::Resource(key) => {
                let found = self.state.files.get(key).map(std::sync::Arc::clone);
                found.map(Response::Resource).ok_or_else(|| {
                    let reason = format!(
                        "Expected to find resource with key `{key}`, but no such resource was found"
                    );
                    Rejection::new(RejectionKind::NotFound, reason)
                })
            }
        }
    }

    /// Where the partition's time is to stand still; `None` when it goes on as the system's.
    #[must_use]
    pub fn clock_pinned_at(&self) -> Option<Timestamp> {
        self.state.pinned_at()
    }

    /// Position of the last record applied; 0 before the first.
    #[must_use]
    pub fn last_position(&self) -> u64 {
        self.state.last_position
    }

    /// What is derived from the state's tables, as text: who waits for what, and until when.
    ///
    /// Equal states have equal indexes, whether they were lived, replayed or restored; tests
    /// compare them.
    #[must_use]
    pub fn indexes(&self) -> String {
        self.state.indexes()
    }

    /// What there is, as text: definitions, element instances with their states and names of
    /// variables, and what they wait for. Without keys and variable values.
    ///
    /// It says the same in every version, however the state is kept; tests compare it.
    #[must_use]
    pub fn outline(&self) -> String {
        self.state.outline()
    }

    /// A view of the state as it is now; cheap, because aggregates are shared copy-on-write.
    #[must_use]
    pub fn freeze(&self) -> Frozen {
        Frozen(self.state.freeze())
    }

    /// An engine with the state that [`Frozen::write`] wrote.
    ///
    /// # Errors
    /// [`RestoreError`]: the bytes are of another format or damaged, or cannot be read.
    pub fn restore(
        config: EngineConfig,
        spill: Option<Spill>,
        mut snapshot: impl std::io::Read,
    ) -> Result<Self, RestoreError> {
        let state = state::restore(&mut snapshot, spill)?;
        Ok(Self { config, state, lists: Lists::default() })
    }
}

impl Frozen {
    /// Position of the last record in this view.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.0.last_position
    }

    /// Writes the snapshot, in pieces: equal states give equal bytes.
    ///
    /// # Errors
    /// [`EncodeError`]: an instance cannot be read from the store, or the writer failed.
    pub fn write(&self, out: &mut impl std::io::Write) -> Result<(), EncodeError> {
        self.0.write(out)
    }

    /// The bytes that [`Frozen::write`] writes.
    ///
    /// # Errors
    /// [`EncodeError::Cold`]: an instance cannot be read from the store.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let mut bytes = Vec::new();
        self.write(&mut bytes)?;
        Ok(bytes)
    }
}

//! What a partition knows. Only `apply` changes it; see [`crate::apply`].
//!
//! The primary tables hold everything; indexes are derived from them and rebuilt when a
//! snapshot is restored. All tables take back what an abandoned batch did.

pub(crate) mod batch_operations;
mod business_ids;
pub(crate) mod compensations;
pub(crate) mod conditions;
pub(crate) mod decisions;
pub(crate) mod definition;
pub(crate) mod definitions;
mod dense;
pub(crate) mod distribution;
mod element_table;
mod elements;
mod image;
pub(crate) mod instance;
pub(crate) mod instances;
mod item_list;
pub(crate) mod jobs;
pub(crate) mod message_subscriptions;
pub(crate) mod messages;
mod names;
mod outline;
pub(crate) mod pending;
pub(crate) mod signals;
mod slots;
mod snapshot;
pub(crate) mod timers;
pub(crate) mod undo;
mod variable;
pub(crate) mod versions;

use serde::{Deserialize, Serialize};
use skep_record::{
    ElementInstanceKey, ErrorType, FormValue, IncidentKey, JobKey, ProcessDefinitionKey,
    ProcessInstanceKey, RedeliveryTarget, ResourceValue, Timestamp, UserTaskKey,
};

pub(crate) use self::{
    batch_operations::BatchOperations,
    business_ids::BusinessIds,
    compensations::Compensations,
    conditions::Conditions,
    decisions::Decisions,
    definitions::Definitions,
    distribution::Distributions,
    elements::ElementOwners,
    instances::Instances,
    jobs::{JobOwner, Jobs},
    messages::Messages,
    names::Names,
    pending::PendingCommand,
    signals::Signals,
    snapshot::{FrozenState, restore},
    timers::Timers,
    undo::Map,
    undo::Set,
    undo::Table,
    versions::Versions,
};

/// The state of one partition.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Counter of the next key.
    pub(crate) next_key: u64,
    /// Position of the last record.
    pub(crate) last_position: u64,
    pub(crate) definitions: Definitions,
    /// Deleted process definitions with instances, and how many instances each has.
    pub(crate) draining: Map<ProcessDefinitionKey, u64>,
    pub(crate) decisions: Decisions,
    pub(crate) forms: Versions<FormValue>,
    /// Files that are kept and not executed.
    pub(crate) files: Versions<ResourceValue>,
    pub(crate) instances: Instances,
    /// Index: active root instances by business id.
    pub(crate) business_ids: BusinessIds,
    /// Index: the process instance of each element instance.
    pub(crate) elements: ElementOwners,
    pub(crate) jobs: Jobs,
    /// Index: the element instance of each native user task.
    pub(crate) user_tasks: Table<UserTaskKey, JobOwner>,
    pub(crate) timers: Timers,
    pub(crate) messages: Messages,
    pub(crate) signals: Signals,
    pub(crate) incidents: Table<IncidentKey, Incident>,
    pub(crate) compensations: Compensations,
    pub(crate) conditions: Conditions,
    pub(crate) distributions: Distributions,
    pub(crate) batch_operations: BatchOperations,
    /// Where the partition's time stands still; one entry at most.
    pinned_at: Map<(), Timestamp>,
    /// Follow-up commands that a long batch left over, by position.
    pub(crate) pending: Map<u64, PendingCommand>,
    /// Index: what another partition has not acknowledged, by the time of the last sending.
    pub(crate) unacknowledged: Set<(Timestamp, RedeliveryTarget)>,
    pub(crate) names: Names,
    committed: (u64, u64),
}

/// An open incident.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Incident {
    pub(crate) process_instance_key: ProcessInstanceKey,
    pub(crate) element_instance_key: ElementInstanceKey,
    pub(crate) job_key: Option<JobKey>,
    pub(crate) error_type: ErrorType,
}

/// The one list of tables that keep undo information.
macro_rules! on_all_tables {
    ($state:ident, $action:ident) => {
        $state.definitions.$action();
        $state.draining.$action();
        $state.decisions.$action();
        $state.forms.$action();
        $state.files.$action();
        $state.instances.$action();
        $state.business_ids.$action();
        $state.elements.$action();
        $state.jobs.$action();
        $state.user_tasks.$action();
        $state.timers.$action();
        $state.messages.$action();
        $state.signals.$action();
        $state.incidents.$action();
        $state.compensations.$action();
        $state.conditions.$action();
        $state.distributions.$action();
        $state.batch_operations.$action();
        $state.pinned_at.$action();
        $state.pending.$action();
        $state.unacknowledged.$action();
    };
}

impl State {
    /// Keeps what the batch did.
    pub(crate) fn commit(&mut self) {
        on_all_tables!(self, commit);
        self.committed = (self.next_key, self.last_position);
    }

    /// Takes back what the batch did.
    pub(crate) fn rollback(&mut self) {
        on_all_tables!(self, rollback);
        (self.next_key, self.last_position) = self.committed;
    }

    /// All that is derived from the primary tables.
    pub(crate) fn indexes(&self) -> String {
        format!(
            "elements {:?}\nbusiness ids {:?}\njobs {}\nuser tasks {:?}\ntimers {:?}\nconditions {}\nmessages {}\nunacknowledged {:?}\nbatch operations {}",
            self.elements.table(),
            self.business_ids.entries(),
            self.jobs.indexes(),
            self.user_tasks.entries(),
            self.timers.due.entries(),
            self.conditions.indexes(),
            self.messages.indexes(),
            self.unacknowledged.entries(),
            self.batch_operations.indexes()
        )
    }

    /// Where the partition's time stands still.
    pub(crate) fn pinned_at(&self) -> Option<Timestamp> {
        self.pinned_at.get(&()).copied()
    }

    pub(crate) fn pin_at(&mut self, at: Option<Timestamp>) {
        match at {
            Some(at) => self.pinned_at.insert((), at),
            None => drop(self.pinned_at.remove(&())),
        }
    }

    /// Whether the instance is to be left alone.
    pub(crate) fn is_banned(&self, instance: ProcessInstanceKey) -> bool {
        self.instances.get(instance).is_some_and(|instance| instance.is_banned())
    }
}

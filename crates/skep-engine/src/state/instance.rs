//! The aggregate of one process instance: everything that belongs to it and ends with it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use skep_model::ElementIndex;
use skep_record::{
    AwaitResult, BusinessId, CalledBy, CorrelationKey, Document, ElementId, ElementInstanceKey,
    HeldStep, IncidentKey, JobKey, JobKind, JobType, MessageKey, MessageName, ProcessInstanceKey,
    TimerKey, Timestamp, UserTaskKey, UserTaskProperties, VariableEntry,
};
use thin_vec::ThinVec;

pub(crate) use crate::state::variable::Variable;
use crate::state::{definition::Definition, element_table::ElementTable};

/// A running process instance.
#[derive(Clone, Debug)]
pub(crate) struct ProcessInstance {
    pub(crate) key: ProcessInstanceKey,
    pub(crate) definition: Arc<Definition>,
    pub(crate) elements: ElementTable,
    pub(crate) details: Option<Box<InstanceDetails>>,
    /// The batch that created it, see [`crate::state::Instances`].
    pub(crate) stamp: u64,
}

/// What few instances have.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(crate) struct InstanceDetails {
    pub(crate) await_result: Option<AwaitResult>,
    pub(crate) tags: Vec<String>,
    /// Correlation key of the message that started it: holds back the next such message.
    pub(crate) start_correlation_key: Option<CorrelationKey>,
    /// The engine failed on it; its commands are ignored.
    pub(crate) is_banned: bool,
    /// Element instances that are to be activated although no flow leads to them.
    pub(crate) direct_starts: Vec<ElementInstanceKey>,
    /// Variables of element instances that are to be activated.
    pub(crate) early_variables: Vec<(ElementInstanceKey, Variable)>,
    pub(crate) call: Option<Call>,
    /// Elements whose end ends the whole instance.
    pub(crate) terminate_after: Vec<ElementId>,
    /// Its name in the creator's words, or that of the instance that called it.
    pub(crate) business_id: Option<BusinessId>,
}

/// The call that a process instance was started by.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) struct Call {
    pub(crate) called_by: CalledBy,
    /// How many instances are above it.
    pub(crate) depth: u32,
}

/// One execution of one element.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct ElementInstance {
    pub(crate) key: ElementInstanceKey,
    /// -1 for the process.
    pub(crate) flow_scope_key: ElementInstanceKey,
    pub(crate) element: u32,
    pub(crate) state: ElementState,
    pub(crate) n_active_children: u32,
    /// Sequence flows taken whose targets are not activated yet.
    pub(crate) n_active_flows: u32,
    /// Sorted by name.
    pub(crate) variables: ThinVec<Variable>,
    pub(crate) job: Option<Box<Job>>,
    pub(crate) events: Option<Box<EventScope>>,
    pub(crate) details: Option<Box<ElementDetails>>,
    /// The batch that touched it last, see [`crate::state::Instances`].
    #[serde(skip)]
    pub(crate) stamp: u64,
}

/// What few element instances have.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct ElementDetails {
    /// The instance that a call activity runs.
    pub(crate) called: Option<ProcessInstanceKey>,
    /// Of an instance of a multi-instance activity: the how-manieth it is, from 1.
    pub(crate) loop_counter: u32,
    /// Of a multi-instance body: what became of its instances.
    pub(crate) instances: Option<InstanceCounts>,
    /// Of an ad-hoc subprocess: its completion condition is fulfilled.
    pub(crate) is_done: bool,
    /// How many listeners of the current step are done.
    pub(crate) n_listeners_done: u32,
    /// Of a native user task.
    pub(crate) user_task: Option<Box<UserTask>>,
}

/// A native user task; it lives as long as its element instance, at most.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct UserTask {
    pub(crate) key: UserTaskKey,
    pub(crate) properties: UserTaskProperties,
    /// The step that waits for its listeners.
    pub(crate) step: Option<Box<UserTaskStep>>,
}

/// A step of a user task that waits for its listeners.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct UserTaskStep {
    pub(crate) kind: StepKind,
    /// The task after it.
    pub(crate) task: UserTaskProperties,
    pub(crate) action: String,
    pub(crate) held: HeldStep,
    /// How many of its listeners are done.
    pub(crate) n_done: u32,
}

/// What is done with a user task.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub(crate) enum StepKind {
    Creating,
    Assigning,
    Claiming,
    Updating,
    Completing,
    Canceling,
}

/// What became of the instances of a multi-instance activity.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct InstanceCounts {
    /// How many there will be at most; `None`: as many as the list has items then.
    pub(crate) n_planned: Option<u32>,
    pub(crate) n_created: u32,
    pub(crate) n_completed: u32,
    pub(crate) n_terminated: u32,
}

/// Where an element instance is in its life.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub(crate) enum ElementState {
    /// Its variables may be set, but it has not been activated yet: only the process.
    New,
    Activating,
    Activated,
    Completing,
    Terminating,
}

/// A job; it lives as long as its element instance, at most.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Job {
    pub(crate) key: JobKey,
    pub(crate) job_type: JobType,
    pub(crate) retries: i32,
    pub(crate) state: JobState,
    pub(crate) kind: JobKind,
    /// Task headers, where they are not simply those of the element's definition.
    pub(crate) headers: Option<Box<Document>>,
}

/// Where a job is in its life.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub(crate) enum JobState {
    Activatable,
    /// Locked; any worker that knows the key may act on it, so no name is kept.
    Activated {
        deadline: Timestamp,
    },
    /// No retries are left, and an incident says so.
    Failed,
    /// Failed, and activatable again at this time.
    BackedOff {
        until: Timestamp,
    },
    /// Nothing caught the error, and an incident says so.
    ErrorThrown,
}

impl JobState {
    /// Zeebe's name, as rejections quote it.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Activatable => "ACTIVATABLE",
            Self::Activated { .. } => "ACTIVATED",
            Self::Failed | Self::BackedOff { .. } => "FAILED",
            Self::ErrorThrown => "ERROR_THROWN",
        }
    }
}

/// What an element instance that waits for events, or scopes such elements, keeps.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct EventScope {
    /// Events that happened and are not taken yet, oldest first.
    pub(crate) triggers: ThinVec<EventTrigger>,
    /// The element whose event interrupted this one.
    pub(crate) interrupted_by: Option<u32>,
    /// An interrupting boundary event came: nothing else can happen here.
    pub(crate) is_closed: bool,
    pub(crate) timers: ThinVec<Timer>,
    pub(crate) messages: ThinVec<ProcessMessageSubscription>,
    pub(crate) signals: ThinVec<SignalWait>,
    pub(crate) conditions: ThinVec<ConditionWait>,
    /// How often each incoming flow of a parallel gateway was taken and not yet joined; where an
    /// inclusive gateway joins flows, all flows whose targets are not activated yet.
    pub(crate) taken_flows: ThinVec<(u32, u32)>,
    pub(crate) incidents: ThinVec<IncidentKey>,
}

/// An event on its way from its source to the element that takes it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct EventTrigger {
    pub(crate) key: i64,
    pub(crate) element: u32,
    pub(crate) variables: Document,
}

/// A running timer of an element instance.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Timer {
    pub(crate) key: TimerKey,
    pub(crate) element: u32,
    pub(crate) due_at: Timestamp,
    /// Runs left, this one included; -1 is without end.
    pub(crate) repetitions: i32,
}

/// A message an element instance waits for.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct ProcessMessageSubscription {
    pub(crate) key: i64,
    pub(crate) element: u32,
    pub(crate) message_name: MessageName,
    pub(crate) correlation_key: CorrelationKey,
    pub(crate) is_interrupting: bool,
    pub(crate) state: SubscriptionState,
    /// The last message that was correlated: it is not taken twice.
    pub(crate) last_message_key: MessageKey,
    /// When the request to open was last sent.
    pub(crate) sent_at: Timestamp,
}

/// How far the handshake with the message's partition has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub(crate) enum SubscriptionState {
    Opening,
    Open,
}

/// A signal an element instance waits for.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct SignalWait {
    pub(crate) key: i64,
    pub(crate) element: u32,
    pub(crate) signal_name: Arc<str>,
}

/// A condition an element instance waits for.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct ConditionWait {
    pub(crate) key: i64,
    pub(crate) element: u32,
}

impl ProcessInstance {
    pub(crate) fn element(&self, key: ElementInstanceKey) -> Option<&ElementInstance> {
        self.elements.get(key)
    }

    /// The element instances directly in a scope, by key.
    pub(crate) fn children<'i>(
        &'i self,
        scope: &ElementInstance,
    ) -> impl Iterator<Item = &'i ElementInstance> + use<'i> {
        self.children_from(scope, ElementInstanceKey(i64::MIN))
    }

    /// Those of the element instances directly in a scope that have this key or larger ones.
    pub(crate) fn children_from<'i>(
        &'i self,
        scope: &ElementInstance,
        key: ElementInstanceKey,
    ) -> impl Iterator<Item = &'i ElementInstance> + use<'i> {
        let (scope_key, n) = (scope.key, scope.n_active_children as usize);
        let among = move |from: ElementInstanceKey| {
            let those = self.elements.from(from);
            those.filter(move |element| element.flow_scope_key == scope_key).take(n)
        };
        // Nearly always all of them are younger than their scope, and it is known how many there
        // are. Only what was started directly got its key before its scope.
        let is_older_possible = key < scope_key && among(scope_key).count() < n;
        among(if is_older_possible { key } else { key.max(scope_key) })
    }

    /// Whether its creator waits for its result.
    pub(crate) fn is_awaited(&self) -> bool {
        self.details.as_ref().is_some_and(|details| details.await_result.is_some())
    }

    pub(crate) fn root(&self) -> Option<&ElementInstance> {
        self.element(self.key.into())
    }

    /// Whether the element instance is to be activated although no flow leads to it.
    pub(crate) fn is_direct_start(&self, key: ElementInstanceKey) -> bool {
        self.details.as_ref().is_some_and(|details| details.direct_starts.contains(&key))
    }

    pub(crate) fn is_banned(&self) -> bool {
        self.details.as_ref().is_some_and(|details| details.is_banned)
    }

    /// Its business id, if it has one and nobody called it.
    pub(crate) fn root_business_id(&self) -> Option<&BusinessId> {
        let details = self.details.as_ref()?;
        details.business_id.as_ref().filter(|_| details.call.is_none())
    }

    pub(crate) fn call(&self) -> Option<Call> {
        self.details.as_ref()?.call
    }

    /// The element instance and all those it runs in, innermost first.
    pub(crate) fn scopes(&self, key: ElementInstanceKey) -> impl Iterator<Item = &ElementInstance> {
        std::iter::successors(self.element(key), |element| self.element(element.flow_scope_key))
    }

    /// The nearest variable named `name`, looking outwards from the scope `key`.
    pub(crate) fn variable(&self, key: ElementInstanceKey, name: &str) -> Option<&Variable> {
        self.scopes(key).find_map(|scope| scope.variable(name))
    }

    /// Everything visible at the scope `key`; inner variables hide outer ones.
    pub(crate) fn visible_variables(&self, key: ElementInstanceKey) -> Vec<&VariableEntry> {
        let mut inner: Vec<&ElementInstance> = Vec::new();
        let mut visible: Vec<&VariableEntry> = Vec::new();
        for scope in self.scopes(key) {
            let entries = scope.variables.iter().map(Variable::entry);
            visible.extend(
                entries.filter(|entry| {
                    !inner.iter().any(|scope| scope.variable(entry.name()).is_some())
                }),
            );
            if !scope.variables.is_empty() {
                inner.push(scope);
            }
        }
        visible
    }
}

impl ElementInstance {
    pub(crate) fn new(
        key: ElementInstanceKey,
        flow_scope_key: ElementInstanceKey,
        element: ElementIndex,
        state: ElementState,
    ) -> Self {
        Self {
            key,
            flow_scope_key,
            element: element.0,
            state,
            n_active_children: 0,
            n_active_flows: 0,
            variables: ThinVec::new(),
            job: None,
            events: None,
            details: None,
            stamp: 0,
        }
    }

    pub(crate) fn index(&self) -> ElementIndex {
        ElementIndex(self.element)
    }

    pub(crate) fn variable(&self, name: &str) -> Option<&Variable> {
        self.variable_position(name).ok().map(|at| &self.variables[at])
    }

    pub(crate) fn variable_position(&self, name: &str) -> Result<usize, usize> {
        self.variables.binary_search_by(|variable| variable.name().cmp(name))
    }

    pub(crate) fn is_active(&self) -> bool {
        self.state == ElementState::Activated
    }

    pub(crate) fn is_interrupted(&self) -> bool {
        self.events.as_ref().is_some_and(|events| events.interrupted_by.is_some())
    }

    /// Whether an event of another element interrupted this one.
    pub(crate) fn is_interrupted_by_other_than(&self, element: ElementIndex) -> bool {
        self.events
            .as_ref()
            .and_then(|events| events.interrupted_by)
            .is_some_and(|by| by != element.0)
    }

    pub(crate) fn loop_counter(&self) -> u32 {
        self.details.as_ref().map_or(0, |details| details.loop_counter)
    }

    /// Of a multi-instance body: what became of its instances.
    pub(crate) fn instance_counts(&self) -> InstanceCounts {
        self.details.as_ref().and_then(|details| details.instances).unwrap_or_default()
    }

    /// Whether an ad-hoc subprocess needs nothing more.
    pub(crate) fn is_done(&self) -> bool {
        self.details.as_ref().is_some_and(|details| details.is_done)
    }

    pub(crate) fn n_listeners_done(&self) -> usize {
        self.details.as_ref().map_or(0, |details| details.n_listeners_done as usize)
    }

    pub(crate) fn details_mut(&mut self) -> &mut ElementDetails {
        self.details.get_or_insert_with(Box::default)
    }

    pub(crate) fn events_mut(&mut self) -> &mut EventScope {
        self.events.get_or_insert_with(Box::default)
    }

    /// The flows that were taken and have not led to an activation, as far as they are kept.
    pub(crate) fn taken_flows(&self) -> impl Iterator<Item = u32> {
        let taken = self.events.as_ref().map_or(&[][..], |events| &events.taken_flows);
        taken.iter().map(|(flow, _)| *flow)
    }

    /// How often `flow` was taken towards a parallel gateway and not yet joined.
    pub(crate) fn n_taken(&self, flow: u32) -> u32 {
        let taken = self.events.as_ref().map_or(&[][..], |events| &events.taken_flows);
        taken.iter().find(|(known, _)| *known == flow).map_or(0, |(_, n)| *n)
    }
}

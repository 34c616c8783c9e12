//! The executable graph: what a deployed process is to the engine.

use std::sync::Arc;

use skep_feel::Expression;

/// Position of an element in [`Process::elements`]; the process itself is 0.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ElementIndex(pub u32);

impl ElementIndex {
    /// The process element.
    pub const PROCESS: Self = Self(0);
}

/// Position of a sequence flow in [`Process::flows`].
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FlowIndex(pub u32);

/// One executable process of a BPMN file.
#[derive(Clone, Debug)]
pub struct Process {
    /// `id` of the `process` element.
    pub id: Arc<str>,
    /// `name` of the `process` element.
    pub name: Option<Arc<str>>,
    /// `zeebe:versionTag`.
    pub version_tag: Option<Arc<str>>,
    /// All elements; index 0 is the process itself, children come after their scope.
    pub elements: Vec<Element>,
    /// All sequence flows.
    pub flows: Vec<SequenceFlow>,
    /// Element ids in order, for look-up.
    pub(crate) by_id: Vec<(Arc<str>, ElementIndex)>,
}

impl Process {
    /// The element at `index`.
    ///
    /// # Panics
    /// When `index` is not of this process: that is a bug of the caller.
    #[must_use]
    pub fn element(&self, index: ElementIndex) -> &Element {
        &self.elements[index.0 as usize]
    }

    /// The flow at `index`.
    ///
    /// # Panics
    /// When `index` is not of this process: that is a bug of the caller.
    #[must_use]
    pub fn flow(&self, index: FlowIndex) -> &SequenceFlow {
        &self.flows[index.0 as usize]
    }

    /// The element with this `id`.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<ElementIndex> {
        let at = self.by_id.binary_search_by(|(known, _)| (**known).cmp(id)).ok()?;
        Some(self.by_id[at].1)
    }
}

/// A sequence flow.
#[derive(Clone, Debug)]
pub struct SequenceFlow {
    /// `id` in the file.
    pub id: Arc<str>,
    /// Where it starts.
    pub source: ElementIndex,
    /// Where it ends.
    pub target: ElementIndex,
    /// Its condition; only behind exclusive and inclusive gateways.
    pub condition: Option<Expression>,
}

/// A flow element, or the process.
#[derive(Clone, Debug)]
pub struct Element {
    /// `id` in the file.
    pub id: Arc<str>,
    /// `name` in the file.
    pub name: Option<Arc<str>>,
    /// What it does.
    pub kind: ElementKind,
    /// The container it is in; `None` for the process.
    pub scope: Option<ElementIndex>,
    /// Flows that end here, in document order.
    pub incoming: Vec<FlowIndex>,
    /// Flows that start here, in document order.
    pub outgoing: Vec<FlowIndex>,
    /// Boundary events attached to it, in document order.
    pub boundary_events: Vec<ElementIndex>,
    /// For containers: every element directly inside, in document order.
    pub children: Vec<ElementIndex>,
    /// For containers: the none start event.
    pub none_start: Option<ElementIndex>,
    /// `zeebe:input` mappings in order.
    pub inputs: Vec<Mapping>,
    /// `zeebe:output` mappings in order.
    pub outputs: Vec<Mapping>,
}

/// What an element does, with what it needs to do it.
#[derive(Clone, Debug)]
pub enum ElementKind {
    /// The process itself.
    Process,
    /// An embedded subprocess.
    SubProcess,
    /// A start event; `None` for the none start event.
    StartEvent(Option<Trigger>),
    /// An event that waits in the flow.
    IntermediateCatchEvent(Trigger),
    /// A none intermediate throw event.
    IntermediateThrowEvent,
    /// An event on the edge of an activity.
    BoundaryEvent {
        /// The activity.
        attached_to: ElementIndex,
        /// Whether the activity is terminated.
        interrupting: bool,
        /// What it waits for.
        trigger: Trigger,
    },
    /// An end event.
    EndEvent(EndKind),
    /// A task done by a job worker; the type tells which kind of task it is in the file.
    JobTask(ElementType, JobDefinition),
    /// A job-based user task.
    UserTask(UserTaskDefinition),
    /// A script task with a FEEL expression.
    ScriptTask {
        /// The script.
        expression: Expression,
        /// Variable that takes its value.
        result_variable: Arc<str>,
    },
    /// An exclusive gateway.
    ExclusiveGateway {
        /// Flow taken when no condition holds.
        default: Option<FlowIndex>,
    },
    /// A parallel gateway.
    ParallelGateway,
    /// An event-based gateway; its targets are those of its outgoing flows.
    EventBasedGateway,
}

/// What an event waits for.
#[derive(Clone, Debug)]
pub enum Trigger {
    /// A message.
    Message(MessageDefinition),
    /// A timer.
    Timer(TimerDefinition),
    /// A signal by name.
    Signal(TextOrFeel),
    /// A BPMN error; only on boundary events and event subprocesses.
    Error(ErrorCatch),
}

/// How an end event ends.
#[derive(Clone, Debug)]
pub enum EndKind {
    /// The path ends.
    None,
    /// Everything in the scope ends.
    Terminate,
    /// A BPMN error is thrown with this code.
    Error(TextOrFeel),
    /// A signal is broadcast.
    Signal(TextOrFeel),
    /// A job worker sends a message.
    Job(JobDefinition),
}

/// Which errors a catch event takes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ErrorCatch {
    /// Every error.
    All,
    /// Errors with this code.
    Code(Arc<str>),
}

/// The message an element waits for.
#[derive(Clone, Debug)]
pub struct MessageDefinition {
    /// The message's name.
    pub name: TextOrFeel,
    /// Joins the message to the instance; `None` on process start events.
    pub correlation_key: Option<Expression>,
}

/// When a timer fires; the text's form (ISO 8601, cron) is checked by whoever evaluates it.
#[derive(Clone, Debug)]
pub enum TimerDefinition {
    /// At a point in time.
    Date(TextOrFeel),
    /// After a span.
    Duration(TextOrFeel),
    /// Repeatedly.
    Cycle(TextOrFeel),
}

/// What a job is made from.
#[derive(Clone, Debug)]
pub struct JobDefinition {
    /// Type that workers ask for.
    pub job_type: TextOrFeel,
    /// Attempts before an incident.
    pub retries: TextOrFeel,
    /// Task headers in document order.
    pub headers: Vec<(Arc<str>, Arc<str>)>,
}

/// What a job-based user task is made from.
#[derive(Clone, Debug, Default)]
pub struct UserTaskDefinition {
    /// Task headers in document order.
    pub headers: Vec<(Arc<str>, Arc<str>)>,
    /// One user.
    pub assignee: Option<TextOrFeel>,
    /// A list of groups, or static comma-separated text.
    pub candidate_groups: Option<TextOrFeel>,
    /// A list of users, or static comma-separated text.
    pub candidate_users: Option<TextOrFeel>,
    /// When it is due.
    pub due_date: Option<TextOrFeel>,
    /// When to follow up.
    pub follow_up_date: Option<TextOrFeel>,
    /// Key of an embedded or custom form.
    pub form_key: Option<Arc<str>>,
    /// Id of a deployed form.
    pub form_id: Option<TextOrFeel>,
}

/// One input or output mapping.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// What is read. A static input source is a FEEL string literal by now.
    pub source: Expression,
    /// Where it goes: a variable name and the path of keys below it.
    pub target: Vec<Arc<str>>,
}

/// An attribute that is FEEL when it starts with `=`, and static otherwise.
#[derive(Clone, Debug)]
pub enum TextOrFeel {
    /// As it stands.
    Static(StaticValue),
    /// To evaluate.
    Feel(Expression),
}

/// Static text: a number if it parses as one, else a string, as in Zeebe.
#[derive(Clone, Debug, PartialEq)]
pub enum StaticValue {
    /// A decimal number, with its text.
    Number(f64, Arc<str>),
    /// Anything else.
    Text(Arc<str>),
}

/// Zeebe's `BpmnElementType`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ElementType {
    /// `PROCESS`
    Process,
    /// `SUB_PROCESS`
    SubProcess,
    /// `START_EVENT`
    StartEvent,
    /// `INTERMEDIATE_CATCH_EVENT`
    IntermediateCatchEvent,
    /// `INTERMEDIATE_THROW_EVENT`
    IntermediateThrowEvent,
    /// `BOUNDARY_EVENT`
    BoundaryEvent,
    /// `END_EVENT`
    EndEvent,
    /// `SERVICE_TASK`
    ServiceTask,
    /// `SEND_TASK`
    SendTask,
    /// `BUSINESS_RULE_TASK`
    BusinessRuleTask,
    /// `SCRIPT_TASK`
    ScriptTask,
    /// `USER_TASK`
    UserTask,
    /// `EXCLUSIVE_GATEWAY`
    ExclusiveGateway,
    /// `PARALLEL_GATEWAY`
    ParallelGateway,
    /// `EVENT_BASED_GATEWAY`
    EventBasedGateway,
    /// `SEQUENCE_FLOW`
    SequenceFlow,
}

/// Zeebe's `BpmnEventType`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EventType {
    /// Not an event.
    Unspecified,
    /// `NONE`
    None,
    /// `MESSAGE`
    Message,
    /// `TIMER`
    Timer,
    /// `SIGNAL`
    Signal,
    /// `ERROR`
    Error,
    /// `TERMINATE`
    Terminate,
}

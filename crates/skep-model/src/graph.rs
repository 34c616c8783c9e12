//! The executable graph: what a deployed process is to the engine.

use std::sync::Arc;

use skep_feel::Expression;

use crate::binding::Binding;
use crate::element_type::{ElementType, EventType};

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
    /// Whether its none start event has a form, which the engine does not show.
    pub has_start_form: bool,
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

    /// The element with this `id`: of a multi-instance activity that is the body.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<ElementIndex> {
        let at = self.by_id.partition_point(|(known, _)| **known < *id);
        let (known, index) = self.by_id.get(at)?;
        (**known == *id).then_some(*index)
    }

    /// The element with this `id` that does the work: of a multi-instance activity that is the
    /// activity itself.
    #[must_use]
    pub fn find_inner(&self, id: &str) -> Option<ElementIndex> {
        let found = self.find(id)?;
        if let ElementKind::MultiInstanceBody(body) = &self.element(found).kind {
            Some(body.inner)
        } else {
            Some(found)
        }
    }

    /// The multi-instance body that the element is the activity of.
    #[must_use]
    pub fn multi_instance(&self, index: ElementIndex) -> Option<&MultiInstance> {
        if let ElementKind::MultiInstanceBody(body) = &self.element(self.element(index).scope?).kind
        {
            Some(body)
        } else {
            None
        }
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
    /// For containers: the event subprocesses directly inside, in document order.
    pub event_subprocesses: Vec<ElementIndex>,
    /// Whether it is a compensation handler: started by compensation, never by a flow.
    pub is_for_compensation: bool,
    /// `zeebe:input` mappings in order.
    pub inputs: Vec<Mapping>,
    /// `zeebe:output` mappings in order.
    pub outputs: Vec<Mapping>,
    /// Execution listeners that run before the element is activated, in order.
    pub start_listeners: Vec<ExecutionListener>,
    /// Execution listeners that run before the element is completed, in order.
    pub end_listeners: Vec<ExecutionListener>,
}

impl Element {
    /// Zeebe's `BpmnElementType` of the element.
    #[must_use]
    pub fn element_type(&self) -> ElementType {
        self.kind.element_type()
    }

    /// Zeebe's `BpmnEventType` of the element; unspecified for what is neither an event nor a
    /// compensation handler.
    #[must_use]
    pub fn event_type(&self) -> EventType {
        if self.is_for_compensation { EventType::Compensation } else { self.kind.event_type() }
    }

    /// For an event subprocess: its start event, and whether it interrupts its scope.
    #[must_use]
    pub fn event_subprocess(&self) -> Option<(ElementIndex, bool)> {
        if let ElementKind::EventSubProcess { start, interrupting } = self.kind {
            Some((start, interrupting))
        } else {
            None
        }
    }

    /// What the element waits for, if it is a start, catch or boundary event with a trigger.
    #[must_use]
    pub fn trigger(&self) -> Option<&Trigger> {
        self.kind.trigger()
    }
}

/// What an element does, with what it needs to do it.
#[derive(Clone, Debug)]
pub enum ElementKind {
    /// The process itself.
    Process,
    /// An embedded subprocess.
    SubProcess,
    /// A subprocess that the event of its start event starts.
    EventSubProcess {
        /// The start event.
        start: ElementIndex,
        /// Whether everything else in the scope is terminated.
        interrupting: bool,
    },
    /// An activity that runs another process.
    CallActivity(CalledElement),
    /// What runs an activity once for each item of a list. It has the id of the activity, and is
    /// its scope; flows and boundary events are those of the body.
    MultiInstanceBody(Box<MultiInstance>),
    /// A subprocess whose elements are activated one by one, as asked.
    AdHocSubProcess(Box<AdHocSubProcess>),
    /// The scope that each activated element of an ad-hoc subprocess gets. Its id is that of the
    /// subprocess followed by `#innerInstance`.
    AdHocInnerInstance,
    /// A start event; `None` for the none start event.
    StartEvent(Option<Trigger>),
    /// An event that waits in the flow.
    IntermediateCatchEvent(Trigger),
    /// Where link events of the same name go on; passed at once.
    LinkCatchEvent,
    /// An event that is passed in the flow.
    IntermediateThrowEvent(ThrowKind),
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
    /// A task that waits for a message.
    ReceiveTask(MessageDefinition),
    /// A task nobody works on: it is passed at once, without mappings.
    ManualTask,
    /// A task without a type: it is passed at once, without mappings.
    UndefinedTask,
    /// A user task, native or by job.
    UserTask(Box<UserTaskDefinition>),
    /// A business rule task that calls a decision.
    DecisionTask(CalledDecision),
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
    /// An inclusive gateway.
    InclusiveGateway {
        /// Flow taken when no condition holds.
        default: Option<FlowIndex>,
    },
    /// A parallel gateway.
    ParallelGateway,
    /// An event-based gateway; its targets are those of its outgoing flows.
    EventBasedGateway,
}

impl ElementKind {
    /// Zeebe's `BpmnElementType`.
    #[must_use]
    pub fn element_type(&self) -> ElementType {
        match self {
            Self::Process => ElementType::Process,
            Self::SubProcess => ElementType::SubProcess,
            Self::EventSubProcess { .. } => ElementType::EventSubProcess,
            Self::CallActivity(_) => ElementType::CallActivity,
            Self::MultiInstanceBody(_) => ElementType::MultiInstanceBody,
            Self::AdHocSubProcess(_) => ElementType::AdHocSubProcess,
            Self::AdHocInnerInstance => ElementType::AdHocSubProcessInnerInstance,
            Self::StartEvent(_) => ElementType::StartEvent,
            Self::IntermediateCatchEvent(_) | Self::LinkCatchEvent => {
                ElementType::IntermediateCatchEvent
            }
            Self::IntermediateThrowEvent(_) => ElementType::IntermediateThrowEvent,
            Self::BoundaryEvent { .. } => ElementType::BoundaryEvent,
            Self::EndEvent(_) => ElementType::EndEvent,
            Self::JobTask(element_type, _) => *element_type,
            Self::ReceiveTask(_) => ElementType::ReceiveTask,
            Self::ManualTask => ElementType::ManualTask,
            Self::UndefinedTask => ElementType::Task,
            Self::UserTask(_) => ElementType::UserTask,
            Self::DecisionTask(_) => ElementType::BusinessRuleTask,
            Self::ScriptTask { .. } => ElementType::ScriptTask,
            Self::ExclusiveGateway { .. } => ElementType::ExclusiveGateway,
            Self::InclusiveGateway { .. } => ElementType::InclusiveGateway,
            Self::ParallelGateway => ElementType::ParallelGateway,
            Self::EventBasedGateway => ElementType::EventBasedGateway,
        }
    }

    /// Zeebe's `BpmnEventType`; unspecified for what is no event.
    #[must_use]
    pub fn event_type(&self) -> EventType {
        match self {
            Self::StartEvent(None) => EventType::None,
            Self::StartEvent(Some(trigger))
            | Self::IntermediateCatchEvent(trigger)
            | Self::BoundaryEvent { trigger, .. } => trigger.event_type(),
            Self::LinkCatchEvent => EventType::Link,
            Self::IntermediateThrowEvent(throw) => match throw {
                ThrowKind::None => EventType::None,
                ThrowKind::Link(_) => EventType::Link,
                ThrowKind::Escalation(_) => EventType::Escalation,
                ThrowKind::Compensation(_) => EventType::Compensation,
                ThrowKind::Signal(_) => EventType::Signal,
                ThrowKind::Job(_) => EventType::Message,
            },
            Self::EndEvent(end) => match end {
                EndKind::None => EventType::None,
                EndKind::Terminate => EventType::Terminate,
                EndKind::Error(_) => EventType::Error,
                EndKind::Escalation(_) => EventType::Escalation,
                EndKind::Compensation(_) => EventType::Compensation,
                EndKind::Signal(_) => EventType::Signal,
                EndKind::Job(_) => EventType::Message,
            },
            Self::Process
            | Self::SubProcess
            | Self::EventSubProcess { .. }
            | Self::CallActivity(_)
            | Self::MultiInstanceBody(_)
            | Self::AdHocSubProcess(_)
            | Self::AdHocInnerInstance
            | Self::JobTask(..)
            | Self::ReceiveTask(_)
            | Self::ManualTask
            | Self::UndefinedTask
            | Self::UserTask(_)
            | Self::DecisionTask(_)
            | Self::ScriptTask { .. }
            | Self::ExclusiveGateway { .. }
            | Self::InclusiveGateway { .. }
            | Self::ParallelGateway
            | Self::EventBasedGateway => EventType::Unspecified,
        }
    }

    /// What a start, catch or boundary event waits for.
    #[must_use]
    pub fn trigger(&self) -> Option<&Trigger> {
        match self {
            Self::StartEvent(trigger) => trigger.as_ref(),
            Self::IntermediateCatchEvent(trigger) | Self::BoundaryEvent { trigger, .. } => {
                Some(trigger)
            }
            Self::Process
            | Self::SubProcess
            | Self::EventSubProcess { .. }
            | Self::LinkCatchEvent
            | Self::CallActivity(_)
            | Self::MultiInstanceBody(_)
            | Self::AdHocSubProcess(_)
            | Self::AdHocInnerInstance
            | Self::IntermediateThrowEvent(_)
            | Self::EndEvent(_)
            | Self::JobTask(..)
            | Self::ReceiveTask(_)
            | Self::ManualTask
            | Self::UndefinedTask
            | Self::UserTask(_)
            | Self::DecisionTask(_)
            | Self::ScriptTask { .. }
            | Self::ExclusiveGateway { .. }
            | Self::InclusiveGateway { .. }
            | Self::ParallelGateway
            | Self::EventBasedGateway => None,
        }
    }
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
    Error(CodeCatch),
    /// An escalation; only on boundary events and event subprocesses.
    Escalation(CodeCatch),
    /// Compensation of the completed activity, by this handler; only on boundary events.
    Compensation(ElementIndex),
    /// A condition on variables.
    Conditional(ConditionDefinition),
}

impl Trigger {
    /// Zeebe's `BpmnEventType`.
    #[must_use]
    pub fn event_type(&self) -> EventType {
        match self {
            Self::Message(_) => EventType::Message,
            Self::Timer(_) => EventType::Timer,
            Self::Signal(_) => EventType::Signal,
            Self::Error(_) => EventType::Error,
            Self::Escalation(_) => EventType::Escalation,
            Self::Compensation(_) => EventType::Compensation,
            Self::Conditional(_) => EventType::Conditional,
        }
    }
}

/// The condition an event waits for.
#[derive(Clone, Debug)]
pub struct ConditionDefinition {
    /// Holds when it is true; anything else is not.
    pub condition: Expression,
    /// Whether a variable that appears is a reason to evaluate it.
    pub on_create: bool,
    /// Whether a variable that changes is a reason to evaluate it.
    pub on_update: bool,
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
    /// An escalation is thrown with this code.
    Escalation(TextOrFeel),
    /// Completed activities of the scope are compensated: all, or this one.
    Compensation(Option<ElementIndex>),
    /// A signal is broadcast.
    Signal(TextOrFeel),
    /// A job worker sends a message.
    Job(JobDefinition),
}

/// What an intermediate throw event does as it is passed.
#[derive(Clone, Debug)]
pub enum ThrowKind {
    /// Nothing.
    None,
    /// The path goes on at this link catch event.
    Link(ElementIndex),
    /// A signal is broadcast.
    Signal(TextOrFeel),
    /// An escalation is thrown with this code.
    Escalation(TextOrFeel),
    /// Completed activities of the scope are compensated: all, or this one.
    Compensation(Option<ElementIndex>),
    /// A job worker sends a message.
    Job(JobDefinition),
}

/// Which errors or escalations a catch event takes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CodeCatch {
    /// Every one.
    All,
    /// Those with this code.
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

/// When a timer fires. Static texts were checked at deployment; [`crate::timer`] evaluates all.
#[derive(Clone, Debug)]
pub enum TimerDefinition {
    /// At a point in time.
    Date(TextOrFeel),
    /// After a span.
    Duration(TextOrFeel),
    /// Repeatedly.
    Cycle(TextOrFeel),
}

impl TimerDefinition {
    /// The text, whichever kind of timer it is.
    #[must_use]
    pub fn text(&self) -> &TextOrFeel {
        match self {
            Self::Date(text) | Self::Duration(text) | Self::Cycle(text) => text,
        }
    }
}

/// What an ad-hoc subprocess offers, and when it is done.
#[derive(Clone, Debug)]
pub struct AdHocSubProcess {
    /// The scope of each activated element.
    pub inner: ElementIndex,
    /// What can be activated, in document order: elements that no flow leads to.
    pub elements: Vec<AdHocElement>,
    /// The job that asks a worker what to activate; the next three fields are not used then.
    pub job: Option<JobDefinition>,
    /// Gives the ids of the elements to activate at once.
    pub active_elements: Option<Expression>,
    /// Whether it is done; without one it is when nothing is active.
    pub completion_condition: Option<TextOrFeel>,
    /// Whether what is still active is terminated once the condition is fulfilled.
    pub cancels_remaining: bool,
    /// What the activated elements give.
    pub output: Option<OutputCollection>,
}

/// An element of an ad-hoc subprocess that can be activated.
#[derive(Clone, Debug)]
pub struct AdHocElement {
    /// The element.
    pub index: ElementIndex,
    /// Its documentation, for whoever chooses.
    pub documentation: Option<Arc<str>>,
    /// Its `zeebe:properties`, in order.
    pub properties: Vec<(Arc<str>, Arc<str>)>,
}

/// How often an activity runs, and on what.
#[derive(Clone, Debug)]
pub struct MultiInstance {
    /// The activity.
    pub inner: ElementIndex,
    /// Whether one instance follows the other, instead of all running side by side.
    pub is_sequential: bool,
    /// Gives the list.
    pub input_collection: Expression,
    /// Variable of each instance that takes its item.
    pub input_element: Option<Arc<str>>,
    /// What the instances give.
    pub output: Option<OutputCollection>,
    /// Ends the body before all instances are done.
    pub completion_condition: Option<TextOrFeel>,
}

/// A list of what the instances of an activity give.
#[derive(Clone, Debug)]
pub struct OutputCollection {
    /// Variable that takes the list.
    pub variable: Arc<str>,
    /// Gives the item of one instance.
    pub element: Expression,
    /// The variable that `element` reads, if it is no more than that or a path below it.
    pub element_variable: Option<Arc<str>>,
}

/// A job worker that does something as an element starts or ends.
#[derive(Clone, Debug)]
pub struct ExecutionListener {
    /// Type that workers ask for.
    pub job_type: TextOrFeel,
    /// Attempts before an incident.
    pub retries: TextOrFeel,
}

/// A job worker that does something before a step of a user task is taken.
#[derive(Clone, Debug)]
pub struct TaskListener {
    /// The step.
    pub event: TaskListenerEvent,
    /// Type that workers ask for.
    pub job_type: TextOrFeel,
    /// Attempts before an incident.
    pub retries: TextOrFeel,
}

/// The step of a user task that a listener listens to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TaskListenerEvent {
    /// It is created.
    Creating,
    /// It is given to a user, or to nobody.
    Assigning,
    /// What is known about it changes, or variables of its element instance.
    Updating,
    /// It is completed.
    Completing,
    /// Its element instance is terminated.
    Canceling,
}

/// The process that a call activity runs.
#[derive(Clone, Debug)]
pub struct CalledElement {
    /// Id of the process.
    pub process_id: TextOrFeel,
    /// Which of its versions.
    pub binding: Binding,
    /// Whether the called process gets all variables that are visible at the call activity, or
    /// only those of its input mappings.
    pub propagate_all_parent_variables: bool,
    /// Whether all variables of the called process come back when it has completed.
    pub propagate_all_child_variables: bool,
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
    /// Deployed files that the worker is to use.
    pub linked_resources: Vec<LinkedResource>,
}

/// A deployed file that a job names for its worker.
#[derive(Clone, Debug)]
pub struct LinkedResource {
    /// Id of the file.
    pub resource_id: Arc<str>,
    /// Which of its versions.
    pub binding: Binding,
    /// What kind of file the worker takes it for, such as `RPA`.
    pub resource_type: Arc<str>,
    /// What the worker knows it by, such as `RPAScript`.
    pub link_name: Arc<str>,
}

/// What a business rule task that calls a decision is made from.
#[derive(Clone, Debug)]
pub struct CalledDecision {
    /// Id of the decision.
    pub decision_id: TextOrFeel,
    /// Which version of it.
    pub binding: Binding,
    /// Variable that takes the result.
    pub result_variable: Arc<str>,
}

/// What a user task is made from.
#[derive(Clone, Debug, Default)]
pub struct UserTaskDefinition {
    /// Whether the engine manages the task itself (`zeebe:userTask`); else it is a job.
    pub is_native: bool,
    /// Of a native task: its listeners, in order.
    pub listeners: Vec<TaskListener>,
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
    /// Of a native task: 0 to 100; `None` is 50.
    pub priority: Option<TextOrFeel>,
    /// Of a native task: the form of another system.
    pub external_reference: Option<TextOrFeel>,
    /// Of a task by job: key of an embedded or custom form.
    pub form_key: Option<Arc<str>>,
    /// Id of a deployed form.
    pub form_id: Option<TextOrFeel>,
    /// Which version of that form.
    pub form_binding: Binding,
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

impl TextOrFeel {
    /// A static text; unlike text in a file it stays a string even if it looks like a number.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Static(StaticValue::Text(text.into()))
    }

    /// The text of a static string; `None` for static numbers and FEEL.
    #[must_use]
    pub fn as_static_text(&self) -> Option<&Arc<str>> {
        match self {
            Self::Static(StaticValue::Text(text)) => Some(text),
            Self::Static(StaticValue::Number(..)) | Self::Feel(_) => None,
        }
    }
}

/// Static text: a number if it parses as one, else a string, as in Zeebe.
#[derive(Clone, Debug, PartialEq)]
pub enum StaticValue {
    /// A decimal number, with its text.
    Number(f64, Arc<str>),
    /// Anything else.
    Text(Arc<str>),
}

//! What an element does, by its kind.

use std::sync::Arc;

use skep_feel::Expression;

use super::{
    AdHocSubProcess, CalledDecision, CalledElement, CodeCatch, ConditionDefinition, ElementIndex,
    FlowIndex, JobDefinition, MessageDefinition, MultiInstance, TextOrFeel, TimerDefinition,
    UserTaskDefinition,
};
use crate::element_type::{ElementType, EventType};

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

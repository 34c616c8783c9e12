//! The executable graph: what a deployed process is to the engine.

mod definition;
mod kind;

use std::sync::Arc;

use skep_feel::Expression;

pub use self::{
    definition::{
        AdHocElement, AdHocSubProcess, CalledDecision, CalledElement, CodeCatch,
        ConditionDefinition, ExecutionListener, JobDefinition, LinkedResource, Mapping,
        MessageDefinition, MultiInstance, OutputCollection, StaticValue, TaskListener,
        TaskListenerEvent, TextOrFeel, TimerDefinition, UserTaskDefinition,
    },
    kind::{ElementKind, EndKind, ThrowKind, Trigger},
};
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
    /// The form of its none start event, which the engine does not show.
    pub start_form: Option<StartForm>,
    /// All elements; index 0 is the process itself, children come after their scope.
    pub elements: Vec<Element>,
    /// All sequence flows.
    pub flows: Vec<SequenceFlow>,
    /// Element ids in order, for look-up.
    pub(crate) by_id: Vec<(Arc<str>, ElementIndex)>,
}

/// What is filled in before an instance is created.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StartForm {
    /// Id of a deployed form; `None` for one that is part of the process or of another system.
    pub form_id: Option<Arc<str>>,
    /// Which version of that form.
    pub binding: Binding,
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

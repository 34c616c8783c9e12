//! What elements need to do what they do: expressions, names and extensions.

use std::sync::Arc;

use skep_feel::Expression;

use super::ElementIndex;
use crate::binding::Binding;

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

//! Events of native user tasks.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    Document, ElementInstanceKey, ElementSlot, FormKey, InstanceSlot, Timestamp, VariableKey,
    element::names,
};

names! {
    /// Steps in the life of a user task.
    UserTaskIntent {
        Creating = "CREATING",
        Created = "CREATED",
        Completing = "COMPLETING",
        Completed = "COMPLETED",
        Canceling = "CANCELING",
        Canceled = "CANCELED",
        Assigning = "ASSIGNING",
        Assigned = "ASSIGNED",
        Updating = "UPDATING",
        Updated = "UPDATED",
        Migrated = "MIGRATED",
        CompletionDenied = "COMPLETION_DENIED",
        Corrected = "CORRECTED",
        AssignmentDenied = "ASSIGNMENT_DENIED",
        Claiming = "CLAIMING",
        UpdateDenied = "UPDATE_DENIED",
    }

    /// What of a user task can change.
    UserTaskAttribute {
        Assignee = "assignee",
        CandidateGroups = "candidateGroupsList",
        CandidateUsers = "candidateUsersList",
        DueDate = "dueDate",
        FollowUpDate = "followUpDate",
        Priority = "priority",
        Variables = "variables",
    }
}

/// What is known about a user task. Empty texts and lists stand for none.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
pub struct UserTaskProperties {
    /// The user who does it.
    pub assignee: String,
    /// Groups whose members may do it.
    pub candidate_groups: Vec<String>,
    /// Users who may do it.
    pub candidate_users: Vec<String>,
    /// When it is due, as ISO 8601 text.
    pub due_date: String,
    /// When to follow up, as ISO 8601 text.
    pub follow_up_date: String,
    /// The deployed form.
    pub form_key: Option<FormKey>,
    /// The form of another system.
    pub external_form_reference: String,
    /// Task headers of the model.
    pub custom_headers: Document,
    /// When it was created.
    pub created_at: Timestamp,
    /// 0 to 100; more is more urgent.
    pub priority: i32,
}

/// Shows no text: most of it comes from variables.
impl fmt::Debug for UserTaskProperties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserTaskProperties")
            .field("is_assigned", &!self.assignee.is_empty())
            .field("candidate_groups", &self.candidate_groups.len())
            .field("candidate_users", &self.candidate_users.len())
            .field("form_key", &self.form_key)
            .field("priority", &self.priority)
            .finish_non_exhaustive()
    }
}

/// What a step keeps until its listeners are done.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct HeldStep {
    /// What completing the task brings, or what is to be set at its element instance.
    pub variables: Document,
    /// Of an update that sets variables: the request.
    pub document: Option<HeldDocument>,
}

/// A request to set variables that waits for the listeners of a user task.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct HeldDocument {
    /// Key of the request.
    pub key: VariableKey,
    /// Whether all variables go into the scope of the task.
    pub local: bool,
}

/// A user task after a step; before it is taken, in the events that end with `ING`.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
pub struct UserTaskValue {
    /// Its process instance.
    pub instance: InstanceSlot,
    /// The element that created it.
    pub element: ElementSlot,
    /// The execution of that element.
    pub element_instance_key: ElementInstanceKey,
    /// What the client calls this step.
    pub action: String,
    /// What the step changes.
    pub changed_attributes: Vec<UserTaskAttribute>,
    /// The task.
    pub task: UserTaskProperties,
    /// Why a listener denied the step; empty for no reason.
    pub denied_reason: String,
    /// Of a step that waits for listeners: what it will need.
    pub held: Option<Box<HeldStep>>,
}

/// Shows no text: the reason can quote what a user wrote.
impl fmt::Debug for UserTaskValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserTaskValue")
            .field("element_instance_key", &self.element_instance_key)
            .field("action", &self.action)
            .field("changed_attributes", &self.changed_attributes)
            .field("task", &self.task)
            .field("held", &self.held)
            .finish_non_exhaustive()
    }
}

//! Events of instances, their variables, event triggers and incidents.

use serde::{Deserialize, Serialize};

use crate::{
    AwaitResult, BusinessId, CorrelationKey, Document, ElementId, ElementInstanceKey,
    ElementMapping, ElementSlot, InstanceSlot, JobKey, ProcessInstanceKey, VariableEntry,
    element::names,
};

names! {
    /// Steps in the life of an element instance.
    ProcessInstanceIntent {
        SequenceFlowTaken = "SEQUENCE_FLOW_TAKEN",
        ElementActivating = "ELEMENT_ACTIVATING",
        ElementActivated = "ELEMENT_ACTIVATED",
        ElementCompleting = "ELEMENT_COMPLETING",
        ElementCompleted = "ELEMENT_COMPLETED",
        ElementTerminating = "ELEMENT_TERMINATING",
        ElementTerminated = "ELEMENT_TERMINATED",
        ElementMigrated = "ELEMENT_MIGRATED",
        SequenceFlowDeleted = "SEQUENCE_FLOW_DELETED",
    }

    /// Changes of a variable.
    VariableIntent {
        Created = "CREATED",
        Updated = "UPDATED",
        Migrated = "MIGRATED",
    }

    /// Why an incident was raised.
    ErrorType {
        Unknown = "UNKNOWN",
        IoMappingError = "IO_MAPPING_ERROR",
        JobNoRetries = "JOB_NO_RETRIES",
        ConditionError = "CONDITION_ERROR",
        ExtractValueError = "EXTRACT_VALUE_ERROR",
        CalledElementError = "CALLED_ELEMENT_ERROR",
        UnhandledErrorEvent = "UNHANDLED_ERROR_EVENT",
        MessageSizeExceeded = "MESSAGE_SIZE_EXCEEDED",
        CalledDecisionError = "CALLED_DECISION_ERROR",
        DecisionEvaluationError = "DECISION_EVALUATION_ERROR",
        FormNotFound = "FORM_NOT_FOUND",
        ExecutionListenerNoRetries = "EXECUTION_LISTENER_NO_RETRIES",
        AdHocSubProcessNoRetries = "AD_HOC_SUB_PROCESS_NO_RETRIES",
        ResourceNotFound = "RESOURCE_NOT_FOUND",
        TaskListenerNoRetries = "TASK_LISTENER_NO_RETRIES",
    }
}

/// An instance was created by a command or by a start event.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ProcessInstanceCreated {
    /// The instance.
    pub instance: InstanceSlot,
    /// Whether, and how, the creator is told the result.
    pub await_result: Option<AwaitResult>,
    /// Tags given by the creator.
    pub tags: Vec<String>,
    /// The elements to start at; empty means the none start event.
    pub start_at: Vec<DirectStart>,
    /// Elements whose end ends the whole instance.
    pub terminate_after: Vec<ElementId>,
    /// Its name in the creator's words.
    pub business_id: Option<BusinessId>,
}

/// `RUNTIME_INSTRUCTION:INTERRUPTED`: an element has ended after which the whole instance was to
/// be terminated.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct RuntimeInstructionInterrupted {
    /// The instance.
    pub instance: InstanceSlot,
    /// The element.
    pub element: ElementSlot,
}

/// An element that is activated although no flow leads to it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct DirectStart {
    /// The element.
    pub element_id: ElementId,
    /// The element instance it will be.
    pub key: ElementInstanceKey,
}

/// `PROCESS_INSTANCE_MODIFICATION:MODIFIED`: elements were terminated, and others are to be
/// activated.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ProcessInstanceModified {
    /// The instance.
    pub instance: InstanceSlot,
    /// What is to be activated.
    pub activated: Vec<DirectStart>,
    /// The scopes of what is to be activated: whatever interrupted them no longer does.
    pub ancestor_scope_keys: Vec<ElementInstanceKey>,
    /// What was named to be terminated.
    pub terminated: Vec<ElementInstanceKey>,
}

/// `PROCESS_INSTANCE_MIGRATION:MIGRATED`: the instance runs another definition now.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ProcessInstanceMigrated {
    /// The instance, with the definition that it runs now.
    pub instance: InstanceSlot,
    /// What was to become of its elements.
    pub mappings: Vec<ElementMapping>,
}

/// A variable of one scope.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct VariableValue {
    /// Its process instance.
    pub instance: InstanceSlot,
    /// The element instance that owns it.
    pub scope_key: ElementInstanceKey,
    /// Name and value.
    pub entry: VariableEntry,
}

names! {
    /// What was done about an ad-hoc subprocess.
    AdHocSubProcessInstructionIntent {
        Activated = "ACTIVATED",
        Completed = "COMPLETED",
    }
}

/// An ad-hoc subprocess was told what to activate, or that it is done.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct AdHocSubProcessInstruction {
    /// Its process instance.
    pub instance: InstanceSlot,
    /// The subprocess.
    pub scope_key: ElementInstanceKey,
    /// The elements that are activated.
    pub elements: Vec<ElementSlot>,
    /// Whether what was active before is terminated.
    pub cancel_remaining: bool,
}

/// One item of a variable that is a list.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ListItemValue {
    /// Its process instance.
    pub instance: InstanceSlot,
    /// The element instance that owns the variable.
    pub scope_key: ElementInstanceKey,
    /// The place in the list, from 0.
    pub index: u32,
    /// The variable's name, and the item.
    pub entry: VariableEntry,
}

/// How many instances a multi-instance body creates, at most.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct InstancesPlanned {
    /// Its process instance.
    pub instance: InstanceSlot,
    /// The body.
    pub scope_key: ElementInstanceKey,
    /// As many as the list has items, or as there are when the completion condition is fulfilled.
    pub n: u32,
}

names! {
    /// How far a client's request to set variables has come.
    VariableDocumentIntent {
        Updated = "UPDATED",
        Updating = "UPDATING",
        UpdateDenied = "UPDATE_DENIED",
    }
}

/// A client's request to set variables was carried out, or waits for a user task's listeners.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct VariableDocumentUpdated {
    /// Its process instance.
    pub instance: InstanceSlot,
    /// The scope that was named.
    pub scope_key: ElementInstanceKey,
    /// Whether all variables went into that scope.
    pub local: bool,
}

/// Hand-over from whatever happened (job, message, timer, …) to the element that takes it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum ProcessEventEvent {
    /// `TRIGGERING`: stored at the scope.
    Triggering {
        /// Its process instance.
        instance: InstanceSlot,
        /// The element instance that has the event.
        scope_key: ElementInstanceKey,
        /// The element that the event triggers.
        element: ElementSlot,
        /// What comes with it.
        variables: Document,
        /// For an instance started by a message: holds back the next one with this key.
        start_correlation_key: Option<CorrelationKey>,
    },
    /// `TRIGGERED`: taken from the scope.
    Triggered {
        /// Its process instance.
        instance: InstanceSlot,
        /// The element instance that had the event.
        scope_key: ElementInstanceKey,
        /// The element that took it.
        element: ElementSlot,
    },
}

/// Changes of an incident.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum IncidentEvent {
    /// `CREATED`
    Created(Box<IncidentValue>),
    /// `RESOLVED`, by a client or because its cause is gone.
    Resolved {
        /// Its process instance.
        instance: InstanceSlot,
        /// Where it was raised.
        element_instance_key: ElementInstanceKey,
        /// The job that raised it, if it was a job.
        job_key: Option<JobKey>,
    },
    /// `MIGRATED`: its element instance runs another element now.
    Migrated {
        /// Its process instance.
        instance: InstanceSlot,
        /// The element.
        element: ElementSlot,
        /// Where it was raised.
        element_instance_key: ElementInstanceKey,
        /// The job that raised it, if it was a job.
        job_key: Option<JobKey>,
    },
}

/// Something only a person can put right.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
pub struct IncidentValue {
    /// Its process instance.
    pub instance: InstanceSlot,
    /// The element.
    pub element: ElementSlot,
    /// The execution of the element.
    pub element_instance_key: ElementInstanceKey,
    /// The scope in which to correct variables.
    pub variable_scope_key: ElementInstanceKey,
    /// The job that raised it, if it was a job.
    pub job_key: Option<JobKey>,
    /// Its kind.
    pub error_type: ErrorType,
    /// What happened; it may quote variable values.
    pub message: String,
}

/// Shows everything but the message, which is for those who may read the variables.
impl std::fmt::Debug for IncidentValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IncidentValue")
            .field("element_instance_key", &self.element_instance_key)
            .field("job_key", &self.job_key)
            .field("error_type", &self.error_type)
            .finish_non_exhaustive()
    }
}

/// The engine failed while it processed a command.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct BannedInstance {
    /// The instance whose command it was; `None` when it belonged to none.
    pub process_instance_key: Option<ProcessInstanceKey>,
    /// Position of that command.
    pub command_position: u64,
    /// What failed.
    pub message: String,
}

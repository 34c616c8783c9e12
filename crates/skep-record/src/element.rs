//! What a record says about the process instance and the element it is about.

use serde::{Deserialize, Serialize};

use crate::{
    BpmnProcessId, ElementId, ElementInstanceKey, ProcessDefinitionKey, ProcessInstanceKey,
    TenantId,
};

/// The process instance a record is about; kept once per batch.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct ProcessInstanceRef {
    /// The instance.
    pub process_instance_key: ProcessInstanceKey,
    /// Definition it runs.
    pub process_definition_key: ProcessDefinitionKey,
    /// Id of that definition.
    pub bpmn_process_id: BpmnProcessId,
    /// Version of that definition.
    pub version: i32,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// The call activity that it was started by; `None` for a root instance.
    pub called_by: Option<CalledBy>,
}

/// The call activity that runs a process instance.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct CalledBy {
    /// Zeebe's `parentProcessInstanceKey`: the instance of the call activity.
    pub process_instance_key: ProcessInstanceKey,
    /// Zeebe's `parentElementInstanceKey`: the execution of the call activity.
    pub element_instance_key: ElementInstanceKey,
    /// Zeebe's `rootProcessInstanceKey`: the instance that nobody called.
    pub root_process_instance_key: ProcessInstanceKey,
}

/// The element a record is about; kept once per batch.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct ElementRef {
    /// Id in the BPMN file.
    pub element_id: ElementId,
    /// Its type.
    pub element_type: BpmnElementType,
    /// Its event type; unspecified for what is no event.
    pub event_type: BpmnEventType,
}

/// Position of a [`ProcessInstanceRef`] in [`crate::Batch::instances`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct InstanceSlot(pub u32);

/// Position of an [`ElementRef`] in [`crate::Batch::elements`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct ElementSlot(pub u32);

/// One execution of one element, as `PROCESS_INSTANCE` records describe it; its key is the
/// record's key.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct ElementValue {
    /// Its process instance.
    pub instance: InstanceSlot,
    /// The element, or the sequence flow.
    pub element: ElementSlot,
    /// The element instance it runs in; -1 for the process.
    pub flow_scope_key: ElementInstanceKey,
}

macro_rules! names {
    ($($(#[$doc:meta])* $enum:ident { $($(#[$variant_doc:meta])* $variant:ident = $name:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
        pub enum $enum {
            $($(#[$variant_doc])* #[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl $enum {
            /// Zeebe's name.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }

        impl std::fmt::Display for $enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}
pub(crate) use names;

names! {
    /// Zeebe's `BpmnElementType`.
    BpmnElementType {
        Process = "PROCESS",
        SubProcess = "SUB_PROCESS",
        CallActivity = "CALL_ACTIVITY",
        MultiInstanceBody = "MULTI_INSTANCE_BODY",
        AdHocSubProcess = "AD_HOC_SUB_PROCESS",
        AdHocSubProcessInnerInstance = "AD_HOC_SUB_PROCESS_INNER_INSTANCE",
        StartEvent = "START_EVENT",
        IntermediateCatchEvent = "INTERMEDIATE_CATCH_EVENT",
        IntermediateThrowEvent = "INTERMEDIATE_THROW_EVENT",
        BoundaryEvent = "BOUNDARY_EVENT",
        EndEvent = "END_EVENT",
        ServiceTask = "SERVICE_TASK",
        ReceiveTask = "RECEIVE_TASK",
        UserTask = "USER_TASK",
        ManualTask = "MANUAL_TASK",
        Task = "TASK",
        ExclusiveGateway = "EXCLUSIVE_GATEWAY",
        ParallelGateway = "PARALLEL_GATEWAY",
        EventBasedGateway = "EVENT_BASED_GATEWAY",
        SequenceFlow = "SEQUENCE_FLOW",
        BusinessRuleTask = "BUSINESS_RULE_TASK",
        ScriptTask = "SCRIPT_TASK",
        SendTask = "SEND_TASK",
        InclusiveGateway = "INCLUSIVE_GATEWAY",
        EventSubProcess = "EVENT_SUB_PROCESS",
    }

    /// Zeebe's `BpmnEventType`.
    BpmnEventType {
        Unspecified = "UNSPECIFIED",
        None = "NONE",
        Message = "MESSAGE",
        Timer = "TIMER",
        Signal = "SIGNAL",
        Error = "ERROR",
        Terminate = "TERMINATE",
        Link = "LINK",
        Escalation = "ESCALATION",
        Compensation = "COMPENSATION",
        Conditional = "CONDITIONAL",
    }
}

//! `Debug` for messages that carry variables or files: names and keys, never the content.

use std::fmt;

use crate::gateway::{
    ActivatedJob, BroadcastSignalRequest, CompleteJobRequest, CreateProcessInstanceRequest,
    CreateProcessInstanceWithResultResponse, EvaluateDecisionRequest, EvaluateDecisionResponse,
    EvaluatedDecision, EvaluatedDecisionInput, EvaluatedDecisionOutput, FailJobRequest,
    JobResultActivateElement, ProcessRequestObject, PublishMessageRequest, Resource,
    SetVariablesRequest, ThrowErrorRequest, modify_process_instance_request::VariableInstruction,
};

macro_rules! redacted {
    ($($message:ident { $($field:ident),* })*) => {$(
        impl fmt::Debug for $message {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($message))
                    $(.field(stringify!($field), &self.$field))*
                    .finish_non_exhaustive()
            }
        }
    )*};
}

redacted! {
    ActivatedJob { key, r#type, process_instance_key, element_id, worker, retries, deadline }
    BroadcastSignalRequest { signal_name, tenant_id }
    CompleteJobRequest { job_key }
    CreateProcessInstanceRequest { process_definition_key, bpmn_process_id, version, tenant_id }
    CreateProcessInstanceWithResultResponse { bpmn_process_id, version, process_instance_key }
    EvaluateDecisionRequest { decision_key, decision_id, tenant_id }
    EvaluateDecisionResponse { decision_key, decision_id, failed_decision_id }
    EvaluatedDecision { decision_key, decision_id, decision_version }
    EvaluatedDecisionInput { input_id, input_name }
    EvaluatedDecisionOutput { output_id, output_name }
    FailJobRequest { job_key, retries, retry_back_off }
    JobResultActivateElement { element_id }
    ProcessRequestObject { name }
    PublishMessageRequest { name, time_to_live, tenant_id }
    Resource { name }
    SetVariablesRequest { element_instance_key, local }
    ThrowErrorRequest { job_key, error_code }
    VariableInstruction { scope_id }
}

//! Process instances, their variables and their incidents.

use skep_api::gateway as pb;
use skep_record::{
    CancelProcessInstance, Command, CreateProcessInstance, DefinitionRef, Document,
    ElementInstanceKey, IncidentKey, ProcessDefinitionKey, ProcessInstanceKey, ResolveIncident,
    Response, SetVariables,
};

use crate::{
    call::Call,
    create::{self, checked_business_id, checked_tags},
    problem::Problem,
};

pub(super) async fn create(
    call: &Call,
    request: pb::CreateProcessInstanceRequest,
) -> Result<pb::CreateProcessInstanceResponse, Problem> {
    let command = creation(call, "gRPC request CreateProcessInstance", request)?;
    let created = create::create(call, command).await?;
    Ok(pb::CreateProcessInstanceResponse {
        process_definition_key: created.process_definition_key.0,
        bpmn_process_id: created.bpmn_process_id.to_string(),
        version: created.version,
        process_instance_key: created.key.0,
        tenant_id: created.tenant_id.to_string(),
        tags: created.tags,
        business_id: created.business_id.map(|id| id.to_string()),
    })
}

pub(super) async fn create_with_result(
    call: &Call,
    request: pb::CreateProcessInstanceWithResultRequest,
) -> Result<pb::CreateProcessInstanceWithResultResponse, Problem> {
    let command = creation(
        call,
        "gRPC request CreateProcessInstanceWithResult",
        request.request.unwrap_or_default(),
    )?;
    let result =
        create::create_and_await(call, command, request.fetch_variables, request.request_timeout)
            .await?;
    let instance = result.instance;
    Ok(pb::CreateProcessInstanceWithResultResponse {
        process_definition_key: instance.process_definition_key.0,
        bpmn_process_id: instance.bpmn_process_id.to_string(),
        version: instance.version,
        process_instance_key: instance.key.0,
        variables: result.variables.to_json(),
        tenant_id: instance.tenant_id.to_string(),
        tags: instance.tags,
        business_id: instance.business_id.map(|id| id.to_string()),
    })
}

fn creation(
    call: &Call,
    rpc: &str,
    request: pb::CreateProcessInstanceRequest,
) -> Result<CreateProcessInstance, Problem> {
    // The id wins over the key; any negative version is the latest, 0 is taken as it is.
    let definition = if request.bpmn_process_id.is_empty() {
        if request.process_definition_key < 0 {
            return Err(Problem::invalid_argument(
                "Expected either a bpmnProcessId or a processDefinitionKey, but none given",
            ));
        }
        DefinitionRef::Key(ProcessDefinitionKey(request.process_definition_key))
    } else if request.version < 0 {
        DefinitionRef::Latest(request.bpmn_process_id.into())
    } else {
        DefinitionRef::Version(request.bpmn_process_id.into(), request.version)
    };
    Ok(CreateProcessInstance {
        definition,
        variables: Document::from_json(&request.variables)?,
        tenant_id: call.tenant(rpc, &request.tenant_id)?,
        start_at: request.start_instructions.into_iter().map(|start| start.element_id).collect(),
        terminate_after: request
            .runtime_instructions
            .into_iter()
            .map(end_of)
            .collect::<Result<_, _>>()?,
        await_result: None,
        operation_reference: request.operation_reference.unwrap_or(0),
        tags: checked_tags(request.tags)?,
        // Clients that set every field send an empty text for none.
        business_id: request
            .business_id
            .filter(|id| !id.is_empty())
            .map(|id| checked_business_id(&id))
            .transpose()?,
    })
}

/// The element after which the instance is to end.
fn end_of(instruction: pb::ProcessInstanceCreationRuntimeInstruction) -> Result<String, Problem> {
    use pb::process_instance_creation_runtime_instruction::Instruction;
    match instruction.instruction {
        Some(Instruction::Terminate(terminate)) => Ok(terminate.after_element_id),
        None => Err(Problem::invalid_argument(
            "Expected each of runtimeInstructions to be a terminate instruction, but one is empty",
        )),
    }
}

pub(super) async fn cancel(
    call: &Call,
    request: pb::CancelProcessInstanceRequest,
) -> Result<pb::CancelProcessInstanceResponse, Problem> {
    let command = CancelProcessInstance {
        process_instance_key: ProcessInstanceKey(request.process_instance_key),
        operation_reference: request.operation_reference.unwrap_or(0),
    };
    call.submit_done(Command::CancelProcessInstance(command)).await?;
    Ok(pb::CancelProcessInstanceResponse {})
}

pub(super) async fn set_variables(
    call: &Call,
    request: pb::SetVariablesRequest,
) -> Result<pb::SetVariablesResponse, Problem> {
    let command = SetVariables {
        element_instance_key: ElementInstanceKey(request.element_instance_key),
        variables: Document::from_json(&request.variables)?,
        local: request.local,
        operation_reference: request.operation_reference.unwrap_or(0),
    };
    let Response::VariablesSet(key) = call.submit(Command::SetVariables(command)).await? else {
        return Err(Problem::unexpected_answer());
    };
    Ok(pb::SetVariablesResponse { key: key.0 })
}

pub(super) async fn resolve_incident(
    call: &Call,
    request: pb::ResolveIncidentRequest,
) -> Result<pb::ResolveIncidentResponse, Problem> {
    let command = ResolveIncident {
        incident_key: IncidentKey(request.incident_key),
        operation_reference: request.operation_reference.unwrap_or(0),
    };
    call.submit_done(Command::ResolveIncident(command)).await?;
    Ok(pb::ResolveIncidentResponse {})
}

//! Process instances.

use http::StatusCode;
use skep_api::rest::{
    CancelProcessInstanceRequest, CreateProcessInstanceRequest, CreatedProcessInstance,
    RuntimeInstruction,
};
use skep_record::{
    CancelProcessInstance, Command, CreateProcessInstance, DefinitionRef, Document,
    ProcessDefinitionKey, ProcessInstanceKey,
};

use super::body::{
    Answer, Body, Keys, OptionalBody, PathKey, json_object, operation_reference, variables,
};
use crate::{
    call::Call,
    create::{self, checked_business_id, checked_tags},
    problem::Problem,
};

/// `POST /v2/process-instances` — 200
///
/// # Errors
/// 400, 404 no such definition, 409 it cannot be started so, 503, 504 it did not complete in time.
pub(super) async fn create(
    call: Call,
    Keys(keys): Keys,
    Body(mut body): Body<CreateProcessInstanceRequest>,
) -> Result<Answer<CreatedProcessInstance>, Problem> {
    let await_completion = body.await_completion.unwrap_or(false);
    let fetch_variables = body.fetch_variables.take().unwrap_or_default();
    let timeout_ms = body.request_timeout.unwrap_or(0);
    let command = creation(&call, body)?;
    let (created, variables) = if await_completion {
        let result = create::create_and_await(&call, command, fetch_variables, timeout_ms).await?;
        (result.instance, result.variables)
    } else {
        (create::create(&call, command).await?, Document::empty())
    };
    let answer = CreatedProcessInstance {
        process_definition_id: created.bpmn_process_id.to_string(),
        process_definition_version: created.version,
        tenant_id: created.tenant_id.to_string(),
        variables: json_object(&variables)?,
        process_definition_key: keys.key(created.process_definition_key.0),
        process_instance_key: keys.key(created.key.0),
        tags: created.tags,
        business_id: created.business_id.map(|id| id.to_string()),
    };
    Ok(Answer(keys, answer))
}

fn creation(
    call: &Call,
    body: CreateProcessInstanceRequest,
) -> Result<CreateProcessInstance, Problem> {
    let version = body.process_definition_version.unwrap_or(-1);
    let definition = match (body.process_definition_id, body.process_definition_key) {
        (Some(_), Some(_)) => {
            return Err(Problem::invalid_argument(
                "Only one of [processDefinitionId, processDefinitionKey] is allowed",
            ));
        }
        (None, None) => {
            return Err(Problem::invalid_argument(
                "At least one of [processDefinitionId, processDefinitionKey] is required",
            ));
        }
        (None, Some(key)) => DefinitionRef::Key(ProcessDefinitionKey(key.raw)),
        (Some(id), None) if version < 0 => DefinitionRef::Latest(id.into()),
        (Some(id), None) => DefinitionRef::Version(id.into(), version),
    };
    Ok(CreateProcessInstance {
        definition,
        variables: variables(body.variables.as_ref())?,
        tenant_id: call.tenant(
            "request Create Process Instance",
            body.tenant_id.as_deref().unwrap_or_default(),
        )?,
        start_at: body
            .start_instructions
            .unwrap_or_default()
            .into_iter()
            .map(|start| start.element_id)
            .collect(),
        terminate_after: body
            .runtime_instructions
            .unwrap_or_default()
            .into_iter()
            .map(end_of)
            .collect::<Result<_, _>>()?,
        await_result: None,
        operation_reference: operation_reference(body.operation_reference)?,
        tags: checked_tags(body.tags.unwrap_or_default())?,
        business_id: body.business_id.map(|id| checked_business_id(&id)).transpose()?,
    })
}

/// The element after which the instance is to end.
fn end_of(instruction: RuntimeInstruction) -> Result<String, Problem> {
    match instruction.instruction_type.as_deref() {
        None | Some("TERMINATE_PROCESS_INSTANCE") => Ok(instruction.after_element_id),
        Some(other) => Err(Problem::invalid_argument(format!(
            "Expected the type of each of runtimeInstructions to be TERMINATE_PROCESS_INSTANCE, \
             but it was '{other}'"
        ))),
    }
}

/// `POST /v2/process-instances/{processInstanceKey}/cancellation` — 204
///
/// # Errors
/// 400, 404 no such instance, 409 it is not a root instance, 503, 504.
pub(super) async fn cancel(
    call: Call,
    PathKey(key): PathKey,
    OptionalBody(body): OptionalBody<CancelProcessInstanceRequest>,
) -> Result<StatusCode, Problem> {
    let command = CancelProcessInstance {
        process_instance_key: ProcessInstanceKey(key),
        operation_reference: operation_reference(body.operation_reference)?,
    };
    call.submit_done(Command::CancelProcessInstance(command)).await?;
    Ok(StatusCode::NO_CONTENT)
}

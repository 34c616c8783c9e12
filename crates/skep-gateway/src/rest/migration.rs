//! Migrating process instances.

use http::StatusCode;
use skep_api::rest::{MappingInstruction, MigrateProcessInstanceRequest};
use skep_record::{
    Command, ElementMapping, MigrateProcessInstance, ProcessDefinitionKey, ProcessInstanceKey,
};

use super::body::{Body, PathKey, operation_reference};
use crate::{call::Call, problem::Problem};

/// `POST /v2/process-instances/{processInstanceKey}/migration` — 204
///
/// # Errors
/// 400, 404 no such instance or definition, 409 it cannot go on there, 503, 504.
pub(super) async fn migrate(
    call: Call,
    PathKey(key): PathKey,
    Body(body): Body<MigrateProcessInstanceRequest>,
) -> Result<StatusCode, Problem> {
    let command = MigrateProcessInstance {
        process_instance_key: ProcessInstanceKey(key),
        target_process_definition_key: ProcessDefinitionKey(body.target_process_definition_key.raw),
        mappings: mappings(body.mapping_instructions),
        operation_reference: operation_reference(body.operation_reference)?,
    };
    call.submit_done(Command::MigrateProcessInstance(Box::new(command))).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What becomes of the elements of an instance.
pub(super) fn mappings(instructions: Vec<MappingInstruction>) -> Vec<ElementMapping> {
    let mapping = |instruction: MappingInstruction| ElementMapping {
        source_element_id: instruction.source_element_id.into(),
        target_element_id: instruction.target_element_id.into(),
    };
    instructions.into_iter().map(mapping).collect()
}

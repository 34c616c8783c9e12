//! Migrating process instances.

use skep_api::gateway as pb;
use skep_record::{
    Command, ElementMapping, MigrateProcessInstance, ProcessDefinitionKey, ProcessInstanceKey,
};

use crate::{call::Call, problem::Problem};

pub(super) async fn migrate(
    call: &Call,
    request: pb::MigrateProcessInstanceRequest,
) -> Result<pb::MigrateProcessInstanceResponse, Problem> {
    // A plan that is not sent is one without values, as everywhere in the protocol.
    let plan = request.migration_plan.unwrap_or_default();
    let mappings = plan.mapping_instructions.into_iter().map(|instruction| ElementMapping {
        source_element_id: instruction.source_element_id.into(),
        target_element_id: instruction.target_element_id.into(),
    });
    let command = MigrateProcessInstance {
        process_instance_key: ProcessInstanceKey(request.process_instance_key),
        target_process_definition_key: ProcessDefinitionKey(plan.target_process_definition_key),
        mappings: mappings.collect(),
        operation_reference: request.operation_reference.unwrap_or(0),
    };
    call.submit_done(Command::MigrateProcessInstance(Box::new(command))).await?;
    Ok(pb::MigrateProcessInstanceResponse {})
}

//! Modifying process instances.

use skep_api::gateway as pb;
use skep_record::{
    ActivateInstruction, Command, Document, ElementInstanceKey, ElementInstanceSelector,
    ModifyProcessInstance, ProcessInstanceKey, ScopedVariables,
};

use crate::{call::Call, problem::Problem};

pub(super) async fn modify(
    call: &Call,
    request: pb::ModifyProcessInstanceRequest,
) -> Result<pb::ModifyProcessInstanceResponse, Problem> {
    let activate = request.activate_instructions.into_iter().map(activation);
    let terminate = request.terminate_instructions.iter().map(|terminate| {
        ElementInstanceSelector::Key(ElementInstanceKey(terminate.element_instance_key))
    });
    let command = ModifyProcessInstance {
        process_instance_key: ProcessInstanceKey(request.process_instance_key),
        activate: activate.collect::<Result<_, _>>()?,
        moves: Vec::new(),
        terminate: terminate.collect(),
        operation_reference: request.operation_reference.unwrap_or(0),
    };
    call.submit_done(Command::ModifyProcessInstance(Box::new(command))).await?;
    Ok(pb::ModifyProcessInstanceResponse {})
}

fn activation(
    instruction: pb::modify_process_instance_request::ActivateInstruction,
) -> Result<ActivateInstruction, Problem> {
    let variables = instruction.variable_instructions.into_iter().map(|scoped| {
        Ok::<_, Problem>(ScopedVariables {
            scope_id: (!scoped.scope_id.is_empty()).then(|| scoped.scope_id.into()),
            variables: Document::from_json(&scoped.variables)?,
        })
    });
    // A client that says nothing sends 0, one that says "any" sends -1; both are no keys.
    let ancestor = Some(instruction.ancestor_element_instance_key).filter(|key| *key > 0);
    Ok(ActivateInstruction {
        element_id: instruction.element_id.into(),
        ancestor_scope_key: ancestor.map(ElementInstanceKey),
        variables: variables.collect::<Result<_, _>>()?,
    })
}

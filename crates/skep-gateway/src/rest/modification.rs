//! Modifying process instances.

use http::StatusCode;
use skep_api::rest::{self, AncestorScopeInstruction, Key, ModifyProcessInstanceRequest};
use skep_record::{
    ActivateInstruction, AncestorScope, Command, ElementInstanceKey, ElementInstanceSelector,
    ModifyProcessInstance, MoveInstruction, ProcessInstanceKey, ScopedVariables,
};

use super::body::{Body, PathKey, operation_reference, variables};
use crate::{call::Call, problem::Problem};

/// `POST /v2/process-instances/{processInstanceKey}/modification` — 204
///
/// # Errors
/// 400, 404 no such instance, 503, 504.
pub(super) async fn modify(
    call: Call,
    PathKey(key): PathKey,
    Body(body): Body<ModifyProcessInstanceRequest>,
) -> Result<StatusCode, Problem> {
    let activate = body.activate_instructions.unwrap_or_default();
    let moves = body.move_instructions.unwrap_or_default();
    let terminate = body.terminate_instructions.unwrap_or_default();
    let command = ModifyProcessInstance {
        process_instance_key: ProcessInstanceKey(key),
        activate: activate.into_iter().map(activation).collect::<Result<_, _>>()?,
        moves: moves.into_iter().map(to_move).collect::<Result<_, _>>()?,
        terminate: terminate.into_iter().map(termination).collect(),
        operation_reference: operation_reference(body.operation_reference)?,
    };
    call.submit_done(Command::ModifyProcessInstance(Box::new(command))).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn activation(instruction: rest::ActivateInstruction) -> Result<ActivateInstruction, Problem> {
    Ok(ActivateInstruction {
        element_id: instruction.element_id.into(),
        ancestor_scope_key: ancestor(instruction.ancestor_element_instance_key),
        variables: scoped_variables(instruction.variable_instructions)?,
    })
}

/// The default, "-1", is no key.
fn ancestor(key: Option<Key>) -> Option<ElementInstanceKey> {
    key.map(|key| key.raw).filter(|key| *key > 0).map(ElementInstanceKey)
}

fn scoped_variables(
    instructions: Option<Vec<rest::VariableInstruction>>,
) -> Result<Vec<ScopedVariables>, Problem> {
    let instructions = instructions.unwrap_or_default().into_iter();
    let scoped = instructions.map(|instruction| {
        Ok(ScopedVariables {
            scope_id: instruction.scope_id.filter(|id| !id.is_empty()).map(Into::into),
            variables: variables(Some(&instruction.variables))?,
        })
    });
    scoped.collect()
}

fn to_move(instruction: rest::MoveInstruction) -> Result<MoveInstruction, Problem> {
    use rest::SourceElementInstruction as Source;
    let source = match instruction.source_element_instruction {
        Source::ById { source_element_id } => {
            ElementInstanceSelector::Element(source_element_id.into())
        }
        Source::ByKey { source_element_instance_key: key } => {
            ElementInstanceSelector::Key(ElementInstanceKey(key.raw))
        }
    };
    let ancestor = match instruction.ancestor_scope_instruction {
        None => AncestorScope::Direct(None),
        Some(AncestorScopeInstruction::Direct { ancestor_element_instance_key: key }) => {
            AncestorScope::Direct(ancestor(Some(key)))
        }
        Some(AncestorScopeInstruction::Inferred) => AncestorScope::Inferred,
        Some(AncestorScopeInstruction::SourceParent) => AncestorScope::SourceParent,
    };
    Ok(MoveInstruction {
        source,
        target_element_id: instruction.target_element_id.into(),
        ancestor,
        variables: scoped_variables(instruction.variable_instructions)?,
    })
}

fn termination(instruction: rest::TerminateInstruction) -> ElementInstanceSelector {
    match instruction {
        rest::TerminateInstruction::ByKey { element_instance_key: key } => {
            ElementInstanceSelector::Key(ElementInstanceKey(key.raw))
        }
        rest::TerminateInstruction::ById { element_id } => {
            ElementInstanceSelector::Element(element_id.into())
        }
    }
}

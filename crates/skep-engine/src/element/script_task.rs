//! Script tasks with a FEEL expression.

use skep_feel::Expression;
use skep_record::{Document, ElementCommand, ProcessInstanceIntent};

use crate::{
    Ctx,
    ctx::At,
    element,
    expression::{self, Scope},
    failure::Failure,
};

/// Evaluates the script; its result waits as an event until the task completes.
///
/// Source: camunda/zeebe: engine/processing/bpmn/task/ScriptTaskProcessor.java
pub(super) fn activate(
    ctx: &mut Ctx<'_>,
    at: &At,
    script: &Expression,
    result_variable: &str,
) -> Result<(), Failure> {
    let scope = Scope { process_instance_key: at.process_instance_key, key: at.key };
    let value = expression::any(ctx, scope, script)?;
    let result = Document::from_entries(std::iter::once((result_variable, value.as_slice())));
    element::trigger(ctx, at, at.key, at.index, result);
    ctx.emit_element(at, ProcessInstanceIntent::ElementActivated);
    ctx.follow_up_element(at, ElementCommand::Complete);
    Ok(())
}

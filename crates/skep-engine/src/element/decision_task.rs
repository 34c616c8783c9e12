//! Business rule tasks that call a decision.

use skep_model::CalledDecision;
use skep_record::{
    DecisionCaller, DecisionId, Document, ElementCommand, ErrorType, Event, ProcessInstanceIntent,
};

use crate::{
    Ctx,
    ctx::At,
    decision::Called,
    element,
    expression::{self, Scope},
    failure::Failure,
};

/// Evaluates the decision; its result waits as an event until the task completes, so that it is
/// not evaluated again when an output mapping fails.
///
/// Source: camunda/zeebe: engine/processing/bpmn/task/BusinessRuleTaskProcessor.java,
/// engine/processing/bpmn/behavior/BpmnDecisionBehavior.java
pub(super) fn activate(ctx: &mut Ctx<'_>, at: &At, task: &CalledDecision) -> Result<(), Failure> {
    let scope = Scope { process_instance_key: at.process_instance_key, key: at.key };
    let id: DecisionId = expression::string(ctx, scope, &task.decision_id)?.into();
    let definition = &at.definition;
    let called = Called::bound(
        ctx.state(),
        &definition.tenant_id,
        &id,
        &task.binding,
        definition.deployment_key,
    )
    .map_err(|missing| {
        let message = format!("Expected to evaluate decision '{id}', but {missing}");
        Failure::new(ErrorType::CalledDecisionError, message)
    })?;
    let caller =
        DecisionCaller { instance: at.instance, element: at.slot, element_instance_key: at.key };
    let environment = ctx.environment().clone();
    let value = called.evaluate(ctx, &environment, &scope.variables(ctx), Some(caller));
    let failure = value.failure.as_ref().map(|failure| failure.message.clone());
    let output = value.decision_output.clone();
    let key = ctx.new_key();
    ctx.emit(key, Event::DecisionEvaluation(Box::new(value)));
    if let Some(message) = failure {
        return Err(Failure::new(ErrorType::DecisionEvaluationError, message));
    }
    let result = (&*task.result_variable, output.as_msgpack());
    let result = Document::from_entries(std::iter::once(result));
    element::trigger(ctx, at, at.key, at.index, result);
    ctx.emit_element(at, ProcessInstanceIntent::ElementActivated);
    ctx.follow_up_element(at, ElementCommand::Complete);
    Ok(())
}

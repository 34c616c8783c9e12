//! `CONDITIONAL_EVALUATION:EVALUATE`

use std::sync::Arc;

use skep_feel::Variables;
use skep_model::ElementIndex;
use skep_record::{
    ConditionalSubscriptionIntent, Document, EvaluateConditionals, EvaluatedConditionals, Event,
    ProcessDefinitionKey, ProcessInstanceKey, Rejection, RejectionKind, Response,
};

use crate::{Ctx, process_instance, state::conditions::StartCondition};

/// The variables of the request, before there is an instance.
struct Given<'d>(&'d Document);

impl Variables for Given<'_> {
    fn variable(&self, name: &str) -> Option<&[u8]> {
        self.0.value(name)
    }
}

/// Handles `CONDITIONAL_EVALUATION:EVALUATE`: every conditional start event whose condition holds
/// starts an instance.
///
/// # Errors
/// `NotFound`: no such definition, or it has no conditional start event that waits.
///
/// Source: camunda/camunda-docs: docs/components/concepts/conditionals.md
pub(crate) fn evaluate(
    ctx: &mut Ctx<'_>,
    evaluate: &EvaluateConditionals,
) -> Result<(), Rejection> {
    let waiting = waiting(ctx, evaluate);
    if let Some(key) = evaluate.process_definition_key
        && waiting.is_empty()
    {
        return Err(not_found(key));
    }
    let evaluation_key = ctx.new_key();
    let environment = ctx.environment().clone();
    let mut instances = Vec::new();
    for (key, start) in waiting {
        let index = ElementIndex(start.element);
        let definition = ctx.state().definitions.get(start.process_definition_key).map(Arc::clone);
        let Some(definition) = definition else { continue };
        let holds = super::definition(&definition, index).is_some_and(|known| {
            known
                .condition
                .evaluate(&Given(&evaluate.variables), &environment)
                .is_ok_and(|evaluation| evaluation.value.as_bool() == Some(true))
        });
        if !holds {
            continue;
        }
        let value = super::start_value(&definition, index);
        let triggered = ConditionalSubscriptionIntent::Triggered;
        ctx.emit(key, Event::ConditionalSubscription(triggered, Box::new(value)));
        let instance = ProcessInstanceKey(ctx.new_key());
        let variables = evaluate.variables.clone();
        process_instance::start(ctx, instance, &definition, index, variables, None);
        instances.push((definition.key, instance));
    }
    let evaluated = EvaluatedConditionals {
        key: evaluation_key,
        tenant_id: evaluate.tenant_id.clone(),
        instances,
    };
    ctx.emit(evaluation_key, Event::ConditionalEvaluated(Box::new(evaluated.clone())));
    ctx.reply(Response::ConditionalsEvaluated(evaluated));
    Ok(())
}

fn waiting(ctx: &Ctx<'_>, evaluate: &EvaluateConditionals) -> Vec<(i64, StartCondition)> {
    let state = ctx.state();
    let starts = state.conditions.starts.entries().iter().filter(|(_, start)| {
        let is_meant = evaluate
            .process_definition_key
            .is_none_or(|wanted| wanted == start.process_definition_key);
        let definition = state.definitions.get(start.process_definition_key);
        is_meant && definition.is_some_and(|known| known.tenant_id == evaluate.tenant_id)
    });
    starts.map(|(key, start)| (*key, *start)).collect()
}

fn not_found(key: ProcessDefinitionKey) -> Rejection {
    Rejection::new(
        RejectionKind::NotFound,
        format!(
            "Expected to evaluate conditional start events of process definition with key '{key}', but no such definition with conditional start events was found"
        ),
    )
}

//! Escalation events that throw.

use skep_model::TextOrFeel;
use skep_record::{
    Document, ElementCommand, EscalationIntent, EscalationValue, Event, ProcessInstanceIntent,
};

use crate::{
    Ctx,
    ctx::At,
    element::error::{self, Thrown},
    expression::{self, Scope},
    failure::Failure,
};

/// Throws an escalation; what threw it completes unless it is interrupted by it.
///
/// Source: camunda/zeebe: engine/processing/bpmn/behavior/BpmnEventPublicationBehavior.java
pub(super) fn activate(ctx: &mut Ctx<'_>, at: &At, code: &TextOrFeel) -> Result<(), Failure> {
    let scope = Scope { process_instance_key: at.process_instance_key, key: at.key };
    let code = expression::string(ctx, scope, code)?;
    ctx.emit_element(at, ProcessInstanceIntent::ElementActivated);
    let catch = error::find_catch(ctx, at, at.flow_scope_key, Thrown::Escalation, &code).ok();
    let mut is_interrupted = false;
    if let Some(catch) = &catch {
        is_interrupted = catch.is_interrupting();
        error::throw(ctx, catch, Document::empty());
    }
    let intent = match &catch {
        Some(_) => EscalationIntent::Escalated,
        None => EscalationIntent::NotEscalated,
    };
    let value = EscalationValue {
        instance: at.instance,
        throw_element: at.slot,
        escalation_code: code.to_string(),
        catch_element_id: catch.as_ref().map(error::Catch::element_id),
    };
    let key = ctx.new_key();
    ctx.emit(key, Event::Escalation(intent, Box::new(value)));
    if !is_interrupted {
        ctx.follow_up_element(at, ElementCommand::Complete);
    }
    Ok(())
}

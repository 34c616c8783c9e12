//! Execution listeners: job workers that have their turn before an element is activated, and
//! before it is completed.

use skep_model::ExecutionListener;
use skep_record::{JobKind, ListenerEvent};

use crate::{
    Ctx,
    ctx::At,
    element::trigger,
    expression::{self, Scope},
    failure::Failure,
    job::{self, NewJob},
    variable,
};

fn listeners(at: &At, event: ListenerEvent) -> &[ExecutionListener] {
    match event {
        ListenerEvent::Start => &at.element().start_listeners,
        ListenerEvent::End => &at.element().end_listeners,
    }
}

/// Creates the job of the listener `n`, counted from 0; false when there is no such listener.
///
/// Source: camunda/camunda-docs: components/concepts/execution-listeners.md
pub(super) fn create(
    ctx: &mut Ctx<'_>,
    at: &At,
    event: ListenerEvent,
    n: usize,
) -> Result<bool, Failure> {
    let Some(listener) = listeners(at, event).get(n) else { return Ok(false) };
    let scope = Scope { process_instance_key: at.process_instance_key, key: at.key };
    let job_type = expression::string(ctx, scope, &listener.job_type)?.into();
    let retries = expression::integer(ctx, scope, &listener.retries)?;
    let headers = at.definition.facts(at.index).headers.clone();
    let kind = JobKind::ExecutionListener(event);
    job::create(ctx, at, NewJob { job_type, retries, headers, kind });
    Ok(true)
}

/// Sets what a start listener gave at the element, and what an end listener gave around it.
pub(super) fn take_variables(ctx: &mut Ctx<'_>, at: &At, event: ListenerEvent) {
    let Some(given) = trigger::of_itself(ctx, at) else { return };
    let scope_key = match event {
        ListenerEvent::End if !at.is_process() => at.flow_scope_key,
        ListenerEvent::Start | ListenerEvent::End => at.key,
    };
    variable::set_local(ctx, at, scope_key, given.variables.variables());
    trigger::triggered(ctx, at, at.key, &given);
}

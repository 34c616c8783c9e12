//! Start events of process definitions: those of the latest version wait.
//!
//! Source: camunda/camunda: zeebe/engine/processing/deployment/StartEventSubscriptionManager.java

use std::sync::Arc;

use skep_model::{ElementIndex, ElementKind, Trigger};
use skep_record::Rejection;

use crate::{Ctx, conditional, message, signal, state::definition::Definition};

/// The start events of a new version wait instead of those of the versions before, but for
/// timers.
///
/// # Errors
/// As [`open`].
pub(super) fn replace(ctx: &mut Ctx<'_>, latest: &Arc<Definition>) -> Result<(), Rejection> {
    let former: Vec<Arc<Definition>> = ctx
        .state()
        .definitions
        .versions_of(&latest.tenant_id, &latest.bpmn_process_id)
        .filter(|former| former.key != latest.key)
        .map(Arc::clone)
        .collect();
    message::close_start_subscriptions(ctx, &latest.tenant_id, &latest.bpmn_process_id);
    for former in &former {
        signal::close_start_subscriptions(ctx, former)?;
    }
    for former in former.iter().filter(|former| former.has_conditions) {
        conditional::close_start_subscriptions(ctx, former.key);
    }
    open(ctx, latest)
}

/// The start events of a version that is deleted wait no longer, but for timers.
///
/// # Errors
/// `InvalidArgument`: the name of a signal cannot be evaluated without variables.
pub(super) fn close(ctx: &mut Ctx<'_>, definition: &Arc<Definition>) -> Result<(), Rejection> {
    message::close_start_subscriptions(ctx, &definition.tenant_id, &definition.bpmn_process_id);
    signal::close_start_subscriptions(ctx, definition)?;
    conditional::close_start_subscriptions(ctx, definition.key);
    Ok(())
}

/// The start events of a version begin to wait, in the order of the model, but for timers.
///
/// # Errors
/// `InvalidArgument`: the name of a message or signal cannot be evaluated without variables.
pub(super) fn open(ctx: &mut Ctx<'_>, definition: &Definition) -> Result<(), Rejection> {
    let process = &definition.process;
    for index in &process.element(ElementIndex::PROCESS).children {
        let ElementKind::StartEvent(Some(trigger)) = &process.element(*index).kind else {
            continue;
        };
        match trigger {
            Trigger::Message(message) => {
                message::open_start_subscription(ctx, definition, *index, message)?;
            }
            Trigger::Signal(name) => {
                signal::open_start_subscription(ctx, definition, *index, name)?;
            }
            Trigger::Conditional(_) => {
                conditional::open_start_subscription(ctx, definition, *index);
            }
            Trigger::Timer(_)
            | Trigger::Error(_)
            | Trigger::Escalation(_)
            | Trigger::Compensation(_) => (),
        }
    }
    Ok(())
}

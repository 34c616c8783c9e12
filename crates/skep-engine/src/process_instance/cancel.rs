//! `PROCESS_INSTANCE:CANCEL`

use skep_record::{CancelProcessInstance, ElementCommand, Rejection, RejectionKind, Response};

use crate::{Ctx, state::instance::ElementState};

/// Handles `PROCESS_INSTANCE:CANCEL`: the answer says that termination has begun.
///
/// # Errors
/// - `NotFound`: no such instance, it is another tenant's, or it is ending already.
/// - `InvalidState`: the instance was started by a call activity, so that its root is to be
///   cancelled.
///
/// Source: camunda/zeebe: engine/processing/processinstance/ProcessInstanceCancelProcessor.java
pub(crate) fn cancel(ctx: &mut Ctx<'_>, cancel: &CancelProcessInstance) -> Result<(), Rejection> {
    let key = cancel.process_instance_key;
    let can_terminate = ctx
        .state()
        .instances
        .get(key)
        .and_then(|instance| instance.root())
        .is_some_and(|root| match root.state {
            ElementState::Activating | ElementState::Activated | ElementState::Completing => true,
            ElementState::New | ElementState::Terminating => false,
        });
    let root =
        ctx.at(key, key.into()).filter(|root| can_terminate && ctx.may_see(root.tenant_id()));
    let root = root.ok_or_else(|| {
        Rejection::new(
            RejectionKind::NotFound,
            format!(
                "Expected to cancel a process instance with key '{key}', but no such process was found"
            ),
        )
    })?;
    if let Some(called_by) = ctx.called_by(&root) {
        return Err(Rejection::new(
            RejectionKind::InvalidState,
            format!(
                "Expected to cancel a process instance with key '{key}', but it is created by a parent process instance. Cancel the root process instance '{}' instead.",
                called_by.root_process_instance_key
            ),
        ));
    }
    ctx.follow_up_element(&root, ElementCommand::Terminate);
    ctx.reply(Response::Done);
    Ok(())
}

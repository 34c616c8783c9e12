//! Process instances as a whole: creating and cancelling them, and their life in state.

mod apply;
mod ban;
mod cancel;
mod create;
mod direct;
mod interrupt;
mod migrate;
mod modify;
mod start;

pub(crate) use self::{
    apply::{
        apply, apply_banned, apply_created, apply_interrupted, apply_modified, apply_planned,
        apply_trigger, ensure,
    },
    ban::{forget_schedule, unschedule},
    cancel::cancel,
    create::{called_root, create, root},
    interrupt::element_ended,
    migrate::migrate,
    modify::modify,
    start::start,
};

use skep_record::{CreatedProcessInstance, ProcessInstanceKey, Rejection, RejectionKind};

use crate::{Ctx, ctx::At, state::instance::ProcessInstance};

/// The process of an active instance; `action` is what is to be done with it.
///
/// # Errors
/// `NotFound`: there is no such instance, it is another tenant's, or it is not active.
fn active_root(ctx: &mut Ctx<'_>, key: ProcessInstanceKey, action: &str) -> Result<At, Rejection> {
    let is_active = ctx.state().instances.get(key).is_some_and(|instance| {
        !instance.is_banned() && instance.root().is_some_and(|root| root.is_active())
    });
    let root = ctx.at(key, key.into()).filter(|root| is_active && ctx.may_see(root.tenant_id()));
    root.ok_or_else(|| {
        Rejection::new(
            RejectionKind::NotFound,
            format!(
                "Expected to {action} process instance but no active process instance found with key '{key}'"
            ),
        )
    })
}

/// What a creator is told about its instance.
pub(crate) fn created(instance: &ProcessInstance) -> CreatedProcessInstance {
    let definition = &instance.definition;
    CreatedProcessInstance {
        key: instance.key,
        process_definition_key: definition.key,
        bpmn_process_id: definition.bpmn_process_id.clone(),
        version: definition.version,
        tenant_id: definition.tenant_id.clone(),
        tags: instance.details.as_ref().map(|details| details.tags.clone()).unwrap_or_default(),
        business_id: instance.details.as_ref().and_then(|details| details.business_id.clone()),
    }
}

//! Process instances as a whole: creating and cancelling them, and their life in state.

mod apply;
mod ban;
mod cancel;
mod create;
mod direct;
mod modify;
mod start;

pub(crate) use self::{
    apply::{
        apply, apply_banned, apply_created, apply_modified, apply_planned, apply_trigger, ensure,
    },
    ban::{forget_schedule, unschedule},
    cancel::cancel,
    create::{called_root, create, root},
    modify::modify,
    start::start,
};

use skep_record::CreatedProcessInstance;

use crate::state::instance::ProcessInstance;

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
    }
}

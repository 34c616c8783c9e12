//! Instances that end early because an element has ended.

use skep_record::{ElementCommand, Event, RuntimeInstructionInterrupted};

use crate::{
    Ctx,
    ctx::At,
    state::instance::{ElementState, ProcessInstance},
};

/// `at` has completed or was terminated: the whole instance is terminated if its creator wanted
/// that.
///
/// Source: camunda/camunda-docs: docs/components/concepts/process-instance-creation.md
pub(crate) fn element_ended(ctx: &mut Ctx<'_>, at: &At) {
    let instance = ctx.state().instances.get(at.process_instance_key);
    if !instance.is_some_and(|instance| ends_after(instance, at)) {
        return;
    }
    let Some(root) = ctx.at(at.process_instance_key, at.process_instance_key.into()) else {
        return;
    };
    let event = RuntimeInstructionInterrupted { instance: at.instance, element: at.slot };
    ctx.emit(root.key.0, Event::RuntimeInstructionInterrupted(event));
    ctx.follow_up_element(&root, ElementCommand::Terminate);
}

fn ends_after(instance: &ProcessInstance, at: &At) -> bool {
    let Some(details) = &instance.details else { return false };
    let is_named = |id: &skep_record::ElementId| at.definition.process.find(id) == Some(at.index);
    details.terminate_after.iter().any(is_named)
        && instance.root().is_some_and(|root| root.state != ElementState::Terminating)
}

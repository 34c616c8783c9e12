//! Event subprocesses: started by an event that their scope takes.

use skep_model::{ElementIndex, ElementKind};
use skep_record::{Command, ElementCommand, ElementValue, ProcessInstanceIntent};

use crate::{
    Ctx,
    ctx::At,
    element::{catch, scope},
    failure::Failure,
    job,
    state::instance::ElementInstance,
};

/// The event of an event subprocess in `scope` happened.
///
/// One that interrupts waits until everything else in the scope is gone; nothing can start
/// another then.
///
/// Source: camunda/zeebe: engine/processing/common/EventTriggerBehavior.java
pub(super) fn start(ctx: &mut Ctx<'_>, scope: &At, subprocess: ElementIndex, interrupting: bool) {
    if interrupting {
        catch::unsubscribe_event_subprocesses(ctx, scope);
        // The worker of an ad-hoc subprocess has no say any more.
        job::cancel(ctx, scope);
        if ctx.element(scope).is_some_and(|element| element.n_active_children > 0) {
            scope::interrupt_children(ctx, scope);
            return;
        }
    }
    request(ctx, scope, subprocess);
}

/// Starts the event subprocess that waited for the last element in its scope to be terminated.
///
/// Answers whether there was one.
pub(super) fn start_waiting(ctx: &mut Ctx<'_>, scope: &At) -> bool {
    let waiting =
        ctx.element(scope).and_then(|element| waiting(element, &scope.definition.process));
    if let Some(subprocess) = waiting {
        request(ctx, scope, subprocess);
    }
    waiting.is_some()
}

/// The event subprocess that interrupted the scope and whose event is not taken yet.
fn waiting(scope: &ElementInstance, process: &skep_model::Process) -> Option<ElementIndex> {
    let events = scope.events.as_ref()?;
    let subprocess = ElementIndex(events.interrupted_by?);
    let (start, _) = process.element(subprocess).event_subprocess()?;
    let is_stored = events.triggers.iter().any(|event| event.element == start.0);
    (is_stored && scope.is_active() && scope.n_active_children == 0).then_some(subprocess)
}

fn request(ctx: &mut Ctx<'_>, scope: &At, subprocess: ElementIndex) {
    let value = ElementValue {
        instance: scope.instance,
        element: ctx.element_slot(&scope.definition, subprocess),
        flow_scope_key: scope.key,
    };
    ctx.follow_up(-1, Command::Element(ElementCommand::Activate, value));
}

/// Its start event takes the event along as it is activated.
pub(super) fn activate(ctx: &mut Ctx<'_>, at: &At, start: ElementIndex) -> Result<(), Failure> {
    ctx.emit_element(at, ProcessInstanceIntent::ElementActivated);
    let value = ElementValue {
        instance: at.instance,
        element: ctx.element_slot(&at.definition, start),
        flow_scope_key: at.key,
    };
    ctx.follow_up(-1, Command::Element(ElementCommand::Activate, value));
    Ok(())
}

/// Whether elements run inside an element of this kind.
pub(super) fn is_scope(kind: &ElementKind) -> bool {
    matches!(
        kind,
        ElementKind::Process
            | ElementKind::SubProcess
            | ElementKind::EventSubProcess { .. }
            | ElementKind::AdHocSubProcess(_)
            | ElementKind::AdHocInnerInstance
    )
}

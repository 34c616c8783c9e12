//! Link throw events: their path goes on at the link catch event.

use skep_model::ElementIndex;
use skep_record::{Command, ElementCommand, ElementValue, ProcessInstanceIntent};

use crate::{Ctx, ctx::At};

/// No flow is taken, and the path does not end here: the catch event is activated.
///
/// Source: camunda/zeebe: engine/processing/bpmn/event/IntermediateThrowEventProcessor.java
pub(super) fn finish(ctx: &mut Ctx<'_>, at: &At, target: ElementIndex) {
    ctx.emit_element(at, ProcessInstanceIntent::ElementCompleted);
    let key = ctx.new_key();
    let value = ElementValue {
        instance: at.instance,
        element: ctx.element_slot(&at.definition, target),
        flow_scope_key: at.flow_scope_key,
    };
    ctx.follow_up(key, Command::Element(ElementCommand::Activate, value));
}

//! Instances that an event starts.

use std::sync::Arc;

use skep_model::ElementIndex;
use skep_record::{
    CorrelationKey, Document, ElementCommand, Event, ProcessEventEvent, ProcessInstanceKey,
};

use crate::{Ctx, state::definition::Definition};

/// Starts the instance `key`, a new one, at a start event whose event happened.
///
/// With a correlation key, no other message with this key starts an instance of the process
/// until this one has ended.
///
/// Source: camunda/zeebe: engine/processing/common/EventHandle.java
pub(crate) fn start(
    ctx: &mut Ctx<'_>,
    key: ProcessInstanceKey,
    definition: &Arc<Definition>,
    start_event: ElementIndex,
    variables: Document,
    start_correlation_key: Option<CorrelationKey>,
) {
    let root = super::root(ctx, definition, key);
    let event_key = ctx.new_key();
    let event = ProcessEventEvent::Triggering {
        instance: root.instance,
        scope_key: root.key,
        element: ctx.element_slot(definition, start_event),
        variables,
        start_correlation_key,
    };
    ctx.emit(event_key, Event::ProcessEvent(event));
    ctx.follow_up_element(&root, ElementCommand::Activate);
}

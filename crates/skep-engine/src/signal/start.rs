//! Signal start events.

use std::sync::Arc;

use skep_model::{ElementIndex, ElementKind, TextOrFeel, Trigger};
use skep_record::{Event, Rejection, RejectionKind, SignalSubscriptionEvent};

use crate::{
    Ctx,
    expression::{self, Scope},
    state::definition::Definition,
};

/// A signal start event begins to wait.
///
/// # Errors
/// `InvalidArgument`: the signal name cannot be evaluated without variables.
pub(crate) fn open_start_subscription(
    ctx: &mut Ctx<'_>,
    definition: &Definition,
    index: ElementIndex,
    name: &TextOrFeel,
) -> Result<(), Rejection> {
    let name = start_name(ctx, definition, index, name)?;
    let key = ctx.new_key();
    emit(ctx, key, SignalSubscriptionEvent::Created, definition, index, &name);
    Ok(())
}

/// The signal start events of a version wait no longer.
///
/// # Errors
/// As [`open_start_subscription`].
pub(crate) fn close_start_subscriptions(
    ctx: &mut Ctx<'_>,
    definition: &Arc<Definition>,
) -> Result<(), Rejection> {
    for (index, name) in starts(ctx, definition)? {
        let open: Vec<i64> = ctx
            .state()
            .signals
            .waiting_for(&definition.tenant_id, &name)
            .filter(|(_, subscription)| {
                subscription.process_instance_key.is_none()
                    && subscription.process_definition_key == definition.key
                    && subscription.element == index.0
            })
            .map(|(key, _)| key)
            .collect();
        for key in open {
            emit(ctx, key, SignalSubscriptionEvent::Deleted, definition, index, &name);
        }
    }
    Ok(())
}

fn emit(
    ctx: &mut Ctx<'_>,
    key: i64,
    event: SignalSubscriptionEvent,
    definition: &Definition,
    index: ElementIndex,
    name: &str,
) {
    let value = super::start_value(definition, index, name);
    ctx.emit(key, Event::SignalSubscription(event, Box::new(value)));
}

/// The signal start events of a process, with the names they wait for.
fn starts(
    ctx: &mut Ctx<'_>,
    definition: &Arc<Definition>,
) -> Result<Vec<(ElementIndex, Arc<str>)>, Rejection> {
    let process = &definition.process;
    let mut starts = Vec::new();
    for index in &process.element(ElementIndex::PROCESS).children {
        let ElementKind::StartEvent(Some(Trigger::Signal(name))) = &process.element(*index).kind
        else {
            continue;
        };
        starts.push((*index, start_name(ctx, definition, *index, name)?));
    }
    Ok(starts)
}

fn start_name(
    ctx: &mut Ctx<'_>,
    definition: &Definition,
    index: ElementIndex,
    name: &TextOrFeel,
) -> Result<Arc<str>, Rejection> {
    expression::string(ctx, Scope::NONE, name).map_err(|failure| {
        Rejection::new(
            RejectionKind::InvalidArgument,
            format!(
                "Expected the signal name of start event '{}' to be known at deployment, but {}",
                definition.process.element(index).id,
                failure.message
            ),
        )
    })
}

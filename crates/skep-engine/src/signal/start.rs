//! Signal start events.

use std::sync::Arc;

use skep_model::{ElementIndex, ElementKind, Trigger};
use skep_record::{Event, Rejection, RejectionKind, SignalSubscriptionEvent};

use crate::{
    Ctx,
    expression::{self, Scope},
    state::definition::Definition,
};

/// A new version's signal start events wait instead of those of the versions before.
///
/// # Errors
/// `InvalidArgument`: a signal name cannot be evaluated without variables.
pub(crate) fn replace_start_subscriptions(
    ctx: &mut Ctx<'_>,
    definition: &Arc<Definition>,
) -> Result<(), Rejection> {
    let former: Vec<Arc<Definition>> = ctx
        .state()
        .definitions
        .versions_of(&definition.tenant_id, &definition.bpmn_process_id)
        .filter(|former| former.key != definition.key)
        .map(Arc::clone)
        .collect();
    for former in former {
        close_start_subscriptions(ctx, &former)?;
    }
    for (index, name) in starts(ctx, definition)? {
        let key = ctx.new_key();
        emit(ctx, key, SignalSubscriptionEvent::Created, definition, index, &name);
    }
    Ok(())
}

/// The signal start events of a version wait no longer.
///
/// # Errors
/// As [`replace_start_subscriptions`].
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
        let name = expression::string(ctx, Scope::NONE, name).map_err(|failure| {
            Rejection::new(
                RejectionKind::InvalidArgument,
                format!(
                    "Expected the signal name of start event '{}' to be known at deployment, but {}",
                    process.element(*index).id,
                    failure.message
                ),
            )
        })?;
        starts.push((*index, name));
    }
    Ok(starts)
}

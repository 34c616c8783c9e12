//! Conditional start events: they wait for a request to evaluate them.

use std::sync::Arc;

use skep_model::{ElementIndex, ElementKind, Trigger};
use skep_record::{ConditionalSubscriptionIntent, Event, ProcessDefinitionKey};

use crate::{Ctx, state::definition::Definition};

/// A new version's conditional start events wait instead of those of the versions before.
pub(crate) fn replace_start_subscriptions(ctx: &mut Ctx<'_>, definition: &Arc<Definition>) {
    let former: Vec<ProcessDefinitionKey> = ctx
        .state()
        .definitions
        .versions_of(&definition.tenant_id, &definition.bpmn_process_id)
        .filter(|former| former.key != definition.key && former.has_conditions)
        .map(|former| former.key)
        .collect();
    for key in former {
        close_start_subscriptions(ctx, key);
    }
    if definition.has_conditions {
        for index in starts(definition) {
            let key = ctx.new_key();
            emit(ctx, key, ConditionalSubscriptionIntent::Created, definition, index);
        }
    }
}

/// The conditional start events of a version that is deleted no longer wait.
pub(crate) fn close_start_subscriptions(
    ctx: &mut Ctx<'_>,
    process_definition_key: ProcessDefinitionKey,
) {
    let Some(definition) = ctx.state().definitions.get(process_definition_key).map(Arc::clone)
    else {
        return;
    };
    let open: Vec<(i64, ElementIndex)> = ctx
        .state()
        .conditions
        .starts
        .entries()
        .iter()
        .filter(|(_, start)| start.process_definition_key == process_definition_key)
        .map(|(key, start)| (*key, ElementIndex(start.element)))
        .collect();
    for (key, index) in open {
        emit(ctx, key, ConditionalSubscriptionIntent::Deleted, &definition, index);
    }
}

fn emit(
    ctx: &mut Ctx<'_>,
    key: i64,
    intent: ConditionalSubscriptionIntent,
    definition: &Definition,
    index: ElementIndex,
) {
    let value = super::start_value(definition, index);
    ctx.emit(key, Event::ConditionalSubscription(intent, Box::new(value)));
}

/// The conditional start events of a process.
fn starts(definition: &Definition) -> impl Iterator<Item = ElementIndex> {
    let process = &definition.process;
    process.element(ElementIndex::PROCESS).children.iter().copied().filter(|index| {
        let kind = &process.element(*index).kind;
        matches!(kind, ElementKind::StartEvent(Some(Trigger::Conditional(_))))
    })
}

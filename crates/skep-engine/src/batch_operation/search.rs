//! `BATCH_OPERATION_INITIALIZATION:INITIALIZE`: what is there to work on.

use std::{collections::BTreeSet, ops::Bound, sync::Arc};

use skep_record::{
    BatchOperationEvent, BatchOperationItem, BatchOperationKey, BatchOperationOrder,
    BatchOperationPlan, Event, IncidentKey, PartitionId, ProcessInstanceKey, Rejection,
};

use super::{end, filter, no_such};
use crate::{
    Ctx,
    state::{
        State,
        batch_operations::{BatchOperation, Search},
        instance::{ElementState, ProcessInstance},
    },
};

/// Most instances looked at in one step.
const INSTANCES_MAX: usize = 1_000;
/// Most items found in one step.
const ITEMS_MAX: usize = 1_000;
/// Most items in one record.
///
/// Source: camunda/camunda-docs: docs/components/zeebe/technical-concepts/batch-operations.md,
/// `chunkSize`
const CHUNK_ITEMS_MAX: usize = 100;

/// Handles `BATCH_OPERATION_INITIALIZATION:INITIALIZE`: looks at some more instances and keeps
/// what is to be worked on.
///
/// # Errors
/// `NotFound`: the batch operation has nothing to look for here.
pub(crate) fn search(ctx: &mut Ctx<'_>, key: BatchOperationKey) -> Result<(), Rejection> {
    let runnable = ctx.state().batch_operations.runnable(key);
    let operation = runnable
        .filter(|operation| operation.search != Search::Done)
        .ok_or_else(|| no_such("initialize", key))?;
    let found = Found::some(ctx.state(), operation);
    for chunk in found.items.chunks(CHUNK_ITEMS_MAX) {
        let created = BatchOperationEvent::ChunkCreated(chunk.to_vec());
        ctx.emit(key.0, Event::BatchOperation(created));
    }
    if let Some(up_to) = found.up_to {
        ctx.emit(key.0, Event::BatchOperation(BatchOperationEvent::Initializing(up_to)));
        return Ok(());
    }
    ctx.emit(key.0, Event::BatchOperation(BatchOperationEvent::Initialized));
    if ctx.state().batch_operations.get(key).is_some_and(|operation| operation.n_left() == 0) {
        end::end_here(ctx, key, None);
    }
    Ok(())
}

/// What one step has found.
struct Found {
    items: Vec<BatchOperationItem>,
    /// What was looked at last, if there may be more.
    up_to: Option<BatchOperationItem>,
}

/// Before every instance.
const BEGIN: BatchOperationItem =
    BatchOperationItem { process_instance_key: ProcessInstanceKey(i64::MIN), incident_key: None };

impl Found {
    fn some(state: &State, operation: &BatchOperation) -> Self {
        let order = Arc::clone(&operation.order);
        let mut at = match operation.search {
            Search::NotBegun => BEGIN,
            Search::UpTo(item) => item,
            Search::Done => return Self { items: Vec::new(), up_to: None },
        };
        if let BatchOperationPlan::DeleteHistory { keys, .. } = &order.plan {
            return Self::of_partition(operation.partition_id, keys, at);
        }
        let mut items = Vec::new();
        let before = operation.instances_before;
        let named = order.filter.keys();
        // The last instance may have more incidents than there was room for.
        let mut next = if at.incident_key.is_some() {
            Some(at.process_instance_key)
        } else {
            following(state, named.as_ref(), at.process_instance_key, before)
        };
        for _ in 0..INSTANCES_MAX {
            let Some(key) = next else { return Self { items, up_to: None } };
            if let Some(more_after) = look_at(state, &order, key, at, &mut items) {
                return Self { items, up_to: Some(more_after) };
            }
            at = BatchOperationItem { process_instance_key: key, incident_key: None };
            if items.len() >= ITEMS_MAX {
                break;
            }
            next = following(state, named.as_ref(), key, before);
        }
        Self { items, up_to: Some(at) }
    }

    /// Some of the keys that this partition has made.
    fn of_partition(
        partition_id: PartitionId,
        keys: &BTreeSet<i64>,
        after: BatchOperationItem,
    ) -> Self {
        let own = keys
            .range((Bound::Excluded(after.process_instance_key.0), Bound::Unbounded))
            .filter(|key| PartitionId::of_key(**key) == Some(partition_id));
        let item = |key: &i64| BatchOperationItem {
            process_instance_key: ProcessInstanceKey(*key),
            incident_key: None,
        };
        let items: Vec<BatchOperationItem> = own.take(ITEMS_MAX).map(item).collect();
        let up_to = items.last().copied().filter(|_| items.len() == ITEMS_MAX);
        Self { items, up_to }
    }
}

/// The next instance after `key` that may be selected.
fn following(
    state: &State,
    named: Option<&BTreeSet<i64>>,
    key: ProcessInstanceKey,
    before: ProcessInstanceKey,
) -> Option<ProcessInstanceKey> {
    let next = match named {
        Some(keys) => {
            let after = (Bound::Excluded(key.0), Bound::Unbounded);
            keys.range(after).next().copied().map(ProcessInstanceKey)
        }
        None => state.instances.next_key(key),
    };
    next.filter(|next| *next < before)
}

/// Adds what is to be worked on in one instance; if there is no room for all, answers the last.
fn look_at(
    state: &State,
    order: &BatchOperationOrder,
    key: ProcessInstanceKey,
    after: BatchOperationItem,
    items: &mut Vec<BatchOperationItem>,
) -> Option<BatchOperationItem> {
    let instance = state.instances.get(key)?;
    if !can_be_selected(instance, order) || !filter::selects(state, &order.filter, instance) {
        return None;
    }
    let item = |incident_key| BatchOperationItem { process_instance_key: key, incident_key };
    if !matches!(order.plan, BatchOperationPlan::ResolveIncidents) {
        items.push(item(None));
        return None;
    }
    for incident in incidents(instance).into_iter().map(|key| item(Some(key))) {
        if incident <= after {
            continue;
        }
        if items.len() >= ITEMS_MAX {
            return items.last().copied();
        }
        items.push(incident);
    }
    None
}

/// Whether the instance runs, is of the right tenant, and can be worked on.
fn can_be_selected(instance: &ProcessInstance, order: &BatchOperationOrder) -> bool {
    let runs = instance.root().is_some_and(|root| match root.state {
        ElementState::Activating | ElementState::Activated | ElementState::Completing => true,
        ElementState::New | ElementState::Terminating => false,
    });
    let is_root_if_needed = match order.plan {
        BatchOperationPlan::CancelProcessInstance => instance.call().is_none(),
        BatchOperationPlan::ResolveIncidents
        | BatchOperationPlan::MigrateProcessInstance { .. }
        | BatchOperationPlan::ModifyProcessInstance { .. }
        | BatchOperationPlan::DeleteHistory { .. } => true,
    };
    runs && is_root_if_needed
        && !instance.is_banned()
        && order.tenant_ids.contains(&instance.definition.tenant_id)
}

/// The open incidents of an instance, by key.
fn incidents(instance: &ProcessInstance) -> BTreeSet<IncidentKey> {
    let events = instance.elements.iter().filter_map(|element| element.events.as_ref());
    events.flat_map(|events| events.incidents.iter().copied()).collect()
}

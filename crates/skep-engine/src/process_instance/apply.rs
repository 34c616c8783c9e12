//! Applies the events of process instances and their elements.

use std::sync::Arc;

use skep_model::{ElementIndex, ElementKind, FlowIndex};
use skep_record::{
    BannedInstance, BpmnElementType, BpmnEventType, CalledBy, Document, ElementInstanceKey,
    ElementRef, ElementValue, InstancesPlanned, ProcessDefinitionKey, ProcessEventEvent,
    ProcessInstanceCreated, ProcessInstanceIntent, ProcessInstanceKey, ProcessInstanceModified,
    ProcessInstanceRef, RuntimeInstructionInterrupted,
};

use crate::{
    apply::Facts,
    state::{
        State,
        definition::Definition,
        instance::{
            Call, ElementInstance, ElementState, EventTrigger, InstanceCounts, ProcessInstance,
            Variable,
        },
    },
    variable,
};

pub(crate) fn apply(
    state: &mut State,
    facts: &Facts<'_>,
    key: i64,
    intent: ProcessInstanceIntent,
    value: &ElementValue,
) -> Option<()> {
    let instance = facts.instance(value.instance)?;
    let element = facts.element(value.element)?;
    let key = ElementInstanceKey(key);
    match intent {
        ProcessInstanceIntent::SequenceFlowTaken => {
            flow_taken(state, instance, element, value.flow_scope_key)
        }
        ProcessInstanceIntent::ElementActivating => {
            activating(state, instance, element, key, value.flow_scope_key)
        }
        ProcessInstanceIntent::ElementActivated => {
            start_step(state, instance, key, ElementState::Activated)
        }
        ProcessInstanceIntent::ElementCompleting => {
            start_step(state, instance, key, ElementState::Completing)
        }
        ProcessInstanceIntent::ElementTerminating => {
            set_state(state, instance, key, ElementState::Terminating)
        }
        ProcessInstanceIntent::ElementCompleted => {
            if element.element_type == BpmnElementType::Process {
                hand_over_result(state, instance);
            }
            if element.element_type == BpmnElementType::EndEvent
                && element.event_type == BpmnEventType::Terminate
            {
                end_scope(state, instance, element, value.flow_scope_key);
            }
            if element.element_type == BpmnElementType::IntermediateThrowEvent
                && element.event_type == BpmnEventType::Link
            {
                // The way to the link catch event holds the scope open as a flow does.
                let instance_key = instance.process_instance_key;
                let scope = state.instances.element_mut(instance_key, value.flow_scope_key)?;
                scope.n_active_flows += 1;
            }
            gone(state, instance, element, key, value.flow_scope_key, |counts| {
                counts.n_completed += 1;
            })
        }
        ProcessInstanceIntent::ElementTerminated => {
            gone(state, instance, element, key, value.flow_scope_key, |counts| {
                counts.n_terminated += 1;
            })
        }
        ProcessInstanceIntent::ElementMigrated => migrated(state, instance, element, key),
        ProcessInstanceIntent::SequenceFlowDeleted => {
            flow_deleted(state, instance, element, value.flow_scope_key)
        }
    }
}

/// The element instance runs another element now, and with the process the whole instance
/// another definition.
fn migrated(
    state: &mut State,
    instance: &ProcessInstanceRef,
    element: &ElementRef,
    key: ElementInstanceKey,
) -> Option<()> {
    let instance_key = instance.process_instance_key;
    let target = Arc::clone(state.definitions.get(instance.process_definition_key)?);
    let index = target.index_of(element)?;
    if index == ElementIndex::PROCESS {
        let migrated = state.instances.get(instance_key)?;
        state.business_ids.remove(migrated);
        let left = Arc::clone(&migrated.definition);
        let details = migrated.details.as_ref();
        let correlation_key = details.and_then(|details| details.start_correlation_key.clone());
        leave_definition(state, left.key);
        state.instances.set_definition(instance_key, &target);
        state.business_ids.add(state.instances.get(instance_key)?);
        if let Some(correlation_key) = correlation_key {
            let tenant_id = &target.tenant_id;
            let locks = &mut state.messages.start_locks;
            let former = left.bpmn_process_id.clone();
            locks.remove(&(tenant_id.clone(), former, correlation_key.clone()));
            let lock = (tenant_id.clone(), target.bpmn_process_id.clone(), correlation_key);
            locks.insert(lock, instance_key);
        }
    }
    let element = state.instances.element_mut(instance_key, key)?;
    let former = std::mem::replace(&mut element.element, index.0);
    let scope_key = element.flow_scope_key;
    rename_interruption(element, former, index);
    if target.process.element(index).event_subprocess().is_some()
        && let Some(scope) = state.instances.element_mut(instance_key, scope_key)
    {
        rename_interruption(scope, former, index);
    }
    Some(())
}

/// What interrupted the element instance, if it was `former`, is another element now.
fn rename_interruption(at: &mut ElementInstance, former: u32, index: ElementIndex) {
    if let Some(events) = &mut at.events
        && events.interrupted_by == Some(former)
    {
        events.interrupted_by = Some(index.0);
    }
}

/// One instance less keeps a deleted definition.
fn leave_definition(state: &mut State, key: ProcessDefinitionKey) {
    state.draining.update(&key, |n_instances| *n_instances = n_instances.saturating_sub(1));
}

fn set_state(
    state: &mut State,
    instance: &ProcessInstanceRef,
    key: ElementInstanceKey,
    to: ElementState,
) -> Option<()> {
    state.instances.element_mut(instance.process_instance_key, key)?.state = to;
    Some(())
}

/// A step whose listeners, if there are any, have not begun.
fn start_step(
    state: &mut State,
    instance: &ProcessInstanceRef,
    key: ElementInstanceKey,
    to: ElementState,
) -> Option<()> {
    let element = state.instances.element_mut(instance.process_instance_key, key)?;
    element.state = to;
    if let Some(details) = &mut element.details {
        details.n_listeners_done = 0;
    }
    Some(())
}

fn flow_taken(
    state: &mut State,
    instance: &ProcessInstanceRef,
    flow: &ElementRef,
    scope_key: ElementInstanceKey,
) -> Option<()> {
    let definition = Arc::clone(state.definitions.get(instance.process_definition_key)?);
    let process = &definition.process;
    let index = definition.find_flow(&flow.element_id)?;
    let is_kept = definition.has_inclusive_join
        || matches!(process.element(process.flow(index).target).kind, ElementKind::ParallelGateway);
    let scope = state.instances.element_mut(instance.process_instance_key, scope_key)?;
    scope.n_active_flows += 1;
    if is_kept {
        add_taken(scope, index);
    }
    Some(())
}

/// The flow was never taken: another takes its place.
fn flow_deleted(
    state: &mut State,
    instance: &ProcessInstanceRef,
    flow: &ElementRef,
    scope_key: ElementInstanceKey,
) -> Option<()> {
    let definition = state.definitions.get(instance.process_definition_key)?;
    let index = definition.find_flow(&flow.element_id)?;
    let scope = state.instances.element_mut(instance.process_instance_key, scope_key)?;
    scope.n_active_flows = scope.n_active_flows.saturating_sub(1);
    take_one(scope, index);
    Some(())
}

fn add_taken(scope: &mut ElementInstance, flow: FlowIndex) {
    let taken = &mut scope.events_mut().taken_flows;
    match taken.iter_mut().find(|(known, _)| *known == flow.0) {
        Some((_, n)) => *n += 1,
        None => taken.push((flow.0, 1)),
    }
}

fn activating(
    state: &mut State,
    instance: &ProcessInstanceRef,
    element: &ElementRef,
    key: ElementInstanceKey,
    scope_key: ElementInstanceKey,
) -> Option<()> {
    let instance_key = instance.process_instance_key;
    let definition = Arc::clone(state.definitions.get(instance.process_definition_key)?);
    let index = definition.index_of(element)?;
    if index == ElementIndex::PROCESS {
        ensure(state, instance)?;
        return set_state(state, instance, key, ElementState::Activating);
    }
    state.instances.insert_element(
        instance_key,
        ElementInstance::new(key, scope_key, index, ElementState::Activating),
    );
    state.elements.insert(key, instance_key);
    let is_direct = started_directly(state, instance_key, key);
    let scope = state.instances.element_mut(instance_key, scope_key)?;
    scope.n_active_children += 1;
    if !is_direct {
        account_for_flows(scope, &definition, index);
    }
    if definition.process.multi_instance(index).is_some() {
        let counts = scope.details_mut().instances.get_or_insert_default();
        counts.n_created += 1;
        let loop_counter = counts.n_created;
        state.instances.element_mut(instance_key, key)?.details_mut().loop_counter = loop_counter;
    }
    if definition.event_subprocess_of(index).is_some() {
        take_event_along(state, instance_key, scope_key, key, index);
    }
    Some(())
}

/// The event that started an event subprocess goes from the outer scope to the start event.
fn take_event_along(
    state: &mut State,
    instance_key: ProcessInstanceKey,
    subprocess_key: ElementInstanceKey,
    start_key: ElementInstanceKey,
    start: ElementIndex,
) -> Option<()> {
    let scope_key = state.instances.element(instance_key, subprocess_key)?.flow_scope_key;
    let triggers =
        &mut state.instances.element_mut(instance_key, scope_key)?.events.as_mut()?.triggers;
    let at = triggers.iter().position(|event| event.element == start.0)?;
    let event = triggers.remove(at);
    state.instances.element_mut(instance_key, start_key)?.events_mut().triggers.push(event);
    Some(())
}

/// Takes an element instance out of those to be started directly, and gives it its variables;
/// answers whether it was one.
fn started_directly(
    state: &mut State,
    instance_key: ProcessInstanceKey,
    key: ElementInstanceKey,
) -> bool {
    if !state.instances.get(instance_key).is_some_and(|instance| instance.is_direct_start(key)) {
        return false;
    }
    let mut variables = Vec::new();
    state.instances.update_details(instance_key, |details| {
        details.direct_starts.retain(|known| *known != key);
        let early = std::mem::take(&mut details.early_variables);
        let (own, others) = early.into_iter().partition(|(scope, _)| *scope == key);
        (variables, details.early_variables) = (own, others);
    });
    if !variables.is_empty()
        && let Some(element) = state.instances.element_mut(instance_key, key)
    {
        for (_, variable) in variables {
            variable::insert(element, variable);
        }
    }
    true
}

/// Takes the sequence flows that led here out of the scope's counters.
///
/// Source: camunda/zeebe: engine/state/appliers/ProcessInstanceElementActivatingApplier.java
fn account_for_flows(scope: &mut ElementInstance, definition: &Definition, index: ElementIndex) {
    let process = &definition.process;
    let element = process.element(index);
    let n_arrived = match element.kind {
        // Compensation starts it.
        _ if element.is_for_compensation => 0,
        ElementKind::StartEvent(_) | ElementKind::BoundaryEvent { .. } => 0,
        ElementKind::IntermediateCatchEvent(_) if definition.is_behind_event_gateway(index) => 0,
        ElementKind::EventSubProcess { interrupting, .. } => {
            if interrupting {
                // What was on its way to the interrupted elements does not arrive.
                scope.n_active_flows = 0;
                if let Some(events) = &mut scope.events {
                    events.taken_flows.clear();
                }
            }
            0
        }
        ElementKind::ParallelGateway => {
            for flow in &element.incoming {
                take_one(scope, *flow);
            }
            u32::try_from(element.incoming.len()).unwrap_or(u32::MAX)
        }
        ElementKind::InclusiveGateway { .. } if element.incoming.len() > 1 => {
            let mut n_taken = 0;
            for flow in &element.incoming {
                n_taken += u32::from(take_one(scope, *flow));
            }
            n_taken
        }
        ElementKind::Process
        | ElementKind::SubProcess
        | ElementKind::CallActivity(_)
        | ElementKind::MultiInstanceBody(_)
        | ElementKind::AdHocSubProcess(_)
        | ElementKind::AdHocInnerInstance
        | ElementKind::IntermediateCatchEvent(_)
        | ElementKind::LinkCatchEvent
        | ElementKind::IntermediateThrowEvent(_)
        | ElementKind::EndEvent(_)
        | ElementKind::JobTask(..)
        | ElementKind::ReceiveTask(_)
        | ElementKind::ManualTask
        | ElementKind::UndefinedTask
        | ElementKind::UserTask(_)
        | ElementKind::DecisionTask(_)
        | ElementKind::ScriptTask { .. }
        | ElementKind::ExclusiveGateway { .. }
        | ElementKind::InclusiveGateway { .. }
        | ElementKind::EventBasedGateway => {
            if definition.has_inclusive_join {
                // Which of several flows to the element it was makes no difference.
                element.incoming.iter().any(|flow| take_one(scope, *flow));
            }
            1
        }
    };
    scope.n_active_flows = scope.n_active_flows.saturating_sub(n_arrived);
}

/// Whether the flow was kept as taken.
fn take_one(scope: &mut ElementInstance, flow: FlowIndex) -> bool {
    let taken = &mut scope.events_mut().taken_flows;
    let Some(at) = taken.iter().position(|(known, _)| *known == flow.0) else { return false };
    taken[at].1 -= 1;
    if taken[at].1 == 0 {
        taken.swap_remove(at);
    }
    true
}

/// The variables of a called process wait at the call activity, if it wants any and still runs.
///
/// Source: camunda/camunda: zeebe/engine/state/appliers/ProcessInstanceElementCompletedApplier.java
fn hand_over_result(state: &mut State, called: &ProcessInstanceRef) -> Option<()> {
    let called_by = called.called_by?;
    let caller_key = called_by.element_instance_key;
    let variables = &state.instances.get(called.process_instance_key)?.root()?.variables;
    let variables = Document::from_variables(variables.iter().map(Variable::entry));
    let calling = state.instances.get(called_by.process_instance_key)?;
    let caller = calling.element(caller_key)?;
    let index = caller.index();
    let element = calling.definition.process.element(index);
    let wants_all = matches!(
        &element.kind,
        ElementKind::CallActivity(called) if called.propagate_all_child_variables
    );
    let goes_on = caller.is_active() && !caller.is_interrupted();
    if !goes_on || (!wants_all && element.outputs.is_empty()) {
        return None;
    }
    let caller = state.instances.element_mut(called_by.process_instance_key, caller_key)?;
    let trigger = EventTrigger { key: caller_key.0, element: index.0, variables };
    caller.events_mut().triggers.push(trigger);
    Some(())
}

fn gone(
    state: &mut State,
    instance: &ProcessInstanceRef,
    element: &ElementRef,
    key: ElementInstanceKey,
    scope_key: ElementInstanceKey,
    count: impl FnOnce(&mut InstanceCounts),
) -> Option<()> {
    let instance_key = instance.process_instance_key;
    if element.element_type == BpmnElementType::Process {
        return instance_gone(state, instance_key);
    }
    state.instances.remove_element(instance_key, key);
    state.elements.remove(key);
    let scope = state.instances.element_mut(instance_key, scope_key)?;
    scope.n_active_children = scope.n_active_children.saturating_sub(1);
    if let Some(counts) = scope.details.as_mut().and_then(|details| details.instances.as_mut()) {
        count(counts);
    }
    Some(())
}

/// A terminate end event ends its scope: what is on its way to other elements does not arrive.
fn end_scope(
    state: &mut State,
    instance: &ProcessInstanceRef,
    element: &ElementRef,
    scope_key: ElementInstanceKey,
) -> Option<()> {
    let definition = Arc::clone(state.definitions.get(instance.process_definition_key)?);
    let index = definition.index_of(element)?;
    let scope = state.instances.element_mut(instance.process_instance_key, scope_key)?;
    scope.n_active_flows = 0;
    let events = scope.events_mut();
    events.interrupted_by = Some(index.0);
    events.taken_flows.clear();
    Some(())
}

fn instance_gone(state: &mut State, key: ProcessInstanceKey) -> Option<()> {
    let instance = state.instances.get(key)?;
    if let Some(correlation_key) =
        instance.details.as_ref().and_then(|details| details.start_correlation_key.clone())
    {
        let definition = &instance.definition;
        let lock =
            (definition.tenant_id.clone(), definition.bpmn_process_id.clone(), correlation_key);
        state.messages.start_locks.remove(&lock);
    }
    state.business_ids.remove(instance);
    let definition_key = instance.definition.key;
    leave_definition(state, definition_key);
    state.instances.remove(key);
    Some(())
}

pub(crate) fn apply_planned(
    state: &mut State,
    facts: &Facts<'_>,
    planned: &InstancesPlanned,
) -> Option<()> {
    let instance = facts.instance(planned.instance)?.process_instance_key;
    let body = state.instances.element_mut(instance, planned.scope_key)?;
    body.details_mut().instances.get_or_insert_default().n_planned = Some(planned.n);
    Some(())
}

pub(crate) fn apply_created(
    state: &mut State,
    facts: &Facts<'_>,
    created: &ProcessInstanceCreated,
) -> Option<()> {
    let instance = facts.instance(created.instance)?;
    let key = instance.process_instance_key;
    ensure(state, instance)?;
    let is_plain = created.await_result.is_none()
        && created.tags.is_empty()
        && created.start_at.is_empty()
        && created.terminate_after.is_empty()
        && created.business_id.is_none();
    if !is_plain {
        state.instances.update_details(key, |details| {
            details.await_result.clone_from(&created.await_result);
            details.tags.clone_from(&created.tags);
            details.direct_starts.extend(created.start_at.iter().map(|start| start.key));
            details.terminate_after.clone_from(&created.terminate_after);
            details.business_id.clone_from(&created.business_id);
        });
        state.business_ids.add(state.instances.get(key)?);
    }
    Some(())
}

/// What is to be activated is expected, and nothing interrupts its scopes any more.
///
/// Source: camunda/zeebe: engine/state/appliers/ProcessInstanceModifiedEventApplier.java
pub(crate) fn apply_modified(
    state: &mut State,
    facts: &Facts<'_>,
    modified: &ProcessInstanceModified,
) -> Option<()> {
    let key = facts.instance(modified.instance)?.process_instance_key;
    state.instances.get(key)?;
    if !modified.activated.is_empty() {
        state.instances.update_details(key, |details| {
            details.direct_starts.extend(modified.activated.iter().map(|start| start.key));
            let expected = &details.direct_starts;
            details.early_variables.retain(|(scope, _)| expected.contains(scope));
        });
    }
    for scope_key in &modified.ancestor_scope_keys {
        let scope = state.instances.element_mut(key, *scope_key)?;
        if scope.is_interrupted() {
            scope.events_mut().interrupted_by = None;
        }
    }
    Some(())
}

/// Makes the instance, if this is the first event about it.
pub(crate) fn ensure(state: &mut State, instance: &ProcessInstanceRef) -> Option<()> {
    let definition = state.definitions.get(instance.process_definition_key)?;
    let is_new = state.instances.ensure(instance.process_instance_key, definition);
    if is_new && let Some(called_by) = instance.called_by {
        connect(state, instance.process_instance_key, called_by);
    }
    Some(())
}

/// A called instance and its call activity know each other.
fn connect(state: &mut State, key: ProcessInstanceKey, called_by: CalledBy) {
    let caller = state.instances.get(called_by.process_instance_key);
    let depth = caller.and_then(ProcessInstance::call).map_or(0, |call| call.depth) + 1;
    let business_id =
        caller.and_then(|caller| caller.details.as_ref()?.business_id.as_ref()).cloned();
    let call = Call { called_by, depth };
    state.instances.update_details(key, |details| {
        details.call = Some(call);
        details.business_id = business_id;
    });
    let (instance, element) = (called_by.process_instance_key, called_by.element_instance_key);
    if let Some(activity) = state.instances.element_mut(instance, element) {
        activity.details_mut().called = Some(key);
    }
}

pub(crate) fn apply_trigger(
    state: &mut State,
    facts: &Facts<'_>,
    key: i64,
    event: &ProcessEventEvent,
) -> Option<()> {
    match event {
        ProcessEventEvent::Triggering {
            instance,
            scope_key,
            element,
            variables,
            start_correlation_key,
        } => {
            let instance = facts.instance(*instance)?;
            ensure(state, instance)?;
            let instance_key = instance.process_instance_key;
            let definition = Arc::clone(state.definitions.get(instance.process_definition_key)?);
            let index = definition.index_of(facts.element(*element)?)?;
            let scope = state.instances.element_mut(instance_key, *scope_key)?;
            let scope_index = scope.index();
            let is_active = scope.is_active();
            let events = scope.events_mut();
            events.triggers.push(EventTrigger {
                key,
                element: index.0,
                variables: variables.clone(),
            });
            match interruption(&definition, scope_index, index) {
                Interruption::None => (),
                // What a listener of the element gives is no event that it waits for.
                Interruption::By(element) if element == scope_index && !is_active => (),
                Interruption::By(element) => events.interrupted_by = Some(element.0),
                Interruption::ByBoundaryEvent => {
                    events.interrupted_by = Some(index.0);
                    events.is_closed = true;
                }
            }
            if let Some(correlation_key) = start_correlation_key {
                let lock = (
                    instance.tenant_id.clone(),
                    instance.bpmn_process_id.clone(),
                    correlation_key.clone(),
                );
                state.messages.start_locks.insert(lock, instance_key);
                state.instances.update_details(instance_key, |details| {
                    details.start_correlation_key = Some(correlation_key.clone());
                });
            }
        }
        ProcessEventEvent::Triggered { instance, scope_key, element: _ } => {
            let instance_key = facts.instance(*instance)?.process_instance_key;
            let scope = state.instances.element_mut(instance_key, *scope_key)?;
            scope.events_mut().triggers.retain(|trigger| trigger.key != key);
        }
    }
    Some(())
}

enum Interruption {
    None,
    /// By the element itself, or by an event subprocess in it.
    By(ElementIndex),
    ByBoundaryEvent,
}

/// What an event of `target` does to the element instance that waits for it.
fn interruption(
    definition: &Definition,
    scope: ElementIndex,
    target: ElementIndex,
) -> Interruption {
    let waits_itself = matches!(
        definition.process.element(scope).kind,
        ElementKind::IntermediateCatchEvent(_)
            | ElementKind::ReceiveTask(_)
            | ElementKind::EventBasedGateway
    );
    match definition.interrupting_boundary(target) {
        Some(true) => Interruption::ByBoundaryEvent,
        None if waits_itself => Interruption::By(target),
        None => match definition.event_subprocess_of(target) {
            Some((subprocess, true)) => Interruption::By(subprocess),
            Some((_, false)) | None => Interruption::None,
        },
        Some(false) => Interruption::None,
    }
}

/// An instance is told once that it ends early.
pub(crate) fn apply_interrupted(
    state: &mut State,
    facts: &Facts<'_>,
    interrupted: RuntimeInstructionInterrupted,
) -> Option<()> {
    let key = facts.instance(interrupted.instance)?.process_instance_key;
    state.instances.update_details(key, |details| details.terminate_after.clear());
    Some(())
}

pub(crate) fn apply_banned(state: &mut State, banned: &BannedInstance) -> Option<()> {
    let key = banned.process_instance_key?;
    state.business_ids.remove(state.instances.get(key)?);
    state.instances.update_details(key, |details| details.is_banned = true);
    let instance = Arc::clone(state.instances.shared(key)?);
    super::forget_schedule(state, &instance);
    Some(())
}

//! Whether an element instance can be migrated, and what it becomes.

use skep_model::{Element, ElementIndex, ElementKind};
use skep_record::Rejection;

use super::{Planner, concurrent};
use crate::state::instance::{ElementInstance, ElementState};

impl Planner<'_> {
    pub(super) fn check_supported(&self, index: ElementIndex) -> Result<(), Rejection> {
        let element = self.source.process.element(index);
        let id = &element.id;
        if !is_supported(&element.kind) {
            return self.invalid(format!(
                "active element with id '{id}' has an unsupported type. The migration of a {} is not supported. Let it end first.",
                element.element_type()
            ));
        }
        if self.source.is_behind_event_gateway(index) {
            return self.invalid(format!(
                "active element with id '{id}' is a catch event that an event-based gateway leads to, and was taken already. Let it end first."
            ));
        }
        Ok(())
    }

    /// Nothing may be on its way that only fits the source definition.
    pub(super) fn check_at_rest(&self, instance: &ElementInstance) -> Result<(), Rejection> {
        let is_between = matches!(instance.state, ElementState::New | ElementState::Terminating);
        let events = instance.events.as_ref();
        let has_event = events.is_some_and(|events| {
            !events.triggers.is_empty()
                || events.is_closed
                || events.interrupted_by.is_some_and(|by| !self.is_taken(instance, by))
        });
        if is_between || has_event { Err(concurrent(self.root)) } else { Ok(()) }
    }

    /// Whether the event of `element` that interrupted the instance has been taken: by itself, or
    /// by an event subprocess that runs.
    fn is_taken(&self, instance: &ElementInstance, element: u32) -> bool {
        element == instance.element
            || self.instance.children(instance).any(|child| child.element == element)
    }

    pub(super) fn target_of_active(
        &self,
        instance: &ElementInstance,
    ) -> Result<ElementIndex, Rejection> {
        let (source, target) = (&self.source.process, &self.target.process);
        let id = &source.element(instance.index()).id;
        let Some(index) = self.mapping.target(instance.index()) else {
            return self.invalid(format!(
                "no mapping instruction defined for active element with id '{id}'. Add one that names the element of the target which is to take its place."
            ));
        };
        let scope = self.instance.element(instance.flow_scope_key).map(ElementInstance::index);
        let expected = scope.and_then(|scope| self.mapping.target(scope));
        let element = target.element(index);
        if element.scope != expected {
            return self.invalid(format!(
                "the flow scope of active element with id '{id}' is changed: the target element '{}' is not in the element that its flow scope is mapped to. Map it to an element of that scope.",
                element.id
            ));
        }
        Ok(index)
    }

    pub(super) fn check_same_kind(
        &self,
        from: ElementIndex,
        to: ElementIndex,
    ) -> Result<(), Rejection> {
        let source = self.source.process.element(from);
        let target = self.target.process.element(to);
        let (id, target_id) = (&source.id, &target.id);
        if source.element_type() != target.element_type() {
            return self.invalid(format!(
                "active element with id '{id}' and type '{}' is mapped to an element with id '{target_id}' and different type '{}'. Map it to an element of the same type.",
                source.element_type(),
                target.element_type()
            ));
        }
        if source.event_type() != target.event_type() {
            return self.invalid(format!(
                "active element with id '{id}' and event type '{}' is mapped to an element with id '{target_id}' and different event type '{}'. Map it to an element of the same event type.",
                source.event_type(),
                target.event_type()
            ));
        }
        if self.target.is_behind_event_gateway(to) {
            return self.invalid(format!(
                "active element with id '{id}' is mapped to '{target_id}', which only an event-based gateway leads to. Map it to an element that is waited for by itself."
            ));
        }
        match (&source.kind, &target.kind) {
            (ElementKind::UserTask(source), ElementKind::UserTask(target))
                if source.is_native && !target.is_native =>
            {
                self.invalid(format!(
                    "active user task with id '{id}' and implementation 'zeebe user task' is mapped to a user task with id '{target_id}' and different implementation 'job worker'. Only the other way round the implementation can change: map it to a user task with 'zeebe:userTask'."
                ))
            }
            (ElementKind::MultiInstanceBody(source), ElementKind::MultiInstanceBody(target))
                if source.is_sequential != target.is_sequential =>
            {
                let name = |is_sequential| if is_sequential { "sequential" } else { "parallel" };
                self.invalid(format!(
                    "active element with id '{id}' is a {} multi-instance body and is mapped to an element with id '{target_id}', a {} one. Map it to an activity whose instances run in the same way.",
                    name(source.is_sequential),
                    name(target.is_sequential)
                ))
            }
            _ => Ok(()),
        }
    }

    /// The mapped events attached to an active element, all of which must stay with it: boundary
    /// events, start events of the event subprocesses in it, and what an event-based gateway
    /// leads to.
    pub(super) fn events(
        &self,
        from: ElementIndex,
        to: ElementIndex,
    ) -> Result<Vec<(ElementIndex, ElementIndex)>, Rejection> {
        let (source, target) = (&self.source.process, &self.target.process);
        let (active, its_target) = (&source.element(from).id, &target.element(to).id);
        let possible: Vec<ElementIndex> = attached(target, to).collect();
        let mut kept: Vec<(ElementIndex, ElementIndex)> = Vec::new();
        for event in attached(source, from) {
            let Some(index) = self.mapping.target(event) else { continue };
            let id = &source.element(event).id;
            let target_id = &target.element(index).id;
            if !possible.contains(&index) {
                return self.invalid(format!(
                    "the catch event with id '{id}' attached to active element with id '{active}' is mapped to catch event with id '{target_id}', which is not attached to '{its_target}', the target of that element. Map it to an event attached to it, or leave it out."
                ));
            }
            let (event_type, target_type) =
                (source.element(event).event_type(), target.element(index).event_type());
            if event_type != target_type {
                return self.invalid(format!(
                    "the catch event with id '{id}' and event type '{event_type}' is mapped to catch event with id '{target_id}' and different event type '{target_type}'. Map it to one of the same event type, or leave it out."
                ));
            }
            if kept.iter().any(|(_, known)| *known == index) {
                return self.invalid(format!(
                    "multiple catch events of active element with id '{active}' are mapped to catch event with id '{target_id}'. Map only one of them to it."
                ));
            }
            kept.push((event, index));
        }
        Ok(kept)
    }
}

/// The events that happen to an element although they are other elements.
fn attached(
    process: &skep_model::Process,
    index: ElementIndex,
) -> impl Iterator<Item = ElementIndex> + '_ {
    let element: &Element = process.element(index);
    let starts = element
        .event_subprocesses
        .iter()
        .filter_map(|subprocess| Some(process.element(*subprocess).event_subprocess()?.0));
    let is_gateway = matches!(element.kind, ElementKind::EventBasedGateway);
    let chosen = element.outgoing.iter().filter(move |_| is_gateway);
    let chosen = chosen.map(|flow| process.flow(*flow).target);
    element.boundary_events.iter().copied().chain(starts).chain(chosen)
}

/// Whether active elements of this kind can be migrated.
///
/// Source: camunda/camunda-docs: versioned_docs/version-8.9/components/concepts/process-instance-migration.md;
/// camunda/camunda: issues 22067 and 25672 for active parallel and inclusive gateways
fn is_supported(kind: &ElementKind) -> bool {
    match kind {
        ElementKind::Process
        | ElementKind::SubProcess
        | ElementKind::EventSubProcess { .. }
        | ElementKind::AdHocSubProcess(_)
        | ElementKind::AdHocInnerInstance
        | ElementKind::MultiInstanceBody(_)
        | ElementKind::CallActivity(_)
        | ElementKind::JobTask(..)
        | ElementKind::UserTask(_)
        | ElementKind::DecisionTask(_)
        | ElementKind::ScriptTask { .. }
        | ElementKind::ReceiveTask(_)
        | ElementKind::IntermediateCatchEvent(_)
        | ElementKind::LinkCatchEvent
        | ElementKind::ExclusiveGateway { .. }
        | ElementKind::InclusiveGateway { .. }
        | ElementKind::ParallelGateway
        | ElementKind::EventBasedGateway => true,
        ElementKind::StartEvent(_)
        | ElementKind::IntermediateThrowEvent(_)
        | ElementKind::BoundaryEvent { .. }
        | ElementKind::EndEvent(_)
        | ElementKind::ManualTask
        | ElementKind::UndefinedTask => false,
    }
}

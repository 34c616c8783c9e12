//! What becomes of each element instance of a migrated instance, with all checks.

use std::{collections::BTreeMap, sync::Arc};

use skep_model::{Element, ElementIndex, ElementKind};
use skep_record::{
    ElementInstanceKey, MigrateProcessInstance, ProcessDefinitionKey, Rejection, RejectionKind,
};

use super::refused;
use crate::{
    Ctx,
    ctx::At,
    state::{
        definition::Definition,
        instance::{ElementInstance, ElementState, ProcessInstance},
    },
};

/// What is to be done.
pub(super) struct Plan {
    pub(super) target: Arc<Definition>,
    /// For each element instance, scopes before what is in them.
    pub(super) steps: Vec<Step>,
}

/// What becomes of one element instance.
pub(super) struct Step {
    pub(super) key: ElementInstanceKey,
    pub(super) source: ElementIndex,
    pub(super) target: ElementIndex,
    /// Boundary events that stay, with what they become.
    boundary_events: Vec<(ElementIndex, ElementIndex)>,
}

impl Step {
    /// What takes the place of an event that the element instance may wait for.
    pub(super) fn target_of(&self, event: ElementIndex) -> Option<ElementIndex> {
        if event == self.source {
            return Some(self.target);
        }
        let kept = self.boundary_events.iter().find(|(source, _)| *source == event);
        kept.map(|(_, target)| *target)
    }

    /// Whether something takes the place of another event here.
    pub(super) fn keeps(&self, target: ElementIndex) -> bool {
        self.boundary_events.iter().any(|(_, known)| *known == target)
    }
}

/// Checks everything that can be checked before something is written.
///
/// # Errors
/// As [`super::migrate`], naming the first element that cannot be migrated.
pub(super) fn plan(
    ctx: &Ctx<'_>,
    root: &At,
    migrate: &MigrateProcessInstance,
) -> Result<Plan, Rejection> {
    let target = target_definition(ctx, root, migrate.target_process_definition_key)?;
    let mapping = mapping(root, &target, migrate)?;
    let Some(instance) = ctx.state().instances.get(root.process_instance_key) else {
        return Err(refused(RejectionKind::NotFound, root, "it is gone"));
    };
    check_instance(ctx, root, instance, &target)?;
    let planner = Planner { root, instance, source: &root.definition, target: &target, mapping };
    // A scope goes before what is in it, and that before what is further inside.
    let mut elements: Vec<_> = instance.root().into_iter().collect();
    let mut n_done = 0;
    while let Some(scope) = elements.get(n_done).copied() {
        elements.extend(instance.children(scope));
        n_done += 1;
    }
    let steps = elements.into_iter().map(|element| planner.step(element));
    let steps = steps.collect::<Result<_, _>>()?;
    Ok(Plan { target, steps })
}

fn target_definition(
    ctx: &Ctx<'_>,
    root: &At,
    key: ProcessDefinitionKey,
) -> Result<Arc<Definition>, Rejection> {
    let state = ctx.state();
    let found = state.definitions.get(key).filter(|found| {
        found.tenant_id == root.definition.tenant_id && !state.draining.contains(&key)
    });
    found.map(Arc::clone).ok_or_else(|| {
        refused(
            RejectionKind::NotFound,
            root,
            format!(
                "no process definition found with the target key '{key}'. Deploy the target, and name the key that this gave."
            ),
        )
    })
}

fn mapping(
    root: &At,
    target: &Definition,
    migrate: &MigrateProcessInstance,
) -> Result<BTreeMap<u32, ElementIndex>, Rejection> {
    let invalid = |reason: String| refused(RejectionKind::InvalidArgument, root, reason);
    let find = |definition: &Definition, id: &str, which: &str| {
        definition.process.find(id).ok_or_else(|| {
            invalid(format!(
                "the {which} process definition with key '{}' has no element '{id}', which a mapping instruction names as {which}. Correct the id, or leave the instruction out.",
                definition.key
            ))
        })
    };
    let mut mapping = BTreeMap::new();
    for instruction in &migrate.mappings {
        let id = &instruction.source_element_id;
        let source = find(&root.definition, id, "source")?;
        let target = find(target, &instruction.target_element_id, "target")?;
        if mapping.insert(source.0, target).is_some() {
            return Err(invalid(format!(
                "the source element '{id}' is mapped more than once. Keep one mapping instruction for it."
            )));
        }
    }
    Ok(mapping)
}

/// What concerns the instance as a whole.
fn check_instance(
    ctx: &Ctx<'_>,
    root: &At,
    instance: &ProcessInstance,
    target: &Definition,
) -> Result<(), Rejection> {
    let invalid = |reason: &str| Err(refused(RejectionKind::InvalidState, root, reason));
    let state = ctx.state();
    let is_busy = state.pending.entries().values().any(|pending| {
        let of = pending.instance.as_ref().map(|known| known.process_instance_key);
        of == Some(instance.key)
    });
    let details = instance.details.as_ref();
    if is_busy || details.is_some_and(|details| !details.direct_starts.is_empty()) {
        return invalid("it is being worked on right now. Try again later.");
    }
    if state.compensations.of_instance(instance.key).next().is_some() {
        return invalid(
            "activities of it were completed that can be compensated, which a migration does not support. Let it end on its definition.",
        );
    }
    let is_started_by_key = details.is_some_and(|details| details.start_correlation_key.is_some());
    if is_started_by_key && root.definition.bpmn_process_id != target.bpmn_process_id {
        return invalid(
            "a message with a correlation key started it, which holds back the next such message for its process id. Migrate it to a definition with the same process id.",
        );
    }
    Ok(())
}

struct Planner<'p> {
    root: &'p At,
    instance: &'p ProcessInstance,
    source: &'p Definition,
    target: &'p Definition,
    /// Target elements by source element.
    mapping: BTreeMap<u32, ElementIndex>,
}

impl Planner<'_> {
    fn invalid<T>(&self, reason: impl std::fmt::Display) -> Result<T, Rejection> {
        Err(refused(RejectionKind::InvalidState, self.root, reason))
    }

    fn step(&self, instance: &ElementInstance) -> Result<Step, Rejection> {
        let source = instance.index();
        self.check_supported(source)?;
        self.check_at_rest(instance)?;
        let target = if source == ElementIndex::PROCESS {
            ElementIndex::PROCESS
        } else {
            self.target_of_active(instance)?
        };
        self.check_same_kind(source, target)?;
        self.check_event_subprocesses(source, target)?;
        let boundary_events = self.boundary_events(source, target)?;
        let step = Step { key: instance.key, source, target, boundary_events };
        self.check_messages(instance, &step)?;
        Ok(step)
    }

    fn check_supported(&self, index: ElementIndex) -> Result<(), Rejection> {
        let element = self.source.process.element(index);
        let id = &element.id;
        if self.source.process.multi_instance(index).is_some()
            || matches!(element.kind, ElementKind::MultiInstanceBody(_))
        {
            return self.invalid(format!(
                "the active element '{id}' is a multi-instance activity, which a migration does not support. Let it end first."
            ));
        }
        if element.is_for_compensation {
            return self.invalid(format!(
                "the active element '{id}' is a compensation handler, which a migration does not support. Let it end first."
            ));
        }
        if is_supported(element) && !self.source.is_behind_event_gateway(index) {
            return Ok(());
        }
        self.invalid(format!(
            "the active element '{id}' is of the unsupported type '{}'. Supported are processes, subprocesses, call activities, service, send, script, business rule, user and receive tasks, message, timer, signal and conditional catch events that no event-based gateway leads to, and boundary events of all these. Let it end first.",
            element.element_type()
        ))
    }

    /// Nothing may be on its way that only fits the source definition.
    fn check_at_rest(&self, instance: &ElementInstance) -> Result<(), Rejection> {
        let id = &self.source.process.element(instance.index()).id;
        if matches!(instance.state, ElementState::New | ElementState::Terminating) {
            return self.invalid(format!(
                "the element '{id}' is about to begin or to end. Try again later."
            ));
        }
        let events = instance.events.as_ref();
        if instance.n_active_flows > 0
            || events.is_some_and(|events| !events.taken_flows.is_empty())
        {
            return self.invalid(format!(
                "a sequence flow in '{id}' was taken and waits at a gateway. Let the gateway join its flows first."
            ));
        }
        if events.is_some_and(|events| {
            !events.triggers.is_empty() || events.interrupted_by.is_some() || events.is_closed
        }) {
            return self.invalid(format!(
                "an event of the element '{id}' has happened and is not dealt with yet. Resolve the incidents of the instance, or try again later."
            ));
        }
        let task = instance.details.as_ref().and_then(|details| details.user_task.as_ref());
        if task.is_some_and(|task| task.step.is_some()) {
            return self.invalid(format!(
                "the user task of the element '{id}' waits for a task listener, which a migration does not support. Complete the job of that listener first."
            ));
        }
        let kind = instance.job.as_ref().map(|job| job.kind);
        if kind.is_some_and(|kind| kind.listener_event().is_some()) {
            return self.invalid(format!(
                "an execution listener of the element '{id}' has a job, which a migration does not support. Complete that job first."
            ));
        }
        Ok(())
    }

    fn target_of_active(&self, instance: &ElementInstance) -> Result<ElementIndex, Rejection> {
        let (source, target) = (&self.source.process, &self.target.process);
        let id = &source.element(instance.index()).id;
        let Some(index) = self.mapping.get(&instance.element).copied() else {
            return self.invalid(format!(
                "no mapping instruction is given for the active element '{id}'. Add one that names the target element which is to take its place."
            ));
        };
        let scope = self.instance.element(instance.flow_scope_key).map(ElementInstance::index);
        let target_scope = match scope {
            Some(ElementIndex::PROCESS) => Some(ElementIndex::PROCESS),
            Some(scope) => self.mapping.get(&scope.0).copied(),
            None => None,
        };
        let element = target.element(index);
        if element.scope != target_scope {
            return self.invalid(format!(
                "the flow scope of the active element '{id}' would change: the target element '{}' is not in the element that its scope is mapped to. Map it to an element of that scope.",
                element.id
            ));
        }
        Ok(index)
    }

    fn check_same_kind(&self, from: ElementIndex, to: ElementIndex) -> Result<(), Rejection> {
        let source = self.source.process.element(from);
        let target = self.target.process.element(to);
        let (id, target_id) = (&source.id, &target.id);
        if matches!(target.kind, ElementKind::MultiInstanceBody(_)) {
            return self.invalid(format!(
                "the active element '{id}' is mapped to '{target_id}', a multi-instance activity, which a migration does not support. Map it to an element without multi-instance."
            ));
        }
        if source.element_type() != target.element_type() {
            return self.invalid(format!(
                "the active element '{id}' of type '{}' is mapped to '{target_id}' of type '{}'. Map it to an element of the same type.",
                source.element_type(),
                target.element_type()
            ));
        }
        if source.event_type() != target.event_type() {
            return self.invalid(format!(
                "the active element '{id}' with event type '{}' is mapped to '{target_id}' with event type '{}'. Map it to an element of the same event type.",
                source.event_type(),
                target.event_type()
            ));
        }
        if !is_same_implementation(&source.kind, &target.kind) {
            return self.invalid(format!(
                "the active element '{id}' is mapped to '{target_id}', and only one of the two is done by a job worker. Map it to an element with the same implementation."
            ));
        }
        if target.is_for_compensation || self.target.is_behind_event_gateway(to) {
            return self.invalid(format!(
                "the active element '{id}' is mapped to '{target_id}', which only a compensation or an event-based gateway starts. Map it to an element that a sequence flow leads to."
            ));
        }
        Ok(())
    }

    fn check_event_subprocesses(
        &self,
        from: ElementIndex,
        to: ElementIndex,
    ) -> Result<(), Rejection> {
        let source = self.source.process.element(from);
        let target = self.target.process.element(to);
        if source.event_subprocesses.is_empty() && target.event_subprocesses.is_empty() {
            return Ok(());
        }
        self.invalid(format!(
            "the active scope '{}' or its target '{}' contains an event subprocess, which a migration does not support. Choose a target without one, or let the scope end first.",
            source.id, target.id
        ))
    }

    /// The mapped boundary events of an active element, all of which must stay with it.
    fn boundary_events(
        &self,
        from: ElementIndex,
        to: ElementIndex,
    ) -> Result<Vec<(ElementIndex, ElementIndex)>, Rejection> {
        let (source, target) = (&self.source.process, &self.target.process);
        let mut kept: Vec<(ElementIndex, ElementIndex)> = Vec::new();
        for event in &source.element(from).boundary_events {
            let Some(index) = self.mapping.get(&event.0).copied() else { continue };
            let id = &source.element(*event).id;
            let target_id = &target.element(index).id;
            if !target.element(to).boundary_events.contains(&index) {
                return self.invalid(format!(
                    "the boundary event '{id}' of the active element '{}' is mapped to '{target_id}', which is not attached to its target element '{}'. Map it to a boundary event of that element, or leave it out.",
                    source.element(from).id,
                    target.element(to).id
                ));
            }
            if source.element(*event).event_type() != target.element(index).event_type() {
                return self.invalid(format!(
                    "the boundary event '{id}' is mapped to '{target_id}', which has another event type. Map it to one of the same event type, or leave it out."
                ));
            }
            if kept.iter().any(|(_, known)| *known == index) {
                return self.invalid(format!(
                    "more than one boundary event of the active element '{}' is mapped to '{target_id}'. Map only one of them to it.",
                    source.element(from).id
                ));
            }
            kept.push((*event, index));
        }
        Ok(kept)
    }

    /// What the partition that has the messages knows must stay true.
    fn check_messages(&self, instance: &ElementInstance, step: &Step) -> Result<(), Rejection> {
        let events = instance.events.as_ref();
        for subscription in events.into_iter().flat_map(|events| &events.messages) {
            let index = ElementIndex(subscription.element);
            let Some(target) = step.target_of(index) else { continue };
            let id = &self.source.process.element(index).id;
            if self.source.bpmn_process_id != self.target.bpmn_process_id {
                return self.invalid(format!(
                    "the element '{id}' waits for the message '{}' and the target has another process id, which a migration does not support. Migrate to a definition with the process id '{}'.",
                    subscription.message_name, self.source.bpmn_process_id
                ));
            }
            if self.target.is_interrupting(target) != subscription.is_interrupting {
                return self.invalid(format!(
                    "the message event '{id}' is mapped to '{}', and only one of the two interrupts its activity. Map it to an event that does the same.",
                    self.target.process.element(target).id
                ));
            }
        }
        Ok(())
    }
}

/// Whether both are done by the engine, or both by job workers.
fn is_same_implementation(source: &ElementKind, target: &ElementKind) -> bool {
    if let (ElementKind::UserTask(source), ElementKind::UserTask(target)) = (source, target) {
        return source.is_native == target.is_native;
    }
    std::mem::discriminant(source) == std::mem::discriminant(target)
}

fn is_supported(element: &Element) -> bool {
    match &element.kind {
        ElementKind::Process
        | ElementKind::SubProcess
        | ElementKind::CallActivity(_)
        | ElementKind::JobTask(..)
        | ElementKind::UserTask(_)
        | ElementKind::DecisionTask(_)
        | ElementKind::ScriptTask { .. }
        | ElementKind::ReceiveTask(_)
        | ElementKind::IntermediateCatchEvent(_) => true,
        ElementKind::EventSubProcess { .. }
        | ElementKind::MultiInstanceBody(_)
        | ElementKind::AdHocSubProcess(_)
        | ElementKind::AdHocInnerInstance
        | ElementKind::StartEvent(_)
        | ElementKind::LinkCatchEvent
        | ElementKind::IntermediateThrowEvent(_)
        | ElementKind::BoundaryEvent { .. }
        | ElementKind::EndEvent(_)
        | ElementKind::ManualTask
        | ElementKind::UndefinedTask
        | ElementKind::ExclusiveGateway { .. }
        | ElementKind::InclusiveGateway { .. }
        | ElementKind::ParallelGateway
        | ElementKind::EventBasedGateway => false,
    }
}

//! What becomes of each element instance of a migrated instance, with all checks.

mod element;
mod flow;
mod subscription;

use std::sync::Arc;

use skep_model::{ElementIndex, FlowIndex};
use skep_record::{
    ElementInstanceKey, MigrateProcessInstance, ProcessDefinitionKey, Rejection, RejectionKind,
};

use super::{mapping::Mapping, refused};
use crate::{
    Ctx,
    ctx::At,
    state::{
        definition::Definition,
        instance::{ElementInstance, ProcessInstance},
    },
};

/// What is to be done.
pub(super) struct Plan {
    pub(super) target: Arc<Definition>,
    /// For each element instance, scopes before what is in them.
    pub(super) steps: Vec<Step>,
    /// For each completed activity that can be compensated, by the key of its subscription.
    pub(super) compensations: Vec<(i64, Option<Compensation>)>,
}

/// What becomes of one element instance.
pub(super) struct Step {
    pub(super) key: ElementInstanceKey,
    pub(super) source: ElementIndex,
    pub(super) target: ElementIndex,
    /// Events attached to it that stay, with what they become.
    events: Vec<(ElementIndex, ElementIndex)>,
    /// Flows in it that were taken and wait at a gateway.
    pub(super) flows: Vec<TakenFlow>,
}

/// What becomes of a sequence flow that was taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct TakenFlow {
    pub(super) source: FlowIndex,
    pub(super) target: FlowIndex,
    /// How often.
    pub(super) n: u32,
}

/// What a completed activity that can be compensated becomes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compensation {
    pub(super) activity: ElementIndex,
    pub(super) handler: Option<ElementIndex>,
}

impl Step {
    /// What takes the place of an event that the element instance may wait for.
    pub(super) fn target_of(&self, event: ElementIndex) -> Option<ElementIndex> {
        if event == self.source {
            return Some(self.target);
        }
        let kept = self.events.iter().find(|(source, _)| *source == event);
        kept.map(|(_, target)| *target)
    }

    /// Whether something takes the place of another event here.
    pub(super) fn keeps(&self, target: ElementIndex) -> bool {
        self.events.iter().any(|(_, known)| *known == target)
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
    let mapping = Mapping::resolve(root, &root.definition, &target, migrate)?;
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
    let steps: Vec<Step> = steps.collect::<Result<_, _>>()?;
    let compensations = planner.compensations(ctx, &steps)?;
    Ok(Plan { target, steps, compensations })
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
        Rejection::new(
            RejectionKind::NotFound,
            format!(
                "Expected to migrate process instance to process definition but no process definition found with key '{key}'. Deploy the target, and name the key that this gave."
            ),
        )
    })
}

/// What concerns the instance as a whole.
fn check_instance(
    ctx: &Ctx<'_>,
    root: &At,
    instance: &ProcessInstance,
    target: &Definition,
) -> Result<(), Rejection> {
    let state = ctx.state();
    let is_busy = state.pending.entries().values().any(|pending| {
        let of = pending.instance.as_ref().map(|known| known.process_instance_key);
        of == Some(instance.key)
    });
    let details = instance.details.as_ref();
    if is_busy || details.is_some_and(|details| !details.direct_starts.is_empty()) {
        return Err(concurrent(root));
    }
    let correlation_key = details.and_then(|details| details.start_correlation_key.as_ref());
    if let Some(correlation_key) = correlation_key
        && root.definition.bpmn_process_id != target.bpmn_process_id
    {
        let process = target.bpmn_process_id.clone();
        let lock = (target.tenant_id.clone(), process, correlation_key.clone());
        if state.messages.start_locks.contains(&lock) {
            return Err(refused(
                RejectionKind::InvalidState,
                root,
                format!(
                    "target process definition '{}' has an active instance triggered by a message start event with the correlation key of this one. Only one instance per correlation key is allowed for a process with message start events: let the other one end first.",
                    target.bpmn_process_id
                ),
            ));
        }
    }
    Ok(())
}

/// Something is on its way in the instance that only fits the source definition.
fn concurrent(root: &At) -> Rejection {
    refused(
        RejectionKind::InvalidState,
        root,
        "a concurrent command was executed on the process instance. Try again, after resolving its incidents if it has any.",
    )
}

struct Planner<'p> {
    root: &'p At,
    instance: &'p ProcessInstance,
    source: &'p Definition,
    target: &'p Definition,
    mapping: Mapping<'p>,
}

impl Planner<'_> {
    fn invalid<T>(&self, reason: impl std::fmt::Display) -> Result<T, Rejection> {
        Err(refused(RejectionKind::InvalidState, self.root, reason))
    }

    fn step(&self, instance: &ElementInstance) -> Result<Step, Rejection> {
        let source = instance.index();
        self.check_supported(source)?;
        self.check_at_rest(instance)?;
        let target = self.target_of_active(instance)?;
        self.check_same_kind(source, target)?;
        let events = self.events(source, target)?;
        let flows = self.taken_flows(instance, target)?;
        let step = Step { key: instance.key, source, target, events, flows };
        self.check_messages(instance, &step)?;
        Ok(step)
    }
}

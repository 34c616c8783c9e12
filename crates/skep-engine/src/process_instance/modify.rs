//! `PROCESS_INSTANCE_MODIFICATION:MODIFY`

mod resolve;

use skep_record::{
    ElementInstanceKey, Event, ModifyProcessInstance, ProcessInstanceIntent,
    ProcessInstanceModified, Rejection, RejectionKind, Response,
};

use self::resolve::Plan;
use super::direct::{self, Target};
use crate::{Ctx, ctx::At, deployment, element};

/// Handles `PROCESS_INSTANCE_MODIFICATION:MODIFY`: activations first, then terminations, then
/// `MODIFIED`; what is to be activated follows.
///
/// A scope that is left without anything active ends too, and in the end the instance.
///
/// # Errors
/// - `NotFound`: no such instance, or it is not active.
/// - `InvalidArgument`: an element, element instance, scope or ancestor cannot be used as asked,
///   or an event of a scope cannot be waited for.
///
/// Source: camunda/zeebe: engine/processing/processinstance/ProcessInstanceModificationModifyProcessor.java
pub(crate) fn modify(ctx: &mut Ctx<'_>, modify: &ModifyProcessInstance) -> Result<(), Rejection> {
    let root = super::active_root(ctx, modify.process_instance_key, "modify")?;
    let plan = resolve::plan(ctx, &root, modify)?;
    let event_key = ctx.new_key();

    let mut activated = Vec::with_capacity(plan.activations.len());
    let mut ancestor_scope_keys = Vec::new();
    for activation in &plan.activations {
        let target = Target::new(ctx, activation.element);
        let scopes =
            direct::activate(ctx, &root, &target, activation.ancestor, &activation.variables)?;
        activated.push(target.start(&root.definition));
        ancestor_scope_keys.extend(scopes);
    }
    ancestor_scope_keys.sort_unstable();
    ancestor_scope_keys.dedup();
    refuse_contradiction(&root, &plan, &ancestor_scope_keys)?;
    for key in &plan.terminations {
        terminate(ctx, &root, *key, &ancestor_scope_keys)?;
    }
    let modified = ProcessInstanceModified {
        instance: root.instance,
        activated,
        ancestor_scope_keys,
        terminated: plan.terminations,
    };
    ctx.emit(event_key, Event::ProcessInstanceModified(Box::new(modified)));
    ctx.reply(Response::Done);
    Ok(())
}

/// The reason why the modification of this instance is refused.
fn invalid(root: &At, reason: impl std::fmt::Display) -> Rejection {
    Rejection::new(
        RejectionKind::InvalidArgument,
        format!(
            "Expected to modify instance of process '{}' but {reason}",
            root.definition.bpmn_process_id
        ),
    )
}

/// What ends cannot take in what is to be activated.
fn refuse_contradiction(
    root: &At,
    plan: &Plan<'_>,
    scopes: &[ElementInstanceKey],
) -> Result<(), Rejection> {
    match plan.terminations.iter().find(|key| scopes.contains(key)) {
        Some(key) => Err(invalid(
            root,
            format!(
                "the element instance with key '{key}' is to be terminated and also a scope of an element to activate. Name another ancestorElementInstanceKey, or do not terminate it."
            ),
        )),
        None => Ok(()),
    }
}

/// Terminates an element instance, and then every scope that this leaves empty and that nothing
/// is to be activated in.
///
/// # Errors
/// `InvalidArgument`: nothing would be left of an instance that a call activity waits for.
fn terminate(
    ctx: &mut Ctx<'_>,
    root: &At,
    key: ElementInstanceKey,
    needed: &[ElementInstanceKey],
) -> Result<(), Rejection> {
    let mut next = Some(key);
    while let Some(at) = next.and_then(|key| ctx.at(root.process_instance_key, key)) {
        if at.is_process()
            && let Some(called_by) = ctx.called_by(&at)
        {
            return Err(invalid(
                root,
                format!(
                    "nothing would be left of it, and a call activity waits for it. Modify the instance with key '{}' that called it instead.",
                    called_by.process_instance_key
                ),
            ));
        }
        terminate_tree(ctx, &at);
        let scope_key = at.flow_scope_key;
        // What is on its way to a gateway that joins keeps the scope.
        let is_empty = ctx
            .flow_scope(&at)
            .is_some_and(|scope| scope.n_active_children == 0 && scope.n_active_flows == 0);
        next = (is_empty && !needed.contains(&scope_key)).then_some(scope_key);
        element::wake_joins(ctx, &at);
    }
    Ok(())
}

/// Terminates an element instance with all that is in it: everything begins to end from the
/// outside in, the newest of several first, and then ends in reverse.
fn terminate_tree(ctx: &mut Ctx<'_>, at: &At) {
    let mut found = vec![at.clone()];
    let mut ending = Vec::new();
    while let Some(at) = found.pop() {
        element::begin_termination(ctx, &at, element::Termination::Modified);
        let children: Vec<_> = ctx.children(&at).map(|child| child.key).collect();
        for key in children {
            found.extend(ctx.at(at.process_instance_key, key));
        }
        found.extend(element::called(ctx, &at));
        ending.push(at);
    }
    while let Some(at) = ending.pop() {
        if at.is_process() {
            element::end_process(ctx, &at);
            deployment::finish_deletion(ctx, &at.definition);
        } else {
            ctx.emit_element(&at, ProcessInstanceIntent::ElementTerminated);
        }
    }
}

//! Containers: the process and embedded subprocesses.

use skep_model::OutputCollection;
use skep_record::{
    Command, Document, ElementCommand, ElementInstanceKey, ElementValue, ProcessInstanceIntent,
    ProcessInstanceResult, Rejection, RejectionKind, TerminateChildren,
};

use crate::{
    Ctx, Effect,
    ctx::At,
    deployment,
    element::{ad_hoc, call_activity, catch, event_subprocess, lifecycle, multi_instance, trigger},
    failure::Failure,
    message, process_instance,
    state::instance::{ElementState, Variable},
    variable,
};

/// Children terminated by one command, before the next command goes on.
const CHILDREN_PER_BATCH: usize = 50;

pub(super) fn activate_process(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Failure> {
    catch::subscribe(ctx, at)?;
    ctx.emit_element(at, ProcessInstanceIntent::ElementActivated);
    match trigger::first(ctx, at) {
        Some(event) => trigger::activate_triggered(ctx, at.key, at, &event),
        None => activate_none_start(ctx, at),
    }
    Ok(())
}

pub(super) fn activate_subprocess(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Failure> {
    catch::subscribe(ctx, at)?;
    ctx.emit_element(at, ProcessInstanceIntent::ElementActivated);
    activate_none_start(ctx, at);
    Ok(())
}

fn activate_none_start(ctx: &mut Ctx<'_>, at: &At) {
    // Deployment made sure that there is one wherever one is needed.
    if let Some(start) = at.element().none_start {
        let value = ElementValue {
            instance: at.instance,
            element: ctx.element_slot(&at.definition, start),
            flow_scope_key: at.key,
        };
        ctx.follow_up(-1, Command::Element(ElementCommand::Activate, value));
    }
}

pub(super) fn finish_process(ctx: &mut Ctx<'_>, at: &At) {
    let result = result(ctx, at);
    let lock = message::start_lock(ctx, at);
    let caller = ctx.caller(at);
    ctx.emit_element(at, ProcessInstanceIntent::ElementCompleted);
    if let Some(caller) = caller {
        call_activity::called_completed(ctx, &caller);
    }
    if let Some(result) = result {
        ctx.effects.push(Effect::Completed(result));
    }
    if let Some(lock) = lock {
        message::start_next_buffered(ctx, &lock);
    }
    deployment::finish_deletion(ctx, &at.definition);
}

/// What the creator is told, if it waits.
fn result(ctx: &Ctx<'_>, at: &At) -> Option<ProcessInstanceResult> {
    let instance = ctx.state().instances.get(at.process_instance_key)?;
    let details = instance.details.as_ref()?;
    let wanted = details.await_result.as_ref()?;
    let variables = instance.root()?.variables.iter().map(Variable::entry);
    let variables: Vec<_> = variables
        .filter(|entry| {
            let names = &wanted.fetch_variables;
            names.is_empty() || names.iter().any(|name| name == entry.name())
        })
        .collect();
    Some(ProcessInstanceResult {
        instance: process_instance::created(instance),
        variables: Document::from_variables(variables.into_iter()),
    })
}

/// The process instance is gone, and what called it is told.
pub(super) fn process_terminated(ctx: &mut Ctx<'_>, at: &At) {
    let caller = ctx.caller(at);
    end_process(ctx, at);
    if let Some(caller) = caller {
        call_activity::called_terminated(ctx, &caller);
    }
    deployment::finish_deletion(ctx, &at.definition);
}

/// The process instance is gone; a definition that is being deleted may have waited for that.
pub(crate) fn end_process(ctx: &mut Ctx<'_>, at: &At) {
    let instance = ctx.state().instances.get(at.process_instance_key);
    let is_awaited = instance.is_some_and(|instance| instance.is_awaited());
    let lock = message::start_lock(ctx, at);
    ctx.emit_element(at, ProcessInstanceIntent::ElementTerminated);
    if is_awaited {
        ctx.effects.push(Effect::Terminated(at.process_instance_key));
    }
    if let Some(lock) = lock {
        message::start_next_buffered(ctx, &lock);
    }
}

/// A path in the scope of `at` is about to end with it; true when the whole scope shall.
pub(super) fn path_ending(ctx: &mut Ctx<'_>, at: &At) -> Result<bool, Failure> {
    if let Some(body) = at.definition.process.multi_instance(at.index) {
        multi_instance::child_completing(ctx, at, body)
    } else if let Some(ad_hoc) = ad_hoc::of_inner(at) {
        ad_hoc::inner_completing(ctx, at, ad_hoc)
    } else {
        Ok(false)
    }
}

/// The path has ended, with what [`path_ending`] said.
pub(super) fn path_ended_with(ctx: &mut Ctx<'_>, at: &At, is_scope_done: bool) {
    if at.definition.process.multi_instance(at.index).is_some() {
        multi_instance::child_completed(ctx, at, is_scope_done);
    } else if is_scope_done {
        ad_hoc::fulfilled(ctx, at);
    } else if ad_hoc::by_job::is_asked_after(at) {
        ad_hoc::by_job::ask_again(ctx, at);
    } else {
        path_ended(ctx, at);
    }
}

/// A path in the scope of `at` has ended: the scope completes when it was the last one.
pub(crate) fn path_ended(ctx: &mut Ctx<'_>, at: &At) {
    let Some(scope) = ctx.flow_scope(at) else { return };
    if !scope.is_active() || scope.n_active_children > 0 || scope.n_active_flows > 0 {
        return;
    }
    if let Some(scope) = ctx.at(at.process_instance_key, at.flow_scope_key)
        && ad_hoc::may_complete(ctx, &scope)
    {
        ctx.follow_up_element(&scope, ElementCommand::Complete);
    }
}

/// The list of what was given by the instances of an activity, or by the elements of an ad-hoc
/// subprocess, goes to the scope around it.
pub(super) fn hand_over_outputs(ctx: &mut Ctx<'_>, at: &At, output: Option<&OutputCollection>) {
    let list = output
        .and_then(|output| ctx.element(at)?.variable(&output.variable))
        .map(|variable| Document::from_variables(std::iter::once(variable.entry())));
    if let Some(list) = list {
        variable::propagate(ctx, at, at.flow_scope_key, &list);
    }
}

/// An element instance in the scope of `at` was terminated.
pub(super) fn child_terminated(ctx: &mut Ctx<'_>, at: &At) {
    let Some(scope) = ctx.flow_scope(at) else { return };
    if scope.state == ElementState::Terminating {
        if scope.n_active_children == 0
            && let Some(scope) = ctx.at(at.process_instance_key, at.flow_scope_key)
        {
            lifecycle::finish_termination(ctx, &scope);
        }
        return;
    }
    if at.definition.process.multi_instance(at.index).is_some() {
        multi_instance::child_terminated(ctx, at);
        return;
    }
    let is_interrupted = scope.is_interrupted();
    if is_interrupted
        && let Some(scope) = ctx.at(at.process_instance_key, at.flow_scope_key)
        && event_subprocess::start_waiting(ctx, &scope)
    {
        return;
    }
    path_ended(ctx, at);
}

/// Asks for the termination of everything in the scope; what is too much for one step, bit by bit.
///
/// Source: camunda/camunda: zeebe/engine/processing/common/EventTriggerBehavior.java
pub(super) fn interrupt_children(ctx: &mut Ctx<'_>, at: &At) {
    let children = children(ctx, at, CHILDREN_PER_BATCH + 1);
    if children.len() > CHILDREN_PER_BATCH {
        start_terminating_children(ctx, at);
        return;
    }
    for child in children {
        if let Some(child) = ctx.at(at.process_instance_key, child) {
            ctx.follow_up_element(&child, ElementCommand::Terminate);
        }
    }
}

/// The first element instances in the scope that are not ending yet.
fn children(ctx: &Ctx<'_>, at: &At, n_max: usize) -> Vec<ElementInstanceKey> {
    ctx.children(at)
        .filter(|element| element.state != ElementState::Terminating)
        .map(|element| element.key)
        .take(n_max)
        .collect()
}

/// Asks for the termination of everything in the scope.
pub(super) fn start_terminating_children(ctx: &mut Ctx<'_>, at: &At) {
    let children = TerminateChildren {
        instance: at.instance,
        element: at.slot,
        scope_key: at.key,
        after_key: ElementInstanceKey(-1),
    };
    let key = ctx.new_key();
    ctx.follow_up(key, Command::TerminateChildren(children));
}

/// Handles `PROCESS_INSTANCE_BATCH:TERMINATE`.
///
/// # Errors
/// `NotFound`: the scope is gone.
///
/// Source: camunda/zeebe: engine/processing/processinstance/TerminateProcessInstanceBatchProcessor.java
pub(crate) fn terminate_children(
    ctx: &mut Ctx<'_>,
    key: i64,
    children: &TerminateChildren,
) -> Result<(), Rejection> {
    let instance_key = ctx
        .log()
        .instances
        .get(children.instance.0 as usize)
        .map(|instance| instance.process_instance_key);
    let todo: Option<Vec<ElementInstanceKey>> = instance_key
        .and_then(|instance_key| ctx.state().instances.get(instance_key))
        .and_then(|instance| Some((instance, instance.element(children.scope_key)?)))
        .map(|(instance, scope)| {
            instance
                .children_from(scope, ElementInstanceKey(children.after_key.0 + 1))
                .map(|element| element.key)
                .take(CHILDREN_PER_BATCH + 1)
                .collect()
        });
    let (Some(instance_key), Some(todo)) = (instance_key, todo) else {
        return Err(Rejection::new(
            RejectionKind::NotFound,
            format!(
                "Expected to terminate children of element instance with key '{}', but no such instance was found",
                children.scope_key
            ),
        ));
    };
    for child in todo.iter().take(CHILDREN_PER_BATCH) {
        if let Some(child) = ctx.at(instance_key, *child) {
            ctx.follow_up_element(&child, ElementCommand::Terminate);
        }
    }
    if todo.len() > CHILDREN_PER_BATCH {
        let after_key = todo[CHILDREN_PER_BATCH - 1];
        ctx.follow_up(
            key,
            Command::TerminateChildren(TerminateChildren { after_key, ..*children }),
        );
    }
    Ok(())
}

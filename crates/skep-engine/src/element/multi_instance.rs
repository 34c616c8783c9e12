//! Multi-instance activities: a body that runs its activity once for each item of a list.

use std::sync::Arc;

use skep_feel::Variables;
use skep_model::{ElementKind, MultiInstance, OutputCollection, TextOrFeel};
use skep_record::{
    ActivateChildren, Command, Document, ElementCommand, ElementValue, ErrorType, Event,
    InstancesPlanned, ListItemValue, ProcessInstanceIntent, Rejection, RejectionKind,
    VariableEntry,
};

use crate::{
    Ctx,
    ctx::At,
    element::{catch, scope},
    expression::{self, Items, Scope, ScopeVariables},
    failure::Failure,
    lists,
    state::instance::{ElementState, InstanceCounts},
    variable,
};

/// Instances activated by one command, before the next command goes on.
const CHILDREN_PER_BATCH: u32 = 50;

const LOOP_COUNTER: &str = "loopCounter";
const NIL: &[u8] = &[0xc0];

/// Creates the first instances, or completes at once when there is nothing to do.
///
/// Source: camunda/zeebe: engine/processing/bpmn/container/MultiInstanceBodyProcessor.java
pub(super) fn activate(ctx: &mut Ctx<'_>, at: &At, body: &MultiInstance) -> Result<(), Failure> {
    let n = collection(ctx, at, body)?.len();
    catch::subscribe(ctx, at)?;
    ctx.emit_element(at, ProcessInstanceIntent::ElementActivated);
    if let Some(output) = &body.output {
        let nothing = nils(n);
        let list = [(&*output.variable, nothing.as_slice())];
        variable::set_local(ctx, at, at.key, Document::from_entries(list.into_iter()).variables());
    }
    if n == 0 {
        ctx.follow_up_element(at, ElementCommand::Complete);
    } else if body.is_sequential {
        create_next(ctx, at, body);
    } else {
        let n = u32::try_from(n).unwrap_or(u32::MAX);
        plan(ctx, at, n);
        let children = ActivateChildren {
            instance: at.instance,
            element: at.slot,
            scope_key: at.key,
            n_left: n,
        };
        let key = ctx.new_key();
        ctx.follow_up(key, Command::ActivateChildren(children));
    }
    Ok(())
}

/// The items to run for, as they are now.
fn collection(ctx: &mut Ctx<'_>, at: &At, body: &MultiInstance) -> Result<Arc<Items>, Failure> {
    let scope = Scope { process_instance_key: at.process_instance_key, key: at.key };
    lists::read(ctx, scope, &body.input_collection)
}

/// A list of so many nulls, as MessagePack.
fn nils(n: usize) -> Vec<u8> {
    let mut out = skep_record::list_header(n);
    out.resize(out.len() + n, NIL[0]);
    out
}

/// Says how many instances there will be, which a later completion condition can only lower.
fn plan(ctx: &mut Ctx<'_>, at: &At, n: u32) {
    let planned = InstancesPlanned { instance: at.instance, scope_key: at.key, n };
    ctx.emit(-1, Event::InstancesPlanned(planned));
}

fn counts(ctx: &Ctx<'_>, body: &At) -> InstanceCounts {
    ctx.element(body).map(|body| body.instance_counts()).unwrap_or_default()
}

/// The body that `at` is an instance of the activity of.
fn body_of(ctx: &mut Ctx<'_>, at: &At) -> Option<At> {
    ctx.at(at.process_instance_key, at.flow_scope_key)
}

/// Handles `PROCESS_INSTANCE_BATCH:ACTIVATE`.
///
/// # Errors
/// `NotFound`: the body is gone, or ends.
///
/// Source: camunda/zeebe: engine/processing/processinstance/ActivateProcessInstanceBatchProcessor.java
pub(crate) fn activate_children(
    ctx: &mut Ctx<'_>,
    key: i64,
    children: &ActivateChildren,
) -> Result<(), Rejection> {
    let process_instance_key = ctx
        .log()
        .instances
        .get(children.instance.0 as usize)
        .map(|instance| instance.process_instance_key);
    let body = process_instance_key
        .and_then(|key| ctx.at(key, children.scope_key))
        .filter(|body| ctx.element(body).is_some_and(|body| body.is_active()));
    let inner = body.as_ref().and_then(|body| {
        if let ElementKind::MultiInstanceBody(definition) = &body.element().kind {
            Some(definition.inner)
        } else {
            None
        }
    });
    let (Some(body), Some(inner)) = (body, inner) else {
        return Err(Rejection::new(
            RejectionKind::NotFound,
            format!(
                "Expected to activate instances of the multi-instance body with key '{}', but it is not active",
                children.scope_key
            ),
        ));
    };
    let planned = counts(ctx, &body);
    if planned.n_planned.is_some_and(|n| n <= planned.n_created) {
        return Ok(());
    }
    let child = ElementValue {
        instance: body.instance,
        element: ctx.element_slot(&body.definition, inner),
        flow_scope_key: body.key,
    };
    let n_now = children.n_left.min(CHILDREN_PER_BATCH);
    for _ in 0..n_now {
        ctx.follow_up(-1, Command::Element(ElementCommand::Activate, child));
    }
    let n_left = children.n_left - n_now;
    if n_left > 0 {
        ctx.follow_up(key, Command::ActivateChildren(ActivateChildren { n_left, ..*children }));
    }
    Ok(())
}

fn create_next(ctx: &mut Ctx<'_>, body: &At, definition: &MultiInstance) {
    let key = ctx.new_key();
    let next = ctx.child(body, definition.inner, key);
    ctx.follow_up_element(&next, ElementCommand::Activate);
}

/// No more instances come to be than were planned.
///
/// # Errors
/// `InvalidState`: the completion condition is fulfilled.
pub(super) fn check_planned(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Rejection> {
    if at.definition.process.multi_instance(at.index).is_none() {
        return Ok(());
    }
    let counts = ctx.flow_scope(at).map(|body| body.instance_counts()).unwrap_or_default();
    match counts.n_planned {
        Some(n) if counts.n_created >= n => Err(Rejection::new(
            RejectionKind::InvalidState,
            format!(
                "Expected the multi-instance body with key '{}' to create more instances, but its completion condition is fulfilled.",
                at.flow_scope_key
            ),
        )),
        Some(_) | None => Ok(()),
    }
}

/// An instance of the activity gets its item and its number.
pub(super) fn set_loop_variables(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Failure> {
    let definition = Arc::clone(&at.definition);
    let Some(body) = definition.process.multi_instance(at.index) else { return Ok(()) };
    let Some(body_at) = body_of(ctx, at) else { return Ok(()) };
    let items = collection(ctx, &body_at, body)?;
    let loop_counter = ctx.element(at).map_or(0, |element| element.loop_counter());
    let item = (loop_counter as usize).checked_sub(1).and_then(|index| items.get(index));
    let Some(item) = item else {
        return Err(Failure::new(
            ErrorType::ExtractValueError,
            format!(
                "Expected the input collection to have at least {loop_counter} items, but it has {}",
                items.len()
            ),
        )
        .in_scope(body_at.key));
    };
    let number = integer(loop_counter);
    let mut variables: Vec<(&str, &[u8])> = Vec::with_capacity(3);
    if let Some(name) = &body.input_element {
        variables.push((name, item));
    }
    let own = body.output.as_ref().and_then(|output| output.element_variable.as_deref());
    variables.extend(own.filter(|own| !is_loop_variable(body, own)).map(|own| (own, NIL)));
    variables.push((LOOP_COUNTER, &number));
    let variables = Document::from_entries(variables.into_iter());
    variable::set_local(ctx, at, at.key, variables.variables());
    Ok(())
}

fn is_loop_variable(body: &MultiInstance, name: &str) -> bool {
    name == LOOP_COUNTER || body.input_element.as_deref() == Some(name)
}

fn integer(n: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(5);
    skep_feel::Value::from(i64::from(n)).write_msgpack(&mut out);
    out
}

/// An instance is about to complete: its output goes to the list. Answers whether the
/// completion condition is fulfilled.
pub(super) fn child_completing(
    ctx: &mut Ctx<'_>,
    at: &At,
    body: &MultiInstance,
) -> Result<bool, Failure> {
    let Some(body_at) = body_of(ctx, at) else { return Ok(false) };
    if let Some(output) = &body.output {
        put_output(ctx, at, &body_at, output)?;
    }
    if let Some(condition) = &body.completion_condition
        && is_fulfilled(ctx, at, &body_at, condition)?
    {
        return Ok(true);
    }
    if body.is_sequential {
        // What is wrong with the list is to be seen while there is an instance to say so.
        collection(ctx, &body_at, body)?;
    }
    Ok(false)
}

fn put_output(
    ctx: &mut Ctx<'_>,
    at: &At,
    body: &At,
    output: &OutputCollection,
) -> Result<(), Failure> {
    let scope = Scope { process_instance_key: at.process_instance_key, key: at.key };
    let item = expression::any(ctx, scope, &output.element)?;
    let index = ctx.element(at).map_or(0, |element| element.loop_counter()).saturating_sub(1);
    let variable = ctx.element(body).and_then(|body| body.variable(&output.variable));
    let known = variable.and_then(|variable| Some((variable.key, variable.item(index)?)));
    let Some((key, former)) = known else {
        return Err(Failure::new(
            ErrorType::ExtractValueError,
            format!(
                "Unable to update an item in output collection '{}' at position {}: expected a list with so many items",
                output.variable,
                index + 1
            ),
        )
        .in_scope(body.key));
    };
    if former == item {
        return Ok(());
    }
    let entry = VariableEntry::new(&output.variable, &item);
    let value = ListItemValue { instance: body.instance, scope_key: body.key, index, entry };
    ctx.emit(key.0, Event::ListItem(value));
    Ok(())
}

/// The variables of an instance, and how many instances there are.
struct LoopVariables<'a> {
    scope: ScopeVariables<'a>,
    counts: [(&'static str, Vec<u8>); 4],
}

impl Variables for LoopVariables<'_> {
    fn variable(&self, name: &str) -> Option<&[u8]> {
        match self.counts.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => Some(value),
            None => self.scope.variable(name),
        }
    }
}

fn is_fulfilled(
    ctx: &mut Ctx<'_>,
    at: &At,
    body: &At,
    condition: &TextOrFeel,
) -> Result<bool, Failure> {
    let counts = counts(ctx, body);
    let n_active = ctx.element(body).map_or(0, |body| body.n_active_children).saturating_sub(1);
    let counts = [
        ("numberOfInstances", integer(counts.n_created)),
        ("numberOfActiveInstances", integer(n_active)),
        ("numberOfCompletedInstances", integer(counts.n_completed + 1)),
        ("numberOfTerminatedInstances", integer(counts.n_terminated)),
    ];
    let environment = ctx.environment().clone();
    let scope = Scope { process_instance_key: at.process_instance_key, key: at.key };
    let variables = LoopVariables { scope: scope.variables(ctx), counts };
    expression::boolean_among(&variables, &environment, scope, condition)
}

/// An instance has completed: the next one follows, or the body completes.
pub(super) fn child_completed(ctx: &mut Ctx<'_>, at: &At, is_done: bool) {
    let definition = Arc::clone(&at.definition);
    let Some(body) = definition.process.multi_instance(at.index) else { return };
    let Some(body_at) = body_of(ctx, at) else { return };
    let Some(element) = ctx.element(&body_at).filter(|body| body.is_active()) else { return };
    let (n_active, n_created) = (element.n_active_children, element.instance_counts().n_created);
    if is_done {
        plan(ctx, &body_at, n_created);
        if n_active > 0 {
            scope::start_terminating_children(ctx, &body_at);
            return;
        }
    } else if body.is_sequential {
        // It was read as the instance completed.
        let n = collection(ctx, &body_at, body).map_or(0, |items| items.len());
        if (n_created as usize) < n {
            create_next(ctx, &body_at, body);
            return;
        }
    }
    complete_if_done(ctx, &body_at);
}

/// An instance was terminated, because the completion condition is fulfilled.
pub(super) fn child_terminated(ctx: &mut Ctx<'_>, at: &At) {
    if let Some(body) = body_of(ctx, at) {
        complete_if_done(ctx, &body);
    }
}

fn complete_if_done(ctx: &mut Ctx<'_>, body: &At) {
    let Some(element) = ctx.element(body) else { return };
    let counts = element.instance_counts();
    let are_all_created = counts.n_planned.is_none_or(|n| counts.n_created >= n);
    if element.state == ElementState::Activated && element.n_active_children == 0 && are_all_created
    {
        ctx.follow_up_element(body, ElementCommand::Complete);
    }
}

/// The list of outputs goes to the scope around the body.
pub(super) fn complete(ctx: &mut Ctx<'_>, at: &At, body: &MultiInstance) {
    catch::unsubscribe(ctx, at);
    scope::hand_over_outputs(ctx, at, body.output.as_ref());
}

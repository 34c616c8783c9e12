//! The steps that every element instance goes through, and who may ask for them.

use skep_model::{ElementKind, FlowIndex, Process};
use skep_record::{
    Command, ElementCommand, ElementValue, Event, ListenerEvent, ProcessInstanceIntent, Rejection,
    RejectionKind,
};

use crate::{
    Ctx,
    ctx::At,
    element::{
        self, ad_hoc, call_activity, catch, compensation, event_subprocess, inclusive_gateway,
        listener, multi_instance, scope, trigger,
    },
    failure::Failure,
    incident, job,
    state::instance::{ElementInstance, ElementState},
    user_task,
    variable::mapping,
};

/// Processes `PROCESS_INSTANCE:ACTIVATE_ELEMENT`, `COMPLETE_ELEMENT` or `TERMINATE_ELEMENT`.
///
/// # Errors
/// `InvalidState`: the element instance, or the scope it is in, does not allow the step. That
/// is how a parallel gateway waits, and how steps that came too late are dropped.
///
/// Source: camunda/zeebe: engine/processing/bpmn/ProcessInstanceStateTransitionGuard.java
pub(crate) fn process(
    ctx: &mut Ctx<'_>,
    key: i64,
    command: ElementCommand,
    value: &ElementValue,
) -> Result<(), Rejection> {
    let Some(mut at) = ctx.at_value(key, value) else {
        return Err(invalid("the element is not known"));
    };
    // Terminating is how a banned instance is got rid of.
    if command != ElementCommand::Terminate && ctx.state().is_banned(at.process_instance_key) {
        return Err(invalid("the process instance is banned after an internal failure"));
    }
    match command {
        ElementCommand::Activate => activate(ctx, &mut at),
        ElementCommand::Complete => complete(ctx, &at),
        ElementCommand::Terminate => terminate(ctx, &at),
        ElementCommand::CompleteExecutionListener => go_on(ctx, &at),
        ElementCommand::ContinueTerminating => continue_terminating(ctx, &at),
    }?;
    inclusive_gateway::wake(ctx, &at);
    Ok(())
}

fn invalid(reason: impl Into<String>) -> Rejection {
    Rejection::new(RejectionKind::InvalidState, reason)
}

/// An element instance that has no key yet gets one.
fn activate(ctx: &mut Ctx<'_>, at: &mut At) -> Result<(), Rejection> {
    let known = if at.key.0 == -1 { None } else { ctx.element(at).map(|element| element.state) };
    match known {
        // The step is repeated after an incident.
        Some(ElementState::Activating) => check_scope(ctx, at)?,
        None | Some(ElementState::New) => {
            check_scope(ctx, at)?;
            check_join(ctx, at)?;
            multi_instance::check_planned(ctx, at)?;
            if at.key.0 == -1 {
                at.key = skep_record::ElementInstanceKey(ctx.new_key());
            }
            ctx.emit_element(at, ProcessInstanceIntent::ElementActivating);
        }
        Some(state) => return Err(wrong_state(at, "ELEMENT_ACTIVATING", state)),
    }
    let result = begin(ctx, at);
    raise(ctx, at, result);
    Ok(())
}

/// Input mappings, then start listeners, then what the element does.
fn begin(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Failure> {
    multi_instance::set_loop_variables(ctx, at)?;
    ad_hoc::set_variables(ctx, at);
    mapping::map_inputs(ctx, at)?;
    if listener::create(ctx, at, ListenerEvent::Start, 0)? {
        return Ok(());
    }
    element::activate(ctx, at)
}

fn complete(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Rejection> {
    match ctx.element(at).map(|element| element.state) {
        Some(ElementState::Activated) => {
            check_scope(ctx, at)?;
            check_children(ctx, at)?;
            ctx.emit_element(at, ProcessInstanceIntent::ElementCompleting);
        }
        // The step is repeated after an incident.
        Some(ElementState::Completing) => check_scope(ctx, at)?,
        Some(state) => return Err(wrong_state(at, "ELEMENT_ACTIVATED", state)),
        None => return Err(unknown(at)),
    }
    let result = end(ctx, at);
    raise(ctx, at, result);
    Ok(())
}

/// What the element brings to its end, then end listeners, then on to the next elements.
fn end(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Failure> {
    element::complete(ctx, at)?;
    if listener::create(ctx, at, ListenerEvent::End, 0)? {
        return Ok(());
    }
    element::finish(ctx, at)
}

/// A listener of the current step is done: the next one has its turn, or the step goes on.
fn go_on(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Rejection> {
    let Some((state, n_done)) =
        ctx.element(at).map(|element| (element.state, element.n_listeners_done()))
    else {
        return Err(unknown(at));
    };
    let event = match state {
        ElementState::Activating => ListenerEvent::Start,
        ElementState::Completing => ListenerEvent::End,
        ElementState::New | ElementState::Activated | ElementState::Terminating => {
            return Err(wrong_state(at, "ELEMENT_ACTIVATING", state));
        }
    };
    check_scope(ctx, at)?;
    listener::take_variables(ctx, at, event);
    let result = match listener::create(ctx, at, event, n_done) {
        Ok(true) => Ok(()),
        Ok(false) if event == ListenerEvent::Start => element::activate(ctx, at),
        Ok(false) => element::finish(ctx, at),
        Err(failure) => Err(failure),
    };
    raise(ctx, at, result);
    Ok(())
}

fn raise(ctx: &mut Ctx<'_>, at: &At, result: Result<(), Failure>) {
    if let Err(failure) = result {
        incident::raise(ctx, at, failure, None);
    }
}

fn terminate(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Rejection> {
    match ctx.element(at).map(|element| element.state) {
        // A called process may be terminated before it was activated.
        Some(
            ElementState::New
            | ElementState::Activating
            | ElementState::Activated
            | ElementState::Completing,
        ) => (),
        Some(state @ ElementState::Terminating) => {
            return Err(wrong_state(at, "ELEMENT_ACTIVATED", state));
        }
        None => return Err(unknown(at)),
    }
    if begin_termination(ctx, at, Termination::Commanded) {
        return Ok(());
    }
    if ctx.element(at).is_some_and(|element| element.n_active_children > 0) {
        scope::start_terminating_children(ctx, at);
    } else if !call_activity::terminate_called(ctx, at) {
        finish_termination(ctx, at);
    }
    Ok(())
}

/// The listeners of the user task that is gone have had their turn: it ends now.
fn continue_terminating(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Rejection> {
    match ctx.element(at).map(|element| element.state) {
        Some(ElementState::Terminating) => {
            finish_termination(ctx, at);
            Ok(())
        }
        Some(state) => Err(wrong_state(at, "ELEMENT_TERMINATING", state)),
        None => Err(unknown(at)),
    }
}

/// What terminates an element instance, and with it the order of what follows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Termination {
    /// `TERMINATE_ELEMENT`.
    ///
    /// Source: camunda/camunda: zeebe/engine/processing/bpmn/task/UserTaskProcessor.java
    Commanded,
    /// A modification of the process instance.
    ///
    /// Source: camunda/camunda: zeebe/engine/processing/processinstance/ProcessInstanceModificationModifyProcessor.java
    Modified,
}

/// Terminating: nothing waits or is worked on any more. Answers whether it goes on only once the
/// listeners of its user task are done, which a modification does not wait for.
pub(crate) fn begin_termination(ctx: &mut Ctx<'_>, at: &At, by: Termination) -> bool {
    ctx.emit_element(at, ProcessInstanceIntent::ElementTerminating);
    job::cancel(ctx, at);
    let waits = match by {
        Termination::Commanded => {
            catch::unsubscribe(ctx, at);
            if !keeps_incidents_to_its_end(&at.element().kind) {
                incident::resolve_all(ctx, at, None);
            }
            user_task::cancel(ctx, at)
        }
        Termination::Modified => {
            user_task::cancel_at_once(ctx, at);
            incident::resolve_all(ctx, at, None);
            catch::unsubscribe(ctx, at);
            false
        }
    };
    if event_subprocess::is_scope(&at.element().kind) {
        compensation::forget(ctx, at);
    }
    waits
}

/// Whether an element's incidents are resolved once it is terminated, not before.
///
/// Source: camunda/camunda: zeebe/engine/processing/bpmn/event, StartEventProcessor.java and
/// IntermediateThrowEventProcessor.java; .../task, ManualTaskProcessor.java and
/// UndefinedTaskProcessor.java
fn keeps_incidents_to_its_end(kind: &ElementKind) -> bool {
    matches!(
        kind,
        ElementKind::StartEvent(_)
            | ElementKind::IntermediateThrowEvent(_)
            | ElementKind::ManualTask
            | ElementKind::UndefinedTask
    )
}

/// The element instance is gone, and with it whatever was in it.
pub(super) fn finish_termination(ctx: &mut Ctx<'_>, at: &At) {
    if at.is_process() {
        scope::process_terminated(ctx, at);
        return;
    }
    let scope_goes_on =
        ctx.flow_scope(at).is_some_and(|scope| scope.is_active() && !scope.is_interrupted());
    let interrupting = trigger::interrupting_boundary(ctx, at).filter(|_| scope_goes_on);
    let open_incidents = incident::open(ctx, at);
    ctx.emit_element(at, ProcessInstanceIntent::ElementTerminated);
    incident::resolve_these(ctx, at, &open_incidents, None);
    match interrupting {
        Some(event) => {
            if let Some(scope) = ctx.at(at.process_instance_key, at.flow_scope_key) {
                trigger::activate_triggered(ctx, at.key, &scope, &event);
            }
        }
        None => scope::child_terminated(ctx, at),
    }
}

/// A called process runs while its call activity does.
fn check_caller(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Rejection> {
    let caller = ctx.caller(at);
    if caller.is_some_and(|caller| ctx.element(&caller).is_some_and(ElementInstance::is_active)) {
        return Ok(());
    }
    Err(invalid(format!(
        "Expected the call activity of process instance with key '{}' to be active, but it is not.",
        at.key
    )))
}

fn check_scope(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Rejection> {
    if at.is_process() {
        return if ctx.called_by(at).is_some() {
            check_caller(ctx, at)
        } else if ctx.element(at).is_some() {
            Ok(())
        } else {
            Err(invalid(format!("process instance with key '{}' does not exist", at.key)))
        };
    }
    let Some(scope) = ctx.flow_scope(at) else {
        return Err(invalid(format!(
            "Expected flow scope instance with key '{}' to be present in state but not found.",
            at.flow_scope_key
        )));
    };
    if !scope.is_active() {
        return Err(invalid(format!(
            "Expected flow scope instance to be in state 'ELEMENT_ACTIVATED' but was '{}'.",
            state_name(scope)
        )));
    }
    if scope.is_interrupted_by_other_than(at.index) {
        return Err(invalid(format!(
            "Expected flow scope instance to be not interrupted but was interrupted by an event with key '{}'.",
            scope.key
        )));
    }
    Ok(())
}

/// A container that was about to complete goes on when an event has started something in it.
fn check_children(ctx: &Ctx<'_>, at: &At) -> Result<(), Rejection> {
    let n_children = ctx.element(at).map_or(0, |element| element.n_active_children);
    if n_children == 0 || !event_subprocess::is_scope(&at.element().kind) {
        return Ok(());
    }
    Err(invalid(format!(
        "Expected to complete element instance with key '{}', but {n_children} elements are active in it.",
        at.key
    )))
}

fn state_name(element: &ElementInstance) -> &'static str {
    name_of(element.state)
}

fn name_of(state: ElementState) -> &'static str {
    match state {
        ElementState::New => "NEW",
        ElementState::Activating => "ELEMENT_ACTIVATING",
        ElementState::Activated => "ELEMENT_ACTIVATED",
        ElementState::Completing => "ELEMENT_COMPLETING",
        ElementState::Terminating => "ELEMENT_TERMINATING",
    }
}

/// A parallel gateway is activated once every incoming flow was taken, an inclusive one once no
/// other can be.
fn check_join(ctx: &Ctx<'_>, at: &At) -> Result<(), Rejection> {
    let element = at.element();
    if element.incoming.len() < 2 || is_direct_start(ctx, at) {
        return Ok(());
    }
    if matches!(element.kind, ElementKind::InclusiveGateway { .. }) {
        return check_inclusive_join(ctx, at);
    }
    if !matches!(element.kind, ElementKind::ParallelGateway) {
        return Ok(());
    }
    let Some(scope) = ctx.flow_scope(at) else { return Ok(()) };
    let n_taken = element.incoming.iter().filter(|flow| scope.n_taken(flow.0) > 0).count();
    if n_taken == element.incoming.len() {
        return Ok(());
    }
    Err(invalid(format!(
        "Expected to be able to activate parallel gateway '{}', but not all sequence flows have been taken.",
        element.id
    )))
}

/// Whether it is to be activated although no flow leads to it.
fn is_direct_start(ctx: &Ctx<'_>, at: &At) -> bool {
    let instance = ctx.state().instances.get(at.process_instance_key);
    instance.is_some_and(|instance| instance.is_direct_start(at.key))
}

fn check_inclusive_join(ctx: &Ctx<'_>, at: &At) -> Result<(), Rejection> {
    if !inclusive_gateway::waits(ctx, at) {
        return Ok(());
    }
    Err(invalid(format!(
        "Expected to be able to activate inclusive gateway '{}', but not all sequence flows that can still be taken have been taken.",
        at.element().id
    )))
}

fn wrong_state(at: &At, expected: &str, found: ElementState) -> Rejection {
    invalid(format!(
        "Expected element instance with key '{}' to be in state '{expected}' but was '{}'.",
        at.key,
        name_of(found)
    ))
}

fn unknown(at: &At) -> Rejection {
    invalid(format!(
        "Expected element instance with key '{}' to be present in state but not found.",
        at.key
    ))
}

/// Activates and asks for completion, for elements that do nothing in between.
pub(super) fn pass(ctx: &mut Ctx<'_>, at: &At) {
    ctx.emit_element(at, ProcessInstanceIntent::ElementActivated);
    ctx.follow_up_element(at, ElementCommand::Complete);
}

/// Activates and completes in one go, for gateways.
pub(super) fn pass_at_once(ctx: &mut Ctx<'_>, at: &At) {
    ctx.emit_element(at, ProcessInstanceIntent::ElementActivated);
    ctx.emit_element(at, ProcessInstanceIntent::ElementCompleting);
    ctx.emit_element(at, ProcessInstanceIntent::ElementCompleted);
}

/// Output mappings, and closing subscriptions.
pub(super) fn complete_activity(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Failure> {
    let brought = trigger::take(ctx, at);
    mapping::apply_outputs(ctx, at, brought.as_ref())?;
    catch::unsubscribe(ctx, at);
    Ok(())
}

/// Completed: on to the next elements, or the end of the path.
pub(super) fn finish(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Failure> {
    let ends_path = at.element().outgoing.is_empty();
    let is_scope_done = ends_path && scope::path_ending(ctx, at)?;
    compensation::subscribe(ctx, at);
    ctx.emit_element(at, ProcessInstanceIntent::ElementCompleted);
    if at.element().is_for_compensation {
        compensation::handler_completed(ctx, at);
    }
    if ends_path {
        scope::path_ended_with(ctx, at, is_scope_done);
    } else {
        take_outgoing(ctx, at);
    }
    Ok(())
}

/// Takes every outgoing flow; without one the path ends here.
pub(crate) fn take_outgoing(ctx: &mut Ctx<'_>, at: &At) {
    let element = at.element();
    if element.outgoing.is_empty() {
        scope::path_ended(ctx, at);
        return;
    }
    for flow in &element.outgoing {
        take_flow(ctx, at, *flow);
    }
}

/// Takes one flow and asks for the activation of its target.
pub(super) fn take_flow(ctx: &mut Ctx<'_>, at: &At, flow: FlowIndex) {
    let process: &Process = &at.definition.process;
    let flow_key = ctx.new_key();
    let value = ElementValue {
        instance: at.instance,
        element: ctx.flow_slot(&at.definition, flow),
        flow_scope_key: at.flow_scope_key,
    };
    ctx.emit(flow_key, Event::ProcessInstance(ProcessInstanceIntent::SequenceFlowTaken, value));
    let target_key = ctx.new_key();
    let target = ElementValue {
        instance: at.instance,
        element: ctx.element_slot(&at.definition, process.flow(flow).target),
        flow_scope_key: at.flow_scope_key,
    };
    ctx.follow_up(target_key, Command::Element(ElementCommand::Activate, target));
}

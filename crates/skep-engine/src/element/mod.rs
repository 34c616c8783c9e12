//! Elements: how each kind is activated, completed and terminated.
//!
//! The steps every kind goes through are in [`lifecycle`]; what it does in them is in the
//! module of its kind. A kind that fails in a step stays in it, with an incident.

pub(crate) mod catch;
mod compensation;
mod decision_task;
mod end_event;
pub(crate) mod error;
mod escalation;
mod event_gateway;
mod event_subprocess;
mod exclusive_gateway;
mod inclusive_gateway;
mod job_element;
mod lifecycle;
mod link;
mod scope;
mod script_task;
mod start_event;
mod throw_event;
mod trigger;
mod user_task;

use skep_model::{ElementKind, EndKind, ThrowKind};

pub(crate) use self::{
    compensation::apply as apply_compensation,
    lifecycle::{begin_termination, process},
    scope::{process_terminated, terminate_children},
    trigger::{can_trigger, deliver, trigger},
};
use crate::{Ctx, ctx::At, failure::Failure};

/// What an element does once it is activating, up to being activated and beyond.
fn activate(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Failure> {
    match &at.element().kind {
        ElementKind::Process => scope::activate_process(ctx, at),
        ElementKind::SubProcess => scope::activate_subprocess(ctx, at),
        ElementKind::EventSubProcess { start, .. } => event_subprocess::activate(ctx, at, *start),
        ElementKind::StartEvent(_)
        | ElementKind::ManualTask
        | ElementKind::UndefinedTask
        | ElementKind::BoundaryEvent { .. }
        | ElementKind::LinkCatchEvent
        | ElementKind::IntermediateThrowEvent(ThrowKind::None)
        | ElementKind::EndEvent(EndKind::None | EndKind::Terminate) => {
            lifecycle::pass(ctx, at);
            Ok(())
        }
        ElementKind::IntermediateThrowEvent(ThrowKind::Link(_)) => link::activate(ctx, at),
        ElementKind::IntermediateThrowEvent(ThrowKind::Signal(signal))
        | ElementKind::EndEvent(EndKind::Signal(signal)) => {
            throw_event::activate_signal(ctx, at, signal)
        }
        ElementKind::IntermediateThrowEvent(ThrowKind::Compensation(activity))
        | ElementKind::EndEvent(EndKind::Compensation(activity)) => {
            compensation::activate(ctx, at, *activity)
        }
        ElementKind::IntermediateThrowEvent(ThrowKind::Escalation(code))
        | ElementKind::EndEvent(EndKind::Escalation(code)) => escalation::activate(ctx, at, code),
        ElementKind::EndEvent(EndKind::Error(code)) => end_event::activate_error(ctx, at, code),
        ElementKind::JobTask(_, job)
        | ElementKind::IntermediateThrowEvent(ThrowKind::Job(job))
        | ElementKind::EndEvent(EndKind::Job(job)) => job_element::activate(ctx, at, job),
        ElementKind::UserTask(task) => user_task::activate(ctx, at, task),
        ElementKind::DecisionTask(task) => decision_task::activate(ctx, at, task),
        ElementKind::ScriptTask { expression, result_variable } => {
            script_task::activate(ctx, at, expression, result_variable)
        }
        ElementKind::IntermediateCatchEvent(_) | ElementKind::ReceiveTask(_) => {
            catch::activate(ctx, at)
        }
        ElementKind::ExclusiveGateway { default } => exclusive_gateway::activate(ctx, at, *default),
        ElementKind::InclusiveGateway { default } => inclusive_gateway::activate(ctx, at, *default),
        ElementKind::ParallelGateway => {
            lifecycle::pass_at_once(ctx, at);
            lifecycle::take_outgoing(ctx, at);
            Ok(())
        }
        ElementKind::EventBasedGateway => event_gateway::activate(ctx, at),
    }
}

/// What an element does once it is completing.
fn complete(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Failure> {
    match &at.element().kind {
        ElementKind::Process => {
            scope::complete_process(ctx, at);
            Ok(())
        }
        // The gateway took the event, and its variables are locals here.
        ElementKind::IntermediateCatchEvent(_)
            if at.definition.is_behind_event_gateway(at.index) =>
        {
            start_event::complete(ctx, at)
        }
        ElementKind::IntermediateThrowEvent(ThrowKind::Link(target)) => {
            link::complete(ctx, at, *target)
        }
        ElementKind::SubProcess
        | ElementKind::EventSubProcess { .. }
        | ElementKind::LinkCatchEvent
        | ElementKind::JobTask(..)
        | ElementKind::UserTask(_)
        | ElementKind::DecisionTask(_)
        | ElementKind::ScriptTask { .. }
        | ElementKind::IntermediateCatchEvent(_)
        | ElementKind::ReceiveTask(_)
        | ElementKind::IntermediateThrowEvent(_)
        | ElementKind::EndEvent(
            EndKind::None
            | EndKind::Escalation(_)
            | EndKind::Compensation(_)
            | EndKind::Signal(_)
            | EndKind::Job(_),
        ) => lifecycle::complete_activity(ctx, at),
        ElementKind::StartEvent(_) => start_event::complete(ctx, at),
        ElementKind::BoundaryEvent { trigger, .. } => {
            start_event::complete_boundary(ctx, at, trigger)
        }
        ElementKind::ManualTask | ElementKind::UndefinedTask => {
            lifecycle::finish(ctx, at);
            Ok(())
        }
        ElementKind::EndEvent(EndKind::Terminate) => end_event::complete_terminate(ctx, at),
        ElementKind::EventBasedGateway => {
            event_gateway::complete(ctx, at);
            Ok(())
        }
        // These complete as they are activated, or never.
        ElementKind::EndEvent(EndKind::Error(_))
        | ElementKind::ExclusiveGateway { .. }
        | ElementKind::InclusiveGateway { .. }
        | ElementKind::ParallelGateway => Ok(()),
    }
}

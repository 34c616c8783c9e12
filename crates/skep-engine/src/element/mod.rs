//! Elements: how each kind is activated, completed and terminated.
//!
//! The steps every kind goes through are in [`lifecycle`]; what it does in them is in the
//! module of its kind. A kind that fails in a step stays in it, with an incident.

mod ad_hoc;
mod call_activity;
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
mod listener;
mod multi_instance;
mod scope;
mod script_task;
mod start_event;
mod throw_event;
mod trigger;
mod user_task;

use skep_model::{ElementKind, EndKind, ThrowKind};

pub(crate) use self::{
    ad_hoc::{
        activate_ad_hoc_elements, apply_instruction,
        by_job::{
            ask_if_silent as ask_ad_hoc_worker, check_result as check_ad_hoc_result,
            complete_ad_hoc, take_result as take_ad_hoc_result,
        },
        offer as offer_ad_hoc_elements,
    },
    call_activity::called,
    compensation::{apply as apply_compensation, migrate as migrate_compensation},
    inclusive_gateway::wake as wake_joins,
    lifecycle::{Termination, begin_termination, process},
    multi_instance::activate_children,
    scope::{end_process, terminate_children},
    trigger::{can_trigger, deliver, trigger},
    user_task::instead_of_job,
};
use crate::{Ctx, ctx::At, failure::Failure};

/// What an element does once it is activating, up to being activated and beyond.
fn activate(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Failure> {
    match &at.element().kind {
        ElementKind::Process => scope::activate_process(ctx, at),
        ElementKind::SubProcess => scope::activate_subprocess(ctx, at),
        ElementKind::EventSubProcess { start, .. } => event_subprocess::activate(ctx, at, *start),
        ElementKind::CallActivity(called) => call_activity::activate(ctx, at, called),
        ElementKind::MultiInstanceBody(body) => multi_instance::activate(ctx, at, body),
        ElementKind::AdHocSubProcess(ad_hoc) => ad_hoc::activate(ctx, at, ad_hoc),
        // It was activated with its element.
        ElementKind::AdHocInnerInstance => Ok(()),
        ElementKind::StartEvent(_)
        | ElementKind::ManualTask
        | ElementKind::UndefinedTask
        | ElementKind::BoundaryEvent { .. }
        | ElementKind::LinkCatchEvent
        | ElementKind::IntermediateThrowEvent(ThrowKind::None | ThrowKind::Link(_))
        | ElementKind::EndEvent(EndKind::None | EndKind::Terminate) => {
            lifecycle::pass(ctx, at);
            Ok(())
        }
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

/// What an element does once it is completing, before its end listeners.
fn complete(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Failure> {
    match &at.element().kind {
        ElementKind::Process => {
            catch::unsubscribe(ctx, at);
            compensation::forget(ctx, at);
            Ok(())
        }
        // The gateway took the event, and its variables are locals here.
        ElementKind::IntermediateCatchEvent(_)
            if at.definition.is_behind_event_gateway(at.index) =>
        {
            start_event::complete(ctx, at)
        }
        ElementKind::SubProcess
        | ElementKind::EventSubProcess { .. }
        | ElementKind::LinkCatchEvent
        | ElementKind::CallActivity(_)
        | ElementKind::JobTask(..)
        | ElementKind::UserTask(_)
        | ElementKind::DecisionTask(_)
        | ElementKind::ScriptTask { .. }
        | ElementKind::IntermediateCatchEvent(_)
        | ElementKind::ReceiveTask(_)
        | ElementKind::IntermediateThrowEvent(_)
        | ElementKind::EndEvent(
            EndKind::None
            | EndKind::Terminate
            | EndKind::Escalation(_)
            | EndKind::Compensation(_)
            | EndKind::Signal(_)
            | EndKind::Job(_),
        ) => lifecycle::complete_activity(ctx, at),
        ElementKind::MultiInstanceBody(body) => {
            multi_instance::complete(ctx, at, body);
            Ok(())
        }
        ElementKind::AdHocSubProcess(ad_hoc) => ad_hoc::complete(ctx, at, ad_hoc),
        ElementKind::StartEvent(_) => start_event::complete(ctx, at),
        ElementKind::BoundaryEvent { trigger, .. } => {
            start_event::complete_boundary(ctx, at, trigger)
        }
        // They have nothing to hand over; the gateways complete as they are activated.
        ElementKind::ManualTask
        | ElementKind::UndefinedTask
        | ElementKind::AdHocInnerInstance
        | ElementKind::EventBasedGateway
        | ElementKind::EndEvent(EndKind::Error(_))
        | ElementKind::ExclusiveGateway { .. }
        | ElementKind::InclusiveGateway { .. }
        | ElementKind::ParallelGateway => Ok(()),
    }
}

/// How an element ends, after its end listeners.
fn finish(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Failure> {
    match &at.element().kind {
        ElementKind::Process => {
            scope::finish_process(ctx, at);
            Ok(())
        }
        ElementKind::StartEvent(_) => start_event::finish(ctx, at),
        ElementKind::EndEvent(EndKind::Terminate) => {
            end_event::finish_terminate(ctx, at);
            Ok(())
        }
        ElementKind::IntermediateThrowEvent(ThrowKind::Link(target)) => {
            link::finish(ctx, at, *target);
            Ok(())
        }
        ElementKind::EventBasedGateway => {
            event_gateway::complete(ctx, at);
            Ok(())
        }
        ElementKind::SubProcess
        | ElementKind::EventSubProcess { .. }
        | ElementKind::CallActivity(_)
        | ElementKind::MultiInstanceBody(_)
        | ElementKind::AdHocSubProcess(_)
        | ElementKind::AdHocInnerInstance
        | ElementKind::JobTask(..)
        | ElementKind::UserTask(_)
        | ElementKind::ScriptTask { .. }
        | ElementKind::DecisionTask(_)
        | ElementKind::IntermediateCatchEvent(_)
        | ElementKind::LinkCatchEvent
        | ElementKind::ReceiveTask(_)
        | ElementKind::IntermediateThrowEvent(_)
        | ElementKind::BoundaryEvent { .. }
        | ElementKind::EndEvent(
            EndKind::None
            | EndKind::Escalation(_)
            | EndKind::Compensation(_)
            | EndKind::Signal(_)
            | EndKind::Job(_),
        )
        | ElementKind::ManualTask
        | ElementKind::UndefinedTask => lifecycle::finish(ctx, at),
        // These complete as they are activated, or never.
        ElementKind::EndEvent(EndKind::Error(_))
        | ElementKind::ExclusiveGateway { .. }
        | ElementKind::InclusiveGateway { .. }
        | ElementKind::ParallelGateway => Ok(()),
    }
}

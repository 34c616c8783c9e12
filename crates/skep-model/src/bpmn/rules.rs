//! Rules that a process keeps as a whole; each breach is one message naming the fix.
//!
//! Source: camunda/zeebe: bpmn-model/validation/zeebe and
//! engine/processing/deployment/model/validation

mod catch;
mod flow;
mod straight_through;

use skep_feel::Expression;

use super::compensation;
use super::draft::Drafts;
use crate::element_type::ElementType;
use crate::graph::ElementIndex;
use crate::problem::Report;

/// Checks all rules; answers the condition of each flow.
pub(crate) fn check(drafts: &Drafts<'_>, report: &mut Report<'_>) -> Vec<Option<Expression>> {
    for at in drafts.indexes() {
        compensation::check_handler(drafts, at, report);
        compensation::check_throw(drafts, at, report);
        match drafts.get(at).element_type {
            Some(ElementType::Process) => {
                catch::process_starts(drafts, report);
                catch::event_subprocesses(drafts, at, report);
            }
            Some(ElementType::SubProcess) => {
                catch::subprocess_start(drafts, at, report);
                catch::event_subprocesses(drafts, at, report);
                catch::boundary_events(drafts, at, report);
            }
            Some(ElementType::EventSubProcess) => {
                catch::subprocess_start(drafts, at, report);
                catch::event_subprocesses(drafts, at, report);
                flow::outside_the_flow(drafts, at, report);
            }
            Some(ElementType::BoundaryEvent) => catch::boundary_flows(drafts, at, report),
            Some(ElementType::StartEvent) => flow::no_incoming(drafts, at, "start", report),
            Some(ElementType::EndEvent) => flow::no_outgoing(drafts, at, report),
            Some(ElementType::ExclusiveGateway | ElementType::InclusiveGateway) => {
                flow::conditional_gateway(drafts, at, report);
            }
            Some(ElementType::EventBasedGateway) => catch::event_based_gateway(drafts, at, report),
            Some(
                ElementType::CallActivity
                | ElementType::MultiInstanceBody
                | ElementType::AdHocSubProcess
                | ElementType::ServiceTask
                | ElementType::ReceiveTask
                | ElementType::UserTask
                | ElementType::ManualTask
                | ElementType::Task
                | ElementType::BusinessRuleTask
                | ElementType::ScriptTask
                | ElementType::SendTask,
            ) => catch::boundary_events(drafts, at, report),
            Some(
                ElementType::IntermediateCatchEvent
                | ElementType::IntermediateThrowEvent
                | ElementType::ParallelGateway
                | ElementType::AdHocSubProcessInnerInstance
                | ElementType::SequenceFlow,
            )
            | None => {}
        }
    }
    straight_through::check(drafts, report);
    flow::conditions(drafts, report)
}

/// Whether what `at` is could be read; if not, rules about its content say nothing.
fn is_read(drafts: &Drafts<'_>, at: ElementIndex) -> bool {
    drafts.get(at).kind.is_some()
}

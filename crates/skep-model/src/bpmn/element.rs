//! Second pass over a process: what each flow node does.

use super::ad_hoc;
use super::binding::binding;
use super::call;
use super::compensation;
use super::definitions::Definitions;
use super::draft::{Drafts, unsupported};
use super::event::{self, Place};
use super::expression::{feel, text_or_feel};
use super::extension;
use super::link;
use super::listener;
use super::multi_instance;
use crate::element_type::ElementType;
use crate::graph::{CalledDecision, ElementIndex, ElementKind, FlowIndex, Trigger};
use crate::node::{Node, attribute, bpmn_named, flag};
use crate::problem::{Report, quoted};

/// Reads every flow node of `drafts`.
pub(crate) fn read_all<'a>(
    drafts: &mut Drafts<'a>,
    known: &Definitions<'a>,
    report: &mut Report<'_>,
) {
    for at in drafts.indexes() {
        let draft = drafts.get(at);
        let Some(element_type) = draft.element_type else { continue };
        let node = draft.node;
        if !is_synthetic(element_type) {
            extension::check_supported(node, report);
            let (start, end) = listener::read(node, element_type, report);
            let draft = drafts.get_mut(at);
            (draft.start_listeners, draft.end_listeners) = (start, end);
        }
        let kind = read(drafts, at, element_type, known, report);
        let (inputs, outputs) = if has_mappings(element_type) {
            extension::mappings(node, report)
        } else {
            Default::default()
        };
        if let Some(ElementKind::BoundaryEvent { attached_to, .. }) = &kind {
            drafts.get_mut(*attached_to).boundary_events.push(at);
        }
        let draft = drafts.get_mut(at);
        (draft.kind, draft.inputs, draft.outputs) = (kind, inputs, outputs);
        ad_hoc::check_parameters(drafts, at, report);
    }
}

/// Whether the element stands for something around or in the element of the file.
fn is_synthetic(element_type: ElementType) -> bool {
    matches!(
        element_type,
        ElementType::MultiInstanceBody | ElementType::AdHocSubProcessInnerInstance
    )
}

/// Gateways and tasks that are passed at once have no mappings, as in Zeebe.
fn has_mappings(element_type: ElementType) -> bool {
    match element_type {
        ElementType::Process
        | ElementType::ManualTask
        | ElementType::Task
        | ElementType::ExclusiveGateway
        | ElementType::InclusiveGateway
        | ElementType::ParallelGateway
        | ElementType::EventBasedGateway
        | ElementType::MultiInstanceBody
        | ElementType::AdHocSubProcessInnerInstance
        | ElementType::SequenceFlow => false,
        ElementType::SubProcess
        | ElementType::AdHocSubProcess
        | ElementType::EventSubProcess
        | ElementType::CallActivity
        | ElementType::StartEvent
        | ElementType::IntermediateCatchEvent
        | ElementType::IntermediateThrowEvent
        | ElementType::BoundaryEvent
        | ElementType::EndEvent
        | ElementType::ServiceTask
        | ElementType::ReceiveTask
        | ElementType::UserTask
        | ElementType::BusinessRuleTask
        | ElementType::ScriptTask
        | ElementType::SendTask => true,
    }
}

/// Whether boundary events can be attached.
pub(crate) fn is_activity(element_type: ElementType) -> bool {
    match element_type {
        ElementType::SubProcess
        | ElementType::CallActivity
        | ElementType::MultiInstanceBody
        | ElementType::AdHocSubProcess
        | ElementType::ServiceTask
        | ElementType::ReceiveTask
        | ElementType::UserTask
        | ElementType::ManualTask
        | ElementType::Task
        | ElementType::BusinessRuleTask
        | ElementType::ScriptTask
        | ElementType::SendTask => true,
        ElementType::Process
        | ElementType::EventSubProcess
        | ElementType::StartEvent
        | ElementType::IntermediateCatchEvent
        | ElementType::IntermediateThrowEvent
        | ElementType::BoundaryEvent
        | ElementType::EndEvent
        | ElementType::ExclusiveGateway
        | ElementType::InclusiveGateway
        | ElementType::ParallelGateway
        | ElementType::EventBasedGateway
        | ElementType::AdHocSubProcessInnerInstance
        | ElementType::SequenceFlow => false,
    }
}

fn read<'a>(
    drafts: &Drafts<'a>,
    at: ElementIndex,
    element_type: ElementType,
    known: &Definitions<'a>,
    report: &mut Report<'_>,
) -> Option<ElementKind> {
    let draft = drafts.get(at);
    let node = draft.node;
    let is_event_subprocess = element_type == ElementType::EventSubProcess;
    if is_activity(element_type) && !is_synthetic(element_type) || is_event_subprocess {
        check_activity(node, is_event_subprocess, report);
    }
    match element_type {
        ElementType::Process => Some(ElementKind::Process),
        ElementType::SubProcess => Some(ElementKind::SubProcess),
        ElementType::EventSubProcess => event_subprocess(drafts, at),
        ElementType::CallActivity => {
            call::called_element(node, report).map(ElementKind::CallActivity)
        }
        ElementType::MultiInstanceBody => multi_instance::read(drafts, at, report),
        ElementType::AdHocSubProcess => ad_hoc::read(drafts, at, report),
        ElementType::AdHocSubProcessInnerInstance => Some(ElementKind::AdHocInnerInstance),
        ElementType::StartEvent => {
            let place = start_place(drafts, at);
            event::start(node, place, known, report).map(ElementKind::StartEvent)
        }
        ElementType::IntermediateCatchEvent if link::is_link(node) => {
            link::catch(drafts, at, report)
        }
        ElementType::IntermediateCatchEvent => {
            event::catch(node, Place::Catch, known, report).map(ElementKind::IntermediateCatchEvent)
        }
        ElementType::IntermediateThrowEvent | ElementType::EndEvent
            if compensation::is_compensation(node) =>
        {
            compensation::throw(drafts, at, report)
        }
        ElementType::IntermediateThrowEvent if link::is_link(node) => {
            link::throw(drafts, at, report)
        }
        ElementType::IntermediateThrowEvent => {
            event::throw(node, known, report).map(ElementKind::IntermediateThrowEvent)
        }
        ElementType::BoundaryEvent => boundary_event(drafts, at, known, report),
        ElementType::EndEvent => event::end(node, known, report).map(ElementKind::EndEvent),
        ElementType::ServiceTask => {
            extension::job(node, report).map(|job| ElementKind::JobTask(element_type, job))
        }
        ElementType::SendTask => {
            event::message_job(node, report).map(|job| ElementKind::JobTask(element_type, job))
        }
        ElementType::BusinessRuleTask => business_rule_task(node, report),
        ElementType::ScriptTask => script_task(node, report),
        ElementType::ReceiveTask => {
            if flag(node, "instantiate", false) {
                unsupported(node, "a receive task that starts the process (instantiate)", report);
            }
            event::message(node, false, known, report).map(ElementKind::ReceiveTask)
        }
        ElementType::UserTask => {
            extension::user_task(node, report).map(|task| ElementKind::UserTask(Box::new(task)))
        }
        ElementType::ManualTask => Some(ElementKind::ManualTask),
        ElementType::Task => Some(ElementKind::UndefinedTask),
        ElementType::ExclusiveGateway => default_flow(drafts, at, report)
            .map(|default| ElementKind::ExclusiveGateway { default }),
        ElementType::InclusiveGateway => default_flow(drafts, at, report)
            .map(|default| ElementKind::InclusiveGateway { default }),
        ElementType::ParallelGateway => Some(ElementKind::ParallelGateway),
        ElementType::EventBasedGateway => {
            if flag(node, "instantiate", false) {
                let what = "an event-based gateway that starts the process (instantiate)";
                unsupported(node, what, report);
            }
            Some(ElementKind::EventBasedGateway)
        }
        ElementType::SequenceFlow => None,
    }
}

/// Markers that change how an activity runs.
fn check_activity(node: Node<'_>, is_event_subprocess: bool, report: &mut Report<'_>) {
    if is_event_subprocess
        && let Some(loops) = bpmn_named(node, "multiInstanceLoopCharacteristics").next()
    {
        unsupported(loops, "an event subprocess for each item of a list", report);
    }
    if let Some(loops) = bpmn_named(node, "standardLoopCharacteristics").next() {
        unsupported(loops, "a loop marker (standardLoopCharacteristics)", report);
    }
}

/// Where a start event stands: what its scope is.
fn start_place(drafts: &Drafts<'_>, at: ElementIndex) -> Place {
    let draft = drafts.get(at);
    let scope = draft.scope.and_then(|scope| drafts.get(scope).element_type);
    match scope {
        Some(ElementType::Process) => Place::ProcessStart,
        Some(ElementType::EventSubProcess) if flag(draft.node, "isInterrupting", true) => {
            Place::InterruptingStart
        }
        Some(ElementType::EventSubProcess) => Place::NonInterruptingStart,
        Some(_) | None => Place::SubprocessStart,
    }
}

/// The rules say how many start events there have to be.
fn event_subprocess(drafts: &Drafts<'_>, at: ElementIndex) -> Option<ElementKind> {
    let is_start =
        |child: &ElementIndex| drafts.get(*child).element_type == Some(ElementType::StartEvent);
    let start = drafts.get(at).children.iter().copied().find(is_start)?;
    let interrupting = flag(drafts.get(start).node, "isInterrupting", true);
    Some(ElementKind::EventSubProcess { start, interrupting })
}

fn boundary_event<'a>(
    drafts: &Drafts<'a>,
    at: ElementIndex,
    known: &Definitions<'a>,
    report: &mut Report<'_>,
) -> Option<ElementKind> {
    let draft = drafts.get(at);
    let node = draft.node;
    let interrupting = flag(node, "cancelActivity", true);
    let place =
        if interrupting { Place::InterruptingBoundary } else { Place::NonInterruptingBoundary };
    let attached_to = attached_to(drafts, at, report);
    let trigger = if compensation::is_compensation(node) {
        compensation::boundary(drafts, at, report)
    } else {
        event::catch(node, place, known, report)
    };
    if let (Some(Trigger::Escalation(_)), Some(host)) = (&trigger, attached_to) {
        check_escalation_host(drafts, at, host, report);
    }
    Some(ElementKind::BoundaryEvent { attached_to: attached_to?, interrupting, trigger: trigger? })
}

/// Only what contains elements can have an escalation thrown inside.
fn check_escalation_host(
    drafts: &Drafts<'_>,
    at: ElementIndex,
    host: ElementIndex,
    report: &mut Report<'_>,
) {
    let host = drafts.get(multi_instance::activity(drafts, host));
    let is_container =
        |host: ElementType| matches!(host, ElementType::SubProcess | ElementType::CallActivity);
    if host.element_type.is_some_and(|host| !is_container(host)) {
        report.error(
            drafts.get(at).node,
            format!(
                "no escalation can be thrown in {}: attach the escalation event to a subprocess or \
                 call activity",
                quoted(host.id)
            ),
        );
    }
}

fn attached_to(
    drafts: &Drafts<'_>,
    at: ElementIndex,
    report: &mut Report<'_>,
) -> Option<ElementIndex> {
    let draft = drafts.get(at);
    let Some(id) = attribute(draft.node, "attachedToRef") else {
        report.error(draft.node, "the boundary event is not attached: attach it to an activity");
        return None;
    };
    let Some(activity) = drafts.find(id).or_else(|| drafts.find(id.rsplit_once(':')?.1)) else {
        report.error(
            draft.node,
            format!("attachedToRef {} names no activity of this process: attach it", quoted(id)),
        );
        return None;
    };
    let host = drafts.get(activity);
    if host.scope != draft.scope {
        report.error(
            draft.node,
            format!(
                "the activity {} lies in another scope: attach the event inside it",
                quoted(id)
            ),
        );
        return None;
    }
    // An activity of a type that is not supported is reported itself.
    if host.element_type.is_some_and(|element_type| !is_activity(element_type)) {
        report.error(
            draft.node,
            format!(
                "{} is no activity: attach the boundary event to a task or subprocess",
                quoted(id)
            ),
        );
        return None;
    }
    Some(activity)
}

/// The default flow of a gateway: `Some(None)` if it has none, `None` if it is wrong.
fn default_flow(
    drafts: &Drafts<'_>,
    at: ElementIndex,
    report: &mut Report<'_>,
) -> Option<Option<FlowIndex>> {
    let node = drafts.get(at).node;
    let Some(id) = attribute(node, "default") else {
        return Some(None);
    };
    let default = drafts.find_flow(id).or_else(|| drafts.find_flow(id.rsplit_once(':')?.1));
    match default {
        Some(flow) if drafts.flow(flow).source == at => Some(default),
        Some(_) | None => {
            report.error(
                node,
                format!(
                    "the default flow {} does not leave this gateway: choose another",
                    quoted(id)
                ),
            );
            None
        }
    }
}

fn script_task(node: Node<'_>, report: &mut Report<'_>) -> Option<ElementKind> {
    match (extension::has(node, "script"), extension::has(node, "taskDefinition")) {
        (true, false) => {
            let script = extension::at_most_one(node, "script", report)?;
            let expression = extension::required(script, "expression", report)
                .and_then(|text| feel(script, "the script", text, report));
            let result_variable = extension::required(script, "resultVariable", report);
            Some(ElementKind::ScriptTask {
                expression: expression?,
                result_variable: result_variable?.into(),
            })
        }
        (false, true) => extension::job(node, report)
            .map(|job| ElementKind::JobTask(ElementType::ScriptTask, job)),
        (false, false) | (true, true) => {
            report.error(
                node,
                "a script task has exactly one of zeebe:script (FEEL) and zeebe:taskDefinition \
                 (job worker): keep one",
            );
            None
        }
    }
}

fn business_rule_task(node: Node<'_>, report: &mut Report<'_>) -> Option<ElementKind> {
    match (extension::has(node, "calledDecision"), extension::has(node, "taskDefinition")) {
        (false, true) => extension::job(node, report)
            .map(|job| ElementKind::JobTask(ElementType::BusinessRuleTask, job)),
        (true, false) => {
            let decision = extension::at_most_one(node, "calledDecision", report)?;
            let decision_id = extension::required(decision, "decisionId", report)
                .and_then(|text| text_or_feel(decision, "the decision id", text, report));
            let result_variable = extension::required(decision, "resultVariable", report);
            let binding = binding(decision, report);
            Some(ElementKind::DecisionTask(CalledDecision {
                decision_id: decision_id?,
                binding: binding?,
                result_variable: result_variable?.into(),
            }))
        }
        (false, false) | (true, true) => {
            report.error(
                node,
                "a business rule task has exactly one of zeebe:calledDecision and \
                 zeebe:taskDefinition: keep one",
            );
            None
        }
    }
}

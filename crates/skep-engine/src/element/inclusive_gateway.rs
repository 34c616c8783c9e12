//! Inclusive gateways: any number of flows out, and a join of those that can still arrive.

use skep_model::{Element, ElementIndex, ElementKind, FlowIndex, Process, ThrowKind};
use skep_record::{Command, ElementCommand, ElementValue, ErrorType};

use crate::{
    Ctx,
    ctx::At,
    element::{lifecycle, scope},
    expression::{self, Scope},
    failure::Failure,
    state::instance::{ElementInstance, ProcessInstance},
};

/// Takes every flow whose condition holds, or the default flow when none does.
///
/// Source: camunda/zeebe: engine/processing/bpmn/gateway/InclusiveGatewayProcessor.java
pub(super) fn activate(
    ctx: &mut Ctx<'_>,
    at: &At,
    default: Option<FlowIndex>,
) -> Result<(), Failure> {
    let flows = choose(ctx, at, default)?;
    lifecycle::pass_at_once(ctx, at);
    for flow in &flows {
        lifecycle::take_flow(ctx, at, *flow);
    }
    if flows.is_empty() {
        scope::path_ended(ctx, at);
    }
    Ok(())
}

fn choose(
    ctx: &mut Ctx<'_>,
    at: &At,
    default: Option<FlowIndex>,
) -> Result<Vec<FlowIndex>, Failure> {
    let process = &at.definition.process;
    let outgoing = &at.element().outgoing;
    if outgoing.is_empty() {
        return Ok(Vec::new());
    }
    if let [only] = outgoing.as_slice()
        && process.flow(*only).condition.is_none()
    {
        return Ok(vec![*only]);
    }
    let scope = Scope { process_instance_key: at.process_instance_key, key: at.key };
    let mut chosen = Vec::new();
    for flow in outgoing.iter().filter(|flow| Some(**flow) != default) {
        let Some(condition) = &process.flow(*flow).condition else { continue };
        if expression::boolean(ctx, scope, condition)? {
            chosen.push(*flow);
        }
    }
    if chosen.is_empty() {
        chosen.extend(default);
    }
    if chosen.is_empty() {
        return Err(Failure::new(
            ErrorType::ConditionError,
            "Expected at least one condition to evaluate to true, or to have a default flow",
        ));
    }
    Ok(chosen)
}

/// Whether the gateway waits for more: no incoming flow was taken, or one was, another was not,
/// and something in the scope can still lead to that one.
///
/// Source: camunda/zeebe: engine/processing/bpmn/behavior/BpmnInclusiveGatewayBehavior.java
pub(super) fn waits(ctx: &Ctx<'_>, at: &At) -> bool {
    let Some(instance) = ctx.state().instances.get(at.process_instance_key) else { return false };
    let Some(scope) = instance.element(at.flow_scope_key) else { return false };
    is_incomplete(&at.definition.process, instance, scope, &[], at.index)
}

fn is_incomplete(
    process: &Process,
    instance: &ProcessInstance,
    scope: &ElementInstance,
    coming: &[ElementIndex],
    gateway: ElementIndex,
) -> bool {
    let incoming = &process.element(gateway).incoming;
    let missing: Vec<FlowIndex> =
        incoming.iter().copied().filter(|flow| scope.n_taken(flow.0) == 0).collect();
    if missing.is_empty() {
        return false;
    }
    if missing.len() == incoming.len() {
        // What had arrived was joined already.
        return true;
    }
    let mut is_active = active(process, instance, scope);
    for element in coming {
        is_active[element.0 as usize] = true;
    }
    is_active[gateway.0 as usize] = false;
    leads_to(process, gateway, &missing, &is_active)
}

/// Activates the gateways beside `at` that were waiting for a path which no longer leads to them.
///
/// Zeebe looks at a gateway only when a flow arrives: there, such an instance waits for ever.
pub(crate) fn wake(ctx: &mut Ctx<'_>, at: &At) {
    if !at.definition.has_inclusive_join {
        return;
    }
    for gateway in ready(ctx, at) {
        let value = ElementValue {
            instance: at.instance,
            element: ctx.element_slot(&at.definition, gateway),
            flow_scope_key: at.flow_scope_key,
        };
        let key = ctx.new_key();
        ctx.follow_up(key, Command::Element(ElementCommand::Activate, value));
    }
}

/// The gateways beside `at` where something has arrived, and nothing more can.
fn ready(ctx: &Ctx<'_>, at: &At) -> Vec<ElementIndex> {
    let process = &at.definition.process;
    let Some(instance) = ctx.state().instances.get(at.process_instance_key) else {
        return Vec::new();
    };
    let Some(scope) = instance.element(at.flow_scope_key) else { return Vec::new() };
    if !scope.is_active() || scope.is_interrupted() || scope.n_active_flows == 0 {
        return Vec::new();
    }
    let mut arrived_at: Vec<ElementIndex> = scope
        .taken_flows()
        .map(|flow| process.flow(FlowIndex(flow)).target)
        .filter(|target| is_join(process.element(*target)))
        .collect();
    if arrived_at.is_empty() {
        return arrived_at;
    }
    arrived_at.sort_unstable();
    arrived_at.dedup();
    let coming = ctx.coming(&at.definition, scope.key);
    arrived_at.retain(|gateway| {
        !coming.contains(gateway) && !is_incomplete(process, instance, scope, &coming, *gateway)
    });
    arrived_at
}

fn is_join(element: &Element) -> bool {
    matches!(element.kind, ElementKind::InclusiveGateway { .. }) && element.incoming.len() > 1
}

/// The elements of the scope where something is going on, or is about to.
fn active(process: &Process, instance: &ProcessInstance, scope: &ElementInstance) -> Vec<bool> {
    let mut is_active = vec![false; process.elements.len()];
    for element in instance.children(scope) {
        is_active[element.element as usize] = true;
    }
    for flow in scope.taken_flows() {
        is_active[process.flow(FlowIndex(flow)).target.0 as usize] = true;
    }
    is_active
}

/// Whether a path leads from an active element to one of the flows, looking backwards from them.
fn leads_to(
    process: &Process,
    gateway: ElementIndex,
    flows: &[FlowIndex],
    is_active: &[bool],
) -> bool {
    let mut is_seen = vec![false; process.elements.len()];
    // What lies before the gateway's own outgoing flows was joined already.
    is_seen[gateway.0 as usize] = true;
    let mut open: Vec<ElementIndex> = flows.iter().map(|flow| process.flow(*flow).source).collect();
    while let Some(at) = open.pop() {
        if std::mem::replace(&mut is_seen[at.0 as usize], true) {
            continue;
        }
        if is_active[at.0 as usize] {
            return true;
        }
        let element = process.element(at);
        open.extend(element.incoming.iter().map(|flow| process.flow(*flow).source));
        if let ElementKind::BoundaryEvent { attached_to, .. } = element.kind {
            open.push(attached_to);
        }
        if matches!(element.kind, ElementKind::LinkCatchEvent) {
            open.extend(link_throws(process, at));
        }
    }
    false
}

fn link_throws(process: &Process, catch: ElementIndex) -> impl Iterator<Item = ElementIndex> {
    let siblings = process
        .element(catch)
        .scope
        .map_or(&[][..], |scope| process.element(scope).children.as_slice());
    siblings.iter().copied().filter(move |sibling| {
        matches!(
            process.element(*sibling).kind,
            ElementKind::IntermediateThrowEvent(ThrowKind::Link(target)) if target == catch
        )
    })
}

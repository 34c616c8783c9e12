//! Ad-hoc subprocesses: their elements are activated as asked, each in a scope of its own.

pub(in crate::element) mod by_job;

use std::collections::BTreeSet;

use skep_feel::{TaggedParameter, Text, Value};
use skep_model::{AdHocSubProcess, ElementIndex, ElementKind};
use skep_record::{
    ActivateAdHocElements, AdHocSubProcessInstruction, AdHocSubProcessInstructionIntent, Document,
    ElementCommand, ElementInstanceKey, ErrorType, Event, ProcessInstanceIntent, Rejection,
    RejectionKind, Response,
};

use crate::{
    Ctx,
    apply::Facts,
    ctx::At,
    element::{catch, lifecycle, scope},
    expression::{self, Scope},
    failure::Failure,
    state::State,
    variable,
};

/// Variable that tells what can be activated.
///
/// Source: camunda/camunda-docs: components/modeler/bpmn/ad-hoc-subprocesses
const ELEMENTS_VARIABLE: &str = "adHocSubProcessElements";

fn definition(at: &At) -> Option<&AdHocSubProcess> {
    if let ElementKind::AdHocSubProcess(ad_hoc) = &at.element().kind { Some(ad_hoc) } else { None }
}

/// The ad-hoc subprocess that `at` is an inner instance of.
pub(super) fn of_inner(at: &At) -> Option<&AdHocSubProcess> {
    let process = &at.definition.process;
    if !matches!(at.element().kind, ElementKind::AdHocInnerInstance) {
        return None;
    }
    if let ElementKind::AdHocSubProcess(ad_hoc) = &process.element(at.element().scope?).kind {
        Some(ad_hoc)
    } else {
        None
    }
}

/// Before anything else: what can be activated, and a list for what that gives.
pub(super) fn set_variables(ctx: &mut Ctx<'_>, at: &At) {
    let Some(ad_hoc) = definition(at) else { return };
    let elements = elements(at, ad_hoc);
    let empty = skep_record::list_header(0);
    let mut variables: Vec<(&str, &[u8])> = vec![(ELEMENTS_VARIABLE, &elements)];
    variables.extend(ad_hoc.output.as_ref().map(|output| (&*output.variable, empty.as_slice())));
    let variables = Document::from_entries(variables.into_iter());
    variable::set_local(ctx, at, at.key, variables.variables());
}

/// A migrated subprocess offers other elements.
///
/// Source: camunda/camunda: issue 40737
pub(crate) fn offer(ctx: &mut Ctx<'_>, at: &At) {
    let Some(ad_hoc) = definition(at) else { return };
    let elements = elements(at, ad_hoc);
    let offered = [(ELEMENTS_VARIABLE, elements.as_slice())];
    let offered = Document::from_entries(offered.into_iter());
    variable::set_local(ctx, at, at.key, offered.variables());
}

fn elements(at: &At, ad_hoc: &AdHocSubProcess) -> Vec<u8> {
    let elements = ad_hoc.elements.iter().map(|offered| {
        let element = at.definition.process.element(offered.index);
        let properties: Vec<(Text<'_>, Value)> = offered
            .properties
            .iter()
            .map(|(name, value)| (name.to_string().into(), text(value)))
            .collect();
        // Deployment made sure that they can be read.
        let parameters: Vec<Value> = element
            .inputs
            .iter()
            .flat_map(|input| input.source.from_ai_parameters().unwrap_or_default())
            .map(parameter)
            .collect();
        present([
            ("elementId", Some(text(&element.id))),
            ("elementName", element.name.as_deref().map(text)),
            ("documentation", offered.documentation.as_deref().map(text)),
            ("properties", (!properties.is_empty()).then(|| Value::context(properties))),
            ("parameters", (!parameters.is_empty()).then(|| Value::list(parameters))),
        ])
    });
    let mut out = Vec::new();
    Value::list(elements.collect()).write_msgpack(&mut out);
    out
}

/// What is to be given to an element, for whoever activates it.
fn parameter(parameter: TaggedParameter) -> Value {
    present([
        ("name", Some(text(&parameter.name))),
        ("description", parameter.description.as_deref().map(text)),
        ("type", parameter.type_name.as_deref().map(text)),
        ("schema", parameter.schema),
        ("options", parameter.options),
    ])
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned().into())
}

/// A context without what is not there.
///
/// Source: camunda/camunda: zeebe/engine/processing/adhocsubprocess/AdHocActivityMetadata.java
fn present<const N: usize>(entries: [(&'static str, Option<Value>); N]) -> Value {
    let entries = entries.into_iter();
    Value::context(entries.filter_map(|(name, value)| Some((name.into(), value?))).collect())
}

/// Activates what the model says is active from the start; else it waits for instructions.
///
/// Source: camunda/camunda: zeebe/engine/processing/bpmn/container/AdHocSubProcessProcessor.java
pub(super) fn activate(
    ctx: &mut Ctx<'_>,
    at: &At,
    ad_hoc: &AdHocSubProcess,
) -> Result<(), Failure> {
    if let Some(job) = &ad_hoc.job {
        return by_job::activate(ctx, at, job);
    }
    let scope = Scope { process_instance_key: at.process_instance_key, key: at.key };
    let mut chosen = Vec::new();
    if let Some(collection) = &ad_hoc.active_elements {
        for id in expression::strings(ctx, scope, collection)? {
            chosen.push(find(at, ad_hoc, &id).ok_or_else(|| {
                Failure::new(
                    ErrorType::ExtractValueError,
                    format!(
                        "Expected to activate the element '{id}' of ad-hoc subprocess '{}', but there is no such element that can be activated.",
                        at.element().id
                    ),
                )
            })?);
        }
    }
    catch::subscribe(ctx, at)?;
    catch::subscribe_event_subprocesses(ctx, at)?;
    ctx.emit_element(at, ProcessInstanceIntent::ElementActivated);
    for index in chosen {
        activate_element(ctx, at, ad_hoc, index, &Document::empty());
    }
    Ok(())
}

fn find(at: &At, ad_hoc: &AdHocSubProcess, id: &str) -> Option<ElementIndex> {
    let process = &at.definition.process;
    let mut offered = ad_hoc.elements.iter().map(|element| element.index);
    offered.find(|index| *process.element(*index).id == *id)
}

/// Makes a scope for the element, with these variables, and asks for its activation there.
fn activate_element(
    ctx: &mut Ctx<'_>,
    at: &At,
    ad_hoc: &AdHocSubProcess,
    index: ElementIndex,
    variables: &Document,
) {
    let key = ctx.new_key();
    let inner = ctx.child(at, ad_hoc.inner, key);
    ctx.emit_element(&inner, ProcessInstanceIntent::ElementActivating);
    variable::set_local(ctx, &inner, inner.key, variables.variables());
    ctx.emit_element(&inner, ProcessInstanceIntent::ElementActivated);
    let key = ctx.new_key();
    let element = ctx.child(&inner, index, key);
    ctx.follow_up_element(&element, ElementCommand::Activate);
}

/// Handles `AD_HOC_SUB_PROCESS_INSTRUCTION:ACTIVATE`.
///
/// # Errors
/// - `NotFound`: no such ad-hoc subprocess, or an element that it does not offer.
/// - `InvalidState`: it is not active.
/// - `InvalidArgument`: no element is named, or a client names one twice.
///
/// Source: camunda/camunda-docs: components/modeler/bpmn/ad-hoc-subprocesses; camunda/camunda:
/// zeebe/engine/processing/adhocsubprocess/AdHocSubProcessInstructionActivateProcessor.java
pub(crate) fn activate_ad_hoc_elements(
    ctx: &mut Ctx<'_>,
    activate: &ActivateAdHocElements,
) -> Result<(), Rejection> {
    let key = activate.element_instance_key;
    let at = open(ctx, key, "activate elements of")?;
    let Some(ad_hoc) = definition(&at) else { return Ok(()) };
    let invalid =
        |reason: &str| refused(key, "activate elements of", RejectionKind::InvalidArgument, reason);
    if activate.elements.is_empty() {
        return Err(invalid("no elements are named"));
    }
    // A worker may want the same tool twice.
    let is_from_worker = ctx.is_follow_up();
    let mut seen = BTreeSet::new();
    let mut chosen = Vec::with_capacity(activate.elements.len());
    for element in &activate.elements {
        let id = &element.element_id;
        if !seen.insert(id) && !is_from_worker {
            return Err(invalid(&format!("the element '{id}' is named more than once")));
        }
        let index = find(&at, ad_hoc, id).ok_or_else(|| {
            let reason = format!("it has no element '{id}' that can be activated");
            refused(key, "activate elements of", RejectionKind::NotFound, &reason)
        })?;
        chosen.push((index, &element.variables));
    }
    // How many there are is limited by how often somebody asked for one.
    let remaining: Vec<ElementInstanceKey> = if activate.cancel_remaining {
        ctx.children(&at).map(|inner| inner.key).collect()
    } else {
        Vec::new()
    };
    for (index, variables) in &chosen {
        activate_element(ctx, &at, ad_hoc, *index, variables);
    }
    instruct(
        ctx,
        &at,
        AdHocSubProcessInstructionIntent::Activated,
        &chosen,
        activate.cancel_remaining,
    );
    for key in remaining {
        if let Some(child) = ctx.at(at.process_instance_key, key) {
            ctx.follow_up_element(&child, ElementCommand::Terminate);
        }
    }
    ctx.reply(Response::Done);
    Ok(())
}

/// The ad-hoc subprocess with this key, which takes instructions; `action` says in the rejection
/// what was to be done with it.
fn open(ctx: &mut Ctx<'_>, key: ElementInstanceKey, action: &str) -> Result<At, Rejection> {
    let owner = ctx.state().elements.get(key);
    let at = owner
        .filter(|owner| !ctx.state().is_banned(*owner))
        .and_then(|owner| ctx.at(owner, key))
        .filter(|at| definition(at).is_some() && ctx.may_see(at.tenant_id()))
        .ok_or_else(|| {
            refused(key, action, RejectionKind::NotFound, "no such instance was found")
        })?;
    let is_open =
        ctx.element(&at).is_some_and(|at| at.is_active() && !at.is_interrupted() && !at.is_done());
    if is_open {
        Ok(at)
    } else {
        Err(refused(key, action, RejectionKind::InvalidState, "it is not active"))
    }
}

fn refused(key: ElementInstanceKey, action: &str, kind: RejectionKind, reason: &str) -> Rejection {
    Rejection::new(kind, format!("Expected to {action} ad-hoc subprocess '{key}', but {reason}"))
}

fn instruct(
    ctx: &mut Ctx<'_>,
    at: &At,
    intent: AdHocSubProcessInstructionIntent,
    elements: &[(ElementIndex, &Document)],
    cancel_remaining: bool,
) {
    let elements =
        elements.iter().map(|(index, _)| ctx.element_slot(&at.definition, *index)).collect();
    let instruction = AdHocSubProcessInstruction {
        instance: at.instance,
        scope_key: at.key,
        elements,
        cancel_remaining,
    };
    let key = ctx.new_key();
    ctx.emit(key, Event::AdHocInstruction(intent, Box::new(instruction)));
}

pub(crate) fn apply_instruction(
    state: &mut State,
    facts: &Facts<'_>,
    intent: AdHocSubProcessInstructionIntent,
    instruction: &AdHocSubProcessInstruction,
) -> Option<()> {
    match intent {
        AdHocSubProcessInstructionIntent::Activated => None,
        AdHocSubProcessInstructionIntent::Completed => {
            let instance = facts.instance(instruction.instance)?.process_instance_key;
            let at = state.instances.element_mut(instance, instruction.scope_key)?;
            at.details_mut().is_done = true;
            Some(())
        }
    }
}

/// An activated element and all that followed it is about to complete: its output goes to the
/// list. Answers whether the completion condition is fulfilled.
pub(super) fn inner_completing(
    ctx: &mut Ctx<'_>,
    at: &At,
    ad_hoc: &AdHocSubProcess,
) -> Result<bool, Failure> {
    let own = Scope { process_instance_key: at.process_instance_key, key: at.key };
    let outer = Scope { key: at.flow_scope_key, ..own };
    if let Some(output) = &ad_hoc.output {
        let item = expression::any(ctx, own, &output.element)?;
        let known = ctx.flow_scope(at).and_then(|scope| scope.variable(&output.variable));
        let Some(list) = known.and_then(|known| appended(known.value(), &item)) else {
            return Err(Failure::new(
                ErrorType::ExtractValueError,
                format!(
                    "Unable to add an item to output collection '{}': expected a list",
                    output.variable
                ),
            )
            .in_scope(outer.key));
        };
        let list = [(&*output.variable, list.as_slice())];
        let list = Document::from_entries(list.into_iter());
        variable::set_local(ctx, at, outer.key, list.variables());
    }
    let Some(condition) = &ad_hoc.completion_condition else { return Ok(false) };
    let environment = ctx.environment().clone();
    expression::boolean_among(&outer.variables(ctx), &environment, outer, condition)
}

/// The list with one more item, as MessagePack; `None` if it is no list.
fn appended(list: &[u8], item: &[u8]) -> Option<Vec<u8>> {
    let items: Vec<_> = skep_record::list_items(list)?.collect();
    let mut out = skep_record::list_header(items.len() + 1);
    if let (Some(first), Some(last)) = (items.first(), items.last()) {
        out.extend_from_slice(list.get(first.start..last.end)?);
    }
    out.extend_from_slice(item);
    Some(out)
}

/// The completion condition is fulfilled as the inner instance `at` completes.
pub(super) fn fulfilled(ctx: &mut Ctx<'_>, at: &At) {
    let Some(scope) = ctx.at(at.process_instance_key, at.flow_scope_key) else { return };
    let cancels_remaining = definition(&scope).is_some_and(|ad_hoc| ad_hoc.cancels_remaining);
    let Some(element) = ctx.element(&scope) else { return };
    if element.is_active() && !element.is_interrupted() && !element.is_done() {
        finish_instruction(ctx, &scope, cancels_remaining);
    }
    scope::path_ended(ctx, at);
}

/// The subprocess is told that it is done. Answers how much is active in it.
fn finish_instruction(ctx: &mut Ctx<'_>, at: &At, cancel_remaining: bool) -> u32 {
    let n_active = ctx.element(at).map_or(0, |element| element.n_active_children);
    instruct(ctx, at, AdHocSubProcessInstructionIntent::Completed, &[], cancel_remaining);
    if cancel_remaining && n_active > 0 {
        scope::interrupt_children(ctx, at);
    }
    n_active
}

/// Whether a scope in which nothing is active any more completes: an ad-hoc subprocess with a
/// completion condition or a job worker waits until it is told that it is done.
pub(super) fn may_complete(ctx: &Ctx<'_>, scope: &At) -> bool {
    let Some(ad_hoc) = definition(scope) else { return true };
    ad_hoc.completion_condition.is_none() && ad_hoc.job.is_none()
        || ctx.element(scope).is_some_and(|scope| scope.is_done() || scope.is_interrupted())
}

/// The list of outputs goes to the scope around the subprocess.
pub(super) fn complete(
    ctx: &mut Ctx<'_>,
    at: &At,
    ad_hoc: &AdHocSubProcess,
) -> Result<(), Failure> {
    scope::hand_over_outputs(ctx, at, ad_hoc.output.as_ref());
    lifecycle::complete_activity(ctx, at)
}

//! BPMN errors and escalations: who catches them, and what happens when nobody does.

use skep_model::{CodeCatch, ElementIndex, Trigger};
use skep_record::{Document, ElementId, ElementInstanceKey};

use crate::{Ctx, ctx::At, element::trigger};

/// What is looked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Thrown {
    Error,
    Escalation,
}

impl Thrown {
    /// What the trigger catches of this.
    fn caught_by(self, trigger: &Trigger) -> Option<&CodeCatch> {
        match (self, trigger) {
            (Self::Error, Trigger::Error(catch))
            | (Self::Escalation, Trigger::Escalation(catch)) => Some(catch),
            (Self::Error | Self::Escalation, _) => None,
        }
    }
}

/// An event that catches, and the element instance it is attached to or in.
pub(crate) struct Catch {
    at: At,
    target: ElementIndex,
}

impl Catch {
    /// The event that catches.
    pub(super) fn element_id(&self) -> ElementId {
        self.at.definition.facts(self.target).reference.element_id.clone()
    }

    pub(super) fn is_interrupting(&self) -> bool {
        self.at.definition.is_interrupting(self.target)
    }
}

/// Looks outwards from `from`, through call activities too, for an event that takes `code`; else
/// the codes seen.
///
/// In each scope an event with that very code goes before one that takes all. The search ends at
/// a scope that is ending or was interrupted.
///
/// Source: camunda/zeebe: engine/state/analyzers/CatchEventAnalyzer.java
pub(crate) fn find_catch(
    ctx: &mut Ctx<'_>,
    at: &At,
    from: ElementInstanceKey,
    thrown: Thrown,
    code: &str,
) -> Result<Catch, Vec<String>> {
    let mut seen = Vec::new();
    let mut next = ctx.at(at.process_instance_key, from);
    while let Some(scope) = next {
        let is_open = ctx
            .element(&scope)
            .is_some_and(|element| element.is_active() && !element.is_interrupted());
        if !is_open {
            break;
        }
        if let Some(target) = catch_in(&scope, thrown, code, &mut seen) {
            return Ok(Catch { at: scope, target });
        }
        next = ctx.outer(&scope);
    }
    Err(seen)
}

/// Event subprocesses in the scope come before the events on its boundary.
fn catch_in(
    scope: &At,
    thrown: Thrown,
    code: &str,
    seen: &mut Vec<String>,
) -> Option<ElementIndex> {
    let process = &scope.definition.process;
    let element = scope.element();
    let starts = element
        .event_subprocesses
        .iter()
        .filter_map(|subprocess| process.element(*subprocess).event_subprocess())
        .map(|(start, _)| start);
    let mut catch_all = None;
    for index in starts.chain(element.boundary_events.iter().copied()) {
        let trigger = process.element(index).trigger();
        match trigger.and_then(|trigger| thrown.caught_by(trigger)) {
            Some(CodeCatch::Code(known)) if **known == *code => return Some(index),
            Some(CodeCatch::Code(known)) => seen.push(known.to_string()),
            Some(CodeCatch::All) => catch_all = catch_all.or(Some(index)),
            None => (),
        }
    }
    catch_all
}

/// Lets the event take what was thrown.
pub(crate) fn throw(ctx: &mut Ctx<'_>, catch: &Catch, variables: Document) {
    trigger::deliver(ctx, &catch.at, catch.target, variables);
}

/// What the incident says.
pub(crate) fn not_caught(code: &str, message: &str, seen: &[String]) -> String {
    let message = if message.is_empty() {
        "No error message provided.".to_owned()
    } else {
        message.to_owned()
    };
    let available = if seen.is_empty() {
        "No error events are available in the scope.".to_owned()
    } else {
        format!("Available error events are [{}]", seen.join(", "))
    };
    format!(
        "Expected to throw an error event with the code '{code}' with message '{message}', but it was not caught. {available}"
    )
}

//! BPMN errors: who catches them, and what happens when nobody does.

use skep_model::{ElementIndex, ElementKind, ErrorCatch, Trigger};
use skep_record::{Document, ElementInstanceKey};

use crate::{Ctx, ctx::At, element::trigger};

/// An error event, and the element instance it is attached to.
pub(crate) struct Catch {
    at: At,
    target: ElementIndex,
}

/// Looks outwards from `from` for an error event that takes `code`; else the codes seen.
///
/// In each scope an event with that very code goes before one that takes all.
///
/// Source: camunda/zeebe: engine/state/analyzers/CatchEventAnalyzer.java
pub(crate) fn find_catch(
    ctx: &mut Ctx<'_>,
    at: &At,
    from: ElementInstanceKey,
    code: &str,
) -> Result<Catch, Vec<String>> {
    let mut seen = Vec::new();
    let mut key = from;
    while let Some(scope) = ctx.at(at.process_instance_key, key) {
        let is_open = ctx
            .element(&scope)
            .is_some_and(|element| element.is_active() && !element.is_interrupted());
        if is_open && let Some(target) = catch_in(&scope, code, &mut seen) {
            return Ok(Catch { at: scope, target });
        }
        key = scope.flow_scope_key;
    }
    Err(seen)
}

fn catch_in(scope: &At, code: &str, seen: &mut Vec<String>) -> Option<ElementIndex> {
    let process = &scope.definition.process;
    let mut catch_all = None;
    for index in &scope.element().boundary_events {
        if let ElementKind::BoundaryEvent { trigger: Trigger::Error(catch), .. } =
            &process.element(*index).kind
        {
            match catch {
                ErrorCatch::Code(known) if **known == *code => return Some(*index),
                ErrorCatch::Code(known) => seen.push(known.to_string()),
                ErrorCatch::All => catch_all = Some(*index),
            }
        }
    }
    catch_all
}

/// Lets the event take the error.
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

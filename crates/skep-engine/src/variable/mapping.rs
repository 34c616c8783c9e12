//! Input and output mappings.

use skep_feel::Variables;
use skep_model::Mapping;
use skep_record::{Document, ErrorType};

use crate::{
    Ctx,
    ctx::At,
    expression::{Scope, ScopeVariables},
    failure::Failure,
};

/// Evaluates the element's input mappings in its scope and sets the results there.
///
/// Every element's activation begins with it.
pub(crate) fn map_inputs(ctx: &mut Ctx<'_>, at: &At) -> Result<(), Failure> {
    let element = at.element();
    if element.inputs.is_empty() {
        return Ok(());
    }
    let results = evaluate(ctx, at, &element.inputs, Existing::Ignore)?;
    super::set_local(ctx, at, at.key, results.variables());
    Ok(())
}

/// Takes what an event or job brought into account as the element completes.
///
/// With output mappings: it becomes local, the mappings are evaluated, and their results travel
/// outwards from the flow scope. Without: it travels outwards from the element itself.
pub(crate) fn apply_outputs(
    ctx: &mut Ctx<'_>,
    at: &At,
    brought: Option<&Document>,
) -> Result<(), Failure> {
    let element = at.element();
    if element.outputs.is_empty() {
        if let Some(variables) = brought {
            super::propagate(ctx, at, at.key, variables);
        }
        return Ok(());
    }
    if let Some(variables) = brought {
        super::set_local(ctx, at, at.key, variables.variables());
    }
    let results = evaluate(ctx, at, &element.outputs, Existing::Merge)?;
    // An instance of a multi-instance activity has variables that belong to it.
    let is_inner = at.definition.process.multi_instance(at.index).is_some();
    let from = if is_inner { at.key } else { at.flow_scope_key };
    super::propagate(ctx, at, from, &results);
    Ok(())
}

/// What a nested target does with a context that is there already.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Existing {
    Ignore,
    Merge,
}

/// Mappings are evaluated in order and read the results of earlier ones.
struct Overlay<'a> {
    results: &'a [(&'a str, Vec<u8>)],
    scope: ScopeVariables<'a>,
}

impl Variables for Overlay<'_> {
    fn variable(&self, name: &str) -> Option<&[u8]> {
        match self.results.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => Some(value),
            None => self.scope.variable(name),
        }
    }
}

fn evaluate(
    ctx: &mut Ctx<'_>,
    at: &At,
    mappings: &[Mapping],
    existing: Existing,
) -> Result<Document, Failure> {
    let environment = ctx.environment().clone();
    let scope = Scope { process_instance_key: at.process_instance_key, key: at.key };
    let mut results: Vec<(&str, Vec<u8>)> = Vec::with_capacity(mappings.len());
    for mapping in mappings {
        let overlay = Overlay { results: &results, scope: scope.variables(ctx) };
        let mut value = Vec::new();
        let source = &mapping.source;
        source.evaluate_msgpack(&overlay, &environment, &mut value).map_err(|error| {
            Failure::new(
                ErrorType::IoMappingError,
                format!("Failed to evaluate expression '{}'. {error}", source.text()),
            )
        })?;
        let Some((name, path)) = mapping.target.split_first() else { continue };
        let name: &str = name;
        if !path.is_empty() {
            let known = match results.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => Some(value.as_slice()),
                None if existing == Existing::Merge => overlay.scope.variable(name),
                None => None,
            };
            value = put(known, path, &value);
        }
        match results.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => results.push((name, value)),
        }
    }
    Ok(Document::from_entries(results.iter().map(|(name, value)| (*name, value.as_slice()))))
}

/// The context `known` with `value` at `path`; what is no context is replaced by one.
fn put(known: Option<&[u8]>, path: &[std::sync::Arc<str>], value: &[u8]) -> Vec<u8> {
    let Some((key, rest)) = path.split_first() else { return value.to_vec() };
    let context =
        known.and_then(|bytes| Document::from_msgpack(bytes.to_vec()).ok()).unwrap_or_default();
    let value = put(context.value(key), rest, value);
    let mut entries: Vec<(&str, &[u8])> = context.iter().collect();
    match entries.iter_mut().find(|(known, _)| *known == &**key) {
        Some(entry) => entry.1 = &value,
        None => entries.push((key, &value)),
    }
    Document::from_entries(entries.into_iter()).as_msgpack().to_vec()
}

//! Activating elements to which no flow leads: at creation, or by a modification.

use skep_model::{Element, ElementIndex, ElementKind};
use skep_record::{
    Command, DirectStart, Document, ElementCommand, ElementInstanceKey, ProcessInstanceIntent,
    Rejection, RejectionKind,
};

use crate::{Ctx, ctx::At, element, state::definition::Definition, variable};

/// An element to activate, and the key that its instance will have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) index: ElementIndex,
    pub(super) key: ElementInstanceKey,
}

/// Variables for the scope at this index.
pub(super) type Variables<'v> = (ElementIndex, &'v Document);

impl Target {
    pub(super) fn new(ctx: &mut Ctx<'_>, index: ElementIndex) -> Self {
        Self { index, key: ElementInstanceKey(ctx.new_key()) }
    }

    pub(super) fn start(self, definition: &Definition) -> DirectStart {
        let element_id = definition.process.element(self.index).id.clone().into();
        DirectStart { element_id, key: self.key }
    }
}

/// Whether elements of its type can be activated directly.
pub(super) fn is_supported(element: &Element) -> bool {
    !matches!(
        element.kind,
        ElementKind::Process | ElementKind::StartEvent(_) | ElementKind::BoundaryEvent { .. }
    )
}

/// Whether the element is inside a multi-instance activity.
pub(super) fn is_repeated(definition: &Definition, index: ElementIndex) -> bool {
    let process = &definition.process;
    containers(definition, index)
        .into_iter()
        .any(|scope| matches!(process.element(scope).kind, ElementKind::MultiInstanceBody(_)))
}

/// The containers that an element is in, from the process inwards.
pub(super) fn containers(definition: &Definition, index: ElementIndex) -> Vec<ElementIndex> {
    let scope_of = |index: &ElementIndex| definition.process.element(*index).scope;
    let mut path: Vec<_> = std::iter::successors(scope_of(&index), scope_of).collect();
    path.reverse();
    path
}

/// Asks for the activation of the element; its scopes are the active ones, or made where there
/// are none. Answers the keys of its scopes.
///
/// Below `ancestor` every scope is made anew. Scopes are made without input mappings and without
/// their start events.
///
/// # Errors
/// `InvalidArgument`: a scope has several instances, or cannot subscribe to its events.
///
/// Source: camunda/zeebe: engine/processing/common/ElementActivationBehavior.java
pub(super) fn activate(
    ctx: &mut Ctx<'_>,
    root: &At,
    target: &Target,
    ancestor: Option<ElementInstanceKey>,
    variables: &[Variables<'_>],
) -> Result<Vec<ElementInstanceKey>, Rejection> {
    let path = containers(&root.definition, target.index);
    let given = ancestor.and_then(|key| ctx.at(root.process_instance_key, key));
    let n_given = given
        .as_ref()
        .and_then(|given| path.iter().position(|index| *index == given.index))
        .map_or(1, |at| at + 1);
    let is_given = given.is_some();
    let mut parent = given.unwrap_or_else(|| root.clone());
    let mut keys = outer_scopes(ctx, &parent);
    set(ctx, root, &keys, &path[..n_given], variables);
    for index in &path[n_given..] {
        let existing = if is_given { None } else { single_active(ctx, &parent, *index)? };
        parent = match existing {
            Some(scope) => {
                set(ctx, &scope, &[scope.key], &[*index], variables);
                scope
            }
            None => {
                let key = ctx.new_key();
                let scope = ctx.child(&parent, *index, key);
                activate_scope(ctx, &scope, variables)?;
                scope
            }
        };
        keys.push(parent.key);
    }
    let at = ctx.child(&parent, target.index, target.key.0);
    set(ctx, &at, &[at.key], &[at.index], variables);
    ctx.follow_up(at.key.0, Command::Element(ElementCommand::Activate, at.value()));
    Ok(keys)
}

/// The scope and those it is in, from the process inwards.
fn outer_scopes(ctx: &Ctx<'_>, at: &At) -> Vec<ElementInstanceKey> {
    let instance = ctx.state().instances.get(at.process_instance_key);
    let mut keys: Vec<_> = instance
        .iter()
        .flat_map(|instance| instance.scopes(at.key))
        .map(|scope| scope.key)
        .collect();
    keys.reverse();
    keys
}

/// Sets the variables meant for any of these scopes.
fn set(
    ctx: &mut Ctx<'_>,
    at: &At,
    keys: &[ElementInstanceKey],
    indexes: &[ElementIndex],
    variables: &[Variables<'_>],
) {
    for (key, index) in keys.iter().zip(indexes) {
        for (_, document) in variables.iter().filter(|(scope, _)| scope == index) {
            variable::set_local(ctx, at, *key, document.variables());
        }
    }
}

/// The active instance of a container in `parent`, if there is exactly one.
fn single_active(
    ctx: &mut Ctx<'_>,
    parent: &At,
    index: ElementIndex,
) -> Result<Option<At>, Rejection> {
    let Some(instance) = ctx.state().instances.get(parent.process_instance_key) else {
        return Ok(None);
    };
    let active: Vec<ElementInstanceKey> = instance
        .element(parent.key)
        .into_iter()
        .flat_map(|scope| instance.children(scope))
        .filter(|element| element.index() == index && element.is_active())
        .map(|element| element.key)
        .take(2)
        .collect();
    if active.len() > 1 {
        let id = &parent.definition.process.element(index).id;
        return Err(Rejection::new(
            RejectionKind::InvalidArgument,
            format!(
                "Expected to modify instance of process '{}' but the flow scope '{id}' of an element to activate has more than one active instance. Name the one to use as ancestorElementInstanceKey.",
                parent.definition.bpmn_process_id
            ),
        ));
    }
    Ok(active.first().and_then(|key| ctx.at(parent.process_instance_key, *key)))
}

/// Makes a scope, with variables of its own but without input mappings.
///
/// # Errors
/// `InvalidArgument`: it cannot subscribe to its events.
pub(super) fn activate_scope(
    ctx: &mut Ctx<'_>,
    scope: &At,
    variables: &[Variables<'_>],
) -> Result<(), Rejection> {
    ctx.emit_element(scope, ProcessInstanceIntent::ElementActivating);
    set(ctx, scope, &[scope.key], &[scope.index], variables);
    let subscribed = element::catch::subscribe(ctx, scope)
        .and_then(|()| element::catch::subscribe_event_subprocesses(ctx, scope));
    subscribed.map_err(|failure| {
        Rejection::new(
            RejectionKind::InvalidArgument,
            format!(
                "Expected to subscribe to catch event(s) of '{}' but {}",
                scope.element().id,
                failure.message
            ),
        )
    })?;
    ctx.emit_element(scope, ProcessInstanceIntent::ElementActivated);
    Ok(())
}

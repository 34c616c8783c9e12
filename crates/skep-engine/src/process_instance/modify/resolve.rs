//! From the instructions of a modification to element instances, checking each.

use skep_model::{ElementIndex, ElementKind};
use skep_record::{
    AncestorScope, ElementInstanceKey, ElementInstanceSelector, ModifyProcessInstance, Rejection,
    ScopedVariables,
};

use super::invalid;
use crate::{
    Ctx,
    ctx::At,
    process_instance::direct::{self, Variables},
    state::instance::{ElementInstance, ProcessInstance},
};

/// What is to be done, in order.
pub(super) struct Plan<'m> {
    pub(super) activations: Vec<Activation<'m>>,
    pub(super) terminations: Vec<ElementInstanceKey>,
}

/// One element to activate.
pub(super) struct Activation<'m> {
    pub(super) element: ElementIndex,
    /// The scope below which all others are made anew.
    pub(super) ancestor: Option<ElementInstanceKey>,
    pub(super) variables: Vec<Variables<'m>>,
}

/// Reads all instructions.
///
/// # Errors
/// `InvalidArgument`, naming the first instruction that cannot be carried out.
pub(super) fn plan<'m>(
    ctx: &Ctx<'_>,
    root: &At,
    modify: &'m ModifyProcessInstance,
) -> Result<Plan<'m>, Rejection> {
    let Some(instance) = ctx.state().instances.get(root.process_instance_key) else {
        return Err(invalid(root, "it is gone"));
    };
    let reader = Reader { root, instance };
    let mut plan = Plan { activations: Vec::new(), terminations: Vec::new() };
    for activate in &modify.activate {
        let element = reader.target(&activate.element_id)?;
        let ancestor = activate.ancestor_scope_key;
        plan.activations.push(reader.activation(element, ancestor, &activate.variables)?);
    }
    for to_move in &modify.moves {
        let element = reader.target(&to_move.target_element_id)?;
        for source in reader.select(&to_move.source)? {
            let ancestor = reader.ancestor_of_move(source, element, to_move.ancestor);
            plan.activations.push(reader.activation(element, ancestor, &to_move.variables)?);
            plan.terminations.push(source.key);
        }
    }
    for selector in &modify.terminate {
        plan.terminations.extend(reader.select(selector)?.iter().map(|element| element.key));
    }
    Ok(plan)
}

struct Reader<'r> {
    root: &'r At,
    instance: &'r ProcessInstance,
}

impl<'r> Reader<'r> {
    fn find(&self, id: &str, what: &str) -> Result<ElementIndex, Rejection> {
        self.root
            .definition
            .process
            .find(id)
            .ok_or_else(|| invalid(self.root, format!("it has no element '{id}', which is {what}")))
    }

    fn target(&self, id: &str) -> Result<ElementIndex, Rejection> {
        let definition = &self.root.definition;
        let index = self.find(id, "to be activated")?;
        let element = definition.process.element(index);
        if !direct::is_supported(element) {
            return Err(invalid(
                self.root,
                format!(
                    "the element '{id}' to activate is of the unsupported type '{}'. Supported are tasks, subprocesses, gateways, and intermediate and end events.",
                    element.element_type()
                ),
            ));
        }
        let is_body = matches!(element.kind, ElementKind::MultiInstanceBody(_));
        if is_body || direct::is_repeated(definition, index) {
            return Err(invalid(
                self.root,
                format!(
                    "the element '{id}' to activate is a multi-instance activity or inside one, which a modification cannot create."
                ),
            ));
        }
        if definition.is_behind_event_gateway(index) {
            return Err(invalid(
                self.root,
                format!(
                    "the element '{id}' to activate belongs to an event-based gateway. Activate the gateway instead."
                ),
            ));
        }
        Ok(index)
    }

    fn activation<'m>(
        &self,
        element: ElementIndex,
        ancestor: Option<ElementInstanceKey>,
        variables: &'m [ScopedVariables],
    ) -> Result<Activation<'m>, Rejection> {
        let containers = direct::containers(&self.root.definition, element);
        if let Some(key) = ancestor {
            self.check_ancestor(key, element, &containers)?;
        }
        let variables = variables
            .iter()
            .map(|scoped| {
                let Some(id) = &scoped.scope_id else {
                    return Ok((ElementIndex::PROCESS, &scoped.variables));
                };
                let scope = self.scope_of_variables(id)?;
                if scope == element || containers.contains(&scope) {
                    return Ok((scope, &scoped.variables));
                }
                Err(invalid(
                    self.root,
                    format!(
                        "the variable scope '{id}' is not a scope of the element '{}' to activate",
                        self.root.definition.process.element(element).id
                    ),
                ))
            })
            .collect::<Result<_, _>>()?;
        Ok(Activation { element, ancestor, variables })
    }

    fn scope_of_variables(&self, id: &str) -> Result<ElementIndex, Rejection> {
        if id == &*self.root.definition.bpmn_process_id {
            return Ok(ElementIndex::PROCESS);
        }
        self.find(id, "a scope of variables")
    }

    fn check_ancestor(
        &self,
        key: ElementInstanceKey,
        element: ElementIndex,
        containers: &[ElementIndex],
    ) -> Result<(), Rejection> {
        let id = &self.root.definition.process.element(element).id;
        let Some(ancestor) = self.instance.element(key).filter(|ancestor| ancestor.is_active())
        else {
            return Err(invalid(
                self.root,
                format!(
                    "it has no active element instance with key '{key}', which is to be the ancestor of '{id}'"
                ),
            ));
        };
        if containers.contains(&ancestor.index()) {
            return Ok(());
        }
        Err(invalid(
            self.root,
            format!("the element instance with key '{key}' is not an ancestor of '{id}'"),
        ))
    }

    fn ancestor_of_move(
        &self,
        source: &ElementInstance,
        target: ElementIndex,
        ancestor: AncestorScope,
    ) -> Option<ElementInstanceKey> {
        match ancestor {
            AncestorScope::Direct(key) => key,
            AncestorScope::SourceParent => Some(source.flow_scope_key),
            AncestorScope::Inferred => {
                let containers = direct::containers(&self.root.definition, target);
                let mut scopes = self.instance.scopes(source.flow_scope_key);
                scopes.find(|scope| containers.contains(&scope.index())).map(|scope| scope.key)
            }
        }
    }

    fn select(
        &self,
        selector: &ElementInstanceSelector,
    ) -> Result<Vec<&'r ElementInstance>, Rejection> {
        match selector {
            ElementInstanceSelector::Key(key) => {
                self.instance.element(*key).map(|element| vec![element]).ok_or_else(|| {
                    invalid(
                        self.root,
                        format!("it has no element instance with key '{key}' to terminate"),
                    )
                })
            }
            ElementInstanceSelector::Element(id) => {
                let index = self.find(id, "to be terminated")?;
                let active: Vec<_> = self
                    .instance
                    .elements
                    .iter()
                    .filter(|element| element.index() == index)
                    .collect();
                if active.is_empty() {
                    return Err(invalid(
                        self.root,
                        format!("no instance of the element '{id}' is active to be terminated"),
                    ));
                }
                Ok(active)
            }
        }
    }
}

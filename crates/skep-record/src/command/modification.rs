//! Changing where a running instance is.

use serde::{Deserialize, Serialize};

use crate::{Document, ElementId, ElementInstanceKey, ProcessInstanceKey};

/// Activates and terminates elements of a running instance; all of it or nothing.
///
/// Activations and moves happen before terminations.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ModifyProcessInstance {
    /// The instance.
    pub process_instance_key: ProcessInstanceKey,
    /// Elements to activate, in order.
    pub activate: Vec<ActivateInstruction>,
    /// Element instances to replace by instances of other elements, in order.
    pub moves: Vec<MoveInstruction>,
    /// Element instances to terminate, in order.
    pub terminate: Vec<ElementInstanceSelector>,
    /// As in [`crate::CreateProcessInstance`].
    pub operation_reference: u64,
}

impl ModifyProcessInstance {
    /// All variables that are to be set.
    pub fn variables(&self) -> impl Iterator<Item = &Document> {
        let of_activations = self.activate.iter().flat_map(|activate| &activate.variables);
        let of_moves = self.moves.iter().flat_map(|to_move| &to_move.variables);
        of_activations.chain(of_moves).map(|scoped| &scoped.variables)
    }
}

/// An element to activate.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ActivateInstruction {
    /// The element.
    pub element_id: ElementId,
    /// An element instance in which every scope between it and the element is made anew; `None`
    /// takes the one active instance of each scope, and makes it where there is none.
    pub ancestor_scope_key: Option<ElementInstanceKey>,
    /// Variables to set before it is activated.
    pub variables: Vec<ScopedVariables>,
}

/// Element instances to terminate, and an element to activate in place of each.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct MoveInstruction {
    /// What to terminate.
    pub source: ElementInstanceSelector,
    /// What to activate, once for each source.
    pub target_element_id: ElementId,
    /// Where to activate it.
    pub ancestor: AncestorScope,
    /// Variables to set before each activation.
    pub variables: Vec<ScopedVariables>,
}

/// The scope in which a moved element's missing scopes are made.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub enum AncestorScope {
    /// As [`ActivateInstruction::ancestor_scope_key`] says.
    Direct(Option<ElementInstanceKey>),
    /// The innermost scope of the source that is also one of the target.
    Inferred,
    /// The scope that the source runs in.
    SourceParent,
}

/// One element instance, or all active ones of an element.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum ElementInstanceSelector {
    /// This one.
    Key(ElementInstanceKey),
    /// All active instances of the element.
    Element(ElementId),
}

/// Variables, and the scope they are for.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ScopedVariables {
    /// The element to activate or one of its scopes; `None` is the process.
    pub scope_id: Option<ElementId>,
    /// What to set, as locals of that scope.
    pub variables: Document,
}

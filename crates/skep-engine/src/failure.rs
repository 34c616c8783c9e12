//! What goes wrong because of a process model or its data: it becomes an incident.

use skep_record::{ElementInstanceKey, ErrorType};

/// Why an element could not be activated or completed; a person can put it right.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) error_type: ErrorType,
    /// What was expected and what was found.
    pub(crate) message: String,
    /// The scope in which to correct variables; `None`: that of the element itself.
    pub(crate) variable_scope_key: Option<ElementInstanceKey>,
}

impl Failure {
    pub(crate) fn new(error_type: ErrorType, message: impl Into<String>) -> Self {
        Self { error_type, message: message.into(), variable_scope_key: None }
    }

    /// The same, to be corrected in another scope.
    pub(crate) fn in_scope(self, key: ElementInstanceKey) -> Self {
        Self { variable_scope_key: Some(key), ..self }
    }
}

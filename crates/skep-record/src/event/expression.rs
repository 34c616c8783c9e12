//! The event of an expression that a client has evaluated.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{StoredValue, TenantId};

/// An expression was evaluated.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
pub struct ExpressionEvaluated {
    /// The expression as it was given.
    pub expression: String,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// Its value.
    pub result: StoredValue,
    /// What was tolerated on the way; it may quote values.
    pub warnings: Vec<String>,
}

/// Shows no text: an expression can have values in it.
impl fmt::Debug for ExpressionEvaluated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExpressionEvaluated")
            .field("result", &self.result)
            .field("warnings", &self.warnings.len())
            .finish_non_exhaustive()
    }
}

//! Why a command was not carried out.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The kinds of refusal, with Zeebe's names.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub enum RejectionKind {
    /// The command's own content is wrong.
    InvalidArgument,
    /// The thing it names does not exist, or is another tenant's.
    NotFound,
    /// The thing it would create exists already.
    AlreadyExists,
    /// The thing exists but is in a state that does not allow the command.
    InvalidState,
    /// The engine failed while processing the command.
    ProcessingError,
    /// The command's records would not fit one batch.
    ExceededBatchRecordSize,
}

impl RejectionKind {
    /// Zeebe's name for this kind, as it appears in messages and problem titles.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidArgument => "INVALID_ARGUMENT",
            Self::NotFound => "NOT_FOUND",
            Self::AlreadyExists => "ALREADY_EXISTS",
            Self::InvalidState => "INVALID_STATE",
            Self::ProcessingError => "PROCESSING_ERROR",
            Self::ExceededBatchRecordSize => "EXCEEDED_BATCH_RECORD_SIZE",
        }
    }
}

/// A refused command: nothing of it was carried out.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct Rejection {
    /// The kind, which decides the status a client sees.
    pub kind: RejectionKind,
    /// What was expected and what was found.
    pub reason: String,
}

impl Rejection {
    /// A rejection of this kind with this reason.
    pub fn new(kind: RejectionKind, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into() }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.as_str(), self.reason)
    }
}

impl std::error::Error for Rejection {}

//! Follow-up commands that a long batch left over.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use skep_record::{Command, ElementRef, ProcessInstanceRef};

/// A command that is in the log and not processed yet.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct PendingCommand {
    /// Key of its record.
    pub(crate) key: i64,
    /// Its slots are 0 and meant for `instance` and `element`.
    pub(crate) command: Command,
    pub(crate) instance: Option<Arc<ProcessInstanceRef>>,
    pub(crate) element: Option<ElementRef>,
}

//! Batch operations: the same done with every process instance that a filter selects.
//!
//! The partition where one is created leads: it sends it to all others, and learns from each when
//! it has ended there. Every partition first looks through its instances, some at a time, and
//! keeps what is to be worked on in chunks; then it works on one item after the other, each as a
//! command of its own, so that whatever else comes in goes on in between. An item that cannot be
//! done is counted and does not stop the others.
//!
//! Source: camunda/camunda-docs: docs/components/concepts/batch-operations.md,
//! docs/components/zeebe/technical-concepts/batch-operations.md

mod apply;
mod control;
mod create;
mod due;
mod end;
mod execute;
mod filter;
mod search;

pub(crate) use self::{
    apply::apply,
    control::{control, control_here},
    create::{create, create_here},
    due::{due, is_due},
    end::{give_up, report_here},
    execute::execute,
    search::search,
};

use skep_record::{BatchOperationKey, Rejection, RejectionKind};

/// The reason why nothing can be done about a batch operation.
pub(crate) fn no_such(action: &str, key: BatchOperationKey) -> Rejection {
    Rejection::new(
        RejectionKind::NotFound,
        format!(
            "Expected to {action} a batch operation with key '{key}', but no such batch operation was found"
        ),
    )
}

//! How far a batch operation has come, as text and as JSON.

use serde::Serialize;
use serde_json::Value;
use skep_client::rest::{BatchOperation, CreatedBatchOperation};

use crate::{failure::Failure, output::Output};

/// Prints what was created.
///
/// # Errors
/// When stdout cannot be written.
pub(super) fn print_created(
    created: &CreatedBatchOperation,
    output: Output,
) -> Result<(), Failure> {
    let (key, kind) = (created.batch_operation_key.raw, &created.batch_operation_type);
    let text = format!(
        "batch operation {key} ({kind}) has begun; `skep batch wait {key}` waits for its end"
    );
    output.print(text, &json(created)?)
}

/// Prints the status.
///
/// # Errors
/// As [`print_created`].
pub(super) fn print(status: &BatchOperation, output: Output) -> Result<(), Failure> {
    output.print(text(status), &json(status)?)
}

fn text(status: &BatchOperation) -> String {
    let (key, kind) = (status.batch_operation_key.raw, &status.batch_operation_type);
    let mut text = format!("batch operation {key} ({kind}): {}\n{}", status.state, counts(status));
    if let Some(began) = &status.start_date {
        text.push_str(&format!("\nbegan {began}"));
    }
    if let Some(ended) = &status.end_date {
        text.push_str(&format!(", ended {ended}"));
    }
    for error in &status.errors {
        let (partition, kind) = (error.partition_id, &error.kind);
        text.push_str(&format!("\npartition {partition}: {kind}: {}", error.message));
    }
    text
}

/// In one line, for progress too.
pub(super) fn counts(status: &BatchOperation) -> String {
    format!(
        "{} of {} process instances done, {} failed",
        status.operations_completed_count,
        status.operations_total_count,
        status.operations_failed_count
    )
}

pub(super) fn json(value: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(value)
        .map_err(|error| Failure::new("cannot write the result as JSON").caused_by(error))
}

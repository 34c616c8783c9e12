//! Calls to Microsoft Graph, for people and programs.

use serde_json::{Value, json};
use skep_entra::Call;

use crate::{failure::Failure, output::Output};

/// Prints what a dry run would have done, in order.
///
/// # Errors
/// stdout cannot be written.
pub(in crate::cli) fn print(calls: &[Call], output: Output) -> Result<(), Failure> {
    let mut text = String::new();
    for (at, call) in calls.iter().enumerate() {
        text.push_str(&format!("# {}. {}\n{call}\n\n", at + 1, call.purpose));
    }
    let n_changes = calls.iter().filter(|call| call.is_write()).count();
    text.push_str(&format!(
        "# {} calls, {n_changes} of them would change the directory; none of those was made",
        calls.len()
    ));
    let calls: Vec<Value> = calls.iter().map(Call::to_json).collect();
    output.print(text, &json!({ "calls": calls, "changes": n_changes }))
}

//! What batch operations have to do.

use skep_record::Command;

use crate::state::{State, batch_operations::Search};

/// Most steps of all batch operations that are due at once, so that other commands have their
/// turn in between.
const STEPS_MAX: usize = 32;

/// Left-over commands above which batch operations wait, so that they do not heap up what they
/// begin.
const PENDING_MAX: usize = 1_000;

/// Whether a batch operation has something to do now.
pub(crate) fn is_due(state: &State) -> bool {
    state.pending.entries().len() < PENDING_MAX
        && state.batch_operations.all_runnable().next().is_some()
}

/// The next steps of batch operations; each has its share.
pub(crate) fn due(state: &State) -> Vec<Command> {
    if !is_due(state) {
        return Vec::new();
    }
    let runnable: Vec<_> = state.batch_operations.all_runnable().take(STEPS_MAX).collect();
    let share = STEPS_MAX / runnable.len().max(1);
    let mut commands = Vec::new();
    for (key, operation) in runnable {
        if operation.search == Search::Done {
            let n = usize::try_from(operation.n_left()).unwrap_or(usize::MAX).min(share);
            commands.extend(std::iter::repeat_n(Command::ExecuteBatchOperation(key), n));
        } else {
            commands.push(Command::InitializeBatchOperation(key));
        }
    }
    commands
}

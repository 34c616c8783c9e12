//! `HISTORY_DELETION:DELETE`

use skep_record::{
    DeleteHistory, Event, HistoryType, ProcessInstanceKey, Rejection, RejectionKind, Response,
};

use crate::Ctx;

/// Has the history forget a process instance, or the evaluation of a decision. Instances that it
/// has called, or that have called it, stay.
///
/// What has ended is not known here: whether there is such a thing, and whose it is, is for who
/// reads the history to find out.
///
/// # Errors
/// `InvalidState`: the process instance has not ended.
///
/// Source: camunda/camunda-docs: docs/components/concepts/process-instance-deletion.md
pub(crate) fn delete(ctx: &mut Ctx<'_>, delete: &DeleteHistory) -> Result<(), Rejection> {
    let key = delete.resource_key;
    let runs = match delete.history_type {
        HistoryType::ProcessInstance => {
            ctx.state().instances.get(ProcessInstanceKey(key)).is_some()
        }
        // An evaluation is over with the batch that it is in.
        HistoryType::DecisionInstance => false,
    };
    if runs {
        return Err(Rejection::new(
            RejectionKind::InvalidState,
            format!(
                "Expected to delete the history of the process instance with key '{key}', but it has not ended. Cancel it first."
            ),
        ));
    }
    ctx.emit(key, Event::HistoryDeleted(delete.history_type));
    ctx.reply(Response::Done);
    Ok(())
}

//! The end of a batch operation: on each partition, and then as a whole.

use skep_record::{
    BatchOperationEvent, BatchOperationKey, BatchOperationReport, Command, DistributedBatchReport,
    DistributedCommand, Event, Rejection,
};

use super::execute;
use crate::{Ctx, distribution};

/// Nothing more is done for the batch operation on this partition; the lead partition learns it.
pub(super) fn end_here(ctx: &mut Ctx<'_>, key: BatchOperationKey, error: Option<String>) {
    let Some(operation) = ctx.state().batch_operations.get(key) else { return };
    if operation.has_ended_here() {
        return;
    }
    let lead = operation.lead;
    let partition_id = ctx.config.partition_id;
    let report = BatchOperationReport { partition_id, counts: operation.counts, error };
    report_here(ctx, key, &report);
    if lead != partition_id {
        let distribution_key = ctx.new_key();
        let report = DistributedBatchReport { batch_operation_key: key, report };
        let command = DistributedCommand::BatchReport(Box::new(report));
        distribution::distribute_to(ctx, distribution_key, &[lead], command);
    }
}

/// Takes note that a partition has ended, and ends the batch operation with the last.
pub(crate) fn report_here(
    ctx: &mut Ctx<'_>,
    key: BatchOperationKey,
    report: &BatchOperationReport,
) {
    if ctx.state().batch_operations.get(key).is_none() {
        return;
    }
    let ended = BatchOperationEvent::PartitionEnded(report.clone());
    ctx.emit(key.0, Event::BatchOperation(ended));
    let Some(operation) = ctx.state().batch_operations.get(key) else { return };
    let is_last = operation.reports.len() >= usize::from(operation.n_partitions);
    if operation.is_lead() && operation.is_alive() && is_last {
        let failed = operation.reports.values().all(|report| report.error.is_some());
        ctx.emit(key.0, Event::BatchOperation(BatchOperationEvent::Ended { failed }));
    }
}

/// A step of a batch operation was refused and taken back: it goes on without it.
pub(crate) fn give_up(ctx: &mut Ctx<'_>, command: &Command, rejection: &Rejection) {
    if let Command::ExecuteBatchOperation(key) = command {
        if ctx.state().batch_operations.runnable(*key).is_some() {
            execute::finish_item(ctx, *key, true);
        }
    } else if let Command::InitializeBatchOperation(key) = command
        && ctx.state().batch_operations.runnable(*key).is_some()
    {
        end_here(ctx, *key, Some(rejection.reason.clone()));
    }
}

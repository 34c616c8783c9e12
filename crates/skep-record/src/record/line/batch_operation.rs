//! Batch operations in lines of text.

use std::fmt;

use super::Details;
use crate::{
    BatchOperationCounts, BatchOperationEvent, BatchOperationItem, BatchOperationOrder,
    BatchOperationReport,
};

impl Details<'_> {
    pub(super) fn batch_order(&mut self, order: &BatchOperationOrder) -> fmt::Result {
        write!(self.f, " type={}", order.plan.operation_type())
    }

    pub(super) fn batch_event(&mut self, event: &BatchOperationEvent) -> fmt::Result {
        match event {
            BatchOperationEvent::Created(created) => {
                self.batch_order(&created.order)?;
                write!(self.f, " lead={} partitions={}", created.lead, created.n_partitions)
            }
            BatchOperationEvent::ChunkCreated(items) => write!(self.f, " items={}", items.len()),
            BatchOperationEvent::Initializing(item) => self.batch_item(item),
            BatchOperationEvent::Initialized => Ok(()),
            BatchOperationEvent::Executed { item, failed } => {
                self.batch_item(item)?;
                if *failed { self.f.write_str(" failed") } else { Ok(()) }
            }
            BatchOperationEvent::Controlled { revision, .. } => {
                write!(self.f, " revision={revision}")
            }
            BatchOperationEvent::PartitionEnded(report) => self.batch_report(report),
            BatchOperationEvent::Ended { .. } => Ok(()),
        }
    }

    fn batch_item(&mut self, item: &BatchOperationItem) -> fmt::Result {
        self.key("instance", item.process_instance_key.0)?;
        item.incident_key.map_or(Ok(()), |key| self.key("incident", key.0))
    }

    pub(super) fn batch_report(&mut self, report: &BatchOperationReport) -> fmt::Result {
        let BatchOperationCounts { n_total, n_completed, n_failed } = report.counts;
        write!(
            self.f,
            " partition={} total={n_total} completed={n_completed} failed={n_failed}",
            report.partition_id
        )?;
        report.error.as_ref().map_or(Ok(()), |error| self.message(error))
    }
}

//! What takes records out of the journal.

use std::{error::Error, fmt};

use crate::{Batch, PartitionId, Timestamp};

/// Why records are not taken now; they are offered again later.
pub type ExportError = Box<dyn Error + Send + Sync>;

/// Takes the records of all partitions, in order, after they are on disk.
///
/// A batch is offered again when the process or the exporter fails before [`Exporter::flush`] has
/// returned, never after that.
pub trait Exporter: fmt::Debug + Send {
    /// Position up to which it has flushed the records of this partition; 0 if it has none.
    ///
    /// # Errors
    /// It cannot tell now.
    fn position(&mut self, partition_id: PartitionId) -> Result<u64, ExportError>;

    /// Takes the next batch of a partition.
    ///
    /// # Errors
    /// It is not taken; [`Exporter::forget`] comes next.
    fn export(&mut self, partition_id: PartitionId, batch: &Batch) -> Result<(), ExportError>;

    /// Has everything that was taken seen by those who read.
    ///
    /// # Errors
    /// As [`Exporter::export`].
    fn flush(&mut self) -> Result<(), ExportError>;

    /// Forgets what it has taken since the last flush, after it has failed or panicked: it is
    /// asked for its positions again, and goes on from there.
    fn forget(&mut self);

    /// Has everything that was flushed survive a loss of power: the journal may remove it then.
    ///
    /// # Errors
    /// It may not survive; what was flushed stays.
    fn sync(&mut self) -> Result<(), ExportError>;

    /// Forgets a little of what is older than it is to be kept, in a few milliseconds; says
    /// whether there may be more. Nothing is taken that is not flushed.
    ///
    /// # Errors
    /// It has forgotten nothing.
    fn tidy(&mut self, now: Timestamp) -> Result<bool, ExportError> {
        let _ = now;
        Ok(false)
    }

    /// Throws everything away: the journal does not have what it has seen of it, so it is another one.
    ///
    /// # Errors
    /// It has thrown nothing away.
    fn reset(&mut self) -> Result<(), ExportError>;
}

//! Copies of a broker's folder: taken while it runs, and cut at one moment for all partitions.
//!
//! A partition's records have the time at which they were decided, from one clock. A command
//! for another partition is sent after its own record and arrives before the records it leads
//! to. So what all partitions had decided by some moment is consistent: nothing has arrived
//! that was not sent. What was sent and has not arrived is sent again, as after a crash.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use skep_journal::{
    JournalError, OpenSegments, OpenSnapshot, OsDisk, Reader, SnapshotError, Snapshots,
};
use skep_record::{Batch, PartitionId, Timestamp};

use crate::layout;

/// How often a copy is begun anew because the journal was trimmed meanwhile.
const ATTEMPTS_MAX: u32 = 100;

/// Where all partitions are cut.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cut {
    /// At the newest moment.
    Newest,
    /// After everything decided by then.
    Time(Timestamp),
    /// After that record of that partition, and at its moment in the others.
    Position(PartitionId, u64),
}

/// What a copy holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CopyReport {
    /// Everything decided by then is in it.
    pub time: Timestamp,
    /// The partitions, in order.
    pub partitions: Vec<PartitionCopy>,
}

/// What a copy holds of one partition.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PartitionCopy {
    /// Which.
    pub id: PartitionId,
    /// Position of its newest snapshot; 0 without one.
    pub snapshot_position: u64,
    /// Position of its last record.
    pub last_position: u64,
    /// Bytes of journal.
    pub n_bytes: u64,
}

/// Why a folder cannot be copied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// There is no broker's data to copy.
    #[error("{} holds no data of a broker: there is no {} in it", dir.display(), layout::FILE)]
    NoData {
        /// The folder.
        dir: PathBuf,
    },
    /// The target has something in it.
    #[error("{} is not empty", dir.display())]
    NotEmpty {
        /// The folder.
        dir: PathBuf,
    },
    /// The records wanted are not there.
    #[error("partition {partition_id} cannot be cut there: {reason}")]
    Cut {
        /// Which partition.
        partition_id: PartitionId,
        /// Why.
        reason: String,
    },
    /// A journal cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A snapshot cannot be read or written.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A file cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was attempted, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> CopyError {
    let path = path.to_owned();
    move |source| CopyError::Io { action, path, source }
}

/// Copies the data of a broker, which may run meanwhile, from folder `from` to folder `to`. A
/// copy can be copied again, cut at an earlier moment: that is how one is restored.
///
/// # Errors
/// [`CopyError`]; what was copied until then stays in `to`.
pub fn copy_data(from: &Path, to: &Path, cut: Cut) -> Result<CopyReport, CopyError> {
    let conf = from.join(layout::FILE);
    let text = match fs::read_to_string(&conf) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(CopyError::NoData { dir: from.to_owned() });
        }
        Err(error) => return Err(io_error("read", &conf)(error)),
    };
    let n_partitions =
        layout::n_partitions(&text).ok_or_else(|| CopyError::NoData { dir: from.to_owned() })?;
    make_empty(to)?;
    let (now, opened) = open_all(from, n_partitions)?;
    let time = match cut {
        Cut::Newest => now,
        Cut::Time(time) => time.min(now),
        Cut::Position(id, position) => time_of(from, id, position)?,
    };
    let partitions: Result<Vec<_>, _> = opened
        .into_iter()
        .map(|partition| {
            let until = match cut {
                Cut::Position(id, position) if id == partition.id => Until::Position(position),
                Cut::Newest | Cut::Time(_) | Cut::Position(..) => Until::Time(time),
            };
            partition.copy(to, until)
        })
        .collect();
    // Last: a folder without it is no copy.
    layout::write(to, n_partitions).map_err(io_error("write", to))?;
    Ok(CopyReport { time, partitions: partitions? })
}

/// Where one partition is cut.
#[derive(Clone, Copy, Debug)]
enum Until {
    Time(Timestamp),
    Position(u64),
}

/// The files of a partition, which stay readable although a running broker removes some.
#[derive(Debug)]
struct Opened {
    id: PartitionId,
    snapshots: Vec<OpenSnapshot>,
    journal: OpenSegments,
}

/// Opens the files of all partitions; all of them hold everything that was decided by the moment
/// that is returned.
fn open_all(from: &Path, n_partitions: u16) -> Result<(Timestamp, Vec<Opened>), CopyError> {
    let ids = || (1..=n_partitions).map(PartitionId);
    let mut attempts = 0;
    loop {
        // Before the journals, which are only ever trimmed behind the older of two snapshots.
        let mut all_snapshots = Vec::new();
        for id in ids() {
            let dir = layout::snapshots_dir(from, id);
            all_snapshots.push(if dir.exists() {
                Snapshots::open(dir, u32::from(id.0), Arc::new(OsDisk))?.open_all()?
            } else {
                Vec::new()
            });
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = Timestamp(i64::try_from(now.as_millis()).unwrap_or(i64::MAX));
        let mut opened = Vec::new();
        for (id, snapshots) in ids().zip(all_snapshots) {
            let journal = OpenSegments::open(&layout::journal_dir(from, id))?;
            opened.push(Opened { id, snapshots, journal });
        }
        let gap = opened.iter().find(|partition| {
            let newest = partition.snapshots.last().map_or(0, |snapshot| snapshot.position);
            partition.journal.first_position() > newest + 1
        });
        attempts += 1;
        match gap {
            None => return Ok((now, opened)),
            // So many snapshots were written meanwhile that their journal was trimmed.
            Some(_) if attempts < ATTEMPTS_MAX => (),
            Some(partition) => {
                return Err(CopyError::Cut {
                    partition_id: partition.id,
                    reason: format!(
                        "its journal begins at position {}, after its newest snapshot",
                        partition.journal.first_position()
                    ),
                });
            }
        }
    }
}

fn make_empty(dir: &Path) -> Result<(), CopyError> {
    fs::create_dir_all(dir).map_err(io_error("create", dir))?;
    let mut entries = fs::read_dir(dir).map_err(io_error("list", dir))?;
    if entries.next().is_some() {
        return Err(CopyError::NotEmpty { dir: dir.to_owned() });
    }
    crate::broker::restrict(dir).map_err(io_error("restrict", dir))
}

/// When a record was decided.
fn time_of(from: &Path, id: PartitionId, position: u64) -> Result<Timestamp, CopyError> {
    let refused = |reason: String| CopyError::Cut { partition_id: id, reason };
    let mut reader = Reader::open(layout::journal_dir(from, id), position)?;
    let frame = reader.next().transpose()?;
    let frame =
        frame.filter(|frame| (frame.first_position..=frame.last_position).contains(&position));
    let frame = frame.ok_or_else(|| refused(format!("it has no record at position {position}")))?;
    let batch = Batch::decode(&frame.payload).map_err(|error| refused(error.to_string()))?;
    Ok(batch.timestamp)
}

impl Opened {
    fn copy(self, to: &Path, until: Until) -> Result<PartitionCopy, CopyError> {
        let id = self.id;
        let refused = |reason: String| CopyError::Cut { partition_id: id, reason };
        let target = layout::journal_dir(to, id);
        fs::create_dir_all(&target).map_err(io_error("create", &target))?;
        let mut unreadable = None;
        let copied = self.journal.copy(&target, |last_position, body| match until {
            Until::Position(position) => last_position <= position,
            Until::Time(time) => match Batch::decode(body) {
                Ok(batch) => batch.timestamp <= time,
                Err(error) => {
                    unreadable = Some(format!("records before {last_position}: {error}"));
                    false
                }
            },
        })?;
        if let Some(reason) = unreadable {
            return Err(refused(reason));
        }
        let target =
            Snapshots::open(layout::snapshots_dir(to, id), u32::from(id.0), Arc::new(OsDisk))?;
        let mut snapshot_position = 0;
        for snapshot in &self.snapshots {
            if snapshot.position <= copied.last_position && target.adopt(snapshot)? {
                snapshot_position = snapshot.position;
            }
        }
        if copied.first_position > snapshot_position + 1 {
            let first = copied.first_position;
            return Err(refused(format!(
                "its records reach back to position {first}, and no good snapshot to before that moment; an older backup may"
            )));
        }
        let (last_position, n_bytes) = (copied.last_position, copied.n_bytes);
        Ok(PartitionCopy { id, snapshot_position, last_position, n_bytes })
    }
}

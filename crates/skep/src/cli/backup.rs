//! `skep backup` and `skep restore`

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::json;
use skep_broker::{CopyError, CopyReport, Cut, copy_data};
use skep_projection::{HistoryError, copy_history, history_positions};
use skep_record::PartitionId;
use tokio::task::JoinHandle;

use super::progress;
use crate::{
    failure::Failure,
    output::Output,
    server::{BROKER_DIR, HISTORY_FILE},
};

const BACKUP_EXAMPLES: &str = "\
Examples:
  skep backup /backups/2026-03-01
  skep backup --data-dir /var/lib/skep /backups/2026-03-01

The server may be running meanwhile. The copy holds what all partitions had decided at one
moment: journals since the older of the last two snapshots, the snapshots, and the history that
searches look in. It does not hold what the embedded identity provider keeps (keys, apps, users): copy DIR/idp for that.";

const RESTORE_EXAMPLES: &str = "\
Examples:
  skep restore /backups/2026-03-01 --data-dir /var/lib/skep
  skep restore /backups/2026-03-01 --data-dir new --to-time 2026-03-01T11:59:00Z
  skep restore /backups/2026-03-01 --data-dir new --partition 2 --to-position 41000

The target must be empty. A time or a position may be any since the older snapshot in the backup
(`skep journal print` shows them); all partitions are cut at the same moment. Commands that were
on their way between partitions then are sent again when the server starts.

The history of a backup may know more than an earlier time or position: then it is left out, and
the server makes it anew from the journal, which reaches back to the older snapshot.";

/// Flags of `skep backup`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = BACKUP_EXAMPLES)]
pub(crate) struct BackupArgs {
    /// Where to: a directory that is empty or not there yet.
    #[arg(value_name = "BACKUP")]
    to: PathBuf,
    /// Data directory of the server.
    #[arg(long, value_name = "DIR", default_value = "skep-data")]
    data_dir: PathBuf,
}

/// Flags of `skep restore`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = RESTORE_EXAMPLES)]
pub(crate) struct RestoreArgs {
    /// What `skep backup` has made.
    #[arg(value_name = "BACKUP")]
    from: PathBuf,
    /// Data directory to make: one that is empty or not there yet.
    #[arg(long, value_name = "DIR", default_value = "skep-data")]
    data_dir: PathBuf,
    /// Leave out what was decided after this time, for example 2026-03-01T11:59:00Z.
    #[arg(long, value_name = "TIME", conflicts_with = "to_position")]
    to_time: Option<Timestamp>,
    /// Leave out what was decided after this record of the partition.
    #[arg(long, value_name = "POSITION")]
    to_position: Option<u64>,
    /// The partition of the position.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "to_position")]
    partition: u16,
}

/// Runs `skep backup`.
///
/// # Errors
/// When there is nothing to copy, the target is not empty, or a file cannot be read or written.
pub(crate) async fn backup(args: BackupArgs, output: Output) -> Result<(), Failure> {
    let from = args.data_dir.join(BROKER_DIR);
    let target = args.to.clone();
    let history = args.data_dir.join(HISTORY_FILE);
    let copying = tokio::task::spawn_blocking(move || back_up(&from, &history, &args.to));
    let (report, history) = waited(Done::BackedUp, copying).await?;
    let json = as_json(&target, &report, history);
    // For whoever looks into the folder; the copy is complete without it.
    let file = target.join("backup.json");
    std::fs::write(&file, format!("{json:#}\n")).map_err(|error| {
        Failure::new(format!("cannot write {}", file.display())).caused_by(error)
    })?;
    output.print(text("backed up", &target, &report, history), &json)
}

/// Runs `skep restore`.
///
/// # Errors
/// As [`backup`]; when the backup does not reach back to that time or position.
pub(crate) async fn restore(args: RestoreArgs, output: Output) -> Result<(), Failure> {
    let cut = match (args.to_time, args.to_position) {
        (Some(time), _) => Cut::Time(skep_record::Timestamp(time.as_millisecond())),
        (None, Some(position)) => Cut::Position(PartitionId(args.partition), position),
        (None, None) => Cut::Newest,
    };
    if is_used(&args.data_dir) {
        return Err(not_empty(&args.data_dir));
    }
    let target = args.data_dir.join(BROKER_DIR);
    let copying = tokio::task::spawn_blocking(move || put_back(&args.from, &args.data_dir, cut));
    let (report, history) = waited(Done::Restored, copying).await?;
    let json = as_json(&target, &report, history);
    output.print(text("restored", &target, &report, history), &json)
}

#[derive(Clone, Copy, Debug)]
enum Done {
    BackedUp,
    Restored,
}

/// What has become of the history.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum HistoryCopy {
    Copied,
    /// It knows more than what is restored.
    LeftOut,
    /// There is none.
    Missing,
}

impl HistoryCopy {
    fn name(self) -> &'static str {
        match self {
            Self::Copied => "COPIED",
            Self::LeftOut => "LEFT_OUT",
            Self::Missing => "MISSING",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Copied => "with the history that searches look in",
            Self::LeftOut => {
                "without the history of the backup, which knows more than this: the server makes it anew from the journal, which reaches back to the older snapshot"
            }
            Self::Missing => "without a history: there is none",
        }
    }
}

/// Why a copy is not made.
#[derive(Debug, thiserror::Error)]
enum CopyFailed {
    #[error(transparent)]
    Data(#[from] CopyError),
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error("cannot move the history to {}", to.display())]
    Move {
        to: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// Copies the history before the journals are looked at, so that it knows no more than they do.
fn back_up(
    from: &Path,
    history: &Path,
    to: &Path,
) -> Result<(CopyReport, HistoryCopy), CopyFailed> {
    if !history.exists() || is_used(to) {
        return Ok((copy_data(from, to, Cut::Newest)?, HistoryCopy::Missing));
    }
    // The journals are copied to an empty directory: the history waits beside it.
    let mut beside = to.as_os_str().to_owned();
    beside.push(".history");
    let beside = PathBuf::from(beside);
    let copied = copy_history(history, &beside).map_err(CopyFailed::from).and_then(|()| {
        let report = copy_data(from, to, Cut::Newest)?;
        let to = to.join(HISTORY_FILE);
        let moved = std::fs::rename(&beside, &to);
        moved.map_err(|source| CopyFailed::Move { to, source })?;
        Ok((report, HistoryCopy::Copied))
    });
    if copied.is_err() {
        // It was made above; what remains of it is of no use.
        let _ = std::fs::remove_file(&beside);
    }
    copied
}

fn put_back(
    from: &Path,
    data_dir: &Path,
    cut: Cut,
) -> Result<(CopyReport, HistoryCopy), CopyFailed> {
    let report = copy_data(from, &data_dir.join(BROKER_DIR), cut)?;
    let history = from.join(HISTORY_FILE);
    if !history.exists() {
        return Ok((report, HistoryCopy::Missing));
    }
    let positions = history_positions(&history)?;
    let knows_more = report.partitions.iter().any(|partition| {
        positions.get(&partition.id).is_some_and(|position| *position > partition.last_position)
    });
    if knows_more {
        return Ok((report, HistoryCopy::LeftOut));
    }
    copy_history(&history, &data_dir.join(HISTORY_FILE))?;
    Ok((report, HistoryCopy::Copied))
}

async fn waited(
    done: Done,
    copying: JoinHandle<Result<(CopyReport, HistoryCopy), CopyFailed>>,
) -> Result<(CopyReport, HistoryCopy), Failure> {
    let copied = progress::while_waiting("copying", copying).await;
    let copied = copied.map_err(|e| Failure::new("copying panicked").caused_by(e))?;
    copied.map_err(|error| failed(done, error))
}

fn is_used(dir: &Path) -> bool {
    std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some())
}

fn not_empty(dir: &Path) -> Failure {
    Failure::usage(format!("{} is not empty", dir.display()))
        .fix("name a directory that is empty or not there yet; nothing was changed")
}

fn failed(done: Done, error: CopyFailed) -> Failure {
    let error = match error {
        CopyFailed::Data(error) => error,
        error @ (CopyFailed::History(_) | CopyFailed::Move { .. }) => {
            return Failure::new("the copy has no history; do not use it").caused_by(error);
        }
    };
    match (done, error) {
        (_, CopyError::NotEmpty { dir }) => not_empty(&dir),
        (Done::BackedUp, error @ CopyError::NoData { .. }) => Failure::usage(error.to_string())
            .fix("name the server's data directory with --data-dir"),
        (Done::Restored, error @ CopyError::NoData { .. }) => {
            Failure::usage(error.to_string()).fix("name a directory that `skep backup` has made")
        }
        (_, error @ CopyError::Cut { .. }) => Failure::new(error.to_string()),
        (_, error) => Failure::new("the copy is not complete; do not use it").caused_by(error),
    }
}

fn moment(report: &CopyReport) -> String {
    Timestamp::from_millisecond(report.time.0)
        .map_or_else(|_| report.time.0.to_string(), |t| t.to_string())
}

fn text(verb: &str, target: &Path, report: &CopyReport, history: HistoryCopy) -> String {
    let mut text = format!("{verb} to {}, as of {}", target.display(), moment(report));
    for partition in &report.partitions {
        text += &format!(
            "\npartition {}: up to position {}, snapshot of position {}",
            partition.id, partition.last_position, partition.snapshot_position
        );
    }
    text + "\n" + history.text()
}

fn as_json(target: &Path, report: &CopyReport, history: HistoryCopy) -> serde_json::Value {
    let partitions: Vec<_> = report
        .partitions
        .iter()
        .map(|partition| {
            json!({
                "partitionId": partition.id.0,
                "lastPosition": partition.last_position,
                "snapshotPosition": partition.snapshot_position,
                "bytes": partition.n_bytes,
            })
        })
        .collect();
    json!({
        "directory": target,
        "time": moment(report),
        "partitions": partitions,
        "history": history.name(),
    })
}

//! `skep backup` and `skep restore`

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::json;
use skep_broker::{CopyError, CopyReport, Cut, copy_data};
use skep_record::PartitionId;

use super::progress;
use crate::{failure::Failure, output::Output, server::BROKER_DIR};

const BACKUP_EXAMPLES: &str = "\
Examples:
  skep backup /backups/2026-03-01
  skep backup --data-dir /var/lib/skep /backups/2026-03-01

The server may be running meanwhile. The copy holds what all partitions had decided at one
moment: journals since the older of the last two snapshots, and the snapshots. It does not hold
what the embedded identity provider keeps (keys, apps, users): copy DIR/idp for that.";

const RESTORE_EXAMPLES: &str = "\
Examples:
  skep restore /backups/2026-03-01 --data-dir /var/lib/skep
  skep restore /backups/2026-03-01 --data-dir new --to-time 2026-03-01T11:59:00Z
  skep restore /backups/2026-03-01 --data-dir new --partition 2 --to-position 41000

The target must be empty. A time or a position may be any since the older snapshot in the backup
(`skep journal print` shows them); all partitions are cut at the same moment. Commands that were
on their way between partitions then are sent again when the server starts.";

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
    carry_out(Done::BackedUp, from, args.to, Cut::Newest, output).await
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
    let to = args.data_dir.join(BROKER_DIR);
    carry_out(Done::Restored, args.from, to, cut, output).await
}

#[derive(Clone, Copy, Debug)]
enum Done {
    BackedUp,
    Restored,
}

async fn carry_out(
    done: Done,
    from: PathBuf,
    to: PathBuf,
    cut: Cut,
    output: Output,
) -> Result<(), Failure> {
    let target = to.clone();
    let copied = tokio::task::spawn_blocking(move || copy_data(&from, &to, cut));
    let copied = progress::while_waiting("copying", copied).await;
    let copied = copied.map_err(|e| Failure::new("copying panicked").caused_by(e))?;
    let report = copied.map_err(|error| failed(done, error))?;
    let json = as_json(&target, &report);
    let verb = match done {
        Done::BackedUp => {
            // For whoever looks into the folder; the copy is complete without it.
            let file = target.join("backup.json");
            std::fs::write(&file, format!("{json:#}\n")).map_err(|e| {
                Failure::new(format!("cannot write {}", file.display())).caused_by(e)
            })?;
            "backed up"
        }
        Done::Restored => "restored",
    };
    output.print(text(verb, &target, &report), &json)
}

fn is_used(dir: &Path) -> bool {
    std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some())
}

fn not_empty(dir: &Path) -> Failure {
    Failure::usage(format!("{} is not empty", dir.display()))
        .fix("name a directory that is empty or not there yet; nothing was changed")
}

fn failed(done: Done, error: CopyError) -> Failure {
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

fn text(verb: &str, target: &Path, report: &CopyReport) -> String {
    let mut text = format!("{verb} to {}, as of {}", target.display(), moment(report));
    for partition in &report.partitions {
        text += &format!(
            "\npartition {}: up to position {}, snapshot of position {}",
            partition.id, partition.last_position, partition.snapshot_position
        );
    }
    text
}

fn as_json(target: &Path, report: &CopyReport) -> serde_json::Value {
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
    json!({ "directory": target, "time": moment(report), "partitions": partitions })
}

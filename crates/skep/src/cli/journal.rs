//! `skep journal print` and `skep journal verify`

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use skep_journal::{Reader, verify, verify_snapshots};
use skep_record::Batch;

use super::progress;
use crate::{failure::Failure, output::Output};

const PRINT_EXAMPLES: &str = "\
Examples:
  skep journal print
  skep journal print --data-dir /var/lib/skep --partition 2 --from 41000
  skep journal print | grep JOB:

One line per record: E is an event, C a command, R a rejection; then its position, the position
of what caused it, value type and intent. Variable names are printed, values never. A server may
be running meanwhile.";

const VERIFY_EXAMPLES: &str = "\
Examples:
  skep journal verify
  skep journal verify --data-dir /var/lib/skep --output json

Reads every byte of journals and snapshots and changes none. Exit code 1 when anything is wrong.
Remains of a commit that a crash cut short are no fault: nobody was told that it had happened.";

/// How deep journals lie in a data directory, at most.
const DEPTH_MAX: usize = 4;

/// `skep journal` and its subcommands.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct JournalArgs {
    #[command(subcommand)]
    command: JournalCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum JournalCommand {
    /// Print the records, one a line, without variable values.
    #[command(after_help = PRINT_EXAMPLES)]
    Print {
        #[command(flatten)]
        which: Which,
        /// Begin at this position.
        #[arg(long, value_name = "POSITION", default_value_t = 1)]
        from: u64,
    },
    /// Check every checksum, that no record is missing, and that all can be decoded.
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify {
        #[command(flatten)]
        which: Which,
    },
}

#[derive(Clone, Debug, clap::Args)]
struct Which {
    /// Data directory of the server, or a directory with a journal.
    #[arg(long, value_name = "DIR", default_value = "skep-data")]
    data_dir: PathBuf,
    /// Only this partition.
    #[arg(long, value_name = "N")]
    partition: Option<u32>,
}

/// Runs the command.
///
/// # Errors
/// When there is no journal, and when it is damaged.
pub(crate) async fn run(args: JournalArgs, output: Output) -> Result<(), Failure> {
    // Reading gigabytes would keep a thread of the runtime from its other tasks.
    let read = tokio::task::spawn_blocking(move || match &args.command {
        JournalCommand::Print { which, from } => print(which, *from, output),
        JournalCommand::Verify { which } => check(which, output),
    });
    let read = progress::while_waiting("reading", read);
    read.await.map_err(|e| Failure::new("reading the journal panicked").caused_by(e))?
}

fn print(which: &Which, from: u64, output: Output) -> Result<(), Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let journals = journals(which)?;
    for journal in &journals {
        let name = journal.name(&which.data_dir);
        if journals.len() > 1 && output == Output::Text && write_line(&mut out, &name)?.is_break() {
            return Ok(());
        }
        let reader = Reader::open(&journal.dir, from).map_err(|e| unreadable(&e))?;
        for frame in reader {
            let frame = frame.map_err(|e| unreadable(&e))?;
            let batch = Batch::decode(&frame.payload).map_err(|e| {
                Failure::new(format!(
                    "the records at position {} cannot be read",
                    frame.first_position
                ))
                .caused_by(e)
            })?;
            for record in batch.records.iter().filter(|record| record.position >= from) {
                let text = batch.line(record).to_string();
                let text = match output {
                    Output::Text => text,
                    Output::Json => record_json(&name, &batch, record, &text).to_string(),
                };
                if write_line(&mut out, &text)?.is_break() {
                    return Ok(());
                }
            }
        }
    }
    match out.flush() {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new("cannot write to stdout").caused_by(e))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes a line; breaks when the reader, such as `head`, has seen enough.
fn write_line(out: &mut impl io::Write, text: &str) -> Result<std::ops::ControlFlow<()>, Failure> {
    match writeln!(out, "{text}") {
        Ok(()) => Ok(std::ops::ControlFlow::Continue(())),
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(std::ops::ControlFlow::Break(())),
        Err(e) => Err(Failure::new("cannot write to stdout").caused_by(e)),
    }
}

fn record_json(journal: &str, batch: &Batch, record: &skep_record::Record, line: &str) -> Value {
    let (value_type, intent) = batch.line(record).names();
    json!({
        "journal": journal,
        "position": record.position,
        "sourcePosition": record.source_position,
        "key": record.key.to_string(),
        "timestamp": batch.timestamp.0,
        "valueType": value_type,
        "intent": intent,
        "line": line,
    })
}

fn check(which: &Which, output: Output) -> Result<(), Failure> {
    let mut faults = Vec::new();
    let mut reports = Vec::new();
    let mut texts = Vec::new();
    for journal in journals(which)? {
        let name = journal.name(&which.data_dir);
        let report = verify(&journal.dir).map_err(|e| unreadable(&e))?;
        faults.extend(report.damage.iter().map(|damage| format!("{name}: {damage}")));
        let (n_records, undecodable) = decode_all(&journal.dir);
        faults.extend(undecodable.map(|fault| format!("{name}: {fault}")));
        let snapshots = verify_snapshots(&journal.dir).map_err(|e| unreadable(&e))?;
        for snapshot in &snapshots {
            if let Err(e) = &snapshot.state {
                faults.push(format!("{name}: snapshot at {}: {}", snapshot.position, chain(e)));
            }
        }
        let first = report.segments.first().map_or(0, |segment| segment.first_position);
        let last = report.segments.last().map_or(0, |segment| segment.last_position);
        let n_bytes: u64 = report.segments.iter().map(|segment| segment.n_bytes).sum();
        texts.push(format!(
            "{name}: {n_records} records at positions {first} to {last}, {} segments, {n_bytes} \
             bytes, {} snapshots",
            report.segments.len(),
            snapshots.len(),
        ));
        if let Some(tail) = &report.torn_tail {
            texts.push(format!("{name}: a commit that was cut short, which is no fault: {tail}"));
        }
        for file in &report.unknown_files {
            texts.push(format!("{name}: {file} is no file of a journal"));
        }
        reports.push(json!({
            "journal": name,
            "records": n_records,
            "firstPosition": first,
            "lastPosition": last,
            "segments": report.segments.len(),
            "bytes": n_bytes,
            "snapshots": snapshots.len(),
            "tornTail": report.torn_tail.as_ref().map(ToString::to_string),
            "unknownFiles": report.unknown_files,
        }));
    }
    output.print(texts.join("\n"), &json!({ "journals": reports, "faults": faults }))?;
    if faults.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("the journal is damaged:\n  {}", faults.join("\n  "))).fix(
        "keep a copy of the data directory as it is; restore the newest backup from before the \
         damage",
    ))
}

/// Counts the records, up to the first that cannot be decoded. Damage of the bytes themselves is
/// told by the check of the journal, so reading ends silently there.
fn decode_all(dir: &Path) -> (u64, Option<String>) {
    let mut n_records = 0;
    let Ok(reader) = Reader::open(dir, 0) else { return (0, None) };
    for frame in reader.map_while(Result::ok) {
        match Batch::decode(&frame.payload) {
            Ok(batch) => n_records += u64::try_from(batch.records.len()).unwrap_or(u64::MAX),
            Err(e) => {
                let at = frame.first_position;
                return (n_records, Some(format!("records at position {at}: {}", chain(&e))));
            }
        }
    }
    (n_records, None)
}

/// A journal of a data directory.
struct Journal {
    dir: PathBuf,
}

impl Journal {
    /// Its place within the data directory.
    fn name(&self, data_dir: &Path) -> String {
        match self.dir.strip_prefix(data_dir) {
            Ok(inner) if !inner.as_os_str().is_empty() => inner.display().to_string(),
            Ok(_) | Err(_) => self.dir.display().to_string(),
        }
    }
}

/// The journals under the data directory, in order.
fn journals(which: &Which) -> Result<Vec<Journal>, Failure> {
    let dir = &which.data_dir;
    let mut found = Vec::new();
    search(dir, DEPTH_MAX, &mut found).map_err(|e| {
        Failure::usage(format!("cannot read the data directory {}", dir.display()))
            .caused_by(e)
            .fix("name the directory of the server with --data-dir")
    })?;
    found.sort();
    if let Some(partition) = which.partition {
        found.retain(|dir| number_at_end(dir) == Some(partition));
    }
    if found.is_empty() {
        return Err(Failure::usage(format!("there is no journal in {}", dir.display()))
            .fix("name the directory of the server with --data-dir"));
    }
    Ok(found.into_iter().map(|dir| Journal { dir }).collect())
}

/// Collects the directories that hold segments of a journal.
fn search(dir: &Path, depth: usize, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut is_journal = false;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            if depth > 0 {
                search(&entry.path(), depth - 1, found)?;
            }
        } else if entry.path().extension().is_some_and(|extension| extension == "skj") {
            is_journal = true;
        }
    }
    if is_journal {
        found.push(dir.to_owned());
    }
    Ok(())
}

/// The number of the partition: the one that a directory on the way is named with.
fn number_at_end(dir: &Path) -> Option<u32> {
    dir.iter().rev().find_map(|part| {
        let part = part.to_str()?;
        let digits = part.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        part[digits..].parse().ok()
    })
}

fn unreadable(error: &dyn std::error::Error) -> Failure {
    Failure::new(format!("the journal cannot be read: {}", chain(error)))
}

/// An error with its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut link = error.source();
    while let Some(cause) = link {
        text.push_str(&format!(": {cause}"));
        link = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_is_known_by_its_directory() {
        assert_eq!(number_at_end(Path::new("data/partition-2/journal")), Some(2));
        assert_eq!(number_at_end(Path::new("data/partitions/13")), Some(13));
        assert_eq!(number_at_end(Path::new("data/journal")), None);
    }
}

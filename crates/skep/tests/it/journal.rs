//! `skep journal`: records as lines, damage as errors.

use std::{fs, path::Path};

use skep_journal::{Journal, JournalConfig};
use skep_record::{Batch, Body, Command, JobKey, Record, Timestamp, UpdateJobRetries};

use crate::run::{Ran, has, skep};

/// A data directory with one journal of `n` records.
fn data_dir(n: u64) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("partition-1");
    fs::create_dir(&dir).unwrap();
    let (mut journal, _) = Journal::open(&dir, JournalConfig::default()).unwrap();
    for position in 1..=n {
        let command = UpdateJobRetries { job_key: JobKey(7), retries: 3, operation_reference: 0 };
        let record = Record {
            position,
            source_position: 0,
            key: 7,
            body: Body::Command(Command::UpdateJobRetries(command)),
        };
        let batch = Batch {
            timestamp: Timestamp(1_000),
            next_key: 8,
            instances: Vec::new(),
            elements: Vec::new(),
            records: vec![record],
        };
        journal.append(position, position, &batch.encode(Vec::new())).unwrap();
        journal.commit().unwrap();
    }
    journal.close().unwrap();
    folder
}

fn journal(what: &str, dir: &Path, more: &[&str]) -> Ran {
    skep(&[&["journal", what, "--data-dir", dir.to_str().unwrap()], more].concat())
}

#[test]
fn records_are_printed_one_a_line() {
    let folder = data_dir(3);
    let ran = journal("print", folder.path(), &[]);
    let lines: Vec<_> = ran.ok().lines().collect();
    assert_eq!(lines.len(), 3);
    has(lines[0], &["C 1 JOB:UPDATE_RETRIES", "key=7"]);
    let from = journal("print", folder.path(), &["--from", "3", "-o", "json"]).json();
    assert_eq!((&from["position"], &from["valueType"]), (&3.into(), &"JOB".into()));
}

#[test]
fn a_good_journal_is_verified() {
    let folder = data_dir(3);
    has(journal("verify", folder.path(), &[]).ok(), &["3 records at positions 1 to 3"]);
    let json = journal("verify", folder.path(), &["--output", "json"]).json();
    assert_eq!(json["journals"][0]["records"], 3);
    assert_eq!(json["faults"], serde_json::json!([]));
}

#[test]
fn a_damaged_journal_is_told_with_its_place() {
    let folder = data_dir(3);
    // By name, because a spare segment with nothing in it may lie beside it.
    let segment = folder.path().join("partition-1/segment-0000000001.skj");
    let mut bytes = fs::read(&segment).unwrap();
    bytes[4_096 + 44] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let ran = journal("verify", folder.path(), &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    has(&ran.stderr, &["the journal is damaged", ".skj", "position 1", "fix:"]);
}

#[test]
fn a_directory_without_a_journal_is_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    has(journal("verify", folder.path(), &[]).fails(2), &["no journal", "--data-dir"]);
    has(journal("print", Path::new("/no/such"), &[]).fails(2), &["/no/such", "cause:"]);
    let folder = data_dir(1);
    has(journal("print", folder.path(), &["--partition", "2"]).fails(2), &["no journal"]);
}

//! The history made from the journals of every version: whatever is flushed together, and wherever
//! it was interrupted, it is the same.

use std::{collections::BTreeMap, path::Path};

use skep_journal::Reader;
use skep_projection::Projector;
use skep_record::{Batch, Exporter as _, PartitionId};

use crate::journals::{archive, versions};

const FIRST: PartitionId = PartitionId(1);

/// The records of each broker of a version.
fn journals(folder: &Path) -> BTreeMap<String, Vec<Batch>> {
    let files = archive::read(&folder.join("journals.gz"));
    let mut journals: BTreeMap<String, Vec<(&str, &[u8])>> = BTreeMap::new();
    for (name, bytes) in &files {
        if let Some((id, file)) = name.split_once("/journal/") {
            journals.entry(id.to_owned()).or_default().push((file, bytes));
        }
    }
    let batches = |files: &Vec<(&str, &[u8])>| {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            std::fs::write(dir.path().join(name), bytes).unwrap();
        }
        let frames = Reader::open(dir.path(), 1).unwrap();
        frames.map(|frame| Batch::decode(&frame.unwrap().payload).unwrap()).collect()
    };
    journals.iter().map(|(id, files)| (id.clone(), batches(files))).collect()
}

/// All rows of all tables, in order.
fn dump(file: &Path) -> Vec<String> {
    let connection = rusqlite::Connection::open(file).unwrap();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut tables = connection.prepare(tables).unwrap();
    let tables: Vec<String> =
        tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut lines = Vec::new();
    for table in tables {
        let mut rows = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let n = rows.column_count();
        let rows = rows.query_map([], |row| {
            let values: Vec<rusqlite::types::Value> = (0..n).map(|at| row.get_unwrap(at)).collect();
            Ok(format!("{table} {values:?}"))
        });
        let mut rows: Vec<String> = rows.unwrap().map(Result::unwrap).collect();
        rows.sort();
        lines.extend(rows);
    }
    lines
}

/// The history of some batches, flushed and interrupted where it is told after each.
fn history(batches: &[Batch], mut then: impl FnMut(usize) -> Then) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("history.db");
    let mut projector = Projector::open(&file).unwrap();
    let mut at = 0;
    while let Some(batch) = batches.get(at) {
        projector.export(FIRST, batch).unwrap();
        at += 1;
        match then(at) {
            Then::GoOn => (),
            Then::Flush => projector.flush().unwrap(),
            Then::Restart => {
                projector.flush().unwrap();
                drop(projector);
                projector = Projector::open(&file).unwrap();
            }
            Then::Forget => {
                projector.forget();
                let flushed = projector.position(FIRST).unwrap();
                at = batches.iter().take_while(|batch| batch.last_position() <= flushed).count();
            }
        }
    }
    projector.flush().unwrap();
    drop(projector);
    dump(&file)
}

enum Then {
    GoOn,
    Flush,
    Restart,
    Forget,
}

#[test]
fn the_history_does_not_depend_on_what_is_flushed_together() {
    for folder in versions() {
        let journals = journals(&folder);
        assert!(journals.len() > 100, "{}: hardly any journals", folder.display());
        for (id, batches) in &journals {
            let whole = history(batches, |_| Then::GoOn);
            assert!(whole.iter().any(|row| row.starts_with("process_definition ")), "{id}");
            assert_eq!(history(batches, |_| Then::Flush), whole, "{id}: one by one");
            let restarted = |at| if at % 3 == 0 { Then::Restart } else { Then::GoOn };
            assert_eq!(history(batches, restarted), whole, "{id}: with restarts");
            let mut n = 0;
            let forgetful = |_| {
                n += 1;
                // Each forgets what came since the flush before, and there is one flush more.
                match n % 5 {
                    2 => Then::Flush,
                    4 if n < 3 * batches.len() => Then::Forget,
                    _ => Then::GoOn,
                }
            };
            assert_eq!(history(batches, forgetful), whole, "{id}: with failures");
        }
    }
}

/// As when the history was switched on later, or the journal was trimmed before it was made anew.
#[test]
fn a_history_may_begin_anywhere() {
    for folder in versions() {
        for (id, batches) in &journals(&folder) {
            for from in 1..batches.len() {
                let rows = history(&batches[from..], |_| Then::GoOn);
                assert!(!rows.is_empty(), "{id}, from batch {from}");
            }
        }
    }
}

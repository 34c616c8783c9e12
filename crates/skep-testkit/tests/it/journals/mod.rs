//! The data of every released version: a broker of this version recovers it, has the same state,
//! and goes on.
//!
//! `tests/journals/VERSION` has the folders of many brokers, one for each run in the scripts of
//! `tests/bpmn/elements`: a snapshot from halfway, and the journal with all but the last step.
//! Beside them stands, as text, what state that is, and what the last step led to. This is
//! written by `cargo xtask journals`, for the version that is being made; the text of earlier
//! ones must not change.

pub(crate) mod archive;
mod cluster;
#[path = "../../../../skep-engine/tests/it/element_logs/step.rs"]
mod step;

use std::{collections::BTreeSet, fmt::Write as _, path::PathBuf};

use self::{archive::Files, step::Run};
use crate::rig::{Rig, tests_dir};

const FILES: &str = "journals.gz";
const STATE: &str = "state.txt";
const CONF: &str = "broker.conf";
/// Where the data of the version being made is written, if it is to be.
const WRITE: &str = "SKEP_WRITE_JOURNALS";

/// One run of a script.
struct Case {
    /// Name of the model, and which of its runs it is.
    id: String,
    steps: Vec<String>,
}

impl Case {
    fn model(&self) -> &str {
        self.id.split('/').next().unwrap()
    }
}

fn cases() -> Vec<Case> {
    let folder = tests_dir().join("bpmn/elements");
    let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut scripts: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|known| known == "steps")).collect();
    scripts.sort();
    let mut cases = Vec::new();
    for path in scripts {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let script = std::fs::read_to_string(&path).unwrap();
        let lines = script.lines().map(str::trim_end).filter(|line| !line.is_empty());
        let mut n = 0;
        for line in lines {
            match line.strip_prefix("  ") {
                Some(step) => cases.last_mut().map_or_else(
                    || panic!("{name}: a case begins with the name of a run"),
                    |case: &mut Case| case.steps.push(step.to_owned()),
                ),
                None => {
                    n += 1;
                    cases.push(Case { id: format!("{name}/{n:02}"), steps: Vec::new() });
                }
            }
        }
    }
    cases
}

/// The last step, to be done by whoever finds the data. A job that was only taken leaves no trace
/// of who took it.
fn held_back(case: &Case) -> Option<&str> {
    case.steps.last().map(String::as_str).filter(|step| *step != "give_back")
}

/// The files of a broker that has done all but the step held back.
fn play(case: &Case) -> Vec<(String, Vec<u8>)> {
    let mut run = Run::new(Rig::new(), case.model());
    let n_steps = case.steps.len() - usize::from(held_back(case).is_some());
    for (n, step) in case.steps.iter().take(n_steps).enumerate() {
        if n == n_steps / 2 {
            run.rig.restart();
        }
        run.step(step);
    }
    if n_steps == 0 {
        run.rig.restart();
    }
    run.rig.into_files()
}

/// A run where another broker left it.
fn resume(mut rig: Rig, model: &str) -> Run {
    let log = rig.take_log();
    let (_, definition) = log.rsplit_once("E PROCESS:CREATED k").unwrap();
    let digits = definition.split(|c: char| !c.is_ascii_digit()).next().unwrap();
    let definition = skep_record::PartitionId(1).key(digits.parse().unwrap());
    let instance = rig.created;
    Run { rig, model: model.to_owned(), log, instance, definition, failed: None }
}

/// The files of one broker.
fn files_of<'f>(all: &'f Files, id: &'f str) -> impl Iterator<Item = (&'f str, &'f [u8])> {
    all.iter().filter_map(move |(name, bytes)| {
        let name = name.strip_prefix(id)?.strip_prefix('/')?;
        Some((name, bytes.as_slice()))
    })
}

/// What a broker finds in its files, and where the last step leads.
fn tell(files: &Files, id: &str, last: Option<&str>, kinds: &mut BTreeSet<String>) -> String {
    let rig = Rig::with_files(1, files_of(files, id));
    let found = rig.outline();
    let journal = files_of(files, id).filter(|(name, _)| name.starts_with("journal/"));
    let replayed = Rig::with_files(1, journal).outline();
    assert_eq!(replayed, found, "{id}: the journal leads to another state than the snapshot");
    kinds.extend(rig.kinds.iter().cloned());
    let mut text = format!("\n== {id}\n{found}");
    if let Some(step) = last {
        let mut run = resume(rig, id.split('/').next().unwrap());
        assert!(!run.step(step).is_empty(), "{id}: {step}: nothing happens");
        write!(text, "> {step}\n{}", run.rig.outline()).unwrap();
    }
    text
}

/// What the brokers of a version find, the step that each takes being that in `asked`.
fn tell_all(files: &Files, asked: &[(String, Option<String>)]) -> String {
    let mut kinds = BTreeSet::new();
    let all: String =
        asked.iter().map(|(id, last)| tell(files, id, last.as_deref(), &mut kinds)).collect();
    let kinds: Vec<_> = kinds.into_iter().collect();
    format!("{}\n{all}", kinds.join("\n"))
}

/// The folders of the versions that there is data of.
pub(crate) fn versions() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(tests_dir().join("journals")).unwrap();
    let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders
}

/// Which brokers a text tells of, and the last step of each.
fn asked(text: &str) -> Vec<(String, Option<String>)> {
    let sections = text.split("\n== ").skip(1);
    sections
        .map(|section| {
            let mut lines = section.lines();
            let id = lines.next().unwrap().to_owned();
            (id, lines.find_map(|line| line.strip_prefix("> ")).map(str::to_owned))
        })
        .collect()
}

/// Writes the data of the version being made.
fn write() {
    let folder = tests_dir().join("journals").join(env!("CARGO_PKG_VERSION"));
    std::fs::create_dir_all(&folder).unwrap();
    let mut files = Files::new();
    let mut asked = Vec::new();
    for case in cases() {
        for (name, bytes) in play(&case) {
            files.insert(format!("{}/{name}", case.id), bytes);
        }
        let last = held_back(&case).map(str::to_owned);
        asked.push((case.id, last));
    }
    let dir = tempfile::tempdir().unwrap();
    drop(skep_broker::Broker::start(skep_broker::BrokerConfig::new(dir.path())).unwrap());
    files.insert(CONF.to_owned(), std::fs::read(dir.path().join(CONF)).unwrap());
    archive::write(&folder.join(FILES), &files);
    std::fs::write(folder.join(STATE), tell_all(&files, &asked)).unwrap();
    cluster::write(&folder);
}

#[test]
fn journals_of_every_version_are_recovered_and_go_on() {
    if std::env::var_os(WRITE).is_some() {
        write();
    }
    let versions = versions();
    assert!(!versions.is_empty(), "there is no data of any version");
    for folder in versions {
        let expected = std::fs::read_to_string(folder.join(STATE)).unwrap();
        let asked = asked(&expected);
        assert!(asked.len() > 100, "{}: hardly anything to recover", folder.display());
        let found = tell_all(&archive::read(&folder.join(FILES)), &asked);
        let differing = expected.lines().zip(found.lines()).find(|(old, new)| old != new);
        assert!(expected == found, "{}: expected, found: {differing:?}", folder.display());
        cluster::check(&folder);
    }
}

#[test]
fn a_server_starts_on_the_data_of_every_version() {
    for folder in versions() {
        let files = archive::read(&folder.join(FILES));
        let id = "service_task/01";
        let dir = tempfile::tempdir().unwrap();
        let partition = dir.path().join("partition-1");
        for (name, bytes) in files_of(&files, id) {
            let path = partition.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        std::fs::write(dir.path().join(CONF), &files[CONF]).unwrap();
        let broker =
            skep_broker::Broker::start(skep_broker::BrokerConfig::new(dir.path())).unwrap();
        assert_eq!(broker.partitions()[0].stopped, None, "{}", folder.display());
        let report = &broker.recoveries()[0];
        assert!(report.snapshot_position > 0 && report.n_records > 0, "{report:?}");
    }
}

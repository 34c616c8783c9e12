//! The record log of every element: how it completes, is interrupted and terminated, and how it
//! is stuck with an incident and goes on.
//!
//! The models are in `tests/bpmn/elements`, beside each what happens to it: a line that is not
//! indented begins a run, the lines under it are its steps. Both can be given to another engine;
//! the logs are reduced to what is compared then: record type, value type, intent, element, and
//! what tells records of one kind apart. Keys, times and texts are left out, and so are what comes
//! before the element's turn, the last end event, and the activation of jobs.

mod step;

use std::path::PathBuf;

use self::step::Run;
use crate::rig::Rig;

/// What a line of the log says without keys, times and texts.
fn reduced(line: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for word in words(line) {
        let is_rejected = line.starts_with("R ") && word.ends_with(':');
        if is_rejected {
            kept.push(word.trim_end_matches(':'));
            break;
        }
        if !is_noise(word) {
            kept.push(word);
        }
    }
    kept.join(" ")
}

/// Splits at blanks that are not between quotation marks.
fn words(line: &str) -> Vec<&str> {
    let mut is_quoted = false;
    line.split(|c| {
        is_quoted ^= c == '"';
        c == ' ' && !is_quoted
    })
    .collect()
}

fn is_noise(word: &str) -> bool {
    const LEFT_OUT: [&str; 8] =
        ["due", "deadline", "retry_at", "message", "resource", "ttl_ms", "version", "definition"];
    match word.split_once('=') {
        Some((name, value)) => is_key(value) || LEFT_OUT.contains(&name),
        None => is_key(word),
    }
}

fn is_key(word: &str) -> bool {
    let digits = word.strip_prefix('k').or_else(|| word.strip_prefix('-')).unwrap_or("");
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The part of a step's log that is about the element; an instance's begins with the flow to it.
fn essence(step: &str, log: &str) -> Vec<String> {
    let before = "E PROCESS_INSTANCE:SEQUENCE_FLOW_TAKEN \"in\"";
    let lines: Vec<String> = log.lines().map(reduced).collect();
    let arrived = lines.iter().position(|line| line.starts_with(before));
    let from = arrived.filter(|_| step.starts_with("create ")).map_or(0, |at| at + 1);
    lines
        .into_iter()
        .skip(from)
        .filter(|line| !line.contains(" \"end\" END_EVENT") && !line.contains(" JOB_BATCH:"))
        .collect()
}

/// Does what a case says and writes down what it leads to.
fn play(model: &str, script: &str) -> String {
    let mut text = String::new();
    let mut run: Option<Run> = None;
    for line in script.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        let Some(step) = line.strip_prefix("  ") else {
            text += &format!("\n== {line}\n");
            run = Some(Run::new(Rig::new(), model));
            continue;
        };
        let log = run.as_mut().expect("a case begins with the name of a run").step(step);
        text += &format!("> {step}\n");
        for line in essence(step, &log) {
            text += &line;
            text.push('\n');
        }
    }
    text
}

/// The names of the files in the folder with this extension, without it.
fn files(extension: &str) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|known| known == extension))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/bpmn/elements")
}

fn steps(name: &str) -> String {
    std::fs::read_to_string(folder().join(format!("{name}.steps"))).unwrap()
}

#[test]
fn every_element_completes_ends_and_gets_stuck_as_recorded() {
    for name in files("steps") {
        insta::with_settings!({ omit_expression => true }, {
            insta::assert_snapshot!(name.as_str(), play(&name, &steps(&name)));
        });
    }
}

#[test]
fn every_model_of_an_element_is_used() {
    let with_steps = files("steps");
    let all_steps: String = with_steps.iter().map(|name| steps(name)).collect();
    for model in files("bpmn") {
        let is_deployed = all_steps.contains(&format!("deploy elements/{model}.bpmn"));
        assert!(is_deployed || with_steps.contains(&model), "no step uses the model {model}");
    }
}

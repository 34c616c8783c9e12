//! Rules about the tree that no compiler knows.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::{
    compatibility,
    run::{Error, root},
};

/// Which crate may depend on which; every other edge between Skep's crates is a mistake.
/// Development dependencies are free.
const EDGES: &[(&str, &[&str])] = &[
    ("skep-record", &[]),
    ("skep-feel", &[]),
    ("skep-api", &[]),
    ("skep-journal", &[]),
    ("skep-auth", &[]),
    ("skep-model", &["skep-feel"]),
    ("skep-engine", &["skep-record", "skep-model", "skep-feel"]),
    ("skep-broker", &["skep-record", "skep-engine", "skep-journal"]),
    ("skep-projection", &["skep-record", "skep-model"]),
    ("skep-testkit", &["skep-record", "skep-engine", "skep-journal", "skep-broker"]),
    ("skep-gateway", &["skep-record", "skep-api", "skep-auth", "skep-broker", "skep-projection"]),
    ("skep-idp", &["skep-auth"]),
    ("skep-entra", &["skep-auth"]),
    ("skep-client", &["skep-api", "skep-auth"]),
];

/// The crates at the top, which wire the others together.
const WIRING: &[&str] = &["skep", "xtask"];

/// Longest source file that passes without a remark.
const LINES_MAX: usize = 800;

/// Checks everything and reports all findings at once.
pub(crate) fn tidy() -> Result<(), Error> {
    let mut findings = edges()?;
    let files = sources(&root())?;
    for file in &files {
        let text = fs::read_to_string(file)
            .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        let shown = file.strip_prefix(root()).unwrap_or(file).display();
        let lines = text.lines().count();
        if lines > LINES_MAX {
            println!("remark: {shown} has {lines} lines: look for the seam");
        }
        findings.extend(todos(&text).map(|line| {
            format!("{shown}:{line}: a TODO needs the number of an issue, as TODO(#12)")
        }));
    }
    findings.extend(unused_fixtures(&files)?);
    findings.extend(compatibility::findings()?);
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => {
            println!("tidy: {} files, nothing to say", files.len());
            Ok(())
        }
        n => Err(format!("{n} findings")),
    }
}

fn edges() -> Result<Vec<String>, Error> {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    let mut findings = Vec::new();
    for package in &metadata.packages {
        let name = package.name.as_str();
        if WIRING.contains(&name) {
            continue;
        }
        let Some((_, allowed)) = EDGES.iter().find(|(known, _)| *known == name) else {
            findings.push(format!("{name}: a new crate needs a row in xtask/src/tidy.rs"));
            continue;
        };
        for dependency in &package.dependencies {
            let to = dependency.name.as_str();
            let ours = to.starts_with("skep") && dependency.kind != DependencyKind::Development;
            if ours && !allowed.contains(&to) {
                findings.push(format!("{name} depends on {to}, which the layering forbids"));
            }
        }
    }
    Ok(findings)
}

/// Line numbers of the comments that are TODOs without an issue's number.
fn todos(text: &str) -> impl Iterator<Item = usize> + '_ {
    text.lines().enumerate().filter_map(|(at, line)| {
        let comment = line.split_once("//")?.1.trim_start_matches(['/', '!', ' ']);
        let rest = comment.strip_prefix("TODO")?;
        (!rest.starts_with("(#") && !rest.starts_with(char::is_alphanumeric)).then_some(at + 1)
    })
}

/// Models under `tests/bpmn` that no test names, by file name or by folder.
fn unused_fixtures(sources: &[PathBuf]) -> Result<Vec<String>, Error> {
    let folder = root().join("tests/bpmn");
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut text = String::new();
    for source in sources {
        text += &fs::read_to_string(source)
            .map_err(|error| format!("cannot read {}: {error}", source.display()))?;
    }
    let mut models = Vec::new();
    walk(&folder, &mut models, &|path| path.extension().is_some_and(|e| e == "bpmn"))?;
    Ok(models
        .iter()
        .filter(|model| {
            let name = model.file_stem().unwrap_or_default().to_string_lossy();
            let parent = model.parent().and_then(Path::file_name).unwrap_or_default();
            let whole_folder = format!("tests/bpmn/{}\"", parent.to_string_lossy());
            !text.contains(&*name) && !text.contains(&whole_folder)
        })
        .map(|model| {
            let shown = model.strip_prefix(root()).unwrap_or(model).display().to_string();
            format!("{shown}: no test uses this model")
        })
        .collect())
}

fn sources(root: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for folder in ["crates", "xtask", "tests"] {
        let folder = root.join(folder);
        if folder.exists() {
            walk(&folder, &mut found, &|path| path.extension().is_some_and(|e| e == "rs"))?;
        }
    }
    found.sort();
    Ok(found)
}

fn walk(
    folder: &Path,
    found: &mut Vec<PathBuf>,
    wanted: &dyn Fn(&Path) -> bool,
) -> Result<(), Error> {
    let skipped = BTreeSet::from(["target", "node_modules"]);
    let entries = fs::read_dir(folder)
        .map_err(|error| format!("cannot read folder {}: {error}", folder.display()))?;
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !skipped.contains(name.as_str()) {
                walk(&path, found, wanted)?;
            }
        } else if wanted(&path) {
            found.push(path);
        }
    }
    Ok(())
}

//! Looks for inputs that break the promises of `fuzz/bodies`.

use std::{collections::BTreeSet, process::Command};

use crate::run::{Error, cache, cargo, root, run};

/// Version of cargo-fuzz that is installed when the machine has none.
const CARGO_FUZZ_VERSION: &str = "0.13.2";
/// Longest that one input may take, in seconds, on a busy machine.
const INPUT_SECONDS_MAX: u32 = 20;
/// Most memory that an input may take, in MiB.
const MEMORY_MIB_MAX: u32 = 3_000;

/// Runs each target for some time, one after the other. What is found to be interesting is kept
/// beside the build, what fails in `fuzz/artifacts`.
///
/// The stable toolchain builds the targets: `RUSTC_BOOTSTRAP` lets it use the sanitizers.
pub(crate) fn fuzz(only: &[String], seconds: u32) -> Result<(), Error> {
    let targets = targets()?;
    let chosen: Vec<&String> =
        if only.is_empty() { targets.iter().collect() } else { only.iter().collect() };
    if let Some(unknown) = chosen.iter().find(|name| !targets.contains(**name)) {
        let known: Vec<&str> = targets.iter().map(String::as_str).collect();
        return Err(format!("there is no target '{unknown}': choose from {}", known.join(", ")));
    }
    let folder = cache("cargo-fuzz")?;
    let program = folder.join("bin/cargo-fuzz");
    if !program.exists() {
        run(cargo()
            .args(["install", "cargo-fuzz", "--locked", "--version", CARGO_FUZZ_VERSION])
            .arg("--root")
            .arg(&folder))?;
    }
    for target in chosen {
        let found = folder.join("found").join(target);
        std::fs::create_dir_all(&found)
            .map_err(|error| format!("cannot create {}: {error}", found.display()))?;
        run(Command::new(&program)
            .current_dir(root())
            .env("RUSTC_BOOTSTRAP", "1")
            .args(["fuzz", "run", "--target-dir"])
            .arg(folder.join("target"))
            .arg(target)
            .arg(found)
            .arg(root().join("fuzz/corpus").join(target))
            .arg("--")
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-timeout={INPUT_SECONDS_MAX}"))
            .arg(format!("-rss_limit_mb={MEMORY_MIB_MAX}")))?;
    }
    Ok(())
}

/// The names of all targets.
fn targets() -> Result<BTreeSet<String>, Error> {
    let folder = root().join("fuzz/fuzz_targets");
    let cannot = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(&folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    Ok(names)
}

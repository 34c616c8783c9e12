//! What continuous integration runs, cheap steps first.

use std::time::Instant;

use crate::{
    interop,
    run::{Error, cache, cargo, run},
    tidy,
};

/// Version of cargo-deny that is installed when the machine has none.
const CARGO_DENY_VERSION: &str = "0.20.2";

/// Runs every step and prints how long each took.
pub(crate) fn ci() -> Result<(), Error> {
    step("format", || run(cargo().args(["fmt", "--all", "--check"])))?;
    step("tidy", tidy::tidy)?;
    step("lints", || {
        run(cargo().args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-Dwarnings",
        ]))
    })?;
    step("tests", || run(cargo().args(["test", "--workspace", "--locked"])))?;
    step("licences", deny)?;
    step("interop", || interop::interop(&[]))?;
    println!("\nci: every step passed");
    Ok(())
}

/// Checks licences, bans and sources with cargo-deny; the advisory database needs a clone from
/// the network, so it is no gate here.
pub(crate) fn deny() -> Result<(), Error> {
    let folder = cache("cargo-deny")?;
    let program = folder.join("bin/cargo-deny");
    if !program.exists() {
        run(cargo()
            .args(["install", "cargo-deny", "--locked", "--version", CARGO_DENY_VERSION])
            .arg("--root")
            .arg(&folder))?;
    }
    let mut command = std::process::Command::new(program);
    run(command.current_dir(crate::run::root()).args(["check", "licenses", "bans", "sources"]))
}

fn step(name: &str, work: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
    println!("\n=== {name}");
    let start = Instant::now();
    work().map_err(|error| format!("{name}: {error}"))?;
    println!("=== {name}: passed in {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

//! The soak of sign-in: see `skep bench --help`.

use crate::run::{Error, cargo, run};

/// What is run unless `flags` say otherwise.
const USUAL: [(&str, &str); 3] =
    [("--rate", "500"), ("--duration", "5m"), ("--token-lifetime", "60s")];

/// Runs it in a release build, with `flags` of `skep bench`.
pub(crate) fn soak(flags: &[String]) -> Result<(), Error> {
    let usual = USUAL.iter().filter(|(name, _)| !flags.iter().any(|flag| flag == name));
    run(cargo()
        .args(["run", "--release", "--locked", "--package", "skep", "--", "bench", "--soak"])
        .args(usual.flat_map(|(name, value)| [name, value]))
        .args(flags))
}

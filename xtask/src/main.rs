//! Development tasks, run as `cargo xtask TASK`.
//!
//! Scripts are Rust so that a newcomer needs nothing but the toolchain.

#![expect(clippy::print_stdout, reason = "a command-line tool talks on standard output")]

mod auth_cost;
mod ci;
mod compatibility;
mod fuzz;
mod interop;
mod run;
mod soak;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Development tasks of Skep.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Everything a change must pass: format, lints, tidy, licences, tests, interop.
    Ci,
    /// Checks what no compiler checks: crate edges, TODOs, file sizes, unused fixtures, and that
    /// the tests exist which the compatibility tables name.
    Tidy,
    /// Checks licences, duplicate bans and sources of the dependencies (installs cargo-deny).
    Deny,
    /// Simulates brokers with faults, each from a seed: `--seeds 1000 --from 0 [--log]`.
    Sim {
        /// Passed on to the simulator.
        #[arg(value_name = "OPTION", trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Looks for inputs that break what they should not, with libFuzzer (installs cargo-fuzz).
    Fuzz {
        /// Run only these targets; a name that does not exist lists them.
        #[arg(value_name = "TARGET")]
        only: Vec<String>,
        /// How long each of them runs.
        #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
        seconds: u32,
    },
    /// Writes the data of the version being made into `tests/journals`: before each release.
    Journals,
    /// Runs unmodified clients of Zeebe, Entra and OpenID Connect against a server started for
    /// them.
    Interop {
        /// Run only these clients; a name that does not exist lists them.
        #[arg(value_name = "CLIENT")]
        only: Vec<String>,
    },
    /// What authentication costs: throughput with it and without, in pairs of short runs.
    AuthCost {
        /// Pairs of runs.
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
        pairs: u32,
    },
    /// 1 000 calls a second for five minutes with 60-second tokens, while keys roll and the
    /// provider restarts; fails when one call fails or waits for a token.
    Soak {
        /// Further flags of `skep bench`, for example `--duration 20s --token-lifetime 5s`.
        #[arg(value_name = "FLAG", trailing_var_arg = true, allow_hyphen_values = true)]
        flags: Vec<String>,
    },
}

fn sim(options: &[String]) -> Result<(), run::Error> {
    run::run(run::cargo().args(["run", "--quiet", "--package", "skep-testkit", "--"]).args(options))
}

fn journals() -> Result<(), run::Error> {
    let test = ["test", "--package", "skep-testkit", "--test", "it", "journals_of_every_version"];
    run::run(run::cargo().args(test).env("SKEP_WRITE_JOURNALS", "1"))
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Ci => ci::ci(),
        Task::Tidy => tidy::tidy(),
        Task::Deny => ci::deny(),
        Task::Sim { options } => sim(&options),
        Task::Fuzz { only, seconds } => fuzz::fuzz(&only, seconds),
        Task::Journals => journals(),
        Task::Interop { only } => interop::interop(&only),
        Task::AuthCost { pairs } => auth_cost::auth_cost(pairs),
        Task::Soak { flags } => soak::soak(&flags),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

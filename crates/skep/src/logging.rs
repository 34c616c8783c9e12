//! Log lines on stderr.

use std::{env, io::IsTerminal as _};

use tracing_subscriber::{EnvFilter, filter::LevelFilter};

/// Where a level is taken from, the strongest first: the guide's name, then those of clients.
const LEVEL_VARIABLES: [&str; 4] =
    ["ZEEBE_LOG_LEVEL", "CAMUNDA_LOG_LEVEL", "ZEEBE_CLIENT_LOG_LEVEL", "CAMUNDA_SDK_LOG_LEVEL"];

/// Starts logging: `SKEP_LOG` (a filter such as `skep_auth=debug,warn`), else `-v`, else
/// `ZEEBE_LOG_LEVEL` or its like (a level), else what the command logs by itself.
///
/// Only a filter that names them opens the log of libraries: they may write headers.
pub(crate) fn init(verbose: u8, quiet_level: LevelFilter) {
    let filter = match env::var("SKEP_LOG") {
        Ok(directives) if !directives.trim().is_empty() => {
            EnvFilter::builder().parse_lossy(directives)
        }
        _ => EnvFilter::builder().parse_lossy(format!("warn,skep={}", level(verbose, quiet_level))),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}

fn level(verbose: u8, quiet_level: LevelFilter) -> LevelFilter {
    match verbose {
        0 => LEVEL_VARIABLES
            .iter()
            .find_map(|name| env::var(name).ok()?.trim().parse().ok())
            .unwrap_or(quiet_level),
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

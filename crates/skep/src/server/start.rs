//! `skep start`: the server.

use tokio::signal::unix::{SignalKind, signal};

use super::{
    args::StartArgs,
    config::Config,
    running::{Mode, Running},
};
use crate::{failure::Failure, output};

/// Runs the server until it is told to stop.
pub(crate) async fn start(args: StartArgs) -> Result<(), Failure> {
    let config = configuration(&args)?;
    let mode = match (args.dev, args.insecure_no_auth) {
        (true, _) => Mode::Development,
        (false, true) => Mode::Unprotected,
        (false, false) => Mode::Configured,
    };
    if mode == Mode::Unprotected {
        tracing::warn!(
            "security is OFF (--insecure-no-auth): everybody who reaches the ports can deploy, \
             run and read everything"
        );
    }
    let running = Running::start(&config, &args.data.data_dir, mode).await?;
    output::line(ready(&running))?;
    stop_requested().await?;
    tracing::info!("stopping: running calls may finish");
    running.shutdown().await;
    Ok(())
}

fn configuration(args: &StartArgs) -> Result<Config, Failure> {
    let mut config = Config::load(args.config.as_deref(), |name| std::env::var(name).ok())?;
    if let Some(port) = args.grpc_port {
        config.zeebe.gateway.network.port = port;
    }
    if let Some(port) = args.http_port {
        config.server.port = port;
    }
    if let Some(port) = args.idp_port {
        config.skep.idp.port = port;
    }
    Ok(config)
}

/// The one line that says where everything is, for people and scripts.
fn ready(running: &Running) -> String {
    let info = running.info();
    let idp = info.idp.as_ref().map_or_else(String::new, |idp| format!(" idp={}", idp.origin));
    format!("ready grpc={} http={}{idp}", info.grpc, info.http)
}

/// Returns when the process is told to stop: SIGTERM, or Ctrl-C.
///
/// # Errors
/// The system refuses to deliver signals.
pub(crate) async fn stop_requested() -> Result<(), Failure> {
    let fail = |error: std::io::Error| Failure::new("cannot wait for signals").caused_by(error);
    let mut terminate = signal(SignalKind::terminate()).map_err(fail)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(fail)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// A port is taken, or not ours to take.
pub(crate) fn cannot_listen(
    who: &str,
    flag: &str,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Failure {
    Failure::new(format!("the {who} cannot listen")).caused_by(error).fix(format!(
        "stop what uses the port, or choose another with {flag} (0 takes any free one)"
    ))
}

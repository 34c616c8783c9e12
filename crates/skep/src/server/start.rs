//! `skep start`: the server.

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{
    args::{ServerFlags, StartArgs},
    config::Layers,
    running::{Mode, Running},
};
use crate::{failure::Failure, output};

/// Runs the server until it is told to stop.
pub(crate) async fn start(args: StartArgs) -> Result<(), Failure> {
    let config = args.flags.layers()?.config()?;
    let mode = args.flags.mode();
    if mode == Mode::Unprotected {
        tracing::warn!(
            "security is OFF (--insecure-no-auth): everybody who reaches the ports can deploy, \
             run and read everything"
        );
    }
    let running = Running::start(&config, &args.data.data_dir, mode).await?;
    let mut stop = StopSignals::listen()?;
    output::line(ready(&running))?;
    stop.requested().await;
    tracing::info!("stopping: running calls may finish");
    running.shutdown().await;
    Ok(())
}

impl ServerFlags {
    /// The configuration with its layers: file, environment, these flags.
    ///
    /// # Errors
    /// As [`Layers::read`].
    pub(crate) fn layers(&self) -> Result<Layers, Failure> {
        let mut layers = Layers::read(self.config.as_deref(), |name| std::env::var(name).ok())?;
        for (path, flag, port) in [
            ("zeebe.gateway.network.port", "--grpc-port", self.grpc_port),
            ("server.port", "--http-port", self.http_port),
            ("skep.idp.port", "--idp-port", self.idp_port),
        ] {
            if let Some(port) = port {
                layers.add_flag(path, flag, port);
            }
        }
        if let Some(budget) = self.memory_budget {
            layers.add_flag("skep.broker.memoryBudget", "--memory-budget", budget.to_string());
        }
        if let Some(every) = self.snapshot_every {
            layers.add_flag("skep.broker.snapshotEvery", "--snapshot-every", every.to_string());
        }
        Ok(layers)
    }

    /// Whose calls are accepted.
    pub(crate) fn mode(&self) -> Mode {
        match (self.dev, self.insecure_no_auth) {
            (true, _) => Mode::Development,
            (false, true) => Mode::Unprotected,
            (false, false) => Mode::Configured,
        }
    }
}

/// The one line that says where everything is, for people and scripts.
fn ready(running: &Running) -> String {
    let info = running.info();
    let idp = info.idp.as_ref().map_or_else(String::new, |idp| format!(" idp={}", idp.origin));
    format!("ready grpc={} http={}{idp}", info.grpc, info.http)
}

/// SIGTERM and Ctrl-C, from the moment it is made: whoever reads `ready` may stop the process.
pub(crate) struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Takes the signals over from the system, which would end the process at once.
    ///
    /// # Errors
    /// The system refuses to deliver signals.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let fail = |error: std::io::Error| Failure::new("cannot wait for signals").caused_by(error);
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(fail)?,
            interrupt: signal(SignalKind::interrupt()).map_err(fail)?,
        })
    }

    /// Returns when the process is told to stop.
    pub(crate) async fn requested(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
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

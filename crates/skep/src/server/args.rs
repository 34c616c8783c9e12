//! Command lines of the server commands.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{memory::MemoryBudget, snapshot_every::SnapshotEvery};

/// Where everything is kept.
#[derive(Clone, Debug, Args)]
pub(crate) struct DataDir {
    /// Where everything is kept.
    #[arg(long, value_name = "DIR", default_value = "skep-data", global = true)]
    pub(crate) data_dir: PathBuf,
}

/// Runs the main job with nothing to prepare, and shows each step with its timing.
///
/// Starts the server with its own identity provider, registers one client by secret and one by
/// certificate, gets tokens both ways, deploys the bundled order process, creates an instance and
/// works its jobs. Then it stays up, for you to try things.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  skep quickstart                 run the main job, then keep the server up
  skep quickstart --once          exit 0 when the instance has completed")]
pub(crate) struct QuickstartArgs {
    /// End when the process instance has completed, with exit code 0.
    #[arg(long)]
    pub(crate) once: bool,
    #[command(flatten)]
    pub(crate) data: DataDir,
}

/// Starts the server: gRPC on 26500, REST on 8080. Prints one `ready` line.
///
/// Every call needs a token. Outside development the server must be told whose: an issuer and an
/// audience, or a Microsoft Entra tenant. SIGTERM drains and ends with exit code 0.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  skep start --dev                            with its own identity provider and sample apps
  skep start --config skep.yaml               with yours
  skep start --dev --memory-budget 512MB      with at most so much for what waits; or unlimited
  SKEP_SECURITY_ENTRATENANTID=<tenant id> \\
  CAMUNDA_SECURITY_AUTHENTICATION_OIDC_AUDIENCES=<app id> skep start --data-dir /var/lib/skep

A configuration file for Microsoft Entra:
  skep: {security: {entra-tenant-id: 00000000-…, allowed-clients: [11111111-…]}}
  camunda: {security: {authentication: {oidc: {audiences: [22222222-…]}}}}")]
pub(crate) struct StartArgs {
    #[command(flatten)]
    pub(crate) flags: ServerFlags,
    #[command(flatten)]
    pub(crate) data: DataDir,
}

/// What a server is told on its command line.
#[derive(Clone, Debug, Args)]
pub(crate) struct ServerFlags {
    /// Bring the embedded identity provider and two sample apps, on the loopback address.
    #[arg(long)]
    pub(crate) dev: bool,
    /// Let everybody do everything: no token is looked at. For experiments on your own machine.
    #[arg(long, conflicts_with = "dev")]
    pub(crate) insecure_no_auth: bool,
    /// Configuration file, YAML with Camunda's key paths.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Memory for idle process instances; those beyond it are kept in the data directory until
    /// something happens to them. [default: a quarter of the machine's or the container's]
    #[arg(long, value_name = "SIZE")]
    pub(crate) memory_budget: Option<MemoryBudget>,
    /// How much journal each partition writes between two snapshots: as much is replayed at a
    /// start, at most. [default: 256MB]
    #[arg(long, value_name = "SIZE")]
    pub(crate) snapshot_every: Option<SnapshotEvery>,
    /// Port of the gRPC gateway; 0 takes any free one. [default: 26500]
    #[arg(long, value_name = "N")]
    pub(crate) grpc_port: Option<u16>,
    /// Port of the REST API; 0 takes any free one. [default: 8080]
    #[arg(long, value_name = "N")]
    pub(crate) http_port: Option<u16>,
    /// Port of the embedded identity provider; 0 takes any free one. [default: 8443]
    #[arg(long, value_name = "N")]
    pub(crate) idp_port: Option<u16>,
}

/// Shows what a server would be configured with, and checks it.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  skep config check --config skep.yaml            everything that is wrong, at once
  skep config show --config skep.yaml             every setting, and where it comes from
  skep config show --dev --changed                what is not a default

Both read what `skep start` reads: the file, then the environment, then the flags. The name of a
variable is the path of its key: zeebe.gateway.network.port is ZEEBE_GATEWAY_NETWORK_PORT.

Exit codes of check: 0 the server would start with it, 2 it would not.")]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

/// What `skep config` can do.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Name every problem of the configuration, with file and line.
    Check(ServerFlags),
    /// Show every setting, where it comes from, and no secret.
    Show {
        #[command(flatten)]
        flags: ServerFlags,
        /// Leave out what is as it is by default.
        #[arg(long)]
        changed: bool,
    },
}

/// Prints what clients of the running development server need, as `export` lines.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  eval \"$(skep env)\"                       then use zbctl, the Node or Python client, skep …
  eval \"$(skep env --app certificate)\"     sign in with a PKCS#12 certificate instead of a secret")]
pub(crate) struct EnvArgs {
    /// Which sample application to sign in as.
    #[arg(long, value_enum, default_value = "secret")]
    pub(crate) app: SampleApp,
    #[command(flatten)]
    pub(crate) data: DataDir,
}

/// The sample applications of `skep start --dev`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum SampleApp {
    /// Signs in with a client secret.
    Secret,
    /// Signs in with a certificate in a PKCS#12 keystore.
    Certificate,
}

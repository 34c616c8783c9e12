//! Command lines of the server commands.

use std::path::PathBuf;

/// Flags of `skep quickstart`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct QuickstartArgs {
    /// Stop when the process instance has completed, with exit code 0.
    #[arg(long)]
    pub(crate) once: bool,
    /// Where everything is kept.
    #[arg(long, value_name = "DIR", default_value = "skep-data")]
    pub(crate) data_dir: PathBuf,
}

/// Flags of `skep start`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct StartArgs {
    /// Bring the embedded identity provider and two sample apps.
    #[arg(long)]
    pub(crate) dev: bool,
    /// Configuration file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where everything is kept.
    #[arg(long, value_name = "DIR", default_value = "skep-data")]
    pub(crate) data_dir: PathBuf,
    /// Port of the gRPC gateway; 0 takes any free port.
    #[arg(long, value_name = "N")]
    pub(crate) grpc_port: Option<u16>,
    /// Port of the REST API; 0 takes any free port.
    #[arg(long, value_name = "N")]
    pub(crate) http_port: Option<u16>,
    /// Port of the embedded identity provider; 0 takes any free port.
    #[arg(long, value_name = "N")]
    pub(crate) idp_port: Option<u16>,
}

/// Flags of `skep env`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct EnvArgs {
    /// Data directory of the running server.
    #[arg(long, value_name = "DIR", default_value = "skep-data")]
    pub(crate) data_dir: PathBuf,
}

/// Flags of `skep idp`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct IdpArgs {
    /// Configuration file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Port to listen on; 0 takes any free port.
    #[arg(long, value_name = "N")]
    pub(crate) port: Option<u16>,
    /// Where registrations and keys are kept.
    #[arg(long, value_name = "DIR", default_value = "skep-data")]
    pub(crate) data_dir: PathBuf,
}

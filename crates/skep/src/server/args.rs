//! Command lines of the server commands.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use uuid::Uuid;

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
  SKEP_SECURITY_ENTRATENANTID=<tenant id> \\
  CAMUNDA_SECURITY_AUTHENTICATION_OIDC_AUDIENCES=<app id> skep start --data-dir /var/lib/skep

A configuration file for Microsoft Entra:
  skep: {security: {entra-tenant-id: 00000000-…, allowed-clients: [11111111-…]}}
  camunda: {security: {authentication: {oidc: {audiences: [22222222-…]}}}}")]
pub(crate) struct StartArgs {
    /// Bring the embedded identity provider and two sample apps, on the loopback address.
    #[arg(long)]
    pub(crate) dev: bool,
    /// Let everybody do everything: no token is looked at. For experiments on your own machine.
    #[arg(long, conflicts_with = "dev")]
    pub(crate) insecure_no_auth: bool,
    /// Configuration file, YAML with Camunda's key paths.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) data: DataDir,
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

/// Runs the embedded, Entra-compatible identity provider alone, or changes its registrations.
///
/// For development and tests. Changes made while a server runs count from its next request on.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  skep idp --port 8443                        serve
  skep idp app add orders                     register an application
  skep idp secret add <app id>                print a new client secret, once
  skep idp certificate add <app id> orders.pem
  skep idp keys roll                          sign with a new key from now on")]
pub(crate) struct IdpArgs {
    #[command(subcommand)]
    pub(crate) command: Option<IdpCommand>,
    /// Configuration file, YAML; the section is `skep.idp`.
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) data: DataDir,
    /// Port to listen on; 0 takes any free one. [default: 8443]
    #[arg(long, value_name = "N")]
    pub(crate) port: Option<u16>,
}

/// Administration of the embedded provider.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum IdpCommand {
    /// Applications.
    #[command(subcommand)]
    App(AppCommand),
    /// Client secrets of an application.
    #[command(subcommand)]
    Secret(SecretCommand),
    /// Certificates of an application.
    #[command(subcommand)]
    Certificate(CertificateCommand),
    /// The keys that tokens are signed with.
    #[command(subcommand)]
    Keys(KeysCommand),
}

/// `skep idp app …`
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum AppCommand {
    /// Registers an application and prints its client id.
    Add {
        /// Name for people.
        name: String,
        /// Client id; a new one when left out.
        #[arg(long, value_name = "GUID")]
        client_id: Option<Uuid>,
        /// App ID URI under which clients may ask for it, as `api://orders`; may be repeated.
        #[arg(long = "identifier-uri", value_name = "URI")]
        identifier_uris: Vec<String>,
        /// Version of the access tokens it receives: 1 or 2.
        #[arg(long, value_name = "N", default_value = "2", value_parser = clap::value_parser!(u8).range(1..=2))]
        token_version: u8,
    },
    /// Lists the applications.
    List,
    /// Removes an application and its credentials.
    Remove {
        /// Its client id.
        client_id: Uuid,
    },
}

/// `skep idp secret …`
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum SecretCommand {
    /// Makes a client secret and prints it: it cannot be shown again.
    Add {
        /// Client id of the application.
        client_id: Uuid,
        /// Name for people.
        #[arg(long, default_value = "")]
        name: String,
    },
    /// Removes a client secret.
    Remove {
        /// Client id of the application.
        client_id: Uuid,
        /// Id of the secret, as `app list` shows it.
        secret_id: Uuid,
    },
}

/// `skep idp certificate …`
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum CertificateCommand {
    /// Lets an application sign in with the key of this certificate.
    Add {
        /// Client id of the application.
        client_id: Uuid,
        /// Certificate, PEM or DER.
        file: PathBuf,
    },
    /// Removes a certificate.
    Remove {
        /// Client id of the application.
        client_id: Uuid,
        /// Id of the certificate, as `app list` shows it.
        certificate_id: Uuid,
    },
}

/// `skep idp keys …`
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Signs with a new key from now on; earlier keys stay published.
    Roll,
}

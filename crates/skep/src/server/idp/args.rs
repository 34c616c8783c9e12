//! Command lines of `skep idp`.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{cli::duration, server::args::DataDir};

/// Runs the embedded, Entra-compatible identity provider alone, or changes its registrations.
///
/// For development and tests. It does not matter whether a server runs on the data directory:
/// what a command changes counts from that server's next request on. A serving provider has a page
/// for it too, at /admin, for administrators and for who can read idp/admin-token in the data
/// directory.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  skep idp --port 8443                        serve
  skep idp app add orders                     register an application, print its client id
  skep idp secret add <client id>             print a new client secret, once
  skep idp certificate add <client id> orders.pem
  skep idp federated add <client id> ci --issuer https://token.actions.githubusercontent.com \\
      --subject repo:acme/orders:ref:refs/heads/main
  skep idp user add ada@skep.test --admin     print a new password, once
  skep idp keys roll                          sign with a new key from now on
  skep idp faults set --throttle 3            answer the next 3 token requests with 429
  skep idp app list --output json             for programs")]
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
    /// Users that sign in with a password.
    #[command(subcommand)]
    User(UserCommand),
    /// Client secrets of an application.
    #[command(subcommand)]
    Secret(SecretCommand),
    /// Certificates of an application.
    #[command(subcommand)]
    Certificate(CertificateCommand),
    /// Tokens of other issuers that an application may sign in with.
    #[command(subcommand)]
    Federated(FederatedCommand),
    /// The keys that tokens are signed with.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Faults of the token endpoint, to try what clients make of them.
    #[command(subcommand)]
    Faults(FaultsCommand),
}

/// `skep idp app …`
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum AppCommand {
    /// Registers an application and prints its client id.
    #[command(after_help = "\
Examples:
  skep idp app add worker
  skep idp app add zeebe --role Process.Start --require-role
  skep idp app add operate --web-redirect http://localhost:8081/callback
  skep idp app add console --spa-redirect http://localhost:8084")]
    Add(AppAddArgs),
    /// Lists the applications.
    List,
    /// Shows an application: addresses, roles, and credentials with the time they end.
    Show {
        /// Its client id.
        client_id: Uuid,
    },
    /// Gives an application a role of another one, or of its own.
    #[command(after_help = "\
Examples:
  skep idp app grant <client id> <client id of the API> Process.Start
  skep idp app grant <client id> 00000003-0000-0000-c000-000000000000 Application.ReadWrite.All")]
    Grant {
        /// Client id of the application that gets the role.
        client_id: Uuid,
        /// Client id of the application that defines it.
        resource: Uuid,
        /// The role's value.
        role: String,
    },
    /// Removes an application and its credentials.
    #[command(visible_alias = "remove")]
    Delete {
        /// Its client id.
        client_id: Uuid,
    },
}

/// `skep idp app add`
#[derive(Clone, Debug, Args)]
pub(crate) struct AppAddArgs {
    /// Name for people.
    pub(crate) name: String,
    /// Client id; a new one when left out.
    #[arg(long, value_name = "GUID")]
    pub(crate) client_id: Option<Uuid>,
    /// App ID URI under which clients may ask for it, as `api://orders`; may be repeated.
    /// [default: api://{client id}]
    #[arg(long = "identifier-uri", value_name = "URI")]
    pub(crate) identifier_uris: Vec<String>,
    /// Version of the access tokens it receives: 1 or 2.
    #[arg(long, value_name = "N", default_value = "2", value_parser = clap::value_parser!(u8).range(1..=2))]
    pub(crate) token_version: u8,
    /// Role that it defines, for applications and users; may be repeated.
    #[arg(long = "role", value_name = "VALUE")]
    pub(crate) roles: Vec<String>,
    /// Refuse tokens for it to who has none of its roles.
    #[arg(long)]
    pub(crate) require_role: bool,
    /// Redirect URI of a web application, which keeps a secret; may be repeated.
    #[arg(long = "web-redirect", value_name = "URI")]
    pub(crate) web: Vec<String>,
    /// Redirect URI of a single-page application; may be repeated.
    #[arg(long = "spa-redirect", value_name = "URI")]
    pub(crate) spa: Vec<String>,
    /// Redirect URI of a desktop or command-line application; may be repeated.
    #[arg(long = "public-redirect", value_name = "URI")]
    pub(crate) public: Vec<String>,
    /// Let it sign users in by device code, without a credential.
    #[arg(long)]
    pub(crate) public_client: bool,
}

/// `skep idp user …`
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Creates a user and prints a new password, once.
    #[command(after_help = "\
Examples:
  skep idp user add ada@skep.test --name 'Ada Lovelace'
  printf %s \"$PASSWORD\" | skep idp user add ada@skep.test --password-stdin")]
    Add {
        /// What the user signs in with, as `ada@skep.test`.
        user_name: String,
        /// Name for people.
        #[arg(long)]
        name: Option<String>,
        /// Mail address.
        #[arg(long)]
        mail: Option<String>,
        /// Global administrator: may consent for everybody and use the admin page.
        #[arg(long)]
        admin: bool,
        /// Read the password, 8 characters or more, from standard input instead of making one.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Lists the users.
    List,
    /// Removes a user.
    #[command(visible_alias = "remove")]
    Delete {
        /// User name or object id.
        user: String,
    },
}

/// `skep idp secret …`
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum SecretCommand {
    /// Makes a client secret and prints it: it cannot be shown again.
    #[command(after_help = "\
Examples:
  export ZEEBE_CLIENT_SECRET=$(skep idp secret add <client id>)
  skep idp secret add <client id> --name ci --expires 2027-01-01T00:00:00Z
  skep idp secret add <client id> --lifetime 5m      to see what an expired one does")]
    Add {
        /// Client id of the application.
        client_id: Uuid,
        /// Name for people.
        #[arg(long, default_value = "")]
        name: String,
        /// When it ends, as 2027-01-01T00:00:00Z. [default: in two years]
        #[arg(long, value_name = "TIME", conflicts_with = "lifetime")]
        expires: Option<Timestamp>,
        /// After how long it ends, as 90d.
        #[arg(long, value_name = "TIME", value_parser = duration::parse)]
        lifetime: Option<Duration>,
    },
    /// Lists the client secrets of an application, by hint.
    List {
        /// Client id of the application.
        client_id: Uuid,
    },
    /// Removes a client secret.
    #[command(visible_alias = "delete")]
    Remove {
        /// Client id of the application.
        client_id: Uuid,
        /// Id of the secret, as `secret list` shows it.
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
        /// Certificate, PEM or DER; `skep cert new` makes one.
        file: PathBuf,
    },
    /// Lists the certificates of an application.
    List {
        /// Client id of the application.
        client_id: Uuid,
    },
    /// Removes a certificate.
    #[command(visible_alias = "delete")]
    Remove {
        /// Client id of the application.
        client_id: Uuid,
        /// Id of the certificate, as `certificate list` shows it.
        certificate_id: Uuid,
    },
}

/// `skep idp federated …`
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum FederatedCommand {
    /// Lets an application sign in with tokens of another issuer.
    #[command(after_help = "\
Examples:
  skep idp federated add <client id> kubernetes --issuer https://oidc.example.com/cluster \\
      --subject system:serviceaccount:orders:worker")]
    Add {
        /// Client id of the application.
        client_id: Uuid,
        /// Name within the application: 3 to 120 letters, digits, '-' or '_'.
        name: String,
        /// `iss` of the tokens, byte for byte; its discovery document is fetched over HTTPS.
        #[arg(long, value_name = "URL")]
        issuer: String,
        /// `sub` of the tokens, byte for byte.
        #[arg(long, value_name = "TEXT")]
        subject: String,
        /// `aud` of the tokens.
        #[arg(long, value_name = "TEXT", default_value = "api://AzureADTokenExchange")]
        audience: String,
    },
    /// Lists the federated credentials of an application.
    List {
        /// Client id of the application.
        client_id: Uuid,
    },
    /// Removes a federated credential.
    #[command(visible_alias = "delete")]
    Remove {
        /// Client id of the application.
        client_id: Uuid,
        /// Id of the credential, as `federated list` shows it.
        credential_id: Uuid,
    },
}

/// `skep idp keys …`
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Signs with a new key from now on; earlier keys stay published.
    Roll,
    /// Lists the published keys, the one in use first.
    List,
}

/// `skep idp faults …`
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum FaultsCommand {
    /// Sets the faults of the running server's token endpoint, in place of earlier ones.
    #[command(after_help = "\
Examples:
  skep idp faults set --latency 300ms
  skep idp faults set --throttle 2 --retry-after 5    two requests get 429, wait 5 s
  skep idp faults set --fail 3                        three requests get 503")]
    Set {
        /// Hold every answer back this long.
        #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "0s")]
        latency: Duration,
        /// Answer this many requests with 429 Too Many Requests.
        #[arg(long, value_name = "N", default_value = "0")]
        throttle: u32,
        /// `Retry-After` of those answers, in seconds.
        #[arg(long, value_name = "SECONDS", default_value = "60")]
        retry_after: u32,
        /// Then answer this many requests with 503 Service Unavailable.
        #[arg(long, value_name = "N", default_value = "0")]
        fail: u32,
    },
    /// Ends all faults.
    Clear,
}

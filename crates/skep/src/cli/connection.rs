//! Flags that say which gateway to talk to, and as whom.

use std::{env, path::PathBuf, time::Duration};

use skep_auth::{
    AuthError, ClientSettings,
    settings::{Explicit, Setting, Values},
};
use skep_client::{Builder, Client, RestClient};

use crate::{failure::Failure, output::note};

/// Connection flags of every client command; each beats its variables.
///
/// There is none for a secret: a command line is seen by everybody on the machine.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Connection (each flag beats its variables)")]
pub(crate) struct ConnectionArgs {
    /// Gateway, `host:port` or a URL (http and grpc are plain, https and grpcs are TLS)
    /// [ZEEBE_GRPC_ADDRESS, ZEEBE_ADDRESS].
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
    /// Talk to the gateway without TLS [ZEEBE_INSECURE_CONNECTION].
    #[arg(long, visible_alias = "plaintext")]
    insecure: bool,
    #[command(flatten)]
    credentials: CredentialArgs,
    /// Give up a call after this long; 10 s unless the command waits for something.
    #[arg(long, value_name = "DURATION", value_parser = super::duration::parse)]
    pub(super) request_timeout: Option<Duration>,
}

/// Flags that say as whom, and whom to trust.
#[derive(Clone, Debug, Default, clap::Args)]
struct CredentialArgs {
    /// PEM file with certificate authorities to trust besides the system's
    /// [ZEEBE_CA_CERTIFICATE_PATH, SSL_CERT_FILE].
    #[arg(long, value_name = "FILE", visible_alias = "certPath")]
    ca_certificate: Option<PathBuf>,
    /// Client (application) id [ZEEBE_CLIENT_ID, CAMUNDA_CLIENT_ID].
    #[arg(long, value_name = "ID", visible_alias = "clientId")]
    client_id: Option<String>,
    /// Token endpoint [ZEEBE_AUTHORIZATION_SERVER_URL, CAMUNDA_OAUTH_URL].
    #[arg(long, value_name = "URL", visible_alias = "authzUrl")]
    authorization_server_url: Option<String>,
    /// Audience [ZEEBE_TOKEN_AUDIENCE].
    #[arg(long, value_name = "TEXT")]
    audience: Option<String>,
    /// Scope; Microsoft Entra ID needs `<app-id>/.default` [ZEEBE_TOKEN_SCOPE].
    #[arg(long, value_name = "TEXT")]
    scope: Option<String>,
    /// PKCS#12 file of a client that authenticates by certificate; its password is in
    /// ZEEBE_CLIENT_ASSERTION_KEYSTORE_PASSWORD [ZEEBE_CLIENT_ASSERTION_KEYSTORE_PATH].
    #[arg(long, value_name = "FILE")]
    keystore: Option<PathBuf>,
}

/// Connection flags of every command that uses the REST API; each beats its variables.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Connection (each flag beats its variables)")]
pub(crate) struct RestArgs {
    /// REST API of the gateway, a URL [ZEEBE_REST_ADDRESS, CAMUNDA_REST_ADDRESS].
    #[arg(long, value_name = "URL")]
    rest_address: Option<String>,
    #[command(flatten)]
    credentials: CredentialArgs,
    /// Give up a call after this long; 10 s unless given.
    #[arg(long, value_name = "DURATION", value_parser = super::duration::parse)]
    request_timeout: Option<Duration>,
}

impl CredentialArgs {
    fn given(&self) -> [(Setting, Option<String>); 6] {
        let path = |path: &PathBuf| path.to_string_lossy().into_owned();
        [
            (Setting::CaCertificate, self.ca_certificate.as_ref().map(path)),
            (Setting::ClientId, self.client_id.clone()),
            (Setting::TokenUrl, self.authorization_server_url.clone()),
            (Setting::Audience, self.audience.clone()),
            (Setting::Scope, self.scope.clone()),
            (Setting::KeystorePath, self.keystore.as_ref().map(path)),
        ]
    }
}

impl RestArgs {
    /// A client of the REST API with the effective settings.
    ///
    /// # Errors
    /// As [`ConnectionArgs::connect`].
    pub(super) fn connect(&self) -> Result<RestClient, Failure> {
        let address = (Setting::RestAddress, self.rest_address.clone());
        let settings = effective([address].into_iter().chain(self.credentials.given()));
        let settings = usable(settings)?;
        tell_notes(&settings);
        let client = RestClient::from_settings(&settings)?;
        Ok(match self.request_timeout {
            Some(timeout) => client.request_timeout(timeout),
            None => client,
        })
    }
}

impl ConnectionArgs {
    /// The effective settings: flags, then variables, then defaults.
    ///
    /// # Errors
    /// When they contradict each other or are half there; everything wrong is named at once.
    pub(super) fn settings(&self) -> Result<ClientSettings, Failure> {
        usable(self.resolve())
    }

    /// As [`ConnectionArgs::settings`], with the error as it is.
    ///
    /// # Errors
    /// [`AuthError::Settings`]
    pub(super) fn resolve(&self) -> Result<ClientSettings, AuthError> {
        let own = [
            (Setting::GrpcAddress, self.address.clone()),
            (Setting::Insecure, self.insecure.then(|| "true".to_owned())),
        ];
        effective(own.into_iter().chain(self.credentials.given()))
    }

    /// A client with the effective settings.
    ///
    /// # Errors
    /// As [`ConnectionArgs::settings`], and when a credential or CA file cannot be used.
    pub(super) fn connect(&self) -> Result<Client, Failure> {
        let settings = self.settings()?;
        tell_notes(&settings);
        self.connect_with(&settings)
    }

    /// A client of the REST API, whose address the variables tell, with the effective settings.
    ///
    /// # Errors
    /// As [`ConnectionArgs::connect`].
    pub(super) fn connect_rest(&self) -> Result<RestClient, Failure> {
        Ok(RestClient::from_settings(&self.settings()?)?)
    }

    /// A client with these settings.
    ///
    /// # Errors
    /// When a credential or CA file cannot be used.
    pub(super) fn connect_with(&self, settings: &ClientSettings) -> Result<Client, Failure> {
        let mut builder = Builder::from_settings(settings)?;
        if let Some(timeout) = self.request_timeout {
            builder = builder.request_timeout(timeout);
        }
        Ok(builder.build()?)
    }
}

/// What these flags, the variables and the defaults come to.
fn effective(
    flags: impl Iterator<Item = (Setting, Option<String>)>,
) -> Result<ClientSettings, AuthError> {
    let flags: Values = flags.filter_map(|(setting, text)| Some((setting, text?))).collect();
    let explicit = Explicit { flags, ..Default::default() };
    ClientSettings::resolve(&explicit, |name| env::var(name).ok())
}

fn usable(settings: Result<ClientSettings, AuthError>) -> Result<ClientSettings, Failure> {
    settings.map_err(|e| {
        Failure::usage(format!("the connection settings cannot be used: {e}"))
            .fix("`skep auth explain` shows which flags and variables are read")
    })
}

fn tell_notes(settings: &ClientSettings) {
    for text in &settings.notes {
        note(format!("note: {text}"));
    }
}

//! Flags that say which gateway to talk to, and as whom.

use std::{fs, path::PathBuf, time::Duration};

use skep_client::Client;

use crate::failure::Failure;

/// Connection flags of every client command; each beats its variables.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Connection (each flag beats its variables)")]
pub(crate) struct ConnectionArgs {
    /// Gateway, `host:port` or a URL (http and grpc are plain, https and grpcs are TLS)
    /// [ZEEBE_GRPC_ADDRESS, ZEEBE_ADDRESS].
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) address: Option<String>,
    /// Talk to the gateway without TLS [ZEEBE_INSECURE_CONNECTION].
    #[arg(long, visible_alias = "plaintext")]
    pub(crate) insecure: bool,
    /// PEM file with certificate authorities to trust besides the system's
    /// [ZEEBE_CA_CERTIFICATE_PATH, SSL_CERT_FILE].
    #[arg(long, value_name = "FILE", visible_alias = "certPath")]
    pub(crate) ca_certificate: Option<PathBuf>,
    /// Client (application) id [ZEEBE_CLIENT_ID, CAMUNDA_CLIENT_ID].
    #[arg(long, value_name = "ID", visible_alias = "clientId")]
    pub(crate) client_id: Option<String>,
    /// Token endpoint [ZEEBE_AUTHORIZATION_SERVER_URL, CAMUNDA_OAUTH_URL].
    #[arg(long, value_name = "URL", visible_alias = "authzUrl")]
    pub(crate) authorization_server_url: Option<String>,
    /// Audience [ZEEBE_TOKEN_AUDIENCE].
    #[arg(long, value_name = "TEXT")]
    pub(crate) audience: Option<String>,
    /// Scope; Microsoft Entra ID needs `<app-id>/.default` [ZEEBE_TOKEN_SCOPE].
    #[arg(long, value_name = "TEXT")]
    pub(crate) scope: Option<String>,
    /// Give up a call after this long; 10 s unless the command waits for something.
    #[arg(long, value_name = "DURATION", value_parser = super::duration::parse)]
    pub(crate) request_timeout: Option<Duration>,
}

impl ConnectionArgs {
    /// A client with the effective settings.
    ///
    /// # Errors
    /// When the settings contradict each other or a file cannot be read.
    pub(crate) fn connect(&self) -> Result<Client, Failure> {
        let address = self.address.as_deref().unwrap_or("localhost:26500");
        let mut builder = Client::builder(address)?;
        if self.insecure {
            builder = builder.plaintext(true);
        }
        if let Some(path) = &self.ca_certificate {
            let pem = fs::read(path).map_err(|e| {
                Failure::usage(format!("cannot read the CA certificates {}", path.display()))
                    .caused_by(e)
            })?;
            builder = builder.ca_certificates(pem)?;
        }
        if let Some(timeout) = self.request_timeout {
            builder = builder.request_timeout(timeout);
        }
        Ok(builder.build()?)
    }
}

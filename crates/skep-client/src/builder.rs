//! Building a client.

use std::{error::Error as _, str::FromStr as _, sync::atomic::AtomicBool, time::Duration};

use http::Uri;
use skep_auth::TokenSource;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};

use crate::{Address, Client, Error, client::Shared};

/// Sent with every call, in front of the name of the gRPC library.
const USER_AGENT: &str = concat!("skep-client/", env!("CARGO_PKG_VERSION"));

/// Servers accept pings every 30 s and no more often.
///
/// Source: camunda/zeebe: clients/java/src/main/java/io/camunda/zeebe/client/impl/ZeebeClientBuilderImpl.java
const KEEP_ALIVE: Duration = Duration::from_secs(45);

/// Source: camunda/zeebe: clients/java/src/main/java/io/camunda/zeebe/client/impl/ZeebeClientBuilderImpl.java
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the answer to a ping may take.
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a TCP connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Settings of a [`Client`] to be.
#[derive(Clone, Debug)]
pub struct Builder {
    address: Address,
    tls: Option<bool>,
    ca_certificates: Vec<Vec<u8>>,
    authority: Option<String>,
    token_source: TokenSource,
    request_timeout: Duration,
    keep_alive: Duration,
    tenant_id: Option<String>,
    stream_window_bytes: Option<u32>,
}

impl Builder {
    /// For the gateway at `address`.
    #[must_use]
    pub fn new(address: Address) -> Self {
        Self {
            address,
            tls: None,
            ca_certificates: Vec::new(),
            authority: None,
            token_source: TokenSource::none(),
            request_timeout: REQUEST_TIMEOUT,
            keep_alive: KEEP_ALIVE,
            tenant_id: None,
            stream_window_bytes: None,
        }
    }

    /// Without TLS. An address with a scheme decides for itself.
    #[must_use]
    pub fn plaintext(mut self, plaintext: bool) -> Self {
        self.tls = Some(!plaintext);
        self
    }

    /// Trusts the authorities in `pem` besides those of the system.
    ///
    /// # Errors
    /// [`Error::CaCertificate`] when `pem` holds no certificate.
    pub fn ca_certificates(mut self, pem: impl Into<Vec<u8>>) -> Result<Self, Error> {
        let pem = pem.into();
        let n_blocks = pem.windows(PEM_BLOCK.len()).filter(|w| *w == PEM_BLOCK).count();
        if n_blocks == 0 {
            let reason = "there is no CERTIFICATE block in them".to_owned();
            return Err(Error::CaCertificate { reason });
        }
        self.ca_certificates.push(pem);
        Ok(self)
    }

    /// Calls and verifies the server by this name instead of the address's.
    #[must_use]
    pub fn authority(mut self, authority: impl Into<String>) -> Self {
        self.authority = Some(authority.into());
        self
    }

    /// Takes the token of each call from `source`.
    #[must_use]
    pub fn token_source(mut self, source: TokenSource) -> Self {
        self.token_source = source;
        self
    }

    /// How long a call may take, its repetitions included; 10 s unless set.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// Time between the pings of an idle connection; 45 s unless set.
    #[must_use]
    pub fn keep_alive(mut self, interval: Duration) -> Self {
        self.keep_alive = interval;
        self
    }

    /// Tenant of commands that name none.
    #[must_use]
    pub fn tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.tenant_id = Some(tenant_id.into());
        self
    }

    /// How many bytes the server may send ahead on one stream. It bounds how many pushed jobs
    /// wait, locked, in buffers of this process.
    #[must_use]
    pub fn stream_window_bytes(mut self, bytes: u32) -> Self {
        self.stream_window_bytes = Some(bytes);
        self
    }

    /// The client. It connects at its first call, and again whenever the connection is lost.
    ///
    /// Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// [`Error::Address`] and [`Error::CaCertificate`]
    pub fn build(self) -> Result<Client, Error> {
        let tls = self.address.tls().or(self.tls).unwrap_or(true);
        let endpoint = self.endpoint(tls)?;
        Ok(Client::new(Shared {
            channel: endpoint.connect_lazy(),
            endpoint,
            address: self.address,
            tls,
            token_source: self.token_source,
            request_timeout: self.request_timeout,
            tenant_id: self.tenant_id.unwrap_or_default(),
            was_connected: AtomicBool::new(false),
        }))
    }

    fn endpoint(&self, tls: bool) -> Result<Endpoint, Error> {
        let wrong = |e: tonic::transport::Error| Error::Address {
            address: self.address.to_string(),
            reason: e.to_string(),
        };
        let mut endpoint = Endpoint::from(self.address.uri(tls)?)
            .user_agent(USER_AGENT)
            .map_err(wrong)?
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(self.keep_alive)
            .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
            .keep_alive_while_idle(false)
            .initial_stream_window_size(self.stream_window_bytes);
        if let Some(authority) = &self.authority {
            endpoint = endpoint.origin(authority_uri(authority, tls)?);
        }
        if tls { self.with_tls(endpoint) } else { Ok(endpoint) }
    }

    fn with_tls(&self, endpoint: Endpoint) -> Result<Endpoint, Error> {
        let mut config = ClientTlsConfig::new()
            .ca_certificates(self.ca_certificates.iter().map(Certificate::from_pem));
        if let Some(authority) = &self.authority {
            let uri = authority_uri(authority, true)?;
            config = config.domain_name(uri.host().unwrap_or(authority));
        }
        match endpoint.clone().tls_config(config.clone().with_native_roots()) {
            Ok(endpoint) => Ok(endpoint),
            // A bare container has no authorities of the system; those given are enough then.
            Err(_) if !self.ca_certificates.is_empty() => {
                endpoint.tls_config(config).map_err(|e| ca_error(&e))
            }
            Err(e) => Err(ca_error(&e)),
        }
    }
}

fn authority_uri(authority: &str, tls: bool) -> Result<Uri, Error> {
    let scheme = if tls { "https" } else { "http" };
    Uri::from_str(&format!("{scheme}://{authority}")).map_err(|e| Error::Address {
        address: authority.to_owned(),
        reason: format!("as an authority it is not valid: {e}"),
    })
}

fn ca_error(error: &tonic::transport::Error) -> Error {
    let reason = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    Error::CaCertificate { reason }
}

const PEM_BLOCK: &[u8] = b"-----BEGIN CERTIFICATE-----";

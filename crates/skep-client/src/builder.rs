//! Building a client.

use std::{str::FromStr as _, sync::atomic::AtomicBool, time::Duration};

use http::Uri;
use skep_auth::{ClientSettings, TokenSource, Trust, settings::GatewayAddress};
use tonic::transport::Endpoint;

use crate::{
    Client, Error,
    client::Shared,
    connector::{Connector, Tls},
};

/// Sent with every call, in front of the name of the gRPC library.
const USER_AGENT: &str = concat!("skep-client/", env!("CARGO_PKG_VERSION"));

/// Servers accept pings every 30 s and no more often.
///
/// Source: camunda/zeebe: clients/java/src/main/java/io/camunda/zeebe/client/impl/ZeebeClientBuilderImpl.java
const KEEP_ALIVE: Duration = Duration::from_secs(45);

/// How long the answer to a ping may take.
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(20);

/// Source: camunda/zeebe: clients/java/src/main/java/io/camunda/zeebe/client/impl/ZeebeClientBuilderImpl.java
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Settings of a [`Client`] to be.
#[derive(Clone, Debug)]
pub struct Builder {
    address: GatewayAddress,
    trust: Option<Trust>,
    authority: Option<String>,
    token_source: TokenSource,
    request_timeout: Duration,
    keep_alive: Duration,
    tenant_id: String,
    worker_tenant_ids: Vec<String>,
    streaming: bool,
    stream_window_bytes: Option<u32>,
}

impl Builder {
    /// For the gateway at `address`, without authentication.
    #[must_use]
    pub fn new(address: GatewayAddress) -> Self {
        Self {
            address,
            trust: None,
            authority: None,
            token_source: TokenSource::none(),
            request_timeout: REQUEST_TIMEOUT,
            keep_alive: KEEP_ALIVE,
            tenant_id: String::new(),
            worker_tenant_ids: Vec::new(),
            streaming: true,
            stream_window_bytes: None,
        }
    }

    /// For what the variables and flags that official clients know say.
    ///
    /// # Errors
    /// [`Error::Settings`] when a credential or a CA file cannot be used.
    pub fn from_settings(settings: &ClientSettings) -> Result<Self, Error> {
        let mut builder = Self::new(settings.gateway.clone());
        builder.token_source = TokenSource::from_settings(settings).map_err(Error::Settings)?;
        if settings.gateway.tls {
            builder.trust = Some(settings.trust().map_err(Error::Settings)?);
        }
        builder.authority.clone_from(&settings.override_authority);
        builder.keep_alive = settings.keep_alive;
        builder.tenant_id.clone_from(&settings.tenant_id);
        builder.worker_tenant_ids.clone_from(&settings.worker_tenant_ids);
        builder.streaming = settings.stream_jobs;
        Ok(builder)
    }

    /// Trusts these certificate authorities instead of only those of the system.
    #[must_use]
    pub fn trust(mut self, trust: Trust) -> Self {
        self.trust = Some(trust);
        self
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

    /// Time between the pings of a quiet connection with open calls; 45 s unless set.
    #[must_use]
    pub fn keep_alive(mut self, interval: Duration) -> Self {
        self.keep_alive = interval;
        self
    }

    /// Tenant of commands, and of the jobs of workers, that name none.
    #[must_use]
    pub fn tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.tenant_id = tenant_id.into();
        self.worker_tenant_ids = vec![self.tenant_id.clone()];
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
    /// [`Error::Address`], [`Error::Settings`]
    pub fn build(self) -> Result<Client, Error> {
        let (endpoint, connector) = (self.endpoint()?, self.connector()?);
        Ok(Client::new(Shared {
            channel: endpoint.connect_with_connector_lazy(connector.clone()),
            endpoint,
            connector,
            address: self.address,
            token_source: self.token_source,
            request_timeout: self.request_timeout,
            tenant_id: self.tenant_id,
            worker_tenant_ids: self.worker_tenant_ids,
            streaming: self.streaming,
            was_connected: AtomicBool::new(false),
        }))
    }

    /// What is sent over the connection. The connection itself, TLS included, is the connector's.
    fn endpoint(&self) -> Result<Endpoint, Error> {
        let target = self.address.to_string();
        let origin = match &self.authority {
            None => uri(&target)?,
            Some(authority) => {
                let scheme = if self.address.tls { "https" } else { "http" };
                uri(&format!("{scheme}://{authority}"))?
            }
        };
        // Its scheme only says that tonic shall not add TLS of its own.
        let endpoint = Endpoint::from(uri(&target.replacen("https://", "http://", 1))?);
        let endpoint = endpoint
            .user_agent(USER_AGENT)
            .map_err(|e| Error::Address { address: target, reason: e.to_string() })?;
        Ok(endpoint
            .origin(origin)
            .http2_keep_alive_interval(self.keep_alive)
            .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
            // Servers hang up on clients that ping without an open call.
            .keep_alive_while_idle(false)
            .initial_stream_window_size(self.stream_window_bytes))
    }

    fn connector(&self) -> Result<Connector, Error> {
        if !self.address.tls {
            return Ok(Connector::new(None));
        }
        let trust = match &self.trust {
            Some(trust) => trust.clone(),
            None => Trust::system().map_err(Error::Settings)?,
        };
        let name = match &self.authority {
            None => self.address.host.clone(),
            Some(authority) => {
                let uri = uri(&format!("https://{authority}"))?;
                uri.host().unwrap_or(authority).to_owned()
            }
        };
        let tls = Tls::new(trust.tls_config(), name.clone()).map_err(|e| Error::Address {
            address: name,
            reason: format!("no certificate can be for this name: {e}"),
        })?;
        Ok(Connector::new(Some(tls)))
    }
}

fn uri(text: &str) -> Result<Uri, Error> {
    Uri::from_str(text)
        .map_err(|e| Error::Address { address: text.to_owned(), reason: e.to_string() })
}

//! The HTTPS server: connections in, bounded; one router behind them.

mod form;
mod listener;
mod metadata;
mod reply;
mod router;
mod signin;
mod tenant;
mod token;

use std::{net::SocketAddr, sync::Arc};

use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

pub(crate) use self::{
    form::{Basic, Form},
    reply::{RequestIds, describe, private_json},
    tenant::Tenant,
    token::ApiVersion,
};
use crate::{
    client::Federation, endpoints::Endpoints, error::Error, provider::Core, signin::Memory,
};

/// A serving provider. Dropping it stops it at once; [`Self::shutdown`] lets requests finish.
#[derive(Debug)]
pub struct RunningProvider {
    addr: SocketAddr,
    endpoints: Endpoints,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// What every request handler needs.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) core: Arc<Core>,
    /// The canonical origin.
    pub(crate) origin: String,
    /// What must be counted between requests.
    pub(crate) memory: Memory,
    /// The keys of other issuers.
    pub(crate) federation: Federation,
    /// Port listened on.
    port: u16,
}

impl Site {
    /// The addresses at this moment: the tenant's id may change.
    pub(crate) fn endpoints(&self) -> Endpoints {
        Endpoints { origin: self.origin.clone(), tenant_id: self.core.registry.tenant_id() }
    }

    /// Host and port of the origin.
    pub(crate) fn authority(&self) -> String {
        self.origin.trim_start_matches("https://").to_owned()
    }

    /// Host of the origin.
    pub(crate) fn host(&self) -> String {
        let authority = self.authority();
        match authority.rsplit_once(':') {
            Some((host, port)) if port.chars().all(|c| c.is_ascii_digit()) => host.to_owned(),
            _ => authority,
        }
    }

    /// Whether a client assertion for `audience` is meant for this provider: a token endpoint or
    /// an issuer, of any spelling of the tenant, at any name that the server certificate has.
    pub(crate) fn is_own_audience(&self, audience: &str) -> bool {
        let lower = audience.to_ascii_lowercase();
        let loopback = ["localhost", "127.0.0.1", "[::1]"];
        let path = lower.strip_prefix(&self.origin).or_else(|| {
            loopback
                .iter()
                .find_map(|host| lower.strip_prefix(&format!("https://{host}:{}", self.port)))
        });
        let Some((segment, rest)) = path
            .and_then(|path| path.strip_prefix('/'))
            .map(|path| path.split_once('/').unwrap_or((path, "")))
        else {
            return false;
        };
        let is_known = ["oauth2/v2.0/token", "oauth2/token", "v2.0", "v2", ""]
            .contains(&rest.strip_suffix('/').unwrap_or(rest));
        is_known && Tenant::parse(self, segment).is_ok()
    }
}

impl RunningProvider {
    /// The address listened on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The addresses published at the start.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// Takes no new requests, answers those that are running (for at most five seconds), and
    /// returns.
    pub async fn shutdown(mut self) {
        // The receiver lives in the task: an error means that it has ended already.
        let _ = self.stop.send(true);
        if let Err(error) = (&mut self.task).await {
            tracing::error!("the provider's listener failed: {error}");
        }
    }
}

impl Drop for RunningProvider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Starts serving on `listener`.
pub(crate) fn start(core: Arc<Core>, listener: TcpListener) -> Result<RunningProvider, Error> {
    let addr = listener.local_addr().map_err(|e| Error::create("listener", e))?;
    let port = core.config.public_port.unwrap_or_else(|| addr.port());
    let origin = origin(&core.config.public_host, port);
    let endpoints = Endpoints { origin: origin.clone(), tenant_id: core.registry.tenant_id() };
    let tls = Arc::new(core.tls.server_config()?);
    let (stop, stopping) = watch::channel(false);
    let site = Arc::new(Site {
        core,
        origin,
        memory: Memory::new(),
        federation: Federation::default(),
        port: addr.port(),
    });
    let task = tokio::spawn(listener::run(site, listener, tls, stopping));
    Ok(RunningProvider { addr, endpoints, stop, task })
}

fn origin(host: &str, port: u16) -> String {
    let host = host.to_ascii_lowercase();
    let bare_ipv6 = host.contains(':') && !host.starts_with('[');
    let host = if bare_ipv6 { format!("[{host}]") } else { host };
    match port {
        443 => format!("https://{host}"),
        port => format!("https://{host}:{port}"),
    }
}

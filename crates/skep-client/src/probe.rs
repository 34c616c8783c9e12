//! Looking at a connection step by step, for diagnosis: names, TCP, TLS, plain HTTP/2.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use hyper_util::client::proxy::matcher::Matcher;
use rustls::pki_types::ServerName;
use skep_auth::{Trust, jose::Certificate};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;

use crate::diagnosis::{ConnectFault, probe_plain, tls_fault};

/// Patience of each step.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Why a step did not work.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProbeError {
    /// What kind of trouble it is.
    pub fault: ConnectFault,
    /// What the network or TLS said.
    pub reason: String,
}

/// What a TLS handshake showed.
#[derive(Clone, Debug)]
pub struct TlsSession {
    /// The protocol's version, for example `TLSv1_3`.
    pub version: String,
    /// The server's certificate, then the issuers that it sent along.
    pub chain: Vec<Certificate>,
}

/// A failed handshake, with what the server showed before it failed.
#[derive(Clone, Debug)]
pub struct TlsRefusal {
    /// Why it failed.
    pub error: ProbeError,
    /// As in [`TlsSession`]; empty when it showed nothing.
    pub chain: Vec<Certificate>,
}

/// Host and port of the proxy through which `url` is reached by the variables of this process
/// (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`); `None` when it is reached directly.
#[must_use]
pub fn proxy_of(url: &str) -> Option<(String, u16)> {
    let intercept = Matcher::from_env().intercept(&url.parse().ok()?)?;
    let proxy = intercept.uri();
    let default_port = if proxy.scheme_str() == Some("https") { 443 } else { 80 };
    Some((proxy.host()?.to_owned(), proxy.port_u16().unwrap_or(default_port)))
}

/// The addresses of `host`.
///
/// # Errors
/// [`ConnectFault::UnknownHost`], and [`ConnectFault::Unreachable`] when the name service is.
pub async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, ProbeError> {
    let found = within(tokio::net::lookup_host((host, port))).await;
    let addresses: Vec<_> = match found {
        Ok(found) => found.collect(),
        Err(error) if error.kind() == io::ErrorKind::TimedOut => {
            return Err(failed(ConnectFault::Unreachable, "the name service does not answer"));
        }
        Err(error) => return Err(failed(ConnectFault::UnknownHost, error.to_string())),
    };
    if addresses.is_empty() {
        return Err(failed(ConnectFault::UnknownHost, "the name has no address"));
    }
    Ok(addresses)
}

/// Connects to the first of `addresses` that answers.
///
/// # Errors
/// [`ConnectFault::NothingListens`] or [`ConnectFault::Unreachable`], of the last address.
pub async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, ProbeError> {
    let mut last = failed(ConnectFault::UnknownHost, "the name has no address");
    for address in addresses {
        match within(TcpStream::connect(address)).await {
            Ok(stream) => return Ok(stream),
            Err(error) => {
                let refused = error.kind() == io::ErrorKind::ConnectionRefused;
                let fault =
                    if refused { ConnectFault::NothingListens } else { ConnectFault::Unreachable };
                last = failed(fault, format!("{address}: {error}"));
            }
        }
    }
    Err(last)
}

/// Makes a TLS handshake over `stream` with a server that must be `name`, asking for
/// `protocols` (ALPN).
///
/// # Errors
/// [`TlsRefusal`]
pub async fn handshake(
    stream: TcpStream,
    name: &str,
    trust: &Trust,
    protocols: &[&str],
) -> Result<TlsSession, TlsRefusal> {
    let refuse = |error| TlsRefusal { error, chain: Vec::new() };
    let name = ServerName::try_from(name.to_owned())
        .map_err(|error| refuse(failed(ConnectFault::OtherName, error.to_string())))?;
    let (mut config, shown) = trust
        .observed_tls_config()
        .map_err(|error| refuse(failed(ConnectFault::Tls, error.to_string())))?;
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    match within(connecting).await {
        Ok(stream) => {
            let session = stream.get_ref().1;
            let version = session.protocol_version().map(|version| format!("{version:?}"));
            let version = version.unwrap_or_default();
            let chain = shown.certificates();
            if protocols == ["h2"] && session.alpn_protocol() != Some(b"h2") {
                let error = failed(ConnectFault::NotHttp2, "it did not agree to HTTP/2");
                return Err(TlsRefusal { error, chain });
            }
            Ok(TlsSession { version, chain })
        }
        Err(error) => {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            let fault = match inner {
                Some(tls) => tls_fault(tls),
                None if error.kind() == io::ErrorKind::TimedOut => ConnectFault::Unreachable,
                None => ConnectFault::Tls,
            };
            Err(TlsRefusal { error: failed(fault, error.to_string()), chain: shown.certificates() })
        }
    }
}

/// Speaks plain HTTP/2 with a gateway, as a client without TLS does.
///
/// # Errors
/// [`ConnectFault::ServerIsTls`], [`ConnectFault::NotHttp2`]
pub async fn speak_plain(host: &str, port: u16) -> Result<(), ProbeError> {
    match probe_plain(host, port).await {
        None => Ok(()),
        Some(fault) => Err(failed(fault, "its first bytes are no HTTP/2 settings")),
    }
}

async fn within<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    match timeout(TIMEOUT, work).await {
        Ok(result) => result,
        Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "timed out")),
    }
}

fn failed(fault: ConnectFault, reason: impl Into<String>) -> ProbeError {
    ProbeError { fault, reason: reason.into() }
}

//! How a connection comes about: TCP, and TLS with the trust of the settings.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::Uri;
use hyper_util::{client::legacy::connect::HttpConnector, rt::TokioIo};
use rustls::{
    ClientConfig,
    pki_types::{InvalidDnsNameError, ServerName},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use tokio_rustls::TlsConnector;
use tower::Service;

/// How long a TCP connection may take to come about, and a TLS handshake after it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The protocol that gRPC needs.
const HTTP2: &[u8] = b"h2";

/// What TLS needs to know.
#[derive(Clone)]
pub(crate) struct Tls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Tls {
    /// Trusts what `config` trusts, and expects a certificate for `name`.
    pub(crate) fn new(mut config: ClientConfig, name: String) -> Result<Self, InvalidDnsNameError> {
        config.alpn_protocols = vec![HTTP2.to_vec()];
        Ok(Self { config: Arc::new(config), name: ServerName::try_from(name)? })
    }
}

/// Makes connections to one gateway.
#[derive(Clone)]
pub(crate) struct Connector {
    tcp: HttpConnector,
    tls: Option<Tls>,
}

impl Connector {
    pub(crate) fn new(tls: Option<Tls>) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        Self { tcp, tls }
    }
}

/// A connection, encrypted or not.
pub(crate) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Connecting =
    Pin<Box<dyn Future<Output = Result<TokioIo<Box<dyn Connection>>, BoxError>> + Send>>;

impl Service<Uri> for Connector {
    type Response = TokioIo<Box<dyn Connection>>;
    type Error = BoxError;
    type Future = Connecting;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, target: Uri) -> Connecting {
        let (connecting, tls) = (self.tcp.call(target), self.tls.clone());
        Box::pin(async move {
            let tcp = connecting.await?.into_inner();
            let connection: Box<dyn Connection> = match tls {
                None => Box::new(tcp),
                Some(tls) => {
                    let handshake = TlsConnector::from(tls.config).connect(tls.name, tcp);
                    let late = |_| io::Error::new(io::ErrorKind::TimedOut, "TLS handshake");
                    let encrypted = timeout(CONNECT_TIMEOUT, handshake).await.map_err(late)??;
                    if encrypted.get_ref().1.alpn_protocol() != Some(HTTP2) {
                        return Err(NoHttp2.into());
                    }
                    Box::new(encrypted)
                }
            };
            Ok(TokioIo::new(connection))
        })
    }
}

/// The server did not agree to HTTP/2.
#[derive(Debug, thiserror::Error)]
#[error("the TLS server did not agree to HTTP/2")]
pub(crate) struct NoHttp2;

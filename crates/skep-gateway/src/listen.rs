//! Sockets: binding with an error that helps, accepting, and letting connections end.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_rustls::server::TlsStream;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{config::Limits, tls::Tls};

/// Pause after a failed accept, typically for want of file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);
/// Connections that the system holds until they are accepted.
const BACKLOG: u32 = 1024;
/// Flow control windows: a deployment should not wait for window updates.
const STREAM_WINDOW_BYTES: u32 = 1 << 20;
const CONNECTION_WINDOW_BYTES: u32 = 4 << 20;

/// Why a gateway does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// An address cannot be listened on.
    #[error(
        "cannot listen on {address} for {purpose}{}",
        if in_use(.source) {
            format!(
                ": port {} is in use; stop the process that uses it, or choose another port \
                 with {} (0 takes any free one)",
                .address.port(), .setting
            )
        } else {
            format!("; choose another address or port with {}", .setting)
        }
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Who needs it.
        purpose: &'static str,
        /// How to change it.
        setting: &'static str,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

fn in_use(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrInUse
}

/// Listens on `address`; also says which port that is.
pub(crate) fn bind(
    address: SocketAddr,
    purpose: &'static str,
    setting: &'static str,
) -> Result<(TcpListener, SocketAddr), BindError> {
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // A restarted server must not wait for the last one's connections to time out.
        #[cfg(not(windows))]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    listen().map_err(|source| BindError::Listen { address, purpose, setting, source })
}

/// When to stop: first politely, then for good.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop {
    /// No new connections and no new calls; running calls may finish.
    pub(crate) gracefully: CancellationToken,
    /// Running calls have had their time.
    pub(crate) at_once: CancellationToken,
}

/// Accepts connections and serves them until told to stop and all of them have ended.
pub(crate) async fn serve<S, B>(
    listener: TcpListener,
    tls: Option<Tls>,
    service: S,
    limits: &Limits,
    stop: Stop,
) where
    S: hyper::service::Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let builder = connection_builder(limits);
    let places = Arc::new(Semaphore::new(limits.connections_max.min(Semaphore::MAX_PERMITS)));
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.gracefully.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let (stream, place) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                sleep(ACCEPT_RETRY).await;
                continue;
            }
        };
        let (builder, tls, service, stop) =
            (builder.clone(), tls.clone(), service.clone(), stop.clone());
        let head_timeout = limits.head_timeout;
        connections.spawn(async move {
            let _place = place;
            let served = match open(stream, tls, head_timeout, &stop).await {
                Ok(None) => Ok(()),
                Ok(Some(Opened::Plain(stream))) => {
                    serve_connection(&builder, stream, service, &stop).await
                }
                Ok(Some(Opened::Tls(stream))) => {
                    serve_connection(&builder, stream, service, &stop).await
                }
                Err(error) => Err(error.into()),
            };
            if let Err(error) = served {
                tracing::debug!(%error, "a connection ended with an error");
            }
        });
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// A connection on which the client has begun to speak.
enum Opened {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Waits for the client's first byte and, if it is TLS's, takes part in the handshake; `None`
/// when the server stops meanwhile.
async fn open(
    stream: TcpStream,
    tls: Option<Tls>,
    head_timeout: Duration,
    stop: &Stop,
) -> io::Result<Option<Opened>> {
    let opening = async {
        // Who never says anything would hold the connection's place for ever.
        let mut first = [0];
        stream.peek(&mut first).await?;
        Ok(match tls.filter(|tls| !tls.is_plaintext(first[0])) {
            None => Opened::Plain(stream),
            Some(tls) => Opened::Tls(Box::new(tls.acceptor().accept(stream).await?)),
        })
    };
    tokio::select! {
        opened = timeout(head_timeout, opening) => match opened {
            Ok(opened) => opened.map(Some),
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the client was silent")),
        },
        () = stop.gracefully.cancelled() => Ok(None),
    }
}

/// Takes the next connection when there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    // Answers are small and must not wait for more to send.
    stream.set_nodelay(true)?;
    Ok((stream, place))
}

fn connection_builder(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let header_bytes_max = usize::try_from(limits.header_bytes_max).unwrap_or(usize::MAX);
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        // The smallest buffer the library takes is 8 KiB.
        .max_buf_size(header_bytes_max.max(8 << 10));
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(limits.keep_alive_interval)
        .keep_alive_timeout(limits.keep_alive_interval)
        .max_concurrent_streams(limits.calls_per_connection_max)
        .max_header_list_size(limits.header_bytes_max)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES);
    builder
}

async fn serve_connection<I, S, B>(
    builder: &auto::Builder<TokioExecutor>,
    io: I,
    service: S,
    stop: &Stop,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: hyper::service::Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let connection = builder.serve_connection(TokioIo::new(io), service);
    tokio::pin!(connection);
    tokio::select! {
        served = connection.as_mut() => return served,
        () = stop.gracefully.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        served = connection => served,
        () = stop.at_once.cancelled() => Ok(()),
    }
}

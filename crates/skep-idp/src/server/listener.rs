//! Accepting connections: how many, how fast, and for how long.

use std::{future::Future, sync::Arc, time::Duration};

use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
    service::TowerToHyperService,
};
use rustls::ServerConfig;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};
use tokio_rustls::TlsAcceptor;

use super::{Site, router};
use crate::{config::Limits, dates};

/// How long running requests may take after the stop.
const DRAIN: Duration = Duration::from_secs(5);
/// How long an open connection may be silent.
const IDLE: Duration = Duration::from_secs(90);
/// How often the server certificate is looked at.
const RENEWAL_CHECK: Duration = Duration::from_secs(60 * 60);
/// Pause after a failed accept: the usual cause is that file descriptors have run out.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);
/// Requests in flight on one HTTP/2 connection.
const STREAMS_MAX: u32 = 64;

/// Serves until `stopping` says so.
pub(super) async fn run(
    site: Arc<Site>,
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    mut stopping: watch::Receiver<bool>,
) {
    let limits = site.core.config.limits.clone();
    let acceptor = TlsAcceptor::from(tls);
    let router = router::router(Arc::clone(&site));
    let permits = Arc::new(Semaphore::new(limits.connections_max));
    let mut pace = Pace::new(limits.connections_per_s);
    let mut connections = JoinSet::new();
    let mut renewal = interval(RENEWAL_CHECK);
    renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stopped(&mut stopping) => break,
            _ = renewal.tick() => renew(&site),
            Some(ended) = connections.join_next() => {
                if let Err(error) = ended {
                    tracing::error!("a connection's task failed: {error}");
                }
            }
            (stream, permit) = next(&listener, &permits, &mut pace) => {
                let connection = connection(
                    stream, acceptor.clone(), router.clone(), limits.clone(), stopping.clone(),
                );
                connections.spawn(async move {
                    connection.await;
                    drop(permit);
                });
            }
        }
    }
    drop(listener);
    let drained = timeout(DRAIN, async { while connections.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!(n_connections = connections.len(), "stopped with requests still running");
    }
}

/// Returns when the server is to stop, or when nobody is left who could say so.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // The borrow must not live on into the caller's `select!`, which it would make not `Send`.
    let _ = stopping.wait_for(|stop| *stop).await.is_ok();
}

/// The next connection, once there is room for it.
async fn next(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
    pace: &mut Pace,
) -> (TcpStream, OwnedSemaphorePermit) {
    loop {
        let Ok(permit) = Arc::clone(permits).acquire_owned().await else {
            // Never closed; if it were, nothing more could be accepted.
            return std::future::pending().await;
        };
        pace.ready().await;
        match listener.accept().await {
            Ok((stream, _)) => {
                pace.take();
                return (stream, permit);
            }
            Err(error) => {
                tracing::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(ACCEPT_RETRY).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    router: Router,
    limits: Limits,
    mut stopping: watch::Receiver<bool>,
) {
    // Replies are small: waiting to fill a packet would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!("cannot set TCP_NODELAY: {error}");
    }
    let handshake = timeout(limits.request_timeout(), acceptor.accept(stream));
    let stream = tokio::select! {
        () = stopped(&mut stopping) => return,
        handshake = handshake => match handshake {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return tracing::debug!("TLS handshake failed: {error}"),
            Err(_) => return tracing::debug!("TLS handshake took too long"),
        },
    };
    let builder = http_builder(&limits);
    let connection =
        builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stopping) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("connection ended: {error}");
    }
}

fn http_builder(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let header_bytes = usize::try_from(limits.header_bytes_max).unwrap_or(usize::MAX);
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(IDLE).max_buf_size(header_bytes);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(IDLE)
        .max_header_list_size(limits.header_bytes_max)
        .max_concurrent_streams(STREAMS_MAX);
    builder
}

/// Renewal reads and writes files, so it has a thread of its own.
fn renew(site: &Arc<Site>) {
    let site = Arc::clone(site);
    tokio::task::spawn_blocking(move || {
        match site.core.tls.renew_if_due(dates::now(&site.core.clock)) {
            Ok(true) => tracing::info!("the server certificate was renewed"),
            Ok(false) => (),
            Err(error) => tracing::error!("cannot renew the server certificate: {error}"),
        }
    });
}

/// A token bucket: one connection per token, refilled evenly.
struct Pace {
    interval: Duration,
    burst: Duration,
    /// When the bucket would be empty if nothing were refilled: the theoretical arrival time.
    next: Instant,
}

impl Pace {
    fn new(per_s: u32) -> Self {
        let interval = Duration::from_secs(1) / per_s.max(1);
        Self { interval, burst: Duration::from_secs(2), next: Instant::now() }
    }

    fn ready(&self) -> impl Future<Output = ()> + use<> {
        let at = self.next.checked_sub(self.burst).unwrap_or(self.next);
        async move {
            if at > Instant::now() {
                sleep_until(at).await;
            }
        }
    }

    fn take(&mut self) {
        self.next = self.next.max(Instant::now()) + self.interval;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_passes_and_the_rest_is_spread() {
        let mut pace = Pace::new(10);
        let start = Instant::now();
        for _ in 0..20 {
            pace.ready().await;
            pace.take();
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        for _ in 0..10 {
            pace.ready().await;
            pace.take();
        }
        let elapsed = start.elapsed();
        assert!(elapsed >= Duration::from_millis(900), "{elapsed:?}");
        assert!(elapsed <= Duration::from_millis(1100), "{elapsed:?}");
    }
}

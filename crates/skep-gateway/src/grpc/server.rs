//! The gRPC server: which service a request is for, whether its caller may call, and how its
//! answer is compressed.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::Pin,
    sync::Arc,
};

use futures_util::future::Either;
use http::{HeaderMap, Request, Response, Version, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use skep_api::{GATEWAY_SERVICE, gateway::gateway_server::GatewayServer};
use tonic::{Code, Status, body::Body, codec::CompressionEncoding};
use tonic_health::{pb::health_server::HealthServer, server::HealthService};
use tower::Service as _;

use super::Rpc;
use crate::{
    auth::Authenticator,
    problem::{Kind, Problem},
    shared::Shared,
};

/// Prefix of the paths of the gateway service.
const GATEWAY_PATH: &str = "/gateway_protocol.Gateway/";
/// Prefix of the paths of the health service.
const HEALTH_PATH: &str = "/grpc.health.v1.Health/";
/// `OUT_OF_RANGE` as in the trailer.
const OUT_OF_RANGE: &str = "11";

/// Answers the requests of one gRPC port; cheap to clone.
#[derive(Clone)]
pub(crate) struct GrpcServer(Arc<Services>);

struct Services {
    /// Answers plainly.
    plain: GatewayServer<Rpc>,
    /// Answers compressed.
    ///
    /// As grpc-go does, for those that send compressed requests only: most clients accept
    /// compressed answers, but compressing a hundred bytes costs more than it saves.
    gzip: GatewayServer<Rpc>,
    health: HealthServer<HealthService>,
    authenticator: Authenticator,
    message_bytes_max: usize,
    /// Where REST is, for those that knock on the wrong port.
    http_port: u16,
}

type Answer = Result<Response<Body>, Infallible>;

impl GrpcServer {
    pub(crate) fn new(
        shared: &Arc<Shared>,
        authenticator: Authenticator,
        health: HealthServer<HealthService>,
        http_port: u16,
    ) -> Self {
        debug_assert!(GATEWAY_PATH[1..].starts_with(GATEWAY_SERVICE), "one name for the service");
        let message_bytes_max = shared.limits.message_bytes_max;
        let plain = GatewayServer::new(Rpc::new(Arc::clone(shared)))
            .accept_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(message_bytes_max);
        let gzip = plain.clone().send_compressed(CompressionEncoding::Gzip);
        let services =
            Services { plain, gzip, health, authenticator, message_bytes_max, http_port };
        Self(Arc::new(services))
    }

    async fn gateway(self, mut request: Request<Incoming>) -> Answer {
        let services = &*self.0;
        let principal = match services.authenticator.authenticate(request.headers()).await {
            Ok(principal) => principal,
            Err(problem) => return Ok(refused(problem)),
        };
        services.authenticator.note_tenants(principal.as_deref(), request.extensions_mut());
        let debug =
            tracing::enabled!(tracing::Level::DEBUG).then(|| request.uri().path().to_owned());
        let service = if sends_gzip(request.headers()) { &services.gzip } else { &services.plain };
        let Ok(mut response) = service.clone().call(request).await;
        if let Some(status) = response.headers().get(Status::GRPC_STATUS) {
            if status == OUT_OF_RANGE {
                response = refused(too_large(services.message_bytes_max));
            }
            if let Some(path) = debug {
                let client_id = principal.as_ref().and_then(|who| who.client_id.as_deref());
                let code = response.headers().get(Status::GRPC_STATUS);
                tracing::debug!(path, client_id, ?code, "refused a call");
            }
        }
        Ok(response)
    }
}

impl hyper::service::Service<Request<Incoming>> for GrpcServer {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Either<Ready<Answer>, Pin<Box<dyn Future<Output = Answer> + Send>>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let path = request.uri().path();
        if path.starts_with(GATEWAY_PATH) && request.version() == Version::HTTP_2 {
            return Either::Right(Box::pin(self.clone().gateway(request)));
        }
        if path.starts_with(HEALTH_PATH) && request.version() == Version::HTTP_2 {
            let mut health = self.0.health.clone();
            return Either::Right(Box::pin(async move { health.call(request).await }));
        }
        Either::Left(ready(Ok(self.misdirected(&request))))
    }
}

impl GrpcServer {
    /// The answer to a request that no service is for.
    fn misdirected(&self, request: &Request<Incoming>) -> Response<Body> {
        let is_grpc = request
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"));
        if is_grpc {
            return refused(Problem::new(
                Kind::Unimplemented,
                format!(
                    "No such call: {}; this server offers {GATEWAY_SERVICE} and \
                     grpc.health.v1.Health",
                    request.uri().path()
                ),
            ));
        }
        let text = format!(
            "This port speaks gRPC over HTTP/2. The REST API is at port {}.\n",
            self.0.http_port
        );
        let body = http_body_util::Full::from(text).map_err(|never: Infallible| match never {});
        let mut response = Response::new(Body::new(body));
        *response.status_mut() = http::StatusCode::BAD_REQUEST;
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, http::HeaderValue::from_static("text/plain"));
        response
    }
}

fn refused(problem: Problem) -> Response<Body> {
    problem.into_status().into_http()
}

fn sends_gzip(headers: &HeaderMap) -> bool {
    headers.get("grpc-encoding").is_some_and(|encoding| encoding == "gzip")
}

/// Zeebe's answer to a message above the limit; the library's own is `OUT_OF_RANGE`.
fn too_large(bytes_max: usize) -> Problem {
    debug_assert_eq!(OUT_OF_RANGE, i32::from(Code::OutOfRange).to_string());
    Problem::new(
        Kind::ResourceExhausted,
        format!(
            "Expected a request message of at most {bytes_max} bytes, but it is larger; send less \
             at once (for example deploy resources one by one), or raise the server's \
             maxMessageSize"
        ),
    )
}

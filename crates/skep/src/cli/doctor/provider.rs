//! The identity provider: the way to it, what it says about itself, and its token.

use std::{net::SocketAddr, sync::Arc};

use skep_auth::{
    AuthError, ClientSettings, Clock, Discovery, TokenEndpoint, TokenSource, Trust,
    aadsts::Topic,
    jose::Certificate,
    settings::{Authentication, GatewayAddress},
};
use skep_client::{ConnectFault, probe};
use tokio::net::TcpStream;

use super::{
    credential::date,
    problem::Problem,
    report::{Found, Stop},
};
use crate::failure::Exit;

/// Entra takes assertions whose dates are off by no more than this.
const CLOCK_FAILURE_S: i64 = 300;
const CLOCK_WARNING_S: i64 = 30;

/// Where the provider is asked for tokens.
#[derive(Clone, Debug)]
pub(super) struct Provider {
    /// The token URL or that of the discovery document, as configured.
    url: String,
    /// Whom a connection goes to: the provider, or the proxy on the way to it.
    peer: GatewayAddress,
    /// True when the peer is a proxy.
    is_proxied: bool,
}

impl Provider {
    /// The provider that the settings name; `None` when there is none to ask.
    pub(super) fn of(settings: &ClientSettings) -> Result<Option<Self>, Stop> {
        let (url, proxy) = match &settings.authentication {
            Authentication::OAuth { credentials, .. } => {
                let url = credentials.endpoint.configured_url().to_owned();
                let proxy = probe::proxy_of(&url);
                (url, proxy)
            }
            Authentication::ManagedIdentity(identity) => (identity.endpoint.url(), None),
            Authentication::None | Authentication::Basic { .. } | Authentication::Bearer(_) => {
                return Ok(None);
            }
        };
        let is_proxied = proxy.is_some();
        let peer = match proxy {
            Some((host, port)) => Some(GatewayAddress { host, port, tls: false }),
            None => peer_of(&url),
        };
        let Some(peer) = peer else {
            let message = format!("{url:?} is no token URL");
            let problem = Problem::new("SKEP-AUTH-SETTINGS", Exit::Usage, message);
            return Err(problem
                .fix(
                    "give one that begins with https://, for Entra \
                      https://login.microsoftonline.com/TENANT_ID/oauth2/v2.0/token",
                )
                .topic(Topic::Client)
                .into());
        };
        Ok(Some(Self { url, peer, is_proxied }))
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest has one fix")]
    fn problem(&self, error: &probe::ProbeError) -> Problem {
        let GatewayAddress { host, port, .. } = &self.peer;
        let whom = if self.is_proxied { "the proxy" } else { "the identity provider" };
        let fix = match error.fault {
            ConnectFault::UnknownHost => format!(
                "check the host name in the token URL {}, the name service, and HTTPS_PROXY",
                self.url
            ),
            ConnectFault::NothingListens => {
                format!("check the port in {}, or start the provider", self.url)
            }
            ConnectFault::UnknownAuthority => "put the certificate of the authority (PEM) into \
                 SSL_CERT_FILE or ZEEBE_CA_CERTIFICATE_PATH; a proxy that inspects TLS has its own"
                .to_owned(),
            ConnectFault::OtherName => "use a name that is in the certificate".to_owned(),
            ConnectFault::CertificateTime => {
                "renew the provider's certificate, or set this machine's clock".to_owned()
            }
            ConnectFault::ServerIsPlain => "use http:// in the token URL, for a provider on this \
                 machine only: the credential travels in clear"
                .to_owned(),
            _ => "check firewall, HTTPS_PROXY and NO_PROXY".to_owned(),
        };
        let whom = format!("{whom} {host}:{port}");
        Problem::connection(error.fault, &whom, &error.reason).fix(fix)
    }

    pub(super) async fn resolve(&self) -> Result<Found<Vec<SocketAddr>>, Stop> {
        let GatewayAddress { host, port, .. } = &self.peer;
        let addresses = probe::resolve(host, *port).await.map_err(|error| self.problem(&error))?;
        let detail = described(host, &addresses);
        Ok(Found::new(addresses, if self.is_proxied { format!("proxy {detail}") } else { detail }))
    }

    pub(super) async fn connect(&self, addresses: &[SocketAddr]) -> Result<Found<TcpStream>, Stop> {
        let stream = probe::connect(addresses).await.map_err(|error| self.problem(&error))?;
        let at = stream.peer_addr().map_or_else(|_| self.peer.host.clone(), |at| at.to_string());
        Ok(Found::new(stream, format!("connected to {at}")))
    }

    pub(super) async fn handshake(
        &self,
        stream: Option<TcpStream>,
        trust: &Trust,
    ) -> Result<Found<()>, Stop> {
        if self.is_proxied {
            return Err(Stop::NotApplicable("the proxy passes it on; see discovery".to_owned()));
        }
        let stream = match stream {
            Some(stream) if self.peer.tls => stream,
            Some(_) | None => {
                return Err(Stop::NotApplicable("the token URL is http://".to_owned()));
            }
        };
        let host = &self.peer.host;
        let session = probe::handshake(stream, host, trust, &["http/1.1"])
            .await
            .map_err(|refusal| shown(self.problem(&refusal.error), &refusal.chain, trust))?;
        Ok(Found::new((), format!("{}, {}", session.version, subject(&session.chain)))
            .notes(vec![format!("trusted: {}", trust.described())]))
    }

    /// Asks for the discovery document; gives how far the provider's clock is ahead.
    pub(super) async fn discover(
        &self,
        settings: &ClientSettings,
        http: &reqwest::Client,
        clock_ahead_s: &mut Option<i64>,
    ) -> Result<Found<()>, Stop> {
        let Authentication::OAuth { credentials, .. } = &settings.authentication else {
            return Err(Stop::NotApplicable("a managed identity has none".to_owned()));
        };
        let (url, is_derived) = match &credentials.endpoint {
            TokenEndpoint::Discovery(url) => (Some(url.clone()), false),
            TokenEndpoint::Url(url) => (Discovery::url_beside(url), true),
        };
        let Some(url) = url else {
            // The answer is of no interest, but it is dated.
            let answer = Discovery::ask(http, &self.url, &Clock::system()).await;
            *clock_ahead_s = answer.clock_ahead_s;
            return Err(Stop::NotApplicable(
                "the token URL does not tell where the document is".to_owned(),
            ));
        };
        let answer = Discovery::ask(http, &url, &Clock::system()).await;
        *clock_ahead_s = answer.clock_ahead_s;
        let document = match answer.document {
            Ok(document) => document,
            Err(AuthError::Status { status, .. }) if is_derived => {
                let detail = format!("{url} answers with status {status}");
                return Err(Stop::NotApplicable(detail));
            }
            Err(error) => return Err(error.into()),
        };
        issuer(&url, &document)?;
        let issuer = document.issuer.clone().unwrap_or_default();
        let found = Found::new((), format!("issuer {issuer}"));
        let token_url = document.token_endpoint(&url).map_err(|reason| {
            Problem::from(AuthError::Answer { url: url.clone(), reason: reason.to_owned() })
        })?;
        Ok(if is_derived && token_url != self.url {
            found.warning(format!("it names another token URL: {token_url}"))
        } else {
            found
        })
    }
}

/// Checks that the document at `url` speaks of the issuer that it lies under.
fn issuer(url: &str, document: &Discovery) -> Result<(), Problem> {
    let Some(expected) = Discovery::issuer_expected_at(url) else { return Ok(()) };
    let named = document.issuer.as_deref().unwrap_or_default();
    if named.trim_end_matches('/') == expected {
        return Ok(());
    }
    let problem = Problem::new(
        "SKEP-AUTH-DISCOVERY",
        Exit::NotAuthorized,
        format!("the discovery document at {url} names the issuer {named:?}, not {expected:?}"),
    )
    .topic(Topic::Client);
    if named.contains("{tenantid}") {
        return Err(problem
            .cause("common, organizations and consumers stand for no single tenant")
            .fix("put the tenant id into the token URL"));
    }
    // Entra: v1.0 documents name another host, and tenants called by a domain have a GUID.
    let tenant = expected.trim_end_matches("/v2.0").rsplit('/').next().unwrap_or_default();
    let is_v1 = !expected.ends_with("/v2.0") && named.contains("sts.windows.net");
    let is_alias = uuid::Uuid::try_parse(tenant).is_err() && named.ends_with("/v2.0");
    if is_v1 || is_alias {
        return Ok(());
    }
    Err(problem
        .cause("a proxy or a wrong address is between, or the provider does not know its own name")
        .fix("use the address that the provider has in its own issuer"))
}

/// Compares the clocks.
pub(super) fn clock(ahead_s: Option<i64>) -> Result<Found<()>, Stop> {
    let Some(ahead_s) = ahead_s else {
        return Err(Stop::NotApplicable("the provider does not tell the time".to_owned()));
    };
    let direction = if ahead_s >= 0 { "behind" } else { "ahead of" };
    let text = format!("this machine is {} s {direction} the provider", ahead_s.abs());
    if ahead_s.abs() > CLOCK_FAILURE_S {
        return Err(Problem::new("SKEP-AUTH-CLOCK", Exit::NotAuthorized, text)
            .cause(
                "assertions and tokens carry times: Entra refuses assertions that are off by more \
                 than five minutes (AADSTS700024), gateways refuse tokens off by one",
            )
            .fix("set this machine's clock (NTP)")
            .topic(Topic::Certificate)
            .into());
    }
    let found = Found::new((), text);
    Ok(if ahead_s.abs() > CLOCK_WARNING_S {
        found.warning("set this machine's clock (NTP) before it is off by more")
    } else {
        found
    })
}

/// Gets a new token, with one request.
pub(super) async fn token(source: Result<TokenSource, AuthError>) -> Result<Found<Arc<str>>, Stop> {
    let source = source?;
    let header = source.authorization().await?;
    let Some(header) = header else {
        return Err(Stop::NotApplicable("calls are anonymous".to_owned()));
    };
    let metrics = source.metrics();
    let detail = match metrics.ends_in {
        Some(left) => format!(
            "got one in {} ms, good for {} s",
            metrics.latency_last.as_millis(),
            left.as_secs()
        ),
        None => "a fixed one, not asked for".to_owned(),
    };
    Ok(Found::new(header, detail))
}

fn peer_of(url: &str) -> Option<GatewayAddress> {
    let uri: http::Uri = url.parse().ok()?;
    let tls = match uri.scheme_str()? {
        "https" => true,
        "http" => false,
        _ => return None,
    };
    let host = uri.host()?.trim_matches(['[', ']']).to_owned();
    let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
    Some(GatewayAddress { host, port, tls })
}

/// Host and addresses, for people.
pub(super) fn described(host: &str, addresses: &[SocketAddr]) -> String {
    let mut texts: Vec<_> = addresses.iter().map(|address| address.ip().to_string()).collect();
    texts.dedup();
    if texts == [host] { host.to_owned() } else { format!("{host} is {}", texts.join(", ")) }
}

/// Whom the server says it is.
pub(super) fn subject(chain: &[Certificate]) -> String {
    let Some(own) = chain.first() else { return "no certificate shown".to_owned() };
    let names = own.host_names();
    let names = if names.is_empty() { own.subject().to_owned() } else { names.join(", ") };
    format!("certificate for {names} by {}, until {}", own.issuer(), date(own.not_after_s()))
}

/// A TLS problem, with what the server showed and who is trusted.
pub(super) fn shown(problem: Problem, chain: &[Certificate], trust: &Trust) -> Problem {
    if chain.is_empty() {
        return problem;
    }
    let reason = problem.cause.clone().unwrap_or_default();
    let (subject, trusted) = (subject(chain), trust.described());
    problem.cause(format!("{reason}; it showed a {subject}; trusted are {trusted}"))
}

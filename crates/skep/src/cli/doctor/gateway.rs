//! The gateway: the way to it, whether it speaks what the client speaks, and its answers.

use std::{net::SocketAddr, time::Duration};

use skep_auth::{
    ClientSettings, Trust,
    aadsts::Topic,
    jose::Claims,
    settings::{Authentication, Setting},
};
use skep_client::{Client, ConnectFault, Error, GatewayAddress, probe};
use tokio::net::TcpStream;
use tonic::Code;

use super::{
    problem::Problem,
    provider::{described, shown, subject},
    report::{Found, Stop},
    source_of,
};

/// The job type of the harmless call; nobody has such jobs.
const JOB_TYPE: &str = "skep-doctor";

fn problem(gateway: &GatewayAddress, fault: ConnectFault, reason: &str) -> Problem {
    let whom = format!("the gateway {gateway}");
    Problem::connection(fault, &whom, reason).fix(fault.fix(&gateway.to_string()))
}

pub(super) async fn resolve(settings: &ClientSettings) -> Result<Found<Vec<SocketAddr>>, Stop> {
    let gateway = &settings.gateway;
    let addresses = probe::resolve(&gateway.host, gateway.port)
        .await
        .map_err(|error| problem(gateway, error.fault, &error.reason))?;
    let detail = described(&gateway.host, &addresses);
    let source = source_of(settings, Setting::GrpcAddress);
    Ok(Found::new(addresses, detail).notes(vec![format!("{gateway} comes from {source}")]))
}

pub(super) async fn connect(
    settings: &ClientSettings,
    addresses: &[SocketAddr],
) -> Result<Found<TcpStream>, Stop> {
    let gateway = &settings.gateway;
    let stream = probe::connect(addresses)
        .await
        .map_err(|error| problem(gateway, error.fault, &error.reason))?;
    let at = stream.peer_addr().map_or_else(|_| gateway.host.clone(), |at| at.to_string());
    Ok(Found::new(stream, format!("connected to {at}")))
}

/// TLS where it is asked for; else that plain HTTP/2 is understood.
pub(super) async fn handshake(
    settings: &ClientSettings,
    stream: TcpStream,
    trust: &Trust,
) -> Result<Found<()>, Stop> {
    let gateway = &settings.gateway;
    if !gateway.tls {
        drop(stream);
        probe::speak_plain(&gateway.host, gateway.port)
            .await
            .map_err(|error| problem(gateway, error.fault, &error.reason))?;
        let found = Found::new((), "plaintext, as asked for");
        let is_anonymous = matches!(settings.authentication, Authentication::None);
        let is_near = ["localhost", "127.0.0.1", "::1"].contains(&gateway.host.as_str());
        return Ok(if is_anonymous || is_near {
            found
        } else {
            found.warning("tokens travel in clear: use TLS, at least between machines")
        });
    }
    let name = settings.override_authority.as_deref().unwrap_or(&gateway.host);
    // Only the host of an authority is in a certificate.
    let name = name.rsplit_once(':').map_or(name, |(host, _)| host);
    let session = probe::handshake(stream, name, trust, &["h2"]).await.map_err(|refusal| {
        let error = &refusal.error;
        shown(problem(gateway, error.fault, &error.reason), &refusal.chain, trust)
    })?;
    Ok(Found::new((), format!("{}, {}", session.version, subject(&session.chain))))
}

/// `Topology`: any caller with a token that is accepted may make it.
pub(super) async fn call(
    client: &Client,
    claims: Option<&Claims>,
    denied: &mut Option<Problem>,
) -> Result<Found<()>, Stop> {
    match client.topology().await {
        Ok(topology) => {
            let version = match topology.gateway_version.as_str() {
                "" => "of unknown version".to_owned(),
                version => format!("version {version}"),
            };
            let n_leaders = topology.brokers.iter().flat_map(|broker| &broker.partitions);
            let n_leaders = n_leaders.filter(|partition| partition.role == 0).count();
            let n_partitions = topology.partitions_count;
            let found =
                Found::new((), format!("Topology: gateway {version}, partitions: {n_partitions}"));
            let is_whole = usize::try_from(n_partitions).is_ok_and(|n| n <= n_leaders);
            Ok(if is_whole {
                found
            } else {
                found.warning(format!(
                    "{n_leaders} of {n_partitions} partitions have a leader: the others take no \
                     commands now"
                ))
            })
        }
        // Who is told that it may not is known: the token itself was accepted.
        Err(error) if error.code() == Some(Code::PermissionDenied) => {
            *denied = Some(error.into());
            Ok(Found::new((), "Topology: the token is accepted, the caller is not allowed"))
        }
        Err(error) => Err(refused(error, claims).into()),
    }
}

/// A refusal, with the usual causes where the gateway gives no reason.
fn refused(error: Error, claims: Option<&Claims>) -> Problem {
    let is_mute =
        matches!(&error, Error::Refused { code: Code::Unauthenticated, reason: None, .. });
    let problem = Problem::from(error);
    let Some(claims) = claims.filter(|_| is_mute) else { return problem };
    let text =
        |name: &str| claims.get(name).map_or_else(|| "absent".to_owned(), ToString::to_string);
    problem
        .topic(Topic::Audience)
        .cause(format!(
            "the gateway gives no reason; most often it expects another audience than {}, another \
             issuer than {}, or a v2.0 token (this one's ver is {})",
            text("aud"),
            text("iss"),
            text("ver")
        ))
        .fix(
            "compare these values with the gateway's settings \
             (camunda.security.authentication.oidc.audiences and .issuer-uri, or \
             CAMUNDA_IDENTITY_AUDIENCE and _ISSUERBACKENDURL)",
        )
}

/// A call that changes nothing and needs a permission: activate jobs of a type without jobs.
pub(super) async fn permission(
    client: &Client,
    denied: Option<Problem>,
) -> Result<Found<()>, Stop> {
    if let Some(problem) = denied {
        return Err(problem.into());
    }
    let activate = client.activate_jobs(JOB_TYPE).timeout(Duration::from_millis(1)).wait(None);
    activate.send().await?;
    Ok(Found::new((), format!("ActivateJobs of type {JOB_TYPE:?} is allowed")))
}

//! `skep bench --soak`: whether calls notice that tokens end, keys roll and the provider restarts.
//!
//! Brings a gateway and an identity provider of its own in a temporary folder, so that it can do
//! to the provider what an administrator does in a year, within minutes.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    time::Duration,
};

use serde_json::{Value, json};
use skep_auth::{ClientSettings, TokenMetrics, settings::Explicit};
use skep_client::{Builder, Client};
use skep_idp::{IdpConfig, NewApp, NewSecret, Provider, RunningProvider};
use tokio::time::{Instant, sleep, sleep_until};

use super::load::{Plan, Tally};
use crate::{
    failure::Failure,
    output::note,
    server::{Config, Mode, Running},
};

/// How long a restarting provider may take to get its port back.
const RESTART_LIMIT: Duration = Duration::from_secs(10);

/// A gateway, and the provider that it trusts.
pub(super) struct Soak {
    folder: tempfile::TempDir,
    provider: Option<(Provider, RunningProvider)>,
    addr: SocketAddr,
    token_lifetime: Duration,
    gateway: Running,
    variables: HashMap<&'static str, String>,
}

/// What was done to the provider.
#[derive(Clone, Copy, Debug, Default)]
struct Done {
    n_key_rollovers: u32,
    n_restarts: u32,
    away: Duration,
}

/// What came of it.
pub(super) struct Outcome {
    done: Done,
    /// Of the time of the load alone.
    tokens: TokenMetrics,
}

impl Soak {
    /// Starts both.
    pub(super) async fn start(token_lifetime: Duration) -> Result<Self, Failure> {
        let folder = tempfile::Builder::new()
            .prefix("skep-soak-")
            .tempdir()
            .map_err(|e| Failure::new("cannot make a temporary folder").caused_by(e))?;
        let (provider, running) =
            start_provider(folder.path(), token_lifetime, (Ipv4Addr::LOCALHOST, 0).into()).await?;
        let app = provider.registry().add_app(NewApp::named("skep bench")).map_err(refused)?;
        let (_, secret) =
            provider.registry().add_secret(app.app_id, NewSecret::default()).map_err(refused)?;
        let endpoints = running.endpoints();
        let ca = provider.ca_certificate_path();

        let mut config = Config::default();
        config.zeebe.gateway.network.host = Ipv4Addr::LOCALHOST.into();
        config.zeebe.gateway.network.port = 0;
        config.server.port = 0;
        let client_id = app.app_id.to_string();
        let oidc = &mut config.camunda.security.authentication.oidc;
        oidc.issuer_uri = Some(endpoints.issuer());
        oidc.audiences = vec![client_id.clone()];
        config.skep.security.ca_certificate_path = Some(ca.clone());
        let gateway = Running::start(&config, folder.path(), Mode::Configured).await?;

        let variables = HashMap::from([
            ("ZEEBE_GRPC_ADDRESS", format!("http://{}", gateway.info().grpc)),
            ("ZEEBE_AUTHORIZATION_SERVER_URL", endpoints.token_endpoint()),
            ("ZEEBE_TOKEN_AUDIENCE", client_id.clone()),
            ("ZEEBE_CLIENT_ID", client_id),
            ("ZEEBE_CLIENT_SECRET", secret.expose().to_owned()),
            ("SSL_CERT_FILE", ca.display().to_string()),
        ]);
        let addr = running.addr();
        let provider = Some((provider, running));
        Ok(Self { folder, provider, addr, token_lifetime, gateway, variables })
    }

    /// A client of the gateway, configured as any client is.
    pub(super) fn client(&self) -> Result<Client, Failure> {
        let lookup = |name: &str| self.variables.get(name).cloned();
        let settings = ClientSettings::resolve(&Explicit::default(), lookup).map_err(|e| {
            Failure::new("the soak's own settings do not fit together").caused_by(e)
        })?;
        Ok(Builder::from_settings(&settings)?.build()?)
    }

    /// Runs the load, and rolls the keys, restarts the provider, and rolls the keys again
    /// meanwhile.
    pub(super) async fn run(
        mut self,
        client: Client,
        plan: Plan,
    ) -> Result<(Tally, Outcome), Failure> {
        let source = client.token_source().clone();
        let before = source.metrics();
        let began = Instant::now();
        let duration = plan.duration;
        let measured_from = began + plan.warm_up;
        let load = super::on_one_thread(client, plan);
        let disturbances = self.disturb(measured_from, duration);
        // A provider that does not come back is known at once, not after minutes.
        let (tally, done) = tokio::try_join!(load, disturbances)?;
        let tokens = since(&source.metrics(), &before);
        self.gateway.shutdown().await;
        if let Some((_, running)) = self.provider {
            running.shutdown().await;
        }
        Ok((tally, Outcome { done, tokens }))
    }

    async fn disturb(&mut self, from: Instant, duration: Duration) -> Result<Done, Failure> {
        let mut done = Done::default();
        sleep_until(from + duration / 4).await;
        self.roll_keys(&mut done).await?;
        sleep_until(from + duration / 2).await;
        self.restart(&mut done).await?;
        sleep_until(from + duration * 3 / 4).await;
        self.roll_keys(&mut done).await?;
        Ok(done)
    }

    async fn roll_keys(&self, done: &mut Done) -> Result<(), Failure> {
        let Some((provider, _)) = &self.provider else { return Ok(()) };
        let provider = provider.clone();
        // Finding primes is work for a while.
        let kid = tokio::task::spawn_blocking(move || provider.roll_keys())
            .await
            .map_err(|e| Failure::new("rolling the keys was interrupted").caused_by(e))?
            .map_err(refused)?;
        done.n_key_rollovers += 1;
        note(format!("the provider signs with a new key, {kid}"));
        Ok(())
    }

    /// Ends the provider, lets it be away for a tenth of a token's life, and starts it again from
    /// its files.
    async fn restart(&mut self, done: &mut Done) -> Result<(), Failure> {
        let ended = Instant::now();
        if let Some((provider, running)) = self.provider.take() {
            running.shutdown().await;
            drop(provider);
        }
        note("the provider is away");
        sleep(self.token_lifetime / 10).await;
        let provider = loop {
            match start_provider(self.folder.path(), self.token_lifetime, self.addr).await {
                Ok(provider) => break provider,
                // Somebody else may have the port for a moment.
                Err(_) if ended.elapsed() < RESTART_LIMIT + self.token_lifetime / 10 => {
                    sleep(Duration::from_millis(50)).await;
                }
                Err(failure) => return Err(failure),
            }
        };
        self.provider = Some(provider);
        done.n_restarts += 1;
        done.away += ended.elapsed();
        note(format!("the provider is back after {:.1} s", done.away.as_secs_f64()));
        Ok(())
    }
}

impl Outcome {
    /// Calls that noticed something of the tokens.
    pub(super) fn n_waited(&self) -> u64 {
        self.tokens.n_waited + self.tokens.n_cooled_down
    }

    /// For the report.
    pub(super) fn json(&self, token_lifetime: Duration) -> Value {
        let Self { done, tokens } = self;
        json!({
            "calls_waited_for_a_token": tokens.n_waited,
            "calls_failed_for_want_of_a_token": tokens.n_cooled_down,
            "tokens_rejected": tokens.n_rejected,
            "tokens_fetched": tokens.n_granted,
            "token_fetches_failed": tokens.n_failed,
            "token_fetch_ms_max": ms(tokens.latency_max),
            "token_lifetime_s": token_lifetime.as_secs(),
            "key_rollovers": done.n_key_rollovers,
            "provider_restarts": done.n_restarts,
            "provider_away_ms": ms(done.away),
        })
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let Self { done, tokens } = self;
        format!(
            "tokens             {} fetched, slowest {} ms, {} fetches failed\n\
             disturbances       {} key rollovers, {} restart, provider away for {} ms\n\
             calls that waited  {} for a token, {} failed for want of one",
            tokens.n_granted,
            ms(tokens.latency_max),
            tokens.n_failed_total(),
            done.n_key_rollovers,
            done.n_restarts,
            ms(done.away),
            tokens.n_waited,
            tokens.n_cooled_down,
        )
    }
}

/// What has happened since `before`.
fn since(now: &TokenMetrics, before: &TokenMetrics) -> TokenMetrics {
    let mut n_failed = now.n_failed.clone();
    for (code, n) in &mut n_failed {
        *n -= before.n_failed.get(code).copied().unwrap_or(0);
    }
    TokenMetrics {
        n_granted: now.n_granted - before.n_granted,
        n_waited: now.n_waited - before.n_waited,
        n_cooled_down: now.n_cooled_down - before.n_cooled_down,
        n_rejected: now.n_rejected - before.n_rejected,
        n_failed,
        ..now.clone()
    }
}

async fn start_provider(
    folder: &Path,
    token_lifetime: Duration,
    addr: SocketAddr,
) -> Result<(Provider, RunningProvider), Failure> {
    let dir = folder.join("provider");
    let lifetime_s = u32::try_from(token_lifetime.as_secs()).unwrap_or(u32::MAX);
    let config = IdpConfig { access_token_lifetime_s: Some(lifetime_s), ..IdpConfig::default() };
    // Making keys on the first start takes a while of pure computing.
    let provider = tokio::task::spawn_blocking(move || Provider::open(&dir, config))
        .await
        .map_err(|e| Failure::new("the identity provider panicked at start").caused_by(e))?
        .map_err(refused)?;
    let running = provider.serve(addr).await.map_err(refused)?;
    Ok((provider, running))
}

fn refused(error: skep_idp::Error) -> Failure {
    Failure::new("cannot set up the identity provider").caused_by(error)
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

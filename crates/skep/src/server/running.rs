//! A running server: broker, gateway and, in development mode, the identity provider.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use skep_auth::{Trust, TrustedIssuer, ValidationConfig, Validator};
use skep_broker::{Broker, BrokerConfig, Clock, StartError};
use skep_gateway::{AuthMode, Gateway, GatewayConfig, Tls};
use skep_idp::{DevCredentials, Provider, RunningProvider};
use skep_projection::{History, HistoryError, Projector};

use tokio::{sync::oneshot, task::JoinHandle};

use super::{
    BROKER_DIR, HISTORY_FILE, IDP_DIR,
    config::Config,
    info::{IdpInfo, ServerInfo},
    start::cannot_listen,
    tenants, trust,
};
use crate::failure::Failure;

/// Whose tokens the server accepts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mode {
    /// Those of the configured issuer.
    Configured,
    /// Those of an embedded provider, which it starts.
    Development,
    /// It does not look at tokens.
    Unprotected,
}

/// Everything that must be stopped in order.
pub(crate) struct Running {
    data_dir: PathBuf,
    broker: Broker,
    gateway: JoinHandle<()>,
    stop_gateway: oneshot::Sender<()>,
    idp: Option<RunningProvider>,
    info: ServerInfo,
}

/// An embedded provider and what its tokens are checked with.
struct Development {
    running: RunningProvider,
    credentials: DevCredentials,
    info: IdpInfo,
    tls: Tls,
}

impl Running {
    /// Starts everything in `data_dir`; answers calls when it returns.
    ///
    /// # Errors
    /// The data directory is in use or damaged, a port is taken, or whom to trust is not
    /// configured.
    pub(crate) async fn start(
        config: &Config,
        data_dir: &Path,
        mode: Mode,
    ) -> Result<Self, Failure> {
        let trusted = match mode {
            Mode::Configured => Some(configured_auth(config)?),
            Mode::Development | Mode::Unprotected => None,
        };
        let multi_tenancy = tenants::configured(config, mode != Mode::Unprotected)?;
        let data_dir = std::path::absolute(data_dir)
            .map_err(|error| Failure::new("cannot tell the current directory").caused_by(error))?;
        let broker_config = broker_config(config, &data_dir);
        let history_file = config.skep.search.enabled.then(|| data_dir.join(HISTORY_FILE));
        let keeps = config.skep.search.retention.duration();
        // First, because it takes the lock on the directory. Replaying may take a while.
        let (broker, history) =
            tokio::task::spawn_blocking(move || start_broker(broker_config, history_file, keeps))
                .await
                .map_err(|error| Failure::new("the broker panicked at start").caused_by(error))??;
        let development = match mode {
            Mode::Development => Some(start_provider(config, &data_dir).await?),
            Mode::Configured | Mode::Unprotected => None,
        };
        let auth = match (&development, trusted) {
            (Some(development), _) => development_auth(development)?,
            (None, Some(auth)) => auth,
            (None, None) => AuthMode::Off,
        };
        let mut gateway_config = gateway_config(config, mode, development.as_ref())?;
        gateway_config.multi_tenancy = multi_tenancy;
        gateway_config.history = history;
        let bound = Gateway::bind(gateway_config, broker.clone(), auth)
            .map_err(|error| Failure::new("cannot start the gateway").caused_by(error))?;
        let info = ServerInfo {
            pid: std::process::id(),
            grpc: bound.grpc_addr(),
            http: bound.http_addr(),
            idp: development.as_ref().map(|development| development.info.clone()),
        };
        let (stop_gateway, stopped) = oneshot::channel();
        let gateway = tokio::spawn(bound.serve(async move {
            // A sender that is gone means the same as one that has sent.
            let _ = stopped.await;
        }));
        info.write(&data_dir)?;
        let idp = development.map(|development| development.running);
        Ok(Self { data_dir, broker, gateway, stop_gateway, idp, info })
    }

    /// Its addresses.
    pub(crate) fn info(&self) -> &ServerInfo {
        &self.info
    }

    /// Finishes what is running, then stops.
    pub(crate) async fn shutdown(self) {
        ServerInfo::remove(&self.data_dir);
        let _ = self.stop_gateway.send(());
        if let Err(error) = self.gateway.await {
            tracing::error!(%error, "the gateway ended by itself");
        }
        self.broker.shutdown().await;
        if let Some(idp) = self.idp {
            idp.shutdown().await;
        }
    }
}

/// What a server with the configuration `file` checks tokens with.
///
/// # Errors
/// Usage: the file cannot be used, or does not say whose tokens to accept.
pub(crate) fn token_validator(file: &Path) -> Result<Validator, Failure> {
    // The variables of a client's shell are not those of the server.
    let config = Config::load(Some(file), |_| None)?;
    let (validation, ca) = trust::configured(&config)?;
    Ok(Validator::new(validation, http_client(ca.as_deref())?))
}

pub(super) fn http_client(ca: Option<&Path>) -> Result<reqwest::Client, Failure> {
    Trust::with_ca_files(ca.map(Path::to_owned))
        .and_then(|trust| trust.http_client())
        .map_err(|error| Failure::new("cannot set up trust for the issuer").caused_by(error))
}

async fn start_provider(config: &Config, data_dir: &Path) -> Result<Development, Failure> {
    let fail = |what| {
        move |error: skep_idp::Error| Failure::new(format!("cannot {what}")).caused_by(error)
    };
    let (dir, settings) = (data_dir.join(IDP_DIR), config.skep.idp.provider.clone());
    // Making keys on the first start takes a while of pure computing.
    let (provider, credentials) = tokio::task::spawn_blocking(move || {
        let provider = Provider::open(&dir, settings)?;
        let credentials = provider.ensure_dev_apps()?;
        Ok((provider, credentials))
    })
    .await
    .map_err(|error| Failure::new("the identity provider panicked at start").caused_by(error))?
    .map_err(fail("set up the identity provider"))?;
    let running = provider
        .serve(SocketAddr::from((Ipv4Addr::LOCALHOST, config.skep.idp.port)))
        .await
        .map_err(|error| cannot_listen("identity provider", "--idp-port", error))?;
    let endpoints = running.endpoints();
    let info = IdpInfo {
        origin: endpoints.origin.clone(),
        issuer: endpoints.issuer(),
        token_endpoint: endpoints.token_endpoint(),
        tenant_id: endpoints.tenant_id.to_string(),
        ca_certificate: provider.ca_certificate_path(),
    };
    let tls = provider.server_tls().map_err(fail("set up TLS"))?;
    let tls = Tls::from_config(tls).or_plaintext();
    Ok(Development { running, credentials, info, tls })
}

fn development_auth(development: &Development) -> Result<AuthMode, Failure> {
    let endpoints = development.running.endpoints();
    let validation = ValidationConfig {
        issuers: vec![
            TrustedIssuer::with_jwks(endpoints.issuer(), endpoints.jwks_uri()),
            TrustedIssuer::with_jwks(endpoints.issuer_v1(), endpoints.jwks_uri_v1()),
        ],
        audiences: development.credentials.audiences(),
        ..ValidationConfig::default()
    };
    oidc(validation, Some(&development.info.ca_certificate))
}

/// Users with passwords where the configuration says so, else tokens of its issuers.
fn configured_auth(config: &Config) -> Result<AuthMode, Failure> {
    if let Some(users) = trust::basic_users(config)? {
        return Ok(AuthMode::Basic(users));
    }
    let (validation, ca) = trust::configured(config)?;
    oidc(validation, ca.as_deref())
}

fn oidc(validation: ValidationConfig, ca: Option<&Path>) -> Result<AuthMode, Failure> {
    let validator = Validator::new(validation, http_client(ca)?);
    // Keys are fetched ahead so that the first call does not wait; an issuer that is down now
    // is tried again then.
    let warm_up = validator.clone();
    tokio::spawn(async move { warm_up.warm_up().await });
    Ok(AuthMode::Oidc(validator))
}

fn broker_config(config: &Config, data_dir: &Path) -> BrokerConfig {
    let mut broker = BrokerConfig::new(data_dir.join(BROKER_DIR));
    broker.n_partitions = config.zeebe.broker.cluster.partitions_count;
    broker.snapshot_every_bytes = config.skep.broker.snapshot_every.bytes();
    let budget = config.skep.broker.memory_budget;
    broker.memory_budget_bytes = budget.bytes();
    match broker.memory_budget_bytes {
        Some(bytes) => tracing::info!(%budget, bytes, "idle process instances have limited memory"),
        None => tracing::info!(%budget, "all process instances stay in memory"),
    }
    if config.zeebe.clock.controlled {
        broker.clock = Clock::controlled();
    }
    broker.unique_business_ids =
        config.camunda.process_instance_creation.business_id_uniqueness_enabled;
    broker
}

/// Starts the broker and, unless searches are switched off, what they look in.
fn start_broker(
    config: BrokerConfig,
    history_file: Option<PathBuf>,
    keeps: Option<Duration>,
) -> Result<(Broker, Option<History>), Failure> {
    let not_started = |error: StartError| Failure::new("cannot start the broker").caused_by(error);
    let not_opened = |error: HistoryError| Failure::new("cannot open the history").caused_by(error);
    let Some(file) = history_file else {
        tracing::info!("there is no history: searches are switched off");
        return Ok((Broker::start(config).map_err(not_started)?, None));
    };
    let projector = Projector::open(&file).map_err(not_opened)?.keeping(keeps);
    // A second process on this folder ends here, before it writes anything.
    let broker = Broker::start_exporting(config, Box::new(projector)).map_err(not_started)?;
    let history = History::open(file).map_err(not_opened)?;
    Ok((broker, Some(history)))
}

fn gateway_config(
    config: &Config,
    mode: Mode,
    development: Option<&Development>,
) -> Result<GatewayConfig, Failure> {
    let network = &config.zeebe.gateway.network;
    // A development server is for this machine only, unless it is told otherwise.
    let host = match mode {
        Mode::Development if network.host.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Mode::Configured | Mode::Development | Mode::Unprotected => network.host,
    };
    let grpc = SocketAddr::new(host, network.port);
    let http = SocketAddr::new(host, config.server.port);
    let mut gateway = GatewayConfig::new(grpc, http);
    let tls = match development {
        Some(development) => Some(development.tls.clone()),
        None => configured_tls(config)?,
    };
    gateway.grpc_tls.clone_from(&tls);
    gateway.http_tls = tls;
    Ok(gateway)
}

pub(super) fn configured_tls(config: &Config) -> Result<Option<Tls>, Failure> {
    let security = &config.zeebe.gateway.security;
    if !security.enabled {
        return Ok(None);
    }
    let (Some(chain), Some(key)) = (&security.certificate_chain_path, &security.private_key_path)
    else {
        return Err(Failure::usage(
            "zeebe.gateway.security.enabled is true, but the certificate is not named",
        )
        .fix("set zeebe.gateway.security.certificateChainPath and .privateKeyPath"));
    };
    let read = |path: &Path| {
        std::fs::read(path).map_err(|error| {
            Failure::usage(format!("cannot read {}", path.display())).caused_by(error)
        })
    };
    Tls::from_pem(&read(chain)?, &read(key)?).map(Some).map_err(|error| {
        Failure::usage(format!("cannot use the certificate in {}", chain.display()))
            .caused_by(error)
    })
}

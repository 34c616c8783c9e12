//! The signing keys of an issuer, fetched when needed and kept when the provider is away.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwapOption;
use tokio::sync::Mutex;

use super::{
    config::{KeyRefresh, TrustedIssuer},
    metrics::KeyMetrics,
};
use crate::{
    Clock, Discovery, TokenError,
    jose::{Algorithm, Jwk, JwkSet, VerifyingKey},
    network,
    token_error::shown,
};

/// Longest wait between two attempts while a provider is unreachable.
const RETRY_INTERVAL_MAX: Duration = Duration::from_secs(30);

/// One key of an issuer.
pub(super) struct PublishedKey {
    kid: Option<String>,
    algorithm: Option<Algorithm>,
    /// Entra: the issuer whose tokens the key may sign.
    pub(super) issuer: Option<String>,
    pub(super) key: VerifyingKey,
}

/// The keys of an issuer as last fetched.
pub(super) struct Keys {
    published: Vec<PublishedKey>,
    source: JwkSet,
    fetched_at_ms: i64,
}

impl Keys {
    fn new(source: JwkSet, fetched_at_ms: i64) -> Self {
        let published = source.keys.iter().filter_map(published).collect();
        Self { published, source, fetched_at_ms }
    }

    /// The keys that may have signed a token: those named `kid`, or all when it names none.
    pub(super) fn candidates(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &PublishedKey> {
        self.published.iter().filter(move |key| {
            (kid.is_none() || key.kid.as_deref() == kid)
                && key.algorithm.is_none_or(|own| own == algorithm)
                && key.key.supports(algorithm)
        })
    }

    fn knows(&self, kid: Option<&str>) -> bool {
        kid.is_none() || self.published.iter().any(|key| key.kid.as_deref() == kid)
    }
}

fn published(jwk: &Jwk) -> Option<PublishedKey> {
    if jwk.key_use.as_deref().is_some_and(|key_use| key_use != "sig") {
        return None;
    }
    // A key for an algorithm that is not accepted can verify nothing here.
    let algorithm = match jwk.alg.as_deref() {
        Some(name) => Some(Algorithm::parse(name)?),
        None => None,
    };
    let key = VerifyingKey::from_jwk(jwk).ok()?;
    Some(PublishedKey { kid: jwk.kid.clone(), algorithm, issuer: jwk.issuer.clone(), key })
}

/// What became of the last attempts to fetch.
#[derive(Default)]
struct Attempts {
    n_failed: u32,
    last_error: Option<TokenError>,
}

/// Where the keys of one issuer come from.
pub(super) struct KeySource {
    pub(super) issuer: TrustedIssuer,
    http: reqwest::Client,
    clock: Clock,
    policy: KeyRefresh,
    keys: ArcSwapOption<Keys>,
    /// Held while keys are fetched, so that there is one fetch at a time.
    attempts: Mutex<Attempts>,
    /// Earliest time at which an unknown `kid` may make the keys be fetched.
    unknown_kid_at_ms: AtomicI64,
    /// Earliest time of the next attempt after a failed one.
    retry_at_ms: AtomicI64,
    /// From when on the keys are old enough to be fetched again in the background.
    refresh_at_ms: AtomicI64,
    refreshing: AtomicBool,
    n_fetched: AtomicU64,
    n_failed: AtomicU64,
    n_waited: AtomicU64,
    latency_sum_us: AtomicU64,
    /// Counts changes of any issuer's keys: results found under older keys are void.
    epoch: Arc<AtomicU64>,
}

impl KeySource {
    pub(super) fn new(
        issuer: TrustedIssuer,
        http: reqwest::Client,
        clock: Clock,
        policy: KeyRefresh,
        epoch: Arc<AtomicU64>,
    ) -> Self {
        Self {
            issuer,
            http,
            clock,
            policy,
            keys: ArcSwapOption::empty(),
            attempts: Mutex::default(),
            unknown_kid_at_ms: AtomicI64::new(i64::MIN),
            retry_at_ms: AtomicI64::new(i64::MIN),
            refresh_at_ms: AtomicI64::new(i64::MAX),
            refreshing: AtomicBool::new(false),
            n_fetched: AtomicU64::new(0),
            n_failed: AtomicU64::new(0),
            n_waited: AtomicU64::new(0),
            latency_sum_us: AtomicU64::new(0),
            epoch,
        }
    }

    /// Keys that know `kid`, fetched if need be; else the keys there are.
    ///
    /// # Errors
    /// [`TokenError::Jwks`]: no key known, and the provider cannot be asked.
    pub(super) async fn for_kid(
        self: &Arc<Self>,
        kid: Option<&str>,
    ) -> Result<Arc<Keys>, TokenError> {
        self.refresh_if_old();
        match self.usable() {
            Some(keys) if keys.knows(kid) => Ok(keys),
            keys => self.fetched_since(keys.as_ref(), |keys| keys.knows(kid)).await,
        }
    }

    /// Keys fetched after `tried`, which did not verify a token that names no key; or `tried`
    /// again, when it is too early to ask.
    pub(super) async fn other_than(&self, tried: Arc<Keys>) -> Result<Arc<Keys>, TokenError> {
        self.fetched_since(Some(&tried), |keys| !Arc::ptr_eq(keys, &tried)).await
    }

    /// Fetches the keys, unless another call has since `seen`, or it is too early.
    async fn fetched_since(
        &self,
        seen: Option<&Arc<Keys>>,
        is_enough: impl Fn(&Arc<Keys>) -> bool,
    ) -> Result<Arc<Keys>, TokenError> {
        if let Some(seen) = seen
            && self.is_before(&self.unknown_kid_at_ms)
        {
            return Ok(Arc::clone(seen));
        }
        self.n_waited.fetch_add(1, Ordering::Relaxed);
        let mut attempts = self.attempts.lock().await;
        let fetched_by_another = match (self.usable(), seen) {
            (Some(now), Some(seen)) => !Arc::ptr_eq(&now, seen),
            (now, _) => now.is_some(),
        };
        if !fetched_by_another && !self.is_before(&self.retry_at_ms) {
            self.fetch(&mut attempts).await;
            // Only a fetch in vain counts: nobody but the issuer can make its keys change.
            let is_in_vain = match (seen, self.usable()) {
                (Some(seen), Some(now)) => seen.source == now.source,
                (Some(_), None) => true,
                (None, _) => false,
            };
            if is_in_vain && attempts.last_error.is_none() {
                self.set_after(&self.unknown_kid_at_ms, self.policy.unknown_kid_interval);
            }
        }
        match (self.usable(), &attempts.last_error) {
            (Some(keys), None) => Ok(keys),
            (Some(keys), Some(_)) if is_enough(&keys) => Ok(keys),
            (_, Some(error)) => Err(error.clone()),
            (None, None) => Err(self.failure(self.issuer.issuer.clone(), "the keys are too old")),
        }
    }

    /// Fetches the keys now, as at start.
    pub(super) async fn warm_up(&self) -> Result<(), TokenError> {
        let mut attempts = self.attempts.lock().await;
        if self.keys.load().is_none() {
            self.fetch(&mut attempts).await;
        }
        attempts.last_error.clone().map_or(Ok(()), Err)
    }

    /// Starts a fetch in the background when the keys are old; nobody waits for it.
    pub(super) fn refresh_if_old(self: &Arc<Self>) {
        if self.is_before(&self.refresh_at_ms)
            || self.is_before(&self.retry_at_ms)
            || self.refreshing.swap(true, Ordering::AcqRel)
        {
            return;
        }
        let source = Arc::clone(self);
        tokio::spawn(async move {
            let mut attempts = source.attempts.lock().await;
            if !source.is_before(&source.refresh_at_ms) {
                source.fetch(&mut attempts).await;
            }
            source.refreshing.store(false, Ordering::Release);
        });
    }

    async fn fetch(&self, attempts: &mut Attempts) {
        let started = std::time::Instant::now();
        let fetched = self.fetch_set().await;
        let now_ms = self.clock.now_ms();
        let latency_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.latency_sum_us.fetch_add(latency_us, Ordering::Relaxed);
        let counter = if fetched.is_ok() { &self.n_fetched } else { &self.n_failed };
        counter.fetch_add(1, Ordering::Relaxed);
        match fetched {
            Ok(set) => {
                *attempts = Attempts::default();
                let changed = self.keys.load().as_ref().is_none_or(|keys| keys.source != set);
                if changed {
                    let kids: Vec<_> =
                        set.keys.iter().filter_map(|key| key.kid.as_deref()).collect();
                    tracing::info!(issuer = self.issuer.issuer, ?kids, "signing keys changed");
                }
                self.keys.store(Some(Arc::new(Keys::new(set, now_ms))));
                if changed {
                    self.epoch.fetch_add(1, Ordering::AcqRel);
                }
                self.retry_at_ms.store(i64::MIN, Ordering::Relaxed);
                self.set_after(&self.refresh_at_ms, self.policy.max_age);
            }
            Err(error) => {
                tracing::warn!(code = error.code(), "{error}");
                let factor = 1_u32 << attempts.n_failed.min(16);
                let wait = self.policy.retry_interval.saturating_mul(factor);
                self.set_after(&self.retry_at_ms, wait.min(RETRY_INTERVAL_MAX));
                attempts.n_failed = attempts.n_failed.saturating_add(1);
                attempts.last_error = Some(error);
            }
        }
    }

    async fn fetch_set(&self) -> Result<JwkSet, TokenError> {
        let url = match &self.issuer.jwks_uri {
            Some(url) => url.clone(),
            None => self.discover().await?,
        };
        let json = network::document(&self.http, &url)
            .await
            .map_err(|reason| self.failure(url.clone(), &reason))?;
        let set =
            JwkSet::parse(&json).map_err(|error| self.failure(url.clone(), &error.to_string()))?;
        if !set.keys.iter().any(|key| published(key).is_some()) {
            return Err(self.failure(url, "it has no usable signing key"));
        }
        Ok(set)
    }

    async fn discover(&self) -> Result<String, TokenError> {
        let issuer = &self.issuer.issuer;
        let url = Discovery::url_of(issuer);
        let json = network::document(&self.http, &url)
            .await
            .map_err(|reason| self.failure(url.clone(), &reason))?;
        let wrong = |reason: &str| self.failure(url.clone(), &format!("it {reason}"));
        let found = Discovery::parse(&json).map_err(wrong)?;
        let Some(named) = &found.issuer else { return Err(wrong("has no issuer")) };
        if named != issuer {
            return Err(wrong(&format!("names the issuer {:?}", shown(named))));
        }
        found.jwks_uri(&url).map(str::to_owned).map_err(wrong)
    }

    fn failure(&self, url: String, reason: &str) -> TokenError {
        TokenError::Jwks { issuer: self.issuer.issuer.clone(), url, reason: reason.to_owned() }
    }

    pub(super) fn metrics(&self) -> KeyMetrics {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let age = self.keys.load().as_ref().map(|keys| {
            let age_ms = self.clock.now_ms().saturating_sub(keys.fetched_at_ms);
            Duration::from_millis(u64::try_from(age_ms).unwrap_or(0))
        });
        KeyMetrics {
            issuer: self.issuer.issuer.clone(),
            n_fetched: count(&self.n_fetched),
            n_failed: count(&self.n_failed),
            n_waited: count(&self.n_waited),
            latency_sum: Duration::from_micros(count(&self.latency_sum_us)),
            age,
        }
    }

    /// The keys, unless they are older than they may be.
    fn usable(&self) -> Option<Arc<Keys>> {
        let max_stale_ms = millis(self.policy.max_stale);
        let now_ms = self.clock.now_ms();
        let keys = self.keys.load_full()?;
        (now_ms.saturating_sub(keys.fetched_at_ms) <= max_stale_ms).then_some(keys)
    }

    fn is_before(&self, time_ms: &AtomicI64) -> bool {
        self.clock.now_ms() < time_ms.load(Ordering::Relaxed)
    }

    fn set_after(&self, time_ms: &AtomicI64, wait: Duration) {
        time_ms.store(self.clock.now_ms().saturating_add(millis(wait)), Ordering::Relaxed);
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

//! Getting tokens, and keeping them as long as they are good.

mod device_code;
mod file_cache;
mod grant;
mod managed_identity;
mod metrics;
mod request;

use std::{
    fmt,
    future::Future,
    path::PathBuf,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt as _, future::Shared as SharedFuture};

pub(crate) use self::managed_identity::ARC_TOKENS_DIR;
pub(crate) use self::request::{clock_ahead_s, network_error, refusal_in};
pub use self::{
    device_code::DeviceCode,
    managed_identity::{IdentityEndpoint, ManagedIdentity},
    metrics::TokenMetrics,
};
use self::{
    file_cache::FileCache,
    grant::{ClientGrant, Grant},
    request::Granted,
};
use crate::{AuthError, Clock, Secret, credentials::ClientCredentials};

/// A token counts as ended this long before it does: a call takes its time too.
const GRACE: Duration = Duration::from_secs(5);
/// A long-lived token is renewed this long before it ends, unless the policy wants it earlier.
const MARGIN_MAX: Duration = Duration::from_secs(300);

/// Gives the `authorization` header of each call; cheap to clone, shared by all calls.
///
/// All clones share one token, and one request when there is none. While a token is good,
/// nobody waits: it is renewed in the background before it ends.
#[derive(Clone)]
pub struct TokenSource {
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    None,
    Fixed { scheme: &'static str, header: Arc<str> },
    Fetched(Arc<Fetched>),
}

struct Fetched {
    grant: Grant,
    cache: Option<Arc<FileCache>>,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    /// The request under way, and its number.
    flight: Option<(u64, Flight)>,
    n_flights: u64,
    failure: Option<Blocked>,
    n_failed: u32,
    renewal: Renewal,
    /// The last value that a server refused.
    rejected: Option<Arc<str>>,
    metrics: TokenMetrics,
}

type Flight = SharedFuture<Pin<Box<dyn Future<Output = Result<Arc<str>, AuthError>> + Send>>>;

#[derive(Clone)]
struct Token {
    header: Arc<str>,
    fetched_at_ms: i64,
    refresh_at_ms: i64,
    ends_at_ms: i64,
}

/// Until when calls fail with the last error instead of asking again.
struct Blocked {
    until_ms: i64,
    error: AuthError,
}

/// Keeps a server that refuses every token from making the provider give new ones for ever.
#[derive(Default)]
struct Renewal {
    n_in_a_row: u32,
}

impl TokenSource {
    /// No authentication.
    #[must_use]
    pub fn none() -> Self {
        Self { kind: Kind::None }
    }

    /// A token from elsewhere, sent as it is.
    #[must_use]
    pub fn bearer(token: &Secret) -> Self {
        let header = format!("Bearer {}", token.expose().trim()).into();
        Self { kind: Kind::Fixed { scheme: "Bearer", header } }
    }

    /// User name and password (RFC 7617).
    #[must_use]
    pub fn basic(username: &str, password: &Secret) -> Self {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let pair = STANDARD.encode(format!("{username}:{}", password.expose()));
        Self { kind: Kind::Fixed { scheme: "Basic", header: format!("Basic {pair}").into() } }
    }

    /// Tokens for a client; `http` reaches the provider and must not follow redirects.
    ///
    /// # Errors
    /// [`AuthError`]: half-set credentials, or a certificate that cannot be used.
    pub fn client_credentials(
        credentials: ClientCredentials,
        http: reqwest::Client,
    ) -> Result<Self, AuthError> {
        Self::with_clock(credentials, http, Clock::system())
    }

    /// As [`TokenSource::client_credentials`], with a clock of the caller's.
    ///
    /// # Errors
    /// As [`TokenSource::client_credentials`].
    pub fn with_clock(
        credentials: ClientCredentials,
        http: reqwest::Client,
        clock: Clock,
    ) -> Result<Self, AuthError> {
        let client = ClientGrant::new(credentials, http, clock.clone())?;
        Ok(Self::fetched(Grant::Client(Box::new(client)), clock))
    }

    /// As it is, with tokens kept in the file `path` as well: for programs that run often and
    /// briefly. To be called before the first token is asked for; without effect on sources
    /// that are no client credentials.
    #[must_use]
    pub fn with_file_cache(self, path: PathBuf) -> Self {
        let Kind::Fetched(fetched) = self.kind else { return self };
        match Arc::try_unwrap(fetched) {
            Ok(mut fetched) => {
                if let Grant::Client(client) = &fetched.grant {
                    let cache = FileCache::new(path, &client.credentials);
                    fetched.cache = Some(Arc::new(cache));
                }
                Self { kind: Kind::Fetched(Arc::new(fetched)) }
            }
            Err(shared) => Self { kind: Kind::Fetched(shared) },
        }
    }

    /// Tokens of the identity of the platform; `http` must not use a proxy.
    #[must_use]
    pub fn managed_identity(identity: ManagedIdentity, http: reqwest::Client) -> Self {
        let clock = Clock::system();
        let identity = Box::new(identity);
        Self::fetched(Grant::Identity { identity, http, clock: clock.clone() }, clock)
    }

    fn fetched(grant: Grant, clock: Clock) -> Self {
        let fetched = Fetched { grant, cache: None, clock, state: Mutex::default() };
        Self { kind: Kind::Fetched(Arc::new(fetched)) }
    }

    /// The header value, for example `Bearer …`; `None` when authentication is off.
    ///
    /// To be called in a tokio runtime, just before the call is sent.
    ///
    /// # Errors
    /// [`AuthError`]: no token, and none to be had.
    pub async fn authorization(&self) -> Result<Option<Arc<str>>, AuthError> {
        match &self.kind {
            Kind::None => Ok(None),
            Kind::Fixed { header, .. } => Ok(Some(Arc::clone(header))),
            Kind::Fetched(fetched) => Fetched::authorization(fetched).await.map(Some),
        }
    }

    /// Forgets `rejected`, a value that the server refused, so that the next call fetches anew.
    ///
    /// A server that goes on refusing fresh tokens gets the same one again for a while: a
    /// caller should replay a refused call once, and then report it.
    pub fn invalidate(&self, rejected: &str) {
        if let Kind::Fetched(fetched) = &self.kind {
            fetched.invalidate(rejected);
        }
    }

    /// What it has done so far, and how it stands.
    #[must_use]
    pub fn metrics(&self) -> TokenMetrics {
        match &self.kind {
            Kind::None | Kind::Fixed { .. } => TokenMetrics::default(),
            Kind::Fetched(fetched) => fetched.metrics(),
        }
    }
}

impl State {
    /// The flight `number` is over.
    fn land(&mut self, number: u64) {
        if self.flight.as_ref().is_some_and(|(current, _)| *current == number) {
            self.flight = None;
        }
    }
}

impl Fetched {
    async fn authorization(this: &Arc<Self>) -> Result<Arc<str>, AuthError> {
        let (number, flight) = {
            let now_ms = this.clock.now_ms();
            let mut state = lock(&this.state);
            let blocked = state.failure.as_ref().filter(|blocked| now_ms < blocked.until_ms);
            let blocked = blocked.map(|blocked| blocked.error.clone());
            if let Some(token) = state.token.clone().filter(|token| now_ms < token.ends_at_ms) {
                if now_ms >= token.refresh_at_ms && blocked.is_none() {
                    // Nobody waits for it: it runs by itself.
                    let _ = Self::start(this, &mut state);
                }
                return Ok(token.header);
            }
            if let Some(error) = blocked {
                state.metrics.n_cooled_down += 1;
                return Err(error);
            }
            state.metrics.n_waited += 1;
            Self::start(this, &mut state)
        };
        let outcome = flight.await;
        if let Err(AuthError::Settings(_)) = &outcome {
            // A flight whose runtime ended before it did has not cleaned up behind itself.
            lock(&this.state).land(number);
        }
        outcome
    }

    /// Joins the request under way, or starts one. It runs by itself, so that a caller who
    /// gives up does not take it away from the others.
    fn start(this: &Arc<Self>, state: &mut State) -> (u64, Flight) {
        if let Some((number, flight)) = &state.flight {
            return (*number, flight.clone());
        }
        state.n_flights += 1;
        let number = state.n_flights;
        let fetched = Arc::clone(this);
        let task = tokio::spawn(async move { fetched.fetch(number).await });
        let flight: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(async move {
            task.await.unwrap_or_else(|_| {
                Err(AuthError::Settings("the token request was interrupted".to_owned()))
            })
        });
        let flight = flight.shared();
        state.flight = Some((number, flight.clone()));
        (number, flight)
    }

    async fn fetch(&self, number: u64) -> Result<Arc<str>, AuthError> {
        let sent_at_ms = self.clock.now_ms();
        if let Some(granted) = self.kept(sent_at_ms).await {
            let mut state = lock(&self.state);
            state.land(number);
            return Ok(self.take(&mut state, &granted, sent_at_ms));
        }
        let started = std::time::Instant::now();
        let outcome = self.grant.fetch().await;
        if let Ok(granted) = &outcome {
            self.keep(granted, sent_at_ms).await;
        }
        let mut state = lock(&self.state);
        state.land(number);
        match outcome {
            Ok(granted) => {
                state.metrics.granted(started.elapsed());
                tracing::debug!(lifetime_s = granted.lifetime.as_secs(), "got a token");
                Ok(self.take(&mut state, &granted, sent_at_ms))
            }
            Err(failed) => {
                let error = failed.error;
                state.metrics.failed(&error);
                let wait = self.cool_down(&error, failed.retry_after, state.n_failed);
                state.n_failed = state.n_failed.saturating_add(1);
                let until_ms = self.clock.now_ms().saturating_add(millis(wait));
                tracing::warn!(code = error.code(), ?wait, "no token: {error}");
                state.failure = Some(Blocked { until_ms, error: error.clone() });
                Err(error)
            }
        }
    }

    /// Puts a token to use.
    fn take(&self, state: &mut State, granted: &Granted, sent_at_ms: i64) -> Arc<str> {
        state.failure = None;
        state.n_failed = 0;
        let token = self.token(granted, sent_at_ms);
        let header = Arc::clone(&token.header);
        state.token = Some(token);
        header
    }

    /// A token of the file, unless it is the one in use or the one that was refused.
    async fn kept(&self, now_ms: i64) -> Option<Granted> {
        let cache = Arc::clone(self.cache.as_ref()?);
        let used = {
            let state = lock(&self.state);
            state
                .token
                .as_ref()
                .map_or_else(|| state.rejected.clone(), |token| Some(Arc::clone(&token.header)))
        };
        let read = move || {
            let used = used.as_deref().and_then(|header| header.strip_prefix("Bearer "));
            cache.read(now_ms, used)
        };
        tokio::task::spawn_blocking(read).await.ok()?
    }

    async fn keep(&self, granted: &Granted, now_ms: i64) {
        if let Some(cache) = self.cache.clone() {
            let granted = granted.clone();
            let written = tokio::task::spawn_blocking(move || cache.write(&granted, now_ms)).await;
            if written.is_err() {
                tracing::debug!("writing the token's file was interrupted");
            }
        }
    }

    fn token(&self, granted: &Granted, sent_at_ms: i64) -> Token {
        let lifetime = granted.lifetime;
        let policy = self.grant.policy();
        // A tenth of a long life, two fifths of a short one, and up to a quarter more by chance,
        // so that many processes do not all come at the same time.
        let usual = policy.refresh_before.max((lifetime / 10).min(MARGIN_MAX));
        let margin = usual.min(lifetime * 2 / 5);
        let margin = margin + margin.mul_f64(chance() / 4.0);
        let grace = GRACE.min(lifetime / 10);
        Token {
            header: format!("Bearer {}", granted.access_token.expose()).into(),
            fetched_at_ms: self.clock.now_ms(),
            refresh_at_ms: sent_at_ms.saturating_add(millis(lifetime.saturating_sub(margin))),
            ends_at_ms: sent_at_ms.saturating_add(millis(lifetime.saturating_sub(grace))),
        }
    }

    /// How long calls fail at once after `error`.
    fn cool_down(&self, error: &AuthError, asked: Option<Duration>, n_failed: u32) -> Duration {
        if let Some(asked) = asked {
            return asked.min(Duration::from_secs(3600));
        }
        let doubled = Duration::from_secs(1) * (1 << n_failed.min(10));
        let max = self.grant.policy().cool_down_max;
        // What heals by itself is tried again soon.
        doubled.min(if error.is_transient() { max.min(Duration::from_secs(5)) } else { max })
    }

    fn invalidate(&self, rejected: &str) {
        let now_ms = self.clock.now_ms();
        let mut state = lock(&self.state);
        let Some(token) = state.token.as_ref().filter(|token| *token.header == *rejected) else {
            return;
        };
        let age_ms = now_ms.saturating_sub(token.fetched_at_ms);
        let n_in_a_row = state.renewal.n_in_a_row;
        let pause_ms = match n_in_a_row {
            0 => 0,
            n => 1000_i64 << (n - 1).min(5),
        };
        if age_ms < pause_ms {
            return;
        }
        // A token that served for a while shows that the server takes the provider's tokens.
        state.renewal.n_in_a_row = if age_ms >= 60_000 { 1 } else { n_in_a_row.saturating_add(1) };
        state.rejected = state.token.take().map(|token| token.header);
        state.metrics.n_rejected += 1;
    }

    fn metrics(&self) -> TokenMetrics {
        let now_ms = self.clock.now_ms();
        let until = |at_ms: i64| {
            Duration::from_millis(u64::try_from(at_ms.saturating_sub(now_ms)).unwrap_or(0))
        };
        let certificate_not_after_s = self.grant.certificate_not_after_s();
        let state = lock(&self.state);
        TokenMetrics {
            ends_in: state.token.as_ref().map(|token| until(token.ends_at_ms)),
            renews_in: state.token.as_ref().map(|token| until(token.refresh_at_ms)),
            is_fetching: state.flight.is_some(),
            cooling_down_for: state
                .failure
                .as_ref()
                .map(|blocked| until(blocked.until_ms))
                .filter(|left| !left.is_zero()),
            certificate_not_after_s,
            ..state.metrics.clone()
        }
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::None => f.write_str("TokenSource(none)"),
            Kind::Fixed { scheme, .. } => write!(f, "TokenSource({scheme} ***)"),
            Kind::Fetched(fetched) => f.debug_tuple("TokenSource").field(&fetched.grant).finish(),
        }
    }
}

/// A number from 0 to 1 that differs from process to process.
fn chance() -> f64 {
    let mut bytes = [0; 2];
    // Without chance every process renews at the same time, which is no harm.
    if aws_lc_rs::rand::fill(&mut bytes).is_err() {
        return 0.0;
    }
    f64::from(u16::from_le_bytes(bytes)) / f64::from(u16::MAX)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

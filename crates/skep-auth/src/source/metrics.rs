//! What a token source has done, for monitoring.

use std::{collections::BTreeMap, time::Duration};

use crate::AuthError;

/// What a [`TokenSource`](crate::TokenSource) has done so far, and how it stands.
///
/// Counts only grow, so that two snapshots tell what happened in between.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TokenMetrics {
    /// Tokens obtained from the provider.
    pub n_granted: u64,
    /// Fetches that gave no token, repeated requests counted as one, by the code of
    /// [`AuthError::code`].
    pub n_failed: BTreeMap<&'static str, u64>,
    /// Calls that had to wait for a fetch because no good token was at hand. Stands still while
    /// a source is in use: tokens are renewed behind the calls.
    pub n_waited: u64,
    /// Calls that failed at once because the source was cooling down.
    pub n_cooled_down: u64,
    /// Tokens that a server refused and that were given up for it.
    pub n_rejected: u64,
    /// How long all successful fetches took together.
    pub latency_sum: Duration,
    /// How long the slowest successful fetch took.
    pub latency_max: Duration,
    /// How long the last successful fetch took.
    pub latency_last: Duration,
    /// How long the token at hand is good for.
    pub ends_in: Option<Duration>,
    /// How long until a call will have it renewed; zero when that is due.
    pub renews_in: Option<Duration>,
    /// Whether a fetch is under way.
    pub is_fetching: bool,
    /// How long no token will be asked for, after failures.
    pub cooling_down_for: Option<Duration>,
    /// When the client's certificate ends, in seconds since the Unix epoch.
    pub certificate_not_after_s: Option<i64>,
}

impl TokenMetrics {
    /// Fetches that gave no token, of whatever kind.
    #[must_use]
    pub fn n_failed_total(&self) -> u64 {
        self.n_failed.values().sum()
    }

    pub(super) fn granted(&mut self, latency: Duration) {
        self.n_granted += 1;
        self.latency_sum = self.latency_sum.saturating_add(latency);
        self.latency_max = self.latency_max.max(latency);
        self.latency_last = latency;
    }

    pub(super) fn failed(&mut self, error: &AuthError) {
        *self.n_failed.entry(error.code()).or_default() += 1;
    }
}

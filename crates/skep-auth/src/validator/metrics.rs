//! What a validator has done, for monitoring.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::TokenError;

/// What a [`Validator`](crate::Validator) has done so far. Counts only grow.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ValidatorMetrics {
    /// Tokens accepted because of a result that was kept.
    pub n_accepted_kept: u64,
    /// Tokens accepted after a check of everything, the signature included.
    pub n_accepted_checked: u64,
    /// Tokens refused, by the code of [`TokenError::code`].
    pub n_refused: BTreeMap<&'static str, u64>,
    /// The keys of each issuer.
    pub issuers: Vec<KeyMetrics>,
}

/// How the keys of one issuer stand.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct KeyMetrics {
    /// The issuer.
    pub issuer: String,
    /// Times that its keys were fetched.
    pub n_fetched: u64,
    /// Times that they could not be.
    pub n_failed: u64,
    /// Checks that waited for a fetch.
    pub n_waited: u64,
    /// How long all fetches took together.
    pub latency_sum: Duration,
    /// How long ago the keys at hand were fetched.
    pub age: Option<Duration>,
}

/// Outcomes of checks that were not kept.
#[derive(Debug, Default)]
pub(super) struct Outcomes(Mutex<(u64, BTreeMap<&'static str, u64>)>);

impl Outcomes {
    pub(super) fn count<T>(&self, outcome: &Result<T, TokenError>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(_) => counts.0 += 1,
            Err(error) => *counts.1.entry(error.code()).or_default() += 1,
        }
    }

    pub(super) fn snapshot(&self) -> (u64, BTreeMap<&'static str, u64>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

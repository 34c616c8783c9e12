//! Faults on demand: what a client must survive, made to happen.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Faults of the token endpoints, until others are set.
///
/// They are counted, not drawn, so that a test knows which request meets which.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Faults {
    /// Every answer is held back this long.
    pub latency: Duration,
    /// This many requests are answered with 429 before anything is looked at.
    pub throttle_next: u32,
    /// `Retry-After` of those answers, in seconds; the real service sends 60.
    pub retry_after_s: u32,
    /// After those, this many requests are answered with 503.
    pub fail_next: u32,
}

/// What happens to one request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    None,
    Throttled { retry_after_s: u32 },
    Unavailable,
}

/// The faults that are set.
#[derive(Debug, Default)]
pub(crate) struct FaultPlan(Mutex<Faults>);

impl FaultPlan {
    pub(crate) fn set(&self, faults: Faults) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    /// Takes what is next in line for a request.
    pub(crate) fn next(&self) -> (Duration, Fault) {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = if faults.throttle_next > 0 {
            faults.throttle_next -= 1;
            Fault::Throttled { retry_after_s: faults.retry_after_s }
        } else if faults.fail_next > 0 {
            faults.fail_next -= 1;
            Fault::Unavailable
        } else {
            Fault::None
        };
        (faults.latency, fault)
    }
}

//! Pauses that grow while something keeps failing.

use std::{
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

/// A growing pause with jitter, so that many clients do not come back in step.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    first: Duration,
    max: Duration,
    factor: f64,
    next: Duration,
}

impl Backoff {
    /// For single calls: 0.1 s, then three times as long, at most 5 s.
    ///
    /// Source: camunda/zeebe: zeebe/gateway-protocol-impl/src/main/resources/gateway-service-config.json
    pub(crate) fn for_calls() -> Self {
        Self::new(Duration::from_millis(100), Duration::from_secs(5), 3.0)
    }

    /// For workers: 50 ms, then 1.6 times as long, at most 5 s.
    ///
    /// Source: camunda/zeebe: clients/java/src/main/java/io/camunda/zeebe/client/impl/worker
    pub(crate) fn for_workers() -> Self {
        Self::new(Duration::from_millis(50), Duration::from_secs(5), 1.6)
    }

    fn new(first: Duration, max: Duration, factor: f64) -> Self {
        Self { first, max, factor, next: first }
    }

    /// The pause to make now; the next one is longer.
    pub(crate) fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = self.next.mul_f64(self.factor).min(self.max);
        pause.mul_f64(jitter())
    }

    /// Starts over after a success.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}

/// Between 0.9 and 1.1. The hasher's random keys are enough randomness for a pause.
fn jitter() -> f64 {
    let per_mille = RandomState::new().hash_one(0_u8) % 201;
    0.9 + f64::from(u32::try_from(per_mille).unwrap_or_default()) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_maximum_and_start_over() {
        let mut backoff = Backoff::for_workers();
        let pauses: Vec<_> = (0..20).map(|_| backoff.pause()).collect();
        assert!(pauses[0] >= Duration::from_millis(45) && pauses[0] <= Duration::from_millis(55));
        assert!(pauses[19] >= Duration::from_millis(4_500));
        assert!(pauses[19] <= Duration::from_millis(5_500));
        backoff.reset();
        assert!(backoff.pause() <= Duration::from_millis(55));
    }
}

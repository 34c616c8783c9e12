//! Jobs on their way to a worker.

use skep_broker::Broker;
use skep_record::ActivatedJob;

/// Activated jobs that have not reached their worker yet: what is left when this is dropped
/// goes back to the broker and becomes activatable again.
#[derive(Debug)]
pub(crate) struct Undelivered {
    broker: Broker,
    jobs: std::vec::IntoIter<ActivatedJob>,
}

impl Undelivered {
    pub(crate) fn new(broker: &Broker, jobs: Vec<ActivatedJob>) -> Self {
        Self { broker: broker.clone(), jobs: jobs.into_iter() }
    }

    /// The jobs still here.
    pub(crate) fn jobs(&self) -> &[ActivatedJob] {
        self.jobs.as_slice()
    }

    /// The first `n` jobs have been handed over.
    pub(crate) fn delivered(&mut self, n: usize) {
        if n > 0 {
            let _ = self.jobs.nth(n - 1);
        }
    }
}

impl Drop for Undelivered {
    fn drop(&mut self) {
        if !self.jobs().is_empty() {
            tracing::debug!(n_jobs = self.jobs().len(), "giving undelivered jobs back");
            self.broker.give_back(self.jobs());
        }
    }
}

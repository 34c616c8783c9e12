//! Telling those who wait for jobs that there are some.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use skep_record::JobType;
use tokio::sync::watch;

/// One counter for each job type that somebody waits for.
#[derive(Debug, Default)]
pub(crate) struct JobNotices {
    by_type: RwLock<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    senders: HashMap<JobType, watch::Sender<u64>>,
    /// When there are so many, those that nobody listens to are dropped.
    sweep_at: usize,
    closed: bool,
}

impl JobNotices {
    /// Changes whenever a job of this type is there for the taking.
    pub(crate) fn subscribe(&self, job_type: &JobType) -> watch::Receiver<u64> {
        let waiting = self.by_type.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = waiting.senders.get(job_type) {
            return sender.subscribe();
        }
        drop(waiting);
        let mut waiting = self.by_type.write().unwrap_or_else(PoisonError::into_inner);
        if waiting.closed {
            return watch::channel(0).1;
        }
        if waiting.senders.len() >= waiting.sweep_at {
            waiting.senders.retain(|_, sender| sender.receiver_count() > 0);
            waiting.sweep_at = (2 * waiting.senders.len()).max(64);
        }
        waiting.senders.entry(job_type.clone()).or_default().subscribe()
    }

    /// Wakes those who wait for this type.
    pub(crate) fn jobs_available(&self, job_type: &JobType) {
        let waiting = self.by_type.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = waiting.senders.get(job_type) {
            sender.send_modify(|n| *n = n.wrapping_add(1));
        }
    }

    /// Nothing will come any more: receivers see that the sender is gone.
    pub(crate) fn close(&self) {
        let mut waiting = self.by_type.write().unwrap_or_else(PoisonError::into_inner);
        waiting.closed = true;
        waiting.senders.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_nobody_waits_for_are_forgotten() {
        let notices = JobNotices::default();
        let kept = notices.subscribe(&"kept".into());
        for n in 0..1000 {
            drop(notices.subscribe(&format!("type-{n}").into()));
        }
        assert!(notices.by_type.read().unwrap().senders.len() < 200);
        notices.jobs_available(&"kept".into());
        assert!(kept.has_changed().unwrap());
    }

    #[test]
    fn closing_ends_every_wait() {
        let notices = JobNotices::default();
        let receiver = notices.subscribe(&"a".into());
        notices.close();
        assert!(receiver.has_changed().is_err());
        assert!(notices.subscribe(&"b".into()).has_changed().is_err());
    }
}

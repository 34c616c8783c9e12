//! The way back from a partition to a caller.

use std::sync::Arc;

use skep_record::{ActivatedJob, Response};
use tokio::sync::oneshot;

use crate::{
    error::SubmitError,
    inbox::{Inbox, Request},
};

/// What a caller is told.
type Told = Result<Response, SubmitError>;

/// The partition's end.
#[derive(Debug)]
pub(crate) struct Reply(oneshot::Sender<Told>);

/// The caller's end. Dropping it gives activated jobs back that nobody has taken out.
#[derive(Debug)]
pub(crate) struct Awaited {
    receiver: oneshot::Receiver<Told>,
    inbox: Arc<Inbox>,
}

pub(crate) fn channel(inbox: &Arc<Inbox>) -> (Reply, Awaited) {
    let (sender, receiver) = oneshot::channel();
    (Reply(sender), Awaited { receiver, inbox: Arc::clone(inbox) })
}

impl Reply {
    /// Answers; returns the jobs in the answer when the caller is gone.
    pub(crate) fn send(self, answer: Told) -> Vec<ActivatedJob> {
        match self.0.send(answer) {
            Err(Ok(Response::Activated(activated))) => activated.jobs,
            // Whoever does not wait for another answer does not need it.
            Err(_) | Ok(()) => Vec::new(),
        }
    }

    /// Whether the caller is gone.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.0.is_closed()
    }
}

impl Awaited {
    pub(crate) async fn answer(mut self) -> Told {
        match (&mut self.receiver).await {
            Ok(answer) => answer,
            Err(_) => {
                let reason = self.inbox.stopped();
                Err(self.inbox.unavailable(reason.as_deref().unwrap_or("it has stopped")))
            }
        }
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        self.receiver.close();
        if let Ok(Ok(Response::Activated(activated))) = self.receiver.try_recv() {
            give_back(&self.inbox, &activated.jobs);
        }
    }
}

/// Sends undelivered jobs back to their partition.
pub(crate) fn give_back(inbox: &Inbox, jobs: &[ActivatedJob]) {
    for job in jobs {
        if let Err((_, error)) = inbox.offer(Request::Return(job.key, job.deadline)) {
            tracing::debug!(
                job_key = job.key.0,
                %error,
                "job stays locked until its deadline: it cannot be given back"
            );
        }
    }
}

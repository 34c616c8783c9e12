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

#[cfg(test)]
mod tests {
    use skep_broker::BrokerConfig;
    use skep_record::{
        ActivateJobs, Command, CreateProcessInstance, DefinitionRef, DeployResources, Document,
        PartitionId, Resource, Response, TenantId,
    };

    use super::*;

    const MODEL: &str = include_str!("../../../tests/bpmn/service_task.bpmn");

    async fn activate(broker: &Broker) -> Vec<ActivatedJob> {
        let command = Command::ActivateJobs(ActivateJobs {
            job_type: "payment-service".into(),
            worker: String::new(),
            timeout_ms: 3_600_000,
            max_jobs: 10,
            fetch_variables: Vec::new(),
            tenant_ids: vec![TenantId::default()],
        });
        match broker.submit_to(PartitionId(1), command).await {
            Ok(Response::Activated(activated)) => activated.jobs,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn what_was_not_delivered_can_be_activated_again() {
        let dir = tempfile::tempdir().unwrap();
        let broker = Broker::start(BrokerConfig::new(dir.path())).unwrap();
        let content = MODEL.as_bytes().into();
        let resources = vec![Resource { name: "order.bpmn".to_owned(), content }];
        let deploy = DeployResources { resources, tenant_id: TenantId::default() };
        broker.submit(Command::DeployResources(deploy)).await.unwrap();
        for _ in 0..3 {
            let create = CreateProcessInstance {
                definition: DefinitionRef::Latest("order_process".into()),
                variables: Document::empty(),
                tenant_id: TenantId::default(),
                start_at: Vec::new(),
                terminate_after: Vec::new(),
                await_result: None,
                operation_reference: 0,
                tags: Vec::new(),
                business_id: None,
            };
            broker.submit(Command::CreateProcessInstance(create)).await.unwrap();
        }

        let mut undelivered = Undelivered::new(&broker, activate(&broker).await);
        let keys: Vec<_> = undelivered.jobs().iter().map(|job| job.key).collect();
        assert_eq!(keys.len(), 3);
        assert!(activate(&broker).await.is_empty());
        undelivered.delivered(1);
        let mut notices = broker.job_notifications(&"payment-service".into());
        drop(undelivered);
        let mut again = Vec::new();
        while again.len() < 2 {
            again.extend(activate(&broker).await.into_iter().map(|job| (job.key, job.retries)));
            if again.len() < 2 {
                notices.changed().await.unwrap();
            }
        }
        assert_eq!(again, [(keys[1], 3), (keys[2], 3)]);
        broker.shutdown().await;
    }
}

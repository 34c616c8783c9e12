//! A broker whose records are projected, in a folder of its own.

use std::{path::PathBuf, sync::Arc, time::Duration};

use skep_broker::{Broker, BrokerConfig, ManualClock, SubmitError};
use skep_projection::{Entity, Found, History, Projector, Search};
use skep_record::{
    ActivateJobs, ActivatedJob, AuthorizedTenants, Command, CompleteJob, CreateProcessInstance,
    CreatedProcessInstance, DefinitionRef, DeployResources, Deployment, Document, JobKey,
    RejectionKind, Resource, Response, TenantId, Timestamp,
};
use tempfile::TempDir;

/// Generous: the tests share the machine with others.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A model of `tests/bpmn`.
#[macro_export]
macro_rules! model {
    ($file:literal) => {
        (
            concat!($file, ".bpmn"),
            include_bytes!(concat!("../../../../tests/bpmn/", $file, ".bpmn")).as_slice(),
        )
    };
}

/// A file name and what is in the file.
pub(crate) type Model = (&'static str, &'static [u8]);

pub(crate) struct Rig {
    /// How long what has ended is kept.
    pub(crate) keeps: Option<Duration>,
    pub(crate) dir: TempDir,
    pub(crate) config: BrokerConfig,
    pub(crate) clock: Arc<ManualClock>,
}

/// A running broker and its history.
pub(crate) struct Running {
    pub(crate) broker: Broker,
    pub(crate) history: History,
    pub(crate) clock: Arc<ManualClock>,
}

impl Rig {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = ManualClock::new(Timestamp(1_700_000_000_000));
        let mut config = BrokerConfig::new(dir.path().join("broker"));
        config.segment_bytes = 256 << 10;
        config.clock = clock.clock();
        Self { keeps: None, dir, config, clock }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.dir.path().join("history.db")
    }

    pub(crate) fn start(&self) -> Running {
        let projector = Projector::open(self.file()).unwrap().keeping(self.keeps);
        let broker = Broker::start_exporting(self.config.clone(), Box::new(projector)).unwrap();
        let history = History::open(self.file()).unwrap();
        Running { broker, history, clock: Arc::clone(&self.clock) }
    }

    /// Everything that is in the tables, in order.
    pub(crate) fn dump(&self) -> Vec<String> {
        let connection = rusqlite::Connection::open(self.file()).unwrap();
        let mut names = connection
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
            .unwrap();
        let names: Vec<String> =
            names.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        let mut lines = Vec::new();
        for name in names {
            let mut rows = connection.prepare(&format!("SELECT * FROM {name}")).unwrap();
            let n = rows.column_count();
            let rows = rows.query_map([], |row| {
                let values: Vec<rusqlite::types::Value> =
                    (0..n).map(|at| row.get_unwrap(at)).collect();
                Ok(format!("{name} {values:?}"))
            });
            let from = lines.len();
            lines.extend(rows.unwrap().map(Result::unwrap));
            lines[from..].sort();
        }
        lines
    }

    /// Stops a broker, and checks that a history which is made anew from its journal is the same.
    pub(crate) async fn check_made_anew(&self, running: Running) {
        running.caught_up().await;
        running.stop().await;
        let live = self.dump();
        for file in ["history.db", "history.db-wal", "history.db-shm"] {
            let _ = std::fs::remove_file(self.dir.path().join(file));
        }
        let running = self.start();
        running.caught_up().await;
        running.stop().await;
        assert_eq!(self.dump(), live);
    }

    /// A running broker that has these models.
    pub(crate) async fn with(models: &[Model]) -> (Self, Running) {
        let rig = Self::new();
        let running = rig.start();
        running.deploy(models).await;
        (rig, running)
    }
}

impl Running {
    pub(crate) async fn submit(&self, command: Command) -> Response {
        self.broker.submit(command).await.unwrap()
    }

    pub(crate) async fn deploy(&self, models: &[Model]) -> Deployment {
        let resource = |(name, content): &Model| Resource {
            name: (*name).to_owned(),
            content: content.to_vec().into(),
        };
        let command = Command::DeployResources(DeployResources {
            resources: models.iter().map(resource).collect(),
            tenant_id: TenantId::default(),
        });
        let answer = self.submit(command).await;
        let Response::Deployed(deployment) = answer else { panic!("{answer:?}") };
        deployment
    }

    pub(crate) async fn create(&self, id: &str, variables: &str) -> CreatedProcessInstance {
        self.create_with(id, variables, |_| ()).await
    }

    pub(crate) async fn create_with(
        &self,
        id: &str,
        variables: &str,
        change: impl FnOnce(&mut CreateProcessInstance),
    ) -> CreatedProcessInstance {
        let mut create = CreateProcessInstance {
            definition: DefinitionRef::Latest(id.into()),
            variables: Document::from_json(variables).unwrap(),
            tenant_id: TenantId::default(),
            await_result: None,
            tags: Vec::new(),
            start_at: Vec::new(),
            terminate_after: Vec::new(),
            business_id: None,
            operation_reference: 0,
        };
        change(&mut create);
        // A partition that has not heard of the process yet is asked again.
        for _ in 0..100_000 {
            let command = Command::CreateProcessInstance(create.clone());
            match self.broker.submit(command).await {
                Ok(Response::Created(created)) => return created,
                Err(SubmitError::Rejected { rejection, .. })
                    if rejection.kind == RejectionKind::NotFound =>
                {
                    tokio::task::yield_now().await;
                }
                other => panic!("{other:?}"),
            }
        }
        panic!("the process is not deployed: {create:?}");
    }

    /// Jobs of a type that are there now, locked for a minute.
    pub(crate) async fn jobs(&self, job_type: &str) -> Vec<ActivatedJob> {
        let mut jobs = Vec::new();
        for partition in self.broker.partitions() {
            let activate = Command::ActivateJobs(ActivateJobs {
                job_type: job_type.into(),
                worker: "tests".into(),
                timeout_ms: 60_000,
                max_jobs: 1000,
                fetch_variables: Vec::new(),
                tenant_ids: vec![TenantId::default()],
            });
            let answer = self.broker.submit_to(partition.id, activate).await.unwrap();
            let Response::Activated(activated) = answer else { panic!("{answer:?}") };
            jobs.extend(activated.jobs);
        }
        jobs
    }

    /// The next job of a type, which will come.
    pub(crate) async fn job(&self, job_type: &str) -> ActivatedJob {
        loop {
            if let Some(job) = self.jobs(job_type).await.into_iter().next() {
                return job;
            }
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn complete(&self, key: JobKey, variables: &str) {
        let command = Command::CompleteJob(CompleteJob {
            job_key: key,
            variables: Document::from_json(variables).unwrap(),
            result: None,
        });
        self.submit(command).await;
    }

    /// Waits until everything that was answered can be found.
    pub(crate) async fn caught_up(&self) {
        assert!(self.broker.await_export(PATIENCE).await, "{:?}", self.broker.exported());
    }

    /// What is found once everything that was answered can be.
    pub(crate) async fn search<E: Entity>(&self, search: Search<E>) -> Found<E> {
        self.caught_up().await;
        self.history.search(&search, &AuthorizedTenants::All).unwrap()
    }

    /// What has this key, once everything that was answered can be found.
    pub(crate) async fn get<E: Entity>(&self, key: i64) -> Option<E> {
        self.caught_up().await;
        self.history.get(key, &AuthorizedTenants::All).unwrap()
    }

    pub(crate) async fn stop(self) {
        self.broker.shutdown().await;
    }
}

//! What scripts say to a rig, whatever that runs: engines or a whole broker. Both rigs include
//! this file.

use std::path::PathBuf;

use skep_record::{
    ActivateJobs, ActivatedJob, Command, CompleteJob, CreateProcessInstance, DefinitionRef,
    DeployResources, Deployment, Document, JobKey, Key, PartitionId, ProcessInstanceKey, Resource,
    Response, TenantId,
};

use super::Rig;

impl Rig {
    pub fn deploy(&mut self, name: &str) -> Deployment {
        let content = fixture(name);
        self.deploy_text(name, &content)
    }

    pub fn deploy_text(&mut self, name: &str, content: &str) -> Deployment {
        match self.ok(1, deploy_command(name, content)) {
            Response::Deployed(deployment) => deployment,
            other => panic!("{other:?}"),
        }
    }

    pub fn create(&mut self, id: &str, variables: &str) -> ProcessInstanceKey {
        self.create_on(1, id, variables)
    }

    pub fn create_on(&mut self, partition: u16, id: &str, variables: &str) -> ProcessInstanceKey {
        match self.ok(partition, create_command(id, variables)) {
            Response::Created(created) => created.key,
            other => panic!("{other:?}"),
        }
    }

    pub fn activate(&mut self, job_type: &str) -> Vec<ActivatedJob> {
        self.activate_on(1, job_type)
    }

    pub fn activate_on(&mut self, partition: u16, job_type: &str) -> Vec<ActivatedJob> {
        match self.ok(partition, activate_command(job_type, 32)) {
            Response::Activated(activated) => activated.jobs,
            other => panic!("{other:?}"),
        }
    }

    /// Activates and completes all jobs of a type.
    pub fn work(&mut self, job_type: &str, variables: &str) -> usize {
        let jobs = self.activate(job_type);
        for job in &jobs {
            self.complete(job.key, variables);
        }
        jobs.len()
    }

    pub fn complete(&mut self, job: JobKey, variables: &str) {
        let partition = job.partition().unwrap().0;
        self.ok(partition, complete_command(job, variables));
    }
}

pub fn key(f: &mut dyn std::fmt::Write, raw: i64) -> std::fmt::Result {
    match PartitionId::of_key(raw) {
        Some(PartitionId(1)) => write!(f, "k{}", raw - PartitionId(1).key(0)),
        Some(partition) => write!(f, "p{partition}k{}", raw - partition.key(0)),
        None => write!(f, "{raw}"),
    }
}

pub fn fixture(name: &str) -> String {
    test_file("bpmn", name)
}

pub fn dmn(name: &str) -> String {
    test_file("dmn", name)
}

pub fn form(name: &str) -> String {
    test_file("form", name)
}

/// Where the files are that several crates test with.
pub fn tests_dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests")
}

fn test_file(folder: &str, name: &str) -> String {
    let path = tests_dir().join(folder).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn doc(json: &str) -> Document {
    Document::from_json(json).unwrap()
}

pub fn deploy_command(name: &str, content: &str) -> Command {
    Command::DeployResources(DeployResources {
        resources: vec![Resource {
            name: name.into(),
            content: content.as_bytes().to_vec().into(),
        }],
        tenant_id: TenantId::default(),
    })
}

pub fn create_command(id: &str, variables: &str) -> Command {
    Command::CreateProcessInstance(CreateProcessInstance {
        definition: DefinitionRef::Latest(id.into()),
        variables: doc(variables),
        tenant_id: TenantId::default(),
        start_at: Vec::new(),
        terminate_after: Vec::new(),
        await_result: None,
        operation_reference: 0,
        tags: Vec::new(),
        business_id: None,
    })
}

pub fn activate_command(job_type: &str, max_jobs: i32) -> Command {
    Command::ActivateJobs(ActivateJobs {
        job_type: job_type.into(),
        worker: "worker".into(),
        timeout_ms: 60_000,
        max_jobs,
        fetch_variables: Vec::new(),
        tenant_ids: vec![TenantId::default()],
    })
}

pub fn complete_command(job_key: JobKey, variables: &str) -> Command {
    Command::CompleteJob(CompleteJob { job_key, variables: doc(variables), result: None })
}

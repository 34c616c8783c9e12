//! The processes that run while a broker is killed: one for each way of going on.

use std::path::{Path, PathBuf};

use skep_broker::JobStreamRequest;
use skep_record::{
    ActivatedJob, Command, CompleteJob, CompleteUserTask, CreateProcessInstance, DefinitionRef,
    DeployResources, Document, JobKey, ProcessInstanceKey, PublishMessage, Resource, TenantId,
    UserTaskKey,
};

use crate::rig::ONE_TASK;

/// One process of the mix.
pub(crate) struct Kind {
    /// Id of the process and name of its file.
    pub(crate) id: &'static str,
    /// What an instance starts with. `$N` stands for what tells instances apart.
    variables: &'static str,
    /// How many jobs or user tasks are completed before an instance ends, at least.
    pub(crate) n_completions_min: usize,
    /// And at most: a message may come too late.
    pub(crate) n_completions_max: usize,
}

const fn kind(id: &'static str, n_completions: usize, variables: &'static str) -> Kind {
    let (n_completions_min, n_completions_max) = (n_completions, n_completions);
    Kind { id, variables, n_completions_min, n_completions_max }
}

/// The process whose instances wait for a user.
pub(crate) const USER_TASK: &str = "user_task_native";
/// The process whose instances get a message.
pub(crate) const MESSAGE: &str = "event_subprocess_message_non_interrupting";

/// What each position of an order leads to, and what that costs.
const PARCELS: [&str; 2] = [
    r#"{"kind":"letter","carrier":"post","cost":3.5}"#,
    r#"{"kind":"parcel","carrier":"post","cost":6}"#,
];
const COST: &str = "9.5";

pub(crate) const KINDS: [Kind; 11] = [
    kind("one_task", 1, "{}"),
    kind("call_activity", 1, "{}"),
    kind("multi_instance_parallel", 3, r#"{"items":["a","b","c"]}"#),
    kind("multi_instance_sequential", 2, r#"{"items":["a","b"]}"#),
    Kind { n_completions_min: 1, ..kind(MESSAGE, 2, r#"{"order_id":"$N"}"#) },
    kind("inclusive_gateway", 2, r#"{"wrapped":true,"total":200}"#),
    kind(
        USER_TASK,
        1,
        r#"{"requester":"eve","follow_up":"2026-12-01T08:00:00Z","order":"$N","urgency":80}"#,
    ),
    // A credit check, for each position two jobs and a decision, and an invoice.
    kind(
        "fulfil_order",
        2 + 2 * PARCELS.len(),
        r#"{"order":{"destination":"EU","customer":"$N","positions":[
            {"quantity":1,"weight":1.5},{"quantity":2,"weight":2.5}]}}"#,
    ),
    kind("compensation_throw", 5, "{}"),
    kind("ad_hoc_subprocess", 3, r#"{"active":["call","repair"]}"#),
    kind("execution_listeners", 7, r#"{"job":"listened","second":"check"}"#),
];

/// The types of all jobs in the mix.
pub(crate) const JOB_TYPES: [&str; 25] = [
    "after",
    "call",
    "check",
    "check-credit",
    "clean-up",
    "flight",
    "gift-wrap",
    "hotel",
    "insure",
    "listened",
    "load-pallet",
    "look",
    "pack",
    "prepare",
    "process-end",
    "process-start",
    "repair",
    "reserve-stock",
    "send-invoice",
    "test",
    "undo",
    "undo-flight",
    "undo-hotel",
    "work",
    "write-bill",
];

/// What can be completed.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Work {
    Job(JobKey),
    UserTask(UserTaskKey),
}

fn fixture(name: &str) -> Resource {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests");
    let content = std::fs::read(folder.join(name)).unwrap();
    let name = Path::new(name).file_name().unwrap().to_str().unwrap().to_owned();
    Resource { name, content: content.into() }
}

/// Deploys every process and what it needs.
pub(crate) fn deploy() -> Command {
    let one_task = Resource { name: "one_task.bpmn".to_owned(), content: ONE_TASK.into() };
    let mut resources = vec![one_task, fixture("dmn/carriers.dmn")];
    let others = KINDS.iter().filter(|kind| kind.id != "one_task");
    resources.extend(others.map(|kind| fixture(&format!("bpmn/{}.bpmn", kind.id))));
    Command::DeployResources(DeployResources { resources, tenant_id: TenantId::default() })
}

pub(crate) fn create(kind: &Kind, name: &str) -> Command {
    Command::CreateProcessInstance(CreateProcessInstance {
        definition: DefinitionRef::Latest(kind.id.into()),
        variables: Document::from_json(&kind.variables.replace("$N", name)).unwrap(),
        tenant_id: TenantId::default(),
        start_at: Vec::new(),
        terminate_after: Vec::new(),
        await_result: None,
        operation_reference: 0,
        tags: Vec::new(),
        business_id: None,
    })
}

/// A message for the instance with this name; it waits there for an hour.
pub(crate) fn publish(name: &str) -> Command {
    Command::PublishMessage(PublishMessage {
        name: "cancel order".into(),
        correlation_key: name.into(),
        time_to_live_ms: 3_600_000,
        message_id: name.to_owned(),
        variables: Document::empty(),
        tenant_id: TenantId::default(),
    })
}

pub(crate) fn stream_request(job_type: &str) -> JobStreamRequest {
    JobStreamRequest { job_type: job_type.into(), ..crate::rig::stream_request(8) }
}

/// Completes a job or a user task, with whatever any of the processes needs from it.
pub(crate) fn complete(work: Work) -> Command {
    let result = |key: i64| {
        let json = format!(r#"{{"given":2,"result":{key},"done":true}}"#);
        Document::from_json(&json).unwrap()
    };
    match work {
        Work::Job(job_key) => {
            let variables = result(job_key.0);
            Command::CompleteJob(CompleteJob { job_key, variables, result: None })
        }
        Work::UserTask(user_task_key) => Command::CompleteUserTask(Box::new(CompleteUserTask {
            user_task_key,
            variables: result(user_task_key.0),
            action: String::new(),
        })),
    }
}

/// What is wrong with a job's variables, if what they were made of happened twice or not at all.
pub(crate) fn wrong_with(job: &ActivatedJob) -> Option<String> {
    if &*job.job_type != "send-invoice" {
        return None;
    }
    let variables = job.variables.to_json();
    let has = |name: &str, value: &str| variables.contains(&format!(r#""{name}":{value}"#));
    let is_right =
        has("parcels", &format!("[{}]", PARCELS.join(","))) && has("shipping_cost", COST);
    (!is_right).then(|| format!("instance {} has {variables}", job.process_instance_key))
}

/// The user task of an instance: keys given in one batch follow each other, so it is as far from
/// its instance as that of another instance.
pub(crate) fn user_task(instance: ProcessInstanceKey, distance: i64) -> Work {
    Work::UserTask(UserTaskKey(instance.0 + distance))
}

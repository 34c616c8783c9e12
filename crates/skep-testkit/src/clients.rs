//! What clients and workers do, sensible or not.

use std::task::{Context, Poll, Waker};

use skep_broker::{JobStream, JobStreamRequest};
use skep_record::{
    ActivateAdHocElements, ActivateInstruction, ActivateJobs, ActivatedJob, AdHocActivation,
    AdHocResult, AssignUserTask, AwaitResult, BatchOperationAction, BatchOperationKey,
    BatchOperationOrder, BatchOperationPlan, BroadcastSignal, CancelProcessInstance, Command,
    CompleteJob, CompleteUserTask, ControlBatchOperation, CreateBatchOperation,
    CreateProcessInstance, DecisionRef, DefinitionRef, DeleteResource, DeployResources, Document,
    ElementInstanceKey, ElementInstanceSelector, ElementMapping, EvaluateConditionals,
    EvaluateDecision, FailJob, IncidentKey, InstanceCondition, JobKey, JobKind, JobResult,
    MigrateProcessInstance, ModifyProcessInstance, PartitionId, ProcessDefinitionKey,
    ProcessInstanceFilter, ProcessInstanceKey, PublishMessage, ResolveIncident, Resource, Response,
    SetVariables, TenantId, Test, TextField, TextTest, ThrowError, UpdateJobRetries,
    UpdateJobTimeout, UpdateUserTask, UserTaskChanges, UserTaskKey, UserTaskResult,
};

use crate::{
    Model, Rng,
    model::{
        self, ERROR_CODES, JOB_TYPES, MESSAGES, SIGNALS, START_MESSAGE, START_SIGNAL, renamed,
    },
    world::World,
};

/// Correlation keys; few, so that messages find somebody.
const KEYS: [&str; 5] = ["order-1", "order-2", "order-3", "order-4", ""];
/// Most things that clients remember to come back to.
const REMEMBERED_MAX: usize = 30;

/// What clients know.
#[derive(Debug)]
pub(crate) struct Clients {
    pub(crate) models: Vec<Model>,
    pub(crate) jobs: Vec<JobKey>,
    pub(crate) streams: Vec<JobStream>,
    instances: Vec<ProcessInstanceKey>,
    batches: Vec<BatchOperationKey>,
    definitions: Vec<Version>,
    /// Commands to send again: some were never answered, others were.
    again: Vec<Command>,
}

/// A deployed process.
#[derive(Clone, Debug)]
struct Version {
    key: ProcessDefinitionKey,
    process: String,
    is_next: bool,
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Deploy,
    Create,
    Activate,
    Complete,
    Fail,
    Throw,
    UpdateRetries,
    UpdateTimeout,
    Publish,
    Broadcast,
    Cancel,
    SetVariables,
    Resolve,
    Batch,
    Control,
    CompleteUserTask,
    AssignUserTask,
    UpdateUserTask,
    ActivateAdHoc,
    EvaluateConditionals,
    EvaluateDecision,
    Modify,
    Migrate,
    Delete,
    Again,
    Stream(StreamAction),
}

#[derive(Clone, Copy, Debug)]
enum StreamAction {
    Open,
    Close,
    Read,
}

const ACTIONS: &[(usize, Action)] = &[
    (2, Action::Deploy),
    (7, Action::Create),
    (5, Action::Activate),
    (9, Action::Complete),
    (2, Action::Fail),
    (2, Action::Throw),
    (1, Action::UpdateRetries),
    (1, Action::UpdateTimeout),
    (5, Action::Publish),
    (1, Action::Broadcast),
    (1, Action::Cancel),
    (2, Action::SetVariables),
    (3, Action::Resolve),
    (1, Action::Batch),
    (1, Action::Control),
    (3, Action::CompleteUserTask),
    (1, Action::AssignUserTask),
    (1, Action::UpdateUserTask),
    (1, Action::ActivateAdHoc),
    (1, Action::EvaluateConditionals),
    (1, Action::EvaluateDecision),
    (1, Action::Modify),
    (3, Action::Migrate),
    (1, Action::Delete),
    (3, Action::Again),
    (1, Action::Stream(StreamAction::Open)),
    (1, Action::Stream(StreamAction::Close)),
    (6, Action::Stream(StreamAction::Read)),
];

impl Clients {
    pub(crate) fn new(rng: &mut Rng) -> Self {
        let n = 1 + rng.below(3);
        let ids: Vec<String> = (0..n).map(|at| format!("process{at}")).collect();
        // Each calls only those after it, or calls would never end.
        let models = ids
            .iter()
            .enumerate()
            .map(|(at, id)| model::model(id, ids.get(at + 1..).unwrap_or_default(), rng))
            .collect();
        Self {
            models,
            jobs: Vec::new(),
            streams: Vec::new(),
            instances: Vec::new(),
            batches: Vec::new(),
            definitions: Vec::new(),
            again: Vec::new(),
        }
    }

    pub(crate) fn accepted(&mut self, response: Response) {
        if let Response::Created(created) = response {
            remember(&mut self.instances, created.key);
        } else if let Response::BatchOperationCreated(key) = response {
            remember(&mut self.batches, key);
        } else if let Response::Activated(activated) = response {
            activated.jobs.iter().for_each(|job| remember(&mut self.jobs, job.key));
        } else if let Response::Deployed(deployment) = response {
            for process in deployment.processes {
                let version = Version {
                    key: process.key,
                    process: process.bpmn_process_id.to_string(),
                    is_next: process.resource_name.ends_with(NEXT_FILE),
                };
                remember(&mut self.definitions, version);
            }
        }
    }

    pub(crate) fn unanswered(&mut self, command: Command) {
        remember(&mut self.again, command);
    }
}

fn remember<T>(all: &mut Vec<T>, new: T) {
    all.push(new);
    if all.len() > REMEMBERED_MAX {
        all.remove(0);
    }
}

impl World {
    /// Something that a client does.
    pub(crate) fn act(&mut self) -> Result<(), String> {
        let Some(action) = self.rng.weighted(ACTIONS) else { return Ok(()) };
        let any = self.any_partition();
        if let Action::Stream(action) = action {
            return self.act_on_stream(action);
        }
        let Some(command) = self.command(action) else { return Ok(()) };
        if self.rng.one_in(6) {
            remember(&mut self.clients.again, command.clone());
        }
        self.submit(any, command)
    }

    fn command(&mut self, action: Action) -> Option<Command> {
        let job = self.rng.pick(&self.clients.jobs).copied();
        let instance = self.rng.pick(&self.clients.instances).copied();
        let rng = &mut self.rng;
        Some(match action {
            Action::Deploy if rng.one_in(2) => deploy_next(rng.pick(&self.clients.models)?),
            Action::Deploy => deploy(rng.pick(&self.clients.models)?),
            Action::Create => {
                let id = rng.pick(&self.clients.models)?.id.clone();
                create(&id, &variables(rng), rng.one_in(8))
            }
            Action::Activate => {
                let job_type = job_type(rng);
                let timeout_ms = [1_000, 60_000, 3_600_000][rng.below(3)];
                activate(&job_type, 1 + rng.below(4), timeout_ms)
            }
            Action::Complete => {
                let kind = self.facts.job_kinds.get(&job?).copied();
                let element = rng.pick(&self.clients.models)?.offered.first().cloned();
                complete(job?, results(rng), kind.and_then(|kind| result(kind, element, rng)))
            }
            Action::Fail => Command::FailJob(FailJob {
                job_key: job?,
                retries: i32::try_from(rng.below(3)).unwrap_or(0),
                retry_back_off_ms: [0, 0, 5_000][rng.below(3)],
                error_message: "failed".to_owned(),
                variables: results(rng),
            }),
            Action::Throw => Command::ThrowError(ThrowError {
                job_key: job?,
                error_code: (*rng.pick(&ERROR_CODES)?).to_owned(),
                error_message: String::new(),
                variables: results(rng),
            }),
            Action::UpdateRetries => Command::UpdateJobRetries(UpdateJobRetries {
                job_key: job?,
                retries: 1,
                operation_reference: 0,
            }),
            Action::UpdateTimeout => Command::UpdateJobTimeout(UpdateJobTimeout {
                job_key: job?,
                timeout_ms: 10_000,
                operation_reference: 0,
            }),
            Action::Publish => {
                let ttl_ms = [0, 0, 10_000, 7_200_000][rng.below(4)];
                let id = if rng.one_in(3) { format!("id{}", rng.below(3)) } else { String::new() };
                let name = if rng.one_in(6) { START_MESSAGE } else { *rng.pick(&MESSAGES)? };
                publish(name, rng.pick(&KEYS)?, ttl_ms, id, results(rng))
            }
            Action::Broadcast if rng.one_in(4) => broadcast(START_SIGNAL),
            Action::Broadcast => broadcast(rng.pick(&SIGNALS)?),
            Action::Cancel => cancel(instance?),
            Action::SetVariables => set_variables(instance?, variables(rng), rng.one_in(2)),
            Action::Resolve => {
                let at = rng.below(self.facts.incidents.len());
                resolve(*self.facts.incidents.keys().nth(at)?)
            }
            Action::Batch => {
                let id = rng.pick(&self.clients.models)?.id.clone();
                create_batch(&id, rng.one_in(3))
            }
            Action::Control => {
                let action = [
                    BatchOperationAction::Suspend,
                    BatchOperationAction::Resume,
                    BatchOperationAction::Cancel,
                ][rng.below(3)];
                control_batch(*rng.pick(&self.clients.batches)?, action)
            }
            Action::CompleteUserTask => {
                complete_user_task(any_of(rng, self.facts.user_tasks.iter())?, results(rng))
            }
            Action::AssignUserTask => Command::AssignUserTask(Box::new(AssignUserTask {
                user_task_key: any_of(rng, self.facts.user_tasks.iter())?,
                assignee: ["", "demo", "lena"][rng.below(3)].to_owned(),
                allow_override: rng.one_in(2),
                action: String::new(),
            })),
            Action::UpdateUserTask => Command::UpdateUserTask(Box::new(UpdateUserTask {
                user_task_key: any_of(rng, self.facts.user_tasks.iter())?,
                changes: UserTaskChanges { priority: Some(7), ..UserTaskChanges::default() },
                action: String::new(),
            })),
            Action::ActivateAdHoc => {
                let element_instance_key = any_of(rng, self.facts.ad_hoc.keys())?;
                let element_id =
                    rng.pick(&rng.clone().pick(&self.clients.models)?.elements)?.clone();
                Command::ActivateAdHocElements(ActivateAdHocElements {
                    element_instance_key,
                    elements: vec![AdHocActivation { element_id, variables: results(rng) }],
                    cancel_remaining: rng.one_in(4),
                })
            }
            Action::EvaluateConditionals => Command::EvaluateConditionals(EvaluateConditionals {
                process_definition_key: None,
                variables: variables(rng),
                tenant_id: TenantId::default(),
            }),
            Action::EvaluateDecision => Command::EvaluateDecision(Box::new(EvaluateDecision {
                decision: DecisionRef::Latest("route".into()),
                variables: variables(rng),
                tenant_id: TenantId::default(),
            })),
            Action::Modify => {
                let model = rng.pick(&self.clients.models)?;
                modify(instance?, rng.pick(&model.elements)?, rng.pick(&model.elements)?)
            }
            Action::Migrate => {
                let target = rng.pick(&self.clients.definitions)?.clone();
                let model = self.clients.models.iter().find(|model| model.id == target.process)?;
                let instance = any_of(rng, self.facts.running(&target.process))?;
                migrate(instance, &target, model, rng)
            }
            Action::Delete => Command::DeleteResource(DeleteResource {
                resource_key: rng.pick(&self.clients.definitions)?.key.0,
                operation_reference: 0,
            }),
            Action::Again => rng.pick(&self.clients.again)?.clone(),
            Action::Stream(_) => return None,
        })
    }

    fn act_on_stream(&mut self, action: StreamAction) -> Result<(), String> {
        let n_streams = self.clients.streams.len();
        match action {
            StreamAction::Open if n_streams < 4 => {
                let request = JobStreamRequest {
                    job_type: job_type(&mut self.rng).as_str().into(),
                    worker: "stream".to_owned(),
                    timeout_ms: [1_000, 60_000][self.rng.below(2)],
                    fetch_variables: Vec::new(),
                    tenant_ids: vec![TenantId::default()],
                    buffer: 1 + self.rng.below(4),
                };
                let stream = self.broker()?.open_job_stream(request);
                self.clients.streams.push(stream);
            }
            StreamAction::Close if n_streams > 0 => {
                drop(self.clients.streams.swap_remove(self.rng.below(n_streams)));
            }
            StreamAction::Open | StreamAction::Close | StreamAction::Read if n_streams > 0 => {
                let at = self.rng.below(n_streams);
                if let Some(job) = self.clients.streams.get_mut(at).and_then(read) {
                    remember(&mut self.clients.jobs, job.key);
                }
            }
            StreamAction::Open | StreamAction::Close | StreamAction::Read => (),
        }
        Ok(())
    }
}

/// One of these.
fn any_of<'a, T: Copy + 'a>(
    rng: &mut Rng,
    mut all: impl ExactSizeIterator<Item = &'a T>,
) -> Option<T> {
    let at = rng.below(all.len());
    all.nth(at).copied()
}

fn read(stream: &mut JobStream) -> Option<ActivatedJob> {
    match stream.poll_next(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(job) => job,
        Poll::Pending => None,
    }
}

fn job_type(rng: &mut Rng) -> String {
    match rng.below(JOB_TYPES.len() + 1) {
        at if at < JOB_TYPES.len() => JOB_TYPES[at].to_owned(),
        _ => "io.camunda.zeebe:userTask".to_owned(),
    }
}

/// What an instance starts with, now and then wrong.
fn variables(rng: &mut Rng) -> Document {
    let key = KEYS[rng.below(KEYS.len() - 1)];
    let choice = rng.below(10);
    document(&match rng.below(12) {
        0 => "{}".to_owned(),
        1 => format!(r#"{{"key":"{key}","choice":"none","n":0}}"#),
        2 => format!(r#"{{"key":[],"choice":{choice},"n":0}}"#),
        3 => format!(r#"{{"key":"{key}","choice":{choice}}}"#),
        _ => format!(r#"{{"key":"{key}","choice":{choice},"n":0}}"#),
    })
}

/// What a worker or a message brings.
fn results(rng: &mut Rng) -> Document {
    let choice = rng.below(10);
    document(&match rng.below(10) {
        0 => r#"{"choice":null}"#.to_owned(),
        1..4 => format!(r#"{{"choice":{choice}}}"#),
        4 => r#"{"note":"äöü","more":{"a":[1,2.5,true]}}"#.to_owned(),
        _ => "{}".to_owned(),
    })
}

pub(crate) fn document(json: &str) -> Document {
    Document::from_json(json).unwrap_or_else(|_| Document::empty())
}

/// What the files of later versions end with.
const NEXT_FILE: &str = "-next.bpmn";

pub(crate) fn deploy(model: &Model) -> Command {
    deploy_as(format!("{}.bpmn", model.id), model)
}

fn deploy_next(model: &Model) -> Command {
    deploy_as(format!("{}{NEXT_FILE}", model.id), &model.next_version())
}

fn deploy_as(name: String, model: &Model) -> Command {
    let resource = |name: String, content: &str| Resource {
        name,
        content: content.to_owned().into_bytes().into(),
    };
    Command::DeployResources(DeployResources {
        resources: vec![
            resource(name, &model.xml),
            resource("route.dmn".to_owned(), Model::decision()),
        ],
        tenant_id: TenantId::default(),
    })
}

fn create(id: &str, variables: &Document, awaits: bool) -> Command {
    Command::CreateProcessInstance(CreateProcessInstance {
        definition: DefinitionRef::Latest(id.into()),
        variables: variables.clone(),
        tenant_id: TenantId::default(),
        start_at: Vec::new(),
        terminate_after: Vec::new(),
        await_result: awaits.then(AwaitResult::default),
        operation_reference: 0,
        tags: Vec::new(),
        business_id: None,
    })
}

pub(crate) fn activate(job_type: &str, max_jobs: usize, timeout_ms: i64) -> Command {
    Command::ActivateJobs(ActivateJobs {
        job_type: job_type.into(),
        worker: "worker".to_owned(),
        timeout_ms,
        max_jobs: i32::try_from(max_jobs).unwrap_or(i32::MAX),
        fetch_variables: Vec::new(),
        tenant_ids: vec![TenantId::default()],
    })
}

pub(crate) fn complete(job_key: JobKey, variables: Document, result: Option<JobResult>) -> Command {
    Command::CompleteJob(CompleteJob { job_key, variables, result: result.map(Box::new) })
}

pub(crate) fn complete_user_task(user_task_key: UserTaskKey, variables: Document) -> Command {
    let action = String::new();
    Command::CompleteUserTask(Box::new(CompleteUserTask { user_task_key, variables, action }))
}

/// What a worker says of a job whose element asks for more than variables.
fn result(kind: JobKind, element: Option<String>, rng: &mut Rng) -> Option<JobResult> {
    match kind {
        JobKind::BpmnElement | JobKind::ExecutionListener(_) => None,
        JobKind::TaskListener(_) => Some(JobResult::UserTask(UserTaskResult {
            denied: rng.one_in(4),
            ..UserTaskResult::default()
        })),
        JobKind::AdHocSubProcess => {
            let element_id = element.filter(|_| rng.one_in(2));
            Some(JobResult::AdHocSubProcess(AdHocResult {
                is_completion_condition_fulfilled: element_id.is_none(),
                cancel_remaining: rng.one_in(2),
                activate: element_id
                    .map(|element_id| AdHocActivation { element_id, variables: Document::empty() })
                    .into_iter()
                    .collect(),
            }))
        }
    }
}

/// What a worker says of such a job that is to come to its end.
pub(crate) fn last_result(kind: JobKind) -> Option<JobResult> {
    (kind == JobKind::AdHocSubProcess).then(|| {
        JobResult::AdHocSubProcess(AdHocResult {
            is_completion_condition_fulfilled: true,
            cancel_remaining: true,
            activate: Vec::new(),
        })
    })
}

pub(crate) fn activate_ad_hoc(
    element_instance_key: ElementInstanceKey,
    element_id: &str,
    cancel_remaining: bool,
) -> Command {
    Command::ActivateAdHocElements(ActivateAdHocElements {
        element_instance_key,
        elements: vec![AdHocActivation {
            element_id: element_id.to_owned(),
            variables: Document::empty(),
        }],
        cancel_remaining,
    })
}

/// Activates one element and terminates the executions of another.
fn modify(instance: ProcessInstanceKey, activate: &str, terminate: &str) -> Command {
    Command::ModifyProcessInstance(Box::new(ModifyProcessInstance {
        process_instance_key: instance,
        activate: vec![ActivateInstruction {
            element_id: activate.into(),
            ancestor_scope_key: None,
            variables: Vec::new(),
        }],
        moves: Vec::new(),
        terminate: vec![ElementInstanceSelector::Element(terminate.into())],
        operation_reference: 0,
    }))
}

/// Lets an instance run another version, with each element as what it is there; some events are
/// waited for anew.
fn migrate(
    instance: ProcessInstanceKey,
    target: &Version,
    model: &Model,
    rng: &mut Rng,
) -> Command {
    let is_from_next = rng.one_in(2);
    let id_in = |id: &str, is_next| if is_next { renamed(id) } else { id.to_owned() };
    let is_event = |id: &str| id.starts_with("boundary") || id.starts_with("start");
    let elements = model.elements.iter().filter(|id| !is_event(id) || !rng.one_in(4));
    let mappings = elements
        .chain(&model.flows)
        .map(|id| ElementMapping {
            source_element_id: id_in(id, is_from_next).into(),
            target_element_id: id_in(id, target.is_next).into(),
        })
        .collect();
    Command::MigrateProcessInstance(Box::new(MigrateProcessInstance {
        process_instance_key: instance,
        target_process_definition_key: target.key,
        mappings,
        operation_reference: 0,
    }))
}

pub(crate) fn publish(
    name: &str,
    correlation_key: &str,
    time_to_live_ms: i64,
    message_id: String,
    variables: Document,
) -> Command {
    Command::PublishMessage(PublishMessage {
        name: name.into(),
        correlation_key: correlation_key.into(),
        time_to_live_ms,
        message_id,
        variables,
        tenant_id: TenantId::default(),
    })
}

pub(crate) fn broadcast(signal_name: &str) -> Command {
    Command::BroadcastSignal(BroadcastSignal {
        signal_name: signal_name.to_owned(),
        variables: Document::empty(),
        tenant_id: TenantId::default(),
    })
}

pub(crate) fn cancel(process_instance_key: ProcessInstanceKey) -> Command {
    Command::CancelProcessInstance(CancelProcessInstance {
        process_instance_key,
        operation_reference: 0,
    })
}

/// Cancels all instances of a process, or resolves their incidents.
fn create_batch(id: &str, cancels: bool) -> Command {
    let is = TextTest::Is(Test::Equals(id.to_owned()));
    let of_process = InstanceCondition::Text(TextField::ProcessDefinitionId, is);
    let plan = if cancels {
        BatchOperationPlan::CancelProcessInstance
    } else {
        BatchOperationPlan::ResolveIncidents
    };
    Command::CreateBatchOperation(Box::new(CreateBatchOperation {
        order: BatchOperationOrder {
            plan,
            filter: ProcessInstanceFilter { all: vec![of_process], any: Vec::new() },
            tenant_ids: vec![TenantId::default()],
        },
        process_instance_key: None,
        operation_reference: 0,
    }))
}

pub(crate) fn control_batch(
    batch_operation_key: BatchOperationKey,
    action: BatchOperationAction,
) -> Command {
    Command::ControlBatchOperation(ControlBatchOperation { batch_operation_key, action })
}

pub(crate) fn set_variables(
    instance: ProcessInstanceKey,
    variables: Document,
    local: bool,
) -> Command {
    Command::SetVariables(SetVariables {
        element_instance_key: ElementInstanceKey::from(instance),
        variables,
        local,
        operation_reference: 0,
    })
}

pub(crate) fn update_retries(job_key: JobKey) -> Command {
    Command::UpdateJobRetries(UpdateJobRetries { job_key, retries: 3, operation_reference: 0 })
}

pub(crate) fn resolve(incident_key: IncidentKey) -> Command {
    Command::ResolveIncident(ResolveIncident { incident_key, operation_reference: 0 })
}

/// Where a command goes that any partition can carry out: to the first.
pub(crate) const FIRST: PartitionId = PartitionId(1);

//! Random interleavings of commands, on one partition and on three with a bad network.
//!
//! The rig checks every step: replaying the journal leads to the same state, and an engine
//! restored from a snapshot decides the same. Here a panic is an error, and in the end, when the
//! network works and time goes by, nothing may be left undone between partitions.

use proptest::prelude::*;
use skep_engine::Answer;
use skep_record::{
    BatchOperationAction, BatchOperationKey, BatchOperationPlan, BatchOperationState,
    BroadcastSignal, CancelProcessInstance, Command, CompleteJob, ElementInstanceKey, FailJob,
    JobKey, Key, PartitionId, ProcessInstanceKey, PublishMessage, ResolveIncident, Response,
    SetVariables, TenantId, ThrowError, UpdateJobRetries, UpdateJobTimeout,
    partition_for_correlation_key,
};

use crate::batch_operation::{all, control, create, of_process, told};
use crate::rig::{Rig, activate_command, create_command, doc};

const MODELS: &[&str] = &[
    "boundary_error",
    "boundary_message",
    "boundary_message_non_interrupting",
    "boundary_on_receive_task",
    "boundary_signal_non_interrupting",
    "boundary_timer_non_interrupting",
    "compensation_event_subprocess",
    "compensation_subprocess",
    "call_activity",
    "conditional_boundary",
    "event_based_gateway",
    "event_subprocess_error",
    "event_subprocess_timer",
    "event_subprocesses",
    "execution_listeners",
    "inclusive_join_reach",
    "many_starts",
    "message_catch",
    "multi_instance_completion",
    "multi_instance_subprocess",
    "nested_subprocess",
    "parallel_gateway",
    "signal_throw",
    "subprocess_boundary_timer",
    "terminate_end",
];
/// What multi-instance activities and listeners read.
const LISTS: &str = r#""items":[1,2,3],"numbers":[1,2,3,4],"job":"slow-work","second":"fast-work""#;
const MESSAGES: [&str; 4] = ["payment received", "cancel order", "order placed", "parcel returned"];
const SIGNALS: [&str; 4] = ["recall", "alarm", "order done", "stop"];
const KEYS: [&str; 3] = ["order-1", "order-123", ""];
const JOB_TYPES: &[&str] = &[
    "work",
    "pack-parcel",
    "write-invoice",
    "slow-work",
    "fast-work",
    "fast",
    "slow",
    "unknown",
    "hotel",
    "flight",
    "pay",
    "undo-hotel",
    "undo-flight",
    "pack",
    "write-bill",
    "process-start",
    "prepare",
];

#[derive(Clone, Debug)]
enum Step {
    Create { model: usize, key: usize, partition: u16 },
    Activate { job_type: usize, partition: u16 },
    Complete(usize),
    Fail { job: usize, retries: i32, back_off_ms: i64 },
    Throw(usize),
    UpdateRetries(usize),
    UpdateTimeout(usize),
    Yield(usize),
    Publish { name: usize, key: usize, ttl_ms: i64, id: u8 },
    Broadcast { name: usize, partition: u16 },
    Cancel(usize),
    SetVariables { instance: usize, local: bool },
    Resolve(usize),
    Batch { model: usize, cancels: bool, partition: u16 },
    Control { batch: usize, action: BatchOperationAction },
    Advance(i64),
    Network(Network),
}

#[derive(Clone, Copy, Debug)]
enum Network {
    Hold,
    Release,
    LoseOldest,
    DuplicateNewest,
}

fn step() -> impl Strategy<Value = Step> {
    let partition = 1..=3_u16;
    prop_oneof![
        4 => (0..MODELS.len(), 0..KEYS.len(), partition.clone())
            .prop_map(|(model, key, partition)| Step::Create { model, key, partition }),
        4 => (0..JOB_TYPES.len(), partition.clone())
            .prop_map(|(job_type, partition)| Step::Activate { job_type, partition }),
        4 => any::<usize>().prop_map(Step::Complete),
        2 => (any::<usize>(), 0..2_i32, prop_oneof![Just(0), Just(1_000)])
            .prop_map(|(job, retries, back_off_ms)| Step::Fail { job, retries, back_off_ms }),
        1 => any::<usize>().prop_map(Step::Throw),
        1 => any::<usize>().prop_map(Step::UpdateRetries),
        1 => any::<usize>().prop_map(Step::UpdateTimeout),
        1 => any::<usize>().prop_map(Step::Yield),
        4 => (0..MESSAGES.len(), 0..KEYS.len(), prop_oneof![Just(0), Just(90_000)], 0..3_u8)
            .prop_map(|(name, key, ttl_ms, id)| Step::Publish { name, key, ttl_ms, id }),
        2 => (0..SIGNALS.len(), partition)
            .prop_map(|(name, partition)| Step::Broadcast { name, partition }),
        1 => any::<usize>().prop_map(Step::Cancel),
        2 => (any::<usize>(), any::<bool>())
            .prop_map(|(instance, local)| Step::SetVariables { instance, local }),
        2 => any::<usize>().prop_map(Step::Resolve),
        1 => (0..MODELS.len(), any::<bool>(), 1..=3_u16)
            .prop_map(|(model, cancels, partition)| Step::Batch { model, cancels, partition }),
        1 => (any::<usize>(), prop_oneof![
            Just(BatchOperationAction::Suspend),
            Just(BatchOperationAction::Resume),
            Just(BatchOperationAction::Cancel)
        ])
        .prop_map(|(batch, action)| Step::Control { batch, action }),
        3 => prop_oneof![Just(500), Just(61_000), Just(3_600_000)].prop_map(Step::Advance),
        3 => prop_oneof![
            Just(Network::Hold),
            Just(Network::Release),
            Just(Network::LoseOldest),
            Just(Network::DuplicateNewest)
        ]
        .prop_map(Step::Network),
    ]
}

/// With small limits, batches are taken back and continued again and again.
#[derive(Clone, Copy, Debug)]
enum Limits {
    Usual,
    Commands(usize),
    Bytes(usize),
}

fn limits() -> impl Strategy<Value = Limits> {
    prop_oneof![
        2 => Just(Limits::Usual),
        1 => (1..6_usize).prop_map(Limits::Commands),
        // What is deployed must fit, and so must every single step.
        2 => (6_000..7_000_usize).prop_map(Limits::Bytes),
    ]
}

struct World {
    rig: Rig,
    jobs: Vec<JobKey>,
    instances: Vec<ProcessInstanceKey>,
    batches: Vec<BatchOperationKey>,
}

impl World {
    fn new(n_partitions: u16, limits: Limits) -> Self {
        let mut rig = Rig::with_config(n_partitions, |config| match limits {
            Limits::Usual => (),
            Limits::Commands(n) => config.batch_commands_max = n,
            Limits::Bytes(n) => config.batch_bytes_max = n,
        });
        rig.restore_every = 7;
        for model in MODELS {
            rig.deploy(&format!("{model}.bpmn"));
        }
        Self { rig, jobs: Vec::new(), instances: Vec::new(), batches: Vec::new() }
    }

    fn job(&self, at: usize) -> JobKey {
        match self.jobs.len() {
            0 => JobKey(PartitionId(1).key(1)),
            n => self.jobs[at % n],
        }
    }

    fn instance(&self, at: usize) -> ProcessInstanceKey {
        match self.instances.len() {
            0 => ProcessInstanceKey(PartitionId(1).key(1)),
            n => self.instances[at % n],
        }
    }

    fn partition(&self, wanted: u16) -> u16 {
        (wanted - 1) % self.rig.n_partitions() + 1
    }

    fn submit_to(&mut self, job: JobKey, command: Command) {
        self.rig.submit(job.partition().unwrap().0, command);
    }

    fn run(&mut self, step: &Step) {
        match step {
            Step::Create { model, key, partition } => {
                let partition = self.partition(*partition);
                let variables = match KEYS[*key] {
                    "" => format!("{{{LISTS}}}"),
                    key => format!(r#"{{"order_id":"{key}",{LISTS}}}"#),
                };
                let command = create_command(MODELS[*model], &variables);
                if let Answer::Reply(Ok(Response::Created(created))) =
                    self.rig.submit(partition, command)
                {
                    self.instances.push(created.key);
                }
            }
            Step::Activate { job_type, partition } => {
                let partition = self.partition(*partition);
                let command = activate_command(JOB_TYPES[*job_type], 3);
                if let Answer::Reply(Ok(Response::Activated(activated))) =
                    self.rig.submit(partition, command)
                {
                    self.jobs.extend(activated.jobs.iter().map(|job| job.key));
                }
            }
            Step::Complete(at) => {
                let job_key = self.job(*at);
                let variables = doc(r#"{"done":true}"#);
                self.submit_to(
                    job_key,
                    Command::CompleteJob(CompleteJob { job_key, variables, result: None }),
                );
            }
            Step::Fail { job, retries, back_off_ms } => {
                let job_key = self.job(*job);
                self.submit_to(
                    job_key,
                    Command::FailJob(FailJob {
                        job_key,
                        retries: *retries,
                        retry_back_off_ms: *back_off_ms,
                        error_message: String::new(),
                        variables: doc("{}"),
                    }),
                );
            }
            Step::Throw(at) => {
                let job_key = self.job(*at);
                self.submit_to(
                    job_key,
                    Command::ThrowError(ThrowError {
                        job_key,
                        error_code: "CARD_DECLINED".into(),
                        error_message: String::new(),
                        variables: doc("{}"),
                    }),
                );
            }
            Step::UpdateRetries(at) => {
                let job_key = self.job(*at);
                let update = UpdateJobRetries { job_key, retries: 2, operation_reference: 0 };
                self.submit_to(job_key, Command::UpdateJobRetries(update));
            }
            Step::UpdateTimeout(at) => {
                let job_key = self.job(*at);
                let update =
                    UpdateJobTimeout { job_key, timeout_ms: 5_000, operation_reference: 0 };
                self.submit_to(job_key, Command::UpdateJobTimeout(update));
            }
            Step::Yield(at) => {
                let job_key = self.job(*at);
                self.submit_to(job_key, Command::YieldJob(job_key));
            }
            Step::Publish { name, key, ttl_ms, id } => {
                let key = KEYS[*key];
                let n_partitions = self.rig.n_partitions();
                let partition = partition_for_correlation_key(key, n_partitions);
                let message = PublishMessage {
                    name: MESSAGES[*name].into(),
                    correlation_key: key.into(),
                    time_to_live_ms: *ttl_ms,
                    message_id: if *id == 0 { String::new() } else { id.to_string() },
                    variables: doc(r#"{"m":1}"#),
                    tenant_id: TenantId::default(),
                };
                self.rig.submit(partition.0, Command::PublishMessage(message));
            }
            Step::Broadcast { name, partition } => {
                let partition = self.partition(*partition);
                let signal = BroadcastSignal {
                    signal_name: SIGNALS[*name].into(),
                    variables: doc("{}"),
                    tenant_id: TenantId::default(),
                };
                self.rig.submit(partition, Command::BroadcastSignal(signal));
            }
            Step::Cancel(at) => {
                let key = self.instance(*at);
                let cancel =
                    CancelProcessInstance { process_instance_key: key, operation_reference: 0 };
                let partition = key.partition().unwrap().0;
                self.rig.submit(partition, Command::CancelProcessInstance(cancel));
            }
            Step::SetVariables { instance, local } => {
                let key = self.instance(*instance);
                let set = SetVariables {
                    element_instance_key: ElementInstanceKey::from(key),
                    variables: doc(
                        r#"{"order_id":"order-1","note":1,"cancelled":true,"total":200}"#,
                    ),
                    local: *local,
                    operation_reference: 0,
                };
                self.rig.submit(key.partition().unwrap().0, Command::SetVariables(set));
            }
            Step::Resolve(at) => {
                let Some(key) = self.rig.incidents.get(*at % self.rig.incidents.len().max(1))
                else {
                    return;
                };
                let incident_key = *key;
                let resolve = ResolveIncident { incident_key, operation_reference: 0 };
                let partition = incident_key.partition().unwrap().0;
                self.rig.submit(partition, Command::ResolveIncident(resolve));
            }
            Step::Batch { model, cancels, partition } => {
                let partition = self.partition(*partition);
                let plan = if *cancels {
                    BatchOperationPlan::CancelProcessInstance
                } else {
                    BatchOperationPlan::ResolveIncidents
                };
                // Every third selects everything.
                let filter =
                    if model % 3 == 0 { all(Vec::new()) } else { of_process(MODELS[*model]) };
                if let Answer::Reply(Ok(Response::BatchOperationCreated(key))) =
                    self.rig.submit(partition, create(plan, filter))
                {
                    self.batches.push(key);
                }
            }
            Step::Control { batch, action } => {
                if let Some(key) = self.batches.get(*batch % self.batches.len().max(1)).copied() {
                    self.rig.submit(key.partition().unwrap().0, control(key, *action));
                }
            }
            Step::Advance(ms) => self.rig.advance(*ms),
            Step::Network(network) => self.network(*network),
        }
    }

    fn network(&mut self, network: Network) {
        let in_flight = &mut self.rig.in_flight;
        match network {
            Network::Hold => self.rig.deliver = false,
            Network::Release => {
                self.rig.deliver = true;
                self.rig.settle();
            }
            Network::LoseOldest => drop(in_flight.pop_front()),
            Network::DuplicateNewest => {
                if let Some(newest) = in_flight.back().cloned() {
                    in_flight.push_back(newest);
                }
            }
        }
    }

    /// Lets the network work, cancels everything and waits until all is quiet.
    fn finish(&mut self) {
        self.network(Network::Release);
        self.rig.advance(60_000);
        for key in self.rig.started.clone() {
            let cancel =
                CancelProcessInstance { process_instance_key: key, operation_reference: 0 };
            let partition = key.partition().unwrap().0;
            self.rig.submit(partition, Command::CancelProcessInstance(cancel));
        }
        for key in self.batches.clone() {
            let resume = control(key, BatchOperationAction::Resume);
            self.rig.submit(key.partition().unwrap().0, resume);
        }
        self.rig.advance(600_000);
        for key in &self.batches {
            let told = told(&self.rig, *key);
            assert!(
                matches!(
                    told.state,
                    BatchOperationState::Completed | BatchOperationState::Canceled
                ),
                "{told:?}"
            );
            assert_eq!(told.reports.len(), usize::from(self.rig.n_partitions()), "{told:?}");
            assert!(told.reports.iter().all(|report| report.error.is_none()), "{told:?}");
        }
        for partition in 1..=self.rig.n_partitions() {
            assert_eq!(self.rig.engine(partition).next_due(), None, "{}", self.rig.take_log());
        }
        let log = self.rig.take_log();
        assert!(!log.contains("ERROR:CREATED"), "a panic:\n{log}");
    }
}

/// A dozen cases on each change; `PROPTEST_CASES` asks for more.
fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    let is_asked_for = default.cases != 256;
    ProptestConfig { cases: if is_asked_for { default.cases } else { 12 }, ..default }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn one_partition(limits in limits(), steps in prop::collection::vec(step(), 1..60)) {
        let mut world = World::new(1, limits);
        for step in &steps {
            world.run(step);
        }
        world.finish();
    }

    #[test]
    fn three_partitions_with_a_bad_network(
        limits in limits(),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut world = World::new(3, limits);
        for step in &steps {
            world.run(step);
        }
        world.finish();
    }
}

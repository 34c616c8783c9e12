//! Batch operations: the same done with many process instances.

mod deletion;

use std::collections::BTreeSet;

use insta::assert_snapshot;
use skep_engine::Answer;
use skep_record::{
    AncestorScope, BatchOperationAction, BatchOperationCounts, BatchOperationEvent,
    BatchOperationKey, BatchOperationOrder, BatchOperationPlan, BatchOperationReport,
    BatchOperationState, CancelProcessInstance, Command, ControlBatchOperation,
    CreateBatchOperation, CreateProcessInstance, DefinitionRef, ElementCondition,
    ElementInstanceSelector, ElementMapping, FailJob, InstanceCondition, JobKey, MoveInstruction,
    NumberField, PartitionId, ProcessInstanceFilter, ProcessInstanceKey, Response, TenantId, Test,
    TextField, TextTest, Timestamp, UpdateJobRetries, VariableCondition,
};

use crate::rig::{Rig, activate_command, complete_command, create_command, doc};

pub fn all(conditions: Vec<InstanceCondition>) -> ProcessInstanceFilter {
    ProcessInstanceFilter { all: conditions, any: Vec::new() }
}

fn text(field: TextField, value: &str) -> InstanceCondition {
    InstanceCondition::Text(field, TextTest::Is(Test::Equals(value.into())))
}

pub fn of_process(id: &str) -> ProcessInstanceFilter {
    all(vec![text(TextField::ProcessDefinitionId, id)])
}

pub fn create(plan: BatchOperationPlan, filter: ProcessInstanceFilter) -> Command {
    Command::CreateBatchOperation(Box::new(CreateBatchOperation {
        order: BatchOperationOrder { plan, filter, tenant_ids: vec![TenantId::default()] },
        process_instance_key: None,
        operation_reference: 0,
    }))
}

fn cancel(filter: ProcessInstanceFilter) -> Command {
    create(BatchOperationPlan::CancelProcessInstance, filter)
}

fn created(answer: Answer) -> BatchOperationKey {
    match answer {
        Answer::Reply(Ok(Response::BatchOperationCreated(key))) => key,
        other => panic!("{other:?}"),
    }
}

pub fn control(key: BatchOperationKey, action: BatchOperationAction) -> Command {
    Command::ControlBatchOperation(ControlBatchOperation { batch_operation_key: key, action })
}

/// What the records say of a batch operation.
#[derive(Debug)]
pub struct Told {
    pub state: BatchOperationState,
    /// By what all partitions have done.
    pub counts: BatchOperationCounts,
    /// What the partitions have reported to the one that leads.
    pub reports: Vec<BatchOperationReport>,
}

pub fn told(rig: &Rig, key: BatchOperationKey) -> Told {
    let (state, counts) = (BatchOperationState::Created, BatchOperationCounts::default());
    let mut told = Told { state, counts, reports: Vec::new() };
    let mut is_initialized = false;
    for (partition, _, event) in rig.batch_operations.iter().filter(|(_, of, _)| *of == key) {
        let leads = *partition == lead(key);
        match event {
            BatchOperationEvent::ChunkCreated(items) => told.counts.n_total += items.len() as u64,
            BatchOperationEvent::Executed { failed: true, .. } => told.counts.n_failed += 1,
            BatchOperationEvent::Executed { .. } => told.counts.n_completed += 1,
            BatchOperationEvent::Initialized if leads => {
                is_initialized = true;
                told.state = BatchOperationState::Active;
            }
            BatchOperationEvent::Controlled { action, .. } if leads => {
                told.state = match action {
                    BatchOperationAction::Suspend => BatchOperationState::Suspended,
                    BatchOperationAction::Resume if is_initialized => BatchOperationState::Active,
                    BatchOperationAction::Resume => BatchOperationState::Created,
                    BatchOperationAction::Cancel => BatchOperationState::Canceled,
                };
            }
            BatchOperationEvent::PartitionEnded(report) if leads => {
                told.reports.push(report.clone());
            }
            BatchOperationEvent::Ended { failed: true } => told.state = BatchOperationState::Failed,
            BatchOperationEvent::Ended { .. } => told.state = BatchOperationState::Completed,
            _ => (),
        }
    }
    told
}

/// State and total, completed and failed items.
fn progress(rig: &Rig, key: BatchOperationKey) -> (BatchOperationState, u64, u64, u64) {
    let Told { state, counts, .. } = told(rig, key);
    (state, counts.n_total, counts.n_completed, counts.n_failed)
}

fn lead(key: BatchOperationKey) -> u16 {
    PartitionId::of_key(key.0).unwrap().0
}

/// Does everything that batch operations have to do, and answers how far one has come.
fn run(rig: &mut Rig, partition: u16, command: Command) -> (BatchOperationState, u64, u64, u64) {
    let key = created(rig.submit(partition, command));
    progress(rig, key)
}

/// The next step of each batch operation, and no more.
fn one_step(rig: &mut Rig, partition: u16) -> bool {
    let due = rig.engine(partition).due(Timestamp(-1), 100);
    let next = due.into_iter().next();
    next.map(|command| rig.step(PartitionId(partition), command)).is_some()
}

#[test]
fn instances_are_cancelled_and_the_log_says_how() {
    let mut rig = Rig::new();
    rig.deploy("service_task.bpmn");
    rig.create("order_process", "{}");
    rig.take_log();
    let key = created(rig.submit(1, cancel(of_process("order_process"))));
    assert_eq!(progress(&rig, key), (BatchOperationState::Completed, 1, 1, 0));
    assert_snapshot!(rig.take_log(), @r#"
    C BATCH_OPERATION_CREATION:CREATE type=CANCEL_PROCESS_INSTANCE
    E BATCH_OPERATION_CREATION:CREATED k8 type=CANCEL_PROCESS_INSTANCE lead=1 partitions=1
    C BATCH_OPERATION_INITIALIZATION:INITIALIZE batch_operation=k8
    E BATCH_OPERATION_CHUNK:CREATED k8 items=1
    E BATCH_OPERATION_INITIALIZATION:INITIALIZED k8
    C BATCH_OPERATION_EXECUTION:EXECUTE batch_operation=k8
    C PROCESS_INSTANCE:TERMINATE_ELEMENT k2 "order_process" PROCESS scope=-1
    E BATCH_OPERATION_EXECUTION:EXECUTED k8 instance=k2
    E BATCH_OPERATION_PARTITION_LIFECYCLE:PARTITION_COMPLETED k8 partition=1 total=1 completed=1 failed=0
    E BATCH_OPERATION_LIFECYCLE_MANAGEMENT:COMPLETED k8
    E PROCESS_INSTANCE:ELEMENT_TERMINATING k2 "order_process" PROCESS scope=-1
    C PROCESS_INSTANCE_BATCH:TERMINATE k10 "order_process" PROCESS
    C PROCESS_INSTANCE:TERMINATE_ELEMENT k6 "charge_card" SERVICE_TASK scope=k2
    E PROCESS_INSTANCE:ELEMENT_TERMINATING k6 "charge_card" SERVICE_TASK scope=k2
    E JOB:CANCELED k7 "charge_card" SERVICE_TASK element_instance=k6
    E PROCESS_INSTANCE:ELEMENT_TERMINATED k6 "charge_card" SERVICE_TASK scope=k2
    E PROCESS_INSTANCE:ELEMENT_TERMINATED k2 "order_process" PROCESS scope=-1
    "#);
}

#[test]
fn only_what_is_selected_is_touched() {
    let mut rig = Rig::new();
    rig.deploy("service_task.bpmn");
    rig.deploy("two_service_tasks.bpmn");
    rig.create("two_service_tasks", "{}");
    rig.create("order_process", "{}");
    let outcome = run(&mut rig, 1, cancel(of_process("order_process")));
    assert_eq!(outcome, (BatchOperationState::Completed, 1, 1, 0));
    assert_eq!(rig.activate("payment-service"), []);
    assert_eq!(rig.activate("collect-money").len(), 1);
    // Nothing is left to do.
    let again = run(&mut rig, 1, cancel(of_process("order_process")));
    assert_eq!(again, (BatchOperationState::Completed, 0, 0, 0));
}

#[test]
fn a_called_instance_is_not_cancelled_but_its_incident_is_resolved() {
    let mut rig = Rig::new();
    rig.deploy("service_task.bpmn");
    rig.deploy_text("outer.bpmn", OUTER);
    let outer = rig.create("outer", "{}");
    let called = rig.started[1];
    let outcome = run(&mut rig, 1, cancel(of_process("order_process")));
    assert_eq!(outcome, (BatchOperationState::Completed, 0, 0, 0));

    let job = rig.activate("payment-service").remove(0).key;
    fail(&mut rig, job);
    let has_incident = || all(vec![InstanceCondition::HasIncident(true)]);
    // The caller is one with an incident too, but has none of its own to be resolved.
    let parent = InstanceCondition::Number(
        NumberField::ParentProcessInstanceKey,
        Test::OneOf(BTreeSet::from([outer.0])),
    );
    rig.ok(1, retries(job, 1));
    let resolve = create(BatchOperationPlan::ResolveIncidents, has_incident());
    assert_eq!(run(&mut rig, 1, resolve), (BatchOperationState::Completed, 1, 1, 0));
    assert_eq!(rig.activate("payment-service").len(), 1);
    assert_eq!(count(&mut rig, all(vec![parent])), 1);
    assert_eq!(count(&mut rig, has_incident()), 0);
    assert_eq!(rig.started, [outer, called]);

    assert_eq!(run(&mut rig, 1, cancel(of_process("outer"))).2, 1);
    assert_eq!(count(&mut rig, all(Vec::new())), 0);
}

const OUTER: &str = r#"<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="definitions" targetNamespace="http://skep.example/bpmn">
  <bpmn:process id="outer" name="Outer process" isExecutable="true">
    <bpmn:extensionElements><zeebe:versionTag value="stable" /></bpmn:extensionElements>
    <bpmn:startEvent id="start" />
    <bpmn:callActivity id="call"><bpmn:extensionElements>
      <zeebe:calledElement processId="order_process" /></bpmn:extensionElements></bpmn:callActivity>
    <bpmn:endEvent id="end" />
    <bpmn:sequenceFlow id="to_call" sourceRef="start" targetRef="call" />
    <bpmn:sequenceFlow id="to_end" sourceRef="call" targetRef="end" />
  </bpmn:process></bpmn:definitions>"#;

fn fail(rig: &mut Rig, job_key: JobKey) {
    rig.ok(
        PartitionId::of_key(job_key.0).unwrap().0,
        Command::FailJob(FailJob {
            job_key,
            retries: 0,
            retry_back_off_ms: 0,
            error_message: "no".into(),
            variables: doc("{}"),
        }),
    );
}

fn retries(job_key: JobKey, retries: i32) -> Command {
    Command::UpdateJobRetries(UpdateJobRetries { job_key, retries, operation_reference: 0 })
}

/// How many running instances of the first partition a filter selects: as many as are tried to be
/// modified in a way that none of them can be.
fn count(rig: &mut Rig, filter: ProcessInstanceFilter) -> u64 {
    let impossible = BatchOperationPlan::ModifyProcessInstance { moves: vec![move_to("no", "no")] };
    let (state, n_total, n_completed, n_failed) = run(rig, 1, create(impossible, filter));
    assert_eq!((state, n_completed, n_failed), (BatchOperationState::Completed, 0, n_total));
    n_total
}

fn move_to(source: &str, target: &str) -> MoveInstruction {
    MoveInstruction {
        source: ElementInstanceSelector::Element(source.into()),
        target_element_id: target.into(),
        ancestor: AncestorScope::Inferred,
        variables: Vec::new(),
    }
}

#[test]
fn a_filter_selects_by_everything_that_an_instance_is() {
    let mut rig = Rig::new();
    rig.restore_every = 20;
    rig.deploy("service_task.bpmn");
    rig.deploy_text("outer.bpmn", OUTER);
    let plain = rig.create("order_process", r#"{"total": 7, "text": "a\"b", "list": [1, 2]}"#);
    let tagged = Command::CreateProcessInstance(CreateProcessInstance {
        definition: DefinitionRef::Latest("order_process".into()),
        variables: doc(r#"{"total": 70}"#),
        tenant_id: TenantId::default(),
        start_at: Vec::new(),
        await_result: None,
        operation_reference: 0,
        tags: vec!["urgent".into(), "region:eu".into()],
        terminate_after: Vec::new(),
        business_id: Some("order-7".into()),
    });
    rig.ok(1, tagged);
    let outer = rig.create("outer", "{}");
    let called = *rig.started.last().unwrap();
    let job = rig.activate("payment-service").remove(0);
    assert_eq!(job.process_instance_key, plain);
    fail(&mut rig, job.key);

    let number = InstanceCondition::Number;
    let variable = |name: &str, tests: Vec<TextTest>| {
        InstanceCondition::Variable(VariableCondition { name: name.into(), tests })
    };
    let is = |value: &str| TextTest::Is(Test::Equals(value.into()));
    let like =
        |field, pattern: &str| InstanceCondition::Text(field, TextTest::Like(pattern.into()));
    let element = |id: &str, has_incident| {
        InstanceCondition::Element(ElementCondition {
            id: vec![is(id)],
            state: vec![is("ACTIVE")],
            has_incident,
        })
    };
    let tags =
        |tags: &[&str]| InstanceCondition::Tags(tags.iter().map(|tag| (*tag).to_owned()).collect());
    let cases = vec![
        (vec![], 4),
        (vec![number(NumberField::ProcessInstanceKey, Test::Equals(plain.0))], 1),
        (vec![number(NumberField::ProcessInstanceKey, Test::Differs(plain.0))], 3),
        (
            vec![number(
                NumberField::ProcessInstanceKey,
                Test::OneOf(BTreeSet::from([plain.0, called.0, 1])),
            )],
            2,
        ),
        (vec![number(NumberField::ParentProcessInstanceKey, Test::Equals(outer.0))], 1),
        (vec![number(NumberField::ParentProcessInstanceKey, Test::Exists(false))], 3),
        (vec![number(NumberField::ParentElementInstanceKey, Test::Exists(true))], 1),
        (vec![number(NumberField::ProcessDefinitionVersion, Test::Above(1))], 0),
        (vec![number(NumberField::ProcessDefinitionVersion, Test::AtMost(1))], 4),
        (
            vec![number(
                NumberField::ProcessDefinitionKey,
                Test::NoneOf(BTreeSet::from([job.process_definition_key.0])),
            )],
            1,
        ),
        (vec![like(TextField::ProcessDefinitionId, "order*")], 3),
        (vec![text(TextField::ProcessDefinitionName, "Outer process")], 1),
        (vec![text(TextField::ProcessDefinitionVersionTag, "stable")], 1),
        (vec![text(TextField::TenantId, "<default>")], 4),
        (vec![text(TextField::TenantId, "other")], 0),
        (vec![text(TextField::BusinessId, "order-7")], 1),
        (
            vec![InstanceCondition::Text(TextField::BusinessId, TextTest::Is(Test::Exists(false)))],
            3,
        ),
        (vec![text(TextField::State, "ACTIVE")], 4),
        (vec![text(TextField::State, "COMPLETED")], 0),
        (vec![InstanceCondition::HasIncident(true)], 1),
        (vec![InstanceCondition::HasIncident(false)], 3),
        (vec![tags(&["urgent"])], 1),
        (vec![tags(&["urgent", "region:eu"])], 1),
        (vec![tags(&["urgent", "region:us"])], 0),
        (vec![variable("total", vec![is("7")])], 1),
        (vec![variable("total", vec![TextTest::Like("7*".into())])], 2),
        (vec![variable("total", vec![TextTest::Is(Test::Exists(false))])], 2),
        (vec![variable("text", vec![is(r#""a\"b""#)])], 1),
        (vec![variable("list", vec![is("[1,2]")])], 1),
        (vec![variable("list", vec![is("[1,2]"), is("[]")])], 0),
        (vec![element("charge_card", None)], 3),
        (vec![element("charge_card", Some(true))], 1),
        (vec![element("call", Some(false))], 1),
        (
            vec![
                text(TextField::ProcessDefinitionId, "order_process"),
                InstanceCondition::HasIncident(false),
                variable("total", vec![TextTest::Is(Test::Exists(true))]),
            ],
            1,
        ),
    ];
    for (conditions, expected) in cases {
        let filter = all(conditions);
        assert_eq!(count(&mut rig, filter.clone()), expected, "{filter:?}");
    }
    let any = vec![vec![tags(&["urgent"])], vec![text(TextField::ProcessDefinitionId, "outer")]];
    let either = ProcessInstanceFilter { all: vec![text(TextField::State, "ACTIVE")], any };
    assert_eq!(count(&mut rig, either), 2);
}

#[test]
fn instances_of_other_tenants_are_not_selected() {
    let mut rig = Rig::new();
    rig.deploy("service_task.bpmn");
    rig.create("order_process", "{}");
    let order = BatchOperationOrder {
        plan: BatchOperationPlan::CancelProcessInstance,
        filter: all(Vec::new()),
        tenant_ids: vec!["other".into()],
    };
    let command = Command::CreateBatchOperation(Box::new(CreateBatchOperation {
        order,
        process_instance_key: None,
        operation_reference: 0,
    }));
    assert_eq!(run(&mut rig, 1, command), (BatchOperationState::Completed, 0, 0, 0));
}

#[test]
fn instances_are_modified() {
    let mut rig = Rig::new();
    rig.deploy("two_service_tasks.bpmn");
    rig.create("two_service_tasks", "{}");
    rig.create("two_service_tasks", "{}");
    rig.create("two_service_tasks", "{}");
    let job = rig.activate("collect-money").remove(0).key;
    rig.complete(job, "{}");
    let moves = vec![move_to("collect_money", "ship_parcel"), move_to("ship_parcel", "end")];
    let plan = BatchOperationPlan::ModifyProcessInstance { moves };
    let outcome = run(&mut rig, 1, create(plan, of_process("two_service_tasks")));
    assert_eq!(outcome, (BatchOperationState::Completed, 3, 3, 0));
    // One has come to its end, and two are where that was.
    assert_eq!(count(&mut rig, all(Vec::new())), 2);
    assert_eq!(rig.activate("ship-parcel").len(), 2);
}

fn waiting(boundary: &str) -> String {
    format!(
        r#"<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="definitions" targetNamespace="http://skep.example/bpmn">
        <bpmn:process id="waiting" isExecutable="true"><bpmn:startEvent id="start" />
        <bpmn:serviceTask id="work"><bpmn:extensionElements><zeebe:taskDefinition type="work" /></bpmn:extensionElements></bpmn:serviceTask>
        <bpmn:endEvent id="end" />{boundary}
        <bpmn:sequenceFlow id="to_work" sourceRef="start" targetRef="work" />
        <bpmn:sequenceFlow id="to_end" sourceRef="work" targetRef="end" /></bpmn:process></bpmn:definitions>"#
    )
}

#[test]
fn what_fails_is_taken_back_and_counted_and_does_not_stop_the_others() {
    let mut rig = Rig::new();
    rig.deploy_text("waiting.bpmn", &waiting(""));
    for n in 0..5 {
        let variables = if n % 2 == 0 { r#"{"time": "PT1H"}"# } else { "{}" };
        rig.create("waiting", variables);
    }
    let timer = r#"<bpmn:boundaryEvent id="late" attachedToRef="work"><bpmn:timerEventDefinition>
        <bpmn:timeDuration>=time</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>
        <bpmn:sequenceFlow id="late_end" sourceRef="late" targetRef="end" />"#;
    let target = rig.deploy_text("waiting.bpmn", &waiting(timer)).processes[0].key;
    let plan = BatchOperationPlan::MigrateProcessInstance {
        target_process_definition_key: target,
        mappings: vec![ElementMapping {
            source_element_id: "work".into(),
            target_element_id: "work".into(),
        }],
    };
    rig.take_log();
    let outcome = run(&mut rig, 1, create(plan, of_process("waiting")));
    assert_eq!(outcome, (BatchOperationState::Completed, 5, 3, 2));
    let log = rig.take_log();
    assert_eq!(
        log.matches("R BATCH_OPERATION_EXECUTION:EXECUTE INVALID_STATE").count(),
        2,
        "{log}"
    );
    assert_eq!(log.matches("TIMER:CREATED").count(), 3, "{log}");
    assert_eq!(log.matches(" failed\n").count(), 2, "{log}");
    let version = |version| {
        all(vec![InstanceCondition::Number(
            NumberField::ProcessDefinitionVersion,
            Test::Equals(version),
        )])
    };
    assert_eq!(count(&mut rig, version(1)), 2);
    assert_eq!(count(&mut rig, version(2)), 3);

    let nowhere = BatchOperationPlan::MigrateProcessInstance {
        target_process_definition_key: 1.into(),
        mappings: Vec::new(),
    };
    let refused = rig.rejected(1, create(nowhere, all(Vec::new())));
    assert!(refused.starts_with("NOT_FOUND") && refused.contains("key '1'"), "{refused}");
}

#[test]
fn an_item_that_the_engine_fails_on_is_banned_and_does_not_stop_the_others() {
    let mut rig = Rig::with_config(1, |config| config.random = || panic!("no random numbers"));
    let lottery = r#"<bpmn:serviceTask id="lottery"><bpmn:extensionElements><zeebe:taskDefinition type="lottery" />
        <zeebe:ioMapping><zeebe:input source="=if lucky then 1 else random number()" target="number" /></zeebe:ioMapping>
        </bpmn:extensionElements></bpmn:serviceTask>
        <bpmn:sequenceFlow id="from_lottery" sourceRef="lottery" targetRef="end" />"#;
    rig.deploy_text("waiting.bpmn", &waiting(lottery));
    rig.create("waiting", r#"{"lucky": true}"#);
    rig.create("waiting", r#"{"lucky": false}"#);
    rig.create("waiting", r#"{"lucky": true}"#);
    rig.take_log();
    let plan =
        BatchOperationPlan::ModifyProcessInstance { moves: vec![move_to("work", "lottery")] };
    let outcome = run(&mut rig, 1, create(plan, all(Vec::new())));
    assert_eq!(outcome, (BatchOperationState::Completed, 3, 2, 1));
    let log = rig.take_log();
    assert_eq!(log.matches("ERROR:CREATED").count(), 1, "{log}");
    assert_eq!(rig.activate("lottery").len(), 2);
    // What is banned is left alone.
    assert_eq!(count(&mut rig, all(Vec::new())), 2);
}

#[test]
fn the_incidents_of_one_instance_are_resolved() {
    let mut rig = Rig::new();
    rig.deploy("service_task.bpmn");
    let key = rig.create("order_process", "{}");
    let other = rig.create("order_process", "{}");
    for job in rig.activate("payment-service") {
        fail(&mut rig, job.key);
        rig.ok(1, retries(job.key, 2));
    }
    let resolve = |key: ProcessInstanceKey| {
        let is = InstanceCondition::Number(NumberField::ProcessInstanceKey, Test::Equals(key.0));
        Command::CreateBatchOperation(Box::new(CreateBatchOperation {
            order: BatchOperationOrder {
                plan: BatchOperationPlan::ResolveIncidents,
                filter: all(vec![is]),
                tenant_ids: vec![TenantId::default()],
            },
            process_instance_key: Some(key),
            operation_reference: 0,
        }))
    };
    assert_eq!(run(&mut rig, 1, resolve(key)), (BatchOperationState::Completed, 1, 1, 0));
    let activated = rig.activate("payment-service");
    assert_eq!(activated.iter().map(|job| job.process_instance_key).collect::<Vec<_>>(), [key]);
    // An incident whose job has no retries stays.
    fail(&mut rig, activated[0].key);
    assert_eq!(run(&mut rig, 1, resolve(key)), (BatchOperationState::Completed, 1, 0, 1));
    assert_eq!(run(&mut rig, 1, resolve(other)), (BatchOperationState::Completed, 1, 1, 0));
    let unknown = rig.rejected(1, resolve(ProcessInstanceKey(other.0 + 1_000)));
    assert!(unknown.starts_with("NOT_FOUND"), "{unknown}");
}

#[test]
fn it_can_be_suspended_resumed_and_cancelled() {
    use BatchOperationState::{Active, Canceled, Created, Suspended};
    let mut rig = Rig::new();
    rig.deploy("service_task.bpmn");
    for _ in 0..5 {
        rig.create("order_process", "{}");
    }
    let one = PartitionId(1);
    let key = created(rig.step(one, cancel(of_process("order_process"))));
    assert_eq!(progress(&rig, key), (Created, 0, 0, 0));
    rig.step(one, control(key, BatchOperationAction::Suspend));
    assert!(!one_step(&mut rig, 1), "a suspended batch operation has nothing to do");
    assert_eq!(progress(&rig, key), (Suspended, 0, 0, 0));
    let again = rig.rejected(1, control(key, BatchOperationAction::Suspend));
    assert!(again.starts_with("INVALID_STATE") && again.contains("'SUSPENDED'"), "{again}");

    rig.step(one, control(key, BatchOperationAction::Resume));
    assert!(one_step(&mut rig, 1) && one_step(&mut rig, 1));
    assert_eq!(progress(&rig, key), (Active, 5, 1, 0));
    let again = rig.step(one, control(key, BatchOperationAction::Resume));
    assert!(matches!(again, Answer::Reply(Err(_))), "{again:?}");
    rig.step(one, control(key, BatchOperationAction::Suspend));
    assert!(!one_step(&mut rig, 1));
    rig.step(one, control(key, BatchOperationAction::Resume));
    assert!(one_step(&mut rig, 1));

    rig.step(one, control(key, BatchOperationAction::Cancel));
    assert!(!one_step(&mut rig, 1));
    assert_eq!(progress(&rig, key), (Canceled, 5, 2, 0));
    for action in
        [BatchOperationAction::Cancel, BatchOperationAction::Resume, BatchOperationAction::Suspend]
    {
        let ended = rig.rejected(1, control(key, action));
        assert!(ended.starts_with("NOT_FOUND") && ended.contains(&key.to_string()), "{ended}");
    }
    assert_eq!(count(&mut rig, all(Vec::new())), 3);
}

#[test]
fn every_partition_does_its_part_and_the_first_learns_when_all_are_done() {
    let mut rig = Rig::with_partitions(3);
    rig.deploy("service_task.bpmn");
    for n in 0..9 {
        rig.create_on(n % 3 + 1, "order_process", "{}");
    }
    rig.take_log();
    let key = created(rig.step(PartitionId(2), cancel(of_process("order_process"))));
    assert_eq!(lead(key), 2);
    assert_eq!(told(&rig, key).reports, []);
    rig.settle();
    assert_eq!(progress(&rig, key), (BatchOperationState::Completed, 9, 9, 0));
    let mut reports = told(&rig, key).reports;
    reports.sort_by_key(|report| report.partition_id);
    let done = reports.iter().map(|report| (report.partition_id.0, report.counts.n_completed));
    assert_eq!(done.collect::<Vec<_>>(), [(1, 3), (2, 3), (3, 3)]);
    for partition in 1..=3 {
        assert_eq!(rig.activate_on(partition, "payment-service"), []);
    }
    let log = rig.take_log();
    assert_eq!(log.matches("LIFECYCLE_MANAGEMENT:COMPLETED").count(), 1, "{log}");
    assert_eq!(log.matches("PARTITION_COMPLETED").count(), 5, "{log}");
}

#[test]
fn what_is_lost_between_partitions_comes_again_and_what_comes_twice_is_done_once() {
    for lose in 0..12 {
        let mut rig = Rig::with_partitions(3);
        rig.restore_every = 5;
        rig.duplicate = lose % 2 == 0;
        rig.deploy("service_task.bpmn");
        for n in 0..6 {
            rig.create_on(n % 3 + 1, "order_process", "{}");
        }
        rig.advance(60_000);
        rig.lose = Some(rig.n_sent + lose);
        let key = created(rig.submit(3, cancel(of_process("order_process"))));
        rig.advance(60_000);
        let outcome = progress(&rig, key);
        assert_eq!(outcome, (BatchOperationState::Completed, 6, 6, 0), "losing {lose}");
        assert_eq!(told(&rig, key).reports.len(), 3, "losing {lose}");
        assert!((1..=3).all(|id| rig.engine(id).next_due().is_none()), "losing {lose}");
    }
}

#[test]
fn what_comes_again_long_after_is_not_done_again() {
    let mut rig = Rig::with_partitions(2);
    rig.deploy("service_task.bpmn");
    let mut begun = Vec::new();
    for _ in 0..3 {
        created(rig.step(PartitionId(1), cancel(of_process("order_process"))));
        begun.push(rig.in_flight.front().unwrap().clone());
        rig.settle();
        rig.advance(60_000);
    }
    // The others have told by now that nobody waits for this one any more.
    rig.take_log();
    let (to, first) = begun.swap_remove(0);
    rig.step(to, first);
    rig.settle();
    let log = rig.take_log();
    assert!(log.contains("CREATION:CREATE k2 ALREADY_EXISTS"), "{log}");
    assert!(!log.contains("E BATCH_OPERATION"), "{log}");
}

#[test]
fn orders_that_overtake_each_other_have_the_effect_of_the_last() {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut rig = Rig::with_partitions(2);
        rig.deploy("service_task.bpmn");
        for _ in 0..3 {
            rig.create_on(2, "order_process", "{}");
        }
        rig.advance(60_000);
        rig.deliver = false;
        let key = created(rig.submit(1, cancel(of_process("order_process"))));
        rig.submit(1, control(key, BatchOperationAction::Suspend));
        rig.submit(1, control(key, BatchOperationAction::Resume));
        let sent: Vec<_> = rig.in_flight.drain(..).collect();
        assert_eq!(sent.len(), 3);
        for n in order {
            rig.in_flight.push_back(sent[n].clone());
        }
        rig.deliver = true;
        rig.settle();
        rig.advance(60_000);
        assert_eq!(progress(&rig, key), (BatchOperationState::Completed, 3, 3, 0), "{order:?}");
    }
}

#[test]
fn a_cancelled_one_counts_what_other_partitions_have_done() {
    let mut rig = Rig::with_partitions(2);
    rig.deploy("service_task.bpmn");
    for _ in 0..4 {
        rig.create_on(2, "order_process", "{}");
    }
    let key = created(rig.step(PartitionId(1), cancel(of_process("order_process"))));
    let (to, begin) = rig.in_flight.pop_front().unwrap();
    rig.step(to, begin);
    assert!(one_step(&mut rig, 2) && one_step(&mut rig, 2));
    rig.submit(1, control(key, BatchOperationAction::Cancel));
    assert_eq!(progress(&rig, key), (BatchOperationState::Canceled, 4, 1, 0));
    let reports = told(&rig, key).reports;
    assert_eq!(reports.iter().map(|report| report.counts.n_completed).sum::<u64>(), 1);
    assert_eq!(reports.len(), 2);
    assert_eq!(rig.activate_on(2, "payment-service").len(), 3);
    rig.advance(60_000);
    assert!((1..=2).all(|id| rig.engine(id).next_due().is_none_or(|at| at.0 > 0)));
}

#[test]
fn ten_thousand_instances_do_not_keep_others_waiting() {
    const N: usize = 10_000;
    let mut rig = Rig::new();
    rig.restore_every = 3_000;
    rig.check_states_every = 3_000;
    rig.deploy("service_task.bpmn");
    rig.deploy("two_service_tasks.bpmn");
    for _ in 0..N {
        rig.step(PartitionId(1), create_command("order_process", "{}"));
    }
    let one = PartitionId(1);
    let key = created(rig.step(one, cancel(of_process("order_process"))));
    let mut n_turns = 0;
    let mut n_late = 0;
    loop {
        let due = rig.engine(1).due(Timestamp(-1), 64);
        if due.is_empty() {
            break;
        }
        assert!(due.len() <= 33, "more steps at once than others can wait for");
        for command in due {
            rig.step(one, command);
        }
        n_turns += 1;
        // One that begins meanwhile is worked on, and is none of the batch operation.
        if n_turns % 50 == 0 {
            rig.step(one, create_command("order_process", "{}"));
            rig.step(one, create_command("two_service_tasks", "{}"));
            let job = match rig.step(one, activate_command("collect-money", 1)) {
                Answer::Reply(Ok(Response::Activated(mut activated))) => activated.jobs.remove(0),
                other => panic!("{other:?}"),
            };
            rig.step(one, complete_command(job.key, "{}"));
            n_late += 1;
        }
        // It takes a rest at times.
        if n_turns == 100 {
            rig.step(one, control(key, BatchOperationAction::Suspend));
            assert_eq!(rig.engine(1).due(Timestamp(-1), 64), []);
            rig.step(one, control(key, BatchOperationAction::Resume));
        }
    }
    assert!(n_turns > N / 33, "{n_turns}");
    assert_eq!(progress(&rig, key), (BatchOperationState::Completed, N as u64, N as u64, 0));
    assert_eq!(count(&mut rig, of_process("order_process")), n_late);
    assert!(n_late > 0);
}

#[test]
fn an_instance_with_more_incidents_than_a_step_takes_is_worked_on_as_a_whole() {
    const N: usize = 1_500;
    let mut rig = Rig::new();
    rig.restore_every = 500;
    rig.check_states_every = 500;
    rig.deploy_text("many.bpmn", MANY);
    rig.create("many", &format!(r#"{{"items": {:?}}}"#, vec![0; N]));
    rig.create("many", r#"{"items": [1, 2]}"#);
    assert_eq!(rig.incidents.len(), N + 2);
    let has_incident = all(vec![InstanceCondition::HasIncident(true)]);
    let outcome = run(&mut rig, 1, create(BatchOperationPlan::ResolveIncidents, has_incident));
    let n = N as u64 + 2;
    // Each is raised again, because nothing was put right.
    assert_eq!(outcome, (BatchOperationState::Completed, n, n, 0));
    assert_eq!(rig.incidents.len(), 2 * (N + 2));
}

const MANY: &str = r#"<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="definitions" targetNamespace="http://skep.example/bpmn">
  <bpmn:process id="many" isExecutable="true">
    <bpmn:startEvent id="start" />
    <bpmn:serviceTask id="task"><bpmn:extensionElements><zeebe:taskDefinition type="=kind" /></bpmn:extensionElements>
      <bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>
        <zeebe:loopCharacteristics inputCollection="=items" /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>
    </bpmn:serviceTask>
    <bpmn:endEvent id="end" />
    <bpmn:sequenceFlow id="to_task" sourceRef="start" targetRef="task" />
    <bpmn:sequenceFlow id="to_end" sourceRef="task" targetRef="end" />
  </bpmn:process></bpmn:definitions>"#;

#[test]
fn as_many_as_may_live_do_and_the_last_that_ended_are_known() {
    let mut rig = Rig::new();
    rig.restore_every = 400;
    rig.check_states_every = 400;
    rig.deploy("service_task.bpmn");
    let one = PartitionId(1);
    let alive: Vec<_> = (0..100)
        .map(|_| {
            let key = created(rig.step(one, cancel(of_process("order_process"))));
            rig.step(one, control(key, BatchOperationAction::Suspend));
            key
        })
        .collect();
    let refused = rig.rejected(1, cancel(of_process("order_process")));
    assert!(refused.starts_with("INVALID_STATE") && refused.contains("100"), "{refused}");
    rig.ok(1, control(alive[0], BatchOperationAction::Cancel));
    let ended: Vec<_> = (0..1_001)
        .map(|_| {
            rig.now += 1;
            created(rig.submit(1, cancel(of_process("order_process"))))
        })
        .collect();
    assert!(ended.iter().all(|key| progress(&rig, *key).0 == BatchOperationState::Completed));
    assert_eq!(progress(&rig, alive[1]).0, BatchOperationState::Suspended);
    // Those that live, and the last thousand that have ended.
    let outline = rig.engine(1).outline();
    assert!(outline.contains("1099 batch operations"), "{outline}");
}

#[test]
fn an_item_that_is_gone_before_its_turn_fails_with_a_rejection_that_says_why() {
    let mut rig = Rig::new();
    rig.deploy_text("waiting.bpmn", &waiting(""));
    let [first, second] = [0, 1].map(|_| rig.create("waiting", ""));
    let one = PartitionId(1);
    let key = created(rig.step(one, cancel(of_process("waiting"))));
    rig.step(one, Command::InitializeBatchOperation(key));
    let gone = CancelProcessInstance { process_instance_key: second, operation_reference: 0 };
    rig.ok(1, Command::CancelProcessInstance(gone));
    let worked_on: Vec<_> = rig
        .batch_operations
        .iter()
        .filter_map(|(_, _, event)| match event {
            BatchOperationEvent::Executed { item, failed } => {
                Some((item.process_instance_key, *failed))
            }
            _ => None,
        })
        .collect();
    assert_eq!(worked_on, [(first, false), (second, true)]);
    // The history takes the reason from the rejection of the same batch.
    let log = rig.take_log();
    let refused = log.lines().rev().find(|line| line.starts_with("R ")).unwrap();
    assert!(refused.contains("BATCH_OPERATION_EXECUTION:EXECUTE NOT_FOUND"), "{refused}");
}

#[test]
fn a_filter_that_is_too_large_is_refused() {
    let mut rig = Rig::new();
    let id = "x".repeat(2 * 1024 * 1024);
    let refused = rig.rejected(1, cancel(of_process(&id)));
    assert!(refused.starts_with("INVALID_ARGUMENT") && refused.contains("bytes"), "{refused}");
}

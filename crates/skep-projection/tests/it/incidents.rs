//! Incidents.

use std::sync::Arc;

use skep_projection::{
    Condition, ElementInstance, ElementInstanceField, ErrorInstances, ErrorInstancesField,
    FailingDefinition, FailingDefinitionField, History, Incident, IncidentCondition,
    IncidentField as Field, MessageTest, Order, Page, ProcessInstance, ProcessInstanceCondition,
    Projector, Search,
};
use skep_record::{
    AuthorizedTenants, Batch, Body, BpmnElementType, BpmnEventType, CancelProcessInstance, Command,
    Document, ElementInstanceKey, ElementMapping, ElementRef, ElementSlot, ElementValue, ErrorType,
    Event, Exporter as _, FailJob, IncidentEvent, IncidentKey, IncidentValue, InstanceSlot, JobKey,
    MigrateProcessInstance, PartitionId, ProcessDefinitionKey, ProcessInstanceIntent,
    ProcessInstanceKey, ProcessInstanceRef, Record, ResolveIncident, TenantId, Test, TextTest,
    Timestamp, UpdateJobRetries,
};

use crate::{
    model,
    rig::{Model, Rig, Running},
};

const CALL_ACTIVITY: Model = model!("call_activity");
const NESTED: Model = model!("nested_subprocess");
const SERVICE_TASK: Model = model!("service_task");
const TWO_TASKS: Model = model!("two_service_tasks");

fn is(text: &str) -> TextTest {
    TextTest::Is(Test::Equals(text.into()))
}

fn all(conditions: Vec<Condition<Incident>>) -> Search<Incident> {
    Search { all: conditions, ..Search::default() }
}

/// Fails the only job of a type, so that it has no retries.
async fn fail(running: &Running, job_type: &str, message: &str) -> JobKey {
    let job = running.jobs(job_type).await.remove(0);
    let command = Command::FailJob(FailJob {
        job_key: job.key,
        retries: 0,
        retry_back_off_ms: 0,
        error_message: message.into(),
        variables: Document::empty(),
    });
    running.submit(command).await;
    job.key
}

async fn resolve(running: &Running, job_key: JobKey, incident_key: i64) {
    let update = UpdateJobRetries { job_key, retries: 1, operation_reference: 0 };
    running.submit(Command::UpdateJobRetries(update)).await;
    let incident_key = IncidentKey(incident_key);
    let command = ResolveIncident { incident_key, operation_reference: 0 };
    running.submit(Command::ResolveIncident(command)).await;
}

async fn element(running: &Running, id: &str) -> ElementInstance {
    let id = Condition::Text(ElementInstanceField::ElementId, is(id));
    let search = Search { all: vec![id], ..Search::default() };
    let mut found = running.search::<ElementInstance>(search).await.items;
    assert_eq!(found.len(), 1);
    found.remove(0)
}

async fn keys(running: &Running, conditions: Vec<Condition<Incident>>) -> Vec<i64> {
    running.search(all(conditions)).await.items.iter().map(|found| found.key).collect()
}

#[tokio::test]
async fn an_incident_is_seen_in_all_that_it_is_in() {
    let (rig, running) = Rig::with(&[CALL_ACTIVITY]).await;
    let root = running.create("call_activity", "{}").await.key.0;
    let job_key = fail(&running, "write-bill", "the printer is on fire").await;
    let found = running.search(all(Vec::new())).await.items;
    let [incident] = &found[..] else { panic!("{found:?}") };
    let (call, task) = (element(&running, "bill").await, element(&running, "write_bill").await);
    let instance = running.get::<ProcessInstance>(task.process_instance_key).await.unwrap();
    let expected = Incident {
        key: incident.key,
        process_definition_key: instance.process_definition_key,
        process_definition_id: "billing".into(),
        process_instance_key: instance.key,
        root_process_instance_key: root,
        element_instance_key: task.key,
        element_id: "write_bill".into(),
        error_type: "JOB_NO_RETRIES",
        error_message: "the printer is on fire".into(),
        created_at: Timestamp(1_700_000_000_000),
        state: "ACTIVE",
        job_key: Some(job_key.0),
        tenant_id: "<default>".into(),
    };
    assert_eq!(incident, &expected);
    assert!(!format!("{incident:?}").contains("printer"));
    assert_eq!(running.get::<Incident>(incident.key).await.as_ref(), Some(incident));
    assert_eq!((task.has_incident, task.incident_key), (true, Some(incident.key)));
    assert_eq!((call.has_incident, call.incident_key), (true, None));
    let has_incident = async |key| running.get::<ProcessInstance>(key).await.unwrap().has_incident;
    assert!(has_incident(root).await && has_incident(instance.key).await);

    let of = |condition| vec![Condition::Of(condition)];
    for within in [root, instance.key] {
        assert_eq!(keys(&running, of(IncidentCondition::Within(within))).await, [incident.key]);
    }
    for within in [call.key, task.key] {
        let of = of(IncidentCondition::WithinElement(within));
        assert_eq!(keys(&running, of).await, [incident.key]);
    }
    let start = element(&running, "start").await;
    let of_start = of(IncidentCondition::WithinElement(start.key));
    assert_eq!(keys(&running, of_start).await, [0_i64; 0]);

    resolve(&running, job_key, incident.key).await;
    let resolved = running.get::<Incident>(incident.key).await.unwrap();
    assert_eq!(resolved, Incident { state: "RESOLVED", ..expected });
    let (call, task) = (element(&running, "bill").await, element(&running, "write_bill").await);
    assert_eq!((task.has_incident, task.incident_key), (false, None));
    assert!(!call.has_incident);
    assert!(!has_incident(root).await && !has_incident(instance.key).await);
    rig.check_made_anew(running).await;
}

#[tokio::test]
async fn an_instance_that_is_cancelled_has_no_active_incident() {
    let (rig, running) = Rig::with(&[CALL_ACTIVITY, NESTED]).await;
    for (id, job_type) in [("call_activity", "write-bill"), ("nested_subprocess", "work")] {
        let key = running.create(id, "{}").await.key;
        fail(&running, job_type, "no").await;
        assert!(running.get::<ProcessInstance>(key.0).await.unwrap().has_incident);
        let cancel = CancelProcessInstance { process_instance_key: key, operation_reference: 0 };
        running.submit(Command::CancelProcessInstance(cancel)).await;
        let instance = running.get::<ProcessInstance>(key.0).await.unwrap();
        assert_eq!((instance.state, instance.has_incident), ("TERMINATED", false));
    }
    let active = Condition::Text(Field::State, is("ACTIVE"));
    assert_eq!(keys(&running, vec![active]).await, [0_i64; 0]);
    assert_eq!(running.search(all(Vec::new())).await.total, 2);
    for id in ["bill", "write_bill", "outer", "inner", "work"] {
        let element = element(&running, id).await;
        assert_eq!((element.has_incident, element.incident_key), (false, None), "{id}");
    }
    rig.check_made_anew(running).await;
}

#[tokio::test]
async fn an_incident_is_within_the_scopes_of_its_element() {
    let (_rig, running) = Rig::with(&[NESTED]).await;
    running.create("nested_subprocess", "{}").await;
    fail(&running, "work", "no").await;
    let incident = keys(&running, Vec::new()).await;
    for id in ["outer", "inner", "work"] {
        let element = element(&running, id).await;
        assert!(element.has_incident);
        let within = Condition::Of(IncidentCondition::WithinElement(element.key));
        assert_eq!(keys(&running, vec![within]).await, incident, "{id}");
    }
    let other = element(&running, "inner_start").await;
    assert!(!other.has_incident);
    let within = Condition::Of(IncidentCondition::WithinElement(other.key));
    assert_eq!(keys(&running, vec![within]).await, [0_i64; 0]);
    running.stop().await;
}

#[tokio::test]
async fn a_migrated_incident_stays_active_at_its_new_element() {
    let (rig, running) = Rig::with(&[SERVICE_TASK]).await;
    let deployed = running.deploy(&[TWO_TASKS]).await;
    let target = deployed.processes[0].key;
    let instance = running.create("order_process", "{}").await.key;
    let job_key = fail(&running, "payment-service", "no").await;
    let migrate = MigrateProcessInstance {
        process_instance_key: instance,
        target_process_definition_key: target,
        mappings: vec![ElementMapping {
            source_element_id: "charge_card".into(),
            target_element_id: "ship_parcel".into(),
        }],
        operation_reference: 0,
    };
    running.submit(Command::MigrateProcessInstance(Box::new(migrate))).await;
    let found = running.search(all(Vec::new())).await.items.remove(0);
    assert_eq!((found.state, &*found.element_id), ("ACTIVE", "ship_parcel"));
    assert_eq!(found.process_definition_key, target.0);
    assert_eq!(found.process_definition_id, "two_service_tasks");
    assert!(running.get::<ProcessInstance>(instance.0).await.unwrap().has_incident);
    resolve(&running, job_key, found.key).await;
    assert!(!running.get::<ProcessInstance>(instance.0).await.unwrap().has_incident);
    rig.check_made_anew(running).await;
}

#[tokio::test]
async fn instances_are_found_and_counted_by_error() {
    let (_rig, running) = Rig::with(&[SERVICE_TASK, CALL_ACTIVITY]).await;
    let mut instances = Vec::new();
    let mut jobs = Vec::new();
    for message in ["no ink", "no ink", "no paper", "no ink"] {
        instances.push(running.create("order_process", "{}").await.key.0);
        jobs.push(fail(&running, "payment-service", message).await);
    }
    running.create("call_activity", "{}").await;
    fail(&running, "write-bill", "no ink").await;
    let called = element(&running, "write_bill").await.process_instance_key;
    let incidents = keys(&running, Vec::new()).await;
    resolve(&running, jobs[3], incidents[3]).await;

    let find = async |condition: ProcessInstanceCondition| {
        let all = vec![Condition::Of(condition)];
        let found = running.search::<ProcessInstance>(Search { all, ..Search::default() }).await;
        found.items.iter().map(|found| found.key).collect::<Vec<_>>()
    };
    let message = |test| ProcessInstanceCondition::ErrorMessage(MessageTest(test));
    let has_ink = [instances[0], instances[1], called];
    let everyone = running.search::<ProcessInstance>(Search::default()).await.items;
    let without = |excluded: &[i64]| {
        let keys = everyone.iter().map(|found| found.key);
        keys.filter(|key| !excluded.contains(key)).collect::<Vec<_>>()
    };
    assert_eq!(find(message(is("no ink"))).await, has_ink);
    assert_eq!(find(message(is("no"))).await, [0_i64; 0]);
    assert_eq!(find(message(TextTest::Like("*paper".into()))).await, [instances[2]]);
    let either = Test::OneOf(["no paper".into(), "no water".into()].into());
    assert_eq!(find(message(TextTest::Is(either))).await, [instances[2]]);
    let other = TextTest::Is(Test::Differs("no ink".into()));
    assert_eq!(find(message(other)).await, without(&has_ink));
    let none = TextTest::Is(Test::Exists(false));
    let with_incident = [instances[0], instances[1], instances[2], called];
    assert_eq!(find(message(none)).await, without(&with_incident));
    // `"no ink".hashCode()`
    let hash = -1_042_192_121;
    let by_hash = |test| ProcessInstanceCondition::ErrorHash(test);
    assert_eq!(find(by_hash(Test::Equals(hash))).await, has_ink);
    assert_eq!(find(by_hash(Test::Above(hash))).await, [instances[2]]);

    let history = &running.history;
    let everyone = AuthorizedTenants::All;
    let errors = |field, order, page, limit, tenants: &AuthorizedTenants| {
        let order = vec![(field, order)];
        let search = Search::<ErrorInstances> { order, page, limit, ..Search::default() };
        history.search(&search, tenants).unwrap()
    };
    let by_count = |tenants| {
        errors(ErrorInstancesField::Instances, Order::Descending, Page::From(0), 10, tenants)
    };
    let found = by_count(&everyone);
    let counts: Vec<_> = found.items.iter().map(|e| (&*e.error_message, e.n_instances)).collect();
    assert_eq!(counts, [("no ink", 3), ("no paper", 1)]);
    assert_eq!((found.total, found.has_more), (2, false));
    assert_eq!(i64::from(found.items[0].error_hash), hash);
    let message = ErrorInstancesField::ErrorMessage;
    let found = errors(message, Order::Descending, Page::From(1), 1, &everyone);
    assert_eq!((&*found.items[0].error_message, found.total), ("no ink", 2));
    assert_eq!(by_count(&AuthorizedTenants::Only(["acme".into()].into())).total, 0);

    for (field, order, expected) in [
        (FailingDefinitionField::Instances, Order::Ascending, [1, 2]),
        (FailingDefinitionField::ProcessDefinitionKey, Order::Ascending, [2, 1]),
        (FailingDefinitionField::TenantId, Order::Descending, [2, 1]),
    ] {
        let of_error = Condition::Number(FailingDefinitionField::ErrorHash, Test::Equals(hash));
        let (all, order) = (vec![of_error], vec![(field, order)]);
        let search = Search::<FailingDefinition> { all, order, ..Search::default() };
        let found = history.search(&search, &everyone).unwrap();
        let counts: Vec<_> = found.items.iter().map(|found| found.n_instances).collect();
        assert_eq!((counts, found.total), (expected.into(), 2), "{field:?}");
        let named = |id: &str| found.items.iter().find(|f| f.process_definition_id == id).unwrap();
        let order = named("order_process");
        assert_eq!(order.process_definition_name.as_deref(), Some("Order process"));
        assert_eq!((order.process_definition_version, order.n_instances), (1, 2));
        assert_eq!(named("billing").n_instances, 1);
    }
    running.stop().await;
}

/// Records of a process instance 1 whose task 2 has incidents.
fn batch(position: u64, records: Vec<(i64, Event)>) -> Batch {
    let element = |id: &str, element_type| ElementRef {
        element_id: id.into(),
        element_type,
        event_type: BpmnEventType::Unspecified,
    };
    let record = |(n, (key, event))| Record {
        position: position + n,
        source_position: 0,
        key,
        body: Body::Event(event),
    };
    Batch {
        timestamp: Timestamp(0),
        next_key: 100,
        instances: vec![Arc::new(ProcessInstanceRef {
            process_instance_key: ProcessInstanceKey(1),
            process_definition_key: ProcessDefinitionKey(9),
            bpmn_process_id: "process".into(),
            version: 1,
            tenant_id: TenantId::default(),
            called_by: None,
        })],
        elements: vec![
            element("process", BpmnElementType::Process),
            element("task", BpmnElementType::ServiceTask),
        ],
        records: (0..).zip(records).map(record).collect(),
    }
}

fn raised() -> Event {
    Event::Incident(IncidentEvent::Created(Box::new(IncidentValue {
        instance: InstanceSlot(0),
        element: ElementSlot(1),
        element_instance_key: ElementInstanceKey(2),
        variable_scope_key: ElementInstanceKey(2),
        job_key: None,
        error_type: ErrorType::IoMappingError,
        message: "no".into(),
    })))
}

fn resolved() -> Event {
    Event::Incident(IncidentEvent::Resolved {
        instance: InstanceSlot(0),
        element_instance_key: ElementInstanceKey(2),
        job_key: None,
    })
}

#[test]
fn of_several_incidents_one_that_is_active_is_shown() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("history.db");
    let mut projector = Projector::open(&file).unwrap();
    let history = History::open(&file).unwrap();
    let partition = PartitionId(1);
    let activating = Event::ProcessInstance(
        ProcessInstanceIntent::ElementActivating,
        ElementValue {
            instance: InstanceSlot(0),
            element: ElementSlot(1),
            flow_scope_key: ElementInstanceKey(1),
        },
    );
    let mut position = 1;
    let mut export = |records: Vec<(i64, Event)>| {
        let n = records.len() as u64;
        projector.export(partition, &batch(position, records)).unwrap();
        projector.flush().unwrap();
        position += n;
        let found = history.get::<ElementInstance>(2, &AuthorizedTenants::All).unwrap().unwrap();
        let instance = history.get::<ProcessInstance>(1, &AuthorizedTenants::All).unwrap().unwrap();
        assert_eq!(instance.has_incident, found.has_incident);
        (found.incident_key, found.has_incident)
    };
    assert_eq!(export(vec![(2, activating), (10, raised())]), (Some(10), true));
    assert_eq!(export(vec![(11, raised()), (12, raised())]), (Some(12), true));
    assert_eq!(export(vec![(11, resolved())]), (Some(12), true));
    assert_eq!(export(vec![(12, resolved())]), (Some(10), true));
    // One that nobody has written yet takes its place.
    assert_eq!(
        export(vec![(13, raised()), (14, raised()), (10, resolved()), (14, resolved())]),
        (Some(13), true)
    );
    assert_eq!(export(vec![(13, resolved())]), (None, false));
    // Of what began before the history did nothing is taken away.
    assert_eq!(export(vec![(13, resolved()), (3, resolved())]), (None, false));
    assert_eq!(export(vec![(15, raised())]), (Some(15), true));
}

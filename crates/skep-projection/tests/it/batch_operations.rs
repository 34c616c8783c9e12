//! Batch operations and what they work on, as they are found.

use std::fs;

use skep_projection::{
    BatchOperation, BatchOperationItem, BatchOperationItemField as ItemField, Condition, History,
    Order, Page, Projector, Search,
};
use skep_record::{
    AuthorizedTenants, Batch, BatchOperationAction, BatchOperationCounts, BatchOperationCreated,
    BatchOperationEvent, BatchOperationItem as Item, BatchOperationKey, BatchOperationOrder,
    BatchOperationPlan, BatchOperationReport, Body, Command, CreateBatchOperation, Event,
    Exporter as _, IncidentKey, PartitionId, ProcessInstanceFilter, ProcessInstanceKey, Record,
    Rejection, RejectionKind, Response, TenantId, Test, Timestamp,
};

use crate::{
    model,
    rig::{Model, PATIENCE, Rig, Running},
};

const TWO_TASKS: Model = model!("two_service_tasks");

async fn begin(running: &Running, plan: BatchOperationPlan) -> BatchOperationKey {
    let command = Command::CreateBatchOperation(Box::new(CreateBatchOperation {
        order: BatchOperationOrder {
            plan,
            filter: ProcessInstanceFilter { all: Vec::new(), any: Vec::new() },
            tenant_ids: vec![TenantId::default()],
        },
        process_instance_key: None,
        operation_reference: 0,
    }));
    let answer = running.submit(command).await;
    let Response::BatchOperationCreated(key) = answer else { panic!("{answer:?}") };
    key
}

/// Asks again until it has ended: nothing tells when it does.
async fn ended(running: &Running, key: BatchOperationKey) -> BatchOperation {
    let ended = async {
        loop {
            let found = running.get::<BatchOperation>(key.0).await.unwrap();
            if found.end_at.is_some() {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.unwrap()
}

fn items_of(key: BatchOperationKey) -> Search<BatchOperationItem> {
    let is = Condition::Number(ItemField::BatchOperationKey, Test::Equals(key.0));
    Search { all: vec![is], ..Search::default() }
}

#[tokio::test]
async fn what_all_partitions_do_is_found_and_made_anew() {
    let mut rig = Rig::new();
    rig.config.n_partitions = 3;
    let running = rig.start();
    running.deploy(&[TWO_TASKS]).await;
    let mut instances = Vec::new();
    while instances.len() < 30 {
        instances.push(running.create("two_service_tasks", "{}").await.key.0);
    }
    instances.sort_unstable();
    running.clock.advance_ms(10);
    let key = begin(&running, BatchOperationPlan::CancelProcessInstance).await;
    let found = ended(&running, key).await;
    assert_eq!((found.state, found.operation_type), ("COMPLETED", "CANCEL_PROCESS_INSTANCE"));
    assert_eq!((found.n_total, found.n_completed, found.n_failed), (30, 30, 0));
    assert_eq!(found.start_at, Timestamp(1_700_000_000_010));
    assert_eq!(found.end_at, Some(found.start_at));
    assert_eq!(found.errors, []);
    let found = running.search(items_of(key)).await;
    assert_eq!(found.total, 30);
    assert_eq!(found.items.iter().map(|item| item.item_key).collect::<Vec<_>>(), instances);
    let first = BatchOperationItem {
        batch_operation_key: key.0,
        operation_type: "CANCEL_PROCESS_INSTANCE",
        item_key: instances[0],
        process_instance_key: instances[0],
        root_process_instance_key: Some(instances[0]),
        state: "COMPLETED",
        processed_at: Some(Timestamp(1_700_000_000_010)),
        error: None,
    };
    assert_eq!(found.items[0], first);
    let again = begin(&running, BatchOperationPlan::ResolveIncidents).await;
    assert_eq!(ended(&running, again).await.n_total, 0);
    running.caught_up().await;
    running.stop().await;
    let live = rig.dump();
    for file in ["history.db", "history.db-wal", "history.db-shm"] {
        let _ = fs::remove_file(rig.dir.path().join(file));
    }
    let running = rig.start();
    running.caught_up().await;
    running.stop().await;
    assert_eq!(rig.dump(), live);
}

/// A projector that is handed records of no engine.
struct Told {
    dir: tempfile::TempDir,
    projector: Projector,
    key: i64,
    positions: [u64; 2],
}

const LEAD: PartitionId = PartitionId(1);
const OTHER: PartitionId = PartitionId(2);
const TENANTS: [&str; 2] = ["acme", "<default>"];

impl Told {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let projector = Projector::open(dir.path().join("history.db")).unwrap();
        Self { dir, projector, key: LEAD.key(7), positions: [1, 1] }
    }

    /// Something happens on a partition.
    fn hear(&mut self, partition_id: PartitionId, at: i64, event: BatchOperationEvent) {
        self.hear_all(partition_id, at, vec![Body::Event(Event::BatchOperation(event))]);
    }

    fn hear_all(&mut self, partition_id: PartitionId, at: i64, bodies: Vec<Body>) {
        let next = &mut self.positions[usize::from(partition_id.0 - 1)];
        let record =
            |(n, body)| Record { position: *next + n, source_position: 0, key: self.key, body };
        let batch = Batch {
            timestamp: Timestamp(at),
            next_key: partition_id.key(100),
            instances: Vec::new(),
            elements: Vec::new(),
            records: (0..).zip(bodies).map(record).collect(),
        };
        *next += batch.records.len() as u64;
        self.projector.export(partition_id, &batch).unwrap();
    }

    fn created(&mut self, partition_id: PartitionId, at: i64) {
        let created = BatchOperationCreated {
            order: BatchOperationOrder {
                plan: BatchOperationPlan::ResolveIncidents,
                filter: ProcessInstanceFilter { all: Vec::new(), any: Vec::new() },
                tenant_ids: TENANTS.map(TenantId::from).to_vec(),
            },
            lead: LEAD,
            partition_id,
            n_partitions: 2,
            instances_before: ProcessInstanceKey(partition_id.key(50)),
        };
        self.hear(partition_id, at, BatchOperationEvent::Created(Box::new(created)));
    }

    fn ended_on(&mut self, hears: PartitionId, partition_id: PartitionId, error: Option<&str>) {
        let counts = BatchOperationCounts::default();
        let error = error.map(str::to_owned);
        let report = BatchOperationReport { partition_id, counts, error };
        self.hear(hears, 90, BatchOperationEvent::PartitionEnded(report));
    }

    fn found(&mut self) -> BatchOperation {
        self.projector.flush().unwrap();
        let history = History::open(self.dir.path().join("history.db")).unwrap();
        history.get(self.key, &AuthorizedTenants::All).unwrap().unwrap()
    }

    fn items(&mut self) -> Vec<(i64, &'static str, Option<i64>)> {
        self.projector.flush().unwrap();
        let history = History::open(self.dir.path().join("history.db")).unwrap();
        let found = history.search(&items_of(BatchOperationKey(self.key)), &AuthorizedTenants::All);
        let items = found.unwrap().items;
        items.iter().map(|it| (it.item_key, it.state, it.processed_at.map(|at| at.0))).collect()
    }
}

fn item(partition_id: PartitionId, n: u64) -> Item {
    let process_instance_key = ProcessInstanceKey(partition_id.key(n));
    Item { process_instance_key, incident_key: Some(IncidentKey(partition_id.key(n + 20))) }
}

fn executed(partition_id: PartitionId, n: u64, failed: bool) -> BatchOperationEvent {
    BatchOperationEvent::Executed { item: item(partition_id, n), failed }
}

#[test]
fn what_a_cancelled_one_has_not_reached_is_cancelled() {
    // Whether the history is written in between makes no difference.
    for flushes in [false, true] {
        let mut told = Told::new();
        // The other partition may be read before the one that leads.
        told.created(OTHER, 12);
        assert_eq!(told.found().start_at, Timestamp(12));
        told.created(LEAD, 10);
        let found = told.found();
        assert_eq!((found.state, found.start_at), ("CREATED", Timestamp(10)));
        for partition_id in [LEAD, OTHER] {
            let items = vec![item(partition_id, 1), item(partition_id, 2), item(partition_id, 3)];
            told.hear(partition_id, 20, BatchOperationEvent::ChunkCreated(items));
        }
        told.hear(OTHER, 25, BatchOperationEvent::Initialized);
        if flushes {
            assert_eq!(told.found().state, "CREATED", "the one that leads is still looking");
        }
        told.hear(LEAD, 30, BatchOperationEvent::Initialized);
        told.hear(LEAD, 31, executed(LEAD, 1, false));
        let why = Rejection::new(RejectionKind::InvalidState, "x".repeat(3_000));
        let failed = Body::Event(Event::BatchOperation(executed(OTHER, 1, true)));
        told.hear_all(OTHER, 32, vec![Body::Rejection(why), failed]);
        if flushes {
            assert_eq!(told.found().state, "ACTIVE");
            assert_eq!(told.items()[1], (LEAD.key(22), "ACTIVE", None));
        }
        let control = |action, revision| BatchOperationEvent::Controlled { action, revision };
        told.hear(LEAD, 40, control(BatchOperationAction::Suspend, 1));
        if flushes {
            assert_eq!(told.found().state, "SUSPENDED");
        }
        told.hear(LEAD, 41, control(BatchOperationAction::Resume, 2));
        told.hear(LEAD, 50, control(BatchOperationAction::Cancel, 3));
        told.ended_on(LEAD, LEAD, None);
        let found = told.found();
        assert_eq!((found.state, found.end_at), ("CANCELED", Some(Timestamp(50))));
        // The other partition learns it later.
        told.hear(OTHER, 51, executed(OTHER, 2, false));
        told.hear(OTHER, 60, control(BatchOperationAction::Cancel, 3));
        told.ended_on(OTHER, OTHER, None);
        told.ended_on(LEAD, OTHER, None);
        let found = told.found();
        assert_eq!((found.state, found.end_at), ("CANCELED", Some(Timestamp(50))));
        assert_eq!((found.n_total, found.n_completed, found.n_failed), (6, 2, 1));
        let expected = [
            (LEAD.key(21), "COMPLETED", Some(31)),
            (LEAD.key(22), "CANCELED", None),
            (LEAD.key(23), "CANCELED", None),
            (OTHER.key(21), "FAILED", Some(32)),
            (OTHER.key(22), "COMPLETED", Some(51)),
            (OTHER.key(23), "CANCELED", None),
        ];
        assert_eq!(told.items(), expected);
        let history = History::open(told.dir.path().join("history.db")).unwrap();
        let items = history.search(&items_of(BatchOperationKey(told.key)), &AuthorizedTenants::All);
        let error = items.unwrap().items[3].error.clone().unwrap();
        assert!(error.starts_with("INVALID_STATE: xxx") && error.len() < 1_010, "{error}");
    }
}

#[test]
fn what_could_not_be_selected_is_said_by_the_one_that_leads() {
    for (errors, state) in [
        ([None, None], "COMPLETED"),
        ([None, Some("too many")], "PARTIALLY_COMPLETED"),
        ([Some("too large"), Some("too many")], "FAILED"),
    ] {
        let mut told = Told::new();
        told.created(LEAD, 10);
        told.created(OTHER, 10);
        told.hear(OTHER, 20, BatchOperationEvent::ChunkCreated(vec![item(OTHER, 1)]));
        told.ended_on(LEAD, LEAD, errors[0]);
        told.ended_on(LEAD, OTHER, errors[1]);
        let failed = errors.iter().all(Option::is_some);
        told.hear(LEAD, 95, BatchOperationEvent::Ended { failed });
        let found = told.found();
        assert_eq!((found.state, found.end_at), (state, Some(Timestamp(95))));
        let expected: Vec<(u16, String)> = [1, 2]
            .into_iter()
            .zip(errors)
            .filter_map(|(partition, error)| Some((partition, error?.to_owned())))
            .collect();
        assert_eq!(found.errors, expected);
        // Only what the partition says itself ends its items.
        assert_eq!(told.items(), [(OTHER.key(21), "ACTIVE", None)]);
        told.ended_on(OTHER, OTHER, errors[1]);
        assert_eq!(told.items(), [(OTHER.key(21), "CANCELED", None)]);
    }
}

#[test]
fn one_that_began_before_the_history_is_not_there() {
    let mut told = Told::new();
    told.hear(LEAD, 20, BatchOperationEvent::ChunkCreated(vec![item(LEAD, 1)]));
    told.hear(LEAD, 30, executed(LEAD, 1, false));
    told.hear(LEAD, 40, BatchOperationEvent::Ended { failed: false });
    assert_eq!(told.items(), []);
}

#[test]
fn it_is_seen_by_those_who_may_see_all_its_tenants() {
    let mut told = Told::new();
    told.created(LEAD, 10);
    told.hear(LEAD, 20, BatchOperationEvent::ChunkCreated(vec![item(LEAD, 1)]));
    told.found();
    let history = History::open(told.dir.path().join("history.db")).unwrap();
    for (tenants, is_seen) in [
        (&["<default>", "acme", "other"][..], true),
        (&["<default>", "acme"], true),
        (&["acme"], false),
        (&[], false),
    ] {
        let tenants = tenants.iter().map(|id| TenantId::from(*id)).collect::<Vec<_>>();
        let tenants = AuthorizedTenants::Only(tenants.into());
        let found = history.get::<BatchOperation>(told.key, &tenants).unwrap();
        assert_eq!(found.is_some(), is_seen, "{tenants:?}");
        let found = history.search(&items_of(BatchOperationKey(told.key)), &tenants).unwrap();
        assert_eq!(found.total == 1, is_seen, "{tenants:?}");
    }
}

#[test]
fn items_of_several_are_in_one_order_and_come_in_pages() {
    let mut told = Told::new();
    let mut expected = Vec::new();
    for n in 0..3 {
        told.key = LEAD.key(7 + n);
        told.created(LEAD, 10);
        // The same things each time.
        let items = (1..4).map(|n| item(LEAD, n)).collect();
        told.hear(LEAD, 20, BatchOperationEvent::ChunkCreated(items));
        expected.extend((1..4).map(|item| (told.key, LEAD.key(item + 20))));
    }
    told.found();
    let history = History::open(told.dir.path().join("history.db")).unwrap();
    let (up, down) = (Order::Ascending, Order::Descending);
    let by_item = |reversed: bool| {
        let mut sorted = expected.clone();
        sorted.sort_by_key(|(operation, item)| {
            (*item, if reversed { -*operation } else { *operation })
        });
        sorted
    };
    for (order, expected) in [
        (vec![], expected.clone()),
        (vec![(ItemField::State, up)], expected.clone()),
        (vec![(ItemField::ItemKey, up)], by_item(false)),
        (vec![(ItemField::ItemKey, up), (ItemField::BatchOperationKey, down)], by_item(true)),
    ] {
        let mut seen = Vec::new();
        let mut page = Page::From(0);
        loop {
            let search = Search { order: order.clone(), page, limit: 2, ..Search::default() };
            let found = history.search::<BatchOperationItem>(&search, &AuthorizedTenants::All);
            let found = found.unwrap();
            let Some(end) = found.end else { break };
            seen.extend(found.items.iter().map(|it| (it.batch_operation_key, it.item_key)));
            page = Page::After(end);
        }
        assert_eq!(seen, expected, "{order:?}");
    }
}

#[tokio::test]
async fn it_goes_on_where_it_was_after_restarts() {
    let mut rig = Rig::new();
    rig.config.n_partitions = 3;
    rig.config.snapshot_every_bytes = 40 << 10;
    let running = rig.start();
    running.deploy(&[TWO_TASKS]).await;
    for _ in 0..150 {
        running.create("two_service_tasks", "{}").await;
    }
    let key = begin(&running, BatchOperationPlan::CancelProcessInstance).await;
    drop(running);
    let in_time = async {
        loop {
            let running = rig.start();
            let before = running.get::<BatchOperation>(key.0).await.unwrap();
            if before.end_at.is_some() {
                return (running, before);
            }
            let mut now = before.clone();
            while now == before {
                // What was on its way to another partition is sent again.
                rig.clock.advance_ms(11_000);
                now = running.get::<BatchOperation>(key.0).await.unwrap();
            }
        }
    };
    let (running, found) = tokio::time::timeout(PATIENCE, in_time).await.unwrap();
    assert_eq!(found.state, "COMPLETED");
    assert_eq!((found.n_total, found.n_completed, found.n_failed), (150, 150, 0));
    assert_eq!(running.jobs("collect-money").await, []);
    let found = running.search(items_of(key)).await;
    assert!(found.items.iter().all(|item| item.state == "COMPLETED"));
    assert_eq!(found.total, 150);
    running.stop().await;
}

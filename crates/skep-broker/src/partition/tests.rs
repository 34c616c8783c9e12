//! What cannot be provoked from outside: an engine that fails.

use skep_record::{DeployResources, Resource, TenantId};

use super::*;
use crate::{
    error::SubmitError,
    partition::group::Fault,
    reply::{self, Awaited},
    stream::JobStreamRequest,
};

const PROCESS: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="tests">
  <process id="p" isExecutable="true"><startEvent id="start"/></process>
</definitions>"#;

fn partition(dir: &std::path::Path) -> Partition {
    let mut config = BrokerConfig::new(dir);
    config.segment_bytes = 64 << 10;
    let inbox = Arc::new(Inbox::new(PartitionId(1), 100, 1 << 20));
    let inboxes = Arc::new([Arc::clone(&inbox)]);
    Partition::recover(&config, inbox, inboxes, Arc::default()).unwrap().0
}

fn deploy(partition: &mut Partition) -> Awaited {
    let resource = Resource { name: "p.bpmn".to_owned(), content: PROCESS.into() };
    let tenant_id = TenantId::default();
    let command =
        Command::DeployResources(DeployResources { resources: vec![resource], tenant_id });
    let (reply, awaited) = reply::channel(&partition.inbox);
    partition.queue.push_back(Request::Call(command.into(), reply));
    awaited
}

#[tokio::test]
async fn a_failed_engine_is_rebuilt_and_nothing_decided_before_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let mut partition = partition(dir.path());
    let before = deploy(&mut partition);
    partition.fill_group().unwrap();
    // The engine's state is lost between a decision and its delivery.
    partition.engine = Engine::new(partition.engine_config.clone());
    partition.rebuild(&Fault::Engine("lost".to_owned())).unwrap();
    before.answer().await.unwrap();
    assert_eq!(partition.engine.last_position(), partition.journal.last_position());
    assert!(partition.engine.last_position() > 0);

    let after = deploy(&mut partition);
    partition.fill_group().unwrap();
    partition.deliver().unwrap();
    let skep_record::Response::Deployed(deployment) = after.answer().await.unwrap() else {
        panic!("not deployed");
    };
    assert!(deployment.processes[0].duplicate, "the rebuilt state knows the process");
}

#[tokio::test]
async fn an_answer_that_fits_no_journal_is_refused_without_stopping_the_partition() {
    let dir = tempfile::tempdir().unwrap();
    let mut partition = partition(dir.path());
    // The engine believes to be elsewhere than the journal: its records are not accepted.
    let elsewhere = deploy(&mut partition);
    partition.fill_group().unwrap();
    drop(elsewhere);
    partition.deliver().unwrap();
    partition.engine = Engine::new(partition.engine_config.clone());
    let refused = deploy(&mut partition);
    partition.fill_group().unwrap();
    partition.deliver().unwrap();
    let error = refused.answer().await.unwrap_err();
    assert!(
        matches!(&error, SubmitError::Rejected { intent: "CREATE", rejection }
            if rejection.kind == skep_record::RejectionKind::ProcessingError),
        "{error:?}"
    );
    let again = deploy(&mut partition);
    partition.fill_group().unwrap();
    partition.deliver().unwrap();
    again.answer().await.unwrap();
}

#[test]
fn an_engine_that_fails_again_and_again_stops_the_partition() {
    let dir = tempfile::tempdir().unwrap();
    let mut partition = partition(dir.path());
    let mut n = 0;
    let halt = loop {
        match partition.rebuild(&Fault::Engine("again".to_owned())) {
            Ok(()) => n += 1,
            Err(halt) => break halt,
        }
    };
    assert_eq!(n, 10);
    assert!(halt.to_string().contains("again and again"), "{halt}");
}

#[test]
fn a_stream_that_waits_for_room_hears_of_places_that_others_did_not_need() {
    let dir = tempfile::tempdir().unwrap();
    let mut partition = partition(dir.path());
    let request = JobStreamRequest {
        job_type: "work".into(),
        worker: String::new(),
        timeout_ms: 1000,
        fetch_variables: Vec::new(),
        tenant_ids: vec![TenantId::default()],
        buffer: 1,
    };
    let inboxes = Arc::clone(&partition.inboxes);
    let (_stream, shared) = crate::JobStream::new(request, Clock::system(), inboxes);
    // Another partition has set the only place aside and then found no job.
    assert_eq!(shared.reserve(1, PartitionId(2)), 1);
    assert_eq!(shared.reserve(1, partition.id), 0);
    partition.release(&shared, 1);
    let mut notes = Vec::new();
    partition.inbox.take(&mut partition.queue, &mut notes, Wait::No);
    assert!(matches!(notes.as_slice(), [Notice::Room(job_type)] if &**job_type == "work"));
}

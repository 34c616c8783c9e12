//! Headers, deadlines, repetition and error texts of single calls.

use std::{error::Error as _, time::Duration};

use prost::Message as _;
use serde_json::json;
use skep_api::rpc;
use skep_client::{Error, ErrorKind};
use tonic::{Code, Status};

use crate::stub::Stub;

#[tokio::test]
async fn a_call_carries_user_agent_deadline_and_encodings() {
    let stub = Stub::start();
    let topology = stub.client().topology().await.unwrap();
    assert_eq!(topology.gateway_version, "8.8.0");

    let asked = &stub.asked()[0];
    assert!(asked.user_agent.starts_with("skep-client/"), "{}", asked.user_agent);
    assert!(asked.accept_encoding.as_deref().unwrap().contains("gzip"));
    assert_eq!(asked.authorization, None);
    let timeout = asked.grpc_timeout.as_deref().unwrap();
    assert!(timeout.ends_with(['m', 'u', 'n']), "{timeout}");
}

#[tokio::test]
async fn variables_go_out_as_json_and_the_latest_version_is_meant() {
    let stub = Stub::start();
    let client = stub.builder().tenant_id("red").build().unwrap();
    client
        .create_process_instance("order")
        .variables(json!({"total": 42}))
        .start_before("pay")
        .send()
        .await
        .unwrap();

    let created = &stub.created()[0];
    assert_eq!(created.variables, r#"{"total":42}"#);
    assert_eq!((created.version, created.tenant_id.as_str()), (-1, "red"));
    assert_eq!(created.start_instructions[0].element_id, "pay");
}

#[tokio::test]
async fn variables_that_are_no_object_are_refused_before_anything_is_sent() {
    let stub = Stub::start();
    let create = stub.client().create_process_instance("order").variables([1, 2]);
    let error = create.send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.to_string().contains("must be a JSON object"), "{error}");
    assert_eq!(stub.asked().len(), 0);
}

#[tokio::test]
async fn a_busy_or_absent_server_is_asked_again() {
    let stub = Stub::start();
    stub.refuse("CreateProcessInstance", Status::resource_exhausted("full"));
    stub.refuse("CreateProcessInstance", Status::unavailable("no leader"));
    stub.client().create_process_instance("order").send().await.unwrap();
    assert_eq!(stub.n_asked("CreateProcessInstance"), 3);
    assert_eq!(stub.created().len(), 1);
}

#[tokio::test]
async fn a_server_that_stays_busy_is_given_up_with_its_own_words() {
    let stub = Stub::start();
    for _ in 0..9 {
        stub.refuse("Topology", Status::resource_exhausted("Reached maximum capacity"));
    }
    let client = stub.builder().request_timeout(Duration::from_millis(600)).build().unwrap();
    let error = client.topology().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overloaded);
    assert_eq!(
        error.to_string(),
        "Topology was refused: Reached maximum capacity (RESOURCE_EXHAUSTED)"
    );
    let n_asked = stub.n_asked("Topology");
    assert!((2..=5).contains(&n_asked), "{n_asked}");
}

#[tokio::test]
async fn a_refusal_is_final() {
    let stub = Stub::start();
    stub.refuse("CompleteJob", Status::not_found("no such job was found"));
    let error = stub.client().complete_job(5).send().await.unwrap_err();
    assert_eq!(error.code(), Some(Code::NotFound));
    assert_eq!(error.to_string(), "CompleteJob was refused: no such job was found (NOT_FOUND)");
    assert_eq!(stub.n_asked("CompleteJob"), 1);
}

#[tokio::test]
async fn the_reason_code_of_the_gateway_is_kept() {
    let stub = Stub::start();
    let details = rpc::Status { code: 16, message: "no".to_owned(), details: Vec::new() }
        .with_error_info(&rpc::ErrorInfo::skep("SKEP-AUTH-AUDIENCE"));
    let status = Status::with_details(
        Code::Unauthenticated,
        "audience [\"a\"] is not one of [\"b\"]",
        details.encode_to_vec().into(),
    );
    stub.refuse("Topology", status);
    let error = stub.client().topology().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    let Error::Refused { reason, .. } = &error else { panic!("{error:?}") };
    assert_eq!(reason.as_deref(), Some("SKEP-AUTH-AUDIENCE"));
    assert!(error.to_string().contains("audience"), "{error}");
    assert!(error.fix().is_some());
}

#[tokio::test]
async fn a_server_that_never_answers_ends_in_a_deadline() {
    let stub = Stub::start();
    stub.hold();
    let client = stub.builder().request_timeout(Duration::from_millis(200)).build().unwrap();
    let error = client.topology().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Deadline);
    assert!(error.to_string().contains("Topology got no answer"), "{error}");
    assert!(error.to_string().contains("200 ms"), "{error}");
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_is_not_repeated() {
    let mut stub = Stub::start();
    let client = stub.client();
    client.topology().await.unwrap();
    stub.hold();
    let create = tokio::spawn(client.create_process_instance("order").send());
    stub.until_asked("CreateProcessInstance", 1).await;
    stub.kill();
    let error = create.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
    assert!(error.source().is_some());
    assert_eq!(stub.n_asked("CreateProcessInstance"), 1);
}

#[tokio::test]
async fn a_restart_of_the_server_is_ridden_out() {
    let mut stub = Stub::start();
    let client = stub.client();
    client.topology().await.unwrap();
    stub.kill();
    let call = tokio::spawn({
        let client = client.clone();
        async move { client.topology().await }
    });
    let again = Stub::start_at(stub.address);
    call.await.unwrap().unwrap();
    client.create_process_instance("order").send().await.unwrap();
    assert_eq!(again.created().len(), 1);
}

#[tokio::test]
async fn jobs_can_be_activated_once_and_not_waited_for() {
    let stub = Stub::start();
    let client = stub.client();
    assert!(client.activate_jobs("work").wait(None).send().await.unwrap().is_empty());
    assert_eq!(stub.polls()[0].request_timeout, -1);

    stub.add_job(crate::stub::job(1));
    stub.add_job(crate::stub::job(2));
    let jobs = client.activate_jobs("work").max_jobs(5).send().await.unwrap();
    assert_eq!(jobs.iter().map(skep_client::Job::key).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(jobs[0].headers().unwrap()["lane"], "fast");
    assert_eq!(jobs[0].variables::<serde_json::Value>().unwrap(), json!({"n": 1}));
}

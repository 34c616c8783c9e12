//! Processes from deployment to their end, through the gRPC client.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use skep_api::gateway::{
    BroadcastSignalRequest, CancelProcessInstanceRequest, CompleteJobRequest,
    CreateProcessInstanceRequest, CreateProcessInstanceWithResultRequest, DeployProcessRequest,
    DeployResourceRequest, FailJobRequest, ProcessRequestObject, PublishMessageRequest,
    ResolveIncidentRequest, Resource, SetVariablesRequest, deployment::Metadata,
};
use tonic::{Code, Status};

use crate::{
    models::{MESSAGE_CATCH, SERVICE_TASK, SIGNAL_CATCH, creation, deployment},
    rig::{Rig, Steps},
};

/// A key that the engine has not given to anything.
const UNKNOWN_KEY: i64 = 2_251_799_813_999_999;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn a_process_runs_from_deployment_to_its_end() {
    let rig = Rig::start();
    let mut client = rig.client().await;
    let deployed = client.deploy(&[SERVICE_TASK]).await;
    assert_eq!(deployed.tenant_id, "<default>");
    let Some(Metadata::Process(process)) = &deployed.deployments[0].metadata else {
        panic!("no process in {deployed:?}");
    };
    assert_eq!(process.bpmn_process_id, "order_process");
    assert_eq!(process.version, 1);
    assert_eq!(process.resource_name, "service_task.bpmn");
    assert_eq!(process.tenant_id, "<default>");

    let request = CreateProcessInstanceRequest {
        tags: vec!["blue".to_owned(), "blue".to_owned()],
        ..creation("order_process", r#"{"orderId": 42, "total": 10.0, "who": 'ada'}"#)
    };
    let created = client.create_process_instance(request).await.unwrap().into_inner();
    assert_eq!(created.process_definition_key, process.process_definition_key);
    assert_eq!((created.bpmn_process_id.as_str(), created.version), ("order_process", 1));
    assert_eq!(created.tenant_id, "<default>");
    assert_eq!(created.tags, ["blue"]);

    let job = client.job("payment-service").await;
    assert_eq!(job.process_instance_key, created.process_instance_key);
    assert_eq!(job.process_definition_key, process.process_definition_key);
    assert_eq!(job.bpmn_process_id, "order_process");
    assert_eq!(job.process_definition_version, 1);
    assert_eq!(job.element_id, "charge_card");
    assert_ne!(job.element_instance_key, 0);
    assert_eq!(job.worker, "test-worker");
    assert_eq!(job.retries, 3);
    assert_eq!(job.custom_headers, "{}");
    assert_eq!(json(&job.variables), json!({"orderId": 42, "total": 10.0, "who": "ada"}));
    assert!(job.variables.contains("42") && !job.variables.contains("42.0"));
    assert_eq!(job.tenant_id, "<default>");
    assert_eq!(job.kind, 0);
    assert_eq!(job.listener_event_type, 6, "UNSPECIFIED, because 0 means ASSIGNING");
    assert_eq!(job.tags, ["blue"]);

    client.complete(job.key, r#"{"paid": true}"#).await;
    let request = CompleteJobRequest { job_key: job.key, ..CompleteJobRequest::default() };
    let status = client.complete_job(request).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert!(
        status.message().starts_with("Command 'COMPLETE' rejected with code 'NOT_FOUND': "),
        "{status:?}"
    );
}

#[tokio::test]
async fn the_same_resource_again_is_the_same_version() {
    let (_rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let again = client.deploy(&[SERVICE_TASK]).await;
    let Some(Metadata::Process(process)) = &again.deployments[0].metadata else {
        panic!("no process in {again:?}");
    };
    assert_eq!(process.version, 1);

    let changed = SERVICE_TASK.1.replace("Order process", "Order process, better");
    let object = ProcessRequestObject { name: "order.bpmn".to_owned(), definition: changed.into() };
    #[expect(deprecated, reason = "clients before 8.0 have no other call")]
    let deployed = client
        .deploy_process(DeployProcessRequest { processes: vec![object] })
        .await
        .unwrap()
        .into_inner();
    assert_eq!(deployed.processes[0].version, 2);
    assert_ne!(deployed.key, again.key);

    let by_version = CreateProcessInstanceRequest { version: 1, ..creation("order_process", "") };
    let created = client.create_process_instance(by_version).await.unwrap().into_inner();
    assert_eq!(created.version, 1);
    let by_key = CreateProcessInstanceRequest {
        process_definition_key: deployed.processes[0].process_definition_key,
        ..CreateProcessInstanceRequest::default()
    };
    let created = client.create_process_instance(by_key).await.unwrap().into_inner();
    assert_eq!(created.version, 2);
}

#[tokio::test]
async fn a_deployment_that_cannot_be_names_what_is_wrong() {
    let rig = Rig::start();
    let mut client = rig.client().await;
    let resource = |name: &str, content: &str| DeployResourceRequest {
        resources: vec![Resource {
            name: name.to_owned(),
            content: content.as_bytes().to_vec().into(),
        }],
        tenant_id: String::new(),
    };
    let bomb = format!(
        "<!DOCTYPE a [<!ENTITY a0 \"x\">{}]><definitions>&a9;</definitions>",
        (1..10)
            .map(|i| format!("<!ENTITY a{i} \"{}\">", format!("&a{};", i - 1).repeat(10)))
            .collect::<String>()
    );
    for (request, words) in [
        (DeployResourceRequest::default(), "Expected to deploy at least one resource"),
        (resource("order.form", "hello"), "no JSON object"),
        (resource("", "hello"), "the file has no name"),
        (resource("order.bpmn", "<not xml"), "order.bpmn"),
        (resource("order.bpmn", ""), "order.bpmn"),
        (resource("bomb.bpmn", &bomb), "bomb.bpmn"),
    ] {
        let status = client.deploy_resource(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
        assert!(status.message().contains(words), "{words:?} is not in {:?}", status.message());
    }
    // Nothing of a refused deployment stays.
    let mut two = deployment(&[SERVICE_TASK]);
    two.resources.extend(resource("order.form", "hello").resources);
    client.deploy_resource(two).await.unwrap_err();
    let status = client.create_process_instance(creation("order_process", "")).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let (_rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    for request in [
        creation("no_such_process", ""),
        CreateProcessInstanceRequest { version: 7, ..creation("order_process", "") },
        CreateProcessInstanceRequest { version: 0, ..creation("order_process", "") },
        CreateProcessInstanceRequest {
            process_definition_key: UNKNOWN_KEY,
            ..CreateProcessInstanceRequest::default()
        },
        // An empty request has the key 0.
        CreateProcessInstanceRequest::default(),
    ] {
        let status = client.create_process_instance(request.clone()).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound, "{request:?}: {status:?}");
        assert!(status.message().starts_with("Command 'CREATE' rejected with code 'NOT_FOUND'"));
    }
    let cancel = CancelProcessInstanceRequest {
        process_instance_key: UNKNOWN_KEY,
        operation_reference: None,
    };
    let set =
        SetVariablesRequest { element_instance_key: UNKNOWN_KEY, ..SetVariablesRequest::default() };
    let resolve = ResolveIncidentRequest { incident_key: UNKNOWN_KEY, operation_reference: None };
    let refused: [Status; 3] = [
        client.cancel_process_instance(cancel).await.unwrap_err(),
        client.set_variables(set).await.unwrap_err(),
        client.resolve_incident(resolve).await.unwrap_err(),
    ];
    for status in refused {
        assert_eq!(status.code(), Code::NotFound, "{status:?}");
    }
}

#[tokio::test]
async fn a_key_of_no_partition_is_unavailable() {
    let rig = Rig::start();
    let mut client = rig.client().await;
    for key in [0, 1, -1, 9 << 51] {
        let request = CompleteJobRequest { job_key: key, ..CompleteJobRequest::default() };
        let status = client.complete_job(request).await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable, "{key}");
        assert!(status.message().contains("Expected to execute command on partition"));
    }
}

#[tokio::test]
async fn a_request_without_id_and_with_a_negative_key_names_nothing() {
    let rig = Rig::start();
    let request = CreateProcessInstanceRequest { process_definition_key: -1, ..Default::default() };
    let status = rig.client().await.create_process_instance(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn the_result_of_an_instance_can_be_awaited() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let request = CreateProcessInstanceWithResultRequest {
        request: Some(creation("order_process", r#"{"a": 1, "b": 2}"#)),
        request_timeout: 60_000,
        fetch_variables: vec!["a".to_owned(), "paid".to_owned(), "unknown".to_owned()],
    };
    let mut waiting = rig.client().await;
    let result =
        tokio::spawn(async move { waiting.create_process_instance_with_result(request).await });
    let job = client.job("payment-service").await;
    client.complete(job.key, r#"{"paid": true}"#).await;
    let result = result.await.unwrap().unwrap().into_inner();
    assert_eq!(result.process_instance_key, job.process_instance_key);
    assert_eq!((result.bpmn_process_id.as_str(), result.version), ("order_process", 1));
    assert_eq!(json(&result.variables), json!({"a": 1, "paid": true}));
    assert_eq!(result.tenant_id, "<default>");
}

#[tokio::test]
async fn a_result_that_does_not_come_in_time_leaves_the_instance_running() {
    let (_rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let request = CreateProcessInstanceWithResultRequest {
        request: Some(creation("order_process", "")),
        request_timeout: 100,
        fetch_variables: Vec::new(),
    };
    let began = Instant::now();
    let status = client.create_process_instance_with_result(request).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert!(status.message().starts_with("Time out between gateway and broker: "), "{status:?}");
    assert!(began.elapsed() >= Duration::from_millis(100));
    client.job("payment-service").await;
}

#[tokio::test]
async fn a_cancelled_instance_is_gone_with_its_jobs() {
    let (_rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let key = client.create("order_process", "").await;
    let job = client.job("payment-service").await;
    let cancel =
        CancelProcessInstanceRequest { process_instance_key: key, operation_reference: Some(7) };
    client.cancel_process_instance(cancel).await.unwrap();
    let again = client.cancel_process_instance(cancel).await.unwrap_err();
    assert_eq!(again.code(), Code::NotFound);
    assert!(again.message().starts_with("Command 'CANCEL' rejected"), "{again:?}");
    let complete = CompleteJobRequest { job_key: job.key, ..CompleteJobRequest::default() };
    assert_eq!(client.complete_job(complete).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_message_is_correlated_and_kept_once_per_id() {
    let (_rig, mut client) = Rig::with(&[MESSAGE_CATCH]).await;
    let request = CreateProcessInstanceWithResultRequest {
        request: Some(creation("message_catch", r#"{"order_id": "o-1"}"#)),
        request_timeout: 60_000,
        fetch_variables: Vec::new(),
    };
    let mut waiting = client.clone();
    let result =
        tokio::spawn(async move { waiting.create_process_instance_with_result(request).await });
    let message = PublishMessageRequest {
        name: "payment received".to_owned(),
        correlation_key: "o-1".to_owned(),
        time_to_live: 60_000,
        message_id: "m-1".to_owned(),
        variables: r#"{"paid": true}"#.to_owned(),
        tenant_id: String::new(),
    };
    let published = client.publish_message(message.clone()).await.unwrap().into_inner();
    assert!(published.key > 0);
    assert_eq!(published.tenant_id, "<default>");
    let result = result.await.unwrap().unwrap().into_inner();
    assert_eq!(json(&result.variables)["paid"], true);

    let status = client.publish_message(message).await.unwrap_err();
    assert_eq!(status.code(), Code::AlreadyExists);
    assert!(
        status.message().starts_with("Command 'PUBLISH' rejected with code 'ALREADY_EXISTS': "),
        "{status:?}"
    );
}

#[tokio::test]
async fn a_signal_reaches_whoever_waits_and_nobody_is_no_error() {
    let (rig, mut client) = Rig::with(&[SIGNAL_CATCH, SERVICE_TASK]).await;
    let signal = BroadcastSignalRequest {
        signal_name: "alarm".to_owned(),
        variables: r#"{"loud": true}"#.to_owned(),
        tenant_id: String::new(),
    };
    let answer = client.broadcast_signal(signal.clone()).await.unwrap().into_inner();
    assert!(answer.key > 0);

    let request = CreateProcessInstanceWithResultRequest {
        request: Some(creation("signal_catch", "")),
        request_timeout: 60_000,
        fetch_variables: Vec::new(),
    };
    let mut waiting = rig.client().await;
    let mut result =
        tokio::spawn(async move { waiting.create_process_instance_with_result(request).await });
    // A signal finds only those that wait already: repeat it until the instance does.
    let result = loop {
        client.broadcast_signal(signal.clone()).await.unwrap();
        if let Ok(result) = tokio::time::timeout(Duration::from_millis(20), &mut result).await {
            break result.unwrap().unwrap().into_inner();
        }
    };
    assert_eq!(json(&result.variables), json!({"loud": true}));
}

#[tokio::test]
async fn variables_are_set_where_they_are_asked_for() {
    let (_rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let key = client.create("order_process", r#"{"a": 1}"#).await;
    let set = SetVariablesRequest {
        element_instance_key: key,
        variables: r#"{"a": 2, "b": 3}"#.to_owned(),
        local: true,
        operation_reference: Some(1),
    };
    assert!(client.set_variables(set).await.unwrap().into_inner().key > 0);
    let job = client.job("payment-service").await;
    assert_eq!(json(&job.variables), json!({"a": 2, "b": 3}));
}

#[tokio::test]
async fn an_incident_is_resolved_only_with_retries() {
    let (_rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    client.create("order_process", "").await;
    let job = client.job("payment-service").await;
    let fail = FailJobRequest {
        job_key: job.key,
        retries: 0,
        error_message: "card declined".to_owned(),
        ..FailJobRequest::default()
    };
    client.fail_job(fail.clone()).await.unwrap();
    let again = client.fail_job(fail).await.unwrap_err();
    assert_eq!(again.code(), Code::FailedPrecondition);
    assert!(
        again.message().starts_with("Command 'FAIL' rejected with code 'INVALID_STATE': "),
        "{again:?}"
    );
    assert_eq!(client.jobs_now("payment-service").await, []);
}

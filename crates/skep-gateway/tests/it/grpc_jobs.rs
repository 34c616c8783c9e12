//! Jobs: long polling, push, and what becomes of jobs whose worker has gone.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use skep_api::gateway::{
    ActivateJobsRequest, FailJobRequest, StreamActivatedJobsRequest, ThrowErrorRequest,
    TopologyRequest, UpdateJobRetriesRequest, UpdateJobTimeoutRequest,
    activated_job::{JobKind, ListenerEventType},
    gateway_client::GatewayClient,
};
use skep_gateway::{AuthMode, GatewayConfig};
use tonic::{Code, transport::Channel};

use crate::{
    models::{BOUNDARY_ERROR, EXECUTION_LISTENERS, HEADERS, SERVICE_TASK, creation},
    rig::{Rig, Steps, activation},
};

const TYPE: &str = "payment-service";

/// A gateway where only one request may wait and where nobody looks without being told.
async fn one_place() -> (Rig, GatewayClient<Channel>) {
    let mut config = GatewayConfig::loopback();
    config.limits.parked_requests_max = 1;
    config.long_polling.probe_interval = Duration::from_secs(3600);
    let rig = Rig::start_with(config, AuthMode::Off);
    let mut client = rig.client().await;
    client.deploy(&[SERVICE_TASK]).await;
    (rig, client)
}

/// Returns once the only place is taken, which shows by the refusal of another request.
async fn until_parked(client: &mut GatewayClient<Channel>) {
    loop {
        let request = ActivateJobsRequest { request_timeout: 1, ..activation("other") };
        let mut stream = client.activate_jobs(request).await.unwrap().into_inner();
        match stream.message().await {
            Ok(None) => (),
            Ok(Some(_)) => panic!("there are no such jobs"),
            Err(status) => {
                assert_eq!(status.code(), Code::ResourceExhausted);
                assert!(status.message().contains("limit of 1 waiting"), "{status:?}");
                return;
            }
        }
    }
}

#[tokio::test]
async fn an_empty_long_poll_ends_well_and_on_time() {
    let (_rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    for (request_timeout, least) in [(300, 300), (-1, 0)] {
        let began = Instant::now();
        let request = ActivateJobsRequest { request_timeout, ..activation(TYPE) };
        let mut stream = client.activate_jobs(request).await.unwrap().into_inner();
        assert_eq!(stream.message().await.unwrap(), None);
        assert!(stream.trailers().await.unwrap().is_some());
        let elapsed = began.elapsed();
        assert!(elapsed >= Duration::from_millis(least), "{elapsed:?}");
        assert!(elapsed < Duration::from_millis(least) + Duration::from_secs(5), "{elapsed:?}");
    }
}

#[tokio::test]
async fn the_default_wait_is_the_gateways() {
    let mut config = GatewayConfig::loopback();
    config.long_polling.timeout = Duration::from_millis(200);
    let rig = Rig::start_with(config, AuthMode::Off);
    let began = Instant::now();
    let request = ActivateJobsRequest { request_timeout: 0, ..activation(TYPE) };
    let mut stream = rig.client().await.activate_jobs(request).await.unwrap().into_inner();
    assert_eq!(stream.message().await.unwrap(), None);
    assert!(began.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn a_waiting_request_gets_the_job_as_soon_as_there_is_one() {
    let (rig, mut client) = one_place().await;
    let mut waiting = rig.client().await;
    let job = tokio::spawn(async move { waiting.job(TYPE).await });
    until_parked(&mut client).await;
    let key = client.create("order_process", "").await;
    assert_eq!(job.await.unwrap().process_instance_key, key);
    // Its place is free again.
    client.create("order_process", "").await;
    client.job(TYPE).await;
}

#[tokio::test]
async fn a_job_given_back_wakes_a_waiting_request() {
    let (rig, mut client) = one_place().await;
    client.create("order_process", "").await;
    let job = client.job(TYPE).await;
    let mut waiting = rig.client().await;
    let retried = tokio::spawn(async move { waiting.job(TYPE).await });
    until_parked(&mut client).await;
    let fail = FailJobRequest {
        job_key: job.key,
        retries: 2,
        variables: r#"{"attempt": 1}"#.to_owned(),
        ..FailJobRequest::default()
    };
    client.fail_job(fail).await.unwrap();
    let retried = retried.await.unwrap();
    assert_eq!((retried.key, retried.retries), (job.key, 2));
    assert_eq!(serde_json::from_str::<Value>(&retried.variables).unwrap(), json!({"attempt": 1}));
}

#[tokio::test]
async fn an_abandoned_long_poll_frees_its_place_and_takes_no_job() {
    let (rig, mut client) = one_place().await;
    let mut leaving = rig.client().await;
    let stream = tokio::spawn(async move {
        let mut stream = leaving.activate_jobs(activation(TYPE)).await.unwrap().into_inner();
        stream.message().await
    });
    until_parked(&mut client).await;
    stream.abort();
    // The place is free as soon as the server has noticed.
    loop {
        let request = ActivateJobsRequest { request_timeout: 1, ..activation(TYPE) };
        let mut stream = client.activate_jobs(request).await.unwrap().into_inner();
        if stream.message().await.is_ok() {
            break;
        }
    }
    client.create("order_process", "").await;
    assert_eq!(client.jobs_now(TYPE).await.len(), 1);
}

#[tokio::test]
async fn many_waiting_requests_share_what_comes() {
    const N: usize = 20;
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..N {
        let mut worker = rig.client().await;
        workers.spawn(async move { worker.job(TYPE).await.key });
    }
    for _ in 0..N {
        client.create("order_process", "").await;
    }
    let mut keys = workers.join_all().await;
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), N, "every worker has a job of its own");
}

#[tokio::test]
async fn a_request_takes_no_more_than_it_asked_for_oldest_first() {
    let (_rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    for _ in 0..5 {
        client.create("order_process", r#"{"a": 1, "b": 2}"#).await;
    }
    let request = ActivateJobsRequest {
        max_jobs_to_activate: 3,
        fetch_variable: vec!["b".to_owned()],
        tenant_ids: vec!["<default>".to_owned()],
        ..activation(TYPE)
    };
    let mut stream = client.activate_jobs(request).await.unwrap().into_inner();
    let jobs = stream.message().await.unwrap().unwrap().jobs;
    assert_eq!(stream.message().await.unwrap(), None);
    assert_eq!(jobs.len(), 3);
    assert!(jobs.is_sorted_by_key(|job| job.key));
    assert!(jobs.iter().all(|job| job.variables == r#"{"b":2}"#));
    assert_eq!(client.jobs_now(TYPE).await.len(), 2);
}

#[tokio::test]
async fn jobs_that_do_not_fit_one_message_come_in_several() {
    let mut config = GatewayConfig::loopback();
    config.limits.message_bytes_max = 10_000;
    let rig = Rig::start_with(config, AuthMode::Off);
    let mut client = rig.client().await;
    client.deploy(&[SERVICE_TASK]).await;
    for _ in 0..5 {
        let variables = format!(r#"{{"text": "{}"}}"#, "x".repeat(4_000));
        client.create("order_process", &variables).await;
    }
    let request = ActivateJobsRequest { max_jobs_to_activate: 5, ..activation(TYPE) };
    let mut stream = client.activate_jobs(request).await.unwrap().into_inner();
    let mut sizes = Vec::new();
    while let Some(response) = stream.message().await.unwrap() {
        sizes.push(response.jobs.len());
    }
    assert_eq!(sizes, [2, 2, 1]);
}

#[tokio::test]
async fn jobs_say_what_made_them() {
    let (_rig, mut client) = Rig::with(&[EXECUTION_LISTENERS, SERVICE_TASK]).await;
    client.create("execution_listeners", "{}").await;
    let job = client.job("process-start").await;
    assert!(job.kind() == JobKind::ExecutionListener, "{}", job.kind);
    assert!(job.listener_event_type() == ListenerEventType::Start, "{}", job.listener_event_type);
    client.create("order_process", "{}").await;
    let job = client.job(TYPE).await;
    assert!(job.kind() == JobKind::BpmnElement, "{}", job.kind);
    assert!(
        job.listener_event_type() == ListenerEventType::Unspecified,
        "{}",
        job.listener_event_type
    );
}

#[tokio::test]
async fn headers_are_json_text() {
    let (_rig, mut client) = Rig::with(&[HEADERS]).await;
    client.create("headers", r#"{"provider": "visa", "attempts": 5}"#).await;
    let job = client.job("pay-visa").await;
    assert_eq!(job.retries, 5);
    assert_eq!(
        serde_json::from_str::<Value>(&job.custom_headers).unwrap(),
        json!({"method": "VISA", "region": "EU"})
    );
}

#[tokio::test]
async fn one_request_collects_jobs_from_all_partitions() {
    const N: i32 = 3;
    let rig = Rig::start_partitions(3, GatewayConfig::loopback(), AuthMode::Off);
    let mut client = rig.client().await;
    client.deploy(&[SERVICE_TASK]).await;
    let topology = client.topology(TopologyRequest {}).await.unwrap().into_inner();
    assert_eq!(topology.partitions_count, N);
    assert_eq!(topology.brokers[0].partitions.len(), 3);

    // One instance for each partition, in turn; a partition that has not heard of the
    // deployment yet says so.
    let mut partitions = std::collections::BTreeSet::new();
    while partitions.len() < 3 {
        match client.create_process_instance(creation("order_process", "")).await {
            Ok(created) => {
                partitions.insert(created.into_inner().process_instance_key >> 51);
            }
            Err(status) => assert_eq!(status.code(), Code::NotFound, "{status:?}"),
        }
    }
    assert_eq!(partitions.into_iter().collect::<Vec<_>>(), [1, 2, 3]);

    let mut found = std::collections::BTreeSet::new();
    let mut n_messages = 0;
    while found.len() < 3 {
        let request = ActivateJobsRequest { max_jobs_to_activate: 1000, ..activation(TYPE) };
        let mut stream = client.activate_jobs(request).await.unwrap().into_inner();
        while let Some(response) = stream.message().await.unwrap() {
            n_messages += 1;
            let mut of_message: Vec<_> = response.jobs.iter().map(|job| job.key >> 51).collect();
            of_message.dedup();
            assert_eq!(of_message.len(), 1, "a message has the jobs of one partition");
            found.extend(of_message);
        }
    }
    assert!(n_messages >= 3);
}

fn push(job_type: &str) -> StreamActivatedJobsRequest {
    StreamActivatedJobsRequest {
        r#type: job_type.to_owned(),
        worker: "pushed".to_owned(),
        timeout: 60_000,
        ..StreamActivatedJobsRequest::default()
    }
}

#[tokio::test]
async fn a_stream_is_pushed_each_job_as_it_comes() {
    let (_rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let mut stream = client.stream_activated_jobs(push(TYPE)).await.unwrap().into_inner();
    for i in 0..3 {
        let key = client.create("order_process", &format!("{{\"i\": {i}}}")).await;
        let job = stream.message().await.unwrap().unwrap();
        assert_eq!((job.process_instance_key, job.worker.as_str()), (key, "pushed"));
        assert_eq!(job.variables, format!("{{\"i\":{i}}}"));
        client.complete(job.key, "").await;
    }
    client.create("order_process", "").await;
    let job = stream.message().await.unwrap().unwrap();
    assert_eq!(client.jobs_now(TYPE).await, [], "pollers do not see what a stream has taken");
    let fail = FailJobRequest { job_key: job.key, retries: 1, ..FailJobRequest::default() };
    client.fail_job(fail).await.unwrap();
    let retried = stream.message().await.unwrap().unwrap();
    assert_eq!((retried.key, retried.retries), (job.key, 1));
}

#[tokio::test]
async fn jobs_a_closed_stream_has_not_read_go_to_others() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let mut leaving = rig.client().await;
    let stream = leaving.stream_activated_jobs(push(TYPE)).await.unwrap().into_inner();
    drop((stream, leaving));
    // Pushed to the closing stream or not: the job must be had again.
    let key = client.create("order_process", "").await;
    let request = ActivateJobsRequest { request_timeout: 60_000, ..activation(TYPE) };
    let mut stream = client.activate_jobs(request).await.unwrap().into_inner();
    let jobs = stream.message().await.unwrap().unwrap().jobs;
    assert_eq!(jobs[0].process_instance_key, key);
}

#[tokio::test]
async fn the_number_of_streams_is_limited() {
    let mut config = GatewayConfig::loopback();
    config.limits.job_streams_max = 1;
    let rig = Rig::start_with(config, AuthMode::Off);
    let mut client = rig.client().await;
    let first = client.stream_activated_jobs(push(TYPE)).await.unwrap();
    let status = client.stream_activated_jobs(push(TYPE)).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    drop(first);
    while let Err(status) = client.stream_activated_jobs(push(TYPE)).await {
        assert_eq!(status.code(), Code::ResourceExhausted);
    }
}

#[tokio::test]
async fn a_stopping_gateway_ends_streams_and_waiting_requests_at_once() {
    let (mut rig, mut client) = one_place().await;
    let mut stream = client.stream_activated_jobs(push(TYPE)).await.unwrap().into_inner();
    let mut waiting = rig.client().await;
    let waiting = tokio::spawn(async move {
        let mut stream = waiting.activate_jobs(activation("rare")).await.unwrap().into_inner();
        stream.message().await
    });
    until_parked(&mut client).await;
    let began = Instant::now();
    rig.stop().await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(stream.message().await.unwrap_err().code(), Code::Unavailable);
    assert_eq!(waiting.await.unwrap().unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn an_error_goes_to_the_event_that_catches_it() {
    let (_rig, mut client) = Rig::with(&[BOUNDARY_ERROR]).await;
    let key = client.create("boundary_error", "").await;
    let job = client.job("work").await;
    assert_eq!(job.process_instance_key, key);
    let throw = ThrowErrorRequest {
        job_key: job.key,
        error_code: "CARD_DECLINED".to_owned(),
        error_message: "no money".to_owned(),
        variables: r#"{"reason": "limit"}"#.to_owned(),
    };
    client.throw_error(throw.clone()).await.unwrap();
    let status = client.throw_error(throw).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert!(status.message().starts_with("Command 'THROW_ERROR' rejected"), "{status:?}");
}

#[tokio::test]
async fn retries_and_time_outs_can_be_changed() {
    let (_rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    client.create("order_process", "").await;
    let job = client.job(TYPE).await;
    let retries =
        |retries| UpdateJobRetriesRequest { job_key: job.key, retries, operation_reference: None };
    client.update_job_retries(retries(9)).await.unwrap();
    let status = client.update_job_retries(retries(0)).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);

    // A lock that is over at once: the job can be had again, with the new retries.
    let timeout =
        UpdateJobTimeoutRequest { job_key: job.key, timeout: 1, operation_reference: None };
    client.update_job_timeout(timeout).await.unwrap();
    let again = client.job(TYPE).await;
    assert_eq!((again.key, again.retries), (job.key, 9));

    let unknown = UpdateJobTimeoutRequest { job_key: job.key + 1_000_000, ..timeout };
    let status = client.update_job_timeout(unknown).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

//! What a gRPC client can send, and what it is told when it cannot.

use skep_api::gateway::{
    ActivateJobsRequest, BroadcastSignalRequest, CompleteJobRequest, CreateProcessInstanceRequest,
    CreateProcessInstanceWithResultRequest, DeployResourceRequest, PublishMessageRequest, Resource,
    StreamActivatedJobsRequest, TopologyRequest,
    partition::{PartitionBrokerHealth, PartitionBrokerRole},
};
use skep_gateway::{AuthMode, GATEWAY_VERSION, GatewayConfig};
use tonic::{Code, Status, codec::CompressionEncoding};

use crate::rig::Rig;

#[tokio::test]
async fn the_topology_is_one_broker_that_leads_everything() {
    let rig = Rig::start();
    let topology = rig.client().await.topology(TopologyRequest {}).await.unwrap().into_inner();
    assert_eq!(topology.gateway_version, GATEWAY_VERSION);
    assert_eq!(
        (topology.cluster_size, topology.partitions_count, topology.replication_factor),
        (1, 1, 1)
    );
    let broker = &topology.brokers[0];
    assert_eq!((broker.node_id, broker.host.as_str()), (0, "127.0.0.1"));
    assert_eq!(broker.port, i32::from(rig.grpc.port()));
    assert_eq!(broker.partitions[0].partition_id, 1);
    assert_eq!(broker.partitions[0].role(), PartitionBrokerRole::Leader);
    assert_eq!(broker.partitions[0].health(), PartitionBrokerHealth::Healthy);
}

#[tokio::test]
async fn gzip_is_read_and_answered_with_gzip() {
    let rig = Rig::start();
    let mut client = rig
        .client()
        .await
        .send_compressed(CompressionEncoding::Gzip)
        .accept_compressed(CompressionEncoding::Gzip);
    let response = client.topology(TopologyRequest {}).await.unwrap();
    assert_eq!(response.metadata().get("grpc-encoding").unwrap(), "gzip");
    assert_eq!(response.into_inner().gateway_version, GATEWAY_VERSION);

    let mut plain = rig.client().await.accept_compressed(CompressionEncoding::Gzip);
    let response = plain.topology(TopologyRequest {}).await.unwrap();
    assert!(response.metadata().get("grpc-encoding").is_none());
}

#[tokio::test]
async fn a_message_above_the_limit_is_refused_plain_or_compressed() {
    let rig = Rig::start();
    // Compressible, so that it is small on the wire and large only once it is unpacked.
    let resource = Resource { name: "big.bpmn".to_owned(), content: vec![b' '; 5_000_000].into() };
    let request = DeployResourceRequest { resources: vec![resource], tenant_id: String::new() };
    let plain = rig.client().await;
    let gzip = rig.client().await.send_compressed(CompressionEncoding::Gzip);
    for mut client in [plain, gzip] {
        let status = client.deploy_resource(request.clone()).await.unwrap_err();
        assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
        assert!(status.message().contains("4194304"), "{status:?}");
        // The connection goes on.
        client.topology(TopologyRequest {}).await.unwrap();
    }
}

#[tokio::test]
async fn the_message_limit_is_a_setting() {
    let mut config = GatewayConfig::loopback();
    config.limits.message_bytes_max = 1000;
    let rig = Rig::start_with(config, AuthMode::Off);
    let request = CompleteJobRequest {
        job_key: 1,
        variables: format!("{{\"a\":\"{}\"}}", "x".repeat(1000)),
        result: None,
    };
    let status = rig.client().await.complete_job(request).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(status.message().contains("1000 bytes"), "{status:?}");
}

#[tokio::test]
async fn variables_must_be_an_object() {
    let rig = Rig::start();
    let mut client = rig.client().await;
    for (variables, words) in [
        ("[1]", "root level object, but was 'ARRAY'"),
        ("\"x\"", "'STRING'"),
        ("7", "'INTEGER'"),
        ("{\"a\":", "Invalid JSON value: "),
        ("{} trailing", "Invalid JSON value: "),
    ] {
        let request = CreateProcessInstanceRequest {
            bpmn_process_id: "p".to_owned(),
            variables: variables.to_owned(),
            ..Default::default()
        };
        let status = client.create_process_instance(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{variables}");
        assert!(status.message().contains(words), "{status:?}");
    }
}

#[tokio::test]
async fn only_the_default_tenant_exists() {
    let rig = Rig::start();
    let mut client = rig.client().await;
    let tenant_id = || "acme".to_owned();
    let create = CreateProcessInstanceRequest { tenant_id: tenant_id(), ..Default::default() };
    let refused: [(&str, Status); 7] = [
        (
            "DeployResource",
            client
                .deploy_resource(DeployResourceRequest {
                    tenant_id: tenant_id(),
                    ..Default::default()
                })
                .await
                .unwrap_err(),
        ),
        (
            "CreateProcessInstance",
            client.create_process_instance(create.clone()).await.unwrap_err(),
        ),
        (
            "CreateProcessInstanceWithResult",
            client
                .create_process_instance_with_result(CreateProcessInstanceWithResultRequest {
                    request: Some(create),
                    ..Default::default()
                })
                .await
                .unwrap_err(),
        ),
        (
            "PublishMessage",
            client
                .publish_message(PublishMessageRequest {
                    tenant_id: tenant_id(),
                    ..Default::default()
                })
                .await
                .unwrap_err(),
        ),
        (
            "BroadcastSignal",
            client
                .broadcast_signal(BroadcastSignalRequest {
                    tenant_id: tenant_id(),
                    ..Default::default()
                })
                .await
                .unwrap_err(),
        ),
        (
            "ActivateJobs",
            client
                .activate_jobs(ActivateJobsRequest {
                    tenant_ids: vec!["<default>".to_owned(), tenant_id()],
                    ..Default::default()
                })
                .await
                .unwrap_err(),
        ),
        (
            "StreamActivatedJobs",
            client
                .stream_activated_jobs(StreamActivatedJobsRequest {
                    tenant_ids: vec![tenant_id()],
                    ..Default::default()
                })
                .await
                .unwrap_err(),
        ),
    ];
    for (rpc, status) in refused {
        assert_eq!(status.code(), Code::InvalidArgument, "{rpc}");
        let text = format!("Expected to handle gRPC request {rpc} with tenant identifier");
        assert!(status.message().starts_with(&text), "{status:?}");
        assert!(status.message().contains("acme"), "{status:?}");
        assert!(status.message().contains("multi-tenancy is disabled"), "{status:?}");
    }
}

#[tokio::test]
async fn requests_for_jobs_are_checked_before_they_wait() {
    let rig = Rig::start();
    let mut client = rig.client().await;
    let good = ActivateJobsRequest {
        r#type: "t".to_owned(),
        timeout: 1000,
        max_jobs_to_activate: 1,
        request_timeout: 60_000,
        ..Default::default()
    };
    for (request, words) in [
        (ActivateJobsRequest { r#type: String::new(), ..good.clone() }, "type to be present"),
        (ActivateJobsRequest { max_jobs_to_activate: 0, ..good.clone() }, "max jobs to activate"),
        (ActivateJobsRequest { timeout: 0, ..good.clone() }, "timeout to be greater than zero"),
    ] {
        let status = client.activate_jobs(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().contains(words), "{status:?}");
    }
    let stream =
        StreamActivatedJobsRequest { r#type: "t".to_owned(), timeout: 1000, ..Default::default() };
    for (request, words) in [
        (StreamActivatedJobsRequest { r#type: " ".to_owned(), ..stream.clone() }, "blank"),
        (StreamActivatedJobsRequest { timeout: 0, ..stream.clone() }, "greater than zero"),
    ] {
        let status = client.stream_activated_jobs(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().contains(words), "{status:?}");
    }
}

#[tokio::test]
async fn an_unknown_call_is_unimplemented() {
    let rig = Rig::start();
    let mut grpc = tonic::client::Grpc::new(rig.channel().await);
    let codec = tonic_prost::ProstCodec::<TopologyRequest, TopologyRequest>::default();
    for path in ["/gateway_protocol.Gateway/Nothing", "/other.Service/Call"] {
        grpc.ready().await.unwrap();
        let request = tonic::Request::new(TopologyRequest {});
        let path = http::uri::PathAndQuery::from_static(path);
        let status = grpc.unary(request, path, codec.clone()).await.unwrap_err();
        assert_eq!(status.code(), Code::Unimplemented);
    }
}

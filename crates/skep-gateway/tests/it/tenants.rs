//! Tenants through both protocols: callers see their own and nothing else.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use skep_api::gateway::{
    ActivateJobsRequest, CancelProcessInstanceRequest, CompleteJobRequest,
    CreateProcessInstanceRequest, DeleteResourceRequest, DeployProcessRequest,
    DeployResourceRequest, FailJobRequest, MigrateProcessInstanceRequest,
    ModifyProcessInstanceRequest, PublishMessageRequest, SetVariablesRequest,
    StreamActivatedJobsRequest, ThrowErrorRequest, UpdateJobRetriesRequest,
    UpdateJobTimeoutRequest, gateway_client::GatewayClient,
    migrate_process_instance_request::MigrationPlan,
};
use skep_auth::{BasicUsers, Secret};
use skep_gateway::{AuthMode, GatewayConfig, MultiTenancy, TenantMembers};
use tonic::{
    Code, Request, Status,
    metadata::AsciiMetadataValue,
    service::{Interceptor, interceptor::InterceptedService},
    transport::Channel,
};

use crate::{
    models::{
        APPROVE_FORM, DISHES, MESSAGE_CATCH, MESSAGE_START, SERVICE_TASK, USER_TASK_NESTED,
        creation, deployment,
    },
    rig::{Rig, activation},
};

/// Sends a user's name and password with every call.
#[derive(Clone)]
struct As(&'static str);

impl As {
    fn header(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:pass", self.0)))
    }
}

impl Interceptor for As {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let value = AsciiMetadataValue::try_from(self.header()).unwrap();
        request.metadata_mut().insert("authorization", value);
        Ok(request)
    }
}

type UserClient = GatewayClient<InterceptedService<Channel, As>>;

/// `ada` is of the tenant `acme`, `joe` of `ajax`, `eve` of both and the default one, and `tom`
/// of none.
fn rig() -> Rig {
    let users = ["ada", "joe", "eve", "tom"].map(|name| (name.to_owned(), Secret::new("pass")));
    let tenant = |tenant_id: &str, users: &[&str]| TenantMembers {
        tenant_id: tenant_id.to_owned(),
        name: tenant_id.to_uppercase(),
        users: users.iter().map(|&user| user.to_owned()).collect(),
        ..TenantMembers::default()
    };
    let tenants = TenantMembers::directory([
        tenant("acme", &["ada", "eve"]),
        tenant("ajax", &["joe", "eve"]),
        tenant("<default>", &["eve"]),
    ]);
    let mut config = GatewayConfig::loopback();
    config.multi_tenancy = MultiTenancy::Enabled(tenants.unwrap());
    Rig::start_with(config, AuthMode::Basic(BasicUsers::new(users).unwrap()))
}

async fn client(rig: &Rig, user: &'static str) -> UserClient {
    GatewayClient::with_interceptor(rig.channel().await, As(user))
}

fn deployment_of(tenant_id: &str) -> DeployResourceRequest {
    DeployResourceRequest { tenant_id: tenant_id.to_owned(), ..deployment(&[SERVICE_TASK]) }
}

fn creation_of(tenant_id: &str) -> CreateProcessInstanceRequest {
    CreateProcessInstanceRequest {
        tenant_id: tenant_id.to_owned(),
        ..creation("order_process", "")
    }
}

fn activation_of(tenant_ids: &[&str]) -> ActivateJobsRequest {
    ActivateJobsRequest {
        tenant_ids: tenant_ids.iter().map(|&id| id.to_owned()).collect(),
        max_jobs_to_activate: 10,
        request_timeout: -1,
        ..activation("payment-service")
    }
}

async fn rest(
    rig: &Rig,
    user: &'static str,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> (StatusCode, Value) {
    let request =
        Client::new().request(method, rig.url(path)).header("authorization", As(user).header());
    let request = match body {
        Some(body) => request.json(&body),
        None => request,
    };
    let response = request.send().await.unwrap();
    let status = response.status();
    let bytes = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

async fn post(rig: &Rig, user: &'static str, path: &str, body: Value) -> (StatusCode, Value) {
    rest(rig, user, Method::POST, path, Some(body)).await
}

/// The call of clients before 8.0, which is for the default tenant.
#[expect(deprecated, reason = "clients before 8.0 have no other call to deploy with")]
async fn deploy_process(client: &mut UserClient) -> Status {
    client.deploy_process(DeployProcessRequest::default()).await.unwrap_err()
}

/// Both tenants have the process, and an instance each.
async fn started() -> (Rig, UserClient, UserClient) {
    let rig = rig();
    let mut clients = [client(&rig, "ada").await, client(&rig, "joe").await];
    for (client, tenant) in clients.iter_mut().zip(["acme", "ajax"]) {
        let deployed = client.deploy_resource(deployment_of(tenant)).await.unwrap().into_inner();
        assert_eq!(deployed.tenant_id, tenant);
        let created = client.create_process_instance(creation_of(tenant)).await.unwrap();
        assert_eq!(created.into_inner().tenant_id, tenant);
    }
    let [ada, joe] = clients;
    (rig, ada, joe)
}

#[tokio::test]
async fn a_tenant_must_be_named_and_assigned() {
    let rig = rig();
    let mut ada = client(&rig, "ada").await;
    for (tenant, code, reason) in [
        ("", Code::InvalidArgument, "no tenant identifier was provided"),
        ("a b", Code::InvalidArgument, "tenant identifier contains illegal characters"),
        ("ajax", Code::PermissionDenied, "tenant is not authorized to perform this request"),
        ("<default>", Code::PermissionDenied, "tenant is not authorized to perform this request"),
        ("unknown", Code::PermissionDenied, "tenant is not authorized to perform this request"),
    ] {
        let expected = format!("with tenant identifier '{tenant}', but {reason}");
        let refused = [
            ("DeployResource", ada.deploy_resource(deployment_of(tenant)).await.unwrap_err()),
            (
                "CreateProcessInstance",
                ada.create_process_instance(creation_of(tenant)).await.unwrap_err(),
            ),
            (
                "PublishMessage",
                ada.publish_message(PublishMessageRequest {
                    name: "m".to_owned(),
                    tenant_id: tenant.to_owned(),
                    ..PublishMessageRequest::default()
                })
                .await
                .unwrap_err(),
            ),
        ];
        for (rpc, status) in refused {
            assert_eq!(status.code(), code, "{status:?}");
            let start = format!("Expected to handle gRPC request {rpc} {expected}");
            assert!(status.message().starts_with(&start), "{status:?}");
        }
        let body = json!({"processDefinitionId": "order_process", "tenantId": tenant});
        let (status, problem) = post(&rig, "ada", "/v2/process-instances", body).await;
        let (http, title) = if code == Code::PermissionDenied {
            (StatusCode::FORBIDDEN, "FORBIDDEN")
        } else {
            (StatusCode::BAD_REQUEST, "INVALID_ARGUMENT")
        };
        assert_eq!((status, &problem["title"]), (http, &json!(title)));
        let detail = problem["detail"].as_str().unwrap();
        let start = format!("Expected to handle request Create Process Instance {expected}");
        assert!(detail.starts_with(&start), "{detail}");
    }
    let status = deploy_process(&mut ada).await;
    assert_eq!(status.code(), Code::PermissionDenied);
    let mut eve = client(&rig, "eve").await;
    // Refused for having nothing to deploy, and not for its tenant.
    assert_eq!(deploy_process(&mut eve).await.code(), Code::InvalidArgument);
    let mut tom = client(&rig, "tom").await;
    let status = tom.deploy_resource(deployment_of("acme")).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn jobs_are_those_of_the_tenants_that_are_named_and_assigned() {
    let (rig, mut ada, mut joe) = started().await;
    let status = ada.activate_jobs(activation_of(&["acme", "ajax"])).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    assert!(status.message().contains("tenant identifiers '[\"acme\", \"ajax\"]'"), "{status:?}");
    let status = ada.activate_jobs(activation_of(&[])).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    // What joe finds nothing of is there for others: nobody waits because of him.
    let mut stream = joe.activate_jobs(activation_of(&["ajax"])).await.unwrap().into_inner();
    assert_eq!(stream.message().await.unwrap().unwrap().jobs.len(), 1);
    for _ in 0..5 {
        let mut stream = joe.activate_jobs(activation_of(&["ajax"])).await.unwrap().into_inner();
        assert_eq!(stream.message().await.unwrap(), None);
    }
    let waits = ActivateJobsRequest { request_timeout: 60_000, ..activation_of(&["acme"]) };
    let mut stream = ada.activate_jobs(waits).await.unwrap().into_inner();
    let jobs = stream.message().await.unwrap().unwrap().jobs;
    assert_eq!(jobs.iter().map(|job| job.tenant_id.as_str()).collect::<Vec<_>>(), ["acme"]);

    // All that are assigned, or all that are named.
    ada.create_process_instance(creation_of("acme")).await.unwrap();
    joe.create_process_instance(creation_of("ajax")).await.unwrap();
    let mut body = json!({
        "type": "payment-service", "timeout": 60_000, "maxJobsToActivate": 1,
        "requestTimeout": -1, "tenantFilter": "ASSIGNED",
    });
    let (status, first) = post(&rig, "eve", "/v2/jobs/activation", body.clone()).await;
    assert_eq!((status, first["jobs"].as_array().unwrap().len()), (StatusCode::OK, 1), "{first}");
    body["tenantFilter"] = json!("PROVIDED");
    body["tenantIds"] = json!(["<default>", "ajax", "acme"]);
    let (_, second) = post(&rig, "eve", "/v2/jobs/activation", body.clone()).await;
    assert_ne!(first["jobs"][0]["tenantId"], second["jobs"][0]["tenantId"], "{second}");
    let (status, problem) = post(&rig, "joe", "/v2/jobs/activation", body).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{problem}");
}

#[tokio::test]
async fn jobs_are_pushed_to_the_streams_of_their_tenant() {
    let (rig, mut ada, mut joe) = started().await;
    let request = |tenants: &[&str]| StreamActivatedJobsRequest {
        r#type: "payment-service".to_owned(),
        timeout: 60_000,
        tenant_ids: tenants.iter().map(|&id| id.to_owned()).collect(),
        ..StreamActivatedJobsRequest::default()
    };
    let status = ada.stream_activated_jobs(request(&["ajax"])).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    let mut of_acme = ada.stream_activated_jobs(request(&["acme"])).await.unwrap().into_inner();
    let mut of_ajax = joe.stream_activated_jobs(request(&["ajax"])).await.unwrap().into_inner();
    for _ in 0..3 {
        ada.create_process_instance(creation_of("acme")).await.unwrap();
        joe.create_process_instance(creation_of("ajax")).await.unwrap();
    }
    for (stream, tenant) in [(&mut of_acme, "acme"), (&mut of_ajax, "ajax")] {
        for _ in 0..4 {
            let job = stream.message().await.unwrap().unwrap();
            assert_eq!(job.tenant_id, tenant);
        }
    }
    drop((of_acme, of_ajax));
    let mut eve = client(&rig, "eve").await;
    let mut of_both =
        eve.stream_activated_jobs(request(&["acme", "ajax"])).await.unwrap().into_inner();
    ada.create_process_instance(creation_of("acme")).await.unwrap();
    joe.create_process_instance(creation_of("ajax")).await.unwrap();
    let mut tenants = Vec::new();
    while tenants.len() < 2 {
        let job = of_both.message().await.unwrap().unwrap();
        tenants.push(job.tenant_id);
        tenants.sort();
        tenants.dedup();
    }
    assert_eq!(tenants, ["acme", "ajax"]);
}

#[tokio::test]
async fn what_belongs_to_another_tenant_is_not_found_through_grpc() {
    let (_rig, mut ada, mut joe) = started().await;
    let mut stream = ada.activate_jobs(activation_of(&["acme"])).await.unwrap().into_inner();
    let job = stream.message().await.unwrap().unwrap().jobs.remove(0);
    let (job_key, process_instance_key) = (job.key, job.process_instance_key);
    let complete = CompleteJobRequest { job_key, ..CompleteJobRequest::default() };
    let delete = DeleteResourceRequest {
        resource_key: job.process_definition_key,
        operation_reference: None,
    };
    let plan = MigrationPlan {
        target_process_definition_key: job.process_definition_key,
        mapping_instructions: Vec::new(),
    };
    let refused = [
        joe.complete_job(complete.clone()).await.unwrap_err(),
        joe.fail_job(FailJobRequest { job_key, ..FailJobRequest::default() }).await.unwrap_err(),
        joe.throw_error(ThrowErrorRequest {
            job_key,
            error_code: "E".to_owned(),
            ..ThrowErrorRequest::default()
        })
        .await
        .unwrap_err(),
        joe.update_job_retries(UpdateJobRetriesRequest {
            job_key,
            retries: 2,
            operation_reference: None,
        })
        .await
        .unwrap_err(),
        joe.update_job_timeout(UpdateJobTimeoutRequest {
            job_key,
            timeout: 1000,
            operation_reference: None,
        })
        .await
        .unwrap_err(),
        joe.set_variables(SetVariablesRequest {
            element_instance_key: process_instance_key,
            variables: "{}".to_owned(),
            ..SetVariablesRequest::default()
        })
        .await
        .unwrap_err(),
        joe.modify_process_instance(ModifyProcessInstanceRequest {
            process_instance_key,
            ..ModifyProcessInstanceRequest::default()
        })
        .await
        .unwrap_err(),
        joe.migrate_process_instance(MigrateProcessInstanceRequest {
            process_instance_key,
            migration_plan: Some(plan),
            operation_reference: None,
        })
        .await
        .unwrap_err(),
        joe.cancel_process_instance(CancelProcessInstanceRequest {
            process_instance_key,
            operation_reference: None,
        })
        .await
        .unwrap_err(),
        joe.delete_resource(delete).await.unwrap_err(),
    ];
    for status in refused {
        assert_eq!(status.code(), Code::NotFound, "{status:?}");
    }
    let retries = UpdateJobRetriesRequest { job_key, retries: 2, operation_reference: None };
    ada.update_job_retries(retries).await.unwrap();
    ada.delete_resource(delete).await.unwrap();
    let cancel = CancelProcessInstanceRequest { process_instance_key, operation_reference: None };
    ada.cancel_process_instance(cancel).await.unwrap();
}

#[tokio::test]
async fn what_belongs_to_another_tenant_is_not_found_through_rest() {
    let (rig, mut ada, _joe) = started().await;
    let mut stream = ada.activate_jobs(activation_of(&["acme"])).await.unwrap().into_inner();
    let job = stream.message().await.unwrap().unwrap().jobs.remove(0);
    let paths = [
        (format!("/v2/jobs/{}/completion", job.key), json!({})),
        (format!("/v2/jobs/{}/failure", job.key), json!({})),
        (format!("/v2/jobs/{}/error", job.key), json!({"errorCode": "E"})),
        (format!("/v2/process-instances/{}/cancellation", job.process_instance_key), json!({})),
        (
            format!("/v2/element-instances/{}/variables", job.process_instance_key),
            json!({"variables": {}}),
        ),
        (format!("/v2/resources/{}/deletion", job.process_definition_key), json!({})),
    ];
    for (path, body) in &paths {
        for user in ["joe", "tom"] {
            let (status, problem) = post(&rig, user, path, body.clone()).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {problem}");
        }
    }
    let (status, answer) = post(&rig, "eve", &paths[0].0, json!({})).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
}

#[tokio::test]
async fn callers_learn_their_tenants() {
    let rig = rig();
    let tenants = |user| {
        let me = rest(&rig, user, Method::GET, "/v2/authentication/me", None);
        async move { me.await.1["tenants"].clone() }
    };
    let acme = json!({"name": "ACME", "tenantId": "acme", "description": null});
    assert_eq!(tenants("ada").await, json!([acme]));
    assert_eq!(tenants("eve").await.as_array().unwrap().len(), 3);
    assert_eq!(tenants("tom").await, json!([]));
}

#[tokio::test]
async fn without_multi_tenancy_there_is_only_the_default_tenant() {
    let rig = Rig::start();
    let mut client = rig.client().await;
    let status = client.deploy_resource(deployment_of("acme")).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(
        status.message().starts_with(
            "Expected to handle gRPC request DeployResource with tenant identifier 'acme', but \
             multi-tenancy is disabled"
        ),
        "{status:?}"
    );
    let deployed = client.deploy_resource(deployment_of("<default>")).await.unwrap().into_inner();
    assert_eq!(deployed.tenant_id, "<default>");
    let body = json!({
        "type": "t", "timeout": 1, "maxJobsToActivate": 1, "tenantFilter": "ASSIGNED",
    });
    let response = Client::new().post(rig.url("/v2/jobs/activation")).json(&body).send().await;
    assert_eq!(response.unwrap().status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_deployed_file_is_read_by_callers_of_its_tenant_only() {
    let rig = rig();
    let form = "--b\r\nContent-Disposition: form-data; name=\"resources\"; \
                filename=\"robot.rpa\"\r\n\r\n{\"id\":\"robot\"}\r\n\
                --b\r\nContent-Disposition: form-data; name=\"tenantId\"\r\n\r\nacme\r\n--b--\r\n";
    let request = Client::new()
        .post(rig.url("/v2/deployments"))
        .header("authorization", As("ada").header())
        .header("content-type", "multipart/form-data; boundary=b")
        .body(form);
    let answer = request.send().await.unwrap().bytes().await.unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    let key = answer["deployments"][0]["resource"]["resourceKey"].as_str().unwrap().to_owned();
    for path in [format!("/v2/resources/{key}"), format!("/v2/resources/{key}/content")] {
        for (user, expected) in [
            ("ada", StatusCode::OK),
            ("joe", StatusCode::NOT_FOUND),
            ("tom", StatusCode::NOT_FOUND),
        ] {
            let (status, answer) = rest(&rig, user, Method::GET, &path, None).await;
            assert_eq!(status, expected, "{path}: {answer}");
        }
    }
    // What is another's reads like what is not there.
    let detail = |path: String| {
        let rig = &rig;
        async move {
            let (_, problem) = rest(rig, "joe", Method::GET, &path, None).await;
            problem["detail"].as_str().unwrap().to_owned()
        }
    };
    let unknown = detail("/v2/resources/7".to_owned()).await;
    let foreign = detail(format!("/v2/resources/{key}")).await;
    assert_eq!(foreign, unknown.replace("`7`", &format!("`{key}`")));
}

#[tokio::test]
async fn a_process_definition_is_read_by_its_tenant_only() {
    let rig = rig();
    let mut ada = client(&rig, "ada").await;
    let deployed = ada.deploy_resource(deployment_of("acme")).await.unwrap().into_inner();
    let Some(skep_api::gateway::deployment::Metadata::Process(process)) =
        &deployed.deployments[0].metadata
    else {
        panic!("{deployed:?}")
    };
    let key = process.process_definition_key;
    for path in ["", "/xml"] {
        let path = format!("/v2/process-definitions/{key}{path}");
        for (user, expected) in [
            ("ada", StatusCode::OK),
            ("joe", StatusCode::NOT_FOUND),
            ("tom", StatusCode::NOT_FOUND),
        ] {
            let (status, answer) = rest(&rig, user, Method::GET, &path, None).await;
            assert_eq!(status, expected, "{path}: {answer}");
        }
    }
}

#[tokio::test]
async fn what_was_deployed_and_evaluated_is_found_by_its_tenant_only() {
    let rig = rig();
    let mut ada = client(&rig, "ada").await;
    let models = [SERVICE_TASK, MESSAGE_CATCH, MESSAGE_START, DISHES];
    let deployed = DeployResourceRequest { tenant_id: "acme".to_owned(), ..deployment(&models) };
    ada.deploy_resource(deployed).await.unwrap();
    ada.create_process_instance(creation_of("acme")).await.unwrap();
    let body = json!({"decisionDefinitionId": "season", "tenantId": "acme", "variables": {
        "temperature": 1,
    }});
    let (status, answer) = post(&rig, "ada", "/v2/decision-definitions/evaluation", body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let publish = PublishMessageRequest {
        name: "order placed".to_owned(),
        tenant_id: "acme".to_owned(),
        ..PublishMessageRequest::default()
    };
    ada.publish_message(publish).await.unwrap();
    let evaluated =
        format!("/v2/decision-instances/{}-1", answer["decisionEvaluationKey"].as_str().unwrap());
    for (path, body) in [
        ("process-definitions/search", json!({})),
        ("process-definitions/statistics/process-instances", json!({})),
        (
            "process-definitions/statistics/process-instances-by-version",
            json!({"filter": {"processDefinitionId": "order_process"}}),
        ),
        ("decision-definitions/search", json!({})),
        ("decision-requirements/search", json!({})),
        ("decision-instances/search", json!({})),
        ("correlated-message-subscriptions/search", json!({})),
    ] {
        for (user, is_theirs) in [("ada", true), ("eve", true), ("joe", false), ("tom", false)] {
            let (status, found) = post(&rig, user, &format!("/v2/{path}"), body.clone()).await;
            assert_eq!(status, StatusCode::OK, "{path}: {found}");
            let n = found["page"]["totalItems"].as_u64().unwrap();
            assert_eq!(n > 0, is_theirs, "{path} for {user}");
            assert_eq!(found["items"].as_array().unwrap().is_empty(), !is_theirs);
        }
    }
    let running = json!({"filter": {"processDefinitionId": "order_process"}});
    let (_, found) = post(&rig, "ada", "/v2/process-definitions/search", running).await;
    let key = found["items"][0]["processDefinitionKey"].as_str().unwrap();
    let path = format!("/v2/process-definitions/{key}/statistics/element-instances");
    for (user, is_theirs) in [("ada", true), ("joe", false)] {
        let (status, found) = post(&rig, user, &path, json!({})).await;
        assert_eq!(status, StatusCode::OK, "{found}");
        assert_eq!(found["items"].as_array().unwrap().is_empty(), !is_theirs, "{user}");
    }
    for (user, expected) in [("ada", StatusCode::OK), ("joe", StatusCode::NOT_FOUND)] {
        let (status, answer) = rest(&rig, user, Method::GET, &evaluated, None).await;
        assert_eq!(status, expected, "{answer}");
    }
}

#[tokio::test]
async fn a_batch_operation_is_seen_by_callers_of_all_its_tenants_only() {
    let (rig, _ada, _joe) = started().await;
    let filter = json!({"filter": {"processDefinitionId": "order_process"}});
    let path = "/v2/process-instances/cancellation";
    let (status, begun) = post(&rig, "ada", path, filter).await;
    assert_eq!(status, StatusCode::OK, "{begun}");
    let path = format!("/v2/batch-operations/{}", begun["batchOperationKey"].as_str().unwrap());
    for user in ["ada", "eve"] {
        let (status, found) = rest(&rig, user, Method::GET, &path, None).await;
        assert_eq!(status, StatusCode::OK, "{user}: {found}");
    }
    for user in ["joe", "tom"] {
        let (status, problem) = rest(&rig, user, Method::GET, &path, None).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{user}: {problem}");
    }
    // It ends when nobody is looking, and then the items are known.
    while rest(&rig, "ada", Method::GET, &path, None).await.1["endDate"].is_null() {
        tokio::task::yield_now().await;
    }
    for (user, n) in [("ada", 1), ("eve", 1), ("joe", 0), ("tom", 0)] {
        let path = "/v2/batch-operation-items/search";
        let (status, found) = post(&rig, user, path, json!({})).await;
        assert_eq!((status, &found["page"]["totalItems"]), (StatusCode::OK, &json!(n)), "{user}");
    }
}

#[tokio::test]
async fn variables_and_incidents_are_found_by_callers_of_their_tenant_only() {
    let (rig, mut ada, _joe) = started().await;
    let variables = r#"{"colour": "red"}"#.to_owned();
    let creation = CreateProcessInstanceRequest { variables, ..creation_of("acme") };
    ada.create_process_instance(creation).await.unwrap();
    let jobs = ada.activate_jobs(activation_of(&["acme"])).await.unwrap();
    for job in jobs.into_inner().message().await.unwrap().unwrap().jobs {
        let error_message = "no ink".to_owned();
        let fail = FailJobRequest { job_key: job.key, error_message, ..FailJobRequest::default() };
        ada.fail_job(fail).await.unwrap();
    }
    let by_error = "/v2/incidents/statistics/process-instances-by-error";
    let by_definition = "/v2/incidents/statistics/process-instances-by-definition";
    // `"no ink".hashCode()`
    let of_error = json!({"filter": {"errorHashCode": -1_042_192_121}});
    let searches = [
        ("/v2/variables/search", json!({}), 1),
        ("/v2/variables/search?truncateValues=false", json!({}), 1),
        ("/v2/incidents/search", json!({}), 2),
        (by_error, json!({}), 1),
        (by_definition, of_error, 1),
    ];
    for (path, body, n) in searches {
        for (user, n) in [("ada", n), ("eve", n), ("joe", 0), ("tom", 0)] {
            let (status, answer) = post(&rig, user, path, body.clone()).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
            assert_eq!(answer["page"]["totalItems"], n, "{user} {path}");
            assert_eq!(answer["items"].as_array().unwrap().len(), n);
        }
    }
    for (kind, key) in [("variables", "variableKey"), ("incidents", "incidentKey")] {
        let (_, found) = post(&rig, "ada", &format!("/v2/{kind}/search"), json!({})).await;
        let found = &found["items"][0];
        let path = format!("/v2/{kind}/{}", found[key].as_str().unwrap());
        for (user, expected) in [("eve", StatusCode::OK), ("joe", StatusCode::NOT_FOUND)] {
            let (status, _) = rest(&rig, user, Method::GET, &path, None).await;
            assert_eq!(status, expected, "{user} {path}");
        }
        let instance = found["processInstanceKey"].as_str().unwrap();
        let path = format!("/v2/process-instances/{instance}/incidents/search");
        assert_eq!(post(&rig, "joe", &path, json!({})).await.0, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn user_tasks_jobs_and_forms_are_found_by_callers_of_their_tenant_only() {
    let (rig, mut ada, mut joe) = started().await;
    let models = deployment(&[USER_TASK_NESTED, APPROVE_FORM]);
    let models = DeployResourceRequest { tenant_id: "acme".to_owned(), ..models };
    ada.deploy_resource(models).await.unwrap();
    let creation = creation("user_task_nested", "");
    let creation = CreateProcessInstanceRequest { tenant_id: "acme".to_owned(), ..creation };
    ada.create_process_instance(creation).await.unwrap();
    let jobs = joe.activate_jobs(activation_of(&["ajax"])).await.unwrap();
    for job in jobs.into_inner().message().await.unwrap().unwrap().jobs {
        let fail = FailJobRequest {
            job_key: job.key,
            retries: 1,
            error_message: "no ink".to_owned(),
            ..FailJobRequest::default()
        };
        joe.fail_job(fail).await.unwrap();
    }
    let time = json!({"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"});
    let mut of_type = time.clone();
    of_type["jobType"] = json!("payment-service");
    // How many each of ada, joe, eve and tom finds.
    for (path, body, expected) in [
        ("user-tasks/search", json!({}), [1, 0, 1, 0]),
        ("jobs/search", json!({}), [1, 1, 2, 0]),
        ("jobs/statistics/by-types", json!({"filter": time}), [1, 1, 1, 0]),
        ("jobs/statistics/by-workers", json!({"filter": of_type}), [1, 2, 2, 0]),
        ("jobs/statistics/time-series", json!({"filter": of_type}), [1, 1, 1, 0]),
        ("jobs/statistics/errors", json!({"filter": of_type}), [0, 1, 1, 0]),
    ] {
        for (user, n) in ["ada", "joe", "eve", "tom"].into_iter().zip(expected) {
            let (status, answer) = post(&rig, user, &format!("/v2/{path}"), body.clone()).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
            let found = answer["items"].as_array().unwrap().len();
            // A minute can end between two jobs.
            let is_series = path.ends_with("time-series");
            assert!(found == n || is_series && n > 0 && found == 2, "{user} {path}: {answer}");
        }
    }
    let totals = "/v2/jobs/statistics/global?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z";
    for (user, created, failed) in [("ada", 1, 0), ("joe", 1, 1), ("eve", 2, 1), ("tom", 0, 0)] {
        let (_, answer) = rest(&rig, user, Method::GET, totals, None).await;
        assert_eq!(answer["created"]["count"], created, "{user}: {answer}");
        assert_eq!(answer["failed"]["count"], failed, "{user}: {answer}");
    }
    let (_, tasks) = post(&rig, "ada", "/v2/user-tasks/search", json!({})).await;
    let task = &tasks["items"][0];
    let path = format!("/v2/user-tasks/{}", task["userTaskKey"].as_str().unwrap());
    let definition = task["processDefinitionKey"].as_str().unwrap();
    let gets = [
        path.clone(),
        format!("{path}/form"),
        format!("/v2/process-definitions/{definition}/form"),
    ];
    let posts = ["variables", "effective-variables"].map(|what| format!("{path}/{what}/search"));
    for (user, expected) in [("eve", StatusCode::OK), ("joe", StatusCode::NOT_FOUND)] {
        for path in &gets {
            let (status, _) = rest(&rig, user, Method::GET, path, None).await;
            assert_eq!(status, expected, "{user} {path}");
        }
        for path in &posts {
            assert_eq!(post(&rig, user, path, json!({})).await.0, expected, "{user} {path}");
        }
    }
}

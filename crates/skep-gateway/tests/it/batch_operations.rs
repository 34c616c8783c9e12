//! Batch operations over REST.

use reqwest::StatusCode;
use serde_json::{Value, json};
use skep_api::gateway::{
    DeployResourceRequest, FailJobRequest, UpdateJobRetriesRequest, deployment::Metadata,
    gateway_client::GatewayClient,
};
use skep_gateway::{AuthMode, GatewayConfig};
use tonic::transport::Channel;

use crate::{
    models::{SERVICE_TASK, TWO_SERVICE_TASKS, creation, deployment},
    rig::{Rig, Steps},
};

/// Creates a batch operation, and gives its key.
async fn begin(rig: &Rig, kind: &str, body: Value) -> String {
    let (status, answer) = rig.post(&format!("/v2/process-instances/{kind}"), body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["batchOperationKey"].as_str().unwrap().to_owned()
}

/// Asks again until a batch operation has ended: nothing tells when it does.
async fn ended(rig: &Rig, key: &str) -> Value {
    loop {
        let (status, answer) = rig.get(&format!("/v2/batch-operations/{key}")).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        if answer["endDate"] != Value::Null {
            return answer;
        }
        tokio::task::yield_now().await;
    }
}

fn counts(answer: &Value) -> [u64; 3] {
    ["operationsTotalCount", "operationsCompletedCount", "operationsFailedCount"]
        .map(|name| answer[name].as_u64().unwrap())
}

async fn target(client: &mut GatewayClient<Channel>, request: DeployResourceRequest) -> i64 {
    let mut deployed = client.deploy_resource(request).await.unwrap().into_inner();
    let metadata = deployed.deployments.remove(0).metadata;
    let Some(Metadata::Process(process)) = metadata else { panic!("{metadata:?}") };
    process.process_definition_key
}

#[tokio::test]
async fn instances_of_all_partitions_are_cancelled() {
    let rig = Rig::start_partitions(3, GatewayConfig::loopback(), AuthMode::Off);
    let mut client = rig.client().await;
    client.deploy(&[SERVICE_TASK, TWO_SERVICE_TASKS]).await;
    for n in 0..30 {
        client.create("order_process", &format!(r#"{{"n": {n}}}"#)).await;
    }
    client.create("two_service_tasks", "").await;
    let filter = json!({
        "processDefinitionId": {"$like": "order*", "$neq": "other"},
        "state": "ACTIVE",
        "$or": [
            {"variables": [{"name": "n", "value": {"$in": ["1", "2", "3"]}}]},
            {"variables": [{"name": "n", "value": {"$like": "2?"}}]},
        ],
    });
    let body = json!({"filter": filter, "operationReference": 7});
    let key = begin(&rig, "cancellation", body).await;
    let answer = ended(&rig, &key).await;
    assert_eq!(counts(&answer), [13, 13, 0], "{answer}");
    let known = ["batchOperationKey", "state", "batchOperationType"].map(|name| &answer[name]);
    assert_eq!(known, [key.as_str(), "COMPLETED", "CANCEL_PROCESS_INSTANCE"]);
    for (name, expected) in
        [("actorType", Value::Null), ("actorId", Value::Null), ("errors", json!([]))]
    {
        assert_eq!(answer[name], expected, "{name}");
    }
    assert!(answer["startDate"].as_str().unwrap().ends_with('Z'), "{answer}");
    assert_eq!(client.jobs_now("payment-service").await.len(), 17);
    assert_eq!(client.jobs_now("collect-money").await.len(), 1);

    // What has ended cannot be stopped.
    for (action, name) in [("cancellation", "cancel"), ("suspension", "suspend")] {
        let path = format!("/v2/batch-operations/{key}/{action}");
        let (status, problem) = rig.post(&path, json!({})).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(name), "{problem}");
    }
}

#[tokio::test]
async fn it_is_suspended_resumed_and_cancelled() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    for _ in 0..200 {
        client.create("order_process", "").await;
    }
    let filter = json!({"filter": {"processDefinitionId": "order_process"}});
    let key = begin(&rig, "cancellation", filter.clone()).await;
    let path = |action: &str| format!("/v2/batch-operations/{key}/{action}");
    let (status, _) = rig.post(&path("suspension"), json!({})).await;
    // It may have been faster than this; then there is nothing left to suspend.
    if status == StatusCode::NO_CONTENT {
        let (_, answer) = rig.get(&format!("/v2/batch-operations/{key}")).await;
        assert_eq!(answer["state"], "SUSPENDED");
        let (status, problem) = rig.post(&path("suspension"), json!({})).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        let (status, problem) = rig.post(&path("resumption"), json!({})).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{problem}");
    } else {
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    assert_eq!(counts(&ended(&rig, &key).await), [200, 200, 0]);

    for _ in 0..200 {
        client.create("order_process", "").await;
    }
    let key = begin(&rig, "cancellation", filter).await;
    let (status, _) =
        rig.post(&format!("/v2/batch-operations/{key}/cancellation"), json!({})).await;
    let answer = ended(&rig, &key).await;
    let left = client.jobs_now("payment-service").await.len();
    let [_, done, failed] = counts(&answer);
    assert_eq!(usize::try_from(done).unwrap(), 200 - left, "{answer}");
    assert_eq!(failed, 0);
    assert_eq!(status == StatusCode::NO_CONTENT, answer["state"] == "CANCELED", "{answer}");
}

#[tokio::test]
async fn incidents_are_resolved_and_instances_migrated_and_modified() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let mut instances = Vec::new();
    for _ in 0..3 {
        let request = creation("order_process", "");
        let created = client.create_process_instance(request).await.unwrap().into_inner();
        instances.push(created.process_instance_key);
    }
    for job in client.jobs_now("payment-service").await {
        let fail = FailJobRequest { job_key: job.key, retries: 0, ..FailJobRequest::default() };
        client.fail_job(fail).await.unwrap();
        if job.process_instance_key != instances[2] {
            let update =
                UpdateJobRetriesRequest { job_key: job.key, retries: 1, operation_reference: None };
            client.update_job_retries(update).await.unwrap();
        }
    }
    let path = format!("/v2/process-instances/{}/incident-resolution", instances[0]);
    let (status, answer) = rig.post(&path, json!({})).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["batchOperationType"], "RESOLVE_INCIDENT");
    let answer = ended(&rig, answer["batchOperationKey"].as_str().unwrap()).await;
    assert_eq!(counts(&answer), [1, 1, 0]);
    let key = begin(&rig, "incident-resolution", json!({"filter": {"hasIncident": true}})).await;
    // The job of the last has no retries.
    assert_eq!(counts(&ended(&rig, &key).await), [2, 1, 1]);
    let body = json!({"filter": {"batchOperationKey": key, "state": "FAILED"}});
    let failed = search(&rig, body).await["items"][0].clone();
    assert_eq!(failed["processInstanceKey"], instances[2].to_string());
    assert_ne!(failed["itemKey"], failed["processInstanceKey"], "it is an incident");
    let error = failed["errorMessage"].as_str().unwrap();
    assert!(error.starts_with("INVALID_STATE") && error.contains("retries"), "{error}");
    let unknown = format!("/v2/process-instances/{}/incident-resolution", instances[0] + 1_000);
    assert_eq!(rig.post(&unknown, json!({})).await.0, StatusCode::NOT_FOUND);

    let target = target(&mut client, deployment(&[TWO_SERVICE_TASKS])).await;
    let plan = json!({
        "targetProcessDefinitionKey": target.to_string(),
        "mappingInstructions": [
            {"sourceElementId": "charge_card", "targetElementId": "collect_money"},
        ],
    });
    let keys: Vec<String> = instances.iter().map(i64::to_string).collect();
    let filter = json!({"processInstanceKey": {"$in": keys}});
    let body = json!({"filter": filter, "migrationPlan": plan});
    let key = begin(&rig, "migration", body).await;
    let answer = ended(&rig, &key).await;
    assert_eq!(counts(&answer), [3, 3, 0]);
    assert_eq!(answer["batchOperationType"], "MIGRATE_PROCESS_INSTANCE");

    let moves = json!([{"sourceElementId": "collect_money", "targetElementId": "ship_parcel"}]);
    let filter = json!({"processDefinitionKey": target, "hasIncident": false});
    let body = json!({"filter": filter, "moveInstructions": moves});
    let key = begin(&rig, "modification", body).await;
    assert_eq!(counts(&ended(&rig, &key).await), [2, 2, 0]);
    assert_eq!(client.jobs_now("ship-parcel").await.len(), 2);
}

#[tokio::test]
async fn bad_requests_are_refused_by_name() {
    let rig = Rig::start();
    let filtered = |filter: Value| json!({ "filter": filter });
    let many: Vec<i32> = (0..10_001).collect();
    for (body, words) in [
        (json!({}), "No filter provided"),
        (filtered(json!({})), "At least one of filter criteria is required"),
        (filtered(json!({"$or": []})), "At least one of filter criteria is required"),
        (filtered(json!({"$or": [{}]})), "filter.$or[0] has no criterion"),
        (filtered(json!({"$or": [{"$or": [{"state": "ACTIVE"}]}]})), "filter.$or[0].$or"),
        (filtered(json!({"startDate": "2026-01-01"})), "filter.startDate '2026-01-01' cannot be"),
        (filtered(json!({"endDate": {"$exists": true}, "$or": [{}]})), "filter.$or[0] has no"),
        (filtered(json!({"processInstance": "7"})), "expected one of"),
        (filtered(json!({"processInstanceKey": "x"})), "filter.processInstanceKey"),
        (filtered(json!({"processInstanceKey": {"$gt": "7"}})), "does not take $gt"),
        (filtered(json!({"processInstanceKey": {"$in": []}})), "names no operator"),
        (filtered(json!({"processInstanceKey": {"$in": many}})), "at most 10000"),
        (filtered(json!({"processDefinitionVersion": {"$like": "1*"}})), "does not take $like"),
        (filtered(json!({"processDefinitionId": {}})), "names no operator"),
        (filtered(json!({"processDefinitionId": {"$is": "x"}})), "expected one of `$eq`"),
        (filtered(json!({"state": "RUNNING"})), "'RUNNING'"),
        (filtered(json!({"state": {"$notIn": ["ACTIVE"]}})), "does not take $notIn"),
        (filtered(json!({"variables": [{"name": "n"}]})), "missing field `value`"),
        (json!({"filter": {"state": "ACTIVE"}, "operationReference": 0}), "operationReference"),
    ] {
        let (status, problem) = rig.post("/v2/process-instances/cancellation", body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{words:?} is not in {detail:?}");
    }
    let active = json!({"state": "ACTIVE"});
    let nowhere = json!({
        "targetProcessDefinitionKey": "1",
        "mappingInstructions": [{"sourceElementId": "a", "targetElementId": "b"}],
    });
    for (kind, body, expected, words) in [
        ("migration", json!({"filter": active}), StatusCode::BAD_REQUEST, "No migrationPlan"),
        (
            "migration",
            json!({"filter": active, "migrationPlan": nowhere}),
            StatusCode::NOT_FOUND,
            "key '1'",
        ),
        ("modification", json!({"filter": active}), StatusCode::BAD_REQUEST, "moveInstructions"),
        ("deletion", json!({}), StatusCode::BAD_REQUEST, "No filter provided"),
        ("deletion", json!({"filter": {}}), StatusCode::BAD_REQUEST, "At least one of filter"),
        ("deletion", json!({"filter": {"$or": [{}]}}), StatusCode::BAD_REQUEST, "no criterion"),
        (
            "deletion",
            json!({"filter": {"state": "ENDED"}}),
            StatusCode::BAD_REQUEST,
            "'ENDED' for filter.state",
        ),
    ] {
        let (status, problem) = rig.post(&format!("/v2/process-instances/{kind}"), body).await;
        assert_eq!(status, expected, "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{words:?} is not in {detail:?}");
    }
    for key in ["2251799813685250", "1"] {
        let (status, problem) = rig.get(&format!("/v2/batch-operations/{key}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(key), "{problem}");
    }
    // As with every command, a key that names no partition is one of a partition not known yet.
    let (status, _) = rig.post("/v2/batch-operations/1/cancellation", json!({})).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(rig.get("/v2/batch-operations/x").await.0, StatusCode::BAD_REQUEST);
}

/// Searches for items, and gives the answer.
async fn search(rig: &Rig, body: Value) -> Value {
    let (status, answer) = rig.post("/v2/batch-operation-items/search", body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

fn keys(answer: &Value) -> Vec<i64> {
    let items = answer["items"].as_array().unwrap();
    items.iter().map(|item| item["itemKey"].as_str().unwrap().parse().unwrap()).collect()
}

#[tokio::test]
async fn items_are_listed_with_what_has_become_of_them() {
    let rig = Rig::start_partitions(3, GatewayConfig::loopback(), AuthMode::Off);
    let mut client = rig.client().await;
    client.deploy(&[SERVICE_TASK]).await;
    let mut instances = Vec::new();
    for _ in 0..12 {
        instances.push(client.create("order_process", "").await);
    }
    instances.sort_unstable();
    assert_eq!(search(&rig, json!({})).await["page"]["totalItems"], 0);
    let filter = json!({"filter": {"processDefinitionId": "order_process"}});
    let key = begin(&rig, "cancellation", filter.clone()).await;
    ended(&rig, &key).await;
    let of = |more: Value| {
        let mut filter = json!({"batchOperationKey": key});
        filter.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"filter": filter})
    };
    let all = search(&rig, of(json!({}))).await;
    assert_eq!(keys(&all), instances);
    let item = &all["items"][0];
    assert_eq!(item["operationType"], "CANCEL_PROCESS_INSTANCE");
    assert_eq!((&item["batchOperationKey"], &item["state"]), (&json!(key), &json!("COMPLETED")));
    assert_eq!(item["processInstanceKey"], instances[0].to_string());
    assert!(item["processedDate"].as_str().unwrap().ends_with('Z'), "{item}");
    assert_eq!(item["errorMessage"], Value::Null);
    assert_eq!(item["rootProcessInstanceKey"], instances[0].to_string());
    let page = |total: u64| json!({"totalItems": total, "hasMoreTotalItems": false});
    assert_eq!(
        (&all["page"]["totalItems"], &all["page"]["hasMoreTotalItems"]),
        (&page(12)["totalItems"], &json!(false))
    );

    for (filter, expected) in [
        (json!({"state": "COMPLETED"}), 12),
        (json!({"state": {"$in": ["FAILED", "ACTIVE"]}}), 0),
        (json!({"processInstanceKey": instances[3].to_string()}), 1),
        (json!({"itemKey": {"$in": [instances[1].to_string(), "7"]}}), 1),
        (json!({"operationType": {"$like": "CANCEL*"}}), 12),
        (json!({"operationType": "RESOLVE_INCIDENT"}), 0),
    ] {
        let found = search(&rig, of(filter.clone())).await;
        assert_eq!(found["page"]["totalItems"], expected, "{filter}");
    }

    // By pages, forwards, backwards, and from the other end.
    let sort = json!([{"field": "processInstanceKey", "order": "DESC"}]);
    let mut body = of(json!({}));
    body["sort"] = sort;
    body["page"] = json!({"limit": 5});
    let mut seen = Vec::new();
    let first = search(&rig, body.clone()).await;
    let mut answer = first.clone();
    while !keys(&answer).is_empty() {
        seen.extend(keys(&answer));
        body["page"] = json!({"limit": 5, "after": answer["page"]["endCursor"]});
        answer = search(&rig, body.clone()).await;
    }
    assert!(seen.iter().rev().eq(&instances), "{seen:?}");
    body["page"] = json!({"limit": 3, "before": first["page"]["endCursor"]});
    assert_eq!(keys(&search(&rig, body.clone()).await), seen[1..4]);
    body["page"] = json!({"from": 10, "limit": 5});
    assert_eq!(keys(&search(&rig, body.clone()).await), seen[10..]);

    // What could not be done says why.
    let again = json!({"filter": {"processInstanceKey": instances[0].to_string()}});
    let key = begin(&rig, "cancellation", again).await;
    ended(&rig, &key).await;
    assert_eq!(
        search(&rig, json!({"filter": {"batchOperationKey": key}})).await["items"],
        json!([])
    );

    for (body, words) in [
        (json!({"filter": {"state": "DONE"}}), "'DONE' for filter.state"),
        (json!({"sort": [{"field": "size"}]}), "'size' for sort[0].field"),
        (json!({"sort": [{"field": "state", "order": "UP"}]}), "'UP' for sort[0].order"),
        (json!({"page": {"limit": 0}}), "page.limit"),
        (json!({"page": {"limit": 10_001}}), "page.limit"),
        (json!({"page": {"from": -1}}), "page.from"),
        (json!({"page": {"from": 1, "after": "x"}}), "Only one of"),
        (json!({"page": {"after": "x"}}), "no cursor"),
        (json!({"filter": {"key": "7"}}), "filter.key"),
        (json!({"filter": {"itemKey": "x"}}), "filter.itemKey"),
        (json!({"filter": {"batchOperationKey": {"$like": "2*"}}}), "does not take $like"),
        (json!({"filter": {"operationType": "DANCE"}}), "'DANCE' for filter.operationType"),
    ] {
        let (status, problem) = rig.post("/v2/batch-operation-items/search", body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(words), "{words}: {problem}");
    }
}

#[tokio::test]
async fn batch_operations_are_found_and_find_their_instances() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let mut instances = Vec::new();
    for _ in 0..3 {
        instances.push(client.create("order_process", "").await.to_string());
    }
    let resolve = begin(&rig, "incident-resolution", json!({"filter": {"state": "ACTIVE"}})).await;
    ended(&rig, &resolve).await;
    let one = json!({"filter": {"processInstanceKey": instances[1]}});
    let cancel = begin(&rig, "cancellation", one).await;
    let shown = ended(&rig, &cancel).await;

    let found = async |body: Value| {
        let (status, answer) = rig.post("/v2/batch-operations/search", body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let items = answer["items"].as_array().unwrap().clone();
        let key = |item: &Value| item["batchOperationKey"].as_str().unwrap().to_owned();
        (items.iter().map(key).collect::<Vec<_>>(), items)
    };
    let (keys, items) = found(json!({})).await;
    assert_eq!(keys, [resolve.clone(), cancel.clone()]);
    assert_eq!(items[1], shown);
    let mut whole = shown.clone();
    for name in ["startDate", "endDate"] {
        assert!(whole[name].take().as_str().unwrap().ends_with('Z'), "{shown}");
    }
    assert_eq!(
        whole,
        json!({
            "batchOperationKey": cancel,
            "state": "COMPLETED",
            "batchOperationType": "CANCEL_PROCESS_INSTANCE",
            "startDate": null,
            "endDate": null,
            "actorType": null,
            "actorId": null,
            "operationsTotalCount": 1,
            "operationsFailedCount": 0,
            "operationsCompletedCount": 1,
            "errors": [],
        })
    );
    for (filter, expected) in [
        (json!({"batchOperationKey": cancel}), vec![&cancel]),
        (json!({"batchOperationKey": {"$neq": cancel}}), vec![&resolve]),
        (json!({"operationType": "RESOLVE_INCIDENT"}), vec![&resolve]),
        (json!({"operationType": "ADD_VARIABLE"}), vec![]),
        (json!({"state": {"$in": ["COMPLETED", "FAILED"]}}), vec![&resolve, &cancel]),
        (json!({"state": "SUSPENDED"}), vec![]),
        (json!({"actorType": "USER"}), vec![]),
        (json!({"actorId": {"$exists": false}}), vec![&resolve, &cancel]),
    ] {
        let (keys, _) = found(json!({"filter": filter})).await;
        assert_eq!(keys.iter().collect::<Vec<_>>(), expected, "{filter}");
    }
    for field in [
        "batchOperationKey",
        "operationType",
        "state",
        "startDate",
        "endDate",
        "actorType",
        "actorId",
    ] {
        let sort = json!({"sort": [{"field": field}, {"field": "batchOperationKey"}]});
        let expected =
            if field == "operationType" { [&cancel, &resolve] } else { [&resolve, &cancel] };
        assert_eq!(found(sort).await.0.iter().collect::<Vec<_>>(), expected, "{field}");
    }
    for (body, words) in [
        (json!({"filter": {"state": "DONE"}}), "'DONE' for filter.state"),
        (json!({"filter": {"operationType": "DANCE"}}), "'DANCE' for filter.operationType"),
        (json!({"filter": {"actorType": "ROBOT"}}), "'ROBOT' for filter.actorType"),
        (json!({"filter": {"batchOperationKey": "x"}}), "filter.batchOperationKey"),
        (json!({"sort": [{"field": "size"}]}), "'size' for sort[0].field"),
    ] {
        let (status, problem) = rig.post("/v2/batch-operations/search", body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(words), "{words}: {problem}");
    }

    for (filter, expected) in [
        (json!({"batchOperationKey": cancel}), vec![&instances[1]]),
        (json!({"batchOperationId": cancel}), vec![&instances[1]]),
        (json!({"batchOperationKey": resolve}), vec![]),
        (json!({"batchOperationKey": {"$exists": true}}), vec![&instances[1]]),
        (json!({"batchOperationKey": {"$exists": false}}), vec![&instances[0], &instances[2]]),
        (json!({"batchOperationKey": {"$neq": cancel}}), vec![&instances[0], &instances[2]]),
        (json!({"batchOperationKey": {"$in": [cancel, resolve]}}), vec![&instances[1]]),
        (
            json!({"$or": [{"batchOperationId": {"$notIn": [cancel]}}]}),
            vec![&instances[0], &instances[2]],
        ),
    ] {
        let body = json!({"filter": filter});
        let (status, answer) = rig.post("/v2/process-instances/search", body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let items = answer["items"].as_array().unwrap();
        let keys: Vec<&str> =
            items.iter().map(|item| item["processInstanceKey"].as_str().unwrap()).collect();
        assert_eq!(keys, expected, "{filter}");
    }
}

#[tokio::test]
async fn what_only_the_history_knows_selects_what_runs() {
    let rig = Rig::start_partitions(2, GatewayConfig::loopback(), AuthMode::Off);
    let mut client = rig.client().await;
    client.deploy(&[SERVICE_TASK]).await;
    let mut instances = Vec::new();
    for _ in 0..6 {
        instances.push(client.create("order_process", "").await);
    }
    instances.sort_unstable();
    // One has ended, and is not selected though it began in time.
    let path = format!("/v2/process-instances/{}/cancellation", instances[5]);
    assert_eq!(rig.post(&path, json!({})).await.0, StatusCode::NO_CONTENT);
    let since = json!({"$gte": "2020-01-01T00:00:00Z"});
    let three: Vec<String> = instances[..3].iter().map(i64::to_string).collect();
    let filter = json!({"startDate": since, "processInstanceKey": {"$in": three}});
    let resolve = begin(&rig, "incident-resolution", json!({ "filter": filter })).await;
    assert_eq!(counts(&ended(&rig, &resolve).await), [0, 0, 0], "there are no incidents");
    let key = begin(&rig, "cancellation", json!({ "filter": filter })).await;
    assert_eq!(counts(&ended(&rig, &key).await), [3, 3, 0]);
    // Those that another batch operation has worked on, or that began in time.
    let filter = json!({"$or": [{"batchOperationKey": key}, {"startDate": since}]});
    let key = begin(&rig, "cancellation", json!({ "filter": filter })).await;
    assert_eq!(counts(&ended(&rig, &key).await), [2, 2, 0]);
    let filter = json!({"startDate": {"$lt": "2020-01-01T00:00:00Z"}});
    let key = begin(&rig, "cancellation", json!({ "filter": filter })).await;
    assert_eq!(counts(&ended(&rig, &key).await), [0, 0, 0]);
}

//! Statistics of process definitions.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use skep_api::gateway::deployment::Metadata;

use crate::{
    clock::send,
    models::{CALL_ACTIVITY, Model, SERVICE_TASK, TWO_SERVICE_TASKS},
    rig::{Rig, Steps},
};

const BY_ID: &str = "/v2/process-definitions/statistics/process-instances";
const BY_VERSION: &str = "/v2/process-definitions/statistics/process-instances-by-version";

async fn items(rig: &Rig, path: &str, body: Value) -> Value {
    let (status, answer) = rig.post(path, body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["items"].clone()
}

async fn deployed(client: &mut impl Steps, model: Model) -> i64 {
    let answer = client.deploy(&[model]).await;
    match &answer.deployments[0].metadata {
        Some(Metadata::Process(process)) => process.process_definition_key,
        other => panic!("{other:?}"),
    }
}

async fn cancel(rig: &Rig, key: i64) {
    let path = format!("/v2/process-instances/{key}/cancellation");
    let (status, answer) = rig.post(&path, json!({})).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
}

fn element(id: &str, active: u64, canceled: u64, completed: u64) -> Value {
    json!({
        "elementId": id,
        "active": active,
        "canceled": canceled,
        "incidents": 0,
        "completed": completed,
    })
}

#[tokio::test]
async fn instances_are_counted_by_element() {
    let rig = Rig::start();
    let mut client = rig.client().await;
    let definition = deployed(&mut client, TWO_SERVICE_TASKS).await;
    client.deploy(&[SERVICE_TASK]).await;
    client.create("order_process", "{}").await;
    let mut keys = Vec::new();
    for _ in 0..4 {
        keys.push(client.create("two_service_tasks", "{}").await);
    }
    // One is at its end, one in the middle, one at its beginning, and one is cancelled there.
    for job_type in ["collect-money", "collect-money", "ship-parcel"] {
        let job = client.job(job_type).await;
        client.complete(job.key, "{}").await;
    }
    let path = format!("/v2/process-definitions/{definition}/statistics/element-instances");
    let of_states = |state: &str| json!({"filter": {"state": state}});
    let completed = items(&rig, &path, of_states("COMPLETED")).await;
    let all_once = ["collect_money", "end", "ship_parcel", "start"].map(|id| element(id, 0, 0, 1));
    assert_eq!(completed, json!(all_once));
    let active = rig.post(
        "/v2/process-instances/search",
        json!({"filter": {
            "elementId": "collect_money", "elementInstanceState": "ACTIVE",
        }}),
    );
    let waiting = active.await.1["items"][0]["processInstanceKey"].clone();
    cancel(&rig, waiting.as_str().unwrap().parse().unwrap()).await;
    assert_eq!(
        items(&rig, &path, json!({})).await,
        json!([
            element("collect_money", 1, 1, 2),
            element("end", 0, 0, 1),
            element("ship_parcel", 1, 0, 1),
            element("start", 0, 0, 4),
        ])
    );
    let body = json!({"filter": {"state": "ACTIVE", "$or": [
        {"processInstanceKey": keys[0].to_string()},
        {"elementId": "ship_parcel", "elementInstanceState": "ACTIVE"},
    ]}});
    let found = items(&rig, &path, body).await;
    assert!(found.as_array().unwrap().contains(&element("ship_parcel", 1, 0, 0)), "{found}");
    let other = "/v2/process-definitions/7/statistics/element-instances";
    assert_eq!(items(&rig, other, json!({})).await, json!([]));
    for (body, words) in [
        (json!({"filter": {"processDefinitionKey": "7"}}), "[filter.processDefinitionKey] cannot"),
        (json!({"filter": {"$or": [{}, {"processDefinitionId": "a"}]}}), "filter.$or[1].process"),
        (json!({"filter": {"state": "GONE"}}), "'GONE' for filter.state"),
        (json!({"page": {}}), "[page] cannot be parsed"),
    ] {
        let (status, problem) = rig.post(&path, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{words:?} is not in {detail:?}");
    }
}

#[tokio::test]
async fn active_instances_are_counted_by_process_and_by_version() {
    let rig = Rig::start();
    let mut client = rig.client().await;
    client.deploy(&[CALL_ACTIVITY, TWO_SERVICE_TASKS]).await;
    let first = deployed(&mut client, SERVICE_TASK).await;
    for _ in 0..2 {
        client.create("order_process", "{}").await;
    }
    let renamed = SERVICE_TASK.1.replace(r#"name="Order process""#, r#"name="Order to cash""#);
    let second = deployed(&mut client, ("order.bpmn", renamed.leak())).await;
    client.create("order_process", "{}").await;
    let ended = client.create("order_process", "{}").await;
    cancel(&rig, ended).await;
    client.create("call_activity", "{}").await;
    let process = |id: &str, name: Option<&str>, several: bool, n: u64| {
        json!({
            "processDefinitionId": id,
            "tenantId": "<default>",
            "latestProcessDefinitionName": name,
            "hasMultipleVersions": several,
            "activeInstancesWithoutIncidentCount": n,
            "activeInstancesWithIncidentCount": 0,
        })
    };
    let (order, bill, call) = (
        process("order_process", Some("Order to cash"), true, 3),
        process("billing", None, false, 1),
        process("call_activity", None, false, 1),
    );
    for (sort, expected) in [
        (json!([{"field": "processDefinitionId"}]), [&bill, &call, &order]),
        (
            json!([
                {"field": "activeInstancesWithoutIncidentCount", "order": "DESC"},
                {"field": "processDefinitionId", "order": "DESC"},
            ]),
            [&order, &call, &bill],
        ),
        (
            json!([
                {"field": "activeInstancesWithIncidentCount"},
                {"field": "processDefinitionId", "order": "DESC"},
            ]),
            [&order, &call, &bill],
        ),
    ] {
        assert_eq!(items(&rig, BY_ID, json!({"sort": sort})).await, json!(expected), "{sort}");
    }
    let page = json!({"sort": [{"field": "processDefinitionId"}], "page": {"from": 1, "limit": 1}});
    let (_, answer) = rig.post(BY_ID, page).await;
    assert_eq!((&answer["items"], &answer["page"]["totalItems"]), (&json!([call]), &json!(3)));

    let version = |key: i64, version: i32, name: &str, n: u64| {
        json!({
            "processDefinitionId": "order_process",
            "processDefinitionKey": key.to_string(),
            "processDefinitionName": name,
            "tenantId": "<default>",
            "processDefinitionVersion": version,
            "activeInstancesWithIncidentCount": 0,
            "activeInstancesWithoutIncidentCount": n,
        })
    };
    let first = version(first, 1, "Order process", 2);
    let second = version(second, 2, "Order to cash", 1);
    for (field, order, expected) in [
        ("processDefinitionId", "ASC", [&first, &second]),
        ("processDefinitionKey", "DESC", [&second, &first]),
        ("processDefinitionName", "DESC", [&second, &first]),
        ("processDefinitionVersion", "DESC", [&second, &first]),
        ("activeInstancesWithIncidentCount", "ASC", [&first, &second]),
        ("activeInstancesWithoutIncidentCount", "ASC", [&second, &first]),
    ] {
        let body = json!({
            "filter": {"processDefinitionId": "order_process", "tenantId": "<default>"},
            "sort": [{"field": field, "order": order}],
        });
        assert_eq!(items(&rig, BY_VERSION, body).await, json!(expected), "{field}");
    }
    // A process that nothing runs has no versions to show.
    let idle = json!({"filter": {"processDefinitionId": "two_service_tasks"}});
    assert_eq!(items(&rig, BY_VERSION, idle).await, json!([]));
    let of_other = json!({"filter": {"processDefinitionId": "order_process", "tenantId": "acme"}});
    assert_eq!(items(&rig, BY_VERSION, of_other).await, json!([]));
    for (path, body, words) in [
        (BY_VERSION, json!({}), "No filter provided"),
        (BY_VERSION, json!({"filter": {}}), "No filter.processDefinitionId provided"),
        (BY_ID, json!({"page": {"after": "W10="}}), "[page.after] cannot be parsed"),
        (BY_ID, json!({"filter": {}}), "[filter] cannot be parsed"),
        (BY_ID, json!({"sort": [{"field": "tenantId"}]}), "'tenantId' for sort[0].field"),
    ] {
        let (status, problem) = rig.post(path, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{words:?} is not in {detail:?}");
    }
}

async fn fail(rig: &Rig, job_key: i64) {
    let body = json!({"retries": 0, "errorMessage": "no money"});
    let (status, answer) = rig.post(&format!("/v2/jobs/{job_key}/failure"), body).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
}

#[tokio::test]
async fn instances_with_an_incident_are_counted_apart() {
    let rig = Rig::start();
    let mut client = rig.client().await;
    let order = deployed(&mut client, SERVICE_TASK).await;
    let call = deployed(&mut client, CALL_ACTIVITY).await;
    for _ in 0..2 {
        client.create("order_process", "{}").await;
    }
    client.create("call_activity", "{}").await;
    let job = client.job("payment-service").await;
    fail(&rig, job.key).await;
    fail(&rig, client.job("write-bill").await.key).await;
    let counts = |found: &Value| {
        let count = |item: &Value| {
            let count = |name: &str| item[name].as_u64().unwrap();
            let id = item["processDefinitionId"].as_str().unwrap().to_owned();
            let with = count("activeInstancesWithIncidentCount");
            (id, with, count("activeInstancesWithoutIncidentCount"))
        };
        found.as_array().unwrap().iter().map(count).collect::<Vec<_>>()
    };
    let sort = json!({"sort": [
        {"field": "activeInstancesWithoutIncidentCount"}, {"field": "processDefinitionId"},
    ]});
    // An incident is one of those that called the instance, too.
    let expected = [("billing", 1, 0), ("call_activity", 1, 0), ("order_process", 1, 1)];
    let found = counts(&items(&rig, BY_ID, sort.clone()).await);
    assert_eq!(found, expected.map(|(id, with, without)| (id.to_owned(), with, without)));
    let of_order = json!({"filter": {"processDefinitionId": "order_process"}});
    let found = counts(&items(&rig, BY_VERSION, of_order).await);
    assert_eq!(found, [("order_process".to_owned(), 1, 1)]);

    let elements = |key: i64| format!("/v2/process-definitions/{key}/statistics/element-instances");
    let incidents = |found: &Value, id: &str| {
        let item = found.as_array().unwrap().iter().find(|item| item["elementId"] == id).unwrap();
        (item["active"].as_u64().unwrap(), item["incidents"].as_u64().unwrap())
    };
    let task = "charge_card";
    let found = items(&rig, &elements(order), json!({})).await;
    assert_eq!(incidents(&found, task), (1, 1), "{found}");
    let failing = json!({"filter": {"hasIncident": true}});
    let found = items(&rig, &elements(order), failing).await;
    assert_eq!(incidents(&found, task), (0, 1), "{found}");
    let found = items(&rig, &elements(call), json!({})).await;
    assert_eq!(incidents(&found, "bill"), (0, 1), "{found}");

    let body = json!({"filter": {"elementId": task, "hasIncident": true}});
    let failing = items(&rig, "/v2/element-instances/search", body).await;
    let retries = json!({"changeset": {"retries": 1}});
    let (status, answer) =
        send(&rig, Method::PATCH, &format!("/v2/jobs/{}", job.key), retries).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
    let incident = failing[0]["incidentKey"].as_str().unwrap();
    let path = format!("/v2/incidents/{incident}/resolution");
    let (status, answer) = rig.post(&path, json!({})).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
    let found = counts(&items(&rig, BY_ID, sort).await);
    assert_eq!(found[2], ("order_process".to_owned(), 0, 2));
}

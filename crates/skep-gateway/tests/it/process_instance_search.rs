//! Process instances and element instances as they are found over REST.

use reqwest::StatusCode;
use serde_json::{Value, json};
use skep_api::gateway::CancelProcessInstanceRequest;
use skep_gateway::{AuthMode, Gateway, GatewayConfig};

use crate::{
    models::{CALL_ACTIVITY, SERVICE_TASK},
    rig::{Rig, Steps},
};

fn cancellation(process_instance_key: i64) -> CancelProcessInstanceRequest {
    CancelProcessInstanceRequest { process_instance_key, operation_reference: None }
}

fn keys(answer: &Value, name: &str) -> Vec<String> {
    let items = answer["items"].as_array().unwrap();
    items.iter().map(|item| item[name].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_instance_is_found_at_once_and_after_its_end() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let key = client.create("order_process", "{}").await;
    let (status, found) = rig.get(&format!("/v2/process-instances/{key}")).await;
    assert_eq!(status, StatusCode::OK, "{found}");
    assert_eq!(found["state"], "ACTIVE");
    let job = client.job("payment-service").await;
    client.complete(job.key, "{}").await;
    let search = json!({"filter": {"processInstanceKey": key.to_string()}});
    let (status, answer) = rig.post("/v2/process-instances/search", search).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let mut found = answer["items"][0].clone();
    for name in ["startDate", "endDate"] {
        let at = found[name].take();
        assert!(at.as_str().unwrap().ends_with('Z'), "{at}");
    }
    let definition = found["processDefinitionKey"].take();
    assert_eq!(
        found,
        json!({
            "processDefinitionId": "order_process",
            "processDefinitionName": "Order process",
            "processDefinitionVersion": 1,
            "processDefinitionVersionTag": null,
            "startDate": null,
            "endDate": null,
            "state": "COMPLETED",
            "hasIncident": false,
            "tenantId": "<default>",
            "processInstanceKey": key.to_string(),
            "processDefinitionKey": null,
            "parentProcessInstanceKey": null,
            "parentElementInstanceKey": null,
            "rootProcessInstanceKey": key.to_string(),
            "tags": [],
            "businessId": null,
        })
    );
    assert!(definition.is_string());
    let page = &answer["page"];
    assert_eq!((&page["totalItems"], &page["hasMoreTotalItems"]), (&json!(1), &json!(false)));
    assert_eq!(page["startCursor"], page["endCursor"]);
}

#[tokio::test]
async fn instances_are_filtered_sorted_and_paged() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK, CALL_ACTIVITY]).await;
    let mut expected = Vec::new();
    for _ in 0..5 {
        expected.push(client.create("order_process", "{}").await.to_string());
    }
    client.create("call_activity", "{}").await;
    let mut body = json!({
        "filter": {"$or": [
            {"processDefinitionId": {"$like": "order_*"}, "state": "ACTIVE"},
            {"state": {"$in": ["COMPLETED", "TERMINATED"]}},
        ], "startDate": {"$gt": "2020-01-01T00:00:00+02:00"}, "endDate": {"$exists": false}},
        "sort": [{"field": "startDate"}, {"field": "processInstanceKey", "order": "ASC"}],
        "page": {"limit": 2},
    });
    let mut found = Vec::new();
    loop {
        let (status, answer) = rig.post("/v2/process-instances/search", body.clone()).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(answer["page"]["totalItems"], 5);
        let page = keys(&answer, "processInstanceKey");
        if page.is_empty() {
            break;
        }
        found.extend(page);
        body["page"]["after"] = answer["page"]["endCursor"].clone();
    }
    assert_eq!(found, expected);
    let body = json!({"page": {"from": 4, "limit": 1}});
    let (_, answer) = rig.post("/v2/process-instances/search", body).await;
    assert_eq!(keys(&answer, "processInstanceKey"), [expected[4].clone()]);
}

#[tokio::test]
async fn element_instances_are_found_by_instance_and_state() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let key = client.create("order_process", "{}").await.to_string();
    client.create("order_process", "{}").await;
    let body = json!({
        "filter": {"processInstanceKey": key},
        "sort": [{"field": "elementInstanceKey", "order": "DESC"}],
    });
    let (status, answer) = rig.post("/v2/element-instances/search", body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(keys(&answer, "type"), ["SERVICE_TASK", "START_EVENT"]);
    assert_eq!(keys(&answer, "state"), ["ACTIVE", "COMPLETED"]);
    let found = &answer["items"][0];
    assert_eq!(found["processInstanceKey"], json!(key));
    assert_eq!(found["endDate"], Value::Null);
    let path = format!("/v2/element-instances/{}", found["elementInstanceKey"].as_str().unwrap());
    assert_eq!(rig.get(&path).await, (StatusCode::OK, found.clone()));
    let body = json!({"filter": {"state": "ACTIVE", "type": "SERVICE_TASK", "hasIncident": false}});
    let (_, answer) = rig.post("/v2/element-instances/search", body).await;
    assert_eq!(answer["page"]["totalItems"], 2);
}

#[tokio::test]
async fn a_called_instance_knows_its_callers() {
    let (rig, mut client) = Rig::with(&[CALL_ACTIVITY]).await;
    let key = client.create("call_activity", "{}").await.to_string();
    let body = json!({"filter": {"parentProcessInstanceKey": key}});
    let (_, answer) = rig.post("/v2/process-instances/search", body).await;
    let child = answer["items"][0]["processInstanceKey"].as_str().unwrap();
    let path = format!("/v2/process-instances/{child}/call-hierarchy");
    let (status, hierarchy) = rig.get(&path).await;
    assert_eq!(status, StatusCode::OK, "{hierarchy}");
    let names = |entry: &Value| {
        let text = |name: &str| entry[name].as_str().unwrap().to_owned();
        (text("processInstanceKey"), text("processDefinitionName"))
    };
    let found: Vec<_> = hierarchy.as_array().unwrap().iter().map(names).collect();
    assert_eq!(found, [(key, "call_activity".into()), (child.into(), "billing".into())]);
    assert!(hierarchy[0]["processDefinitionKey"].is_string());
    let (status, _) = rig.get("/v2/process-instances/1/call-hierarchy").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_flows_that_an_instance_took_are_listed() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let key = client.create("order_process", "{}").await.to_string();
    let path = format!("/v2/process-instances/{key}/sequence-flows");
    let (status, before) = rig.get(&path).await;
    assert_eq!(status, StatusCode::OK, "{before}");
    let job = client.job("payment-service").await;
    client.complete(job.key, "{}").await;
    let (_, after) = rig.get(&path).await;
    let n = |answer: &Value| answer["items"].as_array().unwrap().len();
    assert_eq!((n(&before), n(&after)), (1, 2));
    let flow = &after["items"][0];
    let id = flow["elementId"].as_str().unwrap();
    assert_eq!(flow["sequenceFlowId"], json!(format!("{key}_{id}")));
    assert_eq!(flow["rootProcessInstanceKey"], json!(key));
    assert_eq!(flow["processDefinitionId"], "order_process");
    let (status, none) = rig.get("/v2/process-instances/1/sequence-flows").await;
    assert_eq!((status, none), (StatusCode::OK, json!({"items": []})));
}

#[tokio::test]
async fn the_element_instances_of_an_instance_are_counted() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let key = client.create("order_process", "{}").await;
    let path = format!("/v2/process-instances/{key}/statistics/element-instances");
    let counted = |answer: &Value, id: &str| {
        let items = answer["items"].as_array().unwrap();
        let of = items.iter().find(|item| item["elementId"] == id).cloned().unwrap_or_default();
        ["active", "completed", "canceled", "incidents"].map(|name| of[name].as_u64())
    };
    let (status, before) = rig.get(&path).await;
    assert_eq!(status, StatusCode::OK, "{before}");
    let task = before["items"].as_array().unwrap().iter().find(|item| item["active"] == 1).unwrap();
    let task = task["elementId"].as_str().unwrap();
    assert_eq!(counted(&before, task), [Some(1), Some(0), Some(0), Some(0)]);
    client.cancel_process_instance(cancellation(key)).await.unwrap();
    let (_, after) = rig.get(&path).await;
    assert_eq!(counted(&after, task), [Some(0), Some(0), Some(1), Some(0)]);
    let (status, none) = rig.get("/v2/process-instances/1/statistics/element-instances").await;
    assert_eq!((status, none), (StatusCode::OK, json!({"items": []})));
}

#[tokio::test]
async fn metrics_tell_how_far_the_history_is() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    client.create("order_process", "{}").await;
    // Waits until the history has everything.
    rig.post("/v2/process-instances/search", json!({})).await;
    let page = reqwest::get(rig.url("/metrics")).await.unwrap().text().await.unwrap();
    let value = |name: &str| {
        let line = page.lines().find(|line| line.starts_with(name)).unwrap();
        line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()
    };
    let committed = value("zeebe_log_appender_last_committed_position{partition=\"1\"}");
    let exported = "zeebe_exporter_last_exported_position{exporter=\"history\",partition=\"1\"}";
    assert!(committed > 0);
    assert_eq!(value(exported), committed);
}

#[tokio::test]
async fn instances_are_found_by_their_variables() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let mut created = Vec::new();
    for variables in [r#"{"colour": "red", "n": 1}"#, r#"{"colour": "blue"}"#, r#"{"n": 1}"#] {
        created.push(client.create("order_process", variables).await.to_string());
    }
    for (filter, expected) in [
        (json!({"variables": [{"name": "colour", "value": "\"red\""}]}), vec![0]),
        (json!({"variables": [{"name": "n", "value": {"$in": ["1", "2"]}}]}), vec![0, 2]),
        (
            json!({"variables": [
                {"name": "n", "value": "1"}, {"name": "colour", "value": {"$exists": false}},
            ]}),
            vec![2],
        ),
        (
            json!({"$or": [
                {"variables": [{"name": "colour", "value": {"$like": "\"b*"}}]},
                {"variables": [{"name": "n", "value": "1"}, {"name": "colour", "value": "\"red\""}]},
            ]}),
            vec![0, 1],
        ),
    ] {
        let body = json!({"filter": filter});
        let (status, answer) = rig.post("/v2/process-instances/search", body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let expected: Vec<_> = expected.into_iter().map(|n: usize| created[n].clone()).collect();
        assert_eq!(keys(&answer, "processInstanceKey"), expected);
    }
    let body = json!({"filter": {"variables": [{"name": "n", "value": {"$gt": "1"}}]}});
    let (status, answer) = rig.post("/v2/process-instances/search", body).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(answer["detail"], "filter.variables[0].value does not take $gt");
}

/// As the Java client writes filters: with empty lists beside what it means.
#[tokio::test]
async fn empty_lists_say_nothing() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let key = client.create("order_process", "{}").await.to_string();
    client.create("order_process", "{}").await;
    let body = json!({"filter": {
        "processInstanceKey": {"$eq": key, "$in": [], "$notIn": []},
        "state": {"$eq": "ACTIVE", "$in": [], "$notIn": []},
        "variables": [], "tags": [], "$or": [],
    }});
    let (status, answer) = rig.post("/v2/process-instances/search", body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(keys(&answer, "processInstanceKey"), [key]);
}

#[tokio::test]
async fn bad_searches_are_refused_by_name() {
    let rig = Rig::start();
    for (body, words) in [
        (json!({"filter": {"state": "RUNNING"}}), "'RUNNING' for filter.state; use one of"),
        (json!({"filter": {"startDate": "yesterday"}}), "filter.startDate 'yesterday' cannot be"),
        (json!({"filter": {"$or": [{"$or": []}]}}), "filter.$or[0].$or is not allowed"),
        (json!({"filter": {"colour": "red"}}), "[filter.colour] cannot be parsed"),
        (json!({"sort": [{"field": "colour"}]}), "'colour' for sort[0].field; use one of"),
        (json!({"sort": [{"field": "state", "order": "UP"}]}), "'UP' for sort[0].order"),
        (json!({"page": {"limit": 0}}), "page.limit is '0' but must be from 1 to 10000"),
        (json!({"page": {"from": -1}}), "page.from is '-1' but must be not negative"),
        (json!({"page": {"after": "x"}}), "page.after is no cursor"),
        (json!({"page": {"after": "W10="}}), "page.after is no cursor"),
        (json!({"page": {"from": 1, "before": "W10="}}), "Only one of"),
    ] {
        let (status, answer) = rig.post("/v2/process-instances/search", body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{words:?} is not in {detail:?}");
    }
    let (status, answer) = rig.get("/v2/process-instances/2251799813685999").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(answer["detail"], "Process Instance with key '2251799813685999' not found");
}

#[tokio::test]
async fn without_a_history_searches_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let config = skep_broker::BrokerConfig::new(dir.path());
    let broker = skep_broker::Broker::start(config).unwrap();
    let bound = Gateway::bind(GatewayConfig::loopback(), broker.clone(), AuthMode::Off).unwrap();
    let url = format!("http://{}/v2/process-instances/search", bound.http_addr());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(bound.serve(async { drop(stopped.await) }));
    let response = reqwest::Client::new().post(url).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let answer: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    let detail = answer["detail"].as_str().unwrap();
    assert!(detail.starts_with("This endpoint requires a secondary storage"), "{detail}");
    assert!(detail.contains("SKEP_SEARCH_ENABLED"), "{detail}");
    drop(stop);
    served.await.unwrap();
    broker.shutdown().await;
}

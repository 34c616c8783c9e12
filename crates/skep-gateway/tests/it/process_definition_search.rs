//! Process definitions as they are found over REST.

use reqwest::StatusCode;
use serde_json::{Value, json};
use skep_api::gateway::DeleteResourceRequest;

use crate::{
    models::{CALL_ACTIVITY, SERVICE_TASK},
    rig::{Rig, Steps},
};

const PATH: &str = "/v2/process-definitions/search";

/// `order_process` with another name and a tag.
fn renamed() -> &'static str {
    let renamed = SERVICE_TASK.1.replace(r#"name="Order process""#, r#"name="Order to cash""#);
    let tag = "<bpmn:extensionElements><zeebe:versionTag value=\"v2\" />\
               </bpmn:extensionElements><bpmn:startEvent";
    renamed.replacen("<bpmn:startEvent", tag, 1).leak()
}

/// Names and versions of what is found.
async fn found(rig: &Rig, body: Value) -> Vec<String> {
    let (status, answer) = rig.post(PATH, body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let items = answer["items"].as_array().unwrap();
    let text = |item: &Value| {
        format!("{} {}", item["processDefinitionId"].as_str().unwrap(), item["version"])
    };
    items.iter().map(text).collect()
}

#[tokio::test]
async fn definitions_are_found_by_every_attribute() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK, CALL_ACTIVITY]).await;
    client.deploy(&[("order.bpmn", renamed())]).await;
    let (status, answer) = rig.post(PATH, json!({"filter": {"versionTag": "v2"}})).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let mut item = answer["items"][0].clone();
    let key = item["processDefinitionKey"].take();
    assert_eq!(
        item,
        json!({
            "name": "Order to cash",
            "resourceName": "order.bpmn",
            "version": 2,
            "versionTag": "v2",
            "processDefinitionId": "order_process",
            "tenantId": "<default>",
            "processDefinitionKey": null,
            "hasStartForm": false,
            "state": "ACTIVE",
        })
    );
    for (filter, expected) in [
        (json!({"name": {"$like": "Order*"}}), vec!["order_process 1", "order_process 2"]),
        (json!({"name": {"$exists": false}, "processDefinitionId": "billing"}), vec!["billing 1"]),
        (json!({"isLatestVersion": true, "name": "Order to cash"}), vec!["order_process 2"]),
        (json!({"isLatestVersion": true, "name": "Order process"}), vec![]),
        (
            json!({"isLatestVersion": false, "version": 1, "resourceName": "service_task.bpmn"}),
            vec!["order_process 1"],
        ),
        (
            json!({"processDefinitionId": {"$in": ["billing", "order_process"]}, "version": 1}),
            vec!["order_process 1", "billing 1"],
        ),
        (json!({"tenantId": "acme"}), vec![]),
        (json!({"processDefinitionKey": key, "tenantId": "<default>"}), vec!["order_process 2"]),
        (json!({"hasStartForm": true}), vec![]),
        (json!({"state": "DELETED"}), vec![]),
    ] {
        assert_eq!(found(&rig, json!({"filter": filter})).await, expected, "{filter}");
    }
    let key = key.as_str().unwrap().parse().unwrap();
    let delete = DeleteResourceRequest { resource_key: key, operation_reference: None };
    client.delete_resource(delete).await.unwrap();
    let deleted = json!({"filter": {"state": "DELETED"}});
    assert_eq!(found(&rig, deleted).await, ["order_process 2"]);
}

#[tokio::test]
async fn definitions_are_sorted() {
    let (rig, mut client) = Rig::with(&[CALL_ACTIVITY]).await;
    client.deploy(&[SERVICE_TASK]).await;
    client.deploy(&[("order.bpmn", renamed())]).await;
    let (bill, call) = ("billing 1", "call_activity 1");
    let (first, second) = ("order_process 1", "order_process 2");
    for (sort, expected) in [
        (json!([{"field": "processDefinitionKey", "order": "DESC"}]), [second, first, bill, call]),
        (
            json!([{"field": "processDefinitionId"}, {"field": "version", "order": "DESC"}]),
            [bill, call, second, first],
        ),
        (
            json!([{"field": "version", "order": "DESC"}, {"field": "processDefinitionId"}]),
            [second, bill, call, first],
        ),
        (
            json!([{"field": "versionTag"}, {"field": "processDefinitionId", "order": "DESC"}]),
            [second, first, call, bill],
        ),
        (
            json!([{"field": "resourceName", "order": "DESC"}, {"field": "processDefinitionId"}]),
            [first, second, bill, call],
        ),
        (
            json!([{"field": "name", "order": "DESC"}, {"field": "processDefinitionId"}]),
            [second, first, bill, call],
        ),
        (
            json!([{"field": "tenantId"}, {"field": "processDefinitionId"}, {"field": "version"}]),
            [bill, call, first, second],
        ),
    ] {
        assert_eq!(found(&rig, json!({"sort": sort})).await, expected, "{sort}");
    }
    let (status, problem) = rig.post(PATH, json!({"filter": {"state": "GONE"}})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("'GONE' for filter.state; use one of"), "{detail}");
    let (status, problem) = rig.post(PATH, json!({"sort": [{"field": "state"}]})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
}

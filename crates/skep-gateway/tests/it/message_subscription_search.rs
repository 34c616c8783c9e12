//! Message subscriptions, and messages that they took, as they are found over REST.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    models::{MESSAGE_CATCH, MESSAGE_START},
    rig::{Rig, Steps},
};

const STATISTICS: &str = "/v2/process-definitions/statistics/message-subscriptions";

async fn found(rig: &Rig, what: &str, body: Value) -> Vec<Value> {
    let (status, answer) = rig.post(&format!("/v2/{what}/search"), body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["items"].as_array().unwrap().clone()
}

/// What is found once there is as much: subscriptions are opened and take messages after the
/// command is answered.
async fn once(rig: &Rig, what: &str, filter: Value, n: usize) -> Vec<Value> {
    for _ in 0..10_000 {
        let items = found(rig, what, json!({"filter": filter})).await;
        if items.len() == n {
            return items;
        }
        tokio::task::yield_now().await;
    }
    panic!("there are never {n} {what} for {filter}");
}

async fn publish(rig: &Rig, name: &str, correlation_key: &str) -> String {
    let body = json!({"name": name, "correlationKey": correlation_key, "timeToLive": 60_000});
    let (status, answer) = rig.post("/v2/messages/publication", body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["messageKey"].as_str().unwrap().to_owned()
}

/// Every order is that of the other direction backwards.
async fn check_sorts(rig: &Rig, what: &str, fields: &[&str], last: &str) {
    for field in fields {
        let sort = |order: &str| json!({"sort": [{"field": field, "order": order}, {"field": last, "order": order}]});
        let mut down = found(rig, what, sort("DESC")).await;
        down.reverse();
        assert_eq!(found(rig, what, sort("ASC")).await, down, "{field}");
    }
}

#[tokio::test]
async fn subscriptions_are_found_by_every_attribute() {
    let (rig, mut client) = Rig::with(&[MESSAGE_CATCH]).await;
    let what = "message-subscriptions";
    let mut instances = Vec::new();
    for n in 1..=3 {
        let variables = format!(r#"{{"order_id": "o-{n}"}}"#);
        instances.push(client.create("message_catch", &variables).await.to_string());
    }
    once(&rig, what, json!({"messageSubscriptionState": "CREATED"}), 3).await;
    publish(&rig, "payment received", "o-3").await;
    once(&rig, what, json!({"messageSubscriptionState": "CORRELATED"}), 1).await;
    let items = found(&rig, what, json!({"filter": {"processInstanceKey": instances[0]}})).await;
    let mut item = items[0].clone();
    let [key, definition, element] =
        ["messageSubscriptionKey", "processDefinitionKey", "elementInstanceKey"]
            .map(|name| item[name].take());
    assert!(item["lastUpdatedDate"].take().as_str().unwrap().ends_with('Z'));
    assert_eq!(
        item,
        json!({
            "messageSubscriptionKey": null,
            "processDefinitionId": "message_catch",
            "processDefinitionKey": null,
            "processInstanceKey": instances[0],
            "rootProcessInstanceKey": instances[0],
            "elementId": items[0]["elementId"],
            "elementInstanceKey": null,
            "messageSubscriptionState": "CREATED",
            "lastUpdatedDate": null,
            "messageName": "payment received",
            "correlationKey": "o-1",
            "tenantId": "<default>",
        })
    );
    for (filter, n) in [
        (json!({"messageSubscriptionKey": key}), 1),
        (json!({"processDefinitionKey": {"$in": [definition]}}), 3),
        (json!({"processDefinitionId": {"$like": "message_*"}}), 3),
        (json!({"processInstanceKey": {"$neq": instances[0]}}), 2),
        (json!({"elementId": items[0]["elementId"]}), 3),
        (json!({"elementInstanceKey": element}), 1),
        (json!({"messageSubscriptionState": {"$in": ["CREATED", "DELETED"]}}), 2),
        (json!({"lastUpdatedDate": {"$lt": "2020-01-01T00:00:00Z"}}), 0),
        (json!({"messageName": "payment received", "correlationKey": {"$like": "o-*"}}), 3),
        (json!({"correlationKey": {"$notIn": ["o-1", "o-2"]}}), 1),
        (json!({"tenantId": {"$in": ["acme"]}}), 0),
    ] {
        assert_eq!(found(&rig, what, json!({"filter": filter})).await.len(), n, "{filter}");
    }
    let fields = [
        "messageSubscriptionKey",
        "processDefinitionId",
        "processInstanceKey",
        "elementId",
        "elementInstanceKey",
        "messageSubscriptionState",
        "lastUpdatedDate",
        "messageName",
        "correlationKey",
        "tenantId",
    ];
    check_sorts(&rig, what, &fields, "messageSubscriptionKey").await;

    let (status, answer) = rig.post(STATISTICS, json!({})).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let expected = |n: u64| {
        json!([{
            "processDefinitionId": "message_catch",
            "tenantId": "<default>",
            "processDefinitionKey": definition,
            "processInstancesWithActiveSubscriptions": n,
            "activeSubscriptions": n,
        }])
    };
    assert_eq!((&answer["items"], &answer["page"]["totalItems"]), (&expected(2), &json!(1)));
    let body = json!({"filter": {"correlationKey": "o-2"}, "page": {"limit": 1}});
    let (_, answer) = rig.post(STATISTICS, body).await;
    assert_eq!(answer["items"], expected(1));
    let after = json!({"page": {"after": answer["page"]["endCursor"]}});
    assert_eq!(rig.post(STATISTICS, after).await.1["items"], json!([]));
    for (path, body, words) in [
        (STATISTICS, json!({"page": {"from": 0}}), "[page.from] cannot be parsed"),
        (STATISTICS, json!({"page": {"before": "W10="}}), "[page.before] cannot be parsed"),
        (STATISTICS, json!({"page": {"after": "WyJhIl0="}}), "page.after is no cursor"),
        (STATISTICS, json!({"sort": []}), "[sort] cannot be parsed"),
        (
            "/v2/message-subscriptions/search",
            json!({"filter": {"messageSubscriptionState": "OPEN"}}),
            "'OPEN' for filter.messageSubscriptionState",
        ),
        (
            "/v2/correlated-message-subscriptions/search",
            json!({"filter": {"partitionId": {"$like": "1"}}}),
            "filter.partitionId",
        ),
    ] {
        let (status, problem) = rig.post(path, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{words:?} is not in {detail:?}");
    }
}

#[tokio::test]
async fn messages_that_were_taken_are_found_by_every_attribute() {
    let (rig, mut client) = Rig::with(&[MESSAGE_CATCH, MESSAGE_START]).await;
    let what = "correlated-message-subscriptions";
    let instance = client.create("message_catch", r#"{"order_id": "o-1"}"#).await.to_string();
    let payment = publish(&rig, "payment received", "o-1").await;
    let order = publish(&rig, "order placed", "").await;
    once(&rig, what, json!({}), 2).await;
    let items = found(&rig, what, json!({"filter": {"messageKey": payment}})).await;
    let mut item = items[0].clone();
    let [definition, element, subscription] =
        ["processDefinitionKey", "elementInstanceKey", "subscriptionKey"]
            .map(|name| item[name].take());
    assert!(item["correlationTime"].take().as_str().unwrap().ends_with('Z'));
    assert_eq!(
        item,
        json!({
            "correlationKey": "o-1",
            "correlationTime": null,
            "elementId": items[0]["elementId"],
            "elementInstanceKey": null,
            "messageKey": payment,
            "messageName": "payment received",
            "partitionId": 1,
            "processDefinitionId": "message_catch",
            "processDefinitionKey": null,
            "processInstanceKey": instance,
            "rootProcessInstanceKey": instance,
            "subscriptionKey": null,
            "tenantId": "<default>",
        })
    );
    let started = found(&rig, what, json!({"filter": {"messageKey": {"$eq": order}}})).await;
    assert_eq!(started[0]["elementInstanceKey"], Value::Null);
    assert_eq!(started[0]["processDefinitionId"], "message_start");
    for (filter, n) in [
        (json!({"correlationKey": {"$like": "o-?"}}), 1),
        (json!({"correlationTime": {"$gte": "2020-01-01T00:00:00Z"}}), 2),
        (json!({"elementId": items[0]["elementId"]}), 1),
        (json!({"elementInstanceKey": element}), 1),
        (json!({"elementInstanceKey": {"$exists": false}}), 1),
        (json!({"messageName": {"$in": ["order placed", "x"]}}), 1),
        (json!({"partitionId": {"$gt": 0, "$lte": 1}}), 2),
        (json!({"processDefinitionId": {"$neq": "message_catch"}}), 1),
        (json!({"processDefinitionKey": definition}), 1),
        (json!({"processInstanceKey": instance}), 1),
        (json!({"subscriptionKey": {"$notIn": [subscription]}}), 1),
        (json!({"tenantId": "<default>"}), 2),
    ] {
        assert_eq!(found(&rig, what, json!({"filter": filter})).await.len(), n, "{filter}");
    }
    let fields = [
        "correlationKey",
        "correlationTime",
        "elementId",
        "messageKey",
        "messageName",
        "partitionId",
        "processDefinitionId",
        "processDefinitionKey",
        "processInstanceKey",
        "subscriptionKey",
        "tenantId",
    ];
    check_sorts(&rig, what, &fields, "messageKey").await;
    // What is absent comes last in either direction.
    for order in ["ASC", "DESC"] {
        let body = json!({"sort": [{"field": "elementInstanceKey", "order": order}]});
        assert_eq!(found(&rig, what, body).await[1], started[0]);
    }
}

//! Variables as they are found over REST.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    models::SERVICE_TASK,
    rig::{Rig, Steps},
};

const SEARCH: &str = "/v2/variables/search";

fn all(answer: &Value, name: &str) -> Vec<Value> {
    let items = answer["items"].as_array().unwrap();
    items.iter().map(|item| item[name].clone()).collect()
}

#[tokio::test]
async fn a_variable_is_found_and_got() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let instance = client.create("order_process", r#"{"colour": "red"}"#).await.to_string();
    let (status, answer) = rig.post(SEARCH, json!({})).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let mut found = answer["items"][0].clone();
    let key = found["variableKey"].take();
    let path = format!("/v2/variables/{}", key.as_str().unwrap());
    let mut expected = json!({
        "name": "colour",
        "value": "\"red\"",
        "isTruncated": false,
        "tenantId": "<default>",
        "variableKey": null,
        "scopeKey": instance,
        "processInstanceKey": instance,
        "rootProcessInstanceKey": instance,
    });
    assert_eq!(found, expected);
    expected["variableKey"] = key;
    expected.as_object_mut().unwrap().remove("isTruncated");
    assert_eq!(rig.get(&path).await, (StatusCode::OK, expected));
    let (status, answer) = rig.get("/v2/variables/7").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(answer["detail"], "Variable with key '7' not found");
}

#[tokio::test]
async fn variables_are_filtered_and_sorted() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let long = "x".repeat(9000);
    let first = client.create("order_process", r#"{"a": 1, "b": "two"}"#).await.to_string();
    let variables = format!(r#"{{"a": 2, "long": "{long}"}}"#);
    let second = client.create("order_process", &variables).await.to_string();
    let (_, answer) = rig.post(SEARCH, json!({})).await;
    let keys = all(&answer, "variableKey");
    for (filter, expected) in [
        (json!({"name": "a"}), vec![0, 2]),
        (json!({"name": {"$like": "l?ng"}}), vec![3]),
        (json!({"name": "a", "value": "2"}), vec![2]),
        (json!({"value": {"$like": "\"t*"}}), vec![1]),
        (json!({"value": {"$neq": "1"}, "isTruncated": false}), vec![1, 2]),
        (json!({"isTruncated": true}), vec![3]),
        (json!({"tenantId": "<default>", "variableKey": keys[1]}), vec![1]),
        (json!({"tenantId": "acme"}), vec![]),
        (json!({"scopeKey": second}), vec![2, 3]),
        (json!({"scopeKey": {"$in": [first, "7"]}}), vec![0, 1]),
        (json!({"scopeKey": {"$notIn": [first]}}), vec![2, 3]),
        (json!({"processInstanceKey": {"$neq": second}}), vec![0, 1]),
    ] {
        let (status, answer) = rig.post(SEARCH, json!({"filter": filter})).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let expected: Vec<_> = expected.into_iter().map(|n: usize| keys[n].clone()).collect();
        assert_eq!(all(&answer, "variableKey"), expected, "{filter}");
    }
    for (field, expected) in [
        ("value", [2, 0, 3, 1]),
        ("name", [3, 1, 0, 2]),
        ("tenantId", [0, 1, 2, 3]),
        ("variableKey", [3, 2, 1, 0]),
        ("scopeKey", [2, 3, 0, 1]),
        ("processInstanceKey", [2, 3, 0, 1]),
    ] {
        let body = json!({"sort": [{"field": field, "order": "DESC"}]});
        let (_, answer) = rig.post(SEARCH, body).await;
        let expected = expected.map(|n: usize| keys[n].clone());
        assert_eq!(all(&answer, "variableKey"), expected, "{field}");
    }
}

#[tokio::test]
async fn long_values_are_cut_unless_they_are_asked_for() {
    let (rig, mut client) = Rig::with(&[SERVICE_TASK]).await;
    let long = format!("\"{}\"", "x".repeat(9000));
    client.create("order_process", &format!(r#"{{"long": {long}}}"#)).await;
    let (_, cut) = rig.post(SEARCH, json!({})).await;
    assert_eq!(cut["items"][0]["value"].as_str().unwrap(), &long[..8191]);
    assert_eq!(cut["items"][0]["isTruncated"], true);
    let path = format!("{SEARCH}?truncateValues=true");
    assert_eq!(rig.post(&path, json!({})).await, (StatusCode::OK, cut.clone()));
    let (_, whole) = rig.post(&format!("{SEARCH}?truncateValues=false"), json!({})).await;
    assert_eq!(whole["items"][0]["value"], long);
    assert_eq!(whole["items"][0]["isTruncated"], false);
    let key = whole["items"][0]["variableKey"].as_str().unwrap();
    let (_, got) = rig.get(&format!("/v2/variables/{key}")).await;
    assert_eq!(got["value"], long);
}

#[tokio::test]
async fn bad_searches_are_refused_by_name() {
    let rig = Rig::start();
    for (query, body, words) in [
        ("", json!({"filter": {"value": {"$gt": "1"}}}), "filter.value does not take $gt"),
        ("", json!({"filter": {"value": 1}}), "[filter.value] cannot be parsed"),
        ("", json!({"filter": {"scopeKey": {"$like": "1"}}}), "filter.scopeKey does not take"),
        ("", json!({"filter": {"isTruncated": "yes"}}), "[filter.isTruncated] cannot be parsed"),
        ("", json!({"sort": [{"field": "isTruncated"}]}), "'isTruncated' for sort[0].field"),
        ("?truncateValues=1", json!({}), "truncateValues: provided string was not `true`"),
        ("?truncate=true", json!({}), "unknown field `truncate`, expected `truncateValues`"),
    ] {
        let (status, answer) = rig.post(&format!("{SEARCH}{query}"), body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{words:?} is not in {detail:?}");
    }
}

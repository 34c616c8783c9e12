//! User tasks as they are found over REST.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::{
    models::{USER_TASK_NATIVE, creation},
    rig::{Rig, Steps},
};

const SEARCH: &str = "/v2/user-tasks/search";

fn keys(answer: &Value) -> Vec<String> {
    let items = answer["items"].as_array().unwrap();
    items.iter().map(|item| item["userTaskKey"].as_str().unwrap().to_owned()).collect()
}

async fn found(rig: &Rig, body: Value) -> Value {
    let (status, answer) = rig.post(SEARCH, body.clone()).await;
    assert_eq!(status, StatusCode::OK, "{body}: {answer}");
    answer
}

/// Three tasks, the key of the first of which is given first: of `eve`, of `joe`, and one that
/// nobody has and that is done.
async fn three_tasks() -> (Rig, Vec<String>) {
    let (rig, mut client) = Rig::with(&[USER_TASK_NATIVE]).await;
    let mut all = Vec::new();
    for (n, requester) in ["\"eve\"", "\"joe\"", "null"].iter().enumerate() {
        let variables = format!(
            r#"{{"requester":{requester},"follow_up":"2026-12-0{}T08:00:00Z","order":"{n}","urgency":{}}}"#,
            n + 1,
            90 - 10 * n
        );
        let mut request = creation("user_task_native", &variables);
        request.tags = vec![format!("n{n}"), "all".to_owned()];
        let instance = client.create_deployed(request).await.process_instance_key;
        let body = json!({"filter": {"processInstanceKey": instance.to_string()}});
        all.extend(keys(&found(&rig, body).await));
    }
    assert_eq!(all.len(), 3);
    let path = |what: &str| format!("/v2/user-tasks/{}{what}", all[2]);
    assert_eq!(rig.post(&path("/completion"), json!({})).await.0, StatusCode::NO_CONTENT);
    let change = json!({"changeset": {
        "dueDate": "", "candidateGroups": ["board"], "candidateUsers": [],
    }});
    let path = format!("/v2/user-tasks/{}", all[1]);
    let changed = Client::new().patch(rig.url(&path)).json(&change).send().await.unwrap();
    assert_eq!(changed.status(), StatusCode::NO_CONTENT);
    (rig, all)
}

#[tokio::test]
async fn a_user_task_is_shown_whole() {
    let (rig, keys) = three_tasks().await;
    let (status, mut found) = rig.get(&format!("/v2/user-tasks/{}", keys[0])).await;
    assert_eq!(status, StatusCode::OK, "{found}");
    let created = found["creationDate"].take();
    assert!(created.as_str().unwrap().ends_with('Z'), "{created}");
    let instance = found["processInstanceKey"].take();
    assert_eq!(found["rootProcessInstanceKey"].take(), instance);
    for name in ["elementInstanceKey", "processDefinitionKey"] {
        assert!(found[name].take().is_string());
    }
    assert_eq!(
        found,
        json!({
            "name": "Approve order",
            "state": "CREATED",
            "assignee": "eve",
            "elementId": "approve",
            "candidateGroups": ["sales", "support"],
            "candidateUsers": ["ada", "bob"],
            "processDefinitionId": "user_task_native",
            "creationDate": null,
            "completionDate": null,
            "followUpDate": "2026-12-01T08:00:00.000Z",
            "dueDate": "2026-12-31T17:00:00.000Z",
            "tenantId": "<default>",
            "externalFormReference": "https://forms.example/0",
            "processDefinitionVersion": 1,
            "customHeaders": {"channel": "web"},
            "priority": 90,
            "userTaskKey": keys[0],
            "elementInstanceKey": null,
            "processName": null,
            "processDefinitionKey": null,
            "processInstanceKey": null,
            "rootProcessInstanceKey": null,
            "formKey": null,
            "tags": ["n0", "all"],
        })
    );
    let (_, done) = rig.get(&format!("/v2/user-tasks/{}", keys[2])).await;
    assert_eq!(done["state"], "COMPLETED");
    assert!(done["completionDate"].is_string(), "{done}");
    let (status, answer) = rig.get("/v2/user-tasks/2251799813685999").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(answer["detail"], "User Task with key '2251799813685999' not found");
}

#[tokio::test]
async fn user_tasks_are_filtered_by_each_attribute() {
    let (rig, all) = three_tasks().await;
    let (_, first) = rig.get(&format!("/v2/user-tasks/{}", all[0])).await;
    for (filter, expected) in [
        (json!({}), &[0, 1, 2][..]),
        (json!({"state": "CREATED"}), &[0, 1]),
        (json!({"state": {"$in": ["COMPLETED", "CANCELED"]}}), &[2]),
        (json!({"state": {"$like": "C*D"}, "assignee": {"$exists": false}}), &[2]),
        (json!({"assignee": "eve"}), &[0]),
        (json!({"assignee": {"$neq": "eve"}}), &[1, 2]),
        (json!({"assignee": {"$like": "?o*"}}), &[1]),
        (json!({"priority": {"$gte": 80}}), &[0, 1]),
        (json!({"priority": 70}), &[2]),
        (json!({"elementId": "approve"}), &[0, 1, 2]),
        (json!({"elementId": "accept"}), &[]),
        (json!({"name": {"$like": "Approve*"}}), &[0, 1, 2]),
        (json!({"candidateGroup": "board"}), &[1]),
        (json!({"candidateGroup": {"$in": ["sales", "board"]}}), &[0, 1, 2]),
        (json!({"candidateGroup": {"$notIn": ["board"]}}), &[0, 2]),
        (json!({"candidateUser": {"$exists": false}}), &[1]),
        (json!({"candidateUser": {"$like": "a*", "$neq": "bob"}}), &[]),
        (json!({"tenantId": "<default>"}), &[0, 1, 2]),
        (json!({"tenantId": {"$neq": "<default>"}}), &[]),
        (json!({"processDefinitionId": "user_task_native"}), &[0, 1, 2]),
        (json!({"creationDate": {"$gt": "2020-01-01T00:00:00Z"}}), &[0, 1, 2]),
        (json!({"completionDate": {"$exists": true}}), &[2]),
        (json!({"followUpDate": {"$lt": "2026-12-02T10:00:00+01:00"}}), &[0, 1]),
        (json!({"followUpDate": "2026-12-02T09:00:00+01:00"}), &[1]),
        (json!({"dueDate": {"$exists": false}}), &[1]),
        (json!({"userTaskKey": all[1]}), &[1]),
        (json!({"processDefinitionKey": first["processDefinitionKey"]}), &[0, 1, 2]),
        (json!({"processInstanceKey": first["processInstanceKey"]}), &[0]),
        (json!({"elementInstanceKey": first["elementInstanceKey"]}), &[0]),
        (json!({"tags": ["all", "n2"]}), &[2]),
        (json!({"tags": ["n1", "n2"]}), &[]),
    ] {
        let expected: Vec<String> = expected.iter().map(|n: &usize| all[*n].clone()).collect();
        let answer = found(&rig, json!({"filter": filter.clone()})).await;
        assert_eq!(keys(&answer), expected, "{filter}");
    }
}

#[tokio::test]
async fn user_tasks_are_sorted_by_each_field() {
    let (rig, all) = three_tasks().await;
    for (field, order, expected) in [
        ("creationDate", "DESC", [2, 1, 0]),
        ("completionDate", "ASC", [2, 0, 1]),
        ("followUpDate", "DESC", [2, 1, 0]),
        ("dueDate", "ASC", [0, 2, 1]),
        ("priority", "ASC", [2, 1, 0]),
        ("name", "ASC", [0, 1, 2]),
    ] {
        let sort = json!([{"field": field, "order": order}]);
        let found = keys(&found(&rig, json!({"sort": sort})).await);
        assert_eq!(found, expected.map(|n: usize| all[n].clone()), "{field} {order}");
    }
}

#[tokio::test]
async fn bad_filters_of_user_tasks_are_refused_by_name() {
    let rig = Rig::start();
    for (filter, words) in [
        (json!({"state": "OPEN"}), "'OPEN' for filter.state; use one of"),
        (json!({"priority": {"$like": "8*"}}), "filter.priority does not take $like"),
        (json!({"dueDate": "today"}), "filter.dueDate 'today' cannot be parsed"),
        (json!({"candidateGroup": {"$gt": "a"}}), "filter.candidateGroup does not take $gt"),
        (json!({"candidateUser": {"$in": []}}), "filter.candidateUser names no operator"),
        (json!({"userTaskKey": {"$in": ["1"]}}), "[filter.userTaskKey] cannot be parsed"),
        (json!({"elementName": "x"}), "[filter.elementName] cannot be parsed"),
    ] {
        let (status, answer) = rig.post(SEARCH, json!({"filter": filter})).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{filter}: {answer}");
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{words:?} is not in {detail:?}");
    }
    let (status, answer) = rig.post(SEARCH, json!({"sort": [{"field": "state"}]})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
}

//! User tasks as they are found over REST.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::{
    models::{APPROVE_FORM, USER_TASK_NATIVE, USER_TASK_NESTED, creation},
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

/// Sets variables in the scope of an element instance.
async fn set(rig: &Rig, element_instance: &str, variables: Value) {
    let path = format!("/v2/element-instances/{element_instance}/variables");
    let body = json!({"variables": variables, "local": true});
    let (status, answer) = rig.post(&path, body).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
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
    let (_, second) = rig.get(&path).await;
    let element_instance = second["elementInstanceKey"].as_str().unwrap();
    set(&rig, element_instance, json!({"note": 7})).await;
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
        (json!({"processInstanceVariables": [{"name": "order", "value": "\"1\""}]}), &[1]),
        (
            json!({"processInstanceVariables": [
                {"name": "order", "value": {"$like": "*"}},
                {"name": "urgency", "value": {"$in": ["90", "80"]}},
            ]}),
            &[0, 1],
        ),
        (
            json!({"processInstanceVariables": [
                {"name": "note", "value": {"$exists": false}},
                {"name": "order", "value": {"$neq": "\"0\""}},
            ]}),
            &[1, 2],
        ),
        (json!({"localVariables": [{"name": "note", "value": "7"}]}), &[1]),
        (json!({"localVariables": [{"name": "note", "value": {"$exists": true}}]}), &[1]),
        (json!({"localVariables": [{"name": "note", "value": {"$exists": false}}]}), &[0, 2]),
        (json!({"localVariables": [{"name": "order", "value": "\"1\""}]}), &[]),
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
        (
            json!({"localVariables": [{"name": "x", "value": {"$gt": "1"}}]}),
            "filter.localVariables[0].value does not take $gt",
        ),
    ] {
        let (status, answer) = rig.post(SEARCH, json!({"filter": filter})).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{filter}: {answer}");
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{words:?} is not in {detail:?}");
    }
    let (status, answer) = rig.post(SEARCH, json!({"sort": [{"field": "state"}]})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
}

#[tokio::test]
async fn variables_of_a_task_are_those_around_it() {
    let (rig, mut client) = Rig::with(&[USER_TASK_NESTED, APPROVE_FORM]).await;
    client.create("user_task_nested", r#"{"a":0,"other":0}"#).await;
    let variables = format!(r#"{{"a":1,"b":"x","long":"{}"}}"#, "y".repeat(9000));
    let instance = client.create("user_task_nested", &variables).await.to_string();
    let body = json!({"filter": {"processInstanceKey": instance}});
    let task = found(&rig, body.clone()).await["items"][0].clone();
    let (_, elements) = rig.post("/v2/element-instances/search", body).await;
    let elements = elements["items"].as_array().unwrap();
    let review = elements.iter().find(|element| element["elementId"] == "review").unwrap();
    set(&rig, review["elementInstanceKey"].as_str().unwrap(), json!({"b": "inner", "d": 4})).await;
    let own = task["elementInstanceKey"].as_str().unwrap();
    set(&rig, own, json!({"a": 3, "c": null})).await;

    let path = format!("/v2/user-tasks/{}", task["userTaskKey"].as_str().unwrap());
    let search = async |what: &str, body: Value| {
        let (status, answer) = rig.post(&format!("{path}/{what}"), body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let items = answer["items"].as_array().unwrap().clone();
        assert!(items.iter().all(|item| item["processInstanceKey"] == json!(instance)));
        let text = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
        let shown = |item| format!("{}={:.5}", text(item, "name"), text(item, "value"));
        items.iter().map(shown).collect::<Vec<_>>()
    };
    let (all, effective) = ("variables/search", "effective-variables/search");
    let sort = json!([{"field": "name"}, {"field": "value"}]);
    assert_eq!(
        search(all, json!({"sort": sort})).await,
        ["a=1", "a=3", "b=\"inne", "b=\"x\"", "c=null", "d=4", "long=\"yyyy"]
    );
    assert_eq!(
        search(effective, json!({"sort": sort})).await,
        ["a=3", "b=\"inne", "c=null", "d=4", "long=\"yyyy"]
    );
    let named = json!({"filter": {"name": {"$in": ["a", "d"]}}, "sort": sort});
    assert_eq!(search(all, named.clone()).await, ["a=1", "a=3", "d=4"]);
    assert_eq!(search(effective, named).await, ["a=3", "d=4"]);
    let part = json!({"sort": sort, "page": {"from": 1, "limit": 2}});
    assert_eq!(search(effective, part).await, ["b=\"inne", "c=null"]);

    let one = json!({"filter": {"name": "long"}});
    let (_, answer) = rig.post(&format!("{path}/{effective}"), one.clone()).await;
    assert_eq!(answer["items"][0]["isTruncated"], true);
    let whole = format!("{path}/{effective}?truncateValues=false");
    let (_, answer) = rig.post(&whole, one).await;
    assert_eq!(answer["items"][0]["isTruncated"], false);
    assert_eq!(answer["items"][0]["value"].as_str().unwrap().len(), 9002);

    let cursor = json!({"page": {"after": "W10="}});
    let (status, answer) = rig.post(&format!("{path}/{effective}"), cursor).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    for what in [all, effective] {
        let path = format!("/v2/user-tasks/2251799813685999/{what}");
        let (status, _) = rig.post(&path, json!({})).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
}

//! Forms of user tasks and start events over REST.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    models::{APPROVE_FORM, USER_TASK_NATIVE, USER_TASK_NESTED},
    rig::{Rig, Steps},
};

#[tokio::test]
async fn forms_are_shown_with_what_names_them() {
    let (rig, mut client) = Rig::with(&[USER_TASK_NESTED, USER_TASK_NATIVE, APPROVE_FORM]).await;
    client.create("user_task_nested", "{}").await;
    let variables = r#"{"requester":null,"follow_up":null,"order":"1","urgency":1}"#;
    client.create("user_task_native", variables).await;
    let sort = json!({"sort": [{"field": "creationDate"}]});
    let (_, tasks) = rig.post("/v2/user-tasks/search", sort).await;
    let [nested, native] = [&tasks["items"][0], &tasks["items"][1]];
    let path = |of: &str, key: &Value| format!("/v2/{of}/{}/form", key.as_str().unwrap());

    let (status, found) = rig.get(&path("user-tasks", &nested["userTaskKey"])).await;
    assert_eq!(status, StatusCode::OK, "{found}");
    assert_eq!(
        found,
        json!({
            "tenantId": "<default>",
            "formId": "approve",
            "schema": APPROVE_FORM.1,
            "version": 1,
            "formKey": nested["formKey"],
        })
    );
    let definition = path("process-definitions", &nested["processDefinitionKey"]);
    assert_eq!(rig.get(&definition).await, (StatusCode::OK, found));

    let nothing = (StatusCode::NO_CONTENT, Value::Null);
    assert_eq!(rig.get(&path("user-tasks", &native["userTaskKey"])).await, nothing);
    let definition = path("process-definitions", &native["processDefinitionKey"]);
    assert_eq!(rig.get(&definition).await, nothing);
    for of in ["user-tasks", "process-definitions"] {
        let (status, answer) = rig.get(&path(of, &json!("2251799813685999"))).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{answer}");
    }
}

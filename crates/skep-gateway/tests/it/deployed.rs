//! What is deployed, read again.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use skep_api::gateway::{DeleteResourceRequest, deployment::Metadata};

use crate::{
    clock::send,
    models::{SERVICE_TASK, USER_TASK_NATIVE},
    rig::{Rig, Steps},
};

/// Deploys a file and answers the key that it has.
async fn deployed(rig: &Rig, name: &str, content: &str) -> String {
    let form = format!(
        "--b\r\nContent-Disposition: form-data; name=\"resources\"; filename=\"{name}\"\r\n\r\n\
         {content}\r\n--b--\r\n"
    );
    let request = Client::new()
        .post(rig.url("/v2/deployments"))
        .header("content-type", "multipart/form-data; boundary=b")
        .body(form);
    let answer = request.send().await.unwrap().bytes().await.unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    let key = &answer["deployments"][0]["resource"]["resourceKey"];
    key.as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[tokio::test]
async fn a_deployed_file_is_read_again() {
    let rig = Rig::start_broker(|broker| broker.n_partitions = 3);
    let content = r#"{"id":"robot","versionTag":"v1"}"#;
    let key = deployed(&rig, "robot.rpa", content).await;
    let path = format!("/v2/resources/{key}");
    let (status, found) = send(&rig, Method::GET, &path, Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{found}");
    assert_eq!(
        found,
        json!({
            "resourceName": "robot.rpa",
            "version": 1,
            "versionTag": "v1",
            "resourceId": "robot",
            "tenantId": "<default>",
            "resourceKey": key,
        })
    );
    let response = Client::new().get(rig.url(&format!("{path}/content"))).send().await.unwrap();
    assert_eq!(response.text().await.unwrap(), content);
    for unknown in ["/v2/resources/2251799813999999", "/v2/resources/7/content"] {
        let (status, problem) = send(&rig, Method::GET, unknown, Value::Null).await;
        assert_eq!((status, &problem["title"]), (StatusCode::NOT_FOUND, &json!("NOT_FOUND")));
    }
}

#[tokio::test]
async fn any_file_can_be_deployed_and_read_again() {
    let rig = Rig::start();
    for (name, content, media_type) in [
        ("notes.md", "# Steps", "text/plain; charset=utf-8"),
        ("page.html", "<script>alert(1)</script>", "text/plain; charset=utf-8"),
        ("rates.json", "[1, 2]", "application/json"),
        ("settings.xml", "<settings/>", "text/plain; charset=utf-8"),
    ] {
        let key = deployed(&rig, name, content).await;
        let path = format!("/v2/resources/{key}");
        let (status, found) = send(&rig, Method::GET, &path, Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{found}");
        assert_eq!((&found["resourceId"], &found["versionTag"]), (&json!(name), &Value::Null));
        for (path, media_type) in [
            (format!("{path}/content"), media_type),
            (format!("{path}/content/binary"), "application/octet-stream"),
        ] {
            let response = Client::new().get(rig.url(&path)).send().await.unwrap();
            assert_eq!(response.headers()["content-type"], media_type, "{name}");
            assert_eq!(response.text().await.unwrap(), content, "{name}");
        }
    }
    // Through gRPC too, whose answer has no place for it.
    let mut client = rig.client().await;
    let deployed = client.deploy(&[("notes.txt", "hello"), SERVICE_TASK]).await;
    assert_eq!(deployed.deployments.len(), 1);
}

#[tokio::test]
async fn a_process_definition_is_read_again() {
    let rig = Rig::start_broker(|broker| broker.n_partitions = 3);
    let mut client = rig.client().await;
    let deployed = client.deploy(&[SERVICE_TASK, USER_TASK_NATIVE]).await;
    let key = |at: usize| match &deployed.deployments[at].metadata {
        Some(Metadata::Process(process)) => process.process_definition_key,
        other => panic!("{other:?}"),
    };
    let path = format!("/v2/process-definitions/{}", key(0));
    let (status, found) = send(&rig, Method::GET, &path, Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{found}");
    let mut expected = json!({
        "name": "Order process",
        "resourceName": "service_task.bpmn",
        "version": 1,
        "versionTag": null,
        "processDefinitionId": "order_process",
        "tenantId": "<default>",
        "processDefinitionKey": key(0).to_string(),
        "hasStartForm": false,
        "state": "ACTIVE",
    });
    assert_eq!(found, expected);
    let response = Client::new().get(rig.url(&format!("{path}/xml"))).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/xml; charset=utf-8");
    assert_eq!(response.text().await.unwrap(), SERVICE_TASK.1);

    // Deleted, it is there all the same.
    let delete = DeleteResourceRequest { resource_key: key(0), operation_reference: None };
    client.delete_resource(delete).await.unwrap();
    expected["state"] = json!("DELETED");
    assert_eq!(send(&rig, Method::GET, &path, Value::Null).await, (StatusCode::OK, expected));
    let response = Client::new().get(rig.url(&format!("{path}/xml"))).send().await.unwrap();
    assert_eq!(response.text().await.unwrap(), SERVICE_TASK.1);
    for path in ["", "/xml"] {
        let path = format!("/v2/process-definitions/7{path}");
        let (status, problem) = send(&rig, Method::GET, &path, Value::Null).await;
        assert_eq!((status, &problem["title"]), (StatusCode::NOT_FOUND, &json!("NOT_FOUND")));
        assert_eq!(problem["detail"], "Process Definition with key '7' not found");
    }
    let (status, _) = send(&rig, Method::GET, "/v2/process-definitions/x", Value::Null).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

//! Decisions, their graphs and their evaluations as they are found over REST.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use skep_api::gateway::{DeployResourceResponse, deployment::Metadata};

use crate::{
    models::{DISHES, Model, TIERS},
    rig::{Rig, Steps},
};

const DECISION_TASK: Model =
    ("decision_task.bpmn", include_str!("../../../../tests/bpmn/decision_task.bpmn"));

async fn found(rig: &Rig, what: &str, body: Value) -> Vec<Value> {
    let (status, answer) = rig.post(&format!("/v2/{what}/search"), body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["items"].as_array().unwrap().clone()
}

fn texts(items: &[Value], name: &str) -> Vec<String> {
    items.iter().map(|item| item[name].as_str().unwrap().to_owned()).collect()
}

fn key_of_graph(deployed: &DeployResourceResponse) -> String {
    let graph = deployed.deployments.iter().find_map(|one| match &one.metadata {
        Some(Metadata::DecisionRequirements(graph)) => Some(graph.decision_requirements_key),
        _ => None,
    });
    graph.unwrap().to_string()
}

async fn file(rig: &Rig, path: &str) -> String {
    let response = Client::new().get(rig.url(path)).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/xml; charset=utf-8");
    response.text().await.unwrap()
}

async fn evaluate(rig: &Rig, id: &str, variables: Value) -> String {
    let body = json!({"decisionDefinitionId": id, "variables": variables});
    let (status, answer) = rig.post("/v2/decision-definitions/evaluation", body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["decisionEvaluationKey"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn decisions_are_found_by_every_attribute() {
    let rig = Rig::start();
    let mut client = rig.client().await;
    let first = key_of_graph(&client.deploy(&[DISHES]).await);
    client.deploy(&[TIERS]).await;
    let renamed: &str = DISHES.1.replace(r#"name="Dish""#, r#"name="Main dish""#).leak();
    let second = key_of_graph(&client.deploy(&[("dishes.dmn", renamed)]).await);
    let what = "decision-definitions";
    let one = found(&rig, what, json!({"filter": {"name": "Main dish"}})).await;
    let mut expected = json!({
        "decisionDefinitionId": "dish",
        "decisionDefinitionKey": null,
        "decisionRequirementsId": "requirements",
        "decisionRequirementsKey": second,
        "decisionRequirementsName": "Requirements",
        "decisionRequirementsVersion": 2,
        "name": "Main dish",
        "tenantId": "<default>",
        "version": 2,
    });
    let key = one[0]["decisionDefinitionKey"].clone();
    expected["decisionDefinitionKey"] = key.clone();
    assert_eq!(one, [expected.clone()]);
    let path = format!("/v2/decision-definitions/{}", key.as_str().unwrap());
    assert_eq!(rig.get(&path).await, (StatusCode::OK, expected));
    assert_eq!(file(&rig, &format!("{path}/xml")).await, renamed);
    for (filter, n) in [
        (json!({"decisionDefinitionId": "dish"}), 2),
        (json!({"decisionDefinitionId": "dish", "isLatestVersion": true}), 1),
        (json!({"isLatestVersion": true}), 6),
        (json!({"isLatestVersion": false, "version": 2}), 5),
        (json!({"decisionRequirementsId": "requirements"}), 10),
        (json!({"tenantId": "acme"}), 0),
        (json!({"decisionDefinitionKey": key}), 1),
        (json!({"decisionRequirementsKey": first}), 5),
        (json!({"decisionRequirementsName": "Unique violated"}), 1),
        (json!({"decisionRequirementsVersion": 1}), 6),
    ] {
        let items = found(&rig, what, json!({"filter": filter})).await;
        assert_eq!(items.len(), n, "{filter}");
    }
    for field in [
        "decisionDefinitionKey",
        "decisionDefinitionId",
        "name",
        "version",
        "decisionRequirementsId",
        "decisionRequirementsKey",
        "decisionRequirementsName",
        "decisionRequirementsVersion",
        "tenantId",
    ] {
        let sort = |order: &str| json!({"sort": [{"field": field, "order": order}, {"field": "decisionDefinitionKey", "order": order}]});
        let mut down = found(&rig, what, sort("DESC")).await;
        down.reverse();
        assert_eq!(found(&rig, what, sort("ASC")).await, down, "{field}");
    }
    let (status, problem) = rig.get("/v2/decision-definitions/7").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(problem["detail"], "Decision Definition with key '7' not found");
    assert_eq!(rig.get("/v2/decision-definitions/7/xml").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn graphs_are_found_by_every_attribute() {
    let rig = Rig::start();
    let mut client = rig.client().await;
    let dishes = key_of_graph(&client.deploy(&[DISHES]).await);
    let tiers = key_of_graph(&client.deploy(&[TIERS]).await);
    let what = "decision-requirements";
    let expected = json!({
        "decisionRequirementsId": "unique_violated",
        "decisionRequirementsKey": tiers,
        "decisionRequirementsName": "Unique violated",
        "resourceName": "unique_violated.dmn",
        "tenantId": "<default>",
        "version": 1,
    });
    for filter in [
        json!({"decisionRequirementsName": "Unique violated"}),
        json!({"decisionRequirementsId": "unique_violated", "version": 1}),
        json!({"decisionRequirementsKey": tiers, "tenantId": "<default>"}),
        json!({"resourceName": "unique_violated.dmn"}),
    ] {
        let items = found(&rig, what, json!({"filter": filter})).await;
        assert_eq!(items, std::slice::from_ref(&expected));
    }
    let path = format!("/v2/decision-requirements/{tiers}");
    assert_eq!(rig.get(&path).await, (StatusCode::OK, expected));
    assert_eq!(file(&rig, &format!("{path}/xml")).await, TIERS.1);
    for (field, order, first) in [
        ("decisionRequirementsKey", "DESC", &tiers),
        ("decisionRequirementsName", "ASC", &dishes),
        ("decisionRequirementsId", "DESC", &tiers),
        ("version", "ASC", &dishes),
        ("tenantId", "ASC", &dishes),
    ] {
        let items = found(&rig, what, json!({"sort": [{"field": field, "order": order}]})).await;
        assert_eq!(&texts(&items, "decisionRequirementsKey")[0], first, "{field}");
    }
    let (status, problem) = rig.get("/v2/decision-requirements/7").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(problem["detail"], "Decision Requirements with key '7' not found");
}

#[tokio::test]
async fn evaluated_decisions_are_found_by_every_attribute() {
    let (rig, mut client) = Rig::with(&[DISHES, TIERS, DECISION_TASK]).await;
    let failed = evaluate(&rig, "tier", json!({"customer": {"points": 500}})).await;
    let instance = client
        .create("decision_task", r#"{"temperature": 30, "weekend": false}"#)
        .await
        .to_string();
    let what = "decision-instances";
    let body = json!({"filter": {"processInstanceKey": instance, "decisionDefinitionId": "dish"}});
    let items = found(&rig, what, body).await;
    let [dish] = &items[..] else { panic!("{items:?}") };
    let mut shown = dish.clone();
    let evaluation = shown["decisionEvaluationKey"].take();
    let evaluation = evaluation.as_str().unwrap();
    assert!(shown["evaluationDate"].take().as_str().unwrap().ends_with('Z'));
    let mut taken = [
        "decisionDefinitionKey",
        "elementInstanceKey",
        "processDefinitionKey",
        "rootDecisionDefinitionKey",
    ]
    .map(|name| shown[name].take());
    assert!(taken.iter().all(Value::is_string), "{taken:?}");
    assert_eq!(
        shown,
        json!({
            "decisionDefinitionId": "dish",
            "decisionDefinitionKey": null,
            "decisionDefinitionName": "Dish",
            "decisionDefinitionType": "DECISION_TABLE",
            "decisionDefinitionVersion": 1,
            "decisionEvaluationInstanceKey": format!("{evaluation}-3"),
            "decisionEvaluationKey": null,
            "elementInstanceKey": null,
            "evaluationDate": null,
            "evaluationFailure": null,
            "processDefinitionKey": null,
            "processInstanceKey": instance,
            "result": "\"salad\"",
            "rootDecisionDefinitionKey": null,
            "rootProcessInstanceKey": instance,
            "state": "EVALUATED",
            "tenantId": "<default>",
        })
    );
    let [decision, element, definition, root] = taken.each_mut().map(Value::take);
    let failure = "evaluationFailure";
    let failure =
        found(&rig, what, json!({"filter": {"state": "FAILED"}})).await[0][failure].clone();
    for (filter, n) in [
        (json!({"decisionEvaluationInstanceKey": format!("{evaluation}-3")}), 1),
        (json!({"decisionEvaluationInstanceKey": {"$notIn": [format!("{failed}-1")]}}), 3),
        (json!({"state": {"$notIn": ["FAILED"]}}), 3),
        (json!({"state": {"$in": ["FAILED", "UNKNOWN"]}}), 1),
        (json!({"evaluationFailure": failure}), 1),
        (json!({"evaluationDate": {"$gt": "2020-01-01T00:00:00Z"}}), 4),
        (json!({"decisionDefinitionName": "Tier"}), 1),
        (json!({"decisionDefinitionVersion": 2}), 0),
        (json!({"decisionDefinitionType": "LITERAL_EXPRESSION"}), 1),
        (json!({"tenantId": "<default>"}), 4),
        (json!({"decisionEvaluationKey": failed}), 1),
        (json!({"processDefinitionKey": definition}), 3),
        (json!({"decisionDefinitionKey": decision}), 1),
        (json!({"elementInstanceKey": element}), 3),
        (json!({"elementInstanceKey": {"$exists": false}}), 1),
        (json!({"rootDecisionDefinitionKey": root}), 3),
        (json!({"decisionRequirementsKey": {"$in": ["7"]}}), 0),
    ] {
        let items = found(&rig, what, json!({"filter": filter})).await;
        assert_eq!(items.len(), n, "{filter}");
    }
    for field in [
        "decisionDefinitionId",
        "decisionDefinitionKey",
        "decisionDefinitionName",
        "decisionDefinitionType",
        "decisionDefinitionVersion",
        "decisionEvaluationInstanceKey",
        "decisionEvaluationKey",
        "evaluationDate",
        "rootDecisionDefinitionKey",
        "state",
        "tenantId",
    ] {
        let sort = |order: &str| {
            json!({"sort": [
                {"field": field, "order": order},
                {"field": "decisionEvaluationInstanceKey", "order": order},
            ]})
        };
        let mut down = found(&rig, what, sort("DESC")).await;
        down.reverse();
        assert_eq!(found(&rig, what, sort("ASC")).await, down, "{field}");
    }
    // What a client evaluated has none of these, and what is absent comes last.
    for field in ["elementInstanceKey", "processDefinitionKey", "processInstanceKey"] {
        let items = found(&rig, what, json!({"sort": [{"field": field, "order": "DESC"}]})).await;
        assert_eq!(texts(&items, "decisionDefinitionId")[3], "tier", "{field}");
    }
    let by_failure = json!({"sort": [{"field": "evaluationFailure"}]});
    assert_eq!(texts(&found(&rig, what, by_failure).await, "decisionDefinitionId")[0], "tier");
}

#[tokio::test]
async fn an_evaluated_decision_is_read_with_what_it_was_about() {
    let (rig, _client) = Rig::with(&[DISHES]).await;
    let key = evaluate(&rig, "dish", json!({"temperature": 5, "weekend": true})).await;
    let (status, answer) = rig.get(&format!("/v2/decision-instances/{key}-3")).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["decisionEvaluationInstanceKey"], format!("{key}-3"));
    assert_eq!(answer["result"], "\"stew\"");
    assert_eq!(
        answer["evaluatedInputs"],
        json!([
            {"inputId": "table_2_input_1", "inputName": "Season", "inputValue": "\"winter\""},
            {"inputId": "table_2_input_2", "inputName": "`guest count`", "inputValue": "12"},
        ])
    );
    assert_eq!(
        answer["matchedRules"],
        json!([{
            "ruleId": "table_2_rule_2",
            "ruleIndex": 2,
            "evaluatedOutputs": [{
                "outputId": "table_2_output_1",
                "outputName": "dish",
                "outputValue": "\"stew\"",
                "ruleId": "table_2_rule_2",
                "ruleIndex": 2,
            }],
        }])
    );
    for unknown in [format!("{key}-4"), "x".to_owned()] {
        let (status, problem) = rig.get(&format!("/v2/decision-instances/{unknown}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let detail = format!("Decision Instance with key '{unknown}' not found");
        assert_eq!(problem["detail"], detail.as_str());
    }
    for (what, filter, words) in [
        ("decision-instances", json!({"state": "DONE"}), "'DONE' for filter.state"),
        ("decision-instances", json!({"decisionDefinitionType": "TREE"}), "'TREE' for filter."),
        (
            "decision-instances",
            json!({"decisionEvaluationInstanceKey": {"$like": "1*"}}),
            "filter.decisionEvaluationInstanceKey does not take $like",
        ),
        ("decision-definitions", json!({"versionTag": "1"}), "[filter.versionTag] cannot"),
        ("decision-requirements", json!({"name": "a"}), "[filter.name] cannot be parsed"),
    ] {
        let path = format!("/v2/{what}/search");
        let (status, problem) = rig.post(&path, json!({"filter": filter})).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{words:?} is not in {detail:?}");
    }
}

//! Decisions and forms: deployed, evaluated, through both APIs.

use http::StatusCode;
use serde_json::{Value, json};
use skep_api::gateway::{EvaluateDecisionRequest, deployment::Metadata};
use tonic::Code;

use crate::{
    models::{APPROVE_FORM, DISHES, SERVICE_TASK, TIERS},
    rig::{Rig, Steps},
};

/// A key that the engine has not given to anything.
const UNKNOWN_KEY: i64 = 2_251_799_813_999_999;

fn by_id(decision_id: &str, variables: &str) -> EvaluateDecisionRequest {
    EvaluateDecisionRequest {
        decision_id: decision_id.to_owned(),
        variables: variables.to_owned(),
        ..EvaluateDecisionRequest::default()
    }
}

#[tokio::test]
async fn a_deployment_answers_with_all_it_made() {
    let rig = Rig::start();
    let mut client = rig.client().await;
    let deployed = client.deploy(&[SERVICE_TASK, DISHES, APPROVE_FORM]).await;
    let kinds: Vec<_> = deployed.deployments.iter().map(|one| one.metadata.clone()).collect();
    let Some(Metadata::Process(_)) = &kinds[0] else { panic!("{kinds:?}") };
    let Some(Metadata::Decision(season)) = &kinds[1] else { panic!("{kinds:?}") };
    assert_eq!((season.dmn_decision_id.as_str(), season.version), ("season", 1));
    assert_eq!(season.dmn_decision_name, "Season");
    assert_eq!(season.dmn_decision_requirements_id, "requirements");
    let Some(Metadata::DecisionRequirements(graph)) = &kinds[6] else { panic!("{kinds:?}") };
    assert_eq!(graph.decision_requirements_key, season.decision_requirements_key);
    assert_eq!(graph.dmn_decision_requirements_name, "Requirements");
    assert_eq!(graph.resource_name, "requirements.dmn");
    let Some(Metadata::Form(form)) = &kinds[7] else { panic!("{kinds:?}") };
    assert_eq!((form.form_id.as_str(), form.resource_name.as_str()), ("approve", "approve.form"));
    assert_eq!(kinds.len(), 8);
}

#[tokio::test]
#[expect(deprecated, reason = "clients before 8.8 read the evaluation's key under its old name")]
async fn a_decision_is_evaluated() {
    let (_rig, mut client) = Rig::with(&[DISHES]).await;
    let request = by_id("dish", r#"{"temperature": 5, "weekend": true}"#);
    let answer = client.evaluate_decision(request).await.unwrap().into_inner();
    assert_eq!(answer.decision_output, r#""stew""#);
    assert_eq!((answer.decision_id.as_str(), answer.decision_version), ("dish", 1));
    assert_eq!((answer.failed_decision_id.as_str(), answer.failure_message.as_str()), ("", ""));
    assert_eq!(answer.decision_instance_key, answer.decision_evaluation_key);
    assert_eq!(answer.tenant_id, "<default>");
    let evaluated: Vec<_> =
        answer.evaluated_decisions.iter().map(|one| one.decision_id.as_str()).collect();
    assert_eq!(evaluated, ["season", "guests", "dish"]);
    let season = &answer.evaluated_decisions[0];
    assert_eq!(season.decision_type, "DECISION_TABLE");
    assert_eq!(season.evaluated_inputs[0].input_name, "Temperature");
    assert_eq!(season.evaluated_inputs[0].input_value, "5");
    assert_eq!(season.matched_rules[0].rule_index, 2);
    assert_eq!(season.matched_rules[0].evaluated_outputs[0].output_value, r#""winter""#);
    let instance_key = format!("{}-1", answer.decision_evaluation_key);
    assert_eq!(season.decision_evaluation_instance_key, instance_key);

    let by_key = EvaluateDecisionRequest {
        decision_key: answer.decision_key,
        variables: r#"{"temperature": 30}"#.to_owned(),
        ..EvaluateDecisionRequest::default()
    };
    let answer = client.evaluate_decision(by_key).await.unwrap().into_inner();
    assert_eq!(answer.decision_output, r#""salad""#);
}

#[tokio::test]
async fn a_decision_that_fails_is_an_answer() {
    let (_rig, mut client) = Rig::with(&[TIERS]).await;
    let request = by_id("tier", r#"{"customer": {"points": 500}}"#);
    let answer = client.evaluate_decision(request).await.unwrap().into_inner();
    assert_eq!((answer.failed_decision_id.as_str(), answer.decision_output.as_str()), ("tier", ""));
    assert!(answer.failure_message.contains("UNIQUE"), "{}", answer.failure_message);
    assert_eq!(answer.evaluated_decisions.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_evaluated_is_refused() {
    let (_rig, mut client) = Rig::with(&[DISHES]).await;
    let unknown_key =
        EvaluateDecisionRequest { decision_key: UNKNOWN_KEY, ..EvaluateDecisionRequest::default() };
    let foreign = EvaluateDecisionRequest { tenant_id: "red".to_owned(), ..by_id("dish", "") };
    for (request, code, said) in [
        (by_id("nobody", ""), Code::NotFound, "but no decision found for id 'nobody'"),
        (unknown_key, Code::NotFound, "but no decision found for key"),
        (EvaluateDecisionRequest::default(), Code::InvalidArgument, "none provided"),
        (by_id("dish", "[]"), Code::InvalidArgument, "root level object"),
        (foreign, Code::InvalidArgument, "multi-tenancy is disabled"),
    ] {
        let status = client.evaluate_decision(request).await.unwrap_err();
        assert_eq!(status.code(), code, "{status:?}");
        assert!(status.message().contains(said), "{status:?}");
    }
}

async fn post(rig: &Rig, path: &str, body: Value) -> (StatusCode, Value) {
    let response = reqwest::Client::new().post(rig.url(path)).json(&body).send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_decision_is_evaluated_over_rest() {
    let (rig, _client) = Rig::with(&[DISHES, TIERS]).await;
    let path = "/v2/decision-definitions/evaluation";
    let request = json!({
        "decisionDefinitionId": "dish",
        "variables": {"temperature": 5, "weekend": false},
    });
    let (status, answer) = post(&rig, path, request).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["output"], r#""roast""#);
    assert_eq!(answer["failedDecisionDefinitionId"], Value::Null);
    assert_eq!(answer["decisionEvaluationKey"], answer["decisionInstanceKey"]);
    assert_eq!(answer["decisionRequirementsId"], "requirements");
    assert_eq!(answer["tenantId"], "<default>");
    let dish = &answer["evaluatedDecisions"][2];
    assert_eq!(dish["decisionDefinitionType"], "DECISION_TABLE");
    assert_eq!(dish["evaluatedInputs"][1]["inputName"], "`guest count`");
    assert_eq!(dish["evaluatedInputs"][1]["inputValue"], "4");
    assert_eq!(dish["matchedRules"][0]["ruleIndex"], 3);
    assert_eq!(dish["matchedRules"][0]["evaluatedOutputs"][0]["outputValue"], r#""roast""#);
    let key = answer["decisionEvaluationKey"].as_str().unwrap();
    assert_eq!(dish["decisionEvaluationInstanceKey"], format!("{key}-3"));

    let request = json!({
        "decisionDefinitionKey": answer["decisionDefinitionKey"],
        "variables": {"temperature": 20},
        "tenantId": "<default>",
    });
    let (status, answer) = post(&rig, path, request).await;
    assert_eq!((status, &answer["output"]), (StatusCode::OK, &json!(r#""asparagus""#)));

    let request = json!({
        "decisionDefinitionId": "tier",
        "variables": {"customer": {"points": 500}},
    });
    let (status, answer) = post(&rig, path, request).await;
    assert_eq!(status, StatusCode::OK, "a failed evaluation is an answer");
    assert_eq!(answer["failedDecisionDefinitionId"], "tier");
    assert!(answer["failureMessage"].as_str().unwrap().contains("UNIQUE"));
    assert_eq!(answer["output"], "null");
}

#[tokio::test]
async fn what_cannot_be_evaluated_over_rest_is_refused() {
    let (rig, _client) = Rig::with(&[DISHES]).await;
    let key = UNKNOWN_KEY.to_string();
    for (request, status, said) in [
        (json!({}), 400, "At least one of"),
        (json!({"decisionDefinitionId": "a", "decisionDefinitionKey": "1"}), 400, "Only one of"),
        (json!({"decisionDefinitionId": " "}), 400, "No decisionDefinitionId provided"),
        (json!({"decisionDefinitionId": "dish", "variables": []}), 400, "variables"),
        (json!({"decisionDefinitionId": "dish", "extra": 1}), 400, "cannot be parsed"),
        (json!({"decisionDefinitionId": "dish", "tenantId": "red"}), 400, "multi-tenancy"),
        (json!({"decisionDefinitionId": "nobody"}), 404, "no decision found for id 'nobody'"),
        (json!({"decisionDefinitionKey": key}), 404, "no decision found for key"),
    ] {
        let (found, problem) =
            post(&rig, "/v2/decision-definitions/evaluation", request.clone()).await;
        assert_eq!(found.as_u16(), status, "{request}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(said), "{problem}");
    }
}

#[tokio::test]
async fn an_expression_is_evaluated_over_rest() {
    let rig = Rig::start();
    let path = "/v2/expression/evaluation";
    for (request, result) in [
        (json!({"expression": "=a + 1", "variables": {"a": 2}}), json!(3)),
        (
            json!({"expression": "{x: [a, null]}", "variables": {"a": "b"}}),
            json!({"x": ["b", null]}),
        ),
        (json!({"expression": "=1 < 2", "tenantId": "<default>"}), json!(true)),
    ] {
        let (status, answer) = post(&rig, path, request.clone()).await;
        assert_eq!((status, &answer["result"]), (StatusCode::OK, &result), "{answer}");
        assert_eq!(answer["expression"], request["expression"]);
        assert_eq!(answer["warnings"], json!([]));
    }
    let (status, answer) = post(&rig, path, json!({"expression": "=missing"})).await;
    assert_eq!((status, &answer["result"]), (StatusCode::OK, &Value::Null));
    let warning = answer["warnings"][0]["message"].as_str().unwrap();
    assert!(warning.contains("missing"), "{warning}");
    for (request, said) in [
        (json!({}), "No expression provided"),
        (json!({"expression": "=1 +"}), "it is not FEEL"),
        (json!({"expression": "=assert(x, x != null)"}), "Expected to evaluate expression"),
        (json!({"expression": "=1", "tenantId": "red"}), "multi-tenancy"),
    ] {
        let (status, problem) = post(&rig, path, request.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{request}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(said), "{problem}");
    }
}

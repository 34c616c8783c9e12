//! Evaluated decisions.

use axum::extract::Path;
use skep_api::rest::{
    self, DecisionInstanceDetails, DecisionInstanceFilter, EvaluatedDecisionInput,
    EvaluatedDecisionOutput, KeyFormat, MatchedDecisionRule, SearchRequest, SearchResult,
    ValueText,
};
use skep_projection::{Condition, DecisionInstance, DecisionInstanceField as Field, MatchedRule};

use super::{
    batch_operation::date_time,
    body::{Answer, Keys, OptionalBody},
    filter::check_enum,
    search::{self, Conditions},
};
use crate::{
    call::{Call, no_such},
    problem::Problem,
};

const STATES: [&str; 4] = ["EVALUATED", "FAILED", "UNKNOWN", "UNSPECIFIED"];
const TYPES: [&str; 4] = ["DECISION_TABLE", "LITERAL_EXPRESSION", "UNKNOWN", "UNSPECIFIED"];

/// What evaluated decisions can be ordered by.
const FIELDS: &[(&str, Field)] = &[
    ("decisionDefinitionId", Field::DecisionDefinitionId),
    ("decisionDefinitionKey", Field::DecisionDefinitionKey),
    ("decisionDefinitionName", Field::DecisionDefinitionName),
    ("decisionDefinitionType", Field::DecisionDefinitionType),
    ("decisionDefinitionVersion", Field::DecisionDefinitionVersion),
    ("decisionEvaluationInstanceKey", Field::Id),
    ("decisionEvaluationKey", Field::EvaluationKey),
    ("elementInstanceKey", Field::ElementInstanceKey),
    ("evaluationDate", Field::EvaluatedAt),
    ("evaluationFailure", Field::Failure),
    ("processDefinitionKey", Field::ProcessDefinitionKey),
    ("processInstanceKey", Field::ProcessInstanceKey),
    ("rootDecisionDefinitionKey", Field::RootDecisionDefinitionKey),
    ("state", Field::State),
    ("tenantId", Field::TenantId),
];

/// `POST /v2/decision-instances/search` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn search(
    call: Call,
    Keys(keys): Keys,
    OptionalBody(body): OptionalBody<SearchRequest<DecisionInstanceFilter>>,
) -> Result<Answer<SearchResult<rest::DecisionInstance>>, Problem> {
    let written = |found| written(keys, found);
    Ok(Answer(keys, search::answer(&call, body, FIELDS, read, written).await?))
}

/// `GET /v2/decision-instances/{decisionEvaluationInstanceKey}` — 200
///
/// # Errors
/// 403 there is no history, 404 no such evaluated decision, 504.
pub(super) async fn get(
    call: Call,
    Keys(keys): Keys,
    Path(id): Path<String>,
) -> Result<Answer<DecisionInstanceDetails>, Problem> {
    let wanted = id.clone();
    let found = call.read(move |history, tenants| history.decision_instance(&wanted, tenants));
    let (instance, details) = found.await?.ok_or_else(|| no_such("Decision Instance", &id))?;
    let input = |input: skep_projection::DecisionInput| EvaluatedDecisionInput {
        input_id: input.id,
        input_name: input.name,
        input_value: ValueText(input.value),
    };
    let answer = DecisionInstanceDetails {
        instance: written(keys, instance),
        evaluated_inputs: details.inputs.into_iter().map(input).collect(),
        matched_rules: details.rules.into_iter().map(rule_written).collect(),
    };
    Ok(Answer(keys, answer))
}

/// The conditions of a filter.
///
/// # Errors
/// 400, naming the attribute that is not as it should be.
pub(super) fn conditions_of(
    filter: DecisionInstanceFilter,
) -> Result<Vec<Condition<DecisionInstance>>, Problem> {
    let mut conditions = Conditions::new("filter");
    read(filter, &mut conditions)?;
    Ok(conditions.0)
}

fn read(
    filter: DecisionInstanceFilter,
    conditions: &mut Conditions<'_, DecisionInstance>,
) -> Result<(), Problem> {
    let raw = |key: Option<rest::Key>| key.map(|key| key.raw);
    conditions.id(
        "decisionEvaluationInstanceKey",
        Field::Id,
        filter.decision_evaluation_instance_key,
    )?;
    conditions.one_of_or_none("state", Field::State, filter.state, &STATES)?;
    conditions.text_is(Field::Failure, filter.evaluation_failure);
    conditions.time("evaluationDate", Field::EvaluatedAt, filter.evaluation_date)?;
    conditions.text_is(Field::DecisionDefinitionId, filter.decision_definition_id);
    conditions.text_is(Field::DecisionDefinitionName, filter.decision_definition_name);
    conditions
        .same(Field::DecisionDefinitionVersion, filter.decision_definition_version.map(i64::from));
    if let Some(name) = &filter.decision_definition_type {
        check_enum("filter.decisionDefinitionType", &name.clone().into(), &TYPES)?;
    }
    conditions.text_is(Field::DecisionDefinitionType, filter.decision_definition_type);
    conditions.text_is(Field::TenantId, filter.tenant_id);
    conditions.same(Field::EvaluationKey, raw(filter.decision_evaluation_key));
    conditions.same(Field::ProcessDefinitionKey, raw(filter.process_definition_key));
    conditions.same(Field::ProcessInstanceKey, raw(filter.process_instance_key));
    for (name, field, property) in [
        ("decisionDefinitionKey", Field::DecisionDefinitionKey, filter.decision_definition_key),
        ("elementInstanceKey", Field::ElementInstanceKey, filter.element_instance_key),
        (
            "rootDecisionDefinitionKey",
            Field::RootDecisionDefinitionKey,
            filter.root_decision_definition_key,
        ),
        (
            "decisionRequirementsKey",
            Field::DecisionRequirementsKey,
            filter.decision_requirements_key,
        ),
    ] {
        conditions.key(name, field, property)?;
    }
    Ok(())
}

fn written(keys: KeyFormat, found: DecisionInstance) -> rest::DecisionInstance {
    rest::DecisionInstance {
        decision_definition_id: found.decision_definition_id,
        decision_definition_key: keys.key(found.decision_definition_key),
        decision_definition_name: found.decision_definition_name,
        decision_definition_type: found.decision_definition_type.to_owned(),
        decision_definition_version: found.decision_definition_version,
        decision_evaluation_instance_key: found.id,
        decision_evaluation_key: keys.key(found.evaluation_key),
        element_instance_key: found.element_instance_key.map(|key| keys.key(key)),
        evaluation_date: date_time(found.evaluated_at),
        evaluation_failure: found.failure.map(ValueText),
        process_definition_key: found.process_definition_key.map(|key| keys.key(key)),
        process_instance_key: found.process_instance_key.map(|key| keys.key(key)),
        result: ValueText(found.result),
        root_decision_definition_key: keys.key(found.root_decision_definition_key),
        root_process_instance_key: found.root_process_instance_key.map(|key| keys.key(key)),
        state: found.state.to_owned(),
        tenant_id: found.tenant_id,
    }
}

fn rule_written(rule: MatchedRule) -> MatchedDecisionRule {
    let output = |output: skep_projection::DecisionOutput| EvaluatedDecisionOutput {
        output_id: output.id,
        output_name: output.name,
        output_value: ValueText(output.value),
        rule_id: Some(rule.id.clone()),
        rule_index: Some(i32::try_from(rule.index).unwrap_or(i32::MAX)),
    };
    MatchedDecisionRule {
        evaluated_outputs: rule.outputs.into_iter().map(output).collect(),
        rule_index: i32::try_from(rule.index).unwrap_or(i32::MAX),
        rule_id: rule.id,
    }
}

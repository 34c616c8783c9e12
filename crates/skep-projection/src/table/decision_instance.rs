//! Evaluated decisions: one row for each, of those that a decision requires too.

use std::fmt;

use rusqlite::{Connection, params};
use skep_record::{
    DecisionEvaluationValue, DecisionType, EvaluatedDecisionValue, MatchedRuleValue,
};

use crate::{
    names::{DECISION_STATES, DECISION_TYPES},
    projector::At,
    search::{DecisionInput, DecisionOutput, MatchedRule},
};

pub(crate) const SCHEMA: &str = "
CREATE TABLE decision_instance (
    no INTEGER PRIMARY KEY,
    evaluation_key INTEGER NOT NULL,
    -- Its place in the evaluation, from 1.
    place INTEGER NOT NULL,
    evaluated_at INTEGER NOT NULL,
    state INTEGER NOT NULL,
    decision_key INTEGER NOT NULL,
    decision_id TEXT NOT NULL,
    decision_name TEXT NOT NULL,
    decision_version INTEGER NOT NULL,
    decision_type INTEGER NOT NULL,
    tenant_id TEXT NOT NULL,
    -- The decision that was called, and its graph.
    root_decision_key INTEGER NOT NULL,
    requirements_key INTEGER NOT NULL,
    -- What called it, if that was a process instance.
    process_instance_key INTEGER,
    process_definition_key INTEGER,
    element_instance_key INTEGER,
    -- JSON.
    result TEXT NOT NULL,
    failure TEXT,
    -- JSON lists; absent if empty.
    inputs TEXT,
    rules TEXT
);
CREATE UNIQUE INDEX decision_instance_by_id ON decision_instance (evaluation_key || '-' || place);
CREATE INDEX decision_instance_by_evaluation ON decision_instance (evaluation_key);
CREATE INDEX decision_instance_by_time ON decision_instance (evaluated_at);
CREATE INDEX decision_instance_by_decision ON decision_instance (decision_key);
-- Those that do not go with a process instance.
CREATE INDEX decision_instance_alone ON decision_instance (evaluated_at)
    WHERE process_instance_key IS NULL;
CREATE INDEX decision_instance_by_process_instance ON decision_instance (process_instance_key)
    WHERE process_instance_key IS NOT NULL;
";

/// An evaluated decision.
struct NewInstance {
    evaluation_key: i64,
    place: i64,
    evaluated_at: i64,
    state: i64,
    decision_key: i64,
    decision_id: String,
    decision_name: String,
    decision_version: i32,
    decision_type: i64,
    tenant_id: String,
    root_decision_key: i64,
    requirements_key: i64,
    process_instance_key: Option<i64>,
    process_definition_key: Option<i64>,
    element_instance_key: Option<i64>,
    result: String,
    failure: Option<String>,
    inputs: Option<String>,
    rules: Option<String>,
}

/// What was evaluated since the last flush.
#[derive(Default)]
pub(crate) struct DecisionInstances(Vec<NewInstance>);

/// Shows no value.
impl fmt::Debug for DecisionInstances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecisionInstances({})", self.0.len())
    }
}

impl DecisionInstances {
    pub(crate) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "INSERT INTO decision_instance (evaluation_key, place, evaluated_at, state, \
             decision_key, decision_id, decision_name, decision_version, decision_type, \
             tenant_id, root_decision_key, requirements_key, process_instance_key, \
             process_definition_key, element_instance_key, result, failure, inputs, rules) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, \
             ?18, ?19)",
        )?;
        for new in self.0.drain(..) {
            statement.execute(params![
                new.evaluation_key,
                new.place,
                new.evaluated_at,
                new.state,
                new.decision_key,
                new.decision_id,
                new.decision_name,
                new.decision_version,
                new.decision_type,
                new.tenant_id,
                new.root_decision_key,
                new.requirements_key,
                new.process_instance_key,
                new.process_definition_key,
                new.element_instance_key,
                new.result,
                new.failure,
                new.inputs,
                new.rules,
            ])?;
        }
        Ok(())
    }
}

/// `DECISION_EVALUATION:EVALUATED` and `FAILED`. The last decision of one that has failed is the
/// one that failed; those before it have results.
///
/// Source: camunda/camunda: zeebe/exporters/camunda-exporter, `DecisionEvaluationHandler`
pub(crate) fn evaluated(at: &mut At<'_>, evaluation: &DecisionEvaluationValue) {
    let instance = evaluation.caller.and_then(|caller| at.instance(caller.instance));
    let n = evaluation.evaluated_decisions.len();
    for (place, decision) in (1..).zip(&evaluation.evaluated_decisions) {
        let failure = evaluation.failure.as_ref().filter(|_| place == n);
        let state = if failure.is_some() { "FAILED" } else { "EVALUATED" };
        at.tables.decision_instances.0.push(NewInstance {
            evaluation_key: at.key,
            place: i64::try_from(place).unwrap_or(i64::MAX),
            evaluated_at: at.timestamp.0,
            state: DECISION_STATES.number(state),
            decision_key: decision.decision_key.0,
            decision_id: decision.decision_id.to_string(),
            decision_name: decision.decision_name.clone(),
            decision_version: decision.decision_version,
            decision_type: DECISION_TYPES.number(type_name(decision.decision_type)),
            tenant_id: evaluation.tenant_id.to_string(),
            root_decision_key: evaluation.decision_key.0,
            requirements_key: evaluation.decision_requirements_key.0,
            process_instance_key: instance.map(|instance| instance.process_instance_key.0),
            process_definition_key: instance.map(|instance| instance.process_definition_key.0),
            element_instance_key: evaluation.caller.map(|caller| caller.element_instance_key.0),
            result: decision.decision_output.to_json(),
            failure: failure.map(|failure| failure.message.clone()),
            inputs: inputs(decision),
            rules: rules(decision),
        });
    }
}

/// The API has names for two kinds of logic only.
///
/// Source: camunda/camunda: webapps-schema, `DecisionType`
fn type_name(decision_type: DecisionType) -> &'static str {
    match decision_type {
        DecisionType::DecisionTable | DecisionType::LiteralExpression => decision_type.as_str(),
        DecisionType::Context
        | DecisionType::Invocation
        | DecisionType::List
        | DecisionType::Relation
        | DecisionType::Unknown => "UNKNOWN",
    }
}

fn inputs(decision: &EvaluatedDecisionValue) -> Option<String> {
    let input = |input: &skep_record::EvaluatedInputValue| DecisionInput {
        id: input.input_id.clone(),
        name: input.input_name.clone(),
        value: input.input_value.to_json(),
    };
    list(&decision.evaluated_inputs.iter().map(input).collect::<Vec<_>>())
}

fn rules(decision: &EvaluatedDecisionValue) -> Option<String> {
    let output = |output: &skep_record::EvaluatedOutputValue| DecisionOutput {
        id: output.output_id.clone(),
        name: output.output_name.clone(),
        value: output.output_value.to_json(),
    };
    let rule = |rule: &MatchedRuleValue| MatchedRule {
        id: rule.rule_id.clone(),
        index: rule.rule_index,
        outputs: rule.evaluated_outputs.iter().map(output).collect(),
    };
    list(&decision.matched_rules.iter().map(rule).collect::<Vec<_>>())
}

fn list<T: serde::Serialize>(items: &[T]) -> Option<String> {
    // Texts and numbers can always be written.
    (!items.is_empty()).then(|| serde_json::to_string(items).unwrap_or_default())
}

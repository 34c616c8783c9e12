//! What an evaluation reports about the way to its result.

use std::fmt::Write as _;

use skep_model::{EvaluatedDecision, parse_dmn};

use super::{definitions, evaluate, fixture, literal};

fn report(evaluated: &[EvaluatedDecision]) -> String {
    let mut out = String::new();
    for decision in evaluated {
        let EvaluatedDecision { id, name, decision_type, output, evaluated_inputs, matched_rules } =
            decision;
        writeln!(out, "{decision_type} {id} ({name}) = {}", output.to_json()).unwrap();
        for input in evaluated_inputs {
            writeln!(out, "  in {} ({}) = {}", input.id, input.name, input.value.to_json())
                .unwrap();
        }
        for rule in matched_rules {
            writeln!(out, "  rule {} at {}", rule.id, rule.index).unwrap();
            for output in &rule.evaluated_outputs {
                let name = output.name.as_deref().unwrap_or("-");
                writeln!(out, "    out {} ({name}) = {}", output.id, output.value.to_json())
                    .unwrap();
            }
        }
    }
    out
}

fn reported(name: &str, decision: &str, variables: &str) -> String {
    match evaluate(&fixture(name), decision, variables) {
        Ok(evaluation) => report(&evaluation.evaluated_decisions),
        Err(failure) => format!(
            "failed: {} ({failure})\n{}",
            failure.failed_decision_id,
            report(&failure.evaluated_decisions)
        ),
    }
}

#[test]
fn required_decisions_are_reported_as_often_as_they_are_evaluated() {
    let text = reported("requirements", "menu", r#"{"temperature": 3, "weekend": false}"#);
    insta::assert_snapshot!(text);
}

#[test]
fn labels_come_before_names_and_long_expressions_are_cut() {
    let order = r#"{"order": {"country": "DE", "lines": [{"price": 10, "quantity": 2}]}}"#;
    insta::assert_snapshot!(reported("two_outputs_collected", "deliveries", order));
}

#[test]
fn business_knowledge_models_are_reported_too() {
    let variables = r#"{"lines": [{"price": 200}, {"price": 10}], "tier": "gold", "factor": 1}"#;
    let mut text = reported("knowledge", "prices", variables);
    let variables = r#"{"order": {"total": 200, "tier": "gold"}, "factor": 0.5}"#;
    text += "\n";
    text += &reported("invocation", "discount_rate", variables);
    insta::assert_snapshot!(text);
}

#[test]
fn first_tables_report_the_first_rule_only() {
    let text = reported("first", "tier", r#"{"customer": {"points": 5000}}"#);
    insta::assert_snapshot!(text);
}

#[test]
fn failures_report_what_was_evaluated() {
    let mut text = reported("unique_violated", "tier", r#"{"customer": {"points": 500}}"#);
    text += "\n";
    text += &reported("invocation", "discount_rate", r#"{"order": {"total": "much"}}"#);
    insta::assert_snapshot!(text);
}

/// What fails below is not reported above, and neither is what would have come after it.
#[test]
fn a_failure_of_a_required_decision_is_reported_as_its_own() {
    let model = definitions(
        &[
            literal("top", &[super::requires("bad"), super::requires("good")].concat(), "1"),
            literal("bad", &super::requires("good"), "assert(1, false)"),
            literal("good", "", "2"),
        ]
        .concat(),
    );
    let requirements = parse_dmn(model.as_bytes()).unwrap();
    let failure = evaluate(&requirements, "top", "{}").unwrap_err();
    assert_eq!(&*failure.failed_decision_id, "bad");
    assert!(failure.message.starts_with("Expected to evaluate decision 'top', but "));
    let ids: Vec<_> = failure.evaluated_decisions.iter().map(|decision| &*decision.id).collect();
    assert_eq!(ids, ["good", "bad"]);
}

#[test]
fn nobody_sees_values_in_debug_output() {
    let requirements = fixture("literal");
    let evaluation = evaluate(&requirements, "greeting", r#"{"name": "secret"}"#).unwrap();
    assert!(!format!("{evaluation:?}").contains("secret"));
    let model = definitions(&literal("d", "", "assert(x, false, x)"));
    let requirements = parse_dmn(model.as_bytes()).unwrap();
    let failure = evaluate(&requirements, "d", r#"{"x": "secret"}"#).unwrap_err();
    assert!(failure.message.contains("secret"));
    assert!(!format!("{failure:?}").contains("secret"));
}

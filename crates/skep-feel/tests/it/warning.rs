use skep_feel::Expression;

use crate::rig::{environment, evaluate};

#[track_caller]
fn kinds(text: &str, variables: &str) -> Vec<&'static str> {
    evaluate(text, variables).warnings.iter().map(|warning| warning.kind).collect()
}

#[test]
fn every_tolerated_problem_has_its_kind() {
    for (text, expected) in [
        ("x", "NO_VARIABLE_FOUND"),
        ("{a: 1}.b", "NO_CONTEXT_ENTRY_FOUND"),
        ("{a: null}.a.b", "NO_CONTEXT_ENTRY_FOUND"),
        ("@\"2024-01-01\".hour", "NO_PROPERTY_FOUND"),
        ("\"a\".b", "NO_PROPERTY_FOUND"),
        ("1 < true", "NOT_COMPARABLE"),
        ("1 = true", "NOT_COMPARABLE"),
        ("1 + true", "INVALID_TYPE"),
        ("if 5 then 1 else 2", "INVALID_TYPE"),
        ("true and 2", "INVALID_TYPE"),
        ("some x in [false, 2] satisfies x", "INVALID_TYPE"),
        ("5[1]", "INVALID_TYPE"),
        ("f(1)", "NO_FUNCTION_FOUND"),
        ("abs(\"a\")", "FUNCTION_INVOCATION_FAILURE"),
    ] {
        assert_eq!(kinds(text, "{}"), [expected], "{text}");
    }
}

#[test]
fn warnings_come_in_order() {
    assert_eq!(kinds("1 + x", "{}"), ["NO_VARIABLE_FOUND", "INVALID_TYPE"]);
    assert_eq!(
        kinds("x > 1 and y.z = 2", "{}"),
        ["NO_VARIABLE_FOUND", "NOT_COMPARABLE", "INVALID_TYPE", "NO_VARIABLE_FOUND"]
    );
    // The root is missing once, whatever follows it.
    assert_eq!(kinds("a.b.c.d", "{}"), ["NO_VARIABLE_FOUND"]);
    assert_eq!(kinds("a.b.c.d", r#"{"a": {}}"#), ["NO_CONTEXT_ENTRY_FOUND"; 3]);
}

#[test]
fn a_message_names_the_thing() {
    let message = |text: &str, variables: &str| evaluate(text, variables).warnings[0].to_string();
    assert_eq!(message("order", "{}"), "[NO_VARIABLE_FOUND] there is no variable 'order'");
    assert_eq!(
        message("a.c", r#"{"a": {"b": 1, "d": 2}}"#),
        "[NO_CONTEXT_ENTRY_FOUND] there is no context entry 'c'; available: 'b', 'd'"
    );
    assert_eq!(message("1 + \"x\"", "{}"), "[INVALID_TYPE] cannot add '\"x\"' to '1'");
    let long = format!(r#"{{"x": "{}"}}"#, "é".repeat(500));
    assert!(message("x + 1", &long).len() < 300);
}

#[test]
fn a_value_never_shows_in_debug() {
    let evaluation = evaluate("[secret, secret + 1, {s: secret}]", r#"{"secret": "hunter2"}"#);
    let shown = format!("{evaluation:?} {:?} {:?}", evaluation.value, evaluation.warnings);
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(evaluation.warnings[0].message.contains("hunter2"));
}

#[test]
fn warnings_are_bounded() {
    let expression = Expression::parse("for i in 1..1000 return x + 1").unwrap();
    let evaluation = expression.evaluate(&(), &environment()).unwrap();
    assert_eq!(evaluation.warnings.len(), 101);
    assert_eq!(evaluation.warnings[100].to_string(), "[UNKNOWN] 1900 more warnings are left out");
}

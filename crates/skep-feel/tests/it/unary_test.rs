use skep_feel::{Expression, Value};

use crate::rig::{Stored, environment, evaluate};

#[track_caller]
fn test(tests: &str, input: &str) -> String {
    let expression = Expression::parse_unary_tests(tests).unwrap();
    let input = evaluate(input, "{}").value;
    let variables = Stored::json(r#"{"limit": 10, "names": ["a", "b"], "yes": true}"#);
    expression.test(&input, &variables, &environment()).unwrap().value.to_json()
}

#[test]
fn tests_compare_the_input() {
    for (tests, input, expected) in [
        ("-", "1", "true"),
        ("", "null", "true"),
        ("  ", "1", "true"),
        ("5", "5", "true"),
        ("5", "6", "false"),
        ("5", "null", "false"),
        ("null", "null", "true"),
        ("null", "1", "false"),
        ("5", "\"5\"", "null"),
        ("\"a\"", "\"a\"", "true"),
        ("< 10", "9", "true"),
        ("<= limit", "10", "true"),
        ("> 10", "10", "false"),
        (">= 2 * 5", "10", "true"),
        ("< 10", "null", "null"),
        ("[1..5]", "5", "true"),
        ("[1..5)", "5", "false"),
        ("]1..5]", "1", "false"),
        ("(1..5)", "3", "true"),
        ("[1..limit]", "10", "true"),
        ("[1..5]", "\"a\"", "null"),
        ("1, 3, 5", "3", "true"),
        ("1, 3, 5", "4", "false"),
        ("< 2, > 4", "3", "false"),
        ("1, [5..7], > 100", "6", "true"),
        ("not(1, 2)", "3", "true"),
        ("not(1, 2)", "2", "false"),
        ("not(< 5)", "null", "null"),
        ("not([1..5])", "9", "true"),
        ("[1, 2, 3]", "2", "true"),
        ("names", "\"b\"", "true"),
        ("names", "\"c\"", "false"),
        ("[1, 2]", "[1, 2]", "true"),
        ("true", "true", "true"),
        ("false", "false", "true"),
        ("false", "true", "false"),
        ("true", "1", "null"),
        ("yes", "5", "true"),
        ("? > 5", "7", "true"),
        ("? > 5 and ? < 10", "7", "true"),
        ("? > 5", "3", "false"),
        ("? > 5", "null", "null"),
        ("? + 1", "3", "null"),
        ("contains(?, \"b\")", "\"abc\"", "true"),
        ("ends with(?, \"x\")", "\"abc\"", "false"),
        ("starts with(?, \"a\"), ends with(?, \"z\")", "\"xyz\"", "true"),
        ("not(contains(?, \"b\"))", "\"abc\"", "false"),
        ("count(?) > 1", "[1, 2]", "true"),
        ("date(\"2024-01-01\")", "@\"2024-01-01\"", "true"),
        ("[@\"2024-01-01\"..@\"2024-12-31\"]", "@\"2024-06-01\"", "true"),
        ("< @\"P1D\"", "@\"PT1H\"", "true"),
        ("if ? > 5 then true else false", "6", "true"),
        ("some x in [1, 2] satisfies x = ?", "2", "true"),
        ("5 // comment", "5", "true"),
        ("not(true) or ? = 3", "3", "true"),
    ] {
        assert_eq!(test(tests, input), expected, "{tests} on {input}");
    }
}

#[test]
fn the_input_sign_has_no_meaning_in_an_expression() {
    let expression = Expression::parse("? > 5").unwrap();
    let error = expression.evaluate(&(), &environment()).unwrap_err();
    assert!(error.message.contains("'?'"), "{error}");
}

#[test]
fn the_input_may_borrow() {
    let bytes = [0x92, 1, 2];
    let input = Value::from_msgpack(&bytes).unwrap();
    let expression = Expression::parse_unary_tests("count(?) = 2").unwrap();
    let evaluation = expression.test(&input, &(), &environment()).unwrap();
    assert_eq!(evaluation.value.as_bool(), Some(true));
    assert!(evaluation.warnings.is_empty());
}

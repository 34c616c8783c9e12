use std::sync::Arc;

use super::{NativeBody, Session, SessionError};
use crate::environment::{Environment, Variables};
use crate::expression::Expression;
use crate::function::Function;
use crate::value::{Val, Value};

fn environment() -> Environment {
    Environment::new(jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC)
}

/// Decoded variables.
struct Decoded(Vec<(&'static str, Value)>);

impl Variables for Decoded {
    fn variable(&self, _name: &str) -> Option<&[u8]> {
        None
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

/// Evaluates an expression that sees the captured values, the arguments and the base.
struct Body(Expression);

struct Inner<'v>(&'v [(Arc<str>, Value)], Vec<Value>, &'v dyn Variables);

impl Variables for Inner<'_> {
    fn variable(&self, name: &str) -> Option<&[u8]> {
        self.2.variable(name)
    }

    fn value(&self, name: &str) -> Option<&Value> {
        let captured = self.0.iter().find(|(known, _)| **known == *name).map(|(_, value)| value);
        let argument = (name == "x").then(|| self.1.first()).flatten();
        argument.or(captured).or_else(|| self.2.value(name))
    }
}

impl NativeBody for Body {
    fn call(
        &self,
        captured: &Arc<[(Arc<str>, Value)]>,
        arguments: Vec<Value>,
        session: &mut Session<'_>,
    ) -> Result<Value, SessionError> {
        let variables = Inner(captured, arguments, session.base());
        session.nested(|session| session.evaluate(&self.0, &variables))
    }
}

fn native(body: &str) -> Value {
    let captured = Arc::new([(Arc::from("rate"), Val::from(3))]);
    let body = Arc::new(Body(Expression::parse(body).unwrap()));
    Val::Function(Function::native([Arc::from("x")], captured, body))
}

fn evaluate(expression: &str, variables: &Decoded) -> Result<String, SessionError> {
    let environment = environment();
    let base = Decoded(vec![("far", Val::from(100))]);
    let mut session = Session::new(&base, &environment);
    session.evaluate(&Expression::parse(expression).unwrap(), variables).map(|v| v.to_text())
}

#[test]
fn native_functions_are_called_by_position_and_name() {
    let variables = Decoded(vec![("f", native("x * rate + far")), ("x", Val::from(7))]);
    for (expression, value) in [
        ("f(2)", "106"),
        ("f(x: 2)", "106"),
        ("for i in [1, 2] return f(i)", "[103, 106]"),
        ("sort([1, 2, 3], function(a, b) f(a) > f(b))", "[3, 2, 1]"),
        ("f(1, 2)", "null"),
        ("f()", "null"),
        ("f instance of function", "true"),
        ("{c: {g: f}, r: c.g(2)}.r", "106"),
        ("f", "function(x)"),
    ] {
        assert_eq!(evaluate(expression, &variables).unwrap(), value, "{expression}");
    }
}

#[test]
fn what_a_native_function_cannot_do_is_null_for_its_caller() {
    let variables = Decoded(vec![("f", native("assert(x, x > 0)"))]);
    assert_eq!(evaluate("f(1)", &variables).unwrap(), "1");
    assert_eq!(evaluate("[f(-1), 2]", &variables).unwrap(), "[null, 2]");
}

#[test]
fn native_functions_that_call_each_other_for_ever_reach_a_limit() {
    let variables = Decoded(vec![("f", native("x(x)"))]);
    let error = evaluate("if f(f) = 1 then 2 else 3", &variables).unwrap_err();
    assert!(error.is_limit);
    assert_eq!(error.message, "the evaluation nests deeper than 256 levels");

    let variables = Decoded(vec![("f", native("for i in 1..1000000 return x"))]);
    let error = evaluate("for i in 1..1000 return f(i)", &variables).unwrap_err();
    assert!(error.is_limit);
    assert!(error.message.starts_with("the evaluation "), "{}", error.message);
}

#[test]
fn a_session_ends_where_one_expression_would() {
    let environment = environment();
    let mut session = Session::new(&(), &environment);
    let expression = Expression::parse("count(for i in 1..100000 return i)").unwrap();
    let failed = (0..1000).find_map(|_| session.evaluate(&expression, &()).err()).unwrap();
    assert!(failed.is_limit);
    assert!(session.spend(usize::MAX).unwrap_err().is_limit);
    assert!(session.charge(usize::MAX).unwrap_err().is_limit);
}

#[test]
fn warnings_of_a_session_come_in_one_list() {
    let environment = environment();
    let mut session = Session::new(&(), &environment);
    for name in ["a", "b"] {
        let value = session.evaluate(&Expression::parse(name).unwrap(), &()).unwrap();
        assert_eq!(value.to_text(), "null");
    }
    let warnings = session.into_warnings();
    assert_eq!(warnings.len(), 2);
    assert_eq!(warnings[1].message, "there is no variable 'b'");
}

#[test]
fn functions_keep_the_decoded_variables_they_were_defined_with() {
    let environment = environment();
    let mut session = Session::new(&(), &environment);
    let definition = Expression::parse("function(a) function(b) a + b + rate").unwrap();
    let inner = Decoded(vec![("rate", Val::from(10)), ("unused", Val::from(1))]);
    let function = session.evaluate(&definition, &inner).unwrap();
    let outer = Decoded(vec![("f", function), ("rate", Val::from(1000))]);
    let call = Expression::parse("{g: f(1), h: g(2)}.h").unwrap();
    assert_eq!(session.evaluate(&call, &outer).unwrap().to_text(), "13");
}

/// Every test that is decided without an evaluation is decided as with one.
#[test]
fn constant_tests_are_decided_as_an_evaluation_would() {
    let environment = environment();
    let inputs = [
        "null",
        "true",
        "false",
        "0",
        "5",
        "5.0",
        "-1",
        "\"a\"",
        "\"b\"",
        "\"\"",
        "[5]",
        "[]",
        "{a: 1}",
        "date(\"2024-01-01\")",
        "time(\"10:00:00\")",
        "duration(\"P1D\")",
        "duration(\"P1Y\")",
        "function(x) x",
    ];
    let tests = [
        "",
        "-",
        "null",
        "true",
        "false",
        "5",
        "-1",
        "\"a\"",
        "\"a\", \"b\"",
        "< 5",
        ">= 5.0",
        "> \"a\"",
        "< null",
        "[1..5]",
        "(1..5)",
        "]1..5[",
        "[null..5]",
        "[date(\"2023-01-01\")..date(\"2025-01-01\")]",
        "not(5)",
        "not(\"a\", \"b\")",
        "not(true)",
        "not(< 5)",
        "[1, 5]",
        "[]",
        "{a: 1}",
        "date(\"2024-01-01\")",
        "< duration(\"P2D\")",
        "5, \"a\"",
        "\"a\", < 5",
        "true, false",
        "not(null)",
        "not([1..5], 7)",
    ];
    for test in tests {
        let compiled = Expression::parse_unary_tests(test).unwrap();
        for input in inputs {
            let value = Expression::parse(input).unwrap();
            let value = value.evaluate(&(), &environment).unwrap().value;
            let expected = compiled.test(&value, &(), &environment).unwrap().value;
            let decided = compiled.decide(&value).unwrap_or_else(|| panic!("{test} takes work"));
            assert_eq!(decided, expected.as_bool(), "{input} on {test}");
        }
    }
    for test in ["a", "< a", "[1..a]", "? > 5", "1, a", "not(a)", "[a]"] {
        let compiled = Expression::parse_unary_tests(test).unwrap();
        assert_eq!(compiled.decide(&Val::from(5)), None, "{test}");
    }
}

#[test]
fn tests_for_certain_strings_tell_which() {
    for (test, strings) in [
        ("\"a\"", Some(vec!["a"])),
        ("\"a\", \"b\",\"\"", Some(vec!["a", "b", ""])),
        ("-", None),
        ("\"a\", 1", None),
        ("not(\"a\")", None),
        ("[\"a\"]", None),
        ("> \"a\"", None),
        ("a", None),
        ("\"a\" + \"b\"", None),
    ] {
        let compiled = Expression::parse_unary_tests(test).unwrap();
        assert_eq!(compiled.only_strings(), strings, "{test}");
    }
}

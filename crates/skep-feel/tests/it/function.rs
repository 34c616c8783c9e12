use skep_feel::{Expression, Function, Value, Variables};

use crate::rig::{check, check_null, environment, evaluate, failure};

#[test]
fn functions_are_called_by_position_or_name() {
    check(&[
        ("{f: function(a, b) a - b, r: f(5, 3)}.r", "2"),
        ("{f: function(a, b) a - b, r: f(b: 5, a: 3)}.r", "-2"),
        ("{f: function(a, b) b, r: f(a: 1)}.r", "null"),
        ("{f: function() 7, r: f()}.r", "7"),
        ("{f: function(first name) `first name`, r: f(first name: 1)}.r", "1"),
        ("{m: {f: function(x) x * 2}, r: m.f(4)}.r", "8"),
        ("{`my f`: function(x) x, r: `my f`(3)}.r", "3"),
        ("{my f: function(x) x, r: my f(3)}.r", "3"),
        ("substring(string: \"abc\", start position: 2)", "\"bc\""),
        ("number(decimal separator: \",\", from: \"1,5\", grouping separator: \".\")", "1.5"),
    ]);
}

#[test]
fn functions_see_what_was_there_when_they_were_defined() {
    check(&[
        ("{a: 1, f: function(x) x + a, r: {a: 100, s: f(1)}.s}.r", "2"),
        ("for i in [1, 2] return {f: function(x) x + i, r: f(10)}.r", "[11,12]"),
        ("{adder: function(n) {add: function(x) x + n}, five: adder(5), r: five.add(3)}.r", "8"),
        ("{apply: function(g, x) g(x), r: apply(function(y) y * 3, 4)}.r", "12"),
        ("[{k: 1}, {k: 2}][{f: function() k, r: f()}.r = 2]", r#"[{"k":2}]"#),
    ]);
}

#[test]
fn own_functions_come_before_built_in_ones() {
    check(&[
        ("{abs: function(n) \"mine\", r: abs(-1)}.r", "\"mine\""),
        // With other arguments the built-in one is meant.
        ("{abs: function(a, b) \"mine\", r: abs(-1)}.r", "1"),
    ]);
}

#[test]
fn an_unknown_function_is_null() {
    check_null(
        "NO_FUNCTION_FOUND",
        &["f()", "f(1, 2)", "abs(1, 2, 3)", "abs(x: 1)", "{f: function(a) a, r: f(1, 2)}.r"],
    );
    check_null("FUNCTION_INVOCATION_FAILURE", &["abs(\"a\")", "number(null)", "count(1)"]);
}

#[test]
fn a_call_on_what_is_no_context_fails() {
    assert!(failure("x.f(1)", r#"{"x": 1}"#).contains("no context"));
    assert!(failure("x.f(1)", r#"{"x": {"f": 1}}"#).contains("no function 'f'"));
}

#[test]
fn a_violated_assertion_fails_the_evaluation() {
    check(&[("assert(5, true)", "5"), ("assert(5, 1 < 2, \"never\")", "5")]);
    assert!(failure("assert(x, x != null)", "{}").contains("assertion failed"));
    assert!(failure("[assert(1, false, \"x is missing\")]", "{}").contains("x is missing"));
    let expression = Expression::parse("get or else(assert(1, false), 2)").unwrap();
    let error = expression.evaluate(&(), &environment()).unwrap_err();
    assert_eq!(error.warnings.last().map(|warning| warning.kind), Some("ASSERT_FAILURE"));
}

#[test]
fn a_function_is_text_in_json_and_nil_in_messagepack() {
    let function = evaluate("function(a, first name) a", "{}").value;
    assert_eq!(function.to_json(), "\"function(a, first name)\"");
    let mut bytes = Vec::new();
    function.write_msgpack(&mut bytes);
    assert_eq!(bytes, [0xc0]);
    assert_eq!(function.kind().as_str(), "UNKNOWN");
}

struct Models(Value, Value);

impl Variables for Models {
    fn variable(&self, name: &str) -> Option<&[u8]> {
        (name == "rate").then_some(&[10])
    }

    fn value(&self, name: &str) -> Option<&Value> {
        match name {
            "discount" => Some(&self.0),
            "decided" => Some(&self.1),
            _ => None,
        }
    }
}

#[test]
fn variables_may_be_functions_and_decoded_values() {
    let body = Expression::parse("amount * rate / 100").unwrap();
    let discount = Value::Function(Function::from_expression(["amount"], &body));
    let decided = evaluate("{limit: 50, days: @\"P3D\"}", "{}").value;
    let models = Models(discount, decided);
    let text = "discount(200) < decided.limit and decided.days = @\"P3D\"";
    let evaluation = Expression::parse(text).unwrap().evaluate(&models, &environment()).unwrap();
    assert_eq!(evaluation.value.as_bool(), Some(true), "{:?}", evaluation.warnings);
}

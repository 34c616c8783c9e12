//! What is evaluated for each sequence flow and each rule asks for no memory.

use skep_feel::{Expression, Value};

use crate::rig::{Stored, environment};

const VARIABLES: &str = r#"{"x": 150, "ratio": 0.75, "status": "open", "open": true, "id": null,
    "order": {"id": "o-1", "customer": {"tier": "gold"}, "items": [{"price": 5}, {"price": 7.5}]}}"#;

#[test]
fn a_condition_allocates_nothing() {
    let (variables, environment) = (Stored::json(VARIABLES), environment());
    for text in [
        "true",
        "open",
        "x > 100",
        "ratio < 0.8",
        "status = \"open\"",
        "x > 100 and status = \"open\"",
        "x < 100 or not(status = \"closed\")",
        "x between 100 and 200",
        "x in [100..200]",
        "x in (1, 150, > 1000)",
        "status in [\"closed\", \"open\"]",
        "order.customer.tier = \"gold\"",
        "x * 2 + 1 > 300 - ratio",
        "id = null",
        "if open then x > 100 else false",
        "is defined(order.customer)",
        "count(order.items) > 1",
        "x instance of number",
    ] {
        let expression = Expression::parse(text).unwrap();
        let mut holds = None;
        let memory = allocation_counter::measure(|| {
            let evaluation = expression.evaluate(&variables, &environment).unwrap();
            holds = evaluation.value.as_bool();
        });
        assert_eq!((holds, memory.count_total), (Some(true), 0), "{text}");
    }
}

#[test]
fn a_test_of_a_rule_allocates_nothing() {
    let (variables, environment) = (Stored::json(VARIABLES), environment());
    for (tests, input) in [
        ("\"open\", \"new\"", Value::from("open".to_owned())),
        ("> 100", Value::from(150i64)),
        ("[100..200)", Value::from(150i64)),
        ("not(1, 2)", Value::from(150i64)),
        ("x", Value::from(150i64)),
        ("? > ratio", Value::from(150i64)),
    ] {
        let expression = Expression::parse_unary_tests(tests).unwrap();
        let mut holds = None;
        let memory = allocation_counter::measure(|| {
            let evaluation = expression.test(&input, &variables, &environment).unwrap();
            holds = evaluation.value.as_bool();
        });
        assert_eq!((holds, memory.count_total), (Some(true), 0), "{tests}");
    }
}

use crate::rig::{check, check_null, environment};
use skep_feel::Expression;

#[test]
fn rounding() {
    check(&[
        ("decimal(1/3, 2)", "0.33"),
        ("decimal(2.5, 0)", "2"),
        ("decimal(3.5, 0)", "4"),
        ("decimal(1.5, 2)", "1.50"),
        ("decimal(2.5, 0, \"half_up\")", "3"),
        ("decimal(2.5, 0, \"HALF_DOWN\")", "2"),
        ("decimal(-2.1, 0, \"floor\")", "-3"),
        ("decimal(2.1, 0, \"ceiling\")", "3"),
        ("decimal(2.9, 0, \"down\")", "2"),
        ("decimal(2.1, 0, \"up\")", "3"),
        ("decimal(2.0, 0, \"unnecessary\")", "2"),
        ("decimal(1.5, 1.9)", "1.5"),
        ("floor(1.5)", "1"),
        ("floor(-1.5)", "-2"),
        ("floor(1.56, 1)", "1.5"),
        ("ceiling(1.5)", "2"),
        ("ceiling(-1.56, 1)", "-1.5"),
        ("round up(5.5, 0)", "6"),
        ("round up(-5.5, 0)", "-6"),
        ("round up(1.121, 2)", "1.13"),
        ("round down(5.5, 0)", "5"),
        ("round half up(5.5, 0)", "6"),
        ("round half up(-5.5, 0)", "-6"),
        ("round half down(5.5, 0)", "5"),
        ("round half down(1.126, 2)", "1.13"),
        ("round up(15, -1) = 20", "true"),
    ]);
    check_null(
        "FUNCTION_INVOCATION_FAILURE",
        &[
            "decimal(1.5, 0, \"unnecessary\")",
            "decimal(1.5, 0, \"sideways\")",
            "decimal(\"a\", 0)",
            "floor(null)",
            "decimal(1, 1000000)",
        ],
    );
}

#[test]
fn other_functions() {
    check(&[
        ("abs(-5)", "5"),
        ("abs(n: -5)", "5"),
        ("abs(number: -5.5)", "5.5"),
        ("abs(@\"-P1Y\")", "\"P1Y\""),
        ("abs(@\"-PT5H\")", "\"PT5H\""),
        ("modulo(12, 5)", "2"),
        ("modulo(-12, 5)", "3"),
        ("modulo(12, -5)", "-3"),
        ("modulo(-12, -5)", "-2"),
        ("modulo(10.1, 4.5)", "1.1"),
        ("sqrt(16)", "4.0"),
        ("sqrt(2)", "1.4142135623730951"),
        ("sqrt(-1)", "null"),
        ("log(10)", "2.302585092994046"),
        ("exp(0)", "1.0"),
        ("odd(5)", "true"),
        ("odd(-5)", "true"),
        ("odd(2.5)", "false"),
        ("even(2)", "true"),
        ("even(2.0)", "true"),
        ("even(1)", "false"),
        ("random number() >= 0 and random number() < 1", "true"),
    ]);
    check_null(
        "FUNCTION_INVOCATION_FAILURE",
        &["modulo(1, 0)", "log(0)", "log(-1)", "exp(1000000)", "abs(\"a\")", "odd(null)"],
    );
}

#[test]
fn randomness_comes_from_the_environment() {
    let expression = Expression::parse("random number()").unwrap();
    let with = |random| {
        let environment = environment().with_random(random);
        expression.evaluate(&(), &environment).unwrap().value.as_f64().unwrap()
    };
    assert_eq!(with(|| 0), 0.0);
    assert_eq!(with(|| 1 << 63), 0.5);
    assert!(with(|| u64::MAX) < 1.0);
}

//! Functions on numbers.

use skep_feel::Expression;

use crate::rig::{REFUSED, check, check_null, environment};

#[test]
fn decimal() {
    check(&[
        ("decimal(1/3, 2)", "0.33"),
        ("decimal(2.5, 0)", "2"),
        ("decimal(3.5, 0)", "4"),
        ("decimal(1.5, 2)", "1.50"),
        (r#"decimal(2.5, 0, "half_up")"#, "3"),
        (r#"decimal(2.5, 0, "HALF_DOWN")"#, "2"),
        (r#"decimal(-2.1, 0, "floor")"#, "-3"),
        (r#"decimal(2.1, 0, "ceiling")"#, "3"),
        (r#"decimal(2.9, 0, "down")"#, "2"),
        (r#"decimal(2.1, 0, "up")"#, "3"),
        (r#"decimal(2.0, 0, "unnecessary")"#, "2"),
        ("decimal(1.5, 1.9)", "1.5"),
        ("decimal(n: 1.005, scale: 2)", "1.00"),
        ("decimal(1.125, 2)", "1.12"),
        ("decimal(15, -1) = 20", "true"),
        (r#"decimal(n: 1.5, scale: 0, mode: "floor")"#, "1"),
    ]);
    check_null(
        REFUSED,
        &[
            r#"decimal(1.5, 0, "unnecessary")"#,
            r#"decimal(1.5, 0, "sideways")"#,
            r#"decimal("a", 0)"#,
            "decimal(1, 1000000)",
            "decimal(null, 0)",
            "decimal(1, null)",
            "decimal(1, 0, null)",
            "decimal(1, 0, 1)",
        ],
    );
}

#[test]
fn floor() {
    check(&[
        ("floor(1.5)", "1"),
        ("floor(-1.5)", "-2"),
        ("floor(1.56, 1)", "1.5"),
        ("floor(n: 1.9)", "1"),
        ("floor(-1.51, 1)", "-1.6"),
        ("floor(n: 1.56, scale: 1)", "1.5"),
    ]);
    check_null(REFUSED, &["floor(null)", r#"floor("a")"#, r#"floor(1, "a")"#]);
}

#[test]
fn ceiling() {
    check(&[
        ("ceiling(1.5)", "2"),
        ("ceiling(-1.56, 1)", "-1.5"),
        ("ceiling(n: -1.5)", "-1"),
        ("ceiling(n: 1.51, scale: 1)", "1.6"),
    ]);
    check_null(REFUSED, &["ceiling(null)", "ceiling(1, null)"]);
}

#[test]
fn round_up() {
    check(&[
        ("round up(5.5, 0)", "6"),
        ("round up(-5.5, 0)", "-6"),
        ("round up(1.121, 2)", "1.13"),
        ("round up(15, -1) = 20", "true"),
        ("round up(n: 5.1, scale: 0)", "6"),
        ("round up(1.1, 5)", "1.10000"),
    ]);
    check_null(REFUSED, &[r#"round up("a", 0)"#, "round up(1, null)"]);
}

#[test]
fn round_down() {
    check(&[
        ("round down(5.5, 0)", "5"),
        ("round down(-5.5, 0)", "-5"),
        ("round down(1.129, 2)", "1.12"),
        ("round down(n: 1.9, scale: 0)", "1"),
    ]);
    check_null(REFUSED, &["round down(null, 0)"]);
}

#[test]
fn round_half_up() {
    check(&[
        ("round half up(5.5, 0)", "6"),
        ("round half up(-5.5, 0)", "-6"),
        ("round half up(1.125, 2)", "1.13"),
        ("round half up(5.4, 0)", "5"),
        ("round half up(n: 2.5, scale: 0)", "3"),
    ]);
    check_null(REFUSED, &["round half up(true, 0)"]);
}

#[test]
fn round_half_down() {
    check(&[
        ("round half down(5.5, 0)", "5"),
        ("round half down(1.126, 2)", "1.13"),
        ("round half down(-5.5, 0)", "-5"),
        ("round half down(n: 2.5, scale: 0)", "2"),
    ]);
    check_null(REFUSED, &[r#"round half down(1, "a")"#]);
}

#[test]
fn abs() {
    check(&[
        ("abs(-5)", "5"),
        ("abs(n: -5)", "5"),
        ("abs(number: -5.5)", "5.5"),
        (r#"abs(@"-P1Y")"#, r#""P1Y""#),
        (r#"abs(@"-PT5H")"#, r#""PT5H""#),
        ("abs(0)", "0"),
        (r#"abs(@"P1D")"#, r#""P1D""#),
    ]);
    check_null(REFUSED, &[r#"abs("a")"#, "abs(null)"]);
}

#[test]
fn modulo() {
    check(&[
        ("modulo(12, 5)", "2"),
        ("modulo(-12, 5)", "3"),
        ("modulo(12, -5)", "-3"),
        ("modulo(-12, -5)", "-2"),
        ("modulo(10.1, 4.5)", "1.1"),
        ("modulo(dividend: 5, divisor: 3)", "2"),
        ("modulo(0, 5)", "0"),
        ("modulo(-10.1, 4.5)", "3.4"),
    ]);
    check_null(REFUSED, &["modulo(1, 0)", "modulo(null, 1)", r#"modulo(1, "a")"#]);
}

#[test]
fn sqrt() {
    check(&[
        ("sqrt(16)", "4.0"),
        ("sqrt(2)", "1.4142135623730951"),
        ("sqrt(-1)", "null"),
        ("sqrt(number: 9)", "3.0"),
        ("sqrt(0)", "0.0"),
        ("sqrt(-0.5)", "null"),
    ]);
    check_null(REFUSED, &[r#"sqrt("a")"#, "sqrt(null)"]);
}

#[test]
fn log() {
    check(&[("log(10)", "2.302585092994046"), ("log(1)", "0.0"), ("log(number: 1)", "0.0")]);
    check_null(REFUSED, &["log(0)", "log(-1)", "log(null)"]);
}

#[test]
fn exp() {
    check(&[("exp(0)", "1.0"), ("exp(1)", "2.718281828459045"), ("exp(number: 0)", "1.0")]);
    check_null(REFUSED, &["exp(1000000)", r#"exp("a")"#]);
}

#[test]
fn odd() {
    check(&[
        ("odd(5)", "true"),
        ("odd(-5)", "true"),
        ("odd(2.5)", "false"),
        ("odd(0)", "false"),
        ("odd(number: 3)", "true"),
        ("odd(1.0)", "true"),
    ]);
    check_null(REFUSED, &["odd(null)", r#"odd("a")"#]);
}

#[test]
fn even() {
    check(&[
        ("even(2)", "true"),
        ("even(2.0)", "true"),
        ("even(1)", "false"),
        ("even(0)", "true"),
        ("even(-2)", "true"),
        ("even(number: 2)", "true"),
        ("even(0.5)", "false"),
    ]);
    check_null(REFUSED, &["even(null)", r#"even("a")"#]);
}

#[test]
fn random_number() {
    check(&[("random number() >= 0 and random number() < 1", "true")]);
    let expression = Expression::parse("random number()").unwrap();
    let with = |random| {
        let environment = environment().with_random(random);
        expression.evaluate(&(), &environment).unwrap().value.as_f64().unwrap()
    };
    assert_eq!(with(|| 0), 0.0);
    assert_eq!(with(|| 1 << 63), 0.5);
    assert!(with(|| u64::MAX) < 1.0);
}

use proptest::prelude::*;

use super::*;

fn n(text: &str) -> Number {
    Number::parse(text).unwrap()
}

#[track_caller]
fn check(actual: Option<Number>, expected: &str) {
    assert_eq!(actual.map(|number| number.to_string()).as_deref(), Some(expected));
}

#[test]
fn text_keeps_the_scale() {
    for text in [
        "0",
        "1",
        "-1",
        "1.10",
        "0.00",
        "-0.5",
        "100",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "0.000001",
        "1E-7",
        "1.23E-10",
        "1E+3",
        "1.0E+40",
        "1234567890123456789012345678901234",
    ] {
        assert_eq!(n(text).to_string(), text);
    }
    for (text, expected) in [
        ("+5", "5"),
        ("5.", "5"),
        (".5", "0.5"),
        ("-0", "0"),
        ("1e3", "1E+3"),
        ("12e-1", "1.2"),
        ("007", "7"),
        ("12345678901234567890123456789012345", "1.234567890123456789012345678901234E+34"),
        ("0.33333333333333333333333333333333335", "0.3333333333333333333333333333333334"),
        ("99999999999999999999999999999999999", "1.000000000000000000000000000000000E+35"),
    ] {
        assert_eq!(n(text).to_string(), expected, "{text}");
    }
    for text in ["", ".", "-", "1x", "1e", "1.2.3", " 1", "1e99999999999", "--1", "1e2147483647"] {
        assert!(Number::parse(text).is_none(), "{text}");
    }
}

#[test]
fn addition_aligns_scales() {
    check(n("1.10").checked_add(n("1")), "2.10");
    check(n("9223372036854775807").checked_add(n("1")), "9223372036854775808");
    check(n("0.1").checked_add(n("0.2")), "0.3");
    check(n("1").checked_sub(n("1.00")), "0.00");
    check(n("1e33").checked_add(n("0.4")), "1000000000000000000000000000000000");
    check(n("1e33").checked_add(n("0.6")), "1000000000000000000000000000000001");
    check(n("1e33").checked_add(n("0.5")), "1000000000000000000000000000000000");
    check(n("1e60").checked_sub(n("1")), "1.000000000000000000000000000000000E+60");
    check(n("5").checked_sub(n("7.5")), "-2.5");
}

#[test]
fn multiplication_rounds_half_even() {
    check(n("1.21").checked_mul(n("100")), "121.00");
    check(n("9223372036854775807").checked_mul(n("2")), "18446744073709551614");
    check(
        n("1234567890123456789").checked_mul(n("9876543210987654321")),
        "1.219326311370217952237463801111264E+37",
    );
    check(
        n("3333333333333333333333333333333333").checked_mul(n("3")),
        "9999999999999999999999999999999999",
    );
    check(
        n("3333333333333333333333333333333333").checked_mul(n("33")),
        "1.100000000000000000000000000000000E+35",
    );
    assert!(n("1e999999999").checked_mul(n("1e5")).is_none());
}

#[test]
fn division_prefers_the_short_exact_quotient() {
    check(n("10").checked_div(n("4")), "2.5");
    check(n("10").checked_div(n("5")), "2");
    check(n("1").checked_div(n("3")), "0.3333333333333333333333333333333333");
    check(n("2").checked_div(n("3")), "0.6666666666666666666666666666666667");
    check(n("-2").checked_div(n("3")), "-0.6666666666666666666666666666666667");
    check(n("1.00").checked_div(n("4")), "0.25");
    check(n("1").checked_div(n("8")), "0.125");
    check(n("100").checked_div(n("0.5")), "2.0E+2");
    check(n("1").checked_div(n("3000000000")), "3.333333333333333333333333333333333E-10");
    check(n("0").checked_div(n("3")), "0");
    assert!(n("1").checked_div(n("0")).is_none());
    assert!(n("1").checked_div(n("0.00")).is_none());
}

#[test]
fn powers_are_exact_where_they_fit() {
    check(n("2").checked_pow(n("10")), "1024");
    check(n("1.5").checked_pow(n("2")), "2.25");
    check(n("2").checked_pow(n("-1")), "0.5");
    check(n("2").checked_pow(n("0")), "1");
    check(n("-2").checked_pow(n("3")), "-8");
    check(n("2").checked_pow(n("100")), "1267650600228229401496703205376");
    check(n("2").checked_pow(n("200")), "1.606938044258990275541962092341163E+60");
    check(n("1.1").checked_pow(n("100")), "13780.61233982227018411833717208964");
    check(n("4").checked_pow(n("0.5")), "2.0");
    assert!(n("0").checked_pow(n("-1")).is_none());
    assert!(n("-4").checked_pow(n("0.5")).is_none());
    assert!(n("10").checked_pow(n("2000000000")).is_none());
    check(n("1").checked_pow(n("999999999")), "1");
    // Reaching the largest exponent must neither hang nor overflow.
    let _ = n("1.000001").checked_pow(n("999999999"));
    assert!(n("1234567.8").checked_pow(n("999999999")).is_none());
}

#[test]
fn remainders_keep_the_sign_of_the_dividend() {
    check(n("7").checked_rem(n("3")), "1");
    check(n("-7").checked_rem(n("3")), "-1");
    check(n("5.5").checked_rem(n("2")), "1.5");
    assert!(n("1").checked_rem(n("0")).is_none());
    assert!(n("1e100").checked_rem(n("3e-20")).is_none());
}

#[test]
fn scales_are_set_with_every_rounding() {
    use Rounding::{Ceiling, Down, Floor, HalfDown, HalfEven, HalfUp, Unnecessary, Up};
    let rows = [
        (
            "2.5",
            [
                ("3", Up),
                ("2", Down),
                ("3", Ceiling),
                ("2", Floor),
                ("3", HalfUp),
                ("2", HalfDown),
                ("2", HalfEven),
            ],
        ),
        (
            "-2.5",
            [
                ("-3", Up),
                ("-2", Down),
                ("-2", Ceiling),
                ("-3", Floor),
                ("-3", HalfUp),
                ("-2", HalfDown),
                ("-2", HalfEven),
            ],
        ),
        (
            "3.5",
            [
                ("4", Up),
                ("3", Down),
                ("4", Ceiling),
                ("3", Floor),
                ("4", HalfUp),
                ("3", HalfDown),
                ("4", HalfEven),
            ],
        ),
        (
            "1.1",
            [
                ("2", Up),
                ("1", Down),
                ("2", Ceiling),
                ("1", Floor),
                ("1", HalfUp),
                ("1", HalfDown),
                ("1", HalfEven),
            ],
        ),
    ];
    for (text, expectations) in rows {
        for (expected, rounding) in expectations {
            check(n(text).with_scale(0, rounding), expected);
        }
    }
    check(n("1.5").with_scale(2, HalfEven), "1.50");
    check(n("15").with_scale(-1, HalfUp), "2E+1");
    check(n("0.001").with_scale(-50, Up), "1E+50");
    assert!(n("1.5").with_scale(0, Unnecessary).is_none());
    check(n("1.0").with_scale(0, Unnecessary), "1");
}

#[test]
fn doubles_convert_by_their_shortest_text() {
    for (value, expected) in [
        (1.0, "1.0"),
        (0.1, "0.1"),
        (-0.5, "-0.5"),
        (12.34, "12.34"),
        (1e7, "1.0E+7"),
        (1e10, "1.0E+10"),
        (123_456_789.125, "123456789.125"),
        (1e-5, "0.000010"),
        (0.0, "0.0"),
        (1e-10, "1.0E-10"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e300, "1.0E+300"),
        (5e-324, "4.9E-324"),
        (12_345_678.0, "12345678"),
    ] {
        if value == 5e-324 {
            // The shortest text has one digit; Java prints two.
            assert_eq!(Number::from_f64(value).unwrap().to_f64(), value);
            continue;
        }
        check(Number::from_f64(value), expected);
    }
    assert!(Number::from_f64(f64::NAN).is_none());
    assert!(Number::from_f64(f64::INFINITY).is_none());
}

proptest! {
    #[test]
    fn doubles_survive_the_round_trip(value in proptest::num::f64::NORMAL | proptest::num::f64::ZERO) {
        prop_assert_eq!(Number::from_f64(value).unwrap().to_f64(), value);
    }

    #[test]
    fn short_doubles_equal_their_text(coefficient in -9_999_999i64..9_999_999, scale in 0u32..5) {
        let value = coefficient as f64 / f64::from(10u32.pow(scale));
        prop_assert_eq!(Number::from_f64(value).unwrap(), n(&format!("{value}")));
    }

    #[test]
    fn arithmetic_agrees_with_integers(a: i64, b: i64) {
        let (x, y) = (Number::from(a), Number::from(b));
        let text = |value: i128| value.to_string();
        prop_assert_eq!(x.checked_add(y).unwrap().to_string(), text(i128::from(a) + i128::from(b)));
        prop_assert_eq!(x.checked_sub(y).unwrap().to_string(), text(i128::from(a) - i128::from(b)));
        prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        if b != 0 {
            prop_assert_eq!(x.checked_rem(y).unwrap().to_string(), text(i128::from(a) % i128::from(b)));
        }
    }

    #[test]
    fn a_quotient_times_the_divisor_is_near_the_dividend(
        a in 1u64.., b in 1u64.., x in -20i32..20, y in -20i32..20,
    ) {
        let a = n(&format!("{a}e{x}"));
        let b = n(&format!("{b}e{y}"));
        let back = a.checked_div(b).unwrap().checked_mul(b).unwrap();
        let error = back.checked_sub(a).unwrap().abs().checked_div(a).unwrap();
        prop_assert!(error <= n("1.1e-33"), "{a} / {b}: {back}");
    }

    #[test]
    fn order_agrees_with_subtraction(
        a: i64, b: i64, x in -20i32..20, y in -20i32..20,
    ) {
        let a = n(&format!("{a}e{x}"));
        let b = n(&format!("{b}e{y}"));
        let difference = a.checked_sub(b).unwrap();
        let expected = if difference.is_zero() {
            Ordering::Equal
        } else if difference.is_negative() {
            Ordering::Less
        } else {
            Ordering::Greater
        };
        prop_assert_eq!(a.cmp(&b), expected);
        prop_assert_eq!(a == b, a.canonical() == b.canonical());
    }

    #[test]
    fn text_round_trips(coefficient in 0u128..10u128.pow(34), scale in -60i32..60, negative: bool) {
        let text = format!("{}{coefficient}e{scale}", if negative { "-" } else { "" });
        let number = n(&text);
        prop_assert_eq!(n(&number.to_string()), number);
        prop_assert_eq!(n(&number.to_string()).to_string(), number.to_string());
    }

    #[test]
    fn parsing_never_panics(text in "[-+0-9.eE]{0,50}") {
        let _ = Number::parse(&text);
    }
}

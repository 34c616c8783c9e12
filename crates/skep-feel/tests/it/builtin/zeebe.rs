//! Functions that Zeebe adds.

use crate::rig::{REFUSED, check, check_null};

#[test]
fn cycle() {
    check(&[
        (r#"cycle(@"PT10S")"#, r#""R/PT10S""#),
        (r#"cycle(3, duration("PT1M"))"#, r#""R3/PT1M""#),
        (r#"cycle(null, @"P1M")"#, r#""R/P1M""#),
        (r#"cycle(repetitions: 2, interval: @"P1D")"#, r#""R2/P1D""#),
        (r#"cycle(interval: @"PT1H")"#, r#""R/PT1H""#),
        (r#"cycle(0, @"P1Y2M")"#, r#""R0/P1Y2M""#),
        (r#"cycle(2.9, @"PT1H")"#, r#""R2/PT1H""#),
    ]);
    check_null(
        REFUSED,
        &[
            "cycle(1)",
            r#"cycle("a", @"P1D")"#,
            "cycle(null)",
            r#"cycle("R", @"PT1H")"#,
            r#"cycle(1, "PT1H")"#,
            "cycle(1, null)",
        ],
    );
}

#[test]
fn from_ai() {
    check(&[
        ("fromAi(5)", "5"),
        (r#"fromAi(5, "the amount", "number")"#, "5"),
        ("fromAi(value: x.y)", "null"),
        (r#"fromAi("a", "the name", "string", {minLength: 1})"#, r#""a""#),
        (
            r#"fromAi(value: [1], description: "d", type: "array", schema: {}, options: {required: true})"#,
            "[1]",
        ),
        ("fromAi(null, 1, 2, 3, 4)", "null"),
    ]);
}

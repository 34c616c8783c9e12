//! Functions on points and ranges.

use crate::rig::{REFUSED, check, check_null};

#[test]
fn before() {
    check(&[
        ("before(1, 10)", "true"),
        ("before(10, 1)", "false"),
        ("before([1..5], 10)", "true"),
        ("before([1..5), 5)", "true"),
        ("before([1..5], 5)", "false"),
        ("before(1, [2..5])", "true"),
        ("before(1, (1..5])", "true"),
        ("before([1..5], [6..10])", "true"),
        ("before([1..5), [5..10])", "true"),
        ("before([1..5], [5..10])", "false"),
        (r#"before(@"2024-01-01", [@"2024-01-02"..@"2024-01-03"])"#, "true"),
        ("before(point1: 1, point2: 2)", "true"),
        ("before(point: 1, range: [2..3])", "true"),
        ("before(range1: [1..2], range2: [3..4])", "true"),
        ("before(1, 1)", "false"),
    ]);
    check_null(
        REFUSED,
        &[r#"before(1, "a")"#, "before(null, 1)", r#"before("a", "b")"#, r#"before([1..2], "a")"#],
    );
}

#[test]
fn after() {
    check(&[
        ("after(10, 5)", "true"),
        ("after([5..10], 4)", "true"),
        ("after((5..10], 5)", "true"),
        ("after(11, [1..10])", "true"),
        ("after(10, [1..10))", "true"),
        ("after([11..20], [1..10])", "true"),
        ("after((10..20], [1..10])", "true"),
        ("after(point1: 2, point2: 1)", "true"),
        ("after(point: 4, range: [2..3])", "true"),
        ("after(range1: [3..4], range2: [1..2])", "true"),
        ("after([5..10], 5)", "false"),
        ("after(1, 1)", "false"),
    ]);
    check_null(REFUSED, &["after(1, null)", r#"after(1, @"P1D")"#]);
}

#[test]
fn meets() {
    check(&[
        ("meets([1..5], [5..10])", "true"),
        ("meets([1..5), [5..10])", "false"),
        ("meets(range1: [1..2], range2: [2..3])", "true"),
        ("meets([1..5], (5..10])", "false"),
        ("meets([1..5], [6..10])", "false"),
    ]);
    check_null(REFUSED, &["meets(1, 2)", "meets([1..2], null)"]);
}

#[test]
fn met_by() {
    check(&[
        ("met by([5..10], [1..5])", "true"),
        ("met by([5..10], [1..4])", "false"),
        ("met by(range1: [2..3], range2: [1..2])", "true"),
        ("met by((5..10], [1..5])", "false"),
    ]);
    check_null(REFUSED, &["met by(1, [1..2])"]);
}

#[test]
fn overlaps() {
    check(&[
        ("overlaps([1..5], [3..8])", "true"),
        ("overlaps([1..5), [5..8])", "false"),
        ("overlaps([1..5], [5..8])", "true"),
        ("overlaps(range1: [1..2], range2: [2..3])", "true"),
        ("overlaps([1..2], [3..4])", "false"),
        ("overlaps([3..8], [1..5])", "true"),
        ("overlaps((5..8], [1..5])", "false"),
    ]);
    check_null(REFUSED, &["overlaps(1, [1..2])", "overlaps(null, null)"]);
}

#[test]
fn overlaps_before() {
    check(&[
        ("overlaps before([1..5], [3..8])", "true"),
        ("overlaps before([3..8], [1..5])", "false"),
        ("overlaps before([1..5], (1..8])", "true"),
        ("overlaps before(range1: [1..3], range2: [2..4])", "true"),
        ("overlaps before([1..8], [3..5])", "false"),
    ]);
    check_null(REFUSED, &["overlaps before([1..2], 1)"]);
}

#[test]
fn overlaps_after() {
    check(&[
        ("overlaps after([3..8], [1..5])", "true"),
        ("overlaps after([1..5], [3..8])", "false"),
        ("overlaps after(range1: [2..4], range2: [1..3])", "true"),
        ("overlaps after((1..8], [1..5])", "true"),
    ]);
    check_null(REFUSED, &["overlaps after(null, [1..2])"]);
}

#[test]
fn finishes() {
    check(&[
        ("finishes(10, [1..10])", "true"),
        ("finishes(10, [1..10))", "false"),
        ("finishes([5..10], [1..10])", "true"),
        ("finishes((1..10], [1..10])", "true"),
        ("finishes([1..10], (1..10])", "false"),
        ("finishes(point: 10, range: [1..10])", "true"),
        ("finishes(range1: [2..3], range2: [1..3])", "true"),
        ("finishes(5, [1..10])", "false"),
    ]);
    check_null(REFUSED, &["finishes([1..2], 2)", "finishes(null, [1..2])"]);
}

#[test]
fn finished_by() {
    check(&[
        ("finished by([1..10], 10)", "true"),
        ("finished by([1..10], [5..10])", "true"),
        ("finished by((1..10], [1..10])", "false"),
        ("finished by(range: [1..3], point: 3)", "true"),
        ("finished by(range1: [1..3], range2: [2..3])", "true"),
        ("finished by([1..3), 3)", "false"),
    ]);
    check_null(REFUSED, &["finished by(2, [1..2])"]);
}

#[test]
fn includes() {
    check(&[
        ("includes([5..10], 6)", "true"),
        ("includes([3..4), 4)", "false"),
        ("includes([1..10], [4..6])", "true"),
        ("includes((1..10], [1..6])", "false"),
        ("includes(range: [1..3], point: 2)", "true"),
        ("includes(range1: [1..3], range2: [2..3])", "true"),
        ("includes([1..3], 1)", "true"),
        ("includes((1..3), 1)", "false"),
        ("includes([1..3], 4)", "false"),
    ]);
    check_null(REFUSED, &[r#"includes([1..2], @"P1D")"#, "includes(1, [1..2])"]);
}

#[test]
fn during() {
    check(&[
        ("during(5, [1..10])", "true"),
        ("during([4..6], [1..10])", "true"),
        ("during([1..6], (1..10])", "false"),
        (r#"during(@"PT1H", [@"PT0S"..@"PT2H"])"#, "true"),
        ("during(point: 1, range: [1..3])", "true"),
        ("during(range1: [1..2], range2: [1..3])", "true"),
        ("during(1, (1..3])", "false"),
        ("during([1..4], [1..3])", "false"),
    ]);
    check_null(REFUSED, &["during([1..2], 1)", "during(null, [1..2])"]);
}

#[test]
fn starts() {
    check(&[
        ("starts(1, [1..5])", "true"),
        ("starts(1, (1..8])", "false"),
        ("starts([1..5], [1..10])", "true"),
        ("starts([1..5], [1..5))", "false"),
        ("starts(point: 1, range: [1..3])", "true"),
        ("starts(range1: [1..2], range2: [1..3])", "true"),
        ("starts(2, [1..5])", "false"),
        ("starts((1..5], [1..10])", "false"),
    ]);
    check_null(REFUSED, &["starts([1..2], 1)"]);
}

#[test]
fn started_by() {
    check(&[
        ("started by([1..10], 1)", "true"),
        ("started by([1..10], [1..5])", "true"),
        ("started by((1..10], [1..5])", "false"),
        ("started by(range: [1..3], point: 1)", "true"),
        ("started by(range1: [1..3], range2: [1..2])", "true"),
        ("started by((1..3], 1)", "false"),
    ]);
    check_null(REFUSED, &["started by(1, [1..2])"]);
}

#[test]
fn coincides() {
    check(&[
        ("coincides(3, 3)", "true"),
        ("coincides([1..5], [1..5])", "true"),
        ("coincides([1..5], (1..5])", "false"),
        ("coincides(point1: 1, point2: 1.0)", "true"),
        ("coincides(range1: [1..2], range2: [1..2])", "true"),
        ("coincides(3, 4)", "false"),
        ("coincides(1, [1..1])", "false"),
    ]);
    check_null(REFUSED, &["coincides(null, null)", r#"coincides("a", "a")"#]);
}

/// By names, a point always comes first, whatever the function's name suggests: feel-scala takes
/// the first signature that has the names.
///
/// Source: camunda/feel-scala: .../impl/interpreter/EvalContext.scala
#[test]
fn a_range_and_a_point_by_name_are_a_point_and_a_range() {
    check(&[
        ("before(range: [2..3], point: 4)", "false"),
        ("before(point: 4, range: [2..3])", "false"),
        ("before([2..3], 4)", "true"),
        ("after(range: [2..3], point: 1)", "false"),
        ("after([2..3], 1)", "true"),
    ]);
}

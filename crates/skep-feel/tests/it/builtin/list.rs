//! Functions on lists.

use crate::rig::{REFUSED, check_null, check_with};

const VARIABLES: &str = r#"{"xs": [1, 2, 3]}"#;

#[test]
fn list_contains() {
    check_with(
        VARIABLES,
        &[
            ("list contains(xs, 2)", "true"),
            ("list contains(xs, 5)", "false"),
            ("list contains([1, null], null)", "true"),
            ("list contains([[1], [2]], [2])", "true"),
            ("list contains(list: xs, element: 3)", "true"),
            ("list contains([], 1)", "false"),
            (r#"list contains(xs, "2")"#, "false"),
            (r#"list contains(["a"], "a")"#, "true"),
        ],
    );
    check_null(REFUSED, &["list contains(1, 1)", "list contains(null, 1)"]);
}

#[test]
fn count() {
    check_with(
        VARIABLES,
        &[
            ("count([1, 2, 3])", "3"),
            ("count([])", "0"),
            ("count(list: xs)", "3"),
            ("count([null, null])", "2"),
            ("count([[1, 2]])", "1"),
        ],
    );
    check_null(REFUSED, &["count(null)", r#"count("a")"#]);
}

#[test]
fn min() {
    check_with(
        VARIABLES,
        &[
            ("min([1, 2, 3])", "1"),
            ("min(3, 1, 2)", "1"),
            ("min([])", "null"),
            (r#"min(["b", "a"])"#, r#""a""#),
            ("min(list: xs)", "1"),
            (r#"min(@"PT1H", @"PT30M")"#, r#""PT30M""#),
            ("min([1])", "1"),
        ],
    );
    check_null(REFUSED, &[r#"min([1, "a"])"#, "min(null)", "min(list: null)"]);
}

#[test]
fn max() {
    check_with(
        VARIABLES,
        &[
            ("max(1, 2, 3)", "3"),
            (r#"max([@"2024-01-01", @"2024-02-01"])"#, r#""2024-02-01""#),
            ("max(list: [4, 5])", "5"),
            (r#"max("a", "c", "b")"#, r#""c""#),
            ("max([])", "null"),
            ("max(xs)", "3"),
        ],
    );
    check_null(REFUSED, &["max([null])", r#"max([1, "a"])"#, "max(null)"]);
}

#[test]
fn sum() {
    check_with(
        VARIABLES,
        &[
            ("sum([1, 2, 3.5])", "6.5"),
            ("sum(1, 2)", "3"),
            ("sum([])", "null"),
            ("sum(list: xs)", "6"),
            ("sum([0.1, 0.2])", "0.3"),
            ("sum(5)", "5"),
        ],
    );
    check_null(REFUSED, &[r#"sum([1, "a"])"#, "sum([null])", r#"sum("a")"#, "sum(list: 1)"]);
}

#[test]
fn product() {
    check_with(
        VARIABLES,
        &[
            ("product([2, 3, 4])", "24"),
            ("product([])", "null"),
            ("product(2, 3, 4)", "24"),
            ("product(list: [2, 0.5])", "1.0"),
        ],
    );
    check_null(REFUSED, &[r#"product("a", 1)"#, "product([null])"]);
}

#[test]
fn mean() {
    check_with(
        VARIABLES,
        &[
            ("mean([1, 2, 3, 4])", "2.5"),
            ("mean([1, 2, 2])", "1.666666666666666666666666666666667"),
            ("mean([])", "null"),
            ("mean(1, 2, 3)", "2"),
            ("mean(list: xs)", "2"),
        ],
    );
    check_null(REFUSED, &["mean([true])", "mean([1, null])"]);
}

#[test]
fn median() {
    check_with(
        VARIABLES,
        &[
            ("median(8, 2, 5, 3, 4)", "4"),
            ("median([6, 1, 2, 3])", "2.5"),
            ("median([])", "null"),
            ("median(list: [3, 1, 2])", "2"),
            ("median([5])", "5"),
        ],
    );
    check_null(REFUSED, &["median([1, null])", r#"median(["a"])"#]);
}

#[test]
fn stddev() {
    check_with(
        VARIABLES,
        &[
            ("stddev(2, 4, 7, 5)", "2.0816659994661326"),
            ("stddev([])", "null"),
            ("stddev([2, 4, 7, 5])", "2.0816659994661326"),
            ("stddev(list: [1, 1])", "0.0"),
        ],
    );
    check_null(REFUSED, &["stddev([5])", r#"stddev(["a"])"#]);
}

#[test]
fn mode() {
    check_with(
        VARIABLES,
        &[
            ("mode(6, 3, 9, 6, 6)", "[6]"),
            ("mode([6, 1, 9, 6, 1])", "[1,6]"),
            ("mode([])", "[]"),
            ("mode(list: [1, 1.0, 2])", "[1]"),
            ("mode(3)", "[3]"),
        ],
    );
    check_null(REFUSED, &[r#"mode(["a"])"#, "mode([null])"]);
}

#[test]
fn all() {
    check_with(
        VARIABLES,
        &[
            ("all([true, false])", "false"),
            ("all(true, true)", "true"),
            ("all([])", "true"),
            ("all([true, null])", "null"),
            ("all([null, false])", "false"),
            ("all(list: [true])", "true"),
            ("all([true, 1])", "null"),
            ("all(1)", "null"),
            ("all([1, false])", "false"),
        ],
    );
    check_null(REFUSED, &["all(list: 1)"]);
}

#[test]
fn and() {
    check_with(
        VARIABLES,
        &[
            ("and([true, 1])", "null"),
            ("and([])", "true"),
            ("and(true, false)", "false"),
            ("and(list: [true, true])", "true"),
        ],
    );
    check_null(REFUSED, &["and(list: null)"]);
}

#[test]
fn any() {
    check_with(
        VARIABLES,
        &[
            ("any([false, true])", "true"),
            ("any([])", "false"),
            ("any([false, null, true])", "true"),
            ("any(list: [true])", "true"),
            ("any(false, true)", "true"),
            ("any([1])", "null"),
            ("any([1, true])", "true"),
        ],
    );
    check_null(REFUSED, &[r#"any(list: "a")"#]);
}

#[test]
fn or() {
    check_with(
        VARIABLES,
        &[
            ("or(false, null)", "null"),
            ("or([])", "false"),
            ("or([true, false])", "true"),
            ("or(list: [false])", "false"),
        ],
    );
    check_null(REFUSED, &["or(list: null)"]);
}

#[test]
fn sublist() {
    check_with(
        VARIABLES,
        &[
            ("sublist(xs, 2)", "[2,3]"),
            ("sublist(xs, 1, 2)", "[1,2]"),
            ("sublist(xs, -2)", "[2,3]"),
            ("sublist(xs, -2, 1)", "[2]"),
            ("sublist(xs, 5)", "[]"),
            ("sublist(list: xs, start: 2, length: 1)", "[2]"),
            ("sublist(start: 3, list: xs)", "[3]"),
            ("sublist(xs, 1, 0)", "[]"),
            ("sublist(xs, 2, 99)", "[2,3]"),
            ("sublist(xs, 1.9)", "[1,2,3]"),
            ("sublist([], 1)", "[]"),
            ("sublist(xs, -5)", "[1,2,3]"),
        ],
    );
    check_null(
        REFUSED,
        &[
            "sublist([1], 0)",
            "sublist(null, 1)",
            r#"sublist([1], "a")"#,
            r#"sublist([1], 1, "a")"#,
            r#"sublist("abc", 1)"#,
        ],
    );
}

#[test]
fn append() {
    check_with(
        VARIABLES,
        &[
            ("append(xs, 4)", "[1,2,3,4]"),
            ("append(xs, 4, 5)", "[1,2,3,4,5]"),
            ("append(xs, [4])", "[1,2,3,[4]]"),
            ("append([])", "null"),
            ("append([], null)", "[null]"),
            ("append(list: xs, items: [4, 5])", "[1,2,3,4,5]"),
        ],
    );
    check_null(REFUSED, &["append(null, 1)", r#"append("a", 1)"#]);
}

#[test]
fn concatenate() {
    check_with(
        VARIABLES,
        &[
            ("concatenate([1, 2], [3])", "[1,2,3]"),
            ("concatenate([1], 2, [3])", "[1,2,3]"),
            ("concatenate(xs, [], null)", "[1,2,3,null]"),
            ("concatenate(lists: [[1], [2]])", "[1,2]"),
            ("concatenate([[1], [2]])", "[1,2]"),
            ("concatenate(1)", "[1]"),
        ],
    );
    check_null(REFUSED, &["concatenate(lists: 1)"]);
}

#[test]
fn insert_before() {
    check_with(
        VARIABLES,
        &[
            ("insert before(xs, 1, 9)", "[9,1,2,3]"),
            ("insert before(xs, 3, 9)", "[1,2,9,3]"),
            ("insert before(xs, -1, 9)", "[1,2,9,3]"),
            ("insert before(xs, 9, 9)", "[1,2,3,9]"),
            ("insert before(list: xs, position: 2, newItem: null)", "[1,null,2,3]"),
            (r#"insert before([], 1, "a")"#, r#"["a"]"#),
            ("insert before(xs, -9, 0)", "[0,1,2,3]"),
        ],
    );
    check_null(
        REFUSED,
        &["insert before([1], 0, 2)", "insert before(null, 1, 2)", r#"insert before([1], "a", 2)"#],
    );
}

#[test]
fn remove() {
    check_with(
        VARIABLES,
        &[
            ("remove(xs, 2)", "[1,3]"),
            ("remove(xs, -1)", "[1,2]"),
            ("remove(xs, -2)", "[1,3]"),
            ("remove(xs, 9)", "[1,2,3]"),
            ("remove(list: xs, position: 1)", "[2,3]"),
            ("remove([], 1)", "[]"),
        ],
    );
    check_null(REFUSED, &["remove([1], 0)", "remove(null, 1)", r#"remove([1], "a")"#]);
}

#[test]
fn reverse() {
    check_with(
        VARIABLES,
        &[
            ("reverse(xs)", "[3,2,1]"),
            ("reverse(list: [])", "[]"),
            ("reverse([[1, 2], null])", "[null,[1,2]]"),
        ],
    );
    check_null(REFUSED, &["reverse(null)", r#"reverse("abc")"#]);
}

#[test]
fn index_of() {
    check_with(
        VARIABLES,
        &[
            ("index of([1, 2, 3, 2], 2)", "[2,4]"),
            ("index of([1, null], null)", "[2]"),
            ("index of([1], 2)", "[]"),
            ("index of(list: xs, match: 3)", "[3]"),
            ("index of([], 1)", "[]"),
            ("index of([{a: 1}], {a: 1.0})", "[1]"),
            (r#"index of([1, "1", null], "1")"#, "[2]"),
        ],
    );
    check_null(REFUSED, &["index of(null, 1)", r#"index of("abc", "a")"#]);
}

#[test]
fn union() {
    check_with(
        VARIABLES,
        &[
            ("union([1, 2], [2, 3])", "[1,2,3]"),
            ("union([1, 1], 2, [2, null])", "[1,2,null]"),
            ("union(lists: [[1], [1, 3]])", "[1,3]"),
        ],
    );
    check_null(REFUSED, &["union(lists: 1)"]);
}

#[test]
fn distinct_values() {
    check_with(
        VARIABLES,
        &[
            (r#"distinct values([1, 2, 1.0, 3, "1", null, null])"#, r#"[1,2,3,"1",null]"#),
            ("distinct values([{a: 1, b: 2}, {b: 2, a: 1}, [1], [1.0]])", r#"[{"a":1,"b":2},[1]]"#),
            ("distinct values(list: [])", "[]"),
            (r#"distinct values([@"PT24H", @"P1D"])"#, r#"["P1D"]"#),
        ],
    );
    check_null(REFUSED, &["distinct values(1)", "distinct values(null)"]);
}

#[test]
fn duplicate_values() {
    check_with(
        VARIABLES,
        &[
            ("duplicate values([1, 2, 3, 2, 1])", "[1,2]"),
            ("duplicate values(list: xs)", "[]"),
            (r#"duplicate values([null, null, "a"])"#, "[null]"),
            ("duplicate values([{a: 1}, {a: 1.0}, 2])", r#"[{"a":1}]"#),
        ],
    );
    check_null(REFUSED, &["duplicate values(1)", "duplicate values(null)"]);
}

#[test]
fn flatten() {
    check_with(
        VARIABLES,
        &[
            ("flatten([[1, 2], [[3]], 4])", "[1,2,3,4]"),
            ("flatten(list: [])", "[]"),
            ("flatten([[], [[[]]], null])", "[null]"),
            ("flatten([{a: [1]}])", r#"[{"a":[1]}]"#),
        ],
    );
    check_null(REFUSED, &["flatten(1)", "flatten(null)"]);
}

#[test]
fn sort() {
    check_with(
        VARIABLES,
        &[
            ("sort(list: [3, 1, 4, 5, 2], precedes: function(x, y) x < y)", "[1,2,3,4,5]"),
            ("sort([3, 1, 2], function(x, y) x > y)", "[3,2,1]"),
            (
                r#"sort([{k: 1, v: "a"}, {k: 0, v: "b"}, {k: 1, v: "c"}], function(x, y) x.k < y.k).v"#,
                r#"["b","a","c"]"#,
            ),
            ("sort([], function(x, y) x < y)", "[]"),
            ("sort(precedes: function(a, b) a > b, list: xs)", "[3,2,1]"),
            (r#"sort(["b", "a"], function(a, b) a < b)"#, r#"["a","b"]"#),
            ("sort([1], function(a, b) null)", "[1]"),
        ],
    );
    check_null(
        REFUSED,
        &[
            "sort([2, 1], function(x) x)",
            "sort([2, 1], function(x, y) 1)",
            "sort([2, 1], 1)",
            "sort(null, function(a, b) a < b)",
            "sort([2, 1], null)",
        ],
    );
}

#[test]
fn string_join() {
    check_with(
        VARIABLES,
        &[
            (r#"string join(["a", "b", "c"])"#, r#""abc""#),
            (r#"string join(["a", null, "c"], ", ")"#, r#""a, c""#),
            (r#"string join(["a", "b"], ", ", "[", "]")"#, r#""[a, b]""#),
            (r#"string join(["a", "b"], null)"#, r#""ab""#),
            (r#"string join([], ", ")"#, r#""""#),
            (r#"string join(list: ["a", "b"], delimiter: "-")"#, r#""a-b""#),
            (r#"string join(["a"], null, "<", ">")"#, r#""<a>""#),
            (r#"string join(["a", "b"], "-", null, null)"#, r#""a-b""#),
            ("string join([])", r#""""#),
            ("string join([null])", r#""""#),
            (r#"string join(["a", ""], ",")"#, r#""a,""#),
        ],
    );
    check_null(
        REFUSED,
        &[
            r#"string join([1, 2], ", ")"#,
            "string join(null)",
            r#"string join("a")"#,
            r#"string join(["a"], 1)"#,
            r#"string join(["a"], ",", "<", null)"#,
        ],
    );
}

#[test]
fn is_empty() {
    check_with(
        VARIABLES,
        &[
            ("is empty([])", "true"),
            ("is empty([1])", "false"),
            ("is empty(list: xs)", "false"),
            ("is empty([null])", "false"),
        ],
    );
    check_null(REFUSED, &["is empty(1)", "is empty(null)", r#"is empty("")"#, "is empty({})"]);
}

#[test]
fn partition() {
    check_with(
        VARIABLES,
        &[
            ("partition([1, 2, 3, 4, 5], 2)", "[[1,2],[3,4],[5]]"),
            ("partition([], 2)", "[]"),
            ("partition(list: xs, size: 5)", "[[1,2,3]]"),
            ("partition(xs, 1)", "[[1],[2],[3]]"),
            ("partition(xs, 2.9)", "[[1,2],[3]]"),
        ],
    );
    check_null(
        REFUSED,
        &[
            "partition([1], 0)",
            "partition(null, 1)",
            r#"partition([1], "a")"#,
            "partition([1], -1)",
        ],
    );
}

//! `skep feel`

use crate::run::{command, has, run, skep};

#[test]
fn values_are_json() {
    for (expression, value) in [
        ("1 + 2", "3"),
        ("= 1 + 2", "3"),
        ("-1", "-1"),
        ("\"a\" + \"b\"", "\"ab\""),
        ("[1, {x: true}]", "[1,{\"x\":true}]"),
        ("null", "null"),
        ("date(\"2025-01-31\") + duration(\"P1M\")", "\"2025-02-28\""),
    ] {
        assert_eq!(skep(&["feel", expression]).ok(), value, "{expression}");
    }
}

#[test]
fn the_context_is_read_from_anywhere() {
    let expression = "sum(for i in items return i.price)";
    let context = r#"{"items": [{"price": 2}, {"price": 3.5}]}"#;
    assert_eq!(skep(&["feel", expression, "--context", context]).ok(), "5.5");
    assert_eq!(run(command(&["feel", expression, "--context", "-"]), context).ok(), "5.5");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("context.json");
    std::fs::write(&file, context).unwrap();
    let file = format!("@{}", file.display());
    assert_eq!(skep(&["feel", expression, "--context", &file]).ok(), "5.5");
}

#[test]
fn warnings_go_to_stderr() {
    let ran = skep(&["feel", "missing"]);
    assert_eq!(ran.ok(), "null");
    has(&ran.stderr, &["warning: [NO_VARIABLE_FOUND]", "missing"]);
}

#[test]
fn what_cannot_be_read_is_shown_with_its_place() {
    has(
        skep(&["feel", "1 +"]).fails(1),
        &["error: the expression cannot be read", "line 1, column 4", "  1 +\n     ^"],
    );
    has(skep(&["feel", "1 +\n  )"]).fails(1), &["line 2, column 3", "    )\n    ^"]);
}

#[test]
fn a_context_that_is_no_object_is_refused() {
    has(skep(&["feel", "1", "--context", "[1]"]).fails(2), &["are an array", "fix:"]);
    has(skep(&["feel", "1", "--context", "{a"]).fails(2), &["are not JSON", "line 1"]);
    has(skep(&["feel", "1", "--context", "@/no/such"]).fails(2), &["file /no/such", "cause:"]);
}

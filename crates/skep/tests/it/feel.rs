//! `skep feel`

use crate::run::{command, has, run, skep};

#[cfg(unix)]
mod terminal;

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
    has(skep(&["feel", "1", "--context", "[1]"]).fails(2), &["be an array", "fix:"]);
    has(skep(&["feel", "1", "--context", "{a"]).fails(2), &["is not JSON", "line 1"]);
    has(skep(&["feel", "1", "--context", "@/no/such"]).fails(2), &["file /no/such", "cause:"]);
}

#[test]
fn a_session_reads_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("order.json");
    std::fs::write(&file, r#"{"items": [{"price": 2}, {"price": 3.5}]}"#).unwrap();
    let script = format!(
        "1 + 2\n= 40 +\n   2\n\n:set rate = 1.5\n:set `net price` = [1,\n 2]\n:set f = function(x) x * rate\n\
         f(4)\n:context\n:unset rate\nrate\n:context {}\nsum(items.price)\n:functions base64\n\
         :quit\n1 + + 2\n",
        file.display()
    );
    let ran = run(command(&["feel"]), &script);
    assert_eq!(
        ran.ok().lines().collect::<Vec<_>>(),
        [
            "3",
            "42",
            "rate = 1.5",
            "`net price` = [1,2]",
            "f = function(x)",
            "6.0",
            "f = function(x)",
            "net price = [1,2]",
            "rate = 1.5",
            "null",
            "5.5",
            "from base64(value)",
            "to base64(value)",
        ]
    );
    has(&ran.stderr, &["warning: [NO_VARIABLE_FOUND]", "rate"]);
}

#[test]
fn a_session_without_a_terminal_ends_at_the_first_failure() {
    for (script, expected) in [
        ("1\n\n2 +\n\n3\n", ["line 3 of stdin:", "line 1, column 4", "  2 +\n     ^"]),
        ("1\n1 ++ 2\n3", ["line 2 of stdin:", "found '+'", "  1 ++ 2\n     ^"]),
        ("1\n[1,\n 2", ["line 2 of stdin:", "expected ']'", "  2\n    ^"]),
        ("1\n:nothing", ["line 2 of stdin:", "no command :nothing", "fix: :help"]),
        ("1\n:set 1x = 2", ["line 2 of stdin:", "\"1x\" is not the name", "fix:"]),
        ("1\n:set x", ["line 2 of stdin:", "set to an expression", "fix:"]),
        ("1\n:unset x", ["line 2 of stdin:", "no variable x", ""]),
        ("1\n:context /no/such", ["line 2 of stdin:", "file /no/such", "cause:"]),
        ("1\nassert(1, false)", ["line 2 of stdin:", "cannot be evaluated", "condition"]),
    ] {
        let ran = run(command(&["feel"]), script);
        assert_eq!(ran.stdout, "1\n", "{script}");
        assert_ne!(ran.code, 0, "{script}");
        has(&ran.stderr, &expected);
    }
    has(skep(&["feel", "--context", "-"]).fails(2), &["stdin is where expressions", "fix:"]);
    assert_eq!(skep(&["feel"]).ok(), "");
}

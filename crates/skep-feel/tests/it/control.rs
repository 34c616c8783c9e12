use crate::rig::{check, check_with, evaluate};

#[test]
fn if_takes_else_unless_true() {
    check(&[
        ("if 1 < 2 then \"a\" else \"b\"", "\"a\""),
        ("if null then 1 else 2", "2"),
        ("if \"true\" then 1 else 2", "2"),
        ("if(true)then(1)else(2)", "1"),
        ("if false then 1 else if false then 2 else if true then 3 else 4", "3"),
        ("if true then if false then 1 else 2 else 3", "2"),
        ("(if true then 1 else 2) + 10", "11"),
        ("if true then 1 else 2 + 10", "1"),
    ]);
}

#[test]
fn for_visits_every_combination() {
    check_with(
        r#"{"xs": [1, 2], "rows": [{"p": 2, "q": 3}, {"p": 4, "q": 5}]}"#,
        &[
            ("for x in xs return x * 10", "[10,20]"),
            ("for x in xs, y in [3, 4] return x * y", "[3,4,6,8]"),
            ("for i in 1..4 return i", "[1,2,3,4]"),
            ("for i in 4..1 return i", "[4,3,2,1]"),
            ("for i in 2..2 return i", "[2]"),
            ("for i in 0 - 1..1 return i", "[-1,0,1]"),
            ("for i in 1..count(xs) return xs[i]", "[1,2]"),
            ("for r in rows return r.p * r.q", "[6,20]"),
            ("sum(for r in rows return r.p)", "6"),
            ("for x in [] return x", "[]"),
            (
                "for i in 1..6 return if i <= 2 then 1 else partial[-1] + partial[-2]",
                "[1,1,2,3,5,8]",
            ),
            ("for i in 1..3 return count(partial)", "[0,1,2]"),
            ("for x in [1], y in [2] return for z in [3] return x + y + z", "[[6]]"),
            ("for x in 5 return x", "null"),
            ("for x in null return x", "null"),
            ("for i in 1..\"a\" return i", "null"),
            // Lists are read before any item is bound.
            ("for x in [[1]], y in x return y", "null"),
        ],
    );
}

#[test]
fn quantifiers_are_three_valued() {
    check(&[
        ("some x in [1, 2, 3] satisfies x > 2", "true"),
        ("some x in [1, 2] satisfies x > 2", "false"),
        ("every x in [1, 2] satisfies x > 0", "true"),
        ("every x in [1, 2] satisfies x > 1", "false"),
        ("some x in [] satisfies true", "false"),
        ("every x in [] satisfies false", "true"),
        ("some x in [1, null] satisfies x > 5", "null"),
        ("some x in [null, 7] satisfies x > 5", "true"),
        ("every x in [null, 1] satisfies x > 5", "false"),
        ("every x in [null, 7] satisfies x > 5", "null"),
        ("some x in [1, 2], y in [2, 3] satisfies x = y", "true"),
        ("every i in 1..3 satisfies i < 4", "true"),
        ("some x in 3 satisfies true", "null"),
        ("every x in [true, 3] satisfies x", "null"),
    ]);
}

#[test]
fn filters_are_conditions_or_positions() {
    check_with(
        r#"{"xs": [10, 20, 30], "i": 2, "rows": [{"p": 5, "on": true}, {"p": 7, "on": false}, {"q": 1}]}"#,
        &[
            ("xs[1]", "10"),
            ("xs[-1]", "30"),
            ("xs[0]", "null"),
            ("xs[4]", "null"),
            ("xs[-4]", "null"),
            ("xs[i]", "20"),
            ("xs[i + 1]", "30"),
            ("xs[1.5]", "10"),
            ("xs[item > 15]", "[20,30]"),
            ("xs[item = 20][1]", "20"),
            ("xs[item > 100]", "[]"),
            ("rows[p > 5].p", "[7]"),
            ("rows[p > 5]", r#"[{"p":7,"on":false}]"#),
            ("rows[on]", r#"[{"p":5,"on":true}]"#),
            ("rows[item.p = 5].on", "[true]"),
            ("rows[p = 5 or p = 7].p", "[5,7]"),
            ("rows[not(on)].p", "[7]"),
            ("rows[q != null].q", "[1]"),
            ("xs[true]", "[10,20,30]"),
            ("xs[\"a\"]", "[]"),
            ("xs[null]", "[]"),
            ("[][1]", "null"),
            ("[][item > 1]", "[]"),
            ("xs[if true then 2 else 3]", "20"),
            ("xs[count(xs)]", "30"),
            ("5[1]", "null"),
            ("null[1]", "null"),
            ("[[1, 2], [3]][2][1]", "3"),
            ("[{item: 1}, {item: 2}][item >= 2]", r#"[{"item":2}]"#),
            ("xs[item in [15..25]]", "[20]"),
        ],
    );
}

#[test]
fn a_filter_that_is_tried_outside_leaves_no_warning() {
    let rows = r#"{"rows": [{"on": true}, {"on": false}]}"#;
    let evaluation = evaluate("rows[on]", rows);
    assert_eq!(evaluation.value.to_json(), r#"[{"on":true}]"#);
    assert!(evaluation.warnings.is_empty());
}

#[test]
fn paths_walk_contexts_and_lists() {
    check_with(
        r#"{"order": {"customer": {"tier": "gold", "tags": ["a", "b"]}, "items": [{"n": 1}, {"n": 2}]}}"#,
        &[
            ("order.customer.tier", "\"gold\""),
            ("order.items.n", "[1,2]"),
            ("order.items[1].n", "1"),
            ("order.items[n > 1].n", "[2]"),
            ("order.customer.tags[2]", "\"b\""),
            ("order . customer . tier", "\"gold\""),
            ("order.customer.nothing", "null"),
            ("order.nothing.further", "null"),
            ("nothing.at.all", "null"),
            ("[[{a: 1}], [{a: 2}]].a", "[[1],[2]]"),
            ("{a: {b: 1}}.a.b", "1"),
            ("({a: 1}).a", "1"),
            ("[{a: 1}, {b: 2}].a", "[1,null]"),
        ],
    );
}

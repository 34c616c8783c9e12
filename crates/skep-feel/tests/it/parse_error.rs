use skep_feel::Expression;

#[track_caller]
fn error(text: &str) -> String {
    match Expression::parse(text) {
        Ok(_) => panic!("{text} parses"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn an_error_says_what_and_where() {
    for (text, expected) in [
        ("", "expected a value, found the end of the expression at line 1, column 1"),
        ("1 +", "expected a value, found the end of the expression at line 1, column 4"),
        ("1 + * 2", "expected a value, found '*' at line 1, column 5"),
        ("x >", "expected a value, found the end of the expression at line 1, column 4"),
        ("1 2", "expected an operator or the end of the expression, found '2' at line 1, column 3"),
        ("a b", "expected an operator or the end of the expression, found 'b' at line 1, column 3"),
        ("(1", "expected ')', found the end of the expression at line 1, column 3"),
        ("[1, 2", "expected ']', found the end of the expression at line 1, column 6"),
        ("{a 1}", "expected ':', found '}' at line 1, column 5"),
        ("if a then b", "expected 'else', found the end of the expression at line 1, column 12"),
        ("for x of xs return x", "expected 'in', found 'of' at line 1, column 7"),
        ("\n\n  ä = = 1", "expected a value, found '=' at line 3, column 7"),
        (
            "1 = 2 = 3",
            "expected an operator or the end of the expression, found '=' at line 1, column 7",
        ),
        ("\"abc", "the string that begins here has no closing '\"' at line 1, column 1"),
        ("\"abc\\\"", "the string that begins here has no closing '\"' at line 1, column 1"),
        ("1 /* x", "the comment that begins here has no end at line 1, column 3"),
        ("`a", "the name in backticks has no closing backtick at line 1, column 1"),
        ("``", "the name in backticks is empty at line 1, column 1"),
        (
            "then",
            "expected a value, found the reserved word 'then'; write it as `then` in backticks \
                  if it is a name at line 1, column 1",
        ),
        (
            "a.in",
            "expected a name behind '.', found the reserved word 'in'; write it as `in` in \
                  backticks if it is a name at line 1, column 3",
        ),
        (
            "1 + if a then b else c",
            "expected a value; put it in parentheses to use it here, found 'if' \
                  at line 1, column 5",
        ),
        (
            "function(x) external {java: {}}",
            "external functions are not supported at line 1, column 13",
        ),
        (
            "x = [1..3]",
            "a range cannot stand behind '='; test it with 'in' or pass it to a function \
                  at line 1, column 4",
        ),
        (
            "for x in [1..3] return x",
            "a range in brackets cannot be iterated; write 'a..b' without \
                  them at line 1, column 17",
        ),
        ("f(a: 1, 2)", "expected the name of an argument and ':', found '2' at line 1, column 9"),
        ("5 in [1..", "expected a value, found the end of the expression at line 1, column 10"),
        (
            "5 in [1..2",
            "expected ']', ')' or '[' at the end of the range, found the end of the \
                  expression at line 1, column 11",
        ),
        ("- - -5", "expected a value behind '-', found '-' at line 1, column 3"),
        ("@x", "expected a string behind '@', found 'x' at line 1, column 2"),
        (
            "1e5",
            "expected an operator or the end of the expression, found 'e5' at line 1, column 2",
        ),
        (
            "(f)(1)",
            "expected an operator or the end of the expression, found '(' at line 1, column 4",
        ),
        ("= 1", "expected a value, found '=' at line 1, column 1"),
        ("{a: 1, }", "expected the key of a context entry, found '}' at line 1, column 8"),
    ] {
        assert_eq!(error(text), expected, "{text}");
    }
}

#[test]
fn an_error_in_unary_tests_says_so_too() {
    for text in ["< ", "1, ", "not(", "not(1", "- 1 -", "[1..2", "1 2"] {
        assert!(Expression::parse_unary_tests(text).is_err(), "{text}");
    }
}

#[test]
fn names_are_those_an_expression_does_not_bind() {
    for (text, expected) in [
        ("a + b.c * a", "a b"),
        ("for x in xs return x + y", "xs y"),
        ("some x in xs satisfies x = limit", "xs limit"),
        ("function(a) a + b", "b"),
        ("{a: 1, b: a + c}.b", "c"),
        ("orders[item.total > limit]", "orders limit"),
        ("f(x, g(y))", "x y"),
        ("`a b` + 1", "a b"),
        ("1 + 2", ""),
        ("m.f(z)", "z"),
    ] {
        let expression = Expression::parse(text).unwrap();
        let mut names: Vec<_> = expression.names().collect();
        if text == "m.f(z)" {
            assert_eq!(names.remove(0), "m");
        }
        assert_eq!(names.join(" "), expected, "{text}");
    }
}

#[test]
fn what_asks_for_the_time_or_for_chance_is_volatile() {
    for (text, expected) in [
        ("items", false),
        ("for x in items return x + 1", false),
        ("now()", true),
        ("date and time(today(), time(\"10:00\"))", true),
        ("for x in items return `uuid`()", true),
        ("items[item < random number()]", true),
        ("now + today", false),
    ] {
        assert_eq!(Expression::parse(text).unwrap().is_volatile(), expected, "{text}");
    }
}

use crate::rig::{check, check_null, environment, evaluate};

#[test]
fn parts_of_strings() {
    check(&[
        ("substring(\"foobar\", 3)", "\"obar\""),
        ("substring(\"foobar\", 3, 3)", "\"oba\""),
        ("substring(\"foobar\", -2)", "\"ar\""),
        ("substring(\"foobar\", -4, 2)", "\"ob\""),
        ("substring(\"foobar\", 5, 100)", "\"ar\""),
        ("substring(\"foobar\", 0)", "\"\""),
        ("substring(\"foobar\", 7)", "\"\""),
        ("substring(\"a😀b\", 2, 2)", "\"😀\""),
        ("substring(\"äöü\", 2)", "\"öü\""),
        ("string length(\"foo\")", "3"),
        ("string length(\"\")", "0"),
        ("string length(\"😀\")", "2"),
        ("substring before(\"foobar\", \"bar\")", "\"foo\""),
        ("substring before(\"foobar\", \"f\")", "\"\""),
        ("substring before(\"foobar\", \"xyz\")", "\"\""),
        ("substring after(\"foobar\", \"ob\")", "\"ar\""),
        ("substring after(\"foobar\", \"xyz\")", "\"\""),
        ("substring after(\"foobar\", \"\")", "\"foobar\""),
        ("contains(\"foobar\", \"oba\")", "true"),
        ("starts with(\"foobar\", \"foo\")", "true"),
        ("ends with(\"foobar\", \"foo\")", "false"),
        ("upper case(\"aBc4ß\")", "\"ABC4SS\""),
        ("lower case(\"aBc4\")", "\"abc4\""),
        ("trim(\"  a b \\n\")", "\"a b\""),
        ("is blank(\" \\t\")", "true"),
        ("is blank(\"\")", "true"),
        ("is blank(\" a\")", "false"),
    ]);
    check_null(
        "FUNCTION_INVOCATION_FAILURE",
        &[
            "substring(\"foobar\", 8)",
            "substring(\"foobar\", -7)",
            "substring(\"foobar\", 2, -3)",
            "substring(1, 2)",
            "string length(null)",
            "upper case(1)",
            "contains(\"a\", null)",
            "trim(null)",
        ],
    );
}

#[test]
fn regular_expressions() {
    check(&[
        ("matches(\"foobar\", \"^fo*b\")", "true"),
        ("matches(\"foobar\", \"FOO\")", "false"),
        ("matches(\"foobar\", \"FOO\", \"i\")", "true"),
        ("matches(\"a\\nb\", \"a.b\")", "false"),
        ("matches(\"a\\nb\", \"a.b\", \"s\")", "true"),
        ("matches(\"a\\nb\", \"^b$\", \"m\")", "true"),
        ("matches(\"ab\", \"a b # comment\", \"x\")", "true"),
        ("matches(\"abc123\", \"\\d{3}\")", "true"),
        ("matches(\"x@y.org\", \"^[\\w.]+@[\\w.]+\\.[a-z]{2,}$\")", "true"),
        ("matches(\"foo\", \"(?!bar)foo\")", "true"),
        ("matches(\"aa\", \"(a)\\1\")", "true"),
        ("replace(\"abcd\", \"(ab)|(a)\", \"[1=$1][2=$2]\")", "\"[1=ab][2=]cd\""),
        (
            "replace(\"0123456789\", \"(\\d{3})(\\d{3})(\\d{4})\", \"($1) $2-$3\")",
            "\"(012) 345-6789\"",
        ),
        ("replace(\"aBc\", \"b\", \"x\", \"i\")", "\"axc\""),
        ("replace(\"abc\", \"b\", \"\\$1\")", "\"a$1c\""),
        ("replace(\"abc\", \"(?<mid>b)\", \"<${mid}>\")", "\"a<b>c\""),
        ("replace(\"abc\", \"x*\", \"-\")", "\"-a-b-c-\""),
        ("replace(\"xab\", \"x*\", \"-\")", "\"--a-b-\""),
        ("replace(\"abc\", \"(b)\", \"$12\")", "\"ab2c\""),
        ("replace(\"äöü\", \"ö\", \"o\")", "\"äoü\""),
        ("split(\"John Doe\", \"\\s\")", "[\"John\",\"Doe\"]"),
        ("split(\"a;b;c;;\", \";\")", "[\"a\",\"b\",\"c\",\"\",\"\"]"),
        ("split(\"abc\", \"\")", "[\"a\",\"b\",\"c\",\"\"]"),
        ("split(\"abc\", \"x\")", "[\"abc\"]"),
        ("split(\"\", \",\")", "[\"\"]"),
        ("extract(\"references are 1234, 1256, 1378\", \"12[0-9]*\")", "[\"1234\",\"1256\"]"),
        ("extract(\"abc\", \"x\")", "[]"),
    ]);
    check_null(
        "FUNCTION_INVOCATION_FAILURE",
        &[
            "matches(\"a\", \"[\")",
            "replace(\"a\", \"(\", \"x\")",
            "replace(\"a\", \"a\", \"$1\")",
            "replace(\"a\", \"a\", \"$\")",
            "replace(\"a\", \"a\", \"${x\")",
            "split(\"a\", \"*\")",
            "extract(\"a\", \"(\")",
            "matches(1, \"a\")",
        ],
    );
}

#[test]
fn a_catastrophic_pattern_ends_as_null() {
    let text = format!(r#"matches("{}b", "^((a|aa)+)+\1$")"#, "a".repeat(200));
    let evaluation = evaluate(&text, "{}");
    assert_eq!(evaluation.value.to_json(), "null");
    assert_eq!(evaluation.warnings.len(), 1);
    assert!(
        evaluation.warnings[0].message.contains("too many steps"),
        "{}",
        evaluation.warnings[0]
    );
}

#[test]
fn base64_and_uuid() {
    check(&[
        ("to base64(\"FEEL\")", "\"RkVFTA==\""),
        ("from base64(\"RkVFTA==\")", "\"FEEL\""),
        ("from base64(\"RkVFTA\")", "\"FEEL\""),
        ("string length(uuid())", "36"),
        (
            "matches(uuid(), \"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$\")",
            "true",
        ),
    ]);
    check_null("FUNCTION_INVOCATION_FAILURE", &["from base64(\"a b\")", "to base64(1)"]);
    // The time of the environment leads.
    let millis = environment().now.as_millisecond();
    let uuid = evaluate("uuid()", "{}").value.to_text().replace('-', "");
    assert_eq!(i64::from_str_radix(&uuid[..12], 16).unwrap(), millis);
}

//! Functions on strings.

use crate::rig::{REFUSED, check, check_null, environment, evaluate};

#[test]
fn substring() {
    check(&[
        (r#"substring("foobar", 3)"#, r#""obar""#),
        (r#"substring("foobar", 3, 3)"#, r#""oba""#),
        (r#"substring("foobar", -2)"#, r#""ar""#),
        (r#"substring("foobar", -4, 2)"#, r#""ob""#),
        (r#"substring("foobar", 5, 100)"#, r#""ar""#),
        (r#"substring("foobar", 0)"#, r#""""#),
        (r#"substring("foobar", 7)"#, r#""""#),
        (r#"substring("a😀b", 2, 2)"#, r#""😀""#),
        (r#"substring("äöü", 2)"#, r#""öü""#),
        (r#"substring(string: "abc", start position: 2, length: 1)"#, r#""b""#),
        (r#"substring("abc", 2, 0)"#, r#""""#),
        (r#"substring("abc", 1.9)"#, r#""abc""#),
        (r#"substring("", 1)"#, r#""""#),
    ]);
    check_null(
        REFUSED,
        &[
            r#"substring("foobar", 8)"#,
            r#"substring("foobar", -7)"#,
            r#"substring("foobar", 2, -3)"#,
            "substring(1, 2)",
            "substring(null, 1)",
            r#"substring("a", null)"#,
            r#"substring("a", 1, null)"#,
            r#"substring("a", "1")"#,
        ],
    );
}

#[test]
fn string_length() {
    check(&[
        (r#"string length("foo")"#, "3"),
        (r#"string length("")"#, "0"),
        (r#"string length("😀")"#, "2"),
        ("string length(uuid())", "36"),
        (r#"string length(string: "ä")"#, "1"),
    ]);
    check_null(REFUSED, &["string length(null)", "string length(1)", "string length([])"]);
}

#[test]
fn upper_case() {
    check(&[
        (r#"upper case("aBc4ß")"#, r#""ABC4SS""#),
        (r#"upper case(string: "")"#, r#""""#),
        (r#"upper case("äöü")"#, r#""ÄÖÜ""#),
    ]);
    check_null(REFUSED, &["upper case(1)", "upper case(null)"]);
}

#[test]
fn lower_case() {
    check(&[(r#"lower case("aBc4")"#, r#""abc4""#), (r#"lower case(string: "ÄÖÜ")"#, r#""äöü""#)]);
    check_null(REFUSED, &["lower case(null)", "lower case(1)"]);
}

#[test]
fn substring_before() {
    check(&[
        (r#"substring before("foobar", "bar")"#, r#""foo""#),
        (r#"substring before("foobar", "f")"#, r#""""#),
        (r#"substring before("foobar", "xyz")"#, r#""""#),
        (r#"substring before(string: "a-b-c", match: "-")"#, r#""a""#),
        (r#"substring before("abc", "")"#, r#""""#),
    ]);
    check_null(REFUSED, &[r#"substring before(null, "a")"#, r#"substring before("a", 1)"#]);
}

#[test]
fn substring_after() {
    check(&[
        (r#"substring after("foobar", "ob")"#, r#""ar""#),
        (r#"substring after("foobar", "xyz")"#, r#""""#),
        (r#"substring after("foobar", "")"#, r#""foobar""#),
        (r#"substring after(string: "a-b-c", match: "-")"#, r#""b-c""#),
        (r#"substring after("abc", "c")"#, r#""""#),
        (r#"substring after("", "a")"#, r#""""#),
    ]);
    check_null(REFUSED, &[r#"substring after("a", null)"#]);
}

#[test]
fn replace() {
    check(&[
        (r#"replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")"#, r#""[1=ab][2=]cd""#),
        (r#"replace("0123456789", "(\d{3})(\d{3})(\d{4})", "($1) $2-$3")"#, r#""(012) 345-6789""#),
        (r#"replace("aBc", "b", "x", "i")"#, r#""axc""#),
        (r#"replace("abc", "b", "\$1")"#, r#""a$1c""#),
        (r#"replace("abc", "(?<mid>b)", "<${mid}>")"#, r#""a<b>c""#),
        (r#"replace("abc", "x*", "-")"#, r#""-a-b-c-""#),
        (r#"replace("xab", "x*", "-")"#, r#""--a-b-""#),
        (r#"replace("abc", "(b)", "$12")"#, r#""ab2c""#),
        (r#"replace("äöü", "ö", "o")"#, r#""äoü""#),
        (r##"replace(input: "a1b2", pattern: "[0-9]", replacement: "#")"##, r#""a#b#""#),
        (r#"replace("A", "a", "b", "i")"#, r#""b""#),
        (r#"replace("a.b", "\\.", "")"#, r#""ab""#),
        (r#"replace("", "^$", "x")"#, r#""x""#),
        (r#"replace(input: "aB", pattern: "b", replacement: "", flags: "i")"#, r#""a""#),
    ]);
    check_null(
        REFUSED,
        &[
            r#"replace("a", "(", "x")"#,
            r#"replace("a", "a", "$1")"#,
            r#"replace("a", "a", "$")"#,
            r#"replace("a", "a", "${x")"#,
            r#"replace(null, "a", "b")"#,
            r#"replace("a", "a", null)"#,
            r#"replace("a", "a", "b", null)"#,
        ],
    );
}

#[test]
fn contains() {
    check(&[
        (r#"contains("foobar", "oba")"#, "true"),
        (r#"contains(string: "abc", match: "")"#, "true"),
        (r#"contains("abc", "B")"#, "false"),
    ]);
    check_null(REFUSED, &[r#"contains("a", null)"#, r#"contains(1, "a")"#]);
}

#[test]
fn starts_with() {
    check(&[
        (r#"starts with("foobar", "foo")"#, "true"),
        (r#"starts with(string: "abc", match: "ab")"#, "true"),
        (r#"starts with("abc", "b")"#, "false"),
        (r#"starts with("abc", "")"#, "true"),
    ]);
    check_null(REFUSED, &[r#"starts with(null, "a")"#, r#"starts with("a", 1)"#]);
}

#[test]
fn ends_with() {
    check(&[
        (r#"ends with("foobar", "foo")"#, "false"),
        (r#"ends with(string: "abc", match: "bc")"#, "true"),
        (r#"ends with("abc", "")"#, "true"),
    ]);
    check_null(REFUSED, &[r#"ends with("a", null)"#]);
}

#[test]
fn matches() {
    check(&[
        (r#"matches("foobar", "^fo*b")"#, "true"),
        (r#"matches("foobar", "FOO")"#, "false"),
        (r#"matches("foobar", "FOO", "i")"#, "true"),
        (r#"matches("a\nb", "a.b")"#, "false"),
        (r#"matches("a\nb", "a.b", "s")"#, "true"),
        (r#"matches("a\nb", "^b$", "m")"#, "true"),
        (r#"matches("ab", "a b # comment", "x")"#, "true"),
        (r#"matches("abc123", "\d{3}")"#, "true"),
        (r#"matches("x@y.org", "^[\w.]+@[\w.]+\.[a-z]{2,}$")"#, "true"),
        (r#"matches("foo", "(?!bar)foo")"#, "true"),
        (r#"matches("aa", "(a)\1")"#, "true"),
        (
            r#"matches(uuid(), "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")"#,
            "true",
        ),
        (r#"matches(input: "ABC", pattern: "b", flags: "i")"#, "true"),
        (r#"matches("", "")"#, "true"),
        (r#"matches("abc", "^b")"#, "false"),
        (r#"matches("A\nB", "^b$", "im")"#, "true"),
    ]);
    check_null(
        REFUSED,
        &[
            r#"matches("a", "[")"#,
            r#"matches(1, "a")"#,
            r#"matches("a", null)"#,
            r#"matches("a", "a", null)"#,
        ],
    );
}

#[test]
fn split() {
    check(&[
        (r#"split("John Doe", "\s")"#, r#"["John","Doe"]"#),
        (r#"split("a;b;c;;", ";")"#, r#"["a","b","c","",""]"#),
        (r#"split("abc", "")"#, r#"["a","b","c",""]"#),
        (r#"split("abc", "x")"#, r#"["abc"]"#),
        (r#"split("", ",")"#, r#"[""]"#),
        (r#"split(string: "a,b", delimiter: ",")"#, r#"["a","b"]"#),
        (r#"split("a.b", "\\.")"#, r#"["a","b"]"#),
        (r#"split(",", ",")"#, r#"["",""]"#),
    ]);
    check_null(REFUSED, &[r#"split("a", "*")"#, r#"split(null, ",")"#, r#"split("a", 1)"#]);
}

#[test]
fn extract() {
    check(&[
        (r#"extract("references are 1234, 1256, 1378", "12[0-9]*")"#, r#"["1234","1256"]"#),
        (r#"extract("abc", "x")"#, "[]"),
        (r#"extract(input: "a1b22", pattern: "[0-9]+")"#, r#"["1","22"]"#),
        (r#"extract("", "a")"#, "[]"),
        (r#"extract("aaa", "a")"#, r#"["a","a","a"]"#),
    ]);
    check_null(REFUSED, &[r#"extract("a", "(")"#, r#"extract(null, "a")"#, r#"extract("a", 1)"#]);
}

#[test]
fn trim() {
    check(&[
        (r#"trim("  a b \n")"#, r#""a b""#),
        (r#"trim(string: "")"#, r#""""#),
        (r#"trim("a")"#, r#""a""#),
    ]);
    check_null(REFUSED, &["trim(null)", "trim(1)"]);
}

#[test]
fn uuid() {
    check(&[
        ("string length(uuid())", "36"),
        (
            r#"matches(uuid(), "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")"#,
            "true",
        ),
    ]);
    // The time of the environment leads.
    let millis = environment().now.as_millisecond();
    let uuid = evaluate("uuid()", "{}").value.to_text().replace('-', "");
    assert_eq!(i64::from_str_radix(&uuid[..12], 16).unwrap(), millis);
}

#[test]
fn to_base64() {
    check(&[
        (r#"to base64("FEEL")"#, r#""RkVFTA==""#),
        (r#"to base64(value: "")"#, r#""""#),
        (r#"to base64("äöü")"#, r#""w6TDtsO8""#),
    ]);
    check_null(REFUSED, &["to base64(1)", "to base64(null)", "to base64([])"]);
}

#[test]
fn from_base64() {
    check(&[
        (r#"from base64("RkVFTA==")"#, r#""FEEL""#),
        (r#"from base64("RkVFTA")"#, r#""FEEL""#),
        (r#"from base64(value: "")"#, r#""""#),
        (r#"from base64(to base64("äöü"))"#, r#""äöü""#),
    ]);
    check_null(REFUSED, &[r#"from base64("a b")"#, "from base64(null)", "from base64(1)"]);
}

#[test]
fn is_blank() {
    check(&[
        (r#"is blank(" \t")"#, "true"),
        (r#"is blank("")"#, "true"),
        (r#"is blank(" a")"#, "false"),
        (r#"is blank(string: "\n")"#, "true"),
    ]);
    check_null(REFUSED, &["is blank(null)", "is blank(1)", "is blank([])"]);
}

#[test]
fn a_catastrophic_pattern_ends_as_null() {
    let aaa = "a".repeat(200);
    for call in [
        format!(r#"matches("{aaa}b", "^((a|aa)+)+\\1$")"#),
        format!(r#"replace("{aaa}b", "^((a|aa)+)+\\1$", "x")"#),
        format!(r#"split("{aaa}b", "^((a|aa)+)+\\1$")"#),
        format!(r#"extract("{aaa}b", "^((a|aa)+)+\\1$")"#),
    ] {
        let evaluation = evaluate(&call, "{}");
        assert_eq!(evaluation.value.to_json(), "null", "{call}");
        assert_eq!(evaluation.warnings.len(), 1, "{call}");
        let message = &evaluation.warnings[0].message;
        assert!(message.contains("too many steps"), "{message}");
    }
    // Without look-around and back-references it takes linear time.
    let linear = evaluate(&format!(r#"matches("{aaa}b", "^((a|aa)+)+$")"#), "{}");
    assert_eq!(linear.value.to_json(), "false");
}

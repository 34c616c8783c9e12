use skep_feel::{Expression, Value, Variables};

use crate::rig::{Stored, environment, evaluate};

fn msgpack(text: &str, variables: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let expression = Expression::parse(text).unwrap();
    let stored = Stored::json(variables);
    expression.evaluate_msgpack(&stored, &environment(), &mut bytes).unwrap();
    let mut other = Vec::new();
    expression.evaluate(&stored, &environment()).unwrap().value.write_msgpack(&mut other);
    assert_eq!(bytes, other, "{text}");
    bytes
}

#[test]
fn numbers_are_stored_as_zeebe_stores_them() {
    for (text, expected) in [
        ("5", vec![5]),
        ("127", vec![0x7f]),
        ("128", vec![0xcc, 128]),
        ("256", vec![0xcd, 1, 0]),
        ("65536", vec![0xce, 0, 1, 0, 0]),
        ("4294967296", vec![0xcf, 0, 0, 0, 1, 0, 0, 0, 0]),
        ("-1", vec![0xff]),
        ("-33", vec![0xd0, 0xdf]),
        ("-129", vec![0xd1, 0xff, 0x7f]),
        ("-32769", vec![0xd2, 0xff, 0xff, 0x7f, 0xff]),
        ("-2147483649", vec![0xd3, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]),
        // A whole value is an integer, whatever its text.
        ("2.00", vec![2]),
        ("10 / 4", vec![0xcb, 0x40, 0x04, 0, 0, 0, 0, 0, 0]),
        ("null", vec![0xc0]),
        ("true", vec![0xc3]),
        ("[1..2]", vec![0xc0]),
    ] {
        assert_eq!(msgpack(text, "{}"), expected, "{text}");
    }
    // Beyond 64 bits nothing wraps around.
    assert_eq!(Value::from_msgpack(&msgpack("10 ** 20", "{}")).unwrap().as_f64(), Some(1e20));
}

#[test]
fn temporal_values_are_stored_as_text() {
    for (text, expected) in [
        ("@\"2024-02-29\"", "2024-02-29"),
        ("@\"10:00:00\"", "10:00"),
        ("@\"10:00:01.5\"", "10:00:01.500"),
        ("@\"10:00:00@Europe/Berlin\"", "10:00:00@Europe/Berlin"),
        ("@\"2024-01-01T10:00:00\"", "2024-01-01T10:00:00"),
        ("@\"2024-01-01T10:00:00@Europe/Berlin\"", "2024-01-01T10:00:00+01:00[Europe/Berlin]"),
        ("@\"PT36H\"", "P1DT12H"),
        ("@\"P14M\"", "P1Y2M"),
    ] {
        let stored = Value::from_msgpack(&msgpack(text, "{}")).unwrap();
        assert_eq!(stored.as_str(), Some(expected), "{text}");
    }
}

#[test]
fn stored_data_passes_through_unchanged() {
    // Key order, key spelling and number widths stay: the bytes are copied.
    let bytes = [0x82, 0xa1, b'b', 0xcd, 0, 1, 0xa1, b'a', 0x91, 0xd9, 1, b'x'];
    let variables = vec![("v", bytes.to_vec())];
    let expression = Expression::parse("v").unwrap();
    let mut out = vec![0xff];
    expression.evaluate_msgpack(&variables, &environment(), &mut out).unwrap();
    assert_eq!(out[1..], bytes);
    let expression = Expression::parse("{w: [v.a, v]}").unwrap();
    let value = expression.evaluate(&variables, &environment()).unwrap().value;
    assert_eq!(value.to_json(), r#"{"w":[["x"],{"b":1,"a":["x"]}]}"#);
}

#[test]
fn every_width_is_read() {
    for (bytes, expected) in [
        (vec![0xcc, 200], "200"),
        (vec![0xcd, 1, 0], "256"),
        (vec![0xce, 0, 1, 0, 0], "65536"),
        (vec![0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "18446744073709551615"),
        (vec![0xd0, 0x80], "-128"),
        (vec![0xd1, 0x80, 0], "-32768"),
        (vec![0xd2, 0x80, 0, 0, 0], "-2147483648"),
        (vec![0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0], "-9223372036854775808"),
        (vec![0xca, 0x3f, 0xc0, 0, 0], "1.5"),
        (vec![0xcb, 0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a], "0.1"),
        (vec![0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0], "null"),
        (vec![0xd9, 1, b'a'], "\"a\""),
        (vec![0xda, 0, 1, b'a'], "\"a\""),
        (vec![0xdb, 0, 0, 0, 1, b'a'], "\"a\""),
        (vec![0xdc, 0, 1, 1], "[1]"),
        (vec![0xdd, 0, 0, 0, 1, 1], "[1]"),
        (vec![0xde, 0, 1, 0xa1, b'a', 1], r#"{"a":1}"#),
        (vec![0xdf, 0, 0, 0, 1, 0xa1, b'a', 1], r#"{"a":1}"#),
        // Binary and extension data have no meaning in FEEL.
        (vec![0xc4, 1, 0], "null"),
        (vec![0xd4, 1, 0], "null"),
        (vec![0xc7, 2, 1, 0, 0], "null"),
    ] {
        assert_eq!(Value::from_msgpack(&bytes).unwrap().to_json(), expected, "{bytes:x?}");
        let variables = vec![("v", bytes.clone())];
        let value = Expression::parse("v").unwrap().evaluate(&variables, &environment());
        assert_eq!(value.unwrap().value.to_json(), expected, "{bytes:x?}");
    }
    for bytes in
        [vec![], vec![0xc1], vec![0xcc], vec![0xa2, b'a'], vec![0x91], vec![1, 2], vec![0xa1, 0xff]]
    {
        assert!(Value::from_msgpack(&bytes).is_none(), "{bytes:x?}");
    }
}

#[test]
fn damaged_variables_do_no_harm() {
    let expression =
        Expression::parse("[v, v.a, v[1], count(v), for x in v return x, v = v, string(v)]")
            .unwrap();
    for bytes in [
        vec![],
        vec![0xc1],
        vec![0xdd, 0xff, 0xff, 0xff, 0xff],
        vec![0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1],
        vec![0x92, 1],
        vec![0x82, 1, 2, 3],
        vec![0xdb, 0xff, 0xff, 0xff, 0xff],
    ] {
        let variables = vec![("v", bytes)];
        let value = expression.evaluate(&variables, &environment()).unwrap().value;
        value.write_msgpack(&mut Vec::new());
        let _ = value.to_json();
    }
}

#[test]
fn only_what_is_reached_is_asked_for() {
    struct Strict;
    impl Variables for Strict {
        fn variable(&self, name: &str) -> Option<&[u8]> {
            match name {
                "a" => Some(&[0xc2]),
                other => panic!("'{other}' is not needed"),
            }
        }
    }
    let expression = Expression::parse("a and b.c > 1").unwrap();
    assert_eq!(expression.evaluate(&Strict, &environment()).unwrap().value.as_bool(), Some(false));
}

#[test]
fn a_value_outlives_its_variables() {
    let value = evaluate("{all: x, first: x[1], text: x[2].s}", r#"{"x": [1, {"s": "é"}]}"#).value;
    assert_eq!(value.to_json(), r#"{"all":[1,{"s":"é"}],"first":1,"text":"é"}"#);
    assert_eq!(value.entry("text").unwrap().as_str(), Some("é"));
    let all = value.entry("all").unwrap();
    assert_eq!(all.items().unwrap().len(), 2);
    assert_eq!(all.items().unwrap().next().unwrap().as_i64(), Some(1));
    let names: Vec<_> = value.entries().unwrap().map(|(name, _)| name.to_string()).collect();
    assert_eq!(names, ["all", "first", "text"]);
}

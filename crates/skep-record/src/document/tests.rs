use proptest::prelude::*;

use super::*;

#[test]
fn json_comes_back_as_it_went_in() {
    for text in [
        r#"{"a":10,"b":10.0,"c":-1,"d":"x\"y","e":null,"f":[1,[2,{}]],"g":{"h":true}}"#,
        r#"{"big":9223372036854775807,"unsigned":18446744073709551615}"#,
        r#"{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10,"k":11,"l":12,"m":13,"n":14,"o":15,"p":16,"q":17}"#,
        "{}",
    ] {
        let document = Document::from_json(text).unwrap();
        assert_eq!(document.to_json(), text);
        assert_eq!(Document::from_msgpack(document.as_msgpack().to_vec()).unwrap(), document);
    }
}

#[test]
fn blank_and_null_are_empty() {
    for text in ["", "  \n", "null"] {
        assert!(Document::from_json(text).unwrap().is_empty(), "{text:?}");
    }
}

#[test]
fn what_is_no_object_is_refused_with_its_kind() {
    for (text, kind) in [
        ("[1]", "ARRAY"),
        ("\"x\"", "STRING"),
        ("'x'", "STRING"),
        ("true", "BOOLEAN"),
        ("7", "INTEGER"),
        ("7.5", "FLOAT"),
    ] {
        assert_eq!(Document::from_json(text), Err(DocumentError::NotAnObject(kind)));
    }
    assert!(matches!(Document::from_json("{\"a\":"), Err(DocumentError::Syntax(_))));
    assert!(matches!(Document::from_json("{} {}"), Err(DocumentError::Syntax(_))));
}

#[test]
fn strings_may_stand_in_single_quotes() {
    for (text, json) in [
        ("{'a':'b'}", r#"{"a":"b"}"#),
        (r#"{'say':'"hi"'}"#, r#"{"say":"\"hi\""}"#),
        (r"{'its':'it\'s \n'}", r#"{"its":"it's \n"}"#),
        (r#"{"mixed":['a',"it's",'']}"#, r#"{"mixed":["a","it's",""]}"#),
    ] {
        assert_eq!(Document::from_json(text).unwrap().to_json(), json, "{text}");
    }
    for text in ["{'a':'b}", "{'a\":1}", "{a:'b'}", "{\"a\":'b\\"] {
        assert!(matches!(Document::from_json(text), Err(DocumentError::Syntax(_))), "{text}");
    }
}

#[test]
fn deep_nesting_is_refused_both_ways() {
    let json = format!("{{\"a\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    assert!(matches!(Document::from_json(&json), Err(DocumentError::Syntax(_))));
    let mut bytes = vec![0x81, 0xa1, b'a'];
    bytes.extend(std::iter::repeat_n(0x91, 100_000));
    bytes.push(0xc0);
    assert!(matches!(Document::from_msgpack(bytes), Err(DocumentError::Malformed(_))));
}

#[test]
fn entries_are_found_by_name_and_can_be_put_together_again() {
    let document = Document::from_json(r#"{"a":1,"b":{"c":[1,2]},"d":"x"}"#).unwrap();
    assert_eq!(document.value("d"), Some(&[0xa1, b'x'][..]));
    assert_eq!(document.value("z"), None);
    let entries: Vec<_> = document.iter().collect();
    assert_eq!(Document::from_entries(entries.into_iter()), document);
}

#[test]
fn debug_shows_no_values() {
    let document = Document::from_json(r#"{"password":"hunter2"}"#).unwrap();
    assert!(!format!("{document:?}").contains("hunter2"));
}

proptest! {
    #[test]
    fn any_bytes_are_checked_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(document) = Document::from_msgpack(bytes) {
            let _ = document.to_json();
        }
    }
}

//! Values that an expression asks an agent for.

use skep_feel::{Expression, TaggedParameter};

fn read(text: &str) -> Result<Vec<TaggedParameter>, String> {
    Expression::parse(text).unwrap().from_ai_parameters()
}

/// Name, description, type, schema and options, as far as they are there.
fn lines(text: &str) -> Vec<String> {
    let parameters = read(text).unwrap();
    let line = |one: TaggedParameter| {
        let schema = one.schema.map(|value| value.to_json());
        let options = one.options.map(|value| value.to_json());
        let parts = [Some(one.name), one.description, one.type_name, schema, options];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" | ")
    };
    parameters.into_iter().map(line).collect()
}

#[test]
fn parameters_are_positional_or_named() {
    assert_eq!(lines("fromAi(toolCall.city)"), ["toolCall.city"]);
    assert_eq!(lines("fromAi(city, null, \"string\")"), ["city | string"]);
    let full =
        "toolCall.kind | What it is | string | {\"enum\":[\"a\",\"b\"]} | {\"required\":false}";
    assert_eq!(
        lines(
            "fromAi(toolCall.kind, \"What it is\", \"string\", {enum: [\"a\", \"b\"]}, {required: false})"
        ),
        [full]
    );
    assert_eq!(
        lines(
            "fromAi(options: {required: false}, schema: {enum: [\"a\", \"b\"]}, type: \"string\", \
             description: \"What it is\", value: toolCall.kind)"
        ),
        [full]
    );
}

#[test]
fn they_are_found_wherever_they_stand_and_in_order() {
    let text = "{a: [\"x\", string(fromAi(toolCall.a))], b: if fromAi(b) > 1 then fromAi(c) else 2, \
                d: for x in fromAi(d) return x + fromAi(e), f: (fromAi(f)).g, h: fromAi(h)[1], \
                i: 1 in [fromAi(i)..2], j: some y in [1] satisfies y = fromAi(j)}";
    assert_eq!(lines(text), ["toolCall.a", "b", "c", "d", "e", "f", "h", "i", "j"]);
    assert_eq!(lines("1 + 2"), Vec::<String>::new());
    assert_eq!(lines("tools.fromAi(x)"), Vec::<String>::new(), "a function of the process's own");
    assert_eq!(lines("fromAi()"), Vec::<String>::new());
    assert_eq!(lines("fromAi(value: a, hint: \"b\")"), Vec::<String>::new());
}

#[test]
fn what_is_no_reference_or_literal_is_refused() {
    for (text, part) in [
        ("fromAi(\"toolCall.a\")", "'value' of fromAi() must be a reference"),
        ("fromAi(fromAi(a))", "'value' of fromAi() must be a reference"),
        ("fromAi(a, 10)", "'description' of fromAi() must be a string"),
        ("fromAi(a, \"x\", \"str\" + \"ing\")", "'type' of fromAi() must be a string"),
        ("fromAi(value: a, schema: \"dummy\")", "'schema' of fromAi() must be a context"),
        ("fromAi(value: a, options: context put({}, \"r\", 1))", "'options' of fromAi() must be"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(part), "{text}: {error}");
    }
}

//! Nothing that a file contains makes reading or evaluating it panic.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use skep_model::{DecisionRequirements, parse_dmn};

use super::{Given, definitions, environment, escaped, files, literal};
use crate::fixtures::repository;

/// Whatever the answer is, it is a whole one.
fn read(xml: &[u8]) {
    match parse_dmn(xml) {
        Ok(requirements) => evaluate_all(&requirements),
        Err(problems) => {
            assert!(!problems.problems.is_empty());
            assert!(problems.to_string().len() <= skep_model::REPORT_BYTES_MAX + 1000);
        }
    }
}

fn evaluate_all(requirements: &DecisionRequirements) {
    let variables = r#"{"x": 1, "y": "text", "z": [1, {"a": null}], "order": {"total": 200}}"#;
    let variables = Given::json(variables).stored();
    for decision in requirements.decisions() {
        match requirements.evaluate(&decision.id, &variables, &environment()) {
            Ok(evaluation) => {
                let last = evaluation.evaluated_decisions.last().unwrap();
                assert_eq!(last.id, decision.id);
                assert_eq!(last.output.to_json(), evaluation.output.to_json());
            }
            Err(failure) => assert!(!failure.message.is_empty()),
        }
    }
}

/// What a mutation puts into a file.
fn splinter() -> impl Strategy<Value = Vec<u8>> {
    let words = [
        "<",
        ">",
        "/>",
        "</",
        "\"",
        "'",
        "&",
        "&lt;",
        "<!--",
        "<![CDATA[",
        "]]>",
        "<!DOCTYPE a>",
        " id=\"\"",
        " name=\"x\"",
        " typeRef=\"number\"",
        " hitPolicy=\"COLLECT\"",
        " hitPolicy=\"PRIORITY\"",
        " aggregation=\"SUM\"",
        "<list>",
        "</list>",
        "<context/>",
        "<invocation/>",
        "<text>x</text>",
        "#table",
        "-",
        "not(",
        "[1..",
        "? > 1",
        "function(a) a(a)",
        "for i in 1..99 return i",
        "{a: x}",
        "**",
        "ä",
        "𝄞",
        "\u{0}",
    ];
    prop_oneof![
        prop::sample::select(words.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..4),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn arbitrary_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        read(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        read(definitions(&text).as_bytes());
        read(definitions(&literal("d", "", &text)).as_bytes());
    }

    #[test]
    fn arbitrary_tables_are_answered(
        policy in prop::sample::select(vec![
            "UNIQUE", "FIRST", "ANY", "PRIORITY", "COLLECT", "RULE ORDER", "OUTPUT ORDER",
        ]),
        aggregation in prop::option::of(prop::sample::select(vec!["SUM", "MIN", "MAX", "COUNT"])),
        inputs in prop::collection::vec("[xyz]|x[+*]1|[a-z ]{1,4}", 0..3),
        outputs in prop::collection::vec(prop::option::of("[ab]"), 0..3),
        rules in prop::collection::vec((
            prop::collection::vec("-|[<>] ?[0-9]|[0-9]|not\\([0-9]\\)|\\[[0-9]\\.\\.9\\]|[ -~]{0,6}", 0..3),
            prop::collection::vec("[0-9]|x|\"[a-d]\"|[ -~]{0,6}", 0..3),
        ), 0..6),
    ) {
        let mut table = format!("<decisionTable hitPolicy=\"{policy}\"");
        if let Some(aggregation) = aggregation {
            table += &format!(" aggregation=\"{aggregation}\"");
        }
        table += ">";
        for input in inputs {
            table += &format!("<input><inputExpression><text>{input}</text></inputExpression></input>");
        }
        for name in outputs {
            let name = name.map(|name| format!(" name=\"{name}\"")).unwrap_or_default();
            table += &format!("<output{name}><outputValues><text>\"a\",1,\"b\"</text></outputValues></output>");
        }
        for (tests, outputs) in rules {
            table += "<rule>";
            for test in tests {
                table += &format!("<inputEntry><text>{}</text></inputEntry>", escaped(&test));
            }
            for output in outputs {
                table += &format!("<outputEntry><text>{}</text></outputEntry>", escaped(&output));
            }
            table += "</rule>";
        }
        table += "</decisionTable>";
        read(definitions(&format!("<decision id=\"d\" name=\"d\">{table}</decision>")).as_bytes());
    }

    /// Tables that are large enough for an index find what looking at each rule finds.
    #[test]
    fn large_tables_miss_nothing(
        // One in ten for any string, one in ten with `not`.
        rules in prop::collection::vec(
            (prop::collection::vec("[a-h]", 1..3), 0..10, 0i64..4), 30..50),
        first in any::<bool>(),
        text in "[a-i]",
        number in 0i64..4,
    ) {
        let test = |(strings, kind, _): &(Vec<String>, i32, i64)| {
            let strings = strings.iter().map(|s| format!("\"{s}\"")).collect::<Vec<_>>().join(", ");
            match kind {
                0 => "-".to_owned(),
                1 => format!("not({strings})"),
                _ => strings,
            }
        };
        let mut table = String::new();
        for (at, rule) in rules.iter().enumerate() {
            table += &format!(
                "<rule><inputEntry><text>&lt;= {}</text></inputEntry><inputEntry><text>{}</text>\
                 </inputEntry><outputEntry><text>{at}</text></outputEntry></rule>",
                rule.2,
                test(rule)
            );
        }
        let policy = if first { "FIRST" } else { "COLLECT" };
        let model = definitions(&format!(
            "<decision id=\"d\" name=\"d\"><decisionTable hitPolicy=\"{policy}\"><input>\
             <inputExpression><text>n</text></inputExpression></input><input><inputExpression>\
             <text>s</text></inputExpression></input><output/>{table}</decisionTable></decision>"
        ));
        let requirements = parse_dmn(model.as_bytes()).unwrap();
        let variables = format!("{{\"s\": \"{text}\", \"n\": {number}}}");
        let found = super::outcome(super::evaluate(&requirements, "d", &variables));
        let mut expected: Vec<_> = rules
            .iter()
            .enumerate()
            .filter(|(_, (strings, kind, limit))| {
                number <= *limit && (*kind == 0 || strings.contains(&text) != (*kind == 1))
            })
            .map(|(at, _)| at.to_string())
            .collect();
        if first {
            expected.truncate(1);
        }
        let expected = match (expected.is_empty(), first) {
            (true, _) => "null".to_owned(),
            (false, true) => expected.concat(),
            (false, false) => format!("[{}]", expected.join(",")),
        };
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn mutated_files_are_answered(
        file in any::<prop::sample::Index>(),
        edits in prop::collection::vec(
            (any::<prop::sample::Index>(), 0usize..40, splinter()), 1..4),
    ) {
        let files = files(&repository().join("tests/dmn"));
        let (_, mut xml) = files[file.index(files.len())].clone();
        for (at, cut, splinter) in edits {
            let start = at.index(xml.len().max(1)).min(xml.len());
            let end = (start + cut).min(xml.len());
            xml.splice(start..end, splinter);
        }
        read(&xml);
    }
}

#[test]
fn large_files_are_read_quickly() {
    let rules: String = (0..20_000)
        .map(|at| {
            format!(
                "<rule><inputEntry><text>\"key {at}\"</text></inputEntry><inputEntry><text>&lt; {at}\
                 </text></inputEntry><outputEntry><text>{at}</text></outputEntry></rule>"
            )
        })
        .collect();
    let input = "<input><inputExpression><text>y</text></inputExpression></input>";
    let model = definitions(&format!(
        "<decision id=\"d\" name=\"d\"><decisionTable hitPolicy=\"FIRST\">{input}{input}<output/>\
         {rules}</decisionTable></decision>"
    ));
    let start = Instant::now();
    let requirements = parse_dmn(model.as_bytes()).unwrap();
    evaluate_all(&requirements);
    assert!(start.elapsed() < Duration::from_secs(10), "took {:?}", start.elapsed());

    // All wrong.
    let start = Instant::now();
    read(model.replace("&lt;", "&lt; &lt;").as_bytes());
    assert!(start.elapsed() < Duration::from_secs(10), "took {:?}", start.elapsed());
}

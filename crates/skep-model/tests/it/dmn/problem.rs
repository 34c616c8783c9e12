//! What is refused, and what it says.

use skep_model::parse_dmn;

use super::{definitions, files, knows, literal, requires};
use crate::fixtures::repository;

fn refusal(xml: &[u8]) -> String {
    parse_dmn(xml).expect_err("the file is refused").to_string()
}

#[test]
fn valid_files_are_accepted() {
    let files = files(&repository().join("tests/dmn"));
    assert_eq!(files.len(), 35);
    for (name, xml) in files {
        let requirements = parse_dmn(&xml).unwrap_or_else(|problems| panic!("{name}:\n{problems}"));
        assert_eq!(&**requirements.id(), name);
        assert!(!requirements.decisions().is_empty(), "{name}");
    }
}

#[test]
fn invalid_files_are_refused() {
    let mut texts = String::new();
    for (name, xml) in files(&repository().join("tests/dmn/invalid")) {
        texts += &format!("## {name}\n{}\n\n", refusal(&xml));
    }
    insta::assert_snapshot!(texts);
}

#[test]
fn other_files_are_refused() {
    assert!(refusal(b"").contains("it has no root element"));
    assert!(refusal(b"{}").contains("not well-formed XML"));
    let bpmn = b"<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"/>";
    assert!(refusal(bpmn).contains("is no DMN model: its root element is 'definitions' instead"));
    let other = definitions("").replace("definitions", "decision");
    assert!(refusal(other.as_bytes()).contains("its root element is 'decision' instead"));
    let nameless = definitions("").replace(" id=", " x=").replace(" name=", " y=");
    insta::assert_snapshot!(refusal(nameless.as_bytes()), @"
    - Element: definitions
        - ERROR: the definitions element has no id: give it one (line 1, column 1)
        - ERROR: the definitions element has no name: give it one (line 1, column 1)
    ");
}

#[test]
fn hostile_files_are_refused_at_once() {
    let bomb = "<!DOCTYPE d [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><d>&b;</d>";
    assert!(refusal(bomb.as_bytes()).contains("remove <!DOCTYPE"));
    let deep = definitions(&format!("{}{}", "<list>".repeat(100_000), "</list>".repeat(100_000)));
    assert!(refusal(deep.as_bytes()).contains("too deeply nested elements"));
    let rule = "<rule><outputEntry><text>1</text></outputEntry></rule>";
    let table = |n: usize| {
        definitions(&format!(
            "<decision id=\"d\" name=\"d\"><decisionTable hitPolicy=\"COLLECT\"><output/>{}\
             </decisionTable></decision>",
            rule.repeat(n)
        ))
    };
    assert!(refusal(table(100_000).as_bytes()).contains("the limit is 4194304"));
    assert!(refusal(table(70_000).as_bytes()).contains("too many elements"));
    assert!(parse_dmn(table(60_000).as_bytes()).is_ok());
}

#[test]
fn cycles_are_refused() {
    let ring = |n: usize| {
        let decisions: String = (0..n)
            .map(|at| literal(&format!("d{at}"), &requires(&format!("d{}", (at + 1) % n)), "1"))
            .collect();
        refusal(definitions(&decisions).as_bytes())
    };
    insta::assert_snapshot!(ring(1), @"
    - Element: d0
        - ERROR: Invalid DMN model: Cyclic dependencies between decisions detected: 'd0' requires 'd0'. Remove an information requirement (line 1, column 108)
    ");
    assert!(ring(3).contains("'d0' requires 'd1' requires 'd2' requires 'd0'. Remove"));
    assert!(ring(3_000).contains("'d3' requires … requires 'd2997'"), "{}", ring(3_000));

    let knowledge = |id: &str, inside: &str| {
        format!(
            "<businessKnowledgeModel id=\"{id}\" name=\"{id}\">{inside}</businessKnowledgeModel>"
        )
    };
    let model = definitions(
        &[literal("d", &knows("a"), "1"), knowledge("a", &knows("b")), knowledge("b", &knows("a"))]
            .concat(),
    );
    let text = refusal(model.as_bytes());
    assert!(text.contains("Cyclic dependencies between BKMs detected"), "{text}");
    assert!(text.contains("'a' requires itself, directly or not"), "{text}");
}

#[test]
fn chains_have_a_limit() {
    let chain = |n: usize| {
        let decisions = (0..n).map(|at| {
            let inside = if at == 0 { String::new() } else { requires(&format!("d{}", at - 1)) };
            literal(&format!("d{at}"), &inside, if at == 0 { "1" } else { "2" })
        });
        definitions(&decisions.collect::<String>())
    };
    let requirements = parse_dmn(chain(100).as_bytes()).unwrap();
    assert_eq!(super::outcome(super::evaluate(&requirements, "d99", "{}")), "2");
    let text = refusal(chain(101).as_bytes());
    assert!(text.contains("more than 100 decisions that require each other in a row"), "{text}");
    assert!(refusal(chain(5_000).as_bytes()).contains("shorten the chain"));

    let knowledge: String = (0..200)
        .map(|at| {
            format!(
                "<businessKnowledgeModel id=\"k{at}\" name=\"k{at}\">{}</businessKnowledgeModel>",
                knows(&format!("k{}", at + 1))
            )
        })
        .collect();
    let model = definitions(&[literal("d", &knows("k0"), "1"), knowledge].concat());
    assert!(refusal(model.as_bytes()).contains("more than 100 business knowledge models"));
}

/// As in Zeebe, where what a reference leads to is not there.
#[test]
fn required_decisions_of_other_files_are_left_out() {
    let inside = "<informationRequirement><requiredDecision href=\"other.dmn#far\"/>\
                  </informationRequirement><informationRequirement><requiredInput href=\"#in\"/>\
                  </informationRequirement>";
    let requirements = parse_dmn(definitions(&literal("d", inside, "far")).as_bytes()).unwrap();
    assert_eq!(super::outcome(super::evaluate(&requirements, "d", r#"{"far": 7}"#)), "7");
}

/// What no decision requires is not read, as in Zeebe.
#[test]
fn business_knowledge_models_that_nobody_requires_may_be_wrong() {
    let knowledge = "<businessKnowledgeModel id=\"k\" name=\"k\"><encapsulatedLogic>\
                     <literalExpression><text>1 +</text></literalExpression></encapsulatedLogic>\
                     </businessKnowledgeModel>";
    assert!(
        parse_dmn(definitions(&[&literal("d", "", "1"), knowledge].concat()).as_bytes()).is_ok()
    );
    let required = definitions(&[&literal("d", &knows("k"), "1"), knowledge].concat());
    assert!(refusal(required.as_bytes()).contains("'1 +' is not valid FEEL"));
}

#[test]
fn names_of_feel_are_accepted() {
    for language in [
        "feel",
        "FEEL",
        "",
        "http://www.omg.org/spec/FEEL/20140401",
        "https://www.omg.org/spec/DMN/20191111/FEEL/",
    ] {
        let model = definitions(&literal("d", "", "1"));
        let attribute = format!("<literalExpression expressionLanguage=\"{language}\">");
        let model = model.replace("<literalExpression>", &attribute);
        assert!(parse_dmn(model.as_bytes()).is_ok(), "{language}");
    }
}

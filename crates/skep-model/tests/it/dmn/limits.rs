//! Decisions that would go on for ever, or fill the memory, end with a failure that says so.

use std::time::Instant;

use skep_model::{DecisionFailure, parse_dmn};

use super::{Given, definitions, environment, evaluate, knows, literal, requires};

fn failure(model: &str, decision: &str, variables: &str) -> Box<DecisionFailure> {
    let requirements = parse_dmn(model.as_bytes()).unwrap();
    let start = Instant::now();
    let variables = Given::json(variables).stored();
    let failure = requirements.evaluate(decision, &variables, &environment()).unwrap_err();
    // Seconds without optimisation; what is limited here would take hours, or never end.
    assert!(start.elapsed().as_secs() < 60, "took {:?}", start.elapsed());
    failure
}

fn knowledge(id: &str, inside: &str, parameter: &str, body: &str) -> String {
    format!(
        "<businessKnowledgeModel id=\"{id}\" name=\"{id}\"><encapsulatedLogic><formalParameter \
         name=\"{parameter}\"/>{body}</encapsulatedLogic>{inside}</businessKnowledgeModel>"
    )
}

fn text(expression: &str) -> String {
    let expression = super::escaped(expression);
    format!("<literalExpression><text>{expression}</text></literalExpression>")
}

/// Each layer requires the one below twice, so the lowest is evaluated 2^30 times.
#[test]
fn layers_that_double() {
    let layers = (0..30).map(|at| {
        let below = requires(&format!("d{}", at + 1));
        literal(&format!("d{at}"), &below.repeat(2), "1")
    });
    let model = layers.chain([literal("d30", "", "1")]).collect::<String>();
    let failure = failure(&definitions(&model), "d0", "{}");
    assert_eq!(
        failure.message,
        "Expected to evaluate decision 'd0', but it evaluates more than 50000 decisions"
    );
    assert_eq!(failure.evaluated_decisions.len(), skep_model::EVALUATED_DECISIONS_MAX);
}

/// So many functions would be made if each were made with all it requires.
#[test]
fn business_knowledge_models_that_double() {
    let layers = (0..60).map(|at| {
        let below = format!("k{}", at + 1);
        let body = format!("{below}(x)");
        knowledge(&format!("k{at}"), &knows(&below).repeat(2), "x", &text(&body))
    });
    let layers = layers.chain([knowledge("k60", "", "x", &text("x + 1"))]).collect::<String>();
    let model = definitions(&[literal("d", &knows("k0"), "k0(x)"), layers].concat());
    let requirements = parse_dmn(model.as_bytes()).unwrap();
    let evaluation = evaluate(&requirements, "d", r#"{"x": 1}"#).unwrap();
    assert_eq!(evaluation.output.to_json(), "2");
    assert_eq!(evaluation.evaluated_decisions.len(), 62);
}

/// Functions that are given themselves can call themselves; contexts make each level deeper.
#[test]
fn functions_that_call_themselves() {
    let wrap = |body: &str, n: usize| {
        let open = "<context><contextEntry>".repeat(n);
        let close = "</contextEntry></context>".repeat(n);
        format!("{open}{body}{close}")
    };
    for depth in [0, 1, 40, 90] {
        let model = definitions(
            &[
                literal("d", &knows("f"), "f(f)"),
                knowledge("f", "", "g", &wrap(&text("g(g)"), depth)),
            ]
            .concat(),
        );
        let failure = failure(&model, "d", "{}");
        assert!(failure.message.contains("nests deeper than"), "{failure}");
    }
    let model = definitions(&literal("d", "", "{f: function(g) g(g), r: f(f)}.r"));
    assert!(failure(&model, "d", "{}").message.contains("nests deeper than"));
}

#[test]
fn loops_over_business_knowledge_models() {
    let body = text("count(for i in 1..1000 return x)");
    let model = definitions(
        &[
            literal("d", &knows("f"), "for i in 1..1000000 return f(i)"),
            knowledge("f", "", "x", &body),
        ]
        .concat(),
    );
    let failure = failure(&model, "d", "{}");
    assert!(failure.message.contains("but the evaluation "), "{failure}");
}

/// 50 000 rules, again and again.
#[test]
fn large_tables_in_a_loop() {
    let rule = "<rule><inputEntry><text>2</text></inputEntry><outputEntry><text>1</text>\
                </outputEntry></rule>";
    let table = format!(
        "<decisionTable><input><inputExpression><text>x</text></inputExpression></input>\
         <output/>{}</decisionTable>",
        rule.repeat(35_000)
    );
    let model = definitions(
        &[
            literal("d", &knows("f"), "for i in 1..40000 return f(1)"),
            knowledge("f", "", "x", &table),
        ]
        .concat(),
    );
    let failure = failure(&model, "d", "{}");
    assert!(failure.message.contains("takes more than 20000000 steps"), "{failure}");
}

/// A result that borrows from a large variable is copied, and copies count.
#[test]
fn copies_of_large_variables() {
    let decisions: String = (0..20_000).map(|_| text("big")).collect();
    let model =
        definitions(&format!("<decision id=\"d\" name=\"d\"><list>{decisions}</list></decision>"));
    let big = format!(r#"{{"big": ["{}"]}}"#, "x".repeat(1_000_000));
    let failure = failure(&model, "d", &big);
    assert!(failure.message.contains("builds more than 128 MiB"), "{failure}");
}

/// Each entry looks for its name among all before it.
#[test]
fn contexts_of_very_many_entries() {
    let entries: String = (0..45_000)
        .map(|at| {
            let expression = if at == 0 { "1".to_owned() } else { "e0".to_owned() };
            format!("<contextEntry><variable name=\"e{at}\"/>{}</contextEntry>", text(&expression))
        })
        .collect();
    // Fewer bytes than the limit of a file.
    assert!(entries.len() < 4_000_000 + 1_000_000);
    let entries = &entries[..entries.match_indices("<contextEntry>").nth(30_000).unwrap().0];
    let model = definitions(&format!(
        "<decision id=\"d\" name=\"d\"><context>{entries}</context></decision>"
    ));
    let failure = failure(&model, "d", "{}");
    assert!(failure.message.contains("takes more than 20000000 steps"), "{failure}");
}

/// The deepest value there can be, and deeper logic, on the stack of a test thread.
#[test]
fn deep_logic() {
    let nested = |depth: usize| {
        let (open, close) = ("<list>".repeat(depth), "</list>".repeat(depth));
        definitions(&format!("<decision id=\"d\" name=\"d\">{open}{close}</decision>"))
    };
    let requirements = parse_dmn(nested(120).as_bytes()).unwrap();
    let evaluation = evaluate(&requirements, "d", "{}").unwrap();
    assert_eq!(evaluation.output.to_json(), format!("{}{}", "[".repeat(120), "]".repeat(120)));
    assert!(failure(&nested(190), "d", "{}").message.ends_with("but a value nests too deep"));
}

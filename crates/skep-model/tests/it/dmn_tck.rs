//! The DMN TCK: every case that Camunda's engine passes must pass here too.
//!
//! `SKEP_DMN_TCK` names a folder with `TestCases` of dmn-tck/tck and the result file
//! `dmn-scala-1.9.0-tck_results.csv`; without it the test says so and ends.
//!
//! As Camunda's own runner does, this one puts names with spaces or dashes into backticks, and a
//! decision that cannot be read fails when it is evaluated, not the whole file with it: each is
//! read from a file with only what it requires.
//!
//! Camunda's results are those of July 2024. Eight of the cases that passed changed since then or
//! are gone; they are in [`EARLIER`] and run without the folder.
//!
//! Source: camunda/dmn-scala: README.md, src/main/scala/org/camunda/dmn/parser/DmnParser.scala

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use regex::Regex;
use roxmltree::{Document, Node};
use skep_feel::{Environment, Number, Text, Val, Value, Variables};
use skep_model::{DecisionRequirements, parse_dmn};

/// Cases that must pass in all.
const PASSED_MIN: usize = 3_000;

/// A case that Camunda passed in July 2024 and that since then is gone or asks for something else,
/// which Camunda's engine does not do; it is run as it was then.
struct Earlier {
    case: &'static str,
    expression: &'static str,
    /// FEEL for what the case asked for.
    expected: &'static str,
    /// What became of it.
    since: &'static str,
}

/// All of them.
///
/// An offset and a zone are never equal to Camunda, and to its parser `(< 10)` is a comparison with
/// the input value, with the properties of no range; `.start included` reads as `.start in cluded`.
///
/// Source: dmn-tck/tck: commits 9d2b7919 (July 2024), b90e5b6d (November 2024) and 1b474577 (June
/// 2025); camunda/feel-scala: src/main/scala/org/camunda/feel/impl/{interpreter/ValComparator,
/// parser/FeelParser}.scala
const EARLIER: [Earlier; 8] = [
    Earlier {
        case: "compliance-level-3/0068-feel-equality/0068-feel-equality-test-01/datetime_008",
        expression: r#"date and time("2018-10-08T00:00:00+01:00") = date and time("2018-10-08T00:00:00@Europe/Paris")"#,
        expected: "false",
        since: "has an equal offset and asks for true",
    },
    Earlier {
        case: "compliance-level-3/0068-feel-equality/0068-feel-equality-test-01/datetime_008_a",
        expression: r#"date and time("2018-02-08T00:00:00+02:00") = date and time("2018-02-08T00:00:00@Europe/Paris")"#,
        expected: "false",
        since: "has an equal offset and asks for true",
    },
    Earlier {
        case: "compliance-level-3/0074-feel-properties/0074-feel-properties-test-01/range_009",
        expression: "(< 10).start",
        expected: "null",
        since: "asks for the properties of '(>10)'",
    },
    Earlier {
        case: "compliance-level-3/0074-feel-properties/0074-feel-properties-test-01/range_010",
        expression: "(<= 10).start",
        expected: "null",
        since: "asks for the properties of '(>=10)'",
    },
    Earlier {
        case: "compliance-level-3/0074-feel-properties/0074-feel-properties-test-01/range_015",
        expression: "(> 10).end",
        expected: "null",
        since: "is gone",
    },
    Earlier {
        case: "compliance-level-3/0074-feel-properties/0074-feel-properties-test-01/range_016",
        expression: "(>= 10).end",
        expected: "null",
        since: "is gone",
    },
    Earlier {
        case: "compliance-level-3/0074-feel-properties/0074-feel-properties-test-01/range_020",
        expression: "(>= 10).start included",
        expected: "true",
        since: "is gone",
    },
    Earlier {
        case: "compliance-level-3/0074-feel-properties/0074-feel-properties-test-01/range_022",
        expression: "(<= 10).end included",
        expected: "true",
        since: "is gone",
    },
];

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

#[test]
fn what_camunda_passes_passes() {
    let Ok(folder) = std::env::var("SKEP_DMN_TCK") else {
        println!("skipped: SKEP_DMN_TCK does not name a folder with the DMN TCK");
        return;
    };
    let folder = PathBuf::from(folder);
    let camunda = camunda_results(&folder.join("dmn-scala-1.9.0-tck_results.csv"));
    let mut results = BTreeMap::new();
    for suite in test_files(&folder.join("TestCases")) {
        run_suite(&suite, &mut results);
    }

    let passed = results.values().filter(|result| result.is_ok()).count();
    let n_camunda = camunda.values().filter(|passes| **passes).count();
    println!(
        "DMN TCK: {passed} of {} cases pass; Camunda passes {n_camunda} of {}",
        results.len(),
        camunda.len()
    );
    let mut regressions = Vec::new();
    for (case, passes) in &camunda {
        let result = results.get(case);
        let earlier = EARLIER.iter().find(|earlier| earlier.case == case);
        match (result, earlier) {
            _ if !passes => (),
            (Some(Ok(())), None) => (),
            (Some(Ok(())), Some(_)) => regressions.push(format!("{case}: passes again")),
            (_, Some(earlier)) => println!("  run as of July 2024: {case}: {}", earlier.since),
            (Some(Err(why)), None) => regressions.push(format!("{case}: {why}")),
            (None, None) => regressions.push(format!("{case}: there is no such case")),
        }
    }
    for (case, result) in &results {
        if let (Err(why), None | Some(false)) = (result, camunda.get(case)) {
            println!("  fails, and Camunda does not pass it: {case}: {why}");
        }
    }
    assert!(
        regressions.is_empty(),
        "{} regressions:\n{}",
        regressions.len(),
        regressions.join("\n")
    );
    assert!(passed >= PASSED_MIN, "{passed} cases pass, {PASSED_MIN} should");
}

#[test]
fn cases_of_july_2024_that_changed_pass_as_they_were() {
    for Earlier { case, expression, expected, .. } in EARLIER {
        let decision = format!(
            r#"<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="tck" name="tck" namespace="tck">
                 <decision id="case" name="case">
                   <variable name="case"/>
                   <literalExpression>{}</literalExpression>
                 </decision>
               </definitions>"#,
            element("text", expression)
        );
        let requirements =
            parse_dmn(decision.as_bytes()).unwrap_or_else(|problems| panic!("{case}: {problems}"));
        let output = requirements.evaluate("case", &(), &environment()).map(|it| it.output);
        let output = output.unwrap_or_else(|failure| panic!("{case}: {}", failure.message));
        assert_eq!(output.to_json(), expected, "{case}");
    }
}

/// `folder/file/case` of each case that Camunda ran, and whether it passed.
fn camunda_results(csv: &Path) -> BTreeMap<String, bool> {
    let text = std::fs::read_to_string(csv).expect("the result file is there");
    let cases = text.lines().filter(|line| !line.trim().is_empty()).map(|line| {
        let fields: Vec<_> = line.split(',').map(|field| field.trim().trim_matches('"')).collect();
        let [folder, file, case, status, _] = fields[..] else { panic!("not a result: {line}") };
        (format!("{folder}/{file}/{case}"), status == "SUCCESS")
    });
    cases.collect()
}

/// The test files of all folders, in order.
fn test_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "xml") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn run_suite(path: &Path, results: &mut BTreeMap<String, Result<(), String>>) {
    let text = std::fs::read_to_string(path).unwrap();
    let document = Document::parse(&text).unwrap();
    let root = document.root_element();
    if root.tag_name().name() != "testCases" {
        return;
    }
    let folder = path.parent().unwrap();
    let model = child(root, "modelName").and_then(|node| node.text()).unwrap_or_default();
    let model = Model::read(&folder.join(model.trim()));
    let names: Vec<_> = path.components().rev().take(3).map(|name| name.as_os_str()).collect();
    let name = |at: usize| Path::new(names[at]).file_stem().unwrap().to_str().unwrap();
    // Folder names have points in them.
    let suite =
        format!("{}/{}/{}", names[2].to_str().unwrap(), names[1].to_str().unwrap(), name(0));
    let mut decisions = BTreeMap::new();
    for case in children(root, "testCase") {
        let id = case.attribute("id").unwrap_or_default();
        let result = run_case(case, &model, &mut decisions);
        results.insert(format!("{suite}/{id}"), result);
    }
}

type Decisions = BTreeMap<String, Result<(DecisionRequirements, String), String>>;

fn run_case(case: Node<'_, '_>, model: &Model, decisions: &mut Decisions) -> Result<(), String> {
    let inputs = children(case, "inputNode")
        .map(|input| (input.attribute("name").unwrap_or_default().to_owned(), value(input)));
    let inputs = Inputs(inputs.collect());
    for expectation in children(case, "resultNode") {
        let name = expectation.attribute("name").unwrap_or_default();
        let decision =
            decisions.entry(name.to_owned()).or_insert_with(|| model.decision(name)).as_ref();
        let outcome = decision.map_err(Clone::clone).and_then(|(requirements, id)| {
            match requirements.evaluate(id, &inputs, &environment()) {
                Ok(evaluation) => Ok(evaluation.output),
                Err(failure) => Err(failure.message.clone()),
            }
        });
        if expectation.attribute("errorResult") == Some("true") {
            match outcome {
                Err(_) | Ok(Val::Null) => continue,
                Ok(value) => return Err(format!("{name} is {} and no error", value.to_message())),
            }
        }
        let expected = child(expectation, "expected").map_or(Val::Null, value);
        let actual = outcome.map_err(|why| format!("{name}: {why}"))?;
        if !same(&actual, &expected) {
            let (actual, expected) = (actual.to_message(), expected.to_message());
            return Err(format!("{name} is {actual} instead of {expected}"));
        }
    }
    Ok(())
}

fn environment() -> Environment {
    Environment::new("2026-01-01T00:00:00Z".parse().unwrap(), jiff::tz::TimeZone::UTC)
}

struct Inputs(BTreeMap<String, Value>);

impl Variables for Inputs {
    fn variable(&self, _name: &str) -> Option<&[u8]> {
        None
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

/// The value of a node that holds a `value`, `component`s or a `list`.
fn value(node: Node<'_, '_>) -> Value {
    if let Some(list) = child(node, "list") {
        return Val::list(children(list, "item").map(value).collect());
    }
    let components: Vec<_> = children(node, "component")
        .map(|node| {
            let name = node.attribute("name").unwrap_or_default().to_owned();
            (Text::from(name), value(node))
        })
        .collect();
    if !components.is_empty() {
        return Val::context(components);
    }
    let Some(value) = child(node, "value") else { return Val::Null };
    if value.attribute((XSI, "nil")) == Some("true") {
        return Val::Null;
    }
    let text = value.text().unwrap_or_default();
    let kind = value.attribute((XSI, "type")).unwrap_or_default();
    match kind.rsplit(':').next().unwrap_or_default() {
        "decimal" | "double" | "integer" | "int" | "long" | "float" => {
            Number::parse(text.trim()).map_or(Val::Null, Val::Number)
        }
        "boolean" => Val::Boolean(text.trim() == "true"),
        "date" | "time" | "dateTime" | "duration" => {
            Val::parse_temporal(text.trim()).unwrap_or(Val::Null)
        }
        _ => Val::from(text.to_owned()),
    }
}

/// Equality, with numbers to eight places as the TCK asks for.
fn same(actual: &Value, expected: &Value) -> bool {
    match (actual, expected) {
        (Val::Number(a), Val::Number(b)) => {
            a == b || {
                let (a, b) = (a.to_f64(), b.to_f64());
                (a - b).abs() < 1e-8 * b.abs().max(1.0)
            }
        }
        (Val::List(a), Val::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(&a, &b))
        }
        (Val::Context(a), Val::Context(b)) => {
            let entry = |name: &str| a.entry(name).unwrap_or(Val::Null);
            a.len() == b.len() && b.iter().all(|(name, b)| same(&entry(&name), &b))
        }
        (a, b) => a == b,
    }
}

/// A DMN file of the TCK.
struct Model {
    text: String,
    /// Names that FEEL takes in backticks only, the longest first.
    names: Vec<Regex>,
}

impl Model {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let document = Document::parse(&text).unwrap();
        let mut names = BTreeSet::new();
        for node in document.descendants().filter(Node::is_element) {
            let is_named = matches!(
                node.tag_name().name(),
                "itemDefinition" | "itemComponent" | "variable" | "parameter" | "formalParameter"
            );
            let name = node.attribute("name").filter(|_| is_named);
            names.extend(name.filter(|name| name.contains([' ', '-'])).map(str::to_owned));
        }
        let mut names: Vec<_> = names.into_iter().collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        let pattern = |name: &String| Regex::new(&format!(r"([(,.]|\s|^)({name})([(),.]|\s|$)"));
        let names = names.iter().filter_map(|name| pattern(name).ok()).collect();
        Self { text, names }
    }

    /// The decision called `name`, read from a file with nothing but what it requires.
    fn decision(&self, name: &str) -> Result<(DecisionRequirements, String), String> {
        let document = Document::parse(&self.text).unwrap();
        let root = document.root_element();
        let decisions: Vec<_> = children(root, "decision").collect();
        let start = decisions.iter().find(|node| node.attribute("name") == Some(name));
        let start = start.ok_or_else(|| format!("no decision is called {name}"))?;
        let mut kept = BTreeSet::new();
        let mut open = vec![*start];
        while let Some(decision) = open.pop() {
            if !kept.insert(decision.id().get()) {
                continue;
            }
            for requirement in children(decision, "informationRequirement") {
                let href = child(requirement, "requiredDecision")
                    .and_then(|node| node.attribute("href"))
                    .and_then(|href| href.rsplit('#').next());
                open.extend(decisions.iter().find(|node| node.attribute("id") == href));
            }
        }

        let mut edits: Vec<(std::ops::Range<usize>, String)> = Vec::new();
        if root.attribute("id").is_none() {
            let at = root.range().start + 1;
            let len = self.text[at..].find(char::is_whitespace).unwrap();
            edits.push((at + len..at + len, " id=\"tck\"".to_owned()));
        }
        // Cases go by names, so a few files do without ids.
        for node in decisions.iter().filter(|node| node.attribute("id").is_none()) {
            let at = node.range().start + 1;
            let len = self.text[at..].find(char::is_whitespace).unwrap();
            edits.push((at + len..at + len, format!(" id=\"tck_{}\"", node.id().get())));
        }
        let dropped = decisions.iter().filter(|node| !kept.contains(&node.id().get()));
        edits.extend(dropped.map(|node| (node.range(), String::new())));
        for node in document.descendants().filter(|node| node.has_tag_name(text_name(root))) {
            // The name of what an invocation calls is no FEEL.
            let around = node.ancestors().nth(2);
            let is_called = around.is_some_and(|node| node.tag_name().name() == "invocation");
            if let Some(text) = node.text().filter(|_| !is_called) {
                let escaped = self.names.iter().fold(text.to_owned(), |text, name| {
                    name.replace_all(&text, "$1`$2`$3").into_owned()
                });
                if escaped != text {
                    let tag = self.text[node.range()].split(['<', '>', ' ']).nth(1).unwrap();
                    edits.push((node.range(), element(tag, &escaped)));
                }
            }
        }
        // An edit of a text inside a dropped decision goes with it.
        edits.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        let mut text = String::new();
        let mut at = 0;
        for (range, replacement) in edits {
            if range.start >= at {
                text.push_str(&self.text[at..range.start]);
                text.push_str(&replacement);
                at = range.end;
            }
        }
        text.push_str(&self.text[at..]);
        let requirements = parse_dmn(text.as_bytes()).map_err(|problems| problems.to_string())?;
        let id = requirements.decisions().iter().find(|decision| *decision.name == *name);
        let id = id.map(|decision| decision.id.to_string()).ok_or("the decision is lost")?;
        Ok((requirements, id))
    }
}

fn text_name<'a>(root: Node<'a, '_>) -> roxmltree::ExpandedName<'a, 'a> {
    (root.tag_name().namespace().unwrap_or_default(), "text").into()
}

fn element(tag: &str, text: &str) -> String {
    let mut out = format!("<{tag}>");
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '>' => out.push_str("&gt;"),
            c => write!(out, "{c}").unwrap(),
        }
    }
    out + &format!("</{tag}>")
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

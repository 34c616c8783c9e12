//! DMN: reading files, and the results of decisions.

mod evaluate;
mod limits;
mod problem;
mod report;
mod robust;

use std::path::Path;

use skep_feel::{Environment, Val, Value, Variables};
use skep_model::{DecisionEvaluation, DecisionFailure, DecisionRequirements, parse_dmn};

use crate::fixtures::repository;

/// A context as variables.
struct Given(Value);

impl Given {
    fn json(text: &str) -> Self {
        Self(Val::from_json(text).unwrap_or_else(|| panic!("{text} is JSON")))
    }

    /// The value of a FEEL expression, which may be more than JSON can say.
    fn feel(text: &str) -> Self {
        let expression = skep_feel::Expression::parse(text).unwrap();
        Self(expression.evaluate(&(), &environment()).unwrap().value)
    }

    fn stored(self) -> Stored {
        let entries = self.0.entries().unwrap().map(|(name, value)| {
            let mut bytes = Vec::new();
            value.write_msgpack(&mut bytes);
            (name.to_string(), bytes)
        });
        Stored(entries.collect())
    }
}

/// Variables as they are stored.
struct Stored(Vec<(String, Vec<u8>)>);

impl Variables for Stored {
    fn variable(&self, name: &str) -> Option<&[u8]> {
        self.0.variable(name)
    }
}

/// Variables that are decoded already.
struct Decoded(Vec<(String, Value)>);

impl From<Given> for Decoded {
    fn from(given: Given) -> Self {
        let entries = given.0.entries().unwrap();
        Self(entries.map(|(name, value)| (name.to_string(), value)).collect())
    }
}

impl Variables for Decoded {
    fn variable(&self, _name: &str) -> Option<&[u8]> {
        None
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

fn environment() -> Environment {
    Environment::new(jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC)
}

/// A file of `tests/dmn` without its ending.
fn fixture(name: &str) -> DecisionRequirements {
    let path = repository().join(format!("tests/dmn/{name}.dmn"));
    let xml = std::fs::read(path).unwrap();
    parse_dmn(&xml).unwrap_or_else(|problems| panic!("{name} is refused:\n{problems}"))
}

/// The DMN files of a folder with their names, in order.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "dmn"))
        .collect();
    paths.sort();
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| (name(path), std::fs::read(path).unwrap())).collect()
}

/// Evaluates, once on stored and once on decoded variables where that is the same.
fn evaluate(
    requirements: &DecisionRequirements,
    decision: &str,
    variables: &str,
) -> Result<DecisionEvaluation, Box<DecisionFailure>> {
    let stored = Given::json(variables).stored();
    let decoded = Decoded::from(Given::json(variables));
    let result = requirements.evaluate(decision, &stored, &environment());
    let again = requirements.evaluate(decision, &decoded, &environment());
    match (&result, &again) {
        (Ok(a), Ok(b)) => assert_eq!(a.output.to_json(), b.output.to_json()),
        (Err(a), Err(b)) => assert_eq!(a, b),
        _ => panic!("stored and decoded variables give different results"),
    }
    result
}

/// The result as JSON, or the decision that failed and why.
fn outcome(result: Result<DecisionEvaluation, Box<DecisionFailure>>) -> String {
    match result {
        Ok(evaluation) => evaluation.output.to_json(),
        Err(failure) => format!("! {}: {failure}", failure.failed_decision_id),
    }
}

/// A file with these children of its definitions.
fn definitions(children: &str) -> String {
    format!(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" id=\"drg\" \
         name=\"DRG\" namespace=\"urn:test\">{children}</definitions>"
    )
}

/// A decision with an expression.
fn literal(id: &str, inside: &str, expression: &str) -> String {
    let expression = escaped(expression);
    format!(
        "<decision id=\"{id}\" name=\"{id}\">{inside}<literalExpression><text>{expression}</text>\
         </literalExpression></decision>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn requires(id: &str) -> String {
    format!("<informationRequirement><requiredDecision href=\"#{id}\"/></informationRequirement>")
}

fn knows(id: &str) -> String {
    format!("<knowledgeRequirement><requiredKnowledge href=\"#{id}\"/></knowledgeRequirement>")
}

//! How the tables are run.

use jiff::tz::TimeZone;
use skep_feel::{Environment, Evaluation, Expression, Value, Variables};

/// What a built-in function warns of that does not take its arguments.
pub(crate) const REFUSED: &str = "FUNCTION_INVOCATION_FAILURE";

/// Variables as they are stored.
pub(crate) struct Stored(Vec<(String, Vec<u8>)>);

impl Stored {
    /// Reads a JSON object.
    pub(crate) fn json(text: &str) -> Self {
        let context = Value::from_json(text).expect("variables are JSON");
        let entries = context.entries().expect("variables are an object");
        Self(
            entries
                .map(|(name, value)| {
                    let mut bytes = Vec::new();
                    value.write_msgpack(&mut bytes);
                    (name.to_string(), bytes)
                })
                .collect(),
        )
    }
}

impl Variables for Stored {
    fn variable(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, bytes)| bytes.as_slice())
    }
}

/// 2024-02-29T12:30:45.5Z, in Berlin.
pub(crate) fn environment() -> Environment {
    let now = "2024-02-29T12:30:45.5Z".parse().expect("a timestamp");
    let zone = TimeZone::get("Europe/Berlin").expect("a zone");
    Environment::new(now, zone).with_random(|| 0x0123_4567_89ab_cdef)
}

#[track_caller]
pub(crate) fn evaluate(text: &str, variables: &str) -> Evaluation {
    let expression = match Expression::parse(text) {
        Ok(expression) => expression,
        Err(error) => panic!("{text}: {error}"),
    };
    match expression.evaluate(&Stored::json(variables), &environment()) {
        Ok(evaluation) => evaluation,
        Err(error) => panic!("{text}: {error}"),
    }
}

/// Each expression and the JSON of its value.
#[track_caller]
pub(crate) fn check(rows: &[(&str, &str)]) {
    check_with("{}", rows);
}

/// As [`check`], with variables.
#[track_caller]
pub(crate) fn check_with(variables: &str, rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        let json = evaluate(text, variables).value.to_json();
        assert_eq!(json, *expected, "{text}");
    }
}

/// Expressions that give null with one warning of this kind.
#[track_caller]
pub(crate) fn check_null(kind: &str, rows: &[&str]) {
    for text in rows {
        let evaluation = evaluate(text, "{}");
        assert_eq!(evaluation.value.to_json(), "null", "{text}");
        let kinds: Vec<_> = evaluation.warnings.iter().map(|warning| warning.kind).collect();
        assert_eq!(kinds, [kind], "{text}");
    }
}

/// Why an evaluation fails.
#[track_caller]
pub(crate) fn failure(text: &str, variables: &str) -> String {
    let expression = Expression::parse(text).expect("it parses");
    match expression.evaluate(&Stored::json(variables), &environment()) {
        Ok(evaluation) => panic!("{text} gives {}", evaluation.value.to_json()),
        Err(error) => error.message,
    }
}

//! `skep feel`

use std::{
    collections::BTreeMap,
    hash::{BuildHasher as _, RandomState},
};

use serde_json::Value as Json;
use skep_feel::{Environment, Expression, ParseError, Value, Variables};

use super::variables;
use crate::{
    failure::Failure,
    output::{line, note},
};

const EXAMPLES: &str = "\
Examples:
  skep feel '1 + 2'
  skep feel 'total > 100' --context '{\"total\": 142}'
  skep feel 'for i in items return i.price' --context @order.json
  skep feel 'date(\"2025-01-31\") + duration(\"P1M\")'

The value is printed as JSON, temporal values as their FEEL text. Warnings go to stderr: they
are what an incident would say. Exit code 1 when the expression cannot be read or evaluated.";

/// Flags of `skep feel`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct FeelArgs {
    /// The expression; a leading `=` is allowed.
    #[arg(value_name = "EXPR", allow_hyphen_values = true)]
    expression: String,
    /// JSON object with the variables; `@FILE` reads a file, `-` reads stdin.
    #[arg(long, value_name = "JSON|@FILE|-")]
    context: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// When the context is no object, and when the expression cannot be read or evaluated.
pub(crate) fn run(args: &FeelArgs) -> Result<(), Failure> {
    let context = Context::read(args.context.as_deref())?;
    let text = args.expression.strip_prefix('=').unwrap_or(&args.expression);
    let expression = Expression::parse(text).map_err(|e| unreadable(text, &e))?;
    let environment = Environment::new(jiff::Timestamp::now(), jiff::tz::TimeZone::system())
        .with_random(|| RandomState::new().hash_one(0_u8));
    let evaluation = expression.evaluate(&context, &environment).map_err(|e| {
        e.warnings.iter().for_each(|warning| note(format!("warning: {warning}")));
        Failure::new(format!("the expression cannot be evaluated: {e}"))
    })?;
    evaluation.warnings.iter().for_each(|warning| note(format!("warning: {warning}")));
    line(evaluation.value.to_json())
}

/// The variables of one evaluation.
struct Context(BTreeMap<String, Value>);

impl Context {
    fn read(given: Option<&str>) -> Result<Self, Failure> {
        let object = variables::read_from("--context", given)?;
        object.into_iter().map(|(name, json)| Ok((name.clone(), feel(&name, &json)?))).collect()
    }
}

impl FromIterator<(String, Value)> for Context {
    fn from_iter<T: IntoIterator<Item = (String, Value)>>(items: T) -> Self {
        Self(items.into_iter().collect())
    }
}

impl Variables for Context {
    fn variable(&self, _name: &str) -> Option<&[u8]> {
        None
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

fn feel(name: &str, json: &Json) -> Result<Value, Failure> {
    Value::from_json(&json.to_string()).ok_or_else(|| {
        Failure::usage(format!("the variable {name} of --context nests too deep or is too large"))
    })
}

/// The error, and under it the line of the expression with a mark at the place.
fn unreadable(text: &str, error: &ParseError) -> Failure {
    let mut message = format!("the expression cannot be read: {error}");
    if let Some(source) = text.lines().nth(error.line.saturating_sub(1)) {
        let before = " ".repeat(error.column.saturating_sub(1));
        message.push_str(&format!("\n  {source}\n  {before}^"));
    }
    Failure::new(message)
}

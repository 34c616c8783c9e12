//! `skep feel`

mod complete;
mod history;
mod input;
mod repl;
mod scope;

use std::io::IsTerminal as _;

use skep_feel::{Expression, ParseError, Val, Value};

use crate::{
    failure::Failure,
    output::{line, note},
};
use scope::Scope;

const EXAMPLES: &str = "\
Examples:
  skep feel '1 + 2'
  skep feel 'total > 100' --context '{\"total\": 142}'
  skep feel 'for i in items return i.price' --context @order.json
  skep feel 'date(\"2025-01-31\") + duration(\"P1M\")'
  skep feel                       a session: one expression after the other, :help says more
  skep feel < expressions.feel    the same from a file, up to the first one that fails

The value is printed as JSON, temporal values as their FEEL text. Warnings go to stderr: they
are what an incident would say. Exit code 1 when the expression cannot be read or evaluated.
What is typed in a session is kept in $XDG_DATA_HOME/skep/feel-history, or the file that
SKEP_FEEL_HISTORY names; set it to nothing to keep none.";

/// Flags of `skep feel`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct FeelArgs {
    /// The expression; a leading `=` is allowed. Without one, a session.
    #[arg(value_name = "EXPR", allow_hyphen_values = true)]
    expression: Option<String>,
    /// JSON object with the variables; `@FILE` reads a file, `-` reads stdin.
    #[arg(long, value_name = "JSON|@FILE|-")]
    context: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// When the context is no object, and when the expression cannot be read or evaluated.
pub(crate) fn run(args: &FeelArgs) -> Result<(), Failure> {
    if args.expression.is_none() && args.context.as_deref() == Some("-") {
        return Err(Failure::usage("without an expression, stdin is where expressions come from")
            .fix("read the variables from a file: --context @FILE"));
    }
    let scope = Scope::read("--context", args.context.as_deref())?;
    match &args.expression {
        Some(expression) => {
            let value = evaluate(expression, &scope)?;
            line(value.to_json())
        }
        None if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() => {
            repl::on_terminal(scope)
        }
        None => repl::from_stdin(scope),
    }
}

/// The value of `text`; warnings are noted.
fn evaluate(text: &str, scope: &Scope) -> Result<Value, Failure> {
    let text = text.strip_prefix('=').unwrap_or(text);
    let expression = Expression::parse(text).map_err(|e| unreadable(text, &e))?;
    let evaluation = expression.evaluate(scope, &scope.environment()).map_err(|e| {
        e.warnings.iter().for_each(|warning| note(format!("warning: {warning}")));
        Failure::new(format!("the expression cannot be evaluated: {e}"))
    })?;
    evaluation.warnings.iter().for_each(|warning| note(format!("warning: {warning}")));
    Ok(evaluation.value)
}

/// How a session shows a value: as JSON, or as text where JSON has nothing for it.
fn shown(value: &Value) -> String {
    match value {
        Val::Function(_) | Val::Range(_) => value.to_text(),
        Val::Null
        | Val::Boolean(_)
        | Val::Number(_)
        | Val::String(_)
        | Val::List(_)
        | Val::Context(_)
        | Val::Date(_)
        | Val::Time(_)
        | Val::DateTime(_)
        | Val::DaysTimeDuration(_)
        | Val::YearsMonthsDuration(_) => value.to_json(),
    }
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

//! Evaluates FEEL on the variables of a scope, with Zeebe's demands on result types.

mod evaluate;

use std::{ops::Range, sync::Arc};

use skep_feel::{Environment, Evaluation, Expression, Kind, Value, Variables, Warning};
use skep_model::{StaticValue, TextOrFeel};
use skep_record::{ElementInstanceKey, ErrorType, ProcessInstanceKey};

pub(crate) use self::evaluate::evaluate as evaluate_for_client;
use crate::{
    Ctx, EngineConfig,
    failure::Failure,
    state::instance::{ProcessInstance, Variable},
};

/// The variables visible at a scope.
#[derive(Clone, Copy)]
pub(crate) struct ScopeVariables<'a> {
    instance: Option<&'a ProcessInstance>,
    scope_key: ElementInstanceKey,
}

impl Variables for ScopeVariables<'_> {
    fn variable(&self, name: &str) -> Option<&[u8]> {
        self.instance?.variable(self.scope_key, name).map(Variable::value)
    }
}

/// A scope to evaluate in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope {
    pub(crate) process_instance_key: ProcessInstanceKey,
    pub(crate) key: ElementInstanceKey,
}

impl Scope {
    /// A scope without variables, for process start events.
    pub(crate) const NONE: Self =
        Self { process_instance_key: ProcessInstanceKey(-1), key: ElementInstanceKey(-1) };

    pub(crate) fn variables<'a>(&self, ctx: &'a Ctx<'_>) -> ScopeVariables<'a> {
        ScopeVariables {
            instance: ctx.state().instances.get(self.process_instance_key),
            scope_key: self.key,
        }
    }
}

pub(crate) fn environment(now: jiff::Timestamp, config: &EngineConfig) -> Environment {
    Environment::new(now, config.zone.clone()).with_random(config.random)
}

/// Evaluates; a failure or a wrong type is an `EXTRACT_VALUE_ERROR`.
fn evaluate(
    ctx: &mut Ctx<'_>,
    scope: Scope,
    expression: &Expression,
) -> Result<Evaluation, Failure> {
    let environment = ctx.environment().clone();
    expression.evaluate(&scope.variables(ctx), &environment).map_err(|error| {
        Failure::new(
            ErrorType::ExtractValueError,
            format!("Failed to evaluate expression '{}'. {error}", expression.text()),
        )
        .in_scope(scope.key)
    })
}

/// Evaluates to any value, as MessagePack.
pub(crate) fn any(
    ctx: &mut Ctx<'_>,
    scope: Scope,
    expression: &Expression,
) -> Result<Vec<u8>, Failure> {
    let environment = ctx.environment().clone();
    let mut out = Vec::new();
    expression.evaluate_msgpack(&scope.variables(ctx), &environment, &mut out).map_err(
        |error| {
            Failure::new(
                ErrorType::ExtractValueError,
                format!("Failed to evaluate expression '{}'. {error}", expression.text()),
            )
            .in_scope(scope.key)
        },
    )?;
    Ok(out)
}

fn wrong_type(
    scope: Scope,
    expression: &Expression,
    expected: &str,
    found: &Evaluation,
) -> Failure {
    Failure::new(
        ErrorType::ExtractValueError,
        format!(
            "Expected result of the expression '{}' to be {expected}, but was '{}'.{}",
            expression.text(),
            found.value.kind().as_str(),
            warnings(&found.warnings)
        ),
    )
    .in_scope(scope.key)
}

/// What Zeebe adds to a failure when something was tolerated on the way.
pub(crate) fn warnings(warnings: &[Warning]) -> String {
    if warnings.is_empty() {
        return String::new();
    }
    let lines: Vec<String> =
        warnings.iter().map(|warning| format!("[{}] {}", warning.kind, warning.message)).collect();
    format!(" The evaluation reported the following warnings:\n{}", lines.join("\n"))
}

pub(crate) fn boolean(
    ctx: &mut Ctx<'_>,
    scope: Scope,
    expression: &Expression,
) -> Result<bool, Failure> {
    let found = evaluate(ctx, scope, expression)?;
    found.value.as_bool().ok_or_else(|| wrong_type(scope, expression, "'BOOLEAN'", &found))
}

/// The items of a list, as MessagePack.
#[derive(Debug)]
pub(crate) struct Items {
    bytes: Vec<u8>,
    /// Where each begins; it ends where the next begins, or with the bytes.
    starts: Vec<u32>,
}

impl Items {
    /// `None` if the bytes are no list.
    fn of(bytes: Vec<u8>) -> Option<Self> {
        // No variable is 4 GB long.
        let start = |item: Range<usize>| u32::try_from(item.start).unwrap_or(u32::MAX);
        let starts = skep_record::list_items(&bytes)?.map(start).collect();
        Some(Self { bytes, starts })
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    pub(crate) fn get(&self, index: usize) -> Option<&[u8]> {
        let start = *self.starts.get(index)? as usize;
        let end = self.starts.get(index + 1).map_or(self.bytes.len(), |end| *end as usize);
        self.bytes.get(start..end)
    }

    /// Memory that it takes.
    pub(crate) fn n_bytes(&self) -> usize {
        self.bytes.capacity() + 4 * self.starts.capacity()
    }
}

pub(crate) fn list(
    ctx: &mut Ctx<'_>,
    scope: Scope,
    expression: &Expression,
) -> Result<Items, Failure> {
    let bytes = any(ctx, scope, expression)?;
    match Items::of(bytes) {
        Some(items) => Ok(items),
        // Once more, for what was tolerated on the way.
        None => Err(wrong_type(scope, expression, "'ARRAY'", &evaluate(ctx, scope, expression)?)),
    }
}

/// A boolean, of an expression that sees more than the variables of its scope.
pub(crate) fn boolean_among<V: Variables>(
    variables: &V,
    environment: &Environment,
    scope: Scope,
    text: &TextOrFeel,
) -> Result<bool, Failure> {
    let expression = match text {
        TextOrFeel::Feel(expression) => expression,
        TextOrFeel::Static(StaticValue::Text(text) | StaticValue::Number(_, text)) => {
            return Err(Failure::new(
                ErrorType::ExtractValueError,
                format!(
                    "Expected result of the expression '{text}' to be 'BOOLEAN', but it is a static text. Start it with '='."
                ),
            )
            .in_scope(scope.key));
        }
    };
    let found = expression.evaluate(variables, environment).map_err(|error| {
        Failure::new(
            ErrorType::ExtractValueError,
            format!("Failed to evaluate expression '{}'. {error}", expression.text()),
        )
        .in_scope(scope.key)
    })?;
    found.value.as_bool().ok_or_else(|| wrong_type(scope, expression, "'BOOLEAN'", &found))
}

pub(crate) fn string(
    ctx: &mut Ctx<'_>,
    scope: Scope,
    text: &TextOrFeel,
) -> Result<Arc<str>, Failure> {
    match text {
        TextOrFeel::Static(StaticValue::Text(text)) => Ok(Arc::clone(text)),
        TextOrFeel::Static(StaticValue::Number(_, text)) => Err(Failure::new(
            ErrorType::ExtractValueError,
            format!("Expected result of the expression '{text}' to be 'STRING', but was 'NUMBER'."),
        )
        .in_scope(scope.key)),
        TextOrFeel::Feel(expression) => {
            let found = evaluate(ctx, scope, expression)?;
            match found.value.as_str() {
                Some(text) => Ok(text.into()),
                None => Err(wrong_type(scope, expression, "'STRING'", &found)),
            }
        }
    }
}

/// The integer a static text stands for; `None` for FEEL and text that is no number.
pub(crate) fn static_integer(text: &TextOrFeel) -> Option<i32> {
    match text {
        TextOrFeel::Static(StaticValue::Number(number, _)) => Some(truncated(*number)),
        TextOrFeel::Static(StaticValue::Text(_)) | TextOrFeel::Feel(_) => None,
    }
}

/// The whole part, cut to 32 bits.
#[expect(clippy::cast_possible_truncation, reason = "a float cast saturates, which is wanted")]
fn truncated(number: f64) -> i32 {
    number as i32
}

pub(crate) fn integer(ctx: &mut Ctx<'_>, scope: Scope, text: &TextOrFeel) -> Result<i32, Failure> {
    match text {
        TextOrFeel::Static(StaticValue::Number(number, _)) => Ok(truncated(*number)),
        TextOrFeel::Static(StaticValue::Text(text)) => Err(Failure::new(
            ErrorType::ExtractValueError,
            format!("Expected result of the expression '{text}' to be 'NUMBER', but was 'STRING'."),
        )
        .in_scope(scope.key)),
        TextOrFeel::Feel(expression) => {
            let found = evaluate(ctx, scope, expression)?;
            match found.value.as_f64() {
                Some(number) => Ok(truncated(number)),
                None => Err(wrong_type(scope, expression, "'NUMBER'", &found)),
            }
        }
    }
}

/// A correlation key: a string, or a number cut to its whole part.
pub(crate) fn correlation_key(
    ctx: &mut Ctx<'_>,
    scope: Scope,
    expression: &Expression,
) -> Result<Arc<str>, Failure> {
    let found = evaluate(ctx, scope, expression)?;
    if let Some(text) = found.value.as_str() {
        return Ok(text.into());
    }
    if let Some(number) = found.value.as_i64() {
        return Ok(number.to_string().into());
    }
    match found.value.as_f64() {
        Some(number) => Ok(format!("{:.0}", number.trunc()).into()),
        None => {
            let warnings = warnings(&found.warnings);
            Err(Failure::new(
                ErrorType::ExtractValueError,
                format!(
                    "Failed to extract the correlation key for '{}': The value must be either a string or a number, but was '{}'.{warnings}",
                    expression.text(),
                    found.value.kind().as_str(),
                ),
            )
            .in_scope(scope.key))
        }
    }
}

/// A value of any type that the caller will look at.
pub(crate) fn value(ctx: &mut Ctx<'_>, scope: Scope, text: &TextOrFeel) -> Result<Value, Failure> {
    match text {
        TextOrFeel::Static(StaticValue::Text(text)) => Ok(Value::String(text.to_string().into())),
        TextOrFeel::Static(StaticValue::Number(_, text)) => {
            Ok(Value::String(text.to_string().into()))
        }
        TextOrFeel::Feel(expression) => Ok(evaluate(ctx, scope, expression)?.value),
    }
}

/// A list of strings.
pub(crate) fn strings(
    ctx: &mut Ctx<'_>,
    scope: Scope,
    expression: &Expression,
) -> Result<Vec<String>, Failure> {
    let found = evaluate(ctx, scope, expression)?;
    if found.value.kind() != Kind::Array {
        return Err(wrong_type(scope, expression, "'ARRAY'", &found));
    }
    let items: Option<Vec<String>> = found
        .value
        .items()
        .map(|items| items.map(|item| item.as_str().map(str::to_owned)).collect())
        .unwrap_or_default();
    items.ok_or_else(|| {
        Failure::new(
            ErrorType::ExtractValueError,
            format!(
                "Expected result of the expression '{}' to be a list of strings, but an item is of another type.",
                expression.text()
            ),
        )
        .in_scope(scope.key)
    })
}

/// Strings as the text of a list literal.
pub(crate) fn list_text<T: AsRef<str>>(items: &[T]) -> String {
    let quoted: Vec<String> =
        items.iter().map(|item| Value::String(item.as_ref().to_owned().into()).to_json()).collect();
    format!("[{}]", quoted.join(","))
}

/// A string as MessagePack.
pub(crate) fn text_to_msgpack(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 5);
    Value::String(text.to_owned().into()).write_msgpack(&mut out);
    out
}

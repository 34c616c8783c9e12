//! Attributes and texts that are static, FEEL, or either; and paths of variables.

use std::sync::Arc;

use skep_feel::{Environment, Expression, ParseError, Value};

use crate::graph::{StaticValue, TextOrFeel};
use crate::node::Node;
use crate::problem::{Report, quoted};

/// Words that FEEL reserves and that cannot be the whole path of a mapping's target.
const RESERVED: [&str; 11] =
    ["null", "true", "false", "function", "if", "then", "else", "for", "between", "instance", "of"];

/// Reads an attribute that is FEEL if it starts with `=` and static otherwise.
///
/// Source: camunda/zeebe: expression-language/FeelExpressionLanguage.java, StaticExpression.java
pub(crate) fn text_or_feel(
    node: Node<'_>,
    what: &str,
    text: &str,
    report: &mut Report<'_>,
) -> Option<TextOrFeel> {
    if text.starts_with('=') {
        feel(node, what, text, report).map(TextOrFeel::Feel)
    } else {
        Some(TextOrFeel::Static(static_value(text)))
    }
}

/// As [`text_or_feel`], but what is static stays text even if it looks like a number.
pub(crate) fn string_or_feel(
    node: Node<'_>,
    what: &str,
    text: &str,
    report: &mut Report<'_>,
) -> Option<TextOrFeel> {
    if text.starts_with('=') {
        feel(node, what, text, report).map(TextOrFeel::Feel)
    } else {
        Some(TextOrFeel::text(text))
    }
}

/// Reads an attribute that must be FEEL and so must start with `=`.
pub(crate) fn feel(
    node: Node<'_>,
    what: &str,
    text: &str,
    report: &mut Report<'_>,
) -> Option<Expression> {
    let Some(source) = text.strip_prefix('=') else {
        let fix = quoted(&format!("={text}"));
        report.error(node, format!("{what} must be an expression: start it with '=', as in {fix}"));
        return None;
    };
    if source.trim().is_empty() {
        report.error(node, format!("{what} is an empty expression: write FEEL behind the '='"));
        return None;
    }
    match Expression::parse(source) {
        Ok(expression) => Some(expression),
        Err(ParseError { message, line, column, .. }) => {
            // The message shows the text with its '='.
            let place = match line {
                1 => format!("column {}", column + 1),
                _ => format!("line {line}, column {column}"),
            };
            report.error(
                node,
                format!("{what} {} is not valid FEEL: {message} (at its {place})", quoted(text)),
            );
            None
        }
    }
}

/// The value of an expression that needs no variables, as at a process start event.
///
/// Expressions that ask for the time get some time: only the kind of such a value is of use.
pub(crate) fn constant(expression: &Expression) -> Option<Value> {
    let environment = Environment::new(jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC);
    expression.evaluate(&(), &environment).ok().map(|evaluation| evaluation.value)
}

/// Static text: a number if Java's `BigDecimal` reads it as one, else a string.
pub(crate) fn static_value(text: &str) -> StaticValue {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && is_decimal(text) => {
            StaticValue::Number(number, text.into())
        }
        _ => StaticValue::Text(text.into()),
    }
}

/// `[+-] digits [. digits] [e [+-] digits]` with a digit before or behind the point.
fn is_decimal(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (significand, exponent) = match text.split_once(['e', 'E']) {
        Some((significand, exponent)) => (significand, Some(exponent)),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = significand.split_once('.').unwrap_or((significand, ""));
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    digits(whole) && digits(fraction) && whole.len() + fraction.len() > 0 && exponent_fits
}

/// A FEEL string literal with the value `text`.
///
/// As in Zeebe only quotes are escaped, so `\n` in a static text is a line break; where that
/// would not be one closed literal, backslashes are taken literally.
///
/// Source: camunda/zeebe: engine/processing/deployment/model/transformer/VariableMappingTransformer.java
pub(crate) fn string_literal(text: &str) -> String {
    let escaped = format!("\"{}\"", text.replace('"', "\\\""));
    if is_one_literal(&escaped) {
        escaped
    } else {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

fn is_one_literal(literal: &str) -> bool {
    let inner = &literal[1..];
    let mut is_escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at == inner.len() - 1,
            _ => {}
        }
    }
    false
}

/// Reads the target of a mapping: names joined by points.
///
/// Source: camunda/zeebe: bpmn-model/validation/zeebe and
/// engine/processing/deployment/model/validation/ZeebeExpressionValidator.java
pub(crate) fn path(
    node: Node<'_>,
    what: &str,
    text: &str,
    report: &mut Report<'_>,
) -> Option<Vec<Arc<str>>> {
    let is_path = text.split('.').all(is_name);
    if !is_path || RESERVED.contains(&text) {
        report.error(
            node,
            format!(
                "{what} {} is no path of variables: write names of letters, digits and '_' joined \
                 by '.', and no reserved word of FEEL",
                quoted(text)
            ),
        );
        return None;
    }
    Some(text.split('.').map(Arc::from).collect())
}

/// Whether the text is the name of a variable, without spaces or signs.
pub(crate) fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn static_text_is_a_number_only_if_it_is_decimal() {
        for text in ["3", "-1", "+1.5", ".5", "5.", "1e3", "1E-3", "007"] {
            assert!(matches!(static_value(text), StaticValue::Number(..)), "{text}");
        }
        for text in
            ["", " 3", "1,5", "0x10", "inf", "NaN", "e3", ".", "1e", "1_000", "true", "1e999"]
        {
            assert!(matches!(static_value(text), StaticValue::Text(_)), "{text}");
        }
    }

    #[test]
    fn string_literals_are_closed() {
        assert_eq!(string_literal("plain"), r#""plain""#);
        assert_eq!(string_literal(r#"say "hi""#), r#""say \"hi\"""#);
        assert_eq!(string_literal(r"line\nbreak"), r#""line\nbreak""#);
        assert_eq!(string_literal(r"C:\"), r#""C:\\""#);
        assert_eq!(string_literal(r#"\" + secret + \""#), r#""\\\" + secret + \\\"""#);
    }
}

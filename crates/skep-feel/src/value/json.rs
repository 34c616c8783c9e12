//! Values as JSON and as FEEL text.

use std::fmt::Write as _;

use super::{NESTING_MAX, Text, Val, Value};
use crate::number::Number;
use crate::temporal::{DaysTimeDuration, YearsMonthsDuration};

/// How temporal values look in JSON.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Style {
    /// As `string()` shows them.
    Feel,
    /// As `java.time` and Jackson show them.
    Iso,
}

impl Val<'_> {
    /// The text `string()` gives: null is `null`, a string is itself, one inside a list or
    /// context is quoted.
    ///
    /// Source: camunda/feel-scala: src/main/scala/org/camunda/feel/syntaxtree/Val.scala
    #[must_use]
    pub fn to_text(&self) -> String {
        if let Val::String(text) = self {
            return (**text).to_owned();
        }
        let mut out = String::new();
        self.write_text(&mut out, 0);
        out
    }

    /// As [`Val::to_text`] with strings in quotes, for messages; long values are cut.
    #[must_use]
    pub fn to_message(&self) -> String {
        const LEN_MAX: usize = 200;
        let mut out = String::new();
        self.write_text_up_to(LEN_MAX, &mut out, 0);
        if out.len() > LEN_MAX {
            let end = (0..=LEN_MAX).rev().find(|at| out.is_char_boundary(*at)).unwrap_or(0);
            out.truncate(end);
            out.push('…');
        }
        out
    }

    fn write_text(&self, out: &mut String, depth: usize) {
        self.write_text_up_to(usize::MAX, out, depth);
    }

    /// Stops with the item that reaches `limit`.
    fn write_text_up_to(&self, limit: usize, out: &mut String, depth: usize) {
        // Writing to a string cannot fail.
        let _ = match self {
            Val::Null => write!(out, "null"),
            Val::Boolean(value) => write!(out, "{value}"),
            Val::Number(number) => write!(out, "{number}"),
            Val::String(text) if text.len() > limit => {
                let cut = text.chars().take(limit).collect::<String>();
                write!(out, "\"{cut}")
            }
            Val::String(text) => write!(out, "\"{}\"", &**text),
            Val::Date(date) => write!(out, "{date}"),
            Val::Time(time) => write!(out, "{time}"),
            Val::DateTime(value) => write!(out, "{value}"),
            Val::YearsMonthsDuration(duration) => write!(out, "{duration}"),
            Val::DaysTimeDuration(duration) => write!(out, "{duration}"),
            Val::Range(range) => write!(out, "{range}"),
            Val::Function(function) => write!(out, "{function}"),
            Val::List(_) | Val::Context(_) if depth >= NESTING_MAX => write!(out, "…"),
            Val::List(list) => {
                out.push('[');
                for (index, item) in list.iter().enumerate() {
                    if out.len() > limit {
                        break;
                    }
                    if index > 0 {
                        out.push_str(", ");
                    }
                    item.write_text_up_to(limit, out, depth + 1);
                }
                out.push(']');
                Ok(())
            }
            Val::Context(context) => {
                out.push('{');
                for (index, (key, value)) in context.iter().enumerate() {
                    if out.len() > limit {
                        break;
                    }
                    if index > 0 {
                        out.push_str(", ");
                    }
                    out.push_str(&key);
                    out.push(':');
                    value.write_text_up_to(limit, out, depth + 1);
                }
                out.push('}');
                Ok(())
            }
        };
    }

    /// The value as JSON; temporal values, ranges and functions as their FEEL text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out, Style::Feel, 0);
        out
    }

    /// What the function `to json()` gives: temporal values in ISO 8601 text.
    pub(crate) fn to_iso_json(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out, Style::Iso, 0);
        out
    }

    fn write_json(&self, out: &mut String, style: Style, depth: usize) {
        match self {
            Val::Null => out.push_str("null"),
            Val::Boolean(_) | Val::Number(_) => self.write_text(out, depth),
            Val::String(text) => write_string(text, out),
            Val::List(_) | Val::Context(_) if depth >= NESTING_MAX => out.push_str("null"),
            Val::List(list) => {
                out.push('[');
                for (index, item) in list.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write_json(out, style, depth + 1);
                }
                out.push(']');
            }
            Val::Context(context) => {
                out.push('{');
                for (index, (key, value)) in context.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_string(&key, out);
                    out.push(':');
                    value.write_json(out, style, depth + 1);
                }
                out.push('}');
            }
            Val::Date(_)
            | Val::Time(_)
            | Val::DateTime(_)
            | Val::YearsMonthsDuration(_)
            | Val::DaysTimeDuration(_)
            | Val::Range(_)
            | Val::Function(_) => write_string(&self.scalar_text(style), out),
        }
    }

    fn scalar_text(&self, style: Style) -> String {
        match (self, style) {
            (Val::Time(time), Style::Iso) => time.iso().to_string(),
            (Val::DateTime(value), Style::Iso) => value.iso().to_string(),
            (Val::YearsMonthsDuration(duration), Style::Iso) => iso_months(*duration),
            (Val::DaysTimeDuration(duration), Style::Iso) => iso_seconds(*duration),
            _ => self.to_text(),
        }
    }

    /// Reads JSON text; `None` when it is not JSON or nests too deep.
    #[must_use]
    pub fn from_json(text: &str) -> Option<Value> {
        serde_json::from_str(text).ok().and_then(from_json)
    }
}

fn from_json(json: serde_json::Value) -> Option<Value> {
    Some(match json {
        serde_json::Value::Null => Val::Null,
        serde_json::Value::Bool(value) => Val::Boolean(value),
        serde_json::Value::Number(number) => {
            let integer = number.as_i64().map(Number::from);
            let integer = integer.or_else(|| number.as_u64().map(Number::from));
            Val::Number(integer.or_else(|| Number::from_f64(number.as_f64()?))?)
        }
        serde_json::Value::String(text) => Val::from(text),
        serde_json::Value::Array(items) => {
            Val::list(items.into_iter().map(from_json).collect::<Option<_>>()?)
        }
        serde_json::Value::Object(entries) => {
            let entries = entries
                .into_iter()
                .map(|(key, value)| Some((Text::from(key), from_json(value)?)))
                .collect::<Option<_>>()?;
            Val::context(entries)
        }
    })
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// The text of `java.time.Period`: signs before each part.
fn iso_months(duration: YearsMonthsDuration) -> String {
    let (years, months) = (duration.months / 12, duration.months % 12);
    match (years, months) {
        (0, 0) => "P0D".to_owned(),
        (0, months) => format!("P{months}M"),
        (years, 0) => format!("P{years}Y"),
        (years, months) => format!("P{years}Y{months}M"),
    }
}

/// The text of `java.time.Duration`: hours are the largest unit.
fn iso_seconds(duration: DaysTimeDuration) -> String {
    let nanos = duration.total_nanos();
    if nanos == 0 {
        return "PT0S".to_owned();
    }
    let second = 1_000_000_000;
    let (hours, minutes) = (nanos / (3_600 * second), nanos / (60 * second) % 60);
    let rest = nanos % (60 * second);
    let mut out = "PT".to_owned();
    // Writing to a string cannot fail.
    let _ = match hours {
        0 => Ok(()),
        hours => write!(out, "{hours}H"),
    };
    let _ = match minutes {
        0 => Ok(()),
        minutes => write!(out, "{minutes}M"),
    };
    if rest != 0 {
        let sign = if rest < 0 { "-" } else { "" };
        let rest = rest.abs();
        let _ = write!(out, "{sign}{}", rest / second);
        if rest % second != 0 {
            let fraction = format!("{:09}", rest % second);
            let _ = write!(out, ".{}", fraction.trim_end_matches('0'));
        }
        out.push('S');
    }
    out
}

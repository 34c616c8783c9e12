//! Numbers, strings and temporal literals.

use super::{Parsed, Parser};
use crate::literal::{read_date_time, read_duration};
use crate::number::Number;
use crate::temporal::{Date, Time};
use crate::value::{Val, Value};

impl<'t> Parser<'t> {
    /// Digits with an optional fraction; the next byte is a digit, or a point before one.
    pub(super) fn number(&mut self) -> Parsed<Number> {
        let rest = self.rest().as_bytes();
        let n_digits = |from: usize| rest[from..].iter().take_while(|b| b.is_ascii_digit()).count();
        let mut len = n_digits(0);
        if rest.get(len) == Some(&b'.') {
            let n_fraction = n_digits(len + 1);
            if n_fraction > 0 {
                len += 1 + n_fraction;
            }
        }
        let text = &self.rest()[..len];
        match Number::parse(text) {
            Some(number) => {
                self.at += len;
                Ok(number)
            }
            None => Err(self.error_at(self.at, format!("'{text}' is not a number"))),
        }
    }

    /// The text between double quotes, escapes untouched; the next byte is a quote.
    pub(super) fn quoted(&mut self) -> Parsed<&'t str> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        loop {
            match bytes.get(at) {
                None => {
                    let message = "the string that begins here has no closing '\"'";
                    return Err(self.unfinished(start, message));
                }
                Some(b'"') => {
                    self.at = at + 1;
                    return Ok(&self.text[start + 1..at]);
                }
                // The next byte is no end of string, whatever character it belongs to.
                Some(b'\\') => at += 2,
                Some(_) => at += 1,
            }
        }
    }

    pub(super) fn string(&mut self) -> Parsed<Value> {
        let raw = self.quoted()?;
        Ok(if raw.contains('\\') { Val::from(unescape(raw)) } else { Val::from(raw.to_owned()) })
    }

    /// `@"…"`; what is not a temporal value is null.
    pub(super) fn at_literal(&mut self) -> Parsed<Value> {
        self.at += 1;
        if self.next()? != Some(b'"') {
            return Err(self.unexpected("a string behind '@'"));
        }
        Ok(Val::parse_temporal(self.quoted()?).unwrap_or(Val::Null))
    }

    /// `date("…")` and its like, read now: the argument is one string literal.
    pub(super) fn temporal_literal(&mut self, function: &str) -> Parsed<Option<Value>> {
        let read: fn(&str) -> Option<Value> = match function {
            "date" => |text| Date::parse(text).map(Val::Date),
            "time" => |text| Time::parse(text).map(Val::Time),
            "date and time" => read_date_time,
            "duration" => read_duration,
            _ => return Ok(None),
        };
        let start = self.at;
        self.at += function.len();
        self.expect("(")?;
        if self.next()? == Some(b'"') {
            let text = self.quoted()?;
            if self.eat(")")? {
                return Ok(Some(read(text).unwrap_or(Val::Null)));
            }
        }
        self.at = start;
        Ok(None)
    }
}

/// Resolves escapes; unknown ones stay as they are, for regular expressions.
fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let (c, len) = match rest.as_bytes().first() {
            Some(b'n') => ('\n', 1),
            Some(b'r') => ('\r', 1),
            Some(b't') => ('\t', 1),
            Some(b'b') => ('\u{8}', 1),
            Some(b'f') => ('\u{c}', 1),
            Some(b'\'') => ('\'', 1),
            Some(b'"') => ('"', 1),
            Some(b'\\') => ('\\', 1),
            Some(b'u') => unicode(rest).unwrap_or(('\\', 0)),
            Some(_) | None => ('\\', 0),
        };
        out.push(c);
        rest = &rest[len..];
    }
    out.push_str(rest);
    out
}

/// `u20ac`, or a pair of surrogates.
fn unicode(text: &str) -> Option<(char, usize)> {
    let unit = |from: usize| u16::from_str_radix(text.get(from..from + 4)?, 16).ok();
    let first = unit(1)?;
    if let Some(c) = char::from_u32(u32::from(first)) {
        return Some((c, 5));
    }
    let second = text.get(5..7).filter(|escape| *escape == "\\u").and_then(|_| unit(7))?;
    char::decode_utf16([first, second]).next()?.ok().map(|c| (c, 11))
}

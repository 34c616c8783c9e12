//! Functions on strings. Positions count UTF-16 units, as in Java.
//!
//! Source: camunda/feel-scala: .../builtin/StringBuiltinFunctions.scala

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{Builtin, Refusal, because, fixed};
use crate::eval::Evaluator;
use crate::number::Number;
use crate::value::Val;

pub(super) const FUNCTIONS: &[Builtin] = &[
    fixed("substring", &["string", "start position"], substring),
    fixed("substring", &["string", "start position", "length"], substring),
    fixed("string length", &["string"], string_length),
    fixed("upper case", &["string"], |evaluator, args| map(evaluator, args, str::to_uppercase)),
    fixed("lower case", &["string"], |evaluator, args| map(evaluator, args, str::to_lowercase)),
    fixed("substring before", &["string", "match"], substring_before),
    fixed("substring after", &["string", "match"], substring_after),
    fixed("replace", &["input", "pattern", "replacement"], replace),
    fixed("replace", &["input", "pattern", "replacement", "flags"], replace),
    fixed("contains", &["string", "match"], |_, args| test(args, |a, b| a.contains(b))),
    fixed("starts with", &["string", "match"], |_, args| test(args, |a, b| a.starts_with(b))),
    fixed("ends with", &["string", "match"], |_, args| test(args, |a, b| a.ends_with(b))),
    fixed("matches", &["input", "pattern"], matches),
    fixed("matches", &["input", "pattern", "flags"], matches),
    fixed("split", &["string", "delimiter"], split),
    fixed("extract", &["input", "pattern"], extract),
    fixed("trim", &["string"], trim),
    fixed("uuid", &[], uuid),
    fixed("to base64", &["value"], |evaluator, args| {
        map(evaluator, args, |text| BASE64.encode(text))
    }),
    fixed("from base64", &["value"], from_base64),
    fixed("is blank", &["string"], is_blank),
];

/// Pads what it writes, and reads it with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn map<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &[Val<'a>],
    apply: fn(&str) -> String,
) -> Result<Val<'a>, Refusal> {
    let [Val::String(text)] = arguments else { return Err(Refusal::Arguments) };
    Ok(evaluator.string(apply(text))?)
}

fn test<'a>(arguments: &[Val<'a>], holds: fn(&str, &str) -> bool) -> Result<Val<'a>, Refusal> {
    let [Val::String(text), Val::String(part)] = arguments else {
        return Err(Refusal::Arguments);
    };
    Ok(Val::Boolean(holds(text, part)))
}

/// Length in UTF-16 units.
fn units(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

fn substring<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let (text, start, length) = match arguments {
        [Val::String(text), Val::Number(start)] => (text, start, None),
        [Val::String(text), Val::Number(start), Val::Number(length)] => (text, start, Some(length)),
        _ => return Err(Refusal::Arguments),
    };
    let n_units = i64::try_from(units(text)).unwrap_or(i64::MAX);
    let position = start.truncate().unwrap_or(i64::MAX);
    let from = if position > 0 { position - 1 } else { n_units.saturating_add(position) };
    let to = match length {
        None => n_units,
        Some(length) => from.saturating_add(length.truncate().unwrap_or(i64::MAX)).min(n_units),
    };
    let (Ok(first), Ok(end)) = (usize::try_from(from), usize::try_from(to)) else {
        return because(format!("the start position {start} is outside of the string"));
    };
    if from > n_units {
        return because(format!("the start position {start} is outside of the string"));
    }
    if end < first {
        return because("the length must not be negative");
    }
    let part = if text.is_ascii() {
        text.get(first..end).unwrap_or_default().to_owned()
    } else {
        let units: Vec<u16> = text.encode_utf16().skip(first).take(end - first).collect();
        String::from_utf16_lossy(&units)
    };
    Ok(evaluator.string(part)?)
}

fn string_length<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let [Val::String(text)] = arguments else { return Err(Refusal::Arguments) };
    Ok(Val::Number(Number::from(i64::try_from(units(text)).unwrap_or(i64::MAX))))
}

fn substring_before<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &[Val<'a>],
) -> Result<Val<'a>, Refusal> {
    let [Val::String(text), Val::String(part)] = arguments else {
        return Err(Refusal::Arguments);
    };
    let before = text.find(&**part).map_or("", |at| &text[..at]);
    Ok(evaluator.string(before.to_owned())?)
}

fn substring_after<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &[Val<'a>],
) -> Result<Val<'a>, Refusal> {
    let [Val::String(text), Val::String(part)] = arguments else {
        return Err(Refusal::Arguments);
    };
    let after = text.find(&**part).map_or("", |at| &text[at + part.len()..]);
    Ok(evaluator.string(after.to_owned())?)
}

fn replace<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let (text, pattern, replacement, flags) = match arguments {
        [Val::String(text), Val::String(pattern), Val::String(replacement)] => {
            (text, pattern, replacement, "")
        }
        [Val::String(text), Val::String(pattern), Val::String(replacement), Val::String(flags)] => {
            (text, pattern, replacement, &**flags)
        }
        _ => return Err(Refusal::Arguments),
    };
    let pattern = evaluator.budget.patterns.compile(pattern, flags).or_else(because)?;
    let replaced = pattern.replace_all(evaluator, text, replacement)?;
    Ok(Val::from(replaced))
}

/// Whether the pattern is found anywhere.
fn matches<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let (text, pattern, flags) = match arguments {
        [Val::String(text), Val::String(pattern)] => (text, pattern, ""),
        [Val::String(text), Val::String(pattern), Val::String(flags)] => (text, pattern, &**flags),
        _ => return Err(Refusal::Arguments),
    };
    let pattern = evaluator.budget.patterns.compile(pattern, flags).or_else(because)?;
    let found = pattern.find(evaluator, text, 0)?;
    Ok(Val::Boolean(found.is_some()))
}

fn split<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let [Val::String(text), Val::String(delimiter)] = arguments else {
        return Err(Refusal::Arguments);
    };
    let pattern = evaluator.budget.patterns.compile(delimiter, "").or_else(because)?;
    let mut parts = Vec::new();
    let mut start = 0;
    for found in pattern.find_all(evaluator, text)? {
        // An empty match at the very beginning splits nothing off.
        if found.end == 0 {
            continue;
        }
        parts.push(evaluator.string(text[start..found.start].to_owned())?);
        start = found.end;
    }
    parts.push(evaluator.string(text[start..].to_owned())?);
    Ok(evaluator.list(parts)?)
}

fn extract<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let [Val::String(text), Val::String(pattern)] = arguments else {
        return Err(Refusal::Arguments);
    };
    let pattern = evaluator.budget.patterns.compile(pattern, "").or_else(because)?;
    let mut parts = Vec::new();
    for found in pattern.find_all(evaluator, text)? {
        parts.push(evaluator.string(text[found].to_owned())?);
    }
    Ok(evaluator.list(parts)?)
}

/// Java's `trim`: everything up to U+0020 at both ends.
fn trim<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let [Val::String(text)] = arguments else { return Err(Refusal::Arguments) };
    Ok(evaluator.string(text.trim_matches(|c| c <= ' ').to_owned())?)
}

/// A version 7 UUID: the time, then random bits.
fn uuid<'a>(evaluator: &mut Evaluator<'a>, _: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let environment = evaluator.environment;
    let millis = u64::try_from(environment.now.as_millisecond()).unwrap_or(0);
    let (a, b) = ((environment.random)(), (environment.random)());
    let mut random = [0; 10];
    random[..2].copy_from_slice(&a.to_be_bytes()[..2]);
    random[2..].copy_from_slice(&b.to_be_bytes());
    let uuid = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
    Ok(Val::from(uuid.to_string()))
}

fn from_base64<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &[Val<'a>],
) -> Result<Val<'a>, Refusal> {
    let [Val::String(text)] = arguments else { return Err(Refusal::Arguments) };
    match BASE64.decode(text.as_bytes()) {
        Ok(bytes) => Ok(evaluator.string(String::from_utf8_lossy(&bytes).into_owned())?),
        Err(_) => because("the value is not Base64"),
    }
}

fn is_blank<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let [Val::String(text)] = arguments else { return Err(Refusal::Arguments) };
    // Java's white space has no no-break spaces.
    let is_space = |c: char| {
        (c.is_whitespace() && !matches!(c, '\u{85}' | '\u{a0}' | '\u{2007}' | '\u{202f}'))
            || matches!(c, '\u{1c}'..='\u{1f}')
    };
    Ok(Val::Boolean(text.chars().all(is_space)))
}

//! Functions that make one type of another.
//!
//! Source: camunda/feel-scala: .../builtin/ConversionBuiltinFunctions.scala

use std::sync::Arc;

use super::{Builtin, Refusal, because, fixed};
use crate::eval::Evaluator;
use crate::literal::{read_date_time, read_duration};
use crate::number::Number;
use crate::temporal::{Date, DateTime, Time, Zone};
use crate::value::Val;

pub(super) const FUNCTIONS: &[Builtin] = &[
    fixed("date", &["from"], date),
    fixed("date", &["year", "month", "day"], date_of),
    fixed("date and time", &["from"], date_and_time),
    fixed("date and time", &["date", "time"], date_and_time_of),
    fixed("date and time", &["date", "timezone"], date_and_time_of),
    fixed("time", &["from"], time),
    fixed("time", &["hour", "minute", "second"], time_of),
    fixed("time", &["hour", "minute", "second", "offset"], time_of),
    fixed("number", &["from"], number),
    fixed("number", &["from", "grouping separator"], number),
    fixed("number", &["from", "grouping separator", "decimal separator"], number),
    fixed("string", &["from"], string),
    fixed("duration", &["from"], duration),
    fixed("years and months duration", &["from", "to"], months_between),
    fixed("from json", &["json"], from_json),
    fixed("to json", &["value"], to_json),
];

fn date<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    match arguments {
        [Val::String(text)] => match Date::parse(text) {
            Some(date) => Ok(Val::Date(date)),
            None => because(format!("'{}' is not a date", &**text)),
        },
        [Val::DateTime(value)] => Ok(Val::Date(value.date())),
        [Val::Date(date)] => Ok(Val::Date(*date)),
        _ => Err(Refusal::Arguments),
    }
}

fn date_of<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let [Val::Number(year), Val::Number(month), Val::Number(day)] = arguments else {
        return Err(Refusal::Arguments);
    };
    let date = match (year.truncate(), month.truncate(), day.truncate()) {
        (Some(year), Some(month), Some(day)) => Date::new(year, month, day),
        _ => None,
    };
    match date {
        Some(date) => Ok(Val::Date(date)),
        None => because(format!("there is no date of year {year}, month {month}, day {day}")),
    }
}

fn date_and_time<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let [Val::String(text)] = arguments else { return Err(Refusal::Arguments) };
    match read_date_time(text) {
        Some(value) => Ok(value),
        None => because(format!("'{}' is not a date and time", &**text)),
    }
}

fn date_and_time_of<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let value = match arguments {
        [Val::Date(date), Val::Time(time)] => time.on(*date),
        [Val::DateTime(value), Val::Time(time)] => time.on(value.date()),
        [Val::DateTime(value), Val::String(name)] => match Zone::parse(name) {
            Some(zone) if value.zone().is_some() => value.with_zone_same_instant(&zone),
            Some(zone) => value.in_zone(&zone),
            None => return because(format!("'{}' is not a time zone", &**name)),
        },
        _ => return Err(Refusal::Arguments),
    };
    value.map(Val::DateTime).ok_or(Refusal::Arguments)
}

fn time<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    match arguments {
        [Val::String(text)] => match Time::parse(text) {
            Some(time) => Ok(Val::Time(time)),
            None => because(format!("'{}' is not a time", &**text)),
        },
        [Val::DateTime(value)] => Ok(Val::Time(value.time())),
        [Val::Date(_)] => Ok(Val::Time(Time::MIDNIGHT.with_zone(Some(Arc::new(Zone::UTC))))),
        _ => Err(Refusal::Arguments),
    }
}

fn time_of<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let (hour, minute, second, zone) = match arguments {
        [Val::Number(hour), Val::Number(minute), Val::Number(second)]
        | [Val::Number(hour), Val::Number(minute), Val::Number(second), Val::Null] => {
            (hour, minute, second, None)
        }
        [
            Val::Number(hour),
            Val::Number(minute),
            Val::Number(second),
            Val::DaysTimeDuration(offset),
        ] => match Zone::fixed(offset.seconds) {
            Some(zone) => (hour, minute, second, Some(Arc::new(zone))),
            None => return because(format!("'{offset}' is not an offset from UTC")),
        },
        _ => return Err(Refusal::Arguments),
    };
    let nano = second
        .checked_rem(Number::from(1i64))
        .and_then(|fraction| fraction.checked_mul(Number::from(1_000_000_000i64)))
        .and_then(Number::truncate)
        .and_then(|nano| u32::try_from(nano).ok());
    let time = match (hour.truncate(), minute.truncate(), second.truncate(), nano) {
        (Some(hour), Some(minute), Some(second), Some(nano)) => {
            Time::new(hour, minute, second, nano)
        }
        _ => None,
    };
    match time {
        Some(time) => Ok(Val::Time(time.with_zone(zone))),
        None => {
            because(format!("there is no time of hour {hour}, minute {minute}, second {second}"))
        }
    }
}

fn number<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let [Val::String(text), separators @ ..] = arguments else { return Err(Refusal::Arguments) };
    let (grouping, decimal) = match separators {
        [] => (None, None),
        [Val::String(grouping)] | [Val::String(grouping), Val::Null] => (Some(&**grouping), None),
        [Val::Null, Val::String(decimal)] => (None, Some(&**decimal)),
        [Val::String(grouping), Val::String(decimal)] => (Some(&**grouping), Some(&**decimal)),
        _ => return Err(Refusal::Arguments),
    };
    if grouping.is_some_and(|separator| !matches!(separator, " " | "," | ".")) {
        return because("the grouping separator must be ' ', ',' or '.'");
    }
    if decimal.is_some_and(|separator| !matches!(separator, "," | ".")) {
        return because("the decimal separator must be ',' or '.'");
    }
    if grouping.is_some() && grouping == decimal {
        return because("the grouping and the decimal separator must differ");
    }
    let mut plain = (**text).to_owned();
    if let Some(grouping) = grouping {
        plain = plain.replace(grouping, "");
    }
    if let Some(decimal) = decimal {
        plain = plain.replace(decimal, ".");
    }
    match Number::parse(&plain) {
        Some(number) => Ok(Val::Number(number)),
        None => because(format!("'{}' is not a number", &**text)),
    }
}

fn string<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    match arguments {
        [Val::Null] => Ok(Val::Null),
        [text @ Val::String(_)] => Ok(text.clone()),
        [value] => {
            evaluator.spend(value.walk_cost())?;
            Ok(evaluator.string(value.to_text())?)
        }
        _ => Err(Refusal::Arguments),
    }
}

fn duration<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let [Val::String(text)] = arguments else { return Err(Refusal::Arguments) };
    match read_duration(text) {
        Some(value) => Ok(value),
        None => because(format!("'{}' is not a duration", &**text)),
    }
}

fn months_between<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let day = |value: &Val<'a>| match value {
        Val::Date(date) => Some(*date),
        Val::DateTime(value) => Some(DateTime::date(value)),
        _ => None,
    };
    match arguments {
        [from, to] => match (day(from), day(to)) {
            (Some(from), Some(to)) => Ok(Val::YearsMonthsDuration(from.months_until(to))),
            _ => Err(Refusal::Arguments),
        },
        _ => Err(Refusal::Arguments),
    }
}

fn from_json<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    match arguments {
        [Val::Null] => Ok(Val::Null),
        [Val::String(text)] => {
            evaluator.charge(text.len().saturating_mul(16))?;
            match Val::from_json(text) {
                Some(value) => Ok(value),
                None => because("the text is not JSON"),
            }
        }
        _ => Err(Refusal::Arguments),
    }
}

fn to_json<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    match arguments {
        [value] => {
            evaluator.spend(value.walk_cost())?;
            Ok(evaluator.string(value.to_iso_json())?)
        }
        _ => Err(Refusal::Arguments),
    }
}

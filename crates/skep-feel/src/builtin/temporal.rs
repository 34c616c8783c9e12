//! Functions on dates and the clock.
//!
//! Source: camunda/feel-scala: .../builtin/TemporalBuiltinFunctions.scala

use super::{Builtin, Refusal, fixed};
use crate::eval::Evaluator;
use crate::temporal::{Date, DateTime};
use crate::value::Val;

const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const FUNCTIONS: &[Builtin] = &[
    fixed("now", &[], now),
    fixed("today", &[], today),
    fixed("day of year", &["date"], |_, args| Ok(Val::from(day(args)?.day_of_year()))),
    fixed("day of week", &["date"], |_, args| Ok(name(&WEEKDAYS, day(args)?.weekday()))),
    fixed("month of year", &["date"], |_, args| Ok(name(&MONTHS, day(args)?.month()))),
    fixed("week of year", &["date"], |_, args| Ok(Val::from(day(args)?.week_of_year()))),
    fixed("last day of month", &["date"], |_, args| Ok(Val::Date(day(args)?.last_day_of_month()))),
];

fn current(evaluator: &Evaluator<'_>) -> Result<DateTime, Refusal> {
    let environment = evaluator.environment;
    DateTime::from_timestamp(environment.now, &environment.zone).ok_or(Refusal::Arguments)
}

fn now<'a>(evaluator: &mut Evaluator<'a>, _: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    current(evaluator).map(Val::DateTime)
}

fn today<'a>(evaluator: &mut Evaluator<'a>, _: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    current(evaluator).map(|now| Val::Date(now.date()))
}

fn day(arguments: &[Val<'_>]) -> Result<Date, Refusal> {
    match arguments {
        [Val::Date(date)] => Ok(*date),
        [Val::DateTime(value)] => Ok(value.date()),
        _ => Err(Refusal::Arguments),
    }
}

fn name<'a>(names: &[&'static str], number: u8) -> Val<'a> {
    let name = usize::from(number).checked_sub(1).and_then(|index| names.get(index));
    name.map_or(Val::Null, |name| Val::from(*name))
}

//! Variables, entries and properties.

use std::sync::Arc;

use super::{Evaluator, Outcome, Scope};
use crate::ast::Expr;
use crate::msgpack;
use crate::number::Number;
use crate::temporal::{Date, DaysTimeDuration, Time, Zone};
use crate::value::{Context, UNIT_BYTES, Val};

/// How deep paths map over lists in lists.
const LISTS_MAX: usize = 64;

impl<'a> Evaluator<'a> {
    pub(super) fn reference(
        &mut self,
        name: &str,
        keys: &[Arc<str>],
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a> {
        if scope.is_some()
            && let Some(found) = self.local(name, scope)?
        {
            let value = found.into_value();
            return if keys.is_empty() { Ok(value) } else { self.path(value, keys) };
        }
        let variables = self.variables;
        if let Some(value) = variables.value(name) {
            return self.path(value.clone(), keys);
        }
        match variables.variable(name) {
            Some(bytes) => self.stored_path(bytes, keys),
            None => {
                self.warn("NO_VARIABLE_FOUND", format!("there is no variable '{name}'"));
                Ok(Val::Null)
            }
        }
    }

    /// A path on stored bytes; the contexts on its way are never made values.
    fn stored_path(&mut self, mut bytes: &'a [u8], keys: &[Arc<str>]) -> Outcome<'a> {
        for (index, key) in keys.iter().enumerate() {
            let found = msgpack::find(bytes, key);
            let Some(found) = found else {
                // A list, a value without entries, or a missing entry.
                return self.path(msgpack::view(bytes), &keys[index..]);
            };
            self.spend((bytes.len() - found.len()) / UNIT_BYTES)?;
            bytes = found;
        }
        Ok(msgpack::view(bytes))
    }

    pub(super) fn path_expression(
        &mut self,
        base: &Expr,
        keys: &[Arc<str>],
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a> {
        let base = self.eval(base, scope)?;
        self.path(base, keys)
    }

    fn path(&mut self, mut value: Val<'a>, keys: &[Arc<str>]) -> Outcome<'a> {
        for key in keys {
            value = self.step(&value, key, 0)?;
        }
        Ok(value)
    }

    /// The entry of a context, at the price of finding it.
    pub(crate) fn entry(
        &mut self,
        context: &Context<'a>,
        key: &str,
    ) -> Outcome<'a, Option<Val<'a>>> {
        let (value, cost) = context.look_up(key);
        self.spend(cost)?;
        Ok(value)
    }

    fn step(&mut self, value: &Val<'a>, key: &str, depth: usize) -> Outcome<'a> {
        match value {
            Val::Context(context) => match self.entry(context, key)? {
                Some(value) => Ok(value),
                None => {
                    let keys: Vec<_> =
                        context.iter().take(20).map(|(key, _)| format!("'{}'", &*key)).collect();
                    let keys = if keys.is_empty() {
                        "the context is empty".to_owned()
                    } else {
                        format!("available: {}", keys.join(", "))
                    };
                    let message = format!("there is no context entry '{key}'; {keys}");
                    self.warn("NO_CONTEXT_ENTRY_FOUND", message);
                    Ok(Val::Null)
                }
            },
            Val::List(list) => {
                if depth >= LISTS_MAX {
                    return Ok(Val::Null);
                }
                let mut items = Vec::with_capacity(list.len());
                for item in list {
                    self.spend(item.step_cost())?;
                    items.push(self.step(&item, key, depth + 1)?);
                }
                self.list(items)
            }
            Val::Null => {
                let message = format!("there is no context entry '{key}'; the context is null");
                self.warn("NO_CONTEXT_ENTRY_FOUND", message);
                Ok(Val::Null)
            }
            other => match property(other, key) {
                Some(value) => Ok(value),
                None => {
                    let names = property_names(other).map(|name| format!("'{name}'")).join(", ");
                    let names = if names.is_empty() {
                        "it has none".to_owned()
                    } else {
                        format!("available: {names}")
                    };
                    let value = other.to_message();
                    let message = format!("'{value}' has no property '{key}'; {names}");
                    self.warn("NO_PROPERTY_FOUND", message);
                    Ok(Val::Null)
                }
            },
        }
    }
}

/// Names of the properties that a value of this type has.
fn property_names(value: &Val<'_>) -> NameList {
    NameList(match value {
        Val::Date(_) => &["year", "month", "day", "weekday"],
        Val::Time(_) => &["hour", "minute", "second", "time offset", "timezone"],
        Val::DateTime(_) => &[
            "year",
            "month",
            "day",
            "weekday",
            "hour",
            "minute",
            "second",
            "time offset",
            "timezone",
        ],
        Val::YearsMonthsDuration(_) => &["years", "months"],
        Val::DaysTimeDuration(_) => &["days", "hours", "minutes", "seconds"],
        Val::Null
        | Val::Boolean(_)
        | Val::Number(_)
        | Val::String(_)
        | Val::List(_)
        | Val::Context(_)
        | Val::Range(_)
        | Val::Function(_) => &[],
    })
}

struct NameList(&'static [&'static str]);

impl NameList {
    fn map(&self, show: impl Fn(&str) -> String) -> Vec<String> {
        self.0.iter().map(|name| show(name)).collect()
    }
}

fn property<'a>(value: &Val<'_>, key: &str) -> Option<Val<'a>> {
    match value {
        Val::Date(date) => date_property(*date, key),
        Val::Time(time) => time_property(time, key),
        Val::DateTime(value) => {
            date_property(value.date(), key).or_else(|| time_property(&value.time(), key))
        }
        Val::YearsMonthsDuration(duration) => match key {
            "years" => Some(number(duration.months / 12)),
            "months" => Some(number(duration.months % 12)),
            _ => None,
        },
        Val::DaysTimeDuration(duration) => {
            // Days and hours are cut towards zero as a whole, minutes and seconds too.
            let seconds = duration.whole_seconds();
            match key {
                "days" => Some(number(seconds / 86_400)),
                "hours" => Some(number(seconds / 3_600 % 24)),
                "minutes" => Some(number(seconds / 60 % 60)),
                "seconds" => Some(number(seconds % 60)),
                _ => None,
            }
        }
        Val::Null
        | Val::Boolean(_)
        | Val::Number(_)
        | Val::String(_)
        | Val::List(_)
        | Val::Context(_)
        | Val::Range(_)
        | Val::Function(_) => None,
    }
}

fn date_property<'a>(date: Date, key: &str) -> Option<Val<'a>> {
    match key {
        "year" => Some(number(i64::from(date.year()))),
        "month" => Some(number(i64::from(date.month()))),
        "day" => Some(number(i64::from(date.day()))),
        "weekday" => Some(number(i64::from(date.weekday()))),
        _ => None,
    }
}

fn time_property<'a>(time: &Time, key: &str) -> Option<Val<'a>> {
    let zone = time.zone().map(|zone| &**zone);
    match key {
        "hour" => Some(number(i64::from(time.hour()))),
        "minute" => Some(number(i64::from(time.minute()))),
        "second" => Some(number(i64::from(time.second()))),
        "time offset" => Some(zone.map_or(Val::Null, |zone| {
            let offset = i64::from(zone.offset());
            Val::DaysTimeDuration(DaysTimeDuration::from_seconds(offset))
        })),
        "timezone" => {
            let name = zone.and_then(Zone::name);
            Some(name.map_or(Val::Null, |name| Val::from(name.to_owned())))
        }
        _ => None,
    }
}

fn number<'a>(value: i64) -> Val<'a> {
    Val::Number(Number::from(value))
}

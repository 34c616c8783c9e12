//! Equality and order.
//!
//! Source: camunda/feel-scala: src/main/scala/org/camunda/feel/impl/interpreter/ValComparator.scala,
//! .../syntaxtree/Val.scala

use std::cmp::Ordering;

use super::{Context, List, NESTING_MAX, Val};

impl<'a> Val<'a> {
    /// What `=` says; `None` where values of these types cannot be compared.
    pub(crate) fn equals(&self, other: &Val<'_>) -> Option<bool> {
        equals(self, other, 0)
    }

    /// What `<` and its like go by; `None` where values of these types have no order.
    pub(crate) fn order(&self, other: &Val<'_>) -> Option<Ordering> {
        match (self, other) {
            (Val::Number(a), Val::Number(b)) => Some(a.cmp(b)),
            (Val::String(a), Val::String(b)) => Some(compare_utf16(a, b)),
            (Val::Date(a), Val::Date(b)) => Some(a.cmp(b)),
            (Val::Time(a), Val::Time(b)) => a.compare(b),
            (Val::DateTime(a), Val::DateTime(b)) => a.compare(b),
            (Val::YearsMonthsDuration(a), Val::YearsMonthsDuration(b)) => Some(a.cmp(b)),
            (Val::DaysTimeDuration(a), Val::DaysTimeDuration(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

/// Java orders strings by UTF-16 units, where surrogates come before U+E000.
fn compare_utf16(a: &str, b: &str) -> Ordering {
    let mut pairs = a.chars().zip(b.chars());
    match pairs.find(|(x, y)| x != y) {
        None => a.len().cmp(&b.len()),
        Some((x, y)) => {
            let units = |c: char| {
                let mut buffer = [0; 2];
                c.encode_utf16(&mut buffer);
                buffer
            };
            units(x).cmp(&units(y))
        }
    }
}

fn equals(a: &Val<'_>, b: &Val<'_>, depth: usize) -> Option<bool> {
    match (a, b) {
        (Val::Null, other) | (other, Val::Null) => Some(matches!(other, Val::Null)),
        (Val::Number(a), Val::Number(b)) => Some(a == b),
        (Val::Boolean(a), Val::Boolean(b)) => Some(a == b),
        (Val::String(a), Val::String(b)) => Some(a == b),
        (Val::Date(a), Val::Date(b)) => Some(a == b),
        (Val::Time(a), Val::Time(b)) => (a.zone().is_some() == b.zone().is_some()).then(|| a == b),
        (Val::DateTime(a), Val::DateTime(b)) => {
            (a.zone().is_some() == b.zone().is_some()).then(|| a == b)
        }
        (Val::YearsMonthsDuration(a), Val::YearsMonthsDuration(b)) => Some(a == b),
        (Val::DaysTimeDuration(a), Val::DaysTimeDuration(b)) => Some(a == b),
        (Val::List(a), Val::List(b)) => Some(equal_lists(a, b, depth)),
        (Val::Context(a), Val::Context(b)) => Some(equal_contexts(a, b, depth)),
        _ => None,
    }
}

fn equal_lists(a: &List<'_>, b: &List<'_>, depth: usize) -> bool {
    depth < NESTING_MAX
        && a.len() == b.len()
        && a.iter().zip(b.iter()).all(|(a, b)| equals(&a, &b, depth + 1) == Some(true))
}

fn equal_contexts(a: &Context<'_>, b: &Context<'_>, depth: usize) -> bool {
    depth < NESTING_MAX
        && a.len() == b.len()
        && a.iter()
            .all(|(key, a)| b.entry(&key).is_some_and(|b| equals(&a, &b, depth + 1) == Some(true)))
}

/// Structural equality: as `=`, with values of different types unequal; functions and ranges
/// compare too.
impl PartialEq for Val<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Val::Range(a), Val::Range(b)) => a == b,
            (Val::Function(a), Val::Function(b)) => a.is_same(b),
            _ => self.equals(other) == Some(true),
        }
    }
}

/// A hash that equal values share, to find duplicates.
pub(crate) struct ValKey;

impl ValKey {
    /// The hash of `value`.
    pub(crate) fn of(value: &Val<'_>) -> u64 {
        let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
        hash.value(value, 0);
        hash.0
    }
}

struct Fnv(u64);

impl Fnv {
    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn value(&mut self, value: &Val<'_>, depth: usize) {
        self.bytes(value.type_name().as_bytes());
        match value {
            Val::Number(number) => {
                let (negative, coefficient, scale) = number.canonical();
                self.bytes(&[u8::from(negative)]);
                self.bytes(&coefficient.to_le_bytes());
                self.bytes(&scale.to_le_bytes());
            }
            Val::Boolean(value) => self.bytes(&[u8::from(*value)]),
            Val::String(text) => self.bytes(text.as_bytes()),
            Val::List(list) if depth < NESTING_MAX => {
                list.iter().for_each(|item| self.value(&item, depth + 1));
            }
            // The order of entries does not count.
            Val::Context(context) => {
                let mut keys: Vec<_> = context.iter().map(|(key, _)| key).collect();
                keys.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
                keys.iter().for_each(|key| self.bytes(key.as_bytes()));
            }
            Val::Date(date) => self.bytes(&date.epoch_day().to_le_bytes()),
            Val::YearsMonthsDuration(duration) => self.bytes(&duration.months.to_le_bytes()),
            Val::DaysTimeDuration(duration) => self.bytes(&duration.seconds.to_le_bytes()),
            Val::Time(time) => self.bytes(&[time.hour(), time.minute(), time.second()]),
            Val::DateTime(value) => {
                self.bytes(&value.date().epoch_day().to_le_bytes());
                let time = value.time();
                self.bytes(&[time.hour(), time.minute(), time.second()]);
            }
            Val::Null | Val::List(_) | Val::Range(_) | Val::Function(_) => (),
        }
    }
}

//! Ranges.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use crate::value::{Val, Value};

/// A range such as `[1..10)` of numbers, dates, times, date-times or durations.
#[derive(Clone)]
pub struct Range(Arc<Ends>);

struct Ends {
    start: End,
    end: End,
}

/// One end of a range.
#[derive(Clone)]
pub(crate) struct End {
    pub(crate) value: Value,
    pub(crate) closed: bool,
}

impl Range {
    /// `None` unless both ends are of one type that a range can have.
    pub(crate) fn new(start: &End, end: &End) -> Option<Self> {
        let comparable = is_point(&start.value) && start.value.order(&end.value).is_some();
        comparable.then(|| Self(Arc::new(Ends { start: start.clone(), end: end.clone() })))
    }

    pub(crate) fn start(&self) -> &End {
        &self.0.start
    }

    pub(crate) fn end(&self) -> &End {
        &self.0.end
    }
}

/// Whether a value can be the end of a range; strings cannot.
pub(crate) fn is_point(value: &Val<'_>) -> bool {
    match value {
        Val::Number(_)
        | Val::Date(_)
        | Val::Time(_)
        | Val::DateTime(_)
        | Val::YearsMonthsDuration(_)
        | Val::DaysTimeDuration(_) => true,
        Val::Null
        | Val::Boolean(_)
        | Val::String(_)
        | Val::List(_)
        | Val::Context(_)
        | Val::Range(_)
        | Val::Function(_) => false,
    }
}

/// Whether `value` lies between the ends; `None` when they cannot be compared.
pub(crate) fn contains(
    value: &Val<'_>,
    (start, start_closed): (&Val<'_>, bool),
    (end, end_closed): (&Val<'_>, bool),
) -> Option<bool> {
    // All three must be of one type, so the ends are compared with each other too.
    start.order(end)?;
    let from_start = value.order(start)?;
    let to_end = value.order(end)?;
    let inside = |order: Ordering, wanted: Ordering, closed: bool| {
        order == wanted || (closed && order == Ordering::Equal)
    };
    Some(
        inside(from_start, Ordering::Greater, start_closed)
            && inside(to_end, Ordering::Less, end_closed),
    )
}

impl PartialEq for Range {
    fn eq(&self, other: &Self) -> bool {
        let same = |a: &End, b: &End| a.closed == b.closed && a.value == b.value;
        same(self.start(), other.start()) && same(self.end(), other.end())
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = if self.start().closed { '[' } else { '(' };
        let close = if self.end().closed { ']' } else { ')' };
        write!(f, "{open}{}..{}{close}", self.start().value.to_text(), self.end().value.to_text())
    }
}

impl fmt::Debug for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Range(..)")
    }
}

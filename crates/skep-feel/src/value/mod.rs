//! Values.
//!
//! A list or context of a stored variable stays packed: it is a slice of MessagePack until
//! something asks for what is inside.

mod collection;
mod compare;
mod convert;
mod json;
mod text;

use std::fmt;

pub use collection::{Context, List};
pub(crate) use collection::{Excess, Size, UNIT_BYTES};
pub(crate) use compare::ValKey;
pub use text::Text;

use crate::function::Function;
use crate::number::Number;
use crate::range::Range;
use crate::temporal::{Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration};

/// How deep lists, contexts and functions may nest in each other.
///
/// Dropping, comparing and writing a value recurse; this keeps them within a small stack.
pub(crate) const NESTING_MAX: usize = 128;

/// A FEEL value that owns its data.
pub type Value = Val<'static>;

/// A FEEL value that may borrow strings, lists and contexts from stored variables.
///
/// `Debug` shows the type alone, since a variable's value must not reach a log; use
/// [`Val::to_text`] or [`Val::to_json`] to see the value.
#[derive(Clone)]
pub enum Val<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A decimal number.
    Number(Number),
    /// A string.
    String(Text<'a>),
    /// A calendar date.
    Date(Date),
    /// A time of day, local or with offset or zone.
    Time(Time),
    /// A date and time, local or with offset or zone.
    DateTime(DateTime),
    /// A duration of years and months.
    YearsMonthsDuration(YearsMonthsDuration),
    /// A duration of days, hours, minutes and seconds.
    DaysTimeDuration(DaysTimeDuration),
    /// A list.
    List(List<'a>),
    /// A context; its entries keep their order.
    Context(Context<'a>),
    /// A range such as `[1..10)`.
    Range(Range),
    /// A function.
    Function(Function<'a>),
}

/// The kinds of result that Zeebe tells apart.
///
/// Source: camunda/zeebe: zeebe/expression-language/.../ResultType.java
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Null.
    Null,
    /// Boolean.
    Boolean,
    /// Number.
    Number,
    /// String.
    String,
    /// Days and time duration.
    Duration,
    /// Years and months duration.
    Period,
    /// Date.
    Date,
    /// Date and time, local or zoned.
    DateTime,
    /// List.
    Array,
    /// Context.
    Object,
    /// Time, range, function.
    Unknown,
}

impl Kind {
    /// Zeebe's name of the kind, for example `DATE_TIME`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Boolean => "BOOLEAN",
            Self::Number => "NUMBER",
            Self::String => "STRING",
            Self::Duration => "DURATION",
            Self::Period => "PERIOD",
            Self::Date => "DATE",
            Self::DateTime => "DATE_TIME",
            Self::Array => "ARRAY",
            Self::Object => "OBJECT",
            Self::Unknown => "UNKNOWN",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Val<'_> {
    /// Its kind, as Zeebe tells them apart.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Val::Null => Kind::Null,
            Val::Boolean(_) => Kind::Boolean,
            Val::Number(_) => Kind::Number,
            Val::String(_) => Kind::String,
            Val::Date(_) => Kind::Date,
            Val::DateTime(_) => Kind::DateTime,
            Val::YearsMonthsDuration(_) => Kind::Period,
            Val::DaysTimeDuration(_) => Kind::Duration,
            Val::List(_) => Kind::Array,
            Val::Context(_) => Kind::Object,
            Val::Time(_) | Val::Range(_) | Val::Function(_) => Kind::Unknown,
        }
    }

    /// FEEL's name of its type, as in `instance of`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Val::Null => "null",
            Val::Boolean(_) => "boolean",
            Val::Number(_) => "number",
            Val::String(_) => "string",
            Val::Date(_) => "date",
            Val::Time(_) => "time",
            Val::DateTime(_) => "date and time",
            Val::YearsMonthsDuration(_) => "years and months duration",
            Val::DaysTimeDuration(_) => "days and time duration",
            Val::List(_) => "list",
            Val::Context(_) => "context",
            Val::Range(_) => "range",
            Val::Function(_) => "function",
        }
    }

    /// Bytes that [`Val::into_owned`] copies, but for what a function captured.
    pub(crate) fn borrowed_bytes(&self) -> usize {
        match self {
            Val::String(text) => text.borrowed_bytes(),
            Val::List(list) => list.borrowed_bytes(),
            Val::Context(context) => context.borrowed_bytes(),
            Val::Null
            | Val::Boolean(_)
            | Val::Number(_)
            | Val::Date(_)
            | Val::Time(_)
            | Val::DateTime(_)
            | Val::YearsMonthsDuration(_)
            | Val::DaysTimeDuration(_)
            | Val::Range(_)
            | Val::Function(_) => 0,
        }
    }

    /// How deep it nests and how long it is; packed data counts as one level.
    pub(crate) fn size(&self) -> Size {
        let units = match self {
            Val::List(list) => return list.size(),
            Val::Context(context) => return context.size(),
            Val::Function(function) => return function.size(),
            Val::String(text) => 1 + text.len() / UNIT_BYTES,
            Val::Null
            | Val::Boolean(_)
            | Val::Number(_)
            | Val::Date(_)
            | Val::Time(_)
            | Val::DateTime(_)
            | Val::YearsMonthsDuration(_)
            | Val::DaysTimeDuration(_)
            | Val::Range(_) => 1,
        };
        Size { depth: 0, units }
    }

    /// What comparing or writing all of it costs, in steps.
    pub(crate) fn walk_cost(&self) -> usize {
        match self {
            Val::List(list) => list.walk_cost(),
            Val::Context(context) => context.walk_cost(),
            Val::String(text) => text.len() / UNIT_BYTES,
            Val::Null
            | Val::Boolean(_)
            | Val::Number(_)
            | Val::Date(_)
            | Val::Time(_)
            | Val::DateTime(_)
            | Val::YearsMonthsDuration(_)
            | Val::DaysTimeDuration(_)
            | Val::Range(_)
            | Val::Function(_) => 0,
        }
    }

    /// What stepping over it in a list costs, in steps.
    pub(crate) fn step_cost(&self) -> usize {
        let bytes = match self {
            Val::List(list) => list.packed_len(),
            Val::Context(context) => context.packed_len(),
            Val::Null
            | Val::Boolean(_)
            | Val::Number(_)
            | Val::String(_)
            | Val::Date(_)
            | Val::Time(_)
            | Val::DateTime(_)
            | Val::YearsMonthsDuration(_)
            | Val::DaysTimeDuration(_)
            | Val::Range(_)
            | Val::Function(_) => 0,
        };
        1 + bytes / UNIT_BYTES
    }
}

impl fmt::Debug for Val<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Val({})", self.type_name())
    }
}

#[cfg(test)]
mod tests;

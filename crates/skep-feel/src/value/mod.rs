//! Values.

use crate::number::Number;
use crate::temporal::{Date, DateTime, DaysTimeDuration, Duration, Time, YearsMonthsDuration};

/// A FEEL value that owns its data.
pub type Value = Val<'static>;

/// A FEEL value that may borrow strings, lists and contexts from stored variables.
#[derive(Clone, Debug, PartialEq)]
pub enum Val<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A decimal number.
    Number(Number),
    /// A string.
    String(std::borrow::Cow<'a, str>),
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
    Range(Range<'a>),
    /// A function.
    Function(Function<'a>),
}

/// A list.
#[derive(Clone, Debug, PartialEq)]
pub struct List<'a>(Vec<Val<'a>>);
/// A context.
#[derive(Clone, Debug, PartialEq)]
pub struct Context<'a>(Vec<(String, Val<'a>)>);
/// A range.
#[derive(Clone, Debug, PartialEq)]
pub struct Range<'a>(Vec<Val<'a>>);
/// A function.
#[derive(Clone, Debug, PartialEq)]
pub struct Function<'a>(Vec<Val<'a>>);

/// The kinds of result that Zeebe tells apart.
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

impl<'a> Val<'a> {
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

    /// The truth value of a boolean.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Val::Boolean(value) = self { Some(*value) } else { None }
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Val::String(text) = self { Some(text) } else { None }
    }

    /// A whole number that fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        None
    }

    /// A number, rounded to double precision.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        None
    }

    /// The items of a list, decoded one by one.
    pub fn items(&self) -> Option<impl ExactSizeIterator<Item = Val<'_>>> {
        None::<std::vec::IntoIter<Val<'_>>>
    }

    /// The entries of a context in their order.
    pub fn entries(&self) -> Option<impl Iterator<Item = (&str, Val<'_>)>> {
        None::<std::vec::IntoIter<(&str, Val<'_>)>>
    }

    /// The entry of a context named `key`.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<Val<'_>> {
        let _ = key;
        None
    }

    /// The instant of a date-time in milliseconds since 1970, UTC; `zone` is that of a local one.
    #[must_use]
    pub fn as_unix_ms(&self, zone: &jiff::tz::TimeZone) -> Option<i64> {
        let _ = zone;
        None
    }

    /// Either kind of duration.
    #[must_use]
    pub fn as_duration(&self) -> Option<Duration> {
        None
    }

    /// Reads `text` as `@"text"` does: a date, time, date-time or duration.
    ///
    /// This is also how static (not FEEL) timer texts are read.
    #[must_use]
    pub fn parse_temporal(text: &str) -> Option<Value> {
        let _ = text;
        None
    }

    /// Reads one MessagePack value; `None` when `bytes` is not exactly one well-formed value.
    #[must_use]
    pub fn from_msgpack(bytes: &[u8]) -> Option<Value> {
        let _ = bytes;
        None
    }

    /// The text `string()` gives: null is `null`, a string is itself.
    #[must_use]
    pub fn to_text(&self) -> String {
        String::new()
    }

    /// The value as JSON; temporal values as their FEEL text, ranges and functions as text.
    #[must_use]
    pub fn to_json(&self) -> String {
        String::new()
    }

    /// Appends the value as MessagePack, in the form in which Zeebe stores variables.
    ///
    /// A whole number is an integer, any other a double; temporal values are ISO 8601 text;
    /// a function or a range is nil.
    pub fn write_msgpack(&self, out: &mut Vec<u8>) {
        out.push(if let Val::Boolean(value) = self { 0xc2 + u8::from(*value) } else { 0xc0 });
    }

    /// The same value, owning its data.
    #[must_use]
    pub fn into_owned(self) -> Value {
        Value::Null
    }
}

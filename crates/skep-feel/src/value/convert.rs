//! Values to and from what surrounds FEEL.

use jiff::tz::TimeZone;

use super::{Context, List, Text, Val, Value};
use crate::msgpack;
use crate::number::Number;
use crate::temporal::{Date, DateTime, DaysTimeDuration, Duration, Time, YearsMonthsDuration};

impl<'a> Val<'a> {
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

    /// A number.
    #[must_use]
    pub fn as_number(&self) -> Option<Number> {
        if let Val::Number(number) = self { Some(*number) } else { None }
    }

    /// A whole number that fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number()?.to_i64()
    }

    /// A number, rounded to double precision.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        self.as_number().map(Number::to_f64)
    }

    /// A list.
    #[must_use]
    pub fn as_list(&self) -> Option<&List<'a>> {
        if let Val::List(list) = self { Some(list) } else { None }
    }

    /// A context.
    #[must_use]
    pub fn as_context(&self) -> Option<&Context<'a>> {
        if let Val::Context(context) = self { Some(context) } else { None }
    }

    /// The items of a list, decoded one by one.
    pub fn items(&self) -> Option<impl ExactSizeIterator<Item = Val<'a>>> {
        self.as_list().map(List::iter)
    }

    /// The entries of a context in their order.
    pub fn entries(&self) -> Option<impl ExactSizeIterator<Item = (Text<'a>, Val<'a>)>> {
        self.as_context().map(Context::iter)
    }

    /// The entry of a context named `key`.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<Self> {
        self.as_context()?.entry(key)
    }

    /// The instant of a date-time in milliseconds since 1970, UTC; `zone` is that of a local one.
    #[must_use]
    pub fn as_unix_ms(&self, zone: &TimeZone) -> Option<i64> {
        if let Val::DateTime(value) = self { value.to_unix_ms(zone) } else { None }
    }

    /// Either kind of duration.
    #[must_use]
    pub fn as_duration(&self) -> Option<Duration> {
        match self {
            Val::YearsMonthsDuration(duration) => {
                Some(Duration { months: duration.months, millis: 0 })
            }
            Val::DaysTimeDuration(duration) => {
                Some(Duration { months: 0, millis: duration.millis()? })
            }
            Val::Null
            | Val::Boolean(_)
            | Val::Number(_)
            | Val::String(_)
            | Val::Date(_)
            | Val::Time(_)
            | Val::DateTime(_)
            | Val::List(_)
            | Val::Context(_)
            | Val::Range(_)
            | Val::Function(_) => None,
        }
    }

    /// Reads `text` as `@"text"` does: a date, time, date-time or duration.
    ///
    /// Static (not FEEL) timer texts may be more; see [`Duration::parse`].
    ///
    /// Source: camunda/feel-scala: src/main/scala/org/camunda/feel/impl/parser/FeelParser.scala
    #[must_use]
    pub fn parse_temporal(text: &str) -> Option<Value> {
        Date::parse(text)
            .map(Val::Date)
            .or_else(|| Time::parse(text).map(Val::Time))
            .or_else(|| DateTime::parse(text).map(Val::DateTime))
            .or_else(|| YearsMonthsDuration::parse(text).map(Val::YearsMonthsDuration))
            .or_else(|| DaysTimeDuration::parse(text).map(Val::DaysTimeDuration))
    }

    /// The value of a stored variable, borrowing from `bytes`; damaged data is null.
    #[must_use]
    pub fn view_msgpack(bytes: &'a [u8]) -> Self {
        msgpack::view(bytes)
    }

    /// Reads one MessagePack value; `None` when `bytes` is not exactly one well-formed value.
    #[must_use]
    pub fn from_msgpack(bytes: &[u8]) -> Option<Value> {
        let (value, rest) = msgpack::read(bytes)?;
        rest.is_empty().then(|| value.into_owned())
    }

    /// Appends the value as MessagePack, in the form in which Zeebe stores variables.
    ///
    /// A whole number is an integer, any other a double; temporal values are ISO 8601 text;
    /// a function or a range is nil.
    ///
    /// Source: camunda/zeebe: zeebe/feel/.../FeelToMessagePackTransformer.java
    pub fn write_msgpack(&self, out: &mut Vec<u8>) {
        match self {
            Val::Null | Val::Range(_) | Val::Function(_) => out.push(0xc0),
            Val::Boolean(value) => out.push(0xc2 + u8::from(*value)),
            Val::Number(number) => msgpack::write_number(*number, out),
            Val::String(text) => msgpack::write_text(text, out),
            Val::Date(date) => msgpack::write_text(&date.to_string(), out),
            Val::Time(time) => msgpack::write_text(&time.stored().to_string(), out),
            Val::DateTime(value) => msgpack::write_text(&value.iso().to_string(), out),
            Val::YearsMonthsDuration(duration) => {
                msgpack::write_text(&duration.to_string(), out);
            }
            Val::DaysTimeDuration(duration) => msgpack::write_text(&duration.to_string(), out),
            Val::List(list) => list.write_msgpack(out),
            Val::Context(context) => context.write_msgpack(out),
        }
    }

    /// The same value, owning its data.
    #[must_use]
    pub fn into_owned(self) -> Value {
        match self {
            Val::Null => Val::Null,
            Val::Boolean(value) => Val::Boolean(value),
            Val::Number(number) => Val::Number(number),
            Val::String(text) => Val::String(text.into_owned()),
            Val::Date(date) => Val::Date(date),
            Val::Time(time) => Val::Time(time),
            Val::DateTime(value) => Val::DateTime(value),
            Val::YearsMonthsDuration(duration) => Val::YearsMonthsDuration(duration),
            Val::DaysTimeDuration(duration) => Val::DaysTimeDuration(duration),
            Val::List(list) => Val::List(list.into_owned()),
            Val::Context(context) => Val::Context(context.into_owned()),
            Val::Range(range) => Val::Range(range),
            Val::Function(function) => Val::Function(function.into_owned()),
        }
    }

    /// A list of `items`; null when it would nest too deep.
    #[must_use]
    pub fn list(items: Vec<Self>) -> Self {
        List::new(items).map_or(Val::Null, Val::List)
    }

    /// A context of `entries`; null when it would nest too deep.
    #[must_use]
    pub fn context(entries: Vec<(Text<'a>, Self)>) -> Self {
        Context::new(entries).map_or(Val::Null, Val::Context)
    }
}

impl From<bool> for Val<'_> {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<i64> for Val<'_> {
    fn from(value: i64) -> Self {
        Self::Number(Number::from(value))
    }
}

impl From<Number> for Val<'_> {
    fn from(value: Number) -> Self {
        Self::Number(value)
    }
}

impl<'a> From<&'a str> for Val<'a> {
    fn from(value: &'a str) -> Self {
        Self::String(Text::from(value))
    }
}

impl From<String> for Val<'_> {
    fn from(value: String) -> Self {
        Self::String(Text::from(value))
    }
}

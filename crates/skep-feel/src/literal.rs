//! Texts of temporal values that may be of more than one type.

use crate::temporal::{Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration};
use crate::value::{Val, Value};

/// A date-time, or midnight of a date.
pub(crate) fn read_date_time(text: &str) -> Option<Value> {
    let date = Date::parse(text).map(|date| DateTime::local(date, &Time::MIDNIGHT));
    date.or_else(|| DateTime::parse(text)).map(Val::DateTime)
}

/// A duration of either kind.
pub(crate) fn read_duration(text: &str) -> Option<Value> {
    YearsMonthsDuration::parse(text)
        .map(Val::YearsMonthsDuration)
        .or_else(|| DaysTimeDuration::parse(text).map(Val::DaysTimeDuration))
}

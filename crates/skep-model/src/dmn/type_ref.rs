//! Types of results and arguments, as far as they are checked.

use skep_feel::Val;

/// What a `typeRef` asks for.
///
/// Only FEEL's simple types are checked, by their XML names; null has every type.
///
/// Source: camunda/dmn-scala: src/main/scala/org/camunda/dmn/evaluation/TypeChecker.scala
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum TypeRef {
    /// None, an item definition, or a type that is not checked.
    Any,
    String,
    Number,
    Boolean,
    Time,
    Date,
    DateTime,
    DayTimeDuration,
    YearMonthDuration,
}

impl TypeRef {
    pub(super) fn new(text: Option<&str>) -> Self {
        match text.unwrap_or_default().replace("feel:", "").as_str() {
            "string" => Self::String,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            "time" => Self::Time,
            "date" => Self::Date,
            "dateTime" => Self::DateTime,
            "dayTimeDuration" => Self::DayTimeDuration,
            "yearMonthDuration" => Self::YearMonthDuration,
            _ => Self::Any,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Any => "Any",
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Time => "time",
            Self::Date => "date",
            Self::DateTime => "dateTime",
            Self::DayTimeDuration => "dayTimeDuration",
            Self::YearMonthDuration => "yearMonthDuration",
        }
    }

    /// Whether `value` has this type, or what is wrong.
    pub(super) fn check(self, value: &Val<'_>) -> Result<(), String> {
        let fits = match self {
            Self::Any => true,
            Self::String => matches!(value, Val::String(_)),
            Self::Number => matches!(value, Val::Number(_)),
            Self::Boolean => matches!(value, Val::Boolean(_)),
            Self::Time => matches!(value, Val::Time(_)),
            Self::Date => matches!(value, Val::Date(_)),
            Self::DateTime => matches!(value, Val::DateTime(_)),
            Self::DayTimeDuration => matches!(value, Val::DaysTimeDuration(_)),
            Self::YearMonthDuration => matches!(value, Val::YearsMonthsDuration(_)),
        };
        if fits || matches!(value, Val::Null) {
            return Ok(());
        }
        Err(format!("expected '{}' but found '{}'", self.as_str(), value.to_message()))
    }
}

//! Arithmetic, comparison and logic.

use std::cmp::Ordering;

use super::scope::Found;
use super::{Evaluator, Outcome, Scope, Stop, or_null};
use crate::ast::{Comparison, Expr, Operator};
use crate::number::Number;
use crate::temporal::{DaysTimeDuration, YearsMonthsDuration};
use crate::value::Val;

impl<'a> Evaluator<'a> {
    pub(super) fn negation(&mut self, value: &Expr, scope: Option<&Scope<'_, 'a>>) -> Outcome<'a> {
        match or_null(self.eval(value, scope))? {
            Val::Number(number) => Ok(Val::Number(number.negated())),
            other => {
                self.warn_type("number", &other);
                Ok(Val::Null)
            }
        }
    }

    pub(super) fn arithmetic(
        &mut self,
        first: &Expr,
        rest: &[(Operator, Expr)],
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a> {
        let mut left = self.operand(first, scope);
        for (operator, right) in rest {
            let right = self.operand(right, scope);
            let result = match (&left, &right) {
                (Ok(left), Ok(right)) => self.operate(*operator, left, right),
                _ => match (left, right) {
                    (Ok(_) | Err(Stop::Error(_)), Ok(_) | Err(Stop::Error(_))) => Ok(Val::Null),
                    (Err(stop), _) | (_, Err(stop)) => return Err(stop),
                },
            };
            left = result.map(Found::Made);
        }
        left.map(Found::into_value)
    }

    fn operate(&mut self, operator: Operator, left: &Val<'a>, right: &Val<'a>) -> Outcome<'a> {
        if let (Val::Number(a), Val::Number(b)) = (left, right) {
            let result = match operator {
                Operator::Add => a.checked_add(*b),
                Operator::Subtract => a.checked_sub(*b),
                Operator::Multiply => a.checked_mul(*b),
                Operator::Divide => a.checked_div(*b),
                Operator::Power => a.checked_pow(*b),
            };
            if let Some(number) = result {
                return Ok(Val::Number(number));
            }
        } else if let (Operator::Add, Val::String(a), Val::String(b)) = (operator, left, right) {
            self.charge(a.len() + b.len())?;
            return Ok(Val::from([&**a, &**b].concat()));
        } else if let Some(value) = temporal(operator, left, right) {
            return Ok(value);
        }
        let (a, b) = (left.to_message(), right.to_message());
        let message = match operator {
            Operator::Add => format!("cannot add '{b}' to '{a}'"),
            Operator::Subtract => format!("cannot subtract '{b}' from '{a}'"),
            Operator::Multiply => format!("cannot multiply '{a}' by '{b}'"),
            Operator::Divide => format!("cannot divide '{a}' by '{b}'"),
            Operator::Power => format!("cannot raise '{a}' to the power of '{b}'"),
        };
        self.warn("INVALID_TYPE", message);
        Ok(Val::Null)
    }

    pub(super) fn comparison(
        &mut self,
        comparison: Comparison,
        sides: &(Expr, Expr),
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a> {
        let truth = self.comparison_truth(comparison, sides, scope)?;
        Ok(truth.map_or(Val::Null, Val::Boolean))
    }

    fn comparison_truth(
        &mut self,
        comparison: Comparison,
        (left, right): &(Expr, Expr),
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a, Option<bool>> {
        let left = self.operand(left, scope)?;
        let right = self.operand(right, scope)?;
        if let (Val::List(_), Val::List(_)) | (Val::Context(_), Val::Context(_)) = (&*left, &*right)
        {
            self.spend(left.walk_cost().min(right.walk_cost()))?;
        }
        match comparison.holds(&left, &right) {
            Some(truth) => Ok(Some(truth)),
            None => {
                self.compare(comparison, &left, &right);
                Ok(None)
            }
        }
    }

    /// A value to look at: literals and names of the expression stay where they are.
    #[inline]
    fn operand<'s>(
        &mut self,
        expr: &'s Expr,
        scope: Option<&Scope<'s, 'a>>,
    ) -> Outcome<'a, Found<'s, 'a>> {
        match expr {
            Expr::Constant(value) => return Ok(Found::Bound(value)),
            Expr::Reference(name, keys) if keys.is_empty() && scope.is_some() => {
                if let Some(found) = self.local(name, scope)? {
                    return Ok(found);
                }
            }
            _ => (),
        }
        self.eval(expr, scope).map(Found::Made)
    }

    pub(super) fn compare(
        &mut self,
        comparison: Comparison,
        left: &Val<'_>,
        right: &Val<'_>,
    ) -> Val<'a> {
        match comparison.holds(left, right) {
            Some(value) => Val::Boolean(value),
            None => {
                self.warn_not_comparable(left, right);
                if comparison == Comparison::NotEqual {
                    // feel-scala negates the null of the equality.
                    self.warn_type("boolean", &Val::Null);
                }
                Val::Null
            }
        }
    }

    pub(super) fn warn_not_comparable(&mut self, left: &Val<'_>, right: &Val<'_>) {
        let (left, right) = (left.to_message(), right.to_message());
        self.warn("NOT_COMPARABLE", format!("cannot compare '{left}' with '{right}'"));
    }

    pub(super) fn between(
        &mut self,
        (value, least, greatest): &(Expr, Expr, Expr),
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a> {
        let value = self.eval(value, scope)?;
        let least = self.eval(least, scope)?;
        let from = self.compare(Comparison::GreaterOrEqual, &value, &least);
        if let Val::Boolean(false) = from {
            return Ok(from);
        }
        if let Val::Null = from {
            self.warn_type("boolean", &from);
        }
        let greatest = self.eval(greatest, scope)?;
        let to = self.compare(Comparison::LessOrEqual, &value, &greatest);
        Ok(match (from, to) {
            (_, Val::Boolean(false)) => Val::Boolean(false),
            (Val::Boolean(true), Val::Boolean(true)) => Val::Boolean(true),
            _ => Val::Null,
        })
    }

    pub(super) fn instance_of(
        &mut self,
        value: &Expr,
        name: &str,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a> {
        let value = self.eval(value, scope)?;
        let found = value.type_name();
        Ok(Val::Boolean(match name {
            "Any" => !matches!(value, Val::Null),
            "date time" => found == "date and time",
            "year-month-duration" => found == "years and months duration",
            "day-time-duration" => found == "days and time duration",
            name => found == name,
        }))
    }

    /// `and` (decided by false) or `or` (decided by true) over operands, from the left.
    pub(super) fn chain(
        &mut self,
        operands: &[Expr],
        deciding: bool,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a> {
        let mut unknown = false;
        for (index, operand) in operands.iter().enumerate() {
            if unknown && index >= 2 {
                // To feel-scala each operator is a node of its own, and this one has null.
                self.warn_type("boolean", &Val::Null);
            }
            match self.truth(operand, !unknown, scope)? {
                Some(value) if value == deciding => return Ok(Val::Boolean(deciding)),
                Some(_) => (),
                None => unknown = true,
            }
        }
        Ok(if unknown { Val::Null } else { Val::Boolean(!deciding) })
    }

    /// A truth value; anything else is unknown, with a warning if asked for.
    pub(super) fn truth(
        &mut self,
        expr: &Expr,
        warn: bool,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a, Option<bool>> {
        // Conditions are comparisons more often than not, and need no value on the way.
        if let Expr::Comparison(comparison, sides) = expr {
            self.spend(1)?;
            let truth = self.comparison_truth(*comparison, sides, scope);
            return match truth {
                Ok(None) => {
                    if warn {
                        self.warn_type("boolean", &Val::Null);
                    }
                    Ok(None)
                }
                Err(Stop::Error(_)) => Ok(None),
                other => other,
            };
        }
        match self.eval(expr, scope) {
            Ok(Val::Boolean(value)) => Ok(Some(value)),
            Ok(other) => {
                if warn {
                    self.warn_type("boolean", &other);
                }
                Ok(None)
            }
            Err(Stop::Error(_)) => Ok(None),
            Err(stop) => Err(stop),
        }
    }
}

impl Comparison {
    /// What it says; `None` where the values cannot be compared.
    pub(super) fn holds(self, left: &Val<'_>, right: &Val<'_>) -> Option<bool> {
        match self {
            Self::Equal => left.equals(right),
            Self::NotEqual => left.equals(right).map(|equal| !equal),
            Self::Less => left.order(right).map(Ordering::is_lt),
            Self::LessOrEqual => left.order(right).map(Ordering::is_le),
            Self::Greater => left.order(right).map(Ordering::is_gt),
            Self::GreaterOrEqual => left.order(right).map(Ordering::is_ge),
        }
    }
}

/// Arithmetic with at least one temporal operand; `None` where there is none.
fn temporal<'a>(operator: Operator, left: &Val<'a>, right: &Val<'a>) -> Option<Val<'a>> {
    match operator {
        Operator::Add => plus(left, right).or_else(|| plus(right, left)),
        Operator::Subtract => minus(left, right),
        Operator::Multiply => times(left, right).or_else(|| times(right, left)),
        Operator::Divide => divided(left, right),
        Operator::Power => None,
    }
}

fn plus<'a>(left: &Val<'a>, right: &Val<'a>) -> Option<Val<'a>> {
    match (left, right) {
        (Val::Date(date), Val::DaysTimeDuration(by)) => date.plus(*by).map(Val::Date),
        (Val::Date(date), Val::YearsMonthsDuration(by)) => {
            date.plus_months(by.months).map(Val::Date)
        }
        (Val::Time(time), Val::DaysTimeDuration(by)) => Some(Val::Time(time.plus(*by))),
        (Val::DateTime(value), Val::DaysTimeDuration(by)) => value.plus(*by).map(Val::DateTime),
        (Val::DateTime(value), Val::YearsMonthsDuration(by)) => {
            value.plus_months(by.months).map(Val::DateTime)
        }
        (Val::DaysTimeDuration(a), Val::DaysTimeDuration(b)) => {
            days(a.total_nanos() + b.total_nanos())
        }
        (Val::YearsMonthsDuration(a), Val::YearsMonthsDuration(b)) => {
            months(a.months.checked_add(b.months)?)
        }
        _ => None,
    }
}

fn minus<'a>(left: &Val<'a>, right: &Val<'a>) -> Option<Val<'a>> {
    match (left, right) {
        (Val::Date(a), Val::Date(b)) => {
            let days = a.epoch_day() - b.epoch_day();
            let seconds = days.checked_mul(crate::temporal::SECONDS_PER_DAY)?;
            Some(Val::DaysTimeDuration(DaysTimeDuration::from_seconds(seconds)))
        }
        (Val::Time(a), Val::Time(b)) => a.difference(b).map(Val::DaysTimeDuration),
        (Val::DateTime(a), Val::DateTime(b)) => a.difference(b).map(Val::DaysTimeDuration),
        (_, Val::DaysTimeDuration(by)) => {
            let by = DaysTimeDuration::from_nanos(-by.total_nanos())?;
            plus(left, &Val::DaysTimeDuration(by))
        }
        (_, Val::YearsMonthsDuration(by)) => {
            let months = by.months.checked_neg()?;
            plus(left, &Val::YearsMonthsDuration(YearsMonthsDuration { months }))
        }
        _ => None,
    }
}

/// A duration times the integer part of a number.
fn times<'a>(duration: &Val<'a>, factor: &Val<'a>) -> Option<Val<'a>> {
    let factor = factor.as_number()?.truncate()?;
    match duration {
        Val::YearsMonthsDuration(duration) => months(duration.months.checked_mul(factor)?),
        Val::DaysTimeDuration(duration) => {
            days(duration.total_nanos().checked_mul(i128::from(factor))?)
        }
        _ => None,
    }
}

fn divided<'a>(left: &Val<'a>, right: &Val<'a>) -> Option<Val<'a>> {
    let quotient = |a: i64, b: i64| a.checked_div(b).map(|value| Val::Number(Number::from(value)));
    let part = |whole: i64, by: Number| Number::from(whole).checked_div(by)?.truncate();
    match (left, right) {
        (Val::YearsMonthsDuration(a), Val::YearsMonthsDuration(b)) => quotient(a.months, b.months),
        (Val::DaysTimeDuration(a), Val::DaysTimeDuration(b)) => quotient(a.millis()?, b.millis()?),
        (Val::YearsMonthsDuration(duration), Val::Number(by)) => {
            months(part(duration.months, *by)?)
        }
        (Val::DaysTimeDuration(duration), Val::Number(by)) => {
            let millis = part(duration.millis()?, *by)?;
            DaysTimeDuration::from_millis(millis).map(Val::DaysTimeDuration)
        }
        _ => None,
    }
}

fn days<'a>(nanos: i128) -> Option<Val<'a>> {
    DaysTimeDuration::from_nanos(nanos).map(Val::DaysTimeDuration)
}

#[expect(clippy::unnecessary_wraps, reason = "reads like its siblings")]
fn months<'a>(months: i64) -> Option<Val<'a>> {
    Some(Val::YearsMonthsDuration(YearsMonthsDuration { months }))
}

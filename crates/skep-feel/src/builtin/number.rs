//! Functions on numbers.
//!
//! Source: camunda/feel-scala: .../builtin/NumericBuiltinFunctions.scala

use super::{Builtin, Refusal, because, fixed};
use crate::eval::Evaluator;
use crate::number::{Number, Rounding};
use crate::temporal::{DaysTimeDuration, YearsMonthsDuration};
use crate::value::Val;

/// Largest magnitude of a scale: that of a decimal128.
const SCALE_MAX: i64 = 6_176;

pub(super) const FUNCTIONS: &[Builtin] = &[
    fixed("decimal", &["n", "scale"], |_, args| round(args, Rounding::HalfEven)),
    fixed("decimal", &["n", "scale", "mode"], decimal_with_mode),
    fixed("floor", &["n"], |_, args| round(args, Rounding::Floor)),
    fixed("floor", &["n", "scale"], |_, args| round(args, Rounding::Floor)),
    // feel-scala calls the parameter so.
    fixed("floor", &["n", "scala"], |_, args| round(args, Rounding::Floor)),
    fixed("ceiling", &["n"], |_, args| round(args, Rounding::Ceiling)),
    fixed("ceiling", &["n", "scale"], |_, args| round(args, Rounding::Ceiling)),
    fixed("round up", &["n", "scale"], |_, args| round(args, Rounding::Up)),
    fixed("round down", &["n", "scale"], |_, args| round(args, Rounding::Down)),
    fixed("round half up", &["n", "scale"], |_, args| round(args, Rounding::HalfUp)),
    fixed("round half down", &["n", "scale"], |_, args| round(args, Rounding::HalfDown)),
    fixed("round half down", &["n", "scala"], |_, args| round(args, Rounding::HalfDown)),
    fixed("abs", &["number"], abs),
    fixed("abs", &["n"], abs),
    fixed("modulo", &["dividend", "divisor"], modulo),
    fixed("sqrt", &["number"], sqrt),
    fixed("log", &["number"], |_, args| double(args, f64::ln)),
    fixed("exp", &["number"], |_, args| double(args, f64::exp)),
    fixed("odd", &["number"], |_, args| parity(args, 1)),
    fixed("even", &["number"], |_, args| parity(args, 0)),
    fixed("random number", &[], random_number),
];

fn round<'a>(arguments: &[Val<'a>], rounding: Rounding) -> Result<Val<'a>, Refusal> {
    let (number, scale) = match arguments {
        [Val::Number(number)] => (number, Some(0)),
        [Val::Number(number), Val::Number(scale), ..] => (number, scale.truncate()),
        _ => return Err(Refusal::Arguments),
    };
    let scale = scale.filter(|scale| scale.abs() <= SCALE_MAX);
    let Some(scale) = scale.and_then(|scale| i32::try_from(scale).ok()) else {
        return because(format!("the scale must be between -{SCALE_MAX} and {SCALE_MAX}"));
    };
    match number.with_scale(scale, rounding) {
        Some(number) => Ok(Val::Number(number)),
        None => because(format!("{number} cannot have scale {scale} without rounding")),
    }
}

fn decimal_with_mode<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let [Val::Number(_), Val::Number(_), Val::String(mode)] = arguments else {
        return Err(Refusal::Arguments);
    };
    let rounding = match mode.to_uppercase().as_str() {
        "UP" => Rounding::Up,
        "DOWN" => Rounding::Down,
        "CEILING" => Rounding::Ceiling,
        "FLOOR" => Rounding::Floor,
        "HALF_UP" => Rounding::HalfUp,
        "HALF_DOWN" => Rounding::HalfDown,
        "HALF_EVEN" => Rounding::HalfEven,
        "UNNECESSARY" => Rounding::Unnecessary,
        _ => {
            return because(format!(
                "'{}' is not a rounding mode; there are UP, DOWN, CEILING, FLOOR, HALF_UP, \
                 HALF_DOWN, HALF_EVEN, UNNECESSARY",
                &**mode
            ));
        }
    };
    round(arguments, rounding)
}

fn abs<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let value = match arguments {
        [Val::Number(number)] => Some(Val::Number(number.abs())),
        [Val::YearsMonthsDuration(duration)] => duration
            .months
            .checked_abs()
            .map(|months| Val::YearsMonthsDuration(YearsMonthsDuration { months })),
        [Val::DaysTimeDuration(duration)] => {
            DaysTimeDuration::from_nanos(duration.total_nanos().abs()).map(Val::DaysTimeDuration)
        }
        _ => None,
    };
    value.ok_or(Refusal::Arguments)
}

/// The remainder with the sign of the divisor.
fn modulo<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let [Val::Number(dividend), Val::Number(divisor)] = arguments else {
        return Err(Refusal::Arguments);
    };
    let result = dividend
        .checked_rem(*divisor)
        .and_then(|rest| rest.checked_add(*divisor))
        .and_then(|rest| rest.checked_rem(*divisor));
    match result {
        Some(number) => Ok(Val::Number(number)),
        None => because(format!("{dividend} cannot be divided by {divisor}")),
    }
}

fn sqrt<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    match arguments {
        [Val::Number(number)] if number.is_negative() => Ok(Val::Null),
        _ => double(arguments, f64::sqrt),
    }
}

fn double<'a>(arguments: &[Val<'a>], apply: fn(f64) -> f64) -> Result<Val<'a>, Refusal> {
    let [Val::Number(number)] = arguments else { return Err(Refusal::Arguments) };
    match Number::from_f64(apply(number.to_f64())) {
        Some(result) => Ok(Val::Number(result)),
        None => because(format!("{number} has no result")),
    }
}

fn parity<'a>(arguments: &[Val<'a>], wanted: i64) -> Result<Val<'a>, Refusal> {
    let [Val::Number(number)] = arguments else { return Err(Refusal::Arguments) };
    let rest = number.abs().checked_rem(Number::from(2i64));
    Ok(Val::Boolean(rest == Some(Number::from(wanted))))
}

/// A double from 0 to below 1.
fn random_number<'a>(evaluator: &mut Evaluator<'a>, _: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    #[expect(clippy::cast_precision_loss, reason = "53 bits are what a double holds")]
    let value = ((evaluator.environment.random)() >> 11) as f64 / (1u64 << 53) as f64;
    Number::from_f64(value).map(Val::Number).ok_or(Refusal::Arguments)
}

//! Functions that make one value of a list.
//!
//! Source: camunda/feel-scala: .../builtin/ListBuiltinFunctions.scala

use std::cmp::Ordering;

use super::{Builtin, Refusal, because, fixed, varargs};
use crate::eval::Evaluator;
use crate::number::Number;
use crate::value::{List, Val};

pub(super) const FUNCTIONS: &[Builtin] = &[
    fixed("count", &["list"], count),
    varargs("min", &["list"], |evaluator, args| extreme(evaluator, args, Ordering::Less)),
    varargs("max", &["list"], |evaluator, args| extreme(evaluator, args, Ordering::Greater)),
    varargs("sum", &["list"], sum),
    varargs("product", &["list"], product),
    varargs("mean", &["list"], mean),
    varargs("median", &["list"], median),
    varargs("stddev", &["list"], stddev),
    varargs("mode", &["list"], mode),
    varargs("and", &["list"], |evaluator, args| decide(evaluator, args, false)),
    varargs("all", &["list"], |evaluator, args| decide(evaluator, args, false)),
    varargs("or", &["list"], |evaluator, args| decide(evaluator, args, true)),
    varargs("any", &["list"], |evaluator, args| decide(evaluator, args, true)),
];

fn count<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let [Val::List(list)] = arguments else { return Err(Refusal::Arguments) };
    Ok(Val::Number(count_of(list)))
}

fn count_of(list: &List<'_>) -> Number {
    Number::from(i64::try_from(list.len()).unwrap_or(i64::MAX))
}

/// The first of the least or greatest items.
fn extreme<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &[Val<'a>],
    wanted: Ordering,
) -> Result<Val<'a>, Refusal> {
    let [Val::List(list)] = arguments else { return Err(Refusal::Arguments) };
    let mut items = evaluator.items(list)?.into_iter();
    let Some(mut best) = items.next() else { return Ok(Val::Null) };
    if best.order(&best).is_none() {
        return because(format!("'{}' has no order", best.to_message()));
    }
    for item in items {
        match item.order(&best) {
            Some(order) if order == wanted => best = item,
            Some(_) => (),
            None => {
                let (item, best) = (item.to_message(), best.to_message());
                return because(format!("'{item}' cannot be compared with '{best}'"));
            }
        }
    }
    Ok(best)
}

/// The numbers of the only argument; `None` for an empty list.
fn numbers<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &[Val<'a>],
) -> Result<Option<Vec<Number>>, Refusal> {
    let [Val::List(list)] = arguments else { return Err(Refusal::Arguments) };
    let mut numbers = Vec::with_capacity(list.len());
    for item in list {
        evaluator.spend(item.step_cost())?;
        match item {
            Val::Number(number) => numbers.push(number),
            other => return because(format!("expected number, found '{}'", other.to_message())),
        }
    }
    Ok((!numbers.is_empty()).then_some(numbers))
}

/// A function of the numbers in a list; null for none.
fn of_numbers<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &[Val<'a>],
    apply: fn(Vec<Number>) -> Option<Number>,
) -> Result<Val<'a>, Refusal> {
    match numbers(evaluator, arguments)? {
        None => Ok(Val::Null),
        Some(numbers) => match apply(numbers) {
            Some(number) => Ok(Val::Number(number)),
            None => because("the result is not a number"),
        },
    }
}

fn total(numbers: &[Number]) -> Option<Number> {
    numbers.iter().try_fold(Number::ZERO, |sum, number| sum.checked_add(*number))
}

fn amount(numbers: &[Number]) -> Number {
    Number::from(i64::try_from(numbers.len()).unwrap_or(i64::MAX))
}

fn sum<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    of_numbers(evaluator, arguments, |numbers| total(&numbers))
}

fn product<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    of_numbers(evaluator, arguments, |numbers| {
        numbers.iter().try_fold(Number::from(1i64), |product, n| product.checked_mul(*n))
    })
}

fn mean<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    of_numbers(evaluator, arguments, |numbers| total(&numbers)?.checked_div(amount(&numbers)))
}

fn median<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    of_numbers(evaluator, arguments, |mut numbers| {
        numbers.sort();
        let middle = numbers.len() / 2;
        if numbers.len() % 2 == 1 {
            return numbers.get(middle).copied();
        }
        numbers[middle - 1].checked_add(numbers[middle])?.checked_div(Number::from(2i64))
    })
}

/// The standard deviation of a sample.
fn stddev<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    of_numbers(evaluator, arguments, |numbers| {
        let mean = total(&numbers)?.checked_div(amount(&numbers))?;
        let squares = numbers.iter().try_fold(Number::ZERO, |sum, number| {
            let deviation = number.checked_sub(mean)?;
            sum.checked_add(deviation.checked_mul(deviation)?)
        })?;
        let variance = squares.checked_div(amount(&numbers).checked_sub(Number::from(1i64))?)?;
        Number::from_f64(variance.to_f64().sqrt())
    })
}

/// The most frequent numbers, ascending.
fn mode<'a>(evaluator: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Result<Val<'a>, Refusal> {
    let mut numbers = numbers(evaluator, arguments)?.unwrap_or_default();
    numbers.sort();
    let mut counts: Vec<(Number, usize)> = Vec::new();
    for number in numbers {
        match counts.last_mut() {
            Some((last, count)) if *last == number => *count += 1,
            _ => counts.push((number, 1)),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let modes = counts.into_iter().filter(|(_, count)| *count == most);
    Ok(evaluator.list(modes.map(|(number, _)| Val::Number(number)).collect())?)
}

/// `all` is decided by false, `any` by true; other items leave it open.
fn decide<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &[Val<'a>],
    deciding: bool,
) -> Result<Val<'a>, Refusal> {
    let [Val::List(list)] = arguments else { return Err(Refusal::Arguments) };
    let mut unknown = false;
    for item in list {
        evaluator.spend(item.step_cost())?;
        match item {
            Val::Boolean(value) if value == deciding => return Ok(Val::Boolean(deciding)),
            Val::Boolean(_) => (),
            _ => unknown = true,
        }
    }
    Ok(if unknown { Val::Null } else { Val::Boolean(!deciding) })
}

//! Unary tests: truths about an input value.

use super::{Evaluator, Frame, Outcome, Scope, Stop};
use crate::ast::{Comparison, Expr, RangeExpr, Test};
use crate::range;
use crate::value::Val;

/// What [`Evaluator::test`] answers where every test is against a literal, without warnings.
pub(crate) fn decide(tests: &Expr, input: &Val<'_>) -> Option<Option<bool>> {
    let Expr::Test(test) = tests else { return None };
    match test {
        Test::Any => Some(Some(true)),
        Test::Compare(comparison, value) => match &**value {
            Expr::Constant(value) => Some(comparison.holds(input, value)),
            _ => None,
        },
        Test::Equal(value) => Some(Comparison::Equal.holds(input, value)),
        Test::Range(range) => match (&range.start, &range.end) {
            (Expr::Constant(start), Expr::Constant(end)) => {
                Some(range::contains(input, (start, range.start_closed), (end, range.end_closed)))
            }
            _ => None,
        },
        Test::Expression(expr) => match &**expr {
            Expr::Constant(value) => Some(holds(value, input)),
            _ => None,
        },
        Test::AnyOf(tests) => {
            let mut unknown = false;
            for test in tests {
                match decide(test, input)? {
                    Some(true) => return Some(Some(true)),
                    Some(false) => (),
                    None => unknown = true,
                }
            }
            Some((!unknown).then_some(false))
        }
        Test::Not(tests) => Some(decide(tests, input)?.map(|truth| !truth)),
    }
}

/// Collects the only strings that tests hold for; false where they may hold for others.
pub(crate) fn only_strings<'e>(tests: &'e Expr, found: &mut Vec<&'e str>) -> bool {
    let Expr::Test(test) = tests else { return false };
    match test {
        Test::Expression(expr) => match &**expr {
            Expr::Constant(Val::String(text)) => {
                found.push(text);
                true
            }
            _ => false,
        },
        Test::AnyOf(tests) => tests.iter().all(|test| only_strings(test, found)),
        Test::Any | Test::Compare(..) | Test::Equal(_) | Test::Range(_) | Test::Not(_) => false,
    }
}

/// Whether the value of an expression means that the test holds for `input`.
fn holds(value: &Val<'_>, input: &Val<'_>) -> Option<bool> {
    match value {
        Val::Boolean(true) => Some(true),
        Val::Boolean(false) => Some(matches!(input, Val::Boolean(false))),
        Val::List(list) => Some(list.iter().any(|item| item == *input) || value == input),
        other => input.equals(other),
    }
}

impl<'a> Evaluator<'a> {
    pub(super) fn test(&mut self, test: &Test, scope: Option<&Scope<'_, 'a>>) -> Outcome<'a> {
        match test {
            Test::Any => Ok(Val::Boolean(true)),
            Test::Compare(comparison, value) => {
                let input = self.input_or_null(scope)?;
                let value = self.eval(value, scope)?;
                Ok(self.compare(*comparison, &input, &value))
            }
            Test::Equal(value) => {
                let input = self.input_or_null(scope)?;
                Ok(self.compare(Comparison::Equal, &input, value))
            }
            Test::Range(range) => self.range_test(range, scope),
            Test::Expression(expr) => self.expression_test(expr, scope),
            Test::AnyOf(tests) => self.any_of(tests, scope),
            Test::Not(tests) => {
                let truth = self.truth(tests, true, scope)?;
                Ok(truth.map_or(Val::Null, |truth| Val::Boolean(!truth)))
            }
        }
    }

    fn input_or_null(&mut self, scope: Option<&Scope<'_, 'a>>) -> Outcome<'a> {
        if let Some(input) = self.input(scope)? {
            return Ok(input);
        }
        self.warn("NO_VARIABLE_FOUND", "there is no input value".to_owned());
        Ok(Val::Null)
    }

    fn range_test(&mut self, range: &RangeExpr, scope: Option<&Scope<'_, 'a>>) -> Outcome<'a> {
        let start = super::or_null(self.eval(&range.start, scope))?;
        let end = super::or_null(self.eval(&range.end, scope))?;
        let input = self.input_or_null(scope)?;
        let inside =
            range::contains(&input, (&start, range.start_closed), (&end, range.end_closed));
        Ok(match inside {
            Some(inside) => Val::Boolean(inside),
            None => {
                let (input, start, end) =
                    (input.to_message(), start.to_message(), end.to_message());
                let message = format!("cannot compare '{input}' with '{start}' and '{end}'");
                self.warn("NOT_COMPARABLE", message);
                Val::Null
            }
        })
    }

    /// Any expression: it holds if it is true, equals the input, or is a list that contains it.
    fn expression_test(&mut self, expr: &Expr, scope: Option<&Scope<'_, 'a>>) -> Outcome<'a> {
        let input = self.input_or_null(scope)?;
        let value = match self.eval(expr, scope) {
            Err(Stop::NoInput) => {
                // The expression says `?`, so it is the whole condition.
                let inner = Scope::within(scope, Frame::Symbol(&input));
                return Ok(match super::or_null(self.eval(expr, Some(&inner)))? {
                    Val::Boolean(truth) => Val::Boolean(truth),
                    _ => Val::Null,
                });
            }
            Err(Stop::Error(_)) => return Ok(Val::Boolean(false)),
            Err(stop) => return Err(stop),
            Ok(value) => value,
        };
        if let Val::List(_) = &value {
            self.spend(value.walk_cost())?;
        }
        Ok(match holds(&value, &input) {
            Some(holds) => Val::Boolean(holds),
            None => {
                self.warn_not_comparable(&input, &value);
                Val::Null
            }
        })
    }

    fn any_of(&mut self, tests: &[Expr], scope: Option<&Scope<'_, 'a>>) -> Outcome<'a> {
        let mut unknown = false;
        for test in tests {
            match self.truth(test, !unknown, scope)? {
                Some(true) => return Ok(Val::Boolean(true)),
                Some(false) => (),
                None => unknown = true,
            }
        }
        Ok(if unknown { Val::Null } else { Val::Boolean(false) })
    }
}

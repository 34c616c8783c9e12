//! `if`, `for`, `some` and `every`.

use super::{Evaluator, Frame, Outcome, Scope, Stop, too_much};
use crate::ast::{Expr, For, Iterators, Quantified};
use crate::number::Number;
use crate::value::{List, Val};

impl<'a> Evaluator<'a> {
    pub(super) fn branch(
        &mut self,
        branches: &[(Expr, Expr)],
        otherwise: &Expr,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a> {
        for (condition, result) in branches {
            if self.truth(condition, true, scope)? == Some(true) {
                return self.eval(result, scope);
            }
        }
        self.eval(otherwise, scope)
    }

    /// The numbers from `start` to `end`, up or down.
    pub(super) fn iteration(
        &mut self,
        (start, end): &(Expr, Expr),
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a> {
        let start = self.eval(start, scope)?;
        let end = self.eval(end, scope)?;
        for value in [&start, &end] {
            if value.as_number().is_none() {
                let found = value.to_message();
                let message = format!("expected number, found '{found}'");
                return Err(self.error("INVALID_TYPE", message));
            }
        }
        let (Some(start), Some(end)) = (start.as_number(), end.as_number()) else {
            return Ok(Val::Null);
        };
        let span = end.checked_sub(start).and_then(|span| span.abs().truncate());
        let n_items = span.and_then(|span| usize::try_from(span).ok()).unwrap_or(usize::MAX);
        self.charge_items(n_items)?;
        let step = Number::from(if start < end { 1i64 } else { -1 });
        let mut items = Vec::with_capacity(n_items + 1);
        let mut current = Some(start);
        while let Some(number) = current
            && items.len() <= n_items
        {
            items.push(Val::Number(number));
            current = number.checked_add(step);
        }
        List::build(items).map(Val::List).map_err(too_much)
    }

    /// The lists of all iterators; `None` when one of them is no list.
    fn lists(
        &mut self,
        iterators: &Iterators,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a, Option<Vec<List<'a>>>> {
        let mut lists = Vec::with_capacity(iterators.lists.len());
        let mut complete = true;
        for list in &iterators.lists {
            match self.eval(list, scope) {
                Ok(Val::List(list)) => lists.push(list),
                Ok(other) => {
                    self.warn_type("list", &other);
                    complete = false;
                }
                Err(Stop::Error(_)) => complete = false,
                Err(stop) => return Err(stop),
            }
        }
        Ok(complete.then_some(lists))
    }

    /// Calls `visit` with every combination of items, the last iterator fastest, until it
    /// returns false.
    fn combinations(
        &mut self,
        lists: &[List<'a>],
        values: &mut Vec<Val<'a>>,
        visit: &mut dyn FnMut(&mut Self, &[Val<'a>]) -> Outcome<'a, bool>,
    ) -> Outcome<'a, bool> {
        let Some((first, rest)) = lists.split_first() else {
            return visit(self, values);
        };
        for item in first {
            self.spend(item.step_cost())?;
            values.push(item);
            let goes_on = self.combinations(rest, values, visit)?;
            values.pop();
            if !goes_on {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn for_each(
        &mut self,
        iteration: &For,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a> {
        let Some(lists) = self.lists(&iteration.iterators, scope)? else {
            return Ok(Val::Null);
        };
        let names = &iteration.iterators.names;
        let mut results = List::empty();
        self.combinations(&lists, &mut Vec::new(), &mut |evaluator, values| {
            let bindings = Scope::within(scope, Frame::Bindings(names, values));
            let outcome = if let Some(partial) = &iteration.partial {
                let so_far = Val::List(results.clone());
                let inner = Scope::within(Some(&bindings), Frame::Binding(partial, &so_far));
                evaluator.eval(&iteration.body, Some(&inner))
            } else {
                evaluator.eval(&iteration.body, Some(&bindings))
            };
            let value = super::or_null(outcome)?;
            evaluator.charge_items(1)?;
            results.push(value).map_err(too_much)?;
            Ok(true)
        })?;
        Ok(Val::List(results))
    }

    pub(super) fn quantified(
        &mut self,
        quantified: &Quantified,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a> {
        let Some(lists) = self.lists(&quantified.iterators, scope)? else {
            return Ok(Val::Null);
        };
        let names = &quantified.iterators.names;
        let deciding = !quantified.every;
        let mut unknown = false;
        let undecided = self.combinations(&lists, &mut Vec::new(), &mut |evaluator, values| {
            let bindings = Scope::within(scope, Frame::Bindings(names, values));
            let truth = evaluator.truth(&quantified.condition, !unknown, Some(&bindings))?;
            unknown |= truth.is_none();
            Ok(truth != Some(deciding))
        })?;
        Ok(match (undecided, unknown) {
            (false, _) => Val::Boolean(deciding),
            (true, true) => Val::Null,
            (true, false) => Val::Boolean(!deciding),
        })
    }
}

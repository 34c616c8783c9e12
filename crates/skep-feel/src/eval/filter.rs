//! Filters of lists.

use super::{Evaluator, Frame, Outcome, Scope, Stop, or_null};
use crate::ast::{Expr, Filter, FilterKind};
use crate::number::Number;
use crate::value::{List, Val};

impl<'a> Evaluator<'a> {
    pub(super) fn filter(&mut self, filter: &Filter, scope: Option<&Scope<'_, 'a>>) -> Outcome<'a> {
        let list = match or_null(self.eval(&filter.list, scope))? {
            Val::List(list) => list,
            other => {
                self.warn_type("list", &other);
                return Ok(Val::Null);
            }
        };
        match &filter.filter {
            FilterKind::Index(index) => self.item_at(&list, *index),
            FilterKind::PerItem(condition) => or_null(self.filter_items(&list, condition, scope)),
            FilterKind::Either(condition) => match self.outer_index(condition, scope)? {
                Some(index) => self.item_at(&list, index),
                None => or_null(self.filter_items(&list, condition, scope)),
            },
        }
    }

    /// The number a filter gives outside of any item.
    ///
    /// What this trial warns about is dropped: most often it is that an item's entry is not a
    /// variable, which nobody claimed.
    fn outer_index(
        &mut self,
        condition: &Expr,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a, Option<Number>> {
        let (n_warnings, n_dropped) = (self.budget.warnings.len(), self.budget.n_warnings_dropped);
        let outcome = self.eval(condition, scope);
        if let Ok(Val::Number(index)) = outcome {
            return Ok(Some(index));
        }
        self.budget.warnings.truncate(n_warnings);
        self.budget.n_warnings_dropped = n_dropped;
        match outcome {
            Err(stop @ (Stop::Failure(_) | Stop::Limit(_))) => Err(stop),
            Ok(_) | Err(Stop::Error(_) | Stop::NoInput) => Ok(None),
        }
    }

    fn filter_items(
        &mut self,
        list: &List<'a>,
        condition: &Expr,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a> {
        let mut kept = Vec::new();
        for (index, item) in list.iter().enumerate() {
            self.spend(item.step_cost())?;
            let inner = Scope::within(scope, Frame::Item(&item));
            match self.eval(condition, Some(&inner))? {
                Val::Boolean(true) => kept.push(item),
                // A number for the first item is an index after all.
                Val::Number(number) if index == 0 => return self.item_at(list, number),
                _ => (),
            }
        }
        self.list(kept)
    }

    /// The item at a position from 1, or from the end if negative.
    fn item_at(&mut self, list: &List<'a>, index: Number) -> Outcome<'a> {
        let len = Number::from(i64::try_from(list.len()).unwrap_or(i64::MAX));
        let position = if index > Number::ZERO {
            index.checked_sub(Number::from(1i64))
        } else {
            len.checked_add(index)
        };
        let position = position
            .filter(|position| !position.is_negative() && *position < len)
            .and_then(Number::truncate)
            .and_then(|position| usize::try_from(position).ok());
        let Some(position) = position else { return Ok(Val::Null) };
        let (item, cost) = list.look_up(position);
        self.spend(cost)?;
        Ok(item.unwrap_or(Val::Null))
    }
}

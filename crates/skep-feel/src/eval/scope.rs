//! What names mean at a place, innermost first.

use std::sync::Arc;

use super::Outcome;
use crate::function::{Captured, Function};
use crate::value::{Text, Val};

/// The name under which feel-scala keeps the input value of unary tests.
const INPUT_NAME: &str = "cellInput";

/// A frame and those around it; it lives on the stack of the evaluation.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'s, 'a> {
    frame: Frame<'s, 'a>,
    parent: Option<&'s Self>,
}

/// Names with values.
#[derive(Clone, Copy)]
pub(crate) enum Frame<'s, 'a> {
    Binding(&'s Arc<str>, &'s Val<'a>),
    Bindings(&'s [Arc<str>], &'s [Val<'a>]),
    /// The entries of a context that were evaluated so far.
    Entries(&'s [(Text<'a>, Val<'a>)]),
    /// The item of a filter: `item`, and the entries of a context.
    Item(&'s Val<'a>),
    /// The input value of unary tests.
    Input(&'s Val<'a>),
    /// The input value as `?`.
    Symbol(&'s Val<'a>),
    /// What a function saw where it was defined.
    Captured(&'s [Captured<'a>]),
}

/// A value that is somewhere already, or was made for the occasion.
///
/// Moving a value out of a result costs more than comparing two numbers, so what is bound to a
/// name is looked at where it is.
pub(crate) enum Found<'s, 'a> {
    Bound(&'s Val<'a>),
    Made(Val<'a>),
}

impl<'a> Found<'_, 'a> {
    pub(crate) fn into_value(self) -> Val<'a> {
        match self {
            Self::Bound(value) => value.clone(),
            Self::Made(value) => value,
        }
    }
}

impl<'a> std::ops::Deref for Found<'_, 'a> {
    type Target = Val<'a>;

    fn deref(&self) -> &Val<'a> {
        match self {
            Self::Bound(value) => value,
            Self::Made(value) => value,
        }
    }
}

impl<'s, 'a> Scope<'s, 'a> {
    pub(crate) fn root(frame: Frame<'s, 'a>) -> Self {
        Self { frame, parent: None }
    }

    pub(crate) fn within(parent: Option<&'s Self>, frame: Frame<'s, 'a>) -> Self {
        Self { frame, parent }
    }

    fn frames(&self) -> impl Iterator<Item = &Frame<'s, 'a>> {
        std::iter::successors(Some(self), |scope| scope.parent).map(|scope| &scope.frame)
    }

    /// The innermost value of `name`; adds what the search costs.
    pub(super) fn variable(&self, name: &str, cost: &mut usize) -> Option<Found<'s, 'a>> {
        let mut scope = self;
        loop {
            if let Some(found) = scope.frame.variable(name, cost) {
                return Some(found);
            }
            scope = scope.parent?;
        }
    }

    /// The innermost function `name` that `takes` tells to take the arguments.
    pub(super) fn function(
        &self,
        name: &str,
        takes: impl Fn(&Function<'a>) -> bool,
        cost: &mut usize,
    ) -> Option<Function<'a>> {
        self.frames().find_map(|frame| match &*frame.variable(name, cost)? {
            Val::Function(function) if takes(function) => Some(function.clone()),
            _ => None,
        })
    }

    /// The value of `?`.
    pub(super) fn symbol(&self) -> Option<&'s Val<'a>> {
        self.frames().find_map(|frame| match frame {
            Frame::Symbol(value) => Some(*value),
            Frame::Binding(..)
            | Frame::Bindings(..)
            | Frame::Entries(_)
            | Frame::Item(_)
            | Frame::Input(_)
            | Frame::Captured(_) => None,
        })
    }

    /// Everything in sight, for a function that may outlive this scope.
    pub(super) fn capture(&self) -> Vec<Captured<'a>> {
        let mut captured = Vec::new();
        for frame in self.frames() {
            frame.capture(&mut captured);
        }
        captured
    }
}

impl<'s, 'a> Frame<'s, 'a> {
    fn variable(&self, name: &str, cost: &mut usize) -> Option<Found<'s, 'a>> {
        let value = match self {
            Frame::Binding(known, value) => (***known == *name).then_some(*value)?,
            Frame::Bindings(names, values) => {
                let index = names.iter().rposition(|known| **known == *name)?;
                values.get(index)?
            }
            Frame::Entries(entries) => {
                entries.iter().rev().find(|(known, _)| **known == *name).map(|(_, value)| value)?
            }
            Frame::Item(item) => {
                if let Val::Context(context) = item {
                    let (entry, steps) = context.look_up(name);
                    *cost += steps;
                    if let Some(entry) = entry {
                        return Some(Found::Made(entry));
                    }
                }
                (name == "item").then_some(*item)?
            }
            Frame::Input(value) => (name == INPUT_NAME).then_some(*value)?,
            Frame::Symbol(_) => return None,
            Frame::Captured(captured) => {
                return captured
                    .iter()
                    .find_map(|captured| captured_variable(captured, name, cost));
            }
        };
        Some(Found::Bound(value))
    }

    fn capture(&self, captured: &mut Vec<Captured<'a>>) {
        let mut bind = |name: Arc<str>, value: &Val<'a>| {
            captured.push(Captured::Binding(name, value.clone()));
        };
        match self {
            Frame::Binding(name, value) => bind(Arc::clone(name), value),
            Frame::Bindings(names, values) => {
                names.iter().zip(*values).rev().for_each(|(name, value)| bind(name.clone(), value));
            }
            Frame::Entries(entries) => {
                entries.iter().rev().for_each(|(name, value)| bind(name.to_arc(), value));
            }
            Frame::Item(item) => {
                if let Val::Context(context) = item {
                    captured.push(Captured::Entries(context.clone()));
                }
                captured.push(Captured::Binding(Arc::from("item"), (*item).clone()));
            }
            Frame::Input(value) => captured.push(Captured::Input((*value).clone())),
            // feel-scala binds `?` for one test only.
            Frame::Symbol(_) => (),
            Frame::Captured(outer) => captured.extend(outer.iter().cloned()),
        }
    }
}

fn captured_variable<'s, 'a>(
    captured: &'s Captured<'a>,
    name: &str,
    cost: &mut usize,
) -> Option<Found<'s, 'a>> {
    match captured {
        Captured::Binding(known, value) => (**known == *name).then_some(Found::Bound(value)),
        Captured::Entries(context) => {
            let (entry, steps) = context.look_up(name);
            *cost += steps;
            entry.map(Found::Made)
        }
        Captured::Input(value) => (name == INPUT_NAME).then_some(Found::Bound(value)),
    }
}

impl<'a> super::Evaluator<'a> {
    /// The value of a name of the expression itself.
    pub(super) fn local<'s>(
        &mut self,
        name: &str,
        scope: Option<&Scope<'s, 'a>>,
    ) -> Outcome<'a, Option<Found<'s, 'a>>> {
        let Some(scope) = scope else { return Ok(None) };
        let mut cost = 0;
        let found = scope.variable(name, &mut cost);
        if cost > 0 {
            self.spend(cost)?;
        }
        Ok(found)
    }

    /// The input value of unary tests.
    pub(super) fn input(&mut self, scope: Option<&Scope<'_, 'a>>) -> Outcome<'a, Option<Val<'a>>> {
        if let Some(found) = self.local(INPUT_NAME, scope)? {
            return Ok(Some(found.into_value()));
        }
        let variables = self.variables;
        if let Some(value) = variables.value(INPUT_NAME) {
            return Ok(Some(value.clone()));
        }
        Ok(variables.variable(INPUT_NAME).map(crate::msgpack::view))
    }
}

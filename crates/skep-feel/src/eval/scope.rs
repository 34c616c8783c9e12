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
    pub(super) fn variable(&self, name: &str, cost: &mut usize) -> Option<Val<'a>> {
        self.frames().find_map(|frame| frame.variable(name, cost))
    }

    /// The innermost function `name` that `takes` tells to take the arguments.
    pub(super) fn function(
        &self,
        name: &str,
        takes: impl Fn(&Function<'a>) -> bool,
        cost: &mut usize,
    ) -> Option<Function<'a>> {
        self.frames().find_map(|frame| match frame.variable(name, cost) {
            Some(Val::Function(function)) if takes(&function) => Some(function),
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

impl<'a> Frame<'_, 'a> {
    fn variable(&self, name: &str, cost: &mut usize) -> Option<Val<'a>> {
        match self {
            Frame::Binding(known, value) => (***known == *name).then(|| (*value).clone()),
            Frame::Bindings(names, values) => {
                let index = names.iter().rposition(|known| **known == *name)?;
                values.get(index).cloned()
            }
            Frame::Entries(entries) => entries
                .iter()
                .rev()
                .find(|(known, _)| **known == *name)
                .map(|(_, value)| value.clone()),
            Frame::Item(item) => {
                let entry = item.as_context().and_then(|context| {
                    let (entry, steps) = context.look_up(name);
                    *cost += steps;
                    entry
                });
                entry.or_else(|| (name == "item").then(|| (*item).clone()))
            }
            Frame::Input(value) => (name == INPUT_NAME).then(|| (*value).clone()),
            Frame::Symbol(_) => None,
            Frame::Captured(captured) => {
                captured.iter().find_map(|captured| captured_variable(captured, name))
            }
        }
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

fn captured_variable<'a>(captured: &Captured<'a>, name: &str) -> Option<Val<'a>> {
    match captured {
        Captured::Binding(known, value) => (**known == *name).then(|| value.clone()),
        Captured::Entries(context) => context.entry(name),
        Captured::Input(value) => (name == INPUT_NAME).then(|| value.clone()),
    }
}

impl<'a> super::Evaluator<'a> {
    /// The value of a variable, wherever it is.
    pub(super) fn variable(
        &mut self,
        name: &str,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a, Option<Val<'a>>> {
        if let Some(scope) = scope {
            let mut cost = 0;
            let value = scope.variable(name, &mut cost);
            self.spend(cost)?;
            if value.is_some() {
                return Ok(value);
            }
        }
        let variables = self.variables;
        if let Some(value) = variables.value(name) {
            return Ok(Some(value.clone()));
        }
        Ok(variables.variable(name).map(crate::msgpack::view))
    }

    /// The input value of unary tests.
    pub(super) fn input(&mut self, scope: Option<&Scope<'_, 'a>>) -> Outcome<'a, Option<Val<'a>>> {
        self.variable(INPUT_NAME, scope)
    }
}

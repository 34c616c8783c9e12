//! What names mean where logic is evaluated.

use std::sync::Arc;

use skep_feel::{Session, SessionError, Val, Value, Variables};

/// A name with its value.
pub(super) type Entry = (Arc<str>, Value);

/// Names around some logic, innermost first, and the variables of the whole evaluation.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s> {
    entries: &'s [Entry],
    outer: Option<&'s Self>,
    base: &'s dyn Variables,
}

impl<'s> Scope<'s> {
    pub(super) fn new(entries: &'s [Entry], base: &'s dyn Variables) -> Self {
        Self { entries, outer: None, base }
    }

    pub(super) fn within(&'s self, entries: &'s [Entry]) -> Self {
        Self { entries, outer: Some(self), base: self.base }
    }

    fn levels(&self) -> impl Iterator<Item = &'s [Entry]> {
        std::iter::successors(Some(*self), |scope| scope.outer.copied()).map(|scope| scope.entries)
    }

    /// The value of a name that is no variable of the whole evaluation.
    pub(super) fn entry(&self, name: &str) -> Option<&'s Value> {
        self.levels().find_map(|entries| {
            entries.iter().rev().find(|(known, _)| **known == *name).map(|(_, value)| value)
        })
    }

    /// The value of a name, wherever it comes from.
    pub(super) fn lookup(&self, name: &str) -> Option<Val<'s>> {
        if let Some(value) = self.entry(name).or_else(|| self.base.value(name)) {
            return Some(value.clone());
        }
        self.base.variable(name).map(Val::view_msgpack)
    }

    /// All names but the variables of the whole evaluation, outermost first.
    pub(super) fn flattened(
        &self,
        session: &mut Session<'_>,
    ) -> Result<Arc<[Entry]>, SessionError> {
        let levels: Vec<_> = self.levels().collect();
        let n_entries: usize = levels.iter().map(|entries| entries.len()).sum();
        session.charge(n_entries * size_of::<Entry>())?;
        Ok(levels.into_iter().rev().flatten().cloned().collect())
    }
}

impl Variables for Scope<'_> {
    fn variable(&self, name: &str) -> Option<&[u8]> {
        self.base.variable(name)
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.entry(name).or_else(|| self.base.value(name))
    }
}

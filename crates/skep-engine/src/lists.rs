//! The lists that multi-instance bodies run through, as they were last read.
//!
//! A body reads its list again for each instance of its activity, for the list may have changed.
//! While no variable has changed that the list depends on, what was read is still right.
//!
//! This is no state: an engine without it decides the same, only slower.

use std::{collections::VecDeque, sync::Arc};

use skep_feel::Expression;
use skep_record::ElementInstanceKey;

use crate::{
    Ctx,
    expression::{self, Items, Scope},
    failure::Failure,
    state::{
        State,
        instance::{ProcessInstance, Variable},
    },
};

/// Most lists that are kept.
const LISTS_MAX: usize = 32;
/// Most bytes of them, unless it is a single one.
const BYTES_MAX: usize = 16 << 20;

/// Lists that were read, the last used first.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    kept: VecDeque<Kept>,
    n_bytes: usize,
    /// Number of the current batch.
    batch: u64,
}

#[derive(Debug)]
struct Kept {
    scope_key: ElementInstanceKey,
    expression: Expression,
    /// The variables that were read, by name.
    read: Vec<(Box<str>, Option<Variable>)>,
    /// The batch that it was read in.
    batch: u64,
    items: Arc<Items>,
}

impl Lists {
    /// What asks for the time or for chance is read anew in each batch.
    pub(crate) fn begin_batch(&mut self) {
        self.batch += 1;
    }

    fn find(&mut self, state: &State, scope: Scope, text: &Expression) -> Option<Arc<Items>> {
        let at = self.kept.iter().position(|kept| kept.scope_key == scope.key)?;
        let instance = state.instances.get(scope.process_instance_key);
        let found = self.kept.remove(at).filter(|kept| {
            kept.expression == *text
                && (kept.batch == self.batch || !text.is_volatile())
                && kept.read.iter().all(|(name, former)| {
                    is_same(former.as_ref(), variable(instance, scope.key, name))
                })
        });
        match found {
            Some(kept) => {
                let items = Arc::clone(&kept.items);
                self.kept.push_front(kept);
                Some(items)
            }
            None => {
                self.count();
                None
            }
        }
    }

    fn keep(&mut self, state: &State, scope: Scope, text: &Expression, items: Arc<Items>) {
        let instance = state.instances.get(scope.process_instance_key);
        let read = text
            .names()
            .map(|name| (name.into(), variable(instance, scope.key, name).cloned()))
            .collect();
        let (scope_key, expression, batch) = (scope.key, text.clone(), self.batch);
        self.kept.push_front(Kept { scope_key, expression, read, batch, items });
        self.count();
        while self.kept.len() > LISTS_MAX || (self.kept.len() > 1 && self.n_bytes > BYTES_MAX) {
            self.kept.pop_back();
            self.count();
        }
    }

    fn count(&mut self) {
        self.n_bytes = self.kept.iter().map(|kept| kept.items.n_bytes()).sum();
    }
}

fn variable<'i>(
    instance: Option<&'i ProcessInstance>,
    scope_key: ElementInstanceKey,
    name: &str,
) -> Option<&'i Variable> {
    instance?.variable(scope_key, name)
}

fn is_same(one: Option<&Variable>, other: Option<&Variable>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.is_same(other),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// The items of the list that the expression gives in the scope of a body.
///
/// # Errors
/// An `EXTRACT_VALUE_ERROR`: the expression fails, or gives no list.
pub(crate) fn read(
    ctx: &mut Ctx<'_>,
    scope: Scope,
    expression: &Expression,
) -> Result<Arc<Items>, Failure> {
    let (lists, state) = ctx.lists();
    if let Some(items) = lists.find(state, scope, expression) {
        return Ok(items);
    }
    let items = Arc::new(expression::list(ctx, scope, expression)?);
    let (lists, state) = ctx.lists();
    lists.keep(state, scope, expression, Arc::clone(&items));
    Ok(items)
}

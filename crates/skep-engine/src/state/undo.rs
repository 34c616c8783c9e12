//! Ordered tables that can take back what a batch did to them.
//!
//! A batch that turns out too large, or whose command is refused late, must leave no trace.
//! Every table remembers the former value of each entry it changes until the batch is
//! committed; that costs one push per change and nothing else.

use std::{collections::BTreeMap, ops::RangeInclusive};

use crate::state::dense::Dense;

/// An ordered map by itself, which takes nothing back.
pub(crate) trait Entries<K, V> {
    fn get(&self, key: &K) -> Option<&V>;
    fn get_mut(&mut self, key: &K) -> Option<&mut V>;
    fn insert(&mut self, key: K, value: V) -> Option<V>;
    fn remove(&mut self, key: &K) -> Option<V>;
}

impl<K: Ord, V> Entries<K, V> for BTreeMap<K, V> {
    fn get(&self, key: &K) -> Option<&V> {
        self.get(key)
    }

    fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.get_mut(key)
    }

    fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.insert(key, value)
    }

    fn remove(&mut self, key: &K) -> Option<V> {
        self.remove(key)
    }
}

impl<K: Ord + Clone, V: Clone> Entries<K, V> for Dense<K, V> {
    fn get(&self, key: &K) -> Option<&V> {
        self.get(key)
    }

    fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.get_mut(key)
    }

    fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.insert(key, value)
    }

    fn remove(&mut self, key: &K) -> Option<V> {
        self.remove(key)
    }
}

/// Entries whose changes since the last commit can be taken back.
#[derive(Clone, Debug)]
pub(crate) struct Undoable<E, K, V> {
    entries: E,
    undo: Vec<(K, Option<V>)>,
}

/// A map of few entries whose changes since the last commit can be taken back.
pub(crate) type Map<K, V> = Undoable<BTreeMap<K, V>, K, V>;

/// A table of any number of entries, whose changes since the last commit can be taken back.
pub(crate) type Table<K, V> = Undoable<Dense<K, V>, K, V>;

impl<E: Default, K, V> Default for Undoable<E, K, V> {
    fn default() -> Self {
        Self { entries: E::default(), undo: Vec::new() }
    }
}

impl<E: Entries<K, V>, K: Clone, V: Clone> Undoable<E, K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.entries.get(key).is_some()
    }

    pub(crate) fn entries(&self) -> &E {
        &self.entries
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        let former = self.entries.insert(key.clone(), value);
        self.undo.push((key, former));
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let former = self.entries.remove(key)?;
        self.undo.push((key.clone(), Some(former.clone())));
        Some(former)
    }

    /// Changes the value at `key`, if there is one.
    pub(crate) fn update(&mut self, key: &K, change: impl FnOnce(&mut V)) {
        if let Some(value) = self.entries.get_mut(key) {
            self.undo.push((key.clone(), Some(value.clone())));
            change(value);
        }
    }

    pub(crate) fn commit(&mut self) {
        self.undo.clear();
    }

    pub(crate) fn rollback(&mut self) {
        while let Some((key, former)) = self.undo.pop() {
            match former {
                Some(value) => drop(self.entries.insert(key, value)),
                None => drop(self.entries.remove(&key)),
            }
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(entries: T) -> Self {
        Self { entries: entries.into_iter().collect(), undo: Vec::new() }
    }
}

/// A set whose changes since the last commit can be taken back.
#[derive(Clone, Debug)]
pub(crate) struct Set<K> {
    entries: Dense<K, ()>,
    undo: Vec<(K, bool)>,
}

impl<K> Default for Set<K> {
    fn default() -> Self {
        Self { entries: Dense::default(), undo: Vec::new() }
    }
}

impl<K: Ord + Clone> Set<K> {
    pub(crate) fn entries(&self) -> &Dense<K, ()> {
        &self.entries
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.entries.contains(key)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &K> {
        self.entries.keys()
    }

    pub(crate) fn first(&self) -> Option<&K> {
        self.iter().next()
    }

    pub(crate) fn range(&self, keys: RangeInclusive<K>) -> impl Iterator<Item = &K> {
        self.entries.range(keys).map(|(key, ())| key)
    }

    pub(crate) fn insert(&mut self, key: K) {
        if self.entries.insert(key.clone(), ()).is_none() {
            self.undo.push((key, false));
        }
    }

    pub(crate) fn remove(&mut self, key: &K) {
        if self.entries.remove(key).is_some() {
            self.undo.push((key.clone(), true));
        }
    }

    pub(crate) fn commit(&mut self) {
        self.undo.clear();
    }

    pub(crate) fn rollback(&mut self) {
        while let Some((key, was_in)) = self.undo.pop() {
            if was_in {
                self.entries.insert(key, ());
            } else {
                self.entries.remove(&key);
            }
        }
    }
}

//! Ordered tables that can take back what a batch did to them.
//!
//! A batch that turns out too large, or whose command is refused late, must leave no trace.
//! Every table remembers the former value of each entry it changes until the batch is
//! committed; that costs one push per change and nothing else.

use std::{collections::BTreeMap, ops::RangeInclusive};

use crate::state::dense::Dense;

/// A map of few entries whose changes since the last commit can be taken back.
#[derive(Clone, Debug)]
pub(crate) struct Map<K, V> {
    entries: BTreeMap<K, V>,
    undo: Vec<(K, Option<V>)>,
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), undo: Vec::new() }
    }
}

impl<K: Ord + Clone, V: Clone> Map<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.entries.contains_key(key)
    }

    pub(crate) fn entries(&self) -> &BTreeMap<K, V> {
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

impl<K: Ord + Clone, V: Clone> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(entries: T) -> Self {
        Self { entries: entries.into_iter().collect(), undo: Vec::new() }
    }
}

/// A map of any number of entries, whose changes since the last commit can be taken back.
#[derive(Clone, Debug)]
pub(crate) struct Table<K, V> {
    entries: Dense<K, V>,
    undo: Vec<(K, Option<V>)>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { entries: Dense::default(), undo: Vec::new() }
    }
}

impl<K: Ord + Clone, V: Clone> Table<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.entries.contains(key)
    }

    pub(crate) fn entries(&self) -> &Dense<K, V> {
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

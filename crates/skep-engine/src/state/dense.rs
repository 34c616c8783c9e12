//! An ordered table for keys that mostly grow.

use std::{collections::VecDeque, fmt};

/// Most entries of a chunk.
const CHUNK: usize = 128;

/// A map in sorted chunks: what is added at its end fills every chunk, where a `BTreeMap` leaves
/// half of each node empty.
#[derive(Clone)]
pub(crate) struct Dense<K, V> {
    /// In order, none of them empty.
    chunks: VecDeque<Chunk<K, V>>,
}

#[derive(Clone)]
struct Chunk<K, V> {
    /// No key in it is less, and every key in the chunks before is.
    from: K,
    entries: Vec<(K, V)>,
}

impl<K, V> Default for Dense<K, V> {
    fn default() -> Self {
        Self { chunks: VecDeque::new() }
    }
}

impl<K, V> Dense<K, V> {
    /// All entries, by key.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.chunks.iter().flat_map(|chunk| &chunk.entries).map(|(key, value)| (key, value))
    }
}

impl<K: Ord + Clone, V> Dense<K, V> {
    /// The chunk that has the key, if any has.
    fn chunk(&self, key: &K) -> usize {
        match self.chunks.back() {
            // The youngest are asked for most.
            Some(last) if last.from <= *key => self.chunks.len() - 1,
            _ => self.chunks.partition_point(|chunk| chunk.from <= *key).saturating_sub(1),
        }
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        let chunk = self.chunks.get(self.chunk(key))?;
        let at = chunk.position(key).ok()?;
        chunk.entries.get(at).map(|(_, value)| value)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let at = self.chunk(&key);
        let is_last = at + 1 >= self.chunks.len();
        let Some(chunk) = self.chunks.get_mut(at) else {
            self.chunks.push_back(Chunk::new(key, value));
            return None;
        };
        match chunk.position(&key) {
            Ok(place) => Some(std::mem::replace(&mut chunk.entries[place].1, value)),
            Err(CHUNK) if is_last => {
                self.chunks.push_back(Chunk::new(key, value));
                None
            }
            Err(place) if chunk.entries.len() < CHUNK => {
                if place == 0 {
                    chunk.from = key.clone();
                }
                chunk.entries.insert(place, (key, value));
                None
            }
            Err(_) => {
                let upper = chunk.entries.split_off(CHUNK / 2);
                let from = upper[0].0.clone();
                self.chunks.insert(at + 1, Chunk { from, entries: upper });
                self.insert(key, value)
            }
        }
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let at = self.chunk(key);
        let chunk = self.chunks.get_mut(at)?;
        let place = chunk.position(key).ok()?;
        let (_, value) = chunk.entries.remove(place);
        let n = chunk.entries.len();
        if n == 0 {
            self.chunks.remove(at);
        } else if n < CHUNK / 4
            && let Some(next) = self.chunks.get(at + 1)
            && n + next.entries.len() <= CHUNK * 3 / 4
            && let Some(next) = self.chunks.remove(at + 1)
        {
            self.chunks[at].entries.extend(next.entries);
        }
        Some(value)
    }

    /// The entries with this key and larger ones.
    pub(crate) fn from(&self, key: &K) -> impl Iterator<Item = (&K, &V)> {
        let at = self.chunk(key).min(self.chunks.len());
        let place = match self.chunks.get(at) {
            Some(chunk) => chunk.position(key).unwrap_or_else(|place| place),
            None => 0,
        };
        let chunks = self.chunks.range(at..);
        chunks.flat_map(|chunk| &chunk.entries).skip(place).map(|(key, value)| (key, value))
    }
}

impl<K: Ord, V> Chunk<K, V> {
    fn new(key: K, value: V) -> Self
    where
        K: Clone,
    {
        Self { from: key.clone(), entries: vec![(key, value)] }
    }

    fn position(&self, key: &K) -> Result<usize, usize> {
        match self.entries.last() {
            Some((last, _)) if last < key => Err(self.entries.len()),
            _ => self.entries.binary_search_by(|(known, _)| known.cmp(key)),
        }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Dense<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn check(dense: &Dense<u32, u32>, known: &BTreeMap<u32, u32>, key: u32) {
        assert_eq!(dense.get(&key), known.get(&key));
        assert!(dense.from(&key).eq(known.range(key..)));
    }

    #[test]
    fn growing_keys_fill_every_chunk() {
        let mut dense = Dense::default();
        for key in 0..10 * CHUNK {
            dense.insert(key, ());
        }
        assert_eq!(dense.chunks.len(), 10);
        assert!(dense.chunks.iter().all(|chunk| chunk.entries.capacity() == CHUNK));
        for key in 0..10 * CHUNK - 3 {
            dense.remove(&key);
        }
        assert_eq!(dense.chunks.len(), 1);
    }

    proptest! {
        #[test]
        fn it_is_the_map_that_any_other_map_is(
            steps in prop::collection::vec((0..3u8, 0..1_500u32), 0..4_000),
        ) {
            let (mut dense, mut known) = (Dense::default(), BTreeMap::new());
            for (n, (kind, key)) in (0..).zip(steps) {
                if kind == 0 {
                    prop_assert_eq!(dense.remove(&key), known.remove(&key));
                } else {
                    prop_assert_eq!(dense.insert(key, n), known.insert(key, n));
                }
                if n % 97 == 0 {
                    check(&dense, &known, key);
                }
            }
            prop_assert!(dense.iter().eq(known.iter()));
            for key in [0, 1, 700, 1_499, 1_500] {
                check(&dense, &known, key);
            }
        }
    }
}

//! An ordered table for keys that mostly grow, which is cheap to clone.

use std::{
    collections::{VecDeque, vec_deque},
    fmt, mem,
    ops::RangeInclusive,
    slice,
    sync::Arc,
};

/// Most entries of a chunk.
const CHUNK: usize = 128;
/// By how many a chunk grows that is half full: doubling would leave a third of it empty.
const STEP: usize = CHUNK / 8;

/// A map in sorted chunks: what is added at its end fills every chunk, where a `BTreeMap` leaves
/// half of each node empty.
///
/// A clone shares the chunks, and the first change of a chunk after that copies it: a frozen view
/// of a million entries costs eight thousand counters.
#[derive(Clone)]
pub(crate) struct Dense<K, V> {
    /// In order, none of them empty.
    chunks: VecDeque<Chunk<K, V>>,
    /// The largest keys. They are asked for and changed most, so a clone copies them.
    tail: Entries<K, V>,
    len: usize,
}

type Entries<K, V> = Vec<(K, V)>;

#[derive(Clone)]
struct Chunk<K, V> {
    /// No key in it is less, and every key in the chunks before is.
    from: K,
    entries: Arc<Entries<K, V>>,
}

impl<K, V> Default for Dense<K, V> {
    fn default() -> Self {
        Self { chunks: VecDeque::new(), tail: Vec::new(), len: 0 }
    }
}

impl<K, V> Dense<K, V> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// All entries, by key.
    pub(crate) fn iter(&self) -> Iter<'_, K, V> {
        Iter { entries: [].iter(), chunks: self.chunks.iter(), tail: &self.tail }
    }

    /// All keys, in order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// All values, by key.
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }
}

impl<K: Ord + Clone, V: Clone> Dense<K, V> {
    /// The chunk that has the key, if any has; `None`: the tail.
    fn chunk(&self, key: &K) -> Option<usize> {
        if self.tail.first().is_some_and(|(first, _)| first <= key) {
            return None;
        }
        let last = self.chunks.back()?;
        if last.from <= *key {
            let is_beyond = last.entries.last().is_some_and(|(to, _)| to < key);
            return if is_beyond { None } else { Some(self.chunks.len() - 1) };
        }
        Some(self.chunks.partition_point(|chunk| chunk.from <= *key).saturating_sub(1))
    }

    /// The entries that have the key among them, if any have.
    fn entries(&self, key: &K) -> &[(K, V)] {
        match self.chunk(key).and_then(|at| self.chunks.get(at)) {
            Some(chunk) => &chunk.entries,
            None => &self.tail,
        }
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        let entries = self.entries(key);
        position(entries, key).ok().map(|place| &entries[place].1)
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        position(self.entries(key), key).is_ok()
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let entries = match self.chunk(key) {
            Some(at) => {
                let shared = &mut self.chunks.get_mut(at)?.entries;
                position(shared, key).ok()?;
                Arc::make_mut(shared)
            }
            None => &mut self.tail,
        };
        let place = position(entries, key).ok()?;
        entries.get_mut(place).map(|(_, value)| value)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let Some(at) = self.chunk(&key) else { return self.insert_in_tail(key, value) };
        let chunk = &mut self.chunks[at];
        let place = match position(&chunk.entries, &key) {
            Ok(place) => {
                let entries = Arc::make_mut(&mut chunk.entries);
                return Some(mem::replace(&mut entries[place].1, value));
            }
            Err(place) => place,
        };
        let entries = Arc::make_mut(&mut chunk.entries);
        if entries.len() == CHUNK {
            let upper = entries.split_off(CHUNK / 2);
            entries.shrink_to(CHUNK / 2 + STEP);
            self.chunks.insert(at + 1, Chunk::new(upper));
            return self.insert(key, value);
        }
        if place == 0 {
            chunk.from = key.clone();
        }
        make_room(entries);
        entries.insert(place, (key, value));
        self.len += 1;
        None
    }

    fn insert_in_tail(&mut self, key: K, value: V) -> Option<V> {
        let place = match position(&self.tail, &key) {
            Ok(place) => return Some(mem::replace(&mut self.tail[place].1, value)),
            Err(place) => place,
        };
        if self.tail.len() < CHUNK {
            self.tail.insert(place, (key, value));
        } else {
            let mut rest = Vec::with_capacity(CHUNK);
            rest.extend(self.tail.drain(place.max(CHUNK / 2)..));
            let full = mem::replace(&mut self.tail, rest);
            self.chunks.push_back(Chunk::new(full));
            return self.insert(key, value);
        }
        self.len += 1;
        None
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let Some(at) = self.chunk(key) else {
            let place = position(&self.tail, key).ok()?;
            self.len -= 1;
            return Some(self.tail.remove(place).1);
        };
        let chunk = self.chunks.get_mut(at)?;
        let place = position(&chunk.entries, key).ok()?;
        self.len -= 1;
        let entries = Arc::make_mut(&mut chunk.entries);
        let (_, value) = entries.remove(place);
        let n = entries.len();
        if n == 0 {
            self.chunks.remove(at);
        } else if n < CHUNK / 4
            && let Some(next) = self.chunks.get(at + 1)
            && n + next.entries.len() <= CHUNK * 3 / 4
            && let Some(next) = self.chunks.remove(at + 1)
        {
            let entries = Arc::make_mut(&mut self.chunks[at].entries);
            entries.extend(Arc::unwrap_or_clone(next.entries));
        }
        Some(value)
    }

    /// The entries with this key and larger ones.
    pub(crate) fn from(&self, key: &K) -> Iter<'_, K, V> {
        let found = self.chunk(key).and_then(|at| Some((at, self.chunks.get(at)?)));
        let (entries, next, tail) = match found {
            Some((at, chunk)) => (&**chunk.entries, at + 1, &*self.tail),
            None => (&*self.tail, self.chunks.len(), &[][..]),
        };
        let place = position(entries, key).unwrap_or_else(|place| place);
        Iter { entries: entries[place..].iter(), chunks: self.chunks.range(next..), tail }
    }

    /// The entries whose keys are among these.
    pub(crate) fn range(&self, keys: RangeInclusive<K>) -> impl Iterator<Item = (&K, &V)> {
        let (from, to) = keys.into_inner();
        self.from(&from).take_while(move |(key, _)| **key <= to)
    }
}

/// Iterates over entries, by key.
pub(crate) struct Iter<'d, K, V> {
    entries: slice::Iter<'d, (K, V)>,
    chunks: vec_deque::Iter<'d, Chunk<K, V>>,
    tail: &'d [(K, V)],
}

impl<'d, K, V> Iterator for Iter<'d, K, V> {
    type Item = (&'d K, &'d V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((key, value)) = self.entries.next() {
                return Some((key, value));
            }
            self.entries = match self.chunks.next() {
                Some(chunk) => chunk.entries.iter(),
                None if self.tail.is_empty() => return None,
                None => mem::take(&mut self.tail).iter(),
            };
        }
    }
}

impl<K: Clone, V> Chunk<K, V> {
    fn new(entries: Entries<K, V>) -> Self {
        Self { from: entries[0].0.clone(), entries: Arc::new(entries) }
    }
}

fn make_room<K, V>(entries: &mut Entries<K, V>) {
    let n = entries.len();
    if n == entries.capacity() {
        entries.reserve_exact(n.clamp(4, STEP).min(CHUNK - n));
    }
}

fn position<K: Ord, V>(entries: &[(K, V)], key: &K) -> Result<usize, usize> {
    match entries.last() {
        Some((last, _)) if last < key => Err(entries.len()),
        _ => entries.binary_search_by(|(known, _)| known.cmp(key)),
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

    fn filled<V: Clone>(n: usize, value: V) -> Dense<usize, V> {
        let mut dense = Dense::default();
        for key in 0..n {
            dense.insert(key, value.clone());
        }
        dense
    }

    fn check(dense: &Dense<u32, u32>, known: &BTreeMap<u32, u32>, key: u32) {
        assert_eq!(dense.get(&key), known.get(&key));
        assert_eq!(dense.contains(&key), known.contains_key(&key));
        assert!(dense.from(&key).eq(known.range(key..)));
        assert!(dense.range(key..=key + 200).eq(known.range(key..=key + 200)));
        assert_eq!(dense.len(), known.len());
    }

    #[test]
    fn growing_keys_fill_every_chunk() {
        let mut dense = filled(10 * CHUNK, ());
        assert_eq!(dense.chunks.len(), 9);
        assert!(dense.chunks.iter().all(|chunk| chunk.entries.capacity() == CHUNK));
        assert_eq!(dense.tail.len(), CHUNK);
        for key in 0..10 * CHUNK - 3 {
            dense.remove(&key);
        }
        assert!(dense.chunks.is_empty());
        assert_eq!(dense.len(), 3);
    }

    #[test]
    fn a_clone_shares_the_chunks_until_one_changes() {
        let mut dense = filled(10 * CHUNK, 0);
        let clone = dense.clone();
        *dense.get_mut(&(3 * CHUNK)).unwrap() = 1;
        dense.remove(&(5 * CHUNK));
        assert_eq!(dense.get_mut(&(20 * CHUNK)), None);
        let is_shared: Vec<bool> = dense
            .chunks
            .iter()
            .zip(&clone.chunks)
            .map(|(one, other)| Arc::ptr_eq(&one.entries, &other.entries))
            .collect();
        let changed = [3, 5];
        assert!((0..9).all(|at| is_shared[at] != changed.contains(&at)), "{is_shared:?}");
        assert!(clone.keys().copied().eq(0..10 * CHUNK) && clone.values().all(|value| *value == 0));
    }

    proptest! {
        #[test]
        fn it_is_the_map_that_any_other_map_is(
            steps in prop::collection::vec((0..5u8, 0..1_500u32), 0..4_000),
            grows in any::<bool>(),
        ) {
            let (mut dense, mut known) = (Dense::default(), BTreeMap::new());
            let mut frozen = Vec::new();
            for (n, (kind, key)) in (0..).zip(steps) {
                let key = if grows { key / 10 + n / 4 } else { key };
                match kind {
                    0 | 1 => prop_assert_eq!(dense.remove(&key), known.remove(&key)),
                    2 => {
                        let (value, expected) = (dense.get_mut(&key), known.get_mut(&key));
                        prop_assert_eq!(&value, &expected);
                        value.into_iter().chain(expected).for_each(|value| *value += 1);
                    }
                    _ => prop_assert_eq!(dense.insert(key, n), known.insert(key, n)),
                }
                if n % 97 == 0 {
                    check(&dense, &known, key);
                }
                if n % 1_009 == 0 {
                    frozen.push((dense.clone(), known.clone()));
                }
            }
            frozen.push((dense, known));
            for (dense, known) in &frozen {
                prop_assert!(dense.iter().eq(known));
                prop_assert!(dense.keys().eq(known.keys()) && dense.values().eq(known.values()));
                prop_assert!(dense.chunks.iter().all(|chunk| !chunk.entries.is_empty()));
                for key in [0, 1, 700, 1_499, 1_500] {
                    check(dense, known, key);
                }
            }
        }
    }
}

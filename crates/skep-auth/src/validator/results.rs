//! Results of checks, by the hash of the token.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::digest;

use crate::Principal;

const N_SHARDS: usize = 16;
/// Bytes of tokens whose results one generation of one shard may hold: a principal is never
/// larger than its token, so this bounds the memory whatever the tokens look like.
const GENERATION_BYTES_MAX: usize = 512 * 1024;

/// SHA-256 of a token: what is kept never gives the token away.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) struct TokenHash([u8; 32]);

impl TokenHash {
    pub(super) fn of(token: &str) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
        Self(hash)
    }
}

impl Hash for TokenHash {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut first = [0; 8];
        first.copy_from_slice(&self.0[..8]);
        state.write_u64(u64::from_le_bytes(first));
    }
}

/// The key is a hash already.
#[derive(Default)]
struct PassThrough(u64);

impl Hasher for PassThrough {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

type Generation = HashMap<TokenHash, Entry, BuildHasherDefault<PassThrough>>;

#[derive(Clone)]
struct Entry {
    principal: Arc<Principal>,
    valid_until_s: i64,
    epoch: u64,
    token_bytes: usize,
}

/// Two generations: a full young one becomes the old one, and the old one is forgotten. What
/// is used moves back into the young one, so this keeps what is in use, at constant cost.
#[derive(Default)]
struct Shard {
    young: Generation,
    old: Generation,
    young_bytes: usize,
    n_found: u64,
}

impl Shard {
    fn insert(&mut self, hash: TokenHash, entry: Entry, n_max: usize) {
        if self.young.len() >= n_max || self.young_bytes >= GENERATION_BYTES_MAX {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += entry.token_bytes;
        self.young.insert(hash, entry);
    }
}

/// A bounded set of results, each valid until its token expires or the keys change.
pub(super) struct Results {
    shards: [Mutex<Shard>; N_SHARDS],
    generation_n_max: usize,
}

impl Results {
    pub(super) fn new(n_max: usize) -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            generation_n_max: (n_max / N_SHARDS / 2).max(1),
        }
    }

    /// The result for a token at time `now_s`, if it was found under the keys of `epoch`.
    pub(super) fn find(&self, hash: TokenHash, now_s: i64, epoch: u64) -> Option<Arc<Principal>> {
        let mut shard = self.shard(hash).lock().unwrap_or_else(PoisonError::into_inner);
        let valid = |entry: &Entry| entry.epoch == epoch && now_s < entry.valid_until_s;
        let young = shard.young.get(&hash);
        if let Some(found) = young.map(|entry| valid(entry).then(|| Arc::clone(&entry.principal))) {
            shard.n_found += u64::from(found.is_some());
            return found;
        }
        let entry = shard.old.remove(&hash).filter(valid)?;
        let principal = Arc::clone(&entry.principal);
        shard.insert(hash, entry, self.generation_n_max);
        shard.n_found += 1;
        Some(principal)
    }

    /// How many times a result was found.
    pub(super) fn n_found(&self) -> u64 {
        let n = |shard: &Mutex<Shard>| shard.lock().unwrap_or_else(PoisonError::into_inner).n_found;
        self.shards.iter().map(n).sum()
    }

    /// Keeps a result.
    pub(super) fn insert(
        &self,
        hash: TokenHash,
        principal: Arc<Principal>,
        valid_until_s: i64,
        epoch: u64,
        token_bytes: usize,
    ) {
        let entry = Entry { principal, valid_until_s, epoch, token_bytes };
        let mut shard = self.shard(hash).lock().unwrap_or_else(PoisonError::into_inner);
        shard.insert(hash, entry, self.generation_n_max);
    }

    fn shard(&self, hash: TokenHash) -> &Mutex<Shard> {
        // The last byte: the first ones choose the bucket inside the shard.
        &self.shards[usize::from(hash.0[31]) % N_SHARDS]
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        let n = |shard: &Mutex<Shard>| {
            let shard = shard.lock().unwrap();
            shard.young.len() + shard.old.len()
        };
        self.shards.iter().map(n).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(results: &Results, token: &str, epoch: u64) {
        results.insert(TokenHash::of(token), Arc::default(), 100, epoch, token.len());
    }

    #[test]
    fn a_result_ends_with_its_token_and_with_the_keys() {
        let results = Results::new(100);
        keep(&results, "a", 1);
        assert!(results.find(TokenHash::of("a"), 99, 1).is_some());
        assert!(results.find(TokenHash::of("a"), 100, 1).is_none());
        assert!(results.find(TokenHash::of("a"), 99, 2).is_none());
        assert!(results.find(TokenHash::of("b"), 99, 1).is_none());
    }

    #[test]
    fn the_number_of_results_is_bounded_and_used_ones_stay() {
        let results = Results::new(1_000);
        keep(&results, "in use", 1);
        for n in 0..50_000 {
            keep(&results, &n.to_string(), 1);
            assert!(results.find(TokenHash::of("in use"), 0, 1).is_some(), "after {n}");
        }
        assert!(results.len() <= 1_000, "{}", results.len());
        assert!(results.find(TokenHash::of("1"), 0, 1).is_none());
    }

    #[test]
    fn the_bytes_behind_the_results_are_bounded() {
        let results = Results::new(1_000_000);
        for n in 0..20_000 {
            let hash = TokenHash::of(&n.to_string());
            results.insert(hash, Arc::default(), 100, 1, 16 * 1024);
        }
        let n_max = N_SHARDS * 2 * (GENERATION_BYTES_MAX / (16 * 1024) + 1);
        assert!(results.len() <= n_max, "{}", results.len());
    }
}

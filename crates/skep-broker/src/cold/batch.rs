//! Images on their way to disk.

use std::{collections::BTreeMap, fmt, sync::Arc};

use skep_record::ProcessInstanceKey;

/// A key as it is ordered on disk.
pub(super) type KeyBytes = [u8; 8];

pub(super) fn key_bytes(key: ProcessInstanceKey) -> KeyBytes {
    key.0.to_be_bytes()
}

/// What an entry takes beside its image: its place in the map, and the counts of its allocation.
const ENTRY_BYTES: usize = 64;

/// What was put and removed last, in the order of keys; `None` is removed.
#[derive(Clone, Default)]
pub(super) struct Batch {
    entries: BTreeMap<KeyBytes, Option<Arc<[u8]>>>,
    n_bytes: usize,
}

impl Batch {
    pub(super) fn set(&mut self, key: ProcessInstanceKey, image: Option<&[u8]>) {
        let size = |image: Option<&[u8]>| ENTRY_BYTES + image.map_or(0, <[u8]>::len);
        self.n_bytes += size(image);
        if let Some(former) = self.entries.insert(key_bytes(key), image.map(Arc::from)) {
            self.n_bytes -= size(former.as_deref());
        }
    }

    /// What was last done with a key, if anything: its image, or that it was removed.
    pub(super) fn get(&self, key: KeyBytes) -> Option<Option<&[u8]>> {
        self.entries.get(&key).map(Option::as_deref)
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (KeyBytes, Option<&[u8]>)> {
        self.entries.iter().map(|(key, image)| (*key, image.as_deref()))
    }

    pub(super) fn n_bytes(&self) -> usize {
        self.n_bytes
    }
}

/// Images hold variables, which are not for logs.
impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.entries.len();
        f.debug_struct("Batch").field("n", &n).field("n_bytes", &self.n_bytes).finish()
    }
}

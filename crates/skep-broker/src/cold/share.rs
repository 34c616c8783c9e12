//! What a partition does with its part of the memory budget.

use skep_engine::READY_INSTANCES_MAX;

/// Batches that may be in memory at once: the one that grows, and what waits to be written.
pub(super) const BATCHES_MAX: usize = 1 + super::store::SEALED_MAX;

/// The parts of a partition's share of the memory budget.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Share {
    /// For images of idle instances that stay in memory.
    pub(crate) images_bytes_max: usize,
    /// For each batch of images on its way to disk.
    pub(crate) batch_bytes: usize,
    /// For blocks read from disk.
    pub(crate) cache_bytes: u64,
    /// Instances that are kept ready to be worked on: beside the share, but no more than it
    /// has room for.
    pub(crate) ready_instances_max: usize,
}

impl Share {
    /// A batch becomes a file: below this, files are too small to be worth their syncs.
    const BATCH_BYTES_MIN: u64 = 16 << 10;
    /// Above this, larger files bring nothing, but a later start of writing.
    const BATCH_BYTES_MAX: u64 = 16 << 20;
    /// A few blocks, and the parts of indexes that lead to them.
    const CACHE_BYTES_MIN: u64 = 256 << 10;
    /// What the system caches of the files comes on top.
    const CACHE_BYTES_MAX: u64 = 32 << 20;

    /// What a small instance takes that is ready to be worked on.
    const READY_INSTANCE_BYTES: u64 = 2 << 10;

    /// Divides a share. Most of it is for images; with a share too small for the store itself,
    /// half of it is.
    pub(crate) fn of(share_bytes: u64) -> Self {
        let batch = (share_bytes / 16).clamp(Self::BATCH_BYTES_MIN, Self::BATCH_BYTES_MAX);
        let cache = (share_bytes / 16).clamp(Self::CACHE_BYTES_MIN, Self::CACHE_BYTES_MAX);
        let own = cache + batch * BATCHES_MAX as u64;
        let images = share_bytes.saturating_sub(own).max(share_bytes / 2);
        let ready = usize::try_from(share_bytes / Self::READY_INSTANCE_BYTES);
        Self {
            ready_instances_max: ready.unwrap_or(usize::MAX).min(READY_INSTANCES_MAX),
            images_bytes_max: usize::try_from(images).unwrap_or(usize::MAX),
            batch_bytes: usize::try_from(batch).unwrap_or(usize::MAX),
            cache_bytes: cache,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_takes_its_own_memory_from_the_share() {
        let share = Share::of(64 << 20);
        assert_eq!((share.batch_bytes, share.cache_bytes), (4 << 20, 4 << 20));
        assert_eq!(share.images_bytes_max, (64 - 2 * 4 - 4) << 20);
        let large = Share::of(64 << 30);
        assert_eq!((large.batch_bytes, large.cache_bytes), (16 << 20, 32 << 20));
    }

    #[test]
    fn a_share_too_small_for_the_store_is_half_for_images() {
        assert_eq!(Share::of(4096).images_bytes_max, 2048);
        assert_eq!(Share::of(0).images_bytes_max, 0);
        assert_eq!(Share::of(4096).batch_bytes, 16 << 10);
        assert_eq!(Share::of(4096).ready_instances_max, 2);
        assert_eq!(Share::of(64 << 20).ready_instances_max, READY_INSTANCES_MAX);
    }
}

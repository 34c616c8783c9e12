//! Where instances are kept that memory has no room for.
//!
//! The engine does no I/O of its own: whoever runs it may hand it a store. What is in the store
//! is a copy that can be made again from the last snapshot and the journal, never the truth, so a
//! store needs no durability and is emptied before each start.

use std::{error::Error, fmt};

use skep_record::ProcessInstanceKey;

/// Keeps the images of process instances that have been idle for long.
///
/// An image is opaque: the instance as a snapshot has it, mostly 100 to 1 000 bytes. Each
/// instance has at most one.
pub trait ColdStore: fmt::Debug + Send {
    /// Keeps the image of an instance, in place of its former one.
    ///
    /// # Errors
    /// [`ColdError`]: the image is not kept; the instance stays in memory.
    fn put(&mut self, key: ProcessInstanceKey, image: &[u8]) -> Result<(), ColdError>;

    /// The image of an instance.
    ///
    /// # Errors
    /// [`ColdError`]: it cannot be read, or is not there.
    fn get(&self, key: ProcessInstanceKey) -> Result<Vec<u8>, ColdError>;

    /// Forgets the image of an instance, if there is one.
    ///
    /// # Errors
    /// [`ColdError`]: the store is broken.
    fn remove(&mut self, key: ProcessInstanceKey) -> Result<(), ColdError>;

    /// What the store has now, whatever is put and removed later; to be read on another thread.
    fn view(&self) -> Box<dyn ColdView>;
}

/// A [`ColdStore`] as it was.
pub trait ColdView: fmt::Debug + Send + Sync {
    /// The image of an instance, as it was.
    ///
    /// # Errors
    /// [`ColdError`]: it cannot be read, or was not there.
    fn get(&self, key: ProcessInstanceKey) -> Result<Vec<u8>, ColdError>;
}

/// Why an instance cannot be kept in a store, or brought back from it.
///
/// Nothing is lost by it: a restart makes the store anew.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ColdError {
    /// The store failed.
    #[error("store of idle process instances")]
    Store(#[source] Box<dyn Error + Send + Sync>),
    /// The store does not have what was put there.
    #[error("store of idle process instances has lost instance {0}")]
    Missing(ProcessInstanceKey),
    /// The store has something else than what was put there.
    #[error("store of idle process instances has damaged instance {key}")]
    Damaged {
        /// The instance.
        key: ProcessInstanceKey,
        /// What is wrong with its image.
        #[source]
        source: postcard::Error,
    },
}

/// A store, and from how much on it is used.
#[derive(Debug)]
pub struct Spill {
    /// Where to.
    pub store: Box<dyn ColdStore>,
    /// How many bytes the images of idle instances may take in memory.
    pub images_bytes_max: usize,
}

//! Records as the journal keeps them, and their versioned encoding.

use serde::{Deserialize, Serialize};

use crate::{Command, Event, Rejection, Timestamp};

/// First byte of every encoded batch. A change of any record's shape needs a new number and a
/// reader for the old one: journals of released versions stay readable for ever.
const FORMAT: u8 = 1;

/// Everything one command caused, in order: the unit that is appended, and lost, as a whole.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Batch {
    /// When it was processed.
    pub timestamp: Timestamp,
    /// At least one record; positions rise by one.
    pub records: Vec<Record>,
}

/// One line of the record log.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Record {
    /// Place in the partition's log, from 1.
    pub position: u64,
    /// Position of the command that caused this record; 0 for a command from outside.
    pub source_position: u64,
    /// Key of the thing the record is about; -1 when it has none.
    pub key: i64,
    /// What was asked, what happened, or why not.
    pub body: Body,
}

/// The three kinds of record.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum Body {
    /// Something to do.
    Command(Command),
    /// Something that happened; applying it is the only way in which state changes.
    Event(Event),
    /// A command that was refused; the record's source position names it.
    Rejection(Rejection),
}

/// Why bytes are not a batch.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Written by a newer or damaged version.
    #[error("batch format {0} is not known to this version, which reads up to {FORMAT}")]
    Format(u8),
    /// Cut short, or not what its format says.
    #[error("batch cannot be decoded")]
    Malformed(#[source] postcard::Error),
}

impl Batch {
    /// Position of the first record; 0 for an empty batch.
    #[must_use]
    pub fn first_position(&self) -> u64 {
        self.records.first().map_or(0, |record| record.position)
    }

    /// Position of the last record; 0 for an empty batch.
    #[must_use]
    pub fn last_position(&self) -> u64 {
        self.records.last().map_or(0, |record| record.position)
    }

    /// Appends the encoded batch to `out`.
    pub fn encode(&self, out: Vec<u8>) -> Vec<u8> {
        let mut out = out;
        out.push(FORMAT);
        // Extending a `Vec` cannot fail, and every record type has a known shape.
        postcard::to_extend(self, out).unwrap_or_default()
    }

    /// Reads what [`Batch::encode`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: the bytes are of another format or damaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        match bytes.split_first() {
            Some((&FORMAT, rest)) => postcard::from_bytes(rest).map_err(DecodeError::Malformed),
            Some((&other, _)) => Err(DecodeError::Format(other)),
            None => Err(DecodeError::Format(0)),
        }
    }
}

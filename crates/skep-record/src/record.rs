//! Records as the journal keeps them, and their versioned encoding.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    Command, ElementRef, ElementSlot, Event, InstanceSlot, ProcessInstanceRef, Rejection, Timestamp,
};

mod line;
#[cfg(test)]
mod tests;

pub use line::RecordLine;

/// First byte of every encoded batch. A change of any record's shape needs a new number and a
/// reader for the old one: journals of released versions stay readable for ever. No version was
/// released with 1 or 2.
const FORMAT: u8 = 3;

/// Everything one command caused, in order: the unit that is appended, and lost, as a whole.
///
/// Records name their process instance and element by position in the batch's own lists, so
/// that a batch can be read without anything else and says nothing twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// When it was processed.
    pub timestamp: Timestamp,
    /// The next key that the partition will give out, after this batch.
    pub next_key: i64,
    /// The process instances that records of this batch are about.
    pub instances: Vec<Arc<ProcessInstanceRef>>,
    /// The elements that records of this batch are about.
    pub elements: Vec<ElementRef>,
    /// At least one record; positions rise by one.
    pub records: Vec<Record>,
}

/// One line of the record log.
#[derive(Clone, Debug, PartialEq)]
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
    /// Written by a version that is newer, or older than the first release; or damaged.
    #[error(
        "batch format {0} is not known to this version, which reads {FORMAT}: use the version that \
         wrote it, or another data directory"
    )]
    Format(u8),
    /// Cut short, or not what its format says.
    #[error("batch cannot be decoded")]
    Malformed(#[source] postcard::Error),
    /// Longer than its own count of records says.
    #[error("batch cannot be decoded: {0} bytes follow its last record")]
    Trailing(usize),
}

/// What stands before the records.
#[derive(Deserialize, Serialize)]
struct Header<I, E> {
    timestamp: Timestamp,
    next_key: i64,
    first_position: u64,
    n_records: u64,
    instances: I,
    elements: E,
}

/// Appends the encoded value.
fn append<T: Serialize>(value: &T, out: Vec<u8>) -> Vec<u8> {
    // Appending to a `Vec` cannot fail, and every record type has a known shape.
    postcard::serialize_with_flavor(value, Appending(out)).unwrap_or_default()
}

/// Postcard's own way to extend a vector goes byte by byte; this one takes slices whole.
struct Appending(Vec<u8>);

impl postcard::ser_flavors::Flavor for Appending {
    type Output = Vec<u8>;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Vec<u8>> {
        Ok(self.0)
    }
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

    /// The process instance in this slot; `None` when the batch is damaged.
    #[must_use]
    pub fn instance(&self, slot: InstanceSlot) -> Option<&ProcessInstanceRef> {
        self.instances.get(usize::try_from(slot.0).ok()?).map(|instance| &**instance)
    }

    /// The element in this slot; `None` when the batch is damaged.
    #[must_use]
    pub fn element(&self, slot: ElementSlot) -> Option<&ElementRef> {
        self.elements.get(usize::try_from(slot.0).ok()?)
    }

    /// One record as a line of text: value type, intent, keys and ids, never variable values.
    #[must_use]
    pub fn line<'a>(&'a self, record: &'a Record) -> RecordLine<'a> {
        RecordLine { batch: self, record }
    }

    /// Appends the encoded batch to `out`.
    pub fn encode(&self, out: Vec<u8>) -> Vec<u8> {
        let mut out = out;
        out.push(FORMAT);
        let header = Header {
            timestamp: self.timestamp,
            next_key: self.next_key,
            first_position: self.first_position(),
            n_records: self.records.len() as u64,
            instances: &self.instances,
            elements: &self.elements,
        };
        out = append(&header, out);
        for record in &self.records {
            // Distances are short numbers where positions and keys are long ones.
            let source = match record.source_position {
                0 => 0,
                // As in decoding: a batch that came from damaged bytes has any distance.
                source => record.position.wrapping_sub(source),
            };
            let key = self.next_key.wrapping_sub(record.key);
            out = append(&(source, key, &record.body), out);
        }
        out
    }

    /// Reads what [`Batch::encode`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: the bytes are of another format or damaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        match bytes.split_first() {
            Some((&FORMAT, rest)) => Self::decode_body(rest),
            Some((&other, _)) => Err(DecodeError::Format(other)),
            None => Err(DecodeError::Format(0)),
        }
    }

    fn decode_body(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (header, mut rest) = postcard::take_from_bytes::<
            Header<Vec<Arc<ProcessInstanceRef>>, Vec<ElementRef>>,
        >(bytes)
        .map_err(DecodeError::Malformed)?;
        // A damaged count must not reserve memory: every record takes at least three bytes.
        let capacity = usize::try_from(header.n_records).unwrap_or(0).min(rest.len() / 3);
        let mut records = Vec::with_capacity(capacity);
        for i in 0..header.n_records {
            let ((source, key, body), after) = postcard::take_from_bytes::<(u64, i64, Body)>(rest)
                .map_err(DecodeError::Malformed)?;
            rest = after;
            let position = header.first_position.wrapping_add(i);
            records.push(Record {
                position,
                source_position: if source == 0 { 0 } else { position.wrapping_sub(source) },
                key: header.next_key.wrapping_sub(key),
                body,
            });
        }
        if !rest.is_empty() {
            return Err(DecodeError::Trailing(rest.len()));
        }
        Ok(Self {
            timestamp: header.timestamp,
            next_key: header.next_key,
            instances: header.instances,
            elements: header.elements,
            records,
        })
    }
}

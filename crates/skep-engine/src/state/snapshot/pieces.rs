//! Values as bytes, one after the other, in pieces: a snapshot need not fit in memory twice.

use std::{
    io::{self, Read, Write},
    mem,
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{ColdError, EncodeError, RestoreError, state::dense::Dense};

/// How much is written at once.
const PIECE_BYTES: usize = 64 << 10;
/// How much is read at once, at least.
const WINDOW_BYTES: usize = 1 << 20;

/// Puts values one after the other.
pub(crate) struct Output<'w> {
    out: &'w mut dyn Write,
    /// What has not been passed on.
    buffer: Vec<u8>,
}

impl<'w> Output<'w> {
    pub(crate) fn new(out: &'w mut dyn Write) -> Self {
        Self { out, buffer: Vec::with_capacity(2 * PIECE_BYTES) }
    }

    pub(crate) fn put<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        let buffer = mem::take(&mut self.buffer);
        self.buffer = postcard::to_extend(value, buffer).map_err(EncodeError::Value)?;
        self.pass_on(PIECE_BYTES)
    }

    /// Puts what `extend` adds, which is bytes of values already.
    pub(crate) fn put_bytes(
        &mut self,
        extend: impl FnOnce(Vec<u8>) -> Result<Vec<u8>, ColdError>,
    ) -> Result<(), EncodeError> {
        self.buffer = extend(mem::take(&mut self.buffer)).map_err(EncodeError::Cold)?;
        self.pass_on(PIECE_BYTES)
    }

    /// Puts a table as a `BTreeMap` is written; one that has `()` as its values, as a `BTreeSet`.
    pub(crate) fn put_table<K, V>(&mut self, table: &Dense<K, V>) -> Result<(), EncodeError>
    where
        K: Serialize,
        V: Serialize,
    {
        self.put(&table.len())?;
        table.iter().try_for_each(|entry| self.put(&entry))
    }

    /// Passes on what there is, if it is as much as this.
    fn pass_on(&mut self, n_min: usize) -> Result<(), EncodeError> {
        if self.buffer.len() >= n_min {
            self.out.write_all(&self.buffer).map_err(EncodeError::Io)?;
            self.buffer.clear();
        }
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<(), EncodeError> {
        self.pass_on(0)?;
        self.out.flush().map_err(EncodeError::Io)
    }
}

/// Takes values one after the other.
pub(crate) struct Input<'r> {
    input: &'r mut dyn Read,
    /// What has been read, and up to where it was taken.
    window: Vec<u8>,
    taken: usize,
}

impl<'r> Input<'r> {
    pub(crate) fn new(input: &'r mut dyn Read) -> Self {
        Self { input, window: Vec::new(), taken: 0 }
    }

    pub(crate) fn take<T: DeserializeOwned>(&mut self) -> Result<T, RestoreError> {
        self.take_with(|bytes| postcard::take_from_bytes(bytes)).map(|(value, _)| value)
    }

    /// Takes what `parse` takes off the bytes; answers its bytes too.
    pub(crate) fn take_with<T>(
        &mut self,
        parse: impl Fn(&[u8]) -> Result<(T, &[u8]), postcard::Error>,
    ) -> Result<(T, &[u8]), RestoreError> {
        loop {
            let bytes = self.window.get(self.taken..).unwrap_or_default();
            match parse(bytes).map(|(value, rest)| (value, bytes.len() - rest.len())) {
                Ok((value, n)) => {
                    let from = self.taken;
                    self.taken += n;
                    return Ok((value, self.window.get(from..self.taken).unwrap_or_default()));
                }
                // Perhaps the value goes on after the window: it is tried again with more of it.
                Err(postcard::Error::DeserializeUnexpectedEnd)
                    if self.read_on().map_err(RestoreError::Io)? => {}
                Err(error) => return Err(RestoreError::Malformed(error)),
            }
        }
    }

    /// Adds to the window; false at the end.
    fn read_on(&mut self) -> io::Result<bool> {
        self.window.drain(..self.taken);
        self.taken = 0;
        let n = self.window.len().max(WINDOW_BYTES);
        self.window.reserve(n);
        Ok(self.input.take(n as u64).read_to_end(&mut self.window)? > 0)
    }

    /// How many bytes are left.
    pub(crate) fn n_left(&mut self) -> io::Result<u64> {
        let n_read = (self.window.len() - self.taken) as u64;
        Ok(n_read + io::copy(self.input, &mut io::sink())?)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn bytes_of(put: impl FnOnce(&mut Output<'_>) -> Result<(), EncodeError>) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut output = Output::new(&mut bytes);
        put(&mut output).unwrap();
        output.finish().unwrap();
        bytes
    }

    #[test]
    fn tables_are_written_as_maps_and_sets_are() {
        let (mut dense, mut keys) = (Dense::default(), Dense::default());
        for key in 0..100_000_u32 {
            dense.insert(key, "x");
            keys.insert(key, ());
        }
        let map: BTreeMap<u32, &str> = (0..100_000).map(|key| (key, "x")).collect();
        let set: BTreeSet<u32> = (0..100_000).collect();
        assert!(bytes_of(|out| out.put_table(&dense)) == postcard::to_allocvec(&map).unwrap());
        assert!(bytes_of(|out| out.put_table(&keys)) == postcard::to_allocvec(&set).unwrap());
    }

    #[test]
    fn values_of_any_length_are_taken_from_pieces() {
        let texts: Vec<String> =
            [0, 1, 70_000, WINDOW_BYTES - 1, 5, 3 * WINDOW_BYTES, 2].map(|n| "x".repeat(n)).into();
        let bytes = bytes_of(|out| texts.iter().try_for_each(|text| out.put(text)));
        for piece in [1 << 14, 1 << 20] {
            let mut pieces = io::BufReader::with_capacity(piece, &*bytes);
            let mut input = Input::new(&mut pieces);
            for text in &texts {
                assert!(input.take::<String>().unwrap() == *text);
            }
            assert_eq!(input.n_left().unwrap(), 0);
        }
        let mut cut = &bytes[..bytes.len() - 1];
        let mut input = Input::new(&mut cut);
        let taken = texts.iter().map_while(|_| input.take::<String>().ok()).count();
        assert_eq!(taken, texts.len() - 1);
        assert_eq!(input.n_left().unwrap(), 2);
    }

    #[test]
    fn a_writer_that_takes_no_more_is_an_error() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut full = Full;
        let mut output = Output::new(&mut full);
        output.put(&1).unwrap();
        assert!(matches!(output.finish(), Err(EncodeError::Io(_))));
    }
}

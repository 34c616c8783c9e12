//! How often each partition writes a snapshot.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::byte_size::{self, ByteSize};

/// With less, a partition would do little else.
const MIN_BYTES: u64 = 1 << 20;

/// So much journal a partition writes between two snapshots: the most it replays at a start, and
/// about half of the most that its journal takes on disk.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct SnapshotEvery(u64);

impl SnapshotEvery {
    pub(crate) fn bytes(self) -> u64 {
        self.0
    }
}

impl Default for SnapshotEvery {
    fn default() -> Self {
        Self(256 << 20)
    }
}

impl FromStr for SnapshotEvery {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(ByteSize(bytes)) if bytes >= MIN_BYTES => Ok(Self(bytes)),
            Ok(_) | Err(_) => Err(format!(
                "{text:?} is not an amount of journal; write for example 256MB or 2GB, at least 1MB"
            )),
        }
    }
}

impl fmt::Display for SnapshotEvery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ByteSize(self.0).fmt(f)
    }
}

impl Serialize for SnapshotEvery {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SnapshotEvery {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        byte_size::deserialize("snapshotEvery", deserializer)
    }
}

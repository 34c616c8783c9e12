//! Text that is written to private files and never shown.

use serde::{Deserialize, Serialize};

/// A private key, salt or hash: in the file as it is, `***` in `Debug`.
#[derive(Clone, Deserialize, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct Hidden(pub(crate) String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

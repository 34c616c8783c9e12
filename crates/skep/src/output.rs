//! What commands print to stdout.

use std::io::{self, Write as _};

use serde_json::Value;

use crate::failure::Failure;

/// Form of the result on stdout.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Output {
    /// For people: short lines.
    Text,
    /// For programs: one JSON document.
    Json,
}

/// Writes `text` and a line end to stdout.
///
/// # Errors
/// When stdout cannot be written, except for a reader that has gone away, which is not a fault.
pub(crate) fn line(text: impl AsRef<str>) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{}", text.as_ref()).and_then(|()| out.flush()) {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(e) => Err(Failure::new("cannot write to stdout").caused_by(e)),
        Ok(()) => Ok(()),
    }
}

impl Output {
    /// Prints the result in this form.
    ///
    /// # Errors
    /// As [`line`].
    pub(crate) fn print(self, text: impl AsRef<str>, json: &Value) -> Result<(), Failure> {
        match self {
            Self::Text => line(text),
            Self::Json => line(format!("{json:#}")),
        }
    }
}

/// Writes `text` and a line end to stderr: progress, notes, warnings.
pub(crate) fn note(text: impl AsRef<str>) {
    // Progress has no other place to go when stderr is closed.
    let _ = writeln!(io::stderr().lock(), "{}", text.as_ref());
}

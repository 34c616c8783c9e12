//! Why no token could be had.

/// Why no token could be had.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The settings contradict each other or are half there.
    #[error("{0}")]
    Settings(String),
}

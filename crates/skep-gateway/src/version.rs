//! The API level that clients are told.

/// What topology calls report as version of gateway and brokers.
///
/// A plain semantic version without suffix, because clients compare it: it names the API level,
/// 8.8, not a release of Skep.
pub const GATEWAY_VERSION: &str = "8.8.0";

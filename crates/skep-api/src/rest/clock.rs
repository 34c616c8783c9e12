//! The engine's clock.

use serde::{Deserialize, Serialize};

/// `PUT /v2/clock`
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ClockPinRequest {
    /// In ms since the Unix epoch; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
}

//! Messages and signals.

use serde::{Deserialize, Serialize};

use super::{JsonObject, Key};

/// `POST /v2/messages/publication`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MessagePublicationRequest {
    /// Name of the message; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Compared with the key of each subscription; empty by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_key: Option<String>,
    /// How long the message is kept for later subscriptions, in ms; 0 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_to_live: Option<i64>,
    /// Refuses a second message with this id while the first is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Handed to what it correlates with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<JsonObject>,
    /// Tenant of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
}

/// Answer to `POST /v2/messages/publication`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessagePublication {
    /// Tenant of the message.
    pub tenant_id: String,
    /// The message.
    pub message_key: Key,
}

/// `POST /v2/messages/correlation`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MessageCorrelationRequest {
    /// Name of the message; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Compared with the key of each subscription; empty by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_key: Option<String>,
    /// Handed to what it correlates with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<JsonObject>,
    /// Tenant of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
}

/// Answer to `POST /v2/messages/correlation`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageCorrelation {
    /// Tenant of the message.
    pub tenant_id: String,
    /// The message.
    pub message_key: Key,
    /// The first instance that took it.
    pub process_instance_key: Key,
}

/// `POST /v2/signals/broadcast`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SignalBroadcastRequest {
    /// Name of the signal; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal_name: Option<String>,
    /// Handed to everything that waits for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<JsonObject>,
    /// Tenant of the signal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
}

/// Answer to `POST /v2/signals/broadcast`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignalBroadcast {
    /// Tenant of the signal.
    pub tenant_id: String,
    /// The broadcast.
    pub signal_key: Key,
}

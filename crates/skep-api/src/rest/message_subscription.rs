//! Message subscriptions, and messages that they took.

use serde::{Deserialize, Serialize};

use super::{Key, PropertyFilter};

/// Selects message subscriptions: everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MessageSubscriptionFilter {
    /// Its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_subscription_key: Option<PropertyFilter<Key>>,
    /// The definition that the process instance runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_key: Option<PropertyFilter<Key>>,
    /// Id of the process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_id: Option<PropertyFilter<String>>,
    /// The process instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_instance_key: Option<PropertyFilter<Key>>,
    /// The event or task that takes the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_id: Option<PropertyFilter<String>>,
    /// The element instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_instance_key: Option<PropertyFilter<Key>>,
    /// `CREATED`, `CORRELATED`, `DELETED` or `MIGRATED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_subscription_state: Option<PropertyFilter<String>>,
    /// When it last changed: date and time with offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_updated_date: Option<PropertyFilter<String>>,
    /// Name of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_name: Option<PropertyFilter<String>>,
    /// The message's correlation key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_key: Option<PropertyFilter<String>>,
    /// Its tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<PropertyFilter<String>>,
}

/// An element instance that waits, or has waited, for a message.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageSubscription {
    /// Its key.
    pub message_subscription_key: Key,
    /// Id of the process.
    pub process_definition_id: String,
    /// The definition that the process instance runs.
    pub process_definition_key: Option<Key>,
    /// The process instance.
    pub process_instance_key: Option<Key>,
    /// The instance that nobody called, at the root of the call hierarchy.
    #[serde(default)]
    pub root_process_instance_key: Option<Key>,
    /// The event or task that takes the message.
    pub element_id: String,
    /// The element instance.
    pub element_instance_key: Option<Key>,
    /// `CREATED`, `CORRELATED`, `DELETED` or `MIGRATED`.
    pub message_subscription_state: String,
    /// When it last changed: RFC 3339.
    pub last_updated_date: String,
    /// Name of the message.
    pub message_name: String,
    /// The message's correlation key.
    pub correlation_key: Option<String>,
    /// Its tenant.
    pub tenant_id: String,
}

/// Selects messages that were correlated: everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CorrelatedMessageSubscriptionFilter {
    /// The message's correlation key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_key: Option<PropertyFilter<String>>,
    /// When it was correlated: date and time with offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_time: Option<PropertyFilter<String>>,
    /// The event or task that took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_id: Option<PropertyFilter<String>>,
    /// The element instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_instance_key: Option<PropertyFilter<Key>>,
    /// The message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_key: Option<PropertyFilter<Key>>,
    /// Name of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_name: Option<PropertyFilter<String>>,
    /// The partition of the process instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition_id: Option<PropertyFilter<i32>>,
    /// Id of the process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_id: Option<PropertyFilter<String>>,
    /// The definition that the process instance runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_key: Option<PropertyFilter<Key>>,
    /// The process instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_instance_key: Option<PropertyFilter<Key>>,
    /// The subscription.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription_key: Option<PropertyFilter<Key>>,
    /// Its tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<PropertyFilter<String>>,
}

/// A message that a subscription took.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CorrelatedMessageSubscription {
    /// The message's correlation key.
    pub correlation_key: Option<String>,
    /// When it was correlated: RFC 3339.
    pub correlation_time: String,
    /// The event or task that took it.
    pub element_id: String,
    /// The element instance; a start event has none.
    pub element_instance_key: Option<Key>,
    /// The message.
    pub message_key: Key,
    /// Name of the message.
    pub message_name: String,
    /// The partition of the process instance.
    pub partition_id: i32,
    /// Id of the process.
    pub process_definition_id: String,
    /// The definition that the process instance runs.
    pub process_definition_key: Key,
    /// The process instance.
    pub process_instance_key: Key,
    /// The instance that nobody called, at the root of the call hierarchy.
    #[serde(default)]
    pub root_process_instance_key: Option<Key>,
    /// The subscription.
    pub subscription_key: Key,
    /// Its tenant.
    pub tenant_id: String,
}

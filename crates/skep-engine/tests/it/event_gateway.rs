//! Event-based gateways.

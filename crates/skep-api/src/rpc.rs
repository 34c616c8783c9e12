//! `google.rpc.Status`: what a gRPC error says beyond its code and message, carried in the
//! trailer `grpc-status-details-bin`.
//!
//! Source: googleapis/googleapis: google/rpc/status.proto, google/rpc/error_details.proto

use std::collections::BTreeMap;

use prost::{Message, bytes::Bytes};

/// Trailer that carries an encoded [`Status`].
pub const STATUS_DETAILS_TRAILER: &str = "grpc-status-details-bin";

/// Domain of the reasons in [`ErrorInfo`] that Skep gives.
pub const ERROR_DOMAIN: &str = "skep";

/// An error with its details.
#[derive(Clone, PartialEq, Message)]
pub struct Status {
    /// The gRPC status code.
    #[prost(int32, tag = "1")]
    pub code: i32,
    /// The text of the error.
    #[prost(string, tag = "2")]
    pub message: String,
    /// Further messages, each with its type.
    #[prost(message, repeated, tag = "3")]
    pub details: Vec<Any>,
}

/// A message and the name of its type: `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
pub struct Any {
    /// Ends with the full name of the type.
    #[prost(string, tag = "1")]
    pub type_url: String,
    /// The encoded message.
    #[prost(bytes = "bytes", tag = "2")]
    pub value: Bytes,
}

/// A reason that programs can rely on.
#[derive(Clone, PartialEq, Message)]
pub struct ErrorInfo {
    /// Stable code, such as `SKEP-AUTH-AUDIENCE`.
    #[prost(string, tag = "1")]
    pub reason: String,
    /// Who defines the code.
    #[prost(string, tag = "2")]
    pub domain: String,
    /// What else is known.
    #[prost(btree_map = "string, string", tag = "3")]
    pub metadata: BTreeMap<String, String>,
}

impl ErrorInfo {
    const TYPE_URL: &str = "type.googleapis.com/google.rpc.ErrorInfo";

    /// A reason of Skep's own.
    #[must_use]
    pub fn skep(reason: &str) -> Self {
        Self {
            reason: reason.to_owned(),
            domain: ERROR_DOMAIN.to_owned(),
            metadata: BTreeMap::new(),
        }
    }
}

impl Status {
    /// Adds `info` to the details.
    #[must_use]
    pub fn with_error_info(mut self, info: &ErrorInfo) -> Self {
        self.details.push(Any {
            type_url: ErrorInfo::TYPE_URL.to_owned(),
            value: info.encode_to_vec().into(),
        });
        self
    }

    /// The first [`ErrorInfo`] among the details.
    #[must_use]
    pub fn error_info(&self) -> Option<ErrorInfo> {
        self.details
            .iter()
            .find(|detail| detail.type_url == ErrorInfo::TYPE_URL)
            .and_then(|detail| ErrorInfo::decode(detail.value.clone()).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_info_survives_the_wire() {
        let status = Status { code: 16, message: "no".to_owned(), details: Vec::new() }
            .with_error_info(&ErrorInfo::skep("SKEP-AUTH-EXPIRED"));
        let read = Status::decode(status.encode_to_vec().as_slice()).unwrap();
        assert_eq!(read, status);
        assert_eq!(read.error_info().unwrap().reason, "SKEP-AUTH-EXPIRED");
    }
}

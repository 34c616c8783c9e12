//! Tests against a stand-in for Microsoft Graph.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

mod directory;
mod graph;

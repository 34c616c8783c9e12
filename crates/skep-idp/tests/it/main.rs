//! The provider through its public surface: HTTPS for clients, files and API for administrators.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed test must stop")]

mod admin_consent;
mod admin_page;
mod assertion;
mod browser;
mod dev_apps;
mod device;
mod error_table;
mod federation;
mod fixture;
mod graph;
mod graph_credentials;
mod graph_lists;
mod metadata;
mod refusals;
mod registry;
mod restart;
mod secrecy;
mod server;
mod sign_in;
mod tls;
mod tokens;
mod v1;
mod validator;

//! Behaviour of the crate through its public interface.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that goes wrong")]
#![expect(unreachable_pub, reason = "nothing of a test binary is reachable from outside")]

mod certificates;
mod corpus;
mod device_code;
mod file_cache;
mod jose;
mod keystore;
mod logs;
mod provider;
mod robustness;
mod settings;
mod source;
mod token_error;
mod trust;
mod validator;
mod variables;

//! The commands that run or describe a server.

mod args;
mod byte_size;
mod config;
mod env;
mod idp;
mod info;
mod inspect;
mod memory;
mod quickstart;
mod retention;
mod running;
mod snapshot_every;
mod start;
mod tenants;
mod trust;

pub(crate) use args::{ConfigArgs, EnvArgs, QuickstartArgs, StartArgs};
pub(crate) use config::Config;
pub(crate) use env::env;
pub(crate) use idp::{IdpArgs, idp};
pub(crate) use inspect::inspect;
pub(crate) use quickstart::quickstart;
pub(crate) use running::{Mode, Running, token_validator};
pub(crate) use start::start;

/// Folder of the embedded identity provider in the data directory.
const IDP_DIR: &str = "idp";
/// The file of the history, in the data directory.
pub(crate) const HISTORY_FILE: &str = "history.db";
/// Folder of the broker in the data directory.
pub(crate) const BROKER_DIR: &str = "broker";

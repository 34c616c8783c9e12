//! Why a broker does not start, and why a command is not carried out.

use std::{io, path::PathBuf};

use skep_record::{PartitionId, ProcessInstanceKey, Rejection};

/// Why a broker does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another process uses the data folder.
    #[error(
        "data directory {} is in use by another process{}; stop that process or choose another directory",
        data_dir.display(),
        pid.map_or_else(String::new, |pid| format!(" (pid {pid})")),
    )]
    Locked {
        /// The folder.
        data_dir: PathBuf,
        /// The process that holds it, when it left its number.
        pid: Option<u32>,
    },
    /// A setting is out of its range, or differs from what the data was made with.
    #[error("{0}")]
    Config(String),
    /// The folder cannot be made, read or written.
    #[error("cannot use data directory {}", data_dir.display())]
    Io {
        /// The folder.
        data_dir: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The engine refused it.
    #[error("Command '{intent}' rejected with code '{}': {}", rejection.kind.as_str(), rejection.reason)]
    Rejected {
        /// Intent of the command, for example `COMPLETE`.
        intent: &'static str,
        /// Why.
        rejection: Rejection,
    },
    /// The partition's queue is full, or its disk is.
    #[error("{0}")]
    ResourceExhausted(String),
    /// The instance whose result the caller awaits has ended without one, or cannot go on.
    #[error("process instance {process_instance_key} {reason}, so that it has no result")]
    NoResult {
        /// Which.
        process_instance_key: ProcessInstanceKey,
        /// What became of it, for example `was terminated`.
        reason: &'static str,
    },
    /// No such partition.
    #[error(
        "Expected to execute command on partition {0}, but either it does not exist, or the gateway is not yet aware of it"
    )]
    UnknownPartition(u16),
    /// The partition has stopped, for a reason an operator must look at.
    #[error("partition {partition_id} is not running: {reason}")]
    Unavailable {
        /// Which.
        partition_id: PartitionId,
        /// Why it stopped.
        reason: String,
    },
}

//! Skep's broker: partitions, each one thread with one bounded queue between the callers, the
//! journal and the engine.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! # let dir = tempfile::tempdir().unwrap();
//! use skep_broker::{Broker, BrokerConfig, SubmitError};
//! use skep_record::{Command, JobKey, PartitionId};
//!
//! let broker = Broker::start(BrokerConfig::new(dir.path())).unwrap();
//! let unknown = JobKey(PartitionId(1).key(47));
//! let refused = broker.submit(Command::YieldJob(unknown)).await.unwrap_err();
//! assert!(matches!(refused, SubmitError::Rejected { intent: "YIELD", .. }));
//! broker.shutdown().await;
//! # }
//! ```
//!
//! A partition's thread takes what is queued, lets the engine decide, appends all records to
//! the journal and syncs them once; only then answers, pushed jobs and commands for other
//! partitions leave it. Nothing is answered or pushed before its records are on disk.

mod backup;
mod broker;
mod clock;
mod cold;
mod config;
mod error;
mod export;
mod inbox;
mod layout;
mod notices;
mod partition;
mod reply;
mod route;
mod stepped;
mod stream;

pub use backup::{CopyError, CopyReport, Cut, PartitionCopy, copy_data};
pub use broker::{Broker, PartitionStatus};
pub use clock::{Clock, ManualClock};
pub use cold::{ColdStores, FjallStore, FjallStores};
pub use config::BrokerConfig;
pub use error::{StartError, SubmitError};
pub use export::ExportPosition;
pub use layout::{cold_dir, journal_dir, snapshots_dir};
pub use partition::RecoveryReport;
pub use stepped::{Call, Sent, SteppedBroker};
pub use stream::{JobStream, JobStreamRequest};

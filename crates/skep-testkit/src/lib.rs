//! Simulation: whole brokers on one thread, everything that happens decided by a seed.
//!
//! ```
//! let report = skep_testkit::run(7).unwrap();
//! assert!(report.n_records > 0);
//! ```
//!
//! What runs is the real engine, the real journal and the real loop of a partition
//! ([`skep_broker::SteppedBroker`]). Simulated are the disk, the clock, the network between
//! partitions, the clients and the workers. The seed chooses the number of partitions, random
//! block-structured processes, what clients do, and which faults occur: power cuts in the middle
//! of any write, sync or rename; killed processes; failing syncs; a disk that lies about them;
//! messages between partitions that are lost, late or doubled; clocks that jump; workers that do
//! not read; stores of idle instances that fail. In half of the worlds there is room in memory for
//! few or no idle instances.
//!
//! Checked after every step: replaying the journal gives the state of the running engine, byte
//! for byte; every command has one outcome; nothing happens twice that happens once (a job
//! completed, an element instance ended, a message correlated). After every crash: everything
//! that was acknowledged is there, unchanged. In the end, when the faults have stopped: every
//! instance finishes or shows an incident, and nothing is left over between partitions.

mod clients;
mod cold;
mod disk;
mod facts;
mod heal;
mod model;
mod rng;
mod run;
mod witness;
mod world;

pub use cold::StoreCounts;
pub use disk::{Mounted, PowerCut, SimDisk};
pub use model::{Model, model};
pub use rng::Rng;
pub use run::{Failure, Report, run, run_logged};

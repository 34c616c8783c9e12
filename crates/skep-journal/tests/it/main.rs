//! The journal through its public interface, on real files.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod crash;
mod damage;
mod disk_faults;
mod lock;
mod read;
mod rig;
mod snapshot;
mod write;

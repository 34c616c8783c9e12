//! The broker through its public interface: real partitions in folders of their own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod backup;
mod capacity;
mod cold;
mod completion;
mod disk;
mod export;
mod give_back;
mod kill;
mod poll;
mod recovery;
mod rig;
mod several_partitions;
mod stream;
mod time;

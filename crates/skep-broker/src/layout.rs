//! What stands in a broker's folder beside the partitions: how many they are.
//!
//! ```text
//! broker.conf        format and number of partitions
//! skep.lock          held by the running process
//! partition-1/       journal/  snapshots/  cold/
//! ```

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

use skep_record::PartitionId;

use crate::{BrokerConfig, StartError};

pub(crate) const FILE: &str = "broker.conf";
const FORMAT: u16 = 1;
const UNFINISHED: &str = "broker.conf.tmp";

/// Folder of a partition's journal.
#[must_use]
pub fn journal_dir(data_dir: &Path, partition_id: PartitionId) -> PathBuf {
    data_dir.join(format!("partition-{partition_id}")).join("journal")
}

/// Folder of a partition's snapshots.
#[must_use]
pub fn snapshots_dir(data_dir: &Path, partition_id: PartitionId) -> PathBuf {
    data_dir.join(format!("partition-{partition_id}")).join("snapshots")
}

/// Folder in which a partition keeps idle process instances; never needed to recover.
#[must_use]
pub fn cold_dir(data_dir: &Path, partition_id: PartitionId) -> PathBuf {
    data_dir.join(format!("partition-{partition_id}")).join("cold")
}

/// Checks the number of partitions against what the data was made with, or notes it.
///
/// Keys and correlation keys name partitions by number, so the number is part of the data.
pub(crate) fn check(config: &BrokerConfig) -> Result<(), StartError> {
    let path = config.data_dir.join(FILE);
    let io_error = |source| StartError::Io { data_dir: config.data_dir.clone(), source };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return write(&config.data_dir, config.n_partitions).map_err(io_error);
        }
        Err(error) => return Err(io_error(error)),
    };
    let (Some(format), Some(n)) = (field(&text, "format "), field(&text, "partitions ")) else {
        let path = path.display();
        return Err(StartError::Config(format!("{path} is not what a broker writes there")));
    };
    if format != FORMAT {
        return Err(StartError::Config(format!(
            "{} has format {format}, which this version of Skep does not know",
            path.display()
        )));
    }
    if n != config.n_partitions {
        return Err(StartError::Config(format!(
            "the data in {} was made with {n} partitions, not {}; the number cannot change, so set it back to {n}",
            config.data_dir.display(),
            config.n_partitions
        )));
    }
    Ok(())
}

/// How many partitions a folder has, by the text of its file; `None` if this version cannot tell.
pub(crate) fn n_partitions(text: &str) -> Option<u16> {
    field(text, "format ").filter(|format| *format == FORMAT)?;
    field(text, "partitions ")
}

fn field(text: &str, name: &str) -> Option<u16> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().parse().ok()
}

/// Notes how many partitions a folder has; durable when this returns.
pub(crate) fn write(data_dir: &Path, n_partitions: u16) -> io::Result<()> {
    let unfinished = data_dir.join(UNFINISHED);
    let mut file = File::create(&unfinished)?;
    write!(file, "format {FORMAT}\npartitions {n_partitions}\n")?;
    file.sync_all()?;
    std::fs::rename(&unfinished, data_dir.join(FILE))?;
    File::open(data_dir)?.sync_all()
}

//! What stands in a broker's folder beside the partitions: how many they are.
//!
//! ```text
//! broker.conf        format and number of partitions
//! skep.lock          held by the running process
//! partition-1/       journal/  snapshots/
//! ```

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

use skep_record::PartitionId;

use crate::{BrokerConfig, StartError};

const FILE: &str = "broker.conf";
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

/// Checks the number of partitions against what the data was made with, or notes it.
///
/// Keys and correlation keys name partitions by number, so the number is part of the data.
pub(crate) fn check(config: &BrokerConfig) -> Result<(), StartError> {
    let path = config.data_dir.join(FILE);
    let io_error = |source| StartError::Io { data_dir: config.data_dir.clone(), source };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return write(config, &path).map_err(io_error);
        }
        Err(error) => return Err(io_error(error)),
    };
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().parse::<u16>().ok()
    };
    let (Some(format), Some(n)) = (field("format "), field("partitions ")) else {
        let path = path.display();
        return Err(StartError::Config(format!("{path} is not what a broker writes there")));
    };
    if format != 1 {
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

fn write(config: &BrokerConfig, path: &Path) -> io::Result<()> {
    let unfinished = config.data_dir.join(UNFINISHED);
    let mut file = File::create(&unfinished)?;
    write!(file, "format 1\npartitions {}\n", config.n_partitions)?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)?;
    File::open(&config.data_dir)?.sync_all()
}

//! One process per data folder.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

/// Name of the file that is locked; it holds the number of the process.
const FILE: &str = "skep.lock";

/// The right to use a data folder, until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct DataDirLock {
    file: File,
}

/// Why a data folder cannot be locked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Another process has it.
    #[error(
        "data directory {} is in use by another process{}",
        dir.display(),
        pid.map_or_else(String::new, |pid| format!(" (pid {pid})")),
    )]
    Held {
        /// The folder.
        dir: PathBuf,
        /// The other process, if it left its number.
        pid: Option<u32>,
    },
    /// The folder cannot be made or written.
    #[error("cannot lock data directory {}", dir.display())]
    Io {
        /// The folder.
        dir: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl DataDirLock {
    /// Locks `dir`, making it if it is not there.
    ///
    /// # Errors
    /// [`LockError`]
    pub fn acquire(dir: &Path) -> Result<Self, LockError> {
        let io_error = |source| LockError::Io { dir: dir.to_owned(), source };
        std::fs::create_dir_all(dir).map_err(io_error)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(dir.join(FILE))
            .map_err(io_error)?;
        match file.try_lock() {
            Ok(()) => (),
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // The number is a courtesy: without it the message is still right.
                let pid =
                    file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
                return Err(LockError::Held { dir: dir.to_owned(), pid });
            }
            Err(TryLockError::Error(source)) => return Err(io_error(source)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(io_error)?;
        Ok(Self { file })
    }
}

impl Drop for DataDirLock {
    fn drop(&mut self) {
        // The number is stale from now on.
        drop(self.file.set_len(0));
        // Closing the file is not enough: a child process that is just being started has it too,
        // until it runs its own program. Should this fail, closing does it all the same, later.
        drop(self.file.unlock());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_free_although_a_child_process_still_has_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let lock = DataDirLock::acquire(dir.path()).unwrap();
        let of_a_child = lock.file.try_clone().unwrap();
        let held = DataDirLock::acquire(dir.path()).unwrap_err();
        assert!(matches!(held, LockError::Held { .. }), "{held}");
        drop(lock);
        DataDirLock::acquire(dir.path()).unwrap();
        drop(of_a_child);
    }
}

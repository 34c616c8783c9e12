//! Files of the data directory: written whole or not at all, private ones readable by the owner
//! only, and JSON documents that several processes share.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use arc_swap::ArcSwap;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::error::{BoxError, Error};

/// Largest document that is read back; a bigger file was not written by this crate.
const DOCUMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Creates `dir` and its parents, for the owner only.
pub(crate) fn create_dir(dir: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|source| Error::file("create the directory", dir, source))
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Access {
    /// The owner only: keys, secrets, registrations.
    Private,
    /// Everybody: certificates.
    Public,
}

/// Replaces `path` with `content`: temporary file, fsync, rename, fsync of the directory.
pub(crate) fn write(path: &Path, content: &[u8], access: Access) -> Result<(), Error> {
    let temporary = path.with_extension(format!("{}.tmp", Uuid::new_v4().simple()));
    let result = write_then_rename(path, &temporary, content, access);
    if result.is_err() {
        // The write's own error is the one to report; the leftover is only litter.
        let _ = fs::remove_file(&temporary);
    }
    result.map_err(|source| Error::file("write", path, source))
}

fn write_then_rename(
    path: &Path,
    temporary: &Path,
    content: &[u8],
    access: Access,
) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(
        &mut options,
        match access {
            Access::Private => 0o600,
            Access::Public => 0o644,
        },
    );
    #[cfg(not(unix))]
    let _ = access;
    let mut file = options.open(temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(temporary, path)?;
    #[cfg(unix)]
    if let Some(dir) = path.parent() {
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}

/// The content of `path`; `None` when there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.len() > DOCUMENT_BYTES_MAX => {
            Err(Error::damaged(path, format!("it is larger than {DOCUMENT_BYTES_MAX} bytes")))
        }
        Ok(_) => fs::read(path).map(Some).map_err(|source| Error::file("read", path, source)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::file("read", path, source)),
    }
}

/// Held while files are changed; other processes and other handles wait.
#[derive(Debug)]
pub(crate) struct DirLock(#[expect(dead_code, reason = "closing the file releases the lock")] File);

impl DirLock {
    /// Waits for the lock of `dir`.
    pub(crate) fn acquire(dir: &Path) -> Result<Self, Error> {
        let path = dir.join("idp.lock");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|source| Error::file("open", &path, source))?;
        file.lock().map_err(|source| Error::file("lock", &path, source))?;
        Ok(Self(file))
    }
}

/// A document kept as one JSON file, and the form of it that requests are served from.
pub(crate) trait Document: Clone + Serialize + DeserializeOwned {
    /// Parsed and indexed once per change.
    type View;

    /// Builds the view, checking whatever the types do not.
    fn view(&self) -> Result<Self::View, BoxError>;
}

/// A [`Document`] that other processes may change at any time.
///
/// Readers pay one `stat`; a writer takes the directory's lock, starts from what is on disk, and
/// replaces the file.
pub(crate) struct SharedFile<D: Document> {
    path: PathBuf,
    current: ArcSwap<Loaded<D>>,
    /// The version that could not be loaded, so that it is reported once.
    refused: Mutex<Option<Stamp>>,
}

/// One version of the document.
pub(crate) struct Loaded<D: Document> {
    stamp: Stamp,
    pub(crate) document: D,
    pub(crate) view: D::View,
}

/// Tells two versions of a file apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Stamp {
    modified: SystemTime,
    len: u64,
    inode: u64,
}

impl Stamp {
    fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(&metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Ok(Self { modified: metadata.modified()?, len: metadata.len(), inode })
    }
}

impl<D: Document> std::fmt::Debug for SharedFile<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The content may be keys.
        f.debug_struct("SharedFile").field("path", &self.path).finish_non_exhaustive()
    }
}

impl<D: Document> SharedFile<D> {
    /// Loads `path`, or writes what `first` makes when there is no such file.
    ///
    /// The lock is the caller's, so that one process sets the whole directory up.
    pub(crate) fn open(
        _lock: &DirLock,
        path: PathBuf,
        first: impl FnOnce() -> Result<D, Error>,
    ) -> Result<Self, Error> {
        let loaded = match load(&path)? {
            Some(loaded) => loaded,
            None => store(&path, first()?)?,
        };
        Ok(Self { path, current: ArcSwap::from_pointee(loaded), refused: Mutex::new(None) })
    }

    /// The newest version; the last good one while the file on disk is damaged or out of reach.
    pub(crate) fn current(&self) -> Arc<Loaded<D>> {
        let current = self.current.load_full();
        let on_disk = Stamp::of(&self.path).ok();
        if on_disk == Some(current.stamp) {
            return current;
        }
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if on_disk.is_some() && *refused == on_disk {
            return current;
        }
        match load(&self.path) {
            Ok(Some(loaded)) => {
                *refused = None;
                let loaded = Arc::new(loaded);
                self.current.store(Arc::clone(&loaded));
                loaded
            }
            Ok(None) => current,
            Err(error) => {
                tracing::warn!(
                    path = %self.path.display(),
                    cause = std::error::Error::source(&error).map(tracing::field::display),
                    "{error}; keeping the last version that could be read",
                );
                *refused = on_disk;
                current
            }
        }
    }

    /// Changes the document with `change`; nothing is written when that fails.
    pub(crate) fn update<T, E: From<Error>>(
        &self,
        change: impl FnOnce(&mut D) -> Result<T, E>,
    ) -> Result<T, E> {
        let dir = self.path.parent().unwrap_or_else(|| Path::new("."));
        let _lock = DirLock::acquire(dir)?;
        let mut document = match load::<D>(&self.path)? {
            Some(loaded) => loaded.document,
            None => self.current.load().document.clone(),
        };
        let result = change(&mut document)?;
        self.current.store(Arc::new(store(&self.path, document)?));
        Ok(result)
    }
}

fn load<D: Document>(path: &Path) -> Result<Option<Loaded<D>>, Error> {
    // The stamp is taken first: a change in between is then seen at the next look.
    let stamp = match Stamp::of(path) {
        Ok(stamp) => stamp,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(Error::file("read", path, source)),
    };
    let Some(content) = read(path)? else { return Ok(None) };
    let document: D =
        serde_json::from_slice(&content).map_err(|error| Error::damaged(path, error))?;
    let view = document.view().map_err(|error| Error::damaged(path, error))?;
    Ok(Some(Loaded { stamp, document, view }))
}

fn store<D: Document>(path: &Path, document: D) -> Result<Loaded<D>, Error> {
    let view = document.view().map_err(|error| Error::Invalid(error.to_string()))?;
    let mut content =
        serde_json::to_vec_pretty(&document).map_err(|error| Error::damaged(path, error))?;
    content.push(b'\n');
    write(path, &content, Access::Private)?;
    let stamp = Stamp::of(path).map_err(|source| Error::file("read", path, source))?;
    Ok(Loaded { stamp, document, view })
}

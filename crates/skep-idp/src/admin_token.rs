//! The local administrator's token: a file that only the data directory's owner can read.

use std::path::{Path, PathBuf};

use aws_lc_rs::{constant_time, digest};
use skep_auth::{Secret, jose::encode_base64url};

use crate::{
    error::Error,
    random,
    storage::{self, Access, DirLock},
};

const FILE: &str = "admin-token";

/// Where the token of `dir` is.
pub(crate) fn path(dir: &Path) -> PathBuf {
    dir.join(FILE)
}

/// Makes the token of `dir` if there is none.
pub(crate) fn ensure(_lock: &DirLock, dir: &Path) -> Result<(), Error> {
    let path = path(dir);
    if storage::read(&path)?.is_none() {
        let token = random::base64url::<32>()?;
        storage::write(&path, token.as_bytes(), Access::Private)?;
    }
    Ok(())
}

/// Whether `presented` is the token of `dir`, as the file is now.
pub(crate) fn is_token(dir: &Path, presented: &Secret) -> Result<bool, Error> {
    let Some(token) = read(dir)? else { return Ok(false) };
    let (presented, token) = (presented.expose().trim().as_bytes(), token.expose().as_bytes());
    Ok(!token.is_empty() && constant_time::verify_slices_are_equal(presented, token).is_ok())
}

/// Tells whether the token is still the same, without being it; `None` when there is none.
pub(crate) fn fingerprint(dir: &Path) -> Result<Option<String>, Error> {
    let token = read(dir)?;
    Ok(token
        .map(|token| encode_base64url(digest::digest(&digest::SHA256, token.expose().as_bytes()))))
}

fn read(dir: &Path) -> Result<Option<Secret>, Error> {
    let path = path(dir);
    let Some(content) = storage::read(&path)? else { return Ok(None) };
    let text = String::from_utf8(content).map_err(|error| Error::damaged(&path, error))?;
    Ok(Some(Secret::new(text.trim())))
}

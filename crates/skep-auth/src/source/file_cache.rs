//! Tokens kept in a file, for programs that run often and briefly. Off unless asked for.
//!
//! The file has the shape that the Java client gives it (as JSON, which is YAML too), under
//! names of our own, so that both can share one; what others keep in it stays. Their tokens
//! are used as well, when they are for the same client and API.
//!
//! Source: camunda/camunda: clients/java/src/main/java/io/camunda/client/impl/oauth/OAuthCredentialsCache.java;
//! camunda-community-hub/zeebe-client-go: pkg/zbc/oauthCredentialsCache.go;
//! camunda/camunda-8-js-sdk: src/oauth/lib/OAuthProvider.ts

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use aws_lc_rs::digest;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::request::Granted;
use crate::{
    Secret,
    credentials::{ClientCredentials, Credential},
    jose::{Jws, encode_base64url},
    private_file,
};

/// Largest file that is read.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// A token in the file is used while it has this much time left at least.
const REMAINING_MIN_MS: i64 = 60_000;
/// Longest wait for another process that writes the file.
const LOCK_WAIT: Duration = Duration::from_secs(1);
/// What the entries of other clients may be called.
const AUDIENCE_TYPES: [&str; 2] = ["ZEEBE", "CAMUNDA"];

/// A file with tokens.
#[derive(Debug)]
pub(super) struct FileCache {
    path: PathBuf,
    /// Name of our entry: it covers all that a token depends on, apart from the secret.
    name: String,
    client_id: String,
    /// Audience, and the API of the scope.
    apis: Vec<String>,
    has_warned: AtomicBool,
}

impl FileCache {
    pub(super) fn new(path: PathBuf, credentials: &ClientCredentials) -> Self {
        let ClientCredentials { endpoint, client_id, audience, scope, resource, .. } = credentials;
        let kind = match &credentials.credential {
            Credential::Secret(_) | Credential::SecretFile(_) => "secret",
            Credential::Certificate { .. } => "certificate",
            Credential::FederatedTokenFile(_) => "federated",
        };
        let parts = json!([endpoint.configured_url(), client_id, audience, scope, resource, kind]);
        let digest = digest::digest(&digest::SHA256, parts.to_string().as_bytes());
        let bare = |scope: &String| scope.strip_suffix("/.default").map(str::to_owned);
        let apis = audience.iter().cloned().chain(scope.iter().filter_map(bare)).collect();
        Self {
            path,
            name: format!("skep:{}", encode_base64url(&digest.as_ref()[..15])),
            client_id: client_id.clone(),
            apis,
            has_warned: AtomicBool::new(false),
        }
    }

    /// A token that is still good for a while, other than `rejected`.
    pub(super) fn read(&self, now_ms: i64, rejected: Option<&str>) -> Option<Granted> {
        let document = document(&self.path).unwrap_or_default();
        let own = document.get(&self.name).and_then(entry);
        let foreign = || {
            let names = std::iter::once(&self.client_id).chain(&self.apis);
            let shared = names.filter_map(|name| document.get(name)).filter_map(entry);
            shared.chain(self.beside()).find(|(token, _)| self.is_ours(token))
        };
        let is_good = |(token, ends_at_ms): &(String, i64)| {
            Some(token.as_str()) != rejected && ends_at_ms - now_ms >= REMAINING_MIN_MS
        };
        let (token, ends_at_ms) = own.filter(&is_good).or_else(|| foreign().filter(&is_good))?;
        let lifetime = Duration::from_millis(u64::try_from(ends_at_ms - now_ms).ok()?);
        Some(Granted { access_token: Secret::new(token), lifetime })
    }

    /// Keeps a token. A file that cannot be written is no reason to fail: it is told once.
    pub(super) fn write(&self, granted: &Granted, now_ms: i64) {
        if let Err(error) = self.try_write(granted, now_ms)
            && !self.has_warned.swap(true, Ordering::Relaxed)
        {
            let path = self.path.display();
            tracing::warn!(%path, %error, "tokens cannot be kept in the file, only in memory");
        }
    }

    fn try_write(&self, granted: &Granted, now_ms: i64) -> io::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or_else(|| Path::new("."));
        fs::create_dir_all(folder)?;
        let _lock = lock(&self.path.with_added_extension("lock"))?;
        let mut document = document(&self.path).unwrap_or_default();
        document.retain(|name, value| !is_outdated(name, value, now_ms));
        let lifetime_ms = i64::try_from(granted.lifetime.as_millis()).unwrap_or(i64::MAX);
        let ends_at = Timestamp::from_millisecond(now_ms.saturating_add(lifetime_ms))
            .map_err(io::Error::other)?;
        let credentials = json!({
            "accessToken": granted.access_token.expose(),
            "expiry": ends_at.to_string(),
            "tokenType": "Bearer",
        });
        document.insert(self.name.clone(), json!({"auth": {"credentials": credentials}}));
        let mut text = serde_json::to_vec_pretty(&document)?;
        text.push(b'\n');
        private_file::replace(&self.path, &text)
    }

    /// Tokens of the Node client, which has a file for each client and API.
    fn beside(&self) -> impl Iterator<Item = (String, i64)> {
        AUDIENCE_TYPES.iter().filter_map(|kind| {
            let name = format!("oauth-token-{}-{kind}.json", self.client_id);
            let document = document(&self.path.parent()?.join(name))?;
            let token = document.get("access_token")?.as_str()?.to_owned();
            Some((token, document.get("expiry")?.as_i64()?.saturating_mul(1000)))
        })
    }

    /// True for a JWT of this client for this API: entries of others are kept under the
    /// client id or the audience alone, which says too little.
    fn is_ours(&self, token: &str) -> bool {
        let Ok(jws) = Jws::parse(token) else { return false };
        let client = ["azp", "appid", "client_id"].into_iter().find_map(|n| jws.claims.text(n));
        let audiences = jws.claims.texts("aud").unwrap_or_default();
        client == Some(self.client_id.as_str())
            && audiences.iter().any(|audience| self.apis.contains(audience))
    }
}

/// The token of an entry as Java or Go writes it, and when it ends.
fn entry(value: &Value) -> Option<(String, i64)> {
    let credentials = value.get("auth")?.get("credentials")?;
    let text = |java: &str, go: &str| {
        credentials.get(java).or_else(|| credentials.get(go))?.as_str().map(str::to_owned)
    };
    let ends_at: Timestamp = text("expiry", "expiry")?.parse().ok()?;
    let token = text("accessToken", "accesstoken")?;
    let is_usable = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    is_usable.then_some((token, ends_at.as_millisecond()))
}

/// Our own entries go when they end; what others do with theirs is theirs.
fn is_outdated(name: &str, value: &Value, now_ms: i64) -> bool {
    name.starts_with("skep:") && entry(value).is_none_or(|(_, ends_at_ms)| ends_at_ms <= now_ms)
}

fn document(path: &Path) -> Option<Map<String, Value>> {
    let mut text = String::new();
    File::open(path).ok()?.take(FILE_BYTES_MAX).read_to_string(&mut text).ok()?;
    match serde_json::from_str(&text) {
        Ok(document) => Some(document),
        Err(_) => serde_saphyr::from_str(&text).ok(),
    }
}

/// The lock is gone when the file is closed, however that comes about.
fn lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(fs::TryLockError::Error(error)) => return Err(error),
            Err(fs::TryLockError::WouldBlock) if started.elapsed() > LOCK_WAIT => {
                return Err(io::Error::new(io::ErrorKind::WouldBlock, "another process holds it"));
            }
            Err(fs::TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(10)),
        }
    }
}

//! The keys that tokens are signed with, and the key set that is published.

use std::{collections::HashMap, path::Path, sync::Arc, thread};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use skep_auth::jose::{Certificate, Jwk, SigningKey, VerifyingKey};

use crate::{
    admin::SigningKeyInfo,
    error::{BoxError, Error},
    hidden::Hidden,
    issue,
    storage::{DirLock, Document, SharedFile},
};

/// Most keys that are published; rolling drops the oldest beyond.
const PUBLISHED_MAX: usize = 7;
/// Subject of the certificates, as recognisable as Entra's and not mistaken for it.
const COMMON_NAME: &str = "accounts.accesscontrol.skep.test";
/// Validity of the certificates, as Entra's.
const DAYS: i64 = 5 * 365;

/// The file's content: the active key first, then the others, newest first.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SigningKeys {
    keys: Vec<StoredKey>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct StoredKey {
    created_at: Timestamp,
    /// PKCS#8 as PEM.
    private_key: Hidden,
    /// DER as base64.
    certificate: String,
}

/// What the endpoints need of the keys.
#[derive(Debug)]
pub(crate) struct KeyRing {
    pub(crate) active: SigningKey,
    /// `kid` and `x5t` of the active key: the SHA-1 thumbprint of its certificate.
    pub(crate) kid: String,
    /// Every published key, without an issuer.
    pub(crate) published: Vec<Jwk>,
    /// The same by `kid`, to check tokens that come back.
    pub(crate) verifying: HashMap<String, VerifyingKey>,
}

impl Document for SigningKeys {
    type View = KeyRing;

    fn view(&self) -> Result<KeyRing, BoxError> {
        let first = self.keys.first().ok_or("there is no key")?;
        let active = SigningKey::from_pem(first.private_key.0.as_bytes())?;
        let published =
            self.keys.iter().map(StoredKey::jwk).collect::<Result<Vec<_>, BoxError>>()?;
        let kid = published[0].kid.clone().unwrap_or_default();
        let mut verifying = HashMap::new();
        for jwk in &published {
            let kid = jwk.kid.clone().unwrap_or_default();
            verifying.insert(kid, VerifyingKey::from_jwk(jwk)?);
        }
        Ok(KeyRing { active, kid, published, verifying })
    }
}

impl StoredKey {
    fn generate(now: Timestamp) -> Result<Self, Error> {
        let create = |error| Error::create("signing key", error);
        let key = SigningKey::generate().map_err(create)?;
        Ok(Self {
            created_at: now,
            certificate: STANDARD.encode(issue::self_signed(&key, COMMON_NAME, now, DAYS)?),
            private_key: Hidden(key.to_pem().map_err(create)?.expose().to_owned()),
        })
    }

    fn jwk(&self) -> Result<Jwk, BoxError> {
        let certificate = Certificate::from_der(&STANDARD.decode(&self.certificate)?)?;
        let thumbprint = certificate.x5t();
        Ok(Jwk {
            kid: Some(thumbprint.clone()),
            x5t: Some(thumbprint),
            x5c: vec![self.certificate.clone()],
            ..SigningKey::from_pem(self.private_key.0.as_bytes())?.jwk()
        })
    }
}

/// Opens the keys of `dir`, making two on the first start.
///
/// Entra always publishes several, so that a client which takes the only key of the set instead
/// of the one that `kid` names fails here as well.
pub(crate) fn open(
    lock: &DirLock,
    dir: &Path,
    now: Timestamp,
) -> Result<Arc<SharedFile<SigningKeys>>, Error> {
    let file = SharedFile::open(lock, dir.join("signing-keys.json"), || {
        // Finding primes takes most of the first start: one core each.
        let (active, standby) = thread::scope(|scope| {
            let standby = scope.spawn(|| StoredKey::generate(now));
            (StoredKey::generate(now), standby.join())
        });
        let standby =
            standby.map_err(|_| Error::create("signing key", "its thread panicked"))??;
        Ok(SigningKeys { keys: vec![active?, standby] })
    })?;
    Ok(Arc::new(file))
}

/// What is published, the active key first.
pub(crate) fn list(file: &SharedFile<SigningKeys>) -> Result<Vec<SigningKeyInfo>, Error> {
    let current = file.current();
    let keys = current.document.keys.iter().enumerate().map(|(n, key)| {
        let der = STANDARD.decode(&key.certificate)?;
        let certificate = Certificate::from_der(&der)?;
        Ok(SigningKeyInfo {
            kid: certificate.x5t(),
            created_at: key.created_at,
            not_after: Timestamp::from_second(certificate.not_after_s())?,
            active: n == 0,
        })
    });
    keys.collect::<Result<_, BoxError>>().map_err(|error| Error::create("list of keys", error))
}

/// Signs with a new key from now on; earlier ones stay published. Returns the new `kid`.
pub(crate) fn roll(file: &SharedFile<SigningKeys>, now: Timestamp) -> Result<String, Error> {
    let key = StoredKey::generate(now)?;
    file.update(|keys| {
        keys.keys.insert(0, key);
        keys.keys.truncate(PUBLISHED_MAX);
        Ok(())
    })?;
    Ok(file.current().view.kid.clone())
}

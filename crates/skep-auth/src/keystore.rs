//! A client's certificate with its private key, from a PKCS#12 file or a PEM pair.

mod der;
mod make;
mod tls;

use std::{fmt, fs, io::Read as _, path::Path};

use p12_keystore::{CertificateBag, Pkcs12Archive, PrivateKeyBag, error::Error as Pkcs12Error};

pub(crate) use self::tls::truststore;
pub use self::{make::NewCertificate, tls::TlsIdentity};
use crate::{
    KeystoreError, Secret,
    jose::{Certificate, KeyError, SigningKey},
    keystore_error::KeystoreProblem,
};

/// Largest file that is read; real keystores have 2 to 10 KB.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A private key with the certificate that belongs to it.
#[derive(Clone)]
pub struct ClientCertificate {
    key: SigningKey,
    chain: Vec<Certificate>,
    alias: Option<String>,
}

/// Which key of a PKCS#12 file, and how to open it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct KeystoreAccess {
    /// The store's password.
    pub password: Secret,
    /// Name of the key; `None` takes the first.
    pub alias: Option<String>,
    /// The key's password, when it is not the store's.
    pub key_password: Option<Secret>,
}

impl ClientCertificate {
    /// Reads a PKCS#12 file.
    ///
    /// # Errors
    /// [`KeystoreError`], one for each thing that can be wrong.
    pub fn from_pkcs12_file(path: &Path, access: &KeystoreAccess) -> Result<Self, KeystoreError> {
        let found = read(path).and_then(|bytes| Self::from_pkcs12(&bytes, access));
        found.map_err(|problem| KeystoreError { path: path.to_owned(), problem })
    }

    /// Reads a certificate (with the rest of its chain after it) and a key from PEM files,
    /// which may be the same file.
    ///
    /// # Errors
    /// [`KeystoreError`]
    pub fn from_pem_files(certificate: &Path, key: &Path) -> Result<Self, KeystoreError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |problem| KeystoreError { path, problem }
        };
        let signing_key = read(key)
            .and_then(|text| SigningKey::from_pem(&text).map_err(|error| problem_of_key(&error)))
            .map_err(at(key))?;
        let chain = read(certificate)
            .and_then(|text| {
                Certificate::chain_from_pem(&text)
                    .map_err(|error| KeystoreProblem::Format(error.to_string()))
            })
            .map_err(at(certificate))?;
        Self::new(signing_key, chain, None).map_err(at(certificate))
    }

    /// Reads the bytes of a PKCS#12 file.
    ///
    /// # Errors
    /// [`KeystoreProblem`]
    pub fn from_pkcs12(bytes: &[u8], access: &KeystoreAccess) -> Result<Self, KeystoreProblem> {
        let archive = open(bytes, access)?;
        let (alias, bag) = chosen_key(&archive.keys, access.alias.as_deref())?;
        let key = SigningKey::from_der(bag.key.as_der()).map_err(|error| problem_of_key(&error))?;
        let certificates = certificates(&archive.certs, bag)?;
        Self::new(key, certificates, Some(alias))
    }

    /// A key and certificates, of which one belongs to it.
    fn new(
        key: SigningKey,
        mut certificates: Vec<Certificate>,
        alias: Option<String>,
    ) -> Result<Self, KeystoreProblem> {
        let leaf = certificates
            .iter()
            .position(|certificate| {
                certificate.verifying_key().is_ok_and(|public| key.is_private_key_of(&public))
            })
            .ok_or(KeystoreProblem::NoCertificate)?;
        let mut chain = vec![certificates.swap_remove(leaf)];
        // The rest in order, each the issuer of the one before.
        while let Some(last) = chain.last()
            && let Some(next) = certificates.iter().position(|other| last.is_issued_by(other))
        {
            chain.push(certificates.swap_remove(next));
        }
        Ok(Self { key, chain, alias })
    }

    /// The private key.
    #[must_use]
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// The certificate of the key.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.chain[0]
    }

    /// The certificate of the key, then its issuers as far as the file has them.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// The key's name in its file.
    #[must_use]
    pub fn alias(&self) -> Option<&str> {
        self.alias.as_deref()
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate")
            .field("alias", &self.alias)
            .field("chain", &self.chain)
            .finish_non_exhaustive()
    }
}

fn read(path: &Path) -> Result<Vec<u8>, KeystoreProblem> {
    let cannot_read = |error: std::io::Error| KeystoreProblem::Read(error.to_string());
    let file = fs::File::open(path).map_err(cannot_read)?;
    if file.metadata().map_err(cannot_read)?.is_dir() {
        return Err(KeystoreProblem::Read("it is a directory".to_owned()));
    }
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(cannot_read)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(KeystoreProblem::TooLarge);
    }
    Ok(bytes)
}

fn open(bytes: &[u8], access: &KeystoreAccess) -> Result<Pkcs12Archive, KeystoreProblem> {
    let Some(store) = der::Pkcs12::parse(bytes) else {
        return Err(KeystoreProblem::Format(looks_like(bytes).to_owned()));
    };
    if !store.has_mac && store.has_encrypted_parts() {
        return Err(KeystoreProblem::NoMac);
    }
    let password = access.password.expose();
    match Pkcs12Archive::from_pkcs12(bytes, password) {
        Ok(archive) => Ok(archive),
        Err(Pkcs12Error::MacError(_)) => Err(KeystoreProblem::Password),
        Err(Pkcs12Error::UnsupportedMacAlgorithm) => {
            Err(KeystoreProblem::Unsupported("an unsupported integrity check (MAC)".to_owned()))
        }
        Err(Pkcs12Error::UnsupportedEncryptionScheme) => Err(KeystoreProblem::Unsupported(
            "an unsupported encryption or integrity check".to_owned(),
        )),
        Err(Pkcs12Error::UnsupportedCertificateType) => {
            Err(KeystoreProblem::Unsupported("certificates other than X.509".to_owned()))
        }
        Err(error) => match &access.key_password {
            Some(key_password) if *key_password != access.password => {
                open_parts(&store, password, key_password.expose())
            }
            Some(_) | None => Err(problem_after_mac(&store, &error)),
        },
    }
}

/// Opens a store whose parts have different passwords, each part by itself.
fn open_parts(
    store: &der::Pkcs12<'_>,
    password: &str,
    key_password: &str,
) -> Result<Pkcs12Archive, KeystoreProblem> {
    let mut archive = Pkcs12Archive::default();
    for part in store.parts() {
        let part = Pkcs12Archive::from_pkcs12(&part, key_password)
            .or_else(|_| Pkcs12Archive::from_pkcs12(&part, password))
            .map_err(|_| KeystoreProblem::KeyPassword)?;
        archive.keys.extend(part.keys);
        archive.certs.extend(part.certs);
    }
    Ok(archive)
}

/// The integrity check passed, or there is none to fail: what is left is the content.
fn problem_after_mac(store: &der::Pkcs12<'_>, error: &Pkcs12Error) -> KeystoreProblem {
    if store.has_mac {
        KeystoreProblem::KeyPassword
    } else {
        KeystoreProblem::Format(format!("it is damaged: {error}"))
    }
}

fn looks_like(bytes: &[u8]) -> &'static str {
    if bytes.is_empty() {
        "it is empty"
    } else if bytes.starts_with(b"-----BEGIN") || bytes.starts_with(b"Bag Attributes") {
        "it is a PEM file, not PKCS#12"
    } else if bytes.starts_with(&[0xfe, 0xed, 0xfe, 0xed]) {
        "it is a Java keystore (JKS), not PKCS#12"
    } else {
        "it is no PKCS#12 file, or it is damaged"
    }
}

fn problem_of_key(error: &KeyError) -> KeystoreProblem {
    if let KeyError::PrivateKey(reason) = error
        && reason.contains("no items found")
    {
        return KeystoreProblem::NoKey;
    }
    KeystoreProblem::KeyKind(error.to_string())
}

/// The key named `wanted`, or the first of all, with its name.
fn chosen_key<'a>(
    keys: &'a [PrivateKeyBag],
    wanted: Option<&str>,
) -> Result<(String, &'a PrivateKeyBag), KeystoreProblem> {
    let mut named = aliases(keys).zip(keys);
    let Some(wanted) = wanted else { return named.next().ok_or(KeystoreProblem::NoKey) };
    if keys.is_empty() {
        return Err(KeystoreProblem::NoKey);
    }
    // Java compares aliases without regard to case.
    named.find(|(alias, _)| alias.eq_ignore_ascii_case(wanted)).ok_or_else(|| {
        KeystoreProblem::Alias { wanted: wanted.to_owned(), found: aliases(keys).collect() }
    })
}

/// The names of the keys; a key without one has its number, as in Java.
fn aliases(keys: &[PrivateKeyBag]) -> impl Iterator<Item = String> {
    let mut n_unnamed = 0;
    keys.iter().map(move |bag| match &bag.friendly_name {
        Some(name) => name.clone(),
        None => {
            n_unnamed += 1;
            n_unnamed.to_string()
        }
    })
}

/// The certificates of a store, those that carry the id of the key first.
fn certificates(
    bags: &[CertificateBag],
    key: &PrivateKeyBag,
) -> Result<Vec<Certificate>, KeystoreProblem> {
    let id = key.local_key_id.as_ref().map(|id| id.0.as_slice());
    let mut bags: Vec<_> = bags.iter().collect();
    bags.sort_by_key(|bag| id.is_none() || bag.local_key_id.as_deref() != id);
    bags.iter()
        .map(|bag| {
            Certificate::from_der(bag.cert.as_der())
                .map_err(|error| KeystoreProblem::Format(error.to_string()))
        })
        .collect()
}

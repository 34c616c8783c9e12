//! What TLS wants from the same files: an identity of any kind of key, and trusted CAs.

use std::{fmt, path::Path};

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject as _};

use super::{KeystoreAccess, certificates, chosen_key, open, read};
use crate::{
    CertificateFile, KeystoreError, Secret,
    jose::{Certificate, encode_pem},
    keystore_error::KeystoreProblem,
};

/// A certificate chain and its key, by which a client shows who it is on a TLS connection.
pub struct TlsIdentity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl TlsIdentity {
    /// Reads it from a PKCS#12 file or a PEM pair; the key may be of any kind.
    ///
    /// # Errors
    /// [`KeystoreError`]
    pub fn load(file: &CertificateFile) -> Result<Self, KeystoreError> {
        match file {
            CertificateFile::Pkcs12 { path, access } => {
                Self::from_pkcs12(path, access).map_err(|problem| at(path, problem))
            }
            CertificateFile::Pem { certificate, key } => {
                let key = read(key)
                    .and_then(|text| {
                        PrivateKeyDer::from_pem_slice(&text)
                            .map_err(|error| KeystoreProblem::KeyKind(format!("{error}")))
                    })
                    .map_err(|problem| at(key, problem))?;
                let chain = read(certificate)
                    .and_then(|text| {
                        Certificate::chain_from_pem(&text)
                            .map_err(|error| KeystoreProblem::Format(error.to_string()))
                    })
                    .map_err(|problem| at(certificate, problem))?;
                let chain = chain.iter().map(|found| found.der().to_vec().into()).collect();
                Ok(Self { chain, key })
            }
        }
    }

    fn from_pkcs12(path: &Path, access: &KeystoreAccess) -> Result<Self, KeystoreProblem> {
        let archive = open(&read(path)?, access)?;
        let (_, bag) = chosen_key(&archive.keys, access.alias.as_deref())?;
        let mut rest = certificates(&archive.certs, bag)?;
        if rest.is_empty() {
            return Err(KeystoreProblem::NoCertificate);
        }
        // The one with the key's id stands first; then its issuers.
        let mut chain = vec![rest.remove(0)];
        while let Some(last) = chain.last()
            && let Some(next) = rest.iter().position(|other| last.is_issued_by(other))
        {
            chain.push(rest.swap_remove(next));
        }
        Ok(Self {
            chain: chain.iter().map(|found| found.der().to_vec().into()).collect(),
            key: PrivatePkcs8KeyDer::from(bag.key.as_der().to_vec()).into(),
        })
    }

    /// The chain, the client's own certificate first.
    #[must_use]
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// The private key.
    #[must_use]
    pub fn key(&self) -> &PrivateKeyDer<'static> {
        &self.key
    }

    /// The chain as PEM.
    #[must_use]
    pub fn chain_pem(&self) -> String {
        self.chain.iter().map(|der| encode_pem("CERTIFICATE", der)).collect()
    }

    /// The key as PEM.
    #[must_use]
    pub fn key_pem(&self) -> Secret {
        let label = if let PrivateKeyDer::Pkcs1(_) = self.key {
            "RSA PRIVATE KEY"
        } else if let PrivateKeyDer::Sec1(_) = self.key {
            "EC PRIVATE KEY"
        } else {
            "PRIVATE KEY"
        };
        Secret::new(encode_pem(label, self.key.secret_der()))
    }
}

impl Clone for TlsIdentity {
    fn clone(&self) -> Self {
        Self { chain: self.chain.clone(), key: self.key.clone_key() }
    }
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TlsIdentity({} certificates)", self.chain.len())
    }
}

/// The CA certificates of a PKCS#12 file (a Java truststore).
pub(crate) fn truststore(
    path: &Path,
    password: &Secret,
) -> Result<Vec<CertificateDer<'static>>, KeystoreError> {
    let access = KeystoreAccess { password: password.clone(), ..KeystoreAccess::default() };
    let archive =
        read(path).and_then(|bytes| open(&bytes, &access)).map_err(|problem| at(path, problem))?;
    if archive.certs.is_empty() {
        return Err(at(path, KeystoreProblem::Format("it has no certificate".to_owned())));
    }
    Ok(archive.certs.iter().map(|bag| bag.cert.as_der().to_vec().into()).collect())
}

fn at(path: &Path, problem: KeystoreProblem) -> KeystoreError {
    KeystoreError { path: path.to_owned(), problem }
}

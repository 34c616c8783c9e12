//! Keys, certificates and keystores made on the spot.

use std::path::{Path, PathBuf};

use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey,
    PrivateKeyChain,
};
use skep_auth::jose::SigningKey;

/// A key with a self-signed certificate.
pub struct Identity {
    pub key_der: Vec<u8>,
    pub key_pem: String,
    pub certificate: rcgen::Certificate,
}

impl Identity {
    pub fn rsa(name: &str) -> Self {
        Self::of_key(SigningKey::generate().unwrap().to_der().unwrap(), name)
    }

    pub fn elliptic(name: &str) -> Self {
        Self::of_key(rcgen::KeyPair::generate().unwrap().serialize_der(), name)
    }

    fn of_key(key_der: Vec<u8>, name: &str) -> Self {
        let pair = rcgen::KeyPair::try_from(key_der.as_slice()).unwrap();
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let certificate = params.self_signed(&pair).unwrap();
        Self { key_pem: pair.serialize_pem(), key_der, certificate }
    }

    pub fn entry(&self, id: u8) -> KeyStoreEntry {
        let key = PrivateKey::from_der(&self.key_der).unwrap();
        let certificate = Certificate::from_der(self.certificate.der()).unwrap();
        KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(vec![id], key, [certificate]))
    }

    pub fn chain_with(&self, id: u8, issuers: &[&[u8]]) -> KeyStoreEntry {
        let key = PrivateKey::from_der(&self.key_der).unwrap();
        let certificates = std::iter::once(self.certificate.der().as_ref())
            .chain(issuers.iter().copied())
            .map(|der| Certificate::from_der(der).unwrap());
        KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(vec![id], key, certificates))
    }
}

/// How a store is encrypted.
#[derive(Clone, Copy, Debug)]
pub enum Encoding {
    /// The default of OpenSSL 3 and of Java: AES-256, SHA-256.
    Modern,
    /// The default of OpenSSL 1.1: 3DES and SHA-1.
    Legacy,
}

pub fn pkcs12(entries: &[(&str, KeyStoreEntry)], password: &str, encoding: Encoding) -> Vec<u8> {
    let mut store = KeyStore::new();
    for (alias, entry) in entries {
        store.add_entry(alias, entry.clone());
    }
    let (encryption, mac) = match encoding {
        Encoding::Modern => {
            (EncryptionAlgorithm::PbeWithHmacSha256AndAes256, MacAlgorithm::HmacSha256)
        }
        Encoding::Legacy => {
            (EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc, MacAlgorithm::HmacSha1)
        }
    };
    store
        .writer(password)
        .encryption_algorithm(encryption)
        .encryption_iterations(2048)
        .mac_algorithm(mac)
        .mac_iterations(2048)
        .write()
        .unwrap()
}

pub fn write(dir: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

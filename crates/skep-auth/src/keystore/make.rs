//! Making a key with a self-signed certificate, and writing both as PKCS#12.

use p12_keystore::{
    EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey, PrivateKeyChain,
};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::PrivatePkcs8KeyDer;
use time::OffsetDateTime;

use super::ClientCertificate;
use crate::{
    Secret,
    jose::{Certificate, KeyError, KeySize, SigningKey},
};

const DAY_S: i64 = 24 * 60 * 60;
/// How far validity starts in the past, for a provider whose clock is behind.
const BACKDATED_S: i64 = 5 * 60;
/// Rounds of key derivation; keytool writes as many.
const ITERATIONS: u32 = 10_000;
/// Longest validity; dates beyond 9999 cannot be written.
const DAYS_MAX: u32 = 365 * 100;
/// Longest part of a subject (X.520 `ub-common-name`).
const NAME_CHARS_MAX: usize = 64;

/// What a new certificate says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewCertificate {
    /// Parts of the subject in their order, as `("O", "Contoso")` and `("CN", "camunda-client")`.
    pub subject: Vec<(String, String)>,
    /// For how long it is valid, from now.
    pub days: u32,
    /// Size of its key.
    pub key_size: KeySize,
}

impl NewCertificate {
    /// An RSA-2048 key with a certificate of a year, as in the guide's openssl command.
    #[must_use]
    pub fn named(common_name: impl Into<String>) -> Self {
        Self {
            subject: vec![("CN".to_owned(), common_name.into())],
            days: 365,
            key_size: KeySize::Rsa2048,
        }
    }

    /// Reads a subject as openssl's `-subj` takes it: `/C=DE/O=Contoso/CN=camunda-client`; a
    /// text without `/` is the common name alone.
    ///
    /// # Errors
    /// A text for the user: a part without a name, or of a kind that is not supported.
    pub fn subject_from(text: &str) -> Result<Vec<(String, String)>, String> {
        let Some(parts) = text.strip_prefix('/') else {
            return checked("CN", text).map(|part| vec![part]);
        };
        let subject = parts
            .split('/')
            .map(|part| match part.split_once('=') {
                Some((kind, value)) => checked(kind.trim(), value),
                None => Err(format!("{part:?} of the subject is not NAME=VALUE")),
            })
            .collect::<Result<Vec<_>, _>>()?;
        if subject.iter().any(|(kind, _)| kind == "CN") {
            Ok(subject)
        } else {
            Err("the subject has no common name: add /CN=NAME".to_owned())
        }
    }
}

fn checked(kind: &str, value: &str) -> Result<(String, String), String> {
    let kind = kind.to_ascii_uppercase();
    if dn_type(&kind).is_none() {
        return Err(format!("{kind:?} of the subject is not one of C, ST, L, O, OU, CN"));
    }
    let n_chars = value.chars().count();
    if value.trim().is_empty() || n_chars > NAME_CHARS_MAX || value.chars().any(char::is_control) {
        return Err(format!(
            "{kind} of the subject must have 1 to {NAME_CHARS_MAX} printable characters"
        ));
    }
    if kind == "C" && n_chars != 2 {
        return Err(format!("{value:?} is no country: give its two letters, as DE"));
    }
    Ok((kind, value.to_owned()))
}

fn dn_type(kind: &str) -> Option<DnType> {
    Some(match kind {
        "C" => DnType::CountryName,
        "ST" => DnType::StateOrProvinceName,
        "L" => DnType::LocalityName,
        "O" => DnType::OrganizationName,
        "OU" => DnType::OrganizationalUnitName,
        "CN" => DnType::CommonName,
        _ => return None,
    })
}

impl ClientCertificate {
    /// A new key with a self-signed certificate, valid from `now_s`.
    ///
    /// # Errors
    /// [`KeyError::Certificate`]: the subject or the time is out of range; [`KeyError::Crypto`].
    pub fn generate(new: &NewCertificate, now_s: i64) -> Result<Self, KeyError> {
        let key = SigningKey::generate_of(new.key_size)?;
        let params = params(new, now_s)?;
        let der = PrivatePkcs8KeyDer::from(key.to_der()?);
        let refused = |error: rcgen::Error| KeyError::Certificate(error.to_string());
        let pair = KeyPair::from_pkcs8_der_and_sign_algo(&der, &rcgen::PKCS_RSA_SHA256)
            .map_err(refused)?;
        let signed = params.self_signed(&pair).map_err(refused)?;
        let certificate = Certificate::from_der(signed.der())?;
        Ok(Self { key, chain: vec![certificate], alias: None })
    }

    /// Key and certificates as a PKCS#12 file with an integrity check: AES-256 and HMAC-SHA-256,
    /// which openssl 1.1.1 and 3, Java 8u301 and later, Node and Python read.
    ///
    /// # Errors
    /// [`KeyError::Crypto`]: the alias or password cannot be written.
    pub fn to_pkcs12(&self, alias: &str, password: &Secret) -> Result<Vec<u8>, KeyError> {
        let key = self.key.to_der()?;
        let write = || -> Result<Vec<u8>, p12_keystore::error::Error> {
            let certificates = self
                .chain
                .iter()
                .map(|certificate| p12_keystore::Certificate::from_der(certificate.der()))
                .collect::<Result<Vec<_>, _>>()?;
            let id = self.certificate().sha1();
            let chain =
                PrivateKeyChain::new(id.as_slice(), PrivateKey::from_der(&key)?, certificates);
            let mut store = KeyStore::new();
            store.add_entry(alias, KeyStoreEntry::PrivateKeyChain(chain));
            store
                .writer(password.expose())
                .encryption_algorithm(EncryptionAlgorithm::PbeWithHmacSha256AndAes256)
                .encryption_iterations(ITERATIONS)
                .mac_algorithm(MacAlgorithm::HmacSha256)
                .mac_iterations(ITERATIONS)
                .write()
        };
        write().map_err(|_| KeyError::Crypto("writing the keystore"))
    }
}

fn params(new: &NewCertificate, now_s: i64) -> Result<CertificateParams, KeyError> {
    let wrong = |what: &str| KeyError::Certificate(what.to_owned());
    if !(1..=DAYS_MAX).contains(&new.days) {
        return Err(KeyError::Certificate(format!(
            "a validity of other than 1 to {DAYS_MAX} days"
        )));
    }
    let mut params = CertificateParams::default();
    let mut name = DistinguishedName::new();
    for (kind, value) in &new.subject {
        name.push(dn_type(kind).ok_or_else(|| wrong("an unknown part of a subject"))?, value);
    }
    params.distinguished_name = name;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let at = |seconds| {
        OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| wrong("a time out of range"))
    };
    params.not_before = at(now_s - BACKDATED_S)?;
    params.not_after = at(now_s + i64::from(new.days) * DAY_S)?;
    Ok(params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_written_as_for_openssl() {
        let pair = |kind: &str, value: &str| (kind.to_owned(), value.to_owned());
        assert_eq!(NewCertificate::subject_from("orders").unwrap(), [pair("CN", "orders")]);
        assert_eq!(
            NewCertificate::subject_from("/C=DE/o=Contoso/CN=orders").unwrap(),
            [pair("C", "DE"), pair("O", "Contoso"), pair("CN", "orders")]
        );
        for (wrong, told) in [
            ("/O=Contoso", "no common name"),
            ("/CN", "not NAME=VALUE"),
            ("/CN=a/X=b", "not one of"),
            ("", "1 to 64"),
            ("/C=Germany/CN=a", "two letters"),
        ] {
            let error = NewCertificate::subject_from(wrong).unwrap_err();
            assert!(error.contains(told), "{wrong}: {error}");
        }
    }
}

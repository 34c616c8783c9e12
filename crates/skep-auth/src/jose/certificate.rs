use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

use aws_lc_rs::digest;
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use x509_parser::{certificate::X509Certificate, extensions::GeneralName, prelude::FromDer as _};

use super::{KeyError, VerifyingKey, base64url, pem};

/// An X.509 certificate, with what OAuth needs of it: thumbprints, validity, public key.
#[derive(Clone, Eq, PartialEq)]
pub struct Certificate {
    der: Vec<u8>,
    subject: String,
    issuer: String,
    not_before_s: i64,
    not_after_s: i64,
}

impl Certificate {
    /// Parses DER.
    ///
    /// # Errors
    /// [`KeyError::Certificate`]: not one X.509 certificate.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let certificate = parse(der)?;
        Ok(Self {
            der: der.to_vec(),
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            not_before_s: certificate.validity().not_before.timestamp(),
            not_after_s: certificate.validity().not_after.timestamp(),
        })
    }

    /// Parses every certificate of a PEM text, in its order; other blocks are skipped.
    ///
    /// # Errors
    /// [`KeyError::Certificate`]: broken PEM, no certificate in it, or a broken certificate.
    pub fn chain_from_pem(text: &[u8]) -> Result<Vec<Self>, KeyError> {
        let mut chain = Vec::new();
        for block in CertificateDer::pem_slice_iter(text) {
            let der = block.map_err(|error| KeyError::Certificate(error.to_string()))?;
            chain.push(Self::from_der(&der)?);
        }
        if chain.is_empty() {
            return Err(KeyError::Certificate("no CERTIFICATE block in the PEM".to_owned()));
        }
        Ok(chain)
    }

    /// The DER bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// As a PEM block.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::encode("CERTIFICATE", &self.der)
    }

    /// The subject, for example `CN=camunda-client`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The issuer, for example `CN=Contoso Issuing CA`; the subject itself when self-signed.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// True when the name of its issuer is the subject of `other`.
    #[must_use]
    pub fn is_issued_by(&self, other: &Self) -> bool {
        self.issuer == other.subject
    }

    /// Start of its validity, in seconds since the Unix epoch.
    #[must_use]
    pub fn not_before_s(&self) -> i64 {
        self.not_before_s
    }

    /// End of its validity, in seconds since the Unix epoch.
    #[must_use]
    pub fn not_after_s(&self) -> i64 {
        self.not_after_s
    }

    /// SHA-1 over the DER: what Entra's portal calls the thumbprint.
    #[must_use]
    pub fn sha1(&self) -> [u8; 20] {
        let mut thumbprint = [0; 20];
        let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &self.der);
        thumbprint.copy_from_slice(digest.as_ref());
        thumbprint
    }

    /// SHA-256 over the DER.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        let mut thumbprint = [0; 32];
        thumbprint.copy_from_slice(digest::digest(&digest::SHA256, &self.der).as_ref());
        thumbprint
    }

    /// The `x5t` header: SHA-1 as base64url.
    #[must_use]
    pub fn x5t(&self) -> String {
        base64url::encode(self.sha1())
    }

    /// The `x5t#S256` header: SHA-256 as base64url.
    #[must_use]
    pub fn x5t_s256(&self) -> String {
        base64url::encode(self.sha256())
    }

    /// The host names and addresses that it is for, when it is a server's.
    #[must_use]
    pub fn host_names(&self) -> Vec<String> {
        let names = parse(&self.der).ok().and_then(|certificate| {
            let found = certificate.subject_alternative_name().ok()??;
            Some(found.value.general_names.iter().filter_map(host_name).collect())
        });
        names.unwrap_or_default()
    }

    /// Its public key.
    ///
    /// # Errors
    /// [`KeyError::Unsupported`]: neither RSA nor a NIST curve.
    pub fn verifying_key(&self) -> Result<VerifyingKey, KeyError> {
        VerifyingKey::from_certificate(&parse(&self.der)?)
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "other names are no hosts")]
fn host_name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress([a, b, c, d]) => Some(Ipv4Addr::new(*a, *b, *c, *d).to_string()),
        GeneralName::IPAddress(bytes) => {
            Some(Ipv6Addr::from(<[u8; 16]>::try_from(*bytes).ok()?).to_string())
        }
        _ => None,
    }
}

fn parse(der: &[u8]) -> Result<X509Certificate<'_>, KeyError> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        Ok(_) => Err(KeyError::Certificate("data after the certificate".to_owned())),
        Err(error) => Err(KeyError::Certificate(error.to_string())),
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject)
            .field("not_after_s", &self.not_after_s)
            .finish_non_exhaustive()
    }
}

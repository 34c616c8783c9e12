//! Certificates that an application's client assertions are checked with.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use skep_auth::jose::{Algorithm, Certificate, VerifyingKey, decode_base64url};
use uuid::Uuid;

use crate::error::{BoxError, Error};

/// Largest certificate, with its chain and PEM framing.
const BYTES_MAX: usize = 64 * 1024;

/// A registered certificate.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CertificateInfo {
    /// Names the certificate in the registry.
    pub key_id: Uuid,
    /// Name for people: the certificate's subject.
    pub display_name: String,
    /// SHA-1 of the DER form, base64url: `x5t`.
    pub x5t: String,
    /// SHA-256 of the DER form, base64url: `x5t#S256`.
    #[serde(rename = "x5t#S256")]
    pub x5t_s256: String,
    /// Start of its validity.
    pub not_before: Timestamp,
    /// End of its validity.
    pub not_after: Timestamp,
    /// The DER form, base64.
    der: String,
}

impl CertificateInfo {
    /// Reads `bytes`: DER, or PEM whose first certificate counts.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > BYTES_MAX {
            return Err(refused(&format!("it is larger than {BYTES_MAX} bytes")));
        }
        let parsed = if bytes.trim_ascii_start().starts_with(b"-----BEGIN") {
            Certificate::chain_from_pem(bytes).map(|mut chain| chain.swap_remove(0))
        } else {
            Certificate::from_der(bytes)
        };
        let certificate = parsed.map_err(|error| refused(&error.to_string()))?;
        let key = certificate.verifying_key().map_err(|error| refused(&error.to_string()))?;
        if !key.supports(Algorithm::Rs256) {
            return Err(refused("client assertions need an RSA key"));
        }
        let time = |seconds: i64| {
            Timestamp::from_second(seconds)
                .map_err(|error| refused(&format!("its validity cannot be read ({error})")))
        };
        Ok(Self {
            key_id: Uuid::new_v4(),
            display_name: certificate.subject().to_owned(),
            x5t: certificate.x5t(),
            x5t_s256: certificate.x5t_s256(),
            not_before: time(certificate.not_before_s())?,
            not_after: time(certificate.not_after_s())?,
            der: STANDARD.encode(certificate.der()),
        })
    }

    /// The key that its assertions are signed with.
    pub(super) fn verifying_key(&self) -> Result<VerifyingKey, BoxError> {
        Ok(VerifyingKey::from_certificate_der(&STANDARD.decode(&self.der)?)?)
    }

    /// Whether `kid` names this certificate: a thumbprint in hex or base64url, or the key id.
    pub(crate) fn has_key_id(&self, kid: &str) -> bool {
        let unpadded = kid.trim_end_matches('=');
        unpadded == self.x5t
            || unpadded == self.x5t_s256
            || is_hex_of(kid, &self.x5t)
            || is_hex_of(kid, &self.x5t_s256)
            || Uuid::parse_str(kid).is_ok_and(|id| id == self.key_id)
    }
}

fn is_hex_of(text: &str, thumbprint: &str) -> bool {
    let Some(bytes) = decode_base64url(thumbprint) else { return false };
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    hex.eq_ignore_ascii_case(text)
}

fn refused(why: &str) -> Error {
    Error::Invalid(format!("the certificate cannot be registered: {why}"))
}

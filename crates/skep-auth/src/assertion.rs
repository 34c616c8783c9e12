//! Client assertions: a signed JWT instead of a secret (RFC 7523).

use serde_json::json;
use uuid::Uuid;

use crate::{
    ClientCertificate,
    jose::{Algorithm, Header, KeyError, encode_base64url},
};

/// How far `nbf` lies in the past: clocks of provider and client differ.
const NOT_BEFORE_SLACK_S: i64 = 60;
/// How long an assertion is valid; Entra recommends five to ten minutes.
const LIFETIME_S: i64 = 300;

/// What a client assertion looks like.
///
/// The default is what Entra documents and what the Java client sends: RS256 with the SHA-1
/// thumbprint, and the SHA-256 one beside it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AssertionOptions {
    /// `RS256` or `PS256`.
    pub algorithm: Algorithm,
    /// Send `x5t`, the SHA-1 thumbprint.
    pub x5t: bool,
    /// Send `x5t#S256`, the SHA-256 thumbprint.
    pub x5t_s256: bool,
    /// Send the certificates (`x5c`), for trust by subject name and issuer.
    pub x5c: bool,
    /// Send `kid`, the SHA-256 of the public key, by which Keycloak finds it.
    pub kid: bool,
    /// `aud`; `None` is the token URL.
    pub audience: Option<String>,
}

impl Default for AssertionOptions {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::Rs256,
            x5t: true,
            x5t_s256: true,
            x5c: false,
            kid: false,
            audience: None,
        }
    }
}

impl AssertionOptions {
    /// PS256 with the SHA-256 thumbprint alone, as MSAL sends.
    #[must_use]
    pub fn ps256() -> Self {
        Self { algorithm: Algorithm::Ps256, x5t: false, ..Self::default() }
    }
}

impl ClientCertificate {
    /// A client assertion for the token endpoint `token_url`, signed at `now_s`.
    ///
    /// # Errors
    /// [`KeyError`]: the algorithm is not one of RSA.
    pub fn assertion(
        &self,
        options: &AssertionOptions,
        client_id: &str,
        token_url: &str,
        now_s: i64,
    ) -> Result<String, KeyError> {
        let certificate = self.certificate();
        let header = Header {
            x5t: options.x5t.then(|| certificate.x5t()),
            x5t_s256: options.x5t_s256.then(|| certificate.x5t_s256()),
            kid: options.kid.then(|| self.key_id()).transpose()?,
            x5c: if options.x5c { self.x5c() } else { Vec::new() },
            ..Header::jwt()
        };
        let claims = json!({
            "iss": client_id,
            "sub": client_id,
            "aud": options.audience.as_deref().unwrap_or(token_url),
            "jti": Uuid::new_v4().to_string(),
            "iat": now_s,
            "nbf": now_s - NOT_BEFORE_SLACK_S,
            "exp": now_s + LIFETIME_S,
        });
        self.key().sign(options.algorithm, &header, &claims)
    }

    /// The SHA-256 of the public key, as the 8.8 server names its login key by default.
    ///
    /// Source: camunda/camunda: authentication/src/main/java/io/camunda/authentication/config/AssertionJwkProvider.java
    fn key_id(&self) -> Result<String, KeyError> {
        let der = self.key().public_key_der()?;
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &der);
        Ok(encode_base64url(digest.as_ref()))
    }

    fn x5c(&self) -> Vec<String> {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        self.chain().iter().map(|certificate| STANDARD.encode(certificate.der())).collect()
    }
}

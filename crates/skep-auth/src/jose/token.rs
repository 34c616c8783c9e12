use serde_json::{Map, Value};

use super::{Algorithm, Claims, VerifyingKey, base64url, strict_json};

/// Largest token that is read at all; Entra's are 1 to 6 KB.
pub const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// The header of a token, without `alg`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Header {
    /// `typ`, for example `JWT` or `at+jwt`.
    pub typ: Option<String>,
    /// `x5t`: SHA-1 thumbprint of the signer's certificate, as it was written.
    pub x5t: Option<String>,
    /// `x5t#S256`: SHA-256 thumbprint of the signer's certificate, as it was written.
    pub x5t_s256: Option<String>,
    /// `kid`.
    pub kid: Option<String>,
    /// `x5c`: certificates as base64 of the DER, the signer's own first; MSAL for Python
    /// leaves line breaks in them.
    pub x5c: Vec<String>,
}

impl Header {
    /// `{"typ":"JWT"}` and nothing else.
    #[must_use]
    pub fn jwt() -> Self {
        Self { typ: Some("JWT".to_owned()), ..Self::default() }
    }

    pub(super) fn to_json(&self, algorithm: Algorithm) -> serde_json::Result<Vec<u8>> {
        let mut map = Map::new();
        let mut put = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                map.insert(name.to_owned(), Value::from(value));
            }
        };
        put("typ", self.typ.as_deref());
        put("alg", Some(algorithm.as_str()));
        put("x5t", self.x5t.as_deref());
        put("x5t#S256", self.x5t_s256.as_deref());
        put("kid", self.kid.as_deref());
        if !self.x5c.is_empty() {
            map.insert("x5c".to_owned(), Value::from(self.x5c.clone()));
        }
        serde_json::to_vec(&map)
    }

    fn from_json(map: &Map<String, Value>) -> Result<Self, JwsError> {
        let text = |name: &'static str| match map.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                Err(JwsError::Malformed(format!("header {name:?} is no text")))
            }
        };
        let x5c = match map.get("x5c") {
            None | Some(Value::Null) => Vec::new(),
            Some(value) => value
                .as_array()
                .and_then(|list| list.iter().map(|v| v.as_str().map(str::to_owned)).collect())
                .ok_or_else(|| JwsError::Malformed("header \"x5c\" is no list of texts".into()))?,
        };
        Ok(Self {
            typ: text("typ")?,
            x5t: text("x5t")?,
            x5t_s256: text("x5t#S256")?,
            kid: text("kid")?,
            x5c,
        })
    }
}

/// Why a text is not a token that could be verified.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum JwsError {
    /// Longer than [`TOKEN_BYTES_MAX`].
    #[error("token has {bytes} bytes, more than {TOKEN_BYTES_MAX}")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// Not three parts of base64url with JSON objects in the first two.
    #[error("token is no JWT: {0}")]
    Malformed(String),
    /// `alg` is absent, `none`, symmetric or unknown.
    #[error("algorithm {0:?} is not accepted")]
    Algorithm(String),
    /// The header has `crit`: extensions that must be understood, and none is.
    #[error("critical header extensions are not supported")]
    Critical,
    /// The signature is not the key's.
    #[error("signature does not match the key")]
    Signature,
}

/// A parsed compact token, not yet verified.
#[derive(Clone, Debug)]
pub struct Jws<'a> {
    /// Its algorithm.
    pub algorithm: Algorithm,
    /// Its header.
    pub header: Header,
    /// Its claims: trust them after [`Jws::verify`] only.
    pub claims: Claims,
    signing_input: &'a str,
    signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// Parses a compact token strictly: three parts, no duplicate names, no `crit`, and an
    /// algorithm of [`Algorithm::ALL`].
    ///
    /// # Errors
    /// [`JwsError`]; its text never quotes the token.
    pub fn parse(token: &'a str) -> Result<Self, JwsError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(JwsError::TooLarge { bytes: token.len() });
        }
        let malformed = |text: &str| JwsError::Malformed(text.to_owned());
        let (signing_input, signature) =
            token.rsplit_once('.').ok_or_else(|| malformed("it has no dots"))?;
        let (header, claims) = signing_input
            .split_once('.')
            .filter(|(_, claims)| !claims.contains('.'))
            .ok_or_else(|| malformed("it has not three parts"))?;

        let header = part("header", header)?;
        if header.contains_key("crit") {
            return Err(JwsError::Critical);
        }
        let name = header.get("alg").and_then(Value::as_str).unwrap_or_default();
        let algorithm = Algorithm::parse(name)
            .ok_or_else(|| JwsError::Algorithm(name.chars().take(32).collect()))?;
        let header = Header::from_json(&header)?;
        let claims = Claims::new(part("claims", claims)?);
        let signature = base64url::decode(signature)
            .filter(|signature| !signature.is_empty())
            .ok_or_else(|| malformed("its signature is empty or no base64url"))?;
        Ok(Self { algorithm, header, claims, signing_input, signature })
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`JwsError::Signature`]: made by another key, or over other bytes.
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), JwsError> {
        if key.verify(self.algorithm, self.signing_input.as_bytes(), &self.signature) {
            Ok(())
        } else {
            Err(JwsError::Signature)
        }
    }
}

fn part(name: &str, text: &str) -> Result<Map<String, Value>, JwsError> {
    let bytes = base64url::decode(text)
        .ok_or_else(|| JwsError::Malformed(format!("its {name} is no base64url")))?;
    strict_json::object(&bytes)
        .map_err(|reason| JwsError::Malformed(format!("its {name} is {reason}")))
}

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A public key as JSON (RFC 7517); members of private and symmetric keys are never read.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Jwk {
    /// `RSA` or `EC`.
    pub kty: String,
    /// `sig` or `enc`; absent means any.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub key_use: Option<String>,
    /// The name that tokens call it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// SHA-1 thumbprint of its certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x5t: Option<String>,
    /// SHA-256 thumbprint of its certificate.
    #[serde(default, rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    pub x5t_s256: Option<String>,
    /// The only algorithm it may be used with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// RSA modulus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    /// RSA exponent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
    /// Curve: `P-256`, `P-384`, `P-521`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crv: Option<String>,
    /// First coordinate of the point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// Second coordinate of the point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// Certificates, base64 (not base64url) of the DER, the key's own first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub x5c: Vec<String>,
    /// Entra only: the issuer whose tokens it signs, perhaps with `{tenantid}` in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
}

/// A set of public keys (JWKS).
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct JwkSet {
    /// The keys, in the provider's order.
    pub keys: Vec<Jwk>,
}

/// Why a document is no key set.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected a JWKS, an object with a list \"keys\" of at most {} keys", JwkSet::KEYS_MAX)]
pub struct JwkError;

impl JwkSet {
    /// Most keys that a set may have; Entra publishes five to seven.
    pub const KEYS_MAX: usize = 200;

    /// Parses a set; keys of unknown shape are skipped, as RFC 7517 §5 asks.
    ///
    /// # Errors
    /// No JSON object with a list `keys`, or too many of them.
    pub fn parse(json: &[u8]) -> Result<Self, JwkError> {
        let document: Value = serde_json::from_slice(json).map_err(|_| JwkError)?;
        let keys = document.get("keys").and_then(Value::as_array).ok_or(JwkError)?;
        if keys.len() > Self::KEYS_MAX {
            return Err(JwkError);
        }
        Ok(Self { keys: keys.iter().filter_map(|key| Jwk::deserialize(key).ok()).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skips_keys_of_unknown_shape() {
        let set =
            JwkSet::parse(br#"{"keys":[{"kty":"RSA","kid":"a"},{"kid":1},7,{"kty":"OKP"}],"x":1}"#);
        let kinds: Vec<_> = set.unwrap().keys.into_iter().map(|key| key.kty).collect();
        assert_eq!(kinds, ["RSA", "OKP"]);
    }

    #[test]
    fn refuses_what_is_no_set() {
        let many = format!(r#"{{"keys":[{}{{}}]}}"#, "{},".repeat(JwkSet::KEYS_MAX));
        for json in ["", "[]", "{}", r#"{"keys":{}}"#, "<html>", &many] {
            assert_eq!(JwkSet::parse(json.as_bytes()), Err(JwkError), "{json}");
        }
    }
}

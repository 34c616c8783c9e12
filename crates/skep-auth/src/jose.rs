//! JSON Object Signing: keys, compact signatures (JWS), key sets (JWKS), thumbprints.
//!
//! Strict where an attacker writes (tokens), tolerant where providers differ (padding of
//! base64url, fractional dates, unknown members of a key set). Symmetric algorithms and
//! `none` do not exist here, so no token can choose them.

mod algorithm;
mod base64url;
mod certificate;
mod claims;
mod jwk;
mod key;
mod pem;
mod strict_json;
mod token;

pub use algorithm::Algorithm;
pub use base64url::{decode as decode_base64url, encode as encode_base64url};
pub use certificate::Certificate;
pub use claims::{ClaimError, Claims};
pub use jwk::{Jwk, JwkError, JwkSet};
pub use key::{KeyError, KeySize, SigningKey, VerifyingKey};
pub use pem::encode as encode_pem;
pub use token::{Header, Jws, JwsError, TOKEN_BYTES_MAX};

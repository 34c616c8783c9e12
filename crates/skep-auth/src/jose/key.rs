use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use aws_lc_rs::{
    encoding::{AsDer as _, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::{self, KeyPair},
    signature::{
        self, KeyPair as _, ParsedPublicKey, RsaEncoding, RsaParameters, RsaPublicKeyComponents,
        VerificationAlgorithm,
    },
};
use rustls::pki_types::{PrivateKeyDer, pem::PemObject as _};
use serde::Serialize;
use x509_parser::{certificate::X509Certificate, public_key::PublicKey};

use super::{Algorithm, Header, Jwk, base64url, pem};
use crate::Secret;

/// Why a key cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No private key, or one of the wrong kind; `0` says which was expected.
    #[error("expected an RSA private key of 2048 to 8192 bits as PKCS#8 or PKCS#1, but {0}")]
    PrivateKey(String),
    /// Not an X.509 certificate.
    #[error("expected an X.509 certificate, but found {0}")]
    Certificate(String),
    /// A public key with missing or broken members.
    #[error("public key is broken: {0}")]
    PublicKey(String),
    /// A key of a kind that no accepted algorithm uses.
    #[error("public key is {0}, expected RSA or EC on P-256, P-384 or P-521")]
    Unsupported(String),
    /// RSA keys sign with RS and PS algorithms only.
    #[error("an RSA key cannot sign with {0}")]
    Algorithm(Algorithm),
    /// Header or claims are no JSON objects.
    #[error("header or claims cannot be written as JSON: {0}")]
    Json(String),
    /// The cryptographic library refused; the key or the machine is out of order.
    #[error("{0} failed")]
    Crypto(&'static str),
}

/// Sizes of new RSA keys.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum KeySize {
    /// 2048 bits, the smallest that Entra takes.
    #[default]
    Rsa2048,
    /// 3072 bits.
    Rsa3072,
    /// 4096 bits.
    Rsa4096,
}

/// An RSA private key, parsed once; cheap to clone.
#[derive(Clone)]
pub struct SigningKey {
    pair: Arc<KeyPair>,
}

impl SigningKey {
    /// A new RSA-2048 key.
    ///
    /// # Errors
    /// [`KeyError::Crypto`]
    pub fn generate() -> Result<Self, KeyError> {
        Self::generate_of(KeySize::Rsa2048)
    }

    /// A new RSA key of `size`.
    ///
    /// # Errors
    /// [`KeyError::Crypto`]
    pub fn generate_of(size: KeySize) -> Result<Self, KeyError> {
        let size = match size {
            KeySize::Rsa2048 => rsa::KeySize::Rsa2048,
            KeySize::Rsa3072 => rsa::KeySize::Rsa3072,
            KeySize::Rsa4096 => rsa::KeySize::Rsa4096,
        };
        let pair = KeyPair::generate(size).map_err(|_| KeyError::Crypto("key generation"))?;
        Ok(Self { pair: Arc::new(pair) })
    }

    /// Reads an unencrypted PKCS#8 key, or an RSA key as PKCS#1.
    ///
    /// # Errors
    /// [`KeyError::PrivateKey`]: not RSA, too small, or broken.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let pair = KeyPair::from_pkcs8(der)
            .or_else(|_| KeyPair::from_der(der))
            .map_err(|_| KeyError::PrivateKey(kind_of_key(der).to_owned()))?;
        if pair.public_modulus_len() < 256 {
            let bits = pair.public_modulus_len() * 8;
            return Err(KeyError::PrivateKey(format!("found one of {bits} bits")));
        }
        Ok(Self { pair: Arc::new(pair) })
    }

    /// Reads the first private key of a PEM text.
    ///
    /// # Errors
    /// [`KeyError::PrivateKey`]: none there, encrypted, not RSA, or broken.
    pub fn from_pem(text: &[u8]) -> Result<Self, KeyError> {
        match PrivateKeyDer::from_pem_slice(text) {
            Ok(PrivateKeyDer::Sec1(_)) => {
                Err(KeyError::PrivateKey("found an elliptic-curve key".to_owned()))
            }
            Ok(key) => Self::from_der(key.secret_der()),
            Err(_) if contains(text, b"BEGIN ENCRYPTED PRIVATE KEY") => {
                Err(KeyError::PrivateKey("found an encrypted key".to_owned()))
            }
            Err(error) => Err(KeyError::PrivateKey(format!("the PEM has {error}"))),
        }
    }

    /// The key as a PKCS#8 PEM block, for a file that only its owner may read.
    ///
    /// # Errors
    /// [`KeyError::Crypto`]
    pub fn to_pem(&self) -> Result<Secret, KeyError> {
        Ok(Secret::new(pem::encode("PRIVATE KEY", &self.to_der()?)))
    }

    /// The key as PKCS#8 DER: keep it secret.
    ///
    /// # Errors
    /// [`KeyError::Crypto`]
    pub fn to_der(&self) -> Result<Vec<u8>, KeyError> {
        let der = self.pair.as_der().map_err(|_| KeyError::Crypto("writing the key"))?;
        Ok(der.as_ref().to_vec())
    }

    /// The public half with `kty`, `use`, `n` and `e`; the caller names it.
    #[must_use]
    pub fn jwk(&self) -> Jwk {
        let public = self.pair.public_key();
        Jwk {
            kty: "RSA".to_owned(),
            key_use: Some("sig".to_owned()),
            n: Some(base64url::encode(public.modulus().big_endian_without_leading_zero())),
            e: Some(base64url::encode(public.exponent().big_endian_without_leading_zero())),
            ..Jwk::default()
        }
    }

    /// The public half, to verify with.
    ///
    /// # Errors
    /// [`KeyError::PublicKey`]
    pub fn verifying_key(&self) -> Result<VerifyingKey, KeyError> {
        let public = self.pair.public_key();
        VerifyingKey::from_rsa(
            public.modulus().big_endian_without_leading_zero(),
            public.exponent().big_endian_without_leading_zero(),
        )
    }

    /// True when `public` is the public half of this key.
    #[must_use]
    pub fn is_private_key_of(&self, public: &VerifyingKey) -> bool {
        let own = self.pair.public_key();
        match &*public.material {
            Material::Rsa { n, e, .. } => {
                own.modulus().big_endian_without_leading_zero() == n.as_slice()
                    && own.exponent().big_endian_without_leading_zero() == e.as_slice()
            }
            Material::Ec { .. } => false,
        }
    }

    /// The public half as DER `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// [`KeyError::Crypto`]
    pub fn public_key_der(&self) -> Result<Vec<u8>, KeyError> {
        let der: PublicKeyX509Der<'_> =
            self.pair.public_key().as_der().map_err(|_| KeyError::Crypto("writing the key"))?;
        Ok(der.as_ref().to_vec())
    }

    /// Signs `claims` into a compact JWS; `alg` of the header is the algorithm given.
    ///
    /// # Errors
    /// [`KeyError::Algorithm`], [`KeyError::Json`], [`KeyError::Crypto`]
    pub fn sign(
        &self,
        algorithm: Algorithm,
        header: &Header,
        claims: &impl Serialize,
    ) -> Result<String, KeyError> {
        let json = |error: serde_json::Error| KeyError::Json(error.to_string());
        let header = header.to_json(algorithm).map_err(json)?;
        let claims = serde_json::to_vec(claims).map_err(json)?;
        let mut token = base64url::encode(header);
        token.push('.');
        token.push_str(&base64url::encode(claims));
        let signature = self.sign_bytes(algorithm, token.as_bytes())?;
        token.push('.');
        token.push_str(&base64url::encode(signature));
        Ok(token)
    }

    /// Signs any bytes.
    ///
    /// # Errors
    /// [`KeyError::Algorithm`], [`KeyError::Crypto`]
    pub fn sign_bytes(&self, algorithm: Algorithm, bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
        let encoding: &'static dyn RsaEncoding = match algorithm {
            Algorithm::Rs256 => &signature::RSA_PKCS1_SHA256,
            Algorithm::Rs384 => &signature::RSA_PKCS1_SHA384,
            Algorithm::Rs512 => &signature::RSA_PKCS1_SHA512,
            Algorithm::Ps256 => &signature::RSA_PSS_SHA256,
            Algorithm::Ps384 => &signature::RSA_PSS_SHA384,
            Algorithm::Ps512 => &signature::RSA_PSS_SHA512,
            Algorithm::Es256 | Algorithm::Es384 | Algorithm::Es512 => {
                return Err(KeyError::Algorithm(algorithm));
            }
        };
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(encoding, &SystemRandom::new(), bytes, &mut signature)
            .map_err(|_| KeyError::Crypto("signing"))?;
        Ok(signature)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(RSA-{})", self.pair.public_modulus_len() * 8)
    }
}

/// What a key that is no RSA key is instead.
fn kind_of_key(der: &[u8]) -> &'static str {
    /// id-ecPublicKey 1.2.840.10045.2.1, which stands at the beginning of a PKCS#8 key.
    const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    if contains(&der[..der.len().min(32)], EC) {
        "found an elliptic-curve key"
    } else {
        "found a key of another kind, or a broken one"
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// A public key; parsed for an algorithm when it is first used with it. Cheap to clone.
#[derive(Clone)]
pub struct VerifyingKey {
    material: Arc<Material>,
}

enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8>, parsed: Box<[OnceLock<Option<ParsedPublicKey>>; 6]> },
    Ec { algorithm: Algorithm, parsed: ParsedPublicKey },
}

impl VerifyingKey {
    /// The key of a JWK.
    ///
    /// # Errors
    /// [`KeyError::PublicKey`], [`KeyError::Unsupported`]
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        let member = |name: &str, value: Option<&String>| {
            value
                .and_then(|text| base64url::decode(text))
                .filter(|bytes| !bytes.is_empty())
                .ok_or_else(|| KeyError::PublicKey(format!("{name:?} is missing or no base64url")))
        };
        match jwk.kty.as_str() {
            "RSA" => Self::from_rsa(&member("n", jwk.n.as_ref())?, &member("e", jwk.e.as_ref())?),
            "EC" => {
                let curve = jwk.crv.as_deref().unwrap_or_default();
                let (algorithm, width): (_, usize) = match curve {
                    "P-256" => (Algorithm::Es256, 32),
                    "P-384" => (Algorithm::Es384, 48),
                    "P-521" => (Algorithm::Es512, 66),
                    other => return Err(KeyError::Unsupported(format!("EC on {other:?}"))),
                };
                // Uncompressed point: 0x04, then both coordinates at full width.
                let mut point = vec![4];
                for (name, value) in [("x", jwk.x.as_ref()), ("y", jwk.y.as_ref())] {
                    let coordinate = member(name, value)?;
                    let missing = width.checked_sub(coordinate.len()).ok_or_else(|| {
                        KeyError::PublicKey(format!("{name:?} is too long for {curve}"))
                    })?;
                    point.resize(point.len() + missing, 0);
                    point.extend_from_slice(&coordinate);
                }
                Self::from_ec(algorithm, &point)
            }
            other => Err(KeyError::Unsupported(format!("{other:?}"))),
        }
    }

    /// An RSA key from modulus and exponent, big-endian.
    ///
    /// # Errors
    /// [`KeyError::PublicKey`]: no RSA key, or its size is outside 2048 to 8192 bits.
    pub fn from_rsa(n: &[u8], e: &[u8]) -> Result<Self, KeyError> {
        let n = without_leading_zeros(n);
        let e = without_leading_zeros(e);
        if !(256..=1024).contains(&n.len()) {
            return Err(KeyError::PublicKey(format!(
                "RSA modulus of {} bits, expected 2048 to 8192",
                n.len() * 8
            )));
        }
        // An even exponent, or 1, makes no signature scheme at all.
        if e.len() > 4 || e.last().is_none_or(|last| last % 2 == 0) || e == [1] {
            return Err(KeyError::PublicKey("RSA exponent out of range".to_owned()));
        }
        Ok(Self {
            material: Arc::new(Material::Rsa {
                n: n.to_vec(),
                e: e.to_vec(),
                parsed: Default::default(),
            }),
        })
    }

    /// The public key of a DER certificate.
    ///
    /// # Errors
    /// [`KeyError::Certificate`], [`KeyError::PublicKey`], [`KeyError::Unsupported`]
    pub fn from_certificate_der(der: &[u8]) -> Result<Self, KeyError> {
        super::Certificate::from_der(der)?.verifying_key()
    }

    pub(super) fn from_certificate(certificate: &X509Certificate<'_>) -> Result<Self, KeyError> {
        let broken = |_| KeyError::PublicKey("the certificate's key cannot be read".to_owned());
        match certificate.public_key().parsed().map_err(broken)? {
            PublicKey::RSA(rsa) => Self::from_rsa(rsa.modulus, rsa.exponent),
            PublicKey::EC(point) => {
                let algorithm = match point.key_size() {
                    256 => Algorithm::Es256,
                    384 => Algorithm::Es384,
                    521 | 528 => Algorithm::Es512,
                    bits => return Err(KeyError::Unsupported(format!("EC of {bits} bits"))),
                };
                Self::from_ec(algorithm, point.data())
            }
            PublicKey::DSA(_)
            | PublicKey::GostR3410(_)
            | PublicKey::GostR3410_2012(_)
            | PublicKey::Unknown(_) => Err(KeyError::Unsupported("of another kind".to_owned())),
        }
    }

    fn from_ec(algorithm: Algorithm, point: &[u8]) -> Result<Self, KeyError> {
        let verification: &'static dyn VerificationAlgorithm = match algorithm {
            Algorithm::Es256 => &signature::ECDSA_P256_SHA256_FIXED,
            Algorithm::Es384 => &signature::ECDSA_P384_SHA384_FIXED,
            Algorithm::Es512 => &signature::ECDSA_P521_SHA512_FIXED,
            Algorithm::Rs256
            | Algorithm::Rs384
            | Algorithm::Rs512
            | Algorithm::Ps256
            | Algorithm::Ps384
            | Algorithm::Ps512 => return Err(KeyError::Algorithm(algorithm)),
        };
        let parsed = ParsedPublicKey::new(verification, point)
            .map_err(|_| KeyError::PublicKey("the point is not on its curve".to_owned()))?;
        Ok(Self { material: Arc::new(Material::Ec { algorithm, parsed }) })
    }

    /// What kind of key it is, for people: `RSA, 2048 bits`.
    #[must_use]
    pub fn description(&self) -> String {
        match &*self.material {
            Material::Rsa { n, .. } => format!("RSA, {} bits", n.len() * 8),
            Material::Ec { algorithm, .. } => format!("elliptic curve, for {algorithm}"),
        }
    }

    /// True when a token signed with `algorithm` can be verified with it.
    #[must_use]
    pub fn supports(&self, algorithm: Algorithm) -> bool {
        match &*self.material {
            Material::Rsa { .. } => rsa_parameters(algorithm).is_some(),
            Material::Ec { algorithm: own, .. } => *own == algorithm,
        }
    }

    /// True when `signature` over `signing_input` is this key's.
    #[must_use]
    pub fn verify(&self, algorithm: Algorithm, signing_input: &[u8], signature: &[u8]) -> bool {
        match &*self.material {
            Material::Rsa { n, e, parsed } => {
                let Some((slot, parameters)) = rsa_parameters(algorithm) else { return false };
                let key = parsed[slot].get_or_init(|| {
                    RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters).ok()
                });
                key.as_ref().is_some_and(|key| key.verify_sig(signing_input, signature).is_ok())
            }
            Material::Ec { algorithm: own, parsed } => {
                *own == algorithm && parsed.verify_sig(signing_input, signature).is_ok()
            }
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.material {
            Material::Rsa { n, .. } => write!(f, "VerifyingKey(RSA-{})", n.len() * 8),
            Material::Ec { algorithm, .. } => write!(f, "VerifyingKey({algorithm})"),
        }
    }
}

fn rsa_parameters(algorithm: Algorithm) -> Option<(usize, &'static RsaParameters)> {
    match algorithm {
        Algorithm::Rs256 => Some((0, &signature::RSA_PKCS1_2048_8192_SHA256)),
        Algorithm::Rs384 => Some((1, &signature::RSA_PKCS1_2048_8192_SHA384)),
        Algorithm::Rs512 => Some((2, &signature::RSA_PKCS1_2048_8192_SHA512)),
        Algorithm::Ps256 => Some((3, &signature::RSA_PSS_2048_8192_SHA256)),
        Algorithm::Ps384 => Some((4, &signature::RSA_PSS_2048_8192_SHA384)),
        Algorithm::Ps512 => Some((5, &signature::RSA_PSS_2048_8192_SHA512)),
        Algorithm::Es256 | Algorithm::Es384 | Algorithm::Es512 => None,
    }
}

fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    &bytes[first..]
}

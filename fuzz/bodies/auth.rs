//! What the outside sends to `skep-auth`: tokens, key sets, keystores, discovery documents.

use skep_auth::{
    ClientCertificate, Discovery, KeystoreAccess, Secret,
    jose::{JwkSet, Jws, TOKEN_BYTES_MAX, VerifyingKey},
};

/// A body and the name of its target and corpus.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
#[allow(dead_code, reason = "a fuzzer takes one of them by name")]
pub const TARGETS: [Target; 4] =
    [("jwt", jwt), ("jwks", jwks), ("pkcs12", pkcs12), ("discovery", discovery)];

/// A bearer token of anybody.
pub fn jwt(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Jws::parse(text) {
        Ok(jws) => {
            assert!(text.len() <= TOKEN_BYTES_MAX, "a token above the limit was read");
            assert!(!jws.algorithm.as_str().starts_with("HS"), "a symmetric algorithm was taken");
            // Claims of any shape are asked for without harm.
            let _ = (jws.claims.numeric_date("exp"), jws.claims.texts("aud"));
            let _ = (jws.claims.at("$.realm_access.roles"), jws.claims.text("iss"));
        }
        Err(error) => {
            let told = error.to_string();
            assert!(!told.contains('\n') && told.len() < 4_000, "an error repeats a token: {told}");
        }
    }
}

/// The keys that a provider publishes.
pub fn jwks(data: &[u8]) {
    let Ok(set) = JwkSet::parse(data) else { return };
    assert!(set.keys.len() <= JwkSet::KEYS_MAX, "more keys than the limit were read");
    for key in &set.keys {
        if let Ok(key) = VerifyingKey::from_jwk(key) {
            for algorithm in skep_auth::jose::Algorithm::ALL {
                assert!(!key.verify(algorithm, b"input", b"signature"), "anything is a signature");
            }
        }
    }
}

/// A keystore that a user names.
pub fn pkcs12(data: &[u8]) {
    for password in ["password", ""] {
        let access = KeystoreAccess {
            password: Secret::new(password),
            alias: None,
            key_password: Some(Secret::new("macpassword")),
        };
        if let Ok(found) = ClientCertificate::from_pkcs12(data, &access) {
            let public = found.certificate().verifying_key();
            let belongs = public.is_ok_and(|public| found.key().is_private_key_of(&public));
            assert!(belongs, "key and certificate of different owners were taken together");
        }
    }
}

/// What a provider says about itself.
pub fn discovery(data: &[u8]) {
    let Ok(document) = Discovery::parse(data) else { return };
    let from = "https://provider.example/.well-known/openid-configuration";
    for endpoint in [document.token_endpoint(from), document.jwks_uri(from)].into_iter().flatten() {
        assert!(endpoint.starts_with("https://"), "a credential would travel in clear");
    }
}

//! What comes from outside never makes the process stop.

use std::path::Path;

use proptest::prelude::*;
use skep_auth::{
    ClientCertificate, KeystoreAccess, Secret, bearer_token,
    jose::{
        Algorithm, Certificate, Header, Jwk, JwkSet, Jws, SigningKey, VerifyingKey,
        encode_base64url,
    },
    settings::GatewayAddress,
};

/// Something like JSON, with the names that the code looks for.
fn json_like() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "null",
            "true",
            "1",
            "-1e999",
            "\"alg\"",
            "\"RS256\"",
            "\"keys\"",
            "\"kty\"",
            "\"RSA\"",
            "\"EC\"",
            "\"n\"",
            "\"e\"",
            "\"x\"",
            "\"y\"",
            "\"crv\"",
            "\"P-256\"",
            "\"AQAB\"",
            "\"exp\"",
            "\"aud\"",
            "\"\\u0000\"",
            "\"x5c\"",
            " ",
        ]),
        0..40,
    )
    .prop_map(|parts| parts.concat())
}

fn jwk() -> impl Strategy<Value = Jwk> {
    let text = || prop::option::of(prop_oneof!["[A-Za-z0-9_-]{0,700}", any::<String>()]);
    (prop::sample::select(vec!["RSA", "EC", "oct", ""]), text(), text(), text(), text(), text())
        .prop_map(|(kty, n, e, crv, x, y)| Jwk {
            kty: kty.into(),
            n,
            e,
            crv: crv.map(|text| if text.len() % 2 == 0 { "P-256".into() } else { text }),
            x,
            y,
            ..Jwk::default()
        })
}

/// A real keystore and a real token, to be damaged.
fn keystore(name: &str) -> Vec<u8> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/keystores");
    std::fs::read(dir.join(name)).unwrap()
}

fn damage(mut bytes: Vec<u8>, changes: &[(prop::sample::Index, u8)]) -> Vec<u8> {
    for (at, byte) in changes {
        let at = at.index(bytes.len());
        bytes[at] = *byte;
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn tokens(text in prop_oneof![any::<String>(), "[A-Za-z0-9_.-]{0,400}"]) {
        let _ = Jws::parse(&text);
        let _ = bearer_token(Some(&text));
        let _ = GatewayAddress::parse(&text, true);
    }

    #[test]
    fn token_parts(header in json_like(), claims in json_like(), signature in any::<Vec<u8>>()) {
        let token = format!(
            "{}.{}.{}",
            encode_base64url(&header), encode_base64url(&claims), encode_base64url(&signature),
        );
        if let Ok(jws) = Jws::parse(&token) {
            let _ = (jws.claims.numeric_date("exp"), jws.claims.texts("aud"));
        }
    }

    #[test]
    fn key_sets(json in json_like(), bytes in any::<Vec<u8>>(), jwk in jwk()) {
        let _ = JwkSet::parse(&bytes);
        if let Ok(set) = JwkSet::parse(json.as_bytes()) {
            for key in &set.keys {
                let _ = VerifyingKey::from_jwk(key);
            }
        }
        if let Ok(key) = VerifyingKey::from_jwk(&jwk) {
            for algorithm in Algorithm::ALL {
                prop_assert!(!key.verify(algorithm, b"input", &bytes));
            }
        }
    }

    #[test]
    fn keys_and_certificates(bytes in any::<Vec<u8>>()) {
        let _ = SigningKey::from_der(&bytes);
        let _ = SigningKey::from_pem(&bytes);
        let _ = Certificate::from_der(&bytes);
        let _ = Certificate::chain_from_pem(&bytes);
    }

    #[test]
    fn keystores_of_any_bytes(bytes in any::<Vec<u8>>()) {
        prop_assert!(ClientCertificate::from_pkcs12(&bytes, &KeystoreAccess::default()).is_err());
    }
}

proptest! {
    // Each case derives keys from passwords, which takes milliseconds.
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn damaged_keystores(
        name in prop::sample::select(vec![
            "modern.p12", "legacy.p12", "plain.p12", "plain-nomac.p12", "twopass.p12",
        ]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        length in any::<prop::sample::Index>(),
        is_cut in prop::bool::weighted(0.2),
    ) {
        let mut bytes = damage(keystore(name), &changes);
        if is_cut {
            bytes.truncate(length.index(bytes.len()));
        }
        let access = KeystoreAccess {
            password: Secret::new("password"),
            key_password: Some(Secret::new("macpassword")),
            alias: None,
        };
        let _ = ClientCertificate::from_pkcs12(&bytes, &access);
    }
}

#[test]
fn no_change_of_a_token_keeps_its_signature() {
    let key = SigningKey::generate().unwrap();
    let public = key.verifying_key().unwrap();
    let claims = serde_json::json!({"sub": "me"});
    let token = key.sign(Algorithm::Rs256, &Header::jwt(), &claims).unwrap();
    for at in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        // A neighbour in the alphabet; the last character may have bits that are not used.
        bytes[at] = if bytes[at] == b'A' { b'Q' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        if changed == token {
            continue;
        }
        let is_accepted = Jws::parse(&changed).is_ok_and(|jws| jws.verify(&public).is_ok());
        assert!(!is_accepted, "byte {at}");
    }
}

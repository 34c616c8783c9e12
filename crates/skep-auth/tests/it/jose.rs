use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
        ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair as _,
    },
};
use serde_json::json;
use skep_auth::jose::{
    Algorithm, Certificate, Header, Jwk, JwkSet, Jws, JwsError, KeyError, SigningKey, VerifyingKey,
    encode_base64url,
};

const RSA: [Algorithm; 6] = [
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
];

#[test]
fn rsa_tokens_round_trip_through_jwks_and_certificate() {
    let key = SigningKey::generate().unwrap();
    let set = serde_json::to_vec(&JwkSet { keys: vec![key.jwk()] }).unwrap();
    let from_jwks = VerifyingKey::from_jwk(&JwkSet::parse(&set).unwrap().keys[0]).unwrap();
    let pair = rcgen::KeyPair::try_from(key.to_der().unwrap().as_slice()).unwrap();
    let params = rcgen::CertificateParams::new(vec!["client".to_owned()]).unwrap();
    let certificate = Certificate::from_der(params.self_signed(&pair).unwrap().der()).unwrap();
    let from_certificate = certificate.verifying_key().unwrap();
    let other = SigningKey::generate().unwrap().verifying_key().unwrap();

    for algorithm in RSA {
        let header = Header { kid: Some("k".into()), ..Header::jwt() };
        let token = key.sign(algorithm, &header, &json!({"sub": "me", "exp": 1.5})).unwrap();
        let jws = Jws::parse(&token).unwrap();
        assert_eq!((jws.algorithm, &jws.header), (algorithm, &header));
        assert_eq!(jws.claims.text("sub"), Some("me"));
        assert_eq!(jws.claims.numeric_date("exp"), Ok(Some(1.5)));
        jws.verify(&from_jwks).unwrap();
        jws.verify(&from_certificate).unwrap();
        assert_eq!(jws.verify(&other), Err(JwsError::Signature), "{algorithm}");
    }
}

#[test]
fn a_changed_claim_breaks_the_signature() {
    let key = SigningKey::generate().unwrap();
    let token = key.sign(Algorithm::Rs256, &Header::jwt(), &json!({"sub": "me"})).unwrap();
    let parts: Vec<_> = token.split('.').collect();
    let forged = format!("{}.{}.{}", parts[0], encode_base64url(r#"{"sub":"root"}"#), parts[2]);
    let error = Jws::parse(&forged).unwrap().verify(&key.verifying_key().unwrap()).unwrap_err();
    assert_eq!(error, JwsError::Signature);
}

#[test]
fn elliptic_curve_tokens_verify() {
    let curves: [(&EcdsaSigningAlgorithm, &str, Algorithm); 3] = [
        (&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256", Algorithm::Es256),
        (&ECDSA_P384_SHA384_FIXED_SIGNING, "P-384", Algorithm::Es384),
        (&ECDSA_P521_SHA512_FIXED_SIGNING, "P-521", Algorithm::Es512),
    ];
    for (signing, crv, algorithm) in curves {
        let pair = EcdsaKeyPair::generate(signing).unwrap();
        let point = &pair.public_key().as_ref()[1..];
        let (x, y) = point.split_at(point.len() / 2);
        let jwk = Jwk {
            kty: "EC".into(),
            crv: Some(crv.into()),
            x: Some(encode_base64url(x)),
            y: Some(encode_base64url(y)),
            ..Jwk::default()
        };
        let key = VerifyingKey::from_jwk(&jwk).unwrap();
        assert!(key.supports(algorithm) && !key.supports(Algorithm::Rs256));
        let header = format!(r#"{{"alg":"{algorithm}"}}"#);
        let input = format!("{}.{}", encode_base64url(header), encode_base64url(r#"{"a":1}"#));
        let signature = pair.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        let token = format!("{input}.{}", encode_base64url(signature));
        Jws::parse(&token).unwrap().verify(&key).unwrap();

        let off_curve = Jwk { y: Some(encode_base64url(x)), ..jwk };
        assert!(matches!(VerifyingKey::from_jwk(&off_curve), Err(KeyError::PublicKey(_))));
    }
}

#[test]
fn refuses_algorithms_an_attacker_would_choose() {
    for alg in ["none", "None", "HS256", "rs256", "", "EdDSA"] {
        let header = encode_base64url(format!(r#"{{"alg":"{alg}"}}"#));
        let token = format!("{header}.{}.AAAA", encode_base64url("{}"));
        assert_eq!(Jws::parse(&token).unwrap_err(), JwsError::Algorithm(alg.into()));
    }
}

#[test]
fn refuses_critical_extensions_and_broken_shapes() {
    let claims = encode_base64url("{}");
    let critical = encode_base64url(r#"{"alg":"RS256","crit":["b64"]}"#);
    assert_eq!(Jws::parse(&format!("{critical}.{claims}.AAAA")).unwrap_err(), JwsError::Critical);

    let header = encode_base64url(r#"{"alg":"RS256"}"#);
    let doubled = encode_base64url(r#"{"aud":"a","aud":"b"}"#);
    let twice = encode_base64url(r#"{"alg":"none","alg":"RS256"}"#);
    for token in [
        String::new(),
        "opaque".into(),
        "a.b".into(),
        "..".into(),
        format!("{header}.{claims}."),
        format!("{header}.{claims}.AA.AA"),
        format!("{header}.{doubled}.AAAA"),
        format!("{twice}.{claims}.AAAA"),
        format!("{header}.{}.AAAA", encode_base64url("[]")),
        format!("{header}.{}.AAAA", encode_base64url([0xff, 0xfe])),
        format!("!{header}.{claims}.AAAA"),
        format!("{}.{claims}.AAAA", encode_base64url(r#"{"alg":"RS256","kid":7}"#)),
    ] {
        let error = Jws::parse(&token).unwrap_err();
        assert!(matches!(error, JwsError::Malformed(_)), "{token}: {error}");
    }
    let huge = "a".repeat(16 * 1024 + 1);
    assert_eq!(Jws::parse(&huge).unwrap_err(), JwsError::TooLarge { bytes: huge.len() });
}

#[test]
fn keys_are_read_as_pkcs8_pkcs1_and_pem() {
    let key = SigningKey::generate().unwrap();
    let pem = key.to_pem().unwrap();
    let again = SigningKey::from_pem(pem.expose().as_bytes()).unwrap();
    assert_eq!(again.jwk(), key.jwk());
    assert_eq!(format!("{key:?} {pem:?}"), "SigningKey(RSA-2048) ***");

    let curve = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let error = SigningKey::from_pem(curve.serialize_pem().as_bytes()).unwrap_err();
    assert!(matches!(error, KeyError::PrivateKey(_)), "{error}");
    let encrypted =
        b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----";
    let error = SigningKey::from_pem(encrypted).unwrap_err();
    assert!(error.to_string().contains("encrypted"), "{error}");
    assert!(SigningKey::from_pem(b"nothing").is_err());
}

#[test]
fn small_rsa_keys_are_refused() {
    let jwk = Jwk {
        kty: "RSA".into(),
        n: Some(encode_base64url([0xff; 128])),
        e: Some(encode_base64url([1, 0, 1])),
        ..Jwk::default()
    };
    let error = VerifyingKey::from_jwk(&jwk).unwrap_err();
    assert_eq!(
        error.to_string(),
        "public key is broken: RSA modulus of 1024 bits, expected 2048 to 8192"
    );
    let even = Jwk { n: Some(encode_base64url([0xff; 256])), e: Some("Ag".into()), ..jwk };
    assert!(VerifyingKey::from_jwk(&even).is_err());
}

use std::path::Path;

use skep_auth::{
    AssertionOptions, ClientCertificate, KeystoreAccess, KeystoreError, KeystoreProblem, Secret,
    jose::{Algorithm, Jws, encode_base64url},
};

use crate::certificates::{Encoding, Identity, pkcs12, write};

const PASSWORD: &str = "pässword";

fn access() -> KeystoreAccess {
    KeystoreAccess { password: Secret::new(PASSWORD), ..KeystoreAccess::default() }
}

fn problem(bytes: &[u8], access: &KeystoreAccess) -> KeystoreProblem {
    ClientCertificate::from_pkcs12(bytes, access).unwrap_err()
}

#[test]
fn both_encodings_open_and_the_first_key_is_taken() {
    let identity = Identity::rsa("camunda-client");
    for encoding in [Encoding::Modern, Encoding::Legacy] {
        let bytes = pkcs12(&[("camunda-client", identity.entry(1))], PASSWORD, encoding);
        let found = ClientCertificate::from_pkcs12(&bytes, &access()).unwrap();
        assert_eq!(found.alias(), Some("camunda-client"), "{encoding:?}");
        assert_eq!(found.certificate().der(), identity.certificate.der().as_ref());
        assert_eq!(found.certificate().subject(), "CN=camunda-client");
        assert_eq!(found.certificate().x5t().len(), 27);
        assert_eq!(found.certificate().x5t_s256(), encode_base64url(found.certificate().sha256()));
    }
}

/// What other tools write; how each file was made stands beside them.
fn foreign(name: &str, password: &str, key_password: Option<&str>, alias: Option<&str>) -> String {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/keystores");
    let access = KeystoreAccess {
        password: Secret::new(password),
        key_password: key_password.map(Secret::new),
        alias: alias.map(str::to_owned),
    };
    match ClientCertificate::from_pkcs12_file(&dir.join(name), &access) {
        Ok(found) => format!("{} {}", found.alias().unwrap(), found.certificate().subject()),
        Err(error) => error.code().to_owned(),
    }
}

#[test]
fn keystores_of_openssl_and_java_open() {
    for (name, password, key_password, alias, expected) in [
        ("modern.p12", "password", None, None, "camunda-client CN=camunda-client"),
        ("legacy.p12", "password", None, None, "camunda-client CN=camunda-client"),
        ("plain.p12", "password", None, None, "camunda-client CN=camunda-client"),
        ("plain-nomac.p12", "", None, None, "1 CN=camunda-client"),
        ("empty.p12", "", None, Some("1"), "1 CN=camunda-client"),
        ("keytool.p12", "password", None, None, "one CN=one"),
        ("keytool.p12", "password", None, Some("Three"), "three CN=three"),
        (
            "twopass.p12",
            "encpassword",
            Some("macpassword"),
            None,
            "camunda-client CN=camunda-client",
        ),
        ("modern.p12", "password", Some("password"), None, "camunda-client CN=camunda-client"),
    ] {
        assert_eq!(foreign(name, password, key_password, alias), expected, "{name}");
    }
}

#[test]
fn keystores_of_openssl_and_java_that_cannot_be_used_say_why() {
    for (name, password, key_password, alias, expected) in [
        ("modern.p12", "wrong", None, None, "PASSWORD"),
        ("legacy.p12", "wrong", None, None, "PASSWORD"),
        ("plain.p12", "wrong", None, None, "PASSWORD"),
        ("keytool.p12", "wrong", None, None, "PASSWORD"),
        ("nomac.p12", "password", None, None, "MAC"),
        ("twopass.p12", "encpassword", None, None, "KEY-PASSWORD"),
        ("twopass.p12", "encpassword", Some("wrong"), None, "KEY-PASSWORD"),
        ("twopass.p12", "macpassword", Some("encpassword"), None, "PASSWORD"),
        ("nokeys.p12", "password", None, None, "NO-KEY"),
        ("ec.p12", "password", None, None, "KEY-KIND"),
        ("keytool.p12", "password", None, Some("four"), "ALIAS"),
    ] {
        let found = foreign(name, password, key_password, alias);
        assert_eq!(found, format!("SKEP-AUTH-KEYSTORE-{expected}"), "{name}");
    }
}

#[test]
fn an_expired_certificate_opens_and_tells_its_end() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/keystores/expired.p12");
    let access = KeystoreAccess { password: Secret::new("password"), ..KeystoreAccess::default() };
    // Entra has the last word: a provider with another clock may take it still.
    let found = ClientCertificate::from_pkcs12_file(&path, &access).unwrap();
    assert_eq!(found.certificate().not_before_s(), 1_577_836_800);
    assert_eq!(found.certificate().not_after_s(), 1_609_459_200);
}

#[test]
fn an_alias_chooses_the_key_without_regard_to_case() {
    let (one, two) = (Identity::rsa("one"), Identity::rsa("two"));
    let entries = [("one", one.entry(1)), ("two", two.entry(2))];
    let bytes = pkcs12(&entries, PASSWORD, Encoding::Modern);
    let named = |alias: &str| KeystoreAccess { alias: Some(alias.into()), ..access() };
    let found = ClientCertificate::from_pkcs12(&bytes, &named("TWO")).unwrap();
    assert_eq!(found.certificate().subject(), "CN=two");
    assert_eq!(
        problem(&bytes, &named("three")),
        KeystoreProblem::Alias { wanted: "three".into(), found: vec!["one".into(), "two".into()] }
    );
}

#[test]
fn the_chain_follows_the_certificate_of_the_key() {
    let root_key = rcgen::KeyPair::generate().unwrap();
    let mut root = rcgen::CertificateParams::default();
    root.distinguished_name.push(rcgen::DnType::CommonName, "root");
    root.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root_certificate = root.self_signed(&root_key).unwrap();
    let issuer = rcgen::Issuer::new(root, root_key);

    let mut leaf = Identity::rsa("leaf");
    let pair = rcgen::KeyPair::try_from(leaf.key_der.as_slice()).unwrap();
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name.push(rcgen::DnType::CommonName, "leaf");
    leaf.certificate = params.signed_by(&pair, &issuer).unwrap();

    let entry = leaf.chain_with(1, &[root_certificate.der()]);
    let bytes = pkcs12(&[("leaf", entry)], PASSWORD, Encoding::Modern);
    let found = ClientCertificate::from_pkcs12(&bytes, &access()).unwrap();
    let subjects: Vec<_> = found.chain().iter().map(|c| c.subject()).collect();
    assert_eq!(subjects, ["CN=leaf", "CN=root"]);
}

#[test]
fn each_thing_that_can_be_wrong_is_told_apart() {
    let identity = Identity::rsa("client");
    let good = pkcs12(&[("client", identity.entry(1))], PASSWORD, Encoding::Modern);
    let wrong = KeystoreAccess { password: Secret::new("wrong"), ..KeystoreAccess::default() };
    assert_eq!(problem(&good, &wrong), KeystoreProblem::Password);
    let none = KeystoreAccess::default();
    assert_eq!(problem(&good, &none), KeystoreProblem::Password);

    let legacy = pkcs12(&[("client", identity.entry(1))], PASSWORD, Encoding::Legacy);
    assert_eq!(problem(&legacy, &wrong), KeystoreProblem::Password);

    let curve = Identity::elliptic("curve");
    let bytes = pkcs12(&[("curve", curve.entry(1))], PASSWORD, Encoding::Modern);
    assert!(matches!(problem(&bytes, &access()), KeystoreProblem::KeyKind(_)));

    let certificate = p12_keystore::Certificate::from_der(identity.certificate.der()).unwrap();
    let entry = p12_keystore::KeyStoreEntry::Certificate(certificate);
    let bytes = pkcs12(&[("ca", entry)], PASSWORD, Encoding::Modern);
    assert_eq!(problem(&bytes, &access()), KeystoreProblem::NoKey);
    let named = KeystoreAccess { alias: Some("ca".into()), ..access() };
    assert_eq!(problem(&bytes, &named), KeystoreProblem::NoKey);

    let mut damaged = good;
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    assert_eq!(problem(&damaged, &access()), KeystoreProblem::Password);
    damaged.truncate(middle);
    assert!(matches!(problem(&damaged, &access()), KeystoreProblem::Format(_)));

    for (bytes, text) in [
        (&b""[..], "it is empty"),
        (identity.key_pem.as_bytes(), "it is a PEM file, not PKCS#12"),
        (b"\xfe\xed\xfe\xed\x00\x00", "it is a Java keystore (JKS), not PKCS#12"),
        (b"GIF89a", "it is no PKCS#12 file, or it is damaged"),
    ] {
        assert_eq!(problem(bytes, &access()), KeystoreProblem::Format(text.into()));
    }
}

#[test]
fn a_store_without_integrity_check_is_refused() {
    let identity = Identity::rsa("client");
    let good = pkcs12(&[("client", identity.entry(1))], PASSWORD, Encoding::Modern);
    assert_eq!(problem(&without_mac(&good), &access()), KeystoreProblem::NoMac);
}

/// Cuts the third element, the MAC, out of a PFX whose lengths take two bytes.
fn without_mac(pfx: &[u8]) -> Vec<u8> {
    assert_eq!(&pfx[..2], [0x30, 0x82]);
    let version = &pfx[4..7];
    assert_eq!(&pfx[7..9], [0x30, 0x82]);
    let length = usize::from(u16::from_be_bytes([pfx[9], pfx[10]]));
    let auth_safe = &pfx[7..11 + length];
    let body_length = u16::try_from(version.len() + auth_safe.len()).unwrap().to_be_bytes();
    [&[0x30, 0x82][..], &body_length, version, auth_safe].concat()
}

#[test]
fn errors_name_the_file_and_the_fix() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing.p12");
    let error = ClientCertificate::from_pkcs12_file(&missing, &access()).unwrap_err();
    assert_eq!(error.code(), "SKEP-AUTH-KEYSTORE-READ");
    assert!(error.to_string().contains("missing.p12") && error.to_string().contains("; fix: "));

    let error = ClientCertificate::from_pkcs12_file(dir.path(), &access()).unwrap_err();
    assert!(error.to_string().contains("directory"), "{error}");

    let large = write(dir.path(), "large.p12", vec![0; 1024 * 1024 + 1]);
    let error = ClientCertificate::from_pkcs12_file(&large, &access()).unwrap_err();
    assert_eq!(error.problem, KeystoreProblem::TooLarge);
}

#[test]
fn every_problem_has_a_code_and_a_fix() {
    let problems = [
        KeystoreProblem::Read("x".into()),
        KeystoreProblem::TooLarge,
        KeystoreProblem::Format("x".into()),
        KeystoreProblem::Password,
        KeystoreProblem::NoMac,
        KeystoreProblem::Unsupported("x".into()),
        KeystoreProblem::KeyPassword,
        KeystoreProblem::NoKey,
        KeystoreProblem::Alias { wanted: "x".into(), found: vec![] },
        KeystoreProblem::KeyKind("x".into()),
        KeystoreProblem::NoCertificate,
    ];
    let mut texts = std::collections::BTreeSet::new();
    for problem in problems {
        let error = KeystoreError { path: "store.p12".into(), problem };
        assert!(error.code().starts_with("SKEP-AUTH-KEYSTORE-"));
        assert!(error.to_string().starts_with("cannot use the keystore store.p12: "));
        assert!(!error.fix().is_empty());
        assert!(texts.insert(error.to_string()), "two problems read the same: {error}");
    }
}

#[test]
fn pem_pairs_are_read_and_must_belong_together() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (Identity::rsa("one"), Identity::rsa("two"));
    let certificate = write(dir.path(), "one.pem", one.certificate.pem());
    let key = write(dir.path(), "one.key", &one.key_pem);
    let found = ClientCertificate::from_pem_files(&certificate, &key).unwrap();
    assert_eq!((found.certificate().subject(), found.alias()), ("CN=one", None));
    let both = write(dir.path(), "both.pem", one.key_pem.clone() + &one.certificate.pem());
    ClientCertificate::from_pem_files(&both, &both).unwrap();

    let other = write(dir.path(), "two.key", &two.key_pem);
    let problem = |certificate: &Path, key: &Path| {
        ClientCertificate::from_pem_files(certificate, key).unwrap_err().problem
    };
    assert_eq!(problem(&certificate, &other), KeystoreProblem::NoCertificate);
    assert_eq!(problem(&certificate, &certificate), KeystoreProblem::NoKey);
    assert!(matches!(problem(&key, &key), KeystoreProblem::Format(_)));
}

#[test]
fn an_assertion_has_what_entra_wants() {
    let identity = Identity::rsa("client");
    let bytes = pkcs12(&[("client", identity.entry(1))], PASSWORD, Encoding::Modern);
    let certificate = ClientCertificate::from_pkcs12(&bytes, &access()).unwrap();
    let key = certificate.certificate().verifying_key().unwrap();
    let url = "https://login.example/t/oauth2/v2.0/token";
    let sign = |options: &AssertionOptions| {
        certificate.assertion(options, "app", url, 1_800_000_000).unwrap()
    };

    let token = sign(&AssertionOptions::default());
    let jws = Jws::parse(&token).unwrap();
    jws.verify(&key).unwrap();
    assert_eq!(jws.algorithm, Algorithm::Rs256);
    assert_eq!(jws.header.typ.as_deref(), Some("JWT"));
    assert_eq!(jws.header.x5t, Some(certificate.certificate().x5t()));
    assert_eq!(jws.header.x5t_s256, Some(certificate.certificate().x5t_s256()));
    assert!(jws.header.kid.is_none() && jws.header.x5c.is_empty());
    for (claim, expected) in [("iss", "app"), ("sub", "app"), ("aud", url)] {
        assert_eq!(jws.claims.text(claim), Some(expected));
    }
    for (claim, expected) in [("iat", 0.0), ("nbf", -60.0), ("exp", 300.0)] {
        assert_eq!(jws.claims.numeric_date(claim), Ok(Some(1.8e9 + expected)));
    }
    let again = sign(&AssertionOptions::default());
    assert_ne!(Jws::parse(&again).unwrap().claims.text("jti"), jws.claims.text("jti"));

    let options = AssertionOptions {
        x5c: true,
        kid: true,
        audience: Some("https://issuer.example".into()),
        ..AssertionOptions::ps256()
    };
    let token = sign(&options);
    let jws = Jws::parse(&token).unwrap();
    jws.verify(&key).unwrap();
    assert_eq!((jws.algorithm, jws.header.x5t.as_ref()), (Algorithm::Ps256, None));
    assert_eq!((jws.header.x5c.len(), jws.header.kid.map(|kid| kid.len())), (1, Some(43)));
    assert_eq!(jws.claims.text("aud"), Some("https://issuer.example"));
}

#[test]
fn debug_shows_neither_key_nor_password() {
    let identity = Identity::rsa("client");
    let bytes = pkcs12(&[("client", identity.entry(1))], PASSWORD, Encoding::Modern);
    let certificate = ClientCertificate::from_pkcs12(&bytes, &access()).unwrap();
    let text = format!("{certificate:?} {:?}", access());
    assert!(!text.contains(PASSWORD) && !text.contains("key:"), "{text}");
}

//! `skep cert`: files that other tools read, thumbprints that agree with theirs.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use skep_auth::{CertificateFile, KeystoreAccess, Secret};

use crate::run::{command, has, run};

const PASSWORD: &str = "p4ss word";

/// `skep cert …` in `dir`, with the keystore's password in the variable that clients read.
fn cert(dir: &Path, args: &[&str]) -> Command {
    let mut command = command(&[&["cert"], args].concat());
    command.current_dir(dir).env("ZEEBE_CLIENT_ASSERTION_KEYSTORE_PASSWORD", PASSWORD);
    command
}

/// What a tool of another maker says, when it is on this machine.
fn tool(dir: &Path, program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).current_dir(dir).output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "{program} {args:?}: {text}");
    Some(text)
}

#[test]
fn new_files_are_private_and_read_back_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let made = run(cert(dir.path(), &["new", "orders", "--output", "json"]), "").json();
    for name in ["orders.key.pem", "orders.cert.pem", "orders.p12"] {
        let mode = fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let keystore = CertificateFile::Pkcs12 {
        path: dir.path().join("orders.p12"),
        access: KeystoreAccess {
            password: Secret::new(PASSWORD),
            alias: Some("camunda-client".to_owned()),
            key_password: None,
        },
    };
    let pem = CertificateFile::Pem {
        certificate: dir.path().join("orders.cert.pem"),
        key: dir.path().join("orders.key.pem"),
    };
    for file in [keystore, pem] {
        let certificate = file.load().unwrap().certificate().clone();
        assert_eq!(made["x5t"], certificate.x5t());
        assert_eq!(made["x5t#S256"], certificate.x5t_s256());
        assert_eq!(certificate.subject(), "CN=orders");
    }
    assert_eq!(made["key"], "RSA, 2048 bits");
    assert!((364..=365).contains(&made["daysLeft"].as_i64().unwrap()));
    assert!(made.get("password").is_none());
}

#[test]
fn openssl_reads_the_keystore_and_agrees_on_the_thumbprints() {
    let dir = tempfile::tempdir().unwrap();
    let subject = "/C=DE/O=Contoso/CN=orders";
    let args = ["new", "o", "--subj", subject, "--days", "90", "--key-size", "3072", "-o", "json"];
    let made = run(cert(dir.path(), &args), "").json();
    assert_eq!(made["subject"], "C=DE, O=Contoso, CN=orders");
    assert_eq!(made["key"], "RSA, 3072 bits");
    let pass = format!("pass:{PASSWORD}");
    let args = ["pkcs12", "-in", "o.p12", "-passin", &pass, "-nodes", "-info"];
    let Some(text) = tool(dir.path(), "openssl", &args) else { return };
    has(
        &text,
        &["friendlyName: camunda-client", "BEGIN CERTIFICATE", "AES-256-CBC", "MAC: sha256"],
    );
    let key = fs::read_to_string(dir.path().join("o.key.pem")).unwrap();
    assert!(text.contains(key.trim()), "openssl finds another key");
    for (digest, field) in [("-sha1", "thumbprint"), ("-sha256", "sha256")] {
        let args = ["x509", "-in", "o.cert.pem", "-noout", "-fingerprint", digest];
        let text = tool(dir.path(), "openssl", &args).unwrap();
        let digits = text.trim().rsplit('=').next().unwrap().replace(':', "");
        assert_eq!(made[field], digits);
    }
}

#[test]
fn java_reads_the_keystore() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["new", "orders", "--alias", "Orders", "--output", "json"];
    let made = run(cert(dir.path(), &args), "").json();
    let args = ["-list", "-v", "-keystore", "orders.p12", "-storepass", PASSWORD];
    let Some(text) = tool(dir.path(), "keytool", &args) else { return };
    has(&text, &["Alias name: orders", "PrivateKeyEntry", "CN=orders"]);
    assert!(text.replace(':', "").contains(made["sha256"].as_str().unwrap()), "{text}");
}

#[test]
fn every_form_of_a_certificate_is_shown_alike() {
    let dir = tempfile::tempdir().unwrap();
    run(cert(dir.path(), &["new", "orders"]), "").ok();
    let pem = fs::read(dir.path().join("orders.cert.pem")).unwrap();
    let der = skep_auth::jose::Certificate::chain_from_pem(&pem).unwrap()[0].der().to_vec();
    fs::write(dir.path().join("orders.cer"), der).unwrap();
    let shown = |file: &str| run(cert(dir.path(), &["show", file, "-o", "json"]), "").json();
    let (keystore, pem, cer) = (shown("orders.p12"), shown("orders.cert.pem"), shown("orders.cer"));
    assert_eq!(keystore["alias"], "camunda-client");
    for field in ["thumbprint", "sha256", "x5t", "x5t#S256", "notAfter", "subject"] {
        assert!(keystore[field].as_str().is_some_and(|text| !text.is_empty()), "{field}");
        assert_eq!((&pem[field], &cer[field]), (&keystore[field], &keystore[field]), "{field}");
    }
    let text = run(cert(dir.path(), &["show", "orders.p12"]), "");
    has(text.ok(), &["thumbprint ", keystore["thumbprint"].as_str().unwrap(), " days left"]);
}

#[test]
fn passwords_come_from_a_file_from_stdin_or_are_made() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("password"), "from a file\nsecond line").unwrap();
    let bare = |args: &[&str]| {
        let mut command = command(&[&["cert"], args].concat());
        command.current_dir(dir.path());
        command
    };
    run(bare(&["new", "a", "--password-file", "password"]), "").ok();
    run(bare(&["show", "a.p12", "--password-stdin"]), "from a file\n").ok();
    let made = run(bare(&["new", "b", "--generate-password", "--output", "json"]), "").json();
    let password = made["password"].as_str().unwrap();
    assert_eq!(password.len(), 48);
    run(bare(&["show", "b.p12", "--password-stdin"]), password).ok();
    let ran = run(bare(&["new", "c"]), "");
    has(ran.fails(2), &["password of c.p12 is not given", "--password-stdin", "fix:"]);
    let ran = run(bare(&["new", "c", "--password-stdin"]), "pässword\n");
    has(ran.fails(2), &["beyond ASCII", "Java", "fix:"]);
    let ran = run(bare(&["new", "c", "--password-stdin"]), "\n");
    has(ran.fails(2), &["the password is empty", "fix:"]);
}

#[test]
fn mistakes_are_told_with_their_fix() {
    let dir = tempfile::tempdir().unwrap();
    run(cert(dir.path(), &["new", "orders"]), "").ok();
    let before = fs::read(dir.path().join("orders.p12")).unwrap();
    let ran = run(cert(dir.path(), &["new", "orders"]), "");
    has(ran.fails(2), &["orders.key.pem is there already", "--force"]);
    assert_eq!(fs::read(dir.path().join("orders.p12")).unwrap(), before);
    run(cert(dir.path(), &["new", "orders", "--force"]), "").ok();
    assert_ne!(fs::read(dir.path().join("orders.p12")).unwrap(), before);
    fs::write(dir.path().join("text"), "not a certificate").unwrap();
    let mut wrong = cert(dir.path(), &["show", "orders.p12"]);
    wrong.env("ZEEBE_CLIENT_ASSERTION_KEYSTORE_PASSWORD", "other");
    let wrong = run(wrong, "");
    has(wrong.fails(2), &["orders.p12", "password"]);
    assert!(!wrong.stderr.contains("other"), "{}", wrong.stderr);
    for (args, told) in [
        (&["show", "text"][..], "PKCS#12"),
        (&["show", "nowhere.pem"], "cannot read nowhere.pem"),
        (&["show", "orders.p12", "--alias", "x"], "camunda-client"),
        (&["new", "a/b"], "--dir"),
        (&["new", "a", "--subj", "/O=x"], "no common name"),
        (&["new", "a", "--days", "0"], "0 is not in 1.."),
        (&["new", "a", "--key-size", "1024"], "2048"),
    ] {
        has(run(cert(dir.path(), args), "").fails(2), &[told]);
    }
}

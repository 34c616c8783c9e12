use std::{sync::Arc, time::Duration};

use axum::{Router, routing::get};
use rustls::pki_types::pem::PemObject as _;
use skep_auth::{
    AuthError, CertificateFile, ClientSettings, KeystoreAccess, Secret, TlsIdentity, Trust,
    settings::Explicit,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::certificates::{Encoding, Identity, pkcs12, write};

/// An HTTPS server under a CA of its own: its address and the CA as PEM.
async fn https_server() -> (String, String) {
    https_server_for(None).await
}

/// As [`https_server`], for clients with the certificate `client` only.
async fn https_server_for(client: Option<&rcgen::Certificate>) -> (String, String) {
    let ca_key = rcgen::KeyPair::generate().unwrap();
    let mut ca = rcgen::CertificateParams::default();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    ca.distinguished_name.push(rcgen::DnType::CommonName, "test CA");
    let ca_pem = ca.self_signed(&ca_key).unwrap().pem();
    let issuer = rcgen::Issuer::new(ca, ca_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();

    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let builder = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match client {
        None => builder.with_no_client_auth(),
        Some(client) => {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(client.der().clone()).unwrap();
            let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(
                Arc::new(roots),
                provider,
            );
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let config = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that does not trust the server hangs up: that is no failure here.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = [0; 1024];
            if stream.read(&mut request).await.is_ok() {
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
                let _ = stream.write_all(answer).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    (url, ca_pem)
}

#[tokio::test]
async fn a_pinned_certificate_is_the_only_one_accepted() {
    let (url, ca) = https_server().await;
    let dir = tempfile::tempdir().unwrap();
    let trust = Trust::with_ca_files([write(dir.path(), "ca.pem", &ca)]).unwrap();
    let (config, shown) = trust.observed_tls_config().unwrap();
    assert!(shown.certificates().is_empty());
    let port = url.rsplit(':').next().unwrap();
    let stream = tokio::net::TcpStream::connect(format!("127.0.0.1:{port}")).await.unwrap();
    let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
    tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    let certificate = shown.certificates().remove(0);
    assert_eq!(certificate.host_names(), ["localhost"]);

    // The name and who signed it do not matter then.
    let at = url.replace("localhost", "127.0.0.1");
    let thumbprint: String = certificate.sha1().iter().map(|byte| format!("{byte:02X}")).collect();
    let system = Trust::system().unwrap();
    let pinned = system.pinned_client(&thumbprint).unwrap();
    assert_eq!(pinned.get(&at).send().await.unwrap().text().await.unwrap(), "ok");
    let other = system.pinned_client(&"0".repeat(40)).unwrap();
    assert!(other.get(&at).send().await.is_err());
    assert!(system.pinned_client("aa").unwrap_err().to_string().contains("THUMBPRINT"));
}

#[tokio::test]
async fn an_added_ca_is_trusted_besides_the_systems() {
    let (url, ca_pem) = https_server().await;
    let dir = tempfile::tempdir().unwrap();
    let ca = write(dir.path(), "ca.pem", &ca_pem);

    let stranger = Trust::system().unwrap().http_client().unwrap();
    let error = stranger.get(&url).send().await.unwrap_err();
    assert!(error.is_connect(), "{error}");

    let trust = Trust::with_ca_files([ca]).unwrap();
    let client = trust.http_client().unwrap();
    assert_eq!(client.get(&url).send().await.unwrap().text().await.unwrap(), "ok");
    assert!(trust.added_pem().starts_with("-----BEGIN CERTIFICATE-----"));
    assert_eq!(trust.added_pem().replace(['\r', '\n'], ""), ca_pem.replace(['\r', '\n'], ""));
}

#[tokio::test]
async fn a_client_shows_its_certificate_from_either_kind_of_file() {
    let dir = tempfile::tempdir().unwrap();
    for identity in [Identity::rsa("client"), Identity::elliptic("client")] {
        let (url, ca_pem) = https_server_for(Some(&identity.certificate)).await;
        let ca = write(dir.path(), "ca.pem", &ca_pem);
        let store = pkcs12(&[("c", identity.entry(1))], "pw", Encoding::Modern);
        let access = KeystoreAccess { password: Secret::new("pw"), ..KeystoreAccess::default() };
        let files = [
            CertificateFile::Pkcs12 { path: write(dir.path(), "store.p12", store), access },
            CertificateFile::Pem {
                certificate: write(dir.path(), "client.pem", identity.certificate.pem()),
                key: write(dir.path(), "client.key", &identity.key_pem),
            },
        ];
        let stranger = Trust::with_ca_files([ca]).unwrap();
        let client = stranger.http_client().unwrap();
        assert!(client.get(&url).send().await.is_err(), "the server asks for a certificate");
        for file in files {
            let identity = TlsIdentity::load(&file).unwrap();
            assert!(!format!("{identity:?}").contains("KEY"));
            assert!(identity.key_pem().expose().contains("PRIVATE KEY"));
            let trust = stranger.clone().with_identity(identity).unwrap();
            let answer = trust.http_client().unwrap().get(&url).send().await.unwrap();
            assert_eq!(answer.text().await.unwrap(), "ok");
        }
    }
}

#[tokio::test]
async fn settings_carry_truststore_and_tls_identity() {
    let dir = tempfile::tempdir().unwrap();
    let identity = Identity::elliptic("client");
    let (url, ca_pem) = https_server_for(Some(&identity.certificate)).await;
    let ca = rustls::pki_types::CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap();
    let ca = p12_keystore::Certificate::from_der(&ca).unwrap();
    let ca = [("ca", p12_keystore::KeyStoreEntry::Certificate(ca))];
    let truststore = write(dir.path(), "trust.p12", pkcs12(&ca, "trust", Encoding::Legacy));
    let keystore = pkcs12(&[("c", identity.entry(1))], "pw", Encoding::Modern);
    let keystore = write(dir.path(), "store.p12", keystore);
    let variables = |name: &str| match name {
        "ZEEBE_SSL_CLIENT_TRUSTSTORE_PATH" => Some(truststore.to_str().unwrap().to_owned()),
        "ZEEBE_SSL_CLIENT_TRUSTSTORE_SECRET" => Some("trust".to_owned()),
        "ZEEBE_SSL_CLIENT_KEYSTORE_PATH" => Some(keystore.to_str().unwrap().to_owned()),
        "ZEEBE_SSL_CLIENT_KEYSTORE_SECRET" => Some("pw".to_owned()),
        _ => None,
    };
    let settings = ClientSettings::resolve(&Explicit::default(), variables).unwrap();
    let trust = settings.trust().unwrap();
    assert!(trust.identity().is_some());
    let client = trust.token_client(Duration::from_secs(5)).unwrap();
    assert_eq!(client.get(&url).send().await.unwrap().text().await.unwrap(), "ok");

    let half = |name: &str| (name == "CAMUNDA_CUSTOM_PRIVATE_KEY_PATH").then(|| "key".to_owned());
    let error = ClientSettings::resolve(&Explicit::default(), half).unwrap_err();
    assert!(error.to_string().contains("only one is set"), "{error}");
}

#[tokio::test]
async fn token_requests_follow_no_redirect() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let away = axum::response::Redirect::temporary("http://elsewhere.invalid/");
    let router = Router::new().route("/", get(move || std::future::ready(away)));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = Trust::system().unwrap().token_client(Duration::from_secs(5)).unwrap();
    assert_eq!(client.get(&url).send().await.unwrap().status(), 307);
}

#[test]
fn files_without_certificates_are_named() {
    let dir = tempfile::tempdir().unwrap();
    for (content, reason) in [("", "no CERTIFICATE"), ("-----BEGIN CERTIFICATE-----\n!", "")] {
        let path = write(dir.path(), "ca.pem", content);
        let error = Trust::with_ca_files([path.clone()]).unwrap_err();
        let AuthError::Trust { path: named, reason: found } = &error else { panic!("{error}") };
        assert_eq!(*named, path);
        assert!(found.contains(reason), "{found}");
    }
}

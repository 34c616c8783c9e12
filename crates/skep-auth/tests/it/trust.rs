use std::{sync::Arc, time::Duration};

use axum::{Router, routing::get};
use skep_auth::{AuthError, Trust};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::certificates::write;

/// An HTTPS server under a CA of its own: its address and the CA as PEM.
async fn https_server() -> (String, String) {
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
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
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

//! What is wrong with a connection is named, with its fix.

use std::net::SocketAddr;

use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use skep_auth::{ClientSettings, Trust, settings::Explicit};
use skep_client::{Builder, Client, Error, ErrorKind};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tonic::transport::{Identity, Server, ServerTlsConfig, server::TcpIncoming};

use crate::stub::Stub;

async fn error_of(address: &str) -> Error {
    Client::builder(address).unwrap().build().unwrap().topology().await.unwrap_err()
}

fn assert_connect(error: &Error, fault: &str, fix: &str) {
    assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
    assert!(error.to_string().contains(fault), "{error}: {error:?}");
    let said = error.fix().unwrap();
    assert!(said.contains(fix), "{said}");
}

#[tokio::test]
async fn nothing_listens() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let error = error_of(&format!("http://127.0.0.1:{port}")).await;
    assert_connect(&error, "nothing listens there", "skep start");
    assert!(error.to_string().contains(&format!("127.0.0.1:{port}")), "{error}");
}

#[tokio::test]
async fn the_host_is_unknown() {
    let error = error_of("http://no-such-host.invalid:26500").await;
    assert_connect(&error, "host name is not known", "host name");
}

#[tokio::test]
async fn tls_to_a_plain_server() {
    let stub = Stub::start();
    let error = error_of(&format!("https://{}", stub.address)).await;
    assert_connect(&error, "does not speak TLS", "--insecure");
}

#[tokio::test]
async fn plain_to_a_tls_server() {
    let server = TlsServer::start().await;
    let error = error_of(&format!("http://{}", server.address)).await;
    assert_connect(&error, "wants TLS", "https://");
}

#[tokio::test]
async fn a_web_server_is_no_gateway() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut request = [0; 64];
            let _ = connection.read(&mut request).await;
            let _ = connection.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let error = error_of(&format!("http://{address}")).await;
    assert_connect(&error, "no gRPC gateway", "gRPC port");
}

#[tokio::test]
async fn an_http2_server_without_grpc_is_no_gateway() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = axum::Router::new();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let error = error_of(&format!("http://{address}")).await;
    assert_connect(&error, "not gRPC", "gRPC port");
}

#[tokio::test]
async fn an_authority_that_is_not_trusted() {
    let server = TlsServer::start().await;
    let error = error_of(&format!("https://localhost:{}", server.address.port())).await;
    assert_connect(&error, "authority that is not trusted", "ZEEBE_CA_CERTIFICATE_PATH");
}

#[tokio::test]
async fn a_given_authority_is_trusted_besides_those_of_the_system() {
    let server = TlsServer::start().await;
    let address = format!("https://localhost:{}", server.address.port());
    let client = Client::builder(&address).unwrap().trust(server.trust()).build().unwrap();
    assert!(client.address().tls);
    client.topology().await.unwrap();
}

#[tokio::test]
async fn a_certificate_for_another_name() {
    let server = TlsServer::start().await;
    let client = |authority: Option<&str>| {
        let mut builder =
            Client::builder(&format!("https://{}", server.address)).unwrap().trust(server.trust());
        if let Some(authority) = authority {
            builder = builder.authority(authority);
        }
        builder.build().unwrap()
    };
    let error = client(None).topology().await.unwrap_err();
    assert_connect(&error, "for another name", "ZEEBE_OVERRIDE_AUTHORITY");
    client(Some("localhost")).topology().await.unwrap();
}

/// A stub behind TLS, whose certificate is for `localhost` only.
#[tokio::test]
async fn a_gateway_that_asks_who_connects_is_shown_the_clients_certificate() {
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["client".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &ca).unwrap();
    let server = TlsServer::start_for(Some(ca.pem())).await;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let files = [
        ("CAMUNDA_CUSTOM_CERT_CHAIN_PATH", at("client.pem", certificate.pem())),
        ("CAMUNDA_CUSTOM_PRIVATE_KEY_PATH", at("client.key", key.serialize_pem())),
        ("ZEEBE_CA_CERTIFICATE_PATH", server.ca.path().join("ca.pem").to_str().unwrap().to_owned()),
        ("ZEEBE_ADDRESS", format!("https://localhost:{}", server.address.port())),
    ];
    let client = |skipped: &str| {
        let find = |name: &str| {
            let found = files.iter().find(|(known, _)| *known == name);
            found.filter(|_| !name.contains(skipped)).map(|(_, value)| value.clone())
        };
        let settings = ClientSettings::resolve(&Explicit::default(), find).unwrap();
        Builder::from_settings(&settings).unwrap().build().unwrap()
    };
    client("nothing").topology().await.unwrap();
    let error = client("CUSTOM").topology().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
}

struct TlsServer {
    address: SocketAddr,
    ca: TempDir,
}

impl TlsServer {
    async fn start() -> Self {
        Self::start_for(None).await
    }

    /// For clients that show the certificate `client`.
    async fn start_for(client: Option<String>) -> Self {
        let mut ca = CertificateParams::new(Vec::new()).unwrap();
        ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["localhost".to_owned()])
            .unwrap()
            .signed_by(&key, &ca)
            .unwrap();
        let identity = Identity::from_pem(certificate.pem(), key.serialize_pem());

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = crate::stub::service();
        let mut tls = ServerTlsConfig::new().identity(identity);
        if let Some(client) = client {
            tls = tls.client_ca_root(tonic::transport::Certificate::from_pem(client));
        }
        tokio::spawn(async move {
            Server::builder()
                .tls_config(tls)
                .unwrap()
                .add_service(service)
                .serve_with_incoming(TcpIncoming::from(listener))
                .await
                .unwrap();
        });
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), ca.pem()).unwrap();
        Self { address, ca: folder }
    }

    fn trust(&self) -> Trust {
        Trust::with_ca_files([self.ca.path().join("ca.pem")]).unwrap()
    }
}

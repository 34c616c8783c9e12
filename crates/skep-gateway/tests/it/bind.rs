//! Taking ports, TLS, and knocking on the wrong one.

use std::{net::SocketAddr, time::Duration};

use reqwest::StatusCode;
use skep_broker::{Broker, BrokerConfig};
use skep_gateway::{AuthMode, BindError, Gateway, GatewayConfig, Tls, TlsError};
use tokio::{io::AsyncReadExt as _, net::TcpStream};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};

use crate::rig::Rig;

#[tokio::test]
async fn a_port_in_use_is_named_with_who_needs_it_and_how_to_change_it() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().map(|address| (taken, address)).unwrap();
    let free = SocketAddr::from(([127, 0, 0, 1], 0));
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(BrokerConfig::new(dir.path())).unwrap();
    for (config, purpose, setting) in [
        (GatewayConfig::new(taken.1, free), "gRPC", "--grpc-port"),
        (GatewayConfig::new(free, taken.1), "REST", "--http-port"),
    ] {
        let error = Gateway::bind(config, broker.clone(), AuthMode::Off).unwrap_err();
        let text = error.to_string();
        let port = taken.1.port().to_string();
        for word in [purpose, setting, &port, "in use"] {
            assert!(text.contains(word), "{word:?} is not in {text:?}");
        }
        assert!(matches!(error, BindError::Listen { address, .. } if address == taken.1));
    }
}

#[tokio::test]
async fn both_ports_speak_tls_when_they_have_a_certificate() {
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (chain, key) = (pair.cert.pem(), pair.signing_key.serialize_pem());
    let tls = Tls::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
    assert_eq!(format!("{tls:?}"), "Tls");
    let mut config = GatewayConfig::loopback();
    config.grpc_tls = Some(tls.clone());
    config.http_tls = Some(tls.or_plaintext());
    let rig = Rig::start_with(config, AuthMode::Off);

    let trust = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&chain));
    let channel = Endpoint::from_shared(format!("https://localhost:{}", rig.grpc.port()))
        .unwrap()
        .tls_config(trust)
        .unwrap()
        .connect()
        .await
        .unwrap();
    let mut client = skep_api::gateway::gateway_client::GatewayClient::new(channel);
    client.topology(skep_api::gateway::TopologyRequest {}).await.unwrap();

    let client = reqwest::Client::builder()
        .add_root_certificate(reqwest::Certificate::from_pem(chain.as_bytes()).unwrap())
        .build()
        .unwrap();
    let url = format!("https://localhost:{}/v2/topology", rig.http.port());
    assert_eq!(client.get(url).send().await.unwrap().status(), StatusCode::OK);

    // Plaintext is served only where that was asked for.
    assert_eq!(reqwest::get(rig.url("/v2/topology")).await.unwrap().status(), StatusCode::OK);
    assert!(reqwest::get(format!("http://{}/", rig.grpc)).await.is_err());
}

#[test]
fn a_certificate_without_its_key_is_refused() {
    let one = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (chain, key) = (one.cert.pem(), one.signing_key.serialize_pem());
    let try_pem = |chain: &str, key: &str| Tls::from_pem(chain.as_bytes(), key.as_bytes());
    assert!(matches!(try_pem("", &key), Err(TlsError::Chain(_))));
    assert!(matches!(try_pem(&chain, "no key"), Err(TlsError::Key)));
    let foreign = other.signing_key.serialize_pem();
    assert!(matches!(try_pem(&chain, &foreign), Err(TlsError::Pair(_))));
}

#[tokio::test]
async fn rest_on_the_grpc_port_is_told_where_rest_is() {
    let rig = Rig::start();
    let response = reqwest::get(format!("http://{}/v2/topology", rig.grpc)).await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let text = response.text().await.unwrap();
    assert!(text.contains(&rig.http.port().to_string()), "{text}");
}

#[tokio::test]
async fn a_connection_on_which_nothing_is_said_is_closed() {
    let mut config = GatewayConfig::loopback();
    config.limits.head_timeout = Duration::from_millis(100);
    let rig = Rig::start_with(config, AuthMode::Off);
    for address in [rig.grpc, rig.http] {
        let mut silent = TcpStream::connect(address).await.unwrap();
        assert_eq!(silent.read(&mut [0; 8]).await.unwrap(), 0, "closed");
    }
}

#[tokio::test]
async fn a_stopped_gateway_leaves_its_ports() {
    let mut rig = Rig::start();
    rig.client().await.topology(skep_api::gateway::TopologyRequest {}).await.unwrap();
    rig.stop().await.unwrap();
    assert!(
        Endpoint::from_shared(format!("http://{}", rig.grpc)).unwrap().connect().await.is_err()
    );
    assert!(reqwest::get(rig.url("/v2/status")).await.is_err());
}

use std::{fs, path::Path, time::Duration};

use skep_auth::{Clock, jose::Certificate};
use skep_idp::{Error, IdpConfig, Provider};

use crate::fixture::{client, now_s};

fn open(dir: &Path, clock: &Clock) -> Provider {
    Provider::open_with_clock(dir, IdpConfig::default(), clock.clone()).unwrap()
}

fn leaf(dir: &Path) -> Certificate {
    Certificate::chain_from_pem(&fs::read(dir.join("server.pem")).unwrap()).unwrap().remove(0)
}

#[tokio::test]
async fn the_ca_stays_and_the_server_certificate_is_renewed_before_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::manual(now_s());
    open(dir.path(), &clock);
    let ca = fs::read(dir.path().join("ca.pem")).unwrap();
    let first = leaf(dir.path());
    open(dir.path(), &clock);
    assert_eq!(leaf(dir.path()), first, "kept while it is good");

    clock.advance(Duration::from_secs(340 * 86_400));
    open(dir.path(), &clock);
    let second = leaf(dir.path());
    assert!(second.not_after_s() > first.not_after_s());
    assert_eq!(fs::read(dir.path().join("ca.pem")).unwrap(), ca);

    clock.advance(Duration::from_secs(10 * 365 * 86_400));
    open(dir.path(), &clock);
    assert_ne!(fs::read(dir.path().join("ca.pem")).unwrap(), ca, "the CA has an end too");
}

#[tokio::test]
async fn every_loopback_name_is_certified() {
    let dir = tempfile::tempdir().unwrap();
    let provider = open(dir.path(), &Clock::system());
    let running = provider.serve(([127, 0, 0, 1], 0).into()).await.unwrap();
    let http = client(&provider.ca_certificate_path());
    let port = running.addr().port();
    for host in ["localhost", "127.0.0.1"] {
        let response = http.get(format!("https://{host}:{port}/ca.pem")).send().await.unwrap();
        assert_eq!(response.status(), 200, "{host}");
    }
    let stranger = reqwest::Client::builder().no_proxy().build().unwrap();
    let refused = stranger.get(format!("https://localhost:{port}/ca.pem")).send().await;
    assert!(refused.is_err(), "nobody trusts this CA who was not told to");
}

#[tokio::test]
async fn another_public_host_gets_a_certificate_of_the_same_ca() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path(), &Clock::system());
    let ca = fs::read(dir.path().join("ca.pem")).unwrap();
    let before = leaf(dir.path());
    let config = IdpConfig { public_host: "idp.example".to_owned(), ..IdpConfig::default() };
    Provider::open(dir.path(), config).unwrap();
    assert_ne!(leaf(dir.path()), before);
    assert_eq!(fs::read(dir.path().join("ca.pem")).unwrap(), ca);
}

#[test]
fn a_lost_ca_is_replaced_with_its_server_certificate_but_half_of_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::system();
    open(dir.path(), &clock);
    let before = leaf(dir.path());
    fs::remove_file(dir.path().join("ca.pem")).unwrap();
    open(dir.path(), &clock);
    assert_ne!(leaf(dir.path()), before);

    fs::remove_file(dir.path().join("ca-key.pem")).unwrap();
    let error = Provider::open(dir.path(), IdpConfig::default()).map(|_| ()).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }));
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("ca-key.pem"), "{source}");
}

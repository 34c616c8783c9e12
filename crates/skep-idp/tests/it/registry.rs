//! Administration: what is kept, what is refused, and what other processes see.

use std::{fs, thread};

use skep_idp::{App, Error, IdpConfig, NewApp, NewSecret, Provider};
use uuid::Uuid;

use crate::fixture::{Idp, TENANT, client, test_key};

#[tokio::test]
async fn everything_survives_a_restart() {
    let idp = Idp::start().await;
    let (by_secret, secret) = idp.secret_app();
    let (by_certificate, key) = idp.certificate_app();
    let token = idp.by_secret(&by_secret, secret.expose()).await.token().to_owned();
    let (header, _) = idp.verify(&token).await;
    let Idp { dir, clock, provider, running, .. } = idp;
    running.shutdown().await;
    drop(provider);

    let provider =
        Provider::open_with_clock(dir.path(), IdpConfig::default(), clock.clone()).unwrap();
    assert_eq!(provider.tenant_id().to_string(), TENANT);
    let running = provider.serve(([127, 0, 0, 1], 0).into()).await.unwrap();
    let http = client(&provider.ca_certificate_path());
    let idp = Idp { dir, clock, provider, running, http };
    idp.by_secret(&by_secret, secret.expose()).await.token();
    let assertion = key.assertion(&idp.assertion_claims(&by_certificate));
    idp.by_assertion(&by_certificate, &assertion).await.token();
    let (again, _) = idp.verify(&token).await;
    assert_eq!(again, header);
}

#[tokio::test]
async fn a_second_handle_is_seen_by_the_running_server() {
    let idp = Idp::start().await;
    let other = Provider::open(idp.dir.path(), IdpConfig::default()).unwrap();
    let app = other.registry().add_app(NewApp::named("late")).unwrap();
    let (info, secret) = other.registry().add_secret(app.app_id, NewSecret::default()).unwrap();
    idp.by_secret(&app, secret.expose()).await.token();
    let kid = other.roll_keys().unwrap();
    let token = idp.by_secret(&app, secret.expose()).await.token().to_owned();
    assert_eq!(idp.verify(&token).await.0.kid, Some(kid));

    other.registry().remove_secret(app.app_id, info.key_id).unwrap();
    idp.by_secret(&app, secret.expose()).await.expect_refusal(401, "invalid_client", 7_000_215);
    other.registry().remove_app(app.app_id).unwrap();
    idp.by_secret(&app, secret.expose()).await.expect_refusal(400, "unauthorized_client", 700_016);
}

#[tokio::test]
async fn concurrent_writers_lose_nothing() {
    let idp = Idp::start().await;
    let names = |list: Vec<App>| {
        let mut names: Vec<_> = list.into_iter().map(|app| app.display_name).collect();
        names.sort();
        names
    };
    thread::scope(|scope| {
        for writer in 0..4 {
            let dir = idp.dir.path();
            scope.spawn(move || {
                let provider = Provider::open(dir, IdpConfig::default()).unwrap();
                for n in 0..5 {
                    provider.registry().add_app(NewApp::named(format!("{writer}-{n}"))).unwrap();
                }
            });
        }
    });
    let mut expected: Vec<_> =
        (0..4).flat_map(|w| (0..5).map(move |n| format!("{w}-{n}"))).collect();
    expected.sort();
    assert_eq!(names(idp.provider.registry().list()), expected);
}

#[tokio::test]
async fn a_damaged_file_keeps_a_running_server_going_and_stops_a_new_one() {
    let idp = Idp::start().await;
    let (app, secret) = idp.secret_app();
    let path = idp.dir.path().join("registry.json");
    let good = fs::read(&path).unwrap();
    fs::write(&path, &good[..good.len() / 2]).unwrap();
    idp.by_secret(&app, secret.expose()).await.token();
    let added = idp.provider.registry().add_app(NewApp::named("x"));
    assert!(matches!(added, Err(Error::Damaged { .. })), "{added:?}");
    let opened = Provider::open(idp.dir.path(), IdpConfig::default());
    let error = opened.map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("registry.json"), "{error}");
    fs::write(&path, &good).unwrap();
    idp.provider.registry().add_app(NewApp::named("x")).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn private_files_are_the_owners_only() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("new/idp");
    let provider = Provider::open(&data, IdpConfig::default()).unwrap();
    provider.ensure_dev_apps().unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    let public = ["ca.pem", "server.pem", "dev-client.pem"];
    let mut n_private = 0;
    for file in fs::read_dir(&data).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if public.contains(&name.as_str()) {
            assert_eq!(mode(&path), 0o644, "{name}");
            assert!(!fs::read_to_string(&path).unwrap().contains("PRIVATE KEY"), "{name}");
        } else {
            assert_eq!(mode(&path), 0o600, "{name}");
            n_private += 1;
        }
    }
    assert!(n_private >= 7, "{n_private}");
}

#[tokio::test]
async fn registrations_that_break_a_rule_are_refused_by_name() {
    let idp = Idp::start().await;
    let registry = idp.provider.registry();
    let mut bad = Vec::new();
    bad.push((NewApp::named(""), "display name"));
    bad.push((NewApp::named("x".repeat(121)), "display name"));
    bad.push((NewApp { requested_access_token_version: Some(3), ..NewApp::named("x") }, "version"));
    for uri in ["http://evil.example/cb", "ftp://x/", "relative", "https://x/ y"] {
        let mut app = NewApp::named("x");
        app.redirect_uris.web.push(uri.to_owned());
        bad.push((app, uri));
    }
    for (new, named) in bad {
        let error = registry.add_app(new).unwrap_err().to_string();
        assert!(error.contains(named), "{named}: {error}");
    }
    let mut fine = NewApp::named("x");
    fine.redirect_uris.web.push("http://localhost:3000/callback".to_owned());
    let app = registry.add_app(fine).unwrap();

    let taken = NewApp { app_id: Some(app.app_id), ..NewApp::named("y") };
    assert!(registry.add_app(taken).unwrap_err().to_string().contains(&app.app_id.to_string()));
    let uri = app.identifier_uris[0].clone();
    let same_uri = NewApp { identifier_uris: Some(vec![uri.clone()]), ..NewApp::named("z") };
    assert!(registry.add_app(same_uri).unwrap_err().to_string().contains(&uri));
    assert_eq!(registry.list().len(), 1);
}

#[tokio::test]
async fn what_is_not_there_cannot_be_changed() {
    let idp = Idp::start().await;
    let registry = idp.provider.registry();
    let nobody = Uuid::new_v4();
    assert!(matches!(registry.remove_app(nobody), Err(Error::UnknownApp(id)) if id == nobody));
    let added = registry.add_secret(nobody, NewSecret::default());
    assert!(matches!(added, Err(Error::UnknownApp(_))));
    let (app, _) = idp.secret_app();
    let removed = registry.remove_secret(app.app_id, nobody);
    assert!(matches!(removed, Err(Error::UnknownCredential { kind: "secret", .. })));
    let removed = registry.remove_certificate(app.app_id, nobody);
    assert!(matches!(removed, Err(Error::UnknownCredential { kind: "certificate", .. })));
}

#[tokio::test]
async fn certificates_are_read_as_der_or_pem_and_only_rsa_ones_are_kept() {
    let idp = Idp::start().await;
    let registry = idp.provider.registry();
    let app = registry.add_app(NewApp::named("x")).unwrap();
    let certificate = &test_key().certificate;
    let with_key = test_key().key.to_pem().unwrap().expose().to_owned() + &certificate.to_pem();
    let first = registry.add_certificate(app.app_id, certificate.der()).unwrap();
    let again = registry.add_certificate(app.app_id, with_key.as_bytes()).unwrap();
    assert_eq!(first, again, "the same certificate is registered once");
    assert_eq!(first.x5t, certificate.x5t());

    let ec = rcgen::generate_simple_self_signed(["ec".to_owned()]).unwrap();
    for (bytes, why) in [
        (ec.cert.der().to_vec(), "RSA"),
        (b"nonsense".to_vec(), "X.509"),
        (test_key().key.to_pem().unwrap().expose().as_bytes().to_vec(), "CERTIFICATE"),
        (vec![0; 100_000], "larger"),
    ] {
        let error = registry.add_certificate(app.app_id, &bytes).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
    registry.remove_certificate(app.app_id, first.key_id).unwrap();
    assert!(registry.app(app.app_id).unwrap().certificates.is_empty());
}

#[test]
fn the_tenant_id_can_be_set_and_stays() {
    let dir = tempfile::tempdir().unwrap();
    let first = Provider::open(dir.path(), IdpConfig::default()).unwrap().tenant_id();
    assert_eq!(Provider::open(dir.path(), IdpConfig::default()).unwrap().tenant_id(), first);
    let chosen: Uuid = TENANT.parse().unwrap();
    let config = IdpConfig { tenant_id: Some(chosen), ..IdpConfig::default() };
    assert_eq!(Provider::open(dir.path(), config).unwrap().tenant_id(), chosen);
    assert_eq!(Provider::open(dir.path(), IdpConfig::default()).unwrap().tenant_id(), chosen);
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let config = IdpConfig { access_token_lifetime_s: Some(4), ..IdpConfig::default() };
    let error = Provider::open(dir.path(), config).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("accessTokenLifetimeS"), "{error}");
    let config = IdpConfig { public_host: "a b".to_owned(), ..IdpConfig::default() };
    let error = Provider::open(dir.path(), config).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("publicHost"), "{error}");
}

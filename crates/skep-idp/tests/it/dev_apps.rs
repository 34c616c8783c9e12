use std::{fs, time::Duration};

use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use skep_auth::jose::{Certificate, SigningKey};
use skep_idp::DevCredentials;

use crate::fixture::{Idp, TestKey};

/// The key and certificate of the keystore.
fn keystore(credentials: &DevCredentials) -> TestKey {
    let app = &credentials.certificate_app;
    let bytes = fs::read(&app.keystore_path).unwrap();
    let password = app.keystore_password.expose();
    let store = KeyStore::from_pkcs12(&bytes, password, Pkcs12ImportPolicy::Strict).unwrap();
    let (alias, chain) = store.private_key_chain().unwrap();
    assert_eq!(alias, app.keystore_alias);
    TestKey {
        key: SigningKey::from_der(chain.key().as_der()).unwrap(),
        certificate: Certificate::from_der(chain.certs()[0].as_der()).unwrap(),
    }
}

async fn check_both_work(idp: &Idp, credentials: &DevCredentials) {
    let registry = idp.provider.registry();
    let app = registry.app(credentials.secret_app.client_id).unwrap();
    assert!(app.wants_v2_tokens());
    let reply = idp.by_secret(&app, credentials.secret_app.client_secret.expose()).await;
    let (_, claims) = idp.verify(reply.token()).await;
    assert_eq!(claims["aud"].as_str().unwrap(), credentials.secret_app.audience());

    let app = registry.app(credentials.certificate_app.client_id).unwrap();
    assert!(app.wants_v2_tokens());
    let assertion = keystore(credentials).assertion(&idp.assertion_claims(&app));
    let reply = idp.by_assertion(&app, &assertion).await;
    let (_, claims) = idp.verify(reply.token()).await;
    assert!(credentials.audiences().contains(&claims["aud"].as_str().unwrap().to_owned()));
}

#[tokio::test]
async fn the_sample_apps_get_tokens_and_are_made_once() {
    let idp = Idp::start().await;
    assert!(DevCredentials::load(idp.dir.path()).unwrap().is_none());
    let first = idp.provider.ensure_dev_apps().unwrap();
    check_both_work(&idp, &first).await;

    let again = idp.provider.ensure_dev_apps().unwrap();
    let loaded = DevCredentials::load(idp.dir.path()).unwrap().unwrap();
    for other in [&again, &loaded] {
        assert_eq!(other.secret_app.client_id, first.secret_app.client_id);
        assert_eq!(other.secret_app.client_secret, first.secret_app.client_secret);
        assert_eq!(other.certificate_app.client_id, first.certificate_app.client_id);
        let (a, b) = (&other.certificate_app, &first.certificate_app);
        assert_eq!(a.keystore_password, b.keystore_password);
        assert_eq!(a.keystore_path, b.keystore_path);
        assert_eq!(other.user.user_name, "demo@skep.test");
        assert_eq!(other.user.password, first.user.password);
    }
    assert_eq!(idp.provider.registry().list().len(), 2);
    let pem = fs::read(&first.certificate_app.private_key_path).unwrap();
    let key = SigningKey::from_pem(&pem).unwrap();
    assert_eq!(key.jwk(), keystore(&first).key.jwk());
    let chain =
        Certificate::chain_from_pem(&fs::read(&first.certificate_app.certificate_path).unwrap());
    assert_eq!(chain.unwrap(), [keystore(&first).certificate]);
}

#[tokio::test]
async fn whatever_is_lost_or_ends_is_made_anew_under_the_same_ids() {
    let idp = Idp::start().await;
    let first = idp.provider.ensure_dev_apps().unwrap();
    let ids = |c: &DevCredentials| (c.secret_app.client_id, c.certificate_app.client_id);
    let registry = idp.provider.registry();

    fs::remove_file(&first.certificate_app.keystore_path).unwrap();
    registry.remove_app(first.secret_app.client_id).unwrap();
    let repaired = idp.provider.ensure_dev_apps().unwrap();
    assert_eq!(ids(&repaired), ids(&first));
    check_both_work(&idp, &repaired).await;

    let app = registry.app(first.certificate_app.client_id).unwrap();
    for certificate in app.certificates {
        registry.remove_certificate(app.app_id, certificate.key_id).unwrap();
    }
    let repaired = idp.provider.ensure_dev_apps().unwrap();
    check_both_work(&idp, &repaired).await;

    idp.clock.advance(Duration::from_secs(710 * 86_400));
    let renewed = idp.provider.ensure_dev_apps().unwrap();
    assert_eq!(ids(&renewed), ids(&first));
    assert_ne!(renewed.secret_app.client_secret, first.secret_app.client_secret);
    check_both_work(&idp, &renewed).await;
}

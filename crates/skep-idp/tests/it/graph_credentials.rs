//! Federated credentials and self-service keys through the directory's API.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde_json::{Value, json};
use skep_idp::NewApp;
use uuid::Uuid;

use crate::{
    fixture::{Idp, TestKey, test_key},
    graph::{Directory, call, done, expect, token_for},
};

fn federated(name: &str, subject: &str) -> Value {
    json!({
        "name": name, "issuer": "https://token.actions.example", "subject": subject,
        "audiences": ["api://AzureADTokenExchange"], "description": "ci",
    })
}

#[tokio::test]
async fn federated_credentials_are_added_changed_and_removed() {
    let directory = Directory::full().await;
    let app = directory.idp.provider.registry().add_app(NewApp::named("x")).unwrap();
    let path = format!("/v1.0/applications(appId='{}')/federatedIdentityCredentials", app.app_id);
    let created = directory.post(&path, federated("ci-main", "repo:a:main")).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let id = created.body["id"].as_str().unwrap();
    assert_eq!(directory.get(&path).await.body["value"], json!([created.body]));
    let by_name = directory.get(&format!("{path}/ci-main")).await.body;
    assert_eq!(by_name["subject"], "repo:a:main");

    let one = format!("{path}/{id}");
    done(&directory.patch(&one, json!({"subject": "repo:a:next"})).await);
    assert_eq!(directory.get(&one).await.body["subject"], "repo:a:next");
    let renamed = directory.patch(&one, json!({"name": "other"})).await;
    expect(&renamed, 400, "Request_BadRequest");
    let again = directory.post(&path, federated("ci-main", "x")).await;
    expect(&again, 409, "Request_MultipleObjectsWithSameKeyValue");
    done(&directory.call(Method::DELETE, &one, None).await);
    expect(&directory.get(&one).await, 404, "Request_ResourceNotFound");
}

#[tokio::test]
async fn federated_credentials_keep_the_rules() {
    let directory = Directory::full().await;
    let app = directory.idp.provider.registry().add_app(NewApp::named("x")).unwrap();
    let path = format!("/v1.0/applications/{}/federatedIdentityCredentials", app.object_id);
    let first = directory.post(&path, federated("first", "s")).await;
    assert_eq!(first.status, 201, "{}", first.body);
    for (property, value, named) in [
        ("name", json!("ab"), "3 to 120"),
        ("name", json!("a b c"), "3 to 120"),
        ("issuer", json!("http://x.example"), "https"),
        ("issuer", json!("x".repeat(601)), "600"),
        ("subject", json!(""), "subject"),
        ("subject", json!("repo:*"), "wildcards"),
        ("subject", json!("s"), "first"),
        ("audiences", json!([]), "exactly one"),
        ("audiences", json!(["a", "b"]), "exactly one"),
        ("more", json!(1), "more"),
    ] {
        let mut body = federated("second", "t");
        body[property] = value;
        let refused = directory.post(&path, body.clone()).await;
        expect(&refused, 400, "Request_BadRequest");
        let message = refused.body["error"]["message"].as_str().unwrap();
        assert!(message.contains(named), "{body}: {message}");
    }
    for n in 1..20 {
        let added = directory.post(&path, federated(&format!("fic-{n}"), &format!("s{n}"))).await;
        assert_eq!(added.status, 201, "{}", added.body);
    }
    let over = directory.post(&path, federated("one-more", "x")).await;
    expect(&over, 400, "Request_BadRequest");
}

/// An application that has nothing but one key, and a token of its own.
struct Roller {
    idp: Idp,
    path: String,
    object_id: Uuid,
    app: skep_idp::App,
    token: String,
}

impl Roller {
    async fn start() -> Self {
        let idp = Idp::start().await;
        let (app, secret) = idp.secret_app();
        let registry = idp.provider.registry();
        registry.add_certificate(app.app_id, test_key().certificate.der()).unwrap();
        let token = token_for(&idp, &app, &secret, "https://graph.microsoft.com/.default").await;
        let path = format!("/v1.0/applications/{}", app.object_id);
        Self { idp, path, object_id: app.object_id, app, token }
    }

    fn proof(&self, key: &TestKey, change: (&str, Value)) -> String {
        let now = self.idp.clock.now_s();
        let mut claims = json!({
            "aud": "00000002-0000-0000-c000-000000000000", "iss": self.object_id,
            "nbf": now, "exp": now + 600,
        });
        claims[change.0] = change.1;
        key.assertion(claims.as_object().unwrap())
    }

    async fn post(&self, action: &str, body: Value) -> crate::fixture::Reply {
        let path = format!("{}/{action}", self.path);
        call(&self.idp, &self.token, Method::POST, &path, Some(body)).await
    }

    fn entry(key: &TestKey) -> Value {
        let der = STANDARD.encode(key.certificate.der());
        json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": der})
    }
}

#[tokio::test]
async fn an_application_rolls_its_own_key_on_proof() {
    let roller = Roller::start().await;
    let second = TestKey::generate(None);
    let fine = ("jti", json!("x"));
    let body = json!({
        "keyCredential": Roller::entry(&second), "passwordCredential": null,
        "proof": roller.proof(test_key(), fine.clone()),
    });
    let added = roller.post("addKey", body.clone()).await;
    assert_eq!(added.status, 200, "{}", added.body);
    assert_eq!(added.body["key"], Value::Null);
    expect(&roller.post("addKey", body).await, 409, "Request_MultipleObjectsWithSameKeyValue");
    let idp = &roller.idp;
    idp.by_assertion(&roller.app, &second.assertion(&idp.assertion_claims(&roller.app)))
        .await
        .token();

    let first = idp.provider.registry().app(roller.app.app_id).unwrap().certificates[0].key_id;
    let body = json!({"keyId": first, "proof": roller.proof(&second, fine)});
    done(&roller.post("removeKey", body).await);
    idp.by_assertion(&roller.app, &test_key().assertion(&idp.assertion_claims(&roller.app)))
        .await
        .expect_refusal(401, "invalid_client", 700_027);
}

#[tokio::test]
async fn a_proof_that_proves_nothing_is_refused() {
    let roller = Roller::start().await;
    let stranger = TestKey::generate(None);
    let now = roller.idp.clock.now_s();
    for (proof, named) in [
        (roller.proof(&stranger, ("jti", json!("x"))), "not found"),
        (roller.proof(test_key(), ("iss", json!(roller.app.app_id))), "iss"),
        (roller.proof(test_key(), ("aud", json!("api://x"))), "aud"),
        (roller.proof(test_key(), ("exp", json!(now - 400))), "validity"),
        ("x.y".to_owned(), "three parts"),
    ] {
        let body = json!({"keyCredential": Roller::entry(&stranger), "proof": proof});
        let refused = roller.post("addKey", body).await;
        expect(&refused, 400, "Request_BadRequest");
        let message = refused.body["error"]["message"].as_str().unwrap();
        assert!(message.contains(named), "{named}: {message}");
    }
    // Somebody else's application needs the permission beside the proof.
    let other = roller.idp.provider.registry().add_app(NewApp::named("y")).unwrap();
    let path = format!("/v1.0/applications/{}/addKey", other.object_id);
    let body = json!({
        "keyCredential": Roller::entry(&stranger),
        "proof": roller.proof(test_key(), ("jti", json!("x"))),
    });
    let refused = call(&roller.idp, &roller.token, Method::POST, &path, Some(body)).await;
    expect(&refused, 403, "Authorization_RequestDenied");
}

#[tokio::test]
async fn an_ended_key_cannot_stay_in_the_list() {
    let directory = Directory::full().await;
    let registry = directory.idp.provider.registry();
    let app = registry.add_app(NewApp::named("x")).unwrap();
    let path = format!("/v1.0/applications/{}", app.object_id);
    let now = directory.idp.clock.now_s();
    let short = TestKey::generate(Some((now - 60, now + 600)));
    done(&directory.patch(&path, json!({"keyCredentials": [Roller::entry(&short)]})).await);
    let known = directory.get(&path).await.body["keyCredentials"].clone();
    directory.idp.clock.advance(Duration::from_secs(900));
    let mut both = known.as_array().unwrap().clone();
    both.push(Roller::entry(test_key()));
    let refused = directory.patch(&path, json!({"keyCredentials": both})).await;
    expect(&refused, 400, "KeyCredentialsInvalidEndDate");
    done(&directory.patch(&path, json!({"keyCredentials": [Roller::entry(test_key())]})).await);
}

//! Federated credentials at the token endpoint: tokens of other issuers as client assertions.

use std::time::Duration;

use serde_json::json;
use skep_idp::{App, FederatedCredential, IdpConfig, NewApp};

use crate::{
    browser::{Browser, redeem, user},
    fixture::{Idp, Reply, test_key},
};

const EXCHANGE: &str = "api://AzureADTokenExchange/.default";

/// A provider whose tokens another accepts, and what is presented.
struct Trusting {
    issuer: Idp,
    idp: Idp,
    app: App,
    token: String,
    subject: String,
}

impl Trusting {
    /// Registers what the credential's maker says about the token's issuer and subject.
    async fn with(credential: impl FnOnce(&str, &str) -> Vec<FederatedCredential>) -> Self {
        let issuer = Idp::start().await;
        let (workload, secret) = issuer.secret_app();
        let token = exchange_token(&issuer, &workload, secret.expose()).await;
        let idp = Idp::start().await;
        let app = idp.provider.registry().add_app(NewApp::named("federated")).unwrap();
        let subject = workload.principal_id().unwrap().to_string();
        for new in credential(&issuer.issuer(), &subject) {
            idp.provider.registry().add_federated_credential(app.app_id, new).unwrap();
        }
        Self { issuer, idp, app, token, subject }
    }

    async fn exact() -> Self {
        Self::with(|issuer, subject| vec![FederatedCredential::new("exact", issuer, subject)]).await
    }

    async fn present(&self) -> Reply {
        self.idp.by_assertion(&self.app, &self.token).await
    }
}

async fn exchange_token(idp: &Idp, app: &App, secret: &str) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &app.app_id.to_string()),
        ("client_secret", secret),
        ("scope", EXCHANGE),
    ];
    idp.post(&form).await.token().to_owned()
}

#[tokio::test]
async fn the_token_of_another_issuer_stands_for_the_application() {
    let trusting = Trusting::exact().await;
    let reply = trusting.present().await;
    let (_, claims) = trusting.idp.verify(reply.token()).await;
    assert_eq!(claims["azp"], json!(trusting.app.app_id));
    assert_eq!(claims["azpacr"], "2");

    // Its keys are remembered: the issuer may be away, and a new one makes them be fetched again.
    trusting.issuer.provider.roll_keys().unwrap();
    let (workload, secret) = trusting.issuer.secret_app();
    let subject = workload.principal_id().unwrap().to_string();
    let issuer = trusting.issuer.issuer();
    let new = FederatedCredential::new("rolled", issuer, subject);
    trusting.idp.provider.registry().add_federated_credential(trusting.app.app_id, new).unwrap();
    let rolled = exchange_token(&trusting.issuer, &workload, secret.expose()).await;
    trusting.idp.by_assertion(&trusting.app, &rolled).await.token();
    trusting.issuer.running.shutdown().await;
    trusting.idp.by_assertion(&trusting.app, &rolled).await.token();
}

#[tokio::test]
async fn the_provider_s_own_tokens_need_no_round_trip() {
    let idp = Idp::start().await;
    let (workload, secret) = idp.secret_app();
    let app = idp.provider.registry().add_app(NewApp::named("federated")).unwrap();
    let subject = workload.principal_id().unwrap().to_string();
    let new = FederatedCredential::new("own", idp.issuer(), subject);
    idp.provider.registry().add_federated_credential(app.app_id, new).unwrap();
    let token = exchange_token(&idp, &workload, secret.expose()).await;
    idp.by_assertion(&app, &token).await.token();

    let tampered = format!("{}AAAA", &token[..token.len() - 4]);
    idp.by_assertion(&app, &tampered).await.expect_refusal(401, "invalid_client", 700_027);
    // Another application does not accept it.
    let other = idp.provider.registry().add_app(NewApp::named("other")).unwrap();
    idp.by_assertion(&other, &token).await.expect_refusal(400, "invalid_request", 70021);
}

#[tokio::test]
async fn what_does_not_match_is_named() {
    let same = |name: &str, issuer: &str, subject: &str| {
        vec![FederatedCredential::new(name, issuer, subject)]
    };
    let none = Trusting::with(|_, _| Vec::new()).await.present().await;
    none.expect_refusal(400, "invalid_request", 70021);

    let issuer = Trusting::with(|issuer, subject| same("issuer", &format!("{issuer}/"), subject));
    let reply = issuer.await.present().await;
    reply.expect_refusal(401, "invalid_client", 700_211);
    assert!(reply.description().contains("/v2.0'"), "{}", reply.description());

    let audience = Trusting::with(|issuer, subject| {
        let audiences = vec!["api://other".to_owned()];
        vec![FederatedCredential { audiences, ..FederatedCredential::new("aud", issuer, subject) }]
    });
    let reply = audience.await.present().await;
    reply.expect_refusal(401, "invalid_client", 700_212);
    assert!(reply.description().contains("api://other"), "{}", reply.description());

    let trusting = Trusting::with(|issuer, _| same("subject", issuer, "somebody else")).await;
    let reply = trusting.present().await;
    reply.expect_refusal(401, "invalid_client", 700_213);
    assert!(reply.description().contains(&trusting.subject), "{}", reply.description());

    let case = Trusting::with(|issuer, subject| same("case", issuer, &subject.to_uppercase()));
    case.await.present().await.expect_refusal(401, "invalid_client", 7_002_138);
}

#[tokio::test]
async fn a_token_that_its_issuer_did_not_sign_or_that_is_old_is_refused() {
    let trusting = Trusting::exact().await;
    let tampered = format!("{}AAAA", &trusting.token[..trusting.token.len() - 4]);
    let reply = trusting.idp.by_assertion(&trusting.app, &tampered).await;
    reply.expect_refusal(401, "invalid_client", 700_027);

    let now = trusting.idp.clock.now_s();
    let mut forged = json!({
        "iss": trusting.issuer.issuer(), "sub": trusting.subject,
        "aud": "api://AzureADTokenExchange", "exp": now + 300,
    });
    let forge = |claims: &serde_json::Value| {
        let header = skep_auth::jose::Header {
            kid: Some("forged".into()),
            ..skep_auth::jose::Header::jwt()
        };
        let claims = claims.as_object().unwrap();
        test_key().sign(skep_auth::jose::Algorithm::Rs256, &header, claims)
    };
    let reply = trusting.idp.by_assertion(&trusting.app, &forge(&forged)).await;
    reply.expect_refusal(401, "invalid_client", 700_027);
    let ps256 = test_key().assertion(forged.as_object().unwrap());
    let reply = trusting.idp.by_assertion(&trusting.app, &ps256).await;
    reply.expect_refusal(401, "invalid_client", 5_002_738);
    for missing in ["sub", "aud", "exp"] {
        let mut claims = forged.clone();
        claims.as_object_mut().unwrap().remove(missing);
        let reply = trusting.idp.by_assertion(&trusting.app, &forge(&claims)).await;
        reply.expect_refusal(400, "invalid_request", 90014);
        assert!(reply.description().contains(missing), "{}", reply.description());
    }
    forged["exp"] = json!(now - 3600);
    let reply = trusting.idp.by_assertion(&trusting.app, &forge(&forged)).await;
    reply.expect_refusal(401, "invalid_client", 700_024);

    trusting.idp.clock.advance(Duration::from_secs(3 * 3600));
    trusting.present().await.expect_refusal(401, "invalid_client", 700_024);
}

#[tokio::test]
async fn an_issuer_that_cannot_be_reached_is_named_with_the_address() {
    // The keys and the CA of the others are copies of each other; this one's are its own.
    let issuer = Idp::start_in(tempfile::tempdir().unwrap(), IdpConfig::default()).await;
    let (workload, secret) = issuer.secret_app();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &workload.app_id.to_string()),
        ("client_secret", secret.expose()),
        ("scope", EXCHANGE),
    ];
    let path = format!("/{}/oauth2/v2.0/token", issuer.provider.tenant_id());
    let token = issuer.post_to(&path, &form).await.token().to_owned();
    let subject = workload.principal_id().unwrap().to_string();
    for trusts in [false, true] {
        let ca = trusts.then(|| issuer.provider.ca_certificate_path());
        let idp =
            Idp::start_with(IdpConfig { ca_certificate_path: ca, ..IdpConfig::default() }).await;
        let app = idp.provider.registry().add_app(NewApp::named("federated")).unwrap();
        let new = FederatedCredential::new("other-ca", issuer.issuer(), subject.clone());
        idp.provider.registry().add_federated_credential(app.app_id, new).unwrap();
        let reply = idp.by_assertion(&app, &token).await;
        if trusts {
            reply.token();
            continue;
        }
        reply.expect_refusal(400, "invalid_request", 90061);
        assert!(reply.description().contains("openid-configuration"), "{}", reply.description());
        assert!(!reply.body.to_string().contains(&token));
    }
}

#[tokio::test]
async fn a_user_s_token_is_no_proof_of_an_application() {
    let idp = Idp::start().await;
    let registry = idp.provider.registry();
    let (ada, client) = (user(&idp), crate::browser::app(&idp));
    let (_, secret) = registry.add_secret(client.app_id, skep_idp::NewSecret::default()).unwrap();
    let mut browser = Browser::new(&idp);
    let id = client.app_id.to_string();
    let scope = format!("{id}/access_as_user");
    let query = [
        ("client_id", id.as_str()),
        ("redirect_uri", crate::browser::WEB),
        ("response_type", "code"),
        ("scope", &scope),
    ];
    let page = browser.authorize(&query).await;
    let back = browser.sign_in(&page, &ada).await.parameters(crate::browser::WEB);
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", id.as_str()),
        ("client_secret", secret.expose()),
        ("code", &back["code"]),
        ("redirect_uri", crate::browser::WEB),
    ];
    let token = redeem(&idp, None, &form).await.token().to_owned();
    let (_, claims) = idp.verify(&token).await;

    let app = registry.add_app(NewApp::named("federated")).unwrap();
    let text = |name: &str| claims[name].as_str().unwrap().to_owned();
    let new = FederatedCredential {
        audiences: vec![text("aud")],
        ..FederatedCredential::new("user", text("iss"), text("sub"))
    };
    registry.add_federated_credential(app.app_id, new).unwrap();
    idp.by_assertion(&app, &token).await.expect_refusal(401, "invalid_client", 700_229);
}

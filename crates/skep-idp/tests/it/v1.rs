//! The v1.0 endpoints for users, and what else old clients ask for.

use serde_json::json;

use crate::{
    browser::{Browser, WEB, app, user},
    fixture::{Idp, TENANT},
};

#[tokio::test]
async fn a_user_signs_in_at_v1_and_keeps_access() {
    let idp = Idp::start().await;
    let (ada, app) = (user(&idp), app(&idp));
    let registry = idp.provider.registry();
    let (_, secret) = registry.add_secret(app.app_id, Default::default()).unwrap();
    registry.update_app(app.app_id, |app| app.requested_access_token_version = None).unwrap();
    let id = app.app_id.to_string();
    let mut browser = Browser::new(&idp);
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("client_id", id.as_str()),
            ("redirect_uri", WEB),
            ("response_type", "code"),
            ("resource", &id),
            ("nonce", "n-1"),
        ])
        .finish();
    let page = browser.get(&format!("/{TENANT}/oauth2/authorize?{query}")).await;
    let back = browser.sign_in(&page, &ada).await.parameters(WEB);
    let token = format!("/{TENANT}/oauth2/token");
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", id.as_str()),
        ("client_secret", secret.expose()),
        ("code", &back["code"]),
        ("redirect_uri", WEB),
        ("resource", &id),
    ];
    let reply = idp.post_to(&token, &form).await;
    let (header, claims) = idp.verify(reply.token()).await;
    assert!(header.x5t.is_some(), "as v1 tokens have");
    assert_eq!((&claims["ver"], &claims["aud"]), (&json!("1.0"), &json!(id)));
    assert_eq!(
        (&claims["scp"], &claims["upn"]),
        (&json!("access_as_user"), &json!("ada@skep.test"))
    );
    for number in ["expires_in", "ext_expires_in", "expires_on", "not_before"] {
        reply.body[number].as_str().unwrap().parse::<u64>().unwrap();
    }
    assert_eq!(reply.body["resource"], json!(id));
    let (_, id_claims) = idp.verify(reply.body["id_token"].as_str().unwrap()).await;
    assert_eq!((&id_claims["ver"], &id_claims["nonce"]), (&json!("1.0"), &json!("n-1")));
    assert_eq!(id_claims["iss"], json!(idp.running.endpoints().issuer_v1()));
    assert_eq!(id_claims["unique_name"], "ada@skep.test");

    let graph = "00000003-0000-0000-c000-000000000000".parse().unwrap();
    let scopes = ["openid", "profile", "offline_access", "User.Read"].map(str::to_owned);
    registry.grant_consent(app.app_id, graph, None, &scopes).unwrap();
    let refresh = reply.body["refresh_token"].as_str().unwrap();
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", id.as_str()),
        ("client_secret", secret.expose()),
        ("refresh_token", refresh),
        ("resource", "https://graph.microsoft.com"),
    ];
    let (_, claims) = idp.verify(idp.post_to(&token, &form).await.token()).await;
    assert_eq!(claims["aud"], "https://graph.microsoft.com");
    let out = browser.get(&format!("/{TENANT}/oauth2/logout")).await;
    out.expect_page(200, "You are signed out");
}

#[tokio::test]
async fn a_device_signs_in_at_v1() {
    let idp = Idp::start().await;
    let (ada, app) = (user(&idp), app(&idp));
    let public = |app: &mut skep_idp::App| app.is_fallback_public_client = true;
    idp.provider.registry().update_app(app.app_id, public).unwrap();
    let id = app.app_id.to_string();
    let begin = [("client_id", id.as_str()), ("resource", id.as_str())];
    let begun = idp.post_to(&format!("/{TENANT}/oauth2/devicecode"), &begin).await.body;
    assert_eq!((&begun["expires_in"], &begun["interval"]), (&json!("900"), &json!("5")));
    assert_eq!(begun["verification_url"], json!(idp.url("/devicelogin")));
    let mut browser = Browser::new(&idp);
    let enter = browser.get("/devicelogin").await;
    let code = begun["user_code"].as_str().unwrap();
    let page = browser.submit(&enter, &[("user_code", code)]).await;
    browser.sign_in(&page, &ada).await.expect_page(200, "You have signed in");
    let poll = [
        ("grant_type", "device_code"),
        ("client_id", id.as_str()),
        ("resource", id.as_str()),
        ("code", begun["device_code"].as_str().unwrap()),
    ];
    let reply = idp.post_to(&format!("/{TENANT}/oauth2/token"), &poll).await;
    reply.token();
    assert!(reply.body["refresh_token"].is_string());
}

#[tokio::test]
async fn a_users_realm_tells_who_signs_in_here() {
    let idp = Idp::start().await;
    for (name, kind) in [("ada@SKEP.test", "Managed"), ("ada@other.example", "Unknown")] {
        let realm = idp.get(&format!("/common/userrealm/{name}?api-version=1.0")).await.body;
        assert_eq!(realm["account_type"], kind, "{realm}");
    }
}

#[tokio::test]
async fn the_address_of_an_error_explains_it() {
    let idp = Idp::start().await;
    let mut browser = Browser::new(&idp);
    browser.get("/error?code=7000215").await.expect_page(200, "AADSTS7000215");
    for unknown in ["/error", "/error?code=1", "/error?code=%3Cscript%3E"] {
        browser.get(unknown).await.expect_page(404, "no page about this code");
    }
}

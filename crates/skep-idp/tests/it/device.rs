//! The device grant.

use std::time::Duration;

use serde_json::json;

use skep_idp::App;

use crate::{
    browser::{Browser, PASSWORD, redeem, user},
    fixture::{Idp, Reply, TENANT},
};

/// An application that may act without a redirect URI.
fn app(idp: &Idp) -> App {
    let app = crate::browser::app(idp);
    let registry = idp.provider.registry();
    registry.update_app(app.app_id, |app| app.is_fallback_public_client = true).unwrap()
}

async fn begin(idp: &Idp, client_id: &str, scope: &str) -> Reply {
    let path = format!("/{TENANT}/oauth2/v2.0/devicecode");
    idp.post_to(&path, &[("client_id", client_id), ("scope", scope)]).await
}

async fn poll(idp: &Idp, client_id: &str, grant: &str, device_code: &str) -> Reply {
    let form = [("grant_type", grant), ("client_id", client_id), ("device_code", device_code)];
    redeem(idp, None, &form).await
}

const LONG: &str = "urn:ietf:params:oauth:grant-type:device_code";

#[tokio::test]
async fn a_device_gets_tokens_once_its_user_has_signed_in() {
    let idp = Idp::start().await;
    let (user, app) = (user(&idp), app(&idp));
    let id = app.app_id.to_string();
    let started = begin(&idp, &id, "openid offline_access").await;
    assert_eq!(started.status, 200, "{}", started.body);
    let user_code = started.body["user_code"].as_str().unwrap();
    let device_code = started.body["device_code"].as_str().unwrap();
    assert!(user_code.chars().all(|c| c.is_ascii_alphanumeric()), "{user_code}");
    assert_eq!(started.body["expires_in"], 900);
    assert_eq!(started.body["interval"], 5);
    assert!(started.body.get("verification_uri_complete").is_none());
    assert_eq!(started.body["verification_uri"], json!(idp.url("/devicelogin")));
    assert!(started.body["message"].as_str().unwrap().contains(user_code));
    poll(&idp, &id, LONG, device_code).await.expect_refusal(400, "authorization_pending", 70016);

    let mut browser = Browser::new(&idp);
    let enter = browser.get("/devicelogin").await;
    let wrong = browser.submit(&enter, &[("user_code", "WRONG")]).await;
    wrong.expect_page(200, "not known");
    let page = browser.submit(&enter, &[("user_code", &user_code.to_lowercase())]).await;
    let name = user.user_principal_name.as_str();
    let consent = browser.submit(&page, &[("username", name), ("password", PASSWORD)]).await;
    consent.expect_page(200, "Operate asks for your permission");
    let done = browser.submit(&consent, &[("decision", "accept")]).await;
    done.expect_page(200, "You have signed in to Operate");

    // msal-node asks with the short name.
    let reply = poll(&idp, &id, "device_code", device_code).await;
    let (_, claims) = idp.verify(reply.token()).await;
    assert_eq!(claims["oid"], json!(user.object_id));
    assert!(reply.body.get("refresh_token").is_some());
    let again = poll(&idp, &id, LONG, device_code).await;
    again.expect_refusal(400, "bad_verification_code", 70018);
}

#[tokio::test]
async fn declined_expired_and_foreign_codes_say_so() {
    let idp = Idp::start().await;
    let (user, app) = (user(&idp), app(&idp));
    let id = app.app_id.to_string();
    let started = begin(&idp, &id, "openid").await;
    let (device, code) = (&started.body["device_code"], &started.body["user_code"]);
    let mut browser = Browser::new(&idp);
    let enter = browser.get("/devicelogin").await;
    let page = browser.submit(&enter, &[("user_code", code.as_str().unwrap())]).await;
    let name = user.user_principal_name.as_str();
    let consent = browser.submit(&page, &[("username", name), ("password", PASSWORD)]).await;
    browser.submit(&consent, &[("decision", "decline")]).await.expect_page(400, "AADSTS65004");
    let declined = poll(&idp, &id, LONG, device.as_str().unwrap()).await;
    declined.expect_refusal(400, "authorization_declined", 70000);

    let started = begin(&idp, &id, "openid").await;
    let device = started.body["device_code"].as_str().unwrap();
    let other = self::app(&idp).app_id.to_string();
    poll(&idp, &other, LONG, device).await.expect_refusal(400, "bad_verification_code", 70018);
    idp.clock.advance(Duration::from_secs(901));
    poll(&idp, &id, LONG, device).await.expect_refusal(400, "expired_token", 70020);
}

#[tokio::test]
async fn a_confidential_application_is_no_device() {
    let idp = Idp::start().await;
    let app = crate::browser::app(&idp);
    let refused = begin(&idp, &app.app_id.to_string(), "openid").await;
    refused.expect_refusal(401, "invalid_client", 7_000_218);
    let path = format!("/{TENANT}/oauth2/v2.0/devicecode");
    idp.post_to(&path, &[("scope", "openid")]).await.expect_refusal(
        400,
        "invalid_request",
        900_144,
    );
}

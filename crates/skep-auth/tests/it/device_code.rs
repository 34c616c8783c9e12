//! Signing in on another device.

use serde_json::json;
use skep_auth::{AuthError, DeviceCode};

use crate::provider::{Answer, Provider};

fn begun() -> Answer {
    Answer::json(
        200,
        &json!({
            "user_code": "ABCD", "device_code": "dev1ce", "verification_uri": "https://idp/device",
            "expires_in": 900, "interval": 1, "message": "Open https://idp/device and enter ABCD.",
        }),
    )
}

async fn begin(provider: &Provider) -> Result<DeviceCode, AuthError> {
    let url = provider.token_url();
    DeviceCode::begin(&url, &url, "cli", "a b", reqwest::Client::new()).await
}

fn refusal(error: &str) -> Answer {
    Answer::json(400, &json!({"error": error, "error_description": "AADSTS70016: not dev1ce yet."}))
}

#[tokio::test]
async fn the_token_comes_once_the_person_has_signed_in() {
    let provider = Provider::start().await;
    provider.script(|script| {
        script.answers =
            [begun(), refusal("authorization_pending"), Answer::token("the-token", 3600)].into();
    });
    let code = begin(&provider).await.unwrap();
    assert_eq!(code.message(), "Open https://idp/device and enter ABCD.");
    assert!(!format!("{code:?}").contains("dev1ce"));
    assert_eq!(code.token().await.unwrap().expose(), "the-token");
    provider.script(|script| {
        let [first, second, third] = script.token_requests.as_slice() else { panic!() };
        assert_eq!((first.field("client_id"), first.field("scope")), (Some("cli"), Some("a b")));
        let grant = "urn:ietf:params:oauth:grant-type:device_code";
        for poll in [second, third] {
            assert_eq!(poll.field("grant_type"), Some(grant));
            assert_eq!(poll.field("device_code"), Some("dev1ce"));
        }
    });
}

#[tokio::test]
async fn a_sign_in_that_is_declined_ends_it_with_a_fix() {
    let provider = Provider::start().await;
    provider.script(|script| {
        script.answers = [begun(), refusal("authorization_declined")].into();
    });
    let error = begin(&provider).await.unwrap().token().await.unwrap_err().to_string();
    assert!(error.contains("authorization_declined") && error.contains("fix:"), "{error}");
    assert!(!error.contains("dev1ce"), "{error}");
    assert_eq!(provider.n_token_requests(), 2);
}

#[tokio::test]
async fn a_provider_that_does_not_begin_is_named() {
    let provider = Provider::start().await;
    for (answer, told) in [
        (
            Answer::json(200, &json!({"user_code": "A", "verification_uri": "u"})),
            "has no device_code",
        ),
        (refusal("unauthorized_client"), "unauthorized_client"),
    ] {
        provider.script(|script| script.answers = [answer].into());
        let error = begin(&provider).await.unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
}

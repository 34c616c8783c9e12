//! What a restart must not lose.

use skep_idp::{IdpConfig, Provider};

use crate::{
    browser::{Browser, NATIVE, app, user},
    fixture::{Idp, client, reply},
};

#[tokio::test]
async fn keys_registrations_sessions_and_every_token_outlive_a_restart() {
    let first = Idp::start().await;
    let (ada, app) = (user(&first), app(&first));
    let (by_secret, secret) = first.secret_app();
    let outstanding = first.by_secret(&by_secret, secret.expose()).await.token().to_owned();
    let kid = first.provider.roll_keys().unwrap();
    let id = app.app_id.to_string();
    let query = [
        ("client_id", id.as_str()),
        ("redirect_uri", NATIVE),
        ("response_type", "code"),
        ("scope", "openid offline_access"),
    ];
    let mut browser = Browser::new(&first);
    let page = browser.authorize(&query).await;
    let code = browser.sign_in(&page, &ada).await.parameters(NATIVE)["code"].clone();
    let later_code = browser.authorize(&query).await.parameters(NATIVE)["code"].clone();
    let redeem = |code: &str| {
        [
            ("grant_type", "authorization_code".to_owned()),
            ("client_id", app.app_id.to_string()),
            ("redirect_uri", NATIVE.to_owned()),
            ("code", code.to_owned()),
        ]
    };
    let form = redeem(&code);
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let refresh = first.post(&form).await.body["refresh_token"].as_str().unwrap().to_owned();
    let port = first.running.addr().port();

    // The same directory and port, as after a restart of the process.
    let Idp { dir, clock, provider, running, .. } = first;
    running.shutdown().await;
    drop(provider);
    let provider =
        Provider::open_with_clock(dir.path(), IdpConfig::default(), clock.clone()).unwrap();
    let running = provider.serve(([127, 0, 0, 1], port).into()).await.unwrap();
    let http = client(&provider.ca_certificate_path());
    let second = Idp { dir, clock, provider, running, http };

    second.verify(&outstanding).await;
    let fresh = second.by_secret(&by_secret, secret.expose()).await;
    let (header, _) = second.verify(fresh.token()).await;
    assert_eq!(header.kid, Some(kid), "it signs with the same key");
    let form =
        [("grant_type", "refresh_token"), ("client_id", id.as_str()), ("refresh_token", &refresh)];
    second.post(&form).await.token();
    let form = redeem(&later_code);
    let request = second.http.post(second.token_endpoint()).form(&form);
    reply(request.send().await.unwrap()).await.token();
    // The browser's session too: nobody is asked for a password.
    let back = browser.authorize(&[&query[..], &[("prompt", "none")]].concat()).await;
    assert!(back.parameters(NATIVE).contains_key("code"));
}

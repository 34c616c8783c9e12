//! The admin page, with a browser without scripts.

use serde_json::Value;
use skep_auth::Secret;
use skep_idp::NewUser;

use crate::{
    browser::{Browser, PASSWORD, Seen, user},
    fixture::Idp,
};

fn token(idp: &Idp) -> String {
    std::fs::read_to_string(idp.provider.admin_token_path()).unwrap()
}

/// The values that every form of a page has.
fn seal(page: &Seen) -> String {
    page.hidden().into_iter().find(|(name, _)| name == "form").unwrap().1
}

async fn send(browser: &mut Browser, seal: &str, fields: &[(&str, &str)]) -> Seen {
    browser.post("/admin", &[&[("form", seal)], fields].concat()).await
}

/// Signed in by the admin token: the browser, and the page's seal.
async fn signed_in(idp: &Idp) -> (Browser, String) {
    let mut browser = Browser::new(idp);
    let page = browser.get("/admin").await;
    let fields = [("action", "sign-in"), ("token", &token(idp))];
    let back = send(&mut browser, &seal(&page), &fields).await;
    assert_eq!(back.location.as_deref(), Some("/admin"), "{back:?}");
    let page = browser.get("/admin").await;
    page.expect_page(200, "Applications");
    let seal = seal(&page);
    (browser, seal)
}

#[tokio::test]
async fn applications_users_and_keys_are_changed_by_forms() {
    let idp = Idp::start().await;
    let (mut browser, seal) = signed_in(&idp).await;
    let registry = idp.provider.registry();
    let fields = [
        ("action", "add-app"),
        ("name", "<Operate>"),
        ("web", "https://operate.example/callback https://operate.example/2"),
    ];
    let back = send(&mut browser, &seal, &fields).await;
    let app = registry.list().pop().unwrap();
    assert_eq!(app.redirect_uris.web.len(), 2);
    let id = app.app_id.to_string();
    assert_eq!(back.location.unwrap(), format!("/admin?app={id}"));

    let made = send(&mut browser, &seal, &[("action", "add-secret"), ("app", &id)]).await;
    made.expect_page(200, "cannot be shown again");
    let secret = made.between("<code>", "</code>");
    idp.by_secret(&app, &secret).await.token();
    let page = browser.get(&format!("/admin?app={id}")).await;
    page.expect_page(200, "https://operate.example/callback");
    assert!(page.html.contains("&lt;Operate&gt;") && !page.html.contains("<Operate>"));
    assert!(page.html.contains(&secret[..3]) && !page.html.contains(&secret));
    assert!(!page.html.contains("<script"), "works without scripts");
    let policy = page.policy.unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));

    let key_id = registry.app(app.app_id).unwrap().secrets[0].key_id.to_string();
    let fields = [("action", "remove-secret"), ("app", id.as_str()), ("secret", &key_id)];
    send(&mut browser, &seal, &fields).await;
    idp.by_secret(&app, &secret).await.expect_refusal(401, "invalid_client", 7_000_215);
    send(&mut browser, &seal, &[("action", "remove-app"), ("app", &id)]).await;
    assert_eq!(registry.app(app.app_id), None);

    let made =
        send(&mut browser, &seal, &[("action", "add-user"), ("user", "eve@skep.test")]).await;
    made.expect_page(200, "The new password");
    let eve = registry.users().pop().unwrap().object_id.to_string();
    send(&mut browser, &seal, &[("action", "remove-user"), ("user", &eve)]).await;
    assert!(registry.users().is_empty());

    let kid = async || {
        let keys = idp.get(&format!("/{}/discovery/keys", crate::fixture::TENANT)).await.body;
        keys["keys"][0]["kid"].clone()
    };
    let before: Value = kid().await;
    send(&mut browser, &seal, &[("action", "roll-keys")]).await;
    assert_ne!(kid().await, before);

    let bad = send(
        &mut browser,
        &seal,
        &[("action", "add-app"), ("name", "x"), ("web", "http://x.example")],
    );
    bad.await.expect_page(400, "https");
    send(&mut browser, &seal, &[("action", "dance")]).await.expect_page(400, "dance");
    send(&mut browser, &seal, &[("action", "sign-out")]).await;
    browser.get("/admin").await.expect_page(200, "admin token");
}

#[tokio::test]
async fn only_administrators_get_in() {
    let idp = Idp::start().await;
    let registry = idp.provider.registry();
    let ada = user(&idp);
    let admin =
        NewUser { is_admin: true, ..NewUser::named("root@skep.test", Secret::new(PASSWORD)) };
    let admin = registry.add_user(admin).unwrap();
    let mut browser = Browser::new(&idp);
    let page = browser.get("/admin").await;
    assert!(!page.html.contains("Signing keys"));
    let seal_in = seal(&page);
    let sign_in = [("action", "sign-in")];
    let wrong = [&sign_in[..], &[("token", "x")]].concat();
    send(&mut browser, &seal_in, &wrong).await.expect_page(200, "not the admin token");
    for (name, password, why) in [
        (ada.user_principal_name.as_str(), PASSWORD, "no administrator"),
        ("root@skep.test", "wrong", "is wrong"),
        ("nobody@skep.test", PASSWORD, "is wrong"),
    ] {
        let fields = [&sign_in[..], &[("username", name), ("password", password)]].concat();
        send(&mut browser, &seal_in, &fields).await.expect_page(200, why);
    }
    // Without a session no action is carried out, whatever the form says.
    let roll = send(&mut browser, &seal_in, &[("action", "roll-keys")]).await;
    roll.expect_page(200, "is wrong");

    let fields = [&sign_in[..], &[("username", "root@skep.test"), ("password", PASSWORD)]].concat();
    send(&mut browser, &seal_in, &fields).await;
    let page = browser.get("/admin").await;
    page.expect_page(200, "Signing keys");
    // Who is no administrator any more is out at once.
    registry.update_user(admin.object_id, |user| user.is_admin = false).unwrap();
    let refused = send(&mut browser, &seal(&page), &[("action", "roll-keys")]).await;
    refused.expect_page(400, "not opened in this browser");
    browser.get("/admin").await.expect_page(200, "admin token");
}

#[tokio::test]
async fn forms_of_other_browsers_and_sessions_are_refused() {
    let idp = Idp::start().await;
    let (mut browser, seal) = signed_in(&idp).await;
    let (_, other) = signed_in(&idp).await;
    for forged in ["", "x", other.as_str()] {
        let refused = send(&mut browser, forged, &[("action", "roll-keys")]).await;
        refused.expect_page(400, "not opened in this browser");
    }
    idp.clock.advance(std::time::Duration::from_secs(2 * 3600));
    let refused = send(&mut browser, &seal, &[("action", "roll-keys")]).await;
    refused.expect_page(400, "not opened in this browser");
    // Another token ends the sessions of the old one.
    let (mut browser, _) = signed_in(&idp).await;
    std::fs::write(idp.provider.admin_token_path(), "another").unwrap();
    browser.get("/admin").await.expect_page(200, "admin token");
}

//! Signing in with a browser, and what comes of it.

use std::time::Duration;

use serde_json::json;
use skep_auth::Secret;
use skep_idp::{AppRole, GroupClaims, MemberType, PermissionScope};
use uuid::Uuid;

use crate::{
    browser::{Browser, NATIVE, PASSWORD, SPA, VERIFIER, WEB, app, redeem, s256, user},
    fixture::{Idp, TENANT},
};

#[tokio::test]
async fn a_web_application_signs_a_user_in_with_code_and_pkce() {
    let idp = Idp::start().await;
    let (user, app) = (user(&idp), app(&idp));
    let (_, secret) = idp.provider.registry().add_secret(app.app_id, Default::default()).unwrap();
    let id = app.app_id.to_string();
    let scope = format!("openid profile email offline_access api://{id}/access_as_user");
    let mut browser = Browser::new(&idp);
    let page = browser
        .authorize(&[
            ("client_id", &id),
            ("redirect_uri", WEB),
            ("response_type", "code"),
            ("scope", &scope),
            ("state", "s & t"),
            ("nonce", "n-1"),
            ("code_challenge", &s256(VERIFIER)),
            ("code_challenge_method", "S256"),
            ("client_info", "1"),
        ])
        .await;
    page.expect_page(200, "Sign in");
    assert!(!page.html.contains("<script"), "works without scripts");
    let policy = page.policy.as_ref().unwrap();
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"));
    assert!(policy.contains("form-action 'self' https://operate.example"), "{policy}");

    let consent =
        browser.submit(&page, &[("username", "ADA@skep.test "), ("password", PASSWORD)]).await;
    consent.expect_page(200, "Operate asks for your permission");
    for text in ["See your mail address", "Keep access while you are away", "access_as_user"] {
        assert!(consent.html.contains(text), "{text}");
    }
    let back = browser.submit(&consent, &[("decision", "accept")]).await;
    assert_eq!(back.status, 303);
    let parameters = back.parameters(WEB);
    assert_eq!(parameters["state"], "s & t");
    assert!(parameters.contains_key("session_state") && parameters.contains_key("client_info"));

    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", &id),
        ("client_secret", secret.expose()),
        ("code", &parameters["code"]),
        ("redirect_uri", WEB),
        ("code_verifier", VERIFIER),
        ("client_info", "1"),
    ];
    let reply = redeem(&idp, None, &form).await;
    let (_, claims) = idp.verify(reply.token()).await;
    assert_eq!(claims["aud"], json!(id));
    assert_eq!(claims["scp"], "access_as_user");
    assert_eq!(claims["oid"], json!(user.object_id));
    assert_ne!(claims["sub"], claims["oid"], "pairwise");
    assert_eq!(claims["preferred_username"], "ada@skep.test");
    assert_eq!((&claims["azp"], &claims["azpacr"]), (&json!(id), &json!("1")));
    assert!(claims.get("idtyp").is_none());
    let scopes = reply.body["scope"].as_str().unwrap();
    assert_eq!(scopes, format!("api://{id}/access_as_user openid profile email"));
    assert!(reply.body.get("refresh_token_expires_in").is_none());

    let (header, id_claims) = idp.verify(reply.body["id_token"].as_str().unwrap()).await;
    assert_eq!(header.x5t, None);
    assert_eq!(id_claims["aud"], json!(id));
    assert_eq!(id_claims["iss"], json!(idp.issuer()));
    assert_eq!(id_claims["nonce"], "n-1");
    assert_eq!(id_claims["name"], "Ada Lovelace");
    assert_eq!(id_claims["email"], "ada@skep.test");
    assert_eq!(id_claims["sub"], claims["sub"]);
    assert_eq!(id_claims["exp"], json!(idp.clock.now_s() + 3600));
    assert!(id_claims.contains_key("sid") && id_claims.contains_key("uti"));
    let info = skep_auth::jose::decode_base64url(reply.body["client_info"].as_str().unwrap());
    let info: serde_json::Value = serde_json::from_slice(&info.unwrap()).unwrap();
    assert_eq!(info, json!({"uid": user.object_id, "utid": TENANT}));

    let again = redeem(&idp, None, &form).await;
    again.expect_refusal(400, "invalid_grant", 54005);
}

#[tokio::test]
async fn a_session_saves_the_second_sign_in_and_consent_the_second_question() {
    let idp = Idp::start().await;
    let (user, app) = (user(&idp), app(&idp));
    let id = app.app_id.to_string();
    let mut query = vec![
        ("client_id", id.as_str()),
        ("redirect_uri", WEB),
        ("response_type", "code"),
        ("scope", "openid profile"),
    ];
    let mut browser = Browser::new(&idp);
    query.push(("prompt", "none"));
    let silent = browser.authorize(&query).await.parameters(WEB);
    assert_eq!(silent["error"], "login_required");
    assert!(silent["error_description"].starts_with("AADSTS50058: "));
    query.pop();

    let page = browser.authorize(&query).await;
    browser.sign_in(&page, &user).await.parameters(WEB);
    assert!(browser.authorize(&query).await.parameters(WEB).contains_key("code"));
    query.push(("prompt", "none"));
    assert!(browser.authorize(&query).await.parameters(WEB).contains_key("code"));
    query.pop();
    for prompt in ["login", "select_account"] {
        query.push(("prompt", prompt));
        browser.authorize(&query).await.expect_page(200, "Password");
        query.pop();
    }
    query.push(("prompt", "consent"));
    browser.authorize(&query).await.expect_page(200, "asks for your permission");
    query.pop();
    query.pop();
    query.extend([("scope", "openid User.Read"), ("prompt", "none")]);
    let more = browser.authorize(&query).await.parameters(WEB);
    assert_eq!(more["error"], "consent_required");

    // A session ends with the password.
    idp.clock.advance(Duration::from_secs(5));
    let registry = idp.provider.registry();
    registry.set_password(user.object_id, &Secret::new("another password")).unwrap();
    assert_eq!(browser.authorize(&query).await.parameters(WEB)["error"], "login_required");
}

#[tokio::test]
async fn declining_goes_back_with_the_reason() {
    let idp = Idp::start().await;
    let app = app(&idp);
    user(&idp);
    let mut browser = Browser::new(&idp);
    let page = browser
        .authorize(&[
            ("client_id", &app.app_id.to_string()),
            ("redirect_uri", WEB),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", "x"),
        ])
        .await;
    let consent =
        browser.submit(&page, &[("username", "ada@skep.test"), ("password", PASSWORD)]).await;
    let back = browser.submit(&consent, &[("decision", "decline")]).await.parameters(WEB);
    assert_eq!((back["error"].as_str(), back["state"].as_str()), ("access_denied", "x"));
    assert!(back["error_description"].starts_with("AADSTS65004: "));
}

#[tokio::test]
async fn wrong_passwords_are_asked_again_and_then_locked() {
    let idp = Idp::start().await;
    let app = app(&idp);
    user(&idp);
    let mut browser = Browser::new(&idp);
    let mut page = browser
        .authorize(&[
            ("client_id", &app.app_id.to_string()),
            ("redirect_uri", WEB),
            ("response_type", "code"),
            ("scope", "openid"),
        ])
        .await;
    let unknown =
        browser.submit(&page, &[("username", "eve@skep.test"), ("password", PASSWORD)]).await;
    unknown.expect_page(200, "User name or password is wrong");
    for _ in 0..10 {
        page = browser.submit(&page, &[("username", "ada@skep.test"), ("password", "wrong")]).await;
        page.expect_page(200, "User name or password is wrong");
    }
    let right = [("username", "ada@skep.test"), ("password", PASSWORD)];
    page = browser.submit(&page, &right).await;
    page.expect_page(200, "too many sign-ins");
    idp.clock.advance(Duration::from_secs(61));
    browser.submit(&page, &right).await.expect_page(200, "asks for your permission");
}

#[tokio::test]
async fn a_form_is_good_in_its_browser_and_for_half_an_hour() {
    let idp = Idp::start().await;
    let app = app(&idp);
    user(&idp);
    let mut browser = Browser::new(&idp);
    let page = browser
        .authorize(&[
            ("client_id", &app.app_id.to_string()),
            ("redirect_uri", WEB),
            ("response_type", "code"),
            ("scope", "openid"),
        ])
        .await;
    let right = [("username", "ada@skep.test"), ("password", PASSWORD)];
    let mut other = Browser::new(&idp);
    other.submit(&page, &right).await.expect_page(400, "AADSTS90023");
    idp.clock.advance(Duration::from_secs(31 * 60));
    browser.submit(&page, &right).await.expect_page(400, "AADSTS90023");
}

#[tokio::test]
async fn without_a_trusted_redirect_uri_the_error_is_a_page() {
    let idp = Idp::start().await;
    let app = app(&idp);
    let id = app.app_id.to_string();
    let unknown = Uuid::new_v4().to_string();
    let mut browser = Browser::new(&idp);
    for (client_id, redirect_uri, code) in [
        (id.as_str(), "https://evil.example/callback", "AADSTS50011"),
        (id.as_str(), "https://operate.example/callback/", "AADSTS50011"),
        (id.as_str(), "", "AADSTS900971"),
        (unknown.as_str(), WEB, "AADSTS700016"),
    ] {
        let query = [
            ("client_id", client_id),
            ("redirect_uri", redirect_uri),
            ("response_type", "code"),
            ("scope", "openid"),
        ];
        browser.authorize(&query).await.expect_page(400, code);
    }
    let seen = browser.get("/common/oauth2/v2.0/authorize?client_id=x").await;
    seen.expect_page(400, "AADSTS50194");
}

#[tokio::test]
async fn other_errors_go_to_the_application() {
    let idp = Idp::start().await;
    let app = app(&idp);
    let id = app.app_id.to_string();
    let mut browser = Browser::new(&idp);
    for (redirect, extra, error, code) in [
        (WEB, vec![("response_type", "token")], "unsupported_response_type", 70005),
        (WEB, vec![("response_type", "id_token")], "unsupported_response_type", 700_054),
        (WEB, vec![], "invalid_request", 900_144),
        (WEB, vec![("response_type", "code"), ("scope", "")], "invalid_request", 90014),
        (
            WEB,
            vec![("response_type", "code"), ("scope", "api://nowhere/x")],
            "invalid_resource",
            500_011,
        ),
        (
            WEB,
            vec![("response_type", "code"), ("code_challenge", "short")],
            "invalid_request",
            501_491,
        ),
        (
            WEB,
            vec![
                ("response_type", "code"),
                ("code_challenge", VERIFIER),
                ("code_challenge_method", "S512"),
            ],
            "invalid_request",
            50147,
        ),
        (SPA, vec![("response_type", "code")], "invalid_request", 9_002_325),
    ] {
        let mut query =
            vec![("client_id", id.as_str()), ("redirect_uri", redirect), ("state", "s")];
        query.extend(&extra);
        if !extra.iter().any(|(name, _)| *name == "scope") {
            query.push(("scope", "openid"));
        }
        let back = browser.authorize(&query).await.parameters(redirect);
        assert_eq!(back["error"], error, "{extra:?}");
        let description = &back["error_description"];
        assert!(description.starts_with(&format!("AADSTS{code}: ")), "{description}");
        assert_eq!(back["state"], "s");
    }
    let unexposed = format!("api://{id}/nothing");
    let query = [
        ("client_id", id.as_str()),
        ("redirect_uri", WEB),
        ("response_type", "code"),
        ("scope", &unexposed),
    ];
    let back = browser.authorize(&query).await.parameters(WEB);
    assert!(back["error_description"].starts_with("AADSTS70011: "));
}

#[tokio::test]
async fn form_post_needs_a_click_at_most() {
    let idp = Idp::start().await;
    let (user, app) = (user(&idp), app(&idp));
    idp.provider
        .registry()
        .update_app(app.app_id, |app| app.enable_id_token_issuance = true)
        .unwrap();
    let mut browser = Browser::new(&idp);
    let page = browser
        .authorize(&[
            ("client_id", &app.app_id.to_string()),
            ("redirect_uri", WEB),
            ("response_type", "code id_token"),
            ("response_mode", "form_post"),
            ("scope", "openid"),
            ("nonce", "n"),
            ("state", "\"><script>"),
        ])
        .await;
    let posted = browser.sign_in(&page, &user).await;
    posted.expect_page(200, &format!("action=\"{WEB}\""));
    assert!(posted.html.contains("Continue"), "a button for browsers without scripts");
    let policy = posted.policy.as_ref().unwrap();
    assert!(policy.contains("script-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    let fields: std::collections::BTreeMap<_, _> = posted.hidden().into_iter().collect();
    assert_eq!(fields["state"], "&quot;&gt;&lt;script&gt;");
    let (_, claims) = idp.verify(&fields["id_token"]).await;
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, fields["code"].as_bytes());
    let expected = skep_auth::jose::encode_base64url(&hash.as_ref()[..16]);
    assert_eq!(claims["c_hash"], json!(expected));
    assert_eq!(claims["nonce"], "n");
    assert!(!claims.contains_key("name"), "nobody asked for the profile");
}

#[tokio::test]
async fn a_page_redeems_with_its_origin_and_for_a_day() {
    let idp = Idp::start().await;
    let (user, app) = (user(&idp), app(&idp));
    let id = app.app_id.to_string();
    let mut browser = Browser::new(&idp);
    let page = browser
        .authorize(&[
            ("client_id", &id),
            ("redirect_uri", SPA),
            ("response_type", "code"),
            ("scope", "openid offline_access"),
            ("code_challenge", &s256(VERIFIER)),
            ("code_challenge_method", "S256"),
        ])
        .await;
    let back = browser.sign_in(&page, &user).await;
    assert!(back.location.as_ref().unwrap().starts_with("https://console.example/?"));
    let code = back.parameters(SPA)["code"].clone();
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("client_id", id.as_str()),
        ("code", code.as_str()),
        ("redirect_uri", SPA),
        ("code_verifier", VERIFIER),
    ];
    redeem(&idp, None, &form).await.expect_refusal(400, "invalid_request", 9_002_327);
    form.push(("client_secret", "x"));
    redeem(&idp, Some(SPA), &form).await.expect_refusal(401, "invalid_client", 700_025);
    form.pop();
    let reply = redeem(&idp, Some(SPA), &form).await;
    assert_eq!(reply.headers["access-control-allow-origin"], SPA);
    let (_, claims) = idp.verify(reply.token()).await;
    assert_eq!(claims["aud"], "00000003-0000-0000-c000-000000000000", "Graph by default");
    assert_eq!(claims["appidacr"], "0");
    assert_eq!(reply.body["refresh_token_expires_in"], 86_400);

    let refresh = |token: &serde_json::Value| {
        vec![
            ("grant_type", "refresh_token".to_owned()),
            ("client_id", id.clone()),
            ("refresh_token", token.as_str().unwrap().to_owned()),
            ("scope", "openid offline_access".to_owned()),
        ]
    };
    let ask = async |form: Vec<(&'static str, String)>, origin: Option<&str>| {
        let form: Vec<_> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
        redeem(&idp, origin, &form).await
    };
    idp.clock.advance(Duration::from_secs(23 * 3600));
    let second = ask(refresh(&reply.body["refresh_token"]), Some(SPA)).await;
    second.token();
    assert_eq!(second.body["refresh_token_expires_in"], 3600, "inherited, not renewed");
    ask(refresh(&second.body["refresh_token"]), None).await.expect_refusal(
        400,
        "invalid_request",
        9_002_327,
    );
    idp.clock.advance(Duration::from_secs(3601));
    let ended = ask(refresh(&second.body["refresh_token"]), Some(SPA)).await;
    ended.expect_refusal(400, "invalid_grant", 700_084);
    assert_eq!(ended.body["suberror"], "token_expired");

    let preflight = idp
        .http
        .request(reqwest::Method::OPTIONS, idp.token_endpoint())
        .header("origin", SPA)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "x-client-sku")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.status(), 204);
    assert_eq!(preflight.headers()["access-control-allow-origin"], SPA);
    assert_eq!(preflight.headers()["access-control-allow-headers"], "x-client-sku");
}

#[tokio::test]
async fn a_code_is_for_its_client_redirect_verifier_and_ten_minutes() {
    let idp = Idp::start().await;
    let (user, app) = (user(&idp), app(&idp));
    let (other, other_secret) = idp.secret_app();
    let registry = idp.provider.registry();
    let (_, secret) = registry.add_secret(app.app_id, Default::default()).unwrap();
    let id = app.app_id.to_string();
    let mut browser = Browser::new(&idp);
    let challenge = s256(VERIFIER);
    let query = [
        ("client_id", id.as_str()),
        ("redirect_uri", WEB),
        ("response_type", "code"),
        ("scope", "openid"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let page = browser.authorize(&query).await;
    let code = browser.sign_in(&page, &user).await.parameters(WEB)["code"].clone();
    let ask = async |changes: &[(&'static str, &str)], origin: Option<&str>| {
        let mut form = std::collections::BTreeMap::from([
            ("grant_type", "authorization_code"),
            ("client_id", id.as_str()),
            ("client_secret", secret.expose()),
            ("code", code.as_str()),
            ("redirect_uri", WEB),
            ("code_verifier", VERIFIER),
        ]);
        form.extend(changes.iter().copied());
        let form: Vec<_> = form.into_iter().collect();
        redeem(&idp, origin, &form).await
    };
    ask(&[("client_secret", "")], None).await.expect_refusal(401, "invalid_client", 7_000_218);
    ask(&[("client_secret", "x")], None).await.expect_refusal(401, "invalid_client", 7_000_215);
    let other_id = other.app_id.to_string();
    let stolen = [("client_id", other_id.as_str()), ("client_secret", other_secret.expose())];
    ask(&stolen, None).await.expect_refusal(400, "invalid_grant", 70000);
    ask(&[("redirect_uri", SPA)], None).await.expect_refusal(401, "invalid_client", 500_112);
    ask(&[("code_verifier", "")], None).await.expect_refusal(400, "invalid_grant", 501_481);
    let wrong = VERIFIER.replace('d', "e");
    ask(&[("code_verifier", &wrong)], None).await.expect_refusal(400, "invalid_grant", 501_481);
    ask(&[("code", "garbage")], None).await.expect_refusal(400, "invalid_grant", 9_002_313);
    let cross = ask(&[], Some("https://evil.example")).await;
    cross.expect_refusal(400, "invalid_request", 9_002_326);
    assert!(!cross.headers.contains_key("access-control-allow-origin"));
    ask(&[], None).await.token();

    let code = browser.authorize(&query).await.parameters(WEB)["code"].clone();
    idp.clock.advance(Duration::from_secs(601));
    ask(&[("code", &code)], None).await.expect_refusal(400, "invalid_grant", 70008);
}

#[tokio::test]
async fn a_refresh_token_is_reusable_until_it_is_revoked_or_idle() {
    let idp = Idp::start().await;
    let (user, app) = (user(&idp), app(&idp));
    let id = app.app_id.to_string();
    let native = "http://localhost:49152";
    let mut browser = Browser::new(&idp);
    let page = browser
        .authorize(&[
            ("client_id", &id),
            ("redirect_uri", native),
            ("response_type", "code"),
            ("scope", "openid offline_access User.Read"),
        ])
        .await;
    let back = browser.sign_in(&page, &user).await.parameters(native);
    assert!(native.starts_with(NATIVE));
    let reply = redeem(
        &idp,
        None,
        &[
            ("grant_type", "authorization_code"),
            ("client_id", &id),
            ("code", &back["code"]),
            ("redirect_uri", native),
        ],
    )
    .await;
    assert_eq!(reply.body["scope"], "User.Read openid");
    let first = reply.body["refresh_token"].as_str().unwrap().to_owned();
    let ask = async |token: &str, scope: &str| {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", id.as_str()),
            ("refresh_token", token),
            ("scope", scope),
        ];
        redeem(&idp, None, &form).await
    };
    idp.clock.advance(Duration::from_secs(80 * 86_400));
    let second = ask(&first, "User.Read").await;
    second.token();
    ask(&first, "openid").await.token();
    let more = ask(&first, &format!("api://{id}/access_as_user")).await;
    more.expect_refusal(400, "invalid_grant", 65001);
    assert_eq!(more.body["suberror"], "consent_required");
    ask("garbage", "openid").await.expect_refusal(400, "invalid_grant", 9_002_313);
    ask(&back["code"], "openid").await.expect_refusal(400, "invalid_grant", 9_002_313);

    idp.clock.advance(Duration::from_secs(20 * 86_400));
    ask(&first, "openid").await.expect_refusal(400, "invalid_grant", 700_082);
    let second = second.body["refresh_token"].as_str().unwrap().to_owned();
    ask(&second, "openid").await.token();
    let registry = idp.provider.registry();
    registry.set_password(user.object_id, &Secret::new("another password")).unwrap();
    ask(&second, "openid").await.expect_refusal(400, "invalid_grant", 50173);
    registry.remove_user(user.object_id).unwrap();
    ask(&second, "openid").await.expect_refusal(400, "invalid_grant", 50034);
}

#[tokio::test]
async fn roles_and_groups_are_in_the_tokens_and_too_many_groups_are_not() {
    let idp = Idp::start().await;
    let (user, app) = (user(&idp), app(&idp));
    let registry = idp.provider.registry();
    registry
        .update_app(app.app_id, |app| {
            app.group_membership_claims = GroupClaims::SecurityGroup;
            app.app_roles.push(AppRole {
                id: Uuid::new_v4(),
                value: "Operator".to_owned(),
                display_name: "Operator".to_owned(),
                description: String::new(),
                allowed_member_types: vec![MemberType::User],
                enabled: true,
            });
            app.service_principal.as_mut().unwrap().app_role_assignment_required = true;
        })
        .unwrap();
    let id = app.app_id.to_string();
    let native = "http://localhost:1";
    let scope = format!("openid {id}/.default");
    let query = [
        ("client_id", id.as_str()),
        ("redirect_uri", native),
        ("response_type", "code"),
        ("scope", &scope),
    ];
    let mut browser = Browser::new(&idp);
    let page = browser.authorize(&query).await;
    browser.sign_in(&page, &user).await.expect_page(400, "AADSTS50105: ");

    let group = registry.add_group("operators").unwrap();
    registry.add_member(group.object_id, user.object_id).unwrap();
    registry.assign_role_to_group(group.object_id, app.app_id, "Operator").unwrap();
    let redeemed = async |browser: &mut Browser| {
        let mut seen = browser.authorize(&query).await;
        if seen.location.is_none() {
            seen = browser.sign_in(&seen, &user).await;
        }
        let code = seen.parameters(native)["code"].clone();
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", id.as_str()),
            ("code", &code),
            ("redirect_uri", native),
        ];
        let reply = redeem(&idp, None, &form).await;
        let (_, access) = idp.verify(reply.token()).await;
        let (_, identity) = idp.verify(reply.body["id_token"].as_str().unwrap()).await;
        [access, identity]
    };
    for claims in redeemed(&mut browser).await {
        assert_eq!(claims["roles"], json!(["Operator"]));
        assert_eq!(claims["groups"], json!([group.object_id]));
    }
    for n in 0..200 {
        let group = registry.add_group(format!("group {n}")).unwrap();
        registry.add_member(group.object_id, user.object_id).unwrap();
    }
    for claims in redeemed(&mut browser).await {
        assert!(!claims.contains_key("groups"));
        assert_eq!(claims["_claim_names"], json!({"groups": "src1"}));
        let endpoint = claims["_claim_sources"]["src1"]["endpoint"].as_str().unwrap();
        assert!(endpoint.ends_with(&format!("/users/{}/getMemberObjects", user.object_id)));
    }
}

#[tokio::test]
async fn scopes_for_administrators_need_an_administrators_consent() {
    let idp = Idp::start().await;
    let (user, app) = (user(&idp), app(&idp));
    let registry = idp.provider.registry();
    registry
        .update_app(app.app_id, |app| {
            let scope = PermissionScope { admin_only: true, ..PermissionScope::named("manage") };
            app.permission_scopes.push(scope);
        })
        .unwrap();
    let id = app.app_id.to_string();
    let scope = format!("openid api://{id}/manage");
    let query = [
        ("client_id", id.as_str()),
        ("redirect_uri", WEB),
        ("response_type", "code"),
        ("scope", &scope),
    ];
    let mut browser = Browser::new(&idp);
    let page = browser.authorize(&query).await;
    let back = browser.sign_in(&page, &user).await.parameters(WEB);
    assert_eq!(back["error"], "access_denied");
    assert!(back["error_description"].starts_with("AADSTS90094: "));

    registry.grant_consent(app.app_id, app.app_id, None, &["manage".to_owned()]).unwrap();
    let graph: Uuid = "00000003-0000-0000-c000-000000000000".parse().unwrap();
    registry.grant_consent(app.app_id, graph, None, &["openid".to_owned()]).unwrap();
    let page = browser.authorize(&query).await;
    let name = [("username", "ada@skep.test"), ("password", PASSWORD)];
    let back = browser.submit(&page, &name).await.parameters(WEB);
    assert!(back.contains_key("code"), "nothing left to ask: {back:?}");
}

#[tokio::test]
async fn signing_out_ends_the_session_and_tells_the_applications() {
    let idp = Idp::start().await;
    let (user, app) = (user(&idp), app(&idp));
    let registry = idp.provider.registry();
    let id = app.app_id.to_string();
    let query = [
        ("client_id", id.as_str()),
        ("redirect_uri", WEB),
        ("response_type", "code"),
        ("scope", "openid"),
    ];
    let mut browser = Browser::new(&idp);
    let page = browser.authorize(&query).await;
    browser.sign_in(&page, &user).await.parameters(WEB);
    let logout = format!("/{TENANT}/oauth2/v2.0/logout");
    let encoded = "https%3A%2F%2Foperate.example%2Fcallback";
    let back = browser.get(&format!("{logout}?post_logout_redirect_uri={encoded}&state=bye")).await;
    assert_eq!(back.parameters(WEB)["state"], "bye");
    browser.authorize(&query).await.expect_page(200, "Password");

    registry
        .update_app(app.app_id, |app| {
            app.logout_url = Some("https://operate.example/signout".to_owned());
        })
        .unwrap();
    let page = browser.authorize(&query).await;
    browser.sign_in(&page, &user).await.parameters(WEB);
    let evil = "https%3A%2F%2Fevil.example%2F";
    let out = browser.get(&format!("{logout}?post_logout_redirect_uri={evil}")).await;
    out.expect_page(200, "https://operate.example/signout?iss=");
    assert!(!out.html.contains("evil.example"));
}

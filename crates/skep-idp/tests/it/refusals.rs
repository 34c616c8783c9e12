//! Every refusal of the token endpoint that is not about assertions: status, error, code, body.

use std::time::Duration;

use serde_json::json;
use skep_idp::{NewApp, NewSecret};
use uuid::Uuid;

use crate::fixture::{Idp, TENANT, reply};

#[tokio::test]
async fn a_wrong_secret() {
    let idp = Idp::start().await;
    let (app, secret) = idp.secret_app();
    let id = idp.provider.registry().app(app.app_id).unwrap().secrets[0].key_id.to_string();
    for wrong in [id.as_str(), "x", &format!("{}x", secret.expose()), &secret.expose()[1..]] {
        let reply = idp.by_secret(&app, wrong).await;
        reply.expect_refusal(401, "invalid_client", 7_000_215);
        assert!(!reply.body.to_string().contains(secret.expose()));
        assert_eq!(reply.body["error_uri"], json!(idp.url("/error?code=7000215")));
    }
}

#[tokio::test]
async fn an_expired_secret() {
    let idp = Idp::start().await;
    let (app, secret) = idp.secret_app();
    idp.by_secret(&app, secret.expose()).await.token();
    idp.clock.advance(Duration::from_secs(731 * 86_400));
    idp.by_secret(&app, secret.expose()).await.expect_refusal(401, "invalid_client", 7_000_222);

    let (_, fresh) = idp.provider.registry().add_secret(app.app_id, NewSecret::default()).unwrap();
    idp.by_secret(&app, fresh.expose()).await.token();
    idp.by_secret(&app, secret.expose()).await.expect_refusal(401, "invalid_client", 7_000_222);
    idp.by_secret(&app, "wrong").await.expect_refusal(401, "invalid_client", 7_000_215);
}

#[tokio::test]
async fn clients_that_cannot_be() {
    let idp = Idp::start().await;
    let registry = idp.provider.registry();
    let ask = async |client_id: &str| {
        idp.post(&[
            ("grant_type", "client_credentials"),
            ("client_id", client_id),
            ("client_secret", "x"),
            ("scope", "api://x/.default"),
        ])
        .await
    };
    let unknown = Uuid::new_v4().to_string();
    ask(&unknown).await.expect_refusal(400, "unauthorized_client", 700_016);
    ask("my-client").await.expect_refusal(400, "unauthorized_client", 700_016);
    let nil = ask(&Uuid::nil().to_string()).await;
    nil.expect_refusal(400, "unauthorized_client", 700_038);
    assert!(nil.body.get("error_uri").is_none());

    let (app, secret) = idp.secret_app();
    registry.update_app(app.app_id, |app| app.enabled = false).unwrap();
    let reply = idp.by_secret(&app, secret.expose()).await;
    reply.expect_refusal(400, "unauthorized_client", 7_000_112);

    let app = registry
        .add_app(NewApp { with_service_principal: false, ..NewApp::named("half") })
        .unwrap();
    let (_, secret) = registry.add_secret(app.app_id, NewSecret::default()).unwrap();
    let reply = idp.by_secret(&app, secret.expose()).await;
    reply.expect_refusal(401, "invalid_client", 7_000_229);
}

#[tokio::test]
async fn a_missing_or_doubled_credential() {
    let idp = Idp::start().await;
    let (app, secret) = idp.secret_app();
    let id = app.app_id.to_string();
    let scope = format!("{id}/.default");
    let base = [("grant_type", "client_credentials"), ("client_id", &id), ("scope", &scope)];
    idp.post(&base).await.expect_refusal(401, "invalid_client", 7_000_216);
    let mut empty = base.to_vec();
    empty.push(("client_secret", ""));
    idp.post(&empty).await.expect_refusal(401, "invalid_client", 7_000_216);

    let mut both = base.to_vec();
    both.extend([
        ("client_secret", secret.expose()),
        ("client_assertion", "a.b.c"),
        ("client_assertion_type", crate::fixture::JWT_BEARER),
    ]);
    idp.post(&both).await.expect_refusal(400, "invalid_request", 9_002_313);

    let mut twice = base.to_vec();
    twice.extend([("client_secret", "x"), ("client_secret", secret.expose())]);
    idp.post(&twice).await.expect_refusal(400, "invalid_request", 9_002_313);

    let other = Uuid::new_v4().to_string();
    for (user, password, form) in [
        (id.as_str(), secret.expose(), [("client_id", other.as_str()), ("x", "y")]),
        (id.as_str(), secret.expose(), [("client_id", id.as_str()), ("client_secret", "x")]),
    ] {
        let request = idp.http.post(idp.token_endpoint()).basic_auth(user, Some(password)).form(
            &[&form[..], &[("grant_type", "client_credentials"), ("scope", &scope)]].concat(),
        );
        let refused = reply(request.send().await.unwrap()).await;
        refused.expect_refusal(400, "invalid_request", 9_002_313);
    }
}

#[tokio::test]
async fn a_public_client_with_a_secret() {
    let idp = Idp::start().await;
    let mut new = NewApp::named("console");
    new.redirect_uris.spa.push("https://console.example/".to_owned());
    let app = idp.provider.registry().add_app(new).unwrap();
    idp.by_secret(&app, "x").await.expect_refusal(401, "invalid_client", 700_025);
}

#[tokio::test]
async fn missing_parameters_and_unknown_grants() {
    let idp = Idp::start().await;
    let (app, secret) = idp.secret_app();
    let id = app.app_id.to_string();
    idp.post(&[("client_id", &id)]).await.expect_refusal(400, "invalid_request", 900_144);
    idp.post(&[]).await.expect_refusal(400, "invalid_request", 900_144);
    idp.post(&[("grant_type", "client_credentials")]).await.expect_refusal(
        400,
        "invalid_request",
        900_144,
    );
    let grant = idp.post(&[("grant_type", "magic"), ("client_id", &id)]).await;
    grant.expect_refusal(400, "unsupported_grant_type", 70003);
    assert!(grant.body.get("error_uri").is_none());

    let json_body = idp
        .http
        .post(idp.token_endpoint())
        .json(&json!({"grant_type": "client_credentials", "client_id": id}))
        .send()
        .await
        .unwrap();
    let refused = reply(json_body).await;
    refused.expect_refusal(400, "invalid_request", 900_144);
    assert!(refused.description().contains("application/x-www-form-urlencoded"));

    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &id),
        ("client_secret", secret.expose()),
    ];
    idp.post(&form).await.expect_refusal(400, "invalid_request", 90014);
    let mut blank = form.to_vec();
    blank.push(("scope", "  "));
    idp.post(&blank).await.expect_refusal(400, "invalid_request", 90014);
}

#[tokio::test]
async fn scopes_that_name_no_single_resource() {
    let idp = Idp::start().await;
    let (app, secret) = idp.secret_app();
    let (other, _) = idp.secret_app();
    let id = app.app_id.to_string();
    let ask = async |scope: &str| {
        idp.post(&[
            ("grant_type", "client_credentials"),
            ("client_id", &id),
            ("client_secret", secret.expose()),
            ("scope", scope),
        ])
        .await
    };
    for named in
        ["openid", "User.Read", &id, &format!("{id}/full_access"), "x.default", "/.default"]
    {
        ask(named).await.expect_refusal(400, "invalid_scope", 1_002_012);
    }
    let mixed = format!("{id}/.default {id}/read");
    ask(&mixed).await.expect_refusal(400, "invalid_scope", 70011);
    ask(&format!("{id}/.default\u{7}")).await.expect_refusal(400, "invalid_scope", 70011);
    let two = format!("{id}/.default {}/.default", other.app_id);
    ask(&two).await.expect_refusal(400, "invalid_scope", 700_022);
    for unknown in ["api://nowhere/.default", &format!("{}/.default", Uuid::new_v4())] {
        let reply = ask(unknown).await;
        reply.expect_refusal(400, "invalid_resource", 500_011);
        assert!(reply.description().contains(unknown.trim_end_matches("/.default")));
    }
}

#[tokio::test]
async fn a_resource_without_a_service_principal_is_unknown() {
    let idp = Idp::start().await;
    let (app, secret) = idp.secret_app();
    let resource = idp
        .provider
        .registry()
        .add_app(NewApp { with_service_principal: false, ..NewApp::named("half") })
        .unwrap();
    let reply = idp
        .post(&[
            ("grant_type", "client_credentials"),
            ("client_id", &app.app_id.to_string()),
            ("client_secret", secret.expose()),
            ("scope", &format!("{}/.default", resource.app_id)),
        ])
        .await;
    reply.expect_refusal(400, "invalid_resource", 500_011);
}

#[tokio::test]
async fn resource_and_scope_on_the_v2_endpoint() {
    let idp = Idp::start().await;
    let (app, secret) = idp.secret_app();
    let id = app.app_id.to_string();
    let reply = idp
        .post(&[
            ("grant_type", "client_credentials"),
            ("client_id", &id),
            ("client_secret", secret.expose()),
            ("resource", &id),
            ("scope", &format!("{id}/.default")),
        ])
        .await;
    reply.expect_refusal(400, "invalid_request", 901_002);
}

#[tokio::test]
async fn tenants_that_are_not_here() {
    let idp = Idp::start().await;
    let (app, secret) = idp.secret_app();
    let id = app.app_id.to_string();
    let scope = format!("{id}/.default");
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", id.as_str()),
        ("client_secret", secret.expose()),
        ("scope", scope.as_str()),
    ];
    for (tenant, error, code) in [
        ("11111111-2222-3333-4444-555555555555", "invalid_request", 90002),
        ("other.example", "invalid_request", 90002),
        ("authorize", "invalid_request", 900_023),
        ("7d3b5a524a1c4e0e9f6a1c5f4f2a9b10", "invalid_request", 900_023),
        ("a..b", "invalid_request", 900_023),
        ("%20", "invalid_request", 900_023),
        ("common", "invalid_request", 50194),
        ("organizations", "invalid_request", 50194),
        ("consumers", "invalid_request", 9_001_023),
    ] {
        let reply = idp.post_to(&format!("/{tenant}/oauth2/v2.0/token"), &form).await;
        reply.expect_refusal(400, error, code);
    }
    for tenant in ["skep.test", &TENANT.to_uppercase()] {
        idp.post_to(&format!("/{tenant}/oauth2/v2.0/token"), &form).await.token();
    }
}

#[tokio::test]
async fn requests_of_web_pages() {
    let idp = Idp::start().await;
    let (app, secret) = idp.secret_app();
    let id = app.app_id.to_string();
    let request =
        idp.http.post(idp.token_endpoint()).header("origin", "https://page.example").form(&[
            ("grant_type", "client_credentials"),
            ("client_id", id.as_str()),
            ("client_secret", secret.expose()),
            ("scope", &format!("{id}/.default")),
        ]);
    let refused = reply(request.send().await.unwrap()).await;
    refused.expect_refusal(400, "invalid_request", 9_002_326);
    assert!(!refused.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn the_callers_correlation_id_comes_back() {
    let idp = Idp::start().await;
    let id = Uuid::new_v4().to_string();
    let in_header = idp.http.post(idp.token_endpoint()).header("client-request-id", &id);
    let in_query = idp.http.post(format!("{}?client-request-id={id}", idp.token_endpoint()));
    let in_body = idp.http.post(idp.token_endpoint()).form(&[("client-request-id", &id)]);
    for request in [in_header, in_query, in_body] {
        let refused = reply(request.send().await.unwrap()).await;
        refused.expect_refusal(400, "invalid_request", 900_144);
        assert_eq!(refused.body["correlation_id"], json!(id));
        assert_ne!(refused.body["trace_id"], json!(id));
    }
    let junk = idp.http.post(idp.token_endpoint()).header("client-request-id", "junk");
    let refused = reply(junk.send().await.unwrap()).await;
    refused.expect_refusal(400, "invalid_request", 900_144);
}

#[tokio::test]
async fn a_callers_value_is_shortened_and_stripped_in_the_text() {
    let idp = Idp::start().await;
    let long = format!("evil\r\n{}", "x".repeat(5_000));
    let reply = idp.post(&[("grant_type", &long)]).await;
    reply.expect_refusal(400, "unsupported_grant_type", 70003);
    assert!(reply.description().len() < 500);
    assert!(!reply.description().contains(['\r', '\n']));
}

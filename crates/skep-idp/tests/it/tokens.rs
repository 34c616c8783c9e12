use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use skep_idp::{AppRole, IdpConfig, MemberType, NewApp, NewSecret};
use uuid::Uuid;

use crate::fixture::{Idp, TENANT};

fn names(claims: &Map<String, Value>) -> BTreeSet<&str> {
    claims.keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_v2_token_has_exactly_the_claims_of_a_real_one() {
    let idp = Idp::start().await;
    let (app, secret) = idp.secret_app();
    let reply = idp.by_secret(&app, secret.expose()).await;
    let (header, claims) = idp.verify(reply.token()).await;

    assert_eq!(header.typ.as_deref(), Some("JWT"));
    assert_eq!(header.x5t, None);
    let expected = "aio aud azp azpacr exp iat iss nbf oid rh sub tid uti ver xms_ftd";
    assert_eq!(names(&claims), expected.split(' ').collect());
    let id = json!(app.app_id);
    assert_eq!((&claims["aud"], &claims["azp"]), (&id, &id));
    assert_eq!(claims["azpacr"], "1");
    assert_eq!(claims["iss"], json!(idp.issuer()));
    assert_eq!(claims["oid"], json!(app.principal_id().unwrap()));
    assert_eq!(claims["sub"], claims["oid"]);
    assert_eq!(claims["tid"], TENANT);
    assert_eq!(claims["ver"], "2.0");
    assert_eq!(claims["uti"].as_str().unwrap().len(), 22);

    let now = idp.clock.now_s();
    assert_eq!(claims["iat"], json!(now - 300));
    assert_eq!(claims["nbf"], claims["iat"]);
    let lifetime = claims["exp"].as_i64().unwrap() - now;
    assert!((3600..5400).contains(&lifetime), "{lifetime}");
    assert_eq!(reply.body["expires_in"], json!(lifetime - 1));
    assert_eq!(reply.body["ext_expires_in"], json!(lifetime - 1));
    assert_eq!(reply.body["token_type"], "Bearer");
    assert_eq!(reply.body.as_object().unwrap().len(), 4);
}

#[tokio::test]
async fn a_token_reply_is_not_to_be_kept() {
    let idp = Idp::start().await;
    let (app, secret) = idp.secret_app();
    for reply in [idp.by_secret(&app, secret.expose()).await, idp.by_secret(&app, "x").await] {
        let header = |name: &str| reply.headers[name].to_str().unwrap().to_owned();
        assert!(header("cache-control").contains("no-store"));
        assert_eq!(header("pragma"), "no-cache");
        assert_eq!(header("content-type"), "application/json; charset=utf-8");
        Uuid::parse_str(&header("x-ms-request-id")).unwrap();
    }
}

#[tokio::test]
async fn the_resource_decides_the_version_of_the_token() {
    let idp = Idp::start().await;
    let registry = idp.provider.registry();
    let (client, secret) = idp.secret_app();
    for version in [None, Some(1)] {
        let resource = registry
            .add_app(NewApp { requested_access_token_version: version, ..NewApp::named("v1") })
            .unwrap();
        let uri = format!("api://{}", resource.app_id);
        for asked in [resource.app_id.to_string(), uri.clone(), format!("{uri}/")] {
            let reply = idp
                .post(&[
                    ("grant_type", "client_credentials"),
                    ("client_id", &client.app_id.to_string()),
                    ("client_secret", secret.expose()),
                    ("scope", &format!("{asked}/.default")),
                ])
                .await;
            let (header, claims) = idp.verify(reply.token()).await;
            assert_eq!(header.x5t, header.kid);
            let expected = "aio appid appidacr aud exp iat idp iss nbf oid rh sub tid uti ver";
            assert_eq!(names(&claims), expected.split(' ').collect());
            assert_eq!(claims["ver"], "1.0");
            assert_eq!(claims["aud"], json!(asked));
            assert_eq!(claims["iss"], json!(idp.running.endpoints().issuer_v1()));
            assert_eq!(claims["idp"], claims["iss"]);
            assert_eq!(claims["appid"], json!(client.app_id));
        }
    }
}

#[tokio::test]
async fn the_audience_of_a_v2_token_is_the_client_id_however_it_was_asked_for() {
    let idp = Idp::start().await;
    let (app, secret) = idp.secret_app();
    let id = app.app_id.to_string();
    for scope in [
        format!("{id}/.default"),
        format!("api://{id}/.default"),
        format!("{id}/.default openid profile offline_access"),
        format!("  {id}/.default  "),
        format!("{}/.default", id.to_uppercase()),
    ] {
        let reply = idp
            .post(&[
                ("grant_type", "client_credentials"),
                ("client_id", &id),
                ("client_secret", secret.expose()),
                ("scope", &scope),
                ("audience", "ignored"),
                ("client_info", "1"),
                ("x-client-SKU", "test"),
            ])
            .await;
        let (_, claims) = idp.verify(reply.token()).await;
        assert_eq!(claims["aud"], json!(id), "{scope}");
    }
}

#[tokio::test]
async fn the_v1_endpoint_takes_a_resource_and_answers_with_strings() {
    let idp = Idp::start().await;
    let (app, secret) = idp.secret_app();
    let id = app.app_id.to_string();
    let path = format!("/{TENANT}/oauth2/token");
    let reply = idp
        .post_to(
            &path,
            &[
                ("grant_type", "client_credentials"),
                ("client_id", &id),
                ("client_secret", secret.expose()),
                ("resource", &id),
            ],
        )
        .await;
    let (_, claims) = idp.verify(reply.token()).await;
    assert_eq!(claims["ver"], "2.0", "the resource's choice, not the endpoint's");
    assert_eq!(reply.body["resource"], json!(id));
    assert_eq!(reply.body["expires_on"], json!(claims["exp"].to_string()));
    assert_eq!(reply.body["not_before"], json!(claims["nbf"].to_string()));
    let expires_in: i64 = reply.body["expires_in"].as_str().unwrap().parse().unwrap();
    assert!((3599..5400).contains(&expires_in));
}

#[tokio::test]
async fn the_v1_endpoint_gives_no_token_for_oneself_by_uri() {
    let idp = Idp::start().await;
    let (app, secret) = idp.secret_app();
    let id = app.app_id.to_string();
    let ask = async |resource: Option<&str>| {
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", id.as_str()),
            ("client_secret", secret.expose()),
        ];
        form.extend(resource.map(|resource| ("resource", resource)));
        idp.post_to(&format!("/{TENANT}/oauth2/token"), &form).await
    };
    ask(Some(&format!("api://{id}"))).await.expect_refusal(400, "invalid_request", 90009);
    ask(Some("api://elsewhere")).await.expect_refusal(400, "invalid_resource", 500_011);
    ask(None).await.expect_refusal(400, "invalid_request", 90014);
}

#[tokio::test]
async fn without_a_resource_the_token_is_for_graph() {
    let idp = Idp::start().await;
    let (app, secret) = idp.secret_app();
    for scope in [".default", "https://graph.microsoft.com/.default"] {
        let reply = idp
            .post(&[
                ("grant_type", "client_credentials"),
                ("client_id", &app.app_id.to_string()),
                ("client_secret", secret.expose()),
                ("scope", scope),
            ])
            .await;
        let (_, claims) = idp.verify(reply.token()).await;
        assert_eq!(claims["aud"], "https://graph.microsoft.com");
        assert_eq!(claims["ver"], "1.0");
    }
}

#[tokio::test]
async fn granted_roles_are_in_the_token_and_required_ones_are_required() {
    let idp = Idp::start().await;
    let registry = idp.provider.registry();
    let (client, secret) = idp.secret_app();
    let role = |value: &str, allowed: MemberType| AppRole {
        id: Uuid::new_v4(),
        value: value.to_owned(),
        display_name: value.to_owned(),
        description: String::new(),
        allowed_member_types: vec![allowed],
        enabled: true,
    };
    let resource = registry
        .add_app(NewApp {
            app_roles: vec![
                role("Process.Start", MemberType::Application),
                role("Task.Complete", MemberType::User),
            ],
            ..NewApp::named("gateway")
        })
        .unwrap();
    let ask = async || {
        idp.post(&[
            ("grant_type", "client_credentials"),
            ("client_id", &client.app_id.to_string()),
            ("client_secret", secret.expose()),
            ("scope", &format!("{}/.default", resource.app_id)),
        ])
        .await
    };
    let (_, claims) = idp.verify(ask().await.token()).await;
    assert!(!claims.contains_key("roles"), "any client gets a token without roles");

    registry
        .update_app(resource.app_id, |app| {
            app.service_principal.as_mut().unwrap().app_role_assignment_required = true;
        })
        .unwrap();
    ask().await.expect_refusal(400, "invalid_grant", 501_051);

    let refused = registry.assign_role(client.app_id, resource.app_id, "Task.Complete");
    assert!(refused.is_err(), "a role for users only");
    registry.assign_role(client.app_id, resource.app_id, "Process.Start").unwrap();
    let (_, claims) = idp.verify(ask().await.token()).await;
    assert_eq!(claims["roles"], json!(["Process.Start"]));
}

#[tokio::test]
async fn the_lifetime_can_be_set() {
    let config = IdpConfig { access_token_lifetime_s: Some(60), ..IdpConfig::default() };
    let idp = Idp::start_with(config).await;
    let (app, secret) = idp.secret_app();
    let reply = idp.by_secret(&app, secret.expose()).await;
    let (_, claims) = idp.verify(reply.token()).await;
    assert_eq!(claims["exp"], json!(idp.clock.now_s() + 60));
    assert_eq!(reply.body["expires_in"], 59);
}

#[tokio::test]
async fn rolling_keys_signs_with_a_new_one_and_keeps_the_old() {
    let idp = Idp::start().await;
    let (app, secret) = idp.secret_app();
    let before = idp.by_secret(&app, secret.expose()).await;
    let (old, _) = idp.verify(before.token()).await;
    let kid = idp.provider.roll_keys().unwrap();
    let after = idp.by_secret(&app, secret.expose()).await;
    let (new, _) = idp.verify(after.token()).await;
    assert_eq!(new.kid, Some(kid));
    assert_ne!(new.kid, old.kid);
    idp.verify(before.token()).await;
}

#[tokio::test]
async fn basic_authentication_is_form_decoded() {
    let idp = Idp::start().await;
    let (app, secret) = idp.secret_app();
    let id = app.app_id.to_string();
    let percent = |text: &str| -> String { text.bytes().map(|b| format!("%{b:02X}")).collect() };
    for (user, password) in
        [(id.clone(), secret.expose().to_owned()), (percent(&id), percent(secret.expose()))]
    {
        let response = idp
            .http
            .post(idp.token_endpoint())
            .basic_auth(user, Some(password))
            .form(&[("grant_type", "client_credentials"), ("scope", &format!("{id}/.default"))])
            .send()
            .await
            .unwrap();
        let reply = crate::fixture::reply(response).await;
        let (_, claims) = idp.verify(reply.token()).await;
        assert_eq!(claims["azp"], json!(id));
    }
}

#[tokio::test]
async fn two_secrets_work_side_by_side_until_one_is_removed() {
    let idp = Idp::start().await;
    let registry = idp.provider.registry();
    let (app, first) = idp.secret_app();
    let (info, second) = registry.add_secret(app.app_id, NewSecret::default()).unwrap();
    idp.by_secret(&app, first.expose()).await.token();
    idp.by_secret(&app, second.expose()).await.token();
    registry.remove_secret(app.app_id, info.key_id).unwrap();
    idp.by_secret(&app, first.expose()).await.token();
    idp.by_secret(&app, second.expose()).await.expect_refusal(401, "invalid_client", 7_000_215);
}

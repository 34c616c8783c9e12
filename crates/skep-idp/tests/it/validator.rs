//! The other side: Skep's own gateway check accepts what is issued here, and nothing else.

use std::time::Duration;

use skep_auth::{KeyRefresh, TrustedIssuer, ValidationConfig, Validator};
use skep_idp::{AppRole, IdpConfig, MemberType, NewApp};
use uuid::Uuid;

use crate::fixture::Idp;

fn validator(idp: &Idp, audiences: Vec<String>) -> Validator {
    let endpoints = idp.running.endpoints();
    let config = ValidationConfig {
        issuers: vec![
            TrustedIssuer::new(endpoints.issuer()),
            TrustedIssuer::with_jwks(endpoints.issuer_v1(), endpoints.jwks_uri_v1()),
        ],
        audiences,
        keys: KeyRefresh { unknown_kid_interval: Duration::from_secs(10), ..KeyRefresh::default() },
        ..ValidationConfig::default()
    };
    Validator::with_clock(config, idp.http.clone(), idp.clock.clone())
}

#[tokio::test]
async fn tokens_of_both_versions_are_accepted() {
    let idp = Idp::start().await;
    let (client, secret) = idp.secret_app();
    let role = AppRole {
        id: Uuid::new_v4(),
        value: "Process.Start".to_owned(),
        display_name: "Start processes".to_owned(),
        description: String::new(),
        allowed_member_types: vec![MemberType::Application],
        enabled: true,
    };
    let registry = idp.provider.registry();
    for version in [Some(2), None] {
        let resource = registry
            .add_app(NewApp {
                requested_access_token_version: version,
                app_roles: vec![role.clone()],
                ..NewApp::named("gateway")
            })
            .unwrap();
        registry.assign_role(client.app_id, resource.app_id, "Process.Start").unwrap();
        let reply = idp
            .post(&[
                ("grant_type", "client_credentials"),
                ("client_id", &client.app_id.to_string()),
                ("client_secret", secret.expose()),
                ("scope", &format!("{}/.default", resource.app_id)),
            ])
            .await;
        let validator = validator(&idp, vec![resource.app_id.to_string()]);
        let principal = validator.validate(reply.token()).await.unwrap();
        assert_eq!(principal.client_id, Some(client.app_id.to_string()));
        assert_eq!(principal.subject, client.principal_id().unwrap().to_string());
        assert_eq!(principal.roles, ["Process.Start"]);

        let other = self::validator(&idp, vec!["api://other".to_owned()]);
        assert_eq!(other.validate(reply.token()).await.unwrap_err().code(), "SKEP-AUTH-AUDIENCE");
    }
}

#[tokio::test]
async fn a_rolled_key_is_picked_up_and_old_tokens_stay_good_until_they_end() {
    let config = IdpConfig { access_token_lifetime_s: Some(600), ..IdpConfig::default() };
    let idp = Idp::start_with(config).await;
    let (app, secret) = idp.secret_app();
    let validator = validator(&idp, vec![app.app_id.to_string()]);
    let before = idp.by_secret(&app, secret.expose()).await;
    validator.validate(before.token()).await.unwrap();

    idp.clock.advance(Duration::from_secs(30));
    idp.provider.roll_keys().unwrap();
    let after = idp.by_secret(&app, secret.expose()).await;
    validator.validate(after.token()).await.unwrap();
    validator.validate(before.token()).await.unwrap();

    idp.clock.advance(Duration::from_secs(1_000));
    let ended = validator.validate(after.token()).await.unwrap_err();
    assert_eq!(ended.code(), "SKEP-AUTH-EXPIRED");
}

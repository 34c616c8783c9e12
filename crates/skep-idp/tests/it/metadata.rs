use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use skep_auth::jose::{Certificate, Jwk, JwkSet};

use crate::fixture::{Idp, TENANT};

#[tokio::test]
async fn discovery_describes_the_tenant_by_its_id() {
    let idp = Idp::start().await;
    let origin = idp.running.endpoints().origin.clone();
    assert!(origin.starts_with("https://localhost:"), "{origin}");
    for tenant in [TENANT.to_owned(), TENANT.to_uppercase(), "skep.test".to_owned()] {
        let document =
            idp.get(&format!("/{tenant}/v2.0/.well-known/openid-configuration")).await.body;
        assert_eq!(document["issuer"], json!(format!("{origin}/{TENANT}/v2.0")));
        assert_eq!(
            document["token_endpoint"],
            json!(format!("{origin}/{TENANT}/oauth2/v2.0/token"))
        );
        assert_eq!(document["jwks_uri"], json!(format!("{origin}/{TENANT}/discovery/v2.0/keys")));
        assert_eq!(document["id_token_signing_alg_values_supported"], json!(["RS256"]));
        assert_eq!(document["request_uri_parameter_supported"], json!(false));
    }
}

#[tokio::test]
async fn discovery_has_no_fields_that_entra_has_not() {
    let idp = Idp::start().await;
    for version in ["/v2.0", ""] {
        let path = format!("/{TENANT}{version}/.well-known/openid-configuration");
        let document = idp.get(&path).await.body;
        for absent in [
            "grant_types_supported",
            "code_challenge_methods_supported",
            "introspection_endpoint",
            "revocation_endpoint",
            "registration_endpoint",
            "pushed_authorization_request_endpoint",
        ] {
            assert!(document.get(absent).is_none(), "{absent}");
        }
    }
}

#[tokio::test]
async fn v1_discovery_has_the_v1_issuer_and_addresses() {
    let idp = Idp::start().await;
    let origin = idp.running.endpoints().origin.clone();
    let document = idp.get(&format!("/{TENANT}/.well-known/openid-configuration")).await.body;
    assert_eq!(document["issuer"], json!(format!("{origin}/{TENANT}/")));
    assert_eq!(document["issuer"], json!(idp.running.endpoints().issuer_v1()));
    assert_eq!(document["token_endpoint"], json!(format!("{origin}/{TENANT}/oauth2/token")));
    assert_eq!(document["jwks_uri"], json!(format!("{origin}/{TENANT}/discovery/keys")));
    assert_eq!(document["microsoft_multi_refresh_token"], json!(true));
}

#[tokio::test]
async fn shared_tenants_have_a_template_for_an_issuer() {
    let idp = Idp::start().await;
    let origin = idp.running.endpoints().origin.clone();
    for tenant in ["common", "organizations"] {
        let document =
            idp.get(&format!("/{tenant}/v2.0/.well-known/openid-configuration")).await.body;
        assert_eq!(document["issuer"], json!(format!("{origin}/{{tenantid}}/v2.0")));
        assert_eq!(
            document["token_endpoint"],
            json!(format!("{origin}/{tenant}/oauth2/v2.0/token"))
        );
        assert_eq!(document["tenant_region_scope"], json!(null));
    }
}

#[tokio::test]
async fn keys_are_named_by_the_thumbprint_of_their_certificate() {
    let idp = Idp::start().await;
    let reply = idp.get(&format!("/{TENANT}/discovery/v2.0/keys")).await;
    assert_eq!(reply.headers["access-control-allow-origin"], "*");
    let set = JwkSet::parse(reply.body.to_string().as_bytes()).unwrap();
    assert!(set.keys.len() >= 2, "a client must not get away with taking the only key");
    for (key, json) in set.keys.iter().zip(reply.body["keys"].as_array().unwrap()) {
        let certificate = Certificate::from_der(&STANDARD.decode(&key.x5c[0]).unwrap()).unwrap();
        let thumbprint = certificate.x5t();
        assert_eq!(thumbprint.len(), 27);
        assert_eq!(key.kid.as_ref(), Some(&thumbprint));
        assert_eq!(key.x5t.as_ref(), Some(&thumbprint));
        assert_eq!((key.kty.as_str(), key.key_use.as_deref()), ("RSA", Some("sig")));
        assert!(json.get("alg").is_none());
        assert!(certificate.subject().contains("accounts.accesscontrol"));
        let issuer = format!("{}/{{tenantid}}/v2.0", idp.running.endpoints().origin);
        assert_eq!(key.issuer.as_ref(), Some(&issuer));
    }
    let v1 = idp.get(&format!("/{TENANT}/discovery/keys")).await.body;
    let strip = |key: &Jwk| Jwk { issuer: None, ..key.clone() };
    let expected: Vec<Jwk> = set.keys.iter().map(strip).collect();
    assert_eq!(JwkSet::parse(v1.to_string().as_bytes()).unwrap().keys, expected);
}

#[tokio::test]
async fn instance_discovery_vouches_for_its_own_origin_with_or_without_port() {
    let idp = Idp::start().await;
    let origin = idp.running.endpoints().origin.clone();
    for authority in [origin.trim_start_matches("https://"), "localhost"] {
        let path = format!(
            "/common/discovery/instance?api-version=1.1&authorization_endpoint=https%3A%2F%2F{authority}%2F{TENANT}%2Foauth2%2Fv2.0%2Fauthorize"
        );
        let reply = idp.get(&path).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(
            reply.body["tenant_discovery_endpoint"],
            json!(idp.running.endpoints().discovery_uri())
        );
        assert_eq!(reply.body["api-version"], "1.1");
        let aliases = reply.body["metadata"][0]["aliases"].as_array().unwrap();
        assert!(aliases.contains(&json!("localhost")), "{aliases:?}");
    }
}

#[tokio::test]
async fn instance_discovery_knows_no_other_host() {
    let idp = Idp::start().await;
    for url in [
        "https%3A%2F%2Flogin.example.com%2Fx%2Foauth2%2Fv2.0%2Fauthorize",
        "http%3A%2F%2Flocalhost%2Fx%2Foauth2%2Fv2.0%2Fauthorize",
        "",
    ] {
        let path =
            format!("/common/discovery/instance?api-version=1.1&authorization_endpoint={url}");
        idp.get(&path).await.expect_refusal(400, "invalid_instance", 50049);
    }
}

#[tokio::test]
async fn discovery_of_another_tenant_is_refused_as_the_real_service_does() {
    let idp = Idp::start().await;
    let other = "00000000-1111-2222-3333-444444444444";
    for path in [
        format!("/{other}/v2.0/.well-known/openid-configuration"),
        format!("/{other}/discovery/v2.0/keys"),
        "/other.example/v2.0/.well-known/openid-configuration".to_owned(),
    ] {
        idp.get(&path).await.expect_refusal(400, "invalid_tenant", 90002);
    }
    idp.get("/authorize/v2.0/.well-known/openid-configuration").await.expect_refusal(
        400,
        "invalid_request",
        900_023,
    );
}

//! Which tokens are accepted, and what callers are told about the others, on both ports.

use prost::Message as _;
use reqwest::StatusCode;
use serde_json::Value;
use skep_api::{gateway::TopologyRequest, rpc};
use skep_auth::ValidationConfig;
use skep_gateway::{AuthMode, GatewayConfig};
use tonic::{Code, Request, Status};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::{
    issuer::{AUDIENCE, Issuer, auth, now_s},
    rig::Rig,
};

fn rig(issuer: &Issuer) -> Rig {
    Rig::start_with(GatewayConfig::loopback(), issuer.auth())
}

async fn grpc(rig: &Rig, authorization: Option<&str>) -> Result<(), Status> {
    let mut request = Request::new(TopologyRequest {});
    if let Some(value) = authorization {
        request.metadata_mut().insert("authorization", value.parse().unwrap());
    }
    rig.client().await.topology(request).await.map(|_| ())
}

async fn rest(rig: &Rig, authorization: Option<&str>) -> reqwest::Response {
    let mut request = reqwest::Client::new().get(rig.url("/v2/topology"));
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    request.send().await.unwrap()
}

/// Both ports refuse `authorization` with this code, for a reason that has these words.
async fn refused(rig: &Rig, authorization: Option<&str>, reason: &str, words: &[&str]) {
    let status = grpc(rig, authorization).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated, "{status:?}");
    assert!(status.message().starts_with(&format!("{reason}: ")), "{status:?}");
    let details = rpc::Status::decode(status.details()).unwrap();
    assert_eq!(details.message, status.message());
    let info = details.error_info().unwrap();
    assert_eq!((info.reason.as_str(), info.domain.as_str()), (reason, "skep"));

    let response = rest(rig, authorization).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let challenge = response.headers()["www-authenticate"].to_str().unwrap().to_owned();
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["status"], 401);
    assert_eq!(body["title"], "UNAUTHORIZED");
    assert_eq!(body["instance"], "/v2/topology");
    // Seconds differ when the two calls were made in different ones.
    let timeless = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "");
    assert_eq!(timeless(body["detail"].as_str().unwrap()), timeless(status.message()));
    if authorization.is_some_and(|value| value.len() > "Bearer ".len()) {
        assert!(challenge.starts_with("Bearer error=\"invalid_token\""), "{challenge}");
        assert!(challenge.contains(reason), "{challenge}");
    } else {
        assert_eq!(challenge, "Bearer");
    }
    for word in words {
        assert!(status.message().contains(word), "{word:?} is not in {:?}", status.message());
    }
    if let Some(token) = authorization
        .and_then(|value| value.strip_prefix("Bearer ").filter(|token| !token.is_empty()))
    {
        assert!(!status.message().contains(token) && !challenge.contains(token));
    }
}

#[tokio::test]
async fn a_good_token_is_accepted_on_both_ports() {
    let issuer = Issuer::start().await;
    let rig = rig(&issuer);
    let bearer = format!("Bearer {}", issuer.token());
    grpc(&rig, Some(&bearer)).await.unwrap();
    assert_eq!(rest(&rig, Some(&bearer)).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn no_token_and_no_bearer_token_are_told_apart() {
    let issuer = Issuer::start().await;
    let rig = rig(&issuer);
    let missing = "SKEP-AUTH-MISSING";
    refused(&rig, None, missing, &["[authorization]", "found nothing", "fix:"]).await;
    refused(&rig, Some(""), missing, &["found nothing"]).await;
    refused(&rig, Some("Bearer "), missing, &["found nothing"]).await;
    refused(&rig, Some("Basic dXNlcjpwYXNz"), "SKEP-AUTH-SCHEME", &["Bearer", "Basic"]).await;
}

#[tokio::test]
async fn bad_tokens_are_refused_with_what_is_wrong_and_how_to_mend_it() {
    let issuer = Issuer::start().await;
    let rig = rig(&issuer);
    let stranger = Issuer::start().await;
    let unsigned = {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
        let claims = URL_SAFE_NO_PAD.encode(issuer.claims().to_string());
        format!("{}.{claims}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#))
    };
    let forged = {
        let mut claims = stranger.claims();
        claims["iss"] = issuer.claims()["iss"].clone();
        stranger.sign(&claims)
    };
    let cases = [
        (issuer.token_with("exp", now_s() - 3600), "SKEP-AUTH-EXPIRED", "expired"),
        (issuer.token_with("nbf", now_s() + 3600), "SKEP-AUTH-NOT-YET-VALID", "clocks"),
        (issuer.token_with("aud", "api://other"), "SKEP-AUTH-AUDIENCE", "api://other"),
        (unsigned, "SKEP-AUTH-ALGORITHM", "none"),
        (stranger.token(), "SKEP-AUTH-ISSUER", "issuer"),
        (forged, "SKEP-AUTH-SIGNATURE", "signature"),
        ("opaque-token".to_owned(), "SKEP-AUTH-MALFORMED", "JWT"),
    ];
    for (token, reason, word) in cases {
        refused(&rig, Some(&format!("Bearer {token}")), reason, &[word, "fix:"]).await;
    }
    let wrong_audience = issuer.token_with("aud", "api://other");
    refused(
        &rig,
        Some(&format!("Bearer {wrong_audience}")),
        "SKEP-AUTH-AUDIENCE",
        &[AUDIENCE, "api://other", "/.default"],
    )
    .await;
}

#[tokio::test]
async fn a_caller_without_the_role_is_forbidden() {
    let issuer = Issuer::start().await;
    let validation =
        ValidationConfig { required_roles: vec!["Admin".to_owned()], ..issuer.validation() };
    let rig = Rig::start_with(GatewayConfig::loopback(), auth(validation));
    let bearer = format!("Bearer {}", issuer.token());

    let status = grpc(&rig, Some(&bearer)).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    let response = rest(&rig, Some(&bearer)).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["title"], "FORBIDDEN");
    assert!(body["detail"].as_str().unwrap().starts_with("SKEP-AUTH-ROLE: "));

    let admin = format!("Bearer {}", issuer.token_with("roles", vec!["Admin"]));
    grpc(&rig, Some(&admin)).await.unwrap();
}

#[tokio::test]
async fn an_unreachable_provider_is_not_the_callers_fault() {
    let issuer = Issuer::unreachable().await;
    let rig = rig(&issuer);
    let bearer = format!("Bearer {}", issuer.token());

    let status = grpc(&rig, Some(&bearer)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.message().starts_with("SKEP-AUTH-JWKS: "), "{status:?}");
    let response = rest(&rig, Some(&bearer)).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(!response.headers().contains_key("www-authenticate"));
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["title"], "UNAVAILABLE");
}

#[tokio::test]
async fn without_authentication_the_header_is_not_looked_at() {
    let rig = Rig::start();
    for authorization in [None, Some(""), Some("Bearer nonsense")] {
        grpc(&rig, authorization).await.unwrap();
        assert_eq!(rest(&rig, authorization).await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn health_status_and_licence_need_no_token() {
    let issuer = Issuer::start().await;
    let rig = rig(&issuer);
    let mut health = HealthClient::new(rig.channel().await);
    for service in ["", "gateway_protocol.Gateway"] {
        let request = HealthCheckRequest { service: service.to_owned() };
        let status = health.check(request).await.unwrap().into_inner().status;
        assert_eq!(status, 1, "SERVING: {service:?}");
    }
    let unknown = HealthCheckRequest { service: "other".to_owned() };
    assert_eq!(health.check(unknown).await.unwrap_err().code(), Code::NotFound);

    for (path, status) in [
        ("/v2/status", StatusCode::NO_CONTENT),
        ("/v2/license", StatusCode::OK),
        ("/health", StatusCode::OK),
        ("/ready", StatusCode::OK),
        ("/actuator/health", StatusCode::OK),
        ("/actuator/health/readiness", StatusCode::OK),
        ("/actuator/health/liveness", StatusCode::OK),
        ("/v2/authentication/me", StatusCode::UNAUTHORIZED),
        ("/v2/no-such-thing", StatusCode::UNAUTHORIZED),
    ] {
        let response = reqwest::get(rig.url(path)).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
    }
}

#[tokio::test]
async fn me_is_the_client_or_the_user_of_the_token() {
    let issuer = Issuer::start().await;
    let rig = rig(&issuer);
    let me = async |token: String| -> Value {
        let request = reqwest::Client::new().get(rig.url("/v2/authentication/me"));
        request.bearer_auth(token).send().await.unwrap().json().await.unwrap()
    };
    let client = me(issuer.token()).await;
    assert_eq!(client["username"], "worker-1");
    assert_eq!(client["roles"], serde_json::json!(["Worker"]));
    assert_eq!(client["tenants"][0]["tenantId"], "<default>");
    assert_eq!(client["email"], Value::Null);

    let mut claims = issuer.claims();
    claims["preferred_username"] = "ada@example.org".into();
    claims["scp"] = "access".into();
    let user = me(issuer.sign(&claims)).await;
    assert_eq!(user["username"], "ada@example.org");
    assert_eq!(user["email"], "ada@example.org");
}

#[tokio::test]
async fn metrics_tell_what_became_of_tokens_and_commands() {
    let issuer = Issuer::start().await;
    let rig = rig(&issuer);
    let bearer = format!("Bearer {}", issuer.token());
    let page = async |authorization: Option<&str>| {
        let mut request = reqwest::Client::new().get(rig.url("/actuator/prometheus"));
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        request.send().await.unwrap()
    };
    // They tell about the installation: not to everybody.
    assert_eq!(page(None).await.status(), StatusCode::UNAUTHORIZED);
    for _ in 0..3 {
        grpc(&rig, Some(&bearer)).await.unwrap();
    }
    let expired = format!("Bearer {}", issuer.token_with("exp", now_s() - 3600));
    grpc(&rig, Some(&expired)).await.unwrap_err();

    let response = page(Some(&bearer)).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = response.text().await.unwrap();
    for line in [
        "# TYPE zeebe_health gauge",
        "zeebe_health{partition=\"1\"} 1",
        "zeebe_received_request_count_total 0",
        "zeebe_dropped_request_count_total 0",
        // The first call brought the keys: what it found before they came is not kept.
        "skep_token_checks_total{outcome=\"accepted\",by=\"kept\"} 2",
        "skep_token_checks_total{outcome=\"accepted\",by=\"checked\"} 2",
        "skep_token_checks_total{outcome=\"SKEP-AUTH-EXPIRED\",by=\"checked\"} 1",
        "# TYPE skep_jwks_fetch_seconds summary",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
    assert!(text.contains("skep_jwks_fetch_seconds_count{issuer=\""), "{text}");
    // Every line is a comment or a sample whose value is a number.
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (_, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
    }
}

#[tokio::test]
async fn users_with_passwords_call_where_the_server_says_so() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let header = |text: &str| format!("Basic {}", STANDARD.encode(text));
    let users = [("demo".to_owned(), skep_auth::Secret::new("pass:word"))];
    let users = skep_auth::BasicUsers::new(users).unwrap();
    let rig = Rig::start_with(GatewayConfig::loopback(), AuthMode::Basic(users));
    grpc(&rig, Some(&header("demo:pass:word"))).await.unwrap();
    assert_eq!(rest(&rig, Some(&header("demo:pass:word"))).await.status(), StatusCode::OK);
    for wrong in [None, Some(header("demo:pass")), Some("Bearer abc".to_owned())] {
        let status = grpc(&rig, wrong.as_deref()).await.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated, "{status:?}");
        assert!(status.message().starts_with("SKEP-AUTH-PASSWORD: "), "{status:?}");
        let response = rest(&rig, wrong.as_deref()).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        let challenge = response.headers()["www-authenticate"].to_str().unwrap();
        assert_eq!(challenge, "Basic realm=\"Skep\", charset=\"UTF-8\"");
    }
}

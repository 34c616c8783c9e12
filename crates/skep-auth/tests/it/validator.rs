use std::{sync::Arc, time::Duration};

use axum::http::StatusCode;
use serde_json::{Value, json};
use skep_auth::{
    Clock, KeyRefresh, TokenError, TokenFault, TrustedIssuer, ValidationConfig, Validator,
    bearer_token,
    jose::{Algorithm, Header, encode_base64url},
};

use crate::provider::{Provider, Signer, closed_address};

const NOW_S: i64 = 1_800_000_000;
const APP: &str = "11111111-1111-4111-8111-111111111111";
const TENANT: &str = "22222222-2222-4222-8222-222222222222";

struct Rig {
    provider: Provider,
    signer: Signer,
    clock: Clock,
    config: ValidationConfig,
}

impl Rig {
    async fn new() -> Self {
        let provider = Provider::start().await;
        let signer = Signer::new("one");
        provider.script(|script| script.keys = vec![signer.jwk()]);
        let config = ValidationConfig {
            issuers: vec![TrustedIssuer::new(&provider.origin)],
            audiences: vec![APP.into()],
            ..ValidationConfig::default()
        };
        Self { provider, signer, clock: Clock::manual(NOW_S), config }
    }

    fn validator(&self) -> Validator {
        Validator::with_clock(self.config.clone(), reqwest::Client::new(), self.clock.clone())
    }

    fn claims(&self) -> Value {
        json!({
            "iss": self.provider.origin, "aud": APP, "sub": "s", "oid": "s", "azp": "client",
            "iat": NOW_S - 300, "nbf": NOW_S - 300, "exp": NOW_S + 3600, "roles": ["Worker"],
        })
    }

    /// A token whose claims differ from good ones in `changes`; null removes a claim.
    fn token(&self, changes: Value) -> String {
        let mut claims = self.claims();
        let Value::Object(changes) = changes else { panic!("expected an object of claims") };
        for (name, value) in changes {
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(&name);
            } else {
                claims[name] = value;
            }
        }
        self.signer.token(&claims)
    }

    fn n_jwks_requests(&self) -> usize {
        self.provider.script(|script| script.n_jwks_requests)
    }
}

async fn refused(rig: &Rig, token: &str) -> TokenError {
    let error = rig.validator().validate(token).await.unwrap_err();
    if token.len() > 20 {
        for text in [error.to_string(), error.public_message(), format!("{error:?}")] {
            assert!(!text.contains(token), "the token is in {text}");
        }
    }
    error
}

#[tokio::test]
async fn a_good_token_is_accepted_and_its_result_is_kept() {
    let rig = Rig::new().await;
    let validator = rig.validator();
    assert!(validator.warm_up().await.is_empty());
    let token = rig.token(json!({}));
    let first = validator.validate(&token).await.unwrap();
    assert_eq!(first.client_id.as_deref(), Some("client"));
    assert_eq!((first.username.as_deref(), first.subject.as_str()), (None, "s"));
    assert_eq!((first.expires_at, first.roles.as_slice()), (NOW_S + 3600, &["Worker".into()][..]));

    let second = validator.validate(&token).await.unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    assert_eq!(rig.n_jwks_requests(), 1);
}

#[tokio::test]
async fn a_kept_result_ends_when_the_token_does() {
    let rig = Rig::new().await;
    let validator = rig.validator();
    let token = rig.token(json!({}));
    validator.validate(&token).await.unwrap();
    validator.validate(&token).await.unwrap();
    rig.clock.advance(Duration::from_secs(3600 + 59));
    validator.validate(&token).await.unwrap();
    rig.clock.advance(Duration::from_secs(1));
    let error = validator.validate(&token).await.unwrap_err();
    assert_eq!(error, TokenError::Expired { by_s: 60, leeway_s: 60 });
}

#[tokio::test]
async fn both_audience_forms_of_an_application_are_accepted() {
    let rig = Rig::new().await;
    for aud in [json!(APP), json!(format!("api://{APP}")), json!(["other", APP])] {
        rig.validator().validate(&rig.token(json!({"aud": aud}))).await.unwrap();
    }
    let error = refused(&rig, &rig.token(json!({"aud": "other"}))).await;
    assert_eq!(
        error.public_message(),
        format!(
            "SKEP-AUTH-AUDIENCE: expected the audience \"{APP}\", but the token's is \"other\"; \
             fix: request the token with the scope \"{APP}/.default\", or add the token's \
             audience to the server's list"
        )
    );
    let error = refused(&rig, &rig.token(json!({"aud": null}))).await;
    assert!(error.to_string().ends_with("but the token's is absent"), "{error}");
}

#[tokio::test]
async fn without_a_configured_audience_nothing_is_accepted() {
    let mut rig = Rig::new().await;
    rig.config.audiences.clear();
    assert_eq!(refused(&rig, &rig.token(json!({}))).await.code(), "SKEP-AUTH-AUDIENCE");
}

#[tokio::test]
async fn each_wrong_claim_has_its_own_code() {
    let rig = Rig::new().await;
    let cases = [
        (json!({"iss": format!("{}/", rig.provider.origin)}), "SKEP-AUTH-ISSUER"),
        (json!({"iss": null}), "SKEP-AUTH-CLAIM"),
        (json!({"exp": null}), "SKEP-AUTH-CLAIM"),
        (json!({"exp": "tomorrow"}), "SKEP-AUTH-CLAIM"),
        (json!({"aud": 7}), "SKEP-AUTH-CLAIM"),
        (json!({"roles": {"a": 1}}), "SKEP-AUTH-CLAIM"),
        (json!({"exp": NOW_S - 61}), "SKEP-AUTH-EXPIRED"),
        (json!({"exp": -1e300}), "SKEP-AUTH-EXPIRED"),
        (json!({"nbf": NOW_S + 61}), "SKEP-AUTH-NOT-YET-VALID"),
        (json!({"iat": 1e300}), "SKEP-AUTH-NOT-YET-VALID"),
        (json!({"azp": null, "sub": null, "oid": null}), "SKEP-AUTH-PRINCIPAL"),
    ];
    for (changes, code) in cases {
        let error = refused(&rig, &rig.token(changes.clone())).await;
        assert_eq!(error.code(), code, "{changes}: {error}");
        assert_eq!(error.fault(), TokenFault::Unauthenticated);
    }
    for changes in [json!({"exp": NOW_S - 59}), json!({"nbf": NOW_S + 60, "exp": 1.8e9 + 0.5})] {
        rig.validator().validate(&rig.token(changes)).await.unwrap();
    }
}

#[tokio::test]
async fn a_v1_token_of_entra_is_explained() {
    let mut rig = Rig::new().await;
    rig.config.issuers = vec![TrustedIssuer::with_jwks(
        format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
        rig.provider.jwks_uri(),
    )];
    let token = rig.token(json!({"iss": format!("https://sts.windows.net/{TENANT}/")}));
    let error = refused(&rig, &token).await;
    assert_eq!(error.code(), "SKEP-AUTH-ISSUER");
    assert!(error.fix().contains("requestedAccessTokenVersion"), "{}", error.fix());
}

#[tokio::test]
async fn the_entra_preset_trusts_both_token_versions() {
    let [v2, v1] = TrustedIssuer::entra("login.microsoftonline.com", &TENANT.to_uppercase());
    assert_eq!(v2.issuer, format!("https://login.microsoftonline.com/{TENANT}/v2.0"));
    assert_eq!(v1.issuer, format!("https://sts.windows.net/{TENANT}/"));

    let mut rig = Rig::new().await;
    rig.config.issuers = [v2, v1]
        .into_iter()
        .map(|known| TrustedIssuer::with_jwks(known.issuer, rig.provider.jwks_uri()))
        .collect();
    for known in &rig.config.issuers {
        let token = rig.token(json!({"iss": known.issuer, "tid": TENANT}));
        rig.validator().validate(&token).await.unwrap();
        let foreign = rig.token(json!({"iss": known.issuer, "tid": APP}));
        assert_eq!(refused(&rig, &foreign).await.code(), "SKEP-AUTH-TENANT");
    }
}

#[tokio::test]
async fn an_entra_key_signs_for_its_own_issuer_only() {
    let mut rig = Rig::new().await;
    let issuer = format!("https://login.microsoftonline.com/{TENANT}/v2.0");
    rig.config.issuers = vec![TrustedIssuer::with_jwks(&issuer, rig.provider.jwks_uri())];
    let token = rig.token(json!({"iss": issuer, "tid": TENANT}));
    let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
    for (key_issuer, is_accepted) in
        [(template.to_owned(), true), (issuer.clone(), true), (issuer.replace('2', "3"), false)]
    {
        let jwk = skep_auth::jose::Jwk { issuer: Some(key_issuer.clone()), ..rig.signer.jwk() };
        rig.provider.script(|script| script.keys = vec![jwk]);
        let found = rig.validator().validate(&token).await;
        assert_eq!(found.is_ok(), is_accepted, "{key_issuer}: {found:?}");
    }
}

#[tokio::test]
async fn forged_and_foreign_tokens_are_refused() {
    let rig = Rig::new().await;
    let good = rig.token(json!({}));
    let parts: Vec<_> = good.split('.').collect();
    let mut claims = rig.claims();
    claims["roles"] = json!(["Admin"]);
    let claims = encode_base64url(claims.to_string());

    let altered = format!("{}.{claims}.{}", parts[0], parts[2]);
    assert_eq!(refused(&rig, &altered).await.code(), "SKEP-AUTH-SIGNATURE");
    let stranger = Signer::new("one").token(&rig.claims());
    assert_eq!(refused(&rig, &stranger).await.code(), "SKEP-AUTH-SIGNATURE");
    let unnamed = Signer::new("two").token(&rig.claims());
    assert_eq!(refused(&rig, &unnamed).await.code(), "SKEP-AUTH-KEY");

    for (header, code) in [
        (json!({"alg": "none"}), "SKEP-AUTH-ALGORITHM"),
        (json!({"alg": "HS256", "kid": "one"}), "SKEP-AUTH-ALGORITHM"),
        (json!({"alg": "RS256", "kid": "one", "crit": ["x"]}), "SKEP-AUTH-CRITICAL"),
        (json!({"alg": "RS256", "kid": "one", "typ": "logout+jwt"}), "SKEP-AUTH-TYPE"),
        // An RSA key is no EC key: the algorithm cannot be swapped.
        (json!({"alg": "ES256", "kid": "one"}), "SKEP-AUTH-KEY"),
    ] {
        let token = format!("{}.{}.{}", encode_base64url(header.to_string()), parts[1], parts[2]);
        assert_eq!(refused(&rig, &token).await.code(), code, "{header}");
    }
    let unsigned = format!("{}.{}.", parts[0], parts[1]);
    for (token, code) in [
        ("", "SKEP-AUTH-MISSING"),
        ("opaque-reference", "SKEP-AUTH-MALFORMED"),
        (unsigned.as_str(), "SKEP-AUTH-MALFORMED"),
        (&"x".repeat(20_000), "SKEP-AUTH-TOO-LARGE"),
    ] {
        assert_eq!(refused(&rig, token).await.code(), code);
    }
}

/// What attackers try, each by the book.
#[tokio::test]
async fn tokens_made_to_deceive_are_refused() {
    let rig = Rig::new().await;
    let good = rig.token(json!({}));
    let parts: Vec<_> = good.split('.').collect();
    let with_claims =
        |claims: &str| format!("{}.{}.{}", parts[0], encode_base64url(claims), parts[2]);

    // The public key, which everybody has, as the secret of an HMAC.
    let jwk = rig.provider.script(|script| script.keys[0].clone());
    let secrets = [jwk.n.clone().unwrap(), serde_json::to_string(&jwk).unwrap()];
    for secret in secrets {
        let header = encode_base64url(json!({"alg": "HS256", "kid": jwk.kid}).to_string());
        let input = format!("{header}.{}", parts[1]);
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());
        let token =
            format!("{input}.{}", encode_base64url(aws_lc_rs::hmac::sign(&key, input.as_bytes())));
        assert_eq!(refused(&rig, &token).await.code(), "SKEP-AUTH-ALGORITHM");
    }

    // Two readers would read two audiences.
    let claims = rig.claims().to_string();
    let doubled = claims.replacen('{', r#"{"aud":"elsewhere","#, 1);
    let error = refused(&rig, &with_claims(&doubled)).await;
    assert_eq!(error.code(), "SKEP-AUTH-MALFORMED");
    assert!(error.to_string().contains("duplicate"), "{error}");
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    let error = refused(&rig, &with_claims(&deep)).await;
    assert_eq!(error.code(), "SKEP-AUTH-MALFORMED");
    assert!(error.to_string().contains("nested"), "{error}");
    // A token inside a token is none.
    let nested = with_claims(&json!(good).to_string());
    assert_eq!(refused(&rig, &nested).await.code(), "SKEP-AUTH-MALFORMED");

    for (changes, code) in [
        (json!({"iat": NOW_S + 3600}), "SKEP-AUTH-NOT-YET-VALID"),
        (json!({"nbf": NOW_S + 3600}), "SKEP-AUTH-NOT-YET-VALID"),
        (json!({"exp": NOW_S - 3600}), "SKEP-AUTH-EXPIRED"),
    ] {
        let error = refused(&rig, &rig.token(changes)).await;
        assert_eq!(error.code(), code);
        assert!(error.public_message().contains("fix: "), "{error}");
    }
}

#[tokio::test]
async fn a_foreign_token_is_explained_without_asking_for_its_key() {
    let rig = Rig::new().await;
    let stranger = Signer::new("two");
    for (name, value, code) in [
        ("aud", json!("00000003-0000-0000-c000-000000000000"), "SKEP-AUTH-AUDIENCE"),
        ("exp", json!(NOW_S - 100_000), "SKEP-AUTH-EXPIRED"),
        ("iss", json!("https://elsewhere.example"), "SKEP-AUTH-ISSUER"),
    ] {
        let mut claims = rig.claims();
        claims[name] = value;
        assert_eq!(refused(&rig, &stranger.token(&claims)).await.code(), code);
    }
    assert_eq!(rig.n_jwks_requests(), 0);
}

#[tokio::test]
async fn types_of_access_tokens_are_accepted_in_every_spelling() {
    let rig = Rig::new().await;
    for typ in ["JWT", "jwt", "at+jwt", "application/at+jwt"] {
        let header = Header { typ: Some(typ.into()), kid: Some("one".into()), ..Header::default() };
        let token = rig.signer.key.sign(Algorithm::Ps256, &header, &rig.claims()).unwrap();
        rig.validator().validate(&token).await.unwrap();
    }
}

#[tokio::test]
async fn clients_and_roles_that_may_not_call_are_forbidden() {
    let mut rig = Rig::new().await;
    rig.config.allowed_clients = vec!["other".into()];
    let error = refused(&rig, &rig.token(json!({}))).await;
    assert_eq!((error.code(), error.fault()), ("SKEP-AUTH-CLIENT", TokenFault::Forbidden));

    rig.config.allowed_clients = vec!["CLIENT".into()];
    rig.config.required_roles = vec!["Admin".into(), "Operator".into()];
    let error = refused(&rig, &rig.token(json!({}))).await;
    assert_eq!((error.code(), error.fault()), ("SKEP-AUTH-ROLE", TokenFault::Forbidden));
    assert_eq!(
        error.to_string(),
        r#"expected the role "Admin" or "Operator", but the token has "Worker""#
    );
    assert!(error.www_authenticate().starts_with("Bearer error=\"insufficient_scope\""));

    rig.config.required_roles.push("Worker".into());
    rig.validator().validate(&rig.token(json!({}))).await.unwrap();
}

#[tokio::test]
async fn what_a_message_repeats_from_a_token_is_tame() {
    let rig = Rig::new().await;
    let aud = format!("a\"\r\nset-cookie: x\u{e9}{}", "z".repeat(500));
    let error = refused(&rig, &rig.token(json!({"aud": aud}))).await;
    let header = error.www_authenticate();
    assert!(header.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{header}");
    assert_eq!(header.matches('"').count(), 4, "{header}");
    assert!(error.public_message().len() < 600 && !error.public_message().contains('\n'));
    assert_eq!(TokenError::Missing.www_authenticate(), "Bearer");
}

#[tokio::test]
async fn new_keys_are_found_at_once_and_others_looked_for_at_most_every_interval() {
    let rig = Rig::new().await;
    let validator = rig.validator();
    let old = rig.token(json!({}));
    validator.validate(&old).await.unwrap();

    let two = Signer::new("two");
    rig.provider.script(|script| script.keys = vec![two.jwk()]);
    let new = two.token(&rig.claims());
    validator.validate(&new).await.unwrap();
    assert_eq!(rig.n_jwks_requests(), 2);
    // And a moment later the next one.
    let next = Signer::new("next");
    rig.provider.script(|script| script.keys = vec![next.jwk(), two.jwk()]);
    validator.validate(&next.token(&rig.claims())).await.unwrap();
    assert_eq!(rig.n_jwks_requests(), 3);
    // The old key is gone, and with it the result that was kept.
    let error = validator.validate(&old).await.unwrap_err();
    assert_eq!(error.code(), "SKEP-AUTH-KEY");

    for n in 0..100 {
        let flood = Signer { key: two.key.clone(), kid: format!("flood-{n}") };
        let error = validator.validate(&flood.token(&rig.claims())).await.unwrap_err();
        assert_eq!(error.code(), "SKEP-AUTH-KEY");
    }
    assert_eq!(rig.n_jwks_requests(), 4, "one in vain");
    validator.validate(&new).await.unwrap();

    let three = Signer::new("three");
    rig.provider.script(|script| script.keys = vec![two.jwk(), three.jwk()]);
    let newest = three.token(&rig.claims());
    validator.validate(&newest).await.unwrap_err();
    rig.clock.advance(Duration::from_secs(300));
    validator.validate(&newest).await.unwrap();
    assert_eq!(rig.n_jwks_requests(), 5);

    let metrics = validator.metrics();
    assert_eq!((metrics.n_accepted_checked, metrics.n_accepted_kept), (5, 0), "{metrics:?}");
    assert_eq!(metrics.n_refused, [("SKEP-AUTH-KEY", 102)].into());
    let [keys] = &metrics.issuers[..] else { panic!("{metrics:?}") };
    assert_eq!((keys.n_fetched, keys.n_failed, keys.n_waited), (5, 0, 5), "{keys:?}");
    assert_eq!(keys.age, Some(Duration::ZERO));
    // A result that was found while the keys changed is not kept, the next one is.
    validator.validate(&newest).await.unwrap();
    validator.validate(&newest).await.unwrap();
    assert_eq!(validator.metrics().n_accepted_kept, 1);
}

#[tokio::test]
async fn a_token_without_a_kid_finds_a_new_key_too() {
    let rig = Rig::new().await;
    let validator = rig.validator();
    let sign =
        |signer: &Signer| signer.key.sign(Algorithm::Rs256, &Header::jwt(), &rig.claims()).unwrap();
    validator.validate(&sign(&rig.signer)).await.unwrap();
    let two = Signer::new("two");
    rig.provider.script(|script| script.keys = vec![two.jwk()]);
    validator.validate(&sign(&two)).await.unwrap();
    let error = validator.validate(&sign(&rig.signer)).await.unwrap_err();
    assert_eq!(error.code(), "SKEP-AUTH-SIGNATURE");
    assert_eq!(rig.n_jwks_requests(), 3);
    validator.validate(&sign(&rig.signer)).await.unwrap_err();
    assert_eq!(rig.n_jwks_requests(), 3, "looked for in vain, and not again so soon");
}

#[tokio::test]
async fn many_first_calls_share_one_fetch() {
    let rig = Rig::new().await;
    let validator = rig.validator();
    let calls: Vec<_> = (0..50)
        .map(|n| {
            let (validator, token) = (validator.clone(), rig.token(json!({"jti": n})));
            tokio::spawn(async move { validator.validate(&token).await.map(|_| ()) })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(rig.n_jwks_requests(), 1);
}

#[tokio::test]
async fn known_keys_outlive_an_outage_of_the_provider_for_a_day() {
    let rig = Rig::new().await;
    let validator = rig.validator();
    validator.validate(&rig.token(json!({}))).await.unwrap();
    let failure = (StatusCode::SERVICE_UNAVAILABLE, "down".to_owned());
    rig.provider.script(|script| script.jwks_failure = Some(failure));

    rig.clock.advance(Duration::from_secs(20 * 3600));
    let later = rig.token(json!({"exp": NOW_S + 100 * 3600}));
    validator.validate(&later).await.unwrap();
    // An unknown key cannot be looked up: that is not the caller's fault.
    let mut claims = rig.claims();
    claims["exp"] = json!(NOW_S + 100 * 3600);
    let error = validator.validate(&Signer::new("two").token(&claims)).await.unwrap_err();
    assert_eq!((error.code(), error.fault()), ("SKEP-AUTH-JWKS", TokenFault::Unavailable));

    rig.clock.advance(Duration::from_secs(5 * 3600));
    let fresh = rig.token(json!({"exp": NOW_S + 100 * 3600, "jti": 1}));
    let error = validator.validate(&fresh).await.unwrap_err();
    assert_eq!(error.code(), "SKEP-AUTH-JWKS");
    assert!(error.to_string().contains("503 Service Unavailable"), "{error}");
    assert!(!error.public_message().contains(&rig.provider.jwks_uri()), "tells of the network");

    rig.provider.script(|script| script.jwks_failure = None);
    rig.clock.advance(Duration::from_secs(30));
    validator.validate(&fresh).await.unwrap();
}

#[tokio::test]
async fn old_keys_are_fetched_again_behind_the_calls() {
    let rig = Rig::new().await;
    let validator = rig.validator();
    let token = rig.token(json!({"exp": NOW_S + 100 * 3600}));
    validator.validate(&token).await.unwrap();
    validator.validate(&token).await.unwrap();
    rig.clock.advance(Duration::from_secs(3600));
    validator.validate(&token).await.unwrap();
    while rig.n_jwks_requests() < 2 {
        tokio::task::yield_now().await;
    }
    for _ in 0..10 {
        validator.validate(&token).await.unwrap();
    }
    assert_eq!(rig.n_jwks_requests(), 2);
}

#[tokio::test]
async fn a_provider_that_is_away_at_start_is_asked_again() {
    let mut rig = Rig::new().await;
    rig.config.keys = KeyRefresh { retry_interval: Duration::from_secs(2), ..rig.config.keys };
    let failure = (StatusCode::NOT_FOUND, String::new());
    rig.provider.script(|script| script.jwks_failure = Some(failure));
    let validator = rig.validator();
    let failed = validator.warm_up().await;
    assert_eq!(failed.len(), 1);
    let token = rig.token(json!({}));
    for _ in 0..10 {
        assert_eq!(validator.validate(&token).await.unwrap_err(), failed[0]);
    }
    assert_eq!(rig.n_jwks_requests(), 1, "it is asked once per retry interval");
    rig.provider.script(|script| script.jwks_failure = None);
    rig.clock.advance(Duration::from_secs(2));
    validator.validate(&token).await.unwrap();
}

#[tokio::test]
async fn key_documents_that_are_wrong_are_explained() {
    let mut rig = Rig::new().await;
    for (body, reason) in [
        ("<html>", "expected a JWKS"),
        (r#"{"keys":[]}"#, "it has no usable signing key"),
        (r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#, "it has no usable signing key"),
    ] {
        let failure = (StatusCode::OK, body.to_owned());
        rig.provider.script(|script| script.jwks_failure = Some(failure));
        let error = refused(&rig, &rig.token(json!({}))).await.to_string();
        assert!(error.contains(reason) && error.contains(&rig.provider.jwks_uri()), "{error}");
    }
    rig.provider.script(|script| script.issuer = Some("https://elsewhere.example".into()));
    let error = refused(&rig, &rig.token(json!({}))).await.to_string();
    assert!(error.contains(r#"it names the issuer "https://elsewhere.example""#), "{error}");

    let url = format!("http://{}/keys", closed_address());
    rig.config.issuers = vec![TrustedIssuer::with_jwks(&rig.provider.origin, &url)];
    let error = refused(&rig, &rig.token(json!({}))).await.to_string();
    assert!(error.contains(&url), "{error}");
    assert!(error.to_lowercase().contains("refused"), "{error}");
}

#[test]
fn the_header_must_be_a_bearer_header() {
    for good in ["Bearer abc", "bearer abc", " Bearer  abc "] {
        assert_eq!(bearer_token(Some(good)), Ok("abc"));
    }
    for missing in [None, Some(""), Some("Bearer"), Some("Bearer  ")] {
        assert_eq!(bearer_token(missing), Err(TokenError::Missing), "{missing:?}");
    }
    let error = bearer_token(Some("Basic dXNlcjpwYXNz")).unwrap_err();
    assert_eq!(error.code(), "SKEP-AUTH-SCHEME");
    assert!(!error.to_string().contains("dXNl"), "{error}");
    // A token without a scheme must not be repeated either.
    let error = bearer_token(Some("aaaa.bbbb.cccc")).unwrap_err();
    assert!(!error.to_string().contains("aaaa"), "{error}");
}

//! What real clients send, row by row, and what is refused.

use serde_json::{Map, Value, json};
use skep_auth::jose::{Algorithm, Header, encode_base64url};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE},
};

use crate::fixture::{Idp, TENANT, TestKey, certify};

fn without(claims: &Map<String, Value>, name: &str) -> Map<String, Value> {
    let mut claims = claims.clone();
    claims.remove(name).expect("a claim");
    claims
}

fn with(claims: &Map<String, Value>, name: &str, value: impl Into<Value>) -> Map<String, Value> {
    let mut claims = claims.clone();
    claims.insert(name.to_owned(), value.into());
    claims
}

#[tokio::test]
async fn every_known_client_is_accepted() {
    let idp = Idp::start().await;
    let (app, key) = idp.certificate_app();
    let certificate = &key.certificate;
    let (x5t, x5t_s256) = (Some(certificate.x5t()), Some(certificate.x5t_s256()));
    let padded_x5t = Some(URL_SAFE.encode(certificate.sha1()));
    let padded_x5t_s256 = Some(URL_SAFE.encode(certificate.sha256()));
    let x5c = vec![STANDARD.encode(certificate.der())];
    let x5c_with_newlines = vec![
        x5c[0]
            .as_bytes()
            .chunks(64)
            .fold(String::new(), |text, line| text + std::str::from_utf8(line).unwrap() + "\n"),
    ];
    let jwt = Header::jwt();
    let whole = idp.assertion_claims(&app);
    #[expect(clippy::cast_precision_loss, reason = "a present-day date")]
    let now = idp.clock.now_s() as f64;
    let fractional = without(&whole, "nbf");
    let fractional = with(&fractional, "iat", now + 0.5);
    let fractional = with(&fractional, "exp", now + 600.25);
    let issuer_audience = with(&whole, "aud", idp.issuer());

    let rows: Vec<(&str, Algorithm, Header, &Map<String, Value>)> = vec![
        (
            "Camunda Java client",
            Algorithm::Rs256,
            Header { x5t: x5t.clone(), ..jwt.clone() },
            &whole,
        ),
        (
            "msal for Python, PFX",
            Algorithm::Ps256,
            Header { x5t_s256: padded_x5t_s256, x5c: x5c_with_newlines, ..jwt.clone() },
            &fractional,
        ),
        (
            "msal for Python, thumbprint; azure-identity for Python",
            Algorithm::Rs256,
            Header { x5t: padded_x5t, ..jwt.clone() },
            &fractional,
        ),
        (
            "msal-node, SHA-256 thumbprint; @azure/identity; MSAL for Go",
            Algorithm::Ps256,
            Header { x5t_s256: x5t_s256.clone(), x5c: x5c.clone(), ..jwt.clone() },
            &whole,
        ),
        ("msal4j", Algorithm::Rs256, Header { x5t_s256: x5t_s256.clone(), ..jwt.clone() }, &whole),
        (
            "azure_identity for Rust",
            Algorithm::Rs256,
            Header { x5t: x5t.clone(), x5c, ..jwt.clone() },
            &fractional,
        ),
        (
            "openid-client",
            Algorithm::Rs256,
            Header { kid: x5t.clone(), ..Header::default() },
            &issuer_audience,
        ),
        (
            "both thumbprints and a kid of the client's own",
            Algorithm::Ps256,
            Header { x5t, x5t_s256, kid: Some("my-key".to_owned()), ..jwt },
            &whole,
        ),
    ];
    for (client, algorithm, header, claims) in rows {
        let assertion = key.sign(algorithm, &header, claims);
        let reply = idp.by_assertion(&app, &assertion).await;
        assert_eq!(reply.status, 200, "{client}: {}", reply.body);
        let (_, claims) = idp.verify(reply.token()).await;
        assert_eq!(claims["azpacr"], "2", "{client}");
    }
}

#[tokio::test]
async fn a_key_may_be_named_by_kid_in_every_form() {
    let idp = Idp::start().await;
    let (app, key) = idp.certificate_app();
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02X}")).collect::<String>();
    let key_id = idp.provider.registry().app(app.app_id).unwrap().certificates[0].key_id;
    for kid in [
        key.certificate.x5t(),
        key.certificate.x5t_s256(),
        hex(&key.certificate.sha1()),
        hex(&key.certificate.sha256()),
        key_id.to_string(),
    ] {
        let header = Header { kid: Some(kid.clone()), ..Header::jwt() };
        let assertion = key.sign(Algorithm::Rs256, &header, &idp.assertion_claims(&app));
        assert_eq!(idp.by_assertion(&app, &assertion).await.status, 200, "{kid}");
    }
}

#[tokio::test]
async fn the_audience_may_be_a_token_endpoint_or_an_issuer() {
    let idp = Idp::start().await;
    let (app, key) = idp.certificate_app();
    let origin = idp.running.endpoints().origin.clone();
    let port = idp.running.addr().port();
    for audience in [
        format!("{origin}/{TENANT}/oauth2/v2.0/token"),
        format!("{origin}/{}/oauth2/v2.0/token", TENANT.to_uppercase()),
        format!("{origin}/{TENANT}/oauth2/token"),
        format!("{origin}/common/oauth2/v2.0/token"),
        format!("{origin}/skep.test/oauth2/v2.0/token"),
        format!("{origin}/{TENANT}/v2.0"),
        format!("{origin}/{TENANT}/v2"),
        format!("{origin}/{TENANT}/"),
        format!("https://127.0.0.1:{port}/{TENANT}/oauth2/v2.0/token"),
        format!("https://[::1]:{port}/{TENANT}/oauth2/v2.0/token"),
    ] {
        for value in [json!(audience), json!(["https://elsewhere.example", audience])] {
            let claims = with(&idp.assertion_claims(&app), "aud", value);
            let reply = idp.by_assertion(&app, &key.assertion(&claims)).await;
            assert_eq!(reply.status, 200, "{audience}: {}", reply.body);
        }
    }
    for audience in [
        "https://login.microsoftonline.com/common/oauth2/v2.0/token".to_owned(),
        format!("{origin}.evil.example/{TENANT}/oauth2/v2.0/token"),
        format!("{origin}/{TENANT}/oauth2/v2.0/authorize"),
        format!("{origin}/00000000-1111-2222-3333-444444444444/oauth2/v2.0/token"),
        format!("https://127.0.0.1:1/{TENANT}/oauth2/v2.0/token"),
        origin.clone(),
        TENANT.to_owned(),
    ] {
        let claims = with(&idp.assertion_claims(&app), "aud", audience.clone());
        let reply = idp.by_assertion(&app, &key.assertion(&claims)).await;
        reply.expect_refusal(401, "invalid_client", 700_023);
        assert!(reply.description().contains(&origin), "names what to use instead");
    }
}

#[tokio::test]
async fn dates_have_five_minutes_of_tolerance() {
    let idp = Idp::start().await;
    let (app, key) = idp.certificate_app();
    let claims = idp.assertion_claims(&app);
    let now = idp.clock.now_s();
    for (name, value, accepted) in [
        ("exp", now - 290, true),
        ("exp", now - 310, false),
        ("nbf", now + 290, true),
        ("nbf", now + 310, false),
        ("exp", now + 10 * 365 * 86_400, true),
        ("exp", 0, false),
    ] {
        let assertion = key.assertion(&with(&claims, name, value));
        let reply = idp.by_assertion(&app, &assertion).await;
        if accepted {
            reply.token();
        } else {
            reply.expect_refusal(401, "invalid_client", 700_024);
        }
    }
    let assertion = key.assertion(&with(&without(&claims, "nbf"), "exp", now - 400));
    let reply = idp.by_assertion(&app, &assertion).await;
    assert!(reply.description().contains("1970-01-01 00:00:00Z"), "{}", reply.description());
    for absurd in [json!(1e300), json!(-1e300), json!(i64::MIN)] {
        let assertion = key.assertion(&with(&claims, "exp", absurd.clone()));
        let status = idp.by_assertion(&app, &assertion).await.status.as_u16();
        assert_eq!(status, if absurd == json!(1e300) { 200 } else { 401 });
    }
}

#[tokio::test]
async fn claims_of_the_wrong_party_or_form_are_refused() {
    let idp = Idp::start().await;
    let (app, key) = idp.certificate_app();
    let claims = idp.assertion_claims(&app);
    let other = "b2a1d6f0-3c1e-4d5b-8a55-90b0a2a5e111";
    for (claims, status, error, code) in [
        (without(&claims, "iss"), 400, "invalid_request", 90014),
        (without(&claims, "sub"), 400, "invalid_request", 90014),
        (without(&claims, "aud"), 400, "invalid_request", 90014),
        (without(&claims, "exp"), 400, "invalid_request", 90014),
        (with(&claims, "iss", other), 401, "invalid_client", 700_021),
        (with(&claims, "sub", other), 401, "invalid_client", 50048),
        (with(&claims, "aud", 7), 400, "invalid_request", 50027),
        (with(&claims, "exp", "soon"), 400, "invalid_request", 50027),
    ] {
        let reply = idp.by_assertion(&app, &key.assertion(&claims)).await;
        reply.expect_refusal(status, error, code);
    }
}

#[tokio::test]
async fn keys_that_do_not_fit_are_refused_with_the_reason() {
    let idp = Idp::start().await;
    let (app, key) = idp.certificate_app();
    let claims = idp.assertion_claims(&app);
    let stranger = TestKey::generate(None);

    let reply = idp.by_assertion(&app, &stranger.assertion(&claims)).await;
    reply.expect_refusal(401, "invalid_client", 700_027);
    assert!(reply.description().contains("key was not found"), "{}", reply.description());
    assert!(reply.description().contains(&stranger.certificate.x5t_s256()));

    let stolen_name = Header { x5t: Some(key.certificate.x5t()), ..Header::jwt() };
    let forged = stranger.sign(Algorithm::Rs256, &stolen_name, &claims);
    let reply = idp.by_assertion(&app, &forged).await;
    reply.expect_refusal(401, "invalid_client", 700_027);
    assert!(reply.description().contains("signature"), "{}", reply.description());

    // One thumbprint of the registered certificate and one of another: not the same certificate.
    let mixed = Header {
        x5t: Some(key.certificate.x5t()),
        x5t_s256: Some(stranger.certificate.x5t_s256()),
        ..Header::jwt()
    };
    let reply = idp.by_assertion(&app, &key.sign(Algorithm::Ps256, &mixed, &claims)).await;
    reply.expect_refusal(401, "invalid_client", 700_027);

    let unnamed = key.sign(Algorithm::Ps256, &Header::jwt(), &claims);
    idp.by_assertion(&app, &unnamed).await.expect_refusal(401, "invalid_client", 5_002_723);
}

#[tokio::test]
async fn an_expired_certificate_is_refused_with_its_dates() {
    let idp = Idp::start().await;
    let (app, _) = idp.certificate_app();
    let expired = TestKey::generate(Some((1_577_836_800, 1_609_459_200)));
    let registry = idp.provider.registry();
    registry.add_certificate(app.app_id, expired.certificate.der()).unwrap();
    let reply = idp.by_assertion(&app, &expired.assertion(&idp.assertion_claims(&app))).await;
    reply.expect_refusal(401, "invalid_client", 700_027);
    assert!(reply.description().contains("start: 2020-01-01"), "{}", reply.description());
    assert!(reply.description().contains("end: 2021-01-01"), "{}", reply.description());
}

#[tokio::test]
async fn a_renewed_certificate_over_the_same_key_is_another_certificate() {
    let idp = Idp::start().await;
    let (app, key) = idp.certificate_app();
    let renewed = TestKey {
        key: key.key.clone(),
        certificate: certify(&key.key, Some((1_600_000_000, 2_000_000_000))),
    };
    let assertion = renewed.assertion(&idp.assertion_claims(&app));
    idp.by_assertion(&app, &assertion).await.expect_refusal(401, "invalid_client", 700_027);
    let registry = idp.provider.registry();
    registry.add_certificate(app.app_id, renewed.certificate.to_pem().as_bytes()).unwrap();
    idp.by_assertion(&app, &assertion).await.token();
}

#[tokio::test]
async fn algorithms_other_than_rs256_and_ps256_are_refused() {
    let idp = Idp::start().await;
    let (app, key) = idp.certificate_app();
    let claims = idp.assertion_claims(&app);
    let header = Header { x5t: Some(key.certificate.x5t()), ..Header::jwt() };
    for algorithm in [Algorithm::Rs384, Algorithm::Rs512, Algorithm::Ps512] {
        let assertion = key.sign(algorithm, &header, &claims);
        let reply = idp.by_assertion(&app, &assertion).await;
        reply.expect_refusal(401, "invalid_client", 5_002_738);
    }
    for name in ["none", "HS256", "ES256", "rs256"] {
        let header = json!({"alg": name, "typ": "JWT", "x5t": key.certificate.x5t()});
        let parts =
            [header, Value::Object(claims.clone())].map(|part| encode_base64url(part.to_string()));
        let assertion = format!("{}.{}", parts.join("."), encode_base64url([1; 32]));
        let reply = idp.by_assertion(&app, &assertion).await;
        reply.expect_refusal(401, "invalid_client", 5_002_738);
    }
}

#[tokio::test]
async fn what_is_no_jwt_is_malformed() {
    let idp = Idp::start().await;
    let (app, key) = idp.certificate_app();
    let good = key.assertion(&idp.assertion_claims(&app));
    let huge = "a".repeat(40_000);
    for assertion in ["x", "a.b.c", "..", &good[..good.len() / 2], &format!("{good}.x"), &huge] {
        let reply = idp.by_assertion(&app, assertion).await;
        reply.expect_refusal(400, "invalid_request", 50027);
    }
    let crit = json!({"alg": "RS256", "crit": ["x"], "x": 1, "x5t": key.certificate.x5t()});
    let assertion =
        format!("{}.{}.{}", encode_base64url(crit.to_string()), encode_base64url("{}"), "AAAA");
    idp.by_assertion(&app, &assertion).await.expect_refusal(400, "invalid_request", 50027);
}

#[tokio::test]
async fn the_assertion_type_must_be_there_and_known() {
    let idp = Idp::start().await;
    let (app, key) = idp.certificate_app();
    let id = app.app_id.to_string();
    let assertion = key.assertion(&idp.assertion_claims(&app));
    let ask = async |kind: Option<&str>| {
        let scope = format!("{id}/.default");
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", id.as_str()),
            ("client_assertion", assertion.as_str()),
            ("scope", scope.as_str()),
        ];
        form.extend(kind.map(|kind| ("client_assertion_type", kind)));
        idp.post(&form).await
    };
    ask(None).await.expect_refusal(400, "invalid_request", 900_144);
    ask(Some("urn:ietf:params:oauth:client-assertion-type:saml2-bearer")).await.expect_refusal(
        401,
        "invalid_client",
        50012,
    );
}

#[tokio::test]
async fn another_applications_certificate_proves_nothing() {
    let idp = Idp::start().await;
    let (_, key) = idp.certificate_app();
    let (victim, _) = idp.secret_app();
    let assertion = key.assertion(&idp.assertion_claims(&victim));
    idp.by_assertion(&victim, &assertion).await.expect_refusal(401, "invalid_client", 700_027);
}

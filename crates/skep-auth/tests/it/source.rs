use std::{path::Path, sync::Arc, time::Duration};

use serde_json::{Value, json};
use skep_auth::{
    AssertionOptions, AuthError, CertificateFile, ClientCredentials, Clock, Credential,
    FetchPolicy, KeystoreAccess, Refusal, Secret, TokenEndpoint, TokenSource,
    jose::{Certificate, Jws},
};

use crate::{
    certificates::{Encoding, Identity, pkcs12, write},
    provider::{Answer, Provider, closed_address},
};

const NOW_S: i64 = 1_800_000_000;

struct Rig {
    provider: Provider,
    clock: Clock,
    credentials: ClientCredentials,
}

impl Rig {
    async fn new() -> Self {
        let provider = Provider::start().await;
        let credentials = ClientCredentials {
            endpoint: TokenEndpoint::Url(provider.token_url()),
            client_id: "app".into(),
            credential: Credential::Secret(Secret::new("s3cret & more")),
            audience: Some("zeebe-api".into()),
            scope: None,
            resource: None,
            policy: FetchPolicy { backoff: Duration::from_millis(1), ..FetchPolicy::default() },
        };
        Self { provider, clock: Clock::manual(NOW_S), credentials }
    }

    fn source(&self) -> TokenSource {
        self.source_of(self.credentials.clone())
    }

    fn source_of(&self, credentials: ClientCredentials) -> TokenSource {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let http = http.build().unwrap();
        TokenSource::with_clock(credentials, http, self.clock.clone()).unwrap()
    }

    fn answer(&self, answers: impl IntoIterator<Item = Answer>) {
        self.provider.script(|script| script.answers = answers.into_iter().collect());
    }

    fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

async fn header(source: &TokenSource) -> String {
    source.authorization().await.unwrap().unwrap().to_string()
}

async fn failure(source: &TokenSource) -> AuthError {
    let error = source.authorization().await.unwrap_err();
    assert!(!error.to_string().contains("s3cret"), "the secret is in {error}");
    error
}

fn entra_error(status: u16, error: &str, code: u32, text: &str) -> Answer {
    Answer::json(
        status,
        &json!({
            "error": error,
            "error_description": format!(
                "AADSTS{code}: {text} Trace ID: aaaa Correlation ID: bbbb \
                 Timestamp: 2026-01-01 00:00:00Z"
            ),
            "error_codes": [code],
            "timestamp": "2026-01-01 00:00:00Z",
            "trace_id": "aaaa",
            "correlation_id": "bbbb",
        }),
    )
}

#[tokio::test]
async fn a_secret_is_sent_in_the_body_and_the_token_is_kept() {
    let rig = Rig::new().await;
    rig.answer([Answer::token("one", 3600)]);
    let source = rig.source();
    let first = source.authorization().await.unwrap().unwrap();
    assert_eq!(&*first, "Bearer one");
    let clone = source.clone();
    assert!(Arc::ptr_eq(&first, &clone.authorization().await.unwrap().unwrap()));
    rig.provider.script(|script| {
        let [request] = &script.token_requests[..] else { panic!("one request") };
        assert_eq!(
            request.form,
            [
                ("grant_type".to_owned(), "client_credentials".to_owned()),
                ("client_id".into(), "app".into()),
                ("audience".into(), "zeebe-api".into()),
                ("client_secret".into(), "s3cret & more".into()),
            ]
        );
        assert_eq!(request.headers["accept"], "application/json");
        assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded");
    });
    let metrics = source.metrics();
    assert_eq!((metrics.n_granted, metrics.n_failed_total(), metrics.n_waited), (1, 0, 1));
    assert_eq!(metrics.ends_in, Some(Duration::from_secs(3595)), "the grace is taken off");
    assert!(metrics.latency_max >= metrics.latency_last && metrics.latency_sum > Duration::ZERO);
    assert_eq!(metrics.cooling_down_for, None);
}

#[tokio::test]
async fn a_certificate_signs_a_fresh_assertion_for_each_request() {
    let mut rig = Rig::new().await;
    let dir = tempfile::tempdir().unwrap();
    let identity = Identity::rsa("client");
    let store = pkcs12(&[("client", identity.entry(1))], "pw", Encoding::Modern);
    let path = write(dir.path(), "store.p12", store);
    let url = format!("{}/tenant/oauth2/v2.0/token", rig.provider.origin);
    rig.credentials.endpoint = TokenEndpoint::Url(url.clone());
    rig.credentials.resource = Some("never to Entra".into());
    rig.credentials.credential = certificate(&path);
    let source = rig.source();
    header(&source).await;

    // A renewed certificate is taken with the next request, without a restart.
    let renewed = Identity::rsa("client");
    std::fs::write(&path, pkcs12(&[("client", renewed.entry(1))], "pw", Encoding::Legacy)).unwrap();
    rig.advance(3600);
    header(&source).await;
    // A file that is just being written does no harm.
    std::fs::write(&path, "half a keysto").unwrap();
    rig.advance(3600);
    header(&source).await;

    rig.provider.script(|script| {
        let mut ids = Vec::new();
        for (request, signer) in script.token_requests.iter().zip([&identity, &renewed, &renewed]) {
            assert_eq!(request.field("client_id"), Some("app"));
            assert_eq!(request.field("scope"), Some("zeebe-api/.default"));
            assert_eq!(
                request.field("client_assertion_type"),
                Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            );
            assert_eq!((request.field("client_secret"), request.field("resource")), (None, None));
            let jws = Jws::parse(request.field("client_assertion").unwrap()).unwrap();
            let certificate = Certificate::from_der(signer.certificate.der()).unwrap();
            jws.verify(&certificate.verifying_key().unwrap()).unwrap();
            assert_eq!(jws.claims.text("aud"), Some(url.as_str()));
            ids.push(jws.claims.text("jti").unwrap().to_owned());
        }
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 3);
    });
}

fn certificate(path: &Path) -> Credential {
    let access = KeystoreAccess { password: Secret::new("pw"), ..KeystoreAccess::default() };
    Credential::Certificate {
        file: CertificateFile::Pkcs12 { path: path.to_owned(), access },
        assertion: AssertionOptions::default(),
    }
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_shows_at_once() {
    let rig = Rig::new().await;
    let credentials = ClientCredentials {
        credential: certificate(Path::new("/nowhere/store.p12")),
        ..rig.credentials
    };
    let error = TokenSource::client_credentials(credentials, reqwest::Client::new()).unwrap_err();
    assert!(matches!(error, AuthError::Keystore(_)));
    assert!(error.to_string().contains("/nowhere/store.p12"), "{error}");
}

#[tokio::test]
async fn a_federated_token_is_read_again_for_each_request() {
    let rig = Rig::new().await;
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), "token", "a.b.c\n");
    let federated = Credential::FederatedTokenFile(path.clone());
    let credentials = ClientCredentials { credential: federated, ..rig.credentials.clone() };
    let source = rig.source_of(credentials.clone());
    header(&source).await;
    std::fs::write(&path, "d.e.f").unwrap();
    rig.advance(3600);
    header(&source).await;
    rig.provider.script(|script| {
        let sent: Vec<_> =
            script.token_requests.iter().map(|r| r.field("client_assertion")).collect();
        assert_eq!(sent, [Some("a.b.c"), Some("d.e.f")]);
    });
    for (content, reason) in [("", "it is empty"), ("no token", "it holds no JWT")] {
        std::fs::write(&path, content).unwrap();
        let error = TokenSource::client_credentials(credentials.clone(), reqwest::Client::new())
            .unwrap_err();
        assert!(matches!(error, AuthError::TokenFile { .. }));
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[tokio::test]
async fn fixed_kinds_need_no_provider() {
    assert_eq!(TokenSource::none().authorization().await, Ok(None));
    let bearer = TokenSource::bearer(&Secret::new("abc"));
    assert_eq!(header(&bearer).await, "Bearer abc");
    let basic = TokenSource::basic("demo", &Secret::new("demo"));
    assert_eq!(header(&basic).await, "Basic ZGVtbzpkZW1v");
    let text = format!("{bearer:?} {basic:?}");
    assert!(!text.contains("abc") && !text.contains("ZGVt"), "{text}");
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let rig = Rig::new().await;
    let source = rig.source();
    header(&source).await;
    let text = format!("{source:?} {:?}", rig.credentials);
    assert!(!text.contains("s3cret") && !text.contains("default"), "{text}");
    assert!(text.contains("app"), "{text}");
}

#[tokio::test]
async fn many_calls_share_one_request() {
    let rig = Rig::new().await;
    let source = rig.source();
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let source = source.clone();
            tokio::spawn(async move { source.authorization().await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(rig.provider.n_token_requests(), 1);
}

#[tokio::test]
async fn a_caller_who_gives_up_does_not_stop_the_request() {
    let rig = Rig::new().await;
    let source = rig.source();
    let mut first = Box::pin(source.authorization());
    assert!(futures_util::poll!(&mut first).is_pending());
    drop(first);
    header(&source).await;
    assert_eq!(rig.provider.n_token_requests(), 1);
}

#[tokio::test]
async fn a_token_is_renewed_behind_the_calls_before_it_ends() {
    let rig = Rig::new().await;
    rig.answer([Answer::token("one", "3600"), Answer::token("two", 3600)]);
    let source = rig.source();
    assert_eq!(header(&source).await, "Bearer one");
    rig.advance(3600 - 460);
    assert_eq!(header(&source).await, "Bearer one");
    assert_eq!(rig.provider.n_token_requests(), 1);
    rig.advance(460 - 31);
    // The call that notices does not wait: it is answered with the old token.
    assert_eq!(header(&source).await, "Bearer one");
    while header(&source).await == "Bearer one" {
        tokio::task::yield_now().await;
    }
    assert_eq!(rig.provider.n_token_requests(), 2);
}

#[tokio::test]
async fn short_lived_tokens_are_used_for_half_their_life() {
    let rig = Rig::new().await;
    rig.answer([Answer::token("one", 20), Answer::token("two", 20)]);
    let source = rig.source();
    assert_eq!(header(&source).await, "Bearer one");
    rig.advance(9);
    assert_eq!(header(&source).await, "Bearer one");
    assert_eq!(rig.provider.n_token_requests(), 1);
    rig.advance(10);
    assert_eq!(header(&source).await, "Bearer two", "19 of 20 s: the grace is over");
}

#[tokio::test]
async fn processes_renew_their_tokens_at_different_times() {
    let rig = Rig::new().await;
    // A tenth of its life, but at most five minutes, and a quarter more; or two fifths.
    for (lifetime_s, span_s) in [(5, 2.5..3.0), (60, 30.0..36.0), (3600, 3225.0..3300.0)] {
        rig.answer([Answer::token("one", lifetime_s)]);
        let mut times = Vec::new();
        for _ in 0..20 {
            let source = rig.source();
            header(&source).await;
            let renews_in_s = source.metrics().renews_in.unwrap().as_secs_f64();
            assert!(span_s.start <= renews_in_s && renews_in_s <= span_s.end, "{renews_in_s}");
            times.push(renews_in_s);
        }
        times.dedup();
        assert!(times.len() > 10, "{times:?}");
    }
}

#[tokio::test]
async fn while_a_source_is_in_use_no_call_waits_for_a_token() {
    let rig = Rig::new().await;
    rig.answer([Answer::token("one", 60)]);
    let source = rig.source();
    header(&source).await;
    // Ten minutes of calls, one a second, and the provider is away for 10 s of each.
    for second in 0..600_u64 {
        rig.advance(1);
        let is_away = second % 60 < 10;
        rig.answer([if is_away {
            entra_error(503, "temporarily_unavailable", 90_033, "")
        } else {
            Answer::token(&format!("at-{second}"), 60)
        }]);
        header(&source).await;
        while source.metrics().is_fetching {
            tokio::task::yield_now().await;
        }
    }
    let metrics = source.metrics();
    assert_eq!((metrics.n_waited, metrics.n_cooled_down), (1, 0));
    assert!((10..=20).contains(&metrics.n_granted), "{metrics:?}");
}

#[tokio::test]
async fn a_secret_in_a_file_is_read_again_for_each_request() {
    let rig = Rig::new().await;
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), "secret", "old one\n");
    let credential = Credential::SecretFile(path.clone());
    let credentials = ClientCredentials { credential, ..rig.credentials.clone() };
    let source = rig.source_of(credentials.clone());
    rig.answer([entra_error(401, "invalid_client", 7_000_222, "expired: old one")]);
    let error = failure(&source).await.to_string();
    assert!(error.contains("every secret of the client has expired"), "{error}");
    assert!(!error.contains("old one"), "{error}");

    // Whoever rotates it puts the new one there, and no restart is needed.
    std::fs::write(&path, "new one").unwrap();
    rig.answer([Answer::token("one", 3600)]);
    rig.advance(1);
    assert_eq!(header(&source).await, "Bearer one");
    rig.provider.script(|script| {
        let sent: Vec<_> = script.token_requests.iter().map(|r| r.field("client_secret")).collect();
        assert_eq!(sent, [Some("old one"), Some("new one")]);
    });
    for (content, reason) in [("\n", "it is empty"), ("a\nb", "more than one line")] {
        std::fs::write(&path, content).unwrap();
        let error = TokenSource::client_credentials(credentials.clone(), reqwest::Client::new())
            .unwrap_err();
        assert_eq!(error.code(), "SKEP-AUTH-SECRET-FILE");
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[tokio::test]
async fn a_certificate_that_is_refused_is_read_again() {
    // Source: AzureAD/microsoft-identity-web: src/Microsoft.Identity.Web.TokenAcquisition/Constants.cs
    for code in [700_027, 700_024, 7_000_214, 1_000_502, 7_000_274, 7_000_277] {
        let mut rig = Rig::new().await;
        let dir = tempfile::tempdir().unwrap();
        let (old, new) = (Identity::rsa("old"), Identity::rsa("new"));
        let store =
            |identity: &Identity| pkcs12(&[("c", identity.entry(1))], "pw", Encoding::Modern);
        let path = write(dir.path(), "store.p12", store(&old));
        rig.credentials.credential = certificate(&path);
        let source = rig.source();
        rig.answer([entra_error(401, "invalid_client", code, "the certificate")]);
        failure(&source).await;
        std::fs::write(&path, store(&new)).unwrap();
        rig.answer([Answer::token("one", 3600)]);
        rig.advance(1);
        assert_eq!(header(&source).await, "Bearer one");
        rig.provider.script(|script| {
            let requests = &script.token_requests;
            for (request, signer) in [(requests.first(), &old), (requests.last(), &new)] {
                let request = request.unwrap();
                let jws = Jws::parse(request.field("client_assertion").unwrap()).unwrap();
                let certificate = Certificate::from_der(signer.certificate.der()).unwrap();
                jws.verify(&certificate.verifying_key().unwrap()).unwrap();
            }
        });
    }
}

#[tokio::test]
async fn a_good_token_outlives_an_outage_of_the_provider() {
    let rig = Rig::new().await;
    rig.answer([
        Answer::token("one", 3600),
        entra_error(503, "temporarily_unavailable", 90_033, ""),
    ]);
    let source = rig.source();
    assert_eq!(header(&source).await, "Bearer one");
    rig.advance(3600 - 31);
    for _ in 0..100 {
        assert_eq!(header(&source).await, "Bearer one");
        tokio::task::yield_now().await;
    }
    while source.metrics().n_failed_total() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(header(&source).await, "Bearer one");
    rig.answer([Answer::token("two", 3600)]);
    rig.advance(31);
    assert_eq!(header(&source).await, "Bearer two");
}

#[tokio::test]
async fn a_rejected_token_is_replaced_once() {
    let rig = Rig::new().await;
    rig.answer(["one", "two", "three"].map(|token| Answer::token(token, 3600)));
    let source = rig.source();
    let one = header(&source).await;
    source.invalidate("Bearer of something else");
    assert_eq!(header(&source).await, one);
    // A hundred calls come back refused with the same token.
    for _ in 0..100 {
        source.invalidate(&one);
        assert_eq!(header(&source).await, "Bearer two");
    }
    assert_eq!(rig.provider.n_token_requests(), 2);
    // The server refuses the fresh one as well: no storm at the provider.
    source.invalidate("Bearer two");
    assert_eq!(header(&source).await, "Bearer two");
    rig.advance(1);
    source.invalidate("Bearer two");
    assert_eq!(header(&source).await, "Bearer three");
}

#[tokio::test]
async fn transient_failures_are_tried_again() {
    let rig = Rig::new().await;
    let busy = Answer::json(503, &json!({})).header("retry-after", "0.001");
    let throttled = entra_error(429, "temporarily_unavailable", 90_055, "slow down");
    rig.answer([busy, throttled, Answer::token("one", 3600)]);
    let source = rig.source();
    assert_eq!(header(&source).await, "Bearer one");
    assert_eq!(rig.provider.n_token_requests(), 3);
}

#[tokio::test]
async fn a_provider_that_stays_down_is_asked_a_few_times_and_then_left_alone() {
    let rig = Rig::new().await;
    rig.answer([Answer { body: "bad gateway".into(), ..Answer::json(502, &json!({})) }]);
    let source = rig.source();
    for _ in 0..10 {
        let error = failure(&source).await;
        assert_eq!(error.code(), "SKEP-AUTH-STATUS");
        assert!(error.is_transient());
    }
    assert_eq!(rig.provider.n_token_requests(), 5, "five attempts, then a cool-down");
    let metrics = source.metrics();
    assert_eq!(metrics.cooling_down_for, Some(Duration::from_secs(1)));
    assert_eq!((metrics.n_failed["SKEP-AUTH-STATUS"], metrics.n_cooled_down), (1, 9));
    rig.answer([Answer::token("one", 3600)]);
    rig.advance(1);
    assert_eq!(header(&source).await, "Bearer one");
    assert_eq!(source.metrics().cooling_down_for, None);
}

#[tokio::test]
async fn a_provider_that_wants_a_long_pause_gets_it() {
    let rig = Rig::new().await;
    let pause = Answer { body: "Too Many Requests".into(), ..Answer::json(429, &json!({})) };
    rig.answer([pause.header("retry-after", "60"), Answer::token("one", 3600)]);
    let source = rig.source();
    for _ in 0..10 {
        let error = failure(&source).await;
        assert!(matches!(&error, AuthError::Throttled { .. }), "{error:?}");
        assert!(error.to_string().contains("the next one in 60 s"), "{error}");
    }
    assert_eq!(rig.provider.n_token_requests(), 1);
    rig.advance(60);
    assert_eq!(header(&source).await, "Bearer one");
}

#[tokio::test]
async fn a_refusal_is_told_whole_and_cools_down_briefly() {
    let rig = Rig::new().await;
    let text = "Invalid client secret s3cret & more provided.";
    let refused = entra_error(401, "invalid_client", 7_000_215, text);
    rig.answer([refused.header("date", "Fri, 15 Jan 2027 08:00:30 GMT")]);
    let source = rig.source();
    let error = failure(&source).await;
    let AuthError::Refused(refusal) = &error else { panic!("{error:?}") };
    assert_eq!(
        **refusal,
        Refusal {
            url: rig.provider.token_url(),
            client_id: "app".into(),
            status: 401,
            error: "invalid_client".into(),
            description: "Invalid client secret *** provided.".into(),
            aadsts: Some(7_000_215),
            suberror: None,
            correlation_id: Some("bbbb".into()),
            trace_id: Some("aaaa".into()),
            clock_ahead_s: None,
        }
    );
    let text = error.to_string();
    for part in
        ["AADSTS7000215", "correlation id bbbb", "trace id aaaa", "cause: the client secret"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(
        text.ends_with("fix: use the secret's value, not its id; if it is lost, create a new one")
    );

    // 1 s, 2 s, 4 s, … 30 s: never more than one request per pause, never locked out.
    for (n, pause) in [1, 2, 4, 8, 16, 30, 30].into_iter().enumerate() {
        for _ in 0..10 {
            assert_eq!(failure(&source).await, error);
        }
        assert_eq!(rig.provider.n_token_requests(), n + 1);
        rig.advance(pause);
        failure(&source).await;
    }
    rig.answer([Answer::token("one", 3600)]);
    rig.advance(30);
    assert_eq!(header(&source).await, "Bearer one");
}

#[tokio::test]
async fn a_second_assertion_is_dated_by_the_providers_clock() {
    let mut rig = Rig::new().await;
    let dir = tempfile::tempdir().unwrap();
    let store = pkcs12(&[("c", Identity::rsa("c").entry(1))], "pw", Encoding::Modern);
    rig.credentials.credential = certificate(&write(dir.path(), "store.p12", store));
    // 1 800 000 600: ten minutes ahead of the clock here.
    let late = entra_error(401, "invalid_client", 700_024, "not within its valid time range")
        .header("date", "Fri, 15 Jan 2027 08:10:00 GMT");
    rig.answer([late.clone(), Answer::token("one", 3600)]);
    assert_eq!(header(&rig.source()).await, "Bearer one");
    let issued: Vec<_> = rig.provider.script(|script| {
        let issued_at = |request: &crate::provider::TokenRequest| {
            let jws = Jws::parse(request.field("client_assertion").unwrap()).unwrap();
            jws.claims.numeric_date("iat").unwrap().unwrap()
        };
        script.token_requests.iter().map(issued_at).collect()
    });
    assert_eq!(issued, [1.8e9, 1.8e9 + 600.0]);

    rig.answer([late]);
    let error = failure(&rig.source()).await.to_string();
    assert!(error.contains("the provider's clock is 600 s ahead of this machine's"), "{error}");
}

#[tokio::test]
async fn answers_that_are_no_tokens_are_told_apart() {
    let rig = Rig::new().await;
    let html = Answer {
        headers: vec![("content-type", "text/html".into())],
        body: "<html>sign in".into(),
        ..Answer::json(200, &json!({}))
    };
    let token = |changes: Value| {
        let mut body = json!({"token_type": "Bearer", "expires_in": 60, "access_token": "t"});
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        Answer::json(200, &body)
    };
    let cases = [
        (html.clone(), "SKEP-AUTH-NOT-JSON", "with text/html, not with JSON"),
        (
            Answer { status: 404.try_into().unwrap(), ..html.clone() },
            "SKEP-AUTH-STATUS",
            "status 404",
        ),
        (
            Answer { status: 302.try_into().unwrap(), ..html }.header("location", "/elsewhere"),
            "SKEP-AUTH-STATUS",
            "status 302",
        ),
        (token(json!({"access_token": null})), "SKEP-AUTH-ANSWER", "has no access_token"),
        (token(json!({"access_token": "a b"})), "SKEP-AUTH-ANSWER", "fits in no header"),
        (token(json!({"token_type": "DPoP"})), "SKEP-AUTH-ANSWER", "other than Bearer"),
        (token(json!({"expires_in": "soon"})), "SKEP-AUTH-ANSWER", "expires_in"),
        (
            Answer::json(400, &json!({"error": "invalid_scope"})),
            "SKEP-AUTH-REFUSED",
            "invalid_scope",
        ),
        (Answer::json(400, &json!({"message": "no"})), "SKEP-AUTH-STATUS", "status 400"),
    ];
    for (answer, code, text) in cases {
        rig.answer([answer]);
        let error = failure(&rig.source()).await;
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(text), "{text} in {error}");
        assert!(error.to_string().contains(&rig.provider.origin), "{error}");
        assert!(error.to_string().contains("; fix: "), "{error}");
    }
}

#[tokio::test]
async fn tolerable_answers_are_taken() {
    let rig = Rig::new().await;
    for body in [
        json!({"access_token": "t"}),
        json!({"access_token": "t", "token_type": "bearer", "expires_in": "3599"}),
        json!({"access_token": "t", "expires_in": 60.5, "ext_expires_in": [], "x": null}),
    ] {
        rig.answer([Answer::json(200, &body)]);
        assert_eq!(header(&rig.source()).await, "Bearer t");
    }
}

#[tokio::test]
async fn discovery_gives_the_token_url_once() {
    let rig = Rig::new().await;
    let endpoint = TokenEndpoint::of_issuer(&format!("{}/", rig.provider.origin));
    let source = rig.source_of(ClientCredentials { endpoint, ..rig.credentials.clone() });
    header(&source).await;
    assert_eq!(rig.provider.n_token_requests(), 1);

    let endpoint = TokenEndpoint::Discovery(format!("{}/nothing", rig.provider.origin));
    let source = rig.source_of(ClientCredentials { endpoint, ..rig.credentials.clone() });
    let error = failure(&source).await;
    assert!(error.to_string().contains("/nothing answered the token request with status 404"));
    let endpoint = TokenEndpoint::Discovery(rig.provider.jwks_uri());
    let source = rig.source_of(ClientCredentials { endpoint, ..rig.credentials.clone() });
    assert!(failure(&source).await.to_string().contains("has no token_endpoint"));
}

#[tokio::test]
async fn network_failures_are_told_apart() {
    let rig = Rig::new().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
    let plain = rig.provider.origin.replace("http://", "");
    let policy = FetchPolicy {
        request_timeout: Duration::from_millis(200),
        attempts_max: 1,
        ..rig.credentials.policy.clone()
    };
    for (url, code) in [
        (format!("http://{}/token", closed_address()), "SKEP-AUTH-UNREACHABLE"),
        (format!("http://{silent}/token"), "SKEP-AUTH-TIMEOUT"),
        (format!("https://{plain}/token"), "SKEP-AUTH-TLS"),
    ] {
        let credentials = ClientCredentials {
            endpoint: TokenEndpoint::Url(url.clone()),
            policy: policy.clone(),
            ..rig.credentials.clone()
        };
        let error = failure(&rig.source_of(credentials)).await;
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(&url), "{error}");
    }
}

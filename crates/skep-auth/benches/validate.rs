//! What a token check costs: a kept result (hit) and a signature (miss).
//!
//! Budget: hit at most 1 µs, miss at most 25 µs. What is measured is the processor time of
//! the thread, so that other work on the machine does not count.
#![expect(clippy::unwrap_used, reason = "a benchmark stops at the first thing that goes wrong")]

use std::{hint::black_box, net::SocketAddr, time::Duration};

use criterion::{
    Criterion, criterion_group, criterion_main,
    measurement::{Measurement, ValueFormatter, WallTime},
};
use serde_json::{Value, json};
use skep_auth::{
    Clock, TrustedIssuer, ValidationConfig, Validator,
    jose::{Algorithm, Header, Jwk, JwkSet, SigningKey},
};

const NOW_S: i64 = 1_800_000_000;
const TENANT: &str = "22222222-2222-4222-8222-222222222222";
const APP: &str = "11111111-1111-4111-8111-111111111111";
const OID: &str = "33333333-3333-4333-8333-333333333333";
/// More tokens than results are kept, so that each check of a round is a miss.
const N_MISSES: usize = 256;

/// The claims of an Entra v2.0 token for an application.
fn claims(n: usize) -> Value {
    json!({
        "aud": APP, "iss": issuer(), "iat": NOW_S - 300, "nbf": NOW_S - 300, "exp": NOW_S + 3600,
        "aio": "E2ZgYPj6bfsR5rMeTFWXTtgrfSXnTA3bmRMPb5xrOdd5tTSzDQA=", "azp": APP, "azpacr": "1",
        "oid": OID, "rh": "1.AUEAyX0ZFz2zbkGZ0ZYQ8Bq6XxERERERERFBgREREREREREAAAA.", "sub": OID,
        "tid": TENANT, "uti": format!("uti-{n}-abcdefghijkl"), "ver": "2.0",
        "roles": ["Operator", "Worker"], "xms_ftd": "bVJkQ0pXbVh1cGVyLXNlY3JldC1ub3Q",
    })
}

fn issuer() -> String {
    format!("https://login.microsoftonline.com/{TENANT}/v2.0")
}

async fn validator(jwks: String) -> Validator {
    let router = axum::Router::new()
        .route("/keys", axum::routing::get(move || std::future::ready(jwks.clone())));
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    let jwks_uri = format!("http://{}/keys", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let config = ValidationConfig {
        issuers: vec![TrustedIssuer::with_jwks(issuer(), jwks_uri)],
        audiences: vec![APP.to_owned()],
        required_roles: vec!["Worker".to_owned()],
        cached_results_max: N_MISSES / 8,
        ..ValidationConfig::default()
    };
    let validator = Validator::with_clock(config, reqwest::Client::new(), Clock::manual(NOW_S));
    assert!(validator.warm_up().await.is_empty());
    validator
}

/// The processor time that this thread has used.
struct ThreadTime;

impl Measurement for ThreadTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::try_from(time).unwrap()
    }

    fn end(&self, start: Duration) -> Duration {
        self.start() - start
    }

    fn add(&self, a: &Duration, b: &Duration) -> Duration {
        *a + *b
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

fn checks(criterion: &mut Criterion<ThreadTime>) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let key = SigningKey::generate().unwrap();
    let jwk = Jwk { kid: Some("k".into()), ..key.jwk() };
    let jwks = serde_json::to_string(&JwkSet { keys: vec![jwk] }).unwrap();
    let validator = runtime.block_on(validator(jwks));
    let header = Header { kid: Some("k".into()), ..Header::jwt() };
    let sign = |algorithm, n| key.sign(algorithm, &header, &claims(n)).unwrap();

    let token = sign(Algorithm::Rs256, 0);
    criterion.bench_function(&format!("hit, token of {} bytes", token.len()), |bencher| {
        bencher.iter(|| ready(validator.validate(black_box(&token))));
    });
    for algorithm in [Algorithm::Rs256, Algorithm::Ps256] {
        let tokens: Vec<_> = (0..N_MISSES).map(|n| sign(algorithm, n)).collect();
        let mut next = tokens.iter().cycle();
        criterion.bench_function(&format!("miss {algorithm}"), |bencher| {
            bencher.iter(|| ready(validator.validate(next.next().unwrap())));
        });
    }
    criterion.bench_function("sign RS256", |bencher| {
        let claims = claims(0);
        bencher.iter(|| key.sign(Algorithm::Rs256, &header, black_box(&claims)).unwrap());
    });
}

/// Polls once: a check that needs no key from the network is ready at once, and a runtime's
/// bookkeeping is not part of what is measured.
fn ready<T, E: std::fmt::Debug>(check: impl Future<Output = Result<T, E>>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(check).poll(&mut context) {
        std::task::Poll::Ready(result) => result.unwrap(),
        std::task::Poll::Pending => panic!("the keys are there, nothing to wait for"),
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(ThreadTime);
    targets = checks
}
criterion_main!(benches);

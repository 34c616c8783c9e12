//! The token endpoint over HTTPS: latency of one client, and throughput of one server thread.
//!
//! `cargo bench -p skep-idp` prints, for a secret and for a certificate, p50 and p99 in
//! milliseconds of sequential requests on one connection, then requests per second of many at
//! once and what one core would do: requests by the server thread's CPU time.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, or stops")]

use std::{
    fs,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use skep_auth::jose::{Algorithm, Certificate, Header, SigningKey};
use skep_idp::{DevCredentials, Endpoints, IdpConfig, Provider};

const SEQUENTIAL: usize = 3_000;
const CONCURRENT: usize = 32;
const PERIOD: Duration = Duration::from_secs(4);

/// What the client needs to know of the server.
struct Server {
    endpoints: Endpoints,
    credentials: DevCredentials,
    ca: Vec<u8>,
    /// Thread id, to read its CPU time by.
    tid: String,
}

fn main() {
    let dir = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let provider = Provider::open(dir.path(), IdpConfig::default()).unwrap();
    let credentials = provider.ensure_dev_apps().unwrap();
    println!("first start: {} ms", started.elapsed().as_millis());
    drop(provider);

    let (ready, server) = mpsc::channel();
    let path = dir.path().to_owned();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let started = Instant::now();
            let provider = Provider::open(&path, IdpConfig::default()).unwrap();
            let again = provider.ensure_dev_apps().unwrap();
            assert_eq!(again.secret_app.client_id, credentials.secret_app.client_id);
            let running = provider.serve(([127, 0, 0, 1], 0).into()).await.unwrap();
            println!("later start: {:.1} ms", started.elapsed().as_secs_f64() * 1e3);
            let tid = fs::read_link("/proc/thread-self").unwrap();
            ready
                .send(Server {
                    endpoints: running.endpoints().clone(),
                    credentials,
                    ca: fs::read(provider.ca_certificate_path()).unwrap(),
                    tid: tid.file_name().unwrap().to_str().unwrap().to_owned(),
                })
                .unwrap();
            std::future::pending::<()>().await;
        });
    });
    let server = server.recv().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for (name, form) in [("secret", secret_form(&server)), ("certificate", assertion_form(&server))]
    {
        runtime.block_on(measure(name, &server, Arc::new(form)));
    }
}

async fn measure(name: &str, server: &Server, form: Arc<Vec<(&'static str, String)>>) {
    let http = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&server.ca).unwrap()])
        .no_proxy()
        .build()
        .unwrap();
    let url = server.endpoints.token_endpoint();
    let ask = async |http: &reqwest::Client, url: &str, form: &[(&'static str, String)]| {
        let response = http.post(url).form(form).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.bytes().await.unwrap();
    };
    ask(&http, &url, &form).await;

    let mut latencies = Vec::with_capacity(SEQUENTIAL);
    for _ in 0..SEQUENTIAL {
        let started = Instant::now();
        ask(&http, &url, &form).await;
        latencies.push(started.elapsed());
    }
    latencies.sort();
    let ms = |quantile: usize| latencies[SEQUENTIAL * quantile / 100].as_secs_f64() * 1e3;

    let (cpu_before, started) = (cpu_ns(&server.tid), Instant::now());
    let workers: Vec<_> = (0..CONCURRENT)
        .map(|_| {
            let (http, url, form) = (http.clone(), url.clone(), Arc::clone(&form));
            async move {
                let mut n = 0_u32;
                while started.elapsed() < PERIOD {
                    ask(&http, &url, &form).await;
                    n += 1;
                }
                n
            }
        })
        .collect();
    let n: u32 = futures_util::future::join_all(workers).await.into_iter().sum();
    let per_s = f64::from(n) / started.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a few seconds in nanoseconds")]
    let per_core_s = f64::from(n) * 1e9 / (cpu_ns(&server.tid) - cpu_before) as f64;
    println!(
        "{name}: p50 {:.2} ms, p99 {:.2} ms; {per_s:.0} tokens/s, {per_core_s:.0} tokens per core second",
        ms(50),
        ms(99)
    );
}

/// CPU time of a thread of this process.
fn cpu_ns(tid: &str) -> u64 {
    let stat = fs::read_to_string(format!("/proc/self/task/{tid}/schedstat")).unwrap();
    stat.split(' ').next().unwrap().parse().unwrap()
}

fn secret_form(server: &Server) -> Vec<(&'static str, String)> {
    let app = &server.credentials.secret_app;
    vec![
        ("grant_type", "client_credentials".to_owned()),
        ("client_id", app.client_id.to_string()),
        ("client_secret", app.client_secret.expose().to_owned()),
        ("scope", app.scope()),
    ]
}

/// One assertion for all requests: making it is the client's work.
fn assertion_form(server: &Server) -> Vec<(&'static str, String)> {
    let app = &server.credentials.certificate_app;
    let key = SigningKey::from_pem(&fs::read(&app.private_key_path).unwrap()).unwrap();
    let pem = fs::read(&app.certificate_path).unwrap();
    let certificate = Certificate::chain_from_pem(&pem).unwrap().remove(0);
    let header = Header { x5t_s256: Some(certificate.x5t_s256()), ..Header::jwt() };
    let claims = serde_json::json!({
        "aud": server.endpoints.token_endpoint(),
        "iss": app.client_id,
        "sub": app.client_id,
        "jti": "benchmark",
        "exp": certificate.not_after_s(),
    });
    vec![
        ("grant_type", "client_credentials".to_owned()),
        ("client_id", app.client_id.to_string()),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".into()),
        ("client_assertion", key.sign(Algorithm::Ps256, &header, &claims).unwrap()),
        ("scope", app.scope()),
    ]
}

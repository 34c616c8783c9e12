//! A provider on a free port, a client that trusts its CA, and makers of client assertions.

use std::{
    fs,
    path::Path,
    sync::{Mutex, OnceLock},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rcgen::{CertificateParams, KeyPair};
use reqwest::StatusCode;
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::{Map, Value, json};
use skep_auth::{
    Clock, Secret,
    jose::{Algorithm, Certificate, Header, JwkSet, Jws, SigningKey, VerifyingKey},
};
use skep_idp::{App, IdpConfig, NewApp, NewSecret, Provider, RunningProvider};
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) const TENANT: &str = "7d3b5a52-4a1c-4e0e-9f6a-1c5f4f2a9b10";
pub(crate) const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A running provider in a directory of its own.
pub(crate) struct Idp {
    pub(crate) dir: TempDir,
    pub(crate) clock: Clock,
    pub(crate) provider: Provider,
    pub(crate) running: RunningProvider,
    pub(crate) http: reqwest::Client,
}

/// A reply of the token endpoint, or any other JSON.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Idp {
    pub(crate) async fn start() -> Self {
        Self::start_with(IdpConfig::default()).await
    }

    pub(crate) async fn start_with(config: IdpConfig) -> Self {
        Self::start_in(prepared_dir(), config).await
    }

    /// In a directory that may be empty: then with keys and a CA of its own, which takes a while.
    pub(crate) async fn start_in(dir: TempDir, config: IdpConfig) -> Self {
        let clock = Clock::manual(now_s());
        let provider = Provider::open_with_clock(dir.path(), config, clock.clone()).unwrap();
        let running = provider.serve(([127, 0, 0, 1], 0).into()).await.unwrap();
        let http = client(&provider.ca_certificate_path());
        Self { dir, clock, provider, running, http }
    }

    /// An application for v2.0 tokens with a secret.
    pub(crate) fn secret_app(&self) -> (App, Secret) {
        let app = self.provider.registry().add_app(NewApp::named("orders")).unwrap();
        let (_, secret) =
            self.provider.registry().add_secret(app.app_id, NewSecret::default()).unwrap();
        (app, secret)
    }

    /// An application for v2.0 tokens with the shared key's certificate.
    pub(crate) fn certificate_app(&self) -> (App, &'static TestKey) {
        let key = test_key();
        let app = self.provider.registry().add_app(NewApp::named("orders")).unwrap();
        self.provider.registry().add_certificate(app.app_id, key.certificate.der()).unwrap();
        (app, key)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.endpoints().origin)
    }

    pub(crate) fn issuer(&self) -> String {
        self.running.endpoints().issuer()
    }

    pub(crate) fn token_endpoint(&self) -> String {
        self.running.endpoints().token_endpoint()
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        reply(self.http.get(self.url(path)).send().await.unwrap()).await
    }

    /// Posts a form to the v2.0 token endpoint of the provider's own tenant.
    pub(crate) async fn post(&self, form: &[(&str, &str)]) -> Reply {
        self.post_to(&format!("/{TENANT}/oauth2/v2.0/token"), form).await
    }

    pub(crate) async fn post_to(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        reply(self.http.post(self.url(path)).form(form).send().await.unwrap()).await
    }

    /// Asks for a token for the application itself, by secret.
    pub(crate) async fn by_secret(&self, app: &App, secret: &str) -> Reply {
        let id = app.app_id.to_string();
        self.post(&[
            ("grant_type", "client_credentials"),
            ("client_id", &id),
            ("client_secret", secret),
            ("scope", &format!("{id}/.default")),
        ])
        .await
    }

    /// Asks for a token for the application itself, by assertion.
    pub(crate) async fn by_assertion(&self, app: &App, assertion: &str) -> Reply {
        let id = app.app_id.to_string();
        self.post(&[
            ("grant_type", "client_credentials"),
            ("client_id", &id),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", assertion),
            ("scope", &format!("{id}/.default")),
        ])
        .await
    }

    /// The claims that every correct assertion of `app` has.
    pub(crate) fn assertion_claims(&self, app: &App) -> Map<String, Value> {
        let now = self.clock.now_s();
        let claims = json!({
            "aud": self.token_endpoint(),
            "iss": app.app_id,
            "sub": app.app_id,
            "jti": Uuid::new_v4(),
            "iat": now,
            "nbf": now,
            "exp": now + 300,
        });
        claims.as_object().unwrap().clone()
    }

    /// Fetches the key set and returns header and claims of `token`, its signature verified.
    pub(crate) async fn verify(&self, token: &str) -> (Header, Map<String, Value>) {
        let keys = self.get(&format!("/{TENANT}/discovery/v2.0/keys")).await.body;
        let set = JwkSet::parse(keys.to_string().as_bytes()).unwrap();
        let jws = Jws::parse(token).unwrap();
        let jwk = set.keys.iter().find(|key| key.kid == jws.header.kid).expect("a published kid");
        jws.verify(&VerifyingKey::from_jwk(jwk).unwrap()).unwrap();
        assert_eq!(jws.algorithm, Algorithm::Rs256);
        (jws.header.clone(), jws.claims.as_map().clone())
    }
}

impl Reply {
    /// The access token of a successful reply.
    #[track_caller]
    pub(crate) fn token(&self) -> &str {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        self.body["access_token"].as_str().expect("an access token")
    }

    /// Checks status, `error` and AADSTS code, and the form of the whole body.
    #[track_caller]
    pub(crate) fn expect_refusal(&self, status: u16, error: &str, code: u32) {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        assert_eq!(self.body["error"], error, "{}", self.body);
        assert_eq!(self.body["error_codes"], json!([code]), "{}", self.body);
        let description = self.body["error_description"].as_str().unwrap();
        let rest = description.strip_prefix(&format!("AADSTS{code}: ")).expect(description);
        let trace_id = self.body["trace_id"].as_str().unwrap();
        let correlation_id = self.body["correlation_id"].as_str().unwrap();
        let timestamp = self.body["timestamp"].as_str().unwrap();
        for id in [trace_id, correlation_id] {
            assert_eq!(Uuid::parse_str(id).unwrap().to_string(), id);
        }
        let trailer = format!(
            " Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}"
        );
        let text = rest.strip_suffix(&trailer).expect(description);
        assert!(text.len() > 20 && text.ends_with('.'), "{text}");
        let dashes: String = timestamp.chars().filter(|c| !c.is_ascii_digit()).collect();
        assert_eq!(dashes, "-- ::Z", "{timestamp}");
    }

    #[track_caller]
    pub(crate) fn description(&self) -> &str {
        self.body["error_description"].as_str().unwrap()
    }
}

pub(crate) async fn reply(response: reqwest::Response) -> Reply {
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text:?}"));
    Reply { status, headers, body }
}

/// A client that trusts this CA and nothing else.
pub(crate) fn client(ca: &Path) -> reqwest::Client {
    let pem = fs::read(ca).unwrap();
    reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()])
        .timeout(Duration::from_secs(30))
        .no_proxy()
        .build()
        .unwrap()
}

pub(crate) fn now_s() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// A directory that was set up once and copied: finding primes for every test would be slow.
fn prepared_dir() -> TempDir {
    static TEMPLATE: OnceLock<Mutex<TempDir>> = OnceLock::new();
    let template = TEMPLATE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let config = IdpConfig { tenant_id: Some(TENANT.parse().unwrap()), ..IdpConfig::default() };
        Provider::open(dir.path(), config).unwrap();
        Mutex::new(dir)
    });
    let dir = tempfile::tempdir().unwrap();
    for file in fs::read_dir(template.lock().unwrap().path()).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), dir.path().join(file.file_name())).unwrap();
    }
    dir
}

/// A key with its certificate.
pub(crate) struct TestKey {
    pub(crate) key: SigningKey,
    pub(crate) certificate: Certificate,
}

impl TestKey {
    /// A self-signed certificate, valid for ten years from 2020 or for the seconds given.
    pub(crate) fn generate(validity_s: Option<(i64, i64)>) -> Self {
        let key = SigningKey::generate().unwrap();
        Self { certificate: certify(&key, validity_s), key }
    }

    /// An assertion with this header and these claims.
    pub(crate) fn sign(
        &self,
        algorithm: Algorithm,
        header: &Header,
        claims: &Map<String, Value>,
    ) -> String {
        self.key.sign(algorithm, header, claims).unwrap()
    }

    /// PS256 with `x5t#S256`: what is documented today.
    pub(crate) fn assertion(&self, claims: &Map<String, Value>) -> String {
        let x5t_s256 = Some(self.certificate.x5t_s256());
        self.sign(Algorithm::Ps256, &Header { x5t_s256, ..Header::jwt() }, claims)
    }
}

pub(crate) fn certify(key: &SigningKey, validity_s: Option<(i64, i64)>) -> Certificate {
    let der = PrivatePkcs8KeyDer::from(key.to_der().unwrap());
    let pair = KeyPair::from_pkcs8_der_and_sign_algo(&der, &rcgen::PKCS_RSA_SHA256).unwrap();
    let mut params = CertificateParams::new(["test client".to_owned()]).unwrap();
    let (start, end) = validity_s.unwrap_or((1_577_836_800, 2_208_988_800));
    params.not_before = time::OffsetDateTime::from_unix_timestamp(start).unwrap();
    params.not_after = time::OffsetDateTime::from_unix_timestamp(end).unwrap();
    Certificate::from_der(params.self_signed(&pair).unwrap().der()).unwrap()
}

/// One key for all tests that do not care which.
pub(crate) fn test_key() -> &'static TestKey {
    static KEY: OnceLock<TestKey> = OnceLock::new();
    KEY.get_or_init(|| TestKey::generate(None))
}

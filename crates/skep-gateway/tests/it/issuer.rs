//! An identity provider for tests: publishes one key, and signs whatever a test wants.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use skep_auth::{
    TrustedIssuer, ValidationConfig, Validator,
    jose::{Algorithm, Header, JwkSet, SigningKey},
};
use skep_gateway::AuthMode;
use tokio::net::TcpListener;

pub(crate) const AUDIENCE: &str = "api://skep";

pub(crate) struct Issuer {
    issuer: String,
    key: SigningKey,
}

impl Issuer {
    pub(crate) async fn start() -> Self {
        let key = SigningKey::generate().unwrap();
        let mut jwk = key.jwk();
        jwk.kid = Some("k1".to_owned());
        let keys = serde_json::to_string(&JwkSet { keys: vec![jwk] }).unwrap();
        let app = axum::Router::new()
            .route("/keys", axum::routing::get(move || std::future::ready(keys.clone())));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { issuer, key }
    }

    /// An issuer that nothing listens at.
    pub(crate) async fn unreachable() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        Self { issuer, key: SigningKey::generate().unwrap() }
    }

    pub(crate) fn validation(&self) -> ValidationConfig {
        ValidationConfig {
            issuers: vec![TrustedIssuer::with_jwks(&self.issuer, format!("{}/keys", self.issuer))],
            audiences: vec![AUDIENCE.to_owned()],
            ..ValidationConfig::default()
        }
    }

    pub(crate) fn auth(&self) -> AuthMode {
        auth(self.validation())
    }

    pub(crate) fn claims(&self) -> Value {
        json!({
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": "worker-subject",
            "azp": "worker-1",
            "roles": ["Worker"],
            "iat": now_s(),
            "exp": now_s() + 600,
        })
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some("k1".to_owned()), ..Header::jwt() };
        self.key.sign(Algorithm::Rs256, &header, claims).unwrap()
    }

    /// A token that is accepted.
    pub(crate) fn token(&self) -> String {
        self.sign(&self.claims())
    }

    /// A token whose claims differ from an accepted one's.
    pub(crate) fn token_with(&self, name: &str, value: impl Into<Value>) -> String {
        let mut claims = self.claims();
        claims[name] = value.into();
        self.sign(&claims)
    }
}

pub(crate) fn auth(validation: ValidationConfig) -> AuthMode {
    AuthMode::Oidc(Validator::new(validation, reqwest::Client::new()))
}

pub(crate) fn now_s() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(elapsed.as_secs()).unwrap()
}

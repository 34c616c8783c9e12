//! A stand-in for an OpenID Connect provider, on a port of the system's choice.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use skep_auth::jose::{Algorithm, Header, Jwk, JwkSet, SigningKey};
use tokio::net::TcpListener;

/// What the provider answers, and what it was asked.
#[derive(Default)]
pub struct Script {
    pub keys: Vec<Jwk>,
    /// Overrides the JWKS, for a provider that is out of order.
    pub jwks_failure: Option<(StatusCode, String)>,
    /// Overrides the issuer of the discovery document.
    pub issuer: Option<String>,
    pub n_jwks_requests: usize,
    /// Answers of the token endpoint, in turn; the last one stays.
    pub answers: VecDeque<Answer>,
    pub token_requests: Vec<TokenRequest>,
}

#[derive(Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Answer {
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap(),
            headers: vec![("content-type", "application/json".into())],
            body: body.to_string(),
        }
    }

    pub fn token(token: &str, expires_in: impl Into<Value>) -> Self {
        let expires_in: Value = expires_in.into();
        Self::json(
            200,
            &json!({"token_type": "Bearer", "expires_in": expires_in, "access_token": token}),
        )
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

pub struct TokenRequest {
    pub headers: HeaderMap,
    pub form: Vec<(String, String)>,
}

impl TokenRequest {
    pub fn field(&self, name: &str) -> Option<&str> {
        self.form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Clone)]
pub struct Provider {
    pub origin: String,
    script: Arc<Mutex<Script>>,
}

impl Provider {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let provider = Self { origin, script: Arc::default() };
        let router = Router::new()
            .route("/keys", get(keys))
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/token", axum::routing::post(token))
            .route("/metadata/identity/oauth2/token", get(identity))
            .route("/{tenant}/oauth2/v2.0/token", axum::routing::post(token))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    pub fn script<T>(&self, change: impl FnOnce(&mut Script) -> T) -> T {
        change(&mut self.script.lock().unwrap())
    }

    pub fn n_token_requests(&self) -> usize {
        self.script(|script| script.token_requests.len())
    }

    pub fn jwks_uri(&self) -> String {
        format!("{}/keys", self.origin)
    }

    pub fn token_url(&self) -> String {
        format!("{}/token", self.origin)
    }
}

async fn keys(State(provider): State<Provider>) -> Response {
    provider.script(|script| {
        script.n_jwks_requests += 1;
        match &script.jwks_failure {
            Some((status, body)) => (*status, body.clone()).into_response(),
            None => Json(JwkSet { keys: script.keys.clone() }).into_response(),
        }
    })
}

async fn discovery(State(provider): State<Provider>) -> Json<Value> {
    let issuer = provider.script(|script| script.issuer.clone());
    let issuer = issuer.unwrap_or_else(|| provider.origin.clone());
    Json(json!({
        "issuer": issuer,
        "jwks_uri": provider.jwks_uri(),
        "token_endpoint": provider.token_url(),
    }))
}

async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    axum::Form(form): axum::Form<Vec<(String, String)>>,
) -> Response {
    answer(&provider, headers, form)
}

async fn identity(
    State(provider): State<Provider>,
    headers: HeaderMap,
    axum::extract::Query(query): axum::extract::Query<Vec<(String, String)>>,
) -> Response {
    answer(&provider, headers, query)
}

fn answer(provider: &Provider, headers: HeaderMap, form: Vec<(String, String)>) -> Response {
    let Answer { status, headers, body } = provider.script(|script| {
        script.token_requests.push(TokenRequest { headers, form });
        match script.answers.len() {
            0 => Answer::token("default", 3600),
            1 => script.answers[0].clone(),
            _ => script.answers.pop_front().unwrap(),
        }
    });
    let mut response = (status, body).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

/// A named key of a provider.
pub struct Signer {
    pub key: SigningKey,
    pub kid: String,
}

impl Signer {
    pub fn new(kid: &str) -> Self {
        Self { key: SigningKey::generate().unwrap(), kid: kid.to_owned() }
    }

    pub fn jwk(&self) -> Jwk {
        Jwk { kid: Some(self.kid.clone()), ..self.key.jwk() }
    }

    pub fn token(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.kid.clone()), ..Header::jwt() };
        self.key.sign(Algorithm::Rs256, &header, claims).unwrap()
    }
}

/// An address at which nobody listens.
pub fn closed_address() -> std::net::SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

//! A stand-in for Microsoft Graph that answers as it is told, in turn.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};
use skep_entra::Cloud;
use tokio::net::TcpListener;

/// One answer.
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self { status, headers: Vec::new(), body: body.to_string() }
    }

    pub(crate) fn list(items: &[Value]) -> Self {
        Self::json(200, &json!({ "value": items }))
    }

    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self { status, headers: Vec::new(), body: body.to_owned() }
    }

    /// A refusal in Graph's form.
    pub(crate) fn refusal(status: u16, code: &str, message: &str) -> Self {
        Self::json(
            status,
            &json!({"error": {
                "code": code,
                "message": message,
                "innerError": {"date": "2026-01-01T00:00:00", "request-id": "r-1", "client-request-id": "c-1"},
            }}),
        )
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// One request, as it came.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) authorization: String,
    pub(crate) body: Value,
}

#[derive(Clone)]
pub(crate) struct Graph {
    pub(crate) cloud: Cloud,
    script: Arc<Mutex<Script>>,
}

#[derive(Default)]
struct Script {
    answers: VecDeque<Answer>,
    requests: Vec<Request>,
}

impl Graph {
    pub(crate) async fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let cloud = Cloud { authority: origin.clone(), graph: origin };
        let script = Script { answers: answers.into(), requests: Vec::new() };
        let graph = Self { cloud, script: Arc::new(Mutex::new(script)) };
        let router = Router::new().fallback(answer).with_state(graph.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        graph
    }

    /// Puts further answers behind those that are left.
    pub(crate) fn then(&self, answers: Vec<Answer>) {
        self.script.lock().unwrap().answers.extend(answers);
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.script.lock().unwrap().requests)
    }
}

async fn answer(
    State(graph): State<Graph>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut script = graph.script.lock().unwrap();
    let authorization = headers.get("authorization").map(|v| v.to_str().unwrap().to_owned());
    script.requests.push(Request {
        line: format!("{method} {uri}"),
        authorization: authorization.unwrap_or_default(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    });
    let Some(answer) = script.answers.pop_front() else {
        return (StatusCode::IM_A_TEAPOT, "no answer was prepared").into_response();
    };
    let mut response = (StatusCode::from_u16(answer.status).unwrap(), answer.body).into_response();
    for (name, value) in answer.headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

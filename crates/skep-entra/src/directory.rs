//! Calls to Microsoft Graph: made, or only noted down.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use skep_auth::{Secret, network};
use uuid::Uuid;

use crate::{Call, Cloud, Error, ErrorKind, GraphRefusal};

/// Most pages of one list: 100 entries each, far more than registrations of one set-up.
const PAGES_MAX: usize = 100;
/// Longest wait for one answer.
const TIMEOUT: Duration = Duration::from_secs(30);
/// What stands for an id that only the directory could give.
const PLACEHOLDER: char = '<';

/// How long to put up with a directory that is slow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Patience {
    /// How long something just created may be unknown elsewhere: Graph has many copies.
    pub propagation: Duration,
    /// First wait before another try; it doubles up to 16 times as much.
    pub backoff: Duration,
    /// Longest `Retry-After` that is obeyed; what is longer is an error.
    pub retry_after_max: Duration,
    /// Most tries of one call after refusals that time heals.
    pub attempts_max: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            propagation: Duration::from_secs(120),
            backoff: Duration::from_secs(1),
            retry_after_max: Duration::from_secs(150),
            attempts_max: 6,
        }
    }
}

/// The tenant's directory, behind Microsoft Graph; cheap to clone.
#[derive(Clone)]
pub struct Directory {
    base: String,
    access: Access,
    is_dry_run: bool,
    patience: Patience,
    calls: Arc<Mutex<Vec<Call>>>,
    observer: Option<Arc<Observer>>,
}

/// Told of each call before it is made.
type Observer = dyn Fn(&Call) + Send + Sync;

#[derive(Clone)]
enum Access {
    Token {
        http: reqwest::Client,
        token: Secret,
    },
    /// Nobody is signed in: nothing can be read.
    None,
}

impl std::fmt::Debug for Directory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Directory")
            .field("base", &self.base)
            .field("is_dry_run", &self.is_dry_run)
            .finish_non_exhaustive()
    }
}

/// Whether what is asked for may take a while to appear.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Appearance {
    /// It is there, or it is not.
    Settled,
    /// It was created a moment ago.
    Expected,
}

impl Directory {
    /// The directory, reached with a token for Graph; `http` must not follow redirects.
    #[must_use]
    pub fn new(cloud: &Cloud, http: reqwest::Client, token: Secret) -> Self {
        Self::with_access(cloud, Access::Token { http, token })
    }

    /// A directory that nobody has signed in to: every read finds nothing and every change is
    /// only noted down.
    #[must_use]
    pub fn unread(cloud: &Cloud) -> Self {
        Self { is_dry_run: true, ..Self::with_access(cloud, Access::None) }
    }

    fn with_access(cloud: &Cloud, access: Access) -> Self {
        Self {
            base: format!("{}/v1.0", cloud.graph),
            access,
            is_dry_run: false,
            patience: Patience::default(),
            calls: Arc::default(),
            observer: None,
        }
    }

    /// As it is, but changes are only noted down.
    #[must_use]
    pub fn dry_run(mut self) -> Self {
        self.is_dry_run = true;
        self
    }

    /// As it is, with other patience.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// As it is; `observer` hears of each call before it is made.
    #[must_use]
    pub fn observed_by(mut self, observer: impl Fn(&Call) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Whether changes are only noted down.
    #[must_use]
    pub fn is_dry_run(&self) -> bool {
        self.is_dry_run
    }

    /// The calls so far, in order, those only noted down included.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Every entry of a list, over all its pages.
    pub(crate) async fn list(&self, path: &str, purpose: &str) -> Result<Vec<Value>, Error> {
        let mut url = format!("{}{path}", self.base);
        let mut entries = Vec::new();
        for _ in 0..PAGES_MAX {
            let Some(mut page) = self.read(&url, purpose).await? else {
                return Ok(entries);
            };
            match page.get_mut("value").map(Value::take) {
                Some(Value::Array(items)) => entries.extend(items),
                _ => {
                    return Err(Error::Answer {
                        url,
                        reason: "has no list in \"value\"".to_owned(),
                    });
                }
            }
            let Some(next) = page.get("@odata.nextLink").and_then(Value::as_str) else {
                return Ok(entries);
            };
            // The token goes to Graph alone, whatever an answer says.
            if !next.starts_with(&format!("{}/", self.base)) {
                let reason = "continues at another address".to_owned();
                return Err(Error::Answer { url, reason });
            }
            url = next.to_owned();
        }
        Err(Error::Answer { url, reason: format!("has more than {PAGES_MAX} pages") })
    }

    /// One entity; `None` when it is not there, or cannot be read in a dry run.
    pub(crate) async fn find(&self, path: &str, purpose: &str) -> Result<Option<Value>, Error> {
        let url = format!("{}{path}", self.base);
        match self.read(&url, purpose).await {
            Err(error) if error.is_not_found() => Ok(None),
            answered => answered,
        }
    }

    async fn read(&self, url: &str, purpose: &str) -> Result<Option<Value>, Error> {
        self.note(Call::new("GET", url.to_owned(), None, purpose));
        // What was not really created cannot be read.
        if url.contains(PLACEHOLDER) {
            return Ok(None);
        }
        match &self.access {
            Access::None => Ok(None),
            Access::Token { http, token } => {
                let appearance = Appearance::Settled;
                self.send(http, token, &Method::GET, url, None, appearance).await.map(Some)
            }
        }
    }

    /// A change; `simulated` is what a dry run takes for the answer.
    pub(crate) async fn change(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        purpose: &str,
        simulated: Value,
    ) -> Result<Value, Error> {
        let url = format!("{}{path}", self.base);
        let name = match method.as_str() {
            "POST" => "POST",
            "PATCH" => "PATCH",
            _ => "DELETE",
        };
        self.note(Call::new(name, url.clone(), body.as_ref(), purpose));
        match &self.access {
            Access::Token { http, token } if !self.is_dry_run => {
                // Any object in a change was found or created a moment ago.
                let appearance = Appearance::Expected;
                self.send(http, token, &method, &url, body.as_ref(), appearance).await
            }
            Access::Token { .. } | Access::None => Ok(simulated),
        }
    }

    fn note(&self, call: Call) {
        if let Some(observer) = &self.observer {
            observer(&call);
        }
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }

    /// Sends until it is answered, refused for good, or patience ends.
    async fn send(
        &self,
        http: &reqwest::Client,
        token: &Secret,
        method: &Method,
        url: &str,
        body: Option<&Value>,
        appearance: Appearance,
    ) -> Result<Value, Error> {
        let began = Instant::now();
        let mut wait = self.patience.backoff;
        let mut attempt = 1;
        loop {
            let (error, retry_after) = match once(http, token, method, url, body).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            let again = if let Error::Graph(refusal) = &error {
                if is_yet_to_appear(refusal) {
                    appearance == Appearance::Expected
                        && began.elapsed() < self.patience.propagation
                } else {
                    is_passing(refusal.status) && attempt < self.patience.attempts_max
                }
            } else {
                // A change that may have been made must not be made twice.
                error.kind() == ErrorKind::Connect && *method == Method::GET && attempt < 3
            };
            let pause = retry_after.unwrap_or(wait);
            if !again || pause > self.patience.retry_after_max {
                return Err(error);
            }
            tracing::debug!(%method, url, attempt, ?pause, %error, "asking Graph again");
            tokio::time::sleep(pause).await;
            wait = (wait * 2).min(self.patience.backoff * 16);
            attempt += 1;
        }
    }
}

/// A copy of the directory may not have heard of an object yet.
fn is_yet_to_appear(refusal: &GraphRefusal) -> bool {
    refusal.status == 404
        || (refusal.status == 400
            && [
                "does not reference a valid application",
                "Permission being assigned was not found",
            ]
            .iter()
            .any(|text| refusal.message.contains(text)))
}

fn is_passing(status: u16) -> bool {
    matches!(status, 429 | 500 | 502 | 503 | 504)
}

type Failed = (Error, Option<Duration>);

async fn once(
    http: &reqwest::Client,
    token: &Secret,
    method: &Method,
    url: &str,
    body: Option<&Value>,
) -> Result<Value, Failed> {
    let client_request_id = Uuid::new_v4();
    let mut request = http
        .request(method.clone(), url)
        .bearer_auth(token.expose())
        .header("accept", "application/json")
        .header("client-request-id", client_request_id.to_string())
        .timeout(TIMEOUT);
    if let Some(body) = body {
        request = request.json(body);
    }
    let unreachable = |reason: String| (Error::Unreachable { url: url.to_owned(), reason }, None);
    let response =
        request.send().await.map_err(|error| unreachable(network::Failure::of(&error).reason))?;
    let status = response.status();
    let retry_after = retry_after(response.headers());
    let bytes = network::body(response).await.map_err(unreachable)?;
    if status.is_success() {
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        return serde_json::from_slice(&bytes).map_err(|_| {
            (Error::Answer { url: url.to_owned(), reason: "is not JSON".to_owned() }, None)
        });
    }
    let ids = client_request_id.to_string();
    Err((refused(method, url, status, &bytes, &ids), retry_after))
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    // Graph sends seconds, now and then with a fraction.
    let seconds: f64 = headers.get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

fn refused(
    method: &Method,
    url: &str,
    status: StatusCode,
    bytes: &[u8],
    client_request_id: &str,
) -> Error {
    let body: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let error = &body["error"];
    let Some(code) = error["code"].as_str() else {
        return match status.as_u16() {
            // Throttled answers may be plain text.
            429 | 500.. => Error::Graph(Box::new(GraphRefusal {
                method: method.to_string(),
                url: url.to_owned(),
                status: status.as_u16(),
                code: "no code".to_owned(),
                message: status.canonical_reason().unwrap_or("no reason").to_owned(),
                request_id: client_request_id.to_owned(),
            })),
            _ => Error::Answer {
                url: url.to_owned(),
                reason: format!("has status {status} and no Graph error in it"),
            },
        };
    };
    let inner = &error["innerError"];
    let request_id = inner["request-id"].as_str().unwrap_or(client_request_id);
    Error::Graph(Box::new(GraphRefusal {
        method: method.to_string(),
        url: url.to_owned(),
        status: status.as_u16(),
        code: code.to_owned(),
        message: error["message"].as_str().unwrap_or_default().to_owned(),
        request_id: request_id.to_owned(),
    }))
}

/// An id for a dry run, where the directory gives none.
pub(crate) fn placeholder(what: &str) -> Value {
    json!(format!("{PLACEHOLDER}{what}>"))
}

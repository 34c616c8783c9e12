//! One request to a token endpoint, and what its answer means.

use std::time::Duration;

use reqwest::{Response, header::HeaderMap};
use serde_json::{Map, Value};

use crate::{
    AuthError, Clock, Refusal, Secret,
    jose::Jws,
    network::{self, Failure, FailureKind},
};

/// How long a token without `expires_in` is used when it does not tell itself.
const UNKNOWN_LIFETIME: Duration = Duration::from_secs(300);
/// Wait after 429 when the provider does not say how long; Entra's is one minute.
const THROTTLED: Duration = Duration::from_secs(60);
/// From which difference on the clocks are worth a word.
const CLOCK_DIFFERENCE_MIN_S: i64 = 60;

/// A token as it was given.
#[derive(Clone, Debug)]
pub(super) struct Granted {
    pub(super) access_token: Secret,
    pub(super) lifetime: Duration,
}

/// Why a request gave no token.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) error: AuthError,
    pub(super) status: Option<u16>,
    pub(super) retry_after: Option<Duration>,
    /// How far the provider's clock is ahead, when the answer tells.
    pub(super) clock_ahead_s: Option<i64>,
}

impl From<AuthError> for Failed {
    fn from(error: AuthError) -> Self {
        Self { error, status: None, retry_after: None, clock_ahead_s: None }
    }
}

/// A request for a token.
pub(super) struct TokenRequest<'a> {
    pub(super) url: &'a str,
    pub(super) client_id: &'a str,
    /// What must not be repeated, even if the provider does.
    pub(super) credential: &'a str,
}

impl TokenRequest<'_> {
    /// Posts `form` and reads the answer.
    pub(super) async fn post(
        &self,
        form: &[(&'static str, String)],
        timeout: Duration,
        http: &reqwest::Client,
        clock: &Clock,
    ) -> Result<Granted, Failed> {
        let response = self.send(form, timeout, http).await?;
        self.read(response, clock).await
    }

    /// Posts `form`.
    pub(super) async fn send(
        &self,
        form: &[(&'static str, String)],
        timeout: Duration,
        http: &reqwest::Client,
    ) -> Result<Response, Failed> {
        let sent = http
            .post(self.url)
            .header("accept", "application/json")
            .timeout(timeout)
            .form(form)
            .send()
            .await;
        Ok(sent.map_err(|error| network_error(self.url, &Failure::of(&error)))?)
    }

    /// The token in an answer.
    pub(super) async fn read(&self, response: Response, clock: &Clock) -> Result<Granted, Failed> {
        self.read_as(response, clock, |json| granted(json, clock)).await
    }

    /// What an answer means; `wanted` takes it out of a success, or says what is wrong with it.
    pub(super) async fn read_as<T>(
        &self,
        response: Response,
        clock: &Clock,
        wanted: impl FnOnce(&Map<String, Value>) -> Result<T, String>,
    ) -> Result<T, Failed> {
        let status = response.status().as_u16();
        let is_success = response.status().is_success();
        let clock_ahead_s = clock_ahead_s(response.headers(), clock);
        let retry_after = retry_after(response.headers(), clock);
        let content_type = content_type(&response);
        let body = network::body(response).await.map_err(|reason| {
            network_error(self.url, &Failure { kind: FailureKind::Unreachable, reason })
        })?;
        let json: Option<Map<String, Value>> = serde_json::from_slice(&body).ok();
        let error = match json {
            Some(json) if is_success => match wanted(&json) {
                Ok(granted) => return Ok(granted),
                Err(reason) => AuthError::Answer { url: self.url.to_owned(), reason },
            },
            None if is_success => AuthError::NotJson { url: self.url.to_owned(), content_type },
            Some(json) if json.get("error").is_some_and(Value::is_string) => {
                AuthError::Refused(Box::new(self.refusal(&json, status, clock_ahead_s)))
            }
            _ if status == 429 => AuthError::Throttled {
                url: self.url.to_owned(),
                retry_after: retry_after.unwrap_or(THROTTLED),
            },
            _ => AuthError::Status { url: self.url.to_owned(), status },
        };
        Err(Failed { error, status: Some(status), retry_after, clock_ahead_s })
    }

    fn refusal(
        &self,
        json: &Map<String, Value>,
        status: u16,
        clock_ahead_s: Option<i64>,
    ) -> Refusal {
        let text = |name: &str| json.get(name).and_then(Value::as_str).map(|text| self.tame(text));
        let described = Description::parse(&text("error_description").unwrap_or_default());
        Refusal {
            url: self.url.to_owned(),
            client_id: self.client_id.to_owned(),
            status,
            error: text("error").unwrap_or_default(),
            aadsts: described.aadsts.or_else(|| first_code(json)),
            description: described.text,
            suberror: text("suberror").filter(|text| !text.is_empty()),
            correlation_id: text("correlation_id").or(described.correlation_id),
            trace_id: text("trace_id").or(described.trace_id),
            clock_ahead_s: clock_ahead_s.filter(|ahead_s| ahead_s.abs() >= CLOCK_DIFFERENCE_MIN_S),
        }
    }

    /// Text of a provider as an error may show it: one line, bounded, without the credential.
    fn tame(&self, text: &str) -> String {
        let text = match self.credential {
            "" => text.to_owned(),
            credential => text.replace(credential, "***"),
        };
        let mut tame: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        tame.retain(|c| !c.is_control());
        match tame.char_indices().nth(1000) {
            Some((end, _)) => format!("{}…", &tame[..end]),
            None => tame,
        }
    }
}

/// The OAuth error in the body of an answer to `url` that is no token request's.
pub(crate) fn refusal_in(body: &[u8], url: &str, status: u16) -> Option<AuthError> {
    let json: Map<String, Value> = serde_json::from_slice(body).ok()?;
    json.get("error")?.as_str()?;
    let request = TokenRequest { url, client_id: "", credential: "" };
    Some(AuthError::Refused(Box::new(request.refusal(&json, status, None))))
}

/// Entra's description in its parts: `AADSTS<code>: <text> Trace ID: … Correlation ID: … …`.
struct Description {
    aadsts: Option<u32>,
    text: String,
    trace_id: Option<String>,
    correlation_id: Option<String>,
}

impl Description {
    fn parse(text: &str) -> Self {
        let id = |label: &str| {
            let (_, rest) = text.split_once(label)?;
            rest.split_whitespace().next().map(str::to_owned)
        };
        let (trace_id, correlation_id) = (id("Trace ID:"), id("Correlation ID:"));
        let body = text.split("Trace ID:").next().unwrap_or_default().trim();
        let coded = body
            .strip_prefix("AADSTS")
            .and_then(|rest| rest.split_once(':'))
            .and_then(|(code, rest)| Some((code.parse().ok()?, rest.trim())));
        match coded {
            Some((code, rest)) => {
                Self { aadsts: Some(code), text: rest.to_owned(), trace_id, correlation_id }
            }
            None => Self { aadsts: None, text: body.to_owned(), trace_id, correlation_id },
        }
    }
}

fn first_code(json: &Map<String, Value>) -> Option<u32> {
    let code = json.get("error_codes")?.as_array()?.first()?.as_u64()?;
    u32::try_from(code).ok()
}

fn granted(json: &Map<String, Value>, clock: &Clock) -> Result<Granted, String> {
    let token = json
        .get("access_token")
        .and_then(Value::as_str)
        .filter(|token| !token.is_empty())
        .ok_or("has no access_token")?;
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("has an access_token that fits in no header".to_owned());
    }
    match json.get("token_type").and_then(Value::as_str) {
        None => {}
        Some(kind) if kind.eq_ignore_ascii_case("Bearer") => {}
        Some(_) => return Err("has a token_type other than Bearer".to_owned()),
    }
    let lifetime = match json.get("expires_in") {
        None | Some(Value::Null) => lifetime_of(token, clock).unwrap_or(UNKNOWN_LIFETIME),
        Some(value) => seconds(value).ok_or("has an expires_in that is no number of seconds")?,
    };
    Ok(Granted { access_token: Secret::new(token), lifetime })
}

/// A number of seconds, or one written as a text, as Entra v1.0 and managed identities do.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let seconds: f64 = seconds;
    (seconds > 0.0).then(|| Duration::try_from_secs_f64(seconds).ok())?
}

/// How long a JWT lives by its own account.
fn lifetime_of(token: &str, clock: &Clock) -> Option<Duration> {
    let exp = Jws::parse(token).ok()?.claims.numeric_date("exp").ok()??;
    let now_ms = u64::try_from(clock.now_ms()).ok()?;
    Duration::try_from_secs_f64(exp).ok()?.checked_sub(Duration::from_millis(now_ms))
}

/// The error for a request that was not answered.
pub(crate) fn network_error(url: &str, failure: &Failure) -> AuthError {
    let (url, reason) = (url.to_owned(), failure.reason.clone());
    match failure.kind {
        FailureKind::Unreachable => AuthError::Unreachable { url, reason },
        FailureKind::Timeout => AuthError::Timeout { url, reason },
        FailureKind::Tls => AuthError::Tls { url, reason },
        FailureKind::Address => AuthError::Settings(format!("{url:?} is no token URL: {reason}")),
    }
}

fn content_type(response: &Response) -> String {
    let found = response.headers().get("content-type").and_then(|value| value.to_str().ok());
    match found {
        Some(value) => value.chars().filter(|c| !c.is_control()).take(60).collect(),
        None => "a body without a content type".to_owned(),
    }
}

fn http_date_s(headers: &HeaderMap, name: &str) -> Option<i64> {
    let text = headers.get(name)?.to_str().ok()?;
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(date.as_second())
}

/// How far the provider's clock is ahead, by the answer's `Date`.
pub(crate) fn clock_ahead_s(headers: &HeaderMap, clock: &Clock) -> Option<i64> {
    Some(http_date_s(headers, "date")? - clock.now_s())
}

/// `Retry-After`: seconds, perhaps with a fraction, or a date.
fn retry_after(headers: &HeaderMap, clock: &Clock) -> Option<Duration> {
    let text = headers.get("retry-after")?.to_str().ok()?.trim();
    match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => {
            let wait_s = http_date_s(headers, "retry-after")? - clock.now_s();
            Some(Duration::from_secs(u64::try_from(wait_s).unwrap_or(0)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entras_description_is_taken_apart() {
        for separator in ["\r\n", " "] {
            let text = [
                "AADSTS7000215: Invalid client secret provided.",
                "Trace ID: aaaa",
                "Correlation ID: bbbb",
                "Timestamp: 2026-01-01 00:00:00Z",
            ]
            .join(separator);
            let found = Description::parse(&text);
            assert_eq!(found.aadsts, Some(7_000_215));
            assert_eq!(found.text, "Invalid client secret provided.");
            assert_eq!(found.trace_id.as_deref(), Some("aaaa"));
            assert_eq!(found.correlation_id.as_deref(), Some("bbbb"));
        }
        let plain = Description::parse("no such client");
        assert_eq!((plain.aadsts, plain.text.as_str()), (None, "no such client"));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let clock = Clock::manual(784_111_777);
        let parse = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", text.parse().unwrap());
            retry_after(&headers, &clock)
        };
        assert_eq!(parse("60"), Some(Duration::from_secs(60)));
        assert_eq!(parse("2.128"), Some(Duration::from_millis(2128)));
        assert_eq!(parse("Sun, 06 Nov 1994 08:49:47 GMT"), Some(Duration::from_secs(10)));
        assert_eq!(parse("Sun, 06 Nov 1994 08:49:27 GMT"), Some(Duration::ZERO));
        assert_eq!(parse("-1"), None);
        assert_eq!(parse("soon"), None);
    }

    #[test]
    fn lifetimes_are_numbers_or_texts() {
        let parse = |json: &str| seconds(&serde_json::from_str(json).unwrap());
        assert_eq!(parse("3599"), Some(Duration::from_secs(3599)));
        assert_eq!(parse("\"3599\""), Some(Duration::from_secs(3599)));
        for wrong in ["0", "-1", "\"x\"", "true", "1e400", "[]"] {
            let value: Result<Value, _> = serde_json::from_str(wrong);
            assert_eq!(value.ok().and_then(|value| seconds(&value)), None, "{wrong}");
        }
    }
}

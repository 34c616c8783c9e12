//! Calls that only the REST API has.

mod batch_operation;
mod process_definition;
mod process_instance;
mod search;

use std::{fmt, time::Duration};

use reqwest::{Method, StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};
use skep_api::rest::ProblemDetail;
use skep_auth::{
    ClientSettings, TokenSource,
    network::{self, FailureKind},
};

use crate::Error;

/// As for calls over gRPC.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Most of an answer that is no problem document, such as a proxy's page, that an error quotes.
const QUOTED_CHARS_MAX: usize = 200;

/// A client of the REST API of a gateway; cheap to clone.
///
/// It makes each call once: most of them start something, and none is safe to repeat when its
/// answer was lost. Only a token that is not accepted any more is replaced.
#[derive(Clone)]
pub struct RestClient {
    http: reqwest::Client,
    address: String,
    token_source: TokenSource,
    request_timeout: Duration,
}

impl RestClient {
    /// For what the variables and flags that official clients know say.
    ///
    /// # Errors
    /// [`Error::Settings`] when a credential or a CA file cannot be used.
    pub fn from_settings(settings: &ClientSettings) -> Result<Self, Error> {
        let http = settings.trust().and_then(|trust| trust.http_client());
        Ok(Self {
            http: http.map_err(Error::Settings)?,
            address: settings.rest_address.clone(),
            token_source: TokenSource::from_settings(settings).map_err(Error::Settings)?,
            request_timeout: REQUEST_TIMEOUT,
        })
    }

    /// How long a call may take; 10 s unless set.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// Where the REST API is, without `/v2`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    async fn get<T: DeserializeOwned>(&self, call: &'static str, path: &str) -> Result<T, Error> {
        let answer = self.send(call, Method::GET, path, None).await?;
        self.read(call, &answer)
    }

    async fn get_text(&self, call: &'static str, path: &str) -> Result<String, Error> {
        let answer = self.send(call, Method::GET, path, None).await?;
        String::from_utf8(answer).map_err(|_| self.unreadable(call, "it is no text (UTF-8)"))
    }

    async fn post<B: Serialize, T: DeserializeOwned>(
        &self,
        call: &'static str,
        path: &str,
        body: &B,
    ) -> Result<T, Error> {
        let body = serde_json::to_vec(body)
            .map_err(|error| Error::Variables { reason: error.to_string() })?;
        let answer = self.send(call, Method::POST, path, Some(body)).await?;
        self.read(call, &answer)
    }

    /// Of a call that has neither body nor answer.
    async fn post_plain(&self, call: &'static str, path: &str) -> Result<(), Error> {
        self.send(call, Method::POST, path, None).await.map(drop)
    }

    /// The body of the answer to a call that succeeds.
    async fn send(
        &self,
        call: &'static str,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Vec<u8>, Error> {
        let mut rejected = None;
        loop {
            let authorization = self.token_source.authorization().await.map_err(Error::Token)?;
            if rejected.is_some() && rejected == authorization {
                return Err(self.refused(call, StatusCode::UNAUTHORIZED, &[]));
            }
            let url = format!("{}/v2{path}", self.address);
            let mut request = self.http.request(method.clone(), url).timeout(self.request_timeout);
            if let Some(authorization) = &authorization {
                request = request.header(header::AUTHORIZATION, &**authorization);
            }
            if let Some(body) = &body {
                let json = request.header(header::CONTENT_TYPE, "application/json");
                request = json.body(body.clone());
            }
            let response = request.send().await.map_err(|error| self.not_sent(call, &error))?;
            let status = response.status();
            let answer =
                network::body(response).await.map_err(|reason| self.unreachable(reason))?;
            match authorization {
                Some(token) if status == StatusCode::UNAUTHORIZED && rejected.is_none() => {
                    // Once: the next one is as good as this one, or another.
                    self.token_source.invalidate(&token);
                    if self.has_other_token(&token).await {
                        rejected = Some(token);
                        continue;
                    }
                }
                Some(_) | None => (),
            }
            if status.is_success() {
                return Ok(answer);
            }
            return Err(self.refused(call, status, &answer));
        }
    }

    async fn has_other_token(&self, rejected: &str) -> bool {
        let other = self.token_source.authorization().await;
        other.is_ok_and(|other| other.is_some_and(|other| *other != *rejected))
    }

    fn read<T: DeserializeOwned>(&self, call: &'static str, answer: &[u8]) -> Result<T, Error> {
        serde_json::from_slice(answer).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            self.unreadable(call, &format!("line {line}, column {column}: {error}"))
        })
    }

    fn not_sent(&self, call: &'static str, error: &reqwest::Error) -> Error {
        let failure = network::Failure::of(error);
        if failure.kind == FailureKind::Timeout && !error.is_connect() {
            let (address, timeout) = (self.address.clone(), self.request_timeout);
            return Error::Deadline { call, address, timeout };
        }
        self.unreachable(failure.reason)
    }

    fn unreachable(&self, reason: String) -> Error {
        Error::RestUnreachable { address: self.address.clone(), reason }
    }

    fn unreadable(&self, call: &'static str, reason: &str) -> Error {
        let message = format!("the answer is not what the REST API of Camunda 8 gives: {reason}");
        Error::RestRefused { call, status: 200, title: String::new(), message }
    }

    fn refused(&self, call: &'static str, status: StatusCode, answer: &[u8]) -> Error {
        let (title, message) = match serde_json::from_slice::<ProblemDetail>(answer) {
            Ok(problem) => (problem.title.into_owned(), problem.detail),
            Err(_) => {
                let text = String::from_utf8_lossy(answer);
                let text = text.trim().chars().take(QUOTED_CHARS_MAX).collect::<String>();
                let reason = status.canonical_reason().unwrap_or_default();
                let message = if text.is_empty() { reason.to_owned() } else { text };
                (reason.to_owned(), message)
            }
        };
        Error::RestRefused { call, status: status.as_u16(), title, message }
    }
}

impl fmt::Debug for RestClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RestClient").field("address", &self.address).finish_non_exhaustive()
    }
}

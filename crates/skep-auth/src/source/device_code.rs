//! Signing in on another device (RFC 8628): this program shows a code, a person enters it in a
//! browser, and the program asks until that has happened.

use std::{fmt, time::Duration};

use serde_json::{Map, Value};
use tokio::time::{Instant, sleep};

use super::request::{Failed, TokenRequest};
use crate::{AuthError, Clock, Secret, network};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Pause between two questions when the provider names none.
const INTERVAL_S: u64 = 5;
/// Longest that is waited, whatever the provider allows.
const EXPIRES_IN_S_MAX: u64 = 3600;

/// A sign-in that has begun, and waits for a person.
pub struct DeviceCode {
    token_url: String,
    client_id: String,
    message: String,
    device_code: Secret,
    ends_at: Instant,
    interval: Duration,
    http: reqwest::Client,
}

impl DeviceCode {
    /// Begins to sign in to `client_id` with `scope`.
    ///
    /// # Errors
    /// [`AuthError`]: the provider refuses, or cannot be reached.
    ///
    /// Source: MicrosoftDocs/entra-docs: docs/identity-platform/v2-oauth2-device-code.md
    pub async fn begin(
        device_code_url: &str,
        token_url: &str,
        client_id: &str,
        scope: &str,
        http: reqwest::Client,
    ) -> Result<Self, AuthError> {
        let request = TokenRequest { url: device_code_url, client_id, credential: "" };
        let form = [("client_id", client_id.to_owned()), ("scope", scope.to_owned())];
        let clock = Clock::system();
        let begun = async {
            let response = request.send(&form, network::TIMEOUT, &http).await?;
            request.read_as(response, &clock, begun).await
        };
        let Begun { device_code, message, expires_in, interval } =
            begun.await.map_err(|failed: Failed| failed.error)?;
        Ok(Self {
            token_url: token_url.to_owned(),
            client_id: client_id.to_owned(),
            message,
            device_code,
            ends_at: Instant::now() + expires_in,
            interval,
            http,
        })
    }

    /// What to tell the person: an address and a code.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The access token, once the person has signed in.
    ///
    /// # Errors
    /// [`AuthError::Refused`]: declined or not in time; otherwise as for every token request.
    pub async fn token(&self) -> Result<Secret, AuthError> {
        let request = TokenRequest {
            url: &self.token_url,
            client_id: &self.client_id,
            credential: self.device_code.expose(),
        };
        let form = [
            ("grant_type", GRANT.to_owned()),
            ("client_id", self.client_id.clone()),
            ("device_code", self.device_code.expose().to_owned()),
        ];
        let clock = Clock::system();
        let mut interval = self.interval;
        loop {
            sleep(interval).await;
            let failed = match request.post(&form, network::TIMEOUT, &self.http, &clock).await {
                Ok(granted) => return Ok(granted.access_token),
                Err(failed) => failed,
            };
            let code = if let AuthError::Refused(refusal) = &failed.error {
                refusal.error.as_str()
            } else {
                ""
            };
            let waits = match code {
                "authorization_pending" => true,
                "slow_down" => {
                    interval += Duration::from_secs(INTERVAL_S);
                    true
                }
                // A network that was gone for a moment costs nobody a second sign-in.
                _ => failed.error.is_transient(),
            };
            if !waits || Instant::now() > self.ends_at {
                return Err(failed.error);
            }
        }
    }
}

struct Begun {
    device_code: Secret,
    message: String,
    expires_in: Duration,
    interval: Duration,
}

fn begun(json: &Map<String, Value>) -> Result<Begun, String> {
    let text =
        |name: &str| json.get(name).and_then(Value::as_str).ok_or_else(|| format!("has no {name}"));
    let seconds = |name: &str| json.get(name).and_then(Value::as_u64);
    let (user_code, address) = (text("user_code")?, text("verification_uri")?);
    let message = match text("message") {
        Ok(message) => message.chars().filter(|c| !c.is_control()).take(1000).collect(),
        Err(_) => {
            format!("To sign in, open {address} in a browser and enter the code {user_code}.")
        }
    };
    Ok(Begun {
        device_code: Secret::new(text("device_code")?),
        message,
        expires_in: Duration::from_secs(seconds("expires_in").unwrap_or(900).min(EXPIRES_IN_S_MAX)),
        interval: Duration::from_secs(seconds("interval").unwrap_or(INTERVAL_S).clamp(1, 60)),
    })
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCode").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

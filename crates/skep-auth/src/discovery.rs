//! What a provider says about itself: its discovery document.

use serde::Deserialize;

use crate::{
    AuthError, Clock,
    network::{self, Failure, FailureKind},
    source::{clock_ahead_s, network_error},
};

/// Where a discovery document lies below the issuer that it describes.
///
/// Source: OpenID Connect Discovery 1.0 §4
const PATH: &str = "/.well-known/openid-configuration";

/// A discovery document, as far as it is used.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct Discovery {
    /// `issuer`
    #[serde(default)]
    pub issuer: Option<String>,
    /// `token_endpoint`
    #[serde(default)]
    pub token_endpoint: Option<String>,
    /// `jwks_uri`
    #[serde(default)]
    pub jwks_uri: Option<String>,
}

/// An answer to the question for a discovery document, for diagnosis.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DiscoveryAnswer {
    /// The document, or why there is none.
    pub document: Result<Discovery, AuthError>,
    /// How far the provider's clock is ahead of this machine's, by its `Date` header.
    pub clock_ahead_s: Option<i64>,
}

impl Discovery {
    /// Parses a document.
    ///
    /// # Errors
    /// A text that continues "the document …".
    pub fn parse(json: &[u8]) -> Result<Self, &'static str> {
        serde_json::from_slice(json).map_err(|_| "is no JSON object with the texts of a provider")
    }

    /// The token endpoint, of a document that came from `url`.
    ///
    /// # Errors
    /// As [`Discovery::parse`]: there is none, or a credential would travel in clear because
    /// of what a document says.
    pub fn token_endpoint(&self, url: &str) -> Result<&str, &'static str> {
        self.endpoint(url, self.token_endpoint.as_deref())
            .ok_or("has no token_endpoint")?
            .map_err(|()| "names a token_endpoint that is not https")
    }

    /// The key set's address, of a document that came from `url`.
    ///
    /// # Errors
    /// As [`Discovery::token_endpoint`].
    pub fn jwks_uri(&self, url: &str) -> Result<&str, &'static str> {
        self.endpoint(url, self.jwks_uri.as_deref())
            .ok_or("has no jwks_uri")?
            .map_err(|()| "names a jwks_uri that is not https")
    }

    fn endpoint<'a>(&self, url: &str, found: Option<&'a str>) -> Option<Result<&'a str, ()>> {
        let found = found?;
        let is_weaker = url.starts_with("https://") && !found.starts_with("https://");
        Some(if is_weaker { Err(()) } else { Ok(found) })
    }

    /// Where the document of `issuer` lies.
    #[must_use]
    pub fn url_of(issuer: &str) -> String {
        format!("{}{PATH}", issuer.strip_suffix('/').unwrap_or(issuer))
    }

    /// Where the document of the provider with this token endpoint lies, where its layout is
    /// Entra's; other layouts do not tell.
    #[must_use]
    pub fn url_beside(token_url: &str) -> Option<String> {
        let url = token_url.split(['?', '#']).next().unwrap_or_default();
        let (base, version) = match url.strip_suffix("/oauth2/v2.0/token") {
            Some(base) => (base, "/v2.0"),
            None => (url.strip_suffix("/oauth2/token")?, ""),
        };
        Some(format!("{base}{version}{PATH}"))
    }

    /// The issuer that the document at `url` must name.
    #[must_use]
    pub fn issuer_expected_at(url: &str) -> Option<&str> {
        url.split(['?', '#']).next()?.strip_suffix(PATH)
    }

    /// Asks for the document at `url`.
    pub async fn ask(http: &reqwest::Client, url: &str, clock: &Clock) -> DiscoveryAnswer {
        let sent = http
            .get(url)
            .header("accept", "application/json")
            .timeout(network::TIMEOUT)
            .send()
            .await;
        let response = match sent {
            Ok(response) => response,
            Err(error) => {
                let error = network_error(url, &Failure::of(&error));
                return DiscoveryAnswer { document: Err(error), clock_ahead_s: None };
            }
        };
        let clock_ahead_s = clock_ahead_s(response.headers(), clock);
        DiscoveryAnswer { document: Self::read(url, response).await, clock_ahead_s }
    }

    async fn read(url: &str, response: reqwest::Response) -> Result<Self, AuthError> {
        let status = response.status();
        let body = network::body(response).await.map_err(|reason| {
            network_error(url, &Failure { kind: FailureKind::Unreachable, reason })
        })?;
        if !status.is_success() {
            // Entra says here as an OAuth error what is wrong with the tenant.
            let refusal = crate::source::refusal_in(&body, url, status.as_u16());
            let status = status.as_u16();
            return Err(
                refusal.unwrap_or_else(|| AuthError::Status { url: url.to_owned(), status })
            );
        }
        Self::parse(&body)
            .map_err(|reason| AuthError::Answer { url: url.to_owned(), reason: reason.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_found_beside_entras_token_endpoints() {
        let base = "https://login.example/t";
        for (token_url, expected) in [
            ("/oauth2/v2.0/token", Some("/v2.0/.well-known/openid-configuration")),
            ("/oauth2/token", Some("/.well-known/openid-configuration")),
            ("/oauth2/v2.0/token?x=1", Some("/v2.0/.well-known/openid-configuration")),
            ("/token", None),
        ] {
            let found = Discovery::url_beside(&format!("{base}{token_url}"));
            assert_eq!(found, expected.map(|path| format!("{base}{path}")), "{token_url}");
        }
        let url = Discovery::url_of("https://login.example/t/v2.0");
        assert_eq!(Discovery::issuer_expected_at(&url), Some("https://login.example/t/v2.0"));
        assert_eq!(Discovery::issuer_expected_at("https://login.example/config"), None);
    }

    #[test]
    fn what_is_not_encrypted_is_not_followed_from_what_is() {
        let document = Discovery::parse(br#"{"token_endpoint": "http://x/t", "jwks_uri": 1}"#);
        assert!(document.is_err());
        let json = br#"{"token_endpoint": "http://x/t", "jwks_uri": "https://x/k", "more": [1]}"#;
        let document = Discovery::parse(json).unwrap();
        assert_eq!(document.token_endpoint("http://x"), Ok("http://x/t"));
        assert!(document.token_endpoint("https://x").is_err_and(|why| why.contains("not https")));
        assert_eq!(document.jwks_uri("https://x"), Ok("https://x/k"));
        assert_eq!(Discovery::default().jwks_uri("https://x"), Err("has no jwks_uri"));
    }
}

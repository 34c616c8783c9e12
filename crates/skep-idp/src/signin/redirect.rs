//! Redirect URIs: which are registered, and how an answer travels on one.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};

use super::Page;
use crate::registry::App;

/// What kind of application a redirect URI was registered for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Platform {
    /// Runs on a server and has a credential.
    Web,
    /// Runs in a page.
    Spa,
    /// Runs on the user's machine.
    PublicClient,
}

/// How the answer reaches the application.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}

impl Platform {
    /// The platform that `uri` is registered for by `app`.
    ///
    /// Source: MicrosoftDocs/entra-docs: docs/identity-platform/reply-url.md
    pub(crate) fn of(app: &App, uri: &str) -> Option<Self> {
        let uris = &app.redirect_uris;
        [(Self::Spa, &uris.spa), (Self::Web, &uris.web), (Self::PublicClient, &uris.public_client)]
            .into_iter()
            .find(|(_, registered)| registered.iter().any(|known| matches(known, uri)))
            .map(|(platform, _)| platform)
    }
}

/// The same text, but for the port of a loopback address: command-line tools take any free one.
fn matches(registered: &str, requested: &str) -> bool {
    if registered == requested {
        return true;
    }
    match (without_loopback_port(registered), without_loopback_port(requested)) {
        (Some(registered), Some(requested)) => registered == requested,
        _ => false,
    }
}

/// Host and rest of an http address of this machine; `None` for any other.
fn without_loopback_port(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    let is_loopback = host == "localhost" || host == "127.0.0.1";
    (is_loopback && port.chars().all(|c| c.is_ascii_digit())).then_some((host, path))
}

/// Sends the browser back to the application with `parameters`.
pub(crate) fn answer(
    mode: ResponseMode,
    redirect_uri: &str,
    parameters: &[(&str, String)],
) -> Response {
    if mode == ResponseMode::FormPost {
        return Page::form_post(redirect_uri, parameters).into_response();
    }
    let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let location = with_parameters(mode, redirect_uri, &encoded);
    match HeaderValue::from_str(&location) {
        Ok(location) => {
            let headers = [
                (header::LOCATION, location),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
                (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            ];
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        // Only registered URIs get here, and those have no characters that a header cannot hold.
        Err(error) => {
            tracing::error!("cannot redirect: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A URI without a path gets one, as from the real service.
fn with_parameters(mode: ResponseMode, redirect_uri: &str, encoded: &str) -> String {
    let has_path = redirect_uri
        .split_once("://")
        .is_none_or(|(_, rest)| rest.contains('/') || rest.contains('?'));
    let slash = if has_path { "" } else { "/" };
    let separator = match mode {
        ResponseMode::Fragment => "#",
        ResponseMode::Query | ResponseMode::FormPost if redirect_uri.contains('?') => "&",
        ResponseMode::Query | ResponseMode::FormPost => "?",
    };
    format!("{redirect_uri}{slash}{separator}{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_port_of_loopback_addresses_may_differ() {
        for (registered, requested, same) in [
            ("https://a.example/cb", "https://a.example/cb", true),
            ("https://a.example/cb", "https://a.example/CB", false),
            ("https://a.example/cb", "https://a.example:444/cb", false),
            ("https://a.example/cb", "https://a.example/cb/", false),
            ("http://localhost:3000/cb", "http://localhost:51234/cb", true),
            ("http://localhost/cb", "http://localhost:51234/cb", true),
            ("http://localhost", "http://localhost:51234", true),
            ("http://localhost/cb", "http://127.0.0.1:51234/cb", false),
            ("http://localhost/cb", "http://localhost:80@evil.example/cb", false),
            ("http://localhost/cb", "http://localhost.evil.example/cb", false),
        ] {
            assert_eq!(matches(registered, requested), same, "{registered} {requested}");
        }
    }

    #[test]
    fn parameters_follow_what_is_there() {
        let join = |mode, uri| with_parameters(mode, uri, "a=b");
        assert_eq!(join(ResponseMode::Query, "https://x"), "https://x/?a=b");
        assert_eq!(join(ResponseMode::Query, "https://x/y?z=1"), "https://x/y?z=1&a=b");
        assert_eq!(join(ResponseMode::Fragment, "https://x/y"), "https://x/y#a=b");
        assert_eq!(join(ResponseMode::Query, "msal://auth"), "msal://auth/?a=b");
    }
}

//! The parameters of a token request.

use axum::{
    body::Body,
    http::{HeaderMap, header},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use percent_encoding::percent_decode_str;
use skep_auth::Secret;

use crate::refusal::{Refusal, RequestFault};

/// Most parameters that are read; SDKs send about a dozen.
const PARAMETERS_MAX: usize = 128;

/// Form parameters. An empty one counts as absent (RFC 6749 §3.2).
pub(crate) struct Form(Vec<(String, String)>);

/// The two halves of HTTP Basic.
pub(crate) struct Basic {
    pub(crate) client_id: String,
    pub(crate) client_secret: Secret,
}

impl Form {
    /// Reads the body. One that is not form-encoded has no parameters, as in Entra.
    pub(crate) async fn read(
        headers: &HeaderMap,
        body: Body,
        bytes_max: usize,
    ) -> Result<Self, Refusal> {
        let bytes = axum::body::to_bytes(body, bytes_max)
            .await
            .map_err(|_| RequestFault::TooLarge { bytes_max })?;
        let is_form = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .is_some_and(|kind| {
                kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
            });
        if !is_form {
            return Ok(Self(Vec::new()));
        }
        Self::parse(&bytes)
    }

    /// Reads the query of an address.
    pub(crate) fn of_query(query: &str) -> Result<Self, Refusal> {
        Self::parse(query.as_bytes())
    }

    fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let parameters: Vec<_> = form_urlencoded::parse(bytes)
            .take(PARAMETERS_MAX + 1)
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        if parameters.len() > PARAMETERS_MAX {
            let why = format!("it has more than {PARAMETERS_MAX} parameters");
            return Err(RequestFault::Malformed { why }.into());
        }
        Ok(Self(parameters))
    }

    /// The value of a parameter that may be there once.
    pub(crate) fn optional(&self, name: &str) -> Result<Option<&str>, RequestFault> {
        let mut values = self.0.iter().filter(|(found, _)| found == name).map(|(_, value)| value);
        let first = values.next();
        if values.next().is_some() {
            let why = format!("the parameter '{name}' is there more than once");
            return Err(RequestFault::Malformed { why });
        }
        Ok(first.map(String::as_str).filter(|value| !value.is_empty()))
    }

    /// The value of a parameter that must be there.
    pub(crate) fn required(&self, name: &'static str) -> Result<&str, RequestFault> {
        self.optional(name)?.ok_or(RequestFault::MissingParameter { name })
    }
}

impl Basic {
    /// The client's credential in `authorization`, if it is there.
    ///
    /// Both halves are form-encoded (RFC 6749 §2.3.1); openid-client for Node encodes even `-`.
    pub(crate) fn read(headers: &HeaderMap) -> Result<Option<Self>, RequestFault> {
        let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
        let malformed = || RequestFault::Malformed {
            why: "the header 'authorization' is not Basic with a client id and a secret".to_owned(),
        };
        let value = value.to_str().map_err(|_| malformed())?;
        let (scheme, encoded) = value.split_once(' ').ok_or_else(malformed)?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return Err(malformed());
        }
        let pair = STANDARD.decode(encoded.trim()).map_err(|_| malformed())?;
        let pair = String::from_utf8(pair).map_err(|_| malformed())?;
        let (client_id, client_secret) = pair.split_once(':').ok_or_else(malformed)?;
        Ok(Some(Self {
            client_id: decode(client_id).ok_or_else(malformed)?,
            client_secret: Secret::new(decode(client_secret).ok_or_else(malformed)?),
        }))
    }
}

fn decode(half: &str) -> Option<String> {
    let spaced = half.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn basic(pair: &str) -> Result<Option<Basic>, RequestFault> {
        let mut headers = HeaderMap::new();
        let value = format!("Basic {}", STANDARD.encode(pair));
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&value).unwrap());
        Basic::read(&headers)
    }

    #[test]
    fn basic_halves_are_form_decoded() {
        let read = basic("a%2Db:x%7E%2Ey+z").unwrap().unwrap();
        assert_eq!(read.client_id, "a-b");
        assert_eq!(read.client_secret.expose(), "x~.y z");
    }

    #[test]
    fn a_secret_may_hold_colons() {
        assert_eq!(basic("id:a:b").unwrap().unwrap().client_secret.expose(), "a:b");
    }

    #[test]
    fn other_schemes_and_pairs_without_a_colon_are_malformed() {
        assert!(basic("nocolon").is_err());
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer x"));
        assert!(Basic::read(&headers).is_err());
        assert!(Basic::read(&HeaderMap::new()).unwrap().is_none());
    }
}

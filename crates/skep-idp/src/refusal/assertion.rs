//! Faults of a client assertion.

use jiff::Timestamp;
use uuid::Uuid;

use super::{OAuthError, Refusal, echo};
use crate::dates::entra;

/// What is wrong with a client assertion.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AssertionFault {
    /// `client_assertion_type` is not the one for JWTs.
    Type {
        found: String,
    },
    Malformed {
        why: String,
    },
    Algorithm {
        found: String,
    },
    /// The header names no key: no `x5t`, `x5t#S256` or `kid`.
    KeyUnnamed,
    /// `iss` is not the client.
    Client {
        found: String,
        client_id: String,
    },
    /// `sub` is not `iss`.
    Subject,
    Audience {
        found: String,
        expected: String,
    },
    Time {
        now: Timestamp,
        not_before: Timestamp,
        expires: Timestamp,
    },
    KeyUnknown {
        name: String,
        app: Uuid,
    },
    KeyExpired {
        name: String,
        start: Timestamp,
        end: Timestamp,
        app: Uuid,
    },
    Signature {
        name: String,
        app: Uuid,
    },
}

impl From<AssertionFault> for Refusal {
    fn from(fault: AssertionFault) -> Self {
        use OAuthError::{InvalidClient, InvalidRequest};
        match fault {
            AssertionFault::Type { found } => Self::new(
                50012,
                InvalidClient,
                format!(
                    "Authentication failed: the client assertion type {} is not urn:ietf:params:oauth:client-assertion-type:jwt-bearer.",
                    echo(&found)
                ),
            ),
            AssertionFault::Malformed { why } => Self::new(
                50027,
                InvalidRequest,
                format!("The client assertion is not a well-formed JWT: {why}. Make a new one."),
            ),
            AssertionFault::Algorithm { found } => Self::new(
                5_002_738,
                InvalidClient,
                format!(
                    "The client assertion's algorithm {} is not supported: sign with PS256 or RS256.",
                    echo(&found)
                ),
            ),
            AssertionFault::KeyUnnamed => Self::new(
                5_002_723,
                InvalidClient,
                "The client assertion's header names no key: it needs 'x5t#S256', 'x5t' or 'kid'.",
            ),
            AssertionFault::Client { found, client_id } => Self::new(
                700_021,
                InvalidClient,
                format!(
                    "The client assertion is issued by {}, not by the client {}: 'iss' and 'sub' must both be the client id.",
                    echo(&found),
                    echo(&client_id)
                ),
            ),
            AssertionFault::Subject => Self::new(
                50048,
                InvalidClient,
                "The client assertion's 'sub' differs from its 'iss': both must be the client id.",
            ),
            AssertionFault::Audience { found, expected } => Self::new(
                700_023,
                InvalidClient,
                format!(
                    "The client assertion's audience {} is not this provider: use {}.",
                    echo(&found),
                    echo(&expected)
                ),
            ),
            AssertionFault::Time { now, not_before, expires } => Self::new(
                700_024,
                InvalidClient,
                format!(
                    "The client assertion is outside its validity. Current time: {}, valid from {} until {}. Check the clock, and make a new assertion for each request.",
                    entra(now),
                    entra(not_before),
                    entra(expires)
                ),
            ),
            AssertionFault::KeyUnknown { name, app } => key(
                &format!("The key was not found, key: {}", echo(&name)),
                app,
                "Upload its certificate, and check the tenant",
            ),
            AssertionFault::KeyExpired { name, start, end, app } => key(
                &format!(
                    "The key has expired, key: {}, start: {}, end: {}",
                    echo(&name),
                    entra(start),
                    entra(end)
                ),
                app,
                "Renew the certificate",
            ),
            AssertionFault::Signature { name, app } => key(
                &format!("The signature is not that key's, key: {}", echo(&name)),
                app,
                "Sign with the private key of the certificate that was uploaded",
            ),
        }
    }
}

fn key(reason: &str, app: Uuid, fix: &str) -> Refusal {
    Refusal::new(
        700_027,
        OAuthError::InvalidClient,
        format!(
            "The client assertion's signature cannot be accepted. [Reason: {reason}, application: '{app}'] {fix}."
        ),
    )
}

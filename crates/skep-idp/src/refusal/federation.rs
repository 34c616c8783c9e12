//! Faults of a client assertion made by another issuer.

use super::{OAuthError, Refusal, echo};

/// What is wrong with a token that stands for an application.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FederationFault {
    /// The application accepts nobody's.
    None {
        issuer: String,
        subject: String,
        audience: String,
    },
    Issuer {
        found: String,
    },
    Audience {
        found: String,
        expected: String,
    },
    Subject {
        found: String,
    },
    /// Issuer and subject differ from the credential's in capital letters only.
    Case {
        found: String,
        expected: String,
    },
    /// The issuer's keys cannot be had.
    Unreachable {
        issuer: String,
        url: String,
        reason: String,
    },
    /// The issuer's keys did not sign it.
    Signature {
        issuer: String,
        reason: String,
    },
    /// The token is a user's.
    UserToken,
}

impl From<FederationFault> for Refusal {
    fn from(fault: FederationFault) -> Self {
        use OAuthError::{InvalidClient, InvalidRequest};
        match fault {
            FederationFault::None { issuer, subject, audience } => Self::new(
                70021,
                InvalidRequest,
                format!(
                    "The application has no federated identity credential for this assertion, whose issuer is {}, subject {}, audience {}. Add one with exactly these.",
                    echo(&issuer),
                    echo(&subject),
                    echo(&audience)
                ),
            ),
            FederationFault::Issuer { found } => Self::new(
                700_211,
                InvalidClient,
                format!(
                    "No federated identity credential has the assertion's issuer {}. Compare 'issuer' with 'iss', to the last slash.",
                    echo(&found)
                ),
            ),
            FederationFault::Audience { found, expected } => Self::new(
                700_212,
                InvalidClient,
                format!(
                    "The assertion's audience {} is not that of the federated identity credential, {}. Ask the issuer for a token for that audience.",
                    echo(&found),
                    echo(&expected)
                ),
            ),
            FederationFault::Subject { found } => Self::new(
                700_213,
                InvalidClient,
                format!(
                    "No federated identity credential of this issuer has the assertion's subject {}. Compare 'subject' with 'sub'.",
                    echo(&found)
                ),
            ),
            FederationFault::Case { found, expected } => Self::new(
                7_002_138,
                InvalidClient,
                format!(
                    "The assertion's issuer and subject {} match the federated identity credential {} only without regard to case. Write the credential in the same case.",
                    echo(&found),
                    echo(&expected)
                ),
            ),
            FederationFault::Unreachable { issuer, url, reason } => Self::new(
                90061,
                InvalidRequest,
                format!(
                    "The keys of the issuer {} cannot be fetched from {}: {reason}. Publish its discovery document and keys where this provider reaches them over HTTPS.",
                    echo(&issuer),
                    echo(&url)
                ),
            ),
            FederationFault::Signature { issuer, reason } => Self::new(
                700_027,
                InvalidClient,
                format!(
                    "The client assertion's signature cannot be accepted. [Reason: {reason}, issuer: {}] Present the issuer's token as it was issued.",
                    echo(&issuer)
                ),
            ),
            FederationFault::UserToken => Self::new(
                700_229,
                InvalidClient,
                "The assertion is a user's token. Present one that an application got for itself.",
            ),
        }
    }
}

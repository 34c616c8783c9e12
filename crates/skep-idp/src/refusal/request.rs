//! Faults of the address and of the request as a whole.

use axum::http::StatusCode;
use uuid::Uuid;

use super::{OAuthError, Refusal, echo};

/// What is wrong with the address or the request as a whole.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RequestFault {
    /// A tenant that is none of this provider's; discovery has an error of its own for it.
    UnknownTenant {
        tenant: String,
        at_discovery: bool,
    },
    /// Neither a GUID nor a domain name nor one of the shared names.
    MalformedTenant {
        tenant: String,
    },
    /// `common` or `organizations` for an application of one tenant.
    SingleTenantApp {
        app: Option<Uuid>,
        tenant: &'static str,
    },
    /// `consumers`, for a grant without a user.
    GrantNotForConsumers,
    /// Instance discovery for a host that is not this provider.
    UnknownInstance {
        url: String,
    },
    WrongMethod {
        method: String,
    },
    MissingParameter {
        name: &'static str,
    },
    MissingCredentialField {
        name: &'static str,
    },
    Malformed {
        why: String,
    },
    TooLarge {
        bytes_max: usize,
    },
    TimedOut,
    /// A fault that was asked for.
    Unavailable,
    UnsupportedGrant {
        grant: String,
    },
    ResourceOnV2,
    CrossOrigin,
}

impl RequestFault {
    /// The same fault at a discovery document.
    pub(crate) fn at_discovery(mut self) -> Self {
        if let Self::UnknownTenant { at_discovery, .. } = &mut self {
            *at_discovery = true;
        }
        self
    }
}

impl From<RequestFault> for Refusal {
    fn from(fault: RequestFault) -> Self {
        use OAuthError::{
            InvalidInstance, InvalidRequest, InvalidTenant, TemporarilyUnavailable,
            UnsupportedGrantType,
        };
        match fault {
            RequestFault::UnknownTenant { tenant, at_discovery } => Self::new(
                90002,
                if at_discovery { InvalidTenant } else { InvalidRequest },
                format!(
                    "There is no tenant {} here. Check the tenant id in the address: `skep idp` prints this provider's.",
                    echo(&tenant)
                ),
            ),
            RequestFault::MalformedTenant { tenant } => Self::new(
                900_023,
                InvalidRequest,
                format!(
                    "{} cannot be a tenant: expected a GUID or a domain name in this part of the address. Check the address.",
                    echo(&tenant)
                ),
            ),
            RequestFault::SingleTenantApp { app, tenant } => Self::new(
                50194,
                InvalidRequest,
                match app {
                    Some(app) => format!(
                        "Application '{app}' belongs to one tenant and cannot sign in at /{tenant}. Use the tenant's own address."
                    ),
                    None => format!(
                        "The applications here belong to one tenant and cannot sign in at /{tenant}. Use the tenant's own address."
                    ),
                },
            ),
            RequestFault::GrantNotForConsumers => Self::new(
                9_001_023,
                InvalidRequest,
                "This grant type is not available at /consumers. Use the tenant's own address.",
            ),
            RequestFault::UnknownInstance { url } => Self::new(
                50049,
                InvalidInstance,
                format!("{} is not an authority that this provider knows. Use its own address.", echo(&url)),
            ),
            RequestFault::WrongMethod { method } => Self::new(
                900_561,
                InvalidRequest,
                format!("This address does not answer {} requests. Use POST.", echo(&method)),
            )
            .with_status(StatusCode::METHOD_NOT_ALLOWED),
            RequestFault::MissingParameter { name } => Self::new(
                900_144,
                InvalidRequest,
                format!(
                    "The request body must hold the parameter '{name}', form-encoded (application/x-www-form-urlencoded)."
                ),
            ),
            RequestFault::MissingCredentialField { name } => Self::new(
                90014,
                InvalidRequest,
                format!(
                    "The required field '{name}' is missing from the credential or the request. Send it."
                ),
            ),
            RequestFault::Malformed { why } => {
                Self::new(9_002_313, InvalidRequest, format!("The request is malformed: {why}. Correct it."))
            }
            RequestFault::TooLarge { bytes_max } => Self::new(
                90023,
                InvalidRequest,
                format!("The request is larger than {bytes_max} bytes. Send a smaller one."),
            )
            .with_status(StatusCode::PAYLOAD_TOO_LARGE),
            RequestFault::TimedOut => {
                Self::new(90023, InvalidRequest, "The request did not arrive in time. Try again.")
                    .with_status(StatusCode::REQUEST_TIMEOUT)
            }
            RequestFault::Unavailable => Self::new(
                90033,
                TemporarilyUnavailable,
                "The service is temporarily unavailable. Try again later.",
            ),
            RequestFault::UnsupportedGrant { grant } => Self::new(
                70003,
                UnsupportedGrantType,
                format!(
                    "The grant type {} is not supported here. Use client_credentials, authorization_code, refresh_token or urn:ietf:params:oauth:grant-type:device_code.",
                    echo(&grant)
                ),
            )
            .without_page(),
            RequestFault::ResourceOnV2 => Self::new(
                901_002,
                InvalidRequest,
                "The v2.0 endpoint does not take the parameter 'resource'. Send 'scope' with {resource}/.default instead.",
            ),
            RequestFault::CrossOrigin => Self::new(
                9_002_326,
                InvalidRequest,
                "Only single-page applications may redeem tokens from another origin; this request has an 'Origin' header. Register the redirect URI for the platform 'spa', or send the request from a server.",
            ),
        }
    }
}

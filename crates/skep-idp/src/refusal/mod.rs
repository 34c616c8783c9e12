//! What a caller did wrong: each case with its AADSTS code, OAuth error, status and text.
//!
//! Codes and statuses are Entra's, the texts are Skep's: nothing may depend on them, and they name
//! the fix.
//!
//! Source: MicrosoftDocs/entra-docs: docs/identity-platform/reference-error-codes.md

mod assertion;
mod client;
mod federation;
mod request;
mod scope;
mod user;

use axum::http::StatusCode;

pub(crate) use self::{
    assertion::AssertionFault,
    client::ClientFault,
    federation::FederationFault,
    request::RequestFault,
    scope::ScopeFault,
    user::{DeviceFault, GrantFault, SignInFault},
};

/// Longest value of the caller's that a text repeats.
const ECHO_CHARS_MAX: usize = 128;

/// The `error` member of a refusal: all that a client may branch on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OAuthError {
    AccessDenied,
    AuthorizationDeclined,
    AuthorizationPending,
    BadVerificationCode,
    ConsentRequired,
    ExpiredToken,
    InteractionRequired,
    InvalidClient,
    InvalidGrant,
    InvalidInstance,
    InvalidRequest,
    InvalidResource,
    InvalidScope,
    InvalidTenant,
    LoginRequired,
    ServerError,
    TemporarilyUnavailable,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedResponseType,
}

impl OAuthError {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::AuthorizationDeclined => "authorization_declined",
            Self::AuthorizationPending => "authorization_pending",
            Self::BadVerificationCode => "bad_verification_code",
            Self::ConsentRequired => "consent_required",
            Self::ExpiredToken => "expired_token",
            Self::InteractionRequired => "interaction_required",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidInstance => "invalid_instance",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidResource => "invalid_resource",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTenant => "invalid_tenant",
            Self::LoginRequired => "login_required",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
        }
    }

    /// 401 for the client's credential, 400 for everything else that is the caller's doing.
    fn status(self) -> StatusCode {
        if self == Self::InvalidClient {
            StatusCode::UNAUTHORIZED
        } else if self == Self::ServerError {
            StatusCode::INTERNAL_SERVER_ERROR
        } else if self == Self::TemporarilyUnavailable {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::BAD_REQUEST
        }
    }
}

/// A refusal, as it is answered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    /// The number after `AADSTS`.
    pub(crate) code: u32,
    pub(crate) error: OAuthError,
    pub(crate) status: StatusCode,
    /// The text between the code and the trailer.
    pub(crate) text: String,
    /// A finer reason, for clients that sign users in.
    pub(crate) suberror: Option<&'static str>,
    /// Whether Entra has a page about the code, and so sends `error_uri`.
    pub(crate) has_page: bool,
}

impl Refusal {
    fn new(code: u32, error: OAuthError, text: impl Into<String>) -> Self {
        let (status, text) = (error.status(), text.into());
        Self { code, error, status, text, suberror: None, has_page: true }
    }

    fn without_page(self) -> Self {
        Self { has_page: false, ..self }
    }

    fn with_suberror(self, suberror: &'static str) -> Self {
        Self { suberror: Some(suberror), ..self }
    }

    /// The same refusal as a token endpoint states it, where a user cannot be asked.
    pub(crate) fn at_token_endpoint(self) -> Self {
        let is_interactive = [
            OAuthError::ConsentRequired,
            OAuthError::InteractionRequired,
            OAuthError::LoginRequired,
        ]
        .contains(&self.error);
        if is_interactive { Self { error: OAuthError::InvalidGrant, ..self } } else { self }
    }

    fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The provider itself failed; the cause goes to the log, not to the caller.
    pub(crate) fn internal() -> Self {
        Self::new(
            90033,
            OAuthError::ServerError,
            "The provider failed to answer; its log says why. Try again.",
        )
    }
}

/// A caller's value in a text: quoted, shortened, free of control characters.
fn echo(value: &str) -> String {
    let shown: String = value.chars().filter(|c| !c.is_control()).take(ECHO_CHARS_MAX).collect();
    if value.chars().count() > ECHO_CHARS_MAX {
        format!("'{shown}…'")
    } else {
        format!("'{shown}'")
    }
}

//! Faults of sign-ins and of what they lead to: codes, refresh tokens, device codes.

use jiff::Timestamp;
use uuid::Uuid;

use super::{OAuthError, Refusal, echo};
use crate::dates::entra;

/// Why a user is not signed in, or an application not answered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SignInFault {
    /// Shown on a page: there is nowhere to send the browser to.
    RedirectUnknown {
        redirect_uri: String,
        app: Uuid,
    },
    RedirectMissing,
    /// The application has none that could be meant.
    NoRedirect {
        app: Uuid,
    },
    ResponseType {
        found: String,
    },
    IdTokenDisabled {
        app: Uuid,
    },
    ResponseMode {
        found: String,
    },
    NonceMissing,
    LoginRequired,
    ConsentRequired {
        app: Uuid,
    },
    ConsentDeclined,
    AdminConsentNeeded {
        app: Uuid,
    },
    NotAssigned {
        app: Uuid,
    },
    WrongPassword,
    Locked,
    Disabled,
    /// The form did not come from a page of this provider in this browser, or too late.
    StaleForm,
    ChallengeSize,
    ChallengeMethod {
        found: String,
    },
    SpaNeedsChallenge,
}

/// Why a code or refresh token is not redeemed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum GrantFault {
    Unreadable {
        what: &'static str,
    },
    Expired {
        what: &'static str,
    },
    CodeUsed,
    /// A refresh token that was not used for too long.
    Idle,
    OtherClient {
        what: &'static str,
    },
    RedirectMismatch,
    VerifierMismatch,
    SpaNeedsOrigin,
    NoClientCredential {
        app: Uuid,
    },
    SpaEnded {
        issued: Timestamp,
    },
    Revoked,
    UserGone,
}

/// Why a device has no token yet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum DeviceFault {
    Pending,
    Declined,
    Unknown,
    Expired,
    TooMany,
}

impl From<SignInFault> for Refusal {
    fn from(fault: SignInFault) -> Self {
        use OAuthError::{
            AccessDenied, ConsentRequired, InteractionRequired, InvalidGrant, InvalidRequest,
            LoginRequired, UnsupportedResponseType,
        };
        match fault {
            SignInFault::RedirectUnknown { redirect_uri, app } => Self::new(
                50011,
                InvalidRequest,
                format!(
                    "The redirect URI {} is not registered for the application '{app}'. Register exactly this one.",
                    echo(&redirect_uri)
                ),
            ),
            SignInFault::RedirectMissing => Self::new(
                900_971,
                InvalidRequest,
                "The request names no redirect URI and the application has not exactly one. Send 'redirect_uri'.",
            ),
            SignInFault::NoRedirect { app } => Self::new(
                500_113,
                InvalidRequest,
                format!(
                    "No redirect URI is registered for the application '{app}'. Register the one that the application listens on."
                ),
            ),
            SignInFault::ResponseType { found } => Self::new(
                70005,
                UnsupportedResponseType,
                format!("The response type {} is not supported: use 'code'.", echo(&found)),
            ),
            SignInFault::IdTokenDisabled { app } => Self::new(
                700_054,
                UnsupportedResponseType,
                format!(
                    "The response type 'id_token' is not enabled for the application '{app}'. Use 'code', or enable id tokens."
                ),
            ),
            SignInFault::ResponseMode { found } => Self::new(
                900_144,
                InvalidRequest,
                format!("The response mode {} does not go with the response type. Use form_post.", echo(&found)),
            ),
            SignInFault::NonceMissing => Self::new(
                900_144,
                InvalidRequest,
                "A request for an id token must hold the parameter 'nonce'.",
            ),
            SignInFault::LoginRequired => Self::new(
                50058,
                LoginRequired,
                "Nobody is signed in, and the request forbids to ask (prompt=none). Send the user here without it.",
            ),
            SignInFault::ConsentRequired { app } => Self::new(
                65001,
                ConsentRequired,
                format!(
                    "The user or an administrator has not consented to what the application '{app}' asks for. Grant an administrator's consent, or let the user sign in and accept."
                ),
            )
            .with_suberror("consent_required"),
            SignInFault::ConsentDeclined => {
                Self::new(65004, AccessDenied, "The user declined to consent. Sign in again and accept to go on.")
            }
            SignInFault::AdminConsentNeeded { app } => Self::new(
                90094,
                AccessDenied,
                format!("What the application '{app}' asks for needs an administrator's consent. Ask an administrator to grant it."),
            ),
            SignInFault::NotAssigned { app } => Self::new(
                50105,
                InteractionRequired,
                format!(
                    "The application '{app}' is for assigned users only. Assign the user, or a group of the user, a role."
                ),
            ),
            SignInFault::WrongPassword => {
                Self::new(50126, InvalidGrant, "User name or password is wrong. Check both.")
            }
            SignInFault::Locked => Self::new(
                50053,
                InvalidGrant,
                "There were too many sign-ins with a wrong password. Try again in a minute.",
            ),
            SignInFault::Disabled => {
                Self::new(50057, InvalidGrant, "The user's account is disabled. Ask an administrator to enable it.")
            }
            SignInFault::StaleForm => Self::new(
                90023,
                InvalidRequest,
                "This form was not opened in this browser, or it was open for too long. Go back to the application and sign in again; cookies must be allowed.",
            ),
            SignInFault::ChallengeSize => Self::new(
                501_491,
                InvalidRequest,
                "The 'code_challenge' must have 43 to 128 characters.",
            ),
            SignInFault::ChallengeMethod { found } => Self::new(
                50147,
                InvalidRequest,
                format!("The 'code_challenge_method' {} is neither S256 nor plain. Use S256.", echo(&found)),
            ),
            SignInFault::SpaNeedsChallenge => Self::new(
                9_002_325,
                InvalidRequest,
                "A single-page application must use PKCE: send 'code_challenge', or register the redirect URI for the platform 'web'.",
            ),
        }
    }
}

impl From<GrantFault> for Refusal {
    fn from(fault: GrantFault) -> Self {
        use OAuthError::{InvalidClient, InvalidGrant, InvalidRequest};
        match fault {
            GrantFault::Unreadable { what } => {
                Self::new(9_002_313, InvalidGrant, format!("The {what} is malformed. Send it as it was issued, or sign in again."))
            }
            GrantFault::Expired { what } => Self::new(
                70008,
                InvalidGrant,
                format!("The {what} has expired. Sign in again."),
            )
            .with_suberror("token_expired"),
            GrantFault::CodeUsed => Self::new(
                54005,
                InvalidGrant,
                "The authorization code was redeemed already. Sign in again.",
            ),
            GrantFault::Idle => Self::new(
                700_082,
                InvalidGrant,
                "The refresh token has expired, it was not used for 90 days. Sign in again.",
            )
            .with_suberror("token_expired"),
            GrantFault::OtherClient { what } => Self::new(
                70000,
                InvalidGrant,
                format!("The {what} was issued to another application. Sign in with this one."),
            )
            .with_suberror("client_mismatch"),
            GrantFault::RedirectMismatch => Self::new(
                500_112,
                InvalidClient,
                "The 'redirect_uri' differs from the one that the code was asked for with. Send the same one.",
            ),
            GrantFault::VerifierMismatch => Self::new(
                501_481,
                InvalidGrant,
                "The 'code_verifier' does not match the 'code_challenge' of the sign-in. Send the verifier that the challenge was made from.",
            ),
            GrantFault::SpaNeedsOrigin => Self::new(
                9_002_327,
                InvalidRequest,
                "Tokens of a single-page application are redeemed by its page only: the request has no 'Origin' header. Register the redirect URI for the platform 'web' to redeem on a server.",
            )
            .without_page(),
            GrantFault::NoClientCredential { app } => Self::new(
                7_000_218,
                InvalidClient,
                format!(
                    "The application '{app}' must send 'client_secret' or 'client_assertion'. If it cannot keep one, register the redirect URI for the platform 'spa' or 'publicClient'."
                ),
            ),
            GrantFault::SpaEnded { issued } => Self::new(
                700_084,
                InvalidGrant,
                format!(
                    "The refresh token of a single-page application lives for 24 hours. It was issued on {}. Sign in again.",
                    entra(issued)
                ),
            )
            .with_suberror("token_expired"),
            GrantFault::Revoked => Self::new(
                50173,
                InvalidGrant,
                "The grant was revoked, by a new password or by an administrator. Sign in again.",
            )
            .with_suberror("bad_token"),
            GrantFault::UserGone => Self::new(
                50034,
                InvalidGrant,
                "The user is not in this tenant, or is disabled. Ask an administrator.",
            ),
        }
    }
}

impl From<DeviceFault> for Refusal {
    fn from(fault: DeviceFault) -> Self {
        use OAuthError::{
            AuthorizationDeclined, AuthorizationPending, BadVerificationCode, ExpiredToken,
            InvalidRequest,
        };
        match fault {
            DeviceFault::Pending => Self::new(
                70016,
                AuthorizationPending,
                "The user has not finished signing in. Ask again after the interval.",
            ),
            DeviceFault::Declined => Self::new(
                70000,
                AuthorizationDeclined,
                "The user declined to sign in. Start again.",
            ),
            DeviceFault::Unknown => Self::new(
                70018,
                BadVerificationCode,
                "The device code is not known here. Check it, or start again on the device.",
            ),
            DeviceFault::Expired => Self::new(
                70020,
                ExpiredToken,
                "The device code has expired before the user signed in. Start again.",
            ),
            DeviceFault::TooMany => Self::new(
                90055,
                InvalidRequest,
                "Too many devices are waiting for a sign-in. Try again later.",
            ),
        }
    }
}

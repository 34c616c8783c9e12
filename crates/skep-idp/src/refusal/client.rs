//! Faults of the client and its secret.

use uuid::Uuid;

use super::{OAuthError, Refusal, echo};

/// What is wrong with the client or its secret.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ClientFault {
    Unknown {
        client_id: String,
        tenant_id: Uuid,
    },
    /// The all-zero GUID, which no application can have.
    Nil {
        client_id: String,
    },
    Disabled {
        app: Uuid,
    },
    NoServicePrincipal {
        app: Uuid,
        tenant_id: Uuid,
    },
    /// No secret and no assertion on a grant that lives by them.
    NoCredential,
    WrongSecret {
        app: Uuid,
    },
    ExpiredSecret {
        app: Uuid,
    },
    /// An application without any credential of its own sent one.
    PublicClient {
        app: Uuid,
    },
}

impl From<ClientFault> for Refusal {
    fn from(fault: ClientFault) -> Self {
        use OAuthError::{InvalidClient, UnauthorizedClient};
        match fault {
            ClientFault::Unknown { client_id, tenant_id } => Self::new(
                700_016,
                UnauthorizedClient,
                format!(
                    "No application {} is registered in the tenant '{tenant_id}'. Check the client id and the tenant, or register it with `skep idp app add`.",
                    echo(&client_id)
                ),
            ),
            ClientFault::Nil { client_id } => Self::new(
                700_038,
                UnauthorizedClient,
                format!(
                    "{} cannot be the id of an application. Check the client id.",
                    echo(&client_id)
                ),
            )
            .without_page(),
            ClientFault::Disabled { app } => Self::new(
                7_000_112,
                UnauthorizedClient,
                format!("Application '{app}' is disabled. Enable it, or ask its administrator to."),
            ),
            ClientFault::NoServicePrincipal { app, tenant_id } => Self::new(
                7_000_229,
                InvalidClient,
                format!(
                    "Application '{app}' has no service principal in the tenant '{tenant_id}'. Create one for it: POST /v1.0/servicePrincipals."
                ),
            ),
            ClientFault::NoCredential => Self::new(
                7_000_216,
                InvalidClient,
                "This grant type needs 'client_secret' or 'client_assertion'.",
            ),
            ClientFault::WrongSecret { app } => Self::new(
                7_000_215,
                InvalidClient,
                format!(
                    "The client secret is wrong. Send the secret's value, not its id, for application '{app}'."
                ),
            ),
            ClientFault::ExpiredSecret { app } => Self::new(
                7_000_222,
                InvalidClient,
                format!(
                    "The client secrets of application '{app}' have expired. Make a new one with `skep idp secret add`."
                ),
            ),
            ClientFault::PublicClient { app } => Self::new(
                700_025,
                InvalidClient,
                format!(
                    "Application '{app}' is a public client, so it must send neither 'client_secret' nor 'client_assertion'."
                ),
            ),
        }
    }
}

//! Faults of what is asked for.

use uuid::Uuid;

use super::{OAuthError, Refusal, echo};

/// What is wrong with the scope or the resource.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ScopeFault {
    /// Named scopes where only `{resource}/.default` goes.
    NotDefault {
        scope: String,
    },
    Malformed {
        scope: String,
        why: &'static str,
    },
    SeveralResources {
        scope: String,
    },
    UnknownResource {
        resource: String,
        tenant_id: Uuid,
    },
    /// v1: an application asks for a token for itself by App ID URI.
    OwnTokenByUri {
        app: Uuid,
    },
    AssignmentRequired {
        app: Uuid,
        resource: Uuid,
    },
}

impl From<ScopeFault> for Refusal {
    fn from(fault: ScopeFault) -> Self {
        use OAuthError::{InvalidGrant, InvalidRequest, InvalidResource, InvalidScope};
        match fault {
            ScopeFault::NotDefault { scope } => Self::new(
                1_002_012,
                InvalidScope,
                format!(
                    "The scope {} is not valid for client credentials: ask for {{resource}}/.default, with the resource's client id or App ID URI.",
                    echo(&scope)
                ),
            ),
            ScopeFault::Malformed { scope, why } => Self::new(
                70011,
                InvalidScope,
                format!(
                    "The scope {} is not valid: {why}. Ask for scopes that the resource exposes, or for {{resource}}/.default alone.",
                    echo(&scope)
                ),
            ),
            ScopeFault::SeveralResources { scope } => Self::new(
                700_022,
                InvalidScope,
                format!(
                    "The scope {} names several resources; a token is for one. Ask for one at a time.",
                    echo(&scope)
                ),
            ),
            ScopeFault::UnknownResource { resource, tenant_id } => Self::new(
                500_011,
                InvalidResource,
                format!(
                    "No resource {} is known in the tenant '{tenant_id}'. Check the client id or App ID URI in the scope, and that the application has a service principal.",
                    echo(&resource)
                ),
            ),
            ScopeFault::OwnTokenByUri { app } => Self::new(
                90009,
                InvalidRequest,
                format!(
                    "Application '{app}' asks for a token for itself, which it must do by its client id."
                ),
            ),
            ScopeFault::AssignmentRequired { app, resource } => Self::new(
                501_051,
                InvalidGrant,
                format!(
                    "Application '{app}' has no role of the resource '{resource}', which requires one. Assign an app role."
                ),
            ),
        }
    }
}

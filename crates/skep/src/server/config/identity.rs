//! Sections about whose tokens are accepted, in the dialects of 8.6 and of 8.8.
//!
//! Source: camunda/camunda-docs: versioned_docs/version-8.6/self-managed/identity/deployment/configuration-variables.md,
//! versioned_docs/version-8.8/self-managed/components/orchestration-cluster/core-settings/configuration/properties.md;
//! camunda/zeebe: zeebe/gateway/…/configuration/{AuthenticationCfg,IdentityCfg}.java

use serde::{Deserialize, Serialize};

/// `spring.*`
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Spring {
    pub(crate) profiles: Profiles,
}

/// `spring.profiles.*`
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Profiles {
    /// `oidc`, `identity-auth`, …: says that tokens are checked, which Skep does anyway.
    pub(crate) active: Vec<String>,
}

/// `zeebe.gateway.security.authentication.*` (8.6)
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct GatewayAuthentication {
    /// `identity` or `none`; unset leaves it to the rest.
    pub(crate) mode: Option<String>,
    /// Deprecated there in favour of `camunda.identity.*`, and stronger than it.
    pub(crate) identity: Identity,
}

/// `camunda.identity.*` (8.6)
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Identity {
    /// `KEYCLOAK`, `MICROSOFT`, `GENERIC` or `AUTH0`.
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    /// The issuer as browsers reach it.
    pub(crate) issuer: Option<String>,
    /// The issuer as this server reaches it.
    pub(crate) issuer_backend_url: Option<String>,
    /// Signing keys; unset asks the issuer's discovery document.
    pub(crate) jwks_url: Option<String>,
    /// A token must name it in `aud`.
    pub(crate) audience: Option<String>,
    /// The client of web logins; at Microsoft it is the audience as well.
    pub(crate) client_id: Option<String>,
    /// Address of Management Identity; Skep has no need of it.
    pub(crate) base_url: Option<String>,
}

/// `camunda.security.authentication.*` (8.8)
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Authentication {
    /// `oidc`, or `basic` for the users of `camunda.security.initialization`.
    pub(crate) method: Option<String>,
    /// There it opens the API; Skep does that on a flag alone.
    pub(crate) unprotected_api: bool,
    pub(crate) oidc: Oidc,
}

/// `camunda.security.authentication.oidc.*` (8.8)
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Oidc {
    /// `iss` of accepted tokens, byte for byte.
    pub(crate) issuer_uri: Option<String>,
    /// Signing keys; unset asks the issuer's discovery document.
    pub(crate) jwk_set_uri: Option<String>,
    /// A token must name one of them in `aud`.
    pub(crate) audiences: Vec<String>,
    /// Claim, or path beginning with `$.`, with the user's name.
    pub(crate) username_claim: Option<String>,
    /// Claim or path with the client id.
    pub(crate) client_id_claim: Option<String>,
    /// Claim or path with the groups.
    pub(crate) groups_claim: Option<String>,
    /// A token with a user name is a user's, whatever else it says.
    pub(crate) prefer_username_claim: bool,
    /// How far clocks may differ, ISO 8601 or as `60s`.
    pub(crate) clock_skew: String,
}

impl Default for Oidc {
    fn default() -> Self {
        Self {
            issuer_uri: None,
            jwk_set_uri: None,
            audiences: Vec::new(),
            username_claim: None,
            client_id_claim: None,
            groups_claim: None,
            prefer_username_claim: false,
            clock_skew: "PT60S".to_owned(),
        }
    }
}

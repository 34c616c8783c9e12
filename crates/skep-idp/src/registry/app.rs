//! What is registered for one application: the application object and its service principal.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{CertificateInfo, FederatedCredential, SecretInfo, federated};
use crate::error::Error;

/// Longest display name.
const DISPLAY_NAME_CHARS_MAX: usize = 120;
/// Longest redirect or identifier URI, as in Entra.
const URI_CHARS_MAX: usize = 256;
/// Longest description or note, as in Entra.
const TEXT_CHARS_MAX: usize = 1024;
/// Most redirect URIs of one application, as in Entra.
const URIS_MAX: usize = 256;
/// Most app roles, secrets, certificates or assignments of one application.
const ENTRIES_MAX: usize = 256;

/// A registered application.
///
/// Source: microsoftgraph/microsoft-graph-docs: api-reference/v1.0/resources/application.md
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct App {
    /// The client id.
    pub app_id: Uuid,
    /// The application object's own id, which Graph addresses it by.
    pub object_id: Uuid,
    /// Name for people.
    pub display_name: String,
    /// When it was registered.
    pub created_at: Timestamp,
    /// A disabled application gets no tokens.
    pub enabled: bool,
    /// App ID URIs: the names under which clients ask for tokens for this application.
    pub identifier_uris: Vec<String>,
    /// `api.requestedAccessTokenVersion`: 2, or absent or 1 for v1 tokens.
    pub requested_access_token_version: Option<u8>,
    /// Roles that this application defines.
    pub app_roles: Vec<AppRole>,
    /// Where sign-ins may be answered to.
    pub redirect_uris: RedirectUris,
    /// `isFallbackPublicClient`: may act without a credential where no redirect URI tells.
    pub is_fallback_public_client: bool,
    /// Scopes that clients may ask for in a user's name.
    #[serde(default)]
    pub permission_scopes: Vec<PermissionScope>,
    /// Which groups of a user tokens for this application name.
    #[serde(default)]
    pub group_membership_claims: GroupClaims,
    /// Whether the authorize endpoint may answer with an id token.
    #[serde(default)]
    pub enable_id_token_issuance: bool,
    /// Address that a browser is sent to when its user signs out.
    #[serde(default)]
    pub logout_url: Option<String>,
    /// The application's own page.
    #[serde(default)]
    pub home_page_url: Option<String>,
    /// For people.
    #[serde(default)]
    pub description: Option<String>,
    /// For people who administrate it.
    #[serde(default)]
    pub notes: Option<String>,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// `requiredResourceAccess`: what the application says it needs. Kept, never enforced, as in
    /// Entra.
    #[serde(default)]
    pub required_resource_access: Vec<RequiredAccess>,
    /// Client secrets, hashed.
    pub secrets: Vec<SecretInfo>,
    /// Certificates whose keys sign client assertions.
    pub certificates: Vec<CertificateInfo>,
    /// Tokens of other issuers that are accepted as its client assertions.
    #[serde(default)]
    pub federated_credentials: Vec<FederatedCredential>,
    /// The application in this tenant; without it, it can be neither client nor resource.
    pub service_principal: Option<ServicePrincipal>,
}

/// An application as a principal of the tenant.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePrincipal {
    /// `oid` and `sub` of the tokens it gets for itself.
    pub object_id: Uuid,
    /// Only principals with an app role of this application get tokens for it.
    pub app_role_assignment_required: bool,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Roles granted to this application, on itself or others.
    pub app_role_assignments: Vec<AppRoleAssignment>,
}

/// A role that an application defines for those who call it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AppRole {
    /// Id within the application.
    pub id: Uuid,
    /// What appears in `roles`.
    pub value: String,
    /// Name for people.
    pub display_name: String,
    /// What it allows.
    #[serde(default)]
    pub description: String,
    /// Who may be assigned.
    pub allowed_member_types: Vec<MemberType>,
    /// A disabled role is never issued.
    pub enabled: bool,
}

/// A scope that an application exposes for calls in a user's name.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PermissionScope {
    /// Id within the application.
    pub id: Uuid,
    /// What appears in `scp`.
    pub value: String,
    /// What the consent page says about it.
    pub display_name: String,
    /// Only an administrator may consent.
    pub admin_only: bool,
    /// A disabled scope is never issued.
    pub enabled: bool,
}

/// `groupMembershipClaims`
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum GroupClaims {
    /// None.
    #[default]
    None,
    /// Every group that the user is in.
    SecurityGroup,
    /// Directory roles, of which there are none here.
    DirectoryRole,
    /// Groups that have a role of the application.
    ApplicationGroup,
    /// Every group and directory role.
    All,
}

/// Permissions of one resource that an application says it needs.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequiredAccess {
    /// The resource.
    pub resource_app_id: Uuid,
    /// Its scopes and roles.
    pub resource_access: Vec<RequiredPermission>,
}

/// A scope or role that an application says it needs.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RequiredPermission {
    /// The scope's or role's id.
    pub id: Uuid,
    /// Which of both it is.
    #[serde(rename = "type")]
    pub kind: PermissionKind,
}

/// In whose name a permission is used.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum PermissionKind {
    /// A user's.
    Scope,
    /// The application's own.
    Role,
}

/// Whom an [`AppRole`] can be assigned to.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum MemberType {
    /// Users and groups.
    User,
    /// Applications.
    Application,
}

/// A role of `resource_app_id`, granted to the application that holds this.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AppRoleAssignment {
    /// The application that defines the role.
    pub resource_app_id: Uuid,
    /// The role's id.
    pub app_role_id: Uuid,
}

/// Redirect URIs by platform; the platform decides about credentials, PKCE and origins.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RedirectUris {
    /// Server-side web applications, which hold a credential.
    pub web: Vec<String>,
    /// Single-page applications.
    pub spa: Vec<String>,
    /// Desktop, mobile and command-line applications.
    pub public_client: Vec<String>,
}

/// What to register an application with.
#[derive(Clone, Debug)]
pub struct NewApp {
    /// Name for people, 1 to 120 characters.
    pub display_name: String,
    /// Client id; absent means a new one.
    pub app_id: Option<Uuid>,
    /// App ID URIs; absent means `api://{client id}`.
    pub identifier_uris: Option<Vec<String>>,
    /// `api.requestedAccessTokenVersion`; absent means v1 tokens, as in Entra.
    pub requested_access_token_version: Option<u8>,
    /// Roles that it defines.
    pub app_roles: Vec<AppRole>,
    /// Scopes that clients may ask for in a user's name; absent means `access_as_user`.
    pub permission_scopes: Option<Vec<PermissionScope>>,
    /// Where sign-ins may be answered to.
    pub redirect_uris: RedirectUris,
    /// Makes it a principal of the tenant too; the portal always does, Graph never.
    pub with_service_principal: bool,
}

impl NewApp {
    /// An application as the portal registers it, for v2 tokens.
    #[must_use]
    pub fn named(display_name: impl Into<String>) -> Self {
        Self {
            display_name: display_name.into(),
            app_id: None,
            identifier_uris: None,
            requested_access_token_version: Some(2),
            app_roles: Vec::new(),
            permission_scopes: None,
            redirect_uris: RedirectUris::default(),
            with_service_principal: true,
        }
    }

    pub(super) fn into_app(self, now: Timestamp) -> App {
        let app_id = self.app_id.unwrap_or_else(Uuid::new_v4);
        App {
            app_id,
            object_id: Uuid::new_v4(),
            display_name: self.display_name,
            created_at: now,
            enabled: true,
            identifier_uris: self
                .identifier_uris
                .unwrap_or_else(|| vec![format!("api://{app_id}")]),
            requested_access_token_version: self.requested_access_token_version,
            app_roles: self.app_roles,
            redirect_uris: self.redirect_uris,
            is_fallback_public_client: false,
            permission_scopes: self
                .permission_scopes
                .unwrap_or_else(|| vec![PermissionScope::named("access_as_user")]),
            group_membership_claims: GroupClaims::None,
            enable_id_token_issuance: false,
            logout_url: None,
            home_page_url: None,
            description: None,
            notes: None,
            tags: Vec::new(),
            required_resource_access: Vec::new(),
            secrets: Vec::new(),
            certificates: Vec::new(),
            federated_credentials: Vec::new(),
            service_principal: self.with_service_principal.then(ServicePrincipal::new),
        }
    }
}

impl PermissionScope {
    /// A scope that users may consent to.
    #[must_use]
    pub fn named(value: impl Into<String>) -> Self {
        let value = value.into();
        Self {
            id: Uuid::new_v4(),
            display_name: value.clone(),
            value,
            admin_only: false,
            enabled: true,
        }
    }
}

impl ServicePrincipal {
    /// A principal with a new object id and no roles.
    #[must_use]
    pub fn new() -> Self {
        Self {
            object_id: Uuid::new_v4(),
            app_role_assignment_required: false,
            tags: Vec::new(),
            app_role_assignments: Vec::new(),
        }
    }
}

impl Default for ServicePrincipal {
    fn default() -> Self {
        Self::new()
    }
}

impl App {
    /// Whether tokens for this application are v2.0 tokens.
    #[must_use]
    pub fn wants_v2_tokens(&self) -> bool {
        self.requested_access_token_version == Some(2)
    }

    /// The object id of its service principal.
    #[must_use]
    pub fn principal_id(&self) -> Option<Uuid> {
        self.service_principal.as_ref().map(|principal| principal.object_id)
    }

    /// Whether it has no credential and needs none: declared, or clear from its platforms.
    pub(crate) fn is_public_client(&self) -> bool {
        let uris = &self.redirect_uris;
        let has_public_platform = !uris.spa.is_empty() || !uris.public_client.is_empty();
        let has_credential = !self.secrets.is_empty()
            || !self.certificates.is_empty()
            || !self.federated_credentials.is_empty();
        self.is_fallback_public_client
            || (has_public_platform && uris.web.is_empty() && !has_credential)
    }

    /// Checks what the directory would.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let name_chars = self.display_name.chars().count();
        if name_chars == 0 || name_chars > DISPLAY_NAME_CHARS_MAX {
            return Err(self.invalid(&format!(
                "its display name must have 1 to {DISPLAY_NAME_CHARS_MAX} characters, it has {name_chars}"
            )));
        }
        if !matches!(self.requested_access_token_version, None | Some(1 | 2)) {
            return Err(self.invalid("its requested access token version must be 1 or 2"));
        }
        self.check_uris()?;
        self.check_texts()?;
        federated::check(&self.federated_credentials)?;
        let entries = [
            self.app_roles.len(),
            self.secrets.len(),
            self.certificates.len(),
            self.permission_scopes.len(),
            self.required_resource_access.len(),
            self.service_principal.as_ref().map_or(0, |p| p.app_role_assignments.len()),
        ];
        if entries.iter().any(|&n| n > ENTRIES_MAX) {
            return Err(self.invalid(&format!(
                "it may have at most {ENTRIES_MAX} roles, secrets, certificates and assignments each"
            )));
        }
        for (index, role) in self.app_roles.iter().enumerate() {
            let blank = role.value.is_empty() || role.value.chars().any(char::is_whitespace);
            if blank || role.value.chars().count() > DISPLAY_NAME_CHARS_MAX {
                return Err(self.invalid(&format!(
                    "the role value {:?} must have 1 to {DISPLAY_NAME_CHARS_MAX} characters and no spaces",
                    role.value
                )));
            }
            let twice = self.app_roles[..index]
                .iter()
                .any(|other| other.id == role.id || other.value == role.value);
            if twice {
                return Err(self.invalid(&format!("the role {:?} is there twice", role.value)));
            }
        }
        Ok(())
    }

    fn check_texts(&self) -> Result<(), Error> {
        let principal_tags = self.service_principal.iter().flat_map(|principal| &principal.tags);
        let tags: Vec<&String> = self.tags.iter().chain(principal_tags).collect();
        if tags.len() > ENTRIES_MAX {
            return Err(self.invalid(&format!("it may have at most {ENTRIES_MAX} tags")));
        }
        let addresses = [&self.logout_url, &self.home_page_url].into_iter().flatten();
        let texts = [&self.description, &self.notes].into_iter().flatten();
        for (text, chars_max) in addresses
            .chain(tags)
            .map(|text| (text, URI_CHARS_MAX))
            .chain(texts.map(|text| (text, TEXT_CHARS_MAX)))
        {
            if text.chars().count() > chars_max {
                return Err(self.invalid(&format!(
                    "the text {:?}… is longer than {chars_max} characters",
                    text.chars().take(40).collect::<String>()
                )));
            }
        }
        Ok(())
    }

    fn check_uris(&self) -> Result<(), Error> {
        let redirects = &self.redirect_uris;
        for uris in
            [&self.identifier_uris, &redirects.web, &redirects.spa, &redirects.public_client]
        {
            if uris.len() > URIS_MAX {
                return Err(self.invalid(&format!("it may have at most {URIS_MAX} URIs of a kind")));
            }
            for uri in uris {
                let absolute = uri.split_once(':').is_some_and(|(scheme, rest)| {
                    scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && !rest.is_empty()
                });
                if !absolute || uri.chars().any(|c| c.is_whitespace() || c.is_control()) {
                    return Err(self.invalid(&format!("{uri:?} is not an absolute URI")));
                }
                if uri.chars().count() > URI_CHARS_MAX {
                    return Err(self.invalid(&format!(
                        "the URI {:?}… is longer than {URI_CHARS_MAX} characters",
                        uri.chars().take(40).collect::<String>()
                    )));
                }
            }
        }
        for uri in redirects.web.iter().chain(&redirects.spa) {
            if !uri.starts_with("https://") && !is_loopback_http(uri) {
                return Err(self.invalid(&format!(
                    "the redirect URI {uri:?} must use https, or http with localhost or 127.0.0.1"
                )));
            }
        }
        Ok(())
    }

    fn invalid(&self, why: &str) -> Error {
        Error::Invalid(format!("application {} cannot be registered: {why}", self.app_id))
    }
}

/// Source: MicrosoftDocs/entra-docs: docs/identity-platform/reply-url.md
fn is_loopback_http(uri: &str) -> bool {
    uri.strip_prefix("http://").is_some_and(|rest| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.split(':').next().unwrap_or_default();
        host == "localhost" || host == "127.0.0.1"
    })
}

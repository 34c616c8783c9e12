//! Applications that every tenant has: Microsoft Graph, a command-line client for it, and the
//! resource of federated credentials.

use aws_lc_rs::digest;
use jiff::Timestamp;
use uuid::{Uuid, uuid};

use super::{
    App, AppRole, GroupClaims, MemberType, PermissionScope, RedirectUris, ServicePrincipal,
};

/// Microsoft Graph.
pub(crate) const GRAPH: Uuid = uuid!("00000003-0000-0000-c000-000000000000");
/// Microsoft Graph Command Line Tools, a public client.
pub(super) const GRAPH_CLI: Uuid = uuid!("14d82eec-204b-4c2f-b7e8-296a70dab67e");
/// The name under which clients ask for tokens for Microsoft Graph.
pub(crate) const GRAPH_URI: &str = "https://graph.microsoft.com";

/// The resource of tokens that are exchanged for an application's: federated credentials.
pub(crate) const TOKEN_EXCHANGE: Uuid = uuid!("fb60f99c-7a34-4190-8149-302f77469936");
/// The name under which clients ask for them.
pub(crate) const TOKEN_EXCHANGE_URI: &str = "api://AzureADTokenExchange";

/// Delegated permissions: value, id, what the consent page says, for administrators only.
///
/// Source: microsoftgraph/microsoft-graph-docs: concepts/permissions-reference.md
const SCOPES: [(&str, Uuid, &str, bool); 17] = [
    ("openid", uuid!("37f7f235-527c-4136-accd-4a02d197296e"), "Sign you in", false),
    (
        "profile",
        uuid!("14dad69e-099b-42c9-810b-d002981feec1"),
        "See your name and user name",
        false,
    ),
    ("email", uuid!("64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0"), "See your mail address", false),
    (
        "offline_access",
        uuid!("7427e0e9-2fba-42fe-b0c0-848c9e6a8182"),
        "Keep access while you are away",
        false,
    ),
    ("User.Read", uuid!("e1fe6dd8-ba31-4d61-89e7-88639da4683d"), "Read your profile", false),
    ("User.Read.All", uuid!("a154be20-db9c-4678-8ab7-66f6cc099a59"), "Read all users", true),
    ("User.ReadWrite.All", uuid!("204e0828-b5ca-4ad8-b9f3-f32a958e7cc4"), "Change all users", true),
    ("Group.Read.All", uuid!("5f8c59db-677d-491f-a6b8-5f174b11ec1d"), "Read all groups", true),
    (
        "Group.ReadWrite.All",
        uuid!("4e46008b-f24c-477d-8fff-7bb4ec7aafe0"),
        "Change all groups",
        true,
    ),
    (
        "GroupMember.Read.All",
        uuid!("bc024368-1153-4739-b217-4326f2e966d0"),
        "Read the members of all groups",
        true,
    ),
    (
        "Application.Read.All",
        uuid!("c79f8feb-a9db-4090-85f9-90d820caa0eb"),
        "Read all applications",
        true,
    ),
    (
        "Application.ReadWrite.All",
        uuid!("bdfbf15f-ee85-4955-8675-146e8e5296b5"),
        "Change all applications",
        true,
    ),
    (
        "AppRoleAssignment.ReadWrite.All",
        uuid!("84bccea3-f856-4a8a-967b-dbe0a3d53a64"),
        "Assign roles of applications",
        true,
    ),
    (
        "DelegatedPermissionGrant.ReadWrite.All",
        uuid!("41ce6ca6-6826-4807-84f1-1c82854f7ee5"),
        "Consent for all users",
        true,
    ),
    (
        "Directory.Read.All",
        uuid!("06da0dbc-49e2-44d2-8312-53f166ab848a"),
        "Read the directory",
        true,
    ),
    (
        "Directory.ReadWrite.All",
        uuid!("c5366453-9fb0-48a5-a156-24f0c49a4b84"),
        "Change the directory",
        true,
    ),
    (
        "Directory.AccessAsUser.All",
        uuid!("0e263e50-5827-48a4-b97c-d940288653c7"),
        "Use the directory as you",
        true,
    ),
];

/// Application permissions: value, id.
const ROLES: [(&str, Uuid); 11] = [
    ("User.Read.All", uuid!("df021288-bdef-4463-88db-98f22de89214")),
    ("User.ReadWrite.All", uuid!("741f803b-c850-494e-b5df-cde7c675a1ca")),
    ("Group.Read.All", uuid!("5b567255-7703-4780-807c-7be8301ae99b")),
    ("Group.ReadWrite.All", uuid!("62a82d76-70ea-41e2-9197-370581804d09")),
    ("GroupMember.Read.All", uuid!("98830695-27a2-44f7-8c18-0c3ebc9698f6")),
    ("Application.Read.All", uuid!("9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30")),
    ("Application.ReadWrite.All", uuid!("1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9")),
    ("AppRoleAssignment.ReadWrite.All", uuid!("06b708a9-e830-4db3-a914-8e69da51d44f")),
    ("DelegatedPermissionGrant.ReadWrite.All", uuid!("8e8e4742-1d95-4f68-9d56-6ee75648c72a")),
    ("Directory.Read.All", uuid!("7ab1d382-f21e-4acd-a863-ba3e13f7da61")),
    ("Directory.ReadWrite.All", uuid!("19dbc75e-c2e2-444c-a770-ec69d8559fc7")),
];

/// Microsoft Graph, as it is in the tenant `tenant_id`.
pub(super) fn graph(tenant_id: Uuid) -> App {
    App {
        identifier_uris: vec![GRAPH_URI.to_owned()],
        app_roles: ROLES.map(role).into(),
        permission_scopes: SCOPES.map(scope).into(),
        ..app(tenant_id, GRAPH, "Microsoft Graph")
    }
}

/// The resource that federated credentials name as audience, in the tenant `tenant_id`.
pub(super) fn token_exchange(tenant_id: Uuid) -> App {
    App {
        identifier_uris: vec![TOKEN_EXCHANGE_URI.to_owned()],
        requested_access_token_version: Some(2),
        ..app(tenant_id, TOKEN_EXCHANGE, "AAD Token Exchange Endpoint: Public")
    }
}

/// The command-line client, as it is in the tenant `tenant_id`.
pub(super) fn graph_cli(tenant_id: Uuid) -> App {
    App {
        redirect_uris: RedirectUris {
            public_client: vec!["http://localhost".to_owned()],
            ..RedirectUris::default()
        },
        is_fallback_public_client: true,
        ..app(tenant_id, GRAPH_CLI, "Microsoft Graph Command Line Tools")
    }
}

fn role((value, id): (&str, Uuid)) -> AppRole {
    AppRole {
        id,
        value: value.to_owned(),
        display_name: value.to_owned(),
        description: value.to_owned(),
        allowed_member_types: vec![MemberType::Application],
        enabled: true,
    }
}

fn scope((value, id, text, admin_only): (&str, Uuid, &str, bool)) -> PermissionScope {
    PermissionScope {
        id,
        value: value.to_owned(),
        display_name: text.to_owned(),
        admin_only,
        enabled: true,
    }
}

fn app(tenant_id: Uuid, app_id: Uuid, name: &str) -> App {
    App {
        app_id,
        object_id: derived(tenant_id, app_id, b"application"),
        display_name: name.to_owned(),
        created_at: Timestamp::UNIX_EPOCH,
        enabled: true,
        identifier_uris: Vec::new(),
        requested_access_token_version: None,
        app_roles: Vec::new(),
        redirect_uris: RedirectUris::default(),
        is_fallback_public_client: false,
        permission_scopes: Vec::new(),
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
        service_principal: Some(ServicePrincipal {
            object_id: derived(tenant_id, app_id, b"service principal"),
            app_role_assignment_required: false,
            tags: Vec::new(),
            app_role_assignments: Vec::new(),
        }),
    }
}

/// An object id that is the same at every start, and another one in every tenant.
fn derived(tenant_id: Uuid, app_id: Uuid, kind: &[u8]) -> Uuid {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in [tenant_id.as_bytes(), app_id.as_bytes(), kind] {
        context.update(part);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&context.finish().as_ref()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

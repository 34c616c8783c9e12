//! Access tokens and id tokens for a user.

use aws_lc_rs::digest;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use skep_auth::jose::{Algorithm, Header, encode_base64url};
use uuid::{Uuid, uuid};

use super::Target;
use crate::{
    access_token::{self, BACKDATED_S},
    error::Error,
    random,
    registry::{App, GroupClaims, Index, User},
    server::{ApiVersion, Site},
};

/// Most groups in a token; above, the claim says where to ask.
const GROUPS_MAX: usize = 200;
/// The directory role that administrators have.
const GLOBAL_ADMINISTRATOR: Uuid = uuid!("62e90394-69f5-4237-9190-012177145e10");
/// Lifetime of an id token.
const ID_TOKEN_S: i64 = 3600;

/// A user signed in to an application.
pub(crate) struct SignIn<'a> {
    pub(crate) user: &'a User,
    pub(crate) client: &'a App,
    /// `azpacr`: 0 public, 1 secret, 2 certificate.
    pub(crate) proof: &'static str,
    pub(crate) session_id: Uuid,
    pub(crate) nonce: Option<&'a str>,
    /// Of the endpoint that was called: the id token's version too.
    pub(crate) version: ApiVersion,
}

/// What a token request is answered with.
pub(crate) struct UserTokens {
    pub(crate) access_token: String,
    pub(crate) expires_in_s: i64,
    pub(crate) id_token: Option<String>,
}

/// Issues an access token for `target` and, when `oidc` has `openid`, an id token.
///
/// Source: MicrosoftDocs/entra-docs: docs/identity-platform/access-token-claims-reference.md,
/// docs/identity-platform/id-token-claims-reference.md
pub(crate) fn issue(
    site: &Site,
    index: &Index,
    sign_in: &SignIn<'_>,
    oidc: &[String],
    target: &Target,
    now: Timestamp,
) -> Result<UserTokens, Error> {
    let lifetime_s = access_token::lifetime_s(site.core.config.access_token_lifetime_s)?;
    let claims = access_claims(site, index, sign_in, target, now, lifetime_s)?;
    let v1 = !target.resource.wants_v2_tokens();
    let access_token = sign(site, v1, &claims)?;
    let id_token = oidc
        .iter()
        .any(|scope| scope == "openid")
        .then(|| id_token(site, index, sign_in, oidc, now, None))
        .transpose()?;
    Ok(UserTokens { access_token, expires_in_s: lifetime_s - 1, id_token })
}

/// An id token. `code` is the one issued beside it by the authorize endpoint, for `c_hash`.
pub(crate) fn id_token(
    site: &Site,
    index: &Index,
    sign_in: &SignIn<'_>,
    oidc: &[String],
    now: Timestamp,
    code: Option<&str>,
) -> Result<String, Error> {
    let (user, client) = (sign_in.user, sign_in.client);
    let has = |scope: &str| oidc.iter().any(|s| s == scope);
    let mut claims = base_claims(site, sign_in, now, ID_TOKEN_S)?;
    claims.insert("aud".into(), json!(client.app_id));
    let endpoints = site.endpoints();
    let (issuer, version) = match sign_in.version {
        ApiVersion::V1 => (endpoints.issuer_v1(), "1.0"),
        ApiVersion::V2 => (endpoints.issuer(), "2.0"),
    };
    claims.insert("iss".into(), json!(issuer));
    claims.insert("ver".into(), json!(version));
    claims.insert("sid".into(), json!(sign_in.session_id));
    if sign_in.version == ApiVersion::V1 {
        claims.insert("amr".into(), json!(["pwd"]));
        add_v1_names(&mut claims, user);
    }
    if has("profile") {
        claims.insert("name".into(), json!(user.display_name));
        claims.insert("oid".into(), json!(user.object_id));
        claims.insert("preferred_username".into(), json!(user.user_principal_name));
    }
    if let Some(mail) = user.mail.as_ref().filter(|_| has("email")) {
        claims.insert("email".into(), json!(mail));
    }
    if let Some(nonce) = sign_in.nonce {
        claims.insert("nonce".into(), json!(nonce));
    }
    if let Some(code) = code {
        let hash = digest::digest(&digest::SHA256, code.as_bytes());
        claims.insert("c_hash".into(), json!(encode_base64url(&hash.as_ref()[..16])));
    }
    add_roles(&mut claims, index, user, client);
    add_groups(&mut claims, site, index, user, client);
    sign(site, false, &claims)
}

fn access_claims(
    site: &Site,
    index: &Index,
    sign_in: &SignIn<'_>,
    target: &Target,
    now: Timestamp,
    lifetime_s: i64,
) -> Result<Map<String, Value>, Error> {
    let (user, client) = (sign_in.user, sign_in.client);
    let endpoints = site.endpoints();
    let mut claims = base_claims(site, sign_in, now, lifetime_s)?;
    claims.insert("oid".into(), json!(user.object_id));
    claims.insert("name".into(), json!(user.display_name));
    claims.insert("scp".into(), json!(target.names.join(" ")));
    if target.resource.wants_v2_tokens() {
        claims.insert("aud".into(), json!(target.resource.app_id()));
        claims.insert("iss".into(), json!(endpoints.issuer()));
        claims.insert("azp".into(), json!(client.app_id));
        claims.insert("azpacr".into(), json!(sign_in.proof));
        claims.insert("preferred_username".into(), json!(user.user_principal_name));
        claims.insert("ver".into(), json!("2.0"));
        claims.insert("xms_ftd".into(), json!(random::base64url::<32>()?));
    } else {
        claims.insert("aud".into(), json!(target.resource.requested));
        claims.insert("iss".into(), json!(endpoints.issuer_v1()));
        claims.insert("acr".into(), json!("1"));
        claims.insert("amr".into(), json!(["pwd"]));
        claims.insert("appid".into(), json!(client.app_id));
        claims.insert("appidacr".into(), json!(sign_in.proof));
        add_v1_names(&mut claims, user);
        claims.insert("ver".into(), json!("1.0"));
    }
    add_roles(&mut claims, index, user, target.resource.app());
    add_groups(&mut claims, site, index, user, target.resource.app());
    Ok(claims)
}

/// How v1.0 tokens name the user.
fn add_v1_names(claims: &mut Map<String, Value>, user: &User) {
    for (name, value) in [("given_name", &user.given_name), ("family_name", &user.family_name)] {
        if let Some(value) = value {
            claims.insert(name.into(), json!(value));
        }
    }
    claims.insert("unique_name".into(), json!(user.user_principal_name));
    claims.insert("upn".into(), json!(user.user_principal_name));
}

/// What every token for a user has.
fn base_claims(
    site: &Site,
    sign_in: &SignIn<'_>,
    now: Timestamp,
    lifetime_s: i64,
) -> Result<Map<String, Value>, Error> {
    let tenant_id = site.core.registry.tenant_id();
    let not_before = now.as_second() - BACKDATED_S;
    let (client, user) = (sign_in.client.app_id, sign_in.user.object_id);
    let claims = json!({
        "iat": not_before,
        "nbf": not_before,
        "exp": now.as_second() + lifetime_s,
        "aio": random::base64url::<39>()?,
        "rh": access_token::reference(tenant_id, user, client),
        "sub": pairwise(tenant_id, client, user),
        "tid": tenant_id,
        "uti": random::base64url::<16>()?,
    });
    Ok(claims.as_object().cloned().unwrap_or_default())
}

/// The user's id in one application: not the same in another, so that they cannot be joined.
pub(crate) fn pairwise(tenant_id: Uuid, client: Uuid, user: Uuid) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for id in [tenant_id, client, user] {
        context.update(id.as_bytes());
    }
    encode_base64url(context.finish())
}

/// Roles that `app` defines and that the user, or a group of the user, has.
pub(crate) fn roles_of(index: &Index, user: &User, app: &App) -> Vec<String> {
    let of_groups = index.groups_of(user.object_id).flat_map(|group| &group.app_role_assignments);
    let assigned: Vec<Uuid> = user
        .app_role_assignments
        .iter()
        .chain(of_groups)
        .filter(|assignment| assignment.resource_app_id == app.app_id)
        .map(|assignment| assignment.app_role_id)
        .collect();
    app.app_roles
        .iter()
        .filter(|role| role.enabled && assigned.contains(&role.id))
        .map(|role| role.value.clone())
        .collect()
}

fn add_roles(claims: &mut Map<String, Value>, index: &Index, user: &User, app: &App) {
    let roles = roles_of(index, user, app);
    if !roles.is_empty() {
        claims.insert("roles".into(), json!(roles));
    }
}

/// Groups, or where to ask for them when there are too many.
fn add_groups(claims: &mut Map<String, Value>, site: &Site, index: &Index, user: &User, app: &App) {
    let has_directory_roles =
        [GroupClaims::DirectoryRole, GroupClaims::All].contains(&app.group_membership_claims);
    if user.is_admin && has_directory_roles {
        claims.insert("wids".into(), json!([GLOBAL_ADMINISTRATOR]));
    }
    let groups: Vec<Uuid> = match app.group_membership_claims {
        GroupClaims::None | GroupClaims::DirectoryRole => return,
        GroupClaims::SecurityGroup | GroupClaims::All => {
            index.groups_of(user.object_id).map(|group| group.object_id).collect()
        }
        GroupClaims::ApplicationGroup => index
            .groups_of(user.object_id)
            .filter(|group| {
                group.app_role_assignments.iter().any(|a| a.resource_app_id == app.app_id)
            })
            .map(|group| group.object_id)
            .collect(),
    };
    if groups.is_empty() {
        return;
    }
    if groups.len() <= GROUPS_MAX {
        claims.insert("groups".into(), json!(groups));
        return;
    }
    // The path is that of the retired directory API, as in real tokens: clients know to ask
    // Microsoft Graph instead.
    let endpoint = format!(
        "{}/{}/users/{}/getMemberObjects",
        site.origin,
        site.core.registry.tenant_id(),
        user.object_id
    );
    claims.insert("_claim_names".into(), json!({"groups": "src1"}));
    claims.insert("_claim_sources".into(), json!({"src1": {"endpoint": endpoint}}));
}

fn sign(site: &Site, v1: bool, claims: &Map<String, Value>) -> Result<String, Error> {
    let keys = site.core.keys.current();
    let kid = keys.view.kid.clone();
    let header = Header { x5t: v1.then(|| kid.clone()), kid: Some(kid), ..Header::jwt() };
    keys.view
        .active
        .sign(Algorithm::Rs256, &header, claims)
        .map_err(|error| Error::create("token", error))
}

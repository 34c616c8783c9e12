//! Documents about the provider: discovery, keys, instance discovery.

use std::sync::Arc;

use axum::{
    extract::{Path, RawQuery, State},
    http::HeaderMap,
    response::Response,
};
use serde_json::{Value, json};
use skep_auth::jose::{Jwk, JwkSet};

use super::{
    Site,
    reply::{self, RequestIds},
    tenant::Tenant,
};
use crate::refusal::RequestFault;

/// Entra lets documents be kept for a day; here keys are rolled on command, so for less.
const MAX_AGE_S: u32 = 300;

/// `GET /{tenant}/v2.0/.well-known/openid-configuration`
pub(super) async fn discovery_v2(
    State(site): State<Arc<Site>>,
    Path(segment): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    answer(&site, &segment, query.as_deref(), &headers, |tenant| discovery(&site, tenant, true))
}

/// `GET /{tenant}/.well-known/openid-configuration`
pub(super) async fn discovery_v1(
    State(site): State<Arc<Site>>,
    Path(segment): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    answer(&site, &segment, query.as_deref(), &headers, |tenant| discovery(&site, tenant, false))
}

/// `GET /{tenant}/discovery/v2.0/keys`: each key says whose tokens it signs.
pub(super) async fn keys_v2(
    State(site): State<Arc<Site>>,
    Path(segment): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let issuer = format!("{}/{{tenantid}}/v2.0", site.origin);
    answer(&site, &segment, query.as_deref(), &headers, |_| keys(&site, Some(&issuer)))
}

/// `GET /{tenant}/discovery/keys`
pub(super) async fn keys_v1(
    State(site): State<Arc<Site>>,
    Path(segment): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    answer(&site, &segment, query.as_deref(), &headers, |_| keys(&site, None))
}

fn answer<T: serde::Serialize>(
    site: &Site,
    segment: &str,
    query: Option<&str>,
    headers: &HeaderMap,
    document: impl FnOnce(Tenant) -> T,
) -> Response {
    match Tenant::parse(site, segment) {
        Ok(tenant) => reply::public_json(MAX_AGE_S, &document(tenant)),
        Err(fault) => {
            reply::refused(site, RequestIds::of(headers, query), &fault.at_discovery().into())
        }
    }
}

fn keys(site: &Site, issuer: Option<&str>) -> JwkSet {
    let keys = site.core.keys.current();
    let with_issuer = |key: &Jwk| Jwk { issuer: issuer.map(str::to_owned), ..key.clone() };
    JwkSet { keys: keys.view.published.iter().map(with_issuer).collect() }
}

/// The members, and their order, are those of the real documents: no `grant_types_supported`, no
/// `code_challenge_methods_supported`, no introspection or revocation.
///
/// Source: AzureAD/azure-activedirectory-identitymodel-extensions-for-dotnet:
/// test/Microsoft.IdentityModel.Protocols.OpenIdConnect.Tests/OpenIdConfigData.cs
fn discovery(site: &Site, tenant: Tenant, v2: bool) -> Value {
    let origin = &site.origin;
    let base = format!("{origin}/{}", tenant.segment());
    let oauth2 = if v2 { format!("{base}/oauth2/v2.0") } else { format!("{base}/oauth2") };
    let issuer_version = if v2 { "v2.0" } else { "" };
    let mut document = json!({
        "token_endpoint": format!("{oauth2}/token"),
        "token_endpoint_auth_methods_supported":
            ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{base}/discovery/{}keys", if v2 { "v2.0/" } else { "" }),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": format!("{origin}/{}/{issuer_version}", tenant.issuer_segment()),
        "request_uri_parameter_supported": false,
        "userinfo_endpoint": format!("{origin}/oidc/userinfo"),
        "authorization_endpoint": format!("{oauth2}/authorize"),
        "device_authorization_endpoint": format!("{oauth2}/devicecode"),
        "http_logout_supported": true,
        "frontchannel_logout_supported": true,
        "end_session_endpoint": format!("{oauth2}/logout"),
        "claims_supported": [
            "sub", "iss", "cloud_instance_name", "cloud_instance_host_name",
            "cloud_graph_host_name", "msgraph_host", "aud", "exp", "iat", "auth_time", "acr",
            "nonce", "preferred_username", "name", "tid", "ver", "at_hash", "c_hash", "email",
        ],
        "kerberos_endpoint": format!("{base}/kerberos"),
        "tenant_region_scope": match tenant {
            Tenant::Own(_) => json!("EU"),
            Tenant::Shared(_) | Tenant::Consumers => Value::Null,
        },
        "cloud_instance_name": site.host(),
        "cloud_graph_host_name": site.authority(),
        "msgraph_host": site.authority(),
        "rbac_url": origin,
    });
    if !v2 {
        document["microsoft_multi_refresh_token"] = json!(true);
        document["check_session_iframe"] = json!(format!("{base}/oauth2/checksession"));
    }
    document
}

/// `GET /{tenant}/userrealm/{user}`: whether the user signs in here. Clients that send passwords
/// themselves ask it first.
///
/// Source: AzureAD/microsoft-authentication-library-for-go:
/// apps/internal/oauth/ops/authority/authority.go
pub(super) async fn user_realm(
    State(site): State<Arc<Site>>,
    Path((segment, user)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    answer(&site, &segment, query.as_deref(), &headers, |_| {
        let domain = user.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
        let is_own = domain.as_ref() == Some(&site.core.config.tenant_domain.to_lowercase());
        json!({
            "ver": "1.0",
            "account_type": if is_own { "Managed" } else { "Unknown" },
            "domain_name": domain,
            "cloud_instance_name": site.host(),
            "cloud_audience_urn": "urn:federation:MicrosoftOnline",
        })
    })
}

/// `GET /{tenant}/discovery/instance`: vouches for this provider's own origin.
///
/// Source: AzureAD/microsoft-authentication-library-for-python: msal/authority.py, which drops the
/// port from the address that it asks about.
pub(super) async fn instance(
    State(site): State<Arc<Site>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = query.unwrap_or_default();
    let parameter = |name: &str| {
        form_urlencoded::parse(query.as_bytes())
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.into_owned())
    };
    let url = parameter("authorization_endpoint").unwrap_or_default();
    let refused = |fault: RequestFault| {
        reply::refused(&site, RequestIds::of(&headers, Some(&query)), &fault.into())
    };
    let Some(rest) = url.strip_prefix("https://") else {
        return refused(RequestFault::UnknownInstance { url });
    };
    let mut parts = rest.splitn(3, '/');
    let host = parts.next().unwrap_or_default().to_ascii_lowercase();
    let segment = parts.next().unwrap_or_default();
    if host != site.authority() && host != site.host() {
        return refused(RequestFault::UnknownInstance { url });
    }
    let tenant = match Tenant::parse(&site, segment) {
        Ok(tenant) => tenant,
        Err(fault) => return refused(fault),
    };
    let discovery =
        format!("{}/{}/v2.0/.well-known/openid-configuration", site.origin, tenant.segment());
    let mut aliases = vec![site.authority()];
    if site.host() != site.authority() {
        aliases.push(site.host());
    }
    reply::public_json(
        MAX_AGE_S,
        &json!({
            "tenant_discovery_endpoint": discovery,
            "api-version": parameter("api-version").unwrap_or_else(|| "1.1".to_owned()),
            "metadata": [{
                "preferred_network": site.authority(),
                "preferred_cache": site.authority(),
                "aliases": aliases,
            }],
        }),
    )
}

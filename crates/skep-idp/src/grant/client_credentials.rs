//! `grant_type=client_credentials`: an application gets a token for itself.

use axum::http::{HeaderMap, header};
use serde_json::Value;

use crate::{
    access_token,
    client::Credentials,
    dates,
    refusal::{Refusal, RequestFault, ScopeFault},
    resource::Resource,
    server::{ApiVersion, Form, Site, Tenant},
};

/// Answers the grant with the reply's body.
///
/// Source: MicrosoftDocs/entra-docs:
/// docs/identity-platform/v2-oauth2-client-creds-grant-flow.md
pub(crate) fn answer(
    site: &Site,
    tenant: Tenant,
    version: ApiVersion,
    headers: &HeaderMap,
    form: &Form,
) -> Result<Value, Refusal> {
    if headers.contains_key(header::ORIGIN) {
        return Err(RequestFault::CrossOrigin.into());
    }
    let credentials = Credentials::read(headers, form)?;
    let directory = site.core.registry.current();
    let index = &directory.view;
    let tenant_id = match tenant {
        Tenant::Own(id) => id,
        Tenant::Shared(name) => {
            let app = credentials.find(site, index)?.app.app_id;
            return Err(RequestFault::SingleTenantApp { app, tenant: name.to_owned() }.into());
        }
        Tenant::Consumers => return Err(RequestFault::GrantNotForConsumers.into()),
    };
    let client = credentials.authenticate(site, index)?;
    let resource = match version {
        ApiVersion::V2 => {
            Resource::of_scope(form.optional("scope")?, index, &site.origin, tenant_id)?
        }
        ApiVersion::V1 => {
            let requested = form
                .optional("resource")?
                .ok_or(RequestFault::MissingCredentialField { name: "resource" })?;
            let resource = Resource::find(requested, index, &site.origin, tenant_id)?;
            let app = client.entry.app.app_id;
            if resource.app_id() == app && uuid::Uuid::parse_str(requested).is_err() {
                return Err(ScopeFault::OwnTokenByUri { app }.into());
            }
            resource
        }
    };
    let roles = resource.roles_of(&client.entry.app)?;
    let now = dates::now(&site.core.clock);
    let token = access_token::issue_app_only(site, tenant_id, &client, &resource, roles, now)
        .map_err(|error| {
            tracing::error!("cannot issue a token: {error}");
            Refusal::internal()
        })?;
    Ok(match version {
        ApiVersion::V2 => token.reply_v2(),
        ApiVersion::V1 => token.reply_v1(&resource.requested),
    })
}

//! `grant_type=client_credentials`: an application gets a token for itself.

use axum::http::header;
use serde_json::Value;

use super::{TokenRequest, user_tokens::internal};
use crate::{
    access_token,
    client::Credentials,
    dates,
    refusal::{Refusal, RequestFault, ScopeFault},
    resource::Resource,
    server::ApiVersion,
};

/// Answers the grant with the reply's body.
///
/// Source: MicrosoftDocs/entra-docs:
/// docs/identity-platform/v2-oauth2-client-creds-grant-flow.md
pub(crate) async fn answer(request: TokenRequest<'_>) -> Result<Value, Refusal> {
    let TokenRequest { site, version, headers, form, .. } = request;
    if headers.contains_key(header::ORIGIN) {
        return Err(RequestFault::CrossOrigin.into());
    }
    let credentials = Credentials::read(headers, form)?;
    let directory = site.core.registry.current();
    let index = &directory.view;
    let tenant_id = request.tenant.own(site, &credentials, index)?;
    let client = credentials.authenticate(site, index).await?;
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
        .map_err(internal)?;
    Ok(match version {
        ApiVersion::V2 => token.reply_v2(),
        ApiVersion::V1 => token.reply_v1(&resource.requested),
    })
}

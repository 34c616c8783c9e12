//! `grant_type=refresh_token`: an application goes on without asking the user.

use serde_json::Value;

use super::{
    TokenRequest,
    user_tokens::{Redeemed, RefreshToken, reply, signed_in_user},
};
use crate::{
    client::Credentials,
    dates,
    refusal::{GrantFault, Refusal},
    seal::Purpose,
    signin::Platform,
};

const WHAT: &str = "refresh token";

/// Answers the grant with the reply's body.
///
/// Source: MicrosoftDocs/entra-docs: docs/identity-platform/refresh-tokens.md
pub(crate) async fn answer(request: TokenRequest<'_>) -> Result<Value, Refusal> {
    let TokenRequest { site, headers, form, .. } = request;
    let credentials = Credentials::read(headers, form)?;
    let directory = site.core.registry.current();
    let index = &directory.view;
    let tenant_id = request.tenant.own(site, &credentials, index)?;
    let sealed = form.required("refresh_token")?;
    let token: RefreshToken = site
        .core
        .sealer
        .unseal(Purpose::RefreshToken, sealed)
        .ok_or(GrantFault::Unreadable { what: WHAT })?;
    let client = credentials.authenticate_redeeming(site, index, token.platform, headers).await?;
    if token.client_id != client.entry.app.app_id {
        return Err(GrantFault::OtherClient { what: WHAT }.into());
    }
    if token.ends_s <= dates::now(&site.core.clock).as_second() {
        return Err(match token.platform {
            Platform::Spa => GrantFault::SpaEnded { issued: token.chain_began() },
            Platform::Web | Platform::PublicClient => GrantFault::Idle,
        }
        .into());
    }
    let user = signed_in_user(index, token.user_id, token.auth_time)?;
    let redeemed = Redeemed {
        client: &client,
        user,
        platform: token.platform,
        scope: &token.scope,
        session_id: token.session_id,
        auth_time: token.auth_time,
        nonce: None,
        inherited_end_s: Some(token.ends_s),
    };
    reply(request, index, tenant_id, &redeemed)
}

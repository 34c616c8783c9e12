//! What the grants for users have in common: the reply, and the refresh token in it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::TokenRequest;
use crate::{
    access_token::BACKDATED_S,
    client::Client,
    dates,
    delegated::{self, DelegatedScope, Grantee, SignIn, Target, UserTokens, scope_of_resource},
    error::Error,
    refusal::{GrantFault, Refusal, SignInFault},
    registry::{Index, User},
    seal::Purpose,
    server::ApiVersion,
    signin::{Platform, client_info},
};

/// How long a refresh token of an installed or server-side application lives unused.
const REFRESH_S: i64 = 90 * 24 * 60 * 60;
/// How long a single-page application can go on without a sign-in.
const SPA_REFRESH_S: i64 = 24 * 60 * 60;

/// A refresh token's content. It is not revoked by its use, as in Entra.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct RefreshToken {
    pub(super) client_id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) platform: Platform,
    /// What the user signed in with, as the client wrote it.
    pub(super) scope: String,
    pub(super) session_id: Uuid,
    pub(super) auth_time: i64,
    pub(super) issued_s: i64,
    /// Successors of a single-page application's token inherit it.
    pub(super) ends_s: i64,
}

/// A user's sign-in to a client, from a code, a device or an earlier refresh token.
pub(super) struct Redeemed<'a> {
    pub(super) client: &'a Client,
    pub(super) user: &'a User,
    pub(super) platform: Platform,
    /// What the user signed in with.
    pub(super) scope: &'a str,
    pub(super) session_id: Uuid,
    pub(super) auth_time: i64,
    pub(super) nonce: Option<&'a str>,
    /// End of the refresh token that was redeemed, which a successor must not outlive.
    pub(super) inherited_end_s: Option<i64>,
}

/// The user, who must still be there, and signed in since the last revocation.
pub(super) fn signed_in_user(
    index: &Index,
    user_id: Uuid,
    auth_time: i64,
) -> Result<&User, Refusal> {
    let user = index.user(user_id).filter(|user| user.enabled).ok_or(GrantFault::UserGone)?;
    if user.sessions_valid_from.as_second() > auth_time {
        return Err(GrantFault::Revoked.into());
    }
    Ok(user)
}

/// The reply's body.
///
/// Source: MicrosoftDocs/entra-docs: docs/identity-platform/v2-oauth2-auth-code-flow.md
pub(super) fn reply(
    request: TokenRequest<'_>,
    index: &Index,
    tenant_id: Uuid,
    redeemed: &Redeemed<'_>,
) -> Result<Value, Refusal> {
    let TokenRequest { site, version, form, .. } = request;
    let grantee =
        Grantee { client: redeemed.client.entry.app.app_id, user: Some(redeemed.user.object_id) };
    let parse = |scope| DelegatedScope::parse(Some(scope), index, &site.origin, tenant_id, grantee);
    let granted = parse(redeemed.scope)?;
    // A request may narrow the scope, or ask for another resource that was consented to.
    let asked = match version {
        ApiVersion::V2 => form.optional("scope")?.map(str::to_owned),
        ApiVersion::V1 => {
            form.optional("resource")?.map(|resource| scope_of_resource(Some(resource)))
        }
    };
    let asked = asked.as_deref().map(parse).transpose()?;
    let app = &redeemed.client.entry.app;
    let keeps_access = granted.has("offline_access")
        || asked.as_ref().is_some_and(|asked| asked.has("offline_access"));
    let scope = asked.unwrap_or(granted);
    if !scope.missing_consent(index, app.app_id, redeemed.user.object_id).is_empty() {
        let fault = SignInFault::ConsentRequired { app: app.app_id };
        return Err(Refusal::from(fault).at_token_endpoint());
    }
    let (oidc, target) = scope.into_target(index);
    let now = dates::now(&site.core.clock);
    let sign_in = SignIn {
        user: redeemed.user,
        client: app,
        proof: redeemed.client.proof.claim(),
        session_id: redeemed.session_id,
        nonce: redeemed.nonce,
        version,
    };
    let issued = delegated::issue(site, index, &sign_in, &oidc, &target, now).map_err(internal)?;
    let mut body = match version {
        ApiVersion::V2 => {
            let mut echoed = target.written;
            echoed.extend(oidc.iter().filter(|scope| *scope != "offline_access").cloned());
            json!({
                "token_type": "Bearer",
                "scope": echoed.join(" "),
                "expires_in": issued.expires_in_s,
                "ext_expires_in": issued.expires_in_s,
                "access_token": issued.access_token,
            })
        }
        ApiVersion::V1 => v1_body(&target, &issued, now),
    };
    if keeps_access {
        let (token, lives_s) = refresh_token(request, redeemed, now)?;
        body["refresh_token"] = json!(token);
        if redeemed.platform == Platform::Spa {
            body["refresh_token_expires_in"] = json!(lives_s);
        }
    }
    if let Some(id_token) = issued.id_token {
        body["id_token"] = json!(id_token);
    }
    if form.optional("client_info")? == Some("1") {
        body["client_info"] = json!(client_info(redeemed.user.object_id, tenant_id));
    }
    Ok(body)
}

/// Numbers are texts there.
fn v1_body(target: &Target, issued: &UserTokens, now: Timestamp) -> Value {
    let expires_in = issued.expires_in_s.to_string();
    json!({
        "token_type": "Bearer",
        "scope": target.names.join(" "),
        "expires_in": expires_in,
        "ext_expires_in": expires_in,
        "expires_on": (now.as_second() + issued.expires_in_s).to_string(),
        "not_before": (now.as_second() - BACKDATED_S).to_string(),
        "resource": target.resource.requested,
        "access_token": issued.access_token,
    })
}

fn refresh_token(
    request: TokenRequest<'_>,
    redeemed: &Redeemed<'_>,
    now: Timestamp,
) -> Result<(String, i64), Refusal> {
    let now_s = now.as_second();
    let ends_s = match redeemed.platform {
        Platform::Spa => redeemed.inherited_end_s.unwrap_or(now_s + SPA_REFRESH_S),
        Platform::Web | Platform::PublicClient => now_s + REFRESH_S,
    };
    let token = RefreshToken {
        client_id: redeemed.client.entry.app.app_id,
        user_id: redeemed.user.object_id,
        platform: redeemed.platform,
        scope: redeemed.scope.to_owned(),
        session_id: redeemed.session_id,
        auth_time: redeemed.auth_time,
        issued_s: now_s,
        ends_s,
    };
    let sealed = request.site.core.sealer.seal(Purpose::RefreshToken, &token).map_err(internal)?;
    Ok((sealed, ends_s - now_s))
}

impl RefreshToken {
    /// When the chain of a single-page application's tokens began.
    pub(super) fn chain_began(&self) -> Timestamp {
        Timestamp::from_second(self.ends_s)
            .and_then(|end| end.checked_sub(SignedDuration::from_secs(SPA_REFRESH_S)))
            .unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
pub(super) fn internal(error: Error) -> Refusal {
    let source = std::error::Error::source(&error).map(ToString::to_string);
    tracing::error!(source, "cannot issue tokens: {error}");
    Refusal::internal()
}

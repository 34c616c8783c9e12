//! The device grant: a device shows a code, its user signs in elsewhere, the device asks until
//! then.

use serde_json::{Value, json};

use super::{
    TokenRequest,
    user_tokens::{Redeemed, internal, reply, signed_in_user},
};
use crate::{
    client::Credentials,
    dates,
    delegated::{DelegatedScope, Grantee, scope_of_resource},
    refusal::{DeviceFault, GrantFault, Refusal},
    server::ApiVersion,
    signin::{DeviceState, EXPIRES_IN_S, INTERVAL_S, Platform},
};

/// Answers `POST /{tenant}/oauth2/v2.0/devicecode` and `/oauth2/devicecode`.
///
/// Source: MicrosoftDocs/entra-docs: docs/identity-platform/v2-oauth2-device-code.md
pub(crate) fn begin(request: TokenRequest<'_>) -> Result<Value, Refusal> {
    let TokenRequest { site, version, headers, form, .. } = request;
    let credentials = Credentials::read(headers, form)?;
    let directory = site.core.registry.current();
    let index = &directory.view;
    let tenant_id = request.tenant.own(site, &credentials, index)?;
    let entry = credentials.find(site, index)?;
    let app = &entry.app;
    if !app.is_public_client() {
        return Err(GrantFault::NoClientCredential { app: app.app_id }.into());
    }
    let scope = &match version {
        ApiVersion::V2 => form.optional("scope")?.unwrap_or_default().to_owned(),
        ApiVersion::V1 => scope_of_resource(form.optional("resource")?),
    };
    let grantee = Grantee { client: app.app_id, user: None };
    DelegatedScope::parse(Some(scope), index, &site.origin, tenant_id, grantee)?;
    let now_s = dates::now(&site.core.clock).as_second();
    let started = site.memory.devices().start(app.app_id, scope, now_s).map_err(internal)?;
    let (device_code, user_code) = started?;
    let verification_uri = format!("{}/devicelogin", site.origin);
    let message = format!(
        "To sign in, open the page {verification_uri} in a browser and enter the code {user_code}."
    );
    let mut body = json!({"user_code": user_code, "device_code": device_code, "message": message});
    match version {
        ApiVersion::V2 => {
            body["verification_uri"] = json!(verification_uri);
            body["expires_in"] = json!(EXPIRES_IN_S);
            body["interval"] = json!(INTERVAL_S);
        }
        // There the address has another name, and numbers are texts.
        ApiVersion::V1 => {
            body["verification_url"] = json!(verification_uri);
            body["expires_in"] = json!(EXPIRES_IN_S.to_string());
            body["interval"] = json!(INTERVAL_S.to_string());
        }
    }
    Ok(body)
}

/// Answers the grant with the reply's body.
pub(crate) async fn answer(request: TokenRequest<'_>) -> Result<Value, Refusal> {
    let TokenRequest { site, version, headers, form, .. } = request;
    let credentials = Credentials::read(headers, form)?;
    let directory = site.core.registry.current();
    let index = &directory.view;
    let tenant_id = request.tenant.own(site, &credentials, index)?;
    let client =
        credentials.authenticate_redeeming(site, index, Platform::PublicClient, headers).await?;
    let device_code = match version {
        ApiVersion::V1 if form.optional("device_code")?.is_none() => form.required("code")?,
        ApiVersion::V1 | ApiVersion::V2 => form.required("device_code")?,
    };
    let now_s = dates::now(&site.core.clock).as_second();
    let taken = site.memory.devices().take(device_code, client.entry.app.app_id, now_s);
    let flow = taken?;
    let DeviceState::Approved { user_id, session_id, auth_time } = flow.state else {
        return Err(DeviceFault::Pending.into());
    };
    let user = signed_in_user(index, user_id, auth_time)?;
    let redeemed = Redeemed {
        client: &client,
        user,
        platform: Platform::PublicClient,
        scope: &flow.scope,
        session_id,
        auth_time,
        nonce: None,
        inherited_end_s: None,
    };
    reply(request, index, tenant_id, &redeemed)
}

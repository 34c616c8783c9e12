//! `grant_type=authorization_code`: an application redeems the code of a sign-in.

use aws_lc_rs::{constant_time, digest};
use serde_json::Value;
use skep_auth::jose::encode_base64url;

use super::{
    TokenRequest,
    user_tokens::{Redeemed, reply, signed_in_user},
};
use crate::{
    client::Credentials,
    dates,
    refusal::{GrantFault, Refusal, SignInFault},
    seal::Purpose,
    signin::{Challenge, Code, Platform},
};

const WHAT: &str = "authorization code";

/// Answers the grant with the reply's body.
pub(crate) async fn answer(request: TokenRequest<'_>) -> Result<Value, Refusal> {
    let TokenRequest { site, headers, form, .. } = request;
    let credentials = Credentials::read(headers, form)?;
    let directory = site.core.registry.current();
    let index = &directory.view;
    let tenant_id = request.tenant.own(site, &credentials, index)?;
    let sealed = form.required("code")?;
    let code: Code = site
        .core
        .sealer
        .unseal(Purpose::Code, sealed)
        .ok_or(GrantFault::Unreadable { what: WHAT })?;
    let client = credentials.authenticate_redeeming(site, index, code.platform, headers).await?;
    if code.client_id != client.entry.app.app_id {
        return Err(GrantFault::OtherClient { what: WHAT }.into());
    }
    let now_s = dates::now(&site.core.clock).as_second();
    if code.expires_s <= now_s {
        return Err(GrantFault::Expired { what: WHAT }.into());
    }
    if form.required("redirect_uri")? != code.redirect_uri {
        return Err(GrantFault::RedirectMismatch.into());
    }
    check_verifier(&code, form.optional("code_verifier")?)?;
    let user = signed_in_user(index, code.user_id, code.auth_time)?;
    // Last: a request that is refused for another reason does not use the code up.
    if !site.memory.redeem(code.id, code.expires_s, now_s) {
        return Err(GrantFault::CodeUsed.into());
    }
    let redeemed = Redeemed {
        client: &client,
        user,
        platform: code.platform,
        scope: &code.scope,
        session_id: code.session_id,
        auth_time: code.auth_time,
        nonce: code.nonce.as_deref(),
        inherited_end_s: None,
    };
    reply(request, index, tenant_id, &redeemed)
}

fn check_verifier(code: &Code, verifier: Option<&str>) -> Result<(), Refusal> {
    match (&code.challenge, verifier) {
        (None, None) if code.platform == Platform::Spa => {
            Err(SignInFault::SpaNeedsChallenge.into())
        }
        (None, None) => Ok(()),
        (Some(challenge), Some(verifier)) if fits(challenge, verifier) => Ok(()),
        // Also a verifier without a challenge: somebody took the challenge out on the way.
        _ => Err(GrantFault::VerifierMismatch.into()),
    }
}

fn fits(challenge: &Challenge, verifier: &str) -> bool {
    let computed = if challenge.is_s256 {
        encode_base64url(digest::digest(&digest::SHA256, verifier.as_bytes()))
    } else {
        verifier.to_owned()
    };
    constant_time::verify_slices_are_equal(computed.as_bytes(), challenge.value.as_bytes()).is_ok()
}

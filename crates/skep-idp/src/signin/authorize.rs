//! The authorize request: what it may hold, and where its refusals go.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Platform, ResponseMode};
use crate::{
    delegated::{DelegatedScope, Grantee, scope_of_resource},
    refusal::{ClientFault, Refusal, RequestFault, SignInFault},
    registry::{App, AppEntry, Index},
    server::{ApiVersion, Form, Site},
};

/// Longest `state`, `nonce` or `login_hint`.
const VALUE_CHARS_MAX: usize = 4096;

/// A request that may be answered, once somebody has signed in.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct AuthorizeRequest {
    pub(crate) client_id: Uuid,
    pub(crate) redirect_uri: String,
    pub(crate) platform: Platform,
    pub(crate) wants_code: bool,
    pub(crate) wants_id_token: bool,
    pub(crate) mode: ResponseMode,
    /// The endpoint's, and so the id token's.
    pub(crate) version: ApiVersion,
    pub(crate) scope: String,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) prompt: Prompt,
    pub(crate) login_hint: Option<String>,
    pub(crate) client_info: bool,
}

/// PKCE (RFC 7636).
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Challenge {
    pub(crate) is_s256: bool,
    pub(crate) value: String,
}

/// What the user may or must be asked.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Prompt {
    AsNeeded,
    Never,
    Login,
    Consent,
    SelectAccount,
}

/// A request that is refused, and where the refusal goes.
pub(crate) enum Denied {
    /// To a page: there is no redirect URI to trust.
    Page(Refusal),
    /// To the application.
    Redirect { refusal: Refusal, mode: ResponseMode, redirect_uri: String, state: Option<String> },
}

impl<T: Into<Refusal>> From<T> for Denied {
    fn from(fault: T) -> Self {
        Self::Page(fault.into())
    }
}

impl AuthorizeRequest {
    /// Checks a request: first the application and where to answer it, on a page; then the rest,
    /// which is answered there.
    pub(crate) fn parse(
        site: &Site,
        index: &Index,
        tenant_id: Uuid,
        version: ApiVersion,
        form: &Form,
    ) -> Result<Self, Denied> {
        let entry = find_app(index, tenant_id, form.required("client_id")?)?;
        let app = &entry.app;
        let (redirect_uri, platform) = redirect(app, form)?;
        let mut state = None;
        let mut mode = ResponseMode::Query;
        let checked = (|| -> Result<Self, Refusal> {
            state = value(form, "state")?;
            let (wants_code, wants_id_token) = response_type(app, form)?;
            mode = response_mode(form, wants_id_token)?;
            let scope = match version {
                ApiVersion::V2 => value(form, "scope")?.unwrap_or_default(),
                ApiVersion::V1 => scope_of_resource(value(form, "resource")?.as_deref()),
            };
            let grantee = Grantee { client: app.app_id, user: None };
            DelegatedScope::parse(Some(&scope), index, &site.origin, tenant_id, grantee)?;
            let nonce = value(form, "nonce")?;
            if wants_id_token && nonce.is_none() {
                return Err(SignInFault::NonceMissing.into());
            }
            let challenge = challenge(form)?;
            if wants_code && platform == Platform::Spa && challenge.is_none() {
                return Err(SignInFault::SpaNeedsChallenge.into());
            }
            Ok(Self {
                client_id: app.app_id,
                redirect_uri: redirect_uri.clone(),
                platform,
                wants_code,
                wants_id_token,
                mode,
                version,
                scope,
                state: state.clone(),
                nonce,
                challenge,
                prompt: prompt(form.optional("prompt")?),
                login_hint: value(form, "login_hint")?,
                client_info: form.optional("client_info")? == Some("1"),
            })
        })();
        checked.map_err(|refusal| Denied::Redirect { refusal, mode, redirect_uri, state })
    }
}

pub(super) fn find_app<'a>(
    index: &'a Index,
    tenant_id: Uuid,
    client_id: &str,
) -> Result<&'a AppEntry, Refusal> {
    let entry = Uuid::parse_str(client_id).ok().and_then(|id| index.app(id));
    let Some(entry) = entry else {
        let client_id = client_id.to_owned();
        return Err(ClientFault::Unknown { client_id, tenant_id }.into());
    };
    let app = entry.app.app_id;
    if !entry.app.enabled {
        return Err(ClientFault::Disabled { app }.into());
    }
    if entry.app.service_principal.is_none() {
        return Err(ClientFault::NoServicePrincipal { app, tenant_id }.into());
    }
    Ok(entry)
}

pub(super) fn redirect(app: &App, form: &Form) -> Result<(String, Platform), Refusal> {
    let uris = &app.redirect_uris;
    let uri = match form.optional("redirect_uri")? {
        Some(uri) => uri.to_owned(),
        None => {
            let mut all = uris.web.iter().chain(&uris.spa).chain(&uris.public_client);
            match (all.next(), all.next()) {
                (Some(only), None) => only.clone(),
                (None, _) => return Err(SignInFault::NoRedirect { app: app.app_id }.into()),
                _ => return Err(SignInFault::RedirectMissing.into()),
            }
        }
    };
    match Platform::of(app, &uri) {
        Some(platform) => Ok((uri, platform)),
        None => Err(SignInFault::RedirectUnknown { redirect_uri: uri, app: app.app_id }.into()),
    }
}

fn response_type(app: &App, form: &Form) -> Result<(bool, bool), Refusal> {
    let found = form.required("response_type")?;
    let mut parts: Vec<_> = found.split_ascii_whitespace().collect();
    parts.sort_unstable();
    let wants_id_token = match parts.as_slice() {
        ["code"] => return Ok((true, false)),
        ["id_token"] => (false, true),
        ["code", "id_token"] => (true, true),
        _ => return Err(SignInFault::ResponseType { found: found.to_owned() }.into()),
    };
    if !app.enable_id_token_issuance {
        return Err(SignInFault::IdTokenDisabled { app: app.app_id }.into());
    }
    Ok(wants_id_token)
}

/// Tokens must not end up in a server's log, so `query` is for codes only.
fn response_mode(form: &Form, wants_id_token: bool) -> Result<ResponseMode, Refusal> {
    match form.optional("response_mode")? {
        None if wants_id_token => Ok(ResponseMode::Fragment),
        None => Ok(ResponseMode::Query),
        Some("query") if !wants_id_token => Ok(ResponseMode::Query),
        Some("fragment") => Ok(ResponseMode::Fragment),
        Some("form_post") => Ok(ResponseMode::FormPost),
        Some(found) => Err(SignInFault::ResponseMode { found: found.to_owned() }.into()),
    }
}

fn challenge(form: &Form) -> Result<Option<Challenge>, Refusal> {
    let Some(value) = form.optional("code_challenge")? else { return Ok(None) };
    let is_s256 = match form.optional("code_challenge_method")? {
        Some("S256") => true,
        None | Some("plain") => false,
        Some(found) => {
            return Err(SignInFault::ChallengeMethod { found: found.to_owned() }.into());
        }
    };
    if !(43..=128).contains(&value.len()) {
        return Err(SignInFault::ChallengeSize.into());
    }
    Ok(Some(Challenge { is_s256, value: value.to_owned() }))
}

fn prompt(prompt: Option<&str>) -> Prompt {
    match prompt {
        Some("none") => Prompt::Never,
        Some("login") => Prompt::Login,
        Some("consent") => Prompt::Consent,
        Some("select_account") => Prompt::SelectAccount,
        _ => Prompt::AsNeeded,
    }
}

fn value(form: &Form, name: &'static str) -> Result<Option<String>, Refusal> {
    let value = form.optional(name)?;
    if value.is_some_and(|value| value.len() > VALUE_CHARS_MAX) {
        let why = format!("the parameter '{name}' is longer than {VALUE_CHARS_MAX} characters");
        return Err(RequestFault::Malformed { why }.into());
    }
    Ok(value.map(str::to_owned))
}

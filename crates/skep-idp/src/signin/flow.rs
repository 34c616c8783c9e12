//! From an authorize request or a device's code to an answer: sign-in, assignment, consent.

use std::sync::Arc;

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use skep_auth::{Secret, jose::encode_base64url};
use uuid::Uuid;

use super::{
    AdminConsentRequest, AuthorizeRequest, Browser, Challenge, DeviceState, Page, Platform,
    ResponseMode, Session, admin_consent,
    authorize::{Denied, Prompt},
    redirect,
};
use crate::{
    dates,
    delegated::{self, DelegatedScope, Grantee, SignIn},
    error::Error,
    refusal::{Refusal, SignInFault},
    registry::{App, Index, User},
    seal::Purpose,
    server::{RequestIds, Site, describe},
};

/// How long a page may stay open.
const FLOW_S: i64 = 30 * 60;
/// How long an authorization code lives.
const CODE_S: i64 = 10 * 60;

/// What is under way in a browser; travels sealed in the pages' forms.
#[derive(Deserialize, Serialize)]
pub(crate) struct Flow {
    browser: String,
    target: FlowTarget,
    /// The password was given for this very request.
    authenticated: bool,
    /// Consent was given for this very request.
    consented: bool,
    expires_s: i64,
}

/// What the user signs in for.
#[derive(Deserialize, Serialize)]
pub(crate) enum FlowTarget {
    Authorize(Box<AuthorizeRequest>),
    Device { user_code: String, client_id: Uuid, scope: String },
    AdminConsent(AdminConsentRequest),
}

/// An authorization code's content.
#[derive(Deserialize, Serialize)]
pub(crate) struct Code {
    pub(crate) id: Uuid,
    pub(crate) client_id: Uuid,
    pub(crate) redirect_uri: String,
    pub(crate) platform: Platform,
    pub(crate) scope: String,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) user_id: Uuid,
    pub(crate) session_id: Uuid,
    pub(crate) auth_time: i64,
    pub(crate) expires_s: i64,
}

/// One request of a browser, with all that a step needs.
pub(crate) struct Visit<'a> {
    pub(crate) site: &'a Site,
    pub(crate) index: &'a Index,
    pub(crate) tenant_id: Uuid,
    pub(crate) ids: RequestIds,
    /// The page was asked for, not sent back.
    pub(crate) is_get: bool,
    pub(crate) browser: Browser,
    pub(crate) session: Option<Session>,
}

impl Flow {
    pub(crate) fn new(visit: &Visit<'_>, target: FlowTarget) -> Self {
        Self {
            browser: visit.browser.id.clone(),
            target,
            authenticated: false,
            consented: false,
            expires_s: visit.now_s() + FLOW_S,
        }
    }

    /// Opens what a form brought back, if it is this browser's and not too old.
    pub(crate) fn open(visit: &Visit<'_>, sealed: &str) -> Result<Self, Refusal> {
        visit
            .site
            .core
            .sealer
            .unseal::<Self>(Purpose::Flow, sealed)
            .filter(|flow| flow.browser == visit.browser.id && flow.expires_s > visit.now_s())
            .ok_or_else(|| SignInFault::StaleForm.into())
    }

    fn client_id(&self) -> Uuid {
        match &self.target {
            FlowTarget::Authorize(request) => request.client_id,
            FlowTarget::Device { client_id, .. } => *client_id,
            FlowTarget::AdminConsent(request) => request.client_id,
        }
    }

    fn scope(&self) -> &str {
        match &self.target {
            FlowTarget::Authorize(request) => &request.scope,
            FlowTarget::Device { scope, .. } => scope,
            FlowTarget::AdminConsent(_) => "",
        }
    }

    fn prompt(&self) -> Prompt {
        match &self.target {
            FlowTarget::Authorize(request) => request.prompt,
            // Somebody else may have sent the code: the user must see what it is for.
            FlowTarget::Device { .. } | FlowTarget::AdminConsent(_) => Prompt::Consent,
        }
    }

    fn login_hint(&self) -> &str {
        match &self.target {
            FlowTarget::Authorize(request) => request.login_hint.as_deref().unwrap_or_default(),
            FlowTarget::Device { .. } | FlowTarget::AdminConsent(_) => "",
        }
    }
}

impl Visit<'_> {
    fn now_s(&self) -> i64 {
        dates::now(&self.site.core.clock).as_second()
    }

    fn path(&self, step: &str) -> String {
        format!("/{}/{step}", self.tenant_id)
    }

    fn seal(&self, flow: &Flow) -> Result<String, Error> {
        self.site.core.sealer.seal(Purpose::Flow, flow)
    }

    /// Adds the cookie that binds pages to the browser.
    pub(crate) fn finish(&self, mut response: Response) -> Result<Response, Error> {
        if let Some(cookie) = self.browser.cookie()? {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        Ok(response)
    }

    /// Shows a refusal that cannot go to an application.
    pub(crate) fn refuse(&self, refusal: &Refusal) -> Response {
        let text = describe(self.site, self.ids, refusal);
        Page::message(refusal.status, "Sign-in failed", &text).into_response()
    }

    /// Answers a refused authorize request.
    pub(crate) fn deny(&self, denied: Denied) -> Response {
        match denied {
            Denied::Page(refusal) => self.refuse(&refusal),
            Denied::Redirect { refusal, mode, redirect_uri, state } => {
                let mut parameters = vec![
                    ("error", refusal.error.as_str().to_owned()),
                    ("error_description", describe(self.site, self.ids, &refusal)),
                ];
                parameters.extend(state.map(|state| ("state", state)));
                redirect::answer(mode, &redirect_uri, &parameters)
            }
        }
    }
}

/// Goes as far as the browser's session and the user's consents allow.
pub(crate) fn advance(mut visit: Visit<'_>, flow: Flow) -> Result<Response, Error> {
    let Some(entry) = visit.index.app(flow.client_id()) else {
        return Ok(visit.refuse(&SignInFault::StaleForm.into()));
    };
    let app = &entry.app;
    let asks_anew = [Prompt::Login, Prompt::SelectAccount].contains(&flow.prompt());
    let session = visit.session.take().filter(|_| flow.authenticated || !asks_anew);
    let user = session.as_ref().and_then(|session| visit.index.user(session.user_id));
    let (Some(session), Some(user)) = (session, user) else {
        if flow.prompt() == Prompt::Never {
            return stop(&visit, flow, SignInFault::LoginRequired.into());
        }
        return ask_password(&visit, &flow, app, flow.login_hint(), None);
    };
    if matches!(flow.target, FlowTarget::AdminConsent(_)) {
        if !user.is_admin {
            let fault = SignInFault::AdminConsentNeeded { app: app.app_id };
            return stop(&visit, flow, fault.into());
        }
        if !flow.consented {
            let items = admin_consent::items(visit.index, app);
            return ask_consent(&visit, flow, app, user, session, &items);
        }
        return complete(&visit, flow, app, user, session, &DelegatedScope::default());
    }
    if !is_assigned(visit.index, user, app) {
        let fault = SignInFault::NotAssigned { app: app.app_id };
        // The application could do nothing about it, so the user is told, unless nobody is there.
        let asks_nobody = flow.prompt() == Prompt::Never;
        if asks_nobody || matches!(flow.target, FlowTarget::Device { .. }) {
            return stop(&visit, flow, fault.into());
        }
        return visit.finish(visit.refuse(&fault.into()));
    }
    let parsed = DelegatedScope::parse(
        Some(flow.scope()),
        visit.index,
        &visit.site.origin,
        visit.tenant_id,
        Grantee { client: app.app_id, user: Some(user.object_id) },
    );
    let scope = match parsed {
        Ok(scope) => scope,
        Err(refusal) => return stop(&visit, flow, refusal),
    };
    let missing = scope.missing_consent(visit.index, app.app_id, user.object_id);
    let must_ask = !missing.is_empty() || flow.prompt() == Prompt::Consent;
    if must_ask && !flow.consented {
        if flow.prompt() == Prompt::Never {
            let fault = SignInFault::ConsentRequired { app: app.app_id };
            return stop(&visit, flow, fault.into());
        }
        if !user.is_admin && missing.iter().any(|item| item.admin_only) {
            let fault = SignInFault::AdminConsentNeeded { app: app.app_id };
            return stop(&visit, flow, fault.into());
        }
        let items = scope.items(visit.index).into_iter();
        let items: Vec<_> = items.map(|item| (item.resource_name, item.texts)).collect();
        return ask_consent(&visit, flow, app, user, session, &items);
    }
    complete(&visit, flow, app, user, session, &scope)
}

/// The password page came back.
pub(crate) async fn sign_in(
    mut visit: Visit<'_>,
    mut flow: Flow,
    user_name: &str,
    password: Secret,
) -> Result<Response, Error> {
    let Some(app) = visit.index.app(flow.client_id()).map(Arc::clone) else {
        return Ok(visit.refuse(&SignInFault::StaleForm.into()));
    };
    let now_s = visit.now_s();
    let fault = match visit.index.user_named(user_name) {
        None => Some(SignInFault::WrongPassword),
        Some(user) => {
            let checked = check_password(visit.site, user, password, now_s).await?;
            if checked.is_none() {
                let session = Session::begin(user, now_s);
                visit.session = Some(session);
                flow.authenticated = true;
            }
            checked
        }
    };
    match fault {
        None => advance(visit, flow),
        Some(fault) => {
            let refusal = Refusal::from(fault);
            tracing::debug!(aadsts = refusal.code, "sign-in failed");
            ask_password(&visit, &flow, &app.app, user_name, Some(&refusal))
        }
    }
}

pub(crate) async fn check_password(
    site: &Site,
    user: &Arc<User>,
    password: Secret,
    now_s: i64,
) -> Result<Option<SignInFault>, Error> {
    if site.memory.is_locked(user.object_id, now_s) {
        return Ok(Some(SignInFault::Locked));
    }
    let _permit = site
        .memory
        .password_checks
        .acquire()
        .await
        .map_err(|error| Error::create("password check", error))?;
    let checked = Arc::clone(user);
    let matches =
        tokio::task::spawn_blocking(move || checked.password().matches(password.expose()))
            .await
            .map_err(|error| Error::create("password check", error))?;
    site.memory.record_attempt(user.object_id, matches, now_s);
    Ok(match (matches, user.enabled) {
        (false, _) => Some(SignInFault::WrongPassword),
        (true, false) => Some(SignInFault::Disabled),
        (true, true) => None,
    })
}

/// The consent page came back.
pub(crate) fn decide(visit: Visit<'_>, mut flow: Flow, accepted: bool) -> Result<Response, Error> {
    if !accepted {
        return stop(&visit, flow, SignInFault::ConsentDeclined.into());
    }
    flow.consented = true;
    advance(visit, flow)
}

fn ask_password(
    visit: &Visit<'_>,
    flow: &Flow,
    app: &App,
    user_name: &str,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let page = Page::sign_in(
        &visit.path("login"),
        &visit.seal(flow)?,
        &app.display_name,
        user_name,
        refusal.map(|refusal| refusal.text.as_str()),
    );
    visit.finish(leading_on(page, flow).into_response())
}

fn ask_consent(
    visit: &Visit<'_>,
    flow: Flow,
    app: &App,
    user: &User,
    mut session: Session,
    items: &[(String, Vec<String>)],
) -> Result<Response, Error> {
    // Whoever got here has shown the password if that was asked for.
    let flow = Flow { authenticated: true, ..flow };
    let page = Page::consent(
        &visit.path("consent"),
        &visit.seal(&flow)?,
        &app.display_name,
        &user.user_principal_name,
        items,
    );
    let mut response = leading_on(page, &flow).into_response();
    let cookie = session.cookie(visit.site, app.app_id)?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    visit.finish(response)
}

fn leading_on(page: Page, flow: &Flow) -> Page {
    match &flow.target {
        FlowTarget::Authorize(request) => page.leading_to(&request.redirect_uri),
        FlowTarget::AdminConsent(request) => page.leading_to(&request.redirect_uri),
        FlowTarget::Device { .. } => page,
    }
}

fn stop(visit: &Visit<'_>, flow: Flow, refusal: Refusal) -> Result<Response, Error> {
    let response = match flow.target {
        FlowTarget::Authorize(request) => visit.deny(Denied::Redirect {
            refusal,
            mode: request.mode,
            redirect_uri: request.redirect_uri,
            state: request.state,
        }),
        FlowTarget::AdminConsent(request) => visit.deny(Denied::Redirect {
            refusal,
            mode: ResponseMode::Query,
            redirect_uri: request.redirect_uri,
            state: request.state,
        }),
        FlowTarget::Device { user_code, .. } => {
            visit.site.memory.devices().decide(&user_code, DeviceState::Declined);
            visit.refuse(&refusal)
        }
    };
    visit.finish(response)
}

fn complete(
    visit: &Visit<'_>,
    flow: Flow,
    app: &App,
    user: &User,
    mut session: Session,
    scope: &DelegatedScope,
) -> Result<Response, Error> {
    for item in scope.missing_consent(visit.index, app.app_id, user.object_id) {
        visit.site.core.registry.grant_consent(
            app.app_id,
            item.resource_app_id,
            Some(user.object_id),
            &item.scopes,
        )?;
    }
    let mut response = match flow.target {
        FlowTarget::Authorize(request) => answer(visit, *request, app, user, &session, scope)?,
        FlowTarget::AdminConsent(request) => {
            admin_consent::grant(visit.site, visit.index, app)?;
            request.granted(visit.tenant_id)
        }
        FlowTarget::Device { user_code, .. } => {
            let approved = DeviceState::Approved {
                user_id: user.object_id,
                session_id: session.id,
                auth_time: session.auth_time,
            };
            visit.site.memory.devices().decide(&user_code, approved);
            let text = format!(
                "You have signed in to {} on your device. You may close this window.",
                app.display_name
            );
            Page::message(StatusCode::OK, "Signed in", &text).into_response()
        }
    };
    let cookie = session.cookie(visit.site, app.app_id)?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    visit.finish(response)
}

fn answer(
    visit: &Visit<'_>,
    request: AuthorizeRequest,
    app: &App,
    user: &User,
    session: &Session,
    scope: &DelegatedScope,
) -> Result<Response, Error> {
    let mut parameters = Vec::new();
    let code = request
        .wants_code
        .then(|| {
            let code = Code {
                id: Uuid::new_v4(),
                client_id: request.client_id,
                redirect_uri: request.redirect_uri.clone(),
                platform: request.platform,
                scope: request.scope.clone(),
                nonce: request.nonce.clone(),
                challenge: request.challenge.clone(),
                user_id: user.object_id,
                session_id: session.id,
                auth_time: session.auth_time,
                expires_s: visit.now_s() + CODE_S,
            };
            visit.site.core.sealer.seal(Purpose::Code, &code)
        })
        .transpose()?;
    if request.wants_id_token {
        let sign_in = SignIn {
            user,
            client: app,
            proof: "0",
            session_id: session.id,
            nonce: request.nonce.as_deref(),
            version: request.version,
        };
        let now = dates::now(&visit.site.core.clock);
        let id_token = delegated::id_token(
            visit.site,
            visit.index,
            &sign_in,
            &scope.oidc,
            now,
            code.as_deref(),
        )?;
        parameters.push(("id_token", id_token));
    }
    parameters.extend(code.map(|code| ("code", code)));
    if request.client_info {
        parameters.push(("client_info", client_info(user.object_id, visit.tenant_id)));
    }
    parameters.extend(request.state.map(|state| ("state", state)));
    parameters.push(("session_state", session.id.to_string()));
    Ok(redirect::answer(request.mode, &request.redirect_uri, &parameters))
}

/// How MSAL knows the account before it has read any token.
pub(crate) fn client_info(user: Uuid, tenant_id: Uuid) -> String {
    encode_base64url(json!({"uid": user, "utid": tenant_id}).to_string())
}

/// Whether the user may use an application that is for assigned users only.
pub(crate) fn is_assigned(index: &Index, user: &User, app: &App) -> bool {
    let required = app.service_principal.as_ref().is_some_and(|sp| sp.app_role_assignment_required);
    let of_groups = index.groups_of(user.object_id).flat_map(|group| &group.app_role_assignments);
    !required
        || user
            .app_role_assignments
            .iter()
            .chain(of_groups)
            .any(|assignment| assignment.resource_app_id == app.app_id)
}

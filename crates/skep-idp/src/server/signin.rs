//! The addresses that browsers visit: authorize, its forms, sign-out, device codes.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, RawQuery, Request, State},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use skep_auth::{Secret, aadsts};

use super::{
    Site,
    form::Form,
    reply::{RequestIds, describe},
    tenant::Tenant,
    token::ApiVersion,
};
use crate::{
    dates,
    error::Error,
    refusal::{DeviceFault, Refusal, RequestFault},
    signin::{
        self, AdminConsentRequest, AuthorizeRequest, Browser, Flow, FlowTarget, Page, STYLE,
        Session, Visit, clear_session,
    },
};

/// `GET` or `POST /{tenant}/oauth2/v2.0/authorize`
pub(super) async fn authorize(
    State(site): State<Arc<Site>>,
    Path(segment): Path<String>,
    request: Request,
) -> Response {
    begin(&site, ApiVersion::V2, &segment, request).await
}

/// `GET` or `POST /{tenant}/oauth2/authorize`
pub(super) async fn authorize_v1(
    State(site): State<Arc<Site>>,
    Path(segment): Path<String>,
    request: Request,
) -> Response {
    begin(&site, ApiVersion::V1, &segment, request).await
}

async fn begin(site: &Site, version: ApiVersion, segment: &str, request: Request) -> Response {
    visit(site, Some(segment), request, async |visit, form| {
        match AuthorizeRequest::parse(visit.site, visit.index, visit.tenant_id, version, form) {
            Ok(request) => {
                let flow = Flow::new(&visit, FlowTarget::Authorize(Box::new(request)));
                signin::advance(visit, flow)
            }
            Err(denied) => Ok(visit.deny(denied)),
        }
    })
    .await
}

/// `GET /{tenant}/adminconsent`
pub(super) async fn admin_consent(
    State(site): State<Arc<Site>>,
    Path(segment): Path<String>,
    request: Request,
) -> Response {
    visit(&site, Some(&segment), request, async |visit, form| {
        match AdminConsentRequest::parse(visit.index, visit.tenant_id, form) {
            Ok(request) => {
                let flow = Flow::new(&visit, FlowTarget::AdminConsent(request));
                signin::advance(visit, flow)
            }
            Err(denied) => Ok(visit.deny(denied)),
        }
    })
    .await
}

/// `POST /{tenant}/login`: the password page's form.
pub(super) async fn login(
    State(site): State<Arc<Site>>,
    Path(segment): Path<String>,
    request: Request,
) -> Response {
    visit(&site, Some(&segment), request, async |visit, form| {
        let read = || -> Result<_, Refusal> {
            let flow = Flow::open(&visit, form.optional("flow")?.unwrap_or_default())?;
            let name = form.optional("username")?.unwrap_or_default();
            let password = Secret::new(form.optional("password")?.unwrap_or_default());
            Ok((flow, name, password))
        };
        match read() {
            Ok((flow, name, password)) => signin::sign_in(visit, flow, name, password).await,
            Err(refusal) => Ok(visit.refuse(&refusal)),
        }
    })
    .await
}

/// `POST /{tenant}/consent`: the consent page's form.
pub(super) async fn consent(
    State(site): State<Arc<Site>>,
    Path(segment): Path<String>,
    request: Request,
) -> Response {
    visit(&site, Some(&segment), request, async |visit, form| {
        let read = || -> Result<_, Refusal> {
            let flow = Flow::open(&visit, form.optional("flow")?.unwrap_or_default())?;
            Ok((flow, form.optional("decision")? == Some("accept")))
        };
        match read() {
            Ok((flow, accepted)) => signin::decide(visit, flow, accepted),
            Err(refusal) => Ok(visit.refuse(&refusal)),
        }
    })
    .await
}

/// `GET` or `POST /devicelogin`: takes the code that a device shows.
pub(super) async fn device_login(State(site): State<Arc<Site>>, request: Request) -> Response {
    visit(&site, None, request, async |visit, form| {
        let typed = match form.optional("user_code") {
            Ok(typed) => typed.unwrap_or_default(),
            Err(fault) => return Ok(visit.refuse(&fault.into())),
        };
        if visit.is_get || typed.is_empty() {
            return visit.finish(Page::device_code("/devicelogin", typed, None).into_response());
        }
        let now_s = dates::now(&visit.site.core.clock).as_second();
        let waiting = visit.site.memory.devices().waiting(typed, now_s).cloned();
        match waiting {
            Some(device) => {
                let target = FlowTarget::Device {
                    user_code: device.user_code,
                    client_id: device.client_id,
                    scope: device.scope,
                };
                let flow = Flow::new(&visit, target);
                signin::advance(visit, flow)
            }
            None => {
                let text = Refusal::from(DeviceFault::Unknown).text;
                let page = Page::device_code("/devicelogin", typed, Some(&text));
                visit.finish(page.into_response())
            }
        }
    })
    .await
}

/// `GET` or `POST /{tenant}/oauth2/v2.0/logout`: ends the session, tells the applications, and
/// goes back where that is registered.
pub(super) async fn logout(
    State(site): State<Arc<Site>>,
    Path(segment): Path<String>,
    request: Request,
) -> Response {
    visit(&site, Some(&segment), request, async |visit, form| {
        let apps = visit.session.iter().flat_map(|session| &session.apps);
        let frames: Vec<String> = apps
            .filter_map(|app| visit.index.app(*app)?.app.logout_url.clone())
            .map(|url| {
                let separator = if url.contains('?') { '&' } else { '?' };
                let session = visit.session.as_ref().map(|s| s.id.to_string()).unwrap_or_default();
                let query = form_urlencoded::Serializer::new(String::new())
                    .append_pair("iss", &visit.site.endpoints().issuer())
                    .append_pair("sid", &session)
                    .finish();
                format!("{url}{separator}{query}")
            })
            .collect();
        let back = form.optional("post_logout_redirect_uri").ok().flatten().filter(|uri| {
            visit.index.apps().any(|entry| signin::Platform::of(&entry.app, uri).is_some())
        });
        let back = back.map(|uri| with_state(uri, form.optional("state").ok().flatten()));
        let mut response = match &back {
            Some(uri) if frames.is_empty() => back_to(uri),
            _ => Page::signed_out(&frames, back.as_deref()).into_response(),
        };
        response.headers_mut().append(header::SET_COOKIE, clear_session());
        Ok(response)
    })
    .await
}

fn with_state(uri: &str, state: Option<&str>) -> String {
    let Some(state) = state else { return uri.to_owned() };
    let separator = if uri.contains('?') { '&' } else { '?' };
    let mut query = form_urlencoded::Serializer::new(String::new());
    format!("{uri}{separator}{}", query.append_pair("state", state).finish())
}

fn back_to(uri: &str) -> Response {
    match HeaderValue::from_str(uri) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// `GET /error?code=…`: what a refusal's number means; `error_uri` leads here.
pub(super) async fn error(RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let code = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "code");
    let code = code.and_then(|(_, code)| code.parse::<u32>().ok());
    let Some(explanation) = code.and_then(aadsts::explain) else {
        let text = "There is no page about this code. The refusal's own text says what to do.";
        return Page::message(StatusCode::NOT_FOUND, "Error", text).into_response();
    };
    let aadsts::Explanation { code, cause, fix, .. } = explanation;
    let text = format!("AADSTS{code}. Cause: {cause}. Fix: {fix}.");
    Page::message(StatusCode::OK, "Error", &text).into_response()
}

/// `GET /signin.css`
pub(super) async fn style() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("max-age=3600")),
    ];
    (headers, STYLE).into_response()
}

/// Reads a browser's request and answers it with `step`; what goes wrong becomes a page.
async fn visit(
    site: &Site,
    segment: Option<&str>,
    request: Request,
    step: impl AsyncFnOnce(Visit<'_>, &Form) -> Result<Response, Error>,
) -> Response {
    let (parts, body) = request.into_parts();
    let ids = RequestIds::of(&parts.headers, parts.uri.query());
    let answered = answer(site, segment, &parts, body, ids, step).await;
    answered.unwrap_or_else(|refusal| {
        let text = describe(site, ids, &refusal);
        Page::message(refusal.status, "Sign-in failed", &text).into_response()
    })
}

async fn answer(
    site: &Site,
    segment: Option<&str>,
    parts: &Parts,
    body: Body,
    ids: RequestIds,
    step: impl AsyncFnOnce(Visit<'_>, &Form) -> Result<Response, Error>,
) -> Result<Response, Refusal> {
    let tenant_id = match segment {
        None => site.core.registry.tenant_id(),
        Some(segment) => match Tenant::parse(site, segment)? {
            Tenant::Own(id) => id,
            Tenant::Shared(name) => {
                return Err(RequestFault::SingleTenantApp { app: None, tenant: name }.into());
            }
            Tenant::Consumers => return Err(RequestFault::GrantNotForConsumers.into()),
        },
    };
    let form = if parts.method == Method::GET {
        Form::of_query(parts.uri.query().unwrap_or_default())?
    } else {
        Form::read(&parts.headers, body, site.core.config.limits.body_bytes_max).await?
    };
    let directory = site.core.registry.current();
    let index = &directory.view;
    let internal = |error: Error| {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        tracing::error!(source, "a sign-in step failed: {error}");
        Refusal::internal()
    };
    let visit = Visit {
        site,
        index,
        tenant_id,
        ids,
        is_get: parts.method == Method::GET,
        browser: Browser::of(&parts.headers).map_err(internal)?,
        session: Session::of(site, index, &parts.headers),
    };
    step(visit, &form).await.map_err(internal)
}

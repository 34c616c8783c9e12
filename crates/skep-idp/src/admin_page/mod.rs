//! A page to look at and change the tenant with a browser: plain forms, no scripts.
//!
//! Every form is sealed for its browser and session, so no other site can send one; the session's
//! cookie is not sent along from other sites at all.

mod access;
mod view;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use skep_auth::Secret;
use uuid::Uuid;

use self::access::Visitor;
use crate::{
    dates,
    error::Error,
    keys,
    registry::{NewApp, NewSecret, NewUser, RedirectUris},
    server::{Form, Site},
};

/// The page's address.
const ADDRESS: &str = "/admin";

/// What a change leads to.
enum Done {
    /// Back to the page, or to an application on it.
    To(String),
    /// A value that is shown this once.
    Once { what: &'static str, value: Secret, back: String },
}

/// `GET` and `POST /admin`
pub(crate) async fn admin(State(site): State<Arc<Site>>, request: Request) -> Response {
    match answer(&site, request).await {
        Ok(response) => response,
        Err(error) => refused(&error),
    }
}

fn refused(error: &Error) -> Response {
    let is_callers = matches!(
        error,
        Error::Invalid(_)
            | Error::UnknownApp(_)
            | Error::UnknownUser(_)
            | Error::UnknownGroup(_)
            | Error::UnknownCredential { .. }
    );
    if is_callers {
        let page = view::message(StatusCode::BAD_REQUEST, "Not done", &error.to_string());
        return page.into_response();
    }
    let source = std::error::Error::source(error).map(ToString::to_string);
    tracing::error!(source, "the admin page failed: {error}");
    let text = "The provider failed to answer; its log says why.";
    view::message(StatusCode::INTERNAL_SERVER_ERROR, "Error", text).into_response()
}

async fn answer(site: &Arc<Site>, request: Request) -> Result<Response, Error> {
    let (parts, body) = request.into_parts();
    let directory = site.core.registry.current();
    let index = &directory.view;
    let visitor = Visitor::of(site, index, &parts.headers)?;
    if parts.method != Method::POST {
        let page = if visitor.session.is_some() {
            let query = Form::of_query(parts.uri.query().unwrap_or_default());
            let app = query.ok().and_then(|query| uuid(&query, "app").ok());
            view::overview(site, &directory, app, &visitor.form_seal(site)?)?
        } else {
            view::sign_in(&visitor.form_seal(site)?, None)
        };
        return finish(&visitor, page.into_response());
    }
    let bytes_max = site.core.config.limits.body_bytes_max;
    let form = Form::read(&parts.headers, body, bytes_max)
        .await
        .map_err(|refusal| Error::Invalid(refusal.text))?;
    if !visitor.accepts(site, &form) {
        return Err(Error::Invalid(
            "this form was not opened in this browser, or too long ago: open the page again, with cookies allowed".to_owned(),
        ));
    }
    let action = form.optional("action").ok().flatten().unwrap_or_default().to_owned();
    if visitor.session.is_none() || action == "sign-in" {
        return match visitor.sign_in(site, index, &form).await? {
            Ok(cookie) => with_cookie(to(ADDRESS), cookie),
            Err(why) => {
                let page = view::sign_in(&visitor.form_seal(site)?, Some(why));
                finish(&visitor, page.into_response())
            }
        };
    }
    if action == "sign-out" {
        return with_cookie(to(ADDRESS), access::clear());
    }
    tracing::info!(action, "a change by the admin page");
    let acting = Arc::clone(site);
    // Changes write files, and passwords take their time: not for an async thread.
    let done = tokio::task::spawn_blocking(move || act(&acting, &action, &form))
        .await
        .map_err(|error| Error::create("change", error))??;
    Ok(match done {
        Done::To(address) => to(&address),
        Done::Once { what, value, back } => view::once(what, &value, &back).into_response(),
    })
}

/// Carries out what a form asks for.
fn act(site: &Site, action: &str, form: &Form) -> Result<Done, Error> {
    let registry = &site.core.registry;
    let here = || Done::To(ADDRESS.to_owned());
    match action {
        "add-app" => {
            let uris = |name| -> Result<Vec<String>, Error> {
                Ok(text(form, name)?.split_whitespace().map(str::to_owned).collect())
            };
            let app = registry.add_app(NewApp {
                redirect_uris: RedirectUris {
                    web: uris("web")?,
                    spa: uris("spa")?,
                    public_client: uris("public")?,
                },
                ..NewApp::named(text(form, "name")?)
            })?;
            Ok(Done::To(of_app(app.app_id)))
        }
        "remove-app" => registry.remove_app(uuid(form, "app")?).map(|()| here()),
        "add-secret" => {
            let app = uuid(form, "app")?;
            let new = NewSecret { display_name: text(form, "name")?.to_owned(), expires_at: None };
            let (_, value) = registry.add_secret(app, new)?;
            Ok(Done::Once { what: "client secret", value, back: of_app(app) })
        }
        "remove-secret" => {
            let app = uuid(form, "app")?;
            registry.remove_secret(app, uuid(form, "secret")?)?;
            Ok(Done::To(of_app(app)))
        }
        "add-user" => {
            let value = Secret::generate().map_err(|error| Error::create("password", error))?;
            let plain = NewUser::named(text(form, "user")?, value.clone());
            let name = text(form, "name")?;
            registry.add_user(NewUser {
                display_name: if name.is_empty() { plain.display_name } else { name.to_owned() },
                is_admin: text(form, "admin")? == "yes",
                ..plain
            })?;
            Ok(Done::Once { what: "password", value, back: ADDRESS.to_owned() })
        }
        "remove-user" => registry.remove_user(uuid(form, "user")?).map(|()| here()),
        "roll-keys" => {
            keys::roll(&site.core.keys, dates::now(&site.core.clock))?;
            Ok(here())
        }
        other => Err(Error::Invalid(format!("there is no action {other:?} here"))),
    }
}

fn of_app(app: Uuid) -> String {
    format!("{ADDRESS}?app={app}")
}

fn text<'a>(form: &'a Form, name: &str) -> Result<&'a str, Error> {
    let value =
        form.optional(name).map_err(|_| Error::Invalid(format!("{name} is there twice")))?;
    Ok(value.unwrap_or_default().trim())
}

fn uuid(form: &Form, name: &str) -> Result<Uuid, Error> {
    Uuid::parse_str(text(form, name)?)
        .map_err(|_| Error::Invalid(format!("the field {name} is no id")))
}

fn to(address: &str) -> Response {
    let location = HeaderValue::from_str(address);
    let location = location.unwrap_or_else(|_| HeaderValue::from_static(ADDRESS));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

fn with_cookie(mut response: Response, cookie: HeaderValue) -> Result<Response, Error> {
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Adds the cookie that binds forms to the browser.
fn finish(visitor: &Visitor, mut response: Response) -> Result<Response, Error> {
    if let Some(cookie) = visitor.browser.cookie()? {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

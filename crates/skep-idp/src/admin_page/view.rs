//! The admin page's HTML.

use axum::http::StatusCode;
use jiff::{Timestamp, Unit};
use skep_auth::Secret;
use uuid::Uuid;

use crate::{
    dates,
    error::Error,
    keys,
    registry::{App, Directory, User},
    server::Site,
    signin::{Page, escape, hidden},
    storage::Loaded,
};

/// A credential that ends within these days is marked.
const SOON_DAYS: i32 = 30;

/// Asks who it is.
pub(super) fn sign_in(seal: &str, error: Option<&str>) -> Page {
    let error = error.map_or_else(String::new, |error| {
        format!(r#"<p class="error" role="alert">{}</p>"#, escape(error))
    });
    let seal = hidden("form", seal);
    let main = format!(
        r#"<h1>Administration</h1>{error}
<form method="post" action="/admin">{seal}<input type="hidden" name="action" value="sign-in">
<label>Administrator<input name="username" type="text" autocomplete="username" required autofocus></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required></label>
<button type="submit">Sign in</button></form>
<hr><form method="post" action="/admin">{seal}<input type="hidden" name="action" value="sign-in">
<label>Or the admin token<input name="token" type="password" autocomplete="off" required></label>
<p class="hint">It is in the file idp/admin-token of the data directory.</p>
<button type="submit">Use token</button></form>"#
    );
    Page::plain(StatusCode::OK, "Administration", main)
}

/// Everything on one page, with one application in full.
pub(super) fn overview(
    site: &Site,
    directory: &Loaded<Directory>,
    shown: Option<Uuid>,
    seal: &str,
) -> Result<Page, Error> {
    let document = &directory.document;
    let view = View { now: dates::now(&site.core.clock), seal };
    let app = shown.and_then(|id| document.apps().iter().find(|app| app.app_id == id));
    let main = format!(
        r#"<header><h1>Identity provider</h1>{sign_out}</header>
<p class="hint">Tenant {tenant} · issuer {issuer}</p>{detail}{apps}{users}{keys}"#,
        sign_out = view.button("sign-out", &[], "Sign out", ""),
        tenant = document.tenant_id,
        issuer = escape(&site.endpoints().issuer()),
        detail = app.map_or_else(String::new, |app| view.app(app)),
        apps = view.apps(document.apps()),
        users = view.users(document.users()),
        keys = view.keys(site)?,
    );
    Ok(Page::wide("Administration", main))
}

/// Shows a value that cannot be shown again.
pub(super) fn once(what: &str, value: &Secret, back: &str) -> Page {
    let main = format!(
        r#"<h1>The new {what}</h1><p>Copy it now: it cannot be shown again.</p>
<p><code>{}</code></p><p><a href="{}">Back</a></p>"#,
        escape(value.expose()),
        escape(back)
    );
    Page::plain(StatusCode::OK, "Administration", main)
}

/// Says something, with a way back.
pub(super) fn message(status: StatusCode, title: &'static str, text: &str) -> Page {
    let main = format!(
        r#"<h1>{title}</h1><p class="error" role="alert">{}</p><p><a href="/admin">Back</a></p>"#,
        escape(text)
    );
    Page::plain(status, title, main)
}

struct View<'a> {
    now: Timestamp,
    seal: &'a str,
}

impl View<'_> {
    /// A form that is only a button.
    fn button(&self, action: &str, fields: &[(&str, String)], text: &str, class: &str) -> String {
        let fields: String = fields.iter().map(|(name, value)| hidden(name, value)).collect();
        format!(
            r#"<form method="post" action="/admin">{}{}{fields}<button type="submit" class="{class}">{text}</button></form>"#,
            hidden("form", self.seal),
            hidden("action", action),
        )
    }

    fn form(&self, action: &str, fields: &str, text: &str) -> String {
        format!(
            r#"<form method="post" action="/admin" class="add">{}{}{fields}<button type="submit">{text}</button></form>"#,
            hidden("form", self.seal),
            hidden("action", action),
        )
    }

    fn apps(&self, apps: &[App]) -> String {
        let rows: String = apps
            .iter()
            .map(|app| {
                let id = app.app_id;
                let ends = app.secrets.iter().map(|secret| secret.expires_at);
                let ends = ends.chain(app.certificates.iter().map(|known| known.not_after));
                let next = ends.min().map_or_else(|| "–".to_owned(), |at| self.ending(at));
                let n = app.secrets.len()
                    + app.certificates.len()
                    + app.federated_credentials.len();
                let remove = self.button("remove-app", &[("app", id.to_string())], "Remove", "quiet");
                format!(
                    r#"<tr><td><a href="/admin?app={id}">{}</a></td><td><code>{id}</code></td><td>{n}</td><td>{next}</td><td>{remove}</td></tr>"#,
                    escape(&app.display_name)
                )
            })
            .collect();
        let add = self.form(
            "add-app",
            r#"<label>Name<input name="name" required maxlength="120"></label>
<label>Redirect URIs, web<input name="web" placeholder="https://…/callback"></label>
<label>Redirect URIs, single-page<input name="spa"></label>
<label>Redirect URIs, installed<input name="public"></label>"#,
            "Register",
        );
        section(
            "Applications",
            "<th>Name</th><th>Client id</th><th>Credentials</th><th>First end</th><th></th>",
            &rows,
            &add,
        )
    }

    /// One application in full.
    fn app(&self, app: &App) -> String {
        let id = || ("app", app.app_id.to_string());
        let uris = &app.redirect_uris;
        let platforms =
            [("web", &uris.web), ("single-page", &uris.spa), ("installed", &uris.public_client)];
        let redirects: String = platforms
            .into_iter()
            .flat_map(|(platform, uris)| uris.iter().map(move |uri| (platform, uri)))
            .map(|(platform, uri)| {
                format!("<tr><td>{platform}</td><td><code>{}</code></td></tr>", escape(uri))
            })
            .collect();
        let none = |rows: String| {
            if rows.is_empty() { "<tr><td>none</td></tr>".to_owned() } else { rows }
        };
        let redirects = none(redirects);
        let secrets = app.secrets.iter().map(|secret| {
            let fields = [id(), ("secret", secret.key_id.to_string())];
            let remove = self.button("remove-secret", &fields, "Remove", "quiet");
            let name = format!("{}… {}", secret.hint, secret.display_name);
            credential("secret", &name, &self.ending(secret.expires_at), &remove)
        });
        let certificates = app.certificates.iter().map(|known| {
            let name = format!("{} {}", known.x5t, known.display_name);
            credential("certificate", &name, &self.ending(known.not_after), "")
        });
        let federated = app.federated_credentials.iter().map(|known| {
            let name = format!("{}: {} of {}", known.name, known.subject, known.issuer);
            credential("federated", &name, "–", "")
        });
        let credentials = none(secrets.chain(certificates).chain(federated).collect());
        let fields = format!(
            r#"{}<label>Name<input name="name" maxlength="120"></label>"#,
            hidden("app", &app.app_id.to_string())
        );
        let version = if app.wants_v2_tokens() { "2.0" } else { "1.0" };
        format!(
            r#"<section><h2>{name}</h2><p class="hint">Client id {app_id} · object id {object_id} · tokens of version {version} · {audiences}</p>
<table><caption>Redirect URIs</caption><tbody>{redirects}</tbody></table>
<table><caption>Credentials</caption><tbody>{credentials}</tbody></table>{add}</section>"#,
            name = escape(&app.display_name),
            app_id = app.app_id,
            object_id = app.object_id,
            audiences = escape(&app.identifier_uris.join(" ")),
            add = self.form("add-secret", &fields, "New secret"),
        )
    }

    fn users(&self, users: &[User]) -> String {
        let rows: String = users
            .iter()
            .map(|user| {
                let fields = [("user", user.object_id.to_string())];
                let remove = self.button("remove-user", &fields, "Remove", "quiet");
                let kind = match (user.enabled, user.is_admin) {
                    (false, _) => "disabled",
                    (true, true) => "administrator",
                    (true, false) => "user",
                };
                format!(
                    "<tr><td>{}</td><td>{}</td><td>{kind}</td><td>{remove}</td></tr>",
                    escape(&user.user_principal_name),
                    escape(&user.display_name)
                )
            })
            .collect();
        let add = self.form(
            "add-user",
            r#"<label>User name<input name="user" required placeholder="ada@skep.test"></label>
<label>Name<input name="name"></label>
<label class="check"><input name="admin" type="checkbox" value="yes"> Administrator</label>"#,
            "Create",
        );
        section("Users", "<th>User name</th><th>Name</th><th>Kind</th><th></th>", &rows, &add)
    }

    fn keys(&self, site: &Site) -> Result<String, Error> {
        let rows: String = keys::list(&site.core.keys)?
            .iter()
            .map(|key| {
                let state = if key.active { "signs" } else { "published" };
                format!(
                    "<tr><td><code>{}</code></td><td>{state}</td><td>{}</td><td>{}</td></tr>",
                    escape(&key.kid),
                    day(key.created_at),
                    self.ending(key.not_after)
                )
            })
            .collect();
        Ok(section(
            "Signing keys",
            "<th>Key id</th><th>State</th><th>Made</th><th>Ends</th>",
            &rows,
            &self.form("roll-keys", "", "Roll keys"),
        ))
    }

    /// When something ends, marked when that is soon or past.
    fn ending(&self, at: Timestamp) -> String {
        let days = at.since((Unit::Hour, self.now)).map_or(0, |span| span.get_hours() / 24);
        let (class, verb) = match (at <= self.now, days < SOON_DAYS) {
            (true, _) => ("error", "ended "),
            (false, true) => ("warn", ""),
            (false, false) => ("", ""),
        };
        format!(r#"<span class="{class}">{verb}{}</span>"#, day(at))
    }
}

fn section(title: &str, head: &str, rows: &str, add: &str) -> String {
    format!(
        "<section><h2>{title}</h2><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{add}</section>"
    )
}

fn credential(kind: &str, name: &str, ends: &str, remove: &str) -> String {
    format!("<tr><td>{kind}</td><td>{}</td><td>{ends}</td><td>{remove}</td></tr>", escape(name))
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

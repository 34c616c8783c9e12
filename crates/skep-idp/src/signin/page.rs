//! HTML pages: forms that work without scripts, and are nobody's frame.

use aws_lc_rs::digest;
use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The pages' only style sheet, served beside them.
pub(crate) const STYLE: &str = "\
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}\
body{margin:0;min-height:100vh;display:grid;place-items:center;background:#f3f4f6;color:#111827}\
main{background:#fff;padding:2rem;border-radius:.5rem;box-shadow:0 1px 4px #0003;width:min(22rem,80vw)}\
h1{font-size:1.25rem;margin:0 0 1rem}label{display:block;margin:.75rem 0}\
input{box-sizing:border-box;width:100%;padding:.5rem;font:inherit;border:1px solid #6b7280;border-radius:.25rem}\
button{padding:.5rem 1.25rem;font:inherit;border:1px solid #1d4ed8;border-radius:.25rem;background:#1d4ed8;color:#fff}\
button[value=decline]{background:none;color:inherit;border-color:#6b7280}\
main.wide{box-sizing:border-box;width:min(74rem,96vw);margin:2rem 0}main.wide header{display:flex;justify-content:space-between;align-items:start}\
section{margin:2rem 0;overflow-x:auto}h2{font-size:1.1rem;margin:0 0 .5rem}table{border-collapse:collapse;width:100%;margin:.5rem 0}\
th,td,caption{text-align:left;padding:.35rem .75rem .35rem 0;border-bottom:1px solid #6b728055}\
td form{margin:0}code{font-size:.85rem;overflow-wrap:anywhere}td code,td button{white-space:nowrap}hr{border:0;border-top:1px solid #6b728055;margin:1.5rem 0}\
form.add{display:flex;flex-wrap:wrap;gap:.75rem;align-items:end}form.add label{margin:0;flex:1 1 12rem}form.add label.check{flex:0 0 auto;padding-bottom:.5rem}\
input[type=checkbox]{width:auto}button.quiet{background:none;color:inherit;border-color:#6b7280;padding:.15rem .6rem}.warn{color:#b45309}\
.error{color:#b91c1c}.hint{color:#6b7280;font-size:.875rem;overflow-wrap:anywhere}\
@media(prefers-color-scheme:dark){body{background:#111827;color:#f3f4f6}main{background:#1f2937}.error{color:#fca5a5}.warn{color:#fcd34d}.hint{color:#9ca3af}}";

/// Submits the only form of the page, which has a button for browsers without scripts.
const SUBMIT: &str = "document.forms[0].submit()";

/// A page, ready to be answered.
pub(crate) struct Page {
    status: StatusCode,
    title: &'static str,
    main: String,
    /// For tables; else for one short form.
    is_wide: bool,
    script: Option<&'static str>,
    /// Where else the page's form may lead: the application's origin, after a redirect.
    form_target: Option<String>,
}

/// A hidden field.
pub(crate) fn hidden(name: &str, value: &str) -> String {
    format!(r#"<input type="hidden" name="{}" value="{}">"#, escape(name), escape(value))
}

/// `text` as HTML text or attribute value.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

impl Page {
    /// Asks for user name and password. The form goes to `action` with the sealed `flow`.
    pub(crate) fn sign_in(
        action: &str,
        flow: &str,
        app_name: &str,
        user_name: &str,
        error: Option<&str>,
    ) -> Self {
        let error = error.map_or_else(String::new, |error| {
            format!(r#"<p class="error" role="alert">{}</p>"#, escape(error))
        });
        // The cursor goes where there is something to type.
        let (name_focus, password_focus) =
            if user_name.is_empty() { ("autofocus", "") } else { ("", "autofocus") };
        let main = format!(
            r#"<h1>Sign in</h1><p class="hint">to continue to {app}</p>{error}
<form method="post" action="{action}">{flow}
<label>User name<input name="username" type="text" autocomplete="username" value="{user}" required {name_focus}></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required {password_focus}></label>
<button type="submit">Sign in</button></form>"#,
            app = escape(app_name),
            action = escape(action),
            flow = hidden("flow", flow),
            user = escape(user_name),
        );
        Self::new(StatusCode::OK, "Sign in", main)
    }

    /// Asks whether the application may do what `items` say: a resource's name and its texts.
    pub(crate) fn consent(
        action: &str,
        flow: &str,
        app_name: &str,
        user_name: &str,
        items: &[(String, Vec<String>)],
    ) -> Self {
        let list: String = items
            .iter()
            .flat_map(|(resource, texts)| texts.iter().map(move |text| (resource, text)))
            .map(|(resource, text)| {
                let (text, resource) = (escape(text), escape(resource));
                format!(r#"<li>{text} <span class="hint">({resource})</span></li>"#)
            })
            .collect();
        let main = format!(
            r#"<h1>{app} asks for your permission</h1><p class="hint">Signed in as {user}</p>
<p>This application would like to:</p><ul>{list}</ul>
<form method="post" action="{action}">{flow}
<button type="submit" name="decision" value="accept">Accept</button>
<button type="submit" name="decision" value="decline">Cancel</button></form>"#,
            app = escape(app_name),
            user = escape(user_name),
            action = escape(action),
            flow = hidden("flow", flow),
        );
        Self::new(StatusCode::OK, "Permissions requested", main)
    }

    /// Asks for the code that a device shows.
    pub(crate) fn device_code(action: &str, user_code: &str, error: Option<&str>) -> Self {
        let error = error.map_or_else(String::new, |error| {
            format!(r#"<p class="error" role="alert">{}</p>"#, escape(error))
        });
        let main = format!(
            r#"<h1>Enter code</h1>{error}<form method="post" action="{action}">
<label>Code shown on your device<input name="user_code" type="text" autocomplete="off" value="{code}" required autofocus></label>
<button type="submit">Next</button></form>"#,
            action = escape(action),
            code = escape(user_code),
        );
        Self::new(StatusCode::OK, "Enter code", main)
    }

    /// Sends `parameters` to the application by a form.
    pub(crate) fn form_post(redirect_uri: &str, parameters: &[(&str, String)]) -> Self {
        let fields: String = parameters.iter().map(|(name, value)| hidden(name, value)).collect();
        let main = format!(
            r#"<h1>Signed in</h1><form method="post" action="{}">{fields}
<button type="submit">Continue</button></form>"#,
            escape(redirect_uri)
        );
        let page = Self::new(StatusCode::OK, "Working…", main).leading_to(redirect_uri);
        Self { script: Some(SUBMIT), ..page }
    }

    /// A page that only says something.
    pub(crate) fn message(status: StatusCode, title: &'static str, text: &str) -> Self {
        let class = if status.is_success() { "" } else { r#" class="error""# };
        let main = format!("<h1>{}</h1><p{class}>{}</p>", escape(title), escape(text));
        Self::new(status, title, main)
    }

    /// A page whose frames tell applications that their user has signed out.
    pub(crate) fn signed_out(logout_urls: &[String], back: Option<&str>) -> Self {
        let frames: String = logout_urls
            .iter()
            .map(|url| format!(r#"<iframe src="{}" hidden></iframe>"#, escape(url)))
            .collect();
        let next = match back {
            Some(uri) => format!(r#"<p><a href="{}">Continue</a></p>"#, escape(uri)),
            None => "<p>You may close this window.</p>".to_owned(),
        };
        let main = format!("<h1>You are signed out</h1>{next}{frames}");
        Self::new(StatusCode::OK, "Signed out", main)
    }

    /// A page of this HTML, in which everything from outside is escaped.
    pub(crate) fn plain(status: StatusCode, title: &'static str, main: String) -> Self {
        Self::new(status, title, main)
    }

    /// The same with room for tables.
    pub(crate) fn wide(title: &'static str, main: String) -> Self {
        Self { is_wide: true, ..Self::new(StatusCode::OK, title, main) }
    }

    fn new(status: StatusCode, title: &'static str, main: String) -> Self {
        Self { status, title, main, is_wide: false, script: None, form_target: None }
    }

    /// Lets the page's form end at `uri`: browsers apply the page's policy to redirects too.
    pub(crate) fn leading_to(self, uri: &str) -> Self {
        let origin = uri.split_once("://").map(|(scheme, rest)| {
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            match scheme {
                "http" | "https" => format!("{scheme}://{authority}"),
                // Policies know no authority of other schemes.
                _ => format!("{scheme}:"),
            }
        });
        // A policy's list ends at a semicolon; a URI that holds one is not worth the risk.
        Self { form_target: origin.filter(|origin| !origin.contains([';', ',', ' '])), ..self }
    }

    fn policy(&self) -> String {
        let script = self.script.map_or_else(String::new, |script| {
            let hash = STANDARD.encode(digest::digest(&digest::SHA256, script.as_bytes()));
            format!("; script-src 'sha256-{hash}'")
        });
        let target = self.form_target.as_deref().unwrap_or_default();
        format!(
            "default-src 'none'; style-src 'self'; frame-src https: http://localhost:*; base-uri 'none'; frame-ancestors 'none'; form-action 'self' {target}{script}"
        )
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let script = self.script.map_or_else(String::new, |s| format!("<script>{s}</script>"));
        let html = format!(
            r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{}</title><link rel="stylesheet" href="/signin.css"></head><body><main{}>{}</main>{script}</body></html>"#,
            escape(self.title),
            if self.is_wide { r#" class="wide""# } else { "" },
            self.main
        );
        let mut headers = HeaderMap::new();
        let fixed: [(HeaderName, &'static str); 5] = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::X_FRAME_OPTIONS, "DENY"),
        ];
        for (name, value) in fixed {
            headers.insert(name, HeaderValue::from_static(value));
        }
        match HeaderValue::from_str(&self.policy()) {
            Ok(policy) => {
                headers.insert(header::CONTENT_SECURITY_POLICY, policy);
                (self.status, headers, html).into_response()
            }
            Err(error) => {
                tracing::error!("cannot write the page's policy: {error}");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_is_escaped() {
        let evil = r#""><script>alert('x')</script>&"#;
        for page in [
            Page::sign_in(evil, evil, evil, evil, Some(evil)),
            Page::consent(evil, evil, evil, evil, &[(evil.to_owned(), vec![evil.to_owned()])]),
            Page::device_code(evil, evil, Some(evil)),
            Page::form_post(evil, &[("state", evil.to_owned())]),
            Page::message(StatusCode::OK, "x", evil),
            Page::signed_out(&[evil.to_owned()], Some(evil)),
        ] {
            assert!(!page.main.contains("<script"), "{}", page.main);
            assert!(!page.main.contains("alert('"), "{}", page.main);
        }
    }

    #[test]
    fn forms_may_lead_to_the_applications_origin_only() {
        let target = |uri| Page::message(StatusCode::OK, "x", "").leading_to(uri).form_target;
        assert_eq!(target("https://a.example:1/b?c").as_deref(), Some("https://a.example:1"));
        assert_eq!(target("msal123://auth").as_deref(), Some("msal123:"));
        assert_eq!(target("https://a;script-src *"), None);
    }
}

//! A browser without scripts: cookies, forms, redirects that are not followed.

use std::collections::BTreeMap;

use reqwest::{Response, StatusCode, header};
use skep_auth::jose::encode_base64url;
use skep_idp::{App, NewApp, NewUser, User};

use crate::fixture::{Idp, TENANT, client, reply};

pub(crate) const PASSWORD: &str = "correct horse battery";
/// 43 characters, as short as a verifier may be.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub(crate) struct Browser {
    http: reqwest::Client,
    pub(crate) cookies: BTreeMap<String, String>,
    origin: String,
}

/// What a browser shows or where it is sent.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    pub(crate) policy: Option<String>,
    pub(crate) html: String,
}

impl Browser {
    pub(crate) fn new(idp: &Idp) -> Self {
        let pem = std::fs::read(idp.provider.ca_certificate_path()).unwrap();
        let http = reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()])
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self { http, cookies: BTreeMap::new(), origin: idp.running.endpoints().origin.clone() }
    }

    fn cookie(&self) -> String {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    async fn see(&mut self, request: reqwest::RequestBuilder) -> Seen {
        let response = request.header(header::COOKIE, self.cookie()).send().await.unwrap();
        self.keep_cookies(&response);
        let header = |name: header::HeaderName| {
            response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        Seen {
            status: response.status(),
            location: header(header::LOCATION),
            policy: header(header::CONTENT_SECURITY_POLICY),
            html: response.text().await.unwrap(),
        }
    }

    fn keep_cookies(&mut self, response: &Response) {
        for set in response.headers().get_all(header::SET_COOKIE) {
            let set = set.to_str().unwrap();
            assert!(set.contains("SameSite=Lax") || set.contains("SameSite=Strict"), "{set}");
            for attribute in ["Secure", "HttpOnly", "Path=/"] {
                assert!(set.contains(attribute), "{set}");
            }
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Seen {
        let request = self.http.get(format!("{}{path}", self.origin));
        self.see(request).await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Seen {
        let request = self.http.post(format!("{}{path}", self.origin)).form(form);
        self.see(request).await
    }

    pub(crate) async fn authorize(&mut self, query: &[(&str, &str)]) -> Seen {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        self.get(&format!("/{TENANT}/oauth2/v2.0/authorize?{query}")).await
    }

    /// Submits the page's only form with its hidden fields and these.
    pub(crate) async fn submit(&mut self, page: &Seen, fields: &[(&str, &str)]) -> Seen {
        let action = page.between("action=\"", "\"");
        let mut form: Vec<(String, String)> = page.hidden();
        form.extend(fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        let request = self.http.post(format!("{}{action}", self.origin)).form(&form);
        self.see(request).await
    }

    /// Signs in on the password page and accepts whatever is asked.
    pub(crate) async fn sign_in(&mut self, page: &Seen, user: &User) -> Seen {
        let name = user.user_principal_name.clone();
        let next = self.submit(page, &[("username", &name), ("password", PASSWORD)]).await;
        if next.html.contains("value=\"accept\"") {
            return self.submit(&next, &[("decision", "accept")]).await;
        }
        next
    }
}

impl Seen {
    #[track_caller]
    pub(crate) fn between(&self, start: &str, end: &str) -> String {
        let at = self.html.find(start).unwrap_or_else(|| panic!("no {start} in {self:?}"));
        let rest = &self.html[at + start.len()..];
        rest[..rest.find(end).unwrap()].to_owned()
    }

    pub(crate) fn hidden(&self) -> Vec<(String, String)> {
        self.html
            .split("<input type=\"hidden\" ")
            .skip(1)
            .map(|field| {
                let value = |attribute: &str| {
                    let start = format!("{attribute}=\"");
                    let rest = &field[field.find(&start).unwrap() + start.len()..];
                    rest[..rest.find('"').unwrap()].to_owned()
                };
                (value("name"), value("value"))
            })
            .collect()
    }

    /// The parameters that the browser is sent back with.
    #[track_caller]
    pub(crate) fn parameters(&self, redirect_uri: &str) -> BTreeMap<String, String> {
        let location = self.location.as_ref().unwrap_or_else(|| panic!("no redirect: {self:?}"));
        let rest = location.strip_prefix(redirect_uri).unwrap_or_else(|| panic!("{location}"));
        let query = rest.trim_start_matches(['/', '?', '#']);
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    #[track_caller]
    pub(crate) fn expect_page(&self, status: u16, text: &str) {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert!(self.html.contains(text), "{self:?}");
        assert_eq!(self.location, None);
    }
}

/// A user who can sign in.
pub(crate) fn user(idp: &Idp) -> User {
    let new = NewUser {
        display_name: "Ada Lovelace".to_owned(),
        given_name: Some("Ada".to_owned()),
        family_name: Some("Lovelace".to_owned()),
        mail: Some("ada@skep.test".to_owned()),
        ..NewUser::named("ada@skep.test", skep_auth::Secret::new(PASSWORD))
    };
    idp.provider.registry().add_user(new).unwrap()
}

pub(crate) const WEB: &str = "https://operate.example/callback";
pub(crate) const SPA: &str = "https://console.example";
pub(crate) const NATIVE: &str = "http://localhost";

/// An application with a redirect URI of each platform.
pub(crate) fn app(idp: &Idp) -> App {
    let mut new = NewApp::named("Operate");
    new.redirect_uris.web.push(WEB.to_owned());
    new.redirect_uris.spa.push(SPA.to_owned());
    new.redirect_uris.public_client.push(NATIVE.to_owned());
    idp.provider.registry().add_app(new).unwrap()
}

pub(crate) fn s256(verifier: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    encode_base64url(digest)
}

/// Redeems a code or refresh token, with the `Origin` of a page or without.
pub(crate) async fn redeem(
    idp: &Idp,
    origin: Option<&str>,
    form: &[(&str, &str)],
) -> crate::fixture::Reply {
    let http = client(&idp.provider.ca_certificate_path());
    let mut request = http.post(idp.token_endpoint()).form(form);
    if let Some(origin) = origin {
        request = request.header(header::ORIGIN, origin);
    }
    reply(request.send().await.unwrap()).await
}

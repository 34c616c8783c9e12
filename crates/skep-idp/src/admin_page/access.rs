//! Who may use the admin page: an administrator of the tenant, or who has the local admin token.

use axum::http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use skep_auth::Secret;
use uuid::Uuid;

use crate::{
    admin_token, dates,
    error::Error,
    registry::Index,
    seal::Purpose,
    server::{Form, Site},
    signin::{Browser, check_password, cookie},
};

const COOKIE: &str = "__Host-skep-admin";
/// How long a sign-in lasts.
const SESSION_S: i64 = 60 * 60;

/// A signed-in administrator; travels sealed in a cookie.
#[derive(Deserialize, Serialize)]
pub(super) struct Session {
    id: Uuid,
    who: Who,
    expires_s: i64,
}

#[derive(Deserialize, Serialize)]
enum Who {
    User { id: Uuid, auth_time: i64 },
    Token { fingerprint: String },
}

/// What a form of the page holds, so that no other page can send it.
#[derive(Deserialize, PartialEq, Serialize)]
struct FormSeal {
    browser: String,
    session: Option<Uuid>,
    expires_s: i64,
}

/// One browser at the page.
pub(super) struct Visitor {
    pub(super) browser: Browser,
    pub(super) session: Option<Session>,
    now_s: i64,
}

impl Visitor {
    pub(super) fn of(site: &Site, index: &Index, headers: &HeaderMap) -> Result<Self, Error> {
        let now_s = dates::now(&site.core.clock).as_second();
        let sealed = cookie(headers, COOKIE);
        let session: Option<Session> =
            sealed.and_then(|sealed| site.core.sealer.unseal(Purpose::Admin, sealed));
        let session = match session {
            Some(session) if session.is_good(site, index, now_s)? => Some(session),
            Some(_) | None => None,
        };
        Ok(Self { browser: Browser::of(headers)?, session, now_s })
    }

    /// The hidden value that every form must bring back.
    pub(super) fn form_seal(&self, site: &Site) -> Result<String, Error> {
        let seal = FormSeal {
            browser: self.browser.id.clone(),
            session: self.session.as_ref().map(|session| session.id),
            expires_s: self.now_s + SESSION_S,
        };
        site.core.sealer.seal(Purpose::AdminForm, &seal)
    }

    /// Whether a form was opened in this browser, in this session, not too long ago.
    pub(super) fn accepts(&self, site: &Site, form: &Form) -> bool {
        let sealed = form.optional("form").ok().flatten().unwrap_or_default();
        let seal: Option<FormSeal> = site.core.sealer.unseal(Purpose::AdminForm, sealed);
        seal.is_some_and(|seal| {
            seal.browser == self.browser.id
                && seal.session == self.session.as_ref().map(|session| session.id)
                && seal.expires_s > self.now_s
        })
    }

    /// Signs in by the form's token or password; what to show when that fails.
    pub(super) async fn sign_in(
        &self,
        site: &Site,
        index: &Index,
        form: &Form,
    ) -> Result<Result<HeaderValue, &'static str>, Error> {
        let field = |name| form.optional(name).ok().flatten();
        if let Some(token) = field("token") {
            if !admin_token::is_token(&site.core.dir, &Secret::new(token))? {
                return Ok(Err("This is not the admin token of this provider's data directory."));
            }
            let fingerprint = admin_token::fingerprint(&site.core.dir)?.unwrap_or_default();
            return self.begin(site, Who::Token { fingerprint }).map(Ok);
        }
        let password = Secret::new(field("password").unwrap_or_default());
        let Some(user) = index.user_named(field("username").unwrap_or_default()) else {
            return Ok(Err("User name or password is wrong."));
        };
        if check_password(site, user, password, self.now_s).await?.is_some() {
            return Ok(Err(
                "User name or password is wrong, or the account is locked or disabled.",
            ));
        }
        if !user.is_admin {
            return Ok(Err(
                "This user is no administrator: sign in as one, or with the admin token.",
            ));
        }
        self.begin(site, Who::User { id: user.object_id, auth_time: self.now_s }).map(Ok)
    }

    fn begin(&self, site: &Site, who: Who) -> Result<HeaderValue, Error> {
        let session = Session { id: Uuid::new_v4(), who, expires_s: self.now_s + SESSION_S };
        let sealed = site.core.sealer.seal(Purpose::Admin, &session)?;
        HeaderValue::from_str(&format!(
            "{COOKIE}={sealed}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={SESSION_S}"
        ))
        .map_err(|error| Error::create("cookie", error))
    }
}

/// The cookie that ends the sign-in.
pub(super) fn clear() -> HeaderValue {
    HeaderValue::from_static(
        "__Host-skep-admin=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0",
    )
}

impl Session {
    fn is_good(&self, site: &Site, index: &Index, now_s: i64) -> Result<bool, Error> {
        if self.expires_s <= now_s {
            return Ok(false);
        }
        match &self.who {
            Who::User { id, auth_time } => Ok(index.user(*id).is_some_and(|user| {
                user.enabled && user.is_admin && user.sessions_valid_from.as_second() <= *auth_time
            })),
            Who::Token { fingerprint } => {
                Ok(admin_token::fingerprint(&site.core.dir)?.as_ref() == Some(fingerprint))
            }
        }
    }
}

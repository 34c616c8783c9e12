//! What a browser remembers: who is signed in, and that it is the same browser.

use axum::http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Serialize};
use skep_auth::jose::decode_base64url;
use uuid::Uuid;

use crate::{
    dates,
    error::Error,
    random,
    registry::{Index, User},
    seal::Purpose,
    server::Site,
};

/// Cookie names. The prefix makes browsers insist on HTTPS and refuse them from other hosts.
const SESSION: &str = "__Host-skep-session";
const BROWSER: &str = "__Host-skep-browser";
/// How long a sign-in lasts when it is not used, as in Entra.
const SESSION_S: i64 = 24 * 60 * 60;
/// Most applications that a session remembers for the sign-out.
const APPS_MAX: usize = 32;

/// A signed-in user.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Session {
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    /// When the password was given, in seconds since the epoch.
    pub(crate) auth_time: i64,
    /// Applications signed in to.
    pub(crate) apps: Vec<Uuid>,
    expires: i64,
}

/// A browser, known by a random value that only its cookie and its forms hold.
pub(crate) struct Browser {
    pub(crate) id: String,
    is_new: bool,
}

impl Session {
    /// A session that begins now.
    pub(crate) fn begin(user: &User, now_s: i64) -> Self {
        Self {
            id: Uuid::new_v4(),
            user_id: user.object_id,
            auth_time: now_s,
            apps: Vec::new(),
            expires: now_s + SESSION_S,
        }
    }

    /// The session of the browser that sent `headers`, while it lasts and the user may sign in.
    pub(crate) fn of(site: &Site, index: &Index, headers: &HeaderMap) -> Option<Self> {
        let session: Self = site.core.sealer.unseal(Purpose::Session, cookie(headers, SESSION)?)?;
        let now_s = dates::now(&site.core.clock).as_second();
        let user = index.user(session.user_id)?;
        let is_good = session.expires > now_s
            && user.enabled
            && user.sessions_valid_from.as_second() <= session.auth_time;
        is_good.then_some(session)
    }

    /// The cookie that keeps the session for another while, with `app` in it.
    pub(crate) fn cookie(&mut self, site: &Site, app: Uuid) -> Result<HeaderValue, Error> {
        if !self.apps.contains(&app) && self.apps.len() < APPS_MAX {
            self.apps.push(app);
        }
        self.expires = dates::now(&site.core.clock).as_second() + SESSION_S;
        set_cookie(SESSION, &site.core.sealer.seal(Purpose::Session, self)?)
    }
}

/// The cookie that ends a session.
pub(crate) fn clear_session() -> HeaderValue {
    HeaderValue::from_static(
        "__Host-skep-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0",
    )
}

impl Browser {
    /// The browser that sent `headers`; a new one when it has no cookie.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Error> {
        match cookie(headers, BROWSER)
            .filter(|id| decode_base64url(id).is_some_and(|b| b.len() == 16))
        {
            Some(id) => Ok(Self { id: id.to_owned(), is_new: false }),
            None => Ok(Self { id: random::base64url::<16>()?, is_new: true }),
        }
    }

    /// The cookie to set, when it is not there yet.
    pub(crate) fn cookie(&self) -> Result<Option<HeaderValue>, Error> {
        self.is_new.then(|| set_cookie(BROWSER, &self.id)).transpose()
    }
}

/// The value of a cookie of the request.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

fn set_cookie(name: &str, value: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(&format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax"))
        .map_err(|error| Error::create("cookie", error))
}

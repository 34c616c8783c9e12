//! Who asks: the client of a token request, and the proof that it is that client.

mod assertion;
mod federation;

use std::{str::FromStr as _, sync::Arc};

use axum::http::{HeaderMap, header};
use skep_auth::Secret;
use uuid::Uuid;

pub(crate) use self::{assertion::KeyProof, federation::Federation};

use crate::{
    dates,
    refusal::{AssertionFault, ClientFault, GrantFault, Refusal, RequestFault},
    registry::{AppEntry, Index},
    server::{Basic, Form, Site},
    signin::Platform,
};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How the client proved who it is: `azpacr` and `appidacr`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Proof {
    /// Not at all: a public client.
    Public,
    /// By a secret.
    Secret,
    /// By an assertion, signed with its certificate's key or by an issuer that it trusts.
    Assertion,
}

impl Proof {
    /// The claim's value.
    pub(crate) fn claim(self) -> &'static str {
        match self {
            Self::Public => "0",
            Self::Secret => "1",
            Self::Assertion => "2",
        }
    }
}

/// The client id and the credential, as sent.
pub(crate) struct Credentials {
    client_id: String,
    secret: Option<Secret>,
    assertion: Option<String>,
}

/// A client that has proved who it is.
pub(crate) struct Client {
    pub(crate) entry: Arc<AppEntry>,
    /// Object id of its service principal.
    pub(crate) principal_id: Uuid,
    pub(crate) proof: Proof,
}

impl Credentials {
    /// Reads the credential from HTTP Basic or the form; only one may be there (RFC 6749 §2.3).
    pub(crate) fn read(headers: &HeaderMap, form: &Form) -> Result<Self, Refusal> {
        let basic = Basic::read(headers)?;
        let posted_id = form.optional("client_id")?;
        let posted_secret = form.optional("client_secret")?.map(Secret::new);
        let assertion = form.optional("client_assertion")?;
        if assertion.is_some() {
            let kind = form.required("client_assertion_type")?;
            if kind != JWT_BEARER {
                return Err(AssertionFault::Type { found: kind.to_owned() }.into());
            }
        }
        let twice =
            |what: &str| RequestFault::Malformed { why: format!("it has {what}; send one") };
        let (client_id, secret) = match basic {
            None => {
                let client_id =
                    posted_id.ok_or(RequestFault::MissingParameter { name: "client_id" })?;
                (client_id.to_owned(), posted_secret)
            }
            Some(basic) => {
                if posted_id.is_some_and(|id| !id.eq_ignore_ascii_case(&basic.client_id)) {
                    return Err(twice("two client ids, in 'authorization' and the body").into());
                }
                if posted_secret.is_some_and(|secret| secret != basic.client_secret) {
                    return Err(twice("two secrets, in 'authorization' and the body").into());
                }
                (basic.client_id, Some(basic.client_secret).filter(|secret| !secret.is_empty()))
            }
        };
        if secret.is_some() && assertion.is_some() {
            return Err(twice("a client secret and a client assertion").into());
        }
        Ok(Self { client_id, secret, assertion: assertion.map(str::to_owned) })
    }

    /// Finds the client and checks its credential.
    pub(crate) async fn authenticate(&self, site: &Site, index: &Index) -> Result<Client, Refusal> {
        let entry = self.find(site, index)?;
        let proof = match (&self.secret, &self.assertion) {
            (None, None) => return Err(ClientFault::NoCredential.into()),
            (_, Some(assertion)) => {
                assertion::check(site, &entry, &self.client_id, assertion).await?;
                Proof::Assertion
            }
            (Some(secret), None) => {
                check_secret(site, &entry, secret)?;
                Proof::Secret
            }
        };
        let principal_id = principal_id(site, &entry)?;
        Ok(Client { entry, principal_id, proof })
    }

    /// Finds the client that redeems what a user signed in for, and checks what its platform asks
    /// of it.
    ///
    /// Source: MicrosoftDocs/entra-docs: docs/identity-platform/reply-url.md,
    /// docs/identity-platform/v2-oauth2-auth-code-flow.md
    pub(crate) async fn authenticate_redeeming(
        &self,
        site: &Site,
        index: &Index,
        platform: Platform,
        headers: &HeaderMap,
    ) -> Result<Client, Refusal> {
        let has_credential = self.secret.is_some() || self.assertion.is_some();
        match (platform, headers.contains_key(header::ORIGIN)) {
            (Platform::Spa, false) => return Err(GrantFault::SpaNeedsOrigin.into()),
            (Platform::Web | Platform::PublicClient, true) => {
                return Err(RequestFault::CrossOrigin.into());
            }
            (Platform::Spa, true) | (Platform::Web | Platform::PublicClient, false) => (),
        }
        if platform == Platform::Web {
            if !has_credential {
                let app = self.find(site, index)?.app.app_id;
                return Err(GrantFault::NoClientCredential { app }.into());
            }
            return self.authenticate(site, index).await;
        }
        let entry = self.find(site, index)?;
        let app = entry.app.app_id;
        if has_credential {
            return Err(ClientFault::PublicClient { app }.into());
        }
        let principal_id = principal_id(site, &entry)?;
        Ok(Client { entry, principal_id, proof: Proof::Public })
    }

    /// The application, as far as the client id tells.
    pub(crate) fn find(&self, site: &Site, index: &Index) -> Result<Arc<AppEntry>, Refusal> {
        let id = Uuid::from_str(&self.client_id).ok();
        if id.is_some_and(|id| id.is_nil()) {
            return Err(ClientFault::Nil { client_id: self.client_id.clone() }.into());
        }
        let Some(entry) = id.and_then(|id| index.app(id)) else {
            return Err(ClientFault::Unknown {
                client_id: self.client_id.clone(),
                tenant_id: site.core.registry.tenant_id(),
            }
            .into());
        };
        if !entry.app.enabled {
            return Err(ClientFault::Disabled { app: entry.app.app_id }.into());
        }
        Ok(Arc::clone(entry))
    }
}

fn principal_id(site: &Site, entry: &AppEntry) -> Result<Uuid, ClientFault> {
    entry.app.principal_id().ok_or_else(|| ClientFault::NoServicePrincipal {
        app: entry.app.app_id,
        tenant_id: site.core.registry.tenant_id(),
    })
}

fn check_secret(site: &Site, entry: &AppEntry, secret: &Secret) -> Result<(), ClientFault> {
    let app = entry.app.app_id;
    let now = dates::now(&site.core.clock);
    // Every secret is compared, so that the time does not tell which one came close.
    let (mut valid, mut expired) = (false, false);
    for info in &entry.app.secrets {
        if info.matches(secret.expose()) {
            if info.expires_at > now { valid = true } else { expired = true }
        }
    }
    let all_expired = !entry.app.secrets.is_empty()
        && entry.app.secrets.iter().all(|info| info.expires_at <= now);
    match (valid, expired || all_expired) {
        (true, _) => Ok(()),
        (false, true) => Err(ClientFault::ExpiredSecret { app }),
        (false, false) if entry.app.is_public_client() => Err(ClientFault::PublicClient { app }),
        (false, false) => Err(ClientFault::WrongSecret { app }),
    }
}

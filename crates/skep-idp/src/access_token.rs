//! Access tokens with exactly the claims of the real ones.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use skep_auth::jose::{Algorithm, Header, encode_base64url};
use uuid::Uuid;

use crate::{
    client::Client, error::Error, keys::KeyRing, random, resource::Resource, server::Site,
};

/// Tokens start to be valid this long before they are issued.
pub(crate) const BACKDATED_S: i64 = 300;
/// Entra's range of lifetimes: 60 to 90 minutes.
const LIFETIME_S: std::ops::Range<u32> = 3600..5400;

/// A signed access token.
pub(crate) struct AccessToken {
    pub(crate) token: String,
    pub(crate) not_before_s: i64,
    pub(crate) expires_s: i64,
    /// What the response says: a second less than there is, as in the real service's replies.
    pub(crate) expires_in_s: i64,
}

#[derive(Serialize)]
struct ClaimsV2 {
    aud: Uuid,
    iss: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    aio: String,
    azp: Uuid,
    azpacr: &'static str,
    oid: Uuid,
    rh: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles: Vec<String>,
    sub: Uuid,
    tid: Uuid,
    uti: String,
    ver: &'static str,
    xms_ftd: String,
}

#[derive(Serialize)]
struct ClaimsV1<'a> {
    aud: &'a str,
    iss: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    aio: String,
    appid: Uuid,
    appidacr: &'static str,
    idp: String,
    oid: Uuid,
    rh: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles: Vec<String>,
    sub: Uuid,
    tid: Uuid,
    uti: String,
    ver: &'static str,
}

/// Issues a token for `client` itself, in the version that `resource` asks for.
///
/// Source: MicrosoftDocs/entra-docs: docs/identity-platform/access-token-claims-reference.md, and
/// calvinchengx/entra-emulator: e2e/differential/testdata/fixtures for the v2.0 claim set
pub(crate) fn issue_app_only(
    site: &Site,
    tenant_id: Uuid,
    client: &Client,
    resource: &Resource,
    roles: Vec<String>,
    now: Timestamp,
) -> Result<AccessToken, Error> {
    let keys = site.core.keys.current();
    let lifetime_s = lifetime_s(site.core.config.access_token_lifetime_s)?;
    let not_before_s = now.as_second() - BACKDATED_S;
    let expires_s = now.as_second() + lifetime_s;
    let app_id = client.entry.app.app_id;
    let oid = client.principal_id;
    let (aio, uti) = (random::base64url::<39>()?, random::base64url::<16>()?);
    let rh = reference(tenant_id, resource.app_id(), app_id);
    let token = if resource.wants_v2_tokens() {
        let claims = ClaimsV2 {
            aud: resource.app_id(),
            iss: format!("{}/{tenant_id}/v2.0", site.origin),
            iat: not_before_s,
            nbf: not_before_s,
            exp: expires_s,
            aio,
            azp: app_id,
            azpacr: client.proof.claim(),
            oid,
            rh,
            roles,
            sub: oid,
            tid: tenant_id,
            uti,
            ver: "2.0",
            xms_ftd: random::base64url::<32>()?,
        };
        sign(&keys.view, None, &claims)?
    } else {
        let issuer = format!("{}/{tenant_id}/", site.origin);
        let claims = ClaimsV1 {
            aud: &resource.requested,
            idp: issuer.clone(),
            iss: issuer,
            iat: not_before_s,
            nbf: not_before_s,
            exp: expires_s,
            aio,
            appid: app_id,
            appidacr: client.proof.claim(),
            oid,
            rh,
            roles,
            sub: oid,
            tid: tenant_id,
            uti,
            ver: "1.0",
        };
        sign(&keys.view, Some(&keys.view.kid), &claims)?
    };
    Ok(AccessToken { token, not_before_s, expires_s, expires_in_s: lifetime_s - 1 })
}

/// v1.0 headers name the certificate as well as the key; they are the same thumbprint.
fn sign(keys: &KeyRing, x5t: Option<&str>, claims: &impl Serialize) -> Result<String, Error> {
    let header =
        Header { kid: Some(keys.kid.clone()), x5t: x5t.map(str::to_owned), ..Header::jwt() };
    keys.active
        .sign(Algorithm::Rs256, &header, claims)
        .map_err(|error| Error::create("access token", error))
}

/// Random within Entra's range, unless it is set.
pub(crate) fn lifetime_s(set: Option<u32>) -> Result<i64, Error> {
    if let Some(set) = set {
        return Ok(i64::from(set));
    }
    let mut bytes = [0; 4];
    random::fill(&mut bytes)?;
    let spread = LIFETIME_S.end - LIFETIME_S.start;
    Ok(i64::from(LIFETIME_S.start + u32::from_le_bytes(bytes) % spread))
}

/// `rh` is opaque, and the same for the same tenant, resource and client.
pub(crate) fn reference(tenant_id: Uuid, resource: Uuid, client: Uuid) -> String {
    let mut bytes = Vec::with_capacity(48);
    for id in [tenant_id, resource, client] {
        bytes.extend_from_slice(id.as_bytes());
    }
    format!("1.{}.", encode_base64url(&bytes[..48]))
}

impl AccessToken {
    /// The v2.0 endpoint's reply: numbers are numbers.
    pub(crate) fn reply_v2(&self) -> Value {
        json!({
            "token_type": "Bearer",
            "expires_in": self.expires_in_s,
            "ext_expires_in": self.expires_in_s,
            "access_token": self.token,
        })
    }

    /// The v1.0 endpoint's reply: numbers are strings, and there are more of them.
    pub(crate) fn reply_v1(&self, resource: &str) -> Value {
        json!({
            "token_type": "Bearer",
            "expires_in": self.expires_in_s.to_string(),
            "ext_expires_in": self.expires_in_s.to_string(),
            "expires_on": self.expires_s.to_string(),
            "not_before": self.not_before_s.to_string(),
            "resource": resource,
            "access_token": self.token,
        })
    }
}

//! Checking a client assertion (RFC 7523), as tolerant of real clients as Entra is.
//!
//! Accepted: RS256 and PS256; `x5t`, `x5t#S256` or `kid`, padded or not; fractional dates; no
//! `nbf`, no `iat`, no `typ`; line breaks in `x5c`; as audience a token endpoint or an issuer.
//! `jti` is not checked for replay: no documented behaviour of the real service depends on it.
//!
//! Source: MicrosoftDocs/entra-docs: docs/identity-platform/certificate-credentials.md;
//! AzureAD/microsoft-authentication-library-for-python: msal/oauth2cli/assertion.py, which pads
//! thumbprints and sends fractional dates

use jiff::Timestamp;
use skep_auth::jose::{
    Algorithm, ClaimError, Claims, Header, Jws, JwsError, VerifyingKey, decode_base64url,
    encode_base64url,
};

use super::federation;
use crate::{
    dates,
    refusal::{AssertionFault, Refusal, RequestFault},
    registry::{AppEntry, CertificateInfo},
    server::Site,
};

/// How far the client's clock may differ.
const SKEW_S: f64 = 300.0;
/// Most audiences of one assertion.
const AUDIENCES_MAX: usize = 16;

/// Accepts `assertion` as the proof of the client `client_id`.
pub(super) async fn check(
    site: &Site,
    entry: &AppEntry,
    client_id: &str,
    assertion: &str,
) -> Result<(), Refusal> {
    let jws = read(site, assertion)?;
    // An application's own assertion has its id there, another issuer's has an address.
    if jws.claims.text("iss").is_some_and(|issuer| issuer.starts_with("https://")) {
        return federation::check(site, entry, &jws, assertion).await;
    }
    let proof = KeyProof::of(jws)?;
    check_parties(site, client_id, proof.claims())?;
    proof.check(site, entry)
}

fn read<'a>(site: &Site, token: &'a str) -> Result<Jws<'a>, AssertionFault> {
    let bytes_max = site.core.config.limits.assertion_bytes_max;
    if token.len() > bytes_max {
        let why = format!("it has {} bytes, more than {bytes_max}", token.len());
        return Err(AssertionFault::Malformed { why });
    }
    Jws::parse(token).map_err(unreadable)
}

pub(super) fn malformed(error: &ClaimError) -> AssertionFault {
    AssertionFault::Malformed { why: error.to_string() }
}

/// A token that shows that its maker holds the key of a registered certificate.
pub(crate) struct KeyProof<'a> {
    jws: Jws<'a>,
}

impl<'a> KeyProof<'a> {
    /// Reads `token`; nothing in it is to be trusted before [`Self::check`].
    pub(crate) fn parse(site: &Site, token: &'a str) -> Result<Self, Refusal> {
        Ok(Self::of(read(site, token)?)?)
    }

    fn of(jws: Jws<'a>) -> Result<Self, AssertionFault> {
        if ![Algorithm::Rs256, Algorithm::Ps256].contains(&jws.algorithm) {
            return Err(AssertionFault::Algorithm { found: jws.algorithm.to_string() });
        }
        KeyName::of(&jws.header)?;
        Ok(Self { jws })
    }

    pub(crate) fn claims(&self) -> &Claims {
        &self.jws.claims
    }

    /// Checks the dates, and the signature by a valid certificate of `entry`.
    pub(crate) fn check(&self, site: &Site, entry: &AppEntry) -> Result<(), Refusal> {
        let name = KeyName::of(&self.jws.header)?;
        check_dates(site, &self.jws.claims)?;
        let (certificate, key) = find_key(entry, &name)?;
        let app = entry.app.app_id;
        if self.jws.verify(key).is_err() {
            return Err(AssertionFault::Signature { name: name.shown(), app }.into());
        }
        let now = dates::now(&site.core.clock);
        if now < certificate.not_before || now > certificate.not_after {
            return Err(AssertionFault::KeyExpired {
                name: name.shown(),
                start: certificate.not_before,
                end: certificate.not_after,
                app,
            }
            .into());
        }
        Ok(())
    }
}

fn unreadable(error: JwsError) -> AssertionFault {
    if let JwsError::Algorithm(found) = error {
        return AssertionFault::Algorithm { found };
    }
    AssertionFault::Malformed { why: error.to_string() }
}

/// The ways in which a header names its key.
struct KeyName<'a> {
    x5t: Option<&'a str>,
    x5t_s256: Option<&'a str>,
    kid: Option<&'a str>,
}

impl<'a> KeyName<'a> {
    fn of(header: &'a Header) -> Result<Self, AssertionFault> {
        let name = Self {
            x5t: header.x5t.as_deref(),
            x5t_s256: header.x5t_s256.as_deref(),
            kid: header.kid.as_deref(),
        };
        match name {
            Self { x5t: None, x5t_s256: None, kid: None } => Err(AssertionFault::KeyUnnamed),
            name => Ok(name),
        }
    }

    /// A certificate fits when every thumbprint that is there is its own; `kid` counts only when
    /// it is alone, since some clients put a name of their own there.
    fn fits(&self, certificate: &CertificateInfo) -> bool {
        let same = |sent: Option<&str>, own: &str| {
            sent.is_none_or(|sent| {
                decode_base64url(sent).map(encode_base64url).as_deref() == Some(own)
            })
        };
        match self {
            Self { x5t: None, x5t_s256: None, kid: Some(kid) } => certificate.has_key_id(kid),
            _ => same(self.x5t, &certificate.x5t) && same(self.x5t_s256, &certificate.x5t_s256),
        }
    }

    fn shown(&self) -> String {
        self.x5t_s256.or(self.x5t).or(self.kid).unwrap_or_default().to_owned()
    }
}

fn find_key<'a>(
    entry: &'a AppEntry,
    name: &KeyName<'_>,
) -> Result<(&'a CertificateInfo, &'a VerifyingKey), AssertionFault> {
    entry
        .app
        .certificates
        .iter()
        .zip(&entry.keys)
        .find(|(certificate, _)| name.fits(certificate))
        .ok_or_else(|| AssertionFault::KeyUnknown { name: name.shown(), app: entry.app.app_id })
}

/// `iss`, `sub` and `aud`.
fn check_parties(site: &Site, client_id: &str, claims: &Claims) -> Result<(), Refusal> {
    let missing = |name| RequestFault::MissingCredentialField { name };
    let issuer = claims.text("iss").ok_or_else(|| missing("iss"))?;
    let subject = claims.text("sub").ok_or_else(|| missing("sub"))?;
    if !issuer.eq_ignore_ascii_case(client_id) {
        return Err(AssertionFault::Client {
            found: issuer.to_owned(),
            client_id: client_id.to_owned(),
        }
        .into());
    }
    if !subject.eq_ignore_ascii_case(issuer) {
        return Err(AssertionFault::Subject.into());
    }
    let audiences = claims.texts("aud").map_err(|error| malformed(&error))?;
    if audiences.is_empty() {
        return Err(missing("aud").into());
    }
    if !audiences.iter().take(AUDIENCES_MAX).any(|audience| site.is_own_audience(audience)) {
        let tenant_id = site.core.registry.tenant_id();
        return Err(AssertionFault::Audience {
            found: audiences.join(" "),
            expected: format!("{}/{tenant_id}/oauth2/v2.0/token", site.origin),
        }
        .into());
    }
    Ok(())
}

/// `exp`, which must be there, and `nbf`, which need not.
pub(super) fn check_dates(site: &Site, claims: &Claims) -> Result<(), Refusal> {
    let date = |name| claims.numeric_date(name).map_err(|error| malformed(&error));
    let expires = date("exp")?.ok_or(RequestFault::MissingCredentialField { name: "exp" })?;
    let not_before = date("nbf")?.unwrap_or(0.0);
    let now = dates::now(&site.core.clock);
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
    let now_s = now.as_millisecond() as f64 / 1000.0;
    if now_s > expires + SKEW_S || now_s < not_before - SKEW_S {
        return Err(AssertionFault::Time {
            now,
            not_before: timestamp(not_before),
            expires: timestamp(expires),
        }
        .into());
    }
    Ok(())
}

/// For the error's text: a date out of range is shown as the nearest that can be.
fn timestamp(seconds: f64) -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and out of range is clamped")]
    let whole = seconds as i64;
    Timestamp::from_second(whole).unwrap_or(if whole < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

//! The credential, before anybody is asked: can it be read, is it what it should be, does it
//! still hold.

use std::path::Path;

use jiff::Timestamp;
use skep_auth::{
    CertificateFile, ClientSettings, Credential, Secret,
    aadsts::Topic,
    jose::Jws,
    settings::{Authentication, Setting},
};
use uuid::Uuid;

use super::{
    problem::Problem,
    report::{Found, Stop},
    source_of,
};
use crate::{cli::cert::hex, failure::Exit};

/// From how long before its end on a certificate is worth a word.
const CERTIFICATE_WARNING_DAYS: i64 = 30;
const DAY_S: i64 = 24 * 3600;

/// The audience that Entra wants in federated tokens.
///
/// Source: MicrosoftDocs/entra-docs: docs/workload-id/workload-identity-federation-considerations.md
const EXCHANGE_AUDIENCE: &str = "api://AzureADTokenExchange";

pub(super) fn check(settings: &ClientSettings) -> Result<Found<()>, Stop> {
    match &settings.authentication {
        Authentication::None => Err(Stop::NotApplicable("calls are anonymous".to_owned())),
        Authentication::Basic { .. } => {
            Ok(Found::new((), "a password; only the gateway can tell whether it is right"))
        }
        Authentication::Bearer(_) => {
            let source = source_of(settings, Setting::BearerToken);
            Ok(Found::new((), format!("a fixed token from {source}")))
        }
        Authentication::ManagedIdentity(_) => {
            Ok(Found::new((), "the platform has it, nothing is kept here"))
        }
        Authentication::OAuth { credentials, .. } => match &credentials.credential {
            Credential::Secret(secret) => {
                Ok(client_secret(&source_of(settings, Setting::ClientSecret), secret))
            }
            Credential::SecretFile(path) => {
                let secret = Secret::from_file(path)?;
                Ok(client_secret(&path.display().to_string(), &secret))
            }
            Credential::Certificate { file, .. } => certificate(file),
            Credential::FederatedTokenFile(path) => federated_token(path),
        },
    }
}

fn client_secret(source: &str, secret: &Secret) -> Found<()> {
    let n_chars = secret.expose().chars().count();
    let found = Found::new((), format!("a client secret of {n_chars} characters from {source}"));
    if Uuid::try_parse(secret.expose().trim()).is_ok() {
        return found.warning(
            "it has the form of a GUID: Entra's portal shows id and value of a secret side by \
             side, and the value is wanted",
        );
    }
    found
}

fn certificate(file: &CertificateFile) -> Result<Found<()>, Stop> {
    let loaded = file.load().map_err(skep_auth::AuthError::from)?;
    let certificate = loaded.certificate();
    let kind = certificate.verifying_key().map(|key| key.description()).unwrap_or_default();
    let subject = certificate.subject();
    let (from, until) = (certificate.not_before_s(), certificate.not_after_s());
    let now = Timestamp::now().as_second();
    if now > until {
        let days = (now - until) / DAY_S;
        return Err(Problem::new(
            "SKEP-AUTH-CERTIFICATE-EXPIRED",
            Exit::Usage,
            format!("the certificate {subject} expired on {} ({days} days ago)", date(until)),
        )
        .cause("a certificate is good until the date in it, wherever it is uploaded")
        .fix(
            "make a new one (`skep cert new`), upload it to the registration, and name its \
             keystore in the settings",
        )
        .topic(Topic::Certificate)
        .into());
    }
    if now < from {
        return Err(Problem::new(
            "SKEP-AUTH-CERTIFICATE-NOT-YET",
            Exit::Usage,
            format!("the certificate {subject} is valid from {} on only", date(from)),
        )
        .cause("this machine's clock is behind that of the machine that made it")
        .fix("set this machine's clock (NTP)")
        .topic(Topic::Certificate)
        .into());
    }
    let days = (until - now) / DAY_S;
    let detail =
        format!("certificate {subject}, {kind}, valid until {} ({days} days)", date(until));
    let mut notes =
        vec![format!("thumbprint {} (as the portal shows it)", hex(&certificate.sha1()))];
    if let Some(alias) = loaded.alias() {
        notes.push(format!("alias {alias:?}"));
    }
    let found = Found::new((), detail).notes(notes);
    Ok(if days < CERTIFICATE_WARNING_DAYS {
        found.warning("it ends soon: make a new one and upload it beside the old one")
    } else {
        found
    })
}

fn federated_token(path: &Path) -> Result<Found<()>, Stop> {
    let shown = path.display();
    let wrong = |code: &str, message: String| {
        Problem::new(code, Exit::Usage, message)
            .fix("check AZURE_FEDERATED_TOKEN_FILE and that the workload identity is mounted")
            .topic(Topic::Certificate)
    };
    let text = std::fs::read_to_string(path).map_err(|error| {
        let message = format!("cannot use the federated token in {shown}");
        wrong("SKEP-AUTH-TOKEN-FILE", message).cause(error.to_string())
    })?;
    let token = Jws::parse(text.trim()).map_err(|error| {
        wrong("SKEP-AUTH-TOKEN-FILE", format!("there is no signed JWT in {shown}: {error}"))
    })?;
    let claims = &token.claims;
    let now = Timestamp::now().as_second();
    let exp = claims.get("exp").and_then(serde_json::Value::as_i64);
    if let Some(exp) = exp.filter(|exp| *exp < now) {
        return Err(wrong(
            "SKEP-AUTH-TOKEN-FILE",
            format!("the federated token in {shown} expired on {}", date(exp)),
        )
        .cause("nobody renews the file: the platform writes a new token before the old one ends")
        .into());
    }
    let text = |name: &str| claims.text(name).unwrap_or("absent").to_owned();
    let audiences = claims.texts("aud").unwrap_or_default();
    let found = Found::new((), format!("a federated token in {shown}")).notes(vec![
        format!("issuer {} (must be that of the federated credential)", text("iss")),
        format!("subject {} (likewise, case matters)", text("sub")),
    ]);
    Ok(if audiences.iter().any(|audience| audience == EXCHANGE_AUDIENCE) {
        found
    } else {
        found.warning(format!("Entra takes federated tokens for {EXCHANGE_AUDIENCE:?} only"))
    })
}

/// A day, in UTC.
pub(super) fn date(second: i64) -> String {
    Timestamp::from_second(second)
        .map_or_else(|_| "a date out of range".to_owned(), |at| at.strftime("%Y-%m-%d").to_string())
}

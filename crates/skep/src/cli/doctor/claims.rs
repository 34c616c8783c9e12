//! The token that was given, against what the gateway will look at.

use serde_json::Value;
use skep_auth::{
    ClientSettings, Validator,
    aadsts::Topic,
    audience_forms,
    jose::{Claims, Jws},
    settings::Authentication,
};

use super::{
    problem::Problem,
    report::{Found, Stop},
};
use crate::{cli::token, failure::Exit};

/// The application id of Microsoft Graph, whose tokens are for nobody else.
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

/// Looks at the token in `header`; with a `validator`, as the gateway will.
pub(super) async fn check(
    header: Option<&str>,
    settings: &ClientSettings,
    validator: Option<&Validator>,
) -> Result<Found<Option<Claims>>, Stop> {
    let Some(token) = header.and_then(|header| header.strip_prefix("Bearer ")) else {
        return Err(Stop::NotApplicable("there is no token".to_owned()));
    };
    let parsed = match Jws::parse(token) {
        Ok(parsed) => parsed,
        Err(error) => {
            let detail = format!("the token is opaque to clients ({} characters)", token.len());
            return Ok(Found::new(None, detail)
                .warning(format!("a gateway that expects a JWT refuses it: {error}")));
        }
    };
    let claims = parsed.claims;
    refuse_what_cannot_work(&claims)?;
    if let Some(validator) = validator {
        validator.validate(token).await?;
    }
    let by = if validator.is_some() { ", accepted by the server's configuration" } else { "" };
    let text = |name: &str| claims.get(name).map_or_else(|| "absent".to_owned(), plain);
    let detail = format!("ver {}, aud {}{by}", text("ver"), text("aud"));
    let notes = token::summary(&claims).lines().map(str::to_owned).collect();
    let warnings = remarks(&claims, settings);
    Ok(Found::new(Some(claims), detail).notes(notes).warnings(warnings))
}

/// What no gateway accepts.
fn refuse_what_cannot_work(claims: &Claims) -> Result<(), Problem> {
    if let Some(left_s) = token::seconds_left(claims).filter(|left_s| *left_s <= 0) {
        let message = format!("the token ended {} s ago by this machine's clock", -left_s);
        return Err(Problem::new("SKEP-AUTH-EXPIRED", Exit::NotAuthorized, message)
            .cause("this machine's clock is ahead, or the token is an old one")
            .fix("set this machine's clock (NTP); replace a fixed token (CAMUNDA_OAUTH_TOKEN)"));
    }
    if claims.texts("aud").is_ok_and(|audiences| audiences.iter().any(|aud| aud == GRAPH)) {
        let message = "the token is for Microsoft Graph, not for the gateway";
        return Err(Problem::new("SKEP-AUTH-AUDIENCE", Exit::NotAuthorized, message)
            .cause("the scope names no API, and Entra then takes Microsoft Graph")
            .fix("set ZEEBE_TOKEN_SCOPE to API_APPLICATION_ID/.default")
            .topic(Topic::Audience));
    }
    Ok(())
}

/// What works with some gateways only.
fn remarks(claims: &Claims, settings: &ClientSettings) -> Vec<String> {
    let mut remarks = Vec::new();
    let received = claims.texts("aud").unwrap_or_default();
    if let Authentication::OAuth { credentials, .. } = &settings.authentication
        && let Some(wanted) = &credentials.audience
    {
        let wanted = wanted.strip_suffix("/.default").unwrap_or(wanted).to_owned();
        let forms = audience_forms(std::slice::from_ref(&wanted));
        if !received.iter().any(|audience| forms.contains(audience)) {
            remarks.push(format!(
                "the audience {wanted:?} was asked for, but the token's is {}: at Entra the scope \
                 decides, not ZEEBE_TOKEN_AUDIENCE",
                received.join(", ")
            ));
        }
    }
    if claims.text("ver") == Some("1.0") {
        remarks.push(
            "it is a v1.0 token: Camunda 8 refuses it; set api.requestedAccessTokenVersion to 2 \
             in the manifest of the API's registration"
                .to_owned(),
        );
    }
    if claims.get("_claim_names").is_some() {
        remarks
            .push("the user has too many groups for a token (overage): use app roles".to_owned());
    }
    remarks
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

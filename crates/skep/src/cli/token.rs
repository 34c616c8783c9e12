//! `skep token`

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};
use skep_auth::{
    ClientSettings, TokenSource,
    jose::{Claims, Jws},
};

use super::{connection::ConnectionArgs, curl};
use crate::{
    failure::{Exit, Failure},
    output::{Output, line},
};

const EXAMPLES: &str = "\
Examples:
  skep token                 who the token says I am, for whom it is, and until when
  skep token --decode        its whole header and claims as JSON
  skep token --curl          the same request for curl, with the secret left in its variable
  curl -H \"authorization: Bearer $(skep token --show)\" http://localhost:8080/v2/topology";

/// Flags of `skep token`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TokenArgs {
    /// Print the decoded header and claims as JSON. Their signature is not checked.
    #[arg(long, conflicts_with_all = ["curl", "show"])]
    decode: bool,
    /// Print the token request as a curl command, without the secret.
    #[arg(long, conflicts_with = "show")]
    curl: bool,
    /// Print the token itself, and nothing else.
    #[arg(long)]
    show: bool,

    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs the command.
///
/// # Errors
/// When the settings ask for no token, and when none can be had.
pub(crate) async fn run(args: TokenArgs, output: Output) -> Result<(), Failure> {
    let settings = args.connection.settings()?;
    if args.curl {
        return line(curl::token_request(&settings)?);
    }
    let header = authorization(&settings).await?;
    let token = header.split_once(' ').map_or(&*header, |(_, token)| token);
    if args.show {
        return line(token);
    }
    let parsed = match Jws::parse(token) {
        Ok(parsed) => parsed,
        Err(e) => {
            let text = format!("the token is opaque to clients ({} characters): {e}", token.len());
            return output.print(text, &json!({ "opaque": true, "length": token.len() }));
        }
    };
    let decoded = json!({ "header": header_json(&parsed), "claims": parsed.claims.as_map() });
    if args.decode {
        line(format!("{decoded:#}"))
    } else {
        output.print(summary(&parsed.claims), &decoded)
    }
}

/// The header of calls, fetched now.
async fn authorization(settings: &ClientSettings) -> Result<std::sync::Arc<str>, Failure> {
    let source = TokenSource::from_settings(settings).map_err(skep_client::Error::Settings)?;
    let fetch = source.authorization();
    let header = super::progress::while_waiting("waiting for the token", fetch).await;
    header.map_err(skep_client::Error::Token)?.ok_or_else(|| {
        Failure::new("there is no token, because no authentication is set")
            .exit(Exit::NotAuthorized)
            .fix(
                "set ZEEBE_CLIENT_ID, ZEEBE_CLIENT_SECRET or a keystore, and \
                 ZEEBE_AUTHORIZATION_SERVER_URL; `skep auth explain` shows what is read",
            )
    })
}

fn header_json(token: &Jws<'_>) -> Value {
    let mut json = Map::new();
    json.insert("alg".to_owned(), json!(token.algorithm.as_str()));
    for (name, value) in
        [("typ", &token.header.typ), ("kid", &token.header.kid), ("x5t", &token.header.x5t)]
    {
        if let Some(value) = value {
            json.insert(name.to_owned(), json!(value));
        }
    }
    Value::Object(json)
}

/// What matters when a token is not accepted.
pub(super) fn summary(claims: &Claims) -> String {
    let mut lines = Vec::new();
    for (label, names) in [
        ("client", ["azp", "appid", "client_id"].as_slice()),
        ("subject", &["sub"]),
        ("issuer", &["iss"]),
        ("audience", &["aud"]),
        ("roles", &["roles"]),
        ("scope", &["scp", "scope"]),
        ("tenant", &["tid"]),
        ("version", &["ver"]),
    ] {
        if let Some(value) = names.iter().find_map(|name| claims.get(name)) {
            lines.push(format!("{label:9} {}", plain(value)));
        }
    }
    if let Some(left) = seconds_left(claims) {
        lines.push(match left {
            0.. => format!("{:9} in {} min {} s", "ends", left / 60, left % 60),
            _ => format!("{:9} {} s ago, by this machine's clock", "ended", -left),
        });
    }
    lines.join("\n")
}

/// Seconds until `exp`; negative when it has passed.
pub(super) fn seconds_left(claims: &Claims) -> Option<i64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    let exp = claims.get("exp")?.as_i64()?;
    Some(exp - i64::try_from(now).ok()?)
}

/// A claim without the quotes of JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_names_what_a_gateway_checks() {
        let claims = json!({
            "iss": "https://idp/v2.0", "aud": ["api"], "azp": "orders", "roles": ["r1", "r2"],
            "exp": 1,
        });
        let text = summary(&Claims::new(claims.as_object().unwrap().clone()));
        for expected in
            ["client    orders", "issuer    https://idp/v2.0", "audience  api", "r1, r2", "ended"]
        {
            assert!(text.contains(expected), "{text}");
        }
    }
}

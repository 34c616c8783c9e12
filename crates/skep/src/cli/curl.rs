//! Requests for curl, with what is secret left in the variables that it came from.

use skep_auth::{
    ClientCredentials, ClientSettings, Credential,
    settings::{Authentication, Explanation, Origin, Setting},
};

use crate::failure::Failure;

/// The token request.
///
/// # Errors
/// No provider is asked for tokens.
pub(super) fn token_request(settings: &ClientSettings) -> Result<String, Failure> {
    let Authentication::OAuth { credentials, .. } = &settings.authentication else {
        return Err(Failure::usage("there is no token request: OAuth is not set")
            .fix("`skep auth explain` shows what is read"));
    };
    let url = credentials.endpoint.configured_url();
    let mut parts = vec![format!("curl -sS {}", quoted(url))];
    parts.extend(trusted(settings));
    for (name, value) in credentials.fields(url) {
        parts.push(format!("--data-urlencode {}", quoted(&format!("{name}={value}"))));
    }
    parts.extend(credential(settings, credentials));
    Ok(parts.join(" \\\n  "))
}

/// The guide's quick connection test: a token, then a call with it, over REST and over gRPC.
///
/// # Errors
/// As [`token_request`].
pub(super) fn connection_test(settings: &ClientSettings) -> Result<String, Failure> {
    let request = token_request(settings)?;
    let Authentication::OAuth { credentials, .. } = &settings.authentication else {
        return Err(Failure::usage("there is no token request: OAuth is not set"));
    };
    let mut script =
        String::from("# 1. A token: the answer has an access_token, or says what is wrong.\n");
    if let Credential::Certificate { .. } = &credentials.credential {
        script.push_str(
            "#    The assertion is signed anew for each request, so curl cannot make it: this is\n\
             #    what is sent, and the line after it gets a token the same way.\n",
        );
        script.extend(request.lines().map(|line| format!("#      {line}\n")));
        script.push_str("TOKEN=$(skep token --show)\n");
    } else {
        script.push_str(&format!(
            "TOKEN=$({request} \\\n  | sed -n 's/.*\"access_token\": *\"\\([^\"]*\\)\".*/\\1/p')\n"
        ));
    }
    let rest = quoted(&format!("{}/v2/topology", settings.rest_address));
    let mut call =
        vec![format!("curl -sS -i {rest}"), "-H \"authorization: Bearer $TOKEN\"".into()];
    if settings.rest_address.starts_with("https://") {
        call.extend(trusted(settings));
    }
    script.push_str("\n# 2. The REST API with it: status 200, or what is wrong with the token.\n");
    script.push_str(&format!("{}\n", call.join(" \\\n  ")));
    let gateway = &settings.gateway;
    let address = quoted(&format!("{}:{}", gateway.host, gateway.port));
    let mut zbctl = vec![format!("zbctl status --address {address}")];
    match settings.ca_files.first() {
        _ if !gateway.tls => zbctl.push("--insecure".into()),
        Some(file) => zbctl.push(format!("--certPath {}", quoted(&file.to_string_lossy()))),
        None => {}
    }
    script.push_str("\n# 3. The gRPC gateway, with a token of its own from the same variables.\n");
    script.push_str(&zbctl.join(" "));
    Ok(script)
}

fn trusted(settings: &ClientSettings) -> impl Iterator<Item = String> {
    settings.ca_files.iter().map(|file| format!("--cacert {}", quoted(&file.to_string_lossy())))
}

fn credential(settings: &ClientSettings, credentials: &ClientCredentials) -> Vec<String> {
    let assertion = "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let field = |text: &str| format!("--data-urlencode {}", quoted(text));
    match &credentials.credential {
        Credential::Secret(_) => {
            let origin = |e: &Explanation| match &e.origin {
                Origin::Variable(name) => Some(name.clone()),
                Origin::Flag | Origin::Program | Origin::File | Origin::Default => None,
            };
            let variable = settings
                .explanations
                .iter()
                .find(|e| e.setting == Setting::ClientSecret)
                .and_then(origin)
                .unwrap_or_else(|| "ZEEBE_CLIENT_SECRET".to_owned());
            vec![format!("--data-urlencode \"client_secret=${variable}\"")]
        }
        Credential::SecretFile(path) => {
            let path = path.to_string_lossy();
            vec![format!("--data-urlencode client_secret@{}", quoted(&path))]
        }
        Credential::Certificate { .. } => vec![
            field(assertion),
            // It is signed anew for each request, and short-lived: nothing to paste.
            "--data-urlencode \"client_assertion=$CLIENT_ASSERTION\"".to_owned(),
        ],
        Credential::FederatedTokenFile(path) => vec![
            field(assertion),
            format!("--data-urlencode client_assertion@{}", quoted(&path.to_string_lossy())),
        ],
    }
}

/// One word for a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_the_shell() {
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}

//! The other way round: the variables that make any Zeebe client sign in with given credentials.

use std::path::Path;

use crate::Secret;

/// The credential of a client, for its variables.
#[derive(Clone, Copy, Debug)]
pub enum ExportedCredential<'a> {
    /// A client secret.
    Secret(&'a Secret),
    /// A PKCS#12 keystore.
    Keystore {
        /// The file.
        path: &'a Path,
        /// Its password.
        password: &'a Secret,
    },
}

/// Names and values for the Java, Go, Node, Python and C# clients and for Skep's own, under every
/// name that one of them reads; in an order that reads well.
#[must_use]
pub fn client_variables(
    token_url: &str,
    client_id: &str,
    audience: &str,
    scope: &str,
    credential: Option<ExportedCredential<'_>>,
) -> Vec<(&'static str, String)> {
    let mut variables = vec![
        ("ZEEBE_AUTHORIZATION_SERVER_URL", token_url.to_owned()),
        ("CAMUNDA_OAUTH_URL", token_url.to_owned()),
        ("CAMUNDA_AUTH_STRATEGY", "OAUTH".to_owned()),
    ];
    let mut add = |names: &[&'static str], value: &str| {
        variables.extend(names.iter().map(|name| (*name, value.to_owned())));
    };
    match credential {
        None => {}
        Some(ExportedCredential::Secret(secret)) => {
            add(&["ZEEBE_CLIENT_SECRET", "CAMUNDA_CLIENT_SECRET"], secret.expose());
        }
        Some(ExportedCredential::Keystore { path, password }) => {
            let path = path.display().to_string();
            add(
                &["ZEEBE_CLIENT_ASSERTION_KEYSTORE_PATH", "CAMUNDA_CLIENT_ASSERTION_KEYSTORE_PATH"],
                &path,
            );
            add(
                &[
                    "ZEEBE_CLIENT_ASSERTION_KEYSTORE_PASSWORD",
                    "CAMUNDA_CLIENT_ASSERTION_KEYSTORE_PASSWORD",
                ],
                password.expose(),
            );
        }
    }
    add(&["ZEEBE_CLIENT_ID", "CAMUNDA_CLIENT_ID"], client_id);
    add(
        &["ZEEBE_TOKEN_AUDIENCE", "CAMUNDA_TOKEN_AUDIENCE", "CAMUNDA_ZEEBE_OAUTH_AUDIENCE"],
        audience,
    );
    add(&["ZEEBE_TOKEN_SCOPE", "CAMUNDA_TOKEN_SCOPE", "CAMUNDA_OAUTH_SCOPE"], scope);
    variables
}

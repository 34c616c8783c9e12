//! `skep auth explain`

use serde_json::{Value, json};
use skep_auth::settings::{Authentication, Explanation};

use super::connection::ConnectionArgs;
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep auth explain
  ZEEBE_CLIENT_ID=orders skep auth explain --output json

Precedence: flag, then CAMUNDA_*, then ZEEBE_*, then default. Secrets are never shown.";

/// `skep auth` and its subcommands.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct AuthArgs {
    #[command(subcommand)]
    command: AuthCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum AuthCommand {
    /// Show every effective setting, where it comes from, and what it hides.
    #[command(after_help = EXAMPLES)]
    Explain {
        #[command(flatten)]
        connection: ConnectionArgs,
    },
}

/// Runs the command.
///
/// # Errors
/// When the settings contradict each other or are half there: that is the explanation then.
pub(crate) fn run(args: &AuthArgs, output: Output) -> Result<(), Failure> {
    let AuthCommand::Explain { connection } = &args.command;
    let settings = connection.settings()?;
    let method = method(&settings.authentication);
    let mut text = format!("authentication: {method}\n\n");
    text.push_str(&table(&settings.explanations));
    if !settings.unused.is_empty() {
        text.push_str("\nset, but without effect with the rest as it is:\n");
        text.push_str(&table(&settings.unused));
    }
    for (name, reason) in &settings.ignored {
        text.push_str(&format!("\n{name} has no effect: {reason}"));
    }
    for note in &settings.notes {
        text.push_str(&format!("\nnote: {note}"));
    }
    let json = json!({
        "authentication": method,
        "gateway": settings.gateway.uri(),
        "settings": settings.explanations.iter().map(as_json).collect::<Vec<_>>(),
        "unused": settings.unused.iter().map(as_json).collect::<Vec<_>>(),
        "ignored": settings.ignored.iter().map(|(name, reason)| {
            json!({ "variable": name, "reason": reason })
        }).collect::<Vec<_>>(),
        "notes": settings.notes,
    });
    output.print(text.trim_end(), &json)
}

/// How calls will authenticate, in words.
pub(super) fn method(authentication: &Authentication) -> String {
    match authentication {
        Authentication::None => "none, calls are anonymous".to_owned(),
        Authentication::Basic { username, .. } => format!("user name and password of {username}"),
        Authentication::Bearer(_) => "a fixed bearer token".to_owned(),
        Authentication::ManagedIdentity(identity) => match &identity.client_id {
            Some(client_id) => format!("the platform's managed identity {client_id}"),
            None => "the platform's managed identity".to_owned(),
        },
        Authentication::OAuth { credentials, .. } => format!(
            "OAuth client credentials of {} by {}",
            credentials.client_id,
            credential(&credentials.credential)
        ),
    }
}

fn credential(credential: &skep_auth::Credential) -> &'static str {
    match credential {
        skep_auth::Credential::Secret(_) => "secret",
        skep_auth::Credential::SecretFile(_) => "secret in a file",
        skep_auth::Credential::Certificate { .. } => "certificate",
        skep_auth::Credential::FederatedTokenFile(_) => "federated token",
    }
}

fn table(explanations: &[Explanation]) -> String {
    let label_width = explanations.iter().map(|e| e.setting.label().len()).max().unwrap_or(0);
    let value_width = explanations.iter().map(|e| e.value.len()).max().unwrap_or(0).min(60);
    let mut text = String::new();
    for explanation in explanations {
        let Explanation { setting, value, origin, shadowed } = explanation;
        let label = setting.label();
        text.push_str(&format!("{label:label_width$}  {value:value_width$}  {origin}\n"));
        for (origin, value) in shadowed {
            text.push_str(&format!(
                "{:label_width$}  {value:value_width$}  {origin}, without effect\n",
                ""
            ));
        }
    }
    text
}

fn as_json(explanation: &Explanation) -> Value {
    json!({
        "setting": explanation.setting.label(),
        "value": explanation.value,
        "origin": explanation.origin.to_string(),
        "shadowed": explanation.shadowed.iter().map(|(origin, value)| {
            json!({ "origin": origin.to_string(), "value": value })
        }).collect::<Vec<_>>(),
        "variables": explanation.setting.variables(),
    })
}

//! Federated identity credentials: tokens of other issuers that stand for an application.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{TOKEN_EXCHANGE, TOKEN_EXCHANGE_URI};
use crate::error::Error;

/// Most of one application.
pub(super) const CREDENTIALS_MAX: usize = 20;
/// Longest issuer, subject, audience or description.
const VALUE_CHARS_MAX: usize = 600;

/// Whose tokens are accepted as client assertions of an application.
///
/// Source: MicrosoftDocs/entra-docs:
/// docs/workload-id/workload-identity-federation-considerations.md
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FederatedCredential {
    /// Names the credential in the registry.
    pub id: Uuid,
    /// Name within the application, 3 to 120 characters that a URL can hold; it never changes.
    pub name: String,
    /// `iss` of the tokens: where their issuer publishes its keys.
    pub issuer: String,
    /// `sub` of the tokens.
    pub subject: String,
    /// `aud` of the tokens: exactly one.
    pub audiences: Vec<String>,
    /// For people.
    pub description: Option<String>,
}

impl FederatedCredential {
    /// A credential for the usual audience, `api://AzureADTokenExchange`.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        issuer: impl Into<String>,
        subject: impl Into<String>,
    ) -> Self {
        Self {
            id: Uuid::new_v4(),
            name: name.into(),
            issuer: issuer.into(),
            subject: subject.into(),
            audiences: vec![TOKEN_EXCHANGE_URI.to_owned()],
            description: None,
        }
    }

    fn check(&self) -> Result<(), String> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !(3..=120).contains(&self.name.len()) || !self.name.chars().all(is_name) {
            return Err(format!(
                "the name {:?} must have 3 to 120 letters, digits, '-' or '_'",
                shortened(&self.name)
            ));
        }
        let [audience] = self.audiences.as_slice() else {
            return Err(format!(
                "'audiences' must hold exactly one value, it holds {}",
                self.audiences.len()
            ));
        };
        if *audience == TOKEN_EXCHANGE.to_string() {
            return Err(format!("'audiences' must name it as {TOKEN_EXCHANGE_URI}, not by its id"));
        }
        for (property, value) in
            [("issuer", &self.issuer), ("subject", &self.subject), ("audiences", audience)]
        {
            let chars = value.chars().count();
            if chars == 0 || chars > VALUE_CHARS_MAX || value.chars().any(char::is_control) {
                return Err(format!(
                    "'{property}' must have 1 to {VALUE_CHARS_MAX} characters, it has {chars}"
                ));
            }
            if value.contains('*') {
                return Err(format!("'{property}' must not hold wildcards"));
            }
        }
        let host = self.issuer.strip_prefix("https://").unwrap_or_default();
        if host.is_empty() || host.starts_with('/') || host.contains(['?', '#', ' ']) {
            return Err(format!(
                "'issuer' must be an https address without query, it is {:?}",
                shortened(&self.issuer)
            ));
        }
        let description = self.description.as_deref().unwrap_or_default();
        if description.chars().count() > VALUE_CHARS_MAX {
            return Err(format!("'description' must have at most {VALUE_CHARS_MAX} characters"));
        }
        Ok(())
    }
}

/// Checks all of an application, and that no two mean the same tokens.
pub(super) fn check(credentials: &[FederatedCredential]) -> Result<(), Error> {
    let invalid = |why: String| {
        Err(Error::Invalid(format!("the federated credential cannot be registered: {why}")))
    };
    if credentials.len() > CREDENTIALS_MAX {
        return invalid(format!("an application may have at most {CREDENTIALS_MAX}"));
    }
    for (n, credential) in credentials.iter().enumerate() {
        if let Err(why) = credential.check() {
            return invalid(why);
        }
        let others = &credentials[..n];
        if others.iter().any(|other| other.name.eq_ignore_ascii_case(&credential.name)) {
            return invalid(format!("the name {:?} is taken", credential.name));
        }
        let same = |other: &&FederatedCredential| {
            other.issuer == credential.issuer && other.subject == credential.subject
        };
        if let Some(other) = others.iter().find(same) {
            return invalid(format!("{:?} has the same issuer and subject", other.name));
        }
    }
    Ok(())
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

//! Who is calling.

use crate::jose::{ClaimError, Claims};

/// Who is calling, from a checked token.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Principal {
    /// `azp`, else `appid`, else `client_id`: the calling application.
    pub client_id: Option<String>,
    /// The calling user, when the token is a user's.
    pub username: Option<String>,
    /// `sub`.
    pub subject: String,
    /// `roles`.
    pub roles: Vec<String>,
    /// `groups`; empty when the provider left them out because there are too many.
    pub groups: Vec<String>,
    /// `scp` or `scope`, split at spaces.
    pub scopes: Vec<String>,
    /// `iss`.
    pub issuer: String,
    /// `exp`, in seconds since the Unix epoch.
    pub expires_at: i64,
}

impl Principal {
    /// Reads who is calling out of checked claims.
    ///
    /// A token is a user's when `idtyp` says so, when it has delegated scopes (`scp`), or when
    /// its subject is not the application itself. Without these hints (other providers than
    /// Entra) a token with a client id and no user name is an application's.
    ///
    /// # Errors
    /// A claim has the wrong type.
    pub(crate) fn from_claims(claims: &Claims, expires_at: i64) -> Result<Self, ClaimError> {
        let text = |name| claims.text(name).filter(|text: &&str| !text.is_empty());
        let client_id = ["azp", "appid", "client_id"].into_iter().find_map(text);
        let subject = text("sub");
        let username = ["preferred_username", "upn", "unique_name", "username", "email"]
            .into_iter()
            .find_map(text);
        let is_user = match text("idtyp") {
            Some("app") => false,
            Some(_) => true,
            None => {
                text("scp").is_some()
                    || match text("oid") {
                        Some(oid) => subject != Some(oid),
                        None => {
                            // Keycloak gives applications a user name of this form.
                            let is_application = client_id.is_some()
                                && username.is_none_or(|name| name.starts_with("service-account-"));
                            !is_application
                        }
                    }
            }
        };
        let mut scopes = claims.texts("scp")?;
        if scopes.is_empty() {
            scopes = claims.texts("scope")?;
        }
        Ok(Self {
            client_id: client_id.map(str::to_owned),
            username: is_user
                .then(|| username.or_else(|| text("oid")).or(subject))
                .flatten()
                .map(str::to_owned),
            subject: subject.unwrap_or_default().to_owned(),
            roles: claims.texts("roles")?,
            groups: claims.texts("groups")?,
            scopes: scopes
                .iter()
                .flat_map(|text| text.split_ascii_whitespace())
                .map(str::to_owned)
                .collect(),
            issuer: text("iss").unwrap_or_default().to_owned(),
            expires_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn principal(claims: serde_json::Value) -> Principal {
        let serde_json::Value::Object(map) = claims else { panic!("no object") };
        Principal::from_claims(&Claims::new(map), 0).unwrap()
    }

    #[test]
    fn entra_v2_application() {
        let found = principal(json!({"sub": "s", "oid": "s", "azp": "app", "roles": ["Admin"]}));
        assert_eq!(found.client_id.as_deref(), Some("app"));
        assert_eq!(found.username, None);
        assert_eq!(found.roles, ["Admin"]);
    }

    #[test]
    fn entra_v1_application() {
        let found = principal(json!({"sub": "s", "oid": "s", "appid": "app", "idtyp": "app"}));
        assert_eq!((found.client_id.as_deref(), found.username), (Some("app"), None));
    }

    #[test]
    fn entra_user_is_not_the_application() {
        let found = principal(json!({
            "sub": "pairwise", "oid": "o", "azp": "app", "scp": "a b",
            "preferred_username": "ada@example.com",
        }));
        assert_eq!(found.username.as_deref(), Some("ada@example.com"));
        assert_eq!(found.client_id.as_deref(), Some("app"));
        assert_eq!(found.scopes, ["a", "b"]);
        // Neither scopes nor a name: the subject differs from the object id all the same.
        let found = principal(json!({"sub": "pairwise", "oid": "o", "azp": "app"}));
        assert_eq!(found.username.as_deref(), Some("o"));
    }

    #[test]
    fn other_providers() {
        let service = json!({"sub": "1", "azp": "a", "preferred_username": "service-account-a"});
        assert_eq!(principal(service).username, None);
        let user = json!({"sub": "1", "azp": "a", "preferred_username": "ada"});
        assert_eq!(principal(user).username.as_deref(), Some("ada"));
        let bare = principal(json!({"sub": "ada"}));
        assert_eq!((bare.username.as_deref(), bare.client_id), (Some("ada"), None));
    }
}

//! Who is calling.

use serde_json::Value;

use crate::jose::{ClaimError, Claims};

/// Who is calling, from a checked token.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Principal {
    /// The calling application: `azp`, else `appid`, else `client_id`.
    pub client_id: Option<String>,
    /// The calling user, when the token is a user's.
    pub username: Option<String>,
    /// `sub`.
    pub subject: String,
    /// `roles`.
    pub roles: Vec<String>,
    /// `groups`.
    pub groups: Vec<String>,
    /// True when the user has more groups than fit in a token, so that `groups` is empty.
    pub has_groups_elsewhere: bool,
    /// `scp` or `scope`, split at spaces.
    pub scopes: Vec<String>,
    /// `iss`.
    pub issuer: String,
    /// `exp`, in seconds since the Unix epoch.
    pub expires_at: i64,
}

/// Which claims say who is calling; `None` stands for the usual ones.
///
/// A name that begins with `$.` is a path through objects, for example
/// `$.realm_access.roles` for the roles of Keycloak.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ClaimMapping {
    /// The user's name.
    pub username: Option<String>,
    /// The application.
    pub client_id: Option<String>,
    /// The roles.
    pub roles: Option<String>,
    /// The groups.
    pub groups: Option<String>,
    /// A token that has the user name's claim is a user's, whatever else it says.
    pub prefer_username: bool,
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
    pub(crate) fn from_claims(
        claims: &Claims,
        mapping: &ClaimMapping,
        expires_at: i64,
    ) -> Result<Self, ClaimError> {
        let text = |name| claims.text(name).filter(|text: &&str| !text.is_empty());
        let mapped = |path: &Option<String>, usual: &[&'static str]| match path {
            Some(path) => claims.at(path).and_then(Value::as_str).filter(|text| !text.is_empty()),
            None => usual.iter().find_map(|name| text(name)),
        };
        let client_id = mapped(&mapping.client_id, &["azp", "appid", "client_id"]);
        let usual = ["preferred_username", "upn", "unique_name", "username", "email"];
        let username = mapped(&mapping.username, &usual);
        let is_user =
            (mapping.prefer_username && username.is_some()) || is_user(claims, client_id, username);
        let username = username.or_else(|| text("oid")).or_else(|| text("sub"));
        let mut scopes = claims.texts("scp")?;
        if scopes.is_empty() {
            scopes = claims.texts("scope")?;
        }
        let scopes = scopes.iter().flat_map(|text| text.split_ascii_whitespace());
        Ok(Self {
            client_id: client_id.map(str::to_owned),
            username: username.filter(|_| is_user).map(str::to_owned),
            subject: text("sub").unwrap_or_default().to_owned(),
            roles: claims.texts_at("roles", mapping.roles.as_deref())?,
            groups: claims.texts_at("groups", mapping.groups.as_deref())?,
            has_groups_elsewhere: has_groups_elsewhere(claims),
            scopes: scopes.map(str::to_owned).collect(),
            issuer: text("iss").unwrap_or_default().to_owned(),
            expires_at,
        })
    }
}

fn is_user(claims: &Claims, client_id: Option<&str>, username: Option<&str>) -> bool {
    let text = |name| claims.text(name).filter(|text: &&str| !text.is_empty());
    match (text("idtyp"), text("oid")) {
        (Some(kind), _) => kind != "app",
        (None, _) if text("scp").is_some() => true,
        (None, Some(object_id)) => text("sub") != Some(object_id),
        // Keycloak gives applications a user name of this form.
        (None, None) => match (client_id, username) {
            (None, _) => true,
            (Some(_), name) => name.is_some_and(|name| !name.starts_with("service-account-")),
        },
    }
}

/// Entra: more than 200 groups are not in the token, but behind a link.
///
/// Source: MicrosoftDocs/entra-docs: docs/identity-platform/access-token-claims-reference.md
fn has_groups_elsewhere(claims: &Claims) -> bool {
    let linked = claims.get("_claim_names").and_then(|names| names.get("groups"));
    linked.is_some() || claims.get("hasgroups").and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn principal(claims: Value) -> Principal {
        mapped(&ClaimMapping::default(), claims)
    }

    fn mapped(mapping: &ClaimMapping, claims: Value) -> Principal {
        let Value::Object(map) = claims else { panic!("no object") };
        Principal::from_claims(&Claims::new(map), mapping, 0).unwrap()
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

    #[test]
    fn claims_can_have_other_names() {
        let mapping = ClaimMapping {
            username: Some("nick".into()),
            client_id: Some("$.app.id".into()),
            roles: Some("$.realm_access.roles".into()),
            groups: Some("memberships".into()),
            prefer_username: false,
        };
        let claims = json!({
            "sub": "s", "azp": "other", "nick": "ada", "app": {"id": "a"}, "idtyp": "user",
            "realm_access": {"roles": ["r"]}, "memberships": "g", "groups": ["not these"],
        });
        let found = mapped(&mapping, claims);
        assert_eq!(
            (found.username.as_deref(), found.client_id.as_deref()),
            (Some("ada"), Some("a"))
        );
        assert_eq!((found.roles, found.groups), (vec!["r".into()], vec!["g".into()]));

        let wrong = json!({"realm_access": {"roles": 7}});
        let Value::Object(map) = wrong else { panic!("no object") };
        assert!(Principal::from_claims(&Claims::new(map), &mapping, 0).is_err());
    }

    #[test]
    fn a_user_name_can_decide_that_it_is_a_user() {
        let claims = json!({"sub": "s", "oid": "s", "azp": "a", "name": "ada"});
        let mapping = ClaimMapping { username: Some("name".into()), ..ClaimMapping::default() };
        assert_eq!(mapped(&mapping, claims.clone()).username, None);
        let mapping = ClaimMapping { prefer_username: true, ..mapping };
        assert_eq!(mapped(&mapping, claims).username.as_deref(), Some("ada"));
    }

    #[test]
    fn groups_that_are_elsewhere_are_noticed() {
        let linked = json!({"_claim_names": {"groups": "src1"}});
        assert!(principal(linked).has_groups_elsewhere);
        assert!(principal(json!({"hasgroups": true})).has_groups_elsewhere);
        assert!(!principal(json!({"groups": ["g"]})).has_groups_elsewhere);
    }
}

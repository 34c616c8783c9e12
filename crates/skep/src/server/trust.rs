//! From the configuration to whose tokens are accepted.

use std::{path::PathBuf, time::Duration};

use jiff::SignedDuration;
use skep_auth::{BasicUsers, ClaimMapping, Secret, TrustedIssuer, ValidationConfig};

use super::config::{Config, Identity};
use crate::failure::Failure;

/// Profiles of 8.6 with which a component checks tokens.
///
/// Source: camunda/camunda-platform-helm: charts/camunda-platform-8.6/templates
const PROFILES: [&str; 4] = ["oidc", "identity", "identity-auth", "sso-auth"];

/// The audience of a gateway that is told an issuer in the section of its own, and no more.
///
/// Source: camunda/zeebe: zeebe/gateway/…/configuration/IdentityCfg.java
const GATEWAY_AUDIENCE: &str = "zeebe-api";

/// Most that clocks may differ; more would accept what has long expired.
const CLOCK_SKEW_MAX: Duration = Duration::from_secs(300);

const FIX: &str = "set skep.security.entraTenantId (SKEP_SECURITY_ENTRATENANTID) or \
    camunda.security.authentication.oidc.issuerUri \
    (CAMUNDA_SECURITY_AUTHENTICATION_OIDC_ISSUERURI), and \
    camunda.security.authentication.oidc.audiences \
    (CAMUNDA_SECURITY_AUTHENTICATION_OIDC_AUDIENCES), or those of 8.6 \
    (CAMUNDA_IDENTITY_ISSUERBACKENDURL, CAMUNDA_IDENTITY_AUDIENCE); or start with --dev to bring \
    an identity provider along";

/// The users that may call, where the configuration wants names and passwords instead of tokens.
///
/// # Errors
/// Usage: there are no users, or some that cannot be.
pub(super) fn basic_users(config: &Config) -> Result<Option<BasicUsers>, Failure> {
    let method = &config.camunda.security.authentication.method;
    if !method.as_deref().is_some_and(|method| method.eq_ignore_ascii_case("basic")) {
        return Ok(None);
    }
    let users = config.camunda.security.initialization.users.iter();
    let users = users.map(|user| (user.username.clone(), Secret::new(user.password.clone())));
    BasicUsers::new(users).map(Some).map_err(|reason| {
        let message = format!("camunda.security.authentication.method is basic, but {reason}");
        Failure::usage(message).fix(
            "list who may call in camunda.security.initialization.users, each with username and \
             password",
        )
    })
}

/// The issuers, audiences and callers of the configuration, and a CA to reach the issuer with.
///
/// # Errors
/// Usage: nothing says whose tokens to accept, or a setting asks for what Skep does not do.
pub(super) fn configured(config: &Config) -> Result<(ValidationConfig, Option<PathBuf>), Failure> {
    refuse_other_methods(config)?;
    let authentication = &config.camunda.security.authentication;
    let (oidc, security) = (&authentication.oidc, &config.skep.security);
    let (mut issuers, mut audiences) = (Vec::new(), oidc.audiences.clone());
    if let Some(tenant) = &security.entra_tenant_id {
        issuers.extend(TrustedIssuer::entra(&security.entra_host, tenant));
    }
    if let Some(issuer) = &oidc.issuer_uri {
        issuers.push(TrustedIssuer { issuer: issuer.clone(), jwks_uri: oidc.jwk_set_uri.clone() });
    }
    for (identity, default_audience) in identities(config) {
        issuers.extend(issuer_of(identity)?);
        audiences.extend(audience_of(identity).or_else(|| default_audience.map(str::to_owned)));
    }
    let missing = match (issuers.is_empty(), audiences.is_empty()) {
        (false, false) => None,
        (true, true) => Some("neither an issuer nor an audience is configured"),
        (true, false) => Some("no issuer is configured"),
        (false, true) => Some("no audience is configured"),
    };
    if let Some(missing) = missing {
        let asked =
            asked_for(config).map_or_else(String::new, |who| format!(" ({who} asks for it)"));
        let message = format!("cannot tell whose tokens to accept: {missing}{asked}");
        return Err(Failure::usage(message).fix(FIX));
    }
    let validation = ValidationConfig {
        issuers,
        audiences,
        allowed_clients: security.allowed_clients.clone(),
        required_roles: security.required_roles.clone(),
        claims: ClaimMapping {
            username: oidc.username_claim.clone(),
            client_id: oidc.client_id_claim.clone(),
            groups: oidc.groups_claim.clone(),
            roles: None,
            prefer_username: oidc.prefer_username_claim,
        },
        leeway: clock_skew(&oidc.clock_skew)?,
        ..ValidationConfig::default()
    };
    Ok((validation, security.ca_certificate_path.clone()))
}

/// Security is switched off by a flag, never by a setting that may have been left behind.
fn refuse_other_methods(config: &Config) -> Result<(), Failure> {
    let authentication = &config.camunda.security.authentication;
    let mode = &config.zeebe.gateway.security.authentication.mode;
    match authentication.method.as_deref().map(str::to_ascii_lowercase).as_deref() {
        // Both cannot be meant, and it would be a guess which of them is.
        None | Some("oidc") if !config.camunda.security.initialization.users.is_empty() => {
            return Err(Failure::usage(
                "camunda.security.initialization has users, but passwords are checked only where \
                 camunda.security.authentication.method is basic",
            )
            .fix("set the method to basic, or take the users out"));
        }
        None | Some("oidc" | "basic") => {}
        Some(other) => {
            let message = format!("camunda.security.authentication.method is {other:?}");
            return Err(Failure::usage(message).fix("set it to oidc, or leave it out"));
        }
    }
    match mode.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("identity" | "oidc") => {}
        Some("none") => tracing::warn!(
            "zeebe.gateway.security.authentication.mode is none, but tokens are checked all the \
             same: only the flag --insecure-no-auth switches that off"
        ),
        Some(other) => {
            let message = format!("zeebe.gateway.security.authentication.mode is {other:?}");
            return Err(Failure::usage(message).fix("set it to identity, or leave it out"));
        }
    }
    if authentication.unprotected_api {
        tracing::warn!(
            "camunda.security.authentication.unprotectedApi is true, but tokens are checked all \
             the same: only the flag --insecure-no-auth switches that off"
        );
    }
    Ok(())
}

/// The sections of 8.6 that name an issuer, each with the audience it has by itself.
fn identities(config: &Config) -> Vec<(&Identity, Option<&'static str>)> {
    let gateway = &config.zeebe.gateway.security.authentication.identity;
    let component = &config.camunda.identity;
    if gateway.issuer_backend_url.is_some() || gateway.base_url.is_some() {
        // The gateway's own section wins, as there.
        return vec![(gateway, Some(GATEWAY_AUDIENCE))];
    }
    vec![(component, None)]
}

fn issuer_of(identity: &Identity) -> Result<Option<TrustedIssuer>, Failure> {
    let backend = identity.issuer_backend_url.as_ref();
    let Some(issuer) = identity.issuer.as_ref().or(backend) else { return Ok(None) };
    let kind = identity.kind.as_deref().unwrap_or("GENERIC").to_ascii_uppercase();
    let jwks_uri = match (&identity.jwks_url, backend, kind.as_str()) {
        (Some(url), _, _) => Some(url.clone()),
        (None, Some(backend), "KEYCLOAK") => {
            Some(format!("{}/protocol/openid-connect/certs", backend.trim_end_matches('/')))
        }
        (None, Some(backend), _) if backend != issuer => {
            return Err(Failure::usage(format!(
                "camunda.identity has the issuer {issuer:?} for browsers and {backend:?} for this \
                 server, but no keys"
            ))
            .fix("set camunda.identity.jwksUrl (CAMUNDA_IDENTITY_JWKSURL)"));
        }
        (None, _, _) => None,
    };
    Ok(Some(TrustedIssuer { issuer: issuer.clone(), jwks_uri }))
}

fn audience_of(identity: &Identity) -> Option<String> {
    let is_entra =
        identity.kind.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("MICROSOFT"));
    let client_id = identity.client_id.clone().filter(|_| is_entra);
    identity.audience.clone().or(client_id)
}

/// Which setting of old asks for tokens without saying whose.
fn asked_for(config: &Config) -> Option<String> {
    let profile =
        config.spring.profiles.active.iter().find(|profile| PROFILES.contains(&profile.as_str()));
    let mode = &config.zeebe.gateway.security.authentication.mode;
    let method = &config.camunda.security.authentication.method;
    match (profile, mode, method) {
        (Some(profile), _, _) => Some(format!("the profile {profile}")),
        (None, Some(mode), _) => Some(format!("zeebe.gateway.security.authentication.mode {mode}")),
        (None, None, Some(method)) => {
            Some(format!("camunda.security.authentication.method {method}"))
        }
        (None, None, None) => None,
    }
}

fn clock_skew(text: &str) -> Result<Duration, Failure> {
    let parsed: Option<SignedDuration> = text.parse().ok();
    parsed
        .and_then(|duration| Duration::try_from(duration).ok())
        .filter(|duration| *duration <= CLOCK_SKEW_MAX)
        .ok_or_else(|| {
            Failure::usage(format!(
                "camunda.security.authentication.oidc.clockSkew is {text:?}, but must be a \
                 duration from PT0S to PT5M"
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trust(variables: &[(&str, &str)]) -> Result<ValidationConfig, Failure> {
        let config = Config::load(None, |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })?;
        configured(&config).map(|(validation, _)| validation)
    }

    fn problem(variables: &[(&str, &str)]) -> String {
        format!("{:?}", trust(variables).unwrap_err())
    }

    const ENTRA: &str = "https://login.microsoftonline.com/t/v2.0";

    #[test]
    fn the_identity_variables_of_8_6_are_read_in_both_spellings() {
        for (issuer, client) in [
            ("CAMUNDA_IDENTITY_ISSUERBACKENDURL", "CAMUNDA_IDENTITY_CLIENTID"),
            ("CAMUNDA_IDENTITY_ISSUER_BACKEND_URL", "CAMUNDA_IDENTITY_CLIENT_ID"),
        ] {
            let found = trust(&[
                ("SPRING_PROFILES_ACTIVE", "oidc"),
                ("CAMUNDA_IDENTITY_TYPE", "MICROSOFT"),
                (issuer, ENTRA),
                (client, "app"),
            ]);
            let found = found.unwrap();
            assert_eq!(found.issuers, [TrustedIssuer::new(ENTRA)]);
            assert_eq!(found.audiences, ["app"]);
        }
        let found = trust(&[
            ("CAMUNDA_IDENTITY_TYPE", "KEYCLOAK"),
            ("CAMUNDA_IDENTITY_ISSUER", "https://public/realms/r"),
            ("CAMUNDA_IDENTITY_ISSUERBACKENDURL", "http://keycloak/realms/r"),
            ("CAMUNDA_IDENTITY_AUDIENCE", "zeebe-api"),
        ]);
        let issuer = found.unwrap().issuers.remove(0);
        assert_eq!(issuer.issuer, "https://public/realms/r");
        let keys = "http://keycloak/realms/r/protocol/openid-connect/certs";
        assert_eq!(issuer.jwks_uri.as_deref(), Some(keys));
    }

    #[test]
    fn the_gateways_own_section_wins() {
        for prefix in ["ZEEBE_GATEWAY", "ZEEBE_BROKER_GATEWAY"] {
            let name = |end: &str| format!("{prefix}_SECURITY_AUTHENTICATION_{end}");
            let found = trust(&[
                (&name("MODE"), "identity"),
                (&name("IDENTITY_ISSUERBACKENDURL"), "https://own"),
                ("CAMUNDA_IDENTITY_ISSUERBACKENDURL", "https://component"),
                ("CAMUNDA_IDENTITY_AUDIENCE", "component"),
            ]);
            let found = found.unwrap();
            assert_eq!(found.issuers, [TrustedIssuer::new("https://own")]);
            assert_eq!(found.audiences, ["zeebe-api"]);
        }
    }

    #[test]
    fn claims_and_clocks_of_8_8_are_read() {
        let prefix = "CAMUNDA_SECURITY_AUTHENTICATION_OIDC";
        let name = |end: &str| format!("{prefix}_{end}");
        let issuer = [
            (name("ISSUERURI"), "https://i"),
            (name("AUDIENCES_0"), "a"),
            (name("AUDIENCES_1"), "b"),
            (name("USERNAMECLAIM"), "oid"),
            (name("CLIENTIDCLAIM"), "azp"),
            (name("GROUPSCLAIM"), "$.groups"),
            (name("PREFERUSERNAMECLAIM"), "true"),
            (name("CLOCKSKEW"), "PT2M"),
        ];
        let variables: Vec<_> =
            issuer.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let found = trust(&variables).unwrap();
        assert_eq!(found.audiences, ["a", "b"]);
        assert_eq!(found.leeway, Duration::from_secs(120));
        assert_eq!(found.claims.username.as_deref(), Some("oid"));
        assert_eq!(found.claims.client_id.as_deref(), Some("azp"));
        assert_eq!(found.claims.groups.as_deref(), Some("$.groups"));
        assert!(found.claims.prefer_username);
        let skew = [
            variables[0],
            variables[1],
            ("CAMUNDA_SECURITY_AUTHENTICATION_OIDC_CLOCKSKEW", "PT1H"),
        ];
        assert!(problem(&skew).contains("from PT0S to PT5M"));
    }

    #[test]
    fn what_is_missing_is_told_with_who_asks_for_it() {
        let text = problem(&[("SPRING_PROFILES_ACTIVE", "identity-auth,other")]);
        assert!(text.contains("neither an issuer nor an audience"), "{text}");
        assert!(text.contains("the profile identity-auth asks for it"), "{text}");
        assert!(text.contains("CAMUNDA_IDENTITY_ISSUERBACKENDURL"), "{text}");
        let backend = [
            ("CAMUNDA_IDENTITY_ISSUER", "https://public"),
            ("CAMUNDA_IDENTITY_ISSUERBACKENDURL", "http://internal"),
            ("CAMUNDA_IDENTITY_AUDIENCE", "a"),
        ];
        assert!(problem(&backend).contains("CAMUNDA_IDENTITY_JWKSURL"));
    }

    #[test]
    fn a_setting_does_not_switch_security_off() {
        let method = ("CAMUNDA_SECURITY_AUTHENTICATION_METHOD", "basic");
        let config = Config::load(None, |name| (name == method.0).then(|| method.1.to_owned()));
        let config = config.unwrap();
        let text = format!("{:?}", basic_users(&config).unwrap_err());
        assert!(text.contains("there are no users"), "{text}");
        let mode = ("ZEEBE_GATEWAY_SECURITY_AUTHENTICATION_MODE", "none");
        let open = ("CAMUNDA_SECURITY_AUTHENTICATION_UNPROTECTEDAPI", "true");
        assert!(problem(&[mode, open]).contains("cannot tell whose tokens"));
        let wrong = ("ZEEBE_GATEWAY_SECURITY_AUTHENTICATION_MODE", "open");
        assert!(problem(&[wrong]).contains("is \\\"open\\\""));
    }
}

//! From the configuration to the tenants and who may use them.

use skep_gateway::{MultiTenancy, TenantMembers};

use super::config::{Config, InitialTenant, MappingRule, Oidc};
use crate::failure::Failure;

/// Claims that a token's user name, client id, groups and roles are read from by default.
const USER_CLAIMS: [&str; 5] = ["preferred_username", "upn", "unique_name", "username", "email"];
const CLIENT_CLAIMS: [&str; 3] = ["azp", "appid", "client_id"];

/// Whether the gateway knows tenants, and which.
///
/// # Errors
/// Usage: a tenant cannot be configured so, or callers are not authenticated, so that nobody is
/// known to belong to a tenant.
pub(super) fn configured(config: &Config, is_authenticated: bool) -> Result<MultiTenancy, Failure> {
    let tenants = &config.camunda.security.initialization.tenants;
    let is_enabled = config.camunda.security.multi_tenancy.checks_enabled
        || config.zeebe.gateway.multi_tenancy.enabled;
    if !is_enabled {
        if !tenants.is_empty() {
            tracing::warn!(
                "camunda.security.initialization.tenants has no effect: \
                 camunda.security.multiTenancy.checksEnabled is false"
            );
        }
        return Ok(MultiTenancy::Disabled);
    }
    if !is_authenticated {
        return Err(Failure::usage(
            "multi-tenancy is enabled, but callers are not authenticated, so that nobody is known \
             to belong to a tenant",
        )
        .fix(
            "leave --insecure-no-auth out, or set camunda.security.multiTenancy.checksEnabled to \
             false",
        ));
    }
    if tenants.is_empty() {
        tracing::warn!(
            "multi-tenancy is enabled, but there are no tenants: list them with their members in \
             camunda.security.initialization.tenants"
        );
    }
    let tenants = tenants.iter().map(|tenant| members(config, tenant));
    let tenants = tenants.collect::<Result<Vec<_>, _>>()?;
    TenantMembers::directory(tenants).map(MultiTenancy::Enabled).map_err(|problem| {
        Failure::usage("camunda.security.initialization.tenants cannot be used").caused_by(problem)
    })
}

fn members(config: &Config, tenant: &InitialTenant) -> Result<TenantMembers, Failure> {
    let set = |names: &[String]| names.iter().cloned().collect();
    let mut members = TenantMembers {
        tenant_id: tenant.tenant_id.clone(),
        name: tenant.name.clone().unwrap_or_else(|| tenant.tenant_id.clone()),
        users: set(&tenant.users),
        clients: set(&tenant.clients),
        groups: set(&tenant.groups),
        roles: set(&tenant.roles),
    };
    let rules = &config.camunda.security.initialization.mapping_rules;
    for id in &tenant.mapping_rules {
        let rule = rules.iter().find(|rule| rule.mapping_rule_id == *id).ok_or_else(|| {
            Failure::usage(format!(
                "the tenant {:?} has the mapping rule {id:?}, but there is none",
                tenant.tenant_id
            ))
            .fix("define it in camunda.security.initialization.mappingRules")
        })?;
        add(&mut members, rule, &config.camunda.security.authentication.oidc)?;
    }
    Ok(members)
}

/// A rule that names a claim of the caller says the same as a list of members.
fn add(members: &mut TenantMembers, rule: &MappingRule, oidc: &Oidc) -> Result<(), Failure> {
    let claim = rule.claim_name.as_str();
    let is = |configured: &Option<String>, usual: &[&str]| match configured {
        Some(name) => name == claim,
        None => usual.contains(&claim),
    };
    let list = if is(&oidc.groups_claim, &["groups"]) {
        &mut members.groups
    } else if claim == "roles" {
        &mut members.roles
    } else if is(&oidc.client_id_claim, &CLIENT_CLAIMS) {
        &mut members.clients
    } else if is(&oidc.username_claim, &USER_CLAIMS) {
        &mut members.users
    } else {
        return Err(Failure::usage(format!(
            "the mapping rule {:?} names the claim {claim:?}, which Skep does not keep of a token",
            rule.mapping_rule_id
        ))
        .fix(
            "name the claim of the groups, the roles, the client id or the user name, as \
             camunda.security.authentication.oidc has them",
        ));
    };
    list.insert(rule.claim_value.clone());
    Ok(())
}

#[cfg(test)]
mod tests {
    use skep_record::TenantId;

    use super::*;

    fn config(yaml: &str) -> Config {
        use std::io::Write as _;
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(yaml.as_bytes()).unwrap();
        Config::load(Some(file.path()), |_| None).unwrap()
    }

    const TENANTS: &str = "
camunda:
  security:
    multi-tenancy: {checks-enabled: true}
    initialization:
      mapping-rules:
        - {mapping-rule-id: staff, claim-name: groups, claim-value: g1}
        - {mapping-rule-id: mail, claim-name: sub, claim-value: s}
      tenants:
        - {tenant-id: acme, name: Acme, users: [ada], mapping-rules: [staff]}
        - {tenantId: ajax, clients: [worker]}
";

    #[test]
    fn tenants_and_their_members_are_read() {
        let MultiTenancy::Enabled(directory) = configured(&config(TENANTS), true).unwrap() else {
            panic!("disabled");
        };
        assert_eq!(directory.name_of(&TenantId::from("acme")).as_deref(), Some("Acme"));
        assert_eq!(directory.name_of(&TenantId::from("ajax")).as_deref(), Some("ajax"));
        let user =
            skep_auth::Principal { groups: vec!["g1".into()], ..skep_auth::Principal::default() };
        assert_eq!(*directory.tenants_of(&user), [TenantId::from("acme")]);
    }

    #[test]
    fn multi_tenancy_is_off_unless_it_is_asked_for() {
        for yaml in ["", "zeebe: {gateway: {multiTenancy: {enabled: false}}}"] {
            assert!(matches!(configured(&config(yaml), true), Ok(MultiTenancy::Disabled)));
        }
        let of_8_6 = config("zeebe: {gateway: {multiTenancy: {enabled: true}}}");
        assert!(matches!(configured(&of_8_6, true), Ok(MultiTenancy::Enabled(_))));
    }

    #[test]
    fn what_cannot_work_stops_the_start() {
        let problem = |yaml: &str, is_authenticated| {
            format!("{:?}", configured(&config(yaml), is_authenticated).unwrap_err())
        };
        assert!(problem(TENANTS, false).contains("not authenticated"));
        for (from, to, words) in [
            ("[staff]", "[other]", "there is none"),
            ("[staff]", "[mail]", "does not keep"),
            ("tenantId: ajax", "tenantId: acme", "Twice"),
            ("tenantId: ajax", "tenantId: 'a b'", "cannot be used"),
        ] {
            let problem = problem(&TENANTS.replace(from, to), true);
            assert!(problem.contains(words), "{problem}");
        }
    }
}

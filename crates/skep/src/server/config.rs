//! The server's configuration: defaults, then the file, then the environment, then flags.
//!
//! The file is YAML with Camunda's key paths, in camelCase or kebab-case. The name of a variable
//! is not listed anywhere but derived: the path with `_` between its parts, without dashes, in
//! upper case. So `zeebe.broker.cluster.partitionsCount` is
//! `ZEEBE_BROKER_CLUSTER_PARTITIONSCOUNT`, as existing deployments have it; with `_` for the
//! dashes (`CAMUNDA_IDENTITY_CLIENT_ID`) it is read too, and the items of a list one by one
//! (`…_AUDIENCES_0`). A key that does not exist stops the start.

mod identity;
mod initialization;

use std::{
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) use self::{
    identity::{Authentication, GatewayAuthentication, Identity, Oidc, Spring},
    initialization::{InitialTenant, Initialization, MappingRule, MultiTenancy},
};
use crate::failure::Failure;

/// Everything a server can be told.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Config {
    pub(crate) spring: Spring,
    pub(crate) zeebe: Zeebe,
    pub(crate) camunda: Camunda,
    pub(crate) server: Http,
    pub(crate) skep: Skep,
}

/// `zeebe.*`
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Zeebe {
    pub(crate) broker: Broker,
    pub(crate) gateway: Gateway,
    pub(crate) clock: ZeebeClock,
}

/// `zeebe.clock.*`
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct ZeebeClock {
    /// Whether clients may let time stand still; for tests.
    pub(crate) controlled: bool,
}

/// `zeebe.broker.*`
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Broker {
    pub(crate) cluster: Cluster,
}

/// `zeebe.broker.cluster.*`
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Cluster {
    /// How many partitions; cannot change once data exists.
    pub(crate) partitions_count: u16,
}

impl Default for Cluster {
    fn default() -> Self {
        Self { partitions_count: 1 }
    }
}

/// `zeebe.gateway.*`, also accepted as `zeebe.broker.gateway.*`
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Gateway {
    pub(crate) network: Network,
    pub(crate) security: GatewaySecurity,
    pub(crate) multi_tenancy: GatewayMultiTenancy,
}

/// `zeebe.gateway.multiTenancy.*` (8.6)
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct GatewayMultiTenancy {
    /// Whether there are other tenants than the default one.
    pub(crate) enabled: bool,
}

/// `zeebe.gateway.network.*`
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Network {
    /// Address to listen on.
    pub(crate) host: IpAddr,
    /// Port of gRPC; 0 takes any free one.
    pub(crate) port: u16,
}

impl Default for Network {
    fn default() -> Self {
        Self { host: Ipv4Addr::UNSPECIFIED.into(), port: 26500 }
    }
}

/// `zeebe.gateway.security.*`: TLS of both client ports, and whose tokens they accept.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct GatewaySecurity {
    pub(crate) authentication: GatewayAuthentication,
    pub(crate) enabled: bool,
    /// PEM, leaf first.
    pub(crate) certificate_chain_path: Option<PathBuf>,
    /// PEM.
    pub(crate) private_key_path: Option<PathBuf>,
}

/// `server.*`
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Http {
    /// Port of the REST API; 0 takes any free one.
    pub(crate) port: u16,
}

impl Default for Http {
    fn default() -> Self {
        Self { port: 8080 }
    }
}

/// `camunda.*`
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Camunda {
    pub(crate) identity: Identity,
    pub(crate) security: Security,
    pub(crate) process_instance_creation: ProcessInstanceCreation,
}

/// `camunda.process-instance-creation.*` (8.9)
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct ProcessInstanceCreation {
    /// Whether only one active root instance of a definition may have a business id.
    pub(crate) business_id_uniqueness_enabled: bool,
}

/// `camunda.security.*`
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Security {
    pub(crate) authentication: Authentication,
    pub(crate) initialization: Initialization,
    pub(crate) multi_tenancy: MultiTenancy,
}

/// `skep.*`: what Camunda has no name for.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Skep {
    pub(crate) security: SkepSecurity,
    pub(crate) idp: Idp,
}

/// `skep.security.*`
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct SkepSecurity {
    /// Accept the tokens of this Microsoft Entra tenant, v1.0 and v2.0.
    pub(crate) entra_tenant_id: Option<String>,
    /// Authority host of that tenant's cloud.
    pub(crate) entra_host: String,
    /// Client ids that may call; empty leaves it to the roles.
    pub(crate) allowed_clients: Vec<String>,
    /// The caller needs one of these roles; empty asks for none.
    pub(crate) required_roles: Vec<String>,
    /// PEM of further certificate authorities to trust for the issuer.
    pub(crate) ca_certificate_path: Option<PathBuf>,
}

impl Default for SkepSecurity {
    fn default() -> Self {
        Self {
            entra_tenant_id: None,
            entra_host: "login.microsoftonline.com".to_owned(),
            allowed_clients: Vec::new(),
            required_roles: Vec::new(),
            ca_certificate_path: None,
        }
    }
}

/// `skep.idp.*`: the embedded identity provider of `--dev` and `skep idp`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Idp {
    /// Port to listen on, on the loopback address; 0 takes any free one.
    pub(crate) port: u16,
    /// The provider's own settings, at the same level.
    #[serde(flatten)]
    pub(crate) provider: skep_idp::IdpConfig,
}

impl Default for Idp {
    fn default() -> Self {
        Self { port: 8443, provider: skep_idp::IdpConfig::default() }
    }
}

impl Config {
    /// Reads `file` if there is one, then the variables that `environment` finds.
    ///
    /// # Errors
    /// Usage: the file cannot be read or parsed, or a key or value is wrong; the text names it.
    pub(crate) fn load(
        file: Option<&Path>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Failure> {
        let defaults = serde_json::to_value(Self::default())
            .map_err(|error| Failure::new("cannot lay out the configuration").caused_by(error))?;
        let mut merged = defaults.clone();
        if let Some(path) = file {
            let text = std::fs::read_to_string(path).map_err(|error| {
                Failure::usage(format!("cannot read configuration file {}", path.display()))
                    .caused_by(error)
            })?;
            let read: Option<Value> = serde_saphyr::from_str(&text).map_err(|error| {
                Failure::usage(format!("configuration file {} is not YAML", path.display()))
                    .caused_by(std::io::Error::other(error.to_string()))
            })?;
            let mut read = normalised(read.unwrap_or_default());
            adopt_embedded_gateway(&mut read);
            merge(&mut merged, &read, &defaults, "").map_err(|problem| {
                Failure::usage(format!("configuration file {}: {problem}", path.display()))
            })?;
        }
        apply_environment(&mut merged, "", "", &environment)?;
        serde_json::from_value(merged).map_err(|error| {
            Failure::usage(format!("the configuration has a value of the wrong kind: {error}"))
        })
    }
}

/// Keys in camelCase, however the file spells them.
fn normalised(value: Value) -> Value {
    match value {
        Value::Object(entries) => Value::Object(
            entries.into_iter().map(|(key, value)| (camel_case(&key), normalised(value))).collect(),
        ),
        Value::Null => Value::Object(Map::new()),
        Value::Array(items) => Value::Array(items.into_iter().map(normalised_item).collect()),
        scalar @ (Value::Bool(_) | Value::Number(_) | Value::String(_)) => scalar,
    }
}

fn normalised_item(item: Value) -> Value {
    if item.is_null() { item } else { normalised(item) }
}

fn camel_case(key: &str) -> String {
    let mut parts = key.split('-');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut name, part| {
        let mut letters = part.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        name.extend(letters);
        name
    })
}

/// A broker with an embedded gateway configures it at `zeebe.broker.gateway`.
fn adopt_embedded_gateway(read: &mut Value) {
    let Some(zeebe) = read.get_mut("zeebe").and_then(Value::as_object_mut) else { return };
    let embedded = zeebe
        .get_mut("broker")
        .and_then(Value::as_object_mut)
        .and_then(|broker| broker.remove("gateway"));
    if let Some(embedded) = embedded {
        zeebe.entry("gateway").or_insert(embedded);
    }
}

/// Lays `read` over `merged`; every key must exist in `known`.
fn merge(merged: &mut Value, read: &Value, known: &Value, path: &str) -> Result<(), String> {
    let (Value::Object(into), Value::Object(from), Value::Object(names)) = (merged, read, known)
    else {
        return Err(format!("{path} is a section, not a value"));
    };
    for (key, value) in from {
        let full = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let Some(expected) = names.get(key) else {
            let nearest = nearest(key, names.keys());
            return Err(format!("there is no key {full}{nearest}"));
        };
        let slot = into.entry(key.as_str()).or_insert(Value::Null);
        if expected.is_object() {
            merge(slot, value, expected, &full)?;
        } else {
            *slot = value.clone();
        }
    }
    Ok(())
}

/// `; did you mean X?` when a known key is close, else the keys that exist.
fn nearest<'k>(key: &str, known: impl Iterator<Item = &'k String>) -> String {
    let known: Vec<_> = known.collect();
    match known.iter().map(|name| (distance(key, name), name)).min() {
        Some((distance, name)) if distance <= 1 + key.len() / 4 => {
            format!("; did you mean {name}?")
        }
        _ => {
            let names: Vec<_> = known.iter().map(|name| name.as_str()).collect();
            format!("; there are {}", names.join(", "))
        }
    }
}

/// How many letters must be put in, taken out or changed (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.to_lowercase().chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, other) in b.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// Replaces each value for which there is a variable. `name` is the name with dashes dropped,
/// `spelled` that with dashes as `_`.
fn apply_environment(
    value: &mut Value,
    name: &str,
    spelled: &str,
    environment: &impl Fn(&str) -> Option<String>,
) -> Result<(), Failure> {
    if let Value::Object(entries) = value {
        let below = |path: &str, key: &str| match path {
            "" => key.to_ascii_uppercase(),
            path => format!("{path}_{}", key.to_ascii_uppercase()),
        };
        for (key, value) in entries {
            let (name, spelled) = (below(name, key), below(spelled, &with_underscores(key)));
            apply_environment(value, &name, &spelled, environment)?;
        }
        return Ok(());
    }
    if let Some(template) = initialization::template(name) {
        return apply_to_items(value, &template, name, spelled, environment);
    }
    let is_list = value.is_array();
    let found = [name, spelled].iter().find_map(|name| {
        let embedded = name.strip_prefix("ZEEBE_GATEWAY_");
        let embedded = embedded.map(|rest| format!("ZEEBE_BROKER_GATEWAY_{rest}"));
        let names = std::iter::once((*name).to_owned()).chain(embedded);
        names.into_iter().find_map(|name| {
            let text =
                environment(&name).or_else(|| is_list.then(|| items(&name, environment))?)?;
            Some((name, text))
        })
    });
    if let Some((name, text)) = found {
        *value = typed(&text, value).map_err(|expected| {
            Failure::usage(format!(
                "environment variable {name} is {text:?}, but must be {expected}"
            ))
        })?;
    }
    Ok(())
}

/// The items of a list of objects, each with a variable for each of its values:
/// `NAME_0_KEY`, `NAME_1_KEY`, …
fn apply_to_items(
    value: &mut Value,
    template: &Value,
    name: &str,
    spelled: &str,
    environment: &impl Fn(&str) -> Option<String>,
) -> Result<(), Failure> {
    let Value::Array(items) = value else { return Ok(()) };
    for i in 0.. {
        let is_known = i < items.len();
        let mut item = template.clone();
        if let (Some(known), Value::Object(entries)) = (items.get(i), &mut item) {
            entries.extend(known.as_object().cloned().unwrap_or_default());
        }
        let before = item.clone();
        apply_environment(
            &mut item,
            &format!("{name}_{i}"),
            &format!("{spelled}_{i}"),
            environment,
        )?;
        if item != before && is_known {
            items[i] = item;
        } else if item != before {
            items.push(item);
        } else if !is_known {
            break;
        }
    }
    Ok(())
}

/// The items of a list that has a variable for each: `NAME_0`, `NAME_1`, …
fn items(name: &str, environment: &impl Fn(&str) -> Option<String>) -> Option<String> {
    let items: Vec<_> = (0..).map_while(|i| environment(&format!("{name}_{i}"))).collect();
    (!items.is_empty()).then(|| items.join(","))
}

/// `issuerBackendUrl` as `issuer_Backend_Url`.
fn with_underscores(key: &str) -> String {
    let mut spelled = String::new();
    for letter in key.chars() {
        if letter.is_ascii_uppercase() {
            spelled.push('_');
        }
        spelled.push(letter);
    }
    spelled
}

/// The text as the kind of value that stands there now.
fn typed(text: &str, current: &Value) -> Result<Value, &'static str> {
    let text = text.trim();
    Ok(match current {
        Value::Bool(_) => text.parse::<bool>().map_err(|_| "true or false").map(Value::from)?,
        Value::Number(_) => text.parse::<u64>().map_err(|_| "a number").map(Value::from)?,
        Value::Array(_) => text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect(),
        // An option that is not set has no kind yet: a whole number can only be meant as one
        // where the field is numeric, and text is accepted nowhere else.
        Value::Null => text.parse::<u64>().map_or_else(|_| Value::from(text), Value::from),
        Value::String(_) | Value::Object(_) => Value::from(text),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn load(yaml: &str, environment: &[(&str, &str)]) -> Result<Config, Failure> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(yaml.as_bytes()).unwrap();
        Config::load(Some(file.path()), |name| {
            environment.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned())
        })
    }

    fn problem(yaml: &str, environment: &[(&str, &str)]) -> String {
        format!("{:?}", load(yaml, environment).unwrap_err())
    }

    #[test]
    fn nothing_said_is_the_default() {
        assert_eq!(load("", &[]).unwrap(), Config::default());
        assert_eq!(Config::load(None, |_| None).unwrap(), Config::default());
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let yaml = "zeebe:\n  broker:\n    cluster: {partitions-count: 3}\n  gateway:\n    network: {port: 1}\n";
        let config = load(yaml, &[("ZEEBE_GATEWAY_NETWORK_PORT", "26501")]).unwrap();
        assert_eq!(config.zeebe.broker.cluster.partitions_count, 3);
        assert_eq!(config.zeebe.gateway.network.port, 26501);
    }

    #[test]
    fn camundas_own_names_work() {
        let yaml = "zeebe:\n  broker:\n    gateway:\n      network: {host: 127.0.0.1}\n";
        let config = load(
            yaml,
            &[
                ("CAMUNDA_SECURITY_AUTHENTICATION_OIDC_AUDIENCES", "one, two"),
                ("CAMUNDA_SECURITY_AUTHENTICATION_OIDC_ISSUERURI", "https://issuer.example"),
                ("ZEEBE_BROKER_GATEWAY_NETWORK_PORT", "7"),
            ],
        )
        .unwrap();
        assert_eq!(config.camunda.security.authentication.oidc.audiences, ["one", "two"]);
        assert_eq!(config.zeebe.gateway.network.port, 7);
        assert_eq!(config.zeebe.gateway.network.host, IpAddr::from(Ipv4Addr::LOCALHOST));
    }

    #[test]
    fn items_of_lists_have_variables_for_each_value() {
        let yaml = "camunda: {security: {initialization: {tenants: [{tenant-id: acme}]}}}\n";
        let names = "CAMUNDA_SECURITY_INITIALIZATION_";
        let variables = [
            ("TENANTS_0_NAME", "Acme"),
            ("TENANTS_1_TENANT_ID", "ajax"),
            ("TENANTS_1_CLIENTS", "one,two"),
            ("TENANTS_2_TENANTID", "third"),
            ("TENANTS_2_USERS_0", "ada"),
            ("MAPPING_RULES_0_CLAIM_NAME", "groups"),
            ("USERS_0_USERNAME", "eve"),
            ("TENANTS_4_TENANTID", "not next"),
        ];
        let variables = variables.map(|(name, value)| (format!("{names}{name}"), value));
        let variables: Vec<_> =
            variables.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let found = load(yaml, &variables).unwrap().camunda.security.initialization;
        let ids: Vec<_> = found.tenants.iter().map(|tenant| tenant.tenant_id.as_str()).collect();
        assert_eq!(ids, ["acme", "ajax", "third"]);
        assert_eq!(found.tenants[0].name.as_deref(), Some("Acme"));
        assert_eq!(found.tenants[1].clients, ["one", "two"]);
        assert_eq!(found.tenants[2].users, ["ada"]);
        assert_eq!(found.mapping_rules[0].claim_name, "groups");
        assert_eq!(found.users[0].username, "eve");
        assert!(
            problem("camunda: {security: {initialization: {tenants: [{id: a}]}}}\n", &[])
                .contains("wrong kind")
        );
    }

    #[test]
    fn the_clock_can_be_controlled_on_request_only() {
        assert!(!load("", &[]).unwrap().zeebe.clock.controlled);
        assert!(load("", &[("ZEEBE_CLOCK_CONTROLLED", "true")]).unwrap().zeebe.clock.controlled);
    }

    #[test]
    fn business_ids_can_be_made_unique() {
        let yaml = "camunda: {process-instance-creation: {business-id-uniqueness-enabled: true}}\n";
        let named = [("CAMUNDA_PROCESSINSTANCECREATION_BUSINESSIDUNIQUENESSENABLED", "true")];
        for config in [load(yaml, &[]), load("", &named)] {
            let creation = config.unwrap().camunda.process_instance_creation;
            assert!(creation.business_id_uniqueness_enabled);
        }
    }

    #[test]
    fn the_provider_is_configured_beside_its_port() {
        let yaml =
            "skep: {idp: {port: 1, access-token-lifetime-s: 60, limits: {connections-max: 5}}}\n";
        let idp = load(yaml, &[]).unwrap().skep.idp;
        assert_eq!((idp.port, idp.provider.access_token_lifetime_s), (1, Some(60)));
        assert_eq!(idp.provider.limits.connections_max, 5);
        assert!(problem("skep: {idp: {prot: 1}}\n", &[]).contains("did you mean port?"));
    }

    #[test]
    fn a_wrong_key_is_named_with_the_nearest_right_one() {
        let problem = problem("zeebe:\n  broker:\n    cluster: {partitionCount: 3}\n", &[]);
        assert!(problem.contains("zeebe.broker.cluster.partitionCount"), "{problem}");
        assert!(problem.contains("did you mean partitionsCount?"), "{problem}");
    }

    #[test]
    fn a_wrong_value_is_named() {
        let variables = [("ZEEBE_GATEWAY_NETWORK_PORT", "many")];
        assert!(problem("", &variables).contains("ZEEBE_GATEWAY_NETWORK_PORT"));
        assert!(problem("server: {port: many}\n", &[]).contains("wrong kind"));
        assert!(problem("zeebe: [1]\n", &[]).contains("zeebe is a section"));
        assert!(problem("a: b: c", &[]).contains("is not YAML"));
    }
}

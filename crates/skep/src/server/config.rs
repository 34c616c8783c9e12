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
mod layers;
mod lines;

use std::{
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

pub(crate) use self::{
    identity::{Authentication, GatewayAuthentication, Identity, Oidc, Spring},
    initialization::{InitialTenant, Initialization, MappingRule, MultiTenancy},
    layers::{Layers, Origin, Problem, Setting},
};
use super::{memory::MemoryBudget, retention::Retention, snapshot_every::SnapshotEvery};
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
    pub(crate) broker: SkepBroker,
    pub(crate) search: SkepSearch,
    pub(crate) security: SkepSecurity,
    pub(crate) idp: Idp,
}

/// `skep.broker.*`
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct SkepBroker {
    /// How much memory idle process instances may take, on all partitions together; those
    /// beyond it are kept in the data directory.
    pub(crate) memory_budget: MemoryBudget,
    /// After how much journal each partition writes a snapshot.
    pub(crate) snapshot_every: SnapshotEvery,
}

/// `skep.search.*`
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct SkepSearch {
    /// Whether there is a history of what has happened, to be searched.
    pub(crate) enabled: bool,
    /// How long what has ended is kept, for example `30d`; `forever` by default.
    pub(crate) retention: Retention,
}

impl Default for SkepSearch {
    fn default() -> Self {
        Self { enabled: true, retention: Retention::default() }
    }
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
    /// Usage: the file cannot be read or parsed, or keys or values are wrong; the text names all.
    pub(crate) fn load(
        file: Option<&Path>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Failure> {
        Layers::read(file, environment)?.config()
    }
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
    fn the_memory_budget_has_units() {
        let budget = |yaml: &str, environment: &[(&str, &str)]| {
            load(yaml, environment).unwrap().skep.broker.memory_budget
        };
        assert_eq!(budget("", &[]), MemoryBudget::Auto);
        let yaml = "skep: {broker: {memory-budget: 512MB}}\n";
        assert_eq!(budget(yaml, &[]), MemoryBudget::Bytes(512 << 20));
        assert_eq!(
            budget("skep: {broker: {memoryBudget: 4096}}\n", &[]),
            MemoryBudget::Bytes(4096)
        );
        for name in ["SKEP_BROKER_MEMORYBUDGET", "SKEP_BROKER_MEMORY_BUDGET"] {
            assert_eq!(budget(yaml, &[(name, "unlimited")]), MemoryBudget::Unlimited);
        }
        let problem = problem("skep: {broker: {memory-budget: a lot}}\n", &[]);
        assert!(problem.contains("skep.broker.memoryBudget"), "{problem}");
        assert!(problem.contains("write for example 512MB"), "{problem}");
    }

    #[test]
    fn snapshots_can_be_more_or_less_frequent() {
        let every = |yaml: &str, environment: &[(&str, &str)]| {
            load(yaml, environment).unwrap().skep.broker.snapshot_every.bytes()
        };
        assert_eq!(every("", &[]), 256 << 20);
        let yaml = "skep: {broker: {snapshot-every: 64MB}}\n";
        assert_eq!(every(yaml, &[]), 64 << 20);
        assert_eq!(every("skep: {broker: {snapshotEvery: 1048576}}\n", &[]), 1 << 20);
        for name in ["SKEP_BROKER_SNAPSHOTEVERY", "SKEP_BROKER_SNAPSHOT_EVERY"] {
            assert_eq!(every(yaml, &[(name, "1GB")]), 1 << 30);
        }
        for wrong in ["5m", "1023KB", "0"] {
            let yaml = format!("skep: {{broker: {{snapshot-every: {wrong}}}}}\n");
            let problem = problem(&yaml, &[]);
            assert!(problem.contains("snapshotEvery") && problem.contains(wrong), "{problem}");
            assert!(problem.contains("write for example 256MB"), "{problem}");
        }
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

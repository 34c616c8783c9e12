//! The one table of settings and of the environment variables they are read from.

/// Makes the enum and its tables from one list, so that none of them can lag behind.
macro_rules! settings {
    ($($name:ident $(($secret:ident))?: $label:literal = [$($variable:literal),+ $(,)?];)+) => {
        /// A setting of a client, whatever it is called where.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum Setting {
            $(#[doc = concat!("The ", $label, ".")] $name,)+
        }

        impl Setting {
            /// All of them, in the order in which they are shown.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// What it is, for people.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self {
                    $(Self::$name => $label,)+
                }
            }

            /// The environment variables it is read from, the strongest first: `CAMUNDA_*`,
            /// then `ZEEBE_*`, then what other tools call it.
            #[must_use]
            pub fn variables(self) -> &'static [&'static str] {
                match self {
                    $(Self::$name => &[$($variable),+],)+
                }
            }

            /// True when its value must not be shown.
            #[must_use]
            pub fn is_secret(self) -> bool {
                match self {
                    $(Self::$name => settings!(@is_secret $($secret)?),)+
                }
            }
        }
    };
    (@is_secret secret) => { true };
    (@is_secret) => { false };
}

impl Setting {
    /// True when a platform sets its variables for whatever runs there, so that it says nothing
    /// when they have no effect.
    pub(super) fn is_ambient(self) -> bool {
        self.variables().iter().all(|name| {
            ["AZURE_", "IDENTITY_", "IMDS_", "MSI_"].iter().any(|prefix| name.starts_with(prefix))
        })
    }
}

// The spellings with CLIENT_AUTH and OPERATE_CLIENT are Spring properties in their two
// environment forms: dashes dropped, and dashes as underscores.
//
// Source: camunda/camunda: clients/java/src/main/java/io/camunda/client/impl/CamundaClientEnvironmentVariables.java,
// clients/camunda-spring-boot-starter/src/main/resources/camunda-client-legacy-property-mappings.properties;
// camunda-community-hub/zeebe-client-go: pkg/zbc/client.go;
// camunda/camunda-8-js-sdk: src/lib/Configuration.ts;
// camunda-community-hub/camunda-operate-client-java: extension/spring-boot-starter-camunda-operate
settings! {
    GrpcAddress: "gateway address" = [
        "CAMUNDA_GRPC_ADDRESS",
        "CAMUNDA_CLIENT_GRPCADDRESS",
        "CAMUNDA_CLIENT_GRPC_ADDRESS",
        "CAMUNDA_CLIENT_ZEEBE_GRPCADDRESS",
        "ZEEBE_GRPC_ADDRESS",
        "ZEEBE_ADDRESS",
        "ZEEBE_GATEWAY_ADDRESS",
        "ZEEBE_CLIENT_BROKER_GRPCADDRESS",
        "ZEEBE_CLIENT_BROKER_GATEWAYADDRESS",
    ];
    Host: "gateway host" = ["ZEEBE_HOST"];
    Port: "gateway port" = ["ZEEBE_PORT"];
    Insecure: "plaintext connection" = [
        "CAMUNDA_INSECURE_CONNECTION",
        "ZEEBE_INSECURE_CONNECTION",
        "ZEEBE_CLIENT_SECURITY_PLAINTEXT",
    ];
    Secure: "TLS connection" = ["CAMUNDA_SECURE_CONNECTION", "ZEEBE_SECURE_CONNECTION"];
    ClusterId: "SaaS cluster id" = [
        "CAMUNDA_CLUSTER_ID",
        "CAMUNDA_CLIENT_CLOUD_CLUSTERID",
        "ZEEBE_CAMUNDA_CLOUD_CLUSTER_ID",
        "ZEEBE_CLIENT_CLOUD_CLUSTERID",
    ];
    ClusterRegion: "SaaS region" = [
        "CAMUNDA_CLUSTER_REGION",
        "CAMUNDA_CLIENT_CLOUD_REGION",
        "ZEEBE_CLIENT_CLOUD_REGION",
    ];
    RestAddress: "REST address" = [
        "CAMUNDA_REST_ADDRESS",
        "CAMUNDA_CLIENT_RESTADDRESS",
        "CAMUNDA_CLIENT_REST_ADDRESS",
        "CAMUNDA_CLIENT_ZEEBE_RESTADDRESS",
        "ZEEBE_REST_ADDRESS",
        "ZEEBE_CLIENT_BROKER_RESTADDRESS",
    ];
    CaCertificate: "CA certificate" = [
        "CAMUNDA_CA_CERTIFICATE_PATH",
        "CAMUNDA_CUSTOM_ROOT_CERT_PATH",
        "CAMUNDA_MTLS_CA_PATH",
        "CAMUNDA_CLIENT_CACERTIFICATEPATH",
        "ZEEBE_CA_CERTIFICATE_PATH",
        "ZEEBE_CLIENT_SSL_ROOT_CERTS_PATH",
        "ZEEBE_CLIENT_SECURITY_CERTPATH",
    ];
    CaCertificateText: "CA certificate (PEM text)" = [
        "CAMUNDA_CUSTOM_ROOT_CERT_STRING",
        "CAMUNDA_MTLS_CA",
    ];
    ExtraCaCertificates: "additional CA certificates" = ["SSL_CERT_FILE"];
    TruststorePath: "truststore path" = [
        "CAMUNDA_SSL_CLIENT_TRUSTSTORE_PATH",
        "CAMUNDA_CLIENT_AUTH_TRUSTSTOREPATH",
        "CAMUNDA_CLIENT_AUTH_TRUSTSTORE_PATH",
        "ZEEBE_SSL_CLIENT_TRUSTSTORE_PATH",
    ];
    TruststorePassword(secret): "truststore password" = [
        "CAMUNDA_SSL_CLIENT_TRUSTSTORE_SECRET",
        "CAMUNDA_CLIENT_AUTH_TRUSTSTOREPASSWORD",
        "CAMUNDA_CLIENT_AUTH_TRUSTSTORE_PASSWORD",
        "ZEEBE_SSL_CLIENT_TRUSTSTORE_SECRET",
    ];
    TlsKeystorePath: "TLS keystore path" = [
        "CAMUNDA_SSL_CLIENT_KEYSTORE_PATH",
        "CAMUNDA_CLIENT_AUTH_KEYSTOREPATH",
        "CAMUNDA_CLIENT_AUTH_KEYSTORE_PATH",
        "ZEEBE_SSL_CLIENT_KEYSTORE_PATH",
    ];
    TlsKeystorePassword(secret): "TLS keystore password" = [
        "CAMUNDA_SSL_CLIENT_KEYSTORE_SECRET",
        "CAMUNDA_CLIENT_AUTH_KEYSTOREPASSWORD",
        "CAMUNDA_CLIENT_AUTH_KEYSTORE_PASSWORD",
        "ZEEBE_SSL_CLIENT_KEYSTORE_SECRET",
    ];
    TlsKeyPassword(secret): "TLS key password" = [
        "CAMUNDA_SSL_CLIENT_KEYSTORE_KEY_SECRET",
        "CAMUNDA_CLIENT_AUTH_KEYSTOREKEYPASSWORD",
        "CAMUNDA_CLIENT_AUTH_KEYSTORE_KEY_PASSWORD",
        "ZEEBE_SSL_CLIENT_KEYSTORE_KEY_SECRET",
    ];
    TlsCertificate: "TLS client certificate (PEM)" = [
        "CAMUNDA_CUSTOM_CERT_CHAIN_PATH",
        "CAMUNDA_MTLS_CERT_PATH",
        "ZEEBE_CLIENT_SSL_CERT_CHAIN_PATH",
    ];
    TlsKey: "TLS client key (PEM)" = [
        "CAMUNDA_CUSTOM_PRIVATE_KEY_PATH",
        "CAMUNDA_MTLS_KEY_PATH",
        "ZEEBE_CLIENT_SSL_PRIVATE_KEY_PATH",
    ];
    OverrideAuthority: "override authority" = [
        "CAMUNDA_OVERRIDE_AUTHORITY",
        "CAMUNDA_CLIENT_OVERRIDEAUTHORITY",
        "ZEEBE_OVERRIDE_AUTHORITY",
        "ZEEBE_CLIENT_SECURITY_OVERRIDEAUTHORITY",
    ];
    KeepAlive: "keep-alive interval (ms)" = [
        "CAMUNDA_KEEP_ALIVE",
        "ZEEBE_KEEP_ALIVE",
        "GRPC_KEEPALIVE_TIME_MS",
    ];
    PreferRest: "prefer REST" = ["CAMUNDA_PREFER_REST", "ZEEBE_PREFER_REST"];
    StreamJobs: "stream jobs to workers" = [
        "CAMUNDA_CLIENT_WORKER_STREAM_ENABLED",
        "ZEEBE_CLIENT_WORKER_STREAM_ENABLED",
    ];
    MessageBytesMax: "largest message (bytes)" = [
        "CAMUNDA_CLIENT_MAXMESSAGESIZE",
        "zeebe.client.maxMessageSize",
    ];
    TenantId: "tenant id" = [
        "CAMUNDA_DEFAULT_TENANT_ID",
        "CAMUNDA_TENANT_ID",
        "ZEEBE_DEFAULT_TENANT_ID",
        "ZEEBE_TENANT_ID",
    ];
    WorkerTenantIds: "tenant ids of workers" = [
        "CAMUNDA_DEFAULT_JOB_WORKER_TENANT_IDS",
        "ZEEBE_DEFAULT_JOB_WORKER_TENANT_IDS",
    ];
    AuthMethod: "authentication method" = ["CAMUNDA_AUTH_STRATEGY", "CAMUNDA_CLIENT_AUTH_METHOD"];
    OAuthDisabled: "OAuth disabled" = ["CAMUNDA_OAUTH_DISABLED"];
    BasicUsername: "user name" = [
        "CAMUNDA_BASIC_AUTH_USERNAME",
        "CAMUNDA_CLIENT_AUTH_USERNAME",
        "ZEEBE_BASIC_AUTH_USERNAME",
    ];
    BasicPassword(secret): "password" = [
        "CAMUNDA_BASIC_AUTH_PASSWORD",
        "CAMUNDA_CLIENT_AUTH_PASSWORD",
        "ZEEBE_BASIC_AUTH_PASSWORD",
    ];
    BearerToken(secret): "bearer token" = ["CAMUNDA_OAUTH_TOKEN"];
    ClientId: "client id" = [
        "CAMUNDA_CLIENT_ID",
        "CAMUNDA_CLIENT_AUTH_CLIENTID",
        "CAMUNDA_CLIENT_AUTH_CLIENT_ID",
        "ZEEBE_CLIENT_ID",
        "ZEEBE_CLIENT_CLOUD_CLIENTID",
        "OPERATE_CLIENT_CLIENT_ID",
        "OPERATE_CLIENT_CLIENTID",
    ];
    ClientSecret(secret): "client secret" = [
        "CAMUNDA_CLIENT_SECRET",
        "CAMUNDA_CLIENT_AUTH_CLIENTSECRET",
        "CAMUNDA_CLIENT_AUTH_CLIENT_SECRET",
        "ZEEBE_CLIENT_SECRET",
        "ZEEBE_CLIENT_CLOUD_CLIENTSECRET",
        "OPERATE_CLIENT_CLIENT_SECRET",
        "OPERATE_CLIENT_CLIENTSECRET",
    ];
    ClientSecretFile: "client secret file" = ["SKEP_CLIENT_SECRET_PATH"];
    KeystorePath: "keystore path" = [
        "CAMUNDA_CLIENT_ASSERTION_KEYSTORE_PATH",
        "CAMUNDA_CLIENT_AUTH_CLIENTASSERTION_KEYSTOREPATH",
        "CAMUNDA_CLIENT_AUTH_CLIENT_ASSERTION_KEYSTORE_PATH",
        "ZEEBE_CLIENT_ASSERTION_KEYSTORE_PATH",
        "OPERATE_CLIENT_CLIENT_ASSERTION_KEYSTORE_PATH",
        "OPERATE_CLIENT_CLIENTASSERTIONKEYSTOREPATH",
        "OAUTH_SSL_CLIENT_CERT_PATH",
        "ENTRA_CERTIFICATE_PATH",
    ];
    KeystorePassword(secret): "keystore password" = [
        "CAMUNDA_CLIENT_ASSERTION_KEYSTORE_PASSWORD",
        "CAMUNDA_CLIENT_AUTH_CLIENTASSERTION_KEYSTOREPASSWORD",
        "CAMUNDA_CLIENT_AUTH_CLIENT_ASSERTION_KEYSTORE_PASSWORD",
        "ZEEBE_CLIENT_ASSERTION_KEYSTORE_PASSWORD",
        "OPERATE_CLIENT_CLIENT_ASSERTION_KEYSTORE_PASSWORD",
        "OPERATE_CLIENT_CLIENTASSERTIONKEYSTOREPASSWORD",
        "OAUTH_SSL_CLIENT_CERT_PASSWORD",
    ];
    KeyAlias: "key alias" = [
        "CAMUNDA_CLIENT_ASSERTION_KEYSTORE_KEY_ALIAS",
        "CAMUNDA_CLIENT_AUTH_CLIENTASSERTION_KEYSTOREKEYALIAS",
        "CAMUNDA_CLIENT_AUTH_CLIENT_ASSERTION_KEYSTORE_KEY_ALIAS",
        "ZEEBE_CLIENT_ASSERTION_KEYSTORE_KEY_ALIAS",
        "OPERATE_CLIENT_CLIENT_ASSERTION_KEYSTORE_KEY_ALIAS",
        "OPERATE_CLIENT_CLIENTASSERTIONKEYSTOREKEYALIAS",
    ];
    KeyPassword(secret): "key password" = [
        "CAMUNDA_CLIENT_ASSERTION_KEYSTORE_KEY_PASSWORD",
        "CAMUNDA_CLIENT_AUTH_CLIENTASSERTION_KEYSTOREKEYPASSWORD",
        "CAMUNDA_CLIENT_AUTH_CLIENT_ASSERTION_KEYSTORE_KEY_PASSWORD",
        "ZEEBE_CLIENT_ASSERTION_KEYSTORE_KEY_PASSWORD",
        "OPERATE_CLIENT_CLIENT_ASSERTION_KEYSTORE_KEY_PASSWORD",
        "OPERATE_CLIENT_CLIENTASSERTIONKEYSTOREKEYPASSWORD",
    ];
    PemCertificate: "client certificate (PEM)" = ["SKEP_CLIENT_CERTIFICATE_PATH"];
    PemKey: "client key (PEM)" = ["SKEP_CLIENT_KEY_PATH"];
    FederatedTokenFile: "federated token file" = ["AZURE_FEDERATED_TOKEN_FILE"];
    WorkloadClientId: "client id of the workload identity" = ["AZURE_CLIENT_ID"];
    IdentityEndpoint: "managed identity endpoint" = ["IDENTITY_ENDPOINT"];
    IdentityHeader(secret): "managed identity header" = ["IDENTITY_HEADER"];
    IdentityThumbprint: "managed identity server thumbprint" = ["IDENTITY_SERVER_THUMBPRINT"];
    ArcEndpoint: "metadata service of Azure Arc" = ["IMDS_ENDPOINT"];
    MsiEndpoint: "managed identity endpoint (old)" = ["MSI_ENDPOINT"];
    MsiSecret(secret): "managed identity secret (old)" = ["MSI_SECRET"];
    MetadataHost: "metadata service" = ["AZURE_POD_IDENTITY_AUTHORITY_HOST"];
    AssertionAlgorithm: "assertion algorithm" = ["SKEP_CLIENT_ASSERTION_ALGORITHM"];
    AssertionAudience: "assertion audience" = ["SKEP_CLIENT_ASSERTION_AUDIENCE"];
    SendCertificateChain: "send certificate chain" = [
        "SKEP_CLIENT_SEND_CERTIFICATE_CHAIN",
        "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN",
    ];
    TokenUrl: "token URL" = [
        "CAMUNDA_AUTHORIZATION_SERVER_URL",
        "CAMUNDA_OAUTH_URL",
        "CAMUNDA_CLIENT_AUTH_TOKENURL",
        "CAMUNDA_CLIENT_AUTH_TOKEN_URL",
        "ZEEBE_AUTHORIZATION_SERVER_URL",
        "ZEEBE_CLIENT_CLOUD_AUTHURL",
        "OPERATE_CLIENT_AUTH_URL",
        "OPERATE_CLIENT_AUTHURL",
    ];
    DiscoveryUrl: "discovery URL" = [
        "CAMUNDA_WELL_KNOWN_CONFIGURATION_URL",
        "CAMUNDA_CLIENT_AUTH_WELLKNOWNCONFIGURATIONURL",
    ];
    IssuerUrl: "issuer URL" = [
        "CAMUNDA_ISSUER_URL",
        "CAMUNDA_CLIENT_AUTH_ISSUERURL",
    ];
    EntraTenant: "Entra tenant" = ["AZURE_TENANT_ID"];
    EntraAuthority: "Entra authority" = ["AZURE_AUTHORITY_HOST"];
    Audience: "audience" = [
        "CAMUNDA_TOKEN_AUDIENCE",
        "CAMUNDA_ZEEBE_OAUTH_AUDIENCE",
        "CAMUNDA_CLIENT_AUTH_AUDIENCE",
        "CAMUNDA_CLIENT_ZEEBE_AUDIENCE",
        "ZEEBE_TOKEN_AUDIENCE",
        "ZEEBE_CLIENT_CLOUD_AUDIENCE",
        "OPERATE_CLIENT_AUDIENCE",
    ];
    Scope: "scope" = [
        "CAMUNDA_TOKEN_SCOPE",
        "CAMUNDA_OAUTH_SCOPE",
        "CAMUNDA_CLIENT_AUTH_SCOPE",
        "CAMUNDA_CLIENT_ZEEBE_SCOPE",
        "ZEEBE_TOKEN_SCOPE",
        "ZEEBE_CLIENT_CLOUD_SCOPE",
        "OPERATE_CLIENT_SCOPE",
    ];
    Resource: "resource" = [
        "CAMUNDA_TOKEN_RESOURCE",
        "CAMUNDA_CLIENT_AUTH_RESOURCE",
        "ZEEBE_TOKEN_RESOURCE",
    ];
    CacheFile: "token cache file" = [
        "CAMUNDA_CLIENT_CONFIG_PATH",
        "CAMUNDA_CLIENT_AUTH_CREDENTIALSCACHEPATH",
        "CAMUNDA_CLIENT_AUTH_CREDENTIALS_CACHE_PATH",
        "ZEEBE_CLIENT_CONFIG_PATH",
        "ZEEBE_CLIENT_CLOUD_CREDENTIALSCACHEPATH",
    ];
    CacheFolder: "token cache folder" = [
        "CAMUNDA_TOKEN_CACHE_DIR",
        "CAMUNDA_OAUTH_CACHE_DIR",
        "ZEEBE_TOKEN_CACHE_DIR",
    ];
    CacheDisabled: "token cache disabled" = [
        "CAMUNDA_TOKEN_DISK_CACHE_DISABLE",
        "ZEEBE_CLIENT_DISK_CACHE_DISABLE",
    ];
    ConnectTimeout: "token connect timeout (ms)" = [
        "CAMUNDA_AUTH_CONNECT_TIMEOUT",
        "ZEEBE_AUTH_CONNECT_TIMEOUT",
    ];
    ReadTimeout: "token read timeout (ms)" = [
        "CAMUNDA_AUTH_READ_TIMEOUT",
        "ZEEBE_AUTH_READ_TIMEOUT",
    ];
    RequestTimeout: "token request timeout (ms)" = [
        "CAMUNDA_OAUTH_TIMEOUT_MS",
        "ZEEBE_AUTH_REQUEST_TIMEOUT",
    ];
    RefreshThreshold: "token refresh threshold (ms)" = [
        "CAMUNDA_AUTH_PROACTIVE_TOKEN_REFRESH_THRESHOLD",
        "CAMUNDA_OAUTH_TOKEN_REFRESH_THRESHOLD_MS",
    ];
    FetchAttempts: "token request attempts" = [
        "CAMUNDA_AUTH_TOKEN_FETCH_MAX_RETRIES",
        "CAMUNDA_OAUTH_RETRY_MAX",
    ];
    FetchBackoff: "token request back-off (ms)" = [
        "CAMUNDA_AUTH_TOKEN_FETCH_INITIAL_BACKOFF_MS",
        "CAMUNDA_OAUTH_RETRY_BASE_DELAY_MS",
    ];
    FetchBackoffMultiplier: "token request back-off multiplier" = [
        "CAMUNDA_AUTH_TOKEN_FETCH_BACKOFF_MULTIPLIER",
    ];
    FetchRetryStatuses: "token request retry statuses" = [
        "CAMUNDA_AUTH_TOKEN_FETCH_RETRYABLE_STATUS_CODES",
    ];
    FetchCoolDown: "token request cool-down (ms)" = [
        "CAMUNDA_AUTH_TOKEN_FETCH_NON_RETRYABLE_COOLDOWN_MS",
    ];
}

/// Variables that official clients read and this one does not, and why not.
///
/// Source: as above, and camunda/orchestration-cluster-api-js: src/runtime/unifiedConfiguration.ts
pub(super) const IGNORED: &[(&str, &str)] = &[
    ("CAMUNDA_MAX_HTTP_CONNECTIONS", "calls go over gRPC, on one connection"),
    ("ZEEBE_MAX_HTTP_CONNECTIONS", "calls go over gRPC, on one connection"),
    ("CAMUNDA_CLIENT_USE_DEFAULT_RETRY_POLICY", "calls are repeated whenever that is safe"),
    ("ZEEBE_CLIENT_USE_DEFAULT_RETRY_POLICY", "calls are repeated whenever that is safe"),
    ("CAMUNDA_DEFAULT_JOB_WORKER_TENANT_FILTER_MODE", "workers ask for the tenants they name"),
    ("GRPC_KEEPALIVE_TIMEOUT_MS", "an answer to a ping may take 20 s"),
    ("GRPC_KEEPALIVE_PERMIT_WITHOUT_CALLS", "servers hang up on clients that ping while idle"),
    ("CAMUNDA_CONSOLE_CLIENT_ID", "there is no client of the Console API; set ZEEBE_CLIENT_ID"),
    ("CAMUNDA_CONSOLE_CLIENT_SECRET", "there is no client of the Console API"),
    ("CAMUNDA_OPERATE_OAUTH_AUDIENCE", "one audience serves all APIs; set ZEEBE_TOKEN_AUDIENCE"),
    ("CAMUNDA_TASKLIST_OAUTH_AUDIENCE", "one audience serves all APIs; set ZEEBE_TOKEN_AUDIENCE"),
    ("CAMUNDA_OPTIMIZE_OAUTH_AUDIENCE", "one audience serves all APIs; set ZEEBE_TOKEN_AUDIENCE"),
    ("CAMUNDA_MODELER_OAUTH_AUDIENCE", "one audience serves all APIs; set ZEEBE_TOKEN_AUDIENCE"),
    ("CAMUNDA_CONSOLE_OAUTH_AUDIENCE", "one audience serves all APIs; set ZEEBE_TOKEN_AUDIENCE"),
    ("CAMUNDA_OAUTH_FAIL_ON_ERROR", "a refused token request fails the call and is not repeated"),
    ("CAMUNDA_OAUTH_GRANT_TYPE", "services use client_credentials, whatever it says"),
    ("CAMUNDA_CREDENTIALS_SCOPES", "it is for information; set ZEEBE_TOKEN_SCOPE"),
    ("CAMUNDA_COOKIE_AUTH_URL", "signing in with a cookie is for web apps"),
    ("CAMUNDA_COOKIE_AUTH_USERNAME", "signing in with a cookie is for web apps"),
    ("CAMUNDA_COOKIE_AUTH_PASSWORD", "signing in with a cookie is for web apps"),
    ("CAMUNDA_MTLS_CERT", "keys are read from files; set CAMUNDA_MTLS_CERT_PATH"),
    ("CAMUNDA_MTLS_KEY", "keys are read from files; set CAMUNDA_MTLS_KEY_PATH"),
    ("CAMUNDA_MTLS_KEY_PASSPHRASE", "a key with a passphrase is read from a PKCS#12 file"),
    ("CAMUNDA_IDENTITY_CERTPATH", "it is a server's; set ZEEBE_CLIENT_ASSERTION_KEYSTORE_PATH"),
    ("CAMUNDA_IDENTITY_CERTSTOREPASSWORD", "it is a server's"),
    ("CAMUNDA_CLIENT_MODE", "the address and the credentials say the same"),
    ("CAMUNDA_CUSTOM_USER_AGENT_STRING", "calls name this client"),
    ("ZEEBE_CLIENT_CUSTOM_AGENT_STRING", "calls name this client"),
    ("ZEEBE_CLIENT_LOG_TYPE", "logs are lines of text"),
    ("CAMUNDA_SUPPORT_LOG_ENABLED", "support logs are the Node SDK's; use -vv"),
    ("CAMUNDA_SUPPORT_LOG_FILE_PATH", "support logs are the Node SDK's; use -vv"),
    ("OPERATE_CLIENT_BASEURL", "there is no client of the Operate API"),
    ("OPERATE_CLIENT_URL", "there is no client of the Operate API"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_variable_means_two_things() {
        let mut seen = BTreeSet::new();
        for setting in Setting::ALL {
            for variable in setting.variables() {
                assert!(seen.insert(variable), "{variable} is read twice");
            }
        }
    }

    #[test]
    fn what_is_ignored_is_read_nowhere() {
        for (name, reason) in IGNORED {
            let is_read = Setting::ALL.iter().any(|setting| setting.variables().contains(name));
            assert!(!is_read && !reason.ends_with('.'), "{name}");
        }
    }

    #[test]
    fn newer_names_are_stronger() {
        let family = |name: &str| match name {
            name if name.starts_with("CAMUNDA_") => 0,
            name if name.starts_with("ZEEBE_") => 1,
            _ => 2,
        };
        for setting in Setting::ALL {
            let families: Vec<_> = setting.variables().iter().map(|name| family(name)).collect();
            // What only Skep reads comes before what it shares with other tools.
            let is_own = setting.variables()[0].starts_with("SKEP_");
            assert!(is_own || families.is_sorted(), "{:?}", setting.variables());
        }
    }
}

use std::{collections::BTreeMap, path::Path, time::Duration};

use skep_auth::{
    AuthError, CertificateFile, ClientCredentials, ClientSettings, Credential, FetchPolicy,
    IdentityEndpoint, ManagedIdentity, TokenEndpoint, TokenSource,
    settings::{Authentication, Explicit, Origin, Setting},
};

use crate::{
    certificates::{Encoding, Identity, pkcs12, write},
    provider::{Answer, Provider},
};

fn resolve(variables: &[(&str, &str)]) -> Result<ClientSettings, AuthError> {
    resolve_with(&Explicit::default(), variables)
}

fn resolve_with(
    explicit: &Explicit,
    variables: &[(&str, &str)],
) -> Result<ClientSettings, AuthError> {
    let variables: BTreeMap<_, _> = variables.iter().copied().collect();
    ClientSettings::resolve(explicit, |name| variables.get(name).map(|text| (*text).to_owned()))
}

fn credentials(variables: &[(&str, &str)]) -> ClientCredentials {
    let settings = resolve(variables).unwrap();
    let Authentication::OAuth { credentials, .. } = settings.authentication else {
        panic!("no OAuth: {settings:?}")
    };
    *credentials
}

fn problem(variables: &[(&str, &str)]) -> String {
    let error = resolve(variables).unwrap_err();
    assert_eq!(error.code(), "SKEP-AUTH-SETTINGS");
    error.to_string()
}

const ENTRA: &str = "https://login.microsoftonline.com/t/oauth2/v2.0/token";
/// The guide's variables for a client with a secret.
const GUIDE: [(&str, &str); 5] = [
    ("ZEEBE_CLIENT_ID", "app"),
    ("ZEEBE_CLIENT_SECRET", "s3cret"),
    ("ZEEBE_AUTHORIZATION_SERVER_URL", ENTRA),
    ("ZEEBE_TOKEN_AUDIENCE", "api"),
    ("ZEEBE_ADDRESS", "gw.example:443"),
];

#[test]
fn without_variables_a_local_gateway_without_authentication_is_meant() {
    let settings = resolve(&[]).unwrap();
    assert_eq!(settings.gateway.uri(), "http://localhost:26500");
    assert_eq!(settings.rest_address, "http://localhost:8080");
    assert!(matches!(settings.authentication, Authentication::None));
    assert_eq!(settings.tenant_id, "<default>");
    assert_eq!(settings.worker_tenant_ids, ["<default>"]);
    assert_eq!(settings.keep_alive, Duration::from_secs(45));
    assert!(settings.explanations.iter().all(|known| known.origin == Origin::Default));
}

#[test]
fn the_guides_variables_make_credentials_for_entra() {
    let found = credentials(&GUIDE);
    assert_eq!(found.client_id, "app");
    assert_eq!(found.endpoint, TokenEndpoint::Url(ENTRA.into()));
    assert!(matches!(&found.credential, Credential::Secret(secret) if secret.expose() == "s3cret"));
    assert_eq!(resolve(&GUIDE).unwrap().gateway.uri(), "https://gw.example:443");
    // The scope that is sent is shown, although nobody has set it.
    let settings = resolve(&GUIDE).unwrap();
    let scope = settings.explanations.iter().find(|known| known.setting == Setting::Scope);
    assert_eq!(scope.unwrap().value, "api/.default");
}

#[test]
fn all_four_spellings_of_the_keystore_work() {
    for family in [
        ["ZEEBE_CLIENT_ASSERTION_KEYSTORE_PATH", "ZEEBE_CLIENT_ASSERTION_KEYSTORE_PASSWORD"],
        ["CAMUNDA_CLIENT_ASSERTION_KEYSTORE_PATH", "CAMUNDA_CLIENT_ASSERTION_KEYSTORE_PASSWORD"],
        [
            "CAMUNDA_CLIENT_AUTH_CLIENT_ASSERTION_KEYSTORE_PATH",
            "CAMUNDA_CLIENT_AUTH_CLIENT_ASSERTION_KEYSTORE_PASSWORD",
        ],
        [
            "CAMUNDA_CLIENT_AUTH_CLIENTASSERTION_KEYSTOREPATH",
            "CAMUNDA_CLIENT_AUTH_CLIENTASSERTION_KEYSTOREPASSWORD",
        ],
        [
            "OPERATE_CLIENT_CLIENT_ASSERTION_KEYSTORE_PATH",
            "OPERATE_CLIENT_CLIENT_ASSERTION_KEYSTORE_PASSWORD",
        ],
    ] {
        let mut variables = GUIDE.to_vec();
        variables.extend([(family[0], "store.p12"), (family[1], "pw")]);
        let found = credentials(&variables);
        let Credential::Certificate { file: CertificateFile::Pkcs12 { path, access }, .. } =
            found.credential
        else {
            panic!("{family:?}")
        };
        assert_eq!((path.as_path(), access.password.expose()), (Path::new("store.p12"), "pw"));
        // The secret that is there too has no effect, and that is told.
        let notes = resolve(&variables).unwrap().notes;
        assert_eq!(notes, ["there is a certificate: the client secret has no effect"]);
    }
}

#[test]
fn a_certificate_needs_no_secret() {
    let mut variables = GUIDE.to_vec();
    variables.retain(|(name, _)| *name != "ZEEBE_CLIENT_SECRET");
    variables.extend([
        ("ZEEBE_CLIENT_ASSERTION_KEYSTORE_PATH", "store.p12"),
        ("ZEEBE_CLIENT_ASSERTION_KEYSTORE_PASSWORD", "pw"),
        ("ZEEBE_CLIENT_ASSERTION_KEYSTORE_KEY_ALIAS", "camunda-client"),
        ("ZEEBE_CLIENT_ASSERTION_KEYSTORE_KEY_PASSWORD", "key pw"),
        ("SKEP_CLIENT_ASSERTION_ALGORITHM", "ps256"),
    ]);
    let found = credentials(&variables);
    let Credential::Certificate { file: CertificateFile::Pkcs12 { access, .. }, assertion } =
        found.credential
    else {
        panic!("no certificate")
    };
    assert_eq!(access.alias.as_deref(), Some("camunda-client"));
    assert_eq!(access.key_password.unwrap().expose(), "key pw");
    assert_eq!(assertion.algorithm.as_str(), "PS256");
}

#[test]
fn the_precedence_is_flag_program_camunda_zeebe_file_default() {
    let setting = Setting::ClientId;
    let mut explicit = Explicit::default();
    explicit.flags.insert(setting, "flag".into());
    explicit.values.insert(setting, "program".into());
    explicit.file.insert(setting, "file".into());
    let mut variables = GUIDE.to_vec();
    variables.push(("CAMUNDA_CLIENT_ID", "camunda"));
    let winner = |explicit: &Explicit, variables: &[(&str, &str)]| {
        let settings = resolve_with(explicit, variables).unwrap();
        let found = settings.explanations.iter().find(|known| known.setting == setting);
        let found = found.unwrap().clone();
        let hidden: Vec<_> = found.shadowed.into_iter().map(|(_, value)| value).collect();
        (found.value, found.origin, hidden)
    };
    let (value, origin, hidden) = winner(&explicit, &variables);
    assert_eq!((value.as_str(), origin), ("flag", Origin::Flag));
    assert_eq!(hidden, ["program", "camunda", "app", "file"]);

    explicit.flags.clear();
    assert_eq!(winner(&explicit, &variables).0, "program");
    explicit.values.clear();
    let (value, origin, _) = winner(&explicit, &variables);
    assert_eq!(value, "camunda");
    assert_eq!(origin, Origin::Variable("CAMUNDA_CLIENT_ID".into()));
    variables.pop();
    assert_eq!(winner(&explicit, &variables).0, "app");
    variables.retain(|(name, _)| *name != "ZEEBE_CLIENT_ID");
    assert_eq!(winner(&explicit, &variables).0, "file");
}

#[test]
fn an_empty_variable_is_none() {
    let mut variables = GUIDE.to_vec();
    variables.push(("CAMUNDA_CLIENT_ID", "  "));
    assert_eq!(credentials(&variables).client_id, "app");
}

#[test]
fn white_space_around_a_secret_is_kept_and_told() {
    let mut variables = GUIDE.to_vec();
    variables.push(("CAMUNDA_CLIENT_SECRET", "s3cret\n"));
    let found = credentials(&variables);
    assert!(
        matches!(found.credential, Credential::Secret(secret) if secret.expose() == "s3cret\n")
    );
    let notes = resolve(&variables).unwrap().notes;
    let expected = "the client secret in CAMUNDA_CLIENT_SECRET begins or ends with white space";
    assert_eq!(notes, [expected]);
}

#[test]
fn secrets_are_masked_everywhere() {
    let mut variables = GUIDE.to_vec();
    variables.push(("CAMUNDA_CLIENT_SECRET", "t0psecret"));
    let settings = resolve(&variables).unwrap();
    let text = format!("{settings:?}");
    assert!(!text.contains("s3cret") && !text.contains("t0psecret"), "{text}");
    let secret = settings.explanations.iter().find(|known| known.setting == Setting::ClientSecret);
    assert_eq!(secret.unwrap().value, "***");
}

#[test]
fn half_of_a_credential_is_an_error_that_names_the_other_half() {
    let without = |name: &str| {
        let mut variables = GUIDE.to_vec();
        variables.retain(|(known, _)| *known != name);
        variables
    };
    let text = problem(&without("ZEEBE_CLIENT_ID"));
    assert_eq!(text, "the client id is missing; fix: set ZEEBE_CLIENT_ID");
    let text = problem(&without("ZEEBE_CLIENT_SECRET"));
    assert!(text.contains("no credential; fix: set ZEEBE_CLIENT_SECRET, or"), "{text}");
    let text = problem(&without("ZEEBE_AUTHORIZATION_SERVER_URL"));
    assert_eq!(text, "the token URL is missing; fix: set ZEEBE_AUTHORIZATION_SERVER_URL");
    let text = problem(&without("ZEEBE_TOKEN_AUDIENCE"));
    assert!(text.contains("the scope (API_APPLICATION_ID/.default) is missing"), "{text}");

    let mut variables = without("ZEEBE_CLIENT_SECRET");
    variables.push(("ZEEBE_CLIENT_ASSERTION_KEYSTORE_PATH", "store.p12"));
    let text = problem(&variables);
    assert_eq!(
        text,
        "the keystore password is missing; fix: set ZEEBE_CLIENT_ASSERTION_KEYSTORE_PASSWORD"
    );
    let text = problem(&[("ZEEBE_CLIENT_ASSERTION_KEYSTORE_PASSWORD", "pw")]);
    for part in ["keystore path is missing", "client id is missing", "token URL is missing"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let text = problem(&[("CAMUNDA_BASIC_AUTH_USERNAME", "demo")]);
    assert!(text.starts_with("the password is missing"), "{text}");
    let text = problem(&[("CAMUNDA_AUTH_STRATEGY", "OAUTH")]);
    assert!(text.contains("the client id is missing"), "{text}");
}

#[test]
fn a_secret_goes_to_camundas_cloud_for_gateways_there_only() {
    let found = credentials(&[
        ("ZEEBE_CLIENT_ID", "app"),
        ("ZEEBE_CLIENT_SECRET", "s"),
        ("CAMUNDA_CLUSTER_ID", "abc"),
    ]);
    let url = "https://login.cloud.camunda.io/oauth/token";
    assert_eq!(found.endpoint, TokenEndpoint::Url(url.into()));
    assert_eq!(found.audience.as_deref(), Some("abc.bru-2.zeebe.camunda.io"));
}

#[test]
fn other_providers_get_the_gateways_host_as_audience() {
    let mut variables = GUIDE.to_vec();
    variables.retain(|(name, _)| *name != "ZEEBE_TOKEN_AUDIENCE");
    variables.push(("CAMUNDA_OAUTH_URL", "https://keycloak.example/token"));
    let found = credentials(&variables);
    assert_eq!((found.audience.as_deref(), found.scope), (Some("gw.example"), None));
}

#[test]
fn the_token_url_can_come_from_elsewhere() {
    let base =
        [("ZEEBE_CLIENT_ID", "app"), ("ZEEBE_CLIENT_SECRET", "s"), ("ZEEBE_TOKEN_SCOPE", "x")];
    let endpoint = |more: &[(&str, &str)]| credentials(&[&base, more].concat()).endpoint;
    assert_eq!(
        endpoint(&[("CAMUNDA_ISSUER_URL", "https://idp.example/realm/")]),
        TokenEndpoint::Discovery(
            "https://idp.example/realm/.well-known/openid-configuration".into()
        )
    );
    assert_eq!(
        endpoint(&[
            ("CAMUNDA_WELL_KNOWN_CONFIGURATION_URL", "https://idp.example/x"),
            ("CAMUNDA_ISSUER_URL", "https://idp.example/realm/"),
        ]),
        TokenEndpoint::Discovery("https://idp.example/x".into())
    );
    assert_eq!(
        endpoint(&[("AZURE_TENANT_ID", "t")]),
        TokenEndpoint::Url("https://login.microsoftonline.com/t/oauth2/v2.0/token".into())
    );
    assert_eq!(
        endpoint(&[("AZURE_TENANT_ID", "t"), ("AZURE_AUTHORITY_HOST", "https://localhost:1/")]),
        TokenEndpoint::Url("https://localhost:1/t/oauth2/v2.0/token".into())
    );
}

#[test]
fn a_workload_identity_is_used_when_it_is_meant_for_this_client() {
    let workload = [
        ("AZURE_CLIENT_ID", "workload"),
        ("AZURE_TENANT_ID", "t"),
        ("AZURE_FEDERATED_TOKEN_FILE", "/var/run/token"),
    ];
    let settings = resolve(&workload).unwrap();
    assert!(matches!(settings.authentication, Authentication::None));
    let found = credentials(&[&workload[..], &[("ZEEBE_TOKEN_AUDIENCE", "api")]].concat());
    assert_eq!(found.client_id, "workload");
    assert!(matches!(found.credential, Credential::FederatedTokenFile(_)));
}

#[tokio::test]
async fn a_managed_identity_gets_a_token_from_its_platform() {
    let provider = Provider::start().await;
    let body = serde_json::json!({
        "access_token": "mi", "refresh_token": "", "expires_in": "3599",
        "expires_on": "1900000000", "resource": "api", "token_type": "Bearer",
    });
    let starting = Answer::json(404, &serde_json::json!({})).header("retry-after", "0");
    provider.script(|script| script.answers = [starting, Answer::json(200, &body)].into());
    let method = ("CAMUNDA_AUTH_STRATEGY", "managed-identity");
    let audience = ("ZEEBE_TOKEN_SCOPE", "api/.default");
    let machine = [
        method,
        audience,
        ("AZURE_POD_IDENTITY_AUTHORITY_HOST", provider.origin.as_str()),
        ("AZURE_CLIENT_ID", "user-assigned"),
    ];
    let source = TokenSource::from_settings(&resolve(&machine).unwrap()).unwrap();
    assert_eq!(source.authorization().await.unwrap().as_deref(), Some("Bearer mi"));
    let endpoint = format!("{}/metadata/identity/oauth2/token", provider.origin);
    let app_service =
        [method, audience, ("IDENTITY_ENDPOINT", &endpoint), ("IDENTITY_HEADER", "h3ader")];
    let source = TokenSource::from_settings(&resolve(&app_service).unwrap()).unwrap();
    source.authorization().await.unwrap();
    assert!(!format!("{source:?}").contains("h3ader"));
    provider.script(|script| {
        let [_, machine, app_service] = &script.token_requests[..] else { panic!("3 requests") };
        assert_eq!(machine.headers["metadata"], "true");
        assert_eq!(machine.field("resource"), Some("api"));
        assert_eq!(machine.field("client_id"), Some("user-assigned"));
        assert_eq!(machine.field("api-version"), Some("2018-02-01"));
        assert_eq!(app_service.headers["x-identity-header"], "h3ader");
        assert_eq!(app_service.field("client_id"), None);
        assert_eq!(app_service.field("api-version"), Some("2019-08-01"));
    });
    assert!(problem(&[method]).contains("ZEEBE_TOKEN_AUDIENCE"));
}

#[tokio::test]
async fn azure_arc_wants_proof_that_its_file_can_be_read() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let key = write(folder.path(), "one.key", "pr00f");
    let stolen = write(elsewhere.path(), "id.key", "pr1vate");
    let other = write(folder.path(), "one.txt", "pr1vate");
    let large = write(folder.path(), "large.key", vec![b'a'; 5000]);
    let challenge = |path: &Path| {
        let realm = format!("Basic realm={}", path.display());
        Answer::json(401, &serde_json::json!({})).header("www-authenticate", &realm)
    };
    let body = serde_json::json!({"access_token": "arc", "expires_in": "60"});
    let identity = |tokens_dir: &Path| ManagedIdentity {
        endpoint: IdentityEndpoint::Arc {
            url: format!("{}/metadata/identity/oauth2/token", provider.origin),
            tokens_dir: tokens_dir.to_owned(),
        },
        resource: "api".into(),
        client_id: None,
        policy: FetchPolicy { attempts_max: 1, ..FetchPolicy::default() },
    };
    let ask = |answers: Vec<Answer>| {
        provider.script(|script| script.answers = answers.into());
        let source = TokenSource::managed_identity(identity(folder.path()), reqwest::Client::new());
        async move { source.authorization().await }
    };
    let header = ask(vec![challenge(&key), Answer::json(200, &body)]).await;
    assert_eq!(header.unwrap().as_deref(), Some("Bearer arc"));
    provider.script(|script| {
        let [first, second] = &script.token_requests[..] else { panic!("two requests") };
        assert_eq!(first.headers["metadata"], "true");
        assert_eq!(first.field("api-version"), Some("2020-06-01"));
        assert!(!first.headers.contains_key("authorization"));
        assert_eq!(second.headers["authorization"], "Basic pr00f");
    });
    for (path, told) in [(&stolen, "is no key in"), (&other, "is no key in"), (&large, "bytes")] {
        let error = ask(vec![challenge(path), Answer::json(200, &body)]).await.unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
        let n_asked = provider.script(|script| script.token_requests.len());
        provider.script(|script| script.token_requests.clear());
        assert!(n_asked <= 3, "the file was not sent");
    }
    let dotted =
        folder.path().join("..").join(elsewhere.path().file_name().unwrap()).join("id.key");
    assert!(ask(vec![challenge(&dotted), Answer::json(200, &body)]).await.is_err());
}

#[test]
fn each_platform_is_known_by_its_variables() {
    let endpoint = |variables: &[(&str, &str)]| {
        let common =
            [("CAMUNDA_AUTH_STRATEGY", "managed-identity"), ("ZEEBE_TOKEN_AUDIENCE", "api")];
        let settings = resolve(&[&common[..], variables].concat()).unwrap();
        let Authentication::ManagedIdentity(identity) = settings.authentication else {
            panic!("no managed identity: {settings:?}")
        };
        identity.endpoint
    };
    let (url, header) = (("IDENTITY_ENDPOINT", "http://e"), ("IDENTITY_HEADER", "h"));
    assert!(matches!(endpoint(&[]), IdentityEndpoint::VirtualMachine { .. }));
    assert!(matches!(endpoint(&[url, header]), IdentityEndpoint::AppService { .. }));
    let thumbprint = ("IDENTITY_SERVER_THUMBPRINT", "aa");
    let fabric = endpoint(&[url, header, thumbprint]);
    assert_eq!(fabric.thumbprint(), Some("aa"));
    let arc = endpoint(&[url, ("IMDS_ENDPOINT", "http://localhost:40342")]);
    assert!(matches!(arc, IdentityEndpoint::Arc { .. }), "{arc:?}");
    let old = endpoint(&[("MSI_ENDPOINT", "http://m"), ("MSI_SECRET", "s3cret")]);
    assert!(matches!(old, IdentityEndpoint::MachineLearning { .. }), "{old:?}");
    assert!(!format!("{old:?}").contains("s3cret"));
}

#[test]
fn other_methods_and_their_switches() {
    let bearer = [("CAMUNDA_OAUTH_TOKEN", "abc")];
    assert!(matches!(resolve(&bearer).unwrap().authentication, Authentication::Bearer(_)));
    let basic = [("CAMUNDA_BASIC_AUTH_USERNAME", "demo"), ("CAMUNDA_BASIC_AUTH_PASSWORD", "demo")];
    let found = resolve(&basic).unwrap().authentication;
    assert!(matches!(found, Authentication::Basic { .. }));
    for (off, value) in [("CAMUNDA_OAUTH_DISABLED", "TRUE"), ("CAMUNDA_AUTH_STRATEGY", "NONE")] {
        let mut variables = GUIDE.to_vec();
        variables.push((off, value));
        let settings = resolve(&variables).unwrap();
        assert!(matches!(settings.authentication, Authentication::None), "{off}");
        assert_eq!(settings.notes.len(), 1, "{:?}", settings.notes);
    }
    let url_alone = [("ZEEBE_AUTHORIZATION_SERVER_URL", ENTRA)];
    let notes = resolve(&url_alone).unwrap().notes;
    assert!(notes[0].ends_with("calls are anonymous"), "{notes:?}");
}

#[test]
fn tls_follows_the_scheme_and_else_the_switches() {
    let uri = |variables: &[(&str, &str)]| resolve(variables).unwrap().gateway.uri();
    let address = ("ZEEBE_ADDRESS", "gw:26500");
    assert_eq!(uri(&[address]), "https://gw:26500");
    assert_eq!(uri(&[address, ("ZEEBE_INSECURE_CONNECTION", "true")]), "http://gw:26500");
    assert_eq!(uri(&[address, ("CAMUNDA_SECURE_CONNECTION", "false")]), "http://gw:26500");
    assert_eq!(uri(&[("ZEEBE_GRPC_ADDRESS", "grpc://gw:1"), address]), "http://gw:1");
    assert_eq!(uri(&[("ZEEBE_HOST", "h"), address]), "https://h:26500");
    assert_eq!(uri(&[("ZEEBE_PORT", "1"), address]), "https://127.0.0.1:1");
    assert_eq!(uri(&[("ZEEBE_PORT", "1"), ("ZEEBE_GRPC_ADDRESS", "http://gw:2")]), "http://gw:2");
    let both = [("ZEEBE_GRPC_ADDRESS", "https://gw:1"), ("ZEEBE_INSECURE_CONNECTION", "true")];
    let settings = resolve(&both).unwrap();
    assert_eq!(settings.gateway.uri(), "https://gw:1");
    assert!(settings.notes[0].contains("decides about TLS"), "{:?}", settings.notes);
}

#[test]
fn rest_addresses_lose_what_every_client_adds() {
    for given in
        ["https://gw:8080", "https://gw:8080/", "https://gw:8080/v2", "https://gw:8080/v2/"]
    {
        let settings = resolve(&[("CAMUNDA_REST_ADDRESS", given)]).unwrap();
        assert_eq!(settings.rest_address, "https://gw:8080", "{given}");
    }
}

#[test]
fn values_that_make_no_sense_are_told_together() {
    let text = problem(&[
        ("ZEEBE_ADDRESS", "http://gw/path"),
        ("ZEEBE_KEEP_ALIVE", "45s"),
        ("CAMUNDA_REST_ADDRESS", "gw:8080"),
        ("ZEEBE_PREFER_REST", "maybe"),
        ("ZEEBE_CLIENT_ID", "app"),
    ]);
    for part in [
        "gateway address: ZEEBE_ADDRESS must be host:port",
        "keep-alive interval (ms): ZEEBE_KEEP_ALIVE must be a number of milliseconds",
        "REST address: CAMUNDA_REST_ADDRESS must be a URL",
        r#"prefer REST: ZEEBE_PREFER_REST must be true or false, but is "maybe""#,
        "no credential",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn the_fetch_policy_is_read() {
    let mut variables = GUIDE.to_vec();
    variables.extend([
        ("CAMUNDA_AUTH_CONNECT_TIMEOUT", "1000"),
        ("ZEEBE_AUTH_READ_TIMEOUT", "2000"),
        ("CAMUNDA_AUTH_TOKEN_FETCH_MAX_RETRIES", "3"),
        ("CAMUNDA_AUTH_TOKEN_FETCH_RETRYABLE_STATUS_CODES", "404, 503"),
        ("CAMUNDA_AUTH_TOKEN_FETCH_NON_RETRYABLE_COOLDOWN_MS", "0"),
    ]);
    let policy = credentials(&variables).policy;
    assert_eq!(policy.request_timeout, Duration::from_secs(3));
    assert_eq!((policy.attempts_max, policy.retry_statuses), (3, vec![404, 503]));
    assert_eq!(policy.cool_down_max, Duration::ZERO);
    variables.push(("CAMUNDA_AUTH_PROACTIVE_TOKEN_REFRESH_THRESHOLD", "0"));
    assert!(problem(&variables).contains("from 1 to 2147483647"));
}

#[tokio::test]
async fn a_source_from_settings_gets_a_token() {
    let provider = Provider::start().await;
    let dir = tempfile::tempdir().unwrap();
    let store = pkcs12(&[("c", Identity::rsa("c").entry(1))], "pw", Encoding::Modern);
    let path = write(dir.path(), "store.p12", store);
    let url = format!("{}/tenant/oauth2/v2.0/token", provider.origin);
    let variables = [
        ("ZEEBE_CLIENT_ID", "app"),
        ("ZEEBE_CLIENT_ASSERTION_KEYSTORE_PATH", path.to_str().unwrap()),
        ("ZEEBE_CLIENT_ASSERTION_KEYSTORE_PASSWORD", "pw"),
        ("ZEEBE_AUTHORIZATION_SERVER_URL", &url),
        ("ZEEBE_TOKEN_AUDIENCE", "api"),
    ];
    let source = TokenSource::from_settings(&resolve(&variables).unwrap()).unwrap();
    assert_eq!(source.authorization().await.unwrap().as_deref(), Some("Bearer default"));
    provider.script(|script| {
        let request = &script.token_requests[0];
        assert_eq!(request.field("scope"), Some("api/.default"));
        assert!(request.headers["user-agent"].to_str().unwrap().starts_with("skep/"));
    });

    let mut wrong = variables.to_vec();
    wrong[2].1 = "wrong";
    let error = TokenSource::from_settings(&resolve(&wrong).unwrap()).unwrap_err();
    assert_eq!(error.code(), "SKEP-AUTH-KEYSTORE-PASSWORD");
    let mut unknown_ca = variables.to_vec();
    unknown_ca.push(("SSL_CERT_FILE", "/nowhere/ca.pem"));
    let error = TokenSource::from_settings(&resolve(&unknown_ca).unwrap()).unwrap_err();
    assert_eq!(error.code(), "SKEP-AUTH-CA");
    assert!(error.to_string().contains("/nowhere/ca.pem"), "{error}");
}

//! `skep doctor`: every link of the chain broken once, against the embedded provider and stubs.

use std::{
    collections::HashMap,
    io::{Read as _, Write as _},
    net::TcpListener,
    path::PathBuf,
    process::Command,
    thread,
};

use serde_json::{Value, json};
use tonic::Status;

use crate::{
    run::{Ran, command, has, run},
    server::{Server, printed, skep},
    stub::Stub,
};

/// Claims of a token that stubs give, far from its end; nobody checks its signature.
const CLAIMS: &str =
    r#"{"iss":"https://idp/t/v2.0","aud":"api","azp":"orders","ver":"2.0","exp":4102444800}"#;

const STEPS: [&str; 14] = [
    "settings",
    "credential",
    "provider-dns",
    "provider-tcp",
    "provider-tls",
    "discovery",
    "clock",
    "token",
    "claims",
    "gateway-dns",
    "gateway-tcp",
    "gateway-tls",
    "gateway-call",
    "permission",
];

fn jwt(claims: &str) -> String {
    let encode = skep_auth::jose::encode_base64url;
    let header = encode(r#"{"alg":"RS256","typ":"JWT"}"#);
    format!("{header}.{}.{}", encode(claims), encode("signature"))
}

/// An HTTP server that answers every request with `head` and `body`.
fn web(head: &str, body: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let answer = format!(
        "HTTP/1.1 {head}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    );
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut request = [0; 4_096];
            // A probe may hang up before it has said anything.
            if connection.read(&mut request).is_ok_and(|n| n > 0) {
                let _ = connection.write_all(answer.as_bytes());
            }
        }
    });
    origin
}

/// A token endpoint that is no Entra, giving a token with these claims.
fn giving(claims: &str) -> String {
    let body = json!({"access_token": jwt(claims), "token_type": "Bearer", "expires_in": 3600});
    format!("{}/token", web("200 OK", &body.to_string()))
}

fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A client of a token endpoint and a gateway.
fn client(token_url: &str, gateway: &str) -> HashMap<String, String> {
    [
        ("ZEEBE_ADDRESS", gateway),
        ("ZEEBE_CLIENT_ID", "orders"),
        ("ZEEBE_CLIENT_SECRET", "s3cret"),
        ("ZEEBE_TOKEN_AUDIENCE", "api"),
        ("ZEEBE_AUTHORIZATION_SERVER_URL", token_url),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn doctor(environment: &HashMap<String, String>, changes: &[(&str, &str)], args: &[&str]) -> Ran {
    let mut command: Command = command(&[&["doctor"], args].concat());
    command.envs(environment);
    for (name, value) in changes {
        command.env(name, value);
    }
    run(command, "")
}

/// The report of a check-up that must fail at `step`, with `code`; nothing secret is in it.
#[track_caller]
fn fails(
    environment: &HashMap<String, String>,
    changes: &[(&str, &str)],
    exit: i32,
    step: &str,
    code: &str,
) -> Value {
    let ran = doctor(environment, changes, &["--json"]);
    assert_eq!(ran.code, exit, "{ran:?}");
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    let failure = report["failure"].clone();
    assert_eq!(
        (failure["step"].as_str(), failure["code"].as_str()),
        (Some(step), Some(code)),
        "{failure:#}"
    );
    assert_eq!((&report["ok"], &report["exitCode"]), (&json!(false), &json!(exit)));
    for part in ["message", "cause", "fix"] {
        let text = failure[part].as_str();
        assert!(
            text.is_some_and(|text| !text.is_empty()) || part == "cause",
            "{part}: {failure:#}"
        );
    }
    has(&ran.stderr, &["error: ", step, code, "fix: "]);
    for (name, value) in
        environment.iter().map(|(n, v)| (n.as_str(), v.as_str())).chain(changes.iter().copied())
    {
        if name.ends_with("_SECRET") || name.ends_with("_PASSWORD") {
            let is_shown = ran.stdout.contains(value) || ran.stderr.contains(value);
            assert!(!is_shown, "{name} is printed: {ran:?}");
        }
    }
    failure
}

/// The development server, and what `skep env` says of it.
struct World {
    server: Server,
    environment: HashMap<String, String>,
    _dir: tempfile::TempDir,
}

impl World {
    fn start(app: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::start(dir.path(), &["--dev", "--idp-port", "0"]);
        let environment = server.environment(app);
        Self { server, environment, _dir: dir }
    }

    /// Runs `skep idp …` on the server's provider.
    fn idp(&self, args: &[&str]) -> String {
        let mut command = skep(&[&["idp"], args].concat());
        command.arg("--data-dir").arg(&self.server.data_dir);
        printed(&command.output().unwrap()).trim().to_owned()
    }

    /// Registers an application with a secret: its variables.
    fn registered(&self, name: &str, token_version: &str) -> [(&'static str, String); 4] {
        let id = self.idp(&["app", "add", name, "--token-version", token_version]);
        let secret = self.idp(&["secret", "add", &id]);
        let scope = format!("{id}/.default");
        [
            ("CAMUNDA_CLIENT_ID", id.clone()),
            ("CAMUNDA_CLIENT_SECRET", secret),
            ("CAMUNDA_TOKEN_SCOPE", scope),
            ("CAMUNDA_TOKEN_AUDIENCE", id),
        ]
    }

    #[track_caller]
    fn fails(&self, changes: &[(&str, &str)], exit: i32, step: &str, code: &str) -> Value {
        fails(&self.environment, changes, exit, step, code)
    }

    fn variable(&self, name: &str) -> &str {
        &self.environment[name]
    }
}

#[track_caller]
fn is_entry(failure: &Value, aadsts: u32, entry: &str) {
    assert_eq!(failure["aadsts"], aadsts, "{failure:#}");
    assert!(
        failure["guideEntry"].as_str().is_some_and(|found| found.starts_with(entry)),
        "{failure:#}"
    );
    for id in ["correlationId", "traceId"] {
        assert!(failure[id].is_string(), "{failure:#}");
    }
}

#[test]
fn everything_works_by_secret_and_each_step_says_what_it_found() {
    let world = World::start("secret");
    let ran = doctor(&world.environment, &[], &[]);
    has(
        ran.ok(),
        &[
            "by secret",
            "CAMUNDA_CLIENT_SECRET",
            "a client secret of 40 characters",
            "certificate for localhost",
            "CAs of the system",
            "issuer https://localhost:",
            "0 s behind",
            "ver 2.0",
            "plaintext, as asked for",
            "Topology: gateway version",
            "is allowed",
            "Everything works.",
        ],
    );
    let secret = world.variable("CAMUNDA_CLIENT_SECRET");
    assert!(!ran.stdout.contains(secret) && !ran.stdout.contains("eyJ"), "{}", ran.stdout);

    let report = doctor(&world.environment, &[], &["--json"]).json();
    assert_eq!(
        (&report["version"], &report["ok"], &report["failure"]),
        (&json!(1), &json!(true), &Value::Null)
    );
    let steps = report["steps"].as_array().unwrap();
    let names: Vec<_> = steps.iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(names, STEPS);
    for step in steps {
        assert_eq!((&step["status"], &step["problem"]), (&json!("ok"), &Value::Null), "{step}");
        assert!(step["durationMs"].is_number() && step["detail"].is_string(), "{step}");
    }
}

#[test]
fn the_guides_client_secret_scope_and_tenant_errors_are_explained() {
    let world = World::start("secret");
    let stranger = "11111111-2222-4333-8444-555555555555";

    let failure = world.fails(&[("CAMUNDA_CLIENT_ID", stranger)], 4, "token", "SKEP-AUTH-REFUSED");
    is_entry(&failure, 700_016, "1.");
    assert_eq!(failure["oauthError"], "unauthorized_client");

    let failure =
        world.fails(&[("CAMUNDA_CLIENT_SECRET", "wr0ng~value")], 4, "token", "SKEP-AUTH-REFUSED");
    is_entry(&failure, 7_000_215, "2.");
    let id_for_value = [("CAMUNDA_CLIENT_SECRET", stranger)];
    has(
        &doctor(&world.environment, &id_for_value, &[]).stdout,
        &["look: it has the form of a GUID"],
    );

    let id = world.variable("CAMUNDA_CLIENT_ID").to_owned();
    let scope = format!("{id}/full_access");
    let failure = world.fails(&[("CAMUNDA_TOKEN_SCOPE", &scope)], 4, "token", "SKEP-AUTH-REFUSED");
    is_entry(&failure, 1_002_012, "3.");
    let scope = format!("{stranger}/.default");
    let failure = world.fails(&[("CAMUNDA_TOKEN_SCOPE", &scope)], 4, "token", "SKEP-AUTH-REFUSED");
    is_entry(&failure, 500_011, "3.");

    let tenant = world.variable("SKEP_IDP_TENANT");
    let url = world.variable("CAMUNDA_OAUTH_URL").replace(tenant, stranger);
    let failure = world.fails(&[("CAMUNDA_OAUTH_URL", &url)], 4, "discovery", "SKEP-AUTH-REFUSED");
    is_entry(&failure, 90_002, "1.");
}

#[test]
fn the_guides_audience_error_is_the_gateways_and_is_explained() {
    let world = World::start("secret");
    let other = world.registered("another API", "2");
    let changes: Vec<_> = other.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let failure = world.fails(&changes, 4, "gateway-call", "SKEP-AUTH-AUDIENCE");
    assert_eq!(failure["guideEntry"], "5. Token audience validation failed");
    has(failure["message"].as_str().unwrap(), &["expected the audience", &other[0].1]);
    has(failure["cause"].as_str().unwrap(), &["the scope decides"]);

    // What the server would say is known before it is asked when its configuration is.
    let config = world.server.data_dir.join("server.yaml");
    let issuer =
        format!("{}/{}/v2.0", world.variable("SKEP_IDP_ORIGIN"), world.variable("SKEP_IDP_TENANT"));
    let yaml = json!({
        "camunda": {"security": {"authentication": {"oidc": {
            "issuer-uri": issuer, "audiences": [world.variable("CAMUNDA_CLIENT_ID")],
        }}}},
        "skep": {"security": {"ca-certificate-path": world.variable("NODE_EXTRA_CA_CERTS")}},
    });
    std::fs::write(&config, yaml.to_string()).unwrap();
    let config = config.to_str().unwrap();
    let ran = doctor(&world.environment, &[], &["--server-config", config]);
    has(ran.ok(), &["accepted by the server's configuration"]);
    let ran = doctor(&world.environment, &changes, &["--server-config", config]);
    assert_eq!(ran.code, 4);
    has(&ran.stderr, &["error: claims: expected the audience", "5. Token audience"]);

    let v1 = world.registered("old API", "1");
    let changes: Vec<_> = v1.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let ran = doctor(&world.environment, &changes, &[]);
    has(&ran.stdout, &["look: it is a v1.0 token", "requestedAccessTokenVersion to 2"]);
}

#[test]
fn the_guides_certificate_error_and_other_keystore_troubles_are_explained() {
    let world = World::start("certificate");
    let ran = doctor(&world.environment, &[], &[]);
    has(ran.ok(), &["by certificate", "CN=camunda-client, RSA, 2048 bits", "thumbprint"]);

    // A certificate that nobody uploaded.
    let dir = world.server.data_dir.join("other");
    std::fs::create_dir(&dir).unwrap();
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../skep-auth/tests/data/keystores");
    let keystore = |name: &str| data.join(name).to_str().unwrap().to_owned();
    let with = |name: &str, exit: i32, step: &str, code: &str| {
        let path = keystore(name);
        let changes = [
            ("CAMUNDA_CLIENT_ASSERTION_KEYSTORE_PATH", path.as_str()),
            ("CAMUNDA_CLIENT_ASSERTION_KEYSTORE_PASSWORD", "password"),
        ];
        // The password is a word of the messages as well, so that it cannot be looked for.
        let ran = doctor(&world.environment, &changes, &["--json"]);
        let report: Value = serde_json::from_str(&ran.stdout).unwrap();
        let failure = report["failure"].clone();
        assert_eq!(
            (ran.code, failure["step"].as_str(), failure["code"].as_str()),
            (exit, Some(step), Some(code)),
            "{name}: {failure:#}"
        );
        assert_eq!(failure["guideEntry"], "4. Certificate validation failed", "{name}");
        failure
    };
    let failure = with("modern.p12", 4, "token", "SKEP-AUTH-REFUSED");
    is_entry(&failure, 700_027, "4.");
    with("expired.p12", 2, "credential", "SKEP-AUTH-CERTIFICATE-EXPIRED");
    with("ec.p12", 2, "credential", "SKEP-AUTH-KEYSTORE-KEY-KIND");
    with("nomac.p12", 2, "credential", "SKEP-AUTH-KEYSTORE-MAC");
    with("missing.p12", 2, "credential", "SKEP-AUTH-KEYSTORE-READ");

    let password = [("CAMUNDA_CLIENT_ASSERTION_KEYSTORE_PASSWORD", "wr0ngpw")];
    world.fails(&password, 2, "credential", "SKEP-AUTH-KEYSTORE-PASSWORD");
}

#[test]
fn the_way_to_the_provider_is_looked_at_step_by_step() {
    let world = World::start("secret");
    let url = world.variable("CAMUNDA_OAUTH_URL").to_owned();
    let with = |url: &str, exit: i32, step: &str, code: &str| {
        world.fails(&[("CAMUNDA_OAUTH_URL", url)], exit, step, code)
    };
    with("https://no-such-host.invalid/token", 3, "provider-dns", "SKEP-CONNECT-DNS");
    let closed = format!("https://localhost:{}/token", closed_port());
    with(&closed, 3, "provider-tcp", "SKEP-CONNECT-TCP");
    let plain = web("200 OK", "{}").replace("http://", "https://") + "/token";
    with(&plain, 3, "provider-tls", "SKEP-CONNECT-PLAINTEXT");
    // The provider's certificate is for this address too, its issuer is not.
    let failure =
        with(&url.replace("localhost", "127.0.0.1"), 4, "discovery", "SKEP-AUTH-DISCOVERY");
    has(failure["message"].as_str().unwrap(), &["names the issuer", "not \"https://127.0.0.1"]);

    let failure = world.fails(&[("SSL_CERT_FILE", "")], 3, "provider-tls", "SKEP-CONNECT-CA");
    has(failure["cause"].as_str().unwrap(), &["certificate for localhost", "trusted are the"]);
    world.fails(&[("SSL_CERT_FILE", "/no/such/ca.pem")], 2, "settings", "SKEP-AUTH-CA");

    let proxy = format!("http://127.0.0.1:{}", closed_port());
    let failure = world.fails(&[("HTTPS_PROXY", &proxy)], 3, "provider-tcp", "SKEP-CONNECT-TCP");
    has(failure["message"].as_str().unwrap(), &["the proxy 127.0.0.1:"]);
}

#[test]
fn half_a_credential_is_a_settings_error() {
    let mut half = client("https://idp.example/token", "localhost:26500");
    half.remove("ZEEBE_CLIENT_SECRET");
    let failure = fails(&half, &[], 2, "settings", "SKEP-AUTH-SETTINGS");
    has(failure["message"].as_str().unwrap(), &["client id is set, but no credential"]);
    let ran = doctor(&half, &[], &[]);
    assert_eq!(ran.stdout.lines().count(), 1, "nothing else is looked at: {}", ran.stdout);
}

#[test]
fn a_provider_that_lives_in_another_time_is_told() {
    let stub = Stub::start();
    let gateway = format!("http://{}", stub.address);
    let off = web("404 Not Found\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT", "{}") + "/token";
    let failure = fails(&client(&off, &gateway), &[], 4, "clock", "SKEP-AUTH-CLOCK");
    has(failure["message"].as_str().unwrap(), &["s ahead of the provider"]);
}

#[test]
fn answers_that_are_no_tokens_are_told_apart() {
    let stub = Stub::start();
    let gateway = format!("http://{}", stub.address);
    for (head, body, code) in [
        ("429 Too Many Requests", "Too Many Requests", "SKEP-AUTH-THROTTLED"),
        ("503 Service Unavailable", "", "SKEP-AUTH-STATUS"),
        ("200 OK", "<html>", "SKEP-AUTH-NOT-JSON"),
        ("200 OK", r#"{"token_type":"Bearer"}"#, "SKEP-AUTH-ANSWER"),
        ("400 Bad Request", r#"{"error":"invalid_client"}"#, "SKEP-AUTH-REFUSED"),
    ] {
        let url = web(head, body) + "/token";
        fails(&client(&url, &gateway), &[], 4, "token", code);
    }
    assert_eq!(stub.n_asked("Topology"), 0);
}

#[test]
fn tokens_that_cannot_work_are_told_before_they_are_sent() {
    let stub = Stub::start();
    let gateway = format!("http://{}", stub.address);
    let old = CLAIMS.replace("4102444800", "1000000000");
    fails(&client(&giving(&old), &gateway), &[], 4, "claims", "SKEP-AUTH-EXPIRED");
    let graph = CLAIMS.replace("\"api\"", "\"00000003-0000-0000-c000-000000000000\"");
    let failure = fails(&client(&giving(&graph), &gateway), &[], 4, "claims", "SKEP-AUTH-AUDIENCE");
    has(failure["message"].as_str().unwrap(), &["Microsoft Graph"]);
    assert_eq!(stub.n_asked("Topology"), 0);

    let opaque = json!({"access_token": "opaque", "expires_in": 60}).to_string();
    let url = web("200 OK", &opaque) + "/token";
    has(doctor(&client(&url, &gateway), &[], &[]).ok(), &["opaque to clients", "one thing"]);
    let other = client(&giving(CLAIMS), &gateway);
    let ran = doctor(&other, &[("ZEEBE_TOKEN_AUDIENCE", "another")], &[]);
    has(ran.ok(), &["the audience \"another\" was asked for, but the token's is api"]);
}

#[test]
fn the_way_to_the_gateway_is_looked_at_step_by_step() {
    let stub = Stub::start();
    let plain = format!("http://{}", stub.address);
    let at = |gateway: &str, exit: i32, step: &str, code: &str| {
        fails(&client(&giving(CLAIMS), gateway), &[], exit, step, code)
    };
    has(doctor(&client(&giving(CLAIMS), &plain), &[], &[]).ok(), &["Everything works"]);
    at("http://no-such-host.invalid:1", 3, "gateway-dns", "SKEP-CONNECT-DNS");
    at(&format!("http://127.0.0.1:{}", closed_port()), 3, "gateway-tcp", "SKEP-CONNECT-TCP");
    let encrypted = plain.replace("http://", "https://");
    let failure = at(&encrypted, 3, "gateway-tls", "SKEP-CONNECT-PLAINTEXT");
    has(failure["fix"].as_str().unwrap(), &["ZEEBE_INSECURE_CONNECTION=true"]);
    at(&web("200 OK", "{}"), 3, "gateway-tls", "SKEP-CONNECT-PROTOCOL");

    // A server that wants TLS: the embedded provider's port is one.
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["--dev", "--idp-port", "0"]);
    let origin = server.environment("secret")["SKEP_IDP_ORIGIN"].replace("https://", "http://");
    let failure = at(&origin, 3, "gateway-tls", "SKEP-CONNECT-PLAINTEXT");
    has(failure["fix"].as_str().unwrap(), &["use https://"]);
    let grpc = format!("https://{}", server.grpc);
    let failure = at(&grpc, 3, "gateway-tls", "SKEP-CONNECT-CA");
    has(failure["fix"].as_str().unwrap(), &["ZEEBE_CA_CERTIFICATE_PATH"]);
    // Without credentials the gateway refuses, and the missing setting is named.
    let nobody = [("ZEEBE_ADDRESS".to_owned(), format!("http://{}", server.grpc))].into();
    let failure = fails(&nobody, &[], 4, "gateway-call", "SKEP-AUTH-MISSING");
    has(failure["fix"].as_str().unwrap(), &["client id"]);
}

#[test]
fn a_gateway_that_gives_no_reason_is_explained_by_the_tokens_claims() {
    let stub = Stub::start();
    let plain = format!("http://{}", stub.address);
    let environment = client(&giving(CLAIMS), &plain);
    stub.refuse("Topology", Status::unauthenticated("expected a valid token, see cause"));
    let failure = fails(&environment, &[], 4, "gateway-call", "SKEP-CALL-REFUSED");
    assert_eq!(failure["guideEntry"], "5. Token audience validation failed");
    has(
        failure["cause"].as_str().unwrap(),
        &["audience than \"api\"", "https://idp/t/v2.0", "\"2.0\""],
    );

    stub.refuse("Topology", Status::permission_denied("not yours"));
    fails(&environment, &[], 4, "permission", "SKEP-CALL-REFUSED");
    stub.refuse("ActivateJobs", Status::permission_denied("not yours"));
    fails(&environment, &[], 4, "permission", "SKEP-CALL-REFUSED");
    stub.hold();
    let ran = doctor(&environment, &[], &["--request-timeout", "300ms"]);
    assert_eq!(ran.code, 1);
    has(&ran.stderr, &["gateway-call", "no answer", "fix:"]);
}

#[test]
fn a_fixed_token_and_a_federated_one_are_looked_at_too() {
    let stub = Stub::start();
    let plain = format!("http://{}", stub.address);
    let fixed: HashMap<String, String> = [
        ("ZEEBE_ADDRESS".to_owned(), plain.clone()),
        ("CAMUNDA_OAUTH_TOKEN".to_owned(), jwt(CLAIMS)),
    ]
    .into();
    let ran = doctor(&fixed, &[], &[]);
    has(
        ran.ok(),
        &["a fixed token from CAMUNDA_OAUTH_TOKEN", "no identity provider is asked", "aud api"],
    );
    assert!(!ran.stdout.contains(&jwt(CLAIMS)));

    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("token");
    let mut federated = client(&giving(CLAIMS), &plain);
    federated.remove("ZEEBE_CLIENT_SECRET");
    federated.insert("AZURE_FEDERATED_TOKEN_FILE".to_owned(), file.to_str().unwrap().to_owned());
    fails(&federated, &[], 2, "credential", "SKEP-AUTH-TOKEN-FILE");
    std::fs::write(&file, "no token").unwrap();
    fails(&federated, &[], 2, "credential", "SKEP-AUTH-TOKEN-FILE");
    let claims = CLAIMS.replace("4102444800", "1000000000");
    std::fs::write(&file, jwt(&claims)).unwrap();
    let failure = fails(&federated, &[], 2, "credential", "SKEP-AUTH-TOKEN-FILE");
    has(failure["message"].as_str().unwrap(), &["expired on 2001-09-09"]);
    std::fs::write(&file, jwt(CLAIMS)).unwrap();
    has(doctor(&federated, &[], &[]).ok(), &["a federated token in", "api://AzureADTokenExchange"]);
}

#[test]
fn the_connection_test_for_curl_has_the_users_values_and_no_secret() {
    let ran = doctor(&client("https://idp.example/token", "localhost:26500"), &[], &["--curl"]);
    has(
        ran.ok(),
        &[
            "TOKEN=$(curl -sS 'https://idp.example/token'",
            "'client_id=orders'",
            "client_secret=$ZEEBE_CLIENT_SECRET",
            "curl -sS -i 'http://localhost:8080/v2/topology'",
            "-H \"authorization: Bearer $TOKEN\"",
            "zbctl status --address 'localhost:26500'",
        ],
    );
    assert!(!ran.stdout.contains("s3cret"), "{}", ran.stdout);
    let mut check = Command::new("sh");
    check.args(["-n", "-c", &ran.stdout]);
    assert!(check.status().unwrap().success(), "no shell can read it: {}", ran.stdout);
    let nobody = HashMap::new();
    has(doctor(&nobody, &[], &["--curl"]).fails(2), &["there is no token request"]);
}

//! `skep entra`: the portal steps as commands, against the directory of the embedded provider.

use std::{
    collections::HashMap,
    fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};
use skep_auth::{Secret, Trust};
use skep_idp::{App, IdpConfig, NewApp, NewSecret, Provider};
use uuid::Uuid;

use crate::{
    run::{Ran, command, has, run},
    server::Server,
};

const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/interop/models/interop.bpmn");
const PERMISSIONS: [&str; 3] = [
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "DelegatedPermissionGrant.ReadWrite.All",
];

/// A tenant of the embedded provider, with an application that may administer it.
struct Tenant {
    process: Child,
    origin: String,
    ca: PathBuf,
    provider: Provider,
    admin: App,
    secret: Secret,
    dir: tempfile::TempDir,
}

impl Tenant {
    fn start() -> Self {
        Self::with_permissions(&PERMISSIONS)
    }

    fn with_permissions(permissions: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data_dir = dir.path().join("idp-data");
        let mut process = command(&["idp", "--port", "0", "--data-dir"])
            .arg(&data_dir)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let at = |name: &str| {
            let prefix = format!("{name}=");
            ready.trim().split(' ').find_map(|part| part.strip_prefix(&prefix)).unwrap().to_owned()
        };
        let provider = Provider::open(&data_dir.join("idp"), IdpConfig::default()).unwrap();
        let registry = provider.registry();
        let admin = registry.add_app(NewApp::named("Administration")).unwrap();
        let (_, secret) = registry.add_secret(admin.app_id, NewSecret::default()).unwrap();
        for permission in permissions {
            registry.assign_role(admin.app_id, GRAPH.parse().unwrap(), permission).unwrap();
        }
        let (origin, ca) = (at("idp"), at("ca").into());
        Self { process, origin, ca, provider, admin, secret, dir }
    }

    fn out(&self) -> PathBuf {
        self.dir.path().join("entra")
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.out().join(name)).unwrap()
    }

    fn record(&self) -> Value {
        serde_json::from_str(&self.read("entra.json")).unwrap()
    }

    /// `skep entra …`, signed in as the administrating application.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = command(&[&["entra"], args].concat());
        command
            .arg("--out")
            .arg(self.out())
            .env("SKEP_ENTRA_ADMIN_CLIENT_ID", self.admin.app_id.to_string())
            .env("SKEP_ENTRA_ADMIN_CLIENT_SECRET", self.secret.expose());
        command
    }

    fn entra(&self, args: &[&str]) -> Ran {
        run(self.command(args), "")
    }

    fn setup(&self, args: &[&str]) -> Ran {
        let mut command = self.command(&[&["setup"], args].concat());
        command
            .args(["--tenant", &self.provider.tenant_id().to_string()])
            .args(["--authority", &self.origin, "--ca-certificate"])
            .arg(&self.ca);
        run(command, "")
    }

    fn client_id(&self, component: &str) -> Uuid {
        let record = self.record();
        record["components"][component]["appId"].as_str().unwrap().parse().unwrap()
    }

    fn registration(&self, component: &str) -> App {
        self.provider.registry().app(self.client_id(component)).unwrap()
    }

    fn change(&self, component: &str, change: impl FnOnce(&mut App)) {
        self.provider.registry().update_app(self.client_id(component), change).unwrap();
    }

    /// The codes that `skep entra show` reports as problems, with their components.
    fn problems(&self) -> Vec<String> {
        let ran = self.entra(&["show", "--output", "json"]);
        let shown: Value = serde_json::from_str(&ran.stdout).unwrap();
        let findings = shown["findings"].as_array().unwrap();
        let problems: Vec<_> = findings
            .iter()
            .filter(|finding| finding["level"] == "problem")
            .map(|finding| {
                assert!(!finding["fix"].as_str().unwrap().is_empty(), "{finding}");
                let text = |name: &str| finding[name].as_str().unwrap().to_owned();
                format!("{} {}", text("component"), text("code"))
            })
            .collect();
        assert_eq!(ran.code, i32::from(!problems.is_empty()), "{ran:?}");
        problems
    }

    /// Takes back all consent, over the directory's own API.
    fn revoke_consent(&self) {
        let http = Trust::with_ca_files([self.ca.clone()]).unwrap().http_client().unwrap();
        let token_url = format!("{}/{}/oauth2/v2.0/token", self.origin, self.provider.tenant_id());
        let id = self.admin.app_id.to_string();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &id),
            ("client_secret", self.secret.expose()),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        let grants = format!("{}/v1.0/oauth2PermissionGrants", self.origin);
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let given = http.post(token_url).form(&form).send().await.unwrap();
            let given: Value = given.json().await.unwrap();
            let token = given["access_token"].as_str().unwrap();
            let list = http.get(&grants).bearer_auth(token).send().await.unwrap();
            let list: Value = list.json().await.unwrap();
            for grant in list["value"].as_array().unwrap() {
                let url = format!("{grants}/{}", grant["id"].as_str().unwrap());
                let deleted = http.delete(url).bearer_auth(token).send().await.unwrap();
                assert_eq!(deleted.status(), 204);
            }
        });
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        // Fails when it has ended already, which is as well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a shell makes of a file of variables.
fn sourced(path: &Path) -> HashMap<String, String> {
    let script = format!("set -a; . {}; env", path.display());
    let output = Command::new("sh").args(["-c", &script]).env_clear().output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// A client command, configured by a file of variables alone.
fn client(server: &Server, variables: &Path, args: &[&str]) -> Command {
    let mut command = command(args);
    command
        .envs(sourced(variables))
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("ZEEBE_ADDRESS", &server.grpc)
        .env("ZEEBE_INSECURE_CONNECTION", "true");
    command
}

#[test]
fn from_nothing_to_a_completed_job_by_certificate_and_through_a_rotation() {
    let tenant = Tenant::start();
    let first = tenant.setup(&["--credential", "certificate", "--output", "json"]);
    let made = first.json();
    assert_eq!(made["components"].as_array().unwrap().len(), 8);
    assert!(made["changes"].as_u64().unwrap() > 20, "{made}");
    for name in ["zeebe.env", "zeebe.p12", "operate.env", "skep.yaml", "entra.json"] {
        let mode = fs::metadata(tenant.out().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }

    // The second run finds everything as it should be, and changes nothing anywhere.
    let written = |name: &str| fs::metadata(tenant.out().join(name)).unwrap().modified().unwrap();
    let before = ["zeebe.env", "zeebe.p12", "skep.yaml"].map(written);
    let again = tenant.setup(&["--credential", "certificate", "--output", "json"]).json();
    assert_eq!((&again["changes"], &again["written"]), (&json!(0), &json!([])), "{again}");
    assert_eq!(["zeebe.env", "zeebe.p12", "skep.yaml"].map(written), before);
    assert_eq!(tenant.problems(), Vec::<String>::new());

    // A server and a worker that know nothing but the written files.
    let config = tenant.out().join("skep.yaml");
    let data_dir = tenant.dir.path().join("server");
    let server = Server::start(&data_dir, &["--config", config.to_str().unwrap()]);
    let zeebe = tenant.out().join("zeebe.env");
    has(run(client(&server, &zeebe, &["status"]), "").ok(), &["by certificate", "zeebe.client"]);
    run(client(&server, &zeebe, &["deploy", MODEL]), "").ok();
    let create = ["create", "interop_work", "--variables", r#"{"jobType": "t"}"#];
    run(client(&server, &zeebe, &create), "").ok();
    let work = ["worker", "t", "--count", "1", "--", "sh", "-c", "echo '{\"done\": true}'"];
    has(run(client(&server, &zeebe, &work), "").ok(), &["completed in"]);
    let connectors = tenant.out().join("connectors.env");
    has(run(client(&server, &connectors, &["status"]), "").ok(), &["by certificate"]);

    // A new key under the same name and password, and the old one gone from the registration.
    let (before, old) = (fs::read(tenant.out().join("zeebe.p12")).unwrap(), sourced(&zeebe));
    let rotated = tenant.entra(&["rotate", "--component", "zeebe", "--output", "json"]).json();
    let rotated = &rotated["rotated"][0];
    assert_ne!(fs::read(tenant.out().join("zeebe.p12")).unwrap(), before);
    assert_eq!(sourced(&zeebe), old);
    let keys = tenant.registration("zeebe").certificates;
    assert_eq!((keys.len(), json!(keys[0].key_id)), (1, rotated["newKeyId"].clone()));
    assert_ne!(rotated["removedKeyId"], rotated["newKeyId"]);
    run(client(&server, &zeebe, &["status"]), "").ok();
    assert_eq!(tenant.problems(), Vec::<String>::new());
}

#[test]
fn an_audit_finds_each_fault_and_a_second_setup_mends_what_it_may() {
    let tenant = Tenant::start();
    let setup = ["--component", "zeebe,operate,console,connectors"];
    tenant.setup(&setup).ok();
    assert_eq!(tenant.problems(), Vec::<String>::new());

    let other = NewSecret { display_name: "by hand".to_owned(), expires_at: None };
    tenant.provider.registry().add_secret(tenant.client_id("operate"), other).unwrap();
    tenant.change("zeebe", |app| app.requested_access_token_version = None);
    tenant.change("operate", |app| app.redirect_uris.web = vec!["https://x.example/a".to_owned()]);
    tenant.change("console", |app| {
        app.redirect_uris.web = std::mem::take(&mut app.redirect_uris.spa);
    });
    tenant.change("connectors", |app| {
        app.service_principal.as_mut().unwrap().app_role_assignments.clear();
        app.required_resource_access.clear();
    });
    tenant.revoke_consent();
    assert_eq!(
        tenant.problems(),
        [
            "zeebe token-version",
            "zeebe role",
            "operate redirect-uri",
            "operate consent",
            "console redirect-uri",
            "console consent",
            "connectors permissions",
        ]
    );
    let shown = tenant.entra(&["show"]);
    assert_eq!(shown.code, 1);
    has(
        &shown.stdout,
        &[
            "problem: operate: redirect-uri: http://localhost:8080/operate/callback is no redirect URI",
            "AADSTS50011",
            "fix: run `skep entra setup` again",
            "note: operate: redirect-uri: https://x.example/a is a redirect URI too",
            "\"by hand\"",
        ],
    );
    has(&shown.stderr, &["7 things need doing in the tenant"]);

    tenant.setup(&setup).ok();
    // A redirect URI on the wrong platform may be somebody's: that is not taken away.
    assert_eq!(tenant.problems(), ["console redirect-uri"]);
    tenant.change("console", |app| app.redirect_uris.web.clear());
    assert_eq!(tenant.problems(), Vec::<String>::new());
    let uris = tenant.registration("operate").redirect_uris.web;
    assert_eq!(uris, ["https://x.example/a", "http://localhost:8080/operate/callback"]);

    tenant.change("zeebe", |app| app.service_principal = None);
    let operate = tenant.registration("operate");
    tenant.provider.registry().remove_secret(operate.app_id, operate.secrets[0].key_id).unwrap();
    let problems = tenant.problems();
    assert!(problems.contains(&"zeebe service-principal".to_owned()), "{problems:?}");
    assert!(problems.contains(&"operate credential".to_owned()), "{problems:?}");
    let soon = tenant.entra(&["show", "--days", "400", "--output", "json"]);
    has(&soon.stdout, &["\"expiring\"", "skep entra rotate"]);
    tenant.provider.registry().remove_app(tenant.client_id("connectors")).unwrap();
    let problems = tenant.problems();
    assert!(problems.contains(&"connectors registration".to_owned()), "{problems:?}");
    tenant.setup(&setup).ok();
    assert_eq!(tenant.problems(), Vec::<String>::new());
}

#[test]
fn a_rotation_goes_on_wherever_it_was_interrupted() {
    let tenant = Tenant::start();
    tenant.setup(&["--component", "zeebe"]).ok();
    let zeebe = tenant.out().join("zeebe.env");
    let secrets = || {
        let secrets = tenant.registration("zeebe").secrets;
        secrets.iter().map(|secret| secret.key_id.to_string()).collect::<Vec<_>>()
    };
    let first = secrets()[0].clone();
    let secret = || sourced(&zeebe)["ZEEBE_CLIENT_SECRET"].clone();

    // Ended after the secret was made, before anything about it was kept: it is taken away.
    let mut record = tenant.record();
    let name = "skep zeebe 2026-01-01T00:00:00.000Z";
    record["components"]["zeebe"]["rotation"] =
        json!({"name": name, "new": null, "oldKeyId": first});
    fs::write(tenant.out().join("entra.json"), record.to_string()).unwrap();
    let orphan = NewSecret { display_name: name.to_owned(), expires_at: None };
    tenant.provider.registry().add_secret(tenant.client_id("zeebe"), orphan).unwrap();
    assert_eq!(tenant.problems(), ["zeebe rotation", "zeebe unused"]);
    let before = secret();
    let rotated = tenant.entra(&["rotate", "--output", "json"]).json()["rotated"][0].clone();
    assert_eq!((&rotated["removedKeyId"], &rotated["resumed"]), (&json!(first), &json!(true)));
    assert_eq!(json!(secrets()), json!([rotated["newKeyId"]]));
    assert_ne!(secret(), before);

    // Ended while the new one did not work yet: the old one stays in use until it does.
    let before = secret();
    let principal = tenant.registration("zeebe").service_principal;
    tenant.change("zeebe", |app| app.service_principal = None);
    let failed = tenant.entra(&["rotate", "--wait", "1s"]);
    has(
        failed.fails(1),
        &["gives no token after", "AADSTS7000229", "fix: the old credential still"],
    );
    assert_eq!((secret(), secrets().len()), (before.clone(), 2));
    tenant.change("zeebe", |app| app.service_principal = principal);
    let waiting = secrets();
    let rotated = tenant.entra(&["rotate", "--output", "json"]).json()["rotated"][0].clone();
    assert_eq!(rotated["resumed"], true);
    assert!(waiting.contains(&rotated["newKeyId"].as_str().unwrap().to_owned()), "made another");
    assert_eq!(json!(secrets()), json!([rotated["newKeyId"]]));
    assert_ne!(secret(), before);

    // Ended before the old one was removed, here because it was asked to.
    let kept = tenant.entra(&["rotate", "--keep-old", "--output", "json"]).json();
    let new = kept["rotated"][0]["newKeyId"].clone();
    assert_eq!((&kept["rotated"][0]["removedKeyId"], secrets().len()), (&Value::Null, 2));
    assert_eq!(tenant.problems(), ["zeebe rotation"]);
    let done = tenant.entra(&["rotate", "--output", "json"]).json();
    assert_eq!(done["rotated"][0]["newKeyId"], new);
    assert_eq!(json!(secrets()), json!([new]));
    assert_eq!(tenant.problems(), Vec::<String>::new());
}

#[test]
fn registrations_made_by_hand_are_taken_over_when_told_and_never_by_chance() {
    let tenant = Tenant::start();
    let by_hand = tenant.provider.registry().add_app(NewApp::named("Skep Zeebe client")).unwrap();
    let id = by_hand.app_id.to_string();
    let refused = tenant.setup(&["--component", "zeebe"]);
    has(refused.fails(2), &[&id, "Skep did not make it", "--adopt COMPONENT=CLIENT_ID"]);
    tenant.setup(&["--component", "zeebe", "--adopt", &format!("zeebe={id}")]).ok();
    assert_eq!(tenant.client_id("zeebe"), by_hand.app_id);
    // Scopes and names that others gave it are still there.
    assert_eq!(tenant.registration("zeebe").permission_scopes, by_hand.permission_scopes);
    // Without the record, it is found by its tag.
    fs::remove_file(tenant.out().join("entra.json")).unwrap();
    tenant.setup(&["--component", "zeebe"]).ok();
    assert_eq!(tenant.client_id("zeebe"), by_hand.app_id);
}

#[test]
fn a_certificate_is_uploaded_once() {
    let tenant = Tenant::start();
    let app = tenant.provider.registry().add_app(NewApp::named("orders")).unwrap();
    let cert = |args: &[&str]| {
        let mut command = command(&[&["cert"], args].concat());
        command
            .current_dir(tenant.dir.path())
            .env("ZEEBE_CLIENT_ASSERTION_KEYSTORE_PASSWORD", "password")
            .env("SKEP_ENTRA_ADMIN_CLIENT_ID", tenant.admin.app_id.to_string())
            .env("SKEP_ENTRA_ADMIN_CLIENT_SECRET", tenant.secret.expose());
        run(command, "")
    };
    let (id, tenant_id) = (app.app_id.to_string(), tenant.provider.tenant_id().to_string());
    let ca = tenant.ca.to_str().unwrap();
    let upload = |file: &str| {
        let at = ["--app", &id, "--tenant", &tenant_id, "--authority", &tenant.origin];
        let rest = ["--ca-certificate", ca, "--output", "json"];
        cert(&[&["upload", file][..], &at, &rest].concat()).json()
    };
    for name in ["one", "two"] {
        cert(&["new", name]).ok();
    }
    assert_eq!(upload("one.p12")["uploaded"], true);
    assert_eq!(upload("two.cert.pem")["uploaded"], true);
    assert_eq!(upload("one.cert.pem")["uploaded"], false);
    let keys = tenant.provider.registry().app(app.app_id).unwrap().certificates;
    assert_eq!(keys.len(), 2);
}

#[test]
fn a_dry_run_shows_each_call_for_the_public_cloud() {
    let dir = tempfile::tempdir().unwrap();
    let mut dry_run = command(&[
        "entra",
        "setup",
        "--dry-run",
        "--tenant",
        "11111111-1111-4111-8111-111111111111",
        "--base-url",
        "https://bpm.example.com",
        "--credential-days",
        "90",
    ]);
    dry_run.current_dir(dir.path());
    let ran = run(dry_run, "");
    has(&ran.stderr, &["nobody is signed in"]);
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    insta::assert_snapshot!("dry_run_public", ran.ok().replace(&today, "TODAY"));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "a dry run wrote files");
}

#[test]
fn a_dry_run_of_a_tenant_that_can_be_read_shows_what_differs() {
    let tenant = Tenant::start();
    let component = ["--component", "zeebe"];
    tenant.setup(&component).ok();
    tenant.change("zeebe", |app| app.requested_access_token_version = Some(1));
    let dry = tenant.setup(&[&component[..], &["--dry-run", "--output", "json"]].concat()).json();
    assert_eq!(dry["changes"], 1);
    let calls = dry["calls"].as_array().unwrap();
    let change = calls.iter().find(|call| call["method"] == "PATCH").unwrap();
    assert_eq!(change["body"], json!({"api": {"requestedAccessTokenVersion": 2}}));
    assert_eq!(tenant.registration("zeebe").requested_access_token_version, Some(1));
    for (cloud, host) in [
        ("us-government", "https://graph.microsoft.us/v1.0/"),
        ("china", "https://microsoftgraph.chinacloudapi.cn/v1.0/"),
    ] {
        let args = ["entra", "setup", "--dry-run", "--tenant", "contoso.com", "--cloud", cloud];
        let mut dry = command(&args);
        dry.arg("--out").arg(tenant.dir.path().join("another"));
        has(run(dry, "").ok(), &[&format!("POST {host}applications")]);
    }
}

#[test]
fn who_may_not_is_told_why_and_what_to_do() {
    let tenant = Tenant::with_permissions(&["Application.Read.All"]);
    let denied = tenant.setup(&["--component", "zeebe"]);
    has(
        denied.fails(4),
        &["POST", "403", "Authorization_RequestDenied", "request id", "fix:", "Administrator"],
    );
    assert!(!denied.stderr.contains(tenant.secret.expose()), "{}", denied.stderr);
}

#[test]
fn mistakes_are_told_before_anything_is_changed() {
    let tenant = Tenant::start();
    let mut nobody = tenant.command(&["setup", "--component", "zeebe", "--tenant", "no tenant"]);
    nobody.args(["--authority", &tenant.origin, "--ca-certificate"]).arg(&tenant.ca);
    has(run(nobody, "").fails(2), &["\"no tenant\" is neither a tenant id", "domain"]);
    for (args, told) in [
        (&["--base-url", "http://bpm.example.com"][..], "cannot be a redirect URI"),
        (&["--component", "connectors"], "connectors need the component zeebe"),
        (&["--name", "a'b"], "1 to 80 letters"),
        (&["--component", "zeeb"], "is no component; there are zeebe, operate"),
        (&["--adopt", "zeebe=x"], "zeebe=x"),
        (&["--credential-days", "731"], "731 is not in 1..=730"),
    ] {
        has(tenant.setup(args).fails(2), &[told]);
    }
    has(tenant.entra(&["show"]).fails(2), &["there is no set-up in", "skep entra setup"]);
    has(tenant.entra(&["rotate"]).fails(2), &["there is no set-up in"]);
    assert_eq!(tenant.provider.registry().list().len(), 1);
}

#[test]
fn a_directory_that_is_away_or_of_another_tenant_is_named() {
    let tenant = Tenant::start();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere = format!("https://127.0.0.1:{}", free.local_addr().unwrap().port());
    drop(free);
    let id = tenant.provider.tenant_id().to_string();
    let with_token = |tenant_id: &str, graph: &str| {
        let mut command = command(&["entra", "setup", "--component", "zeebe", "--out"]);
        command
            .arg(tenant.out())
            .args(["--tenant", tenant_id, "--authority", &tenant.origin, "--graph-url", graph])
            .arg("--ca-certificate")
            .arg(&tenant.ca)
            .env("SKEP_GRAPH_TOKEN", graph_token(&tenant));
        run(command, "")
    };
    has(with_token(&id, &nowhere).fails(3), &["cannot reach", &nowhere, "fix:", "--graph-url"]);
    let other = "99999999-9999-4999-8999-999999999999";
    let wrong = with_token(other, &tenant.origin);
    has(wrong.fails(2), &[&format!("the token is for tenant {id}, not for {other}"), "fix:"]);
    // An unknown tenant is the provider's to name.
    let mut unknown = tenant.command(&["setup", "--component", "zeebe", "--tenant", other]);
    unknown.args(["--authority", &tenant.origin, "--ca-certificate"]).arg(&tenant.ca);
    has(run(unknown, "").fails(4), &["AADSTS90002", "fix:"]);
    // And an authority that is away is another failure than a refusal.
    let mut away = tenant.command(&["setup", "--component", "zeebe", "--tenant", &id]);
    away.args(["--authority", &nowhere]);
    has(run(away, "").fails(3), &["cannot sign in to Microsoft Graph", &nowhere]);
    // It all comes right with the right names.
    with_token(&id, &tenant.origin).ok();
}

/// A token for the directory, as other tools print it.
fn graph_token(tenant: &Tenant) -> String {
    let mut token = command(&["token", "--show"]);
    let url = format!("{}/{}/oauth2/v2.0/token", tenant.origin, tenant.provider.tenant_id());
    token
        .env("ZEEBE_CLIENT_ID", tenant.admin.app_id.to_string())
        .env("ZEEBE_CLIENT_SECRET", tenant.secret.expose())
        .env("ZEEBE_TOKEN_AUDIENCE", GRAPH)
        .env("ZEEBE_TOKEN_SCOPE", "https://graph.microsoft.com/.default")
        .env("ZEEBE_AUTHORIZATION_SERVER_URL", url)
        .env("ZEEBE_CA_CERTIFICATE_PATH", &tenant.ca);
    run(token, "").ok().to_owned()
}

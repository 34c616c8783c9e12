//! `skep idp` and its administration, on a directory that a server serves and on one that none does.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Stdio},
};

use serde_json::Value;

use crate::run::{Ran, command, has, run};

/// `skep idp …` on `dir`.
fn idp(dir: &Path, args: &[&str]) -> Ran {
    idp_with(dir, args, "")
}

fn idp_with(dir: &Path, args: &[&str], stdin: &str) -> Ran {
    let mut command = command(&["idp", "--data-dir"]);
    command.arg(dir).args(args);
    run(command, stdin)
}

fn json(dir: &Path, args: &[&str]) -> Value {
    serde_json::from_str(idp(dir, &[args, &["--output", "json"]].concat()).ok()).unwrap()
}

/// A serving provider; killed when dropped.
struct Serving {
    process: Child,
    issuer: String,
    ca: String,
}

impl Serving {
    fn start(dir: &Path) -> Self {
        let mut command = command(&["idp", "--port", "0", "--data-dir"]);
        let mut process = command.arg(dir).stdout(Stdio::piped()).spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let at = |name: &str| {
            let prefix = format!("{name}=");
            ready.split_whitespace().find_map(|part| part.strip_prefix(&prefix)).unwrap().to_owned()
        };
        Self { issuer: at("issuer"), ca: at("ca"), process }
    }

    /// Fetches a token for the application itself.
    fn token(&self, client_id: &str, secret: &str) -> Ran {
        let mut command = command(&["token"]);
        command
            .env("ZEEBE_CLIENT_ID", client_id)
            .env("ZEEBE_CLIENT_SECRET", secret)
            .env("ZEEBE_TOKEN_AUDIENCE", client_id)
            .env("ZEEBE_TOKEN_SCOPE", format!("{client_id}/.default"))
            .env(
                "ZEEBE_AUTHORIZATION_SERVER_URL",
                self.issuer.replace("/v2.0", "/oauth2/v2.0/token"),
            )
            .env("SSL_CERT_FILE", &self.ca);
        run(command, "")
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Fails when the process has ended already, which is as well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn what_is_changed_counts_at_once_where_a_server_runs() {
    let dir = tempfile::tempdir().unwrap();
    let serving = Serving::start(dir.path());
    let client_id = idp(dir.path(), &["app", "add", "orders"]).ok().trim().to_owned();
    let made = idp(dir.path(), &["secret", "add", &client_id, "--name", "ci"]);
    let secret = made.ok().trim().to_owned();
    has(&made.stderr, &["only time"]);
    serving.token(&client_id, &secret).ok();

    let secrets = json(dir.path(), &["secret", "list", &client_id]);
    assert_eq!(secrets[0]["hint"], secret[..3]);
    assert!(!secrets.to_string().contains(&secret));
    let kid = json(dir.path(), &["keys", "roll"])["kid"].as_str().unwrap().to_owned();
    let keys = json(dir.path(), &["keys", "list"]);
    assert_eq!((&keys[0]["kid"], &keys[0]["active"]), (&kid.into(), &true.into()));
    assert_eq!(keys.as_array().unwrap().len(), 3);
    serving.token(&client_id, &secret).ok();

    let id = secrets[0]["id"].as_str().unwrap();
    idp(dir.path(), &["secret", "remove", &client_id, id]).ok();
    let refused = serving.token(&client_id, &secret);
    assert_eq!(refused.code, 4, "{refused:?}");
    has(&refused.stderr, &["7000215"]);
}

#[test]
fn applications_and_their_credentials_are_added_shown_and_removed() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let redirect = "http://localhost:8081/callback";
    let add = ["app", "add", "operate", "--web-redirect", redirect, "--role", "Operator"];
    let app = json(dir, &[&add[..], &["--require-role"]].concat());
    let client_id = app["clientId"].as_str().unwrap();
    assert_eq!(app["redirectUris"]["web"][0], redirect);
    idp(dir, &["app", "grant", client_id, client_id, "Operator"]).ok();
    let unknown = idp(dir, &["app", "grant", client_id, client_id, "Nobody"]);
    assert_eq!(unknown.code, 1);
    has(&unknown.stderr, &["defines no role \"Nobody\""]);

    let federated = ["federated", "add", client_id, "ci", "--issuer", "https://ci.example"];
    let short = idp(dir, &[&federated[..], &["--subject", "s"]].concat());
    has(&short.stderr, &["3 to 120"]);
    let federated = ["federated", "add", client_id, "main", "--issuer", "https://ci.example"];
    idp(dir, &[&federated[..], &["--subject", "repo:orders"]].concat()).ok();
    idp(dir, &["secret", "add", client_id, "--lifetime", "1ms"]).ok();
    let shown = idp(dir, &["app", "show", client_id]);
    has(shown.ok(), &["operate", redirect, "Operator", "repo:orders of https://ci.example"]);
    has(shown.ok(), &["secret", "END"]);
    has(idp(dir, &["app", "list"]).ok(), &[client_id, "operate", "1 secret", "1 federated"]);

    idp(dir, &["app", "delete", client_id]).ok();
    assert_eq!(idp(dir, &["app", "list"]).ok(), "");
    let gone = idp(dir, &["app", "show", client_id]);
    assert_eq!(gone.code, 1);
    has(&gone.stderr, &[client_id, "skep idp app list"]);
}

#[test]
fn users_are_added_with_a_password_of_their_own_or_a_new_one() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let made = json(dir, &["user", "add", "ada@skep.test", "--name", "Ada", "--admin"]);
    assert!(made["password"].as_str().unwrap().len() >= 16);
    assert_eq!((&made["admin"], &made["displayName"]), (&true.into(), &"Ada".into()));
    let own = ["user", "add", "bob@skep.test", "--password-stdin"];
    assert!(!idp_with(dir, &own, "correct horse battery\n").ok().contains("horse"));
    let short = idp_with(dir, &["user", "add", "eve@skep.test", "--password-stdin"], "short\n");
    assert_eq!(short.code, 1);
    has(&short.stderr, &["8"]);
    has(idp(dir, &["user", "list"]).ok(), &["ada@skep.test  administrator", "bob@skep.test"]);
    idp(dir, &["user", "delete", "BOB@skep.test"]).ok();
    let gone = idp(dir, &["user", "delete", "bob@skep.test"]);
    assert_eq!(gone.code, 1);
    has(&gone.stderr, &["no user \"bob@skep.test\"", "skep idp user list"]);
}

#[test]
fn administration_leaves_nothing_for_others_to_read() {
    let dir = tempfile::tempdir().unwrap();
    idp(dir.path(), &["app", "add", "orders"]).ok();
    idp(dir.path(), &["faults", "set", "--latency", "10ms", "--throttle", "1"]).ok();
    let files: Vec<_> =
        std::fs::read_dir(dir.path().join("idp")).unwrap().map(|file| file.unwrap()).collect();
    // Neither a port nor a certificate is needed to change a registration.
    assert!(files.iter().all(|file| file.file_name() != "server.pem"));
    for file in files {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.path().display());
    }
    let long = idp(dir.path(), &["faults", "set", "--latency", "2m"]);
    assert_eq!(long.code, 1);
    has(&long.stderr, &["at most 60 s"]);
    idp(dir.path(), &["faults", "clear"]).ok();
}

//! `skep config`: what a server would be configured with.

use std::process::Output;

use serde_json::{Value, json};

use crate::server::{printed, skep};

const GOOD: &str = "\
zeebe:
  broker:
    cluster: {partitions-count: 3}
skep:
  security:
    entra-tenant-id: 00000000-0000-0000-0000-000000000001
camunda:
  security:
    authentication:
      oidc:
        audiences: [my-app]
";

/// Lists who may call, which no server does that checks tokens.
const USERS: &str =
    "    initialization:\n      users:\n        - {username: ada, password: open-sesame}\n";

fn write(dir: &tempfile::TempDir, yaml: &str) -> String {
    let path = dir.path().join("skep.yaml");
    std::fs::write(&path, yaml).unwrap();
    path.to_str().unwrap().to_owned()
}

fn config(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let variables = variables.iter().copied();
    skep(&[&["config"], arguments].concat()).envs(variables).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_good_configuration_is_said_to_be_one() {
    let dir = tempfile::tempdir().unwrap();
    let file = write(&dir, GOOD);
    let checked = printed(&config(&["check", "--config", &file], &[]));
    assert!(checked.contains("can be used: 3 settings") && checked.contains(&file), "{checked}");
    assert!(printed(&config(&["check", "--dev"], &[])).contains("no configuration file"));
    printed(&config(&["check", "--insecure-no-auth"], &[]));
    let json: Value =
        serde_json::from_str(&printed(&config(&["check", "--dev", "-o", "json"], &[]))).unwrap();
    assert_eq!(json, json!({"usable": true, "problems": [], "warnings": []}));
}

#[test]
fn every_problem_is_named_at_once_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let file = write(
        &dir,
        "zeebe:\n  broker:\n    cluster:\n      partitionCount: 3\n  gateway:\n    network:\n      \
         port: many\nserver: 8080\nskep:\n  security: {allowed-clients: 7}\n",
    );
    let variables = [("ZEEBE_GATEWAY_SECURITY_ENABLED", "yes"), ("SKEP_IDP_PORT", "70000")];
    let checked = config(&["check", "--config", &file], &variables);
    assert_eq!(checked.status.code(), Some(2));
    let told = text(&checked.stdout);
    for words in [
        &format!(
            "{file}, line 4: there is no key zeebe.broker.cluster.partitionCount; did you mean partitionsCount?"
        ),
        &format!(
            "{file}, line 7: zeebe.gateway.network.port has a value of the wrong kind: expected u16"
        ),
        &format!("{file}, line 8: server is a section, not a value"),
        &format!("{file}, line 10: skep.security.allowedClients has a value of the wrong kind"),
        "environment variable ZEEBE_GATEWAY_SECURITY_ENABLED is \"yes\", but must be true or false",
        "environment variable SKEP_IDP_PORT (skep.idp.port) has a value of the wrong kind: expected u16",
    ] {
        assert!(told.contains(words), "no {words:?} in:\n{told}");
    }
    assert_eq!(told.lines().count(), 6, "{told}");
    assert!(text(&checked.stderr).contains("has 6 problems"), "{checked:?}");

    // The server says all of them too.
    let started = skep(&["start", "--config", &file]).envs(variables).output().unwrap();
    let errors = text(&started.stderr);
    assert_eq!(started.status.code(), Some(2));
    assert!(errors.contains("6 problems") && errors.contains("line 8"), "{errors}");
}

#[test]
fn values_that_do_not_go_together_are_problems() {
    let dir = tempfile::tempdir().unwrap();
    let yaml = GOOD.replace("audiences: [my-app]", "audiences: []\n        clockSkew: PT1H");
    let yaml = format!("{yaml}server: {{port: 26500}}\n").replace("count: 3", "count: 0");
    let file = write(&dir, &yaml);
    let security = [("ZEEBE_GATEWAY_SECURITY_ENABLED", "true")];
    let arguments = ["check", "--config", file.as_str(), "-o", "json"];
    let checked = config(&arguments, &security);
    assert_eq!(checked.status.code(), Some(2));
    let json: Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!(json["usable"], false);
    let problems = json["problems"].as_array().unwrap();
    let of = |words: &str| {
        let found = problems.iter().find(|it| it["problem"].as_str().unwrap().contains(words));
        found.unwrap_or_else(|| panic!("no {words:?} in {problems:?}"))
    };
    assert!(of("no audience is configured")["fix"].as_str().unwrap().contains("audiences"));
    let partitions = of("partitionsCount is 0");
    assert_eq!((&partitions["origin"], &partitions["line"]), (&json!("file"), &json!(3)));
    assert_eq!(of("the certificate is not named")["variable"], "ZEEBE_GATEWAY_SECURITY_ENABLED");
    assert_eq!(of("are both 26500")["file"], file.as_str());
}

#[test]
fn every_setting_is_shown_with_where_it_comes_from_and_no_secret() {
    let dir = tempfile::tempdir().unwrap();
    let file = write(&dir, &format!("{GOOD}{USERS}"));
    let variables = [
        ("ZEEBE_BROKER_GATEWAY_NETWORK_HOST", "127.0.0.1"),
        ("CAMUNDA_SECURITY_INITIALIZATION_USERS_1_PASSWORD", "hush-hush"),
        ("CAMUNDA_SECURITY_INITIALIZATION_USERS_1_USERNAME", "eve"),
        ("ZEEBE_BROKER_CLUSTER_PARTITIONCOUNT", "9"),
    ];
    let flags = ["--config", file.as_str(), "--http-port", "0"];
    let shown = config(&[&["show"], &flags[..]].concat(), &variables);
    let told = printed(&shown);
    for (setting, origin) in [
        ("partitionsCount: 3", format!("# configuration file {file}, line 3")),
        ("host: \"127.0.0.1\"", "# environment variable ZEEBE_BROKER_GATEWAY_NETWORK_HOST".into()),
        ("  port: 0", "# flag --http-port".to_owned()),
        ("    port: 26500", "# default".to_owned()),
        (r#""username":"eve""#, "# environment variable CAMUNDA_SECURITY_INIT".to_owned()),
        (r#""password":"********""#, "# environment variable CAMUNDA_SECURITY_INIT".to_owned()),
    ] {
        let is_there = |line: &str| line.contains(setting) && line.contains(&origin);
        assert!(told.lines().any(is_there), "no {setting:?} by {origin:?} in:\n{told}");
    }
    assert!(!told.contains("sesame") && !told.contains("hush"), "{told}");
    // It is YAML that a server reads.
    let again = write(&dir, &told);
    let json: Value = serde_json::from_str(&printed(&config(
        &["show", "--config", &again, "--changed", "-o", "json"],
        &[],
    )))
    .unwrap();
    let settings = json["settings"].as_array().unwrap();
    let port = settings.iter().find(|it| it["path"] == "server.port").unwrap();
    assert_eq!((&port["value"], &port["origin"]), (&json!(0), &json!("file")));

    let checked = config(&["check", "--config", &file], &variables);
    let warnings = text(&checked.stderr);
    let words = "ZEEBE_BROKER_CLUSTER_PARTITIONCOUNT has no effect; did you mean ZEEBE_BROKER_CLUSTER_PARTITIONSCOUNT?";
    assert!(warnings.contains(words), "{warnings}");
    assert!(!warnings.contains("hush") && !text(&checked.stdout).contains("hush"));
}

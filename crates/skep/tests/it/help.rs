//! Help teaches, and mistakes in arguments are told as such.

use crate::run::{has, skep};

const COMMANDS: [&str; 35] = [
    "quickstart",
    "start",
    "config",
    "env",
    "idp",
    "deploy",
    "delete",
    "evaluate",
    "definition",
    "create",
    "search",
    "batch",
    "cancel",
    "publish",
    "broadcast",
    "worker",
    "activate",
    "complete",
    "fail",
    "throw-error",
    "update-retries",
    "update-timeout",
    "set-variables",
    "resolve-incident",
    "status",
    "token",
    "auth",
    "doctor",
    "cert",
    "entra",
    "feel",
    "backup",
    "restore",
    "journal",
    "bench",
];

/// Commands whose help is written with the server.
const SERVER: [&str; 5] = ["quickstart", "start", "config", "env", "idp"];

#[test]
fn every_command_is_listed() {
    let help = skep(&["--help"]);
    for command in COMMANDS {
        assert!(help.ok().contains(&format!("\n  {command}")), "{command}");
    }
    has(help.ok(), &["Examples:", "Exit codes: 0 done, 1"]);
}

#[test]
fn every_command_teaches_by_example() {
    for command in COMMANDS {
        let args: &[&str] = match command {
            "auth" => &["auth", "explain", "--help"],
            "entra" => &["entra", "setup", "--help"],
            "cert" => &["cert", "new", "--help"],
            "journal" => &["journal", "verify", "--help"],
            command => &[command, "--help"],
        };
        let help = skep(args);
        if !SERVER.contains(&command) {
            has(help.ok(), &["Examples:\n", &format!("skep {command}")]);
        }
    }
}

#[test]
fn mistakes_are_usage_errors() {
    for (args, told) in [
        (&["create"][..], "required arguments"),
        (&["create", "order", "--nope"], "unexpected argument '--nope'"),
        (&["cancel", "not-a-key"], "invalid value 'not-a-key'"),
        (&["fail", "1"], "--retries"),
        (&["update-retries", "1", "--retries", "0"], "0 is not in 1.."),
        (&["publish", "m", "--correlation-key", "k", "--ttl", "soon"], "is not a duration"),
        (&["create", "order", "--fetch-variables", "a"], "--with-result"),
        (&["bench", "--rate", "fast"], "neither `max` nor a rate"),
        (&["status", "-o", "yaml"], "invalid value 'yaml'"),
        (&["no-such-command"], "unrecognized subcommand"),
    ] {
        has(skep(args).fails(2), &[told]);
    }
}

#[test]
fn the_version_is_printed() {
    assert_eq!(skep(&["--version"]).ok(), format!("skep {}", env!("CARGO_PKG_VERSION")));
}

//! Unmodified clients of other makers against a server of our own.
//!
//! Each client is installed by its own package manager at a pinned version, into a cache
//! outside the repository, and configured by nothing but what `skep env` prints: Zeebe clients,
//! and clients of Microsoft Entra and of OpenID Connect.

mod runtime;
mod server;
mod workload;

use std::{
    collections::{BTreeMap, btree_map::Entry},
    path::Path,
};

pub(crate) use self::server::{exports, ready_line};
use self::{
    runtime::{Installed, Runtime},
    server::Server,
};
use crate::run::{Error, root, run};

/// A client under test.
struct Client {
    name: &'static str,
    runtime: Runtime,
    script: &'static str,
}

const CLIENTS: &[Client] = &[
    Client { name: "zbctl", runtime: Runtime::Node, script: "zbctl.mjs" },
    Client { name: "zeebe-node", runtime: Runtime::Node, script: "zeebe-node.mjs" },
    Client { name: "camunda8-sdk", runtime: Runtime::Node, script: "camunda8-sdk.mjs" },
    Client {
        name: "orchestration-cluster-api",
        runtime: Runtime::Node,
        script: "orchestration-cluster-api.mjs",
    },
    Client { name: "pyzeebe", runtime: Runtime::Python, script: "pyzeebe_client.py" },
    Client { name: "msal-python", runtime: Runtime::Python, script: "msal_client.py" },
    Client {
        name: "azure-identity-python",
        runtime: Runtime::Python,
        script: "azure_identity_client.py",
    },
    Client { name: "msal-node", runtime: Runtime::Node, script: "msal-node.mjs" },
    Client { name: "azure-identity-node", runtime: Runtime::Node, script: "azure-identity.mjs" },
    Client { name: "openid-client", runtime: Runtime::Node, script: "openid-client.mjs" },
    Client { name: "camunda-client-java", runtime: Runtime::Java, script: "JavaClient.java" },
    Client { name: "oidc-provider", runtime: Runtime::Node, script: "oidc-provider.mjs" },
];

/// Runs the clients named in `only`, or all of them, and reports every failure at the end.
pub(crate) fn interop(only: &[String]) -> Result<(), Error> {
    if let Some(unknown) = only.iter().find(|name| CLIENTS.iter().all(|c| c.name != **name)) {
        let known: Vec<_> = CLIENTS.iter().map(|client| client.name).collect();
        return Err(format!("no client {unknown}; there are {}", known.join(", ")));
    }
    let chosen: Vec<_> =
        CLIENTS.iter().filter(|c| only.is_empty() || only.iter().any(|o| o == c.name)).collect();
    let mut installed = BTreeMap::new();
    for client in &chosen {
        if let Entry::Vacant(entry) = installed.entry(client.runtime) {
            entry.insert(client.runtime.install()?);
        }
    }

    let server = Server::start()?;
    let mut failures = Vec::new();
    for client in chosen {
        println!("\n--- {}", client.name);
        let folder = match installed.get(&client.runtime) {
            Some(Installed::Ready(folder)) => folder,
            Some(Installed::Missing(what)) => {
                println!("skipped: {what}");
                continue;
            }
            None => return Err(format!("nothing was installed for {}", client.name)),
        };
        if let Err(error) = check(client, folder, &server) {
            failures.push(format!("{}: {error}", client.name));
        }
    }
    drop(server);
    if failures.is_empty() { Ok(()) } else { Err(failures.join("; ")) }
}

/// Runs one client to its end.
fn check(client: &Client, folder: &Path, server: &Server) -> Result<(), Error> {
    let mut command = client.runtime.command(folder, client.script);
    command
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| !is_client_setting(name)))
        .envs(&server.environment)
        .envs(client.runtime.environment(server)?)
        .env("INTEROP_MODEL", root().join("tests/interop/models/interop.bpmn"))
        // Clients that keep tokens in files must not find those of an earlier server.
        .env("HOME", server.folder.join("home"))
        .env("ZEEBE_CLIENT_CONFIG_PATH", server.folder.join(client.name));
    run(&mut command)
}

/// Settings of a developer's own shell must not leak into a test.
fn is_client_setting(name: &std::ffi::OsStr) -> bool {
    let name = name.to_string_lossy();
    ["ZEEBE_", "CAMUNDA_", "SKEP_"].iter().any(|prefix| name.starts_with(prefix))
}

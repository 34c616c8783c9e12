//! Unmodified clients of other makers against a server of our own.
//!
//! Each client is installed by its own package manager at a pinned version, into a cache
//! outside the repository, and configured by nothing but what `skep env` prints: Zeebe clients,
//! and clients of Microsoft Entra and of OpenID Connect.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::run::{Error, cache, cargo, output, root, run};

/// A client under test.
struct Client {
    name: &'static str,
    runtime: Runtime,
    script: &'static str,
}

#[derive(Clone, Copy, PartialEq)]
enum Runtime {
    Node,
    Python,
}

const CLIENTS: &[Client] = &[
    Client { name: "zbctl", runtime: Runtime::Node, script: "zbctl.mjs" },
    Client { name: "zeebe-node", runtime: Runtime::Node, script: "zeebe-node.mjs" },
    Client { name: "camunda8-sdk", runtime: Runtime::Node, script: "camunda8-sdk.mjs" },
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
    let node = chosen.iter().any(|c| c.runtime == Runtime::Node).then(install_node).transpose()?;
    let python =
        chosen.iter().any(|c| c.runtime == Runtime::Python).then(install_python).transpose()?;

    let server = Server::start()?;
    let mut failures = Vec::new();
    for client in chosen {
        println!("\n--- {}", client.name);
        let mut command = match client.runtime {
            Runtime::Node => {
                let folder = node.as_ref().ok_or("node is not installed")?;
                let mut command = Command::new("node");
                command.arg(folder.join(client.script)).current_dir(folder);
                command
            }
            Runtime::Python => {
                let folder = python.as_ref().ok_or("python is not installed")?;
                let mut command = Command::new(folder.join("venv/bin/python"));
                command.arg(root().join("tests/interop/python").join(client.script));
                command
            }
        };
        command
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| !is_client_setting(name)))
            .envs(&server.environment)
            .env("INTEROP_MODEL", root().join("tests/interop/models/interop.bpmn"))
            // Clients that keep tokens in files must not find those of an earlier server.
            .env("HOME", server.folder.join("home"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("ZEEBE_CLIENT_CONFIG_PATH", server.folder.join(client.name));
        if let Err(error) = run(&mut command) {
            failures.push(format!("{}: {error}", client.name));
        }
    }
    drop(server);
    if failures.is_empty() { Ok(()) } else { Err(failures.join("; ")) }
}

/// Settings of a developer's own shell must not leak into a test.
fn is_client_setting(name: &std::ffi::OsStr) -> bool {
    let name = name.to_string_lossy();
    ["ZEEBE_", "CAMUNDA_", "SKEP_"].iter().any(|prefix| name.starts_with(prefix))
}

/// `npm ci` into the cache, beside copies of the scripts so that their imports resolve.
fn install_node() -> Result<PathBuf, Error> {
    let folder = cache("interop-node")?;
    let source = root().join("tests/interop/node");
    let stamp = folder.join("installed-lock.json");
    let lock = read(&source.join("package-lock.json"))?;
    for entry in fs::read_dir(&source).map_err(|error| error.to_string())? {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.is_file() {
            let name = path.file_name().unwrap_or_default();
            fs::copy(&path, folder.join(name))
                .map_err(|error| format!("cannot copy {}: {error}", path.display()))?;
        }
    }
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(folder);
    }
    run(Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&folder))?;
    fs::write(&stamp, lock).map_err(|error| error.to_string())?;
    Ok(folder)
}

/// A virtual environment in the cache with the pinned packages.
fn install_python() -> Result<PathBuf, Error> {
    let folder = cache("interop-python")?;
    let requirements = root().join("tests/interop/python/requirements.txt");
    let stamp = folder.join("installed.txt");
    let wanted = read(&requirements)?;
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(folder);
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(folder.join("venv")))?;
    run(Command::new(folder.join("venv/bin/pip"))
        .args(["install", "--quiet", "-r"])
        .arg(&requirements))?;
    fs::write(&stamp, wanted).map_err(|error| error.to_string())?;
    Ok(folder)
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// `skep start --dev` on free ports in a folder of its own, stopped when dropped.
struct Server {
    process: Child,
    folder: PathBuf,
    environment: BTreeMap<String, String>,
}

impl Server {
    fn start() -> Result<Self, Error> {
        run(cargo().args(["build", "--package", "skep", "--locked"]))?;
        let metadata = cargo_metadata::MetadataCommand::new()
            .manifest_path(root().join("Cargo.toml"))
            .no_deps()
            .exec()
            .map_err(|error| format!("cargo metadata: {error}"))?;
        let program = metadata.target_directory.join("debug/skep");
        let folder = std::env::temp_dir().join(format!("skep-interop-{}", std::process::id()));
        fs::create_dir_all(folder.join("home")).map_err(|error| error.to_string())?;
        let data = folder.join("data");
        println!("\n$ skep start --dev");
        let mut process = Command::new(&program)
            .args(["start", "--dev", "--grpc-port", "0", "--http-port", "0", "--idp-port", "0"])
            .arg("--data-dir")
            .arg(&data)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {program}: {error}"))?;
        let stdout = process.stdout.take().ok_or("the server's output is not captured")?;
        let mut lines = BufReader::new(stdout).lines();
        let ready = lines
            .by_ref()
            .map_while(Result::ok)
            .inspect(|line| println!("{line}"))
            .any(|line| line.starts_with("ready"));
        let mut server = Self { process, folder, environment: BTreeMap::new() };
        if !ready {
            return Err("the server ended before it was ready".to_owned());
        }
        // The pipe must stay drained, or the server would block on a full one.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        server.environment =
            exports(Command::new(&program).arg("env").arg("--data-dir").arg(&data))?;
        server.environment.insert("INTEROP_SKEP".to_owned(), program.to_string());
        let certificate = exports(
            Command::new(&program)
                .args(["env", "--app", "certificate"])
                .arg("--data-dir")
                .arg(&data),
        )?;
        server.add_certificate(&certificate)?;
        Ok(server)
    }

    /// The sample application with a certificate, in the forms that clients of Entra want it:
    /// PKCS#12, or certificate and key in one PEM file.
    fn add_certificate(&mut self, exports: &BTreeMap<String, String>) -> Result<(), Error> {
        let value = |name: &str| {
            exports.get(name).cloned().ok_or_else(|| format!("`skep env` printed no {name}"))
        };
        let keystore = PathBuf::from(value("ZEEBE_CLIENT_ASSERTION_KEYSTORE_PATH")?);
        let pem = self.folder.join("client.pem");
        let parts = ["dev-client-key.pem", "dev-client.pem"].map(|n| keystore.with_file_name(n));
        let content = parts.iter().map(|path| read(path)).collect::<Result<String, _>>()?;
        fs::write(&pem, content).map_err(|error| error.to_string())?;
        let certificate = [
            ("INTEROP_CERTIFICATE_CLIENT_ID", value("ZEEBE_CLIENT_ID")?),
            ("INTEROP_KEYSTORE_PATH", keystore.display().to_string()),
            ("INTEROP_KEYSTORE_PASSWORD", value("ZEEBE_CLIENT_ASSERTION_KEYSTORE_PASSWORD")?),
            ("INTEROP_CERTIFICATE_PEM", pem.display().to_string()),
        ];
        self.environment.extend(certificate.map(|(name, value)| (name.to_owned(), value)));
        Ok(())
    }
}

/// What a `skep env` exports.
fn exports(command: &mut Command) -> Result<BTreeMap<String, String>, Error> {
    let printed = output(command)?;
    let exports: BTreeMap<_, _> = printed.lines().filter_map(export).collect();
    if exports.is_empty() {
        return Err(format!("`skep env` printed no exports, but: {printed}"));
    }
    Ok(exports)
}

/// `export NAME='value'` as a pair.
fn export(line: &str) -> Option<(String, String)> {
    let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
    Some((name.to_owned(), value.trim_matches('\'').to_owned()))
}

impl Drop for Server {
    fn drop(&mut self) {
        // The folder goes with the process, so there is nothing to shut down gracefully for.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

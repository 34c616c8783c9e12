//! What the clients run on, and how their packages get there.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::server::Server;
use crate::run::{Error, cache, root, run};

/// Password of a trust store that holds nothing secret.
const TRUST_STORE_PASSWORD: &str = "changeit";

/// What a client runs on.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Runtime {
    Java,
    Node,
    Python,
}

/// The outcome of an installation.
pub(super) enum Installed {
    /// Everything is in this folder.
    Ready(PathBuf),
    /// The machine lacks this; its clients are skipped.
    Missing(&'static str),
}

impl Runtime {
    /// Installs the pinned packages, unless they are there.
    pub(super) fn install(self) -> Result<Installed, Error> {
        match self {
            Self::Java => install_java(),
            Self::Node => install_node().map(Installed::Ready),
            Self::Python => install_python().map(Installed::Ready),
        }
    }

    /// The command that runs `script` with what is installed in `folder`.
    pub(super) fn command(self, folder: &Path, script: &str) -> Command {
        let tests = root().join("tests/interop");
        match self {
            Self::Java => {
                let mut command = Command::new("java");
                command.arg("-cp").arg(folder.join("lib/*")).arg(tests.join("java").join(script));
                command
            }
            Self::Node => {
                let mut command = Command::new("node");
                command.arg(folder.join(script)).current_dir(folder);
                command
            }
            Self::Python => {
                let mut command = Command::new(folder.join("venv/bin/python"));
                // No byte code beside the scripts of the repository.
                command.arg("-B").arg(tests.join("python").join(script));
                command
            }
        }
    }

    /// Variables that only clients on this runtime need.
    pub(super) fn environment(self, server: &Server) -> Result<Vec<(&'static str, String)>, Error> {
        match self {
            Self::Java => trust_store(server),
            Self::Node | Self::Python => Ok(Vec::new()),
        }
    }
}

/// Java trusts nothing but key stores: one with the provider's CA.
fn trust_store(server: &Server) -> Result<Vec<(&'static str, String)>, Error> {
    let path = server.folder.join("trust.p12");
    let ca = server.environment.get("NODE_EXTRA_CA_CERTS").ok_or("`skep env` names no CA")?;
    if !path.exists() {
        run(Command::new("keytool")
            .args(["-importcert", "-noprompt", "-alias", "provider", "-storetype", "PKCS12"])
            .args(["-storepass", TRUST_STORE_PASSWORD, "-file", ca, "-keystore"])
            .arg(&path))?;
    }
    Ok(vec![
        ("ZEEBE_SSL_CLIENT_TRUSTSTORE_PATH", path.display().to_string()),
        ("ZEEBE_SSL_CLIENT_TRUSTSTORE_SECRET", TRUST_STORE_PASSWORD.to_owned()),
    ])
}

/// The jars of the POM in the cache.
fn install_java() -> Result<Installed, Error> {
    let starts = |program: &str, version: &str| {
        let mut command = Command::new(program);
        command.arg(version).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if !starts("java", "-version") || !starts("mvn", "--version") {
        return Ok(Installed::Missing("neither or only one of Java 17 and Maven is installed"));
    }
    let folder = cache("interop-java")?;
    let stamp = folder.join("installed.xml");
    let wanted = read(&root().join("tests/interop/java/pom.xml"))?;
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(Installed::Ready(folder));
    }
    fs::write(folder.join("pom.xml"), &wanted).map_err(|error| error.to_string())?;
    // Jars of another version must not stay beside the new ones.
    let _ = fs::remove_dir_all(folder.join("lib"));
    run(Command::new("mvn")
        .args(["--batch-mode", "--quiet", "dependency:copy-dependencies"])
        .args(["-DincludeScope=runtime", "-DoutputDirectory=lib"])
        .current_dir(&folder))?;
    fs::write(&stamp, wanted).map_err(|error| error.to_string())?;
    Ok(Installed::Ready(folder))
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

/// The text of a file.
pub(super) fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

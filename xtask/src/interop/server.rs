//! The server that the clients are tested with.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use super::{runtime::read, workload::Workload};
use crate::run::{Error, cargo, output, root, run};

/// `skep start --dev` on free ports in a folder of its own, stopped when dropped.
pub(super) struct Server {
    process: Child,
    /// Its own, gone when it ends.
    pub(super) folder: PathBuf,
    /// What clients are told.
    pub(super) environment: BTreeMap<String, String>,
    /// Whose tokens one of its applications may sign in with.
    workload: Workload,
}

impl Server {
    /// Builds and starts it; returns when it is ready.
    pub(super) fn start() -> Result<Self, Error> {
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
        let workload = Workload::start(program.as_std_path(), &folder.join("cluster"))?;
        let mut command = Command::new(&program);
        command
            .args(["start", "--dev", "--grpc-port", "0", "--http-port", "0", "--idp-port", "0"])
            .arg("--data-dir")
            .arg(&data)
            .env("SKEP_IDP_CACERTIFICATEPATH", &workload.ca);
        let (process, _) = ready_line(&mut command)?;
        let mut server = Self { process, folder, environment: BTreeMap::new(), workload };
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
        let client_id = server.environment.get("ZEEBE_CLIENT_ID").cloned().unwrap_or_default();
        let token = server.workload.federate(&data, &client_id)?.display().to_string();
        server.environment.insert("INTEROP_FEDERATED_TOKEN_FILE".to_owned(), token);
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

/// Starts `command`, shows what it prints until it is ready, and returns that line.
pub(crate) fn ready_line(command: &mut Command) -> Result<(Child, String), Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut process = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start {program}: {error}"))?;
    let stdout = process.stdout.take().ok_or("the server's output is not captured")?;
    let mut lines = BufReader::new(stdout).lines();
    let ready = lines
        .by_ref()
        .map_while(Result::ok)
        .inspect(|line| println!("{line}"))
        .find(|line| line.starts_with("ready"));
    let Some(ready) = ready else {
        let _ = process.wait();
        return Err(format!("{program} ended before it was ready"));
    };
    // The pipe must stay drained, or the server would block on a full one.
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    Ok((process, ready))
}

/// What a `skep env` exports.
pub(crate) fn exports(command: &mut Command) -> Result<BTreeMap<String, String>, Error> {
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

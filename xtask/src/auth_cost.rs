//! What authentication costs: throughput with it and without, in alternation.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command},
};

use crate::{
    interop::{exports, ready_line},
    run::{Error, cargo, output, root, run},
};

/// Seconds of one run: short, so that whatever else the machine does meets both alike.
const RUN_S: u32 = 5;

/// Runs `pairs` pairs and prints each ratio, and their median.
pub(crate) fn auth_cost(pairs: u32) -> Result<(), Error> {
    run(cargo().args(["build", "--release", "--locked", "--package", "skep"]))?;
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    let program = metadata.target_directory.join("release/skep").into_std_path_buf();
    let folder = std::env::temp_dir().join(format!("skep-auth-cost-{}", std::process::id()));
    let result = measure(&program, &folder, pairs);
    fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
    result
}

fn measure(program: &Path, folder: &Path, pairs: u32) -> Result<(), Error> {
    let with = Server::start(program, &folder.join("with"), "--dev")?;
    let without = Server::start(program, &folder.join("without"), "--insecure-no-auth")?;
    let mut ratios = Vec::new();
    for pair in 0..pairs {
        // Whoever comes second finds a warmer machine: they take turns at that too.
        let (on, off) = if pair % 2 == 0 {
            let on = with.throughput()?;
            (on, without.throughput()?)
        } else {
            let off = without.throughput()?;
            (with.throughput()?, off)
        };
        println!("{on:8.0} with, {off:8.0} without: {:.3}", on / off);
        ratios.push(on / off);
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios.get(ratios.len() / 2).copied().unwrap_or(f64::NAN);
    println!("median of {pairs} pairs: {median:.3} ({:+.1} %)", (median - 1.0) * 100.0);
    Ok(())
}

/// A server under load.
struct Server {
    process: Child,
    program: PathBuf,
    environment: BTreeMap<String, String>,
}

impl Server {
    fn start(program: &Path, folder: &Path, flag: &str) -> Result<Self, Error> {
        let mut command = Command::new(program);
        command.args(["start", flag, "--grpc-port", "0", "--http-port", "0"]);
        if flag == "--dev" {
            command.args(["--idp-port", "0"]);
        }
        command.arg("--data-dir").arg(folder).env("ZEEBE_GATEWAY_NETWORK_HOST", "127.0.0.1");
        let (process, ready) = ready_line(&mut command)?;
        let program = program.to_owned();
        let mut server = Self { process, program, environment: BTreeMap::new() };
        server.environment = if flag == "--dev" {
            exports(Command::new(&server.program).arg("env").arg("--data-dir").arg(folder))?
        } else {
            let grpc = ready.split(' ').find_map(|part| part.strip_prefix("grpc="));
            let address = format!("http://{}", grpc.ok_or("no address in the ready line")?);
            BTreeMap::from([("ZEEBE_GRPC_ADDRESS".to_owned(), address)])
        };
        Ok(server)
    }

    /// Process instances a second.
    fn throughput(&self) -> Result<f64, Error> {
        let duration = format!("{RUN_S}s");
        let mut command = Command::new(&self.program);
        command
            .args(["bench", "--rate", "max", "--warm-up", "1s", "--json", "--duration", &duration])
            .envs(&self.environment);
        let report: serde_json::Value = serde_json::from_str(&output(&mut command)?)
            .map_err(|error| format!("`skep bench` printed no JSON: {error}"))?;
        report["process_instances_per_s"].as_f64().ok_or_else(|| "no throughput".to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The folder goes with the process.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

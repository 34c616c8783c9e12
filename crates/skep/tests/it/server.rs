//! The built binary as a server, on free ports, in a folder of its own.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    thread::JoinHandle,
};

/// `skep` with these arguments and none of the developer's own settings.
pub(crate) fn skep(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skep"));
    command.args(arguments);
    for (name, _) in std::env::vars() {
        if ["ZEEBE_", "CAMUNDA_", "SKEP_"].iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command
}

/// What a finished command printed on standard output; panics with its errors if it failed.
pub(crate) fn printed(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    process: Child,
    errors: Option<JoinHandle<String>>,
    pub(crate) data_dir: PathBuf,
    pub(crate) grpc: String,
    pub(crate) http: String,
}

impl Server {
    /// Starts `skep start` with `flags` on free ports and waits for its `ready` line.
    pub(crate) fn start(data_dir: &Path, flags: &[&str]) -> Self {
        Self::start_with(data_dir, flags, &[])
    }

    /// As [`Server::start`], with these variables in its environment.
    pub(crate) fn start_with(
        data_dir: &Path,
        flags: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let mut process = skep(&["start", "--grpc-port", "0", "--http-port", "0"])
            .args(flags)
            .envs(environment.iter().copied())
            .arg("--data-dir")
            .arg(data_dir)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = process.stderr.take().unwrap();
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            // A killed server's pipe simply ends.
            let _ = stderr.read_to_string(&mut text);
            text
        });
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let ready = lines.by_ref().map_while(Result::ok).find(|line| line.starts_with("ready"));
        let Some(ready) = ready else {
            let status = process.wait().unwrap();
            panic!("the server ended with {status}: {}", errors.join().unwrap());
        };
        let at = |name: &str| {
            let prefix = format!("{name}=");
            let found = ready.split(' ').find_map(|part| part.strip_prefix(prefix.as_str()));
            // The wildcard address is where it listens, not where one can connect to.
            found.unwrap().replace("0.0.0.0", "127.0.0.1")
        };
        let (grpc, http) = (at("grpc"), at("http"));
        Self { process, errors: Some(errors), data_dir: data_dir.to_owned(), grpc, http }
    }

    /// What `skep env` prints for this server, as pairs.
    pub(crate) fn environment(&self, app: &str) -> HashMap<String, String> {
        let output = skep(&["env", "--app", app, "--output", "json", "--data-dir"])
            .arg(&self.data_dir)
            .output()
            .unwrap();
        serde_json::from_str(&printed(&output)).unwrap()
    }

    /// `kill -9`: no time to finish anything.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// SIGTERM; returns how the server ended and what it logged.
    pub(crate) fn stop(mut self) -> (ExitStatus, String) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let status = self.process.wait().unwrap();
        (status, self.errors.take().unwrap().join().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails when the process has ended already, which is as well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

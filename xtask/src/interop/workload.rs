//! Where the federated token of a workload identity comes from: another issuer, as a Kubernetes
//! cluster is one.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command},
};

use super::server::ready_line;
use crate::run::{Error, output};

/// The audience of federated tokens.
const AUDIENCE: &str = "api://AzureADTokenExchange";

/// A second identity provider, stopped when dropped.
pub(super) struct Workload {
    process: Child,
    program: PathBuf,
    folder: PathBuf,
    issuer: String,
    /// The CA that the other provider must trust to fetch its keys.
    pub(super) ca: String,
}

impl Workload {
    /// Starts it in `folder`.
    pub(super) fn start(program: &Path, folder: &Path) -> Result<Self, Error> {
        let mut command = Command::new(program);
        command.args(["idp", "--port", "0", "--data-dir"]).arg(folder);
        let (process, ready) = ready_line(&mut command)?;
        let value = |name: &str| {
            let prefix = format!("{name}=");
            let found = ready.split(' ').find_map(|part| part.strip_prefix(prefix.as_str()));
            found.map(str::to_owned).ok_or_else(|| format!("there is no {name} in `{ready}`"))
        };
        let (issuer, ca) = (value("issuer")?, value("ca")?);
        let (program, folder) = (program.to_owned(), folder.to_owned());
        Ok(Self { process, program, folder, issuer, ca })
    }

    /// Writes a token to a file, as a cluster does for a pod, and lets the application `client_id`
    /// of the provider in `data` sign in with it.
    pub(super) fn federate(&self, data: &Path, client_id: &str) -> Result<PathBuf, Error> {
        let administer = |folder: &Path, arguments: &[&str]| {
            let mut command = Command::new(&self.program);
            let printed = output(command.arg("idp").args(arguments).arg("--data-dir").arg(folder))?;
            Ok::<_, Error>(printed.trim().to_owned())
        };
        let pod = administer(&self.folder, &["app", "add", "pod"])?;
        let secret = administer(&self.folder, &["secret", "add", &pod])?;
        let token = |flag: &str| {
            output(
                Command::new(&self.program)
                    .args(["token", flag])
                    .env("ZEEBE_CLIENT_ID", &pod)
                    .env("ZEEBE_CLIENT_SECRET", &secret)
                    .env("ZEEBE_AUTHORIZATION_SERVER_URL", self.token_url())
                    .env("ZEEBE_TOKEN_SCOPE", format!("{AUDIENCE}/.default"))
                    .env("SSL_CERT_FILE", &self.ca),
            )
        };
        let decoded: serde_json::Value = serde_json::from_str(&token("--decode")?)
            .map_err(|error| format!("`skep token --decode` printed no JSON: {error}"))?;
        let subject = decoded["claims"]["sub"].as_str().ok_or("the token has no subject")?;
        let federate = ["federated", "add", client_id, "pod", "--issuer", &self.issuer];
        administer(data, &[&federate[..], &["--subject", subject]].concat())?;
        let path = self.folder.join("token");
        fs::write(&path, token("--show")?.trim()).map_err(|error| error.to_string())?;
        Ok(path)
    }

    fn token_url(&self) -> String {
        self.issuer.replace("/v2.0", "/oauth2/v2.0/token")
    }
}

impl Drop for Workload {
    fn drop(&mut self) {
        // Its folder goes with the server's, so there is nothing to shut down gracefully for.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

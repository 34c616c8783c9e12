//! `skep env`: everything a real client needs, for a shell to evaluate.

use std::path::{Path, PathBuf};

use skep_auth::{
    Trust,
    settings::{ExportedCredential, client_variables},
};
use skep_idp::DevCredentials;

use super::{
    args::{EnvArgs, SampleApp},
    info::{IdpInfo, ServerInfo},
};
use crate::{failure::Failure, output::Output};

/// Prints the variables of the running development server.
pub(crate) fn env(args: &EnvArgs, output: Output) -> Result<(), Failure> {
    let data_dir = std::path::absolute(&args.data.data_dir)
        .map_err(|error| Failure::new("cannot tell the current directory").caused_by(error))?;
    let variables = variables(&data_dir, args.app)?;
    match output {
        Output::Text => {
            let text = variables
                .iter()
                .map(|(name, value)| format!("export {name}={}\n", quoted(value)))
                .collect::<String>();
            crate::output::line(text.trim_end())
        }
        Output::Json => {
            let object: serde_json::Map<_, _> = variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect();
            crate::output::line(serde_json::Value::from(object).to_string())
        }
    }
}

/// Names and values, in an order that reads well.
pub(crate) fn variables(
    data_dir: &Path,
    app: SampleApp,
) -> Result<Vec<(&'static str, String)>, Failure> {
    let info = ServerInfo::read(data_dir)?;
    let Some(idp) = &info.idp else {
        return Err(Failure::new("the running server has no embedded identity provider")
            .fix("clients of your own provider are configured with its values, not with ours"));
    };
    let idp_dir = data_dir.join(super::IDP_DIR);
    let credentials = DevCredentials::load(&idp_dir)
        .map_err(|error| Failure::new("cannot read the sample applications").caused_by(error))?
        .ok_or_else(|| {
            Failure::new(format!("there are no sample applications in {}", idp_dir.display()))
                .fix("start the server with `skep start --dev`")
        })?;
    let mut variables = connection(&info);
    variables.extend(sign_in(idp, &credentials, app));
    variables.extend(trust(idp, &write_bundle(data_dir, idp)?));
    variables.push(("SKEP_IDP_USERNAME", credentials.user.user_name.clone()));
    variables.push(("SKEP_IDP_PASSWORD", credentials.user.password.expose().to_owned()));
    Ok(variables)
}

fn connection(info: &ServerInfo) -> Vec<(&'static str, String)> {
    let (grpc, http) = (info.grpc.port(), info.http.port());
    let rest = format!("http://localhost:{http}");
    vec![
        ("ZEEBE_ADDRESS", format!("localhost:{grpc}")),
        // The Node SDK takes grpc:// only, and the Java client takes it since 8.7.
        ("ZEEBE_GRPC_ADDRESS", format!("grpc://localhost:{grpc}")),
        ("CAMUNDA_GRPC_ADDRESS", format!("grpc://localhost:{grpc}")),
        ("ZEEBE_REST_ADDRESS", rest.clone()),
        ("CAMUNDA_REST_ADDRESS", rest),
        ("ZEEBE_INSECURE_CONNECTION", "true".to_owned()),
        ("ZEEBE_SECURE_CONNECTION", "false".to_owned()),
    ]
}

fn sign_in(
    idp: &IdpInfo,
    credentials: &DevCredentials,
    app: SampleApp,
) -> Vec<(&'static str, String)> {
    let url = &idp.token_endpoint;
    match app {
        SampleApp::Secret => {
            let app = &credentials.secret_app;
            let credential = ExportedCredential::Secret(&app.client_secret);
            let id = app.client_id.to_string();
            client_variables(url, &id, &app.audience(), &app.scope(), Some(credential))
        }
        SampleApp::Certificate => {
            let app = &credentials.certificate_app;
            let credential = ExportedCredential::Keystore {
                path: &app.keystore_path,
                password: &app.keystore_password,
            };
            let id = app.client_id.to_string();
            client_variables(url, &id, &app.audience(), &app.scope(), Some(credential))
        }
    }
}

/// The CA, under each name by which a runtime looks for it; and where the provider is.
fn trust(idp: &IdpInfo, bundle: &Path) -> Vec<(&'static str, String)> {
    // These replace what the runtime trusts, so that they must name the system's CAs as well.
    let mut variables = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"]
        .map(|name| (name, bundle.display().to_string()))
        .to_vec();
    // This one adds to it.
    variables.push(("NODE_EXTRA_CA_CERTS", idp.ca_certificate.display().to_string()));
    variables.push(("SKEP_IDP_TENANT", idp.tenant_id.clone()));
    variables.push(("SKEP_IDP_ORIGIN", idp.origin.clone()));
    variables
}

/// The provider's CA and those of the system in one file, so that a shell with these variables
/// still reaches the rest of the world.
fn write_bundle(data_dir: &Path, idp: &IdpInfo) -> Result<PathBuf, Failure> {
    let path = data_dir.join("ca-bundle.pem");
    let write = || {
        let mut bundle = std::fs::read(&idp.ca_certificate)?;
        if let Some(system) = Trust::system_bundle() {
            bundle.extend(std::fs::read(system)?);
        }
        if std::fs::read(&path).is_ok_and(|present| present == bundle) {
            return Ok(());
        }
        std::fs::write(&path, bundle)
    };
    write().map_err(|error: std::io::Error| {
        Failure::new(format!("cannot write the CA bundle {}", path.display())).caused_by(error)
    })?;
    Ok(path)
}

/// `'value'`, for a POSIX shell.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

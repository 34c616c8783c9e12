//! `skep cert upload`

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::json;
use skep_entra::upload_certificate;
use uuid::Uuid;

use super::{
    super::{
        entra::{TenantArgs, calls},
        password::PasswordArgs,
    },
    show::Found,
};
use crate::{failure::Failure, output::Output};

/// Flags of `skep cert upload`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct UploadArgs {
    /// Certificate, or keystore with it; the private key stays here.
    file: PathBuf,
    /// Client id of the registration.
    #[arg(long, value_name = "CLIENT_ID")]
    app: Uuid,
    /// Name of the certificate in the registration. [default: its subject]
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// Print the calls that would be made, and make none that changes anything.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    tenant: TenantArgs,
    #[command(flatten)]
    password: PasswordArgs,
}

/// Runs the command.
///
/// # Errors
/// The file is no certificate, nobody can sign in, or Graph refuses.
pub(super) async fn run(args: UploadArgs, output: Output) -> Result<(), Failure> {
    let found = Found::read(&args.file, None, &args.password)?;
    let certificate = &found.chain[0];
    let name = args.name.clone().unwrap_or_else(|| certificate.subject().to_owned());
    let app_id = args.app.to_string();
    let directory = args.tenant.directory(args.dry_run).await?;
    let uploading = upload_certificate(&directory, &app_id, certificate, &name, Timestamp::now());
    let (key_id, is_new) =
        super::super::progress::while_waiting("waiting for Microsoft Graph", uploading).await?;
    if args.dry_run {
        return calls::print(&directory.calls(), output);
    }
    let text = match is_new {
        true => format!("uploaded to {app_id} as {key_id}; it works within minutes"),
        false => format!("{app_id} has it already, as {key_id}"),
    };
    output.print(text, &json!({ "clientId": app_id, "keyId": key_id, "uploaded": is_new }))
}

//! `skep cert`: keys and certificates that clients sign in with.

mod new;
mod show;
mod upload;

pub(super) use show::hex;

use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep cert new                          RSA-2048, a year: .key.pem, .cert.pem and .p12
  skep cert new orders --days 180 --subj \"/O=Contoso/CN=orders\"
  skep cert new --generate-password      print a new keystore password, once
  skep cert show camunda-client.p12      thumbprints as Microsoft Entra shows them, and expiry
  skep cert show camunda-client.cert.pem --output json
  skep cert upload camunda-client.cert.pem --tenant contoso.com --app 11111111-…";

/// `skep cert` and its subcommands.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CertArgs {
    #[command(subcommand)]
    command: CertCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum CertCommand {
    /// Make a key with a self-signed certificate, and a PKCS#12 keystore of both.
    #[command(after_help = EXAMPLES)]
    New(new::NewArgs),
    /// Show a certificate: who, until when, and its thumbprints.
    #[command(after_help = EXAMPLES)]
    Show(show::ShowArgs),
    /// Upload a certificate to an app registration, beside those it has.
    #[command(after_help = EXAMPLES)]
    Upload(Box<upload::UploadArgs>),
}

/// Runs the command.
///
/// # Errors
/// A file is in the way, or cannot be read or written.
pub(crate) async fn run(args: CertArgs, output: Output) -> Result<(), Failure> {
    match args.command {
        CertCommand::New(args) => new::run(args, output).await,
        CertCommand::Show(args) => show::run(&args, output),
        CertCommand::Upload(args) => upload::run(*args, output).await,
    }
}

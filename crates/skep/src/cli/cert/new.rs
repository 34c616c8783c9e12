//! `skep cert new`

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::json;
use skep_auth::{ClientCertificate, NewCertificate, Secret, jose::KeySize, private_file};

use super::{super::password::PasswordArgs, show};
use crate::{failure::Failure, output::Output};

/// Flags of `skep cert new`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct NewArgs {
    /// Begin of the file names, and the common name unless --subj gives another.
    #[arg(default_value = "camunda-client", value_parser = file_stem)]
    name: String,
    /// Subject, as openssl takes it: /C=DE/O=Contoso/CN=orders. [default: /CN=NAME]
    #[arg(long, value_name = "SUBJECT", visible_alias = "subject")]
    subj: Option<String>,
    /// For how many days it is valid.
    #[arg(long, value_name = "N", default_value = "365", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: u32,
    /// Bits of the RSA key.
    #[arg(long, value_name = "BITS", value_enum, default_value = "2048")]
    key_size: Bits,
    /// Name of the key in the keystore.
    #[arg(long, value_name = "NAME", default_value = "camunda-client")]
    alias: String,
    /// Folder to write to.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Replace files that are there.
    #[arg(long)]
    force: bool,
    /// Make up a password and print it: it is kept nowhere.
    #[arg(long, conflicts_with_all = ["password_stdin", "password_file"])]
    generate_password: bool,
    #[command(flatten)]
    password: PasswordArgs,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Bits {
    #[value(name = "2048")]
    Rsa2048,
    #[value(name = "3072")]
    Rsa3072,
    #[value(name = "4096")]
    Rsa4096,
}

impl Bits {
    fn size(self) -> KeySize {
        match self {
            Self::Rsa2048 => KeySize::Rsa2048,
            Self::Rsa3072 => KeySize::Rsa3072,
            Self::Rsa4096 => KeySize::Rsa4096,
        }
    }
}

fn file_stem(text: &str) -> Result<String, String> {
    let is_name = !text.is_empty() && !text.starts_with('.') && !text.contains(['/', '\\', '\0']);
    is_name
        .then(|| text.to_owned())
        .ok_or_else(|| "it begins file names: give --dir for the folder".to_owned())
}

/// The three files of one certificate.
struct Files {
    key: PathBuf,
    certificate: PathBuf,
    keystore: PathBuf,
}

impl Files {
    fn of(dir: &Path, name: &str) -> Self {
        // Shown as the user would write them.
        let dir = if dir == Path::new(".") { Path::new("") } else { dir };
        Self {
            key: dir.join(format!("{name}.key.pem")),
            certificate: dir.join(format!("{name}.cert.pem")),
            keystore: dir.join(format!("{name}.p12")),
        }
    }

    fn all(&self) -> [&Path; 3] {
        [&self.key, &self.certificate, &self.keystore]
    }
}

/// Runs the command.
///
/// # Errors
/// A file is in the way, the subject is wrong, or there is no password.
pub(super) async fn run(args: NewArgs, output: Output) -> Result<(), Failure> {
    let subject = match &args.subj {
        Some(text) => NewCertificate::subject_from(text),
        None => NewCertificate::subject_from(&format!("/CN={}", args.name)),
    };
    let subject = subject.map_err(Failure::usage)?;
    let files = Files::of(&args.dir, &args.name);
    if !args.force
        && let Some(present) = files.all().into_iter().find(|path| path.exists())
    {
        return Err(in_the_way(present));
    }
    let password = if args.generate_password {
        Secret::generate()
            .map_err(|error| Failure::new("cannot make a password").caused_by(error))?
    } else {
        args.password.for_new(&files.keystore.display().to_string())?
    };
    let new = NewCertificate { subject, days: args.days, key_size: args.key_size.size() };
    let now_s = now_s()?;
    let making = tokio::task::spawn_blocking(move || ClientCertificate::generate(&new, now_s));
    let made = super::super::progress::while_waiting("making the key", making)
        .await
        .map_err(|error| Failure::new("making the key was interrupted").caused_by(error))?
        .map_err(|error| Failure::new("cannot make the certificate").caused_by(error))?;
    write(&made, &files, &args, &password)?;
    report(&made, &files, &args, &password, output)
}

/// The time of this machine.
pub(crate) fn now_s() -> Result<i64, Failure> {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .ok_or_else(|| Failure::new("this machine's clock is before 1970"))
}

fn write(
    made: &ClientCertificate,
    files: &Files,
    args: &NewArgs,
    password: &Secret,
) -> Result<(), Failure> {
    let cannot = |error| Failure::new("cannot encode the certificate").caused_by(error);
    let key = made.key().to_pem().map_err(cannot)?;
    let keystore = made.to_pkcs12(&args.alias, password).map_err(cannot)?;
    let certificate = made.certificate().to_pem();
    let contents: [&[u8]; 3] = [key.expose().as_bytes(), certificate.as_bytes(), &keystore];
    std::fs::create_dir_all(&args.dir).map_err(|error| {
        Failure::new(format!("cannot make the folder {}", args.dir.display())).caused_by(error)
    })?;
    for (path, content) in files.all().into_iter().zip(contents) {
        let written = if args.force {
            private_file::replace(path, content)
        } else {
            private_file::create(path, content)
        };
        written.map_err(|error| {
            if error.kind() == ErrorKind::AlreadyExists {
                return in_the_way(path);
            }
            Failure::new(format!("cannot write {}", path.display())).caused_by(error)
        })?;
    }
    Ok(())
}

fn in_the_way(path: &Path) -> Failure {
    Failure::usage(format!("{} is there already", path.display()))
        .fix("choose another name, or replace key and certificate with --force")
}

fn report(
    made: &ClientCertificate,
    files: &Files,
    args: &NewArgs,
    password: &Secret,
    output: Output,
) -> Result<(), Failure> {
    let certificate = made.certificate();
    let mut text = format!(
        "private key   {}\ncertificate   {}\nkeystore      {}  alias {}\n",
        files.key.display(),
        files.certificate.display(),
        files.keystore.display(),
        args.alias
    );
    let mut document = show::as_json(certificate)?;
    document["files"] = json!({
        "privateKey": files.key, "certificate": files.certificate, "keystore": files.keystore,
    });
    document["alias"] = json!(args.alias);
    if args.generate_password {
        text.push_str(&format!("password      {}  (kept nowhere)\n", password.expose()));
        document["password"] = json!(password.expose());
    }
    text.push('\n');
    text.push_str(&show::as_text(certificate)?);
    text.push_str(&format!(
        "\nnext: skep cert upload {} --tenant TENANT_ID --app CLIENT_ID\n      \
         (or in the portal: App registrations, Certificates & secrets)\n\
         then give clients ZEEBE_CLIENT_ASSERTION_KEYSTORE_PATH={} and …_KEYSTORE_PASSWORD",
        files.certificate.display(),
        files.keystore.display(),
    ));
    output.print(text.trim_end(), &document)
}

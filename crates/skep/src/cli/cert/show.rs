//! `skep cert show`

use std::{
    fs,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde_json::{Value, json};
use skep_auth::{
    ClientCertificate, KeystoreAccess, KeystoreProblem,
    jose::{Algorithm, Certificate},
};

use super::{super::password::PasswordArgs, new::now_s};
use crate::{failure::Failure, output::Output};

/// Largest file that is read.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Fewer days than this are remarked on.
const SOON_DAYS: i64 = 30;

/// Flags of `skep cert show`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// Certificate as PEM or DER (.pem, .cer, .crt, .der), or a PKCS#12 keystore (.p12, .pfx).
    file: PathBuf,
    /// Name of the key in the keystore; the first when left out.
    #[arg(long, value_name = "NAME")]
    alias: Option<String>,
    #[command(flatten)]
    password: PasswordArgs,
}

/// Runs the command.
///
/// # Errors
/// The file cannot be read, or is something else.
pub(super) fn run(args: &ShowArgs, output: Output) -> Result<(), Failure> {
    let found = Found::read(&args.file, args.alias.as_deref(), &args.password)?;
    let mut text = String::new();
    if let Some(alias) = &found.alias {
        text.push_str(&format!("alias         {alias}\n"));
    }
    for (at, certificate) in found.chain.iter().enumerate() {
        if at > 0 {
            text.push_str("\nissued by\n");
        }
        text.push_str(&as_text(certificate)?);
    }
    let mut document = as_json(&found.chain[0])?;
    document["alias"] = json!(found.alias);
    let issuers = found.chain[1..].iter().map(as_json).collect::<Result<Vec<_>, _>>()?;
    document["issuers"] = json!(issuers);
    output.print(text.trim_end(), &document)
}

/// What a file holds: at least one certificate.
pub(super) struct Found {
    pub(super) alias: Option<String>,
    pub(super) chain: Vec<Certificate>,
}

impl Found {
    /// Reads PEM, DER or PKCS#12, whatever the file's name says.
    ///
    /// # Errors
    /// The file cannot be read, is none of them, or its password is wrong.
    pub(super) fn read(
        path: &Path,
        alias: Option<&str>,
        password: &PasswordArgs,
    ) -> Result<Self, Failure> {
        let bytes = read(path)?;
        let wrong = || Failure::usage(format!("cannot use {}", path.display()));
        if contains(&bytes, b"-----BEGIN") {
            return match Certificate::chain_from_pem(&bytes) {
                Ok(chain) => Ok(Self { alias: None, chain }),
                Err(error) => Err(wrong().caused_by(error)),
            };
        }
        if let Ok(certificate) = Certificate::from_der(&bytes) {
            return Ok(Self { alias: None, chain: vec![certificate] });
        }
        let open = |secret| {
            let alias = alias.map(str::to_owned);
            let access = KeystoreAccess { password: secret, alias, key_password: None };
            ClientCertificate::from_pkcs12(&bytes, &access)
        };
        // Not asked for a password when there is none, or when it is no keystore at all.
        let given = password.given()?;
        let mut opened = open(given.clone().unwrap_or_default());
        if given.is_none() && matches!(opened, Err(KeystoreProblem::Password)) {
            opened = open(password.of_existing(&path.display().to_string())?);
        }
        let found = opened.map_err(|problem| {
            let problem = skep_auth::KeystoreError { path: path.to_owned(), problem };
            wrong().caused_by(problem)
        })?;
        let alias = found.alias().map(str::to_owned);
        Ok(Self { alias, chain: found.chain().to_vec() })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let cannot = |error: std::io::Error| {
        Failure::usage(format!("cannot read {}", path.display())).caused_by(error)
    };
    if fs::metadata(path).map_err(cannot)?.len() > FILE_BYTES_MAX {
        return Err(Failure::usage(format!(
            "{} is larger than {FILE_BYTES_MAX} bytes: no certificate is",
            path.display()
        )));
    }
    fs::read(path).map_err(cannot)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// A certificate in the forms that Entra's portal, its logs and its tokens show.
///
/// # Errors
/// Its key is of no kind that can be described, or its dates are out of range.
pub(super) fn as_text(certificate: &Certificate) -> Result<String, Failure> {
    let Facts { key, usable, not_before, not_after, days } = Facts::of(certificate)?;
    let state = match days {
        ..0 => format!("EXPIRED {} days ago", -days),
        0..SOON_DAYS => format!("{days} days left: renew it now"),
        _ => format!("{days} days left"),
    };
    let mut text = format!("subject       {}\n", certificate.subject());
    if certificate.issuer() != certificate.subject() {
        text.push_str(&format!("issuer        {}\n", certificate.issuer()));
    }
    text.push_str(&format!("key           {key}\n"));
    if !usable {
        text.push_str(
            "              cannot sign client assertions: Microsoft Entra takes RSA keys\n",
        );
    }
    text.push_str(&format!(
        "valid         {not_before} to {not_after}, {state}\n\
         thumbprint    {}\n\
         SHA-256       {}\n\
         x5t           {}\n\
         x5t#S256      {}\n",
        hex(&certificate.sha1()),
        hex(&certificate.sha256()),
        certificate.x5t(),
        certificate.x5t_s256(),
    ));
    Ok(text)
}

/// The same for programs.
///
/// # Errors
/// As [`as_text`].
pub(super) fn as_json(certificate: &Certificate) -> Result<Value, Failure> {
    let Facts { key, usable, not_before, not_after, days } = Facts::of(certificate)?;
    Ok(json!({
        "subject": certificate.subject(),
        "issuer": certificate.issuer(),
        "key": key,
        "usableForAssertions": usable,
        "notBefore": not_before.to_string(),
        "notAfter": not_after.to_string(),
        "daysLeft": days,
        "thumbprint": hex(&certificate.sha1()),
        "sha256": hex(&certificate.sha256()),
        "x5t": certificate.x5t(),
        "x5t#S256": certificate.x5t_s256(),
    }))
}

struct Facts {
    key: String,
    usable: bool,
    not_before: Timestamp,
    not_after: Timestamp,
    days: i64,
}

impl Facts {
    fn of(certificate: &Certificate) -> Result<Self, Failure> {
        let wrong = |error: Box<dyn std::error::Error + Send + Sync>| {
            Failure::new(format!("cannot describe the certificate of {}", certificate.subject()))
                .caused_by(error)
        };
        let at = |seconds| Timestamp::from_second(seconds).map_err(|error| wrong(error.into()));
        let key = certificate.verifying_key().map_err(|error| wrong(error.into()))?;
        Ok(Self {
            key: key.description(),
            usable: key.supports(Algorithm::Rs256),
            not_before: at(certificate.not_before_s())?,
            not_after: at(certificate.not_after_s())?,
            days: (certificate.not_after_s() - now_s()?).div_euclid(24 * 60 * 60),
        })
    }
}

/// Upper-case hexadecimal digits, as Entra's portal writes a thumbprint.
pub(in crate::cli) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

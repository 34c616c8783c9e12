//! Where the password of a keystore comes from: a file, stdin, a variable, or the terminal.
//!
//! There is no flag for the password itself: a command line is seen by everybody on the machine.

use std::{
    env, fs,
    io::{self, IsTerminal as _, Read as _},
    path::PathBuf,
};

use skep_auth::Secret;

use crate::failure::Failure;

/// Variables that clients read a keystore's password from, in their order.
const VARIABLES: [&str; 2] =
    ["CAMUNDA_CLIENT_ASSERTION_KEYSTORE_PASSWORD", "ZEEBE_CLIENT_ASSERTION_KEYSTORE_PASSWORD"];
/// Longest password that is read.
const BYTES_MAX: u64 = 4096;

/// Flags that say where the password of a keystore is.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct PasswordArgs {
    /// Read the keystore's password from the first line of stdin. Without any flag it is taken
    /// from ZEEBE_CLIENT_ASSERTION_KEYSTORE_PASSWORD, or asked for on the terminal.
    #[arg(long, conflicts_with = "password_file")]
    password_stdin: bool,
    /// Read the keystore's password from the first line of this file.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl PasswordArgs {
    /// The password of a keystore that exists.
    ///
    /// # Errors
    /// It cannot be read, or nothing says where it is and nobody is there to ask.
    pub(super) fn of_existing(&self, what: &str) -> Result<Secret, Failure> {
        match self.given()? {
            Some(password) => Ok(password),
            None => ask(&format!("Password of {what}: "), what),
        }
    }

    /// The password for a keystore that is to be made; never empty.
    ///
    /// # Errors
    /// As [`PasswordArgs::of_existing`], and when the repeated password is another one.
    pub(super) fn for_new(&self, what: &str) -> Result<Secret, Failure> {
        let password = match self.given()? {
            Some(password) => password,
            None => {
                let password = ask(&format!("Password for {what}: "), what)?;
                if ask("Once more: ", what)? != password {
                    return Err(Failure::usage("the two passwords are not the same"));
                }
                password
            }
        };
        if password.is_empty() {
            return Err(Failure::usage("the password is empty").fix(
                "give one: clients take a keystore without a password for no keystore at all",
            ));
        }
        if !password.expose().is_ascii() {
            return Err(Failure::usage("the password has characters beyond ASCII").fix(
                "choose another: Java clients refuse to open a keystore with such a password",
            ));
        }
        Ok(password)
    }

    /// The password when a flag or a variable gives it.
    pub(super) fn given(&self) -> Result<Option<Secret>, Failure> {
        if self.password_stdin {
            return first_line(io::stdin().lock(), "stdin").map(Some);
        }
        if let Some(path) = &self.password_file {
            let file = fs::File::open(path).map_err(|error| {
                Failure::usage(format!("cannot read the password file {}", path.display()))
                    .caused_by(error)
            })?;
            return first_line(file, &path.display().to_string()).map(Some);
        }
        let found = VARIABLES.iter().find_map(|name| env::var(name).ok());
        Ok(found.filter(|text| !text.is_empty()).map(Secret::new))
    }
}

fn first_line(from: impl io::Read, name: &str) -> Result<Secret, Failure> {
    let mut text = String::new();
    from.take(BYTES_MAX).read_to_string(&mut text).map_err(|error| {
        Failure::usage(format!("cannot read the password from {name}")).caused_by(error)
    })?;
    Ok(Secret::new(text.lines().next().unwrap_or_default()))
}

fn ask(prompt: &str, what: &str) -> Result<Secret, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage(format!("the password of {what} is not given")).fix(
            "set ZEEBE_CLIENT_ASSERTION_KEYSTORE_PASSWORD, or use --password-stdin or \
             --password-file FILE",
        ));
    }
    rpassword::prompt_password(prompt)
        .map(Secret::new)
        .map_err(|error| Failure::usage("cannot read a password").caused_by(error))
}

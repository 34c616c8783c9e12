use std::{fmt, path::PathBuf};

/// Why a certificate's file cannot be used to authenticate a client.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeystoreError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: KeystoreProblem,
}

/// What is wrong with a keystore.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeystoreProblem {
    /// The file cannot be read.
    Read(String),
    /// The file is larger than any keystore.
    TooLarge,
    /// The file is something else; the text says what it looks like.
    Format(String),
    /// The store's password is wrong.
    Password,
    /// The file is encrypted but has no integrity check, so anyone could have changed it.
    NoMac,
    /// The file uses an encryption or integrity check that is not supported.
    Unsupported(String),
    /// The store opens, but not the key in it.
    KeyPassword,
    /// There is no private key.
    NoKey,
    /// There is no key of that name.
    Alias {
        /// The name asked for.
        wanted: String,
        /// The names there are.
        found: Vec<String>,
    },
    /// The key is of another kind than RSA.
    KeyKind(String),
    /// No certificate belongs to the key.
    NoCertificate,
}

impl KeystoreError {
    /// Stable code for documentation and logs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &self.problem {
            KeystoreProblem::Read(_) => "SKEP-AUTH-KEYSTORE-READ",
            KeystoreProblem::TooLarge | KeystoreProblem::Format(_) => "SKEP-AUTH-KEYSTORE-FORMAT",
            KeystoreProblem::Password => "SKEP-AUTH-KEYSTORE-PASSWORD",
            KeystoreProblem::NoMac => "SKEP-AUTH-KEYSTORE-MAC",
            KeystoreProblem::Unsupported(_) => "SKEP-AUTH-KEYSTORE-UNSUPPORTED",
            KeystoreProblem::KeyPassword => "SKEP-AUTH-KEYSTORE-KEY-PASSWORD",
            KeystoreProblem::NoKey => "SKEP-AUTH-KEYSTORE-NO-KEY",
            KeystoreProblem::Alias { .. } => "SKEP-AUTH-KEYSTORE-ALIAS",
            KeystoreProblem::KeyKind(_) => "SKEP-AUTH-KEYSTORE-KEY-KIND",
            KeystoreProblem::NoCertificate => "SKEP-AUTH-KEYSTORE-NO-CERTIFICATE",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn fix(&self) -> &'static str {
        match &self.problem {
            KeystoreProblem::Read(_) => {
                "check the keystore path and that this user may read the file"
            }
            KeystoreProblem::TooLarge | KeystoreProblem::Format(_) => {
                "make a PKCS#12 file: openssl pkcs12 -export -in certificate.pem -inkey key.pem \
                 -out keystore.p12 -name camunda-client"
            }
            KeystoreProblem::Password => {
                "set the keystore's password (of a client assertion: \
                 ZEEBE_CLIENT_ASSERTION_KEYSTORE_PASSWORD) to the export password"
            }
            KeystoreProblem::NoMac => {
                "export it again without -nomac, so that a changed file is noticed"
            }
            KeystoreProblem::Unsupported(_) => {
                "export it again with the defaults of openssl pkcs12 -export"
            }
            KeystoreProblem::KeyPassword => {
                "set the key's password (of a client assertion: \
                 ZEEBE_CLIENT_ASSERTION_KEYSTORE_KEY_PASSWORD), or export the file again with one \
                 password for store and key"
            }
            KeystoreProblem::NoKey => "export it again with the private key (-inkey key.pem)",
            KeystoreProblem::Alias { .. } => {
                "set ZEEBE_CLIENT_ASSERTION_KEYSTORE_KEY_ALIAS to one of these names, or unset it"
            }
            KeystoreProblem::KeyKind(_) => {
                "use an RSA key of at least 2048 bits; Entra accepts no other for assertions"
            }
            KeystoreProblem::NoCertificate => {
                "export key and certificate together (-in certificate.pem -inkey key.pem)"
            }
        }
    }

    pub(crate) fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot use the keystore {}: ", self.path.display())?;
        match &self.problem {
            KeystoreProblem::Read(reason) => write!(f, "it cannot be read: {reason}"),
            KeystoreProblem::TooLarge => f.write_str("it is too large for a keystore"),
            KeystoreProblem::Format(reason) => f.write_str(reason),
            KeystoreProblem::Password => f.write_str("its password is wrong"),
            KeystoreProblem::NoMac => f.write_str("it has no integrity check (MAC)"),
            KeystoreProblem::Unsupported(what) => write!(f, "it uses {what}"),
            KeystoreProblem::KeyPassword => {
                f.write_str("its password is right, but a part has another password or is damaged")
            }
            KeystoreProblem::NoKey => f.write_str("it has no private key"),
            KeystoreProblem::Alias { wanted, found } => {
                write!(f, "it has no key named {wanted:?}, but {found:?}")
            }
            KeystoreProblem::KeyKind(reason) => f.write_str(reason),
            KeystoreProblem::NoCertificate => {
                f.write_str("it has no certificate that belongs to the key")
            }
        }
    }
}

impl fmt::Display for KeystoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.describe(f)?;
        write!(f, "; fix: {}", self.fix())
    }
}

impl std::error::Error for KeystoreError {}

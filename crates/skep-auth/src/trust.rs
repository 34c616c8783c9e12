//! Whom to trust on a TLS connection: the system's CAs, and those the user adds.

use std::{
    env, fmt,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Duration,
};

use reqwest::redirect::Policy;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{
        WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature,
    },
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
};

use crate::{
    AuthError, Secret, TlsIdentity,
    jose::{Certificate, encode_pem},
    keystore::truststore,
};

/// Where systems keep their CAs; asked when `SSL_CERT_FILE` or `SSL_CERT_DIR` hides them.
const SYSTEM_BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
];

/// Trusted certificate authorities; cheap to clone.
#[derive(Clone)]
pub struct Trust {
    config: Arc<ClientConfig>,
    roots: Arc<RootCertStore>,
    identity: Option<Arc<TlsIdentity>>,
    added: Arc<[PathBuf]>,
    added_pem: Arc<str>,
}

impl Trust {
    /// The CAs of the system alone.
    ///
    /// # Errors
    /// [`AuthError::Settings`]: TLS cannot be set up.
    pub fn system() -> Result<Self, AuthError> {
        Self::with_ca_files([])
    }

    /// The CAs of the system and those in the PEM files: what a file adds takes nothing away.
    ///
    /// # Errors
    /// [`AuthError::Trust`]: a file cannot be read or has no certificate in it.
    pub fn with_ca_files(files: impl IntoIterator<Item = PathBuf>) -> Result<Self, AuthError> {
        let mut roots = system_roots().clone();
        let (mut added, mut added_pem) = (Vec::new(), String::new());
        for path in files {
            for certificate in read_certificates(&path)? {
                let pem = encode_pem("CERTIFICATE", &certificate);
                roots.add(certificate).map_err(|error| AuthError::Trust {
                    path: path.clone(),
                    reason: error.to_string(),
                })?;
                added_pem.push_str(&pem);
            }
            added.push(path);
        }
        Self::new(roots, None, added, added_pem)
    }

    /// As it is, with the CAs of a PEM text as well.
    ///
    /// # Errors
    /// [`AuthError::Settings`]: there is no certificate in it.
    pub fn with_ca_text(self, pem: &str) -> Result<Self, AuthError> {
        let wrong = |reason: String| {
            AuthError::Settings(format!(
                "the CA certificate given as text cannot be used: {reason}; fix: give the whole \
                 PEM block, with its line breaks"
            ))
        };
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
        let found = found.map_err(|error| wrong(error.to_string()))?;
        if found.is_empty() {
            return Err(wrong("it has no CERTIFICATE block (PEM)".to_owned()));
        }
        let mut roots = (*self.roots).clone();
        let mut added_pem = self.added_pem.to_string();
        for certificate in found {
            added_pem.push_str(&encode_pem("CERTIFICATE", &certificate));
            roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
        }
        Self::new(roots, self.identity, self.added.to_vec(), added_pem)
    }

    /// As it is, with the CAs of a PKCS#12 truststore as well.
    ///
    /// # Errors
    /// [`AuthError::Keystore`]: the file cannot be used.
    pub fn with_truststore(self, path: &Path, password: &Secret) -> Result<Self, AuthError> {
        let mut roots = (*self.roots).clone();
        let mut added_pem = self.added_pem.to_string();
        for certificate in truststore(path, password)? {
            added_pem.push_str(&encode_pem("CERTIFICATE", &certificate));
            roots.add(certificate).map_err(|error| AuthError::Trust {
                path: path.to_owned(),
                reason: error.to_string(),
            })?;
        }
        let mut added = self.added.to_vec();
        added.push(path.to_owned());
        Self::new(roots, self.identity, added, added_pem)
    }

    /// As it is, with a certificate for servers that ask who connects (mutual TLS).
    ///
    /// # Errors
    /// [`AuthError::Settings`]: key and certificate do not belong together.
    pub fn with_identity(self, identity: TlsIdentity) -> Result<Self, AuthError> {
        let roots = (*self.roots).clone();
        Self::new(roots, Some(identity.into()), self.added.to_vec(), self.added_pem.to_string())
    }

    fn new(
        roots: RootCertStore,
        identity: Option<Arc<TlsIdentity>>,
        added: Vec<PathBuf>,
        added_pem: String,
    ) -> Result<Self, AuthError> {
        let refuse = |error| AuthError::Settings(format!("TLS cannot be set up: {error}"));
        let roots = Arc::new(roots);
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(refuse)?
            .with_root_certificates(Arc::clone(&roots));
        let config = match &identity {
            None => builder.with_no_client_auth(),
            Some(identity) => builder
                .with_client_auth_cert(identity.chain().to_vec(), identity.key().clone_key())
                .map_err(refuse)?,
        };
        Ok(Self {
            config: Arc::new(config),
            roots,
            identity,
            added: added.into(),
            added_pem: added_pem.into(),
        })
    }

    /// The certificate shown to servers that ask for one.
    #[must_use]
    pub fn identity(&self) -> Option<&TlsIdentity> {
        self.identity.as_deref()
    }

    /// The file in which this system keeps its CAs; `None` where they are not in one file.
    #[must_use]
    pub fn system_bundle() -> Option<&'static Path> {
        SYSTEM_BUNDLES.iter().map(Path::new).find(|path| path.is_file())
    }

    /// For rustls, without ALPN.
    #[must_use]
    pub fn tls_config(&self) -> ClientConfig {
        (*self.config).clone()
    }

    /// As [`Trust::tls_config`], and with what the server shows, trusted or not, for diagnosis.
    ///
    /// # Errors
    /// [`AuthError::Settings`]: TLS cannot be set up.
    pub fn observed_tls_config(&self) -> Result<(ClientConfig, ShownChain), AuthError> {
        let verifier = WebPkiServerVerifier::builder_with_provider(
            Arc::clone(&self.roots),
            Arc::new(aws_lc_rs::default_provider()),
        );
        let refuse = |error| AuthError::Settings(format!("TLS cannot be set up: {error}"));
        let verifier = verifier.build().map_err(refuse)?;
        let shown = ShownChain::default();
        let observer = Observer { verifier, shown: shown.clone() };
        let mut config = self.tls_config();
        // It adds nothing but a look: what is not trusted stays so.
        config.dangerous().set_certificate_verifier(Arc::new(observer));
        Ok((config, shown))
    }

    /// Whom it trusts, for people: how many CAs of the system, and which files.
    #[must_use]
    pub fn described(&self) -> String {
        let mut text = format!("the {} CAs of the system", system_roots().len());
        for path in self.added.iter() {
            text.push_str(&format!(", {}", path.display()));
        }
        text
    }

    /// The certificates that were added, as PEM; empty when there are none.
    #[must_use]
    pub fn added_pem(&self) -> &str {
        &self.added_pem
    }

    /// A client for documents such as keys and discovery; it honours `HTTPS_PROXY`,
    /// `HTTP_PROXY` and `NO_PROXY`.
    ///
    /// # Errors
    /// [`AuthError::Settings`]: the client cannot be set up.
    pub fn http_client(&self) -> Result<reqwest::Client, AuthError> {
        finish(self.builder(Duration::from_secs(5)).redirect(Policy::limited(3)))
    }

    /// A client for token requests: as [`Trust::http_client`], but it never takes a
    /// credential to another address because a server says so.
    ///
    /// # Errors
    /// As [`Trust::http_client`].
    pub fn token_client(&self, connect_timeout: Duration) -> Result<reqwest::Client, AuthError> {
        finish(self.builder(connect_timeout).redirect(Policy::none()))
    }

    /// A client for services of this machine's platform, which no proxy can reach.
    ///
    /// # Errors
    /// As [`Trust::http_client`].
    pub fn direct_client(&self) -> Result<reqwest::Client, AuthError> {
        finish(self.builder(Duration::from_secs(2)).redirect(Policy::none()).no_proxy())
    }

    /// As [`Trust::direct_client`], for a service with one certificate that nobody signed: the
    /// one with this SHA-1 thumbprint, in hexadecimal digits.
    ///
    /// # Errors
    /// [`AuthError::Settings`]: the text is no thumbprint, or the client cannot be set up.
    pub fn pinned_client(&self, thumbprint: &str) -> Result<reqwest::Client, AuthError> {
        let thumbprint: String = thumbprint.chars().filter(|c| *c != ':').collect();
        if thumbprint.len() != 40 || !thumbprint.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err(AuthError::Settings(
                "IDENTITY_SERVER_THUMBPRINT is no SHA-1 thumbprint of 40 hexadecimal digits".into(),
            ));
        }
        let mut config = self.tls_config();
        let provider = aws_lc_rs::default_provider();
        let algorithms = provider.signature_verification_algorithms;
        let pinned = Pinned { thumbprint: thumbprint.to_ascii_lowercase(), algorithms };
        config.dangerous().set_certificate_verifier(Arc::new(pinned));
        let builder = self.builder(Duration::from_secs(2)).tls_backend_preconfigured(config);
        finish(builder.redirect(Policy::none()).no_proxy())
    }

    fn builder(&self, connect_timeout: Duration) -> reqwest::ClientBuilder {
        reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls_config())
            .user_agent(concat!("skep/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(connect_timeout)
            .pool_max_idle_per_host(4)
    }
}

/// The certificates that a server has shown, its own first; empty before a handshake.
#[derive(Clone, Debug, Default)]
pub struct ShownChain(Arc<OnceLock<Vec<CertificateDer<'static>>>>);

impl ShownChain {
    /// What was shown, as far as it can be read.
    #[must_use]
    pub fn certificates(&self) -> Vec<Certificate> {
        let shown = self.0.get().map(Vec::as_slice).unwrap_or_default();
        shown.iter().filter_map(|der| Certificate::from_der(der).ok()).collect()
    }
}

/// Remembers what it is asked to verify.
#[derive(Debug)]
struct Observer {
    verifier: Arc<WebPkiServerVerifier>,
    shown: ShownChain,
}

impl ServerCertVerifier for Observer {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let chain = std::iter::once(end_entity).chain(intermediates);
        // A second handshake would show the same.
        let _ = self.shown.0.set(chain.map(|der| der.clone().into_owned()).collect());
        self.verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// Accepts one certificate, whoever signed it.
#[derive(Debug)]
struct Pinned {
    /// SHA-1, in lower-case hexadecimal digits.
    thumbprint: String,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let shown = Certificate::from_der(end_entity)
            .map_err(|_| rustls::Error::InvalidCertificate(CertificateError::BadEncoding))?;
        let shown: String = shown.sha1().iter().map(|byte| format!("{byte:02x}")).collect();
        if shown == self.thumbprint {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn finish(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, AuthError> {
    builder.build().map_err(|error| AuthError::Settings(format!("HTTP cannot be set up: {error}")))
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, AuthError> {
    let wrong = |reason: String| AuthError::Trust { path: path.to_owned(), reason };
    let text = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|error| wrong(error.to_string()))?;
    if found.is_empty() {
        return Err(wrong("it has no CERTIFICATE block (PEM)".to_owned()));
    }
    Ok(found)
}

/// The CAs of the system, read once.
fn system_roots() -> &'static RootCertStore {
    static ROOTS: OnceLock<RootCertStore> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        let native = rustls_native_certs::load_native_certs();
        for error in &native.errors {
            tracing::warn!(%error, "a CA certificate of the system cannot be read");
        }
        // Broken and outdated certificates are common in system stores: skip them.
        roots.add_parsable_certificates(native.certs);
        // These variables replace the system's CAs elsewhere; here they add to them.
        if env::var_os("SSL_CERT_FILE").is_some() || env::var_os("SSL_CERT_DIR").is_some() {
            let system = Trust::system_bundle().and_then(|path| read_certificates(path).ok());
            roots.add_parsable_certificates(system.unwrap_or_default());
        }
        roots
    })
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust").field("added", &self.added).finish_non_exhaustive()
    }
}

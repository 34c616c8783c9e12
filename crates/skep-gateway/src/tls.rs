//! Certificates of the two servers.

use std::{fmt, sync::Arc};

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

/// A certificate chain and its private key. `Debug` shows neither.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ServerConfig>,
    plaintext_too: bool,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The chain is not PEM, or has no certificate in it.
    #[error("the certificate chain has no readable PEM block \"CERTIFICATE\": {0}")]
    Chain(String),
    /// The key is not PEM, or is encrypted.
    #[error("the private key has no readable PEM block \"PRIVATE KEY\" (it must not be encrypted)")]
    Key,
    /// Chain and key do not belong together, or are of a kind that cannot be used.
    #[error("the certificate cannot be used")]
    Pair(#[source] rustls::Error),
}

impl Tls {
    /// Reads a certificate chain, server certificate first, and its private key.
    ///
    /// # Errors
    /// [`TlsError`]
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let chain = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| TlsError::Chain(error.to_string()))?;
        if chain.is_empty() {
            return Err(TlsError::Chain("it is empty".to_owned()));
        }
        // The error is left out: a parser's complaint may quote the key.
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| TlsError::Key)?;
        let mut config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Pair)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(TlsError::Pair)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self::from_config(config))
    }

    /// Takes a configuration made elsewhere, for example one that renews its certificate.
    ///
    /// It must offer `h2` and `http/1.1` by ALPN.
    #[must_use]
    pub fn from_config(config: ServerConfig) -> Self {
        Self { config: config.into(), plaintext_too: false }
    }

    /// Lets clients choose: a connection that does not begin with a TLS handshake is served in
    /// the clear.
    ///
    /// For development, where some clients insist on TLS and others on none.
    #[must_use]
    pub fn or_plaintext(self) -> Self {
        Self { plaintext_too: true, ..self }
    }

    /// Whether a connection whose first byte is this one is to be served in the clear.
    ///
    /// A TLS handshake record begins with 22 (RFC 8446 section 5.1), which begins no HTTP.
    pub(crate) fn is_plaintext(&self, first_byte: u8) -> bool {
        self.plaintext_too && first_byte != 22
    }

    /// Takes part in handshakes as the server.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.config).into()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

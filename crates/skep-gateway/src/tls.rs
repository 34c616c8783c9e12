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
pub struct Tls(Arc<ServerConfig>);

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
        Ok(Self(config.into()))
    }

    /// Takes part in handshakes as the server.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.0).into()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

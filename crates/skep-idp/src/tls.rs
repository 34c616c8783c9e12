//! The provider's own CA and the certificate of its server.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use skep_auth::jose::Certificate;
use x509_parser::{extensions::GeneralName, parse_x509_certificate};

use crate::{
    error::{BoxError, Error},
    issue::{self, Issued},
    storage::{self, Access, DirLock},
};

/// A certificate is replaced when it has less than this left.
const RENEWAL_S: i64 = 30 * 24 * 60 * 60;
/// Names that every server certificate has.
const LOOPBACK_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Where the certificates are, and the one in use.
#[derive(Debug)]
pub(crate) struct Tls {
    dir: PathBuf,
    names: Vec<String>,
    current: ArcSwap<ServerCertificate>,
}

#[derive(Debug)]
struct ServerCertificate {
    key: Arc<CertifiedKey>,
    not_after_s: i64,
}

impl Tls {
    /// Loads the certificates of `dir`, making or replacing whichever is missing, near its end, or
    /// not for `host`.
    pub(crate) fn open(
        lock: &DirLock,
        dir: &Path,
        host: &str,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let mut names: Vec<String> = LOOPBACK_NAMES.map(str::to_owned).into();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if !names.iter().any(|name| name == host) {
            names.insert(0, host.to_owned());
        }
        let current = prepare(lock, dir, &names, now)?;
        Ok(Self { dir: dir.to_owned(), names, current: ArcSwap::from_pointee(current) })
    }

    /// The CA certificate, PEM.
    pub(crate) fn ca_path(&self) -> PathBuf {
        ca_path(&self.dir)
    }

    /// Replaces the server certificate when it is near its end; a running server takes it up.
    pub(crate) fn renew_if_due(&self, now: Timestamp) -> Result<bool, Error> {
        if !is_due(self.current.load().not_after_s, now) {
            return Ok(false);
        }
        let lock = DirLock::acquire(&self.dir)?;
        self.current.store(Arc::new(prepare(&lock, &self.dir, &self.names, now)?));
        Ok(true)
    }

    /// A server configuration that always uses the current certificate.
    pub(crate) fn server_config(self: &Arc<Self>) -> Result<ServerConfig, Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::create("TLS configuration", error))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Resolver(Arc::clone(self))));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

/// Hands the current certificate to every handshake.
#[derive(Debug)]
struct Resolver(Arc<Tls>);

impl ResolvesServerCert for Resolver {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.current.load().key))
    }
}

fn ca_path(dir: &Path) -> PathBuf {
    dir.join("ca.pem")
}

fn is_due(not_after_s: i64, now: Timestamp) -> bool {
    not_after_s - now.as_second() < RENEWAL_S
}

fn prepare(
    _lock: &DirLock,
    dir: &Path,
    names: &[String],
    now: Timestamp,
) -> Result<ServerCertificate, Error> {
    let ca = load_or_issue(
        &ca_path(dir),
        &dir.join("ca-key.pem"),
        now,
        |_| Ok(true),
        || issue::authority(now),
    )?;
    let ca_der = leaf(&ca).map_err(|error| Error::damaged(&ca_path(dir), error))?;
    let path = dir.join("server.pem");
    let issued = load_or_issue(
        &path,
        &dir.join("server-key.pem"),
        now,
        |der| fits(der, ca_der.der(), names),
        || issue::server(&ca, names, now),
    )?;
    certified(&issued).map_err(|error| Error::damaged(&path, error))
}

/// The certificate at `path` and its key, or a new one when there is none or it will not do.
fn load_or_issue(
    path: &Path,
    key_path: &Path,
    now: Timestamp,
    fits: impl FnOnce(&[u8]) -> Result<bool, BoxError>,
    issue: impl FnOnce() -> Result<Issued, Error>,
) -> Result<Issued, Error> {
    if let Some(certificate) = storage::read(path)? {
        let damaged = |error: BoxError| Error::damaged(path, error);
        let key = storage::read(key_path)?
            .ok_or_else(|| damaged(format!("its key {} is missing", key_path.display()).into()))?;
        let issued = Issued {
            certificate_pem: String::from_utf8(certificate).map_err(|e| damaged(e.into()))?,
            key_pem: String::from_utf8(key).map_err(|e| Error::damaged(key_path, e))?,
        };
        let first = leaf(&issued).map_err(damaged)?;
        if !is_due(first.not_after_s(), now) && fits(first.der()).map_err(damaged)? {
            return Ok(issued);
        }
        tracing::info!(path = %path.display(), "replacing a certificate that ends soon or has other names");
    }
    let issued = issue()?;
    // The key goes first: a certificate on disk always has its key.
    storage::write(key_path, issued.key_pem.as_bytes(), Access::Private)?;
    storage::write(path, issued.certificate_pem.as_bytes(), Access::Public)?;
    Ok(issued)
}

fn leaf(issued: &Issued) -> Result<Certificate, BoxError> {
    Ok(Certificate::chain_from_pem(issued.certificate_pem.as_bytes())?.swap_remove(0))
}

/// Whether the certificate is the CA's and has all `names`.
fn fits(der: &[u8], ca_der: &[u8], names: &[String]) -> Result<bool, BoxError> {
    let (_, certificate) = parse_x509_certificate(der)?;
    let (_, ca) = parse_x509_certificate(ca_der)?;
    if certificate.verify_signature(Some(ca.public_key())).is_err() {
        return Ok(false);
    }
    let Some(san) = certificate.subject_alternative_name()? else { return Ok(false) };
    let has = |name: &String| {
        san.value.general_names.iter().any(|general| {
            if let GeneralName::DNSName(dns) = general {
                return dns == name;
            }
            let GeneralName::IPAddress(bytes) = general else { return false };
            ip(bytes).is_some_and(|ip| Ok(ip) == name.parse())
        })
    };
    Ok(names.iter().all(has))
}

fn ip(bytes: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(bytes)
        .map(IpAddr::from)
        .or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from))
        .ok()
}

fn certified(issued: &Issued) -> Result<ServerCertificate, BoxError> {
    let chain = CertificateDer::pem_slice_iter(issued.certificate_pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_slice(issued.key_pem.as_bytes())?;
    let not_after_s = leaf(issued)?.not_after_s();
    let key = CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider())?;
    Ok(ServerCertificate { key: Arc::new(key), not_after_s })
}

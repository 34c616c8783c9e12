//! X.509 certificates that the provider makes: its CA, its server's, its signing keys'.

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::PrivatePkcs8KeyDer;
use skep_auth::jose::SigningKey;
use time::OffsetDateTime;

use crate::error::{BoxError, Error};

const DAY_S: i64 = 24 * 60 * 60;
/// How far validity starts in the past, for clients whose clock is behind.
const BACKDATED_S: i64 = 60 * 60;

/// A certificate and its key, as PEM.
pub(crate) struct Issued {
    pub(crate) certificate_pem: String,
    pub(crate) key_pem: String,
}

/// A CA of ten years.
pub(crate) fn authority(now: Timestamp) -> Result<Issued, Error> {
    let make = || -> Result<Issued, BoxError> {
        let key = KeyPair::generate()?;
        let mut params = params(&["Skep"], "Skep development CA", now, 3650)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key)?;
        Ok(Issued { certificate_pem: certificate.pem(), key_pem: key.serialize_pem() })
    };
    make().map_err(|error| Error::create("CA certificate", error))
}

/// A server certificate of a year for `names`, signed by the CA.
pub(crate) fn server(ca: &Issued, names: &[String], now: Timestamp) -> Result<Issued, Error> {
    let make = || -> Result<Issued, BoxError> {
        let issuer =
            Issuer::from_ca_cert_pem(&ca.certificate_pem, KeyPair::from_pem(&ca.key_pem)?)?;
        let key = KeyPair::generate()?;
        let common_name = names.first().map_or("localhost", String::as_str);
        let mut params = params(&["Skep"], common_name, now, 365)?;
        params.subject_alt_names = CertificateParams::new(names.to_vec())?.subject_alt_names;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &issuer)?;
        Ok(Issued {
            certificate_pem: certificate.pem() + &ca.certificate_pem,
            key_pem: key.serialize_pem(),
        })
    };
    make().map_err(|error| Error::create("server certificate", error))
}

/// A self-signed certificate over `key`, as DER.
pub(crate) fn self_signed(
    key: &SigningKey,
    common_name: &str,
    now: Timestamp,
    days: i64,
) -> Result<Vec<u8>, Error> {
    let make = || -> Result<Vec<u8>, BoxError> {
        let der = PrivatePkcs8KeyDer::from(key.to_der()?);
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&der, &rcgen::PKCS_RSA_SHA256)?;
        let params = params(&[], common_name, now, days)?;
        Ok(params.self_signed(&key)?.der().to_vec())
    };
    make().map_err(|error| Error::create("self-signed certificate", error))
}

fn params(
    organizations: &[&str],
    common_name: &str,
    now: Timestamp,
    days: i64,
) -> Result<CertificateParams, BoxError> {
    let mut params = CertificateParams::default();
    let mut name = DistinguishedName::new();
    for organization in organizations {
        name.push(DnType::OrganizationName, *organization);
    }
    name.push(DnType::CommonName, common_name);
    params.distinguished_name = name;
    params.not_before = OffsetDateTime::from_unix_timestamp(now.as_second() - BACKDATED_S)?;
    params.not_after = OffsetDateTime::from_unix_timestamp(now.as_second() + days * DAY_S)?;
    Ok(params)
}

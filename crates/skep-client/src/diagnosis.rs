//! From a failed call to what is wrong with the connection.

use std::{error::Error as StdError, fmt, io, time::Duration};

use rustls::CertificateError;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tonic::Status;

use crate::connector::NoHttp2;

/// What is wrong with the connection to a gateway.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ConnectFault {
    /// The host is there, but nothing listens on the port.
    NothingListens,
    /// The host name is not known.
    UnknownHost,
    /// The network leads nowhere or answers too late.
    Unreachable,
    /// TLS was spoken to a server that does not.
    ServerIsPlain,
    /// Plain HTTP/2 was spoken to a server that wants TLS.
    ServerIsTls,
    /// The server does not speak HTTP/2, so it is no gateway.
    NotHttp2,
    /// The server speaks HTTP/2, but not gRPC.
    NotGrpc,
    /// The server's certificate comes from an authority that is not trusted.
    UnknownAuthority,
    /// The server's certificate is for another name.
    OtherName,
    /// The server's certificate is not valid now.
    CertificateTime,
    /// The TLS handshake failed for another reason.
    Tls,
    /// The connection broke while the call was under way.
    Broken,
}

impl ConnectFault {
    /// What to do about it.
    #[must_use]
    pub fn fix(self, address: &str) -> String {
        match self {
            Self::NothingListens => format!(
                "start the server (`skep start`), or set ZEEBE_ADDRESS or --address if it is not \
                 at {address}"
            ),
            Self::UnknownHost => "check the host name in ZEEBE_ADDRESS or --address".to_owned(),
            Self::Unreachable => {
                format!("check that {address} is right and no firewall is between")
            }
            Self::ServerIsPlain => "use http:// in the address, --insecure, or \
                                    ZEEBE_INSECURE_CONNECTION=true"
                .to_owned(),
            Self::ServerIsTls => "use https:// in the address, or leave out --insecure and \
                                  ZEEBE_INSECURE_CONNECTION"
                .to_owned(),
            Self::NotHttp2 | Self::NotGrpc => format!(
                "give the gRPC port of the gateway (usually 26500), not that of its REST API or a \
                 web page; a proxy before {address} must pass HTTP/2 and gRPC on"
            ),
            Self::UnknownAuthority => "name the certificate authority with --ca-certificate or \
                                       ZEEBE_CA_CERTIFICATE_PATH"
                .to_owned(),
            Self::OtherName => "use the name that is in the certificate, or set \
                                ZEEBE_OVERRIDE_AUTHORITY to it"
                .to_owned(),
            Self::CertificateTime => {
                "renew the server's certificate, or correct the clock of one side".to_owned()
            }
            Self::Tls => "look at the log of the server for its side of the handshake".to_owned(),
            Self::Broken => {
                "try again; look at the log of the server if it happens again".to_owned()
            }
        }
    }
}

impl fmt::Display for ConnectFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NothingListens => "nothing listens there",
            Self::UnknownHost => "the host name is not known",
            Self::Unreachable => "the network does not lead there",
            Self::ServerIsPlain => "the server does not speak TLS",
            Self::ServerIsTls => "the server wants TLS, but the connection is plain",
            Self::NotHttp2 => "the server does not speak HTTP/2, so it is no gRPC gateway",
            Self::NotGrpc => "the server speaks HTTP, but not gRPC",
            Self::UnknownAuthority => "its certificate comes from an authority that is not trusted",
            Self::OtherName => "its certificate is for another name",
            Self::CertificateTime => "its certificate has expired or is not valid yet",
            Self::Tls => "the TLS handshake failed",
            Self::Broken => "the connection broke before the answer came",
        })
    }
}

/// What a failed call says about the connection; `None` when the gateway itself answered.
pub(crate) fn connect_fault(status: &Status) -> Option<ConnectFault> {
    // The text is tonic's for an answer without `grpc-status`.
    if status.message().contains("grpc-status header missing") {
        return Some(ConnectFault::NotGrpc);
    }
    let mut link = Some(status.source()?);
    while let Some(error) = link {
        if let Some(fault) = fault_of(error) {
            return Some(fault);
        }
        link = error.source();
    }
    Some(ConnectFault::Broken)
}

/// What the libraries said about a connection, link by link, without those that say nothing.
#[derive(Debug)]
pub(crate) struct Cause {
    text: String,
    source: Option<Box<Self>>,
}

impl Cause {
    /// The causes of `status`.
    pub(crate) fn of(status: &Status) -> Self {
        let mut texts: Vec<String> = Vec::new();
        let mut link = status.source();
        while let Some(error) = link {
            let text = error.to_string();
            if text != "transport error" && texts.last() != Some(&text) {
                texts.push(text);
            }
            link = error.source();
        }
        let last = texts.pop().unwrap_or_else(|| status.message().to_owned());
        let first = Self { text: last, source: None };
        texts
            .into_iter()
            .rev()
            .fold(first, |source, text| Self { text, source: Some(Box::new(source)) })
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

/// Whether the call never left, so that repeating it cannot do anything twice.
pub(crate) fn never_sent(status: &Status) -> bool {
    let mut link = status.source();
    while let Some(error) = link {
        if error.is::<tonic::ConnectError>() {
            return true;
        }
        link = error.source();
    }
    false
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the standard library adds kinds of errors")]
fn fault_of(error: &(dyn StdError + 'static)) -> Option<ConnectFault> {
    if let Some(io) = error.downcast_ref::<io::Error>() {
        // The source of an `io::Error` skips the error inside it, so look there by hand.
        if let Some(tls) = io.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Some(tls_fault(tls));
        }
        return match io.kind() {
            io::ErrorKind::ConnectionRefused => Some(ConnectFault::NothingListens),
            io::ErrorKind::TimedOut
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable => Some(ConnectFault::Unreachable),
            _ => None,
        };
    }
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(tls_fault(tls));
    }
    if error.is::<NoHttp2>() {
        return Some(ConnectFault::NotHttp2);
    }
    // hyper-util keeps the type behind this text private.
    (error.to_string() == "dns error").then_some(ConnectFault::UnknownHost)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "rustls may add variants at any time")]
pub(crate) fn tls_fault(error: &rustls::Error) -> ConnectFault {
    match error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            CertificateError::UnknownIssuer => ConnectFault::UnknownAuthority,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                ConnectFault::OtherName
            }
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => ConnectFault::CertificateTime,
            _ => ConnectFault::Tls,
        },
        rustls::Error::InvalidMessage(_) => ConnectFault::ServerIsPlain,
        rustls::Error::NoApplicationProtocol => ConnectFault::NotHttp2,
        _ => ConnectFault::Tls,
    }
}

/// Opening of an HTTP/2 connection with an empty SETTINGS frame.
const HTTP2_OPENING: &[u8] =
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";

/// First byte of a TLS alert record.
const TLS_ALERT: u8 = 0x15;

/// How long a server may take to answer the opening.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// Looks at what the server answers to plain HTTP/2, after a plain connection broke at once:
/// the libraries only report a frame of the wrong size.
pub(crate) async fn probe_plain(host: &str, port: u16) -> Option<ConnectFault> {
    let answer = timeout(PROBE_TIMEOUT, async {
        let mut connection = TcpStream::connect((host, port)).await?;
        connection.write_all(HTTP2_OPENING).await?;
        let mut answer = [0_u8; 9];
        let n = connection.read(&mut answer).await?;
        io::Result::Ok(answer[..n].to_vec())
    });
    match answer.await.ok()?.ok()?.as_slice() {
        [TLS_ALERT, ..] => Some(ConnectFault::ServerIsTls),
        // A SETTINGS frame: the server does speak HTTP/2, so the fault is elsewhere.
        [_, _, _, 0x04, ..] | [] => None,
        _ => Some(ConnectFault::NotHttp2),
    }
}

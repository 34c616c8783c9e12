//! Where a gateway is.

use std::{fmt, str::FromStr};

use http::Uri;

use crate::Error;

/// Port of a Zeebe gateway.
const GATEWAY_PORT: u16 = 26500;

/// Port where `https://host` without a port listens: that of an ingress or of Camunda's SaaS.
const HTTPS_PORT: u16 = 443;

/// Where a gateway is, and whether it speaks TLS if the address says so.
///
/// `host`, `host:port`, or a URL: `http` and `grpc` are plain, `https` and `grpcs` are TLS.
/// Source: camunda/camunda-8-js-sdk: src/lib/Configuration.ts;
/// camunda/camunda: clients/java/src/main/java/io/camunda/client/impl/CamundaClientBuilderImpl.java
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Address {
    host: String,
    port: u16,
    tls: Option<bool>,
}

impl Address {
    /// Reads `text`.
    ///
    /// # Errors
    /// [`Error::Address`] when it is none of the forms.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong =
            |reason: &str| Error::Address { address: text.to_owned(), reason: reason.to_owned() };
        let text_trimmed = text.trim();
        let (tls, rest) = match text_trimmed.split_once("://") {
            Some(("http" | "grpc", rest)) => (Some(false), rest),
            Some(("https" | "grpcs", rest)) => (Some(true), rest),
            Some(_) => return Err(wrong("its scheme is none of http, https, grpc, grpcs")),
            None => (None, text_trimmed),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains('/') {
            return Err(wrong("a gateway address has no path"));
        }
        let authority = http::uri::Authority::from_str(authority)
            .map_err(|_| wrong("it is not a host with a port"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("a gateway address holds no user name"));
        }
        // `Authority` takes `host:` and `host:99999` for a host without a port.
        let has_port = authority.as_str().rsplit_once(':').is_some_and(|(_, p)| !p.contains(']'));
        let port = match authority.port_u16() {
            Some(port) => port,
            None if has_port => return Err(wrong("its port is not a number below 65536")),
            None if text_trimmed.starts_with("https://") => HTTPS_PORT,
            None => GATEWAY_PORT,
        };
        match authority.host() {
            "" => Err(wrong("it has no host")),
            // What a server binds is not what a client can verify a certificate for.
            "0.0.0.0" => Ok(Self { host: "localhost".to_owned(), port, tls }),
            host => Ok(Self { host: host.to_owned(), port, tls }),
        }
    }

    /// The host name or IP address, IPv6 in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The TCP port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the address itself says TLS or plain.
    #[must_use]
    pub fn tls(&self) -> Option<bool> {
        self.tls
    }

    /// As a URI that says what was decided about TLS.
    pub(crate) fn uri(&self, tls: bool) -> Result<Uri, Error> {
        let scheme = if tls { "https" } else { "http" };
        Uri::from_str(&format!("{scheme}://{self}"))
            .map_err(|e| Error::Address { address: self.to_string(), reason: e.to_string() })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        for (text, host, port, tls) in [
            ("localhost", "localhost", 26500, None),
            ("localhost:1", "localhost", 1, None),
            (" 10.0.0.1:26500 ", "10.0.0.1", 26500, None),
            ("0.0.0.0:26500", "localhost", 26500, None),
            ("[::1]:26500", "[::1]", 26500, None),
            ("[::1]", "[::1]", 26500, None),
            ("http://localhost:26500/", "localhost", 26500, Some(false)),
            ("http://localhost", "localhost", 26500, Some(false)),
            ("grpc://localhost", "localhost", 26500, Some(false)),
            ("grpcs://zeebe.example:443", "zeebe.example", 443, Some(true)),
            ("https://zeebe.example", "zeebe.example", 443, Some(true)),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(
                (address.host(), address.port(), address.tls()),
                (host, port, tls),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_a_reason() {
        for (text, reason) in [
            ("", "not a host"),
            ("ftp://host", "scheme"),
            ("http://host/path", "no path"),
            ("host:99999", "port"),
            ("host:", "port"),
            ("user@host", "user name"),
            ("two words", "not a host"),
            (":26500", "no host"),
        ] {
            let error = Address::parse(text).unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}

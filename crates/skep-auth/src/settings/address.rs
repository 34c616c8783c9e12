use std::fmt;

/// Default port of a gateway.
const GRPC_PORT: u16 = 26500;

/// Where a gateway listens, and whether it speaks TLS.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GatewayAddress {
    /// Host name or address; IPv6 without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// False for a plaintext connection.
    pub tls: bool,
}

impl GatewayAddress {
    /// Parses `host`, `host:port`, or a URI of the scheme `http`, `https`, `grpc` or `grpcs`.
    /// A scheme says whether to use TLS; without one `tls` does.
    #[must_use]
    pub fn parse(text: &str, tls: bool) -> Option<Self> {
        let text = text.trim();
        let (tls, rest, default_port) = match text.split_once("://") {
            Some(("http", rest)) => (false, rest, 80),
            Some(("https", rest)) => (true, rest, 443),
            Some(("grpc", rest)) => (false, rest, GRPC_PORT),
            Some(("grpcs", rest)) => (true, rest, 443),
            Some(_) => return None,
            // SaaS addresses are given without their port.
            None if text.ends_with(".camunda.io") => (tls, text, 443),
            None => (tls, text, GRPC_PORT),
        };
        // A path has no meaning for gRPC, but a lonely slash at the end does no harm.
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = split_port(authority)?;
        let port = match port {
            Some(port) => port.parse().ok().filter(|port| *port != 0)?,
            None => default_port,
        };
        if host.is_empty() || host.contains(|c: char| c.is_whitespace() || "/?#@[]".contains(c)) {
            return None;
        }
        // The address to listen on everywhere is none to connect to.
        let host = if host == "0.0.0.0" || host == "::" { "localhost" } else { host };
        Some(Self { host: host.to_owned(), port, tls })
    }

    /// As a URI, for example `https://gateway.example:26500`.
    #[must_use]
    pub fn uri(&self) -> String {
        self.to_string()
    }
}

fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        return match rest.strip_prefix(':') {
            Some(port) => Some((host, Some(port))),
            None => rest.is_empty().then_some((host, None)),
        };
    }
    match authority.rsplit_once(':') {
        // Two colons: an IPv6 address without brackets and without port.
        Some((host, _)) if host.contains(':') => Some((authority, None)),
        Some((host, port)) => Some((host, Some(port))),
        None => Some((authority, None)),
    }
}

impl fmt::Display for GatewayAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        if self.host.contains(':') {
            write!(f, "{scheme}://[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{scheme}://{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_every_form() {
        for (text, expected) in [
            ("gw", "https://gw:26500"),
            ("gw:1234", "https://gw:1234"),
            ("http://gw:1234", "http://gw:1234"),
            ("http://gw", "http://gw:80"),
            ("https://gw/", "https://gw:443"),
            ("grpc://gw", "http://gw:26500"),
            ("grpcs://gw:26500", "https://gw:26500"),
            ("[::1]:26500", "https://[::1]:26500"),
            ("::1", "https://[::1]:26500"),
            ("http://[::1]", "http://[::1]:80"),
            ("0.0.0.0:26500", "https://localhost:26500"),
            ("id.bru-2.zeebe.camunda.io", "https://id.bru-2.zeebe.camunda.io:443"),
        ] {
            let found = GatewayAddress::parse(text, true).map(|address| address.uri());
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        }
        assert_eq!(GatewayAddress::parse("gw", false).unwrap().uri(), "http://gw:26500");
    }

    #[test]
    fn what_is_no_address() {
        for text in
            ["", ":26500", "gw:", "gw:0", "gw:70000", "gw:x", "ftp://gw", "http://gw/path", "a b"]
        {
            assert_eq!(GatewayAddress::parse(text, true), None, "{text}");
        }
    }
}

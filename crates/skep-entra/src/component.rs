//! What is registered: the components of the guide.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A component with a registration of its own.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Component {
    /// The Zeebe client, and the API that it calls.
    Zeebe,
    /// Operate.
    Operate,
    /// Tasklist.
    Tasklist,
    /// Optimize.
    Optimize,
    /// Identity.
    Identity,
    /// Console.
    Console,
    /// Web Modeler.
    WebModeler,
    /// Connectors: another client of the Zeebe API.
    Connectors,
}

/// How a component signs in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Platform {
    /// As itself, with a secret or a certificate; no user, no redirect URI.
    Service,
    /// Its users, from a server that holds a secret or a certificate.
    Web,
    /// Its users, from the browser, without a credential.
    SinglePage,
}

impl Component {
    /// All of them; each stands after what it needs.
    pub const ALL: [Self; 8] = [
        Self::Zeebe,
        Self::Operate,
        Self::Tasklist,
        Self::Optimize,
        Self::Identity,
        Self::Console,
        Self::WebModeler,
        Self::Connectors,
    ];

    /// As it is written on the command line, in tags and in file names.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Zeebe => "zeebe",
            Self::Operate => "operate",
            Self::Tasklist => "tasklist",
            Self::Optimize => "optimize",
            Self::Identity => "identity",
            Self::Console => "console",
            Self::WebModeler => "web-modeler",
            Self::Connectors => "connectors",
        }
    }

    /// As its display name ends.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Zeebe => "Zeebe client",
            Self::Operate => "Operate",
            Self::Tasklist => "Tasklist",
            Self::Optimize => "Optimize",
            Self::Identity => "Identity",
            Self::Console => "Console",
            Self::WebModeler => "Web Modeler",
            Self::Connectors => "Connectors",
        }
    }

    /// How it signs in.
    #[must_use]
    pub fn platform(self) -> Platform {
        match self {
            Self::Zeebe | Self::Connectors => Platform::Service,
            Self::Operate | Self::Tasklist | Self::Optimize | Self::Identity => Platform::Web,
            Self::Console | Self::WebModeler => Platform::SinglePage,
        }
    }

    /// Whether it proves who it is with a secret or a certificate.
    #[must_use]
    pub fn has_credential(self) -> bool {
        self.platform() != Platform::SinglePage
    }

    /// Path of its redirect URI, as in the guide; `None` for what has no users.
    #[must_use]
    pub fn redirect_path(self) -> Option<&'static str> {
        match self {
            Self::Operate | Self::Tasklist => Some("/callback"),
            Self::Optimize => Some("/api/authentication/callback"),
            Self::Identity => Some("/identity"),
            Self::Console => Some("/"),
            Self::WebModeler => Some("/login-callback"),
            Self::Zeebe | Self::Connectors => None,
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Component {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|component| component.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|component| component.name()).collect();
            format!("{text:?} is no component; there are {}", names.join(", "))
        })
    }
}

//! The clouds of Microsoft, each with its sign-in and Graph hosts.

use serde::{Deserialize, Serialize};

use crate::Error;

/// A cloud by its name.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum NamedCloud {
    /// The one nearly everybody uses.
    #[default]
    Public,
    /// Microsoft Azure for US Government.
    UsGovernment,
    /// Microsoft Azure operated by 21Vianet.
    China,
}

/// Where to sign in, and where the directory is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cloud {
    /// Origin of the sign-in endpoints.
    pub authority: String,
    /// Origin of Microsoft Graph.
    pub graph: String,
}

impl Cloud {
    /// The hosts of a cloud.
    ///
    /// Source: microsoftgraph/microsoft-graph-docs: concepts/deployments.md
    #[must_use]
    pub fn named(name: NamedCloud) -> Self {
        let (authority, graph) = match name {
            NamedCloud::Public => {
                ("https://login.microsoftonline.com", "https://graph.microsoft.com")
            }
            NamedCloud::UsGovernment => {
                ("https://login.microsoftonline.us", "https://graph.microsoft.us")
            }
            NamedCloud::China => (
                "https://login.partner.microsoftonline.cn",
                "https://microsoftgraph.chinacloudapi.cn",
            ),
        };
        Self { authority: authority.to_owned(), graph: graph.to_owned() }
    }

    /// The same with other origins, as of an embedded provider.
    ///
    /// # Errors
    /// [`Error::Input`]: an address is no https origin.
    pub fn with(mut self, authority: Option<&str>, graph: Option<&str>) -> Result<Self, Error> {
        if let Some(authority) = authority {
            self.authority = origin("authority", authority)?;
        }
        if let Some(graph) = graph {
            self.graph =
                origin("Graph address", graph.trim_end_matches('/').trim_end_matches("/v1.0"))?;
        }
        Ok(self)
    }

    /// Host of the authority, with its port when it is not 443.
    #[must_use]
    pub fn authority_host(&self) -> &str {
        self.authority.split_once("://").map_or(self.authority.as_str(), |(_, host)| host)
    }

    /// Where the tenant gives tokens.
    #[must_use]
    pub fn token_url(&self, tenant: &str) -> String {
        format!("{}/{tenant}/oauth2/v2.0/token", self.authority)
    }

    /// Where a device begins to sign in.
    #[must_use]
    pub fn device_code_url(&self, tenant: &str) -> String {
        format!("{}/{tenant}/oauth2/v2.0/devicecode", self.authority)
    }

    /// The issuer of the tenant's v2.0 tokens.
    #[must_use]
    pub fn issuer(&self, tenant: &str) -> String {
        format!("{}/{tenant}/v2.0", self.authority)
    }

    /// The keys that the tenant's v2.0 tokens are signed with.
    #[must_use]
    pub fn jwks_url(&self, tenant: &str) -> String {
        format!("{}/{tenant}/discovery/v2.0/keys", self.authority)
    }
}

fn origin(what: &str, text: &str) -> Result<String, Error> {
    let wrong = || {
        Error::Input(format!(
            "the {what} {text:?} is no https origin; write for example https://localhost:8443"
        ))
    };
    let url = reqwest::Url::parse(text).map_err(|_| wrong())?;
    let is_origin = url.scheme() == "https"
        && url.has_host()
        && matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.username().is_empty();
    if is_origin { Ok(url.origin().ascii_serialization()) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_origins_are_taken_and_checked() {
        let cloud = Cloud::named(NamedCloud::Public);
        let local = cloud
            .clone()
            .with(Some("https://localhost:8443/"), Some("https://localhost:8443/v1.0/"))
            .unwrap();
        assert_eq!(local.token_url("t"), "https://localhost:8443/t/oauth2/v2.0/token");
        assert_eq!(local.graph, "https://localhost:8443");
        assert_eq!(local.authority_host(), "localhost:8443");
        for wrong in ["localhost:8443", "http://localhost", "https://a/b", "https://u@a", ""] {
            let error = cloud.clone().with(Some(wrong), None).unwrap_err();
            assert!(error.to_string().contains("is no https origin"), "{wrong}: {error}");
        }
    }
}

//! The files that clients and the server read: variables, keystores, configuration.

use std::{
    fs,
    path::{Path, PathBuf},
};

use skep_auth::{
    ClientCertificate, KeystoreAccess, Secret, private_file,
    settings::{ExportedCredential, client_variables},
};

use crate::{Component, Error, Record, registration::CLIENT_ROLE};

/// Variable with a keystore's password, in every client's file.
const KEYSTORE_PASSWORD: &str = "ZEEBE_CLIENT_ASSERTION_KEYSTORE_PASSWORD";
/// The same for web applications.
const IDENTITY_KEYSTORE_PASSWORD: &str = "CAMUNDA_IDENTITY_CERTSTOREPASSWORD";
/// Variables with a client secret.
const SECRETS: [&str; 2] = ["ZEEBE_CLIENT_SECRET", "CAMUNDA_IDENTITY_CLIENT_SECRET"];
/// Name of the key in keystores, as in the guide.
pub(crate) const ALIAS: &str = "camunda-client";

/// The folder that all files of a set-up are in.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    folder: PathBuf,
}

/// What a component's file of variables says about its credential.
pub(crate) enum Value<'a> {
    None,
    Secret(&'a Secret),
    Keystore { path: &'a Path, password: &'a Secret },
}

impl Files {
    /// The folder, made when it is not there.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let file = |doing, source| Error::File { doing, path: folder.to_owned(), source };
        let folder = std::path::absolute(folder).map_err(|error| file("find", error))?;
        fs::create_dir_all(&folder).map_err(|error| file("make the folder", error))?;
        Ok(Self { folder })
    }

    /// The folder of a dry run, which may not be there.
    pub(crate) fn planned(folder: &Path) -> Result<Self, Error> {
        std::path::absolute(folder).map(|folder| Self { folder }).map_err(|source| Error::File {
            doing: "find",
            path: folder.to_owned(),
            source,
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn environment_path(&self, component: Component) -> PathBuf {
        self.folder.join(format!("{component}.env"))
    }

    pub(crate) fn keystore_path(&self, component: Component) -> PathBuf {
        self.folder.join(format!("{component}.p12"))
    }

    /// Where a new version waits until it is known to work.
    pub(crate) fn staged(path: &Path) -> PathBuf {
        path.with_added_extension("new")
    }

    pub(crate) fn config_path(&self) -> PathBuf {
        self.folder.join("skep.yaml")
    }

    /// A component's variables; `None` when there is no such file.
    pub(crate) fn environment(
        &self,
        component: Component,
    ) -> Result<Option<Vec<(String, String)>>, Error> {
        let path = self.environment_path(component);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(read_environment(&text))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::File { doing: "read", path, source }),
        }
    }

    /// Password of a component's keystore, as its variables have it.
    pub(crate) fn keystore_password(&self, component: Component) -> Result<Option<Secret>, Error> {
        let variables = self.environment(component)?.unwrap_or_default();
        let found = variables
            .into_iter()
            .find(|(name, _)| name == KEYSTORE_PASSWORD || name == IDENTITY_KEYSTORE_PASSWORD);
        Ok(found.map(|(_, value)| Secret::new(value)))
    }

    /// A keystore; `None` when there is no such file.
    pub(crate) fn keystore(
        path: &Path,
        password: &Secret,
    ) -> Result<Option<ClientCertificate>, Error> {
        if !path.exists() {
            return Ok(None);
        }
        let access = KeystoreAccess { password: password.clone(), ..KeystoreAccess::default() };
        ClientCertificate::from_pkcs12_file(path, &access).map(Some).map_err(Error::Keystore)
    }

    /// Writes a file with mode 0600; false when it is as it should be already.
    pub(crate) fn write(path: &Path, content: &[u8]) -> Result<bool, Error> {
        if fs::read(path).is_ok_and(|present| present == content) {
            return Ok(false);
        }
        private_file::replace(path, content).map_err(|source| Error::File {
            doing: "write",
            path: path.to_owned(),
            source,
        })?;
        Ok(true)
    }

    /// Puts a staged file in the place of the one in use, at once.
    pub(crate) fn switch(path: &Path) -> Result<(), Error> {
        fs::rename(Self::staged(path), path).map_err(|source| Error::File {
            doing: "replace",
            path: path.to_owned(),
            source,
        })
    }

    /// Removes a staged file if there is one.
    pub(crate) fn discard(path: &Path) -> Result<(), Error> {
        let path = Self::staged(path);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::File { doing: "remove", path, source })
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// The client secret in a file of variables.
pub(crate) fn secret_in(path: &Path) -> Result<Secret, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::File {
        doing: "read",
        path: path.to_owned(),
        source,
    })?;
    read_environment(&text)
        .into_iter()
        .find(|(name, _)| SECRETS.contains(&name.as_str()))
        .map(|(_, value)| Secret::new(value))
        .ok_or_else(|| Error::Damaged {
            path: path.to_owned(),
            reason: "it has no client secret".to_owned(),
        })
}

/// The text of a component's file of variables.
pub(crate) fn environment(record: &Record, component: Component, value: &Value<'_>) -> String {
    let variables = match component {
        Component::Zeebe | Component::Connectors => client(record, component, value),
        Component::Operate | Component::Tasklist | Component::Optimize | Component::Identity => {
            web(record, component, value)
        }
        Component::Console => single_page(
            record,
            component,
            &[
                "CAMUNDA_CONSOLE_OAUTH_CLIENTID",
                "CAMUNDA_CONSOLE_OAUTH_AUDIENCE",
                "CAMUNDA_CONSOLE_OAUTH_ISSUER",
                "CAMUNDA_CONSOLE_OAUTH_JWKSURI",
                "CAMUNDA_CONSOLE_OAUTH_TYPE",
            ],
        ),
        Component::WebModeler => single_page(
            record,
            component,
            &[
                "OAUTH2_CLIENT_ID",
                "OAUTH2_TOKEN_AUDIENCE",
                "OAUTH2_TOKEN_ISSUER",
                "OAUTH2_JWKS_URL",
                "OAUTH2_TYPE",
            ],
        ),
    };
    let mut text = format!(
        "# {}: written by `skep entra`, which replaces the file. It holds a credential: keep it.\n\
         # Shell: set -a; . ./{component}.env; set +a\n",
        component.title(),
    );
    for (name, value) in variables {
        text.push_str(&format!("{name}={}\n", quoted(&value)));
    }
    text
}

fn client(record: &Record, component: Component, value: &Value<'_>) -> Vec<(String, String)> {
    let app_id = record.app_id(component).unwrap_or_default();
    let api = record.app_id(Component::Zeebe).unwrap_or_default();
    let token_url = record.cloud.token_url(&record.tenant_id);
    let credential = match value {
        Value::Secret(secret) => Some(ExportedCredential::Secret(secret)),
        Value::Keystore { path, password } => Some(ExportedCredential::Keystore { path, password }),
        Value::None => None,
    };
    let scope = format!("{api}/.default");
    let mut variables: Vec<_> = client_variables(&token_url, app_id, api, &scope, credential)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    if let Some(ca) = &record.ca_certificate {
        let ca = ca.display().to_string();
        for name in
            ["ZEEBE_CA_CERTIFICATE_PATH", "CAMUNDA_CA_CERTIFICATE_PATH", "NODE_EXTRA_CA_CERTS"]
        {
            variables.push((name.to_owned(), ca.clone()));
        }
    }
    variables
}

/// The names of the Identity SDK, which the web applications use.
fn web(record: &Record, component: Component, value: &Value<'_>) -> Vec<(String, String)> {
    let app_id = record.app_id(component).unwrap_or_default();
    let issuer = record.cloud.issuer(&record.tenant_id);
    let profile = if component == Component::Identity {
        "oidc"
    } else if component == Component::Optimize {
        "ccsm"
    } else {
        "identity-auth"
    };
    let mut variables = vec![
        ("SPRING_PROFILES_ACTIVE", profile.to_owned()),
        ("CAMUNDA_IDENTITY_TYPE", "MICROSOFT".to_owned()),
        ("CAMUNDA_IDENTITY_ISSUER", issuer.clone()),
        ("CAMUNDA_IDENTITY_ISSUER_BACKEND_URL", issuer.clone()),
        ("CAMUNDA_IDENTITY_JWKSURL", record.cloud.jwks_url(&record.tenant_id)),
        ("CAMUNDA_IDENTITY_CLIENT_ID", app_id.to_owned()),
        ("CAMUNDA_IDENTITY_AUDIENCE", app_id.to_owned()),
        (
            "CAMUNDA_IDENTITY_AUTHSCOPES",
            format!("openid profile email offline_access {app_id}/.default"),
        ),
        ("SPRING_SECURITY_OAUTH2_RESOURCESERVER_JWT_ISSUER_URI", issuer),
        (
            "SPRING_SECURITY_OAUTH2_RESOURCESERVER_JWT_JWK_SET_URI",
            record.cloud.jwks_url(&record.tenant_id),
        ),
    ];
    match value {
        Value::Secret(secret) => {
            variables.push(("CAMUNDA_IDENTITY_CLIENT_SECRET", secret.expose().to_owned()));
        }
        Value::Keystore { path, password } => {
            variables.push(("CAMUNDA_IDENTITY_CERTPATH", path.display().to_string()));
            variables.push((IDENTITY_KEYSTORE_PASSWORD, password.expose().to_owned()));
        }
        Value::None => {}
    }
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn single_page(record: &Record, component: Component, names: &[&str; 5]) -> Vec<(String, String)> {
    let app_id = record.app_id(component).unwrap_or_default().to_owned();
    let values = [
        app_id.clone(),
        app_id,
        record.cloud.issuer(&record.tenant_id),
        record.cloud.jwks_url(&record.tenant_id),
        "MICROSOFT".to_owned(),
    ];
    names.iter().map(|name| (*name).to_owned()).zip(values).collect()
}

/// The server's configuration: the Entra preset, for tokens of the Zeebe client and Connectors.
pub(crate) fn config(record: &Record) -> String {
    let tenant = &record.tenant_id;
    let api = record.app_id(Component::Zeebe).unwrap_or_default();
    let mut text = format!(
        "# Written by `skep entra setup`, which replaces it; start with `skep start --config` and\n\
         # this file. From the tenant follow, for v2.0 tokens:\n\
         #   issuer  {}\n\
         #   JWKS    {}\n\
         skep:\n  security:\n    entra-tenant-id: {}\n    entra-host: {}\n",
        record.cloud.issuer(tenant),
        record.cloud.jwks_url(tenant),
        yaml(tenant),
        yaml(record.cloud.authority_host()),
    );
    if record.without_consent {
        let clients = [Component::Zeebe, Component::Connectors];
        let ids: Vec<_> = clients.iter().filter_map(|c| record.app_id(*c)).map(yaml).collect();
        text.push_str(&format!("    allowed-clients: [{}]\n", ids.join(", ")));
    } else {
        text.push_str(&format!("    required-roles: [{}]\n", yaml(CLIENT_ROLE)));
    }
    if let Some(ca) = &record.ca_certificate {
        text.push_str(&format!("    ca-certificate-path: {}\n", yaml(&ca.display().to_string())));
    }
    text.push_str(&format!(
        "camunda:\n  security:\n    authentication:\n      oidc:\n        audiences: [{}]\n",
        yaml(api)
    ));
    text
}

/// A double-quoted scalar; JSON's strings are YAML's.
fn yaml(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A value as shells, Docker and dotenv readers all take it: quoted only when it must be.
fn quoted(value: &str) -> String {
    let is_plain = !value.is_empty()
        && !value.starts_with('~')
        && value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.~:/@%+,=".contains(c));
    if is_plain { value.to_owned() } else { format!("'{}'", value.replace('\'', r"'\''")) }
}

/// What [`quoted`] wrote.
fn read_environment(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once('='));
    let unquoted = |value: &str| match value.strip_prefix('\'').and_then(|v| v.strip_suffix('\'')) {
        Some(inside) => inside.replace(r"'\''", "'"),
        None => value.to_owned(),
    };
    pairs.map(|(name, value)| (name.to_owned(), unquoted(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_being_written() {
        for value in ["abc~.d", "~abc", "a b", "it's", "$HOME", "https://x/y?z", ""] {
            let text = format!("# comment\nNAME={}\n", quoted(value));
            let expected = [("NAME".to_owned(), value.to_owned())];
            assert_eq!(read_environment(&text), expected, "{text}");
        }
        assert_eq!(quoted("abc~.d"), "abc~.d");
    }
}

//! `DeployResource`

use std::{fs, path::Path};

use skep_api::gateway::{DeployResourceRequest, DeployResourceResponse, Resource};

use crate::{
    Client, Error,
    call::{Call, Repeat},
    client::resource_name,
};

/// A deployment to be.
#[derive(Clone, Debug)]
#[must_use = "it is deployed by `send`"]
pub struct Deploy {
    client: Client,
    request: DeployResourceRequest,
}

impl Deploy {
    pub(crate) fn new(client: Client) -> Self {
        let tenant_id = client.shared.tenant_id.clone();
        Self { client, request: DeployResourceRequest { resources: Vec::new(), tenant_id } }
    }

    /// Adds the content of the file at `path` under its file name.
    ///
    /// # Errors
    /// [`Error::File`]
    pub fn file(self, path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let content = fs::read(path)
            .map_err(|source| Error::File { path: path.display().to_string(), source })?;
        Ok(self.resource(resource_name(path), content))
    }

    /// Adds a resource. The end of `name` says what it is: `.bpmn`, `.dmn`, `.form`.
    pub fn resource(mut self, name: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        let content: Vec<u8> = content.into();
        self.request.resources.push(Resource { name: name.into(), content: content.into() });
        self
    }

    /// For this tenant.
    pub fn tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.request.tenant_id = tenant_id.into();
        self
    }

    /// Deploys. The same content again changes nothing and gives the same versions.
    ///
    /// # Errors
    /// [`Error::Refused`] with every fault of every resource, and the errors of every call.
    pub async fn send(self) -> Result<DeployResourceResponse, Error> {
        let call = Call::new("DeployResource", Repeat::Always);
        self.client
            .unary(call, self.request, |mut stub, r| async move { stub.deploy_resource(r).await })
            .await
    }
}

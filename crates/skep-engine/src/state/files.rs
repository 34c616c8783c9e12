//! The tables of what is deployed and not executed: forms and other files.

use skep_record::{
    DeploymentKey, FormId, FormKey, FormValue, ResourceId, ResourceKey, ResourceValue, TenantId,
};

use crate::state::versions::Versioned;

impl Versioned for FormValue {
    type Key = FormKey;
    type Id = FormId;

    fn key(&self) -> FormKey {
        self.key
    }

    fn id(&self) -> &FormId {
        &self.form_id
    }

    fn tenant_id(&self) -> &TenantId {
        &self.tenant_id
    }

    fn version(&self) -> i32 {
        self.version
    }

    fn version_tag(&self) -> Option<&str> {
        self.version_tag.as_deref()
    }

    fn deployment_key(&self) -> DeploymentKey {
        self.deployment_key
    }
}

impl Versioned for ResourceValue {
    type Key = ResourceKey;
    type Id = ResourceId;

    fn key(&self) -> ResourceKey {
        self.key
    }

    fn id(&self) -> &ResourceId {
        &self.resource_id
    }

    fn tenant_id(&self) -> &TenantId {
        &self.tenant_id
    }

    fn version(&self) -> i32 {
        self.version
    }

    fn version_tag(&self) -> Option<&str> {
        self.version_tag.as_deref()
    }

    fn deployment_key(&self) -> DeploymentKey {
        self.deployment_key
    }
}

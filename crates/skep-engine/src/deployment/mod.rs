//! Deployments: files to process definitions, versioned per tenant and id.

mod create;

use std::sync::Arc;

use bytes::Bytes;
use skep_record::{DeployedResource, ProcessCreated};

pub(crate) use self::create::{create, create_here};
use crate::state::{
    State,
    definition::{Definition, DefinitionHead},
};

pub(crate) fn apply(state: &mut State, process: &ProcessCreated) -> Option<()> {
    let resource = match &process.resource {
        DeployedResource::Content(content) => content.clone(),
        DeployedResource::SameAs(key) => state.definitions.get(*key)?.resource.clone(),
    };
    let head = DefinitionHead {
        key: process.process_definition_key,
        version: process.version,
        tenant_id: process.tenant_id.clone(),
        deployment_key: process.deployment_key,
        resource_name: process.resource_name.as_str().into(),
    };
    let definition = parse(head, resource, &process.bpmn_process_id)?;
    state.definitions.insert(Arc::new(definition));
    Some(())
}

/// The definition of one process of a file that was parsed before, when it was deployed.
pub(crate) fn parse(head: DefinitionHead, resource: Bytes, id: &str) -> Option<Definition> {
    let processes = skep_model::parse_bpmn(&resource).ok()?;
    let process = processes.into_iter().find(|process| *process.id == *id)?;
    Some(Definition::new(head, resource, Arc::new(process)))
}

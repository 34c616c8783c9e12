//! Deployments: files to processes, decisions and forms, versioned per tenant and id.

mod create;
mod delete;
mod duplicate;
mod parse;
mod start_events;
mod write;

use std::sync::Arc;

use bytes::Bytes;
use skep_record::{
    DecisionRequirementsValue, DecisionValue, DeployedResource, FormValue, ProcessCreated,
    Rejection, RejectionKind, ResourceIntent, ResourceValue,
};

pub(crate) use self::{
    create::{create, create_here},
    delete::{apply_process as apply_process_deletion, delete, delete_here, finish_deletion},
};
use crate::state::{
    State,
    decisions::DecisionGraph,
    definition::{Definition, DefinitionHead},
};

fn invalid(reason: impl Into<String>) -> Rejection {
    Rejection::new(RejectionKind::InvalidArgument, reason)
}

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

pub(crate) fn apply_graph(
    state: &mut State,
    intent: ResourceIntent,
    value: &DecisionRequirementsValue,
) -> Option<()> {
    match intent {
        ResourceIntent::Created => {
            state.decisions.graphs.insert(Arc::new(DecisionGraph::read(value.clone())?));
        }
        ResourceIntent::Deleted => state.decisions.graphs.remove(value.key),
    }
    Some(())
}

pub(crate) fn apply_decision(
    state: &mut State,
    intent: ResourceIntent,
    value: &DecisionValue,
) -> Option<()> {
    match intent {
        ResourceIntent::Created => state.decisions.decisions.insert(Arc::new(value.clone())),
        ResourceIntent::Deleted => state.decisions.decisions.remove(value.key),
    }
    Some(())
}

pub(crate) fn apply_form(
    state: &mut State,
    intent: ResourceIntent,
    value: &FormValue,
) -> Option<()> {
    match intent {
        ResourceIntent::Created => state.forms.insert(Arc::new(value.clone())),
        ResourceIntent::Deleted => state.forms.remove(value.key),
    }
    Some(())
}

pub(crate) fn apply_file(
    state: &mut State,
    intent: ResourceIntent,
    value: &ResourceValue,
) -> Option<()> {
    match intent {
        ResourceIntent::Created => state.files.insert(Arc::new(value.clone())),
        ResourceIntent::Deleted => state.files.remove(value.key),
    }
    Some(())
}

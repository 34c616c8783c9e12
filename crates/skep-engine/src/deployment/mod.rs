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
    DecisionRequirementsValue, DecisionValue, DeployedDefinition, DeployedResource, FormValue,
    ProcessCreated, ProcessDefinitionKey, Rejection, RejectionKind, ResourceIntent, ResourceValue,
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

/// A version of a process as it was deployed, also one that only its instances still need.
pub(crate) fn definition(state: &State, key: ProcessDefinitionKey) -> Option<DeployedDefinition> {
    let known = state.definitions.get(key)?;
    let text = |text: &Option<Arc<str>>| text.as_deref().map(str::to_owned);
    Some(DeployedDefinition {
        key,
        bpmn_process_id: known.bpmn_process_id.clone(),
        name: text(&known.process.name),
        version: known.version,
        version_tag: text(&known.process.version_tag),
        tenant_id: known.tenant_id.clone(),
        resource_name: known.resource_name.to_string(),
        has_start_form: known.process.has_start_form,
        is_deleted: state.definitions.offered(key).is_none(),
        resource: known.resource.clone(),
    })
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

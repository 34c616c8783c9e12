//! Files that were deployed before, just so.

use std::sync::Arc;

use bytes::Bytes;
use skep_model::{DecisionRequirements, Process};
use skep_record::{
    BpmnProcessId, DeployedDecision, DeployedDecisionRequirements, DeployedFile, DeployedForm,
    DeployedProcess, Deployment, Resource, TenantId,
};

use super::parse::{Content, Parsed};
use crate::state::{State, decisions::DecisionGraph, definition::Definition};

/// Adds what `file` holds to the deployment, if nothing of it is new.
///
/// A file is a duplicate if the latest versions of all that is in it came from a file with the
/// same name and the same content.
pub(super) fn add(
    state: &State,
    tenant_id: &TenantId,
    file: &Parsed<'_>,
    deployment: &mut Deployment,
) -> Option<()> {
    let is_same = |name: &str, content: Option<&Bytes>| {
        name == file.resource.name && content == Some(&file.resource.content)
    };
    match &file.content {
        Content::Processes(processes) => {
            let known: Option<Vec<DeployedProcess>> = processes
                .iter()
                .map(|process| known_process(state, tenant_id, file.resource, process))
                .collect();
            deployment.processes.extend(known?);
        }
        Content::Decisions(graph) => {
            let id = Arc::clone(graph.id()).into();
            let known = state.decisions.graphs.latest(tenant_id, &id)?;
            if !is_same(&known.value.resource_name, known.resource()) {
                return None;
            }
            let decisions = known_decisions(state, tenant_id, known, graph)?;
            deployment.decisions.extend(decisions);
            deployment.decision_requirements.push(DeployedDecisionRequirements {
                duplicate: true,
                ..super::write::deployed_graph(&known.value)
            });
        }
        Content::Form(form) => {
            let known = state.forms.latest(tenant_id, &Arc::clone(&form.id).into())?;
            if !is_same(&known.resource_name, known.resource.as_ref()) {
                return None;
            }
            deployment
                .forms
                .push(DeployedForm { duplicate: true, ..super::write::deployed_form(known) });
        }
        Content::File(resource) => {
            let known = state.files.latest(tenant_id, &Arc::clone(&resource.id).into())?;
            if !is_same(&known.resource_name, known.resource.as_ref()) {
                return None;
            }
            deployment
                .resources
                .push(DeployedFile { duplicate: true, ..super::write::deployed_file(known) });
        }
    }
    Some(())
}

fn known_process(
    state: &State,
    tenant_id: &TenantId,
    resource: &Resource,
    process: &Process,
) -> Option<DeployedProcess> {
    let id: BpmnProcessId = Arc::clone(&process.id).into();
    let known: &Definition = state.definitions.latest(tenant_id, &id)?;
    let is_same = *known.resource_name == *resource.name && known.resource == resource.content;
    is_same.then(|| DeployedProcess {
        key: known.key,
        bpmn_process_id: id,
        version: known.version,
        resource_name: resource.name.clone(),
        duplicate: true,
    })
}

/// The decisions of a graph, if the latest version of each is still the one of this graph.
fn known_decisions(
    state: &State,
    tenant_id: &TenantId,
    known: &DecisionGraph,
    graph: &DecisionRequirements,
) -> Option<Vec<DeployedDecision>> {
    let decisions = graph.decisions().iter().map(|decision| {
        let id = Arc::clone(&decision.id).into();
        let latest = state.decisions.decisions.latest(tenant_id, &id)?;
        let is_of_graph = latest.decision_requirements_key == known.value.key;
        is_of_graph.then(|| DeployedDecision {
            duplicate: true,
            ..super::write::deployed_decision(latest)
        })
    });
    decisions.collect()
}

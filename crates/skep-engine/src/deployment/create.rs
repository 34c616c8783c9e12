//! `DEPLOYMENT:CREATE`

use std::collections::BTreeSet;

use bytes::Bytes;
use skep_model::Process;
use skep_record::{
    BpmnProcessId, DeployResources, DeployedProcess, DeployedResource, Deployment, DeploymentKey,
    Event, ProcessCreated, ProcessDefinitionKey, Rejection, RejectionKind, Resource, Response,
};

use crate::{Answer, Ctx};

/// Handles `DEPLOYMENT:CREATE`: all resources or none.
///
/// A resource with the same name and content as the latest version of its process is a
/// duplicate: it keeps key and version.
///
/// # Errors
/// `InvalidArgument`: no resource, an unknown kind of resource, or anything wrong in one; every
/// problem is named.
///
/// Source: camunda/zeebe: engine/processing/deployment/DeploymentCreateProcessor.java
pub(crate) fn create(ctx: &mut Ctx<'_>, deploy: &DeployResources) -> Result<(), Rejection> {
    let parsed = parse_all(&deploy.resources)?;
    let deployment_key = DeploymentKey(ctx.new_key());
    let mut processes = Vec::with_capacity(parsed.len());
    for (resource, definitions) in parsed {
        let mut first_of_file = None;
        for process in definitions {
            let deployed =
                deploy_process(ctx, deploy, deployment_key, resource, &process, &mut first_of_file);
            processes.push(deployed);
        }
    }
    let deployment =
        Deployment { key: deployment_key, tenant_id: deploy.tenant_id.clone(), processes };
    ctx.emit(deployment_key.0, Event::DeploymentCreated(Box::new(deployment.clone())));
    ctx.answer = Answer::Reply(Ok(Response::Deployed(deployment)));
    Ok(())
}

fn invalid(reason: impl Into<String>) -> Rejection {
    Rejection::new(RejectionKind::InvalidArgument, reason)
}

type Parsed<'a> = Vec<(&'a Resource, Vec<Process>)>;

fn parse_all(resources: &[Resource]) -> Result<Parsed<'_>, Rejection> {
    if resources.is_empty() {
        return Err(invalid("Expected to deploy at least one resource, but none given"));
    }
    let mut parsed = Vec::with_capacity(resources.len());
    let mut errors = Vec::new();
    let mut ids: BTreeSet<std::sync::Arc<str>> = BTreeSet::new();
    for resource in resources {
        let name = &resource.name;
        if !(name.ends_with(".bpmn") || name.ends_with(".xml")) {
            errors.push(format!("'{name}': unknown resource type"));
            continue;
        }
        match skep_model::parse_bpmn(&resource.content) {
            Ok(processes) => {
                for process in &processes {
                    if !ids.insert(std::sync::Arc::clone(&process.id)) {
                        errors.push(format!(
                            "Duplicated process id in resources: '{}' is in '{name}' and in a resource before it",
                            process.id
                        ));
                    }
                }
                parsed.push((resource, processes));
            }
            Err(problems) => errors.push(format!("'{name}': {problems}")),
        }
    }
    if errors.is_empty() {
        Ok(parsed)
    } else {
        Err(invalid(format!(
            "Expected to deploy new resources, but encountered the following errors:\n{}",
            errors.join("\n")
        )))
    }
}

fn deploy_process(
    ctx: &mut Ctx<'_>,
    deploy: &DeployResources,
    deployment_key: DeploymentKey,
    resource: &Resource,
    process: &Process,
    first_of_file: &mut Option<ProcessDefinitionKey>,
) -> DeployedProcess {
    let bpmn_process_id: BpmnProcessId = std::sync::Arc::clone(&process.id).into();
    let latest = ctx.state().definitions.latest(&deploy.tenant_id, &bpmn_process_id);
    if let Some(latest) = latest
        && *latest.resource_name == *resource.name
        && latest.resource == resource.content
    {
        return DeployedProcess {
            key: latest.key,
            version: latest.version,
            bpmn_process_id,
            resource_name: resource.name.clone(),
            duplicate: true,
        };
    }
    let version = latest.map_or(1, |latest| latest.version + 1);
    let key = ProcessDefinitionKey(ctx.new_key());
    let content: Bytes = resource.content.clone();
    let created = ProcessCreated {
        process_definition_key: key,
        bpmn_process_id: bpmn_process_id.clone(),
        version,
        tenant_id: deploy.tenant_id.clone(),
        deployment_key,
        resource_name: resource.name.clone(),
        resource: match first_of_file {
            Some(first) => DeployedResource::SameAs(*first),
            None => DeployedResource::Content(content),
        },
    };
    first_of_file.get_or_insert(key);
    ctx.emit(key.0, Event::ProcessCreated(Box::new(created)));
    DeployedProcess {
        key,
        version,
        bpmn_process_id,
        resource_name: resource.name.clone(),
        duplicate: false,
    }
}

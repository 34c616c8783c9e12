//! `DEPLOYMENT:CREATE`

use std::{collections::BTreeSet, sync::Arc};

use skep_model::Process;
use skep_record::{
    BpmnProcessId, DeployResources, DeployedProcess, DeployedResource, Deployment, DeploymentKey,
    DistributedCommand, DistributedDeployment, Event, ProcessCreated, ProcessDefinitionKey,
    Rejection, RejectionKind, Resource, Response,
};

use crate::{Ctx, distribution, message, signal, timer};

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
    let mut deployed = Vec::with_capacity(parsed.len());
    let mut created = Vec::new();
    for (resource, processes) in parsed {
        let mut first_of_file = None;
        for process in processes {
            let new = Deploying { deploy, deployment_key, resource, process: &process };
            let (process, is_new) = deploy_process(ctx, &new, first_of_file);
            if let Some(new) = is_new {
                first_of_file.get_or_insert(process.key);
                created.push(new);
            }
            deployed.push(process);
        }
    }
    for process in &created {
        open_start_events(ctx, process, Timers::Run)?;
    }
    let deployment = Deployment {
        key: deployment_key,
        tenant_id: deploy.tenant_id.clone(),
        processes: deployed,
    };
    ctx.emit(deployment_key.0, Event::DeploymentCreated(Box::new(deployment.clone())));
    ctx.reply(Response::Deployed(deployment.clone()));
    let command =
        DistributedCommand::Deployment(DistributedDeployment { deployment, processes: created });
    distribution::distribute(ctx, deployment_key.0, command);
    Ok(())
}

/// Carries out a deployment that the deployment partition has decided.
///
/// # Errors
/// As [`create`], from start events.
pub(crate) fn create_here(
    ctx: &mut Ctx<'_>,
    deployment: &DistributedDeployment,
) -> Result<(), Rejection> {
    for process in &deployment.processes {
        let key = process.process_definition_key;
        ctx.emit(key.0, Event::ProcessCreated(Box::new(process.clone())));
    }
    for process in &deployment.processes {
        open_start_events(ctx, process, Timers::RunElsewhere)?;
    }
    let deployment = deployment.deployment.clone();
    ctx.emit(deployment.key.0, Event::DeploymentCreated(Box::new(deployment)));
    Ok(())
}

/// Start timers run on the deployment partition only.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Timers {
    Run,
    RunElsewhere,
}

/// The start events of the new version wait, those of former versions no longer.
fn open_start_events(
    ctx: &mut Ctx<'_>,
    process: &ProcessCreated,
    timers: Timers,
) -> Result<(), Rejection> {
    let (tenant, id) = (&process.tenant_id, &process.bpmn_process_id);
    let latest = ctx.state().definitions.latest(tenant, id).map(Arc::clone);
    // A deployment that arrives late must not open what a later one has closed.
    let Some(latest) = latest.filter(|latest| latest.key == process.process_definition_key) else {
        return Ok(());
    };
    message::replace_start_subscriptions(ctx, &latest)?;
    signal::replace_start_subscriptions(ctx, &latest)?;
    if timers == Timers::Run {
        timer::cancel_start_timers(ctx, tenant, id);
        timer::create_start_timers(ctx, &latest)?;
    }
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
    let mut ids: BTreeSet<Arc<str>> = BTreeSet::new();
    for resource in resources {
        let name = &resource.name;
        if !(name.ends_with(".bpmn") || name.ends_with(".xml")) {
            errors.push(format!("'{name}': unknown resource type"));
            continue;
        }
        match skep_model::parse_bpmn(&resource.content) {
            Ok(processes) => {
                for process in &processes {
                    if !ids.insert(Arc::clone(&process.id)) {
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

/// A process of a file that is being deployed.
struct Deploying<'d> {
    deploy: &'d DeployResources,
    deployment_key: DeploymentKey,
    resource: &'d Resource,
    process: &'d Process,
}

/// Writes `PROCESS:CREATED`, unless the process is a duplicate.
fn deploy_process(
    ctx: &mut Ctx<'_>,
    new: &Deploying<'_>,
    first_of_file: Option<ProcessDefinitionKey>,
) -> (DeployedProcess, Option<ProcessCreated>) {
    let resource = new.resource;
    let bpmn_process_id: BpmnProcessId = Arc::clone(&new.process.id).into();
    let tenant_id = &new.deploy.tenant_id;
    let latest = ctx.state().definitions.latest(tenant_id, &bpmn_process_id);
    let deployed = |key, version, duplicate| DeployedProcess {
        key,
        bpmn_process_id: bpmn_process_id.clone(),
        version,
        resource_name: resource.name.clone(),
        duplicate,
    };
    if let Some(latest) = latest
        && *latest.resource_name == *resource.name
        && latest.resource == resource.content
    {
        return (deployed(latest.key, latest.version, true), None);
    }
    let version = latest.map_or(1, |latest| latest.version + 1);
    let key = ProcessDefinitionKey(ctx.new_key());
    let created = ProcessCreated {
        process_definition_key: key,
        bpmn_process_id: bpmn_process_id.clone(),
        version,
        tenant_id: tenant_id.clone(),
        deployment_key: new.deployment_key,
        resource_name: resource.name.clone(),
        resource: match first_of_file {
            Some(first) => DeployedResource::SameAs(first),
            None => DeployedResource::Content(resource.content.clone()),
        },
    };
    ctx.emit(key.0, Event::ProcessCreated(Box::new(created.clone())));
    (deployed(key, version, false), Some(created))
}

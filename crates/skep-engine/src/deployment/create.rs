//! `DEPLOYMENT:CREATE`

use std::sync::Arc;

use skep_record::{
    DeployResources, Deployment, DeploymentKey, DistributedCommand, DistributedDeployment, Event,
    ProcessCreated, Rejection, ResourceIntent, Response,
};

use super::{duplicate, parse, start_events, write};
use crate::{Ctx, distribution, state::definition::Definition, timer};

/// Handles `DEPLOYMENT:CREATE`: all resources or none.
///
/// When every resource is a duplicate, all keep key and version. Otherwise all get a new
/// version, unchanged ones too, so that those bound to their own deployment find each other.
///
/// # Errors
/// - `InvalidArgument`: no resource, an unknown kind of resource, or anything wrong in one;
///   every problem is named.
/// - `ProcessingError`: when a start timer fires cannot be computed.
///
/// Source: camunda/zeebe: engine/processing/deployment/DeploymentCreateProcessor.java
pub(crate) fn create(ctx: &mut Ctx<'_>, deploy: &DeployResources) -> Result<(), Rejection> {
    let parsed = parse::parse_all(&deploy.resources)?;
    let deployment = Deployment::new(DeploymentKey(ctx.new_key()), deploy.tenant_id.clone());
    let mut known = deployment.clone();
    let are_duplicates = parsed
        .iter()
        .all(|file| duplicate::add(ctx.state(), &deploy.tenant_id, file, &mut known).is_some());
    let mut new = DistributedDeployment::new(deployment);
    if are_duplicates {
        new.deployment = known;
    } else {
        for file in &parsed {
            write::write(ctx, file, &mut new);
        }
    }
    for process in &new.processes {
        if let Some(latest) = if_latest(ctx, process) {
            timer::cancel_start_timers(ctx, &latest.tenant_id, &latest.bpmn_process_id);
            timer::create_start_timers(ctx, &latest)?;
        }
    }
    let key = new.deployment.key.0;
    ctx.emit(key, Event::DeploymentCreated(Box::new(new.deployment.clone())));
    ctx.reply(Response::Deployed(new.deployment.clone()));
    let processes = new.processes.clone();
    distribution::distribute(ctx, key, DistributedCommand::Deployment(new));
    replace_start_events(ctx, &processes)
}

/// Carries out a deployment that the deployment partition has decided.
///
/// # Errors
/// As [`create`], from start events.
pub(crate) fn create_here(
    ctx: &mut Ctx<'_>,
    deployment: &DistributedDeployment,
) -> Result<(), Rejection> {
    let created = ResourceIntent::Created;
    for process in &deployment.processes {
        let key = process.process_definition_key;
        ctx.emit(key.0, Event::ProcessCreated(Box::new(process.clone())));
    }
    for graph in &deployment.decision_requirements {
        ctx.emit(graph.key.0, Event::DecisionRequirements(created, Box::new(graph.clone())));
    }
    for decision in &deployment.decisions {
        ctx.emit(decision.key.0, Event::Decision(created, Box::new(decision.clone())));
    }
    for form in &deployment.forms {
        ctx.emit(form.key.0, Event::Form(created, Box::new(form.clone())));
    }
    for file in &deployment.resources {
        ctx.emit(file.key.0, Event::Resource(created, Box::new(file.clone())));
    }
    let head = deployment.deployment.clone();
    ctx.emit(head.key.0, Event::DeploymentCreated(Box::new(head)));
    // Start timers run on the deployment partition only.
    replace_start_events(ctx, &deployment.processes)
}

/// The start events of new versions wait, those of former versions no longer.
fn replace_start_events(ctx: &mut Ctx<'_>, new: &[ProcessCreated]) -> Result<(), Rejection> {
    for process in new {
        if let Some(latest) = if_latest(ctx, process) {
            start_events::replace(ctx, &latest)?;
        }
    }
    Ok(())
}

/// The definition, unless a later version is known: a deployment that arrives late must not open
/// what a later one has closed.
fn if_latest(ctx: &Ctx<'_>, process: &ProcessCreated) -> Option<Arc<Definition>> {
    let definitions = &ctx.state().definitions;
    let latest = definitions.latest(&process.tenant_id, &process.bpmn_process_id).map(Arc::clone);
    latest.filter(|latest| latest.key == process.process_definition_key)
}

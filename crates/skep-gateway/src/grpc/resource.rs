//! `DeployResource`, `DeployProcess`

use skep_api::gateway as pb;
use skep_record::{Command, DeployResources, DeployedProcess, Deployment, Resource, Response};

use crate::{problem::Problem, shared::Shared, tenant::tenant};

pub(super) async fn deploy_resource(
    shared: &Shared,
    request: pb::DeployResourceRequest,
) -> Result<pb::DeployResourceResponse, Problem> {
    let tenant_id = tenant("gRPC request DeployResource", &request.tenant_id)?;
    let resources = request
        .resources
        .into_iter()
        .map(|resource| Resource { name: resource.name, content: resource.content })
        .collect();
    let deployment = deploy(shared, DeployResources { resources, tenant_id }).await?;
    let tenant_id = deployment.tenant_id.to_string();
    let deployments = deployment
        .processes
        .into_iter()
        .map(|process| pb::Deployment {
            metadata: Some(pb::deployment::Metadata::Process(metadata(process, &tenant_id))),
        })
        .collect();
    Ok(pb::DeployResourceResponse { key: deployment.key.0, deployments, tenant_id })
}

/// The call of clients before 8.0, always for the default tenant.
pub(super) async fn deploy_process(
    shared: &Shared,
    request: pb::DeployProcessRequest,
) -> Result<pb::DeployProcessResponse, Problem> {
    let resources = request
        .processes
        .into_iter()
        .map(|process| Resource { name: process.name, content: process.definition })
        .collect();
    let tenant_id = tenant("gRPC request DeployProcess", "")?;
    let deployment = deploy(shared, DeployResources { resources, tenant_id }).await?;
    let tenant_id = deployment.tenant_id.to_string();
    let processes =
        deployment.processes.into_iter().map(|process| metadata(process, &tenant_id)).collect();
    Ok(pb::DeployProcessResponse { key: deployment.key.0, processes })
}

async fn deploy(shared: &Shared, command: DeployResources) -> Result<Deployment, Problem> {
    let answer = shared.submit(Command::DeployResources(command)).await?;
    let Response::Deployed(deployment) = answer else {
        return Err(Problem::unexpected_answer());
    };
    Ok(deployment)
}

fn metadata(process: DeployedProcess, tenant_id: &str) -> pb::ProcessMetadata {
    pb::ProcessMetadata {
        bpmn_process_id: process.bpmn_process_id.to_string(),
        version: process.version,
        process_definition_key: process.key.0,
        resource_name: process.resource_name,
        tenant_id: tenant_id.to_owned(),
    }
}

//! `DeployResource`, `DeployProcess`, `DeleteResource`

use skep_api::gateway::{self as pb, deployment::Metadata};
use skep_record::{
    Command, DeleteResource, DeployResources, DeployedProcess, Deployment, Resource, Response,
    TenantId,
};

use crate::{call::Call, problem::Problem};

pub(super) async fn deploy_resource(
    call: &Call,
    request: pb::DeployResourceRequest,
) -> Result<pb::DeployResourceResponse, Problem> {
    let tenant_id = call.tenant("gRPC request DeployResource", &request.tenant_id)?;
    let resources = request
        .resources
        .into_iter()
        .map(|resource| Resource { name: resource.name, content: resource.content })
        .collect();
    let deployment = deploy(call, DeployResources { resources, tenant_id }).await?;
    Ok(pb::DeployResourceResponse {
        key: deployment.key.0,
        deployments: metadata_of_all(&deployment)
            .map(|metadata| pb::Deployment { metadata: Some(metadata) })
            .collect(),
        tenant_id: deployment.tenant_id.to_string(),
    })
}

/// Processes, then decisions, their graphs, and forms; the protocol has no place for other files.
fn metadata_of_all(deployment: &Deployment) -> impl Iterator<Item = Metadata> {
    let tenant_id = || deployment.tenant_id.to_string();
    let processes = deployment
        .processes
        .iter()
        .map(move |process| Metadata::Process(process_metadata(process, tenant_id())));
    let decisions = deployment.decisions.iter().map(move |decision| {
        Metadata::Decision(pb::DecisionMetadata {
            dmn_decision_id: decision.decision_id.to_string(),
            dmn_decision_name: decision.name.clone(),
            version: decision.version,
            decision_key: decision.key.0,
            dmn_decision_requirements_id: decision.decision_requirements_id.to_string(),
            decision_requirements_key: decision.decision_requirements_key.0,
            tenant_id: tenant_id(),
        })
    });
    let graphs = deployment.decision_requirements.iter().map(move |graph| {
        Metadata::DecisionRequirements(pb::DecisionRequirementsMetadata {
            dmn_decision_requirements_id: graph.decision_requirements_id.to_string(),
            dmn_decision_requirements_name: graph.name.clone(),
            version: graph.version,
            decision_requirements_key: graph.key.0,
            resource_name: graph.resource_name.clone(),
            tenant_id: tenant_id(),
        })
    });
    let forms = deployment.forms.iter().map(move |form| {
        Metadata::Form(pb::FormMetadata {
            form_id: form.form_id.to_string(),
            version: form.version,
            form_key: form.key.0,
            resource_name: form.resource_name.clone(),
            tenant_id: tenant_id(),
        })
    });
    processes.chain(decisions).chain(graphs).chain(forms)
}

/// The call of clients before 8.0, always for the default tenant.
pub(super) async fn deploy_process(
    call: &Call,
    request: pb::DeployProcessRequest,
) -> Result<pb::DeployProcessResponse, Problem> {
    let resources = request
        .processes
        .into_iter()
        .map(|process| Resource { name: process.name, content: process.definition })
        .collect();
    let tenant_id = call.tenant("gRPC request DeployProcess", TenantId::DEFAULT)?;
    let deployment = deploy(call, DeployResources { resources, tenant_id }).await?;
    let processes = deployment
        .processes
        .iter()
        .map(|process| process_metadata(process, deployment.tenant_id.to_string()))
        .collect();
    Ok(pb::DeployProcessResponse { key: deployment.key.0, processes })
}

pub(super) async fn delete_resource(
    call: &Call,
    request: pb::DeleteResourceRequest,
) -> Result<pb::DeleteResourceResponse, Problem> {
    let command = DeleteResource {
        resource_key: request.resource_key,
        operation_reference: request.operation_reference.unwrap_or(0),
    };
    call.submit_done(Command::DeleteResource(command)).await?;
    Ok(pb::DeleteResourceResponse {})
}

async fn deploy(call: &Call, command: DeployResources) -> Result<Deployment, Problem> {
    let answer = call.submit(Command::DeployResources(command)).await?;
    let Response::Deployed(deployment) = answer else {
        return Err(Problem::unexpected_answer());
    };
    Ok(deployment)
}

fn process_metadata(process: &DeployedProcess, tenant_id: String) -> pb::ProcessMetadata {
    pb::ProcessMetadata {
        bpmn_process_id: process.bpmn_process_id.to_string(),
        version: process.version,
        process_definition_key: process.key.0,
        resource_name: process.resource_name.clone(),
        tenant_id,
    }
}

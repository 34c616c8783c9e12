//! Deployments.

use axum::extract::{
    FromRequest as _, Multipart, Request,
    multipart::{Field, MultipartError},
};
use http::StatusCode;
use skep_api::rest::{
    Deployment, DeploymentDecision, DeploymentDecisionRequirements, DeploymentForm, DeploymentItem,
    DeploymentProcess, DeploymentResource, KeyFormat,
};
use skep_record::{Command, DeployResources, Resource, Response};

use super::body::{Answer, Keys, too_large};
use crate::{
    call::Call,
    problem::{Kind, Problem},
};

/// `POST /v2/deployments` — 200
///
/// # Errors
/// 400 no multipart form, no file in it, or files that cannot be deployed; 413 too large; 503.
pub(super) async fn deploy(
    call: Call,
    Keys(keys): Keys,
    request: Request,
) -> Result<Answer<Deployment>, Problem> {
    let form = Multipart::from_request(request, &call.shared).await.map_err(|_| {
        Problem::new(
            Kind::UnsupportedMediaType,
            "Expected a deployment as 'multipart/form-data' with a boundary",
        )
    })?;
    let command = read_form(&call, form).await?;
    let Response::Deployed(deployment) = call.submit(Command::DeployResources(command)).await?
    else {
        return Err(Problem::unexpected_answer());
    };
    let answer = deployed(&deployment, keys);
    Ok(Answer(keys, answer))
}

/// Processes, then decisions, their graphs, forms, and other files.
fn deployed(deployment: &skep_record::Deployment, keys: KeyFormat) -> Deployment {
    let tenant_id = || deployment.tenant_id.to_string();
    let processes = deployment.processes.iter().map(|process| DeploymentItem {
        process_definition: Some(DeploymentProcess {
            process_definition_id: process.bpmn_process_id.to_string(),
            process_definition_version: process.version,
            resource_name: process.resource_name.clone(),
            tenant_id: tenant_id(),
            process_definition_key: keys.key(process.key.0),
        }),
        ..DeploymentItem::default()
    });
    let decisions = deployment.decisions.iter().map(|decision| DeploymentItem {
        decision_definition: Some(DeploymentDecision {
            decision_definition_id: decision.decision_id.to_string(),
            version: decision.version,
            name: decision.name.clone(),
            tenant_id: tenant_id(),
            decision_requirements_id: decision.decision_requirements_id.to_string(),
            decision_definition_key: keys.key(decision.key.0),
            decision_requirements_key: keys.key(decision.decision_requirements_key.0),
        }),
        ..DeploymentItem::default()
    });
    let graphs = deployment.decision_requirements.iter().map(|graph| DeploymentItem {
        decision_requirements: Some(DeploymentDecisionRequirements {
            decision_requirements_id: graph.decision_requirements_id.to_string(),
            decision_requirements_name: graph.name.clone(),
            version: graph.version,
            resource_name: graph.resource_name.clone(),
            tenant_id: tenant_id(),
            decision_requirements_key: keys.key(graph.key.0),
        }),
        ..DeploymentItem::default()
    });
    let forms = deployment.forms.iter().map(|form| DeploymentItem {
        form: Some(DeploymentForm {
            form_id: form.form_id.to_string(),
            version: form.version,
            resource_name: form.resource_name.clone(),
            tenant_id: tenant_id(),
            form_key: keys.key(form.key.0),
        }),
        ..DeploymentItem::default()
    });
    let files = deployment.resources.iter().map(|file| DeploymentItem {
        resource: Some(DeploymentResource {
            resource_id: file.resource_id.to_string(),
            resource_name: file.resource_name.clone(),
            version: file.version,
            tenant_id: tenant_id(),
            resource_key: keys.key(file.key.0),
        }),
        ..DeploymentItem::default()
    });
    Deployment {
        deployment_key: keys.key(deployment.key.0),
        tenant_id: tenant_id(),
        deployments: processes.chain(decisions).chain(graphs).chain(forms).chain(files).collect(),
    }
}

/// Every part with a file name is a resource, whatever the part is called; `tenantId` is the
/// only other part.
async fn read_form(call: &Call, mut form: Multipart) -> Result<DeployResources, Problem> {
    let limits = &call.shared.limits;
    let broken = |error: MultipartError| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            too_large(limits.message_bytes_max)
        } else {
            Problem::new(Kind::BadRequest, format!("Failed to parse multipart request: {error}"))
        }
    };
    let mut resources = Vec::new();
    let mut tenant_id = String::new();
    let mut n_parts = 0;
    while let Some(part) = form.next_field().await.map_err(broken)? {
        n_parts += 1;
        if n_parts > limits.multipart_parts_max {
            return Err(Problem::new(
                Kind::PayloadTooLarge,
                format!(
                    "Expected at most {} parts, but there are more",
                    limits.multipart_parts_max
                ),
            ));
        }
        match file_name(&part) {
            Some(name) => {
                let content = part.bytes().await.map_err(broken)?;
                resources.push(Resource { name, content });
            }
            None if part.name() == Some("tenantId") => {
                tenant_id = part.text().await.map_err(broken)?;
            }
            None => {
                return Err(Problem::invalid_argument(format!(
                    "Expected parts with a file name, and 'tenantId', but part '{}' has no file \
                     name",
                    part.name().unwrap_or_default()
                )));
            }
        }
    }
    if resources.is_empty() {
        return Err(Problem::invalid_argument("No resources provided"));
    }
    Ok(DeployResources {
        resources,
        tenant_id: call.tenant("request Deploy Resources", &tenant_id)?,
    })
}

fn file_name(part: &Field<'_>) -> Option<String> {
    part.file_name().filter(|name| !name.is_empty()).map(str::to_owned)
}

//! Deployments.

use std::sync::Arc;

use axum::extract::{
    FromRequest as _, Multipart, Request, State,
    multipart::{Field, MultipartError},
};
use http::StatusCode;
use skep_api::rest::{Deployment, DeploymentItem, DeploymentProcess};
use skep_record::{Command, DeployResources, Resource, Response};

use super::body::{Answer, Keys, too_large};
use crate::{
    problem::{Kind, Problem},
    shared::Shared,
    tenant::tenant,
};

/// `POST /v2/deployments` — 200
///
/// # Errors
/// 400 no multipart form, no file in it, or files that cannot be deployed; 413 too large; 503.
pub(super) async fn deploy(
    State(shared): State<Arc<Shared>>,
    Keys(keys): Keys,
    request: Request,
) -> Result<Answer<Deployment>, Problem> {
    let form = Multipart::from_request(request, &shared).await.map_err(|_| {
        Problem::new(
            Kind::UnsupportedMediaType,
            "Expected a deployment as 'multipart/form-data' with a boundary",
        )
    })?;
    let command = read_form(&shared, form).await?;
    let Response::Deployed(deployment) = shared.submit(Command::DeployResources(command)).await?
    else {
        return Err(Problem::unexpected_answer());
    };
    let tenant_id = deployment.tenant_id.to_string();
    let deployments = deployment
        .processes
        .into_iter()
        .map(|process| DeploymentItem {
            process_definition: Some(DeploymentProcess {
                process_definition_id: process.bpmn_process_id.to_string(),
                process_definition_version: process.version,
                resource_name: process.resource_name,
                tenant_id: tenant_id.clone(),
                process_definition_key: keys.key(process.key.0),
            }),
            decision_definition: (),
            decision_requirements: (),
            form: (),
            resource: (),
        })
        .collect();
    let deployment_key = keys.key(deployment.key.0);
    Ok(Answer(keys, Deployment { deployment_key, tenant_id, deployments }))
}

/// Every part with a file name is a resource, whatever the part is called; `tenantId` is the
/// only other part.
async fn read_form(shared: &Shared, mut form: Multipart) -> Result<DeployResources, Problem> {
    let limits = &shared.limits;
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
    Ok(DeployResources { resources, tenant_id: tenant("request Deploy Resources", &tenant_id)? })
}

fn file_name(part: &Field<'_>) -> Option<String> {
    part.file_name().filter(|name| !name.is_empty()).map(str::to_owned)
}

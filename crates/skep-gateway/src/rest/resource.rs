//! Deployed resources.

use std::sync::Arc;

use axum::response::IntoResponse;
use http::header;
use skep_api::rest::{DeleteResourceRequest, DeletedResource, DeployedResource};
use skep_record::{Command, DeleteResource, ResourceKey, ResourceValue};

use super::body::{Answer, Keys, OptionalBody, PathKey, operation_reference};
use crate::{
    call::Call,
    problem::{Kind, Problem},
};

/// `POST /v2/resources/{resourceKey}/deletion` — 200
///
/// # Errors
/// 400, 404 no such resource, 501 its history is to go too, 503, 504.
pub(super) async fn delete(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
    OptionalBody(body): OptionalBody<DeleteResourceRequest>,
) -> Result<Answer<DeletedResource>, Problem> {
    if body.delete_history.unwrap_or(false) {
        return Err(Problem::new(
            Kind::Unimplemented,
            "deleteHistory is part of the API, but this version of Skep does not carry it out yet",
        ));
    }
    let command = DeleteResource {
        resource_key: key,
        operation_reference: operation_reference(body.operation_reference)?,
    };
    call.submit_done(Command::DeleteResource(command)).await?;
    Ok(Answer(keys, DeletedResource { resource_key: keys.key(key), batch_operation: () }))
}

/// `GET /v2/resources/{resourceKey}` — 200, of files that are kept and not executed
///
/// # Errors
/// 400, 404 no such resource, 503, 504.
pub(super) async fn get(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
) -> Result<Answer<DeployedResource>, Problem> {
    let resource = call.resource(ResourceKey(key)).await?;
    let answer = DeployedResource {
        resource_name: resource.resource_name.clone(),
        version: resource.version,
        version_tag: resource.version_tag.clone(),
        resource_id: resource.resource_id.to_string(),
        tenant_id: resource.tenant_id.to_string(),
        resource_key: keys.key(resource.key.0),
    };
    Ok(Answer(keys, answer))
}

/// `GET /v2/resources/{resourceKey}/content` — 200
///
/// # Errors
/// As [`get`].
pub(super) async fn content(
    call: Call,
    PathKey(key): PathKey,
) -> Result<impl IntoResponse, Problem> {
    let resource: Arc<ResourceValue> = call.resource(ResourceKey(key)).await?;
    let content = resource.resource.clone().unwrap_or_default();
    Ok(([(header::CONTENT_TYPE, "application/json")], content))
}

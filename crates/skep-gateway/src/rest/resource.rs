//! Deployed resources.

use std::sync::Arc;

use axum::{body::Bytes, response::IntoResponse};
use http::header;
use skep_api::rest::{DeleteResourceRequest, DeletedResource, DeployedResource};
use skep_projection::ProcessDefinition;
use skep_record::{Command, DeleteResource, HistoryType, ResourceKey, ResourceValue};

use super::{
    body::{Answer, Keys, OptionalBody, PathKey, operation_reference},
    history_deletion::{delete_all, ended_instances_of},
};
use crate::{
    call::Call,
    problem::{Kind, Problem},
};

/// `POST /v2/resources/{resourceKey}/deletion` — 200
///
/// # Errors
/// 400, 404 no such resource, 501 the history of what is no process definition is to go too, 503,
/// 504; with deleteHistory also those of [`delete_all`].
pub(super) async fn delete(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
    OptionalBody(body): OptionalBody<DeleteResourceRequest>,
) -> Result<Answer<DeletedResource>, Problem> {
    let reference = operation_reference(body.operation_reference)?;
    let command = DeleteResource { resource_key: key, operation_reference: reference };
    let command = Command::DeleteResource(command);
    let resource_key = keys.key(key);
    if !body.delete_history.unwrap_or(false) {
        call.submit_done(command).await?;
        return Ok(Answer(keys, DeletedResource { resource_key, batch_operation: None }));
    }
    check_has_instances(&call, key).await?;
    // Before anything is deleted, because there may be too many.
    let instances = ended_instances_of(&call, key).await?;
    match call.submit_done(command).await {
        Ok(()) => (),
        // It was deleted before, and what is known of its instances was not.
        Err(problem) if problem.kind() == Kind::NotFound => (),
        Err(problem) => return Err(problem),
    }
    let created =
        delete_all(&call, keys, HistoryType::ProcessInstance, instances, body.operation_reference)
            .await?;
    Ok(Answer(keys, DeletedResource { resource_key, batch_operation: Some(created) }))
}

/// Refuses what no instances are of, or what the caller may not see.
async fn check_has_instances(call: &Call, key: i64) -> Result<(), Problem> {
    let found =
        call.read(move |history, tenants| history.get::<ProcessDefinition>(key, tenants)).await?;
    match found {
        Some(_) => Ok(()),
        None => Err(Problem::new(
            Kind::Unimplemented,
            format!(
                "deleteHistory is carried out for process definitions only, and '{key}' is the key \
                 of none: repeat the call without it"
            ),
        )),
    }
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
/// What it is said to be depends on what it is: RPA scripts are JSON, other files may be anything.
///
/// # Errors
/// As [`get`].
pub(super) async fn content(
    call: Call,
    PathKey(key): PathKey,
) -> Result<impl IntoResponse, Problem> {
    let content = content_of(&call, key).await?;
    Ok(([(header::CONTENT_TYPE, media_type(&content))], content))
}

/// `GET /v2/resources/{resourceKey}/content/binary` — 200
///
/// # Errors
/// As [`get`].
pub(super) async fn binary_content(
    call: Call,
    PathKey(key): PathKey,
) -> Result<impl IntoResponse, Problem> {
    let content = content_of(&call, key).await?;
    Ok(([(header::CONTENT_TYPE, BINARY)], content))
}

const BINARY: &str = "application/octet-stream";

async fn content_of(call: &Call, key: i64) -> Result<Bytes, Problem> {
    let resource: Arc<ResourceValue> = call.resource(ResourceKey(key)).await?;
    Ok(resource.resource.clone().unwrap_or_default())
}

fn media_type(content: &[u8]) -> &'static str {
    if serde_json::from_slice::<serde::de::IgnoredAny>(content).is_ok() {
        "application/json"
    } else if std::str::from_utf8(content).is_ok() {
        // Whatever a browser makes of text, it must not take it for a page of this origin.
        "text/plain; charset=utf-8"
    } else {
        BINARY
    }
}

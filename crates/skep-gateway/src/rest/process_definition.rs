//! Process definitions.

use axum::response::IntoResponse;
use http::header;
use skep_api::rest::ProcessDefinition;
use skep_record::ProcessDefinitionKey;

use super::body::{Answer, Keys, PathKey};
use crate::{call::Call, problem::Problem};

/// `GET /v2/process-definitions/{processDefinitionKey}` — 200, also of one that is deleted and
/// has instances left
///
/// # Errors
/// 400, 404 no such definition, 503, 504.
pub(super) async fn get(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
) -> Result<Answer<ProcessDefinition>, Problem> {
    let found = call.process_definition(ProcessDefinitionKey(key)).await?;
    let answer = ProcessDefinition {
        name: found.name,
        resource_name: found.resource_name,
        version: found.version,
        version_tag: found.version_tag,
        process_definition_id: found.bpmn_process_id.to_string(),
        tenant_id: found.tenant_id.to_string(),
        process_definition_key: keys.key(found.key.0),
        has_start_form: found.has_start_form,
        state: if found.is_deleted { "DELETED" } else { "ACTIVE" }.to_owned(),
    };
    Ok(Answer(keys, answer))
}

/// `GET /v2/process-definitions/{processDefinitionKey}/xml` — 200: the file as it was deployed
///
/// # Errors
/// As [`get`].
pub(super) async fn xml(call: Call, PathKey(key): PathKey) -> Result<impl IntoResponse, Problem> {
    let found = call.process_definition(ProcessDefinitionKey(key)).await?;
    Ok(([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], found.resource))
}

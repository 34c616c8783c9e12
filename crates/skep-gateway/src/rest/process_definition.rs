//! Process definitions, deployed now or once.

use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use skep_api::rest::{self, KeyFormat, ProcessDefinitionFilter, SearchRequest, SearchResult};
use skep_projection::{
    Condition, ProcessDefinition, ProcessDefinitionCondition, ProcessDefinitionField as Field,
};

use super::{
    body::{Answer, Keys, OptionalBody, PathKey},
    filter::check_enum,
    search::{self, Conditions},
};
use crate::{
    call::{Call, no_such},
    problem::Problem,
};

/// What it is called in errors.
const WHAT: &str = "Process Definition";
const STATES: [&str; 2] = ["ACTIVE", "DELETED"];

/// What process definitions can be ordered by.
const FIELDS: &[(&str, Field)] = &[
    ("processDefinitionKey", Field::Key),
    ("name", Field::Name),
    ("resourceName", Field::ResourceName),
    ("version", Field::Version),
    ("versionTag", Field::VersionTag),
    ("processDefinitionId", Field::ProcessDefinitionId),
    ("tenantId", Field::TenantId),
];

/// `POST /v2/process-definitions/search` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn search(
    call: Call,
    Keys(keys): Keys,
    OptionalBody(body): OptionalBody<SearchRequest<ProcessDefinitionFilter>>,
) -> Result<Answer<SearchResult<rest::ProcessDefinition>>, Problem> {
    let written = |found| written(keys, found);
    Ok(Answer(keys, search::answer(&call, body, FIELDS, read, written).await?))
}

/// `GET /v2/process-definitions/{processDefinitionKey}` — 200, also of one that is deleted
///
/// # Errors
/// 400, 403 there is no history, 404 no such definition, 504.
pub(super) async fn get(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
) -> Result<Answer<rest::ProcessDefinition>, Problem> {
    let found = call.find::<ProcessDefinition>(WHAT, key).await?;
    Ok(Answer(keys, written(keys, found)))
}

/// `GET /v2/process-definitions/{processDefinitionKey}/xml` — 200: the file as it was deployed;
/// 204 if that was before the history began
///
/// # Errors
/// As [`get`].
pub(super) async fn xml(call: Call, PathKey(key): PathKey) -> Result<Response, Problem> {
    let read = call.read(move |history, tenants| history.process_definition_file(key, tenants));
    xml_file(read.await?, WHAT, key)
}

/// A file of XML, or that there is none any more.
pub(super) fn xml_file(file: Option<Vec<u8>>, what: &str, key: i64) -> Result<Response, Problem> {
    let file = file.ok_or_else(|| no_such(what, key))?;
    if file.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], file).into_response())
}

fn read(
    filter: ProcessDefinitionFilter,
    conditions: &mut Conditions<'_, ProcessDefinition>,
) -> Result<(), Problem> {
    conditions.text("name", Field::Name, filter.name)?;
    conditions.text(
        "processDefinitionId",
        Field::ProcessDefinitionId,
        filter.process_definition_id,
    )?;
    conditions.same(Field::Key, filter.process_definition_key.map(|key| key.raw));
    conditions.same(Field::Version, filter.version.map(i64::from));
    conditions.text_is(Field::ResourceName, filter.resource_name);
    conditions.text_is(Field::VersionTag, filter.version_tag);
    conditions.text_is(Field::TenantId, filter.tenant_id);
    conditions.is(Field::HasStartForm, filter.has_start_form);
    if let Some(state) = &filter.state {
        check_enum("filter.state", &state.clone().into(), &STATES)?;
    }
    conditions.text_is(Field::State, filter.state);
    // Whoever does not ask for the latest gets all versions, the latest too.
    if filter.is_latest_version == Some(true) {
        conditions.0.push(Condition::Of(ProcessDefinitionCondition::IsLatestVersion));
    }
    Ok(())
}

fn written(keys: KeyFormat, found: ProcessDefinition) -> rest::ProcessDefinition {
    rest::ProcessDefinition {
        name: found.name,
        resource_name: found.resource_name,
        version: found.version,
        version_tag: found.version_tag,
        process_definition_id: found.process_definition_id,
        tenant_id: found.tenant_id,
        process_definition_key: keys.key(found.key),
        has_start_form: found.has_start_form,
        state: found.state.to_owned(),
    }
}

//! Decisions and their graphs, deployed now or once.

use axum::response::Response;
use skep_api::rest::{
    self, DecisionDefinitionFilter, DecisionRequirementsFilter, KeyFormat, SearchRequest,
    SearchResult,
};
use skep_projection::{
    Condition, DecisionDefinition, DecisionDefinitionCondition, DecisionDefinitionField as Field,
    DecisionRequirements, DecisionRequirementsField as GraphField,
};

use super::{
    body::{Answer, Keys, OptionalBody, PathKey},
    process_definition::xml_file,
    search::{self, Conditions},
};
use crate::{call::Call, problem::Problem};

/// What they are called in errors.
const DECISION: &str = "Decision Definition";
const GRAPH: &str = "Decision Requirements";

/// What decisions can be ordered by.
const FIELDS: &[(&str, Field)] = &[
    ("decisionDefinitionKey", Field::Key),
    ("decisionDefinitionId", Field::DecisionDefinitionId),
    ("name", Field::Name),
    ("version", Field::Version),
    ("decisionRequirementsId", Field::DecisionRequirementsId),
    ("decisionRequirementsKey", Field::DecisionRequirementsKey),
    ("decisionRequirementsName", Field::DecisionRequirementsName),
    ("decisionRequirementsVersion", Field::DecisionRequirementsVersion),
    ("tenantId", Field::TenantId),
];

/// What graphs can be ordered by.
const GRAPH_FIELDS: &[(&str, GraphField)] = &[
    ("decisionRequirementsKey", GraphField::Key),
    ("decisionRequirementsName", GraphField::Name),
    ("version", GraphField::Version),
    ("decisionRequirementsId", GraphField::DecisionRequirementsId),
    ("tenantId", GraphField::TenantId),
];

/// `POST /v2/decision-definitions/search` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn search(
    call: Call,
    Keys(keys): Keys,
    OptionalBody(body): OptionalBody<SearchRequest<DecisionDefinitionFilter>>,
) -> Result<Answer<SearchResult<rest::DecisionDefinition>>, Problem> {
    let written = |found| written(keys, found);
    Ok(Answer(keys, search::answer(&call, body, FIELDS, read, written).await?))
}

/// `GET /v2/decision-definitions/{decisionDefinitionKey}` — 200, also of one that is deleted
///
/// # Errors
/// 400, 403 there is no history, 404 no such decision, 504.
pub(super) async fn get(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
) -> Result<Answer<rest::DecisionDefinition>, Problem> {
    let found = call.find::<DecisionDefinition>(DECISION, key).await?;
    Ok(Answer(keys, written(keys, found)))
}

/// `GET /v2/decision-definitions/{decisionDefinitionKey}/xml` — 200: the file as it was deployed
///
/// # Errors
/// As [`get`].
pub(super) async fn xml(call: Call, PathKey(key): PathKey) -> Result<Response, Problem> {
    let read = call.read(move |history, tenants| history.decision_file(key, tenants));
    xml_file(read.await?, DECISION, key)
}

/// `POST /v2/decision-requirements/search` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn search_graphs(
    call: Call,
    Keys(keys): Keys,
    OptionalBody(body): OptionalBody<SearchRequest<DecisionRequirementsFilter>>,
) -> Result<Answer<SearchResult<rest::DecisionRequirements>>, Problem> {
    let written = |found| graph_written(keys, found);
    Ok(Answer(keys, search::answer(&call, body, GRAPH_FIELDS, read_graph, written).await?))
}

/// `GET /v2/decision-requirements/{decisionRequirementsKey}` — 200, also of one that is deleted
///
/// # Errors
/// 400, 403 there is no history, 404 no such graph, 504.
pub(super) async fn get_graph(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
) -> Result<Answer<rest::DecisionRequirements>, Problem> {
    let found = call.find::<DecisionRequirements>(GRAPH, key).await?;
    Ok(Answer(keys, graph_written(keys, found)))
}

/// `GET /v2/decision-requirements/{decisionRequirementsKey}/xml` — 200: the file as it was deployed
///
/// # Errors
/// As [`get_graph`].
pub(super) async fn graph_xml(call: Call, PathKey(key): PathKey) -> Result<Response, Problem> {
    let read = call.read(move |history, tenants| history.decision_requirements_file(key, tenants));
    xml_file(read.await?, GRAPH, key)
}

fn read(
    filter: DecisionDefinitionFilter,
    conditions: &mut Conditions<'_, DecisionDefinition>,
) -> Result<(), Problem> {
    let raw = |key: Option<rest::Key>| key.map(|key| key.raw);
    conditions.same(Field::Key, raw(filter.decision_definition_key));
    conditions.same(Field::DecisionRequirementsKey, raw(filter.decision_requirements_key));
    conditions.same(Field::Version, filter.version.map(i64::from));
    conditions.same(
        Field::DecisionRequirementsVersion,
        filter.decision_requirements_version.map(i64::from),
    );
    conditions.text_is(Field::DecisionDefinitionId, filter.decision_definition_id);
    conditions.text_is(Field::Name, filter.name);
    conditions.text_is(Field::DecisionRequirementsId, filter.decision_requirements_id);
    conditions.text_is(Field::DecisionRequirementsName, filter.decision_requirements_name);
    conditions.text_is(Field::TenantId, filter.tenant_id);
    // Whoever does not ask for the latest gets all versions, the latest too.
    if filter.is_latest_version == Some(true) {
        conditions.0.push(Condition::Of(DecisionDefinitionCondition::IsLatestVersion));
    }
    Ok(())
}

fn read_graph(
    filter: DecisionRequirementsFilter,
    conditions: &mut Conditions<'_, DecisionRequirements>,
) -> Result<(), Problem> {
    conditions.same(GraphField::Key, filter.decision_requirements_key.map(|key| key.raw));
    conditions.same(GraphField::Version, filter.version.map(i64::from));
    conditions.text_is(GraphField::Name, filter.decision_requirements_name);
    conditions.text_is(GraphField::DecisionRequirementsId, filter.decision_requirements_id);
    conditions.text_is(GraphField::TenantId, filter.tenant_id);
    conditions.text_is(GraphField::ResourceName, filter.resource_name);
    Ok(())
}

fn written(keys: KeyFormat, found: DecisionDefinition) -> rest::DecisionDefinition {
    rest::DecisionDefinition {
        decision_definition_id: found.decision_definition_id,
        decision_definition_key: keys.key(found.key),
        decision_requirements_id: found.decision_requirements_id,
        decision_requirements_key: keys.key(found.decision_requirements_key),
        decision_requirements_name: found.decision_requirements_name,
        decision_requirements_version: found.decision_requirements_version,
        name: found.name,
        tenant_id: found.tenant_id,
        version: found.version,
    }
}

fn graph_written(keys: KeyFormat, found: DecisionRequirements) -> rest::DecisionRequirements {
    rest::DecisionRequirements {
        decision_requirements_id: found.decision_requirements_id,
        decision_requirements_key: keys.key(found.key),
        decision_requirements_name: found.name,
        resource_name: found.resource_name,
        tenant_id: found.tenant_id,
        version: found.version,
    }
}

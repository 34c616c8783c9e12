//! How many process instances have active incidents, by error.

use skep_api::rest::{
    IncidentStatisticsByDefinition, IncidentStatisticsByError, IncidentStatisticsByErrorRequest,
    IncidentStatisticsFilter, KeyFormat, SearchRequest, SearchResult,
};
use skep_projection::{
    ErrorInstances, ErrorInstancesField, FailingDefinition, FailingDefinitionField as Field,
};

use super::{
    body::{Answer, Body, Keys, OptionalBody},
    process_definition_statistics::check_by_number,
    search::{self, Conditions},
};
use crate::{call::Call, problem::Problem};

/// What errors can be ordered by.
const BY_ERROR: &[(&str, ErrorInstancesField)] = &[
    ("errorMessage", ErrorInstancesField::ErrorMessage),
    ("activeInstancesWithErrorCount", ErrorInstancesField::Instances),
];

/// What definitions can be ordered by.
const BY_DEFINITION: &[(&str, Field)] = &[
    ("activeInstancesWithErrorCount", Field::Instances),
    ("processDefinitionKey", Field::ProcessDefinitionKey),
    ("tenantId", Field::TenantId),
];

/// `POST /v2/incidents/statistics/process-instances-by-error` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn by_error(
    call: Call,
    Keys(keys): Keys,
    OptionalBody(body): OptionalBody<IncidentStatisticsByErrorRequest>,
) -> Result<Answer<SearchResult<IncidentStatisticsByError>>, Problem> {
    check_by_number(body.page.as_ref())?;
    let search = search::search(BY_ERROR, Vec::new(), body.sort, body.page)?;
    let found = call.search::<ErrorInstances>(search).await?;
    let written = |found: ErrorInstances| IncidentStatisticsByError {
        error_hash_code: found.error_hash,
        error_message: found.error_message,
        active_instances_with_error_count: found.n_instances,
    };
    Ok(Answer(keys, search::result(found, written)))
}

/// `POST /v2/incidents/statistics/process-instances-by-definition` — 200
///
/// # Errors
/// As [`by_error`].
pub(super) async fn by_definition(
    call: Call,
    Keys(keys): Keys,
    Body(body): Body<SearchRequest<IncidentStatisticsFilter>>,
) -> Result<Answer<SearchResult<IncidentStatisticsByDefinition>>, Problem> {
    check_by_number(body.page.as_ref())?;
    let written = |found| written(keys, found);
    Ok(Answer(keys, search::answer(&call, body, BY_DEFINITION, read, written).await?))
}

fn read(
    filter: IncidentStatisticsFilter,
    conditions: &mut Conditions<'_, FailingDefinition>,
) -> Result<(), Problem> {
    let error_hash = filter
        .error_hash_code
        .ok_or_else(|| Problem::invalid_argument("No filter.errorHashCode provided"))?;
    conditions.same(Field::ErrorHash, Some(error_hash.into()));
    Ok(())
}

fn written(keys: KeyFormat, found: FailingDefinition) -> IncidentStatisticsByDefinition {
    IncidentStatisticsByDefinition {
        process_definition_name: found
            .process_definition_name
            .unwrap_or_else(|| found.process_definition_id.clone()),
        process_definition_id: found.process_definition_id,
        process_definition_key: keys.key(found.process_definition_key),
        process_definition_version: found.process_definition_version,
        tenant_id: found.tenant_id,
        active_instances_with_error_count: found.n_instances,
    }
}

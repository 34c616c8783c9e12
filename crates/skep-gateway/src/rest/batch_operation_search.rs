//! Batch operations of the past and of now.

use skep_api::rest::{self, BatchOperationFilter, KeyFormat, SearchRequest, SearchResult};
use skep_projection::{BatchOperation, BatchOperationField as Field};

use super::{
    batch_operation::date_time,
    body::{Answer, Keys, OptionalBody, PathKey},
    search::{self, Conditions},
};
use crate::{call::Call, problem::Problem};

/// What batch operations can be ordered by.
const FIELDS: &[(&str, Field)] = &[
    ("batchOperationKey", Field::Key),
    ("operationType", Field::OperationType),
    ("state", Field::State),
    ("startDate", Field::StartAt),
    ("endDate", Field::EndAt),
    ("actorType", Field::ActorType),
    ("actorId", Field::ActorId),
];

const STATES: [&str; 7] =
    ["ACTIVE", "CANCELED", "COMPLETED", "CREATED", "FAILED", "PARTIALLY_COMPLETED", "SUSPENDED"];

const ACTOR_TYPES: [&str; 4] = ["ANONYMOUS", "CLIENT", "UNKNOWN", "USER"];

/// What batch operations can do.
///
/// Source: camunda/camunda: zeebe/gateway-protocol/src/main/proto/rest-api.yaml,
/// `BatchOperationTypeEnum`
pub(super) const TYPES: [&str; 10] = [
    "ADD_VARIABLE",
    "CANCEL_PROCESS_INSTANCE",
    "DELETE_DECISION_DEFINITION",
    "DELETE_DECISION_INSTANCE",
    "DELETE_PROCESS_DEFINITION",
    "DELETE_PROCESS_INSTANCE",
    "MIGRATE_PROCESS_INSTANCE",
    "MODIFY_PROCESS_INSTANCE",
    "RESOLVE_INCIDENT",
    "UPDATE_VARIABLE",
];

/// `POST /v2/batch-operations/search` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn search(
    call: Call,
    Keys(keys): Keys,
    OptionalBody(body): OptionalBody<SearchRequest<BatchOperationFilter>>,
) -> Result<Answer<SearchResult<rest::BatchOperation>>, Problem> {
    let written = |found| written(keys, found);
    Ok(Answer(keys, search::answer(&call, body, FIELDS, read, written).await?))
}

/// `GET /v2/batch-operations/{batchOperationKey}` — 200
///
/// # Errors
/// 400, 403 there is no history, 404 no such batch operation, 504.
pub(super) async fn get(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
) -> Result<Answer<rest::BatchOperation>, Problem> {
    let found = call.find::<BatchOperation>("Batch Operation", key).await?;
    Ok(Answer(keys, written(keys, found)))
}

fn read(
    filter: BatchOperationFilter,
    conditions: &mut Conditions<'_, BatchOperation>,
) -> Result<(), Problem> {
    conditions.key("batchOperationKey", Field::Key, filter.batch_operation_key)?;
    conditions.one_of("operationType", Field::OperationType, filter.operation_type, &TYPES)?;
    conditions.one_of("state", Field::State, filter.state, &STATES)?;
    let actor_type = filter.actor_type.map(Into::into);
    conditions.one_of("actorType", Field::ActorType, actor_type, &ACTOR_TYPES)?;
    conditions.text("actorId", Field::ActorId, filter.actor_id)
}

fn written(keys: KeyFormat, found: BatchOperation) -> rest::BatchOperation {
    let errors = found.errors.into_iter().map(|(partition_id, message)| {
        rest::BatchOperationError { partition_id, kind: "QUERY_FAILED".to_owned(), message }
    });
    rest::BatchOperation {
        batch_operation_key: keys.key(found.key),
        state: found.state.to_owned(),
        batch_operation_type: found.operation_type.to_owned(),
        start_date: Some(date_time(found.start_at)),
        end_date: found.end_at.map(date_time),
        actor_type: None,
        actor_id: None,
        operations_total_count: found.n_total,
        operations_failed_count: found.n_failed,
        operations_completed_count: found.n_completed,
        errors: errors.collect(),
    }
}

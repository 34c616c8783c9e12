//! What batch operations work on and have worked on.

use skep_api::rest::{self, BatchOperationItemFilter, KeyFormat, SearchRequest, SearchResult};
use skep_projection::{BatchOperationItem, BatchOperationItemField as Field};

use super::{
    batch_operation::date_time,
    batch_operation_search::TYPES,
    body::{Answer, Keys, OptionalBody},
    search::{self, Conditions},
};
use crate::{call::Call, problem::Problem};

/// What items can be ordered by.
const FIELDS: &[(&str, Field)] = &[
    ("batchOperationKey", Field::BatchOperationKey),
    ("itemKey", Field::ItemKey),
    ("processInstanceKey", Field::ProcessInstanceKey),
    ("processedDate", Field::ProcessedAt),
    ("state", Field::State),
];

const STATES: [&str; 4] = ["ACTIVE", "COMPLETED", "CANCELED", "FAILED"];

/// `POST /v2/batch-operation-items/search` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn search(
    call: Call,
    Keys(keys): Keys,
    OptionalBody(body): OptionalBody<SearchRequest<BatchOperationItemFilter>>,
) -> Result<Answer<SearchResult<rest::BatchOperationItem>>, Problem> {
    let written = |found| written(keys, found);
    Ok(Answer(keys, search::answer(&call, body, FIELDS, read, written).await?))
}

fn read(
    filter: BatchOperationItemFilter,
    conditions: &mut Conditions<'_, BatchOperationItem>,
) -> Result<(), Problem> {
    conditions.key("batchOperationKey", Field::BatchOperationKey, filter.batch_operation_key)?;
    conditions.key("itemKey", Field::ItemKey, filter.item_key)?;
    conditions.key("processInstanceKey", Field::ProcessInstanceKey, filter.process_instance_key)?;
    conditions.one_of("state", Field::State, filter.state, &STATES)?;
    conditions.one_of("operationType", Field::OperationType, filter.operation_type, &TYPES)
}

fn written(keys: KeyFormat, found: BatchOperationItem) -> rest::BatchOperationItem {
    rest::BatchOperationItem {
        operation_type: found.operation_type.to_owned(),
        batch_operation_key: keys.key(found.batch_operation_key),
        item_key: found.item_key.to_string(),
        process_instance_key: keys.key(found.process_instance_key),
        root_process_instance_key: found.root_process_instance_key.map(|key| keys.key(key)),
        state: found.state.to_owned(),
        processed_date: found.processed_at.map(date_time),
        error_message: found.error,
    }
}

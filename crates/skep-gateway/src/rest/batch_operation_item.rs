//! What batch operations work on.

use std::cmp::Ordering;

use skep_api::rest::{
    BatchOperationItem, BatchOperationItemFilter, KeyFormat, PropertyFilter, SearchRequest,
    SearchResult,
};
use skep_record::{BatchOperationItemStatus, BatchOperationKey, OperationItems, Test, TextTest};

use super::{
    batch_operation::date_time,
    body::{Answer, Keys, OptionalBody},
    filter::{ENUMS, KEYS, TEXTS, check_enum, tests, text_tests},
    memory_search::{Found, page_of},
};
use crate::{call::Call, problem::Problem};

const STATES: [&str; 4] = ["ACTIVE", "COMPLETED", "CANCELED", "FAILED"];

/// `POST /v2/batch-operation-items/search` — 200
///
/// # Errors
/// 400, 503 a partition does not answer, 504.
pub(super) async fn search(
    call: Call,
    Keys(keys): Keys,
    OptionalBody(body): OptionalBody<SearchRequest<BatchOperationItemFilter>>,
) -> Result<Answer<SearchResult<BatchOperationItem>>, Problem> {
    let filter = Filter::read(body.filter.unwrap_or_default())?;
    let (operations, has_more) = call.batch_operation_items(filter.only).await?;
    let items = operations
        .iter()
        .flat_map(|operation| operation.items.iter().map(|item| written(keys, operation, item)));
    let found: Vec<_> = items.filter(|item| filter.holds(item)).collect();
    let sort = body.sort.unwrap_or_default();
    Ok(Answer(keys, page_of(found, has_more, &sort, body.page)?))
}

fn written(
    keys: KeyFormat,
    operation: &OperationItems,
    status: &BatchOperationItemStatus,
) -> BatchOperationItem {
    let item = status.item;
    let instance = item.process_instance_key.0;
    BatchOperationItem {
        operation_type: operation.operation_type.to_string(),
        batch_operation_key: keys.key(operation.key.0),
        item_key: item.incident_key.map_or(instance, |incident| incident.0).to_string(),
        process_instance_key: keys.key(instance),
        root_process_instance_key: None,
        state: status.state.to_string(),
        processed_date: status.processed_at.map(date_time),
        error_message: status.error.clone(),
    }
}

/// What an item must fulfil.
struct Filter {
    /// The one batch operation that can be meant.
    only: Option<BatchOperationKey>,
    batch_operation_key: Vec<TextTest>,
    item_key: Vec<TextTest>,
    process_instance_key: Vec<Test<i64>>,
    state: Vec<TextTest>,
    operation_type: Vec<TextTest>,
}

impl Filter {
    fn read(filter: BatchOperationItemFilter) -> Result<Self, Problem> {
        let texts = |name: &str, property: Option<PropertyFilter<String>>, operators| {
            let read = |property| text_tests(&format!("filter.{name}"), property, operators);
            property.map(read).transpose().map(Option::unwrap_or_default)
        };
        let named = filter.batch_operation_key.as_ref().and_then(|key| key.equals.as_ref());
        let only = named.and_then(|key| key.parse().ok()).map(BatchOperationKey);
        if let Some(state) = &filter.state {
            check_enum("filter.state", state, &STATES)?;
        }
        let process_instance_key = filter
            .process_instance_key
            .map(|property| tests("filter.processInstanceKey", property, KEYS, |key| key.raw));
        Ok(Self {
            only,
            batch_operation_key: texts("batchOperationKey", filter.batch_operation_key, TEXTS)?,
            item_key: texts("itemKey", filter.item_key, TEXTS)?,
            process_instance_key: process_instance_key.transpose()?.unwrap_or_default(),
            state: texts("state", filter.state, ENUMS)?,
            operation_type: texts("operationType", filter.operation_type, ENUMS)?,
        })
    }

    fn holds(&self, item: &BatchOperationItem) -> bool {
        let all = |tests: &[TextTest], text: &str| tests.iter().all(|test| test.holds(Some(text)));
        all(&self.batch_operation_key, &item.batch_operation_key.raw.to_string())
            && all(&self.item_key, &item.item_key)
            && self
                .process_instance_key
                .iter()
                .all(|test| test.holds(Some(&item.process_instance_key.raw)))
            && all(&self.state, &item.state)
            && all(&self.operation_type, &item.operation_type)
    }
}

impl Found for BatchOperationItem {
    const FIELDS: &'static [&'static str] =
        &["batchOperationKey", "itemKey", "processInstanceKey", "processedDate", "state"];

    fn compare(&self, other: &Self, field: &str) -> Ordering {
        match field {
            "itemKey" => self.identity().1.cmp(&other.identity().1),
            "processInstanceKey" => {
                self.process_instance_key.raw.cmp(&other.process_instance_key.raw)
            }
            // Texts of one form, which are in the order of time.
            "processedDate" => self.processed_date.cmp(&other.processed_date),
            "state" => self.state.cmp(&other.state),
            _ => self.batch_operation_key.raw.cmp(&other.batch_operation_key.raw),
        }
    }

    fn identity(&self) -> (i64, i64) {
        (self.batch_operation_key.raw, self.item_key.parse().unwrap_or(-1))
    }
}

//! Variables of the past and of now.

use serde::Deserialize;
use skep_api::rest::{
    self, KeyFormat, SearchRequest, SearchResult, UserTaskVariableFilter, VariableSearchFilter,
};
use skep_projection::{Condition, Search, Variable, VariableField as Field, VariableTest};

use super::{
    body::{Answer, Keys, OptionalBody, PathKey, UrlQuery},
    filter::{KEYS, TEXTS, tests, text_tests},
    search::{self, Conditions},
};
use crate::{
    call::{Call, no_such},
    problem::Problem,
};

/// What variables can be ordered by.
const FIELDS: &[(&str, Field)] = &[
    ("value", Field::Value),
    ("name", Field::Name),
    ("tenantId", Field::TenantId),
    ("variableKey", Field::Key),
    ("scopeKey", Field::ScopeKey),
    ("processInstanceKey", Field::ProcessInstanceKey),
];

/// How values are written.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct ValueForm {
    /// Whether a long value is given by its beginning.
    truncate_values: bool,
}

impl Default for ValueForm {
    fn default() -> Self {
        Self { truncate_values: true }
    }
}

/// `POST /v2/variables/search` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn search(
    call: Call,
    Keys(keys): Keys,
    UrlQuery(form): UrlQuery<ValueForm>,
    OptionalBody(body): OptionalBody<SearchRequest<VariableSearchFilter>>,
) -> Result<Answer<SearchResult<rest::Variable>>, Problem> {
    let mut conditions = Conditions::new("filter");
    read(body.filter.unwrap_or_default(), &mut conditions)?;
    let search = search::search::<Variable>(FIELDS, conditions.0, body.sort, body.page)?;
    Ok(Answer(keys, found(&call, keys, &form, search).await?))
}

/// What else holds for variables that can be filtered by their name.
///
/// # Errors
/// As [`search`].
pub(super) async fn by_name(
    call: &Call,
    keys: KeyFormat,
    form: &ValueForm,
    body: SearchRequest<UserTaskVariableFilter>,
    test: VariableTest,
) -> Result<SearchResult<rest::Variable>, Problem> {
    let mut conditions = Conditions::new("filter");
    conditions.text("name", Field::Name, body.filter.unwrap_or_default().name)?;
    conditions.of(test);
    let search = search::search::<Variable>(FIELDS, conditions.0, body.sort, body.page)?;
    found(call, keys, form, search).await
}

/// Searches, and writes what is found.
async fn found(
    call: &Call,
    keys: KeyFormat,
    form: &ValueForm,
    search: Search<Variable>,
) -> Result<SearchResult<rest::Variable>, Problem> {
    let found = if form.truncate_values {
        call.search(search).await?
    } else {
        call.read(move |history, tenants| history.search_whole_variables(&search, tenants)).await?
    };
    let written = |found: Variable| {
        let is_truncated = found.is_long && form.truncate_values;
        rest::Variable { is_truncated: Some(is_truncated), ..written(keys, found) }
    };
    Ok(search::result(found, written))
}

/// `GET /v2/variables/{variableKey}` — 200
///
/// # Errors
/// 400, 403 there is no history, 404 no such variable, 504.
pub(super) async fn get(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
) -> Result<Answer<rest::Variable>, Problem> {
    let found = call.read(move |history, tenants| history.whole_variable(key, tenants)).await?;
    let found = found.ok_or_else(|| no_such("Variable", key))?;
    Ok(Answer(keys, written(keys, found)))
}

fn read(
    filter: VariableSearchFilter,
    conditions: &mut Conditions<'_, Variable>,
) -> Result<(), Problem> {
    conditions.text("name", Field::Name, filter.name)?;
    conditions.key("variableKey", Field::Key, filter.variable_key)?;
    conditions.key("processInstanceKey", Field::ProcessInstanceKey, filter.process_instance_key)?;
    conditions.text_is(Field::TenantId, filter.tenant_id);
    conditions.is(Field::IsLong, filter.is_truncated);
    if let Some(value) = filter.value {
        let tests = text_tests("filter.value", value, TEXTS)?.into_iter();
        conditions.0.extend(tests.map(|test| Condition::Of(VariableTest::Value(test))));
    }
    if let Some(scope) = filter.scope_key {
        let tests = tests("filter.scopeKey", scope, KEYS, |key| key.raw)?.into_iter();
        conditions.0.extend(tests.map(|test| Condition::Of(VariableTest::Scope(test))));
    }
    Ok(())
}

fn written(keys: KeyFormat, found: Variable) -> rest::Variable {
    rest::Variable {
        name: found.name,
        value: found.value,
        is_truncated: None,
        tenant_id: found.tenant_id,
        variable_key: keys.key(found.key),
        scope_key: keys.key(found.scope_key),
        process_instance_key: keys.key(found.process_instance_key),
        root_process_instance_key: Some(keys.key(found.root_process_instance_key)),
    }
}

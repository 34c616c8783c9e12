//! Statistics of process definitions.

use skep_api::rest::{
    DefinitionInstanceStatistics, DefinitionInstanceStatisticsRequest, ElementStatisticsRequest,
    Items, KeyFormat, MessageSubscriptionStatistics, MessageSubscriptionStatisticsRequest,
    ProcessElementStatistics, ProcessInstanceFilter, SearchPage, SearchRequest, SearchResult,
    VersionInstanceStatistics, VersionInstanceStatisticsFilter,
};
use skep_projection::{
    DefinitionInstances, DefinitionInstancesField, DefinitionSubscriptions, Search,
    VersionInstances, VersionInstancesField as VersionField,
};

use super::{
    body::{Answer, Keys, OptionalBody, PathKey, required},
    message_subscription_search, process_instance_search,
    search::{self, Conditions},
};
use crate::{
    call::Call,
    problem::{Kind, Problem},
};

/// What processes can be ordered by.
const FIELDS: &[(&str, DefinitionInstancesField)] = &[
    ("processDefinitionId", DefinitionInstancesField::ProcessDefinitionId),
    ("activeInstancesWithIncidentCount", DefinitionInstancesField::WithIncident),
    ("activeInstancesWithoutIncidentCount", DefinitionInstancesField::WithoutIncident),
];

/// What versions can be ordered by.
const VERSION_FIELDS: &[(&str, VersionField)] = &[
    ("processDefinitionId", VersionField::ProcessDefinitionId),
    ("processDefinitionKey", VersionField::ProcessDefinitionKey),
    ("processDefinitionName", VersionField::Name),
    ("processDefinitionVersion", VersionField::Version),
    ("activeInstancesWithIncidentCount", VersionField::WithIncident),
    ("activeInstancesWithoutIncidentCount", VersionField::WithoutIncident),
];

/// `POST /v2/process-definitions/{processDefinitionKey}/statistics/element-instances` — 200, also
/// of a definition that is not there
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn element_instances(
    call: Call,
    Keys(keys): Keys,
    PathKey(key): PathKey,
    OptionalBody(body): OptionalBody<ElementStatisticsRequest>,
) -> Result<Answer<Items<ProcessElementStatistics>>, Problem> {
    let filter = body.filter.unwrap_or_default();
    check_no_definition("filter", &filter)?;
    for (n, group) in filter.or.iter().flatten().enumerate() {
        check_no_definition(&format!("filter.$or[{n}]"), group)?;
    }
    let (all, any) = process_instance_search::conditions_of(filter)?;
    let wanted = Search { all, any, ..Search::default() };
    let found = call
        .read(move |history, tenants| history.definition_element_statistics(key, &wanted, tenants))
        .await?;
    Ok(Answer(
        keys,
        Items { items: found.into_iter().map(process_instance_search::counts).collect() },
    ))
}

/// `POST /v2/process-definitions/statistics/process-instances` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn process_instances(
    call: Call,
    Keys(keys): Keys,
    OptionalBody(body): OptionalBody<DefinitionInstanceStatisticsRequest>,
) -> Result<Answer<SearchResult<DefinitionInstanceStatistics>>, Problem> {
    check_by_number(body.page.as_ref())?;
    let search = search::search(FIELDS, Vec::new(), body.sort, body.page)?;
    let found = call.search::<DefinitionInstances>(search).await?;
    let written = |found: DefinitionInstances| DefinitionInstanceStatistics {
        process_definition_id: found.process_definition_id,
        tenant_id: found.tenant_id,
        latest_process_definition_name: found.latest_name,
        has_multiple_versions: found.has_multiple_versions,
        active_instances_without_incident_count: found.without_incident,
        active_instances_with_incident_count: found.with_incident,
    };
    Ok(Answer(keys, search::result(found, written)))
}

/// `POST /v2/process-definitions/statistics/process-instances-by-version` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn process_instances_by_version(
    call: Call,
    Keys(keys): Keys,
    OptionalBody(body): OptionalBody<SearchRequest<VersionInstanceStatisticsFilter>>,
) -> Result<Answer<SearchResult<VersionInstanceStatistics>>, Problem> {
    check_by_number(body.page.as_ref())?;
    if body.filter.is_none() {
        return Err(Problem::invalid_argument("No filter provided"));
    }
    let written = |found| version_written(keys, found);
    Ok(Answer(keys, search::answer(&call, body, VERSION_FIELDS, read_versions, written).await?))
}

/// `POST /v2/process-definitions/statistics/message-subscriptions` — 200
///
/// # Errors
/// 400, 403 there is no history, 504.
pub(super) async fn message_subscriptions(
    call: Call,
    Keys(keys): Keys,
    OptionalBody(body): OptionalBody<MessageSubscriptionStatisticsRequest>,
) -> Result<Answer<SearchResult<MessageSubscriptionStatistics>>, Problem> {
    let page = body.page.as_ref();
    check_page(
        page.map(|page| [("from", page.from.is_some()), ("before", page.before.is_some())]),
    )?;
    let mut conditions = Conditions::new("filter");
    message_subscription_search::read(body.filter.unwrap_or_default(), &mut conditions)?;
    let wanted = search::search(&[], conditions.0, None, body.page)?;
    let found = call
        .read(move |history, tenants| history.message_subscription_statistics(&wanted, tenants))
        .await?;
    let written = |found: DefinitionSubscriptions| MessageSubscriptionStatistics {
        process_definition_id: found.process_definition_id,
        tenant_id: found.tenant_id,
        process_definition_key: keys.key(found.process_definition_key),
        process_instances_with_active_subscriptions: found.process_instances,
        active_subscriptions: found.subscriptions,
    };
    Ok(Answer(keys, search::result(found, written)))
}

/// Refuses what the path says already.
fn check_no_definition(path: &str, filter: &ProcessInstanceFilter) -> Result<(), Problem> {
    let given = [
        ("processDefinitionId", filter.process_definition_id.is_some()),
        ("processDefinitionName", filter.process_definition_name.is_some()),
        ("processDefinitionVersion", filter.process_definition_version.is_some()),
        ("processDefinitionVersionTag", filter.process_definition_version_tag.is_some()),
        ("processDefinitionKey", filter.process_definition_key.is_some()),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((name, _)) => Err(Problem::new(
            Kind::BadRequest,
            format!(
                "Request property [{path}.{name}] cannot be parsed: the path has the definition"
            ),
        )),
    }
}

/// Refuses cursors.
pub(super) fn check_by_number(page: Option<&SearchPage>) -> Result<(), Problem> {
    check_page(
        page.map(|page| [("after", page.after.is_some()), ("before", page.before.is_some())]),
    )
}

/// Refuses a kind of page that is not among those of a request.
pub(super) fn check_page(given: Option<[(&str, bool); 2]>) -> Result<(), Problem> {
    match given.into_iter().flatten().find(|(_, given)| *given) {
        None => Ok(()),
        Some((name, _)) => Err(Problem::new(
            Kind::BadRequest,
            format!("Request property [page.{name}] cannot be parsed: there is no such page here"),
        )),
    }
}

fn read_versions(
    filter: VersionInstanceStatisticsFilter,
    conditions: &mut Conditions<'_, VersionInstances>,
) -> Result<(), Problem> {
    let id = required("filter.processDefinitionId", filter.process_definition_id)?;
    conditions.text_is(VersionField::ProcessDefinitionId, Some(id));
    conditions.text_is(VersionField::TenantId, filter.tenant_id);
    Ok(())
}

fn version_written(keys: KeyFormat, found: VersionInstances) -> VersionInstanceStatistics {
    VersionInstanceStatistics {
        process_definition_id: found.process_definition_id,
        process_definition_key: keys.key(found.process_definition_key),
        process_definition_name: found.name,
        tenant_id: found.tenant_id,
        process_definition_version: found.version,
        active_instances_with_incident_count: found.with_incident,
        active_instances_without_incident_count: found.without_incident,
    }
}

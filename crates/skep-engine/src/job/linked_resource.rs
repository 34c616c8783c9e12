//! Deployed files that a job names for its worker.

use std::sync::Arc;

use skep_feel::{Text, Val};
use skep_model::{Binding, JobDefinition, LinkedResource};
use skep_record::{Document, ErrorType, ResourceId};

use crate::{
    failure::Failure,
    state::{
        State,
        definition::{self, Definition},
    },
};

/// The header that lists the files.
///
/// Source: camunda/camunda: rpa-worker, src/main/java/io/camunda/rpa/worker/zeebe/ZeebeJobService.java
const HEADER: &str = "linkedResources";

/// The headers of a job of `caller`, with the keys of the files it links to.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`: the incident says what to deploy.
pub(super) fn headers(
    state: &State,
    caller: &Definition,
    job: &JobDefinition,
) -> Result<Document, Failure> {
    let mut links = Vec::with_capacity(job.linked_resources.len());
    for link in &job.linked_resources {
        let id = ResourceId::from(Arc::clone(&link.resource_id));
        let found = state.files.bound(&caller.tenant_id, &id, &link.binding, caller.deployment_key);
        let file = found.ok_or_else(|| not_found(caller, link))?;
        let entry =
            |name: &'static str, value: &str| (Text::from(name), Val::from(value.to_owned()));
        links.push(Val::context(vec![
            entry("resourceKey", &file.key.to_string()),
            entry("resourceType", &link.resource_type),
            entry("linkName", &link.link_name),
        ]));
    }
    let own = job.headers.iter().filter(|(name, _)| **name != *HEADER).cloned();
    let listed = (Arc::from(HEADER), Arc::from(Val::list(links).to_json()));
    Ok(definition::headers(&own.chain([listed]).collect::<Vec<_>>()))
}

fn not_found(caller: &Definition, link: &LinkedResource) -> Failure {
    let id = &link.resource_id;
    let message = match &link.binding {
        Binding::Latest => format!(
            "Expected to find a resource with id '{id}', but none is deployed. To resolve the incident, deploy one with this id"
        ),
        Binding::Deployment => format!(
            "Expected to find a resource with id '{id}' in deployment '{}', which brought the process, but it has no such resource. To resolve the incident, deploy both together and migrate the process instance",
            caller.deployment_key
        ),
        Binding::VersionTag(tag) => format!(
            "Expected to find a resource with id '{id}' and version tag '{tag}', but there is none. To resolve the incident, deploy one with this id and version tag"
        ),
    };
    Failure::new(ErrorType::ResourceNotFound, message)
}

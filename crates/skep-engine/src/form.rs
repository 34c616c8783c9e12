//! Deployed forms, as user tasks ask for them.

use skep_model::Binding;
use skep_record::{ErrorType, FormId, FormKey};

use crate::{
    failure::Failure,
    state::{State, definition::Definition},
};

/// The form that an element of `caller` names by its id.
///
/// # Errors
/// `FORM_NOT_FOUND`: the incident says what to deploy.
///
/// Source: camunda/zeebe: engine/processing/bpmn/behavior/BpmnUserTaskBehavior.java
pub(crate) fn bound(
    state: &State,
    caller: &Definition,
    id: &FormId,
    binding: &Binding,
) -> Result<FormKey, Failure> {
    let found = state.forms.bound(&caller.tenant_id, id, binding, caller.deployment_key);
    found.map(|form| form.key).ok_or_else(|| {
        let message = match binding {
            Binding::Latest => format!(
                "Expected to find a form with id '{id}', but no form with this id is found, at least a form with this id should be available. To resolve the Incident please deploy a form with the same id"
            ),
            Binding::Deployment => format!(
                "Expected to find a form with id '{id}' in deployment '{}', which brought the process, but it has no such form. To resolve the incident, deploy both together and migrate the process instance",
                caller.deployment_key
            ),
            Binding::VersionTag(tag) => format!(
                "Expected to find a form with id '{id}' and version tag '{tag}', but there is none. To resolve the incident, deploy a form with this id and version tag"
            ),
        };
        Failure::new(ErrorType::FormNotFound, message)
    })
}

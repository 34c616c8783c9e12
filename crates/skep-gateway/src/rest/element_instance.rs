//! Element instances.

use http::StatusCode;
use skep_api::rest::{AdHocActivationRequest, SetVariablesRequest};
use skep_record::{
    ActivateAdHocElements, AdHocActivation, Command, ElementInstanceKey, Response, SetVariables,
};

use super::body::{Body, PathKey, operation_reference, required, variables};
use crate::{call::Call, problem::Problem};

/// `PUT /v2/element-instances/{elementInstanceKey}/variables` — 204
///
/// # Errors
/// 400, 404 no such instance, 503, 504.
pub(super) async fn set_variables(
    call: Call,
    PathKey(key): PathKey,
    Body(body): Body<SetVariablesRequest>,
) -> Result<StatusCode, Problem> {
    if body.variables.is_none() {
        return Err(Problem::invalid_argument("No variables provided"));
    }
    let command = SetVariables {
        element_instance_key: ElementInstanceKey(key),
        variables: variables(body.variables.as_ref())?,
        local: body.local.unwrap_or(false),
        operation_reference: operation_reference(body.operation_reference)?,
    };
    let Response::VariablesSet(_) = call.submit(Command::SetVariables(command)).await? else {
        return Err(Problem::unexpected_answer());
    };
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v2/element-instances/ad-hoc-activities/{adHocSubProcessInstanceKey}/activation` — 204
///
/// # Errors
/// 400 no element, or one twice, 404 no such ad-hoc subprocess or element, 409 it is not active,
/// 503, 504.
pub(super) async fn activate_ad_hoc(
    call: Call,
    PathKey(key): PathKey,
    Body(body): Body<AdHocActivationRequest>,
) -> Result<StatusCode, Problem> {
    let Some(elements) = body.elements.filter(|elements| !elements.is_empty()) else {
        return Err(Problem::invalid_argument("No elements provided"));
    };
    let elements = elements
        .into_iter()
        .map(|element| {
            Ok(AdHocActivation {
                element_id: required("elementId", element.element_id)?,
                variables: variables(element.variables.as_ref())?,
            })
        })
        .collect::<Result<_, Problem>>()?;
    let command = ActivateAdHocElements {
        element_instance_key: ElementInstanceKey(key),
        elements,
        cancel_remaining: body.cancel_remaining_instances.unwrap_or(false),
    };
    call.submit_done(Command::ActivateAdHocElements(command)).await?;
    Ok(StatusCode::NO_CONTENT)
}

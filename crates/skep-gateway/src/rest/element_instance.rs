//! Element instances.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use skep_api::rest::SetVariablesRequest;
use skep_record::{Command, ElementInstanceKey, Response, SetVariables};

use super::body::{Body, PathKey, operation_reference, variables};
use crate::{problem::Problem, shared::Shared};

/// `PUT /v2/element-instances/{elementInstanceKey}/variables` — 204
///
/// # Errors
/// 400, 404 no such instance, 503, 504.
pub(super) async fn set_variables(
    State(shared): State<Arc<Shared>>,
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
    let Response::VariablesSet(_) = shared.submit(Command::SetVariables(command)).await? else {
        return Err(Problem::unexpected_answer());
    };
    Ok(StatusCode::NO_CONTENT)
}

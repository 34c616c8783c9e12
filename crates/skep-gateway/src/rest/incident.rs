//! Incidents.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use skep_api::rest::IncidentResolutionRequest;
use skep_record::{Command, IncidentKey, ResolveIncident};

use super::body::{OptionalBody, PathKey, operation_reference};
use crate::{problem::Problem, shared::Shared};

/// `POST /v2/incidents/{incidentKey}/resolution` — 204
///
/// # Errors
/// 400, 404 no such incident, 409 its job has no retries left, 503, 504.
pub(super) async fn resolve(
    State(shared): State<Arc<Shared>>,
    PathKey(key): PathKey,
    OptionalBody(body): OptionalBody<IncidentResolutionRequest>,
) -> Result<StatusCode, Problem> {
    let command = ResolveIncident {
        incident_key: IncidentKey(key),
        operation_reference: operation_reference(body.operation_reference)?,
    };
    shared.submit_done(Command::ResolveIncident(command)).await?;
    Ok(StatusCode::NO_CONTENT)
}

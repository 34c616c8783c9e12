//! Incidents.

use http::StatusCode;
use skep_api::rest::IncidentResolutionRequest;
use skep_record::{Command, IncidentKey, ResolveIncident};

use super::body::{OptionalBody, PathKey, operation_reference};
use crate::{call::Call, problem::Problem};

/// `POST /v2/incidents/{incidentKey}/resolution` — 204
///
/// # Errors
/// 400, 404 no such incident, 409 its job has no retries left, 503, 504.
pub(super) async fn resolve(
    call: Call,
    PathKey(key): PathKey,
    OptionalBody(body): OptionalBody<IncidentResolutionRequest>,
) -> Result<StatusCode, Problem> {
    let command = ResolveIncident {
        incident_key: IncidentKey(key),
        operation_reference: operation_reference(body.operation_reference)?,
    };
    call.submit_done(Command::ResolveIncident(command)).await?;
    Ok(StatusCode::NO_CONTENT)
}

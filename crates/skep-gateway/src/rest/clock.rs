//! The engine's clock, where it can be controlled.

use http::StatusCode;
use skep_api::rest::ClockPinRequest;
use skep_record::Timestamp;

use super::body::Body;
use crate::{call::Call, problem::Problem};

/// `PUT /v2/clock` — 204; time stands still then, also over a restart,
/// until it is pinned elsewhere or reset
///
/// # Errors
/// 400, 403 the clock is not to be controlled, 503.
pub(super) async fn pin(
    call: Call,
    Body(body): Body<ClockPinRequest>,
) -> Result<StatusCode, Problem> {
    let at = match body.timestamp {
        None => return Err(Problem::invalid_argument("No timestamp provided")),
        Some(at) if at < 0 => {
            return Err(Problem::invalid_argument(format!(
                "The value for timestamp is '{at}' but must be not negative"
            )));
        }
        Some(at) => Timestamp(at),
    };
    call.move_clock(Some(at)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v2/clock/reset` — 204; time goes on as the system's
///
/// # Errors
/// 403 the clock is not to be controlled.
pub(super) async fn reset(call: Call) -> Result<StatusCode, Problem> {
    call.move_clock(None).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! Messages and signals.

use skep_api::gateway as pb;
use skep_record::{BroadcastSignal, Command, Document, PublishMessage, Response};

use crate::{call::Call, problem::Problem};

pub(super) async fn publish(
    call: &Call,
    request: pb::PublishMessageRequest,
) -> Result<pb::PublishMessageResponse, Problem> {
    let tenant_id = call.tenant("gRPC request PublishMessage", &request.tenant_id)?;
    let command = PublishMessage {
        name: request.name.into(),
        correlation_key: request.correlation_key.into(),
        time_to_live_ms: request.time_to_live,
        message_id: request.message_id,
        variables: Document::from_json(&request.variables)?,
        tenant_id: tenant_id.clone(),
    };
    let Response::Published(key) = call.submit(Command::PublishMessage(command)).await? else {
        return Err(Problem::unexpected_answer());
    };
    Ok(pb::PublishMessageResponse { key: key.0, tenant_id: tenant_id.to_string() })
}

pub(super) async fn broadcast_signal(
    call: &Call,
    request: pb::BroadcastSignalRequest,
) -> Result<pb::BroadcastSignalResponse, Problem> {
    let tenant_id = call.tenant("gRPC request BroadcastSignal", &request.tenant_id)?;
    let command = BroadcastSignal {
        signal_name: request.signal_name,
        variables: Document::from_json(&request.variables)?,
        tenant_id: tenant_id.clone(),
    };
    let Response::Broadcast(key) = call.submit(Command::BroadcastSignal(command)).await? else {
        return Err(Problem::unexpected_answer());
    };
    Ok(pb::BroadcastSignalResponse { key: key.0, tenant_id: tenant_id.to_string() })
}

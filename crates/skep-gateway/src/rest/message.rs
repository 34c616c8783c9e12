//! Messages and signals.

use skep_api::rest::{
    MessageCorrelation, MessageCorrelationRequest, MessagePublication, MessagePublicationRequest,
    SignalBroadcast, SignalBroadcastRequest,
};
use skep_record::{BroadcastSignal, Command, CorrelateMessage, PublishMessage, Response};

use super::body::{Answer, Body, Keys, required, variables};
use crate::{call::Call, problem::Problem};

/// `POST /v2/messages/publication` — 200
///
/// # Errors
/// 400, 409 a message with this id is kept already, 503, 504.
pub(super) async fn publish(
    call: Call,
    Keys(keys): Keys,
    Body(body): Body<MessagePublicationRequest>,
) -> Result<Answer<MessagePublication>, Problem> {
    let tenant_id =
        call.tenant("request Publish Message", body.tenant_id.as_deref().unwrap_or_default())?;
    let command = PublishMessage {
        name: required("name", body.name)?.into(),
        correlation_key: body.correlation_key.unwrap_or_default().into(),
        time_to_live_ms: body.time_to_live.unwrap_or(0),
        message_id: body.message_id.unwrap_or_default(),
        variables: variables(body.variables.as_ref())?,
        tenant_id: tenant_id.clone(),
    };
    let Response::Published(key) = call.submit(Command::PublishMessage(command)).await? else {
        return Err(Problem::unexpected_answer());
    };
    let message_key = keys.key(key.0);
    Ok(Answer(keys, MessagePublication { tenant_id: tenant_id.to_string(), message_key }))
}

/// `POST /v2/messages/correlation` — 200, when an instance has taken the message
///
/// # Errors
/// 400, 404 nothing waits for it, 503, 504.
pub(super) async fn correlate(
    call: Call,
    Keys(keys): Keys,
    Body(body): Body<MessageCorrelationRequest>,
) -> Result<Answer<MessageCorrelation>, Problem> {
    let tenant_id =
        call.tenant("request Correlate Message", body.tenant_id.as_deref().unwrap_or_default())?;
    let command = CorrelateMessage {
        name: required("name", body.name)?.into(),
        correlation_key: body.correlation_key.unwrap_or_default().into(),
        variables: variables(body.variables.as_ref())?,
        tenant_id,
    };
    let answer = call.submit(Command::CorrelateMessage(Box::new(command))).await?;
    let Response::Correlated(correlated) = answer else {
        return Err(Problem::unexpected_answer());
    };
    let answer = MessageCorrelation {
        tenant_id: correlated.tenant_id.to_string(),
        message_key: keys.key(correlated.message_key.0),
        process_instance_key: keys.key(correlated.process_instance_key.0),
    };
    Ok(Answer(keys, answer))
}

/// `POST /v2/signals/broadcast` — 200, also when nothing waits for it
///
/// # Errors
/// 400, 503, 504.
pub(super) async fn broadcast_signal(
    call: Call,
    Keys(keys): Keys,
    Body(body): Body<SignalBroadcastRequest>,
) -> Result<Answer<SignalBroadcast>, Problem> {
    let tenant_id =
        call.tenant("request Broadcast Signal", body.tenant_id.as_deref().unwrap_or_default())?;
    let command = BroadcastSignal {
        signal_name: required("signalName", body.signal_name)?,
        variables: variables(body.variables.as_ref())?,
        tenant_id: tenant_id.clone(),
    };
    let Response::Broadcast(key) = call.submit(Command::BroadcastSignal(command)).await? else {
        return Err(Problem::unexpected_answer());
    };
    let signal_key = keys.key(key.0);
    Ok(Answer(keys, SignalBroadcast { tenant_id: tenant_id.to_string(), signal_key }))
}

//! `MESSAGE_BATCH:EXPIRE`

use skep_record::{Event, MessageEvent, MessageKey, Rejection, RejectionKind};

use crate::Ctx;

/// Handles `MESSAGE_BATCH:EXPIRE`: messages whose time is over are gone.
///
/// # Errors
/// `NotFound`: none of them is there and over.
///
/// Source: camunda/zeebe: engine/processing/message/MessageBatchExpireProcessor.java
pub(crate) fn expire(ctx: &mut Ctx<'_>, keys: &[MessageKey]) -> Result<(), Rejection> {
    let now = ctx.now();
    let expired: Vec<MessageKey> = keys
        .iter()
        .copied()
        .filter(|key| {
            let message = ctx.state().messages.messages.get(key);
            message.is_some_and(|message| message.deadline <= now)
        })
        .collect();
    if expired.is_empty() {
        return Err(Rejection::new(
            RejectionKind::NotFound,
            "Expected to expire messages, but none of them is buffered and over its deadline",
        ));
    }
    for key in expired {
        ctx.emit(key.0, Event::Message(MessageEvent::Expired));
    }
    Ok(())
}

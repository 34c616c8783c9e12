//! What has to happen when time passes.

use skep_record::{Command, ElementInstanceKey, ProcessInstanceKey, Timestamp, TriggerTimer};

use crate::{batch_operation, state::State};

/// How long another partition may take to acknowledge a step before it is sent again.
///
/// Source: camunda/zeebe: engine/processing/message/command, `SUBSCRIPTION_TIMEOUT`
const REDELIVERY_MS: i64 = 10_000;

/// When something is due next.
pub(crate) fn next(state: &State) -> Option<Timestamp> {
    if !state.pending.entries().is_empty() || batch_operation::is_due(state) {
        return Some(Timestamp(i64::MIN));
    }
    [
        state.timers.due.entries().iter().next().map(|((at, _), _)| *at),
        state.jobs.deadlines.first().map(|(at, _)| *at),
        state.jobs.backoffs.first().map(|(at, _)| *at),
        state.messages.deadlines.first().map(|(at, _)| *at),
        state.unacknowledged.first().map(|(at, _)| at.plus_ms(REDELIVERY_MS)),
    ]
    .into_iter()
    .flatten()
    .min()
}

/// What is due, left-over work first.
pub(crate) fn commands(state: &State, now: Timestamp, max: usize) -> Vec<Command> {
    let mut commands = Vec::new();
    if !state.pending.entries().is_empty() {
        commands.push(Command::ResumeWork);
    }
    let timers = state.timers.due.entries().iter().take_while(|((at, _), _)| *at <= now).map(
        |((_, key), owner)| {
            Command::TriggerTimer(TriggerTimer {
                timer_key: *key,
                process_instance_key: process_instance_of(state, *owner),
                element_instance_key: *owner,
            })
        },
    );
    let time_outs = state
        .jobs
        .deadlines
        .iter()
        .take_while(|(at, _)| *at <= now)
        .map(|(_, key)| Command::TimeOutJob(*key));
    let back_offs = state
        .jobs
        .backoffs
        .iter()
        .take_while(|(at, _)| *at <= now)
        .map(|(_, key)| Command::RecurJobAfterBackoff(*key));
    let redeliveries = state
        .unacknowledged
        .iter()
        .take_while(|(at, _)| at.plus_ms(REDELIVERY_MS) <= now)
        .map(|(_, target)| Command::Redeliver(target.clone()));
    let scheduled = timers.chain(time_outs).chain(back_offs).chain(redeliveries);
    commands.extend(scheduled.take(max));
    let expired: Vec<_> = state
        .messages
        .deadlines
        .iter()
        .take_while(|(at, _)| *at <= now)
        .map(|(_, key)| *key)
        .take(EXPIRED_MESSAGES_MAX)
        .collect();
    if !expired.is_empty() {
        commands.push(Command::ExpireMessages(expired));
    }
    commands.extend(batch_operation::due(state));
    commands.truncate(max);
    commands
}

/// The process instance of the element instance that has a timer; `None` for -1.
fn process_instance_of(state: &State, owner: ElementInstanceKey) -> Option<ProcessInstanceKey> {
    // Process instances are not in the index: their elements have their keys.
    let instance = state.elements.get(owner).unwrap_or(ProcessInstanceKey(owner.0));
    Some(instance).filter(|_| owner.0 != -1)
}

/// Messages expired by one command.
///
/// Source: camunda/camunda: engine/EngineConfiguration.java (100 in the newest)
const EXPIRED_MESSAGES_MAX: usize = 100;

//! The only way in which state changes: applying events, live and on replay alike.

use std::sync::Arc;

use skep_record::{
    Body, ElementRef, ElementSlot, Event, InstanceSlot, ProcessInstanceRef, Record, Timestamp,
};

use crate::{
    batch_operation, clock, conditional, deployment, distribution, element, incident, job, message,
    process_instance, signal, state::State, timer, user_task, variable,
};

/// What an event may refer to: its batch, as far as it has been written.
pub(crate) struct Facts<'a> {
    pub(crate) instances: &'a [Arc<ProcessInstanceRef>],
    pub(crate) elements: &'a [ElementRef],
    pub(crate) records: &'a [Record],
    pub(crate) now: Timestamp,
}

impl Facts<'_> {
    /// The process instance in this slot.
    pub(crate) fn instance(&self, slot: InstanceSlot) -> Option<&ProcessInstanceRef> {
        self.instances.get(slot.0 as usize).map(|instance| &**instance)
    }

    /// The element in this slot.
    pub(crate) fn element(&self, slot: ElementSlot) -> Option<&ElementRef> {
        self.elements.get(slot.0 as usize)
    }

    /// The record at this position of the batch.
    pub(crate) fn record(&self, position: u64) -> Option<&Record> {
        let first = self.records.first()?.position;
        self.records.get(usize::try_from(position.checked_sub(first)?).ok()?)
    }
}

/// Applies one event. Total: an event whose subject is gone changes nothing.
///
/// Replay runs this over every event ever journalled, so a change of meaning needs a new event,
/// never an edit here.
pub(crate) fn apply(state: &mut State, facts: &Facts<'_>, key: i64, event: &Event) {
    // An early end means that the subject is gone.
    let _: Option<()> = match event {
        Event::ProcessInstance(intent, value) => {
            process_instance::apply(state, facts, key, *intent, value)
        }
        Event::ProcessInstanceCreated(created) => {
            process_instance::apply_created(state, facts, created)
        }
        Event::ProcessInstanceModified(modified) => {
            process_instance::apply_modified(state, facts, modified)
        }
        Event::RuntimeInstructionInterrupted(interrupted) => {
            process_instance::apply_interrupted(state, facts, *interrupted)
        }
        Event::Variable(_, value) => variable::apply(state, facts, key, value),
        Event::ProcessEvent(event) => process_instance::apply_trigger(state, facts, key, event),
        Event::Job(value, event) => job::apply(state, facts, key, *value, event),
        Event::JobsActivated(batch) => job::apply_activated(state, batch),
        Event::Incident(event) => incident::apply(state, facts, key, event),
        Event::Timer(intent, timer) => timer::apply(state, key, *intent, timer),
        Event::Message(event) => message::apply(state, key, event),
        Event::MessageCorrelation(intent, value) => {
            message::apply_correlation(state, key, *intent, value)
        }
        Event::MessageSubscription(event, value) => {
            message::apply_subscription(state, facts, key, *event, value)
        }
        Event::ProcessMessageSubscription(event, value) => {
            message::apply_process_subscription(state, facts, key, *event, value)
        }
        Event::MessageStartEventSubscription(event, value) => {
            message::apply_start_subscription(state, key, *event, value)
        }
        Event::ConditionalSubscription(intent, value) => {
            conditional::apply(state, key, *intent, value)
        }
        Event::CompensationSubscription(intent, value) => {
            element::apply_compensation(state, facts, key, *intent, value)
        }
        Event::SignalSubscription(event, value) => signal::apply(state, key, *event, value),
        Event::ProcessCreated(process) => deployment::apply(state, process),
        Event::CommandDistribution(event) => distribution::apply(state, key, event),
        Event::InstanceBanned(banned) => process_instance::apply_banned(state, banned),
        Event::WorkPostponed(positions) => postpone(state, facts, positions),
        Event::WorkResumed(n) => resume(state, *n),
        Event::ListItem(value) => variable::apply_item(state, facts, value),
        Event::AdHocInstruction(intent, instruction) => {
            element::apply_instruction(state, facts, *intent, instruction)
        }
        Event::UserTask(intent, value) => user_task::apply(state, facts, key, *intent, value),
        Event::InstancesPlanned(planned) => process_instance::apply_planned(state, facts, planned),
        Event::Redelivered(target) => distribution::apply_redelivered(state, facts, target),
        Event::DecisionRequirements(intent, value) => {
            deployment::apply_graph(state, *intent, value)
        }
        Event::Decision(intent, value) => deployment::apply_decision(state, *intent, value),
        Event::ProcessDeletion(intent, value) => {
            deployment::apply_process_deletion(state, *intent, value)
        }
        Event::Form(intent, value) => deployment::apply_form(state, *intent, value),
        Event::Resource(intent, value) => deployment::apply_file(state, *intent, value),
        Event::ClockPinned(at) => clock::apply(state, Some(*at)),
        Event::ClockReset => clock::apply(state, None),
        Event::BatchOperation(event) => batch_operation::apply(state, facts, key, event),
        Event::Escalation(..)
        | Event::ProcessInstanceMigrated(_)
        | Event::ConditionalEvaluated(_)
        | Event::SignalBroadcasted(_)
        | Event::DeploymentCreated(_)
        | Event::DecisionEvaluation(_)
        | Event::ResourceDeletion(..)
        | Event::HistoryDeleted(_)
        | Event::ExpressionEvaluated(_)
        | Event::VariableDocument(..) => None,
    };
}

fn postpone(state: &mut State, facts: &Facts<'_>, positions: &[u64]) -> Option<()> {
    for position in positions {
        let record = facts.record(*position)?;
        if let Body::Command(command) = &record.body {
            let pending = crate::follow_up::pending(facts, record.key, command);
            state.pending.insert(*position, pending);
        }
    }
    Some(())
}

fn resume(state: &mut State, n: u32) -> Option<()> {
    for _ in 0..n {
        let position = *state.pending.entries().keys().next()?;
        state.pending.remove(&position);
    }
    Some(())
}

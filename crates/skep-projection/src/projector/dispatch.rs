//! Which table an event is about. Every event is listed, so that a new one cannot be forgotten.

use skep_record::{
    Body, BpmnElementType, ElementSlot, ElementValue, Event, HistoryType, InstanceSlot,
    MessageStartEventSubscriptionEvent, ProcessDeletionIntent, ProcessInstanceIntent,
    ProcessInstanceRef, ResourceIntent,
};

use super::At;
use crate::{
    names::ELEMENT_TYPES,
    table::{
        batch_operation, correlated_message, decision_instance, definition, element::NamedElement,
        element_instance, incident, job, message_subscription, process_instance, user_task,
        variable,
    },
};

pub(super) fn apply(at: &mut At<'_>, body: &Body) -> rusqlite::Result<()> {
    let Body::Event(event) = body else { return Ok(()) };
    match event {
        Event::ProcessInstance(intent, value) => element(at, *intent, value),
        Event::ProcessInstanceCreated(created) => match at.instance(created.instance) {
            Some(instance) => process_instance::created(at, instance, created),
            None => Ok(()),
        },
        Event::Incident(event) => incident::stepped(at, event),
        Event::Variable(intent, value) => variable::changed(at, *intent, value),
        Event::ListItem(value) => {
            variable::item_changed(at, value);
            Ok(())
        }
        Event::Form(intent, form) => {
            at.tables.forms.changed(*intent, form);
            Ok(())
        }
        Event::Job(value, event) => job::stepped(at, value, event),
        Event::JobsActivated(batch) => job::activated(at, batch),
        Event::UserTask(intent, value) => {
            job::denied(at, *intent, value)?;
            user_task::stepped(at, *intent, value)
        }
        Event::ProcessCreated(created) => definition::created(at, created),
        Event::ProcessMessageSubscription(event, value) => {
            message_subscription::stepped(at, *event, value)
        }
        Event::MessageStartEventSubscription(
            MessageStartEventSubscriptionEvent::Correlated,
            value,
        ) => {
            correlated_message::by_start_event(at, value);
            Ok(())
        }
        Event::DecisionRequirements(ResourceIntent::Created, graph) => {
            at.tables.decisions.graph_created(graph);
            Ok(())
        }
        Event::Decision(ResourceIntent::Created, decision) => {
            at.tables.decisions.created(decision);
            Ok(())
        }
        Event::DecisionEvaluation(evaluation) => {
            decision_instance::evaluated(at, evaluation);
            Ok(())
        }
        Event::ProcessDeletion(
            ProcessDeletionIntent::Deleting | ProcessDeletionIntent::Deleted,
            deleted,
        ) => definition::deleted(at, deleted.process_definition_key.0),
        Event::HistoryDeleted(history_type) => {
            match history_type {
                HistoryType::ProcessInstance => at.tables.deletions.process_instance(at.key),
                HistoryType::DecisionInstance => at.tables.deletions.decision_evaluation(at.key),
            }
            Ok(())
        }
        Event::BatchOperation(event) => batch_operation::apply(at, event),
        Event::VariableDocument(..)
        | Event::ProcessEvent(_)
        | Event::Timer(..)
        | Event::Message(_)
        | Event::MessageSubscription(..)
        | Event::MessageStartEventSubscription(
            MessageStartEventSubscriptionEvent::Created
            | MessageStartEventSubscriptionEvent::Deleted,
            _,
        )
        | Event::SignalBroadcasted(_)
        | Event::SignalSubscription(..)
        | Event::DeploymentCreated(_)
        | Event::CommandDistribution(_)
        | Event::InstanceBanned(_)
        | Event::WorkPostponed(_)
        | Event::WorkResumed(_)
        | Event::Redelivered(_)
        | Event::Escalation(..)
        // Evaluations of the past name what is deleted.
        | Event::DecisionRequirements(ResourceIntent::Deleted, _)
        | Event::Decision(ResourceIntent::Deleted, _)
        | Event::Resource(..)
        | Event::CompensationSubscription(..)
        | Event::ProcessInstanceModified(_)
        | Event::ResourceDeletion(..)
        | Event::InstancesPlanned(_)
        | Event::ConditionalSubscription(..)
        | Event::ConditionalEvaluated(_)
        | Event::ExpressionEvaluated(_)
        | Event::AdHocInstruction(..)
        | Event::ProcessInstanceMigrated(_)
        | Event::RuntimeInstructionInterrupted(_)
        | Event::MessageCorrelation(..)
        | Event::ClockPinned(_)
        | Event::ClockReset => Ok(()),
    }
}

/// `PROCESS_INSTANCE:…`
fn element(
    at: &mut At<'_>,
    intent: ProcessInstanceIntent,
    value: &ElementValue,
) -> rusqlite::Result<()> {
    let (Some(instance), Some(element)) =
        (at.instance(value.instance), at.batch.element(value.element))
    else {
        return Ok(());
    };
    if element.element_type == BpmnElementType::Process {
        return process_instance::stepped(at, instance, intent);
    }
    let element_no = at.element_no(instance, value.element)?;
    let instance_key = instance.process_instance_key.0;
    match intent {
        ProcessInstanceIntent::SequenceFlowTaken => {
            at.tables.sequence_flows.taken(instance_key, element_no);
            Ok(())
        }
        ProcessInstanceIntent::SequenceFlowDeleted => {
            at.tables.sequence_flows.deleted(instance_key, element_no);
            Ok(())
        }
        ProcessInstanceIntent::ElementActivating
        | ProcessInstanceIntent::ElementActivated
        | ProcessInstanceIntent::ElementCompleting
        | ProcessInstanceIntent::ElementCompleted
        | ProcessInstanceIntent::ElementTerminating
        | ProcessInstanceIntent::ElementTerminated
        | ProcessInstanceIntent::ElementMigrated => {
            element_instance::stepped(at, instance, element_no, intent, value)
        }
    }
}

impl<'p> At<'p> {
    /// The process instance that an event is about. A batch that the journal has checked names
    /// none that it does not have.
    pub(crate) fn instance(&self, slot: InstanceSlot) -> Option<&'p ProcessInstanceRef> {
        self.batch.instance(slot)
    }

    /// The number of an element of the definition that an instance runs.
    pub(crate) fn element_no(
        &mut self,
        instance: &ProcessInstanceRef,
        slot: ElementSlot,
    ) -> rusqlite::Result<i64> {
        let element = self.batch.element(slot);
        let element = NamedElement {
            element_id: element.map_or("", |element| &element.element_id),
            element_type: element
                .map_or(-1, |element| ELEMENT_TYPES.number(element.element_type.as_str())),
            name: None,
        };
        self.tables.elements.add(self.connection, instance.process_definition_key.0, &element)
    }
}

//! Commands that the engine writes to itself and to other partitions.

use serde::{Deserialize, Serialize};

use crate::{
    BpmnProcessId, CorrelationKey, DistributedCommand, Document, ElementInstanceKey, ElementSlot,
    InstanceSlot, MessageKey, MessageName, PartitionId, ProcessInstanceKey, TenantId,
    UserTaskCorrections, UserTaskKey, element::names,
};

names! {
    /// Steps asked of an element instance.
    ElementCommand {
        Activate = "ACTIVATE_ELEMENT",
        Complete = "COMPLETE_ELEMENT",
        Terminate = "TERMINATE_ELEMENT",
        CompleteExecutionListener = "COMPLETE_EXECUTION_LISTENER",
        ContinueTerminating = "CONTINUE_TERMINATING_ELEMENT",
    }
}

/// `PROCESS_INSTANCE_BATCH:TERMINATE`: terminate the children of a scope, some at a time.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct TerminateChildren {
    /// Its process instance.
    pub instance: InstanceSlot,
    /// The scope's element.
    pub element: ElementSlot,
    /// The scope.
    pub scope_key: ElementInstanceKey,
    /// Children with larger keys are still to do.
    pub after_key: ElementInstanceKey,
}

/// `PROCESS_INSTANCE_BATCH:ACTIVATE`: activate instances of a parallel multi-instance activity,
/// some at a time.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct ActivateChildren {
    /// Its process instance.
    pub instance: InstanceSlot,
    /// The body's element.
    pub element: ElementSlot,
    /// The body.
    pub scope_key: ElementInstanceKey,
    /// How many are still to be activated.
    pub n_left: u32,
}

/// `AD_HOC_SUB_PROCESS_INSTRUCTION:COMPLETE`
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct CompleteAdHocSubProcess {
    /// The execution of the subprocess.
    pub element_instance_key: ElementInstanceKey,
    /// Whether what is active in it is terminated.
    pub cancel_remaining: bool,
}

/// `USER_TASK:COMPLETE_TASK_LISTENER`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct CompleteTaskListener {
    /// The task.
    pub user_task_key: UserTaskKey,
    /// What the listener changes about it.
    pub corrections: UserTaskCorrections,
}

/// `USER_TASK:DENY_TASK_LISTENER`
#[derive(Clone, PartialEq, Deserialize, Serialize)]
pub struct DenyTaskListener {
    /// The task.
    pub user_task_key: UserTaskKey,
    /// Why; empty for no reason.
    pub reason: String,
}

/// Shows no text: the reason can quote what a user wrote.
impl std::fmt::Debug for DenyTaskListener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DenyTaskListener")
            .field("user_task_key", &self.user_task_key)
            .finish_non_exhaustive()
    }
}

/// `TIMER:TRIGGER`
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct TriggerTimer {
    /// The timer.
    pub timer_key: crate::TimerKey,
    /// Instance that waits; `None` for a process start event.
    pub process_instance_key: Option<ProcessInstanceKey>,
    /// Element instance that waits; -1 for a process start event.
    pub element_instance_key: ElementInstanceKey,
}

/// `CONDITIONAL_SUBSCRIPTION:TRIGGER`; the record's key is that of the subscription.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct TriggerConditional {
    /// Instance that waits.
    pub process_instance_key: ProcessInstanceKey,
    /// Element instance that waits.
    pub element_instance_key: ElementInstanceKey,
}

/// Names one message subscription, on both partitions.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct SubscriptionRef {
    /// The instance that waits.
    pub process_instance_key: ProcessInstanceKey,
    /// The element instance that waits.
    pub element_instance_key: ElementInstanceKey,
    /// The message's name.
    pub message_name: MessageName,
    /// Key of the process message subscription: an element instance may wait for a name twice, at
    /// its boundary and in an event subprocess.
    pub key: i64,
}

/// `PROCESS_MESSAGE_SUBSCRIPTION:CREATE`, back to the partition that has the instance.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ConfirmMessageSubscription {
    /// The subscription.
    pub subscription: SubscriptionRef,
    /// The message's correlation key, and so the partition that believes it open.
    pub correlation_key: CorrelationKey,
}

/// `MESSAGE_SUBSCRIPTION:DELETE`, to the partition that would have the message.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct DeleteMessageSubscription {
    /// The subscription.
    pub subscription: SubscriptionRef,
    /// The last message that it took; -1 for none. One that is still on its way to it was not
    /// taken, and is for others.
    pub taken: MessageKey,
}

/// `MESSAGE_SUBSCRIPTION:CREATE` and `MIGRATE`, to the partition that would have the message.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct CreateMessageSubscription {
    /// The subscription.
    pub subscription: SubscriptionRef,
    /// Id of the instance's definition.
    pub bpmn_process_id: BpmnProcessId,
    /// The message's correlation key.
    pub correlation_key: CorrelationKey,
    /// Whether the first message ends the subscription.
    pub interrupting: bool,
    /// Its tenant.
    pub tenant_id: TenantId,
}

/// `PROCESS_MESSAGE_SUBSCRIPTION:CORRELATE`, to the partition that has the instance.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct CorrelateProcessMessageSubscription {
    /// The subscription.
    pub subscription: SubscriptionRef,
    /// Id of the instance's definition.
    pub bpmn_process_id: BpmnProcessId,
    /// The message.
    pub message_key: MessageKey,
    /// The message's correlation key.
    pub correlation_key: CorrelationKey,
    /// What the message brings.
    pub variables: Document,
    /// Its tenant.
    pub tenant_id: TenantId,
}

/// `MESSAGE_SUBSCRIPTION:CORRELATE` and `:REJECT`, back to the partition that has the message.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct AnswerCorrelation {
    /// The subscription.
    pub subscription: SubscriptionRef,
    /// Id of the instance's definition.
    pub bpmn_process_id: BpmnProcessId,
    /// The message.
    pub message_key: MessageKey,
    /// The message's correlation key.
    pub correlation_key: CorrelationKey,
    /// Its tenant.
    pub tenant_id: TenantId,
}

/// `DEPLOYMENT:CREATE` or `SIGNAL:BROADCAST` as sent to every other partition.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Distribution {
    /// Key of the command.
    pub key: i64,
    /// Where it began, and where to send the acknowledgement.
    pub origin: PartitionId,
    /// Commands of `origin` with smaller keys are finished.
    pub oldest_pending_key: i64,
    /// What to do.
    pub command: DistributedCommand,
}

/// `COMMAND_DISTRIBUTION:ACKNOWLEDGE`
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct AcknowledgeDistribution {
    /// Key of the command.
    pub key: i64,
    /// The partition that has carried it out.
    pub partition_id: PartitionId,
}

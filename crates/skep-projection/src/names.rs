//! Names of which there are few, kept as small numbers.

/// Names in alphabetical order; the number of a name is its place, so that sorting by number is
/// sorting by name. A new name changes the numbers, and with them the format of the tables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names(pub(crate) &'static [&'static str]);

impl Names {
    /// The number of `name`; -1 for one that is not listed, which is a bug.
    pub(crate) fn number(self, name: &str) -> i64 {
        let found = self.0.binary_search(&name);
        debug_assert!(found.is_ok(), "{name} is not listed");
        found.ok().and_then(|at| i64::try_from(at).ok()).unwrap_or(-1)
    }

    /// The name with this number.
    pub(crate) fn name(self, number: i64) -> &'static str {
        usize::try_from(number).ok().and_then(|at| self.0.get(at)).copied().unwrap_or("UNKNOWN")
    }
}

/// States of process instances and element instances.
pub(crate) const STATES: Names = Names(&["ACTIVE", "COMPLETED", "TERMINATED"]);
pub(crate) const ACTIVE: i64 = 0;
pub(crate) const COMPLETED: i64 = 1;
pub(crate) const TERMINATED: i64 = 2;

/// States of process definitions: whether they are deleted.
pub(crate) const DEFINITION_STATES: Names = Names(&["ACTIVE", "DELETED"]);

/// How evaluations of decisions ended.
pub(crate) const DECISION_STATES: Names = Names(&["EVALUATED", "FAILED"]);

/// Kinds of decision logic.
pub(crate) const DECISION_TYPES: Names =
    Names(&["DECISION_TABLE", "LITERAL_EXPRESSION", "UNKNOWN"]);

/// What happened to message subscriptions last.
pub(crate) const SUBSCRIPTION_STATES: Names =
    Names(&["CORRELATED", "CREATED", "DELETED", "MIGRATED"]);

/// Types of elements.
pub(crate) const ELEMENT_TYPES: Names = Names(&[
    "AD_HOC_SUB_PROCESS",
    "AD_HOC_SUB_PROCESS_INNER_INSTANCE",
    "BOUNDARY_EVENT",
    "BUSINESS_RULE_TASK",
    "CALL_ACTIVITY",
    "END_EVENT",
    "EVENT_BASED_GATEWAY",
    "EVENT_SUB_PROCESS",
    "EXCLUSIVE_GATEWAY",
    "INCLUSIVE_GATEWAY",
    "INTERMEDIATE_CATCH_EVENT",
    "INTERMEDIATE_THROW_EVENT",
    "MANUAL_TASK",
    "MULTI_INSTANCE_BODY",
    "PARALLEL_GATEWAY",
    "PROCESS",
    "RECEIVE_TASK",
    "SCRIPT_TASK",
    "SEND_TASK",
    "SEQUENCE_FLOW",
    "SERVICE_TASK",
    "START_EVENT",
    "SUB_PROCESS",
    "TASK",
    "USER_TASK",
]);

/// States of batch operations.
pub(crate) const BATCH_OPERATION_STATES: Names = Names(&[
    "ACTIVE",
    "CANCELED",
    "COMPLETED",
    "CREATED",
    "FAILED",
    "PARTIALLY_COMPLETED",
    "SUSPENDED",
]);

/// States of what batch operations work on.
pub(crate) const BATCH_OPERATION_ITEM_STATES: Names =
    Names(&["ACTIVE", "CANCELED", "COMPLETED", "FAILED"]);

/// What batch operations do.
pub(crate) const BATCH_OPERATION_TYPES: Names = Names(&[
    "CANCEL_PROCESS_INSTANCE",
    "DELETE_DECISION_INSTANCE",
    "DELETE_PROCESS_INSTANCE",
    "MIGRATE_PROCESS_INSTANCE",
    "MODIFY_PROCESS_INSTANCE",
    "RESOLVE_INCIDENT",
]);

/// States of incidents.
pub(crate) const INCIDENT_STATES: Names = Names(&["ACTIVE", "RESOLVED"]);
pub(crate) const INCIDENT_ACTIVE: i64 = 0;
pub(crate) const INCIDENT_RESOLVED: i64 = 1;

/// Kinds of incidents.
pub(crate) const ERROR_TYPES: Names = Names(&[
    "AD_HOC_SUB_PROCESS_NO_RETRIES",
    "CALLED_DECISION_ERROR",
    "CALLED_ELEMENT_ERROR",
    "CONDITION_ERROR",
    "DECISION_EVALUATION_ERROR",
    "EXECUTION_LISTENER_NO_RETRIES",
    "EXTRACT_VALUE_ERROR",
    "FORM_NOT_FOUND",
    "IO_MAPPING_ERROR",
    "JOB_NO_RETRIES",
    "MESSAGE_SIZE_EXCEEDED",
    "RESOURCE_NOT_FOUND",
    "TASK_LISTENER_NO_RETRIES",
    "UNHANDLED_ERROR_EVENT",
    "UNKNOWN",
]);

/// States of user tasks.
pub(crate) const TASK_STATES: Names = Names(&[
    "ASSIGNING",
    "CANCELED",
    "CANCELING",
    "COMPLETED",
    "COMPLETING",
    "CREATED",
    "CREATING",
    "FAILED",
    "UPDATING",
]);
pub(crate) const TASK_ASSIGNING: i64 = 0;
pub(crate) const TASK_CANCELED: i64 = 1;
pub(crate) const TASK_CANCELING: i64 = 2;
pub(crate) const TASK_COMPLETED: i64 = 3;
pub(crate) const TASK_COMPLETING: i64 = 4;
pub(crate) const TASK_CREATED: i64 = 5;
pub(crate) const TASK_CREATING: i64 = 6;
pub(crate) const TASK_UPDATING: i64 = 8;

/// States of jobs.
pub(crate) const JOB_STATES: Names = Names(&[
    "CANCELED",
    "COMPLETED",
    "CREATED",
    "ERROR_THROWN",
    "FAILED",
    "MIGRATED",
    "RETRIES_UPDATED",
    "TIMED_OUT",
]);
pub(crate) const JOB_CANCELED: i64 = 0;
pub(crate) const JOB_COMPLETED: i64 = 1;
pub(crate) const JOB_CREATED: i64 = 2;
pub(crate) const JOB_ERROR_THROWN: i64 = 3;
pub(crate) const JOB_FAILED: i64 = 4;
pub(crate) const JOB_MIGRATED: i64 = 5;
pub(crate) const JOB_RETRIES_UPDATED: i64 = 6;
pub(crate) const JOB_TIMED_OUT: i64 = 7;

/// What makes jobs.
pub(crate) const JOB_KINDS: Names =
    Names(&["AD_HOC_SUB_PROCESS", "BPMN_ELEMENT", "EXECUTION_LISTENER", "TASK_LISTENER"]);
pub(crate) const TASK_LISTENER: i64 = 3;

/// What the jobs of listeners are about; other jobs are about nothing of these.
pub(crate) const LISTENER_EVENTS: Names = Names(&[
    "ASSIGNING",
    "CANCELING",
    "COMPLETING",
    "CREATING",
    "END",
    "START",
    "UNSPECIFIED",
    "UPDATING",
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order() {
        for names in [
            STATES,
            DEFINITION_STATES,
            SUBSCRIPTION_STATES,
            DECISION_STATES,
            DECISION_TYPES,
            ELEMENT_TYPES,
            BATCH_OPERATION_STATES,
            BATCH_OPERATION_ITEM_STATES,
            BATCH_OPERATION_TYPES,
            INCIDENT_STATES,
            ERROR_TYPES,
            TASK_STATES,
            JOB_STATES,
            JOB_KINDS,
            LISTENER_EVENTS,
        ] {
            assert!(names.0.is_sorted(), "{names:?}");
        }
        assert_eq!(STATES.number("COMPLETED"), COMPLETED);
        assert_eq!(STATES.name(TERMINATED), "TERMINATED");
        assert_eq!(STATES.name(ACTIVE), "ACTIVE");
        assert_eq!(INCIDENT_STATES.name(INCIDENT_ACTIVE), "ACTIVE");
        assert_eq!(INCIDENT_STATES.name(INCIDENT_RESOLVED), "RESOLVED");
        for (number, name) in [
            (TASK_ASSIGNING, "ASSIGNING"),
            (TASK_CANCELED, "CANCELED"),
            (TASK_CANCELING, "CANCELING"),
            (TASK_COMPLETED, "COMPLETED"),
            (TASK_COMPLETING, "COMPLETING"),
            (TASK_CREATED, "CREATED"),
            (TASK_CREATING, "CREATING"),
            (TASK_UPDATING, "UPDATING"),
        ] {
            assert_eq!(TASK_STATES.name(number), name);
        }
        for (number, name) in [
            (JOB_CANCELED, "CANCELED"),
            (JOB_COMPLETED, "COMPLETED"),
            (JOB_CREATED, "CREATED"),
            (JOB_ERROR_THROWN, "ERROR_THROWN"),
            (JOB_FAILED, "FAILED"),
            (JOB_MIGRATED, "MIGRATED"),
            (JOB_RETRIES_UPDATED, "RETRIES_UPDATED"),
            (JOB_TIMED_OUT, "TIMED_OUT"),
        ] {
            assert_eq!(JOB_STATES.name(number), name);
        }
        assert_eq!(JOB_KINDS.name(TASK_LISTENER), "TASK_LISTENER");
    }
}

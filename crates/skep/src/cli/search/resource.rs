//! What can be searched for.

/// A kind of thing; the name on the command line is that in the path of the REST API.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(super) enum Resource {
    ProcessInstances,
    ElementInstances,
    Variables,
    Incidents,
    UserTasks,
    Jobs,
    ProcessDefinitions,
    DecisionDefinitions,
    DecisionRequirements,
    DecisionInstances,
    MessageSubscriptions,
    CorrelatedMessageSubscriptions,
    BatchOperations,
    BatchOperationItems,
}

impl Resource {
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::ProcessInstances => "process-instances",
            Self::ElementInstances => "element-instances",
            Self::Variables => "variables",
            Self::Incidents => "incidents",
            Self::UserTasks => "user-tasks",
            Self::Jobs => "jobs",
            Self::ProcessDefinitions => "process-definitions",
            Self::DecisionDefinitions => "decision-definitions",
            Self::DecisionRequirements => "decision-requirements",
            Self::DecisionInstances => "decision-instances",
            Self::MessageSubscriptions => "message-subscriptions",
            Self::CorrelatedMessageSubscriptions => "correlated-message-subscriptions",
            Self::BatchOperations => "batch-operations",
            Self::BatchOperationItems => "batch-operation-items",
        }
    }

    /// The attributes that a table shows, by the names that conditions take.
    pub(super) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::ProcessInstances => &[
                "processInstanceKey",
                "processDefinitionId",
                "processDefinitionVersion",
                "state",
                "hasIncident",
                "startDate",
                "endDate",
            ],
            Self::ElementInstances => {
                &["elementInstanceKey", "elementId", "type", "state", "startDate", "endDate"]
            }
            Self::Variables => &["variableKey", "scopeKey", "name", "value"],
            Self::Incidents => {
                &["incidentKey", "processInstanceKey", "elementId", "errorType", "errorMessage"]
            }
            Self::UserTasks => {
                &["userTaskKey", "name", "state", "assignee", "processInstanceKey", "creationDate"]
            }
            Self::Jobs => {
                &["jobKey", "type", "state", "retries", "worker", "elementId", "processInstanceKey"]
            }
            Self::ProcessDefinitions => {
                &["processDefinitionKey", "processDefinitionId", "version", "name", "resourceName"]
            }
            Self::DecisionDefinitions => {
                &["decisionDefinitionKey", "decisionDefinitionId", "version", "name"]
            }
            Self::DecisionRequirements => {
                &["decisionRequirementsKey", "decisionRequirementsId", "version", "resourceName"]
            }
            Self::DecisionInstances => &[
                "decisionEvaluationInstanceKey",
                "decisionDefinitionId",
                "state",
                "evaluationDate",
                "result",
            ],
            Self::MessageSubscriptions => &[
                "messageSubscriptionKey",
                "messageName",
                "correlationKey",
                "messageSubscriptionState",
                "elementId",
                "processInstanceKey",
            ],
            Self::CorrelatedMessageSubscriptions => {
                &["messageKey", "messageName", "correlationKey", "elementId", "processInstanceKey"]
            }
            Self::BatchOperations => &[
                "batchOperationKey",
                "batchOperationType",
                "state",
                "operationsTotalCount",
                "operationsCompletedCount",
                "operationsFailedCount",
                "startDate",
            ],
            Self::BatchOperationItems => {
                &["batchOperationKey", "itemKey", "processInstanceKey", "state", "errorMessage"]
            }
        }
    }
}

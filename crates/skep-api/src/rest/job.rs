//! Jobs.

use serde::{Deserialize, Serialize};

use super::{AdHocElement, JsonObject, Key};
use crate::gateway::{self, StringList};

/// `POST /v2/jobs/activation`
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct JobActivationRequest {
    /// Type of the jobs; required.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub job_type: Option<String>,
    /// Stored on each job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker: Option<String>,
    /// How long each job stays locked, in ms; required, at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
    /// Most jobs to return; required, at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_jobs_to_activate: Option<i32>,
    /// Names of the variables to return; none means all that are visible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fetch_variable: Option<Vec<String>>,
    /// How long to wait for a job, in ms; 0 takes the gateway's default, below 0 does not wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_timeout: Option<i64>,
    /// Tenants whose jobs are wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_ids: Option<Vec<String>>,
    /// Which tenants count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_filter: Option<TenantFilter>,
}

/// Which tenants a job activation looks at.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TenantFilter {
    /// Those of the request.
    #[default]
    Provided,
    /// Those of the caller.
    Assigned,
}

/// Answer to `POST /v2/jobs/activation`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct JobActivationResponse {
    /// The jobs; empty when there were none in time.
    pub jobs: Vec<ActivatedJob>,
}

/// A job locked for a worker.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivatedJob {
    /// Its type.
    #[serde(rename = "type")]
    pub job_type: String,
    /// Id of the definition its instance runs.
    pub process_definition_id: String,
    /// Version of that definition.
    pub process_definition_version: i32,
    /// Element that made the job.
    pub element_id: String,
    /// Task headers.
    pub custom_headers: JsonObject,
    /// Worker that holds the job.
    pub worker: String,
    /// Attempts left.
    pub retries: i32,
    /// When the lock ends, in ms since the Unix epoch.
    pub deadline: i64,
    /// Variables visible at the element.
    pub variables: JsonObject,
    /// Tenant of the instance.
    pub tenant_id: String,
    /// The job.
    pub job_key: Key,
    /// Instance it belongs to.
    pub process_instance_key: Key,
    /// Definition that instance runs.
    pub process_definition_key: Key,
    /// Execution of the element.
    pub element_instance_key: Key,
    /// What made the job: `BPMN_ELEMENT`, `EXECUTION_LISTENER`, `TASK_LISTENER`,
    /// `AD_HOC_SUB_PROCESS`.
    pub kind: String,
    /// What a listener's job is about: `START`, `END`, `CREATING`, `ASSIGNING`, `UPDATING`,
    /// `COMPLETING`, `CANCELING`; `UNSPECIFIED` for other jobs.
    pub listener_event_type: String,
    /// The user task of a task listener's job.
    pub user_task: Option<ListenedUserTask>,
    /// Tags of the instance.
    pub tags: Vec<String>,
    /// Root of the instance's call hierarchy: the instance itself if nobody called it.
    pub root_process_instance_key: Option<Key>,
}

/// What the job of a task listener says about its user task.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListenedUserTask {
    /// What the client calls the step.
    pub action: Option<String>,
    /// The user who does it.
    pub assignee: Option<String>,
    /// Groups whose members may do it.
    pub candidate_groups: Vec<String>,
    /// Users who may do it.
    pub candidate_users: Vec<String>,
    /// What the step changes.
    pub changed_attributes: Vec<String>,
    /// When it is due.
    pub due_date: Option<String>,
    /// When to follow up.
    pub follow_up_date: Option<String>,
    /// The deployed form.
    pub form_key: Option<Key>,
    /// 0 to 100; more is more urgent.
    pub priority: Option<i32>,
    /// The task.
    pub user_task_key: Option<Key>,
}

/// `POST /v2/jobs/{jobKey}/completion`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct JobCompletionRequest {
    /// Result of the work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<JsonObject>,
    /// Answer to the job of a task listener or an ad-hoc subprocess; other jobs ignore it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<JobResult>,
}

/// What a worker answers beside variables. Which attributes it may have depends on its type.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct JobResult {
    /// `userTask`, also if absent, or `adHocSubProcess`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub result_type: Option<String>,
    /// User task: whether the listener refuses what triggered it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied: Option<bool>,
    /// User task: why it refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied_reason: Option<String>,
    /// User task: what the listener changes about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrections: Option<JobResultCorrections>,
    /// Ad-hoc subprocess: what to activate in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activate_elements: Option<Vec<AdHocElement>>,
    /// Ad-hoc subprocess: whether it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_completion_condition_fulfilled: Option<bool>,
    /// Ad-hoc subprocess: whether what is active in it is terminated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_cancel_remaining_instances: Option<bool>,
}

/// The same in the gateway protocol; an element without id has an empty one there.
impl From<JobResult> for gateway::JobResult {
    fn from(result: JobResult) -> Self {
        let elements = result.activate_elements.unwrap_or_default();
        let elements = elements.into_iter().map(|element| gateway::JobResultActivateElement {
            element_id: element.element_id.unwrap_or_default(),
            variables: element
                .variables
                .map(|object| object.as_str().to_owned())
                .unwrap_or_default(),
        });
        Self {
            denied: result.denied,
            corrections: result.corrections.map(Into::into),
            denied_reason: result.denied_reason,
            r#type: result.result_type,
            activate_elements: elements.collect(),
            is_completion_condition_fulfilled: result.is_completion_condition_fulfilled,
            is_cancel_remaining_instances: result.is_cancel_remaining_instances,
        }
    }
}

/// Changes that a listener makes to its user task: absent keeps, empty resets.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct JobResultCorrections {
    /// The user who does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// When it is due: date and time with offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_date: Option<String>,
    /// When to follow up: date and time with offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow_up_date: Option<String>,
    /// Users who may do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate_users: Option<Vec<String>>,
    /// Groups whose members may do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate_groups: Option<Vec<String>>,
    /// 0 to 100; more is more urgent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
}

impl From<JobResultCorrections> for gateway::JobResultCorrections {
    fn from(corrections: JobResultCorrections) -> Self {
        let list = |values: Option<Vec<String>>| values.map(|values| StringList { values });
        Self {
            assignee: corrections.assignee,
            due_date: corrections.due_date,
            follow_up_date: corrections.follow_up_date,
            candidate_users: list(corrections.candidate_users),
            candidate_groups: list(corrections.candidate_groups),
            priority: corrections.priority,
        }
    }
}

/// `POST /v2/jobs/{jobKey}/failure`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct JobFailRequest {
    /// Attempts left from now on; 0, the default, raises an incident.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<i32>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// How long to wait before the next attempt, in ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_back_off: Option<i64>,
    /// Set in the local scope of the task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<JsonObject>,
}

/// `POST /v2/jobs/{jobKey}/error`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct JobErrorRequest {
    /// Compared with the codes of error catch events; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// Set at the catching event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<JsonObject>,
}

/// `PATCH /v2/jobs/{jobKey}`
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct JobUpdateRequest {
    /// What to change; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changeset: Option<JobChangeset>,
    /// Copied to the resulting records; at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_reference: Option<i64>,
}

/// Changes to a job; at least one.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct JobChangeset {
    /// Attempts left from now on; at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<i32>,
    /// The new lock, in ms from now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
}

//! Jobs.

use serde::{Deserialize, Serialize};

use super::{JsonObject, Key};

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
    /// What made the job: `BPMN_ELEMENT`, `EXECUTION_LISTENER`, `AD_HOC_SUB_PROCESS`.
    pub kind: String,
    /// What a listener's job is about: `START`, `END`; `UNSPECIFIED` for other jobs.
    pub listener_event_type: String,
    /// The user task of a task listener's job: always `null`, as no task has listeners.
    pub user_task: (),
    /// Tags of the instance.
    pub tags: Vec<String>,
    /// Root of the instance's call hierarchy: the instance itself if nobody called it.
    pub root_process_instance_key: Option<Key>,
}

/// `POST /v2/jobs/{jobKey}/completion`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct JobCompletionRequest {
    /// Result of the work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<JsonObject>,
    /// Answer of a listener job; of no meaning for other jobs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<JsonObject>,
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

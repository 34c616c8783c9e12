//! Statistics of jobs.

use serde::{Deserialize, Serialize};

use super::{PropertyFilter, SearchPage};

/// The body of a request for statistics of jobs.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct JobStatisticsRequest<F> {
    /// Which jobs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<F>,
    /// Which part of what is found: a cursor, and how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<SearchPage>,
}

impl<F> Default for JobStatisticsRequest<F> {
    fn default() -> Self {
        Self { filter: None, page: None }
    }
}

/// Which jobs are counted by type.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct JobTypeStatisticsFilter {
    /// Date and time with offset; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Date and time with offset; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Their type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_type: Option<PropertyFilter<String>>,
}

/// Which jobs are counted by worker.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct JobWorkerStatisticsFilter {
    /// Date and time with offset; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Date and time with offset; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Their type; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_type: Option<String>,
}

/// Which jobs are counted by time.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct JobTimeSeriesStatisticsFilter {
    /// Date and time with offset; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Date and time with offset; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Their type; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_type: Option<String>,
    /// The step as ISO 8601 duration, such as `PT1M`; the server's choice if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<String>,
}

/// Whose errors are counted.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct JobErrorStatisticsFilter {
    /// Date and time with offset; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Date and time with offset; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Their type; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_type: Option<String>,
    /// Code of the BPMN error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<PropertyFilter<String>>,
    /// What the workers said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<PropertyFilter<String>>,
}

/// How often something happened.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusMetric {
    /// How often.
    pub count: u64,
    /// When it happened last: RFC 3339.
    pub last_updated_at: Option<String>,
}

/// What happened to jobs of a type.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JobTypeStatistics {
    /// The type.
    pub job_type: String,
    /// Jobs that were created.
    pub created: StatusMetric,
    /// Jobs that were completed.
    pub completed: StatusMetric,
    /// Attempts that have failed.
    pub failed: StatusMetric,
    /// How many workers had them.
    pub workers: u64,
}

/// What happened to jobs of a worker.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JobWorkerStatistics {
    /// The worker; empty for what happened before one had the job.
    pub worker: String,
    /// Jobs that were created.
    pub created: StatusMetric,
    /// Jobs that were completed.
    pub completed: StatusMetric,
    /// Attempts that have failed.
    pub failed: StatusMetric,
}

/// What happened to jobs in a time.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JobTimeSeriesStatistics {
    /// When the time begins: RFC 3339.
    pub time: String,
    /// Jobs that were created.
    pub created: StatusMetric,
    /// Jobs that were completed.
    pub completed: StatusMetric,
    /// Attempts that have failed.
    pub failed: StatusMetric,
}

/// What happened to all jobs.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GlobalJobStatistics {
    /// Jobs that were created.
    pub created: StatusMetric,
    /// Jobs that were completed.
    pub completed: StatusMetric,
    /// Attempts that have failed.
    pub failed: StatusMetric,
    /// Whether something was not counted.
    pub is_incomplete: bool,
}

/// An error that workers tell of.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JobErrorStatistics {
    /// Code of the BPMN error; empty for none.
    pub error_code: String,
    /// What the workers said.
    pub error_message: String,
    /// How many workers tell of it.
    pub workers: u64,
}

//! A job that is locked for this client.

use std::{collections::BTreeMap, time::Duration};

use serde::de::DeserializeOwned;
use skep_api::gateway::{ActivatedJob, UserTaskProperties, activated_job::JobKind};
use tokio::time::Instant;

use crate::Error;

/// A job that is locked for this client until its deadline.
#[derive(Clone, Debug)]
pub struct Job {
    job: ActivatedJob,
    /// By this side's clock, so that a server whose clock differs does no harm.
    deadline: Instant,
}

impl Job {
    /// A job that arrives now and stays locked for `lock`.
    pub(crate) fn new(job: ActivatedJob, lock: Duration) -> Self {
        let now = Instant::now();
        // A lock of centuries is past what the clock can count; a day is then as good.
        let deadline = now.checked_add(lock).unwrap_or(now + Duration::from_secs(86_400));
        Self { job, deadline }
    }

    /// Key of the job.
    #[must_use]
    pub fn key(&self) -> i64 {
        self.job.key
    }

    /// Job type.
    #[must_use]
    pub fn job_type(&self) -> &str {
        &self.job.r#type
    }

    /// What made it, in the protocol's words: `BPMN_ELEMENT`, `EXECUTION_LISTENER`,
    /// `TASK_LISTENER` or `AD_HOC_SUB_PROCESS`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.job.kind().as_str_name()
    }

    /// What a listener's job is about, such as `START` or `COMPLETING`; `None` for other jobs.
    #[must_use]
    pub fn listener_event(&self) -> Option<&'static str> {
        // Gateways before 8.8 say neither, and then the event's number would stand for one.
        match self.job.kind() {
            JobKind::ExecutionListener | JobKind::TaskListener => {
                Some(self.job.listener_event_type().as_str_name())
            }
            JobKind::BpmnElement | JobKind::AdHocSubProcess => None,
        }
    }

    /// The user task that a task listener's job is about.
    #[must_use]
    pub fn user_task(&self) -> Option<&UserTaskProperties> {
        self.job.user_task.as_ref()
    }

    /// Key of the process instance it belongs to.
    #[must_use]
    pub fn process_instance_key(&self) -> i64 {
        self.job.process_instance_key
    }

    /// Id of the process, from the BPMN file.
    #[must_use]
    pub fn bpmn_process_id(&self) -> &str {
        &self.job.bpmn_process_id
    }

    /// Version of the process.
    #[must_use]
    pub fn process_definition_version(&self) -> i32 {
        self.job.process_definition_version
    }

    /// Key of the process definition.
    #[must_use]
    pub fn process_definition_key(&self) -> i64 {
        self.job.process_definition_key
    }

    /// Id of the element, from the BPMN file.
    #[must_use]
    pub fn element_id(&self) -> &str {
        &self.job.element_id
    }

    /// Key of the element instance, the scope of local variables.
    #[must_use]
    pub fn element_instance_key(&self) -> i64 {
        self.job.element_instance_key
    }

    /// Name of the worker that activated it.
    #[must_use]
    pub fn worker(&self) -> &str {
        &self.job.worker
    }

    /// Attempts left, this one included.
    #[must_use]
    pub fn retries(&self) -> i32 {
        self.job.retries
    }

    /// When the lock ends, by the server's clock, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn deadline_ms(&self) -> i64 {
        self.job.deadline
    }

    /// When the lock ends, by this side's clock.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Tenant of the process instance.
    #[must_use]
    pub fn tenant_id(&self) -> &str {
        &self.job.tenant_id
    }

    /// The variables as `T`.
    ///
    /// # Errors
    /// [`Error::Job`] when they do not fit.
    pub fn variables<T: DeserializeOwned>(&self) -> Result<T, Error> {
        self.parse("variables", &self.job.variables)
    }

    /// The variables as the text of a JSON object.
    #[must_use]
    pub fn variables_json(&self) -> &str {
        &self.job.variables
    }

    /// The headers that the process gives to this task.
    ///
    /// # Errors
    /// [`Error::Job`] when the gateway sent something else than an object of texts.
    pub fn headers(&self) -> Result<BTreeMap<String, String>, Error> {
        self.parse("headers", &self.job.custom_headers)
    }

    /// The headers as the text of a JSON object.
    #[must_use]
    pub fn headers_json(&self) -> &str {
        &self.job.custom_headers
    }

    fn parse<T: DeserializeOwned>(&self, what: &'static str, text: &str) -> Result<T, Error> {
        let text = if text.is_empty() { "{}" } else { text };
        serde_json::from_str(text).map_err(|e| Error::Job {
            job_key: self.job.key,
            what,
            reason: without_values(&e.to_string()),
        })
    }
}

/// The text of a JSON error without the value it quotes: the error ends up in incidents and logs.
pub(crate) fn without_values(text: &str) -> String {
    match (text.find(['"', '`']), text.rfind(", expected ")) {
        (Some(value), Some(expected)) if value < expected => {
            format!("{}{}", text[..value].trim_end(), &text[expected..])
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[expect(dead_code, reason = "only its type matters here")]
        total: u32,
    }

    fn job(variables: &str) -> Job {
        let job = ActivatedJob { key: 7, variables: variables.to_owned(), ..Default::default() };
        Job::new(job, Duration::from_secs(1))
    }

    #[test]
    fn an_error_names_the_job_but_no_value() {
        let error = job(r#"{"total": "secret, expected"}"#).variables::<Order>().unwrap_err();
        let text = error.to_string();
        assert!(text.contains("job 7") && text.contains("invalid type: string"), "{text}");
        assert!(text.contains("expected u32") && !text.contains("secret"), "{text}");
        let missing = job("{}").variables::<Order>().unwrap_err().to_string();
        assert!(missing.contains("missing field `total`"), "{missing}");
    }

    #[test]
    fn only_listeners_say_what_they_listen_to() {
        let mut task = job("{}");
        assert_eq!((task.kind(), task.listener_event()), ("BPMN_ELEMENT", None));
        task.job.kind = JobKind::TaskListener.into();
        assert_eq!((task.kind(), task.listener_event()), ("TASK_LISTENER", Some("ASSIGNING")));
        assert!(task.user_task().is_none());
    }

    #[test]
    fn no_variables_are_an_empty_object() {
        assert!(job("").variables::<BTreeMap<String, u8>>().unwrap().is_empty());
    }
}

//! What a worker answers beside variables: to a listener of a user task, or to an ad-hoc
//! subprocess.

use std::fmt;

use serde::Serialize;
use skep_api::{
    gateway::{self as pb, JobResultActivateElement, StringList},
    rest,
};

use crate::{Error, job::without_values, variables::Variables};

const USER_TASK: &str = "userTask";
const AD_HOC_SUB_PROCESS: &str = "adHocSubProcess";

/// The result of a job.
#[derive(Clone)]
#[must_use = "it is sent with the completion of a job"]
pub struct JobResult {
    result: pb::JobResult,
    /// The first mistake; it shows when the result is sent.
    wrong: Option<String>,
}

impl JobResult {
    fn of_type(result_type: &str) -> Self {
        let result = pb::JobResult { r#type: Some(result_type.to_owned()), ..Default::default() };
        Self { result, wrong: None }
    }

    /// A task listener refuses what triggered it: the assignment, the update or the completion.
    pub fn denied(reason: impl Into<String>) -> Self {
        let mut denied = Self::of_type(USER_TASK);
        denied.result.denied = Some(true);
        denied.result.denied_reason = Some(reason.into());
        denied
    }

    /// A task listener changes its user task.
    pub fn corrected(corrections: TaskCorrections) -> Self {
        let mut corrected = Self::of_type(USER_TASK);
        corrected.result.corrections = Some(corrections.0);
        corrected
    }

    /// An ad-hoc subprocess goes on with what is activated next.
    pub fn ad_hoc() -> Self {
        Self::of_type(AD_HOC_SUB_PROCESS)
    }

    /// Activates an element of the ad-hoc subprocess.
    pub fn activate(self, element_id: impl Into<String>) -> Self {
        self.activate_with(element_id, ())
    }

    /// Activates an element of the ad-hoc subprocess with variables of its own.
    pub fn activate_with<T: Serialize>(
        mut self,
        element_id: impl Into<String>,
        variables: T,
    ) -> Self {
        let element_id = element_id.into();
        match Variables::from_value(&variables).into_text() {
            Ok(variables) => {
                let element = JobResultActivateElement { element_id, variables };
                self.result.activate_elements.push(element);
            }
            Err(error) => {
                let reason = format!("those of element '{element_id}': {error}");
                self.wrong.get_or_insert(reason);
            }
        }
        self
    }

    /// The ad-hoc subprocess is done; it activates nothing more.
    pub fn fulfilled(mut self) -> Self {
        self.result.is_completion_condition_fulfilled = Some(true);
        self
    }

    /// What is active in the ad-hoc subprocess is terminated.
    pub fn cancel_remaining(mut self) -> Self {
        self.result.is_cancel_remaining_instances = Some(true);
        self
    }

    /// Takes a result as the REST API writes it.
    ///
    /// # Errors
    /// [`Error::JobResult`] when the text is none.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let given: rest::JobResult =
            serde_json::from_str(text).map_err(|e| Error::JobResult { reason: mistake(&e) })?;
        Ok(Self { result: given.into(), wrong: None })
    }

    pub(crate) fn into_message(self) -> Result<pb::JobResult, Error> {
        match self.wrong {
            None => Ok(self.result),
            Some(reason) => Err(Error::JobResult { reason }),
        }
    }
}

/// What is wrong with a result, with names and without values.
fn mistake(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.starts_with("unknown field") { text } else { without_values(&text) }
}

/// Shows no text: it can quote variables and names persons.
impl fmt::Debug for JobResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobResult")
            .field("type", &self.result.r#type)
            .field("denied", &self.result.denied)
            .field("activate_elements", &self.result.activate_elements.len())
            .finish_non_exhaustive()
    }
}

/// Changes that a listener makes to its user task. What is not named stays; empty values reset.
#[derive(Clone, Default)]
#[must_use = "it is part of a job result"]
pub struct TaskCorrections(pb::JobResultCorrections);

impl TaskCorrections {
    /// The user who does it; empty for nobody.
    pub fn assignee(mut self, assignee: impl Into<String>) -> Self {
        self.0.assignee = Some(assignee.into());
        self
    }

    /// When it is due, as ISO 8601 with offset; empty for never.
    pub fn due_date(mut self, date: impl Into<String>) -> Self {
        self.0.due_date = Some(date.into());
        self
    }

    /// When to follow up, as ISO 8601 with offset; empty for never.
    pub fn follow_up_date(mut self, date: impl Into<String>) -> Self {
        self.0.follow_up_date = Some(date.into());
        self
    }

    /// Users who may do it.
    pub fn candidate_users<S: Into<String>>(mut self, users: impl IntoIterator<Item = S>) -> Self {
        let values = users.into_iter().map(Into::into).collect();
        self.0.candidate_users = Some(StringList { values });
        self
    }

    /// Groups whose members may do it.
    pub fn candidate_groups<S: Into<String>>(
        mut self,
        groups: impl IntoIterator<Item = S>,
    ) -> Self {
        let values = groups.into_iter().map(Into::into).collect();
        self.0.candidate_groups = Some(StringList { values });
        self
    }

    /// 0 to 100; more is more urgent.
    pub fn priority(mut self, priority: i32) -> Self {
        self.0.priority = Some(priority);
        self
    }
}

/// Shows no text: it names persons.
impl fmt::Debug for TaskCorrections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskCorrections")
            .field("priority", &self.0.priority)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_says_what_the_methods_say() {
        let json = r#"{"type":"adHocSubProcess","activateElements":[{"elementId":"call"},{"elementId":"mail","variables":{"to":"eve"}}],"isCancelRemainingInstances":true}"#;
        let built = JobResult::ad_hoc()
            .activate("call")
            .activate_with("mail", serde_json::json!({"to": "eve"}))
            .cancel_remaining();
        let read = JobResult::from_json(json).unwrap().into_message().unwrap();
        assert_eq!(read, built.into_message().unwrap());
        let corrections = TaskCorrections::default()
            .assignee("")
            .candidate_groups(["sales"])
            .candidate_users(Vec::<String>::new())
            .priority(80);
        let json = r#"{"type":"userTask","corrections":{"assignee":"","candidateUsers":[],"candidateGroups":["sales"],"priority":80}}"#;
        assert_eq!(
            JobResult::from_json(json).unwrap().into_message().unwrap(),
            JobResult::corrected(corrections).into_message().unwrap()
        );
    }

    #[test]
    fn mistakes_show_when_it_is_sent_and_name_the_element() {
        let error = JobResult::ad_hoc().activate_with("call", [1]).into_message().unwrap_err();
        assert!(error.to_string().contains("element 'call'"), "{error}");
        let error = JobResult::from_json(r#"{"deny":true}"#).unwrap_err().to_string();
        assert!(error.contains("unknown field `deny`"), "{error}");
    }
}

//! The user task that a task listener's job is about, as the headers of the job describe it.
//!
//! Source: camunda/camunda-docs: docs/components/concepts/user-task-listeners.md

use std::collections::BTreeMap;

use skep_api::gateway::UserTaskProperties;
use skep_record::{ActivatedJob, JobKind};

/// What begins the names of the headers.
const PREFIX: &str = "io.camunda.zeebe:";

/// What is known about the task; `None` for jobs of other kinds.
pub(crate) fn properties(job: &ActivatedJob) -> Option<UserTaskProperties> {
    if !matches!(job.kind, JobKind::TaskListener(_)) {
        return None;
    }
    let headers: BTreeMap<String, String> =
        serde_json::from_str(&job.custom_headers.to_json()).ok()?;
    let text = |name: &str| headers.get(&format!("{PREFIX}{name}")).cloned();
    let list = |name: &str| -> Vec<String> {
        text(name).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    };
    let key = |name: &str| text(name).and_then(|text| text.parse().ok());
    Some(UserTaskProperties {
        action: text("action"),
        assignee: text("assignee"),
        candidate_groups: list("candidateGroups"),
        candidate_users: list("candidateUsers"),
        changed_attributes: list("changedAttributes"),
        due_date: text("dueDate"),
        follow_up_date: text("followUpDate"),
        form_key: key("formKey"),
        priority: text("priority").and_then(|text| text.parse().ok()),
        user_task_key: key("userTaskKey"),
    })
}

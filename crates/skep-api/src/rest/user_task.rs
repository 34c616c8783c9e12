//! User tasks.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{JsonObject, Key, PropertyFilter, VariableFilter};

/// `POST /v2/user-tasks/{userTaskKey}/assignment`
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UserTaskAssignmentRequest {
    /// The user who gets the task; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// Whether it may be taken from another user; true if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_override: Option<bool>,
    /// What the client calls it; `assign` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}

/// `POST /v2/user-tasks/{userTaskKey}/completion`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UserTaskCompletionRequest {
    /// Result of the work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<JsonObject>,
    /// What the client calls it; `complete` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}

/// `PATCH /v2/user-tasks/{userTaskKey}`
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UserTaskUpdateRequest {
    /// What to change; needed unless there is an action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changeset: Option<UserTaskChangeset>,
    /// What the client calls it; `update` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}

/// Changes to a user task: absent keeps, empty resets.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UserTaskChangeset {
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

/// Selects user tasks: everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UserTaskFilter {
    /// Its state, such as `CREATED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<PropertyFilter<String>>,
    /// The user who does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<PropertyFilter<String>>,
    /// 0 to 100; more is more urgent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<PropertyFilter<i32>>,
    /// BPMN id of its element.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_id: Option<String>,
    /// Name of its element.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<PropertyFilter<String>>,
    /// A group whose members may do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate_group: Option<PropertyFilter<String>>,
    /// A user who may do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate_user: Option<PropertyFilter<String>>,
    /// Its tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<PropertyFilter<String>>,
    /// Id of its process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_id: Option<String>,
    /// When it was created: date and time with offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<PropertyFilter<String>>,
    /// When it was completed or cancelled: date and time with offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_date: Option<PropertyFilter<String>>,
    /// When to follow up: date and time with offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow_up_date: Option<PropertyFilter<String>>,
    /// When it is due: date and time with offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_date: Option<PropertyFilter<String>>,
    /// Variables of its process instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_instance_variables: Option<Vec<VariableFilter>>,
    /// Variables of its element instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_variables: Option<Vec<VariableFilter>>,
    /// Its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_task_key: Option<Key>,
    /// Its process definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_definition_key: Option<Key>,
    /// Its process instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_instance_key: Option<Key>,
    /// The execution of its element.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_instance_key: Option<Key>,
    /// Tags, all of which its process instance has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
}

/// A user task, open or ended.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserTask {
    /// Name of its element.
    pub name: Option<String>,
    /// Its state, such as `CREATED`.
    pub state: String,
    /// The user who does it.
    pub assignee: Option<String>,
    /// BPMN id of its element.
    pub element_id: String,
    /// Groups whose members may do it.
    pub candidate_groups: Vec<String>,
    /// Users who may do it.
    pub candidate_users: Vec<String>,
    /// Id of its process.
    pub process_definition_id: String,
    /// When it was created: RFC 3339.
    pub creation_date: String,
    /// When it was completed or cancelled: RFC 3339.
    pub completion_date: Option<String>,
    /// When to follow up: RFC 3339.
    pub follow_up_date: Option<String>,
    /// When it is due: RFC 3339.
    pub due_date: Option<String>,
    /// Its tenant.
    pub tenant_id: String,
    /// The form of another system.
    pub external_form_reference: Option<String>,
    /// Version of its definition.
    pub process_definition_version: i32,
    /// Task headers of the model.
    pub custom_headers: JsonObject,
    /// 0 to 100; more is more urgent.
    pub priority: i32,
    /// Its key.
    pub user_task_key: Key,
    /// The execution of its element.
    pub element_instance_key: Key,
    /// Name of its process; gateways before 8.9 may not say.
    #[serde(default)]
    pub process_name: Option<String>,
    /// Its process definition.
    pub process_definition_key: Key,
    /// Its process instance.
    pub process_instance_key: Key,
    /// The instance that nobody called; gateways before 8.9 do not say.
    #[serde(default)]
    pub root_process_instance_key: Option<Key>,
    /// The deployed form.
    pub form_key: Option<Key>,
    /// Tags of its process instance.
    #[serde(default)]
    pub tags: Vec<String>,
}

/// Shows no text: most of it comes from variables.
impl fmt::Debug for UserTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserTask")
            .field("user_task_key", &self.user_task_key)
            .field("state", &self.state)
            .field("element_id", &self.element_id)
            .field("process_instance_key", &self.process_instance_key)
            .finish_non_exhaustive()
    }
}

/// Selects variables of a user task.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UserTaskVariableFilter {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<PropertyFilter<String>>,
}

//! The process models that tests deploy.

use skep_api::gateway::{CreateProcessInstanceRequest, DeployResourceRequest, Resource};

/// A model of `tests/bpmn`.
macro_rules! model {
    ($file:literal) => {
        (concat!($file, ".bpmn"), include_str!(concat!("../../../../tests/bpmn/", $file, ".bpmn")))
    };
}

pub(crate) type Model = (&'static str, &'static str);

/// `order_process`: one job of type `payment-service`.
pub(crate) const SERVICE_TASK: Model = model!("service_task");
/// `two_service_tasks`: jobs of the types `collect-money`, then `ship-parcel`.
pub(crate) const TWO_SERVICE_TASKS: Model = model!("two_service_tasks");
/// `call_activity`: calls `billing`, which has one job of type `write-bill`.
pub(crate) const CALL_ACTIVITY: Model = model!("call_activity");
/// `terminate_end`: the end of a job of type `fast-work` ends one of type `slow-work`.
pub(crate) const TERMINATE_END: Model = model!("terminate_end");
/// `boundary_error`: one job of type `work`, error `CARD_DECLINED` is caught.
pub(crate) const BOUNDARY_ERROR: Model = model!("boundary_error");
/// `message_catch`: waits for `payment received` with the key `order_id`.
pub(crate) const MESSAGE_CATCH: Model = model!("message_catch");
/// `message_start`: `order placed` starts it; one job of type `charge-card`.
pub(crate) const MESSAGE_START: Model = model!("message_start");
/// `signal_catch`: waits for `alarm`.
pub(crate) const SIGNAL_CATCH: Model = model!("signal_catch");
/// `headers`: one job of type `pay-<provider>` with two headers.
pub(crate) const HEADERS: Model = model!("headers");
pub(crate) const EXECUTION_LISTENERS: Model = model!("execution_listeners");
pub(crate) const AD_HOC_SUBPROCESS: Model = model!("ad_hoc_subprocess");
/// `ad_hoc_by_job`: a worker of the type in `worker` activates `call` and `repair`.
pub(crate) const AD_HOC_BY_JOB: Model = model!("ad_hoc_by_job");

/// `task_listeners`: a task with listeners of all kinds, the second one of type `second`.
pub(crate) const TASK_LISTENERS: Model = model!("task_listeners");
/// `user_task_native`: a task for `requester` with the priority `urgency`.
pub(crate) const USER_TASK_NATIVE: Model = model!("user_task_native");
/// `user_task_nested`: a task in a subprocess; it and the start have the form `approve`.
pub(crate) const USER_TASK_NESTED: Model = model!("user_task_nested");

/// `conditional_start`: one job of type `work`; `total > 100` starts it, and so does `urgent`.
pub(crate) const CONDITIONAL_START: Model = model!("conditional_start");

/// Decisions that require each other: `season`, `guests`, `dish`, `drinks`, `menu`.
pub(crate) const DISHES: Model =
    ("requirements.dmn", include_str!("../../../../tests/dmn/requirements.dmn"));
/// `tier`: a unique table in which several rules match from 100 points on.
pub(crate) const TIERS: Model =
    ("unique_violated.dmn", include_str!("../../../../tests/dmn/unique_violated.dmn"));
/// The form `approve`.
pub(crate) const APPROVE_FORM: Model =
    ("approve.form", include_str!("../../../../tests/form/approve.form"));

pub(crate) fn deployment(models: &[Model]) -> DeployResourceRequest {
    DeployResourceRequest {
        resources: models
            .iter()
            .map(|(name, text)| Resource {
                name: (*name).to_owned(),
                content: text.as_bytes().to_vec().into(),
            })
            .collect(),
        tenant_id: String::new(),
    }
}

pub(crate) fn creation(bpmn_process_id: &str, variables: &str) -> CreateProcessInstanceRequest {
    CreateProcessInstanceRequest {
        bpmn_process_id: bpmn_process_id.to_owned(),
        version: -1,
        variables: variables.to_owned(),
        ..CreateProcessInstanceRequest::default()
    }
}

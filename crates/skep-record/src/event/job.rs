//! Events of jobs.

use serde::{Deserialize, Serialize};

use crate::{
    Document, ElementInstanceKey, ElementSlot, InstanceSlot, JobKey, JobType, Timestamp,
    element::names,
};

/// Where a job belongs.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct JobValue {
    /// Its process instance.
    pub instance: InstanceSlot,
    /// The element that created it.
    pub element: ElementSlot,
    /// The execution of that element.
    pub element_instance_key: ElementInstanceKey,
}

names! {
    /// What a listener listens to.
    ListenerEvent {
        Start = "START",
        End = "END",
    }
}

names! {
    /// The step of a user task that a listener listens to.
    TaskListenerEvent {
        Creating = "CREATING",
        Assigning = "ASSIGNING",
        Updating = "UPDATING",
        Completing = "COMPLETING",
        Canceling = "CANCELING",
    }
}

/// What made a job.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub enum JobKind {
    /// `BPMN_ELEMENT`: an element, such as a service task.
    BpmnElement,
    /// `EXECUTION_LISTENER`
    ExecutionListener(ListenerEvent),
    /// `AD_HOC_SUB_PROCESS`: an ad-hoc subprocess, which asks what to activate.
    AdHocSubProcess,
    /// `TASK_LISTENER`
    TaskListener(TaskListenerEvent),
}

impl JobKind {
    /// Zeebe's `JobKind`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BpmnElement => "BPMN_ELEMENT",
            Self::ExecutionListener(_) => "EXECUTION_LISTENER",
            Self::AdHocSubProcess => "AD_HOC_SUB_PROCESS",
            Self::TaskListener(_) => "TASK_LISTENER",
        }
    }

    /// What a listener's job is about, in Zeebe's words; `None` for other jobs.
    #[must_use]
    pub fn listener_event(self) -> Option<&'static str> {
        match self {
            Self::ExecutionListener(event) => Some(event.as_str()),
            Self::TaskListener(event) => Some(event.as_str()),
            Self::BpmnElement | Self::AdHocSubProcess => None,
        }
    }
}

/// Steps in the life of a job.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum JobEvent {
    /// `CREATED`: activatable.
    Created {
        /// Type that workers ask for.
        job_type: JobType,
        /// Attempts before an incident.
        retries: i32,
        /// Task headers.
        headers: Document,
        /// What made it.
        kind: JobKind,
    },
    /// `COMPLETED`: gone.
    Completed,
    /// `TIMED_OUT`: activatable again.
    TimedOut,
    /// `FAILED`
    Failed {
        /// Attempts left; at 0 or below the job waits for its incident to be resolved.
        retries: i32,
        /// When it becomes activatable again; `None`: at once, if retries are left.
        retry_at: Option<Timestamp>,
        /// What the worker said.
        error_message: String,
    },
    /// `RETRIES_UPDATED`
    RetriesUpdated {
        /// Attempts left.
        retries: i32,
    },
    /// `CANCELED`: gone.
    Canceled,
    /// `ERROR_THROWN`: gone when something caught the error, else waiting for its incident.
    ErrorThrown {
        /// The BPMN error's code.
        error_code: String,
        /// What the worker said.
        error_message: String,
        /// Whether a catch event took it.
        caught: bool,
    },
    /// `RECURRED_AFTER_BACKOFF`: activatable again.
    RecurredAfterBackoff,
    /// `YIELDED`: activatable again, because it could not be delivered.
    Yielded,
    /// `TIMEOUT_UPDATED`
    TimeoutUpdated {
        /// When the lock ends now.
        deadline: Timestamp,
    },
    /// `MIGRATED`: its element instance runs another element now.
    Migrated {
        /// Task headers, which stay as they were.
        headers: Document,
    },
}

/// Jobs were locked for a worker.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct JobBatchActivated {
    /// Type of the jobs.
    pub job_type: JobType,
    /// The worker's name.
    pub worker: String,
    /// When the locks end.
    pub deadline: Timestamp,
    /// The jobs.
    pub job_keys: Vec<JobKey>,
    /// Whether more jobs were ready but did not fit.
    pub truncated: bool,
}

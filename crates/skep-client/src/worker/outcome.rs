//! How the handler of a job ends.

use std::{fmt, time::Duration};

use serde::Serialize;

use crate::{JobResult, variables::Variables};

/// What a handler completes its job with. Any value that serialises to a JSON object, and `()`,
/// turns into one without a result.
#[must_use]
pub struct Completion {
    pub(super) variables: Variables,
    pub(super) result: Option<JobResult>,
}

impl Completion {
    /// The answer to a task listener's or an ad-hoc subprocess's job, without variables.
    pub fn with_result(result: JobResult) -> Self {
        Self { variables: Variables::None, result: Some(result) }
    }

    /// Variables beside the result; a task listener can give none.
    pub fn variables<T: Serialize>(mut self, variables: T) -> Self {
        self.variables = Variables::from_value(&variables);
        self
    }
}

impl<T: Serialize> From<T> for Completion {
    fn from(variables: T) -> Self {
        Self { variables: Variables::from_value(&variables), result: None }
    }
}

impl fmt::Debug for Completion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Completion").field("result", &self.result).finish_non_exhaustive()
    }
}

/// Why a job was not completed. Any error turns into one with `?`.
#[must_use]
pub struct JobFailure {
    pub(super) kind: FailureKind,
    pub(super) message: String,
    pub(super) variables: Variables,
}

pub(super) enum FailureKind {
    /// Technical: the job is failed and tried again while it has retries.
    Failed { retries: Option<i32>, back_off: Duration },
    /// Of the business: an error event of the process catches it.
    BpmnError { code: String },
}

impl JobFailure {
    /// A technical failure, which takes one of the job's retries.
    pub fn failed(message: impl Into<String>) -> Self {
        Self {
            kind: FailureKind::Failed { retries: None, back_off: Duration::ZERO },
            message: message.into(),
            variables: Variables::None,
        }
    }

    /// An error of the business, which an error event with this `code` catches.
    pub fn bpmn_error(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            kind: FailureKind::BpmnError { code: code.into() },
            message: message.into(),
            variables: Variables::None,
        }
    }

    /// Retries left, instead of one less than before. A BPMN error has none.
    pub fn retries(mut self, n_retries: i32) -> Self {
        if let FailureKind::Failed { retries, .. } = &mut self.kind {
            *retries = Some(n_retries);
        }
        self
    }

    /// How long the job waits before its next attempt. A BPMN error has none.
    pub fn back_off(mut self, pause: Duration) -> Self {
        if let FailureKind::Failed { back_off, .. } = &mut self.kind {
            *back_off = pause;
        }
        self
    }

    /// Variables for the next attempt, or for the event that catches the error.
    pub fn variables<T: Serialize>(mut self, variables: T) -> Self {
        self.variables = Variables::from_value(&variables);
        self
    }
}

impl<E: std::error::Error> From<E> for JobFailure {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut link = error.source();
        while let Some(source) = link {
            message.push_str(": ");
            message.push_str(&source.to_string());
            link = source.source();
        }
        Self::failed(message)
    }
}

impl fmt::Debug for JobFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("JobFailure");
        match &self.kind {
            FailureKind::Failed { retries, back_off } => {
                debug.field("retries", retries).field("back_off", back_off)
            }
            FailureKind::BpmnError { code } => debug.field("code", code),
        };
        debug.field("message", &self.message).finish_non_exhaustive()
    }
}

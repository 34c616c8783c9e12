//! The result of a job, as both protocols write it.

use skep_api::{gateway as pb, rest};
use skep_record::{
    AdHocActivation, AdHocResult, Document, JobResult, UserTaskChanges, UserTaskCorrections,
    UserTaskResult,
};

use crate::problem::Problem;

/// A result with the attributes of both kinds, before it is known which kind it is.
struct Attributes {
    user_task: UserTaskResult,
    ad_hoc: AdHocResult,
}

impl Attributes {
    /// The result, unless it says nothing. What belongs to the other kind is no mere mistake to
    /// pass over: the worker believes that it took effect.
    fn into_result(self, is_ad_hoc: bool) -> Result<Option<Box<JobResult>>, Problem> {
        let Self { user_task, ad_hoc } = self;
        let (has_user_task, has_ad_hoc) =
            (user_task != UserTaskResult::default(), ad_hoc != AdHocResult::default());
        if is_ad_hoc && has_user_task {
            return Err(Problem::invalid_argument(format!(
                "The job result is of type '{}', but has denied, deniedReason or corrections: \
                 remove them, or set its type to '{}'",
                JobResult::AD_HOC_SUB_PROCESS,
                JobResult::USER_TASK
            )));
        }
        if !is_ad_hoc && has_ad_hoc {
            return Err(Problem::invalid_argument(format!(
                "The job result is of type '{}', but has activateElements, \
                 isCompletionConditionFulfilled or isCancelRemainingInstances: remove them, or \
                 set its type to '{}'",
                JobResult::USER_TASK,
                JobResult::AD_HOC_SUB_PROCESS
            )));
        }
        Ok(if is_ad_hoc {
            Some(Box::new(JobResult::AdHocSubProcess(ad_hoc)))
        } else {
            has_user_task.then(|| Box::new(JobResult::UserTask(user_task)))
        })
    }
}

/// Whether the type says ad-hoc subprocess; `None` when it says nothing that is known.
///
/// Camunda's documentation once spelt it differently from its protocol; both are understood.
fn is_ad_hoc(result_type: &str) -> Option<bool> {
    match result_type {
        JobResult::USER_TASK => Some(false),
        JobResult::AD_HOC_SUB_PROCESS | "adHocSubprocess" => Some(true),
        _ => None,
    }
}

/// From a gRPC request, where a type that is not known stands for a user task.
///
/// Source: camunda/camunda: zeebe/gateway-protocol/src/main/proto/gateway.proto, `JobResult`
///
/// # Errors
/// `INVALID_ARGUMENT`: variables that are no object, or attributes of the other type.
pub(crate) fn from_grpc(result: pb::JobResult) -> Result<Option<Box<JobResult>>, Problem> {
    let corrections = result.corrections.unwrap_or_default();
    let activate = result.activate_elements.into_iter().map(|element| {
        let variables = Document::from_json(&element.variables)?;
        Ok(AdHocActivation { element_id: element.element_id, variables })
    });
    let attributes = Attributes {
        user_task: UserTaskResult {
            denied: result.denied.unwrap_or(false),
            denied_reason: result.denied_reason.unwrap_or_default(),
            corrections: UserTaskCorrections {
                assignee: corrections.assignee,
                changes: UserTaskChanges {
                    candidate_groups: corrections.candidate_groups.map(|list| list.values),
                    candidate_users: corrections.candidate_users.map(|list| list.values),
                    due_date: corrections.due_date,
                    follow_up_date: corrections.follow_up_date,
                    priority: corrections.priority,
                },
            },
        },
        ad_hoc: AdHocResult {
            activate: activate.collect::<Result<_, Problem>>()?,
            is_completion_condition_fulfilled: result
                .is_completion_condition_fulfilled
                .unwrap_or(false),
            cancel_remaining: result.is_cancel_remaining_instances.unwrap_or(false),
        },
    };
    attributes.into_result(result.r#type.as_deref().and_then(is_ad_hoc).unwrap_or(false))
}

/// From the body of a REST request.
///
/// # Errors
/// `INVALID_ARGUMENT`: a type that is not known, an element without id, or attributes of the
/// other type.
pub(crate) fn from_rest(result: rest::JobResult) -> Result<Option<Box<JobResult>>, Problem> {
    if result.result_type.as_deref().is_some_and(|given| is_ad_hoc(given).is_none()) {
        return Err(Problem::invalid_argument(format!(
            "The type of the job result is not known: use '{}' or '{}'",
            JobResult::USER_TASK,
            JobResult::AD_HOC_SUB_PROCESS
        )));
    }
    let has_no_id = |element: &rest::AdHocElement| {
        element.element_id.as_deref().is_none_or(|id| id.trim().is_empty())
    };
    if result.activate_elements.iter().flatten().any(has_no_id) {
        return Err(Problem::invalid_argument("No elementId provided"));
    }
    from_grpc(result.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(refused: Result<Option<Box<JobResult>>, Problem>) -> String {
        refused.unwrap_err().into_status().message().to_owned()
    }

    #[test]
    fn a_result_that_says_nothing_is_none() {
        assert_eq!(from_grpc(pb::JobResult::default()).unwrap(), None);
        assert_eq!(from_rest(rest::JobResult::default()).unwrap(), None);
        let accepted = pb::JobResult { denied: Some(false), ..Default::default() };
        assert_eq!(from_grpc(accepted).unwrap(), None);
    }

    #[test]
    fn absent_keeps_and_empty_clears() {
        let corrections = pb::JobResultCorrections {
            assignee: Some(String::new()),
            candidate_users: Some(pb::StringList::default()),
            ..Default::default()
        };
        let result = pb::JobResult { corrections: Some(corrections), ..Default::default() };
        let Some(JobResult::UserTask(found)) = from_grpc(result).unwrap().map(|result| *result)
        else {
            panic!("no result")
        };
        assert_eq!(found.corrections.assignee.as_deref(), Some(""));
        assert_eq!(found.corrections.changes.candidate_users, Some(Vec::new()));
        assert_eq!(found.corrections.changes.candidate_groups, None);
    }

    #[test]
    fn attributes_of_the_other_type_are_refused() {
        let text = |result| words(from_grpc(result));
        let fulfilled = pb::JobResult {
            is_completion_condition_fulfilled: Some(true),
            r#type: Some("whatever".to_owned()),
            ..Default::default()
        };
        assert!(text(fulfilled).contains("set its type to 'adHocSubProcess'"));
        let denied = pb::JobResult {
            denied: Some(true),
            r#type: Some("adHocSubprocess".to_owned()),
            ..Default::default()
        };
        assert!(text(denied).contains("set its type to 'userTask'"));
        let unknown =
            rest::JobResult { result_type: Some("task".to_owned()), ..Default::default() };
        assert!(words(from_rest(unknown)).contains("use 'userTask' or"));
    }
}

//! What creating a process instance means on both APIs: the command, its checks and the wait
//! for the result.

use std::{pin::pin, time::Duration};

use skep_broker::SubmitError;
use skep_record::{
    AwaitResult, BusinessId, Command, CreateProcessInstance, CreatedProcessInstance,
    ProcessInstanceResult, Response,
};
use tokio::time::sleep;

use crate::{
    call::Call,
    problem::{Kind, Problem},
    shared::Shared,
};

/// Most tags of an instance.
const TAGS_MAX: usize = 10;
/// Most characters of a business id.
const BUSINESS_ID_CHARS_MAX: usize = 256;
/// Most characters of a tag.
const TAG_CHARS_MAX: usize = 100;

/// Creates the instance and answers when it exists.
pub(crate) async fn create(
    call: &Call,
    command: CreateProcessInstance,
) -> Result<CreatedProcessInstance, Problem> {
    let answer = call.submit(Command::CreateProcessInstance(command)).await?;
    let Response::Created(created) = answer else {
        return Err(Problem::unexpected_answer());
    };
    Ok(created)
}

/// Creates the instance and answers when it has completed, or with `DeadlineExceeded` after
/// `timeout_ms` (0 and below: the default for commands).
///
/// As in Zeebe the whole time passes also when no result will come any more, because the
/// instance was terminated: clients that repeat what has exceeded its deadline would otherwise
/// create instances as fast as they are terminated. What has happened is in the text.
///
/// Source: camunda/camunda-docs: docs/components/concepts/process-instance-creation.md
pub(crate) async fn create_and_await(
    call: &Call,
    mut command: CreateProcessInstance,
    fetch_variables: Vec<String>,
    timeout_ms: i64,
) -> Result<ProcessInstanceResult, Problem> {
    let wait = match u64::try_from(timeout_ms) {
        Ok(0) | Err(_) => call.shared.limits.request_timeout,
        Ok(ms) => Duration::from_millis(ms),
    };
    command.await_result = Some(AwaitResult { fetch_variables });
    let answer = call.ask(Command::CreateProcessInstance(command));
    let mut time_is_up = pin!(sleep(wait));
    let answer = tokio::select! {
        biased;
        answer = answer => answer,
        () = &mut time_is_up => return Err(not_completed(wait, "it goes on")),
        () = call.shared.closing.cancelled() => return Err(Shared::stopping()),
    };
    if let Err(SubmitError::NoResult { process_instance_key, reason }) = &answer {
        let what = format!("process instance {process_instance_key} {reason}");
        tokio::select! {
            biased;
            () = time_is_up => return Err(not_completed(wait, &what)),
            () = call.shared.closing.cancelled() => return Err(Shared::stopping()),
        }
    }
    let Response::Completed(result) = call.shared.counted(answer)? else {
        return Err(Problem::unexpected_answer());
    };
    Ok(result)
}

fn not_completed(wait: Duration, what_became_of_it: &str) -> Problem {
    Problem::new(
        Kind::DeadlineExceeded,
        format!(
            "Time out between gateway and broker: the process instance did not complete within \
             {} ms; {what_became_of_it}",
            wait.as_millis()
        ),
    )
}

/// Checks tags and drops those given twice.
///
/// Source: camunda/camunda: zeebe/protocol-impl, `TagUtil`.
pub(crate) fn checked_tags(mut tags: Vec<String>) -> Result<Vec<String>, Problem> {
    let mut n_distinct = 0;
    while n_distinct < tags.len() {
        if !is_tag(&tags[n_distinct]) {
            return Err(Problem::invalid_argument(format!(
                "Expected a tag to begin with a letter, followed by at most {} letters, digits or \
                 characters of '_-:.', but it was '{}'",
                TAG_CHARS_MAX - 1,
                tags[n_distinct].chars().take(TAG_CHARS_MAX).collect::<String>()
            )));
        }
        if tags[..n_distinct].contains(&tags[n_distinct]) {
            tags.remove(n_distinct);
        } else {
            n_distinct += 1;
        }
        if n_distinct > TAGS_MAX {
            return Err(Problem::invalid_argument(format!(
                "Expected at most {TAGS_MAX} tags, but there are more"
            )));
        }
    }
    Ok(tags)
}

/// Checks the length of a business id; an empty one is refused.
///
/// Source: camunda/camunda-docs: docs/components/concepts/process-instance-creation.md
pub(crate) fn checked_business_id(id: &str) -> Result<BusinessId, Problem> {
    let n_chars = id.chars().take(BUSINESS_ID_CHARS_MAX + 1).count();
    if (1..=BUSINESS_ID_CHARS_MAX).contains(&n_chars) {
        return Ok(id.into());
    }
    Err(Problem::invalid_argument(format!(
        "Expected businessId to have 1 to {BUSINESS_ID_CHARS_MAX} characters, but it has {}",
        if n_chars == 0 { "none" } else { "more" }
    )))
}

fn is_tag(tag: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"_-:.".contains(&byte);
    tag.len() <= TAG_CHARS_MAX
        && tag.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && tag.bytes().all(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn business_ids_have_1_to_256_characters() {
        let longest = "ä".repeat(256);
        for good in ["a", "order 1", &longest] {
            assert_eq!(&*checked_business_id(good).unwrap(), good);
        }
        let longer = "ä".repeat(257);
        for (bad, how_many) in [("", "none"), (longer.as_str(), "more")] {
            let problem = checked_business_id(bad).unwrap_err();
            assert_eq!(problem.kind(), Kind::InvalidArgument);
            assert!(problem.detail().ends_with(how_many), "{}", problem.detail());
        }
    }

    fn tags(texts: &[&str]) -> Result<Vec<String>, Problem> {
        checked_tags(texts.iter().map(|&text| text.to_owned()).collect())
    }

    #[test]
    fn tags_given_twice_count_once() {
        assert_eq!(tags(&["a", "b:1", "a"]).unwrap(), ["a", "b:1"]);
        let many: Vec<_> = (0..30).map(|i| format!("t{}", i % 10)).collect();
        assert_eq!(checked_tags(many).unwrap().len(), 10);
    }

    #[test]
    fn bad_tags_are_named() {
        let long = format!("a{}", "b".repeat(100));
        for bad in ["", "1a", "a b", "ä", &long] {
            assert_eq!(tags(&[bad]).unwrap_err().kind(), Kind::InvalidArgument, "{bad}");
        }
        let many: Vec<_> = (0..11).map(|i| format!("t{i}")).collect();
        assert!(checked_tags(many).unwrap_err().detail().contains("at most 10"));
    }
}

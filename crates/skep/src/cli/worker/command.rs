//! Running the command of one job, and reading from it what becomes of the job.

use std::{io, process::Stdio};

use serde_json::{Map, Value, json};
use skep_client::{Job, protocol::UserTaskProperties};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, Command},
    time::timeout_at,
};

use super::outcome::Outcome;
use crate::failure::Failure;

/// More than a gateway takes in one message.
const STDOUT_BYTES_MAX: usize = 4 << 20;

/// How much of the end of stderr becomes the message of a failure.
const STDERR_BYTES_MAX: usize = 2_000;

/// The command of a worker.
#[derive(Clone, Debug)]
pub(super) struct JobCommand {
    program: String,
    args: Vec<String>,
}

impl JobCommand {
    /// From the words after `--`.
    ///
    /// # Errors
    /// When there is none, or an empty one.
    pub(super) fn new(words: &[String]) -> Result<Self, Failure> {
        match words {
            [] => Err(Failure::usage("there is no command to run for the jobs")
                .fix("write it after --, for example `skep worker TYPE -- ./work.sh`")),
            [program, ..] if program.trim().is_empty() => {
                Err(Failure::usage("the command to run for the jobs is empty"))
            }
            [shell] if shell.contains(char::is_whitespace) => {
                Ok(Self { program: "sh".to_owned(), args: vec!["-c".to_owned(), shell.clone()] })
            }
            [program, args @ ..] => Ok(Self { program: program.clone(), args: args.to_vec() }),
        }
    }

    /// Runs it for `job`.
    pub(super) async fn run(&self, job: &Job) -> Outcome {
        let mut child = match self.spawn(job) {
            Ok(child) => child,
            Err(e) => return Outcome::Failed(format!("cannot run {}: {e}", self.program)),
        };
        // Dropping the child kills it.
        match timeout_at(job.deadline(), finish(&mut child, job.variables_json())).await {
            Ok(Ok(end)) => end.outcome(job.kind()),
            Ok(Err(e)) => Outcome::Failed(format!("lost the command {}: {e}", self.program)),
            Err(_) => {
                Outcome::Failed("the command took longer than the lock of the job".to_owned())
            }
        }
    }

    fn spawn(&self, job: &Job) -> io::Result<Child> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .env("SKEP_JOB_KEY", job.key().to_string())
            .env("SKEP_JOB_TYPE", job.job_type())
            .env("SKEP_JOB_RETRIES", job.retries().to_string())
            .env("SKEP_JOB_DEADLINE", job.deadline_ms().to_string())
            .env("SKEP_JOB_HEADERS", job.headers_json())
            .env("SKEP_PROCESS_INSTANCE_KEY", job.process_instance_key().to_string())
            .env("SKEP_BPMN_PROCESS_ID", job.bpmn_process_id())
            .env("SKEP_PROCESS_VERSION", job.process_definition_version().to_string())
            .env("SKEP_ELEMENT_ID", job.element_id())
            .env("SKEP_ELEMENT_INSTANCE_KEY", job.element_instance_key().to_string())
            .env("SKEP_TENANT_ID", job.tenant_id())
            .env("SKEP_JOB_KIND", job.kind());
        // What this process has of these is about another job.
        command.env_remove("SKEP_LISTENER_EVENT").env_remove("SKEP_USER_TASK");
        if let Some(event) = job.listener_event() {
            command.env("SKEP_LISTENER_EVENT", event);
        }
        if let Some(task) = job.user_task() {
            command.env("SKEP_USER_TASK", user_task(task).to_string());
        }
        // Ctrl-C in a terminal goes to the whole group, and the command shall finish its job.
        #[cfg(unix)]
        command.process_group(0);
        command.spawn()
    }
}

/// The user task of a listener's job, in the words of the REST API.
fn user_task(task: &UserTaskProperties) -> Value {
    let key = |key: Option<i64>| key.map(|key| key.to_string());
    json!({
        "userTaskKey": key(task.user_task_key),
        "action": task.action,
        "assignee": task.assignee,
        "candidateGroups": task.candidate_groups,
        "candidateUsers": task.candidate_users,
        "changedAttributes": task.changed_attributes,
        "dueDate": task.due_date,
        "followUpDate": task.follow_up_date,
        "formKey": key(task.form_key),
        "priority": task.priority,
    })
}

/// How a command ended.
struct End {
    code: Option<i32>,
    status: String,
    stdout: Vec<u8>,
    stdout_is_whole: bool,
    stderr: Vec<u8>,
}

/// Feeds the command and reads it to its end, all at once: it may print before it has read all.
async fn finish(child: &mut Child, variables: &str) -> io::Result<End> {
    let missing = || io::Error::other("a pipe of the command is missing");
    let mut stdin = child.stdin.take().ok_or_else(missing)?;
    let stdout = child.stdout.take().ok_or_else(missing)?;
    let stderr = child.stderr.take().ok_or_else(missing)?;
    let feed = async {
        // A command that does not want its variables closes stdin; that is its right.
        let _ = stdin.write_all(variables.as_bytes()).await;
        drop(stdin);
        io::Result::Ok(())
    };
    let ((), (stdout, stdout_is_whole), stderr) =
        tokio::try_join!(feed, read_start(stdout), read_end(stderr))?;
    let status = child.wait().await?;
    Ok(End { code: status.code(), status: status.to_string(), stdout, stdout_is_whole, stderr })
}

/// Reads to the end, but keeps no more than a gateway would take.
async fn read_start(mut from: impl AsyncRead + Unpin) -> io::Result<(Vec<u8>, bool)> {
    let mut kept = Vec::new();
    let limit = u64::try_from(STDOUT_BYTES_MAX).unwrap_or(u64::MAX);
    (&mut from).take(limit).read_to_end(&mut kept).await?;
    let n_more = tokio::io::copy(&mut from, &mut tokio::io::sink()).await?;
    Ok((kept, n_more == 0))
}

/// Reads to the end, passes everything on to stderr, and keeps the last of it.
async fn read_end(mut from: impl AsyncRead + Unpin) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    let mut buffer = [0; 4_096];
    let mut out = tokio::io::stderr();
    loop {
        let n = from.read(&mut buffer).await?;
        if n == 0 {
            return Ok(kept);
        }
        // Losing the echo must not lose the job.
        let _ = out.write_all(&buffer[..n]).await;
        kept.extend_from_slice(&buffer[..n]);
        kept.drain(..kept.len().saturating_sub(STDERR_BYTES_MAX));
    }
}

impl End {
    fn outcome(&self, kind: &str) -> Outcome {
        if self.code != Some(0) {
            let stderr = String::from_utf8_lossy(&self.stderr);
            let stderr = stderr.trim_matches(|c: char| c.is_whitespace() || c == '\u{fffd}');
            return Outcome::Failed(match stderr {
                "" => format!("the command ended with {}", self.status),
                text => format!("the command ended with {}: {text}", self.status),
            });
        }
        if !self.stdout_is_whole {
            return Outcome::Failed("the command printed more than 4 MiB".to_owned());
        }
        if self.stdout.trim_ascii().is_empty() {
            return Outcome::completed(Map::new());
        }
        match serde_json::from_slice(&self.stdout) {
            Ok(Value::Object(object)) => Outcome::of_printed(object, kind),
            Ok(_) => Outcome::Failed("the command printed JSON that is no object".to_owned()),
            Err(e) => Outcome::Failed(format!(
                "the command printed what is no JSON (line {}, column {})",
                e.line(),
                e.column()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(code: i32, stdout: &str, stderr: &str) -> Outcome {
        End {
            code: Some(code),
            status: format!("exit status: {code}"),
            stdout: stdout.into(),
            stdout_is_whole: true,
            stderr: stderr.into(),
        }
        .outcome("BPMN_ELEMENT")
    }

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn what_is_printed_decides() {
        assert!(
            matches!(end(0, " \n", ""), Outcome::Completed { variables, .. } if variables.is_empty())
        );
        let Outcome::Completed { variables, .. } = end(0, r#"{"a": 1}"#, "noise") else { panic!() };
        assert_eq!(variables, object(&json!({"a": 1})));
        for (stdout, reason) in [("[1]", "no object"), ("done", "no JSON"), ("{", "no JSON")] {
            assert!(matches!(end(0, stdout, ""), Outcome::Failed(m) if m.contains(reason)));
        }
    }

    #[test]
    fn the_end_of_stderr_is_the_message() {
        let Outcome::Failed(message) = end(7, "{}", "card reader is offline\n") else { panic!() };
        assert_eq!(message, "the command ended with exit status: 7: card reader is offline");
        let Outcome::Failed(message) = end(7, "", "") else { panic!() };
        assert_eq!(message, "the command ended with exit status: 7");
    }

    #[test]
    fn one_word_with_spaces_is_for_the_shell() {
        let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let shell = JobCommand::new(&words(&["echo {} | cat"])).unwrap();
        assert_eq!((shell.program.as_str(), shell.args.len()), ("sh", 2));
        let direct = JobCommand::new(&words(&["./a b", "c"])).unwrap();
        assert_eq!((direct.program.as_str(), direct.args.len()), ("./a b", 1));
        assert!(JobCommand::new(&words(&[""])).is_err());
    }
}

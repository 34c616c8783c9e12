//! Running the command of one job, and reading from it what becomes of the job.

use std::{io, process::Stdio, time::Duration};

use serde_json::{Map, Value};
use skep_client::{Job, JobFailure};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, Command},
    time::timeout_at,
};

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

/// What became of a job.
#[derive(Debug)]
pub(super) enum Outcome {
    Completed(Map<String, Value>),
    BpmnError { code: String, message: String, variables: Map<String, Value> },
    Failed(String),
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
            Ok(Ok(end)) => end.outcome(),
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
            .env("SKEP_TENANT_ID", job.tenant_id());
        // Ctrl-C in a terminal goes to the whole group, and the command shall finish its job.
        #[cfg(unix)]
        command.process_group(0);
        command.spawn()
    }
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
    fn outcome(&self) -> Outcome {
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
            return Outcome::Completed(Map::new());
        }
        match serde_json::from_slice(&self.stdout) {
            Ok(Value::Object(object)) => of_object(object),
            Ok(_) => Outcome::Failed("the command printed JSON that is no object".to_owned()),
            Err(e) => Outcome::Failed(format!(
                "the command printed what is no JSON (line {}, column {})",
                e.line(),
                e.column()
            )),
        }
    }
}

/// `{"bpmnError": …}` alone is an error; beside others it is a variable like any.
fn of_object(mut object: Map<String, Value>) -> Outcome {
    if object.len() != 1 {
        return Outcome::Completed(object);
    }
    match object.remove("bpmnError") {
        None => Outcome::Completed(object),
        Some(Value::String(code)) => {
            Outcome::BpmnError { code, message: String::new(), variables: Map::new() }
        }
        Some(Value::Object(mut error)) => {
            let (Some(Value::String(code)), message, variables) =
                (error.remove("code"), error.remove("message"), error.remove("variables"))
            else {
                return Outcome::Failed("the bpmnError printed has no code".to_owned());
            };
            let message = message.and_then(|m| m.as_str().map(str::to_owned)).unwrap_or_default();
            let variables = match variables {
                None | Some(Value::Null) => Map::new(),
                Some(Value::Object(variables)) => variables,
                Some(_) => {
                    return Outcome::Failed(
                        "the variables of the bpmnError are no object".to_owned(),
                    );
                }
            };
            Outcome::BpmnError { code, message, variables }
        }
        Some(_) => {
            Outcome::Failed("the bpmnError printed is neither a code nor an object".to_owned())
        }
    }
}

impl Outcome {
    /// A word, and what else to say about it; never variables.
    pub(super) fn describe(&self) -> (&'static str, String) {
        match self {
            Self::Completed(_) => ("completed", String::new()),
            Self::BpmnError { code, .. } => ("bpmnError", format!(": {code}")),
            Self::Failed(message) => {
                let first = message.lines().next().unwrap_or_default();
                ("failed", format!(": {first}"))
            }
        }
    }

    /// For the worker of the client.
    pub(super) fn into_result(self, back_off: Duration) -> Result<Map<String, Value>, JobFailure> {
        match self {
            Self::Completed(variables) => Ok(variables),
            Self::BpmnError { code, message, variables } => {
                Err(JobFailure::bpmn_error(code, message).variables(variables))
            }
            Self::Failed(message) => Err(JobFailure::failed(message).back_off(back_off)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn end(code: i32, stdout: &str, stderr: &str) -> Outcome {
        End {
            code: Some(code),
            status: format!("exit status: {code}"),
            stdout: stdout.into(),
            stdout_is_whole: true,
            stderr: stderr.into(),
        }
        .outcome()
    }

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn what_is_printed_decides() {
        assert!(matches!(end(0, " \n", ""), Outcome::Completed(v) if v.is_empty()));
        let Outcome::Completed(variables) = end(0, r#"{"a": 1}"#, "noise") else { panic!() };
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
    fn bpmn_errors() {
        let Outcome::BpmnError { code, .. } = end(0, r#"{"bpmnError":"declined"}"#, "") else {
            panic!()
        };
        assert_eq!(code, "declined");
        let long = r#"{"bpmnError":{"code":"c","message":"m","variables":{"v":1}}}"#;
        let Outcome::BpmnError { code, message, variables } = end(0, long, "") else { panic!() };
        assert_eq!((code.as_str(), message.as_str()), ("c", "m"));
        assert_eq!(variables, object(&json!({"v": 1})));
        assert!(matches!(end(0, r#"{"bpmnError":"c","other":1}"#, ""), Outcome::Completed(_)));
        for wrong in [r#"{"bpmnError":1}"#, r#"{"bpmnError":{}}"#] {
            assert!(matches!(end(0, wrong, ""), Outcome::Failed(_)), "{wrong}");
        }
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

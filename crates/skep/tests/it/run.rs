//! Running the binary.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use crate::stub::Stub;

/// What a command printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A command with nothing in its environment but a path and a home.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skep"));
    command.args(args).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command
}

/// Runs `skep` with `args`.
pub(crate) fn skep(args: &[&str]) -> Ran {
    run(command(args), "")
}

/// Runs `skep` against `stub`.
pub(crate) fn skep_at(stub: &Stub, args: &[&str]) -> Ran {
    run(at(stub, args), "")
}

/// A command against `stub`.
pub(crate) fn at(stub: &Stub, args: &[&str]) -> Command {
    let mut command = command(args);
    command.env("ZEEBE_ADDRESS", format!("http://{}", stub.address));
    command
}

/// Runs `command` with `stdin`.
pub(crate) fn run(mut command: Command, stdin: &str) -> Ran {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that reads nothing may be gone already.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Ran {
    /// The output of a command that must have worked.
    #[track_caller]
    pub(crate) fn ok(&self) -> &str {
        assert_eq!(self.code, 0, "{self:?}");
        self.stdout.trim_end()
    }

    /// The JSON of a command that must have worked.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(self.ok()).unwrap()
    }

    /// The error of a command that must have failed with `code`, and printed no result.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32) -> &str {
        assert_eq!((self.code, self.stdout.as_str()), (code, ""), "{self:?}");
        &self.stderr
    }
}

/// Asserts that `text` has all of `parts`.
#[track_caller]
pub(crate) fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part:?} in:\n{text}");
    }
}

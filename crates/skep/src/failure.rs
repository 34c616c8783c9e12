//! How a command fails: an exit code for scripts, and one message with cause and fix for people.

use std::{error::Error, io::Write as _, process::ExitCode};

use skep_client::ErrorKind;

/// The exit codes; scripts rely on them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    /// The operation was tried and failed.
    Failed = 1,
    /// The command line, a file or a setting is wrong; nothing was tried.
    Usage = 2,
    /// The gateway or the token endpoint cannot be reached.
    CannotConnect = 3,
    /// No token could be had, or the server refused it.
    NotAuthorized = 4,
}

impl Exit {
    /// The exit code for an error of the client.
    pub(crate) fn of(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Usage => Self::Usage,
            ErrorKind::Connect => Self::CannotConnect,
            ErrorKind::Auth => Self::NotAuthorized,
            // Kinds that come later are failures of the operation until they say otherwise.
            ErrorKind::Deadline | ErrorKind::Overloaded | ErrorKind::Refused | _ => Self::Failed,
        }
    }
}

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
    cause: Option<Box<dyn Error + Send + Sync>>,
    fix: Option<String>,
}

impl Failure {
    /// A failure of the operation itself, exit code 1.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { exit: Exit::Failed, message: message.into(), cause: None, fix: None }
    }

    /// A mistake in what the user gave, exit code 2.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(message).exit(Exit::Usage)
    }

    /// The same with another exit code.
    pub(crate) fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// The same with the error that led to it; its whole source chain is printed.
    pub(crate) fn caused_by(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The same with what the user can do about it.
    pub(crate) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// What happened with its causes, and what the user can do about it.
    pub(crate) fn parts(&self) -> (String, Option<&str>) {
        let text = self.text();
        let what = text.strip_prefix("error: ").unwrap_or(&text);
        let what = what.split_once("\nfix: ").map_or(what, |(what, _)| what);
        (what.trim_end().replace("\ncause: ", ": "), self.fix.as_deref())
    }

    /// Prints it to stderr and gives the exit code of the process.
    pub(crate) fn report(&self) -> ExitCode {
        // Nobody is left to tell when stderr is closed; the exit code still says it.
        let _ = write!(std::io::stderr().lock(), "{}", self.text());
        ExitCode::from(self.exit as u8)
    }

    /// `error:`, then one `cause:` line per link of the chain that says something new, then `fix:`.
    fn text(&self) -> String {
        let mut text = format!("error: {}\n", self.message);
        let mut last = self.message.clone();
        let mut link: Option<&dyn Error> = self.cause.as_deref().map(|e| e as &dyn Error);
        while let Some(error) = link {
            let message = error.to_string();
            if !last.contains(&message) {
                text.push_str(&format!("cause: {message}\n"));
                last = message;
            }
            link = error.source();
        }
        if let Some(fix) = &self.fix {
            text.push_str(&format!("fix: {fix}\n"));
        }
        text
    }
}

impl From<skep_client::Error> for Failure {
    fn from(error: skep_client::Error) -> Self {
        let exit = Exit::of(error.kind());
        Self { exit, message: error.to_string(), fix: error.fix(), cause: take_source(error) }
    }
}

impl From<skep_entra::Error> for Failure {
    fn from(error: skep_entra::Error) -> Self {
        let exit = match error.kind() {
            skep_entra::ErrorKind::Usage => Exit::Usage,
            skep_entra::ErrorKind::Connect => Exit::CannotConnect,
            skep_entra::ErrorKind::Auth => Exit::NotAuthorized,
            skep_entra::ErrorKind::Failed => Exit::Failed,
        };
        let (message, fix) = (error.to_string(), error.fix());
        let cause = error.source().is_some().then(|| error.into());
        Self { exit, message, cause, fix }
    }
}

/// The causes of `error`; its own text is the message of the failure.
fn take_source(error: skep_client::Error) -> Option<Box<dyn Error + Send + Sync>> {
    error.source().is_some().then(|| Box::new(error) as Box<dyn Error + Send + Sync>)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read the thing")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn the_text_has_the_chain_and_the_fix() {
        let io = std::io::Error::other("disk on fire");
        let failure = Failure::new("no result").caused_by(Outer(io)).fix("use a fire extinguisher");
        assert_eq!(
            failure.text(),
            "error: no result\ncause: cannot read the thing\ncause: disk on fire\n\
             fix: use a fire extinguisher\n"
        );
    }

    #[test]
    fn a_cause_that_the_message_already_holds_is_not_repeated() {
        let failure = Failure::new("no result: disk on fire")
            .caused_by(std::io::Error::other("disk on fire"));
        assert_eq!(failure.text(), "error: no result: disk on fire\n");
    }
}

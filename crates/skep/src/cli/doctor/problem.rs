//! What is wrong, in the parts that a reader wants: what happened, why, what to do.

use serde_json::{Value, json};
use skep_auth::{AuthError, TokenError, TokenFault, aadsts::Topic};
use skep_client::{ConnectFault, Error};

use crate::failure::{Exit, Failure};

/// Something that is wrong.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// Stable code, for example `SKEP-AUTH-REFUSED`.
    pub(super) code: String,
    pub(super) message: String,
    pub(super) cause: Option<String>,
    pub(super) fix: Option<String>,
    pub(super) topic: Option<Topic>,
    /// What the provider said, if it did.
    pub(super) refusal: Option<Box<skep_auth::Refusal>>,
    pub(super) exit: Exit,
}

impl Problem {
    pub(super) fn new(code: impl Into<String>, exit: Exit, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            cause: None,
            fix: None,
            topic: None,
            refusal: None,
            exit,
        }
    }

    pub(super) fn cause(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    pub(super) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    pub(super) fn topic(mut self, topic: Topic) -> Self {
        self.topic = Some(topic);
        self
    }

    /// A connection that did not come about.
    pub(super) fn connection(fault: ConnectFault, whom: &str, reason: &str) -> Self {
        let code = match fault {
            ConnectFault::UnknownHost => "SKEP-CONNECT-DNS",
            ConnectFault::NothingListens | ConnectFault::Unreachable => "SKEP-CONNECT-TCP",
            ConnectFault::UnknownAuthority => "SKEP-CONNECT-CA",
            ConnectFault::OtherName => "SKEP-CONNECT-NAME",
            ConnectFault::CertificateTime => "SKEP-CONNECT-CERTIFICATE-TIME",
            ConnectFault::ServerIsPlain | ConnectFault::ServerIsTls => "SKEP-CONNECT-PLAINTEXT",
            ConnectFault::NotHttp2 | ConnectFault::NotGrpc => "SKEP-CONNECT-PROTOCOL",
            ConnectFault::Tls | ConnectFault::Broken | _ => "SKEP-CONNECT",
        };
        Self::new(code, Exit::CannotConnect, format!("{whom}: {fault}")).cause(reason)
    }

    pub(super) fn json(&self, step: &str) -> Value {
        let refusal = self.refusal.as_deref();
        json!({
            "step": step,
            "code": self.code,
            "message": self.message,
            "cause": self.cause,
            "fix": self.fix,
            "guideEntry": self.topic.and_then(Topic::guide_entry),
            "oauthError": refusal.map(|refusal| &refusal.error),
            "aadsts": refusal.and_then(|refusal| refusal.aadsts),
            "correlationId": refusal.and_then(|refusal| refusal.correlation_id.as_ref()),
            "traceId": refusal.and_then(|refusal| refusal.trace_id.as_ref()),
        })
    }

    /// As the failure of the command.
    pub(super) fn failure(&self, step: &str) -> Failure {
        let mut message = format!("{step}: {}", self.message);
        let mut known_as = vec![self.code.clone()];
        if let Some(entry) = self.topic.and_then(Topic::guide_entry) {
            known_as.push(format!("troubleshooting {entry:?}"));
        }
        if let Some(refusal) = &self.refusal {
            let ids =
                [("correlation id", &refusal.correlation_id), ("trace id", &refusal.trace_id)];
            for (name, id) in ids {
                known_as.extend(id.as_ref().map(|id| format!("{name} {id}")));
            }
        }
        message.push_str(&format!(" ({})", known_as.join(", ")));
        let mut failure = Failure::new(message).exit(self.exit);
        if let Some(cause) = &self.cause {
            failure = failure.caused_by(cause.clone());
        }
        match &self.fix {
            Some(fix) => failure.fix(fix.clone()),
            None => failure,
        }
    }
}

impl From<AuthError> for Problem {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is about no entry of the guide")]
    fn from(error: AuthError) -> Self {
        let topic = match &error {
            AuthError::Refused(refusal) => refusal.topic(),
            AuthError::Keystore(_) | AuthError::TokenFile { .. } => Some(Topic::Certificate),
            _ => None,
        };
        let exit = match &error {
            AuthError::Settings(_) | AuthError::Trust { .. } | AuthError::Keystore(_) => {
                Exit::Usage
            }
            AuthError::TokenFile { .. } => Exit::Usage,
            AuthError::Unreachable { .. } | AuthError::Timeout { .. } | AuthError::Tls { .. } => {
                Exit::CannotConnect
            }
            _ => Exit::NotAuthorized,
        };
        let (message, fix) = match error.message().split_once("; fix: ") {
            Some((message, fix)) => (message.to_owned(), Some(fix.to_owned())),
            None => (error.message(), Some(error.fix().to_owned()).filter(|fix| !fix.is_empty())),
        };
        Self {
            code: error.code().to_owned(),
            message,
            cause: error.cause().map(str::to_owned),
            fix,
            topic,
            exit,
            refusal: if let AuthError::Refused(refusal) = error { Some(refusal) } else { None },
        }
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        let exit = match error.fault() {
            TokenFault::Unauthenticated | TokenFault::Forbidden => Exit::NotAuthorized,
            TokenFault::Unavailable => Exit::CannotConnect,
        };
        let problem = Self::new(error.code(), exit, error.to_string()).fix(error.fix());
        with_reason(problem, error.code())
    }
}

/// Cause and topic of a token that the gateway does not accept, from its reason code.
pub(super) fn with_reason(problem: Problem, reason: &str) -> Problem {
    let (topic, cause) = match reason.strip_prefix("SKEP-AUTH-").unwrap_or_default() {
        "AUDIENCE" => (
            Some(Topic::Audience),
            "the token is for another API than the gateway: the scope decides at Entra, not the \
             audience setting",
        ),
        "ISSUER" | "TENANT" => (
            Some(Topic::Audience),
            "the token comes from another tenant, provider or token version than the gateway \
             expects",
        ),
        "ROLE" => {
            (Some(Topic::Scope), "the client was not given an app role that the gateway asks for")
        }
        "CLIENT" => (Some(Topic::Client), "the gateway has a list of clients, without this one"),
        "EXPIRED" | "NOT-YET-VALID" => (None, "the clocks of provider, client and gateway differ"),
        "KEY" | "SIGNATURE" => {
            (None, "the gateway checks tokens with the keys of another provider")
        }
        "JWKS" => (None, "the gateway cannot reach its provider"),
        "MISSING" => (Some(Topic::Client), "no credential is set, so the call was anonymous"),
        _ => return problem,
    };
    Problem { topic, ..problem }.cause(cause)
}

impl From<Error> for Problem {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is told as it is")]
    fn from(error: Error) -> Self {
        let failure_fix = error.fix();
        match error {
            Error::Token(error) | Error::Settings(error) => error.into(),
            Error::Connect { address, fault, source } => {
                let mut reason = source.to_string();
                let mut link = source.source();
                while let Some(inner) = link {
                    reason = format!("{reason}: {inner}");
                    link = inner.source();
                }
                let whom = format!("the gateway at {address}");
                let fix = fault.fix(&address);
                Self::connection(fault, &whom, &reason).fix(fix)
            }
            Error::Refused { ref message, ref reason, .. } => {
                let (message, fix) = match message.split_once("; fix: ") {
                    Some((message, fix)) => (message.to_owned(), Some(fix.to_owned())),
                    None => (message.clone(), failure_fix),
                };
                let code = reason.clone().unwrap_or_else(|| "SKEP-CALL-REFUSED".to_owned());
                let known = message.strip_prefix(&format!("{code}: ")).unwrap_or(&message);
                let text = format!("the gateway refused the call: {known}");
                let problem = Self { fix, ..Self::new(code.clone(), exit_of(&error), text) };
                with_reason(problem, &code)
            }
            other => {
                let problem = Self::new("SKEP-CALL", exit_of(&other), other.to_string());
                Self { fix: failure_fix, ..problem }
            }
        }
    }
}

fn exit_of(error: &Error) -> Exit {
    Exit::of(error.kind())
}

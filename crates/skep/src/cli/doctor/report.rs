//! The steps of a check-up, what became of each, and how that is told.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::problem::Problem;
use crate::{
    failure::Failure,
    output::{self, Output},
};

/// Version of the JSON document; it grows, and changes only with this number.
const JSON_VERSION: u32 = 1;

/// What is looked at, in this order. The names are stable.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Step {
    Settings,
    Credential,
    ProviderDns,
    ProviderTcp,
    ProviderTls,
    Discovery,
    Clock,
    Token,
    Claims,
    GatewayDns,
    GatewayTcp,
    GatewayTls,
    GatewayCall,
    Permission,
}

impl Step {
    /// Its name in both forms of the report.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Credential => "credential",
            Self::ProviderDns => "provider-dns",
            Self::ProviderTcp => "provider-tcp",
            Self::ProviderTls => "provider-tls",
            Self::Discovery => "discovery",
            Self::Clock => "clock",
            Self::Token => "token",
            Self::Claims => "claims",
            Self::GatewayDns => "gateway-dns",
            Self::GatewayTcp => "gateway-tcp",
            Self::GatewayTls => "gateway-tls",
            Self::GatewayCall => "gateway-call",
            Self::Permission => "permission",
        }
    }

    /// Steps without whose success it makes no sense.
    fn needs(self) -> &'static [Self] {
        match self {
            Self::Settings => &[],
            Self::Credential | Self::ProviderDns | Self::GatewayDns => &[Self::Settings],
            Self::ProviderTcp => &[Self::ProviderDns],
            Self::ProviderTls => &[Self::ProviderTcp],
            Self::Discovery => &[Self::ProviderTls],
            // A provider whose document is wrong still tells the time.
            Self::Clock => &[Self::ProviderTls],
            Self::Token => &[Self::Credential, Self::Discovery],
            Self::Claims => &[Self::Token],
            Self::GatewayTcp => &[Self::GatewayDns],
            Self::GatewayTls => &[Self::GatewayTcp],
            Self::GatewayCall => &[Self::Claims, Self::GatewayTls],
            Self::Permission => &[Self::GatewayCall],
        }
    }
}

/// What a step that worked has found.
#[derive(Debug)]
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) detail: String,
    /// What worked, but should be looked at.
    pub(super) warnings: Vec<String>,
    /// What else is worth knowing.
    pub(super) notes: Vec<String>,
}

impl<T> Found<T> {
    pub(super) fn new(value: T, detail: impl Into<String>) -> Self {
        Self { value, detail: detail.into(), warnings: Vec::new(), notes: Vec::new() }
    }

    pub(super) fn warning(mut self, text: impl Into<String>) -> Self {
        self.warnings.push(text.into());
        self
    }

    pub(super) fn warnings(mut self, texts: Vec<String>) -> Self {
        self.warnings.extend(texts);
        self
    }

    pub(super) fn notes(mut self, texts: Vec<String>) -> Self {
        self.notes = texts;
        self
    }
}

/// Why a step has found nothing.
#[derive(Debug)]
pub(super) enum Stop {
    /// It went wrong.
    Failed(Box<Problem>),
    /// There is nothing to look at; what comes after it may go on.
    NotApplicable(String),
}

impl<P: Into<Problem>> From<P> for Stop {
    fn from(problem: P) -> Self {
        Self::Failed(Box::new(problem.into()))
    }
}

/// What became of a step.
#[derive(Debug)]
struct Outcome {
    step: Step,
    status: Status,
    took: Option<Duration>,
    detail: String,
    warnings: Vec<String>,
    notes: Vec<String>,
    problem: Option<Box<Problem>>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Status {
    Ok,
    Failed,
    /// Nothing to look at.
    NotApplicable,
    /// A step that it needs has failed.
    Blocked,
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::NotApplicable | Self::Blocked => "skipped",
        }
    }
}

/// The report so far; as text it is printed while it grows.
#[derive(Debug)]
pub(super) struct Report {
    output: Output,
    outcomes: Vec<Outcome>,
    began: Instant,
}

impl Report {
    pub(super) fn new(output: Output) -> Self {
        Self { output, outcomes: Vec::new(), began: Instant::now() }
    }

    /// Does `work` if the steps that `step` needs have not failed; gives what it found.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub(super) async fn run<T>(
        &mut self,
        step: Step,
        work: impl Future<Output = Result<Found<T>, Stop>>,
    ) -> Result<Option<T>, Failure> {
        if let Some(needed) = self.missing_for(step) {
            let detail = format!("it needs {}", needed.name());
            self.add(Outcome::without_work(step, Status::Blocked, detail))?;
            return Ok(None);
        }
        let began = Instant::now();
        let waiting = format!("waiting for {}", step.name());
        let result = super::super::progress::while_waiting(&waiting, work).await;
        let took = Some(began.elapsed());
        let (outcome, value) = match result {
            Ok(Found { value, detail, warnings, notes }) => {
                let outcome = Outcome {
                    step,
                    status: Status::Ok,
                    took,
                    detail,
                    warnings,
                    notes,
                    problem: None,
                };
                (outcome, Some(value))
            }
            Err(Stop::NotApplicable(detail)) => {
                (Outcome::without_work(step, Status::NotApplicable, detail), None)
            }
            Err(Stop::Failed(problem)) => {
                let detail = problem.message.clone();
                let failed = Outcome::without_work(step, Status::Failed, detail);
                (Outcome { took, problem: Some(problem), ..failed }, None)
            }
        };
        self.add(outcome)?;
        Ok(value)
    }

    fn missing_for(&self, step: Step) -> Option<Step> {
        step.needs().iter().copied().find(|needed| {
            self.outcomes
                .iter()
                .find(|outcome| outcome.step == *needed)
                .is_none_or(|outcome| matches!(outcome.status, Status::Failed | Status::Blocked))
        })
    }

    fn add(&mut self, outcome: Outcome) -> Result<(), Failure> {
        self.outcomes.push(outcome);
        let n = self.outcomes.len();
        match (self.output, self.outcomes.last()) {
            (Output::Text, Some(outcome)) => output::line(outcome.text(n)),
            (Output::Json, _) | (_, None) => Ok(()),
        }
    }

    /// Ends the report; the first problem is the failure of the command.
    ///
    /// # Errors
    /// That failure, or that standard output cannot be written.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let first =
            self.outcomes.iter().find_map(|outcome| Some((outcome, outcome.problem.as_ref()?)));
        if self.output == Output::Json {
            let document = json!({
                "version": JSON_VERSION,
                "ok": first.is_none(),
                "exitCode": first.map_or(0, |(_, problem)| problem.exit as u8),
                "durationMs": millis(self.began.elapsed()),
                "steps": self.outcomes.iter().map(Outcome::json).collect::<Vec<_>>(),
                "failure": first.map(|(outcome, problem)| problem.json(outcome.step.name())),
            });
            output::line(format!("{document:#}"))?;
        }
        if let Some((outcome, problem)) = first {
            return Err(problem.failure(outcome.step.name()));
        }
        let n_warnings: usize = self.outcomes.iter().map(|outcome| outcome.warnings.len()).sum();
        match (self.output, n_warnings) {
            (Output::Json, _) => Ok(()),
            (Output::Text, 0) => output::line("Everything works."),
            (Output::Text, 1) => output::line("Everything works; one thing should be looked at."),
            (Output::Text, n) => {
                output::line(format!("Everything works; {n} things should be looked at."))
            }
        }
    }
}

impl Outcome {
    fn without_work(step: Step, status: Status, detail: String) -> Self {
        let (warnings, notes) = Default::default();
        Self { step, status, took: None, detail, warnings, notes, problem: None }
    }

    fn text(&self, n: usize) -> String {
        let took = self.took.map_or_else(String::new, |took| format!("{:.1} ms", millis(took)));
        let (name, status) = (self.step.name(), self.status.name());
        let mut text = format!("{n:2}  {name:12}  {status:7}  {took:>9}  {}", self.detail);
        for note in &self.notes {
            text.push_str(&format!("\n{:38}{note}", ""));
        }
        for warning in &self.warnings {
            text.push_str(&format!("\n{:38}look: {warning}", ""));
        }
        text
    }

    fn json(&self) -> Value {
        let step = self.step.name();
        json!({
            "step": step,
            "status": self.status.name(),
            "durationMs": self.took.map(millis),
            "detail": self.detail,
            "warnings": self.warnings,
            "notes": self.notes,
            "problem": self.problem.as_ref().map(|problem| problem.json(step)),
        })
    }
}

/// Milliseconds to a tenth.
fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10_000.0).round() / 10.0
}

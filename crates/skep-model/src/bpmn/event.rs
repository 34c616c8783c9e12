//! Event definitions: what an event waits for, and what it throws.

use std::sync::Arc;

use skep_feel::Expression;

use super::condition;
use super::definitions::Definitions;
use super::draft::unsupported;
use super::expression::{constant, feel, string_or_feel, text_or_feel};
use super::extension;
use crate::graph::{
    CodeCatch, EndKind, JobDefinition, MessageDefinition, StaticValue, TextOrFeel, ThrowKind,
    TimerDefinition, Trigger,
};
use crate::node::{Node, attribute, bpmn_children, text};
use crate::problem::{Report, quoted};
use crate::timer::{self, TimerKind};

/// Where an event stands; it decides which definitions are possible.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// Start event of a process.
    ProcessStart,
    /// Intermediate catch event.
    Catch,
    /// Boundary event that terminates its activity.
    InterruptingBoundary,
    /// Boundary event that leaves its activity running.
    NonInterruptingBoundary,
    /// Start event of an event subprocess that terminates what else is in the scope.
    InterruptingStart,
    /// Start event of an event subprocess that runs beside what else is in the scope.
    NonInterruptingStart,
    /// Start event of an embedded subprocess.
    SubprocessStart,
}

/// The definitions of an event, including those of kinds that are not known.
pub(crate) fn definitions<'a>(event: Node<'a>) -> Vec<Node<'a>> {
    bpmn_children(event)
        .filter(|child| {
            let name = child.tag_name().name();
            name.ends_with("EventDefinition") || name == "eventDefinitionRef"
        })
        .collect()
}

/// The one definition of `event`, if it has any.
///
/// `Err` when it has several, which is reported.
fn at_most_one<'a>(event: Node<'a>, report: &mut Report<'_>) -> Result<Option<Node<'a>>, ()> {
    match definitions(event).as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(*only)),
        [_, _, ..] => {
            report.error(event, "the event has more than one event definition: keep one");
            Err(())
        }
    }
}

/// What a start event waits for: `Some(None)` for a none start event, `None` if it is wrong.
pub(crate) fn start<'a>(
    event: Node<'a>,
    place: Place,
    known: &Definitions<'a>,
    report: &mut Report<'_>,
) -> Option<Option<Trigger>> {
    let Some(definition) = at_most_one(event, report).ok()? else {
        if matches!(place, Place::InterruptingStart | Place::NonInterruptingStart) {
            report.error(
                event,
                "nothing starts the event subprocess: give its start event a message, timer, \
                 error, signal, escalation or condition",
            );
            return None;
        }
        return Some(None);
    };
    if place == Place::SubprocessStart {
        report.error(
            definition,
            "a subprocess starts with a none start event: remove the event definition",
        );
        return None;
    }
    trigger(definition, place, known, report).map(Some)
}

/// What a catch or boundary event waits for.
pub(crate) fn catch<'a>(
    event: Node<'a>,
    place: Place,
    known: &Definitions<'a>,
    report: &mut Report<'_>,
) -> Option<Trigger> {
    let Some(definition) = at_most_one(event, report).ok()? else {
        report.error(event, "the event waits for nothing: give it one event definition");
        return None;
    };
    trigger(definition, place, known, report)
}

fn trigger<'a>(
    definition: Node<'a>,
    place: Place,
    known: &Definitions<'a>,
    report: &mut Report<'_>,
) -> Option<Trigger> {
    match definition.tag_name().name() {
        "messageEventDefinition" => {
            message(definition, place == Place::ProcessStart, known, report).map(Trigger::Message)
        }
        "timerEventDefinition" => timer(definition, place, report).map(Trigger::Timer),
        "signalEventDefinition" => {
            signal(definition, place == Place::ProcessStart, known, report).map(Trigger::Signal)
        }
        "errorEventDefinition" => match place {
            Place::InterruptingBoundary | Place::InterruptingStart => {
                error_catch(definition, known, report).map(Trigger::Error)
            }
            Place::NonInterruptingBoundary => {
                report.error(
                    definition,
                    "an error boundary event is always interrupting: remove cancelActivity=\"false\"",
                );
                None
            }
            Place::NonInterruptingStart => {
                report.error(
                    definition,
                    "an error event subprocess is always interrupting: remove \
                     isInterrupting=\"false\"",
                );
                None
            }
            Place::ProcessStart | Place::Catch | Place::SubprocessStart => {
                report.error(
                    definition,
                    "an error is caught on the boundary of an activity or by an event subprocess: \
                     use one of them",
                );
                None
            }
        },
        "conditionalEventDefinition" => {
            condition::read(definition, place, report).map(Trigger::Conditional)
        }
        "escalationEventDefinition" => match place {
            Place::InterruptingBoundary
            | Place::NonInterruptingBoundary
            | Place::InterruptingStart
            | Place::NonInterruptingStart => {
                escalation_catch(definition, known, report).map(Trigger::Escalation)
            }
            Place::ProcessStart | Place::Catch | Place::SubprocessStart => {
                report.error(
                    definition,
                    "an escalation is caught on the boundary of a subprocess or by an event \
                     subprocess: use one of them",
                );
                None
            }
        },
        other => {
            unsupported(definition, &format!("{} at a catching event", quoted(other)), report);
            None
        }
    }
}

/// What an intermediate throw event does.
pub(crate) fn throw<'a>(
    event: Node<'a>,
    known: &Definitions<'a>,
    report: &mut Report<'_>,
) -> Option<ThrowKind> {
    let Some(definition) = at_most_one(event, report).ok()? else { return Some(ThrowKind::None) };
    match definition.tag_name().name() {
        "signalEventDefinition" => signal(definition, false, known, report).map(ThrowKind::Signal),
        "messageEventDefinition" => message_job(event, report).map(ThrowKind::Job),
        "escalationEventDefinition" => {
            escalation_throw(definition, known, report).map(ThrowKind::Escalation)
        }
        other => {
            unsupported(definition, &format!("{} at a throwing event", quoted(other)), report);
            None
        }
    }
}

/// How an end event ends.
pub(crate) fn end<'a>(
    event: Node<'a>,
    known: &Definitions<'a>,
    report: &mut Report<'_>,
) -> Option<EndKind> {
    let Some(definition) = at_most_one(event, report).ok()? else { return Some(EndKind::None) };
    match definition.tag_name().name() {
        "terminateEventDefinition" => Some(EndKind::Terminate),
        "errorEventDefinition" => error_throw(definition, known, report).map(EndKind::Error),
        "escalationEventDefinition" => {
            escalation_throw(definition, known, report).map(EndKind::Escalation)
        }
        "signalEventDefinition" => signal(definition, false, known, report).map(EndKind::Signal),
        "messageEventDefinition" => message_job(event, report).map(EndKind::Job),
        other => {
            unsupported(definition, &format!("{} at an end event", quoted(other)), report);
            None
        }
    }
}

/// The job of a message throw event or a send task.
pub(crate) fn message_job(node: Node<'_>, report: &mut Report<'_>) -> Option<JobDefinition> {
    if let Some(publish) = extension::at_most_one(node, "publishMessage", report) {
        unsupported(publish, "publishing a message without a job (zeebe:publishMessage)", report);
        return None;
    }
    extension::job(node, report)
}

/// The message that `node`, an event definition or a receive task, waits for.
pub(crate) fn message<'a>(
    node: Node<'a>,
    is_process_start: bool,
    known: &Definitions<'a>,
    report: &mut Report<'_>,
) -> Option<MessageDefinition> {
    let declared = known.message(node, report)?;
    let name = name(node, declared, "message", is_process_start, report);
    if is_process_start {
        return Some(MessageDefinition { name: name?, correlation_key: None });
    }
    let correlation_key = correlation_key(node, declared, report);
    Some(MessageDefinition { name: name?, correlation_key: Some(correlation_key?) })
}

fn correlation_key(
    node: Node<'_>,
    message: Node<'_>,
    report: &mut Report<'_>,
) -> Option<Expression> {
    let Some(subscription) = extension::at_most_one(message, "subscription", report) else {
        let id = message.attribute("id").unwrap_or_default();
        report.error(
            node,
            format!(
                "the message {} has no subscription: add zeebe:subscription with a correlationKey",
                quoted(id)
            ),
        );
        return None;
    };
    let text = extension::required(subscription, "correlationKey", report)?;
    feel(subscription, "the correlation key", text, report)
}

fn signal<'a>(
    definition: Node<'a>,
    is_process_start: bool,
    known: &Definitions<'a>,
    report: &mut Report<'_>,
) -> Option<TextOrFeel> {
    let declared = known.signal(definition, report)?;
    name(definition, declared, "signal", is_process_start, report)
}

/// The name of a message or signal; a constant text at a process start event.
fn name(
    node: Node<'_>,
    declared: Node<'_>,
    kind: &str,
    is_process_start: bool,
    report: &mut Report<'_>,
) -> Option<TextOrFeel> {
    let Some(name) = attribute(declared, "name").filter(|name| !name.trim().is_empty()) else {
        let id = declared.attribute("id").unwrap_or_default();
        report.error(node, format!("the {kind} {} has no name: name it", quoted(id)));
        return None;
    };
    let read = text_or_feel(declared, &format!("the {kind} name"), name, report)?;
    if !is_process_start {
        return Some(read);
    }
    let constant = constant_text(&read);
    if constant.is_none() {
        report.error(
            node,
            format!(
                "the {kind} name {} of a start event is no constant text: no variables exist \
                 before the process starts",
                quoted(name)
            ),
        );
    }
    constant.map(|text| TextOrFeel::text(&text))
}

/// The text of a static string or of an expression that needs no variables for it.
fn constant_text(read: &TextOrFeel) -> Option<Arc<str>> {
    match read {
        TextOrFeel::Static(StaticValue::Text(text)) => Some(Arc::clone(text)),
        TextOrFeel::Static(StaticValue::Number(..)) => None,
        TextOrFeel::Feel(expression) => {
            constant(expression)?.as_str().filter(|text| !text.is_empty()).map(Arc::from)
        }
    }
}

fn error_catch<'a>(
    definition: Node<'a>,
    known: &Definitions<'a>,
    report: &mut Report<'_>,
) -> Option<CodeCatch> {
    if attribute(definition, "errorRef").is_none() {
        return Some(CodeCatch::All);
    }
    let error = known.error(definition, report)?;
    caught_code(definition, error, "error", report)
}

fn escalation_catch<'a>(
    definition: Node<'a>,
    known: &Definitions<'a>,
    report: &mut Report<'_>,
) -> Option<CodeCatch> {
    if attribute(definition, "escalationRef").is_none() {
        return Some(CodeCatch::All);
    }
    let escalation = known.escalation(definition, report)?;
    caught_code(definition, escalation, "escalation", report)
}

/// Which code of a declared error or escalation is caught.
fn caught_code(
    definition: Node<'_>,
    declared: Node<'_>,
    kind: &str,
    report: &mut Report<'_>,
) -> Option<CodeCatch> {
    match attribute(declared, &format!("{kind}Code")) {
        None => Some(CodeCatch::All),
        Some(code) if code.starts_with('=') => {
            report.error(
                definition,
                format!(
                    "the {kind} code {} of a catching event is an expression: write a static code",
                    quoted(code)
                ),
            );
            None
        }
        Some(code) => Some(CodeCatch::Code(code.into())),
    }
}

fn error_throw<'a>(
    definition: Node<'a>,
    known: &Definitions<'a>,
    report: &mut Report<'_>,
) -> Option<TextOrFeel> {
    let error = known.error(definition, report)?;
    thrown_code(definition, error, "error", report)
}

fn escalation_throw<'a>(
    definition: Node<'a>,
    known: &Definitions<'a>,
    report: &mut Report<'_>,
) -> Option<TextOrFeel> {
    let escalation = known.escalation(definition, report)?;
    thrown_code(definition, escalation, "escalation", report)
}

/// The code with which a declared error or escalation is thrown.
fn thrown_code(
    definition: Node<'_>,
    declared: Node<'_>,
    kind: &str,
    report: &mut Report<'_>,
) -> Option<TextOrFeel> {
    let name = format!("{kind}Code");
    let Some(code) = attribute(declared, &name).filter(|code| !code.trim().is_empty()) else {
        let id = declared.attribute("id").unwrap_or_default();
        report.error(definition, format!("the {kind} {} has no {name}: give it one", quoted(id)));
        return None;
    };
    string_or_feel(declared, &format!("the {kind} code"), code, report)
}

fn timer(definition: Node<'_>, place: Place, report: &mut Report<'_>) -> Option<TimerDefinition> {
    let kinds: Vec<_> = bpmn_children(definition)
        .filter(|child| {
            matches!(child.tag_name().name(), "timeDate" | "timeDuration" | "timeCycle")
        })
        .collect();
    let [kind] = kinds.as_slice() else {
        report.error(
            definition,
            "a timer has exactly one of timeDate, timeDuration and timeCycle: choose one",
        );
        return None;
    };
    let content = text(*kind);
    let what = kind.tag_name().name();
    if content.is_empty() {
        report.error(*kind, format!("{what} is empty: write when the timer fires"));
        return None;
    }
    let fires_once =
        matches!(place, Place::Catch | Place::InterruptingBoundary | Place::InterruptingStart);
    if what == "timeCycle" && fires_once {
        report.error(
            *kind,
            "a timer that fires once has no cycle: use timeDuration or timeDate, or make the \
             event non-interrupting",
        );
        return None;
    }
    let read = string_or_feel(*kind, what, &content, report)?;
    let timer = match what {
        "timeDate" => TimerDefinition::Date(read),
        "timeDuration" => TimerDefinition::Duration(read),
        _ => TimerDefinition::Cycle(read),
    };
    if let Err(error) = timer::check_static(&timer) {
        report.error(*kind, error.to_string());
        return None;
    }
    if place == Place::ProcessStart
        && let Err(reason) = check_constant(&timer)
    {
        report.error(*kind, format!("{what} {} of a start event {reason}", quoted(&content)));
        return None;
    }
    Some(timer)
}

/// Checks an expression that is evaluated at deployment, before there are variables.
fn check_constant(timer: &TimerDefinition) -> Result<(), String> {
    let TextOrFeel::Feel(expression) = timer.text() else { return Ok(()) };
    let Some(value) = constant(expression) else {
        return Err("cannot be evaluated: no variables exist before the process starts".into());
    };
    if let Some(text) = value.as_str() {
        return timer::check_text(timer.kind(), text).map_err(|error| format!("is wrong: {error}"));
    }
    let (is_fit, needed) = match timer.kind() {
        TimerKind::Date => (value.as_unix_ms(&jiff::tz::TimeZone::UTC).is_some(), "date-time"),
        TimerKind::Duration => (value.as_duration().is_some(), "duration"),
        TimerKind::Cycle => (false, "text"),
    };
    if is_fit {
        return Ok(());
    }
    Err(format!(
        "gives a {} instead of a {needed}; no variables exist before the process starts",
        value.type_name()
    ))
}

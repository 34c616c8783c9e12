//! Events.

use super::{Block, Builder, alone, task};
use crate::model::{ERROR_CODES, ESCALATION_CODES, MESSAGES, SIGNALS};

/// The only signal that models throw themselves.
pub(super) const THROWN: usize = 1;

/// Now and then start events with triggers, for a process.
pub(in super::super) fn start_events(builder: &mut Builder<'_>) -> Vec<String> {
    let event = match builder.rng.below(12) {
        0 => r#"<messageEventDefinition messageRef="start_message"/>"#.to_owned(),
        1 => r#"<signalEventDefinition signalRef="start_signal"/>"#.to_owned(),
        2 => cycle_event(builder),
        3 => condition_event("=choice < 3"),
        _ => return Vec::new(),
    };
    let id = builder.id("start");
    builder.add(&format!(r#"<startEvent id="{id}">{event}</startEvent>"#));
    vec![id]
}

pub(super) fn message_catch(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let event = message_event(builder);
    catch(builder, &event)
}

pub(super) fn timer_catch(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let event = timer_event(builder);
    catch(builder, &event)
}

pub(super) fn signal_catch(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let event = any_signal_event(builder);
    catch(builder, &event)
}

/// Waits until a choice is high enough, which in the end it is.
pub(super) fn condition_catch(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let limit = builder.rng.below(9);
    catch(builder, &condition_event(&format!("=choice > {limit}")))
}

pub(super) fn throw(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let id = builder.id("throw");
    let event = match builder.rng.below(3) {
        0 => String::new(),
        1 => signal_event(THROWN),
        _ => escalation_event(builder),
    };
    builder.add(&format!(r#"<intermediateThrowEvent id="{id}">{event}</intermediateThrowEvent>"#));
    alone(id)
}

/// A jump within the scope.
pub(super) fn link(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let (first, last) = (builder.id("leave"), builder.id("arrive"));
    builder.add(&format!(
        r#"<intermediateThrowEvent id="{first}"><linkEventDefinition name="{first}"/></intermediateThrowEvent><intermediateCatchEvent id="{last}"><linkEventDefinition name="{first}"/></intermediateCatchEvent>"#
    ));
    Block { first, last }
}

/// A task that is compensated, after something else.
pub(super) fn compensate(builder: &mut Builder<'_>, depth: usize) -> Block {
    let task = task::service_task(builder, depth + 1);
    let (boundary, handler) = (builder.id("undo"), builder.id("handler"));
    let (association, throw) = (builder.id("association"), builder.id("compensate"));
    builder.elements.retain(|id| *id != association);
    let definition = task::task_definition(builder);
    let only = if builder.rng.one_in(3) {
        format!(r#" activityRef="{}""#, task.first)
    } else {
        String::new()
    };
    builder.add(&format!(
        r#"<boundaryEvent id="{boundary}" attachedToRef="{}"><compensateEventDefinition/></boundaryEvent><serviceTask id="{handler}" isForCompensation="true"><extensionElements>{definition}</extensionElements></serviceTask><association id="{association}" associationDirection="One" sourceRef="{boundary}" targetRef="{handler}"/><intermediateThrowEvent id="{throw}"><compensateEventDefinition{only}/></intermediateThrowEvent>"#,
        task.first
    ));
    let between = builder.block(depth + 1);
    builder.flow(&task.last, &between.first, None);
    builder.flow(&between.last, &throw, None);
    Block { first: task.first, last: throw }
}

pub(super) fn catch(builder: &mut Builder<'_>, event: &str) -> Block {
    let id = builder.id("catch");
    builder.add(&format!(r#"<intermediateCatchEvent id="{id}">{event}</intermediateCatchEvent>"#));
    alone(id)
}

pub(super) fn message_event(builder: &mut Builder<'_>) -> String {
    message(builder.rng.below(MESSAGES.len() - 1))
}

pub(super) fn message(at: usize) -> String {
    format!(r#"<messageEventDefinition messageRef="message{at}"/>"#)
}

pub(super) fn any_signal_event(builder: &mut Builder<'_>) -> String {
    signal_event(builder.rng.below(SIGNALS.len()))
}

pub(super) fn signal_event(signal: usize) -> String {
    format!(r#"<signalEventDefinition signalRef="signal{signal}"/>"#)
}

pub(super) fn error_event(builder: &mut Builder<'_>) -> String {
    let error = builder.rng.below(ERROR_CODES.len());
    format!(r#"<errorEventDefinition errorRef="error{error}"/>"#)
}

pub(super) fn escalation_event(builder: &mut Builder<'_>) -> String {
    let escalation = builder.rng.below(ESCALATION_CODES.len());
    format!(r#"<escalationEventDefinition escalationRef="escalation{escalation}"/>"#)
}

pub(super) fn condition_event(condition: &str) -> String {
    let condition = condition.replace('<', "&lt;");
    format!(
        r#"<conditionalEventDefinition><condition xsi:type="tFormalExpression">{condition}</condition></conditionalEventDefinition>"#
    )
}

pub(super) fn timer_event(builder: &mut Builder<'_>) -> String {
    let seconds = [0, 1, 30, 7_200][builder.rng.below(4)];
    format!(
        r#"<timerEventDefinition><timeDuration xsi:type="tFormalExpression">PT{seconds}S</timeDuration></timerEventDefinition>"#
    )
}

pub(super) fn cycle_event(builder: &mut Builder<'_>) -> String {
    let (runs, seconds) = (builder.rng.between(1, 3), builder.rng.between(1, 20));
    format!(
        r#"<timerEventDefinition><timeCycle xsi:type="tFormalExpression">R{runs}/PT{seconds}S</timeCycle></timerEventDefinition>"#
    )
}

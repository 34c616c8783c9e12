//! Conditions that events wait for.

use super::event::Place;
use super::expression::feel;
use super::extension;
use crate::graph::ConditionDefinition;
use crate::node::{Node, attribute, bpmn_named, text};
use crate::problem::{Report, quoted};

/// Reads a `conditionalEventDefinition`.
///
/// Its filter has no effect on process start events: there are no variables that could change.
pub(crate) fn read(
    definition: Node<'_>,
    place: Place,
    report: &mut Report<'_>,
) -> Option<ConditionDefinition> {
    let content = bpmn_named(definition, "condition").next().map(text);
    let Some(content) = content.filter(|content| !content.is_empty()) else {
        report.error(definition, "the event has no condition: write a FEEL expression");
        return None;
    };
    let condition = feel(definition, "the condition", &content, report);
    let (on_create, on_update) = match place {
        Place::ProcessStart => (true, true),
        Place::Catch
        | Place::InterruptingBoundary
        | Place::NonInterruptingBoundary
        | Place::InterruptingStart
        | Place::NonInterruptingStart
        | Place::SubprocessStart => filter(definition, report)?,
    };
    Some(ConditionDefinition { condition: condition?, on_create, on_update })
}

/// Which changes of variables count: those that create one, and those that update one.
fn filter(definition: Node<'_>, report: &mut Report<'_>) -> Option<(bool, bool)> {
    let filter = extension::at_most_one(definition, "conditionalFilter", report);
    let Some(events) = filter.and_then(|filter| attribute(filter, "variableEvents")) else {
        return Some((true, true));
    };
    let mut found = (false, false);
    for event in events.split(',').map(str::trim) {
        match event {
            "create" => found.0 = true,
            "update" => found.1 = true,
            other => {
                report.error(
                    definition,
                    format!(
                        "variableEvents names {}: write create, update, or both separated by a \
                         comma",
                        quoted(other)
                    ),
                );
                return None;
            }
        }
    }
    Some(found)
}

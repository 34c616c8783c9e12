//! Call activities: the process they run.

use super::binding::binding;
use super::expression::text_or_feel;
use super::extension;
use crate::graph::CalledElement;
use crate::node::{Node, flag};
use crate::problem::Report;

/// The process that the call activity `node` runs.
pub(crate) fn called_element(node: Node<'_>, report: &mut Report<'_>) -> Option<CalledElement> {
    let Some(called) = extension::at_most_one(node, "calledElement", report) else {
        report.error(node, "no process is called: add zeebe:calledElement with a processId");
        return None;
    };
    let process_id = extension::required(called, "processId", report)
        .and_then(|text| text_or_feel(called, "the process id", text, report));
    let binding = binding(called, report);
    Some(CalledElement {
        process_id: process_id?,
        binding: binding?,
        propagate_all_parent_variables: flag(called, "propagateAllParentVariables", true),
        propagate_all_child_variables: flag(called, "propagateAllChildVariables", true),
    })
}

//! `bindingType` and `versionTag` of called processes, called decisions, forms and
//! linked resources.

use crate::binding::Binding;
use crate::node::{Node, attribute};
use crate::problem::{Report, quoted};

/// The binding that a `zeebe:calledElement`, `zeebe:calledDecision`, `zeebe:formDefinition` or
/// `zeebe:linkedResource` asks for; latest if it says nothing.
///
/// Source: camunda/camunda: zeebe/bpmn-model/validation/zeebe (version tag and binding type)
pub(crate) fn binding(node: Node<'_>, report: &mut Report<'_>) -> Option<Binding> {
    let tag = attribute(node, "versionTag").filter(|tag| !tag.trim().is_empty());
    let binding = match attribute(node, "bindingType") {
        None | Some("latest") => Binding::Latest,
        Some("deployment") => Binding::Deployment,
        Some("versionTag") => match tag {
            Some(tag) => return Some(Binding::VersionTag(tag.into())),
            None => {
                report.error(node, "bindingType 'versionTag' needs a versionTag: fill it in");
                return None;
            }
        },
        Some(other) => {
            report.error(
                node,
                format!(
                    "bindingType {} is unknown: write latest, deployment or versionTag",
                    quoted(other)
                ),
            );
            return None;
        }
    };
    if tag.is_some() {
        report.error(
            node,
            "versionTag has no effect without bindingType 'versionTag': set it, or remove the tag",
        );
        return None;
    }
    Some(binding)
}

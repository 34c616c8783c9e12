//! What a deployment made, as text.

use std::fmt;

use crate::Deployment;

/// Id and version of each thing; which of them were there before.
pub(super) fn details(f: &mut dyn fmt::Write, deployment: &Deployment) -> fmt::Result {
    let Deployment {
        key: _,
        tenant_id: _,
        processes,
        decisions,
        decision_requirements,
        forms,
        resources,
    } = deployment;
    for process in processes {
        one(f, &process.bpmn_process_id, process.version, process.duplicate)?;
    }
    for decision in decisions {
        one(f, &decision.decision_id, decision.version, decision.duplicate)?;
    }
    for graph in decision_requirements {
        one(f, &graph.decision_requirements_id, graph.version, graph.duplicate)?;
    }
    for form in forms {
        one(f, &form.form_id, form.version, form.duplicate)?;
    }
    for file in resources {
        one(f, &file.resource_id, file.version, file.duplicate)?;
    }
    Ok(())
}

fn one(f: &mut dyn fmt::Write, id: &str, version: i32, is_duplicate: bool) -> fmt::Result {
    let suffix = if is_duplicate { " duplicate" } else { "" };
    write!(f, " {id:?} v{version}{suffix}")
}

//! Zeebe's extension elements: job types, headers, mappings and forms.

use std::collections::BTreeSet;
use std::sync::Arc;

use skep_feel::Expression;

use super::binding::binding;
use super::draft::unsupported;
use super::expression::{feel, path, string_literal, string_or_feel, text_or_feel};
use super::listener;
use crate::graph::{JobDefinition, LinkedResource, Mapping, TextOrFeel, UserTaskDefinition};
use crate::node::{Node, attribute, extensions, zeebe_named};
use crate::problem::{Report, quoted};
use crate::timer;

/// Attempts of a job whose model does not say.
pub(crate) const DEFAULT_RETRIES: &str = "3";

/// Header keys that belong to the engine.
const RESERVED_HEADER_PREFIX: &str = "io.camunda.zeebe:";

/// The extension element `name` of `node`, which may stand there once.
pub(crate) fn at_most_one<'a>(
    node: Node<'a>,
    name: &str,
    report: &mut Report<'_>,
) -> Option<Node<'a>> {
    let mut found = extensions(node).filter(|child| child.tag_name().name() == name);
    let first = found.next();
    if let Some(second) = found.next() {
        report.error(second, format!("zeebe:{name} occurs more than once: keep one"));
    }
    first
}

/// Whether the extension element `name` is there.
pub(crate) fn has(node: Node<'_>, name: &str) -> bool {
    extensions(node).any(|child| child.tag_name().name() == name)
}

/// An attribute that must be there and not blank.
pub(crate) fn required<'a>(node: Node<'a>, name: &str, report: &mut Report<'_>) -> Option<&'a str> {
    let value = node.attribute(name).filter(|value| !value.trim().is_empty());
    if value.is_none() {
        let tag = node.tag_name().name();
        report.error(node, format!("the attribute '{name}' of zeebe:{tag} is missing: fill it in"));
    }
    value
}

/// Reports extensions that would change how `node` runs but are not supported.
///
/// What Zeebe does not read on an element, such as a task definition left behind on a user task,
/// is ignored here as well.
pub(crate) fn check_supported(node: Node<'_>, report: &mut Report<'_>) {
    for extension in extensions(node) {
        match extension.tag_name().name() {
            "taskListeners" if zeebe_named(extension, "taskListener").next().is_some() => {
                listener::check_place(node, extension, report);
            }
            "executionListeners" | "taskListeners" | "linkedResources" => {}
            "adHoc"
            | "assignmentDefinition"
            | "calledDecision"
            | "calledElement"
            | "formDefinition"
            | "ioMapping"
            | "priorityDefinition"
            | "properties"
            | "publishMessage"
            | "script"
            | "subscription"
            | "taskDefinition"
            | "taskHeaders"
            | "taskSchedule"
            | "userTask"
            | "userTaskForm"
            | "versionTag" => {}
            other => unsupported(extension, &format!("zeebe:{other}"), report),
        }
    }
}

/// The job that `node` creates, from its `zeebe:taskDefinition`.
///
/// Static retries that are no number are accepted, as by Zeebe: they become an incident.
pub(crate) fn job(node: Node<'_>, report: &mut Report<'_>) -> Option<JobDefinition> {
    let headers = headers(node, report);
    let linked_resources = linked_resources(node, report);
    let Some(definition) = at_most_one(node, "taskDefinition", report) else {
        let hint = if node.attributes().any(|a| a.namespace() == Some(crate::node::CAMUNDA_7)) {
            "; attributes of Camunda 7 are not executed"
        } else {
            ""
        };
        report.error(
            node,
            format!("no job type is defined: add zeebe:taskDefinition with a type{hint}"),
        );
        return None;
    };
    let job_type = required(definition, "type", report)
        .and_then(|text| text_or_feel(definition, "the job type", text, report));
    let retries = attribute(definition, "retries").unwrap_or(DEFAULT_RETRIES);
    let retries = text_or_feel(definition, "retries", retries, report);
    Some(JobDefinition { job_type: job_type?, retries: retries?, headers, linked_resources })
}

/// Deployed files that a worker is to use.
///
/// Source: camunda/camunda: zeebe/bpmn-model/.../instance/zeebe/ZeebeLinkedResource.java
fn linked_resources(node: Node<'_>, report: &mut Report<'_>) -> Vec<LinkedResource> {
    let Some(all) = at_most_one(node, "linkedResources", report) else { return Vec::new() };
    let read = zeebe_named(all, "linkedResource").filter_map(|resource| {
        let resource_id = required(resource, "resourceId", report);
        let resource_type = required(resource, "resourceType", report);
        let link_name = required(resource, "linkName", report);
        let binding = binding(resource, report);
        Some(LinkedResource {
            resource_id: resource_id?.into(),
            binding: binding?,
            resource_type: resource_type?.into(),
            link_name: link_name?.into(),
        })
    });
    read.collect()
}

/// Task headers; what has no key or no value is left out, as in Zeebe.
///
/// Source: camunda/zeebe: engine/processing/deployment/model/transformer/JobWorkerElementTransformer.java
pub(crate) fn headers(node: Node<'_>, report: &mut Report<'_>) -> Vec<(Arc<str>, Arc<str>)> {
    let Some(headers) = at_most_one(node, "taskHeaders", report) else { return Vec::new() };
    let mut keys = BTreeSet::new();
    let mut read = Vec::new();
    for header in zeebe_named(headers, "header") {
        let (Some(key), Some(value)) = (attribute(header, "key"), attribute(header, "value"))
        else {
            continue;
        };
        if key.starts_with(RESERVED_HEADER_PREFIX) {
            report.error(
                header,
                format!(
                    "the header key {} is reserved: choose one that does not start with \
                     '{RESERVED_HEADER_PREFIX}'",
                    quoted(key)
                ),
            );
        } else if keys.insert(key) {
            read.push((Arc::from(key), Arc::from(value)));
        } else {
            report.error(
                header,
                format!("the header key {} occurs more than once: keep one", quoted(key)),
            );
        }
    }
    read
}

/// Input and output mappings of `node`.
pub(crate) fn mappings(node: Node<'_>, report: &mut Report<'_>) -> (Vec<Mapping>, Vec<Mapping>) {
    let Some(io) = at_most_one(node, "ioMapping", report) else { return Default::default() };
    let inputs = zeebe_named(io, "input").filter_map(|input| {
        let source =
            required(input, "source", report).and_then(|text| input_source(input, text, report));
        mapping(input, source, report)
    });
    let inputs = inputs.collect();
    let outputs = zeebe_named(io, "output").filter_map(|output| {
        let source = required(output, "source", report)
            .and_then(|text| feel(output, "the source of an output mapping", text, report));
        mapping(output, source, report)
    });
    (inputs, outputs.collect())
}

fn input_source(node: Node<'_>, text: &str, report: &mut Report<'_>) -> Option<Expression> {
    let what = "the source of an input mapping";
    if text.starts_with('=') {
        feel(node, what, text, report)
    } else {
        feel(node, what, &format!("={}", string_literal(text)), report)
    }
}

fn mapping(node: Node<'_>, source: Option<Expression>, report: &mut Report<'_>) -> Option<Mapping> {
    let target = required(node, "target", report)
        .and_then(|text| path(node, "the target of a mapping", text, report));
    Some(Mapping { source: source?, target: target? })
}

/// A user task: native with `zeebe:userTask`, else by job.
///
/// Source: camunda/zeebe: engine/processing/deployment/model/transformer/UserTaskTransformer.java
pub(crate) fn user_task(node: Node<'_>, report: &mut Report<'_>) -> Option<UserTaskDefinition> {
    let problems = report.len();
    let is_native = at_most_one(node, "userTask", report).is_some();
    let headers = headers(node, report);
    let mut task = UserTaskDefinition { is_native, headers, ..Default::default() };
    if let Some(assignment) = at_most_one(node, "assignmentDefinition", report) {
        task.assignee = attribute(assignment, "assignee")
            .and_then(|text| string_or_feel(assignment, "the assignee", text, report));
        task.candidate_groups = candidates(assignment, "candidateGroups", report);
        task.candidate_users = candidates(assignment, "candidateUsers", report);
    }
    if let Some(schedule) = at_most_one(node, "taskSchedule", report) {
        task.due_date = date(schedule, "dueDate", report);
        task.follow_up_date = date(schedule, "followUpDate", report);
    }
    if let Some(form) = at_most_one(node, "formDefinition", report) {
        form_reference(form, &mut task, report);
        task.form_binding = binding(form, report).unwrap_or_default();
    }
    if is_native && let Some(definition) = at_most_one(node, "priorityDefinition", report) {
        task.priority = priority(definition, report);
    }
    if is_native {
        task.listeners = listener::of_task(node, report);
    }
    (report.len() == problems).then_some(task)
}

fn candidates(node: Node<'_>, name: &str, report: &mut Report<'_>) -> Option<TextOrFeel> {
    let text = attribute(node, name)?;
    if !text.starts_with('=') && text.split(',').any(|item| item.trim().is_empty()) {
        report.error(
            node,
            format!("{name} {} has an empty item: separate names by single commas", quoted(text)),
        );
        return None;
    }
    string_or_feel(node, name, text, report)
}

fn date(node: Node<'_>, name: &str, report: &mut Report<'_>) -> Option<TextOrFeel> {
    let text = attribute(node, name)?;
    if !text.starts_with('=')
        && let Err(error) = timer::parse_date_time(text)
    {
        report.error(node, format!("{name}: {error}"));
        return None;
    }
    string_or_feel(node, name, text, report)
}

/// A priority that is not FEEL is known to be right before the process runs.
fn priority(node: Node<'_>, report: &mut Report<'_>) -> Option<TextOrFeel> {
    let text = attribute(node, "priority")?;
    let is_in_range = |text: &str| text.parse().is_ok_and(|n: i32| (0..=100).contains(&n));
    if !text.starts_with('=') && !is_in_range(text) {
        report.error(
            node,
            format!("the priority {} is no integer from 0 to 100: choose one", quoted(text)),
        );
        return None;
    }
    text_or_feel(node, "the priority", text, report)
}

/// The form, which is named in exactly one of the ways that the kind of task allows.
fn form_reference(form: Node<'_>, task: &mut UserTaskDefinition, report: &mut Report<'_>) {
    let given = |name| attribute(form, name);
    let (id, key, external) = (given("formId"), given("formKey"), given("externalReference"));
    match (id, key, external) {
        (Some(id), None, None) => task.form_id = string_or_feel(form, "formId", id, report),
        (None, Some(key), None) if !task.is_native => task.form_key = Some(key.into()),
        (None, None, Some(external)) if task.is_native => {
            task.external_reference = string_or_feel(form, "externalReference", external, report);
        }
        _ if task.is_native => report.error(
            form,
            "the form of a Camunda user task (zeebe:userTask) is named by exactly one of formId \
             and externalReference: keep one",
        ),
        _ => report.error(
            form,
            "the form of a user task by job is named by exactly one of formId and formKey: keep \
             one, or add zeebe:userTask for an externalReference",
        ),
    }
}

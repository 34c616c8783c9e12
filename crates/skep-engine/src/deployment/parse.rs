//! Reading the files of a deployment, with every problem of all of them named.

use std::{collections::BTreeMap, sync::Arc};

use skep_model::{DecisionRequirements, JsonResource, Process};
use skep_record::{Rejection, Resource};

/// Longest name of a file that is kept under its name.
const NAME_BYTES_MAX: usize = 1024;

/// A file that is being deployed.
pub(super) struct Parsed<'d> {
    pub(super) resource: &'d Resource,
    pub(super) content: Content,
}

/// What is in it.
pub(super) enum Content {
    Processes(Vec<Process>),
    Decisions(DecisionRequirements),
    Form(JsonResource),
    /// Kept, never executed.
    File(JsonResource),
}

/// Reads all files; the ending of a file's name says what it is. What has another ending is kept
/// as it is, under its name.
///
/// # Errors
/// `InvalidArgument`: no file, or anything wrong in one; every problem is named.
///
/// Source: camunda/zeebe: engine/processing/deployment/transform/DeploymentTransformer.java;
/// camunda/camunda: issue 51059
pub(super) fn parse_all(resources: &[Resource]) -> Result<Vec<Parsed<'_>>, Rejection> {
    if resources.is_empty() {
        return Err(super::invalid("Expected to deploy at least one resource, but none given"));
    }
    let mut parsed = Vec::with_capacity(resources.len());
    let mut errors = Vec::new();
    let mut ids = Ids::default();
    for resource in resources {
        match parse(resource) {
            Ok(content) => {
                ids.add_all(&resource.name, &content, &mut errors);
                parsed.push(Parsed { resource, content });
            }
            Err(error) => errors.push(format!("'{}': {error}", resource.name)),
        }
    }
    if errors.is_empty() {
        Ok(parsed)
    } else {
        Err(super::invalid(format!(
            "Expected to deploy new resources, but encountered the following errors:\n{}",
            errors.join("\n")
        )))
    }
}

fn parse(resource: &Resource) -> Result<Content, String> {
    let ending = resource.name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let content = &resource.content;
    match ending {
        "bpmn" => skep_model::parse_bpmn(content).map(Content::Processes),
        "xml" if skep_model::claims_to_be_bpmn(content) => {
            skep_model::parse_bpmn(content).map(Content::Processes)
        }
        "dmn" => skep_model::parse_dmn(content).map(Content::Decisions),
        "form" => skep_model::parse_json_resource(content).map(Content::Form),
        "rpa" => skep_model::parse_json_resource(content).map(Content::File),
        _ => return any_file(resource).map(Content::File),
    }
    .map_err(|problems| problems.to_string())
}

/// A file whose content means nothing to the engine: its name is its id.
fn any_file(resource: &Resource) -> Result<JsonResource, String> {
    let name = &resource.name;
    if name.trim().is_empty() {
        return Err("the file has no name, which would be its id: give it one".to_owned());
    }
    if name.len() > NAME_BYTES_MAX {
        return Err(format!(
            "the name of the file is its id and may have {NAME_BYTES_MAX} bytes: shorten it"
        ));
    }
    Ok(JsonResource { id: name.as_str().into(), version_tag: None })
}

/// The ids in a deployment, each with the file it was found in first.
#[derive(Default)]
struct Ids<'d>(BTreeMap<(&'static str, Arc<str>), &'d str>);

impl<'d> Ids<'d> {
    fn add_all(&mut self, name: &'d str, content: &Content, errors: &mut Vec<String>) {
        match content {
            Content::Processes(processes) => {
                for process in processes {
                    self.add("process id", &process.id, name, errors);
                }
            }
            Content::Decisions(graph) => {
                self.add("decision requirements id", graph.id(), name, errors);
                for decision in graph.decisions() {
                    self.add("decision id", &decision.id, name, errors);
                }
            }
            Content::Form(form) => self.add("form id", &form.id, name, errors),
            Content::File(file) => self.add("resource id", &file.id, name, errors),
        }
    }

    fn add(&mut self, kind: &'static str, id: &Arc<str>, name: &'d str, errors: &mut Vec<String>) {
        if let Some(first) = self.0.insert((kind, Arc::clone(id)), name) {
            errors.push(format!(
                "Duplicated {kind} in resources: '{id}' is in '{name}' and in '{first}' before it"
            ));
        }
    }
}

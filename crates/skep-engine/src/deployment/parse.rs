//! Reading the files of a deployment, with every problem of all of them named.

use std::{collections::BTreeMap, sync::Arc};

use skep_model::{DecisionRequirements, JsonResource, Process};
use skep_record::{Rejection, Resource};

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

/// Reads all files; the ending of a file's name says what it is.
///
/// # Errors
/// `InvalidArgument`: no file, an unknown ending, or anything wrong in one; every problem is
/// named.
///
/// Source: camunda/zeebe: engine/processing/deployment/transform/DeploymentTransformer.java
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
        "bpmn" | "xml" => skep_model::parse_bpmn(content).map(Content::Processes),
        "dmn" => skep_model::parse_dmn(content).map(Content::Decisions),
        "form" => skep_model::parse_json_resource(content).map(Content::Form),
        "rpa" => skep_model::parse_json_resource(content).map(Content::File),
        _ => return Err("unknown resource type".to_owned()),
    }
    .map_err(|problems| problems.to_string())
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

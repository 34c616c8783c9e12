//! The process to measure, renamed so that no run meets what another has left behind.

use std::{fs, path::Path};

use crate::failure::Failure;

/// The built-in process: start, one service task, end.
const ONE_TASK: &str = include_str!("../../../../skep-client/assets/one-task.bpmn");

/// A process of this run alone.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) process_id: String,
    pub(super) job_types: Vec<String>,
    pub(super) jobs_per_instance: u32,
    pub(super) xml: String,
}

impl Model {
    /// The process in the file at `path`, or the built-in one.
    ///
    /// # Errors
    /// When the file cannot be read, or has no process or no job task with a fixed type.
    pub(super) fn load(
        path: Option<&Path>,
        jobs_per_instance: Option<u32>,
    ) -> Result<Self, Failure> {
        let xml = match path {
            None => ONE_TASK.to_owned(),
            Some(path) => fs::read_to_string(path).map_err(|e| {
                Failure::usage(format!("cannot read the model {}", path.display())).caused_by(e)
            })?,
        };
        let run = uuid::Uuid::new_v4().simple().to_string();
        Self::renamed(&xml, &run[..8], jobs_per_instance).map_err(|reason| {
            let name = path.map_or_else(|| "built-in".into(), |path| path.display().to_string());
            Failure::usage(format!("the model {name} cannot be measured: {reason}"))
        })
    }

    /// Gives the processes, the first of which is measured, and their job types names of their own. What the file calls by these
    /// names, such as its diagram, is renamed with them.
    fn renamed(xml: &str, run: &str, jobs_per_instance: Option<u32>) -> Result<Self, String> {
        let processes = attributes(xml, "process", "id");
        let process_id = processes
            .first()
            .copied()
            .ok_or("there is no process element with an id in double quotes")?;
        let types = attributes(xml, "taskDefinition", "type");
        if let Some(computed) = types.iter().find(|name| name.starts_with('=')) {
            return Err(format!("the job type {computed:?} is computed, and must be fixed"));
        }
        let n_jobs = u32::try_from(types.len()).unwrap_or(u32::MAX);
        let mut names: Vec<&str> = types;
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return Err("it has no job task with a type in double quotes".to_owned());
        }
        let own = |name: &str| format!("{name}-{run}");
        let mut renamed = xml.to_owned();
        for name in names.iter().chain(processes.iter().filter(|id| !names.contains(id))) {
            renamed = renamed.replace(&format!("\"{name}\""), &format!("\"{}\"", own(name)));
        }
        Ok(Self {
            process_id: own(process_id),
            job_types: names.iter().map(|name| own(name)).collect(),
            jobs_per_instance: jobs_per_instance.unwrap_or(n_jobs),
            xml: renamed,
        })
    }

    pub(super) fn resource_name(&self) -> String {
        format!("{}.bpmn", self.process_id)
    }
}

/// The values of `attribute` in the elements named `element`, whatever their prefix.
fn attributes<'a>(xml: &'a str, element: &str, attribute: &str) -> Vec<&'a str> {
    let mut values = Vec::new();
    for tag in xml.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
        let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
        if name.rsplit(':').next() != Some(element) {
            continue;
        }
        let marker = format!("{attribute}=\"");
        let value = tag
            .match_indices(&marker)
            .find(|(at, _)| tag[..*at].ends_with(char::is_whitespace))
            .and_then(|(at, _)| tag[at + marker.len()..].split('"').next());
        values.extend(value);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_process_is_renamed_throughout() {
        let model = Model::renamed(ONE_TASK, "r1", None).unwrap();
        assert_eq!(model.process_id, "one_task-r1");
        assert_eq!(model.job_types, ["one_task-r1"]);
        assert_eq!(model.jobs_per_instance, 1);
        assert!(model.xml.contains(r#"id="one_task-r1""#));
        assert!(model.xml.contains(r#"type="one_task-r1""#));
        assert!(!model.xml.contains(r#""one_task""#));
    }

    #[test]
    fn jobs_are_counted_and_types_are_not_repeated() {
        let xml = r#"<b:process name="n" id="p"><z:taskDefinition type="a"/>
            <z:taskDefinition retries="3" type="a" /><z:taskDefinition type="c"/></b:process>
            <di bpmnElement="p"/>"#;
        let model = Model::renamed(xml, "r", None).unwrap();
        assert_eq!(model.job_types, ["a-r", "c-r"]);
        assert_eq!(model.jobs_per_instance, 3);
        assert!(model.xml.contains(r#"bpmnElement="p-r""#));
        assert_eq!(Model::renamed(xml, "r", Some(2)).unwrap().jobs_per_instance, 2);
    }

    #[test]
    fn what_cannot_be_measured_says_why() {
        for (xml, reason) in [
            ("<x/>", "no process"),
            (r#"<process id="p"/>"#, "no job task"),
            (r#"<process id="p"><taskDefinition type="=a"/></process>"#, "computed"),
        ] {
            let error = Model::renamed(xml, "r", None).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }
}

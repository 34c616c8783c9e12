//! Which process instances.

use serde::Deserialize as _;
use serde_json::Value;
use skep_client::rest::{Key, KeyFormat, ProcessInstanceFilter, PropertyFilter, VariableFilter};

use crate::{cli::variables, failure::Failure};

/// Flags that select process instances; all that are given must hold.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Which process instances (all that is given must hold)")]
pub(super) struct FilterArgs {
    /// Id of their process.
    #[arg(long, value_name = "ID")]
    process: Option<String>,
    /// Version of their process.
    #[arg(long, value_name = "N")]
    process_version: Option<i32>,
    /// Key of their process definition.
    #[arg(long, value_name = "KEY")]
    process_key: Option<i64>,
    /// Their keys.
    #[arg(long, value_name = "KEY,…", value_delimiter = ',')]
    instance: Vec<i64>,
    /// Id of an element that they run.
    #[arg(long, value_name = "ID")]
    element: Option<String>,
    /// They have an incident.
    #[arg(long)]
    incident: bool,
    /// Their business id.
    #[arg(long, value_name = "ID")]
    business_id: Option<String>,
    /// Tags, all of which they have.
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// A variable that they have, and its value as JSON.
    #[arg(long, value_name = "NAME=JSON", value_parser = variable)]
    variable: Vec<(String, String)>,
    /// Their tenant.
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    /// Whatever the filter of the REST API can say, such as
    /// '{"processDefinitionId": {"$like": "order*"}}'.
    #[arg(long, value_name = "JSON|@FILE|-")]
    filter: Option<String>,
    /// All that run.
    #[arg(long)]
    all: bool,
}

impl FilterArgs {
    /// The filter that the flags make together.
    ///
    /// # Errors
    /// When `--filter` is none, when a flag says again what it says, and when nothing is said.
    pub(super) fn read(self) -> Result<ProcessInstanceFilter, Failure> {
        let mut filter = parse(self.filter.as_deref())?;
        set("--process", &mut filter.process_definition_id, self.process)?;
        set("--process-version", &mut filter.process_definition_version, self.process_version)?;
        set("--process-key", &mut filter.process_definition_key, self.process_key.map(key))?;
        set("--element", &mut filter.element_id, self.element)?;
        set("--business-id", &mut filter.business_id, self.business_id)?;
        set("--tenant", &mut filter.tenant_id, self.tenant)?;
        if !self.instance.is_empty() {
            let keys = self.instance.into_iter().map(key).collect();
            let among = PropertyFilter { one_of: Some(keys), ..PropertyFilter::default() };
            put("--instance", &mut filter.process_instance_key, among)?;
        }
        if self.incident {
            put("--incident", &mut filter.has_incident, true)?;
        }
        if !self.tag.is_empty() {
            put("--tag", &mut filter.tags, self.tag)?;
        }
        if !self.variable.is_empty() {
            let variables = self.variable.into_iter();
            let variables =
                variables.map(|(name, value)| VariableFilter { name, value: value.into() });
            put("--variable", &mut filter.variables, variables.collect())?;
        }
        let is_empty = filter == ProcessInstanceFilter::default();
        match (is_empty, self.all) {
            (false, false) => Ok(filter),
            // Gateways refuse a filter without any attribute.
            (true, true) => {
                filter.state = Some("ACTIVE".to_owned().into());
                Ok(filter)
            }
            (true, false) => Err(Failure::usage("nothing says which process instances are meant")
                .fix("give --process or another flag of the filter, or --all for all that run")),
            (false, true) => Err(Failure::usage("--all contradicts the other flags of the filter")
                .fix("leave out --all, or the others")),
        }
    }
}

fn parse(given: Option<&str>) -> Result<ProcessInstanceFilter, Failure> {
    let object = variables::read_object("--filter", "filter", given)?;
    ProcessInstanceFilter::deserialize(Value::Object(object)).map_err(|error| {
        Failure::usage(format!("the filter is none of the REST API: {error}")).fix(
            "see POST /v2/process-instances/search in the documentation of Camunda 8 for its \
             attributes",
        )
    })
}

fn set<T>(
    flag: &str,
    field: &mut Option<PropertyFilter<T>>,
    value: Option<T>,
) -> Result<(), Failure> {
    value.map_or(Ok(()), |value| put(flag, field, PropertyFilter::from(value)))
}

fn put<T>(flag: &str, field: &mut Option<T>, value: T) -> Result<(), Failure> {
    if field.is_some() {
        return Err(Failure::usage(format!("{flag} says what --filter says too"))
            .fix(format!("leave out {flag}, or its attribute in --filter")));
    }
    *field = Some(value);
    Ok(())
}

fn key(raw: i64) -> Key {
    Key { raw, format: KeyFormat::Text }
}

/// The value in the form in which variables are kept: JSON without spaces.
fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or("write NAME=JSON, as in total=42")?;
    let value: Value = serde_json::from_str(value)
        .map_err(|_| format!("the value is no JSON; quote a text, as in '{name}=\"{value}\"'"))?;
    Ok((name.to_owned(), value.to_string()))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        filter: FilterArgs,
    }

    fn read(args: &[&str]) -> Result<String, String> {
        let line = Line::try_parse_from([&["skep"], args].concat()).map_err(|e| e.to_string())?;
        let filter = line.filter.read().map_err(|failure| format!("{failure:?}"))?;
        Ok(serde_json::to_string(&filter).unwrap())
    }

    #[test]
    fn flags_and_json_make_one_filter() {
        let read = read(&[
            "--process",
            "order",
            "--instance",
            "7,8",
            "--incident",
            "--variable",
            r#"customer="eve""#,
            "--filter",
            r#"{"elementId": {"$like": "charge*"}}"#,
        ]);
        assert_eq!(
            read.unwrap(),
            r#"{"hasIncident":true,"variables":[{"name":"customer","value":{"$eq":"\"eve\""}}],"processInstanceKey":{"$in":["7","8"]},"elementId":{"$like":"charge*"},"processDefinitionId":{"$eq":"order"}}"#
        );
        assert_eq!(self::read(&["--all"]).unwrap(), r#"{"state":{"$eq":"ACTIVE"}}"#);
    }

    #[test]
    fn nobody_selects_everything_by_mistake() {
        for (args, words) in [
            (&[][..], "--all for all that run"),
            (&["--filter", "{}"], "--all for all that run"),
            (&["--all", "--process", "order"], "contradicts"),
            (&["--process", "a", "--filter", r#"{"processDefinitionId": "b"}"#], "--process says"),
            (&["--filter", r#"{"process": "b"}"#], "unknown field `process`"),
            (&["--filter", "order"], "the filter (--filter) is not JSON"),
            (&["--variable", "total"], "NAME=JSON"),
            (&["--variable", "customer=eve"], "quote a text"),
        ] {
            let error = read(args).unwrap_err();
            assert!(error.contains(words), "{words:?} is not in {error}");
        }
    }
}

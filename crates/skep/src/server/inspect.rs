//! `skep config`: what a server would be configured with, and what is wrong with it.

use serde_json::{Value, json};
use skep_record::PartitionId;

use super::{
    args::{ConfigArgs, ConfigCommand, ServerFlags},
    config::{Config, Layers, Origin, Problem},
    running::{Mode, configured_tls, http_client},
    tenants, trust,
};
use crate::{
    failure::Failure,
    output::{self, Output, note},
};

/// Beginnings of variables that only servers read.
const SERVER_VARIABLES: [&str; 7] = [
    "ZEEBE_BROKER_",
    "ZEEBE_GATEWAY_",
    "ZEEBE_CLOCK_",
    "CAMUNDA_SECURITY_",
    "CAMUNDA_IDENTITY_",
    "SKEP_SECURITY_",
    "SKEP_IDP_",
];

/// Variables that begin so and are for clients, as `skep env` prints them.
const CLIENT_VARIABLES: [&str; 4] =
    ["SKEP_IDP_TENANT", "SKEP_IDP_ORIGIN", "SKEP_IDP_USERNAME", "SKEP_IDP_PASSWORD"];

/// Runs `skep config`.
///
/// # Errors
/// Usage: the file cannot be read; checking has found problems.
pub(crate) fn inspect(args: ConfigArgs, output: Output) -> Result<(), Failure> {
    match args.command {
        ConfigCommand::Check(flags) => check(&flags, output),
        ConfigCommand::Show { flags, changed } => show(&flags, changed, output),
    }
}

fn check(flags: &ServerFlags, output: Output) -> Result<(), Failure> {
    let layers = flags.layers()?;
    let mut problems = layers.problems().to_vec();
    if let Ok(config) = layers.config() {
        problems = unusable(&config, flags.mode(), &layers);
    }
    let warnings = unread_variables(&layers);
    match output {
        Output::Text => tell(&layers, &problems, &warnings)?,
        Output::Json => output.print("", &as_json(&layers, &problems, &warnings))?,
    }
    match problems.len() {
        0 => Ok(()),
        1 => Err(Failure::usage("the configuration has a problem")),
        n => Err(Failure::usage(format!("the configuration has {n} problems"))),
    }
}

/// What only shows when the values are used.
fn unusable(config: &Config, mode: Mode, layers: &Layers) -> Vec<Problem> {
    let mut failures = Vec::new();
    if mode == Mode::Configured {
        match trust::basic_users(config) {
            Ok(Some(_)) => (),
            Ok(None) => match trust::configured(config) {
                Ok((_, ca)) => failures.extend(http_client(ca.as_deref()).err()),
                Err(failure) => failures.push(failure),
            },
            Err(failure) => failures.push(failure),
        }
    }
    failures.extend(tenants::configured(config, mode != Mode::Unprotected).err());
    if mode == Mode::Development {
        let checked = config.skep.idp.provider.check();
        failures.extend(
            checked.err().map(|error| Failure::usage("skep.idp cannot be used").caused_by(error)),
        );
    } else {
        failures.extend(configured_tls(config).err());
    }
    let (n_partitions, n_max) = (config.zeebe.broker.cluster.partitions_count, PartitionId::MAX);
    if !(1..=n_max).contains(&n_partitions) {
        failures.push(Failure::usage(format!(
            "zeebe.broker.cluster.partitionsCount is {n_partitions}, but must be from 1 to {n_max}"
        )));
    }
    let (grpc, http) = (config.zeebe.gateway.network.port, config.server.port);
    if grpc == http && grpc != 0 {
        failures.push(
            Failure::usage(format!("zeebe.gateway.network.port and server.port are both {grpc}"))
                .fix("gRPC and REST need a port each: change one of them"),
        );
    }
    let problem = |failure: &Failure| {
        let (text, fix) = failure.parts();
        let origin = layers.origin_named_in(&text);
        Problem { origin, text, fix: fix.map(str::to_owned) }
    };
    failures.iter().map(problem).collect()
}

/// Variables that look like the server's and say nothing to it.
fn unread_variables(layers: &Layers) -> Vec<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut names: Vec<_> = names
        .filter(|name| SERVER_VARIABLES.iter().any(|prefix| name.starts_with(prefix)))
        .filter(|name| !CLIENT_VARIABLES.contains(&name.as_str()) && !layers.reads(name))
        .collect();
    names.sort();
    let told = |name: &String| match layers.nearest_variable(name) {
        Some(near) => format!("{name} has no effect; did you mean {near}?"),
        None => format!("{name} has no effect"),
    };
    names.iter().map(told).collect()
}

fn tell(layers: &Layers, problems: &[Problem], warnings: &[String]) -> Result<(), Failure> {
    for problem in problems {
        output::line(layers.tell(problem))?;
        if let Some(fix) = &problem.fix {
            output::line(format!("  fix: {fix}"))?;
        }
    }
    for warning in warnings {
        note(format!("warning: environment variable {warning}"));
    }
    if problems.is_empty() {
        let n_said = layers.settings().iter().filter(|it| it.origin != Origin::Default).count();
        let file = layers.file().map_or_else(
            || "no configuration file".to_owned(),
            |file| format!("configuration file {}", file.display()),
        );
        output::line(format!("the configuration can be used: {n_said} settings, {file}"))?;
    }
    Ok(())
}

fn as_json(layers: &Layers, problems: &[Problem], warnings: &[String]) -> Value {
    let problem = |problem: &Problem| {
        let mut json = origin_json(layers, &problem.origin);
        if let Value::Object(entries) = &mut json {
            entries.insert("problem".to_owned(), problem.text.clone().into());
            entries.insert("fix".to_owned(), problem.fix.clone().into());
        }
        json
    };
    json!({
        "usable": problems.is_empty(),
        "problems": problems.iter().map(problem).collect::<Vec<_>>(),
        "warnings": warnings,
    })
}

fn origin_json(layers: &Layers, origin: &Origin) -> Value {
    let mut json = json!({ "origin": origin.to_string() });
    let (key, value) = match origin {
        Origin::Default => return json,
        Origin::File(line) => {
            json["file"] = layers.file().map(|file| file.display().to_string()).into();
            ("line", line.map_or(Value::Null, Value::from))
        }
        Origin::Variable(name) => ("variable", name.as_str().into()),
        Origin::Flag(name) => ("flag", (*name).into()),
    };
    json[key] = value;
    json
}

fn show(flags: &ServerFlags, changed: bool, output: Output) -> Result<(), Failure> {
    let layers = flags.layers()?;
    let mut settings = layers.settings();
    if changed {
        settings.retain(|setting| setting.origin != Origin::Default);
    }
    match layers.problems().len() {
        0 => (),
        n => note(format!("warning: {n} problems; `skep config check` names them")),
    }
    if output == Output::Json {
        let setting = |setting: &super::config::Setting| {
            let mut json = origin_json(&layers, &setting.origin);
            json["path"] = setting.path.as_str().into();
            json["value"] = setting.value.clone();
            json
        };
        let settings: Vec<_> = settings.iter().map(setting).collect();
        return output.print("", &json!({ "settings": settings }));
    }
    let mut former: Vec<&str> = Vec::new();
    for setting in &settings {
        let path: Vec<_> = setting.path.split('.').collect();
        let Some((key, sections)) = path.split_last() else { continue };
        let n_same = former.iter().zip(sections).take_while(|(a, b)| a == b).count();
        for (depth, section) in sections.iter().enumerate().skip(n_same) {
            output::line(format!("{}{section}:", "  ".repeat(depth)))?;
        }
        former = sections.to_vec();
        let line = format!("{}{key}: {}", "  ".repeat(sections.len()), setting.value);
        output::line(format!("{line:<60} # {}", layers.place(&setting.origin)))?;
    }
    Ok(())
}

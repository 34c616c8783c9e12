//! `skep deploy`

use std::collections::BTreeSet;

use serde_json::{Value, json};
use skep_client::protocol::{Deployment, deployment::Metadata};

use super::connection::ConnectionArgs;
use crate::{
    failure::Failure,
    output::{Output, note},
};

const EXAMPLES: &str = "\
Examples:
  skep deploy order.bpmn
  skep deploy order.bpmn payment.bpmn --tenant red
  skep deploy order.bpmn prices.dmn approve.form steps.md";

/// Flags of `skep deploy`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DeployArgs {
    /// Files to deploy together: all of them or none.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<std::path::PathBuf>,
    /// Tenant; needed only where the cluster has more than one.
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs the command.
///
/// # Errors
/// When a file cannot be read, and when the gateway refuses any of them.
pub(crate) async fn run(args: DeployArgs, output: Output) -> Result<(), Failure> {
    let client = args.connection.connect()?;
    let mut deploy = client.deploy();
    for file in &args.files {
        deploy = deploy.file(file)?;
    }
    if let Some(tenant) = args.tenant {
        deploy = deploy.tenant_id(tenant);
    }
    let deployed = deploy.send().await?;
    let resources: Vec<_> = deployed.deployments.iter().filter_map(describe).collect();
    let text: Vec<_> = resources.iter().map(|(text, _)| text.as_str()).collect();
    let told: BTreeSet<_> =
        deployed.deployments.iter().filter_map(resource_name).map(str::to_owned).collect();
    for file in &args.files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if !told.contains(&*name) {
            note(format!("{name} is kept and not executed: the answer does not tell its key"));
        }
    }
    let json = json!({
        "deploymentKey": deployed.key.to_string(),
        "tenantId": deployed.tenant_id,
        "deployments": resources.iter().map(|(_, json)| json).collect::<Vec<_>>(),
    });
    output.print(text.join("\n"), &json)
}

fn resource_name(deployment: &Deployment) -> Option<&str> {
    match deployment.metadata.as_ref()? {
        Metadata::Process(process) => Some(&process.resource_name),
        Metadata::DecisionRequirements(graph) => Some(&graph.resource_name),
        Metadata::Form(form) => Some(&form.resource_name),
        // Its requirements name its file.
        Metadata::Decision(_) => None,
    }
}

fn describe(deployment: &Deployment) -> Option<(String, Value)> {
    let (kind, id, version, key, resource) = match deployment.metadata.as_ref()? {
        Metadata::Process(p) => {
            ("process", &p.bpmn_process_id, p.version, p.process_definition_key, &p.resource_name)
        }
        // A decision is a part of its requirements, and has no file of its own.
        Metadata::Decision(d) => {
            ("decision", &d.dmn_decision_id, d.version, d.decision_key, &d.dmn_decision_name)
        }
        Metadata::DecisionRequirements(d) => (
            "decision requirements",
            &d.dmn_decision_requirements_id,
            d.version,
            d.decision_requirements_key,
            &d.resource_name,
        ),
        Metadata::Form(f) => ("form", &f.form_id, f.version, f.form_key, &f.resource_name),
    };
    let json = json!({
        "kind": kind,
        "id": id,
        "version": version,
        "key": key.to_string(),
        "resourceName": resource,
    });
    Some((format!("deployed {kind} {id} version {version}, key {key} ({resource})"), json))
}

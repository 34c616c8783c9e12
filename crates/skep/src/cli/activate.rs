//! `skep activate`

use std::time::Duration;

use serde_json::{Value, json};
use skep_client::Job;

use super::{connection::ConnectionArgs, duration, progress};
use crate::{
    failure::Failure,
    output::{Output, note},
};

const EXAMPLES: &str = "\
Examples:
  skep activate charge-card
  skep activate charge-card --max-jobs 10 --timeout 1m --output json
  skep activate charge-card --no-wait";

/// Flags of `skep activate`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ActivateArgs {
    /// Job type.
    #[arg(value_name = "TYPE")]
    job_type: String,
    /// At most this many.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..))]
    max_jobs: i32,
    /// How long the jobs stay locked for you.
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration::parse)]
    timeout: Duration,
    /// Name stored on the jobs.
    #[arg(long, value_name = "NAME", default_value = "skep")]
    worker: String,
    /// Only these variables.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    fetch_variables: Vec<String>,
    /// Do not wait for jobs when there are none.
    #[arg(long)]
    no_wait: bool,
    /// Tenant; needed only where the cluster has more than one.
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// How long the gateway looks for jobs unless `--request-timeout` says otherwise.
const LONG_POLL: Duration = Duration::from_secs(10);

/// Runs the command.
///
/// # Errors
/// When the gateway refuses. That there are no jobs is no error.
pub(crate) async fn run(args: ActivateArgs, output: Output) -> Result<(), Failure> {
    let client = args.connection.connect()?;
    let wait = args.connection.request_timeout.unwrap_or(LONG_POLL);
    let activate = client
        .activate_jobs(&args.job_type)
        .max_jobs(args.max_jobs)
        .timeout(args.timeout)
        .worker_name(&args.worker)
        .fetch_variables(&args.fetch_variables)
        .tenant_ids(&args.tenant)
        .wait((!args.no_wait).then_some(wait));
    let jobs = progress::while_waiting("waiting for jobs", activate.send()).await?;
    let json: Vec<_> = jobs.iter().map(as_json).collect();
    let text: Vec<_> = jobs.iter().map(as_text).collect();
    if jobs.is_empty() {
        note(format!("no jobs of type {} are activatable", args.job_type));
    }
    match output {
        Output::Text if jobs.is_empty() => Ok(()),
        Output::Text | Output::Json => output.print(text.join("\n"), &json!({ "jobs": json })),
    }
}

fn as_text(job: &Job) -> String {
    format!(
        "job {} of {} at {} in process instance {}, {} retries, variables {}",
        job.key(),
        job.bpmn_process_id(),
        job.element_id(),
        job.process_instance_key(),
        job.retries(),
        job.variables_json()
    )
}

fn as_json(job: &Job) -> Value {
    // What the gateway sends is JSON; if one does not, its text is the most honest answer.
    let parse =
        |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
    json!({
        "key": job.key().to_string(),
        "type": job.job_type(),
        "processInstanceKey": job.process_instance_key().to_string(),
        "bpmnProcessId": job.bpmn_process_id(),
        "processDefinitionVersion": job.process_definition_version(),
        "processDefinitionKey": job.process_definition_key().to_string(),
        "elementId": job.element_id(),
        "elementInstanceKey": job.element_instance_key().to_string(),
        "customHeaders": parse(job.headers_json()),
        "worker": job.worker(),
        "retries": job.retries(),
        "deadline": job.deadline_ms(),
        "variables": parse(job.variables_json()),
        "tenantId": job.tenant_id(),
    })
}

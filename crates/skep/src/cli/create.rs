//! `skep create`

use std::time::Duration;

use serde_json::{Value, json};
use skep_client::protocol::CreateProcessInstanceWithResultResponse;

use super::{connection::ConnectionArgs, progress, variables};
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep create order
  skep create order --variables '{\"total\": 42}'
  skep create order --variables @order.json --version 3
  echo '{\"total\": 42}' | skep create order --variables -
  skep create order --business-id order-1234 --tag channel:web
  skep create order --start-before ship --terminate-after ship
  skep create order --with-result --fetch-variables receipt --output json";

/// Flags of `skep create`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CreateArgs {
    /// Process id from the BPMN file, or the key of a process definition.
    #[arg(value_name = "PROCESS_ID|KEY")]
    process: String,
    /// Version of the process; the latest unless given.
    #[arg(long, value_name = "N")]
    version: Option<i32>,
    /// JSON object; `@FILE` reads a file, `-` reads stdin.
    #[arg(long, value_name = "JSON|@FILE|-")]
    variables: Option<String>,
    /// Wait until the instance has completed, and print its variables.
    #[arg(long)]
    with_result: bool,
    /// Only these variables in the result.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', requires = "with_result")]
    fetch_variables: Vec<String>,
    /// Start before this element and not at the start event; may be given more than once.
    #[arg(long, value_name = "ELEMENT_ID")]
    start_before: Vec<String>,
    /// Terminate the instance when this element has ended; may be given more than once.
    #[arg(long, value_name = "ELEMENT_ID")]
    terminate_after: Vec<String>,
    /// Name of the instance in your words, such as an order number.
    #[arg(long, value_name = "TEXT")]
    business_id: Option<String>,
    /// Tag of the instance and of its jobs; may be given more than once.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Tenant; needed only where the cluster has more than one.
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// How long `--with-result` waits unless `--request-timeout` says otherwise.
const RESULT_TIMEOUT: Duration = Duration::from_secs(60);

/// Runs the command.
///
/// # Errors
/// When the variables are no object, and when the gateway refuses.
pub(crate) async fn run(args: CreateArgs, output: Output) -> Result<(), Failure> {
    let variables = variables::read(args.variables.as_deref())?;
    let client = args.connection.connect()?;
    // An id of the BPMN file never starts with a digit, so the two cannot be confused.
    let mut create = match args.process.parse::<i64>() {
        Ok(key) => client.create_process_instance_by_key(key),
        Err(_) => client.create_process_instance(args.process),
    };
    create = create.variables(variables);
    if let Some(version) = args.version {
        create = create.version(version);
    }
    if let Some(tenant) = args.tenant {
        create = create.tenant_id(tenant);
    }
    create = args.start_before.into_iter().fold(create, |create, id| create.start_before(id));
    create = args.terminate_after.into_iter().fold(create, |create, id| create.terminate_after(id));
    create = args.tags.into_iter().fold(create, |create, tag| create.tag(tag));
    if let Some(business_id) = args.business_id {
        create = create.business_id(business_id);
    }
    if args.with_result {
        let timeout = args.connection.request_timeout.unwrap_or(RESULT_TIMEOUT);
        let create = create.with_result(timeout).fetch_variables(args.fetch_variables);
        let result = progress::while_waiting("waiting for the result", create.send()).await?;
        return print_result(&result, output);
    }
    let created = create.send().await?;
    let text = format!(
        "created process instance {} of {} version {}",
        created.process_instance_key, created.bpmn_process_id, created.version
    );
    let json = json!({
        "processInstanceKey": created.process_instance_key.to_string(),
        "bpmnProcessId": created.bpmn_process_id,
        "version": created.version,
        "processDefinitionKey": created.process_definition_key.to_string(),
        "tenantId": created.tenant_id,
        "tags": created.tags,
        "businessId": created.business_id,
    });
    output.print(text, &json)
}

fn print_result(
    result: &CreateProcessInstanceWithResultResponse,
    output: Output,
) -> Result<(), Failure> {
    let variables: Value = serde_json::from_str(&result.variables).map_err(|e| {
        Failure::new("the gateway answered with variables that are not JSON").caused_by(e)
    })?;
    let json = json!({
        "processInstanceKey": result.process_instance_key.to_string(),
        "bpmnProcessId": result.bpmn_process_id,
        "version": result.version,
        "processDefinitionKey": result.process_definition_key.to_string(),
        "tenantId": result.tenant_id,
        "tags": result.tags,
        "businessId": result.business_id,
        "variables": variables,
    });
    let text = format!(
        "completed process instance {} of {} version {}\n{:#}",
        result.process_instance_key, result.bpmn_process_id, result.version, json["variables"]
    );
    output.print(text, &json)
}

//! `skep definition`

use serde_json::json;

use super::connection::RestArgs;
use crate::{
    failure::Failure,
    output::{Output, line},
};

const EXAMPLES: &str = "\
Examples:
  skep definition 2251799813685300
  skep definition 2251799813685300 --xml > order.bpmn";

/// Flags of `skep definition`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DefinitionArgs {
    /// Key of the process definition, as `skep deploy` has printed it.
    key: i64,
    /// Print the BPMN file that it was deployed with.
    #[arg(long)]
    xml: bool,
    #[command(flatten)]
    connection: RestArgs,
}

/// Runs the command.
///
/// # Errors
/// When the gateway refuses.
pub(crate) async fn run(args: DefinitionArgs, output: Output) -> Result<(), Failure> {
    let client = args.connection.connect()?;
    if args.xml {
        let xml = client.process_definition_xml(args.key).await?;
        return match output {
            Output::Text => line(xml.strip_suffix('\n').unwrap_or(&xml)),
            Output::Json => output.print("", &json!({ "xml": xml })),
        };
    }
    let found = client.process_definition(args.key).await?;
    let mut text = format!(
        "process {} version {}, key {} ({})",
        found.process_definition_id,
        found.version,
        found.process_definition_key.raw,
        found.resource_name
    );
    for (what, value) in [
        ("name", found.name.as_deref()),
        ("version tag", found.version_tag.as_deref()),
        ("tenant", Some(found.tenant_id.as_str()).filter(|tenant| *tenant != "<default>")),
        ("state", Some(found.state.as_str()).filter(|state| !state.is_empty())),
    ] {
        if let Some(value) = value {
            text.push_str(&format!("\n{what}: {value}"));
        }
    }
    let json = serde_json::to_value(&found)
        .map_err(|error| Failure::new("cannot write the result as JSON").caused_by(error))?;
    output.print(text, &json)
}

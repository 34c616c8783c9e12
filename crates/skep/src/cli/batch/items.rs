//! `skep batch items`

use super::status;
use crate::{
    cli::connection::RestArgs,
    failure::Failure,
    output::{Output, line, note},
};

/// Flags of `skep batch items`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct ItemsArgs {
    /// Key of the batch operation, as `skep batch create` has printed it.
    key: i64,
    /// Only those in this state.
    #[arg(long, value_enum, value_name = "STATE")]
    state: Option<ItemState>,
    /// At most this many.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=10_000))]
    limit: i64,
    #[command(flatten)]
    connection: RestArgs,
}

/// What has become of an item.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum ItemState {
    /// Still to be worked on.
    Active,
    Completed,
    Failed,
    Canceled,
}

impl ItemState {
    fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Canceled => "CANCELED",
        }
    }
}

/// Runs the command.
///
/// # Errors
/// When the gateway refuses. That there are no items is no error.
pub(super) async fn run(args: ItemsArgs, output: Output) -> Result<(), Failure> {
    let client = args.connection.connect()?;
    let state = args.state.map(|state| state.name().to_owned());
    let found = client.batch_operation_items(args.key, state, args.limit).await?;
    let (n, n_all) = (found.items.len() as u64, found.page.total_items);
    if n_all == 0 {
        note("no items are known");
    } else if n < n_all || found.page.has_more_total_items {
        note(format!("these are {n} of {n_all} or more; --limit shows more"));
    }
    if output == Output::Json {
        return output.print("", &status::json(&found)?);
    }
    for item in &found.items {
        let key = item.process_instance_key.raw;
        let mut text = format!("process instance {key}: {}", item.state);
        if item.item_key != key.to_string() {
            text.push_str(&format!(", incident {}", item.item_key));
        }
        if let Some(at) = &item.processed_date {
            text.push_str(&format!(", {at}"));
        }
        if let Some(error) = &item.error_message {
            text.push_str(&format!(", {error}"));
        }
        line(text)?;
    }
    Ok(())
}

//! `skep search`: what has happened, and what there is.

mod condition;
mod resource;
mod table;

use serde_json::{Map, Value, json};
use skep_client::rest::{SearchPage, SearchRequest, SearchSort};

use self::{
    condition::{Condition, VariableIs},
    resource::Resource,
};
use super::connection::RestArgs;
use crate::{
    failure::Failure,
    output::{Output, note},
};

/// Items that one request asks for.
const PAGE_MAX: usize = 1000;

const EXAMPLES: &str = "\
Examples:
  skep search process-instances --where state=ACTIVE --where processDefinitionId=order
  skep search process-instances --variable orderId=A-42
  skep search process-instances --where 'startDate>=2026-11-01T00:00:00Z' --sort startDate:desc
  skep search incidents --where state=ACTIVE --where 'errorMessage~*timeout*'
  skep search element-instances --where processInstanceKey=2251799813685251
  skep search jobs --where type=charge-card --limit 5 -o json

Conditions: NAME=VALUE, NAME!=VALUE, NAME~PATTERN (* any run, ? one character), and NAME>VALUE,
NAME>=VALUE, NAME<VALUE, NAME<=VALUE for numbers and dates. NAME is an attribute of the REST API's
filter; what else a filter can say goes into --filter, as JSON.

It needs the REST API of a gateway of 8.8 or later with a history of what has happened.";

/// Flags of `skep search`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SearchArgs {
    /// What to look for.
    #[arg(value_enum, value_name = "WHAT")]
    resource: Resource,
    /// Something that must hold; may be given several times.
    #[arg(long = "where", short = 'w', value_name = "CONDITION")]
    conditions: Vec<Condition>,
    /// For process instances: a variable that it has. VALUE is JSON, or text without quotes.
    #[arg(long = "variable", value_name = "NAME=VALUE")]
    variables: Vec<VariableIs>,
    /// A filter as the REST API takes it; conditions are added to it.
    #[arg(long, value_name = "JSON")]
    filter: Option<String>,
    /// The order, such as startDate:desc; may be given several times, the first counts most.
    #[arg(long, value_name = "NAME[:desc]")]
    sort: Vec<String>,
    /// At most this many.
    #[arg(long, value_name = "N", default_value_t = 20, conflicts_with = "all")]
    limit: usize,
    /// As many as there are.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    connection: RestArgs,
}

/// Runs the command.
///
/// # Errors
/// When a condition cannot be, or the gateway refuses. That nothing is found is no error.
pub(crate) async fn run(args: SearchArgs, output: Output) -> Result<(), Failure> {
    let mut request = SearchRequest {
        filter: Some(Value::Object(filter(&args)?)),
        sort: Some(args.sort.iter().map(|step| sort(step)).collect()),
        page: None,
    };
    let client = args.connection.connect()?;
    let wanted = if args.all { usize::MAX } else { args.limit };
    let (mut items, mut total, mut has_more): (Vec<Value>, _, _) = (Vec::new(), 0, false);
    let mut after = None;
    while items.len() < wanted {
        let limit = (wanted - items.len()).min(PAGE_MAX);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        request.page = Some(SearchPage { limit: Some(limit), after, ..SearchPage::default() });
        let found = client.search(args.resource.path(), &request).await?;
        (total, has_more) = (found.page.total_items, found.page.has_more_total_items);
        items.extend(found.items);
        after = found.page.end_cursor;
        let is_all = !has_more && items.len() as u64 >= total;
        if after.is_none() || is_all {
            break;
        }
    }
    if output == Output::Json {
        let page = json!({ "totalItems": total, "hasMoreTotalItems": has_more });
        return output.print("", &json!({ "items": items, "page": page }));
    }
    if items.is_empty() {
        note("nothing is found");
        return Ok(());
    }
    table::print(args.resource.columns(), &items)?;
    if (items.len() as u64) < total || has_more {
        let or_more = if has_more { " or more" } else { "" };
        note(format!("these are {} of {total}{or_more}; --limit or --all shows more", items.len()));
    }
    Ok(())
}

fn filter(args: &SearchArgs) -> Result<Map<String, Value>, Failure> {
    let mut filter = match &args.filter {
        None => Map::new(),
        Some(text) => serde_json::from_str(text).map_err(|error| {
            Failure::usage("--filter is not a JSON object")
                .caused_by(error)
                .fix(r#"write for example --filter '{"state": {"$in": ["ACTIVE"]}}'"#)
        })?,
    };
    for condition in &args.conditions {
        condition.add_to(&mut filter)?;
    }
    if !args.variables.is_empty() {
        if args.resource != Resource::ProcessInstances {
            return Err(Failure::usage("--variable is for process instances")
                .fix("look for variables themselves with --where name=NAME --where 'value=JSON'"));
        }
        let variables = filter.entry("variables").or_insert_with(|| json!([]));
        let Value::Array(variables) = variables else {
            return Err(Failure::usage("the variables of --filter are no list"));
        };
        variables.extend(args.variables.iter().map(VariableIs::to_json));
    }
    Ok(filter)
}

fn sort(step: &str) -> SearchSort {
    let (field, order) = step.split_once(':').unwrap_or((step, "asc"));
    SearchSort { field: field.to_owned(), order: Some(order.to_ascii_uppercase()) }
}

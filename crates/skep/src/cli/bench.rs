//! `skep bench`: a steady load on any Zeebe-compatible gateway, measured without mercy.
//!
//! Open loop: every instance has an intended start, and its latency counts from there, however
//! late it could be sent. A server that stalls for a second therefore shows a second, not the
//! one slow call that a closed loop would show.

mod finding;
mod load;
mod model;
mod pace;
mod report;
mod soak;
mod waiting;
mod wire;

use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
    thread,
    time::Duration,
};

use tokio::sync::oneshot;

use super::{connection::ConnectionArgs, duration};
use crate::{
    failure::Failure,
    output::{Output, note},
};
use load::{Plan, Tally};
use model::Model;
use soak::{Outcome, Soak};

const EXAMPLES: &str = "\
Examples:
  skep bench --rate 500 --duration 30           latency at 500 process instances per second
  skep bench --rate max --in-flight 64 --json   the most that goes through
  skep bench --model order.bpmn --payload 2048  another process; all its job tasks are worked
  skep bench --model order.bpmn --with rates.dmn --variables order.json --await-result
                                                one with called processes and decisions
  skep bench --waiting 1000000 --rate max       beside so many instances that wait
  skep bench --find --rate 500                  and how soon what was created is found by REST
  skep bench --soak --duration 5m               short-lived tokens, rolling keys, a restart

Latency counts from the intended start of an instance to the acknowledged completion of its
last job, or to its result with --await-result. Process ids and job types are renamed for each run, so runs do not disturb each
other. Exit code 1 when there were errors.

The soak brings a gateway and an identity provider of its own, on the loopback address and in a
temporary folder. While the load runs, the provider rolls its keys twice and restarts once. Exit
code 1 when a call failed or waited for a token. An instance takes two calls: 500 a second are
1000 calls a second.";

/// Most instances that may be under way before the rest is not even tried.
const IN_FLIGHT_MAX: usize = 100_000;

/// Flags of `skep bench`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct BenchArgs {
    /// Process instances to start per second; `max` keeps a number of them in flight instead.
    #[arg(long, value_name = "N|max", default_value = "500")]
    rate: Rate,
    /// How long to measure.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration::parse)]
    duration: Duration,
    /// How long to run before measuring.
    #[arg(long, value_name = "DURATION", default_value = "3s", value_parser = duration::parse)]
    warm_up: Duration,
    /// Size of the variables of each instance.
    #[arg(long, value_name = "BYTES", default_value_t = 512,
          value_parser = clap::value_parser!(u32).range(..=4_000_000))]
    payload: u32,
    /// Instances in flight with `--rate max`.
    #[arg(long, value_name = "N", default_value_t = 64,
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    in_flight: u32,
    /// Another BPMN file than the built-in process with one service task.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// A file to deploy with `--model`, such as a DMN file; may be repeated.
    #[arg(long, value_name = "FILE", requires = "model")]
    with: Vec<PathBuf>,
    /// A JSON file with the variables of each instance, in place of a payload.
    #[arg(long, value_name = "FILE", conflicts_with = "payload")]
    variables: Option<PathBuf>,
    /// Take an instance for complete when the gateway gives its result, not when so many of its
    /// jobs are done: jobs of called processes name another instance.
    #[arg(long, conflicts_with = "jobs_per_instance")]
    await_result: bool,
    /// First start so many instances, each of which waits for a message and for a timer of 30
    /// days, and leave them there.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, conflicts_with = "soak",
          value_parser = clap::value_parser!(u32).range(..=100_000_000))]
    waiting: u32,
    /// Beside the load, create an instance 20 times a second and look for it by the REST API at
    /// once, which the variables must name.
    #[arg(long, conflicts_with = "soak")]
    find: bool,
    /// Jobs that an instance of `--model` has; the number of its job tasks unless given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    jobs_per_instance: Option<u32>,
    /// Measure a gateway and an identity provider of its own, with tokens that end soon, keys
    /// that roll and a provider that restarts.
    #[arg(long, conflicts_with_all = ["address", "insecure", "ca_certificate", "client_id",
          "authorization_server_url", "audience", "scope", "keystore"])]
    soak: bool,
    /// How long a token of the soak lives.
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = token_lifetime,
          requires = "soak")]
    token_lifetime: Duration,
    /// Print the report as JSON, like `--output json`.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    connection: ConnectionArgs,
}

/// How instances are started.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Rate {
    /// So many a second, whatever becomes of them.
    PerSecond(f64),
    /// One as soon as another has completed.
    Max,
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        match text.parse::<f64>() {
            Ok(rate) if (0.01..=1e6).contains(&rate) => Ok(Self::PerSecond(rate)),
            _ => Err(format!("{text:?} is neither `max` nor a rate from 0.01 to 1000000")),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// When the gateway cannot be reached or refuses the process, and when there were errors.
pub(crate) async fn run(args: BenchArgs, output: Output) -> Result<(), Failure> {
    let soak = if args.soak { Some(Soak::start(args.token_lifetime).await?) } else { None };
    let client = match &soak {
        Some(soak) => soak.client()?,
        None => args.connection.connect()?,
    };
    let gateway_version = client.topology().await?.gateway_version;
    let model = Model::load(args.model.as_deref(), args.jobs_per_instance)?;
    let mut deploy = client.deploy().resource(model.resource_name(), model.xml.clone());
    for path in &args.with {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        deploy = deploy.resource(name, read(path)?);
    }
    deploy.send().await?;
    let variables = match &args.variables {
        Some(path) => compact(path)?,
        None => variables(args.payload),
    };
    let waiting = match args.waiting {
        0 => None,
        n => Some(waiting::start(&client, n).await?),
    };
    note(format!(
        "deployed {} to {} (gateway {gateway_version}); {} s of warm-up, then {} s",
        model.process_id,
        client.address(),
        args.warm_up.as_secs_f32(),
        args.duration.as_secs_f32(),
    ));

    let plan = Plan {
        rate: match args.rate {
            Rate::PerSecond(rate) => Some(rate),
            Rate::Max => None,
        },
        in_flight_max: match args.rate {
            Rate::PerSecond(_) => IN_FLIGHT_MAX,
            Rate::Max => usize::try_from(args.in_flight).unwrap_or(IN_FLIGHT_MAX),
        },
        warm_up: args.warm_up,
        duration: args.duration,
        variables,
        awaits_result: args.await_result,
        model,
    };
    let finding = if args.find {
        let (stop, stopped) = oneshot::channel();
        let looking = finding::run(client.clone(), args.connection.connect_rest()?, stopped);
        Some((stop, tokio::spawn(looking)))
    } else {
        None
    };
    let (tally, outcome) = match soak {
        Some(soak) => {
            let (tally, outcome) = soak.run(client, plan.clone()).await?;
            (tally, Some(outcome))
        }
        None => (on_one_thread(client, plan.clone()).await?, None),
    };
    let report = report::Report::new(&plan, &tally, &gateway_version);
    let (mut text, mut json) = (report.text(), report.json().clone());
    if let Some(waiting) = &waiting {
        text = format!("{text}\n{}", waiting.text());
        json["waiting"] = waiting.json();
    }
    if let Some((stop, looking)) = finding {
        drop(stop);
        let finding = looking
            .await
            .map_err(|error| Failure::new("looking for instances panicked").caused_by(error))??;
        text = format!("{text}\n{}", finding.text());
        json["finding"] = finding.json();
    }
    if let Some(outcome) = &outcome {
        text = format!("{text}\n{}", outcome.text());
        json["soak"] = outcome.json(args.token_lifetime);
    }
    let output = if args.json { Output::Json } else { output };
    output.print(text, &json)?;
    match (tally.n_errors(), outcome.as_ref().map_or(0, Outcome::n_waited)) {
        (0, 0) => Ok(()),
        (0, n) => Err(Failure::new(format!("{n} calls waited for a token or went without"))
            .fix("look at what the client logs about token requests, with -v")),
        _ => Err(errors_of(&tally)),
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!("cannot read the file {}", path.display())).caused_by(error)
    })
}

/// The variables in the file at `path`, without the spaces between them.
fn compact(path: &Path) -> Result<String, Failure> {
    let parsed: Result<serde_json::Map<_, _>, _> = serde_json::from_str(&read(path)?);
    let variables = parsed.map_err(|error| {
        Failure::usage(format!("{} holds no JSON object", path.display())).caused_by(error)
    })?;
    Ok(serde_json::Value::Object(variables).to_string())
}

/// As long as the provider can give tokens for.
fn token_lifetime(text: &str) -> Result<Duration, String> {
    let lifetime = duration::parse(text)?;
    let allowed = Duration::from_secs(5)..=Duration::from_secs(86_400);
    if allowed.contains(&lifetime) {
        Ok(lifetime)
    } else {
        Err(format!("{text:?} is not from 5s to 1d"))
    }
}

/// Runs the load on a thread of its own: the generator shares the machine with the server, and
/// one thread that never waits for another costs the least.
async fn on_one_thread(client: skep_client::Client, plan: Plan) -> Result<Tally, Failure> {
    let (sender, receiver) = oneshot::channel();
    thread::Builder::new()
        .name("bench".to_owned())
        .spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let result = match runtime {
                Ok(runtime) => runtime.block_on(load::run(client, plan)),
                Err(e) => Err(Failure::new("cannot start the load generator").caused_by(e)),
            };
            // The receiver is gone only when the whole command has been given up.
            let _ = sender.send(result);
        })
        .map_err(|e| Failure::new("cannot start the load generator").caused_by(e))?;
    receiver.await.map_err(|_| Failure::new("the load generator panicked"))?
}

fn errors_of(tally: &Tally) -> Failure {
    let kinds: Vec<_> = tally.errors.iter().map(|(kind, n)| format!("{n} × {kind}")).collect();
    Failure::new(format!("there were errors: {}", kinds.join(", ")))
        .fix("offer less load, or look at the log of the server")
}

/// Variables of `bytes` bytes as JSON.
fn variables(bytes: u32) -> String {
    const FRAME: &str = r#"{"payload":""}"#;
    let bytes = usize::try_from(bytes).unwrap_or_default();
    if bytes < FRAME.len() {
        return "{}".to_owned();
    }
    format!(r#"{{"payload":"{}"}}"#, "x".repeat(bytes - FRAME.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates() {
        assert_eq!("max".parse(), Ok(Rate::Max));
        assert_eq!("500".parse(), Ok(Rate::PerSecond(500.0)));
        for wrong in ["0", "-1", "fast", "NaN", "inf"] {
            assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn variables_have_the_size_asked_for() {
        assert_eq!(variables(0), "{}");
        assert_eq!(variables(512).len(), 512);
        assert!(serde_json::from_str::<serde_json::Value>(&variables(512)).is_ok());
    }
}

//! How soon what was created is found by the REST API, beside the load.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde_json::{Value, json};
use skep_client::{Client, Error, RestClient};
use tokio::{
    sync::oneshot,
    time::{MissedTickBehavior, interval},
};

use super::{load::LATENCY_US_MAX, report::percentiles};
use crate::failure::Failure;

/// A process that ends at once.
const PROCESS_ID: &str = "finding";
const XML: &str = include_str!("finding.bpmn");

/// Instances that are created and looked for, one after the other, in a second.
const PER_S: u64 = 20;
/// How long one is looked for.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was measured.
pub(super) struct Finding {
    /// Acknowledged creation to the answer that has the instance, in microseconds.
    found_us: Histogram<u64>,
    /// Answers that did not have it yet.
    n_too_early: u64,
}

impl Finding {
    pub(super) fn text(&self) -> String {
        let of = percentiles(&self.found_us);
        format!(
            "found by REST      p50 {}  p99 {}  max {} ms, {} looked for, {} answers too early",
            of["p50"],
            of["p99"],
            of["max"],
            self.found_us.len(),
            self.n_too_early
        )
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "latency_ms": percentiles(&self.found_us),
            "instances": self.found_us.len(),
            "answers_too_early": self.n_too_early,
        })
    }
}

/// Creates instances and looks for each by its key, until `stop` is dropped.
///
/// # Errors
/// When the gateway refuses, or does not find an instance for a minute.
pub(super) async fn run(
    client: Client,
    rest: RestClient,
    mut stop: oneshot::Receiver<()>,
) -> Result<Finding, Failure> {
    client.deploy().resource("finding.bpmn", XML).send().await?;
    let found_us = Histogram::new_with_max(LATENCY_US_MAX, 3)
        .map_err(|error| Failure::new("cannot keep latencies").caused_by(error))?;
    let mut finding = Finding { found_us, n_too_early: 0 };
    let mut ticks = interval(Duration::from_millis(1_000 / PER_S));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = &mut stop => return Ok(finding),
            _ = ticks.tick() => finding.look_for_one(&client, &rest).await?,
        }
    }
}

impl Finding {
    async fn look_for_one(&mut self, client: &Client, rest: &RestClient) -> Result<(), Failure> {
        let created = client.create_process_instance(PROCESS_ID).send().await?;
        let began = Instant::now();
        loop {
            match rest.process_instance(created.process_instance_key).await {
                Ok(_) => break,
                Err(Error::RestRefused { status: 404, .. }) if began.elapsed() < PATIENCE => {
                    self.n_too_early += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.found_us.saturating_record(u64::try_from(began.elapsed().as_micros()).unwrap_or(0));
        Ok(())
    }
}

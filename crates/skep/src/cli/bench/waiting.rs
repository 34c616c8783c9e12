//! Instances that wait, so that a load can be measured beside them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use skep_client::Client;
use tokio::{task::JoinSet, time::sleep};
use tonic::{Code, Status};

use super::wire::{self, Wire};
use crate::{failure::Failure, output::note};

/// Waits for a message of its own and for a timer.
const WAITING: &str = include_str!("waiting.bpmn");
const PROCESS_ID: &str = "waiting";

/// Instances that are being started at the same time.
const IN_FLIGHT: usize = 128;

/// Most times that one instance is tried while the server is too busy: half a minute.
const BUSY_ATTEMPTS_MAX: usize = 1_500;
/// Pause after the server was too busy; its answer does not say when it will not be.
const BUSY_PAUSE: Duration = Duration::from_millis(20);

/// What it took to start them.
pub(super) struct Waiting {
    n: u32,
    elapsed: Duration,
}

impl Waiting {
    pub(super) fn text(&self) -> String {
        format!("waiting            {} instances, started at {:.0}/s", self.n, self.per_s())
    }

    pub(super) fn json(&self) -> Value {
        json!({ "instances": self.n, "started_per_s": self.per_s().round() })
    }

    fn per_s(&self) -> f64 {
        f64::from(self.n) / self.elapsed.as_secs_f64()
    }
}

/// Starts `n` instances that wait.
///
/// # Errors
/// When the gateway refuses one of them.
pub(super) async fn start(client: &Client, n: u32) -> Result<Waiting, Failure> {
    let run = uuid::Uuid::new_v4().simple().to_string();
    let process_id = format!("{PROCESS_ID}-{}", &run[..8]);
    let xml = WAITING.replace(&format!("\"{PROCESS_ID}\""), &format!("\"{process_id}\""));
    client.deploy().resource(format!("{process_id}.bpmn"), xml).send().await?;
    note(format!("starting {n} instances that wait"));
    let began = Instant::now();
    let (next, process_id) = (Arc::new(AtomicU32::new(0)), Arc::<str>::from(process_id));
    let mut tasks = JoinSet::new();
    let wire = Wire::new(client);
    for _ in 0..IN_FLIGHT {
        let wire = wire.clone();
        let (next, process_id) = (Arc::clone(&next), Arc::clone(&process_id));
        tasks.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= n {
                    return Ok(());
                }
                start_one(&wire, &process_id, number).await?;
                if (number + 1) % 100_000 == 0 {
                    note(format!("{} s: {} wait", began.elapsed().as_secs(), number + 1));
                }
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended
            .map_err(|error| Failure::new("starting instances panicked").caused_by(error))?
            .map_err(|status: Status| {
                Failure::new(format!("an instance was not started: {}", status.message()))
                    .fix("look at the log of the server")
            })?;
    }
    Ok(Waiting { n, elapsed: began.elapsed() })
}

async fn start_one(wire: &Wire, process_id: &str, number: u32) -> Result<(), Status> {
    let variables = format!(r#"{{"order":"order-{number}","amount":{number}}}"#);
    let request = wire::create_request(process_id, &variables);
    for _ in 1..BUSY_ATTEMPTS_MAX {
        match wire.create(request.clone()).await {
            Ok(_) => return Ok(()),
            Err(status) if status.code() == Code::ResourceExhausted => sleep(BUSY_PAUSE).await,
            Err(status) => return Err(status),
        }
    }
    wire.create(request).await.map(drop)
}

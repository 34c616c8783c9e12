//! What a broker does without a network: create, push, complete, with real syncs.
//!
//! `cargo bench -p skep-broker` prints, for several numbers of instances in flight, completed
//! process instances per second, their latency, and the journal bytes, syncs and CPU time each
//! took. A folder named in `SKEP_BENCH_DIR` puts the data elsewhere than in the temporary folder.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and stops when it cannot go on"
)]

mod load;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use skep_broker::{Broker, BrokerConfig};

/// So much journal is replayed: snapshots must not shorten the measurement of recovery.
const SNAPSHOT_EVERY_BYTES: u64 = 1 << 40;
const RUN: Duration = Duration::from_secs(4);
const IN_FLIGHT: [usize; 4] = [1, 16, 64, 256];

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for in_flight in IN_FLIGHT {
        runtime.block_on(measure(in_flight));
    }
}

async fn measure(in_flight: usize) {
    let dir = load::folder();
    let mut config = BrokerConfig::new(dir.path());
    config.snapshot_every_bytes = SNAPSHOT_EVERY_BYTES;
    let broker = Broker::start(config).unwrap();
    load::deploy_one_task(&broker).await;
    let worker = tokio::spawn(load::work(broker.clone()));
    let (cpu, began) = (load::cpu_time(), Instant::now());
    let latencies = load::create_for(&broker, in_flight, RUN).await;
    let (cpu, elapsed) = (load::cpu_time().saturating_sub(cpu), began.elapsed());
    let n = latencies.len();
    let report =
        skep_journal::verify(skep_broker::journal_dir(dir.path(), skep_record::PartitionId(1)));
    let journal_bytes: u64 = report.unwrap().segments.iter().map(|segment| segment.n_bytes).sum();
    println!(
        "{in_flight:4} in flight: {:7.0} PI/s   p50 {:6.2} ms  p99 {:6.2} ms   {:6.0} B journal/PI   {:5.1} us CPU/PI",
        n as f64 / elapsed.as_secs_f64(),
        load::percentile_ms(&latencies, 50),
        load::percentile_ms(&latencies, 99),
        journal_bytes as f64 / n as f64,
        cpu.as_secs_f64() * 1e6 / n as f64,
    );
    worker.abort();
    drop(worker.await);
    drop(broker);
    recover(dir.path(), journal_bytes);
}

/// Starts again as after a crash, without a snapshot of the last instances.
fn recover(dir: &Path, journal_bytes: u64) {
    let broker = Broker::start(BrokerConfig::new(dir)).unwrap();
    let report = &broker.recoveries()[0];
    println!(
        "     recovered {} records of {} MB journal, snapshot at {}, in {:.0} ms",
        report.n_records,
        journal_bytes >> 20,
        report.snapshot_position,
        report.elapsed.as_secs_f64() * 1e3,
    );
}

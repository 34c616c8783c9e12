//! Runs simulations: `cargo xtask sim`.

#![expect(clippy::print_stdout, reason = "a command-line tool talks on standard output")]

use std::{
    process::ExitCode,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Instant,
};

use clap::Parser;
use skep_testkit::{Failure, Report, run, run_logged};

/// Simulates brokers with faults, each from a seed, and checks them.
#[derive(Parser)]
#[command(name = "cargo xtask sim")]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Print everything that happened up to a failure.
    #[arg(long)]
    log: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let began = Instant::now();
    let next = AtomicU64::new(0);
    let n_threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let results: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> =
            (0..n_threads).map(|_| scope.spawn(|| work(&arguments, &next, began))).collect();
        threads.into_iter().map(thread::ScopedJoinHandle::join).collect()
    });
    let mut all = Report::default();
    for result in results {
        match result {
            Ok(Ok(report)) => add(&mut all, &report),
            Ok(Err(failure)) => {
                println!("{failure}");
                return ExitCode::FAILURE;
            }
            Err(_) => {
                println!("a thread of the simulation has panicked");
                return ExitCode::FAILURE;
            }
        }
    }
    println!(
        "{} seeds from {}: nothing found; {} records, {} instances completed, {} put into stores and {} brought back, {} failures of stores, {} crashes, {:.0} s",
        arguments.seeds,
        arguments.from,
        all.n_records,
        all.n_completed,
        all.stores.n_put,
        all.stores.n_got,
        all.stores.n_failed,
        all.n_crashes,
        began.elapsed().as_secs_f64()
    );
    println!("seen: {}", all.kinds.into_iter().collect::<Vec<_>>().join(", "));
    ExitCode::SUCCESS
}

/// Runs seeds until there are no more, or one fails.
fn work(arguments: &Arguments, next: &AtomicU64, began: Instant) -> Result<Report, Box<Failure>> {
    let mut all = Report::default();
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        if n >= arguments.seeds {
            return Ok(all);
        }
        let seed = arguments.from + n;
        let result = if arguments.log { run_logged(seed) } else { run(seed) };
        match result {
            Ok(report) => add(&mut all, &report),
            Err(failure) => {
                // The others need not go on.
                next.store(arguments.seeds, Ordering::Relaxed);
                return Err(failure);
            }
        }
        if n % 100 == 99 {
            println!("{} seeds, {:.0} s", n + 1, began.elapsed().as_secs_f64());
        }
    }
}

fn add(all: &mut Report, one: &Report) {
    all.n_records += one.n_records;
    all.n_completed += one.n_completed;
    all.stores.add(one.stores);
    all.n_crashes += one.n_crashes;
    all.kinds.extend(one.kinds.iter().cloned());
}

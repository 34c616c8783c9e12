//! Simulations on every change; `cargo xtask sim` runs as many as one likes.

#![allow(
    unreachable_pub,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "one binary, whose modules share what is `pub`, and which panics where a test fails"
)]

mod corpus;
mod history;
mod journals;
mod rig;
mod variable;

use std::thread;

use skep_testkit::{Report, StoreCounts};

/// How many seeds each of the threads runs.
const N_THREADS: u64 = 4;
const N_SEEDS: u64 = 200;

/// What must have happened in them.
const KINDS: [&str; 23] = [
    "AD_HOC_SUB_PROCESS UNSPECIFIED",
    "BOUNDARY_EVENT COMPENSATION",
    "BUSINESS_RULE_TASK UNSPECIFIED",
    "CALL_ACTIVITY UNSPECIFIED",
    "END_EVENT ESCALATION",
    "EVENT_SUB_PROCESS UNSPECIFIED",
    "INCLUSIVE_GATEWAY UNSPECIFIED",
    "INTERMEDIATE_CATCH_EVENT CONDITIONAL",
    "MULTI_INSTANCE_BODY UNSPECIFIED",
    "USER_TASK UNSPECIFIED",
    "deletion",
    "job AD_HOC_SUB_PROCESS",
    "job EXECUTION_LISTENER",
    "job TASK_LISTENER",
    "migrated AD_HOC_SUB_PROCESS",
    "migrated EVENT_BASED_GATEWAY",
    "migrated EVENT_SUB_PROCESS",
    "migrated MULTI_INSTANCE_BODY",
    "migrated SEQUENCE_FLOW",
    "migrated USER_TASK",
    "migrated compensation",
    "migration",
    "modification",
];

#[test]
fn two_hundred_seeds_find_nothing() {
    let reports: Vec<Report> = thread::scope(|scope| {
        let threads: Vec<_> = (0..N_THREADS)
            .map(|first| {
                scope.spawn(move || {
                    let seeds = (0..N_SEEDS).filter(|seed| seed % N_THREADS == first);
                    let run = |seed| skep_testkit::run(seed).unwrap_or_else(|e| panic!("{e}"));
                    seeds.map(run).collect::<Vec<Report>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let n_records: u64 = reports.iter().map(|report| report.n_records).sum();
    assert!(n_records > 100 * N_SEEDS, "hardly anything was going on: {n_records} records");
    let mut stores = StoreCounts::default();
    reports.iter().for_each(|report| stores.add(report.stores));
    assert!(stores.n_got > N_SEEDS && stores.n_failed > 0, "hardly used: {stores:?}");
    for kind in KINDS {
        let is_seen = reports.iter().any(|report| report.kinds.contains(kind));
        assert!(is_seen, "never seen: {kind}");
    }
}

#[test]
fn a_seed_does_the_same_every_time() {
    for seed in 0..10 {
        assert_eq!(skep_testkit::run(seed).unwrap(), skep_testkit::run(seed).unwrap());
    }
}

//! Simulations on every change; `cargo xtask sim` runs as many as one likes.

mod corpus;

use std::thread;

/// How many seeds each of the threads runs.
const N_THREADS: u64 = 4;
const N_SEEDS: u64 = 200;

#[test]
fn two_hundred_seeds_find_nothing() {
    let n_records: u64 = thread::scope(|scope| {
        let threads: Vec<_> = (0..N_THREADS)
            .map(|first| {
                scope.spawn(move || {
                    let seeds = (0..N_SEEDS).filter(|seed| seed % N_THREADS == first);
                    let run = |seed| skep_testkit::run(seed).unwrap_or_else(|e| panic!("{e}"));
                    seeds.map(|seed| run(seed).n_records).sum::<u64>()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert!(n_records > 100 * N_SEEDS, "hardly anything was going on: {n_records} records");
}

#[test]
fn a_seed_does_the_same_every_time() {
    for seed in 0..10 {
        assert_eq!(skep_testkit::run(seed).unwrap(), skep_testkit::run(seed).unwrap());
    }
}

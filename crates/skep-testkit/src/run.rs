//! One simulation, from its seed to its end.

use std::{
    collections::BTreeSet,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::{
    clients,
    cold::{Ask, StoreCounts},
    world::{Crash, World},
};

/// How a simulation went.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Report {
    /// Records written by all partitions.
    pub n_records: u64,
    /// Process instances that completed.
    pub n_completed: u64,
    /// Times the process was killed or the power failed.
    pub n_crashes: u64,
    /// What was asked of the stores of idle instances.
    pub stores: StoreCounts,
    /// A number that stands for everything that happened: equal in every run of a seed.
    pub digest: u64,
    /// Types of the elements that completed, with their event types, and what else was done.
    pub kinds: BTreeSet<String>,
}

/// A simulation that found something.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Its seed.
    pub seed: u64,
    /// What was found.
    pub problem: String,
    /// What had happened, if that was asked for.
    pub log: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, problem, log } = self;
        f.write_str(log)?;
        writeln!(f, "seed {seed}: {problem}")?;
        write!(f, "repeat it with: cargo xtask sim --seeds 1 --from {seed} --log")
    }
}

impl std::error::Error for Failure {}

/// Runs the simulation of a seed.
///
/// # Errors
/// [`Failure`]: what was found, and how to see it again.
pub fn run(seed: u64) -> Result<Report, Box<Failure>> {
    simulate(seed, false)
}

/// As [`run`]; a failure has the log of everything that happened.
///
/// # Errors
/// [`Failure`]
pub fn run_logged(seed: u64) -> Result<Report, Box<Failure>> {
    simulate(seed, true)
}

fn simulate(seed: u64, with_log: bool) -> Result<Report, Box<Failure>> {
    let mut world = None;
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let world = world.insert(World::new(seed, with_log)?);
        live(world)
    }));
    let problem = match ended {
        Ok(Ok(report)) => return Ok(report),
        Ok(Err(problem)) => problem,
        Err(panic) => match panic.downcast_ref::<String>() {
            Some(text) => format!("panic: {text}"),
            None => format!("panic: {:?}", panic.downcast_ref::<&str>()),
        },
    };
    let log = world.and_then(|world| world.log).unwrap_or_default();
    Err(Box::new(Failure { seed, problem, log }))
}

fn live(world: &mut World) -> Result<Report, String> {
    for model in world.clients.models.clone() {
        world.say(|_| format!("model {}", model.xml));
        world.submit(clients::FIRST, clients::deploy(&model))?;
    }
    let n_steps = 100 + world.rng.below(400);
    for _ in 0..n_steps {
        step(world)?;
    }
    let lie = world.faults.power_cuts && world.rng.one_in(10);
    if lie {
        world.say(|_| "from here on the disk lies".to_owned());
        world.disk.cut_in(None);
        world.disk.fail_sync_in(None);
        world.stores.heal();
        world.disk.lie();
        for _ in 0..world.rng.below(60) {
            let any = world.any_partition();
            world.act()?;
            world.turn(any)?;
        }
        world.end_with_a_lie()?;
    } else {
        world.heal()?;
    }
    Ok(Report {
        stores: world.stores.counts(),
        n_records: world.facts.n_records,
        n_completed: world.facts.n_completed,
        n_crashes: world.n_crashes,
        digest: world.digest(),
        kinds: std::mem::take(&mut world.facts.kinds),
    })
}

fn step(world: &mut World) -> Result<(), String> {
    match world.rng.below(100) {
        0..35 => turn(world),
        35..55 => arrive(world),
        55..85 => world.act(),
        85..96 => time(world),
        _ => fault(world),
    }
}

/// A partition that has something to do does it.
fn turn(world: &mut World) -> Result<(), String> {
    let busy: Vec<_> = world.broker()?.busy().collect();
    match world.rng.pick(&busy) {
        Some(id) => world.turn(*id),
        None => Ok(()),
    }
}

/// A command of another partition arrives: the oldest, or another one; once, or twice, or never.
fn arrive(world: &mut World) -> Result<(), String> {
    if world.wire.is_empty() {
        return turn(world);
    }
    let is_lossy = world.faults.lossy_network;
    let at = if is_lossy { world.rng.below(world.wire.len()) } else { 0 };
    let sent = world.wire.remove(at);
    if is_lossy {
        match world.rng.below(10) {
            0 => {
                world.say(|_| format!("lost on the way: {}", sent.command.intent()));
                return Ok(());
            }
            1 => world.wire.push(sent.clone()),
            _ => (),
        }
    }
    // What is refused for lack of room is sent again by the engine.
    world.broker()?.deliver(sent);
    Ok(())
}

fn time(world: &mut World) -> Result<(), String> {
    let due = world.next_due()?;
    let ms = match (world.rng.below(8), due) {
        (0, Some(due)) => due.0.saturating_sub(world.now().0).max(0),
        (1, _) if world.faults.clock_jumps => world.rng.between(-7_200_000, 7_200_000),
        (2, _) => world.rng.between(1, 15_000),
        (3, _) => 61_000,
        _ => world.rng.between(1, 500),
    };
    world.say(|world| format!("clock: {ms:+} ms from {}", world.now().0));
    world.clock.advance_ms(ms);
    Ok(())
}

fn fault(world: &mut World) -> Result<(), String> {
    let n = 1 + world.rng.below(30) as u64;
    match world.rng.below(8) {
        0 if world.faults.kills => world.crash(Crash::Kill),
        1 if world.faults.power_cuts => world.crash(Crash::Power),
        2 | 3 if world.faults.power_cuts => {
            world.disk.cut_in(Some(n));
            Ok(())
        }
        4 if world.faults.failing_syncs => {
            world.disk.fail_sync_in(Some(n));
            Ok(())
        }
        5 if world.faults.kills => {
            // Ending in good order writes too, and the power is not to fail in that.
            world.disk.cut_in(None);
            world.disk.fail_sync_in(None);
            world.stores.heal();
            world.restart()
        }
        6 if world.faults.failing_stores => {
            let asks = [Ask::Get, Ask::Get, Ask::Put, Ask::Remove, Ask::View];
            world.stores.fail_after(n, asks[world.rng.below(asks.len())]);
            Ok(())
        }
        7 if world.faults.failing_stores => {
            world.stores.heal();
            Ok(())
        }
        _ => Ok(()),
    }
}

//! The process that is killed: this test binary, asked to run [`child`].
//!
//! It prints a line before each completion and after each acknowledgement, which outlive it in
//! the pipe.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdout, Command as Process, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use skep_broker::Broker;
use skep_record::{ProcessInstanceKey, Response};

use super::{
    config,
    mix::{self, JOB_TYPES, KINDS, MESSAGE, USER_TASK, Work},
};
use crate::rig::Running;

const DIR: &str = "SKEP_TEST_KILL_DIR";
/// How far the key of a user task is from that of its instance.
const DISTANCE: &str = "SKEP_TEST_KILL_DISTANCE";
/// The memory budget, if there is one.
const BUDGET: &str = "SKEP_TEST_KILL_BUDGET";
const N_CREATORS: usize = 8;
/// Of so many jobs and tasks, one is left, so that its instance is found by later rounds.
const LEFT_EVERY: usize = 7;

/// Starts the process and waits until it works.
pub(crate) fn start(
    data_dir: &Path,
    distance: i64,
    memory_budget_bytes: Option<u64>,
) -> (Child, BufReader<ChildStdout>) {
    let mut child = Process::new(std::env::current_exe().unwrap())
        .args(["kill::load::child", "--exact", "--nocapture", "--test-threads=1"])
        .env(DIR, data_dir)
        .env(DISTANCE, distance.to_string())
        .envs(memory_budget_bytes.map(|bytes| (BUDGET, bytes.to_string())))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    // The test harness begins the line.
    while !line.trim_end().ends_with("READY") {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "the child has ended");
    }
    (child, lines)
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Nobody reads any more only when the parent is gone too.
    drop(out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush()));
}

/// Does nothing when run as a test like any other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Some(data_dir) = std::env::var_os(DIR) else { return };
    let distance: i64 = std::env::var(DISTANCE).unwrap().parse().unwrap();
    let budget = std::env::var(BUDGET).ok().map(|bytes| bytes.parse().unwrap());
    let broker = Running(Broker::start(config(Path::new(&data_dir), budget)).unwrap());
    say("READY");
    let n_worked = Arc::new(AtomicUsize::new(0));
    for creator in 0..N_CREATORS {
        tokio::spawn(create(broker.clone(), Arc::clone(&n_worked), creator, distance));
    }
    for job_type in JOB_TYPES {
        tokio::spawn(work(broker.clone(), Arc::clone(&n_worked), job_type));
    }
    std::future::pending::<()>().await;
}

/// Creates instances of all processes, one after the other.
async fn create(broker: Broker, n_worked: Arc<AtomicUsize>, creator: usize, distance: i64) {
    for n in 0_usize.. {
        let at = (creator + n) % KINDS.len();
        let kind = &KINDS[at];
        let name = format!("{}-{creator}-{n}", std::process::id());
        if kind.id == MESSAGE {
            match broker.submit(mix::publish(&name)).await {
                Ok(_) => say(&format!("PUBLISHED {name}")),
                Err(error) => say(&format!("WRONG {name}: {error}")),
            }
        }
        let created = match broker.submit(mix::create(kind, &name)).await {
            Ok(Response::Created(created)) => created,
            other => return say(&format!("WRONG {}: {other:?}", kind.id)),
        };
        say(&format!("CREATED {at} {}", created.key));
        if kind.id == USER_TASK {
            complete(&broker, &n_worked, created.key, mix::user_task(created.key, distance)).await;
        }
    }
}

async fn work(broker: Broker, n_worked: Arc<AtomicUsize>, job_type: &'static str) {
    let mut stream = broker.open_job_stream(mix::stream_request(job_type));
    while let Some(job) = stream.next().await {
        if let Some(wrong) = mix::wrong_with(&job) {
            say(&format!("WRONG {wrong}"));
        }
        let (broker, n_worked) = (broker.clone(), Arc::clone(&n_worked));
        tokio::spawn(async move {
            let root = job.root_process_instance_key;
            complete(&broker, &n_worked, root, Work::Job(job.key)).await;
        });
    }
}

async fn complete(broker: &Broker, n_worked: &AtomicUsize, root: ProcessInstanceKey, work: Work) {
    let is_left = n_worked.fetch_add(1, Ordering::Relaxed).is_multiple_of(LEFT_EVERY);
    let shown = match work {
        Work::Job(key) => format!("JOB {key} {root}"),
        Work::UserTask(key) => format!("TASK {key} {root}"),
    };
    if is_left {
        say(&format!("LEFT {shown}"));
        return;
    }
    say(&format!("COMPLETING {shown}"));
    match broker.submit(mix::complete(work)).await {
        Ok(_) => say(&format!("COMPLETED {shown}")),
        Err(error) => say(&format!("WRONG {shown}: {error}")),
    }
}

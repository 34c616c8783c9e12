//! `kill -9` under load: what was acknowledged is there, and nothing happens twice.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use skep_client::Client;
use tokio::{runtime::Runtime, task::JoinSet};

use crate::server::{Server, printed, skep};

const ROUNDS: u64 = 100;
const MODEL: &str = include_str!("../../../skep-client/assets/one-task.bpmn");
const CREATORS: usize = 2;
const WORKERS: usize = 4;
/// How long the load runs before the server dies, in milliseconds.
const LOAD_MS: std::ops::Range<u64> = 10..150;

/// A short one, so that the jobs of a killed server's worker come back soon.
const LOCK: Duration = Duration::from_secs(1);

/// What the server has promised.
#[derive(Default)]
struct Acknowledged {
    created: BTreeSet<i64>,
    /// Job key → how often its completion was acknowledged.
    completed: BTreeMap<i64, u32>,
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_happens_twice() {
    let dir = tempfile::tempdir().unwrap();
    let runtime = Runtime::new().unwrap();
    let acknowledged = Arc::new(Mutex::new(Acknowledged::default()));
    let mut random = 0x5eed_u64;
    for round in 0..ROUNDS {
        let server = Server::start(dir.path(), &["--insecure-no-auth"]);
        // xorshift: any spread of moments will do, but a failing one must come again.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let load_ms = LOAD_MS.start + random % (LOAD_MS.end - LOAD_MS.start);
        runtime.block_on(async {
            let client = connect(&server.grpc);
            if round == 0 {
                client.deploy().resource("one-task.bpmn", MODEL).send().await.unwrap();
            }
            let mut load = JoinSet::new();
            for _ in 0..CREATORS {
                load.spawn(create(client.clone(), Arc::clone(&acknowledged)));
            }
            for _ in 0..WORKERS {
                load.spawn(work(client.clone(), Arc::clone(&acknowledged)));
            }
            // Not waiting for anything: the moment of death is the input of this test.
            tokio::time::sleep(Duration::from_millis(load_ms)).await;
            server.kill();
            load.shutdown().await;
        });
        verify(dir.path(), round);
    }
    drain(&runtime, dir.path());
    check(dir.path(), &acknowledged.lock().unwrap());
}

fn connect(grpc: &str) -> Client {
    Client::builder(&format!("http://{grpc}")).unwrap().build().unwrap()
}

/// Creates instances one after the other until the server is gone.
async fn create(client: Client, acknowledged: Arc<Mutex<Acknowledged>>) {
    while let Ok(created) = client.create_process_instance("one_task").send().await {
        let key = created.process_instance_key;
        assert!(acknowledged.lock().unwrap().created.insert(key), "key {key} was given twice");
    }
}

/// Completes jobs until the server is gone.
async fn work(client: Client, acknowledged: Arc<Mutex<Acknowledged>>) {
    loop {
        let Ok(jobs) = client.activate_jobs("one_task").timeout(LOCK).send().await else { return };
        for job in jobs {
            if client.complete_job(job.key()).send().await.is_ok() {
                *acknowledged.lock().unwrap().completed.entry(job.key()).or_default() += 1;
            }
        }
    }
}

/// After every crash the journal is whole: at most its very end was never finished.
fn verify(data_dir: &Path, round: u64) {
    let output = skep(&["journal", "verify", "--data-dir"]).arg(data_dir).output().unwrap();
    assert!(output.status.success(), "round {round}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Completes everything that is left.
fn drain(runtime: &Runtime, data_dir: &Path) {
    let server = Server::start(data_dir, &["--insecure-no-auth"]);
    runtime.block_on(async {
        let client = connect(&server.grpc);
        loop {
            // Three times the lock of a killed server's worker: an empty answer means that no
            // job is left, locked or not.
            let jobs = client.activate_jobs("one_task").wait(Some(3 * LOCK)).send().await.unwrap();
            if jobs.is_empty() {
                return;
            }
            let mut completing = JoinSet::new();
            for job in jobs {
                completing.spawn(client.complete_job(job.key()).send());
            }
            completing.join_all().await.into_iter().for_each(Result::unwrap);
        }
    });
    let (status, _) = server.stop();
    assert!(status.success(), "{status}");
}

/// Compares the promises with the record log.
fn check(data_dir: &Path, acknowledged: &Acknowledged) {
    let output = skep(&["journal", "print", "--data-dir"]).arg(data_dir).output().unwrap();
    let mut created = BTreeSet::new();
    let mut completed = BTreeMap::<i64, u32>::new();
    let mut instances_completed = BTreeSet::new();
    // `E 26 <- 9 JOB:COMPLETED key=… "task" SERVICE_TASK …`
    for event in printed(&output).lines().filter(|line| line.starts_with("E ")) {
        let Some(key) = event.split(' ').find_map(|part| part.strip_prefix("key=")) else {
            continue;
        };
        let key: i64 = key.parse().unwrap();
        let is_process = event.contains(" PROCESS scope=-1 ");
        if is_process && event.contains(" PROCESS_INSTANCE:ELEMENT_ACTIVATING ") {
            created.insert(key);
        } else if is_process && event.contains(" PROCESS_INSTANCE:ELEMENT_COMPLETED ") {
            assert!(instances_completed.insert(key), "instance {key} completed twice");
        } else if event.contains(" JOB:COMPLETED ") {
            *completed.entry(key).or_default() += 1;
        }
    }
    println!(
        "{} creates and {} completes were acknowledged over {ROUNDS} crashes",
        acknowledged.created.len(),
        acknowledged.completed.len()
    );
    assert!(acknowledged.created.len() > 100, "the load did not get going");
    assert!(acknowledged.completed.len() > 100, "the load did not get going");
    for key in &acknowledged.created {
        assert!(created.contains(key), "acknowledged instance {key} is lost");
    }
    for (key, times) in &acknowledged.completed {
        assert_eq!(*times, 1, "completing job {key} was acknowledged more than once");
        assert!(completed.contains_key(key), "acknowledged completion of job {key} is lost");
    }
    for (key, times) in completed {
        assert_eq!(times, 1, "job {key} completed more than once");
    }
    assert_eq!(created, instances_completed, "every instance ends in the end");
}

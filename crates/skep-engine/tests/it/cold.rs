//! Idle instances: packed, in a store, and back.

use std::{
    collections::BTreeMap,
    error::Error as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use skep_engine::{Answer, ColdError, ColdStore, ColdView, Engine, EngineConfig, Spill};
use skep_record::{
    Command, JobKey, PartitionId, ProcessInstanceKey, Response, Timestamp, UpdateJobRetries,
};

use crate::rig::{
    START_MS, activate_command, complete_command, create_command, deploy_command, fixture,
};

/// The snapshot of an engine.
pub fn image(engine: &Engine) -> Vec<u8> {
    engine.freeze().encode().expect("all instances can be read")
}

/// A store that keeps everything in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    images: BTreeMap<ProcessInstanceKey, Arc<[u8]>>,
}

impl MemoryStore {
    /// A new store, used beyond so many bytes.
    pub fn spill(images_bytes_max: usize) -> Spill {
        Spill { store: Box::new(Self::default()), images_bytes_max }
    }
}

impl ColdView for MemoryStore {
    fn get(&self, key: ProcessInstanceKey) -> Result<Vec<u8>, ColdError> {
        self.images.get(&key).map(|image| image.to_vec()).ok_or(ColdError::Missing(key))
    }
}

impl ColdStore for MemoryStore {
    fn put(&mut self, key: ProcessInstanceKey, image: &[u8]) -> Result<(), ColdError> {
        self.images.insert(key, image.into());
        Ok(())
    }

    fn get(&self, key: ProcessInstanceKey) -> Result<Vec<u8>, ColdError> {
        ColdView::get(self, key)
    }

    fn remove(&mut self, key: ProcessInstanceKey) -> Result<(), ColdError> {
        self.images.remove(&key);
        Ok(())
    }

    fn view(&self) -> Box<dyn ColdView> {
        Box::new(self.clone())
    }
}

/// A store that fails when it is told to.
#[derive(Clone, Debug, Default)]
struct FailingStore {
    inner: MemoryStore,
    fails: Arc<AtomicBool>,
}

impl FailingStore {
    fn check(&self) -> Result<(), ColdError> {
        if self.fails.load(Ordering::Relaxed) {
            return Err(ColdError::Store("the disk is gone".into()));
        }
        Ok(())
    }
}

impl ColdStore for FailingStore {
    fn put(&mut self, key: ProcessInstanceKey, image: &[u8]) -> Result<(), ColdError> {
        self.check()?;
        self.inner.put(key, image)
    }

    fn get(&self, key: ProcessInstanceKey) -> Result<Vec<u8>, ColdError> {
        self.check()?;
        ColdStore::get(&self.inner, key)
    }

    fn remove(&mut self, key: ProcessInstanceKey) -> Result<(), ColdError> {
        self.check()?;
        self.inner.remove(key)
    }

    fn view(&self) -> Box<dyn ColdView> {
        self.inner.view()
    }
}

const NOW: Timestamp = Timestamp(START_MS);

/// An engine with 10 instances, each of which has a job, and none of which are in memory.
fn engine_with_jobs(store: FailingStore) -> (Engine, Vec<JobKey>) {
    let config = EngineConfig { ready_instances_max: 0, ..EngineConfig::new(PartitionId(1), 1) };
    let spill = Spill { store: Box::new(store), images_bytes_max: 0 };
    let mut engine = Engine::new(config).with_spill(spill);
    engine
        .process(NOW, deploy_command("service_task.bpmn", &fixture("service_task.bpmn")))
        .unwrap();
    for n in 0..10 {
        let variables = format!(r#"{{"n": {n}}}"#);
        engine.process(NOW, create_command("order_process", &variables)).unwrap();
    }
    let activate = activate_command("payment-service", 10);
    let Answer::Reply(Ok(Response::Activated(activated))) =
        engine.process(NOW, activate).unwrap().answer
    else {
        panic!("no jobs");
    };
    for _ in 0..2 {
        engine.tidy().unwrap();
    }
    (engine, activated.jobs.iter().map(|job| job.key).collect())
}

#[test]
fn what_cannot_be_brought_back_is_not_decided_about() {
    let store = FailingStore::default();
    let fails = Arc::clone(&store.fails);
    let (mut engine, jobs) = engine_with_jobs(store);
    fails.store(true, Ordering::Relaxed);
    let error = engine.process(NOW, complete_command(jobs[0], "{}")).unwrap_err();
    assert_eq!(error.to_string(), "store of idle process instances");
    assert_eq!(error.source().unwrap().to_string(), "the disk is gone");
}

#[test]
fn what_finds_no_room_in_the_store_stays_in_memory() {
    let store = FailingStore::default();
    let fails = Arc::clone(&store.fails);
    let (mut engine, jobs) = engine_with_jobs(store);
    let update = UpdateJobRetries { job_key: jobs[0], retries: 9, operation_reference: 0 };
    engine.process(NOW, Command::UpdateJobRetries(update)).unwrap();
    let state = image(&engine);
    fails.store(true, Ordering::Relaxed);
    engine.tidy().unwrap_err();
    assert!(image(&engine) == state);
    fails.store(false, Ordering::Relaxed);
    engine.tidy().unwrap();
    assert!(image(&engine) == state);
    for job in jobs {
        let answer = engine.process(NOW, complete_command(job, "{}")).unwrap().answer;
        assert!(matches!(answer, Answer::Reply(Ok(_))), "{answer:?}");
    }
}

#[test]
fn packed_variables_are_not_printed() {
    let config = EngineConfig { ready_instances_max: 0, ..EngineConfig::new(PartitionId(1), 1) };
    let mut engine = Engine::new(config);
    engine
        .process(NOW, deploy_command("service_task.bpmn", &fixture("service_task.bpmn")))
        .unwrap();
    engine.process(NOW, create_command("order_process", r#"{"pin": "ZZZZZZ"}"#)).unwrap();
    for _ in 0..2 {
        engine.tidy().unwrap();
        for text in [format!("{engine:?}"), format!("{:?}", engine.freeze())] {
            assert!(!text.contains("ZZZZZZ") && !text.contains("90, 90, 90"), "{text}");
        }
    }
}

#[test]
fn a_frozen_view_stays_as_it_was() {
    let (mut engine, jobs) = engine_with_jobs(FailingStore::default());
    let (before, frozen) = (image(&engine), engine.freeze());
    for job in jobs {
        engine.process(NOW, complete_command(job, r#"{"paid": true}"#)).unwrap();
        engine.tidy().unwrap();
    }
    assert!(frozen.encode().unwrap() == before);
    assert!(image(&engine) != before);
}

#[test]
fn an_engine_is_restored_although_the_store_takes_nothing() {
    let (engine, jobs) = engine_with_jobs(FailingStore::default());
    let store = FailingStore { fails: Arc::new(true.into()), ..FailingStore::default() };
    let spill = Spill { store: Box::new(store), images_bytes_max: 0 };
    let config = EngineConfig::new(PartitionId(1), 1);
    let state = image(&engine);
    let mut restored = Engine::restore(config, Some(spill), &*state).unwrap();
    assert!(image(&restored) == state);
    restored.tidy().unwrap_err();
    for job in jobs {
        let answer = restored.process(NOW, complete_command(job, "{}")).unwrap().answer;
        assert!(matches!(answer, Answer::Reply(Ok(_))), "{answer:?}");
    }
}

#[test]
fn a_restored_engine_keeps_to_the_budget() {
    let (engine, jobs) = engine_with_jobs(FailingStore::default());
    let store = FailingStore::default();
    let fails = Arc::clone(&store.fails);
    let spill = Spill { store: Box::new(store), images_bytes_max: 0 };
    let config = EngineConfig::new(PartitionId(1), 1);
    let mut restored = Engine::restore(config, Some(spill), &*image(&engine)).unwrap();
    assert!(image(&restored) == image(&engine));
    fails.store(true, Ordering::Relaxed);
    restored.process(NOW, complete_command(jobs[9], "{}")).unwrap_err();
}

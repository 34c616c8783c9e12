//! Records on their way to an exporter.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use skep_broker::Broker;
use skep_record::{Batch, ExportError, Exporter, PartitionId};

use crate::rig::{PATIENCE, Rig};

/// What an exporter has been told and not thrown away, by partition.
type Positions = BTreeMap<PartitionId, Vec<u64>>;

#[derive(Debug, Default)]
struct Shared {
    flushed: Positions,
    n_flushes: usize,
    n_exports: usize,
    n_failures: usize,
}

/// The calls that fail, those to export and those to flush counted apart; the odd ones panic.
const FAILING: [usize; 5] = [1, 4, 9, 16, 30];

/// Keeps the positions of records; some of its calls may fail.
#[derive(Debug)]
struct Recorder {
    shared: Arc<Mutex<Shared>>,
    taken: Positions,
    may_fail: bool,
}

impl Recorder {
    fn new(may_fail: bool) -> (Self, Arc<Mutex<Shared>>) {
        let shared = Arc::new(Mutex::new(Shared::default()));
        (Self { shared: Arc::clone(&shared), taken: Positions::new(), may_fail }, shared)
    }

    fn fail(&self, shared: &mut Shared, n: usize) -> Result<(), ExportError> {
        if !self.may_fail || !FAILING.contains(&n) {
            return Ok(());
        }
        shared.n_failures += 1;
        Err("it is to fail".into())
    }
}

impl Exporter for Recorder {
    fn position(&mut self, partition_id: PartitionId) -> Result<u64, ExportError> {
        let shared = self.shared.lock().unwrap();
        let last = shared.flushed.get(&partition_id).and_then(|positions| positions.last());
        Ok(last.copied().unwrap_or(0))
    }

    fn export(&mut self, partition_id: PartitionId, batch: &Batch) -> Result<(), ExportError> {
        let positions = self.taken.entry(partition_id).or_default();
        positions.extend(batch.records.iter().map(|record| record.position));
        let mut shared = self.shared.lock().unwrap();
        shared.n_exports += 1;
        let n = shared.n_exports;
        let failed = self.fail(&mut shared, n);
        drop(shared);
        assert!(failed.is_ok() || n.is_multiple_of(2), "it is to panic");
        failed
    }

    fn flush(&mut self) -> Result<(), ExportError> {
        let mut shared = self.shared.lock().unwrap();
        shared.n_flushes += 1;
        let n = shared.n_flushes;
        self.fail(&mut shared, n)?;
        for (id, positions) in std::mem::take(&mut self.taken) {
            shared.flushed.entry(id).or_default().extend(positions);
        }
        Ok(())
    }

    fn forget(&mut self) {
        self.taken.clear();
    }

    fn sync(&mut self) -> Result<(), ExportError> {
        Ok(())
    }

    fn reset(&mut self) -> Result<(), ExportError> {
        panic!("there is nothing to throw away");
    }
}

async fn creates(broker: &Broker, n: usize) {
    for _ in 0..n {
        // On any partition, some of which may not have the process yet.
        while broker.submit(crate::rig::create()).await.is_err() {}
    }
}

async fn exports_everything(n_partitions: u16, may_fail: bool) {
    let rig = Rig::with(|config| config.n_partitions = n_partitions);
    let (recorder, shared) = Recorder::new(may_fail);
    let broker = Broker::start_exporting(rig.config.clone(), Box::new(recorder)).unwrap();
    let running = crate::rig::Running(broker);
    running.deploy(crate::rig::ONE_TASK).await;
    creates(&running, 40).await;
    assert!(running.await_export(PATIENCE).await);
    let exported = running.exported();
    running.shutdown().await;
    let shared = shared.lock().unwrap();
    assert_eq!(shared.n_failures > 3, may_fail, "{}", shared.n_failures);
    for (n, position) in (1..).zip(exported) {
        let positions = &shared.flushed[&PartitionId(n)];
        assert!(position.exported >= position.committed && position.committed > 0);
        let all: Vec<u64> = (1..=positions.len() as u64).collect();
        assert_eq!(*positions, all, "each once and in order");
        assert!(positions.len() as u64 >= position.committed);
    }
}

#[tokio::test]
async fn every_record_is_exported_once_and_in_order() {
    exports_everything(3, false).await;
}

#[tokio::test]
async fn an_exporter_that_fails_or_panics_is_offered_the_same_again() {
    // A rest of a second follows each failure.
    exports_everything(1, true).await;
}

//! Multi-instance activities over 100 000 items: no step costs more than a short list's would,
//! and the partition does other work in between.

use skep_engine::{Answer, Engine, EngineConfig};
use skep_record::{
    ActivateJobs, ActivatedJob, Body, CancelProcessInstance, Command, Event, PartitionId,
    ProcessInstanceKey, Response, TenantId, Timestamp,
};

use crate::{
    cold::image,
    rig::{START_MS, complete_command, create_command, deploy_command, fixture},
};

const N_ITEMS: usize = 100_000;
const NOW: Timestamp = Timestamp(START_MS);

/// A live engine and one that replays what the live one wrote.
struct Pair {
    live: Engine,
    replayed: Engine,
    /// Records of the longest batch.
    longest: usize,
    /// The last value of the output collection in the process.
    parcels: Vec<u8>,
}

impl Pair {
    fn new() -> Self {
        let config = EngineConfig::new(PartitionId(1), 1);
        let (live, replayed) = (Engine::new(config.clone()), Engine::new(config));
        Self { live, replayed, longest: 0, parcels: Vec::new() }
    }

    fn step(&mut self, command: Command) -> Answer {
        let outcome = self.live.process(NOW, command).unwrap();
        self.longest = self.longest.max(outcome.batch.records.len());
        self.replayed.replay(&outcome.batch).unwrap();
        for record in &outcome.batch.records {
            if let Body::Event(Event::Variable(_, variable)) = &record.body
                && variable.entry.name() == "parcels"
            {
                self.parcels = variable.entry.value().to_vec();
            }
        }
        outcome.answer
    }

    fn ok(&mut self, command: Command) -> Response {
        match self.step(command) {
            Answer::Reply(Ok(response)) => response,
            other => panic!("expected a response, got {other:?}"),
        }
    }

    fn deploy(&mut self, name: &str) {
        self.ok(deploy_command(name, &fixture(name)));
    }

    fn create(&mut self, id: &str, variables: &str) -> ProcessInstanceKey {
        match self.ok(create_command(id, variables)) {
            Response::Created(created) => created.key,
            other => panic!("{other:?}"),
        }
    }

    fn activate(&mut self, job_type: &str, max_jobs: i32) -> Vec<ActivatedJob> {
        let activate = ActivateJobs {
            job_type: job_type.into(),
            worker: "worker".into(),
            timeout_ms: 600_000,
            max_jobs,
            fetch_variables: vec!["item".into()],
            tenant_ids: vec![TenantId::default()],
        };
        match self.ok(Command::ActivateJobs(activate)) {
            Response::Activated(activated) => activated.jobs,
            other => panic!("{other:?}"),
        }
    }

    fn has_leftovers(&self) -> bool {
        self.live.next_due().is_some_and(|at| at < Timestamp(0))
    }

    /// Does left-over work, and an order in between now and then.
    fn settle(&mut self) {
        let mut n = 0;
        while self.has_leftovers() {
            self.step(Command::ResumeWork);
            if n % 500 == 0 {
                self.order();
            }
            n += 1;
        }
    }

    /// Another instance from its beginning to its end.
    fn order(&mut self) {
        self.create("order_process", "{}");
        let job = self.activate("payment-service", 1).remove(0);
        self.ok(complete_command(job.key, "{}"));
    }

    /// Completes a job, whose result is the item it has.
    fn complete(&mut self, job: &ActivatedJob) {
        let result = job.variables.to_json().replace("item", "parcel");
        self.ok(complete_command(job.key, &result));
    }

    /// All is done, and nothing was lost on the way.
    fn check_end(&mut self) {
        assert!(!self.has_leftovers());
        assert_eq!(self.live.next_due(), None);
        assert!(self.longest < 1_000, "{}", self.longest);
        assert!(is_numbered(&self.parcels));
        self.check_states();
    }

    /// Replay and a snapshot lead to the same state.
    fn check_states(&self) {
        let state = image(&self.live);
        assert!(image(&self.replayed) == state, "replay leads to another state");
        let restored =
            Engine::restore(EngineConfig::new(PartitionId(1), 1), None, &*state).unwrap();
        assert!(image(&restored) == state, "restoring changes the state");
    }
}

fn items() -> String {
    let items: Vec<String> = (1..=N_ITEMS).map(|n| n.to_string()).collect();
    format!(r#"{{"items":[{}]}}"#, items.join(","))
}

/// Whether every item of the list is the number of its place.
fn is_numbered(list: &[u8]) -> bool {
    let mut items = skep_record::list_items(list).unwrap().map(|item| &list[item]);
    (1..=N_ITEMS).all(|n| {
        let mut number = Vec::new();
        skep_feel::Value::from(n as i64).write_msgpack(&mut number);
        items.next() == Some(number.as_slice())
    }) && items.next().is_none()
}

#[test]
fn in_parallel() {
    let mut engine = Pair::new();
    engine.deploy("multi_instance_parallel.bpmn");
    engine.deploy("service_task.bpmn");
    engine.create("multi_instance_parallel", &items());
    engine.settle();
    // Neither in the order of the list, nor all by one request.
    let mut n_done = 0;
    while n_done < N_ITEMS {
        let mut jobs = engine.activate("pack", 2_000);
        if n_done < N_ITEMS / 2 {
            jobs.reverse();
        }
        for job in &jobs {
            engine.complete(job);
        }
        n_done += jobs.len();
        engine.order();
        if n_done == N_ITEMS / 2 {
            engine.check_states();
        }
    }
    engine.check_end();
}

#[test]
fn one_after_the_other() {
    let mut engine = Pair::new();
    engine.deploy("multi_instance_sequential.bpmn");
    engine.deploy("service_task.bpmn");
    engine.create("multi_instance_sequential", &items());
    for n in 1..=N_ITEMS {
        let job = engine.activate("pack", 2_000).remove(0);
        engine.complete(&job);
        if n == N_ITEMS / 2 {
            engine.order();
            engine.check_states();
        }
    }
    engine.check_end();
}

#[test]
fn cancelled_with_all_their_scopes() {
    let mut engine = Pair::new();
    let model = fixture("multi_instance_subprocess.bpmn");
    let (before, rest) = model.split_once("<bpmn:scriptTask").unwrap();
    let (_, after) = rest.split_once("</bpmn:scriptTask>").unwrap();
    let model = format!(r#"{before}<bpmn:userTask id="compute"/>{after}"#);
    engine.ok(deploy_command("waiting.bpmn", &model));
    engine.deploy("service_task.bpmn");
    let process_instance_key =
        engine.create("multi_instance_subprocess", &items().replace("items", "numbers"));
    engine.settle();
    let cancel = CancelProcessInstance { process_instance_key, operation_reference: 0 };
    engine.ok(Command::CancelProcessInstance(cancel));
    engine.settle();
    assert_eq!(engine.live.next_due(), None);
    assert!(engine.longest < 1_000, "{}", engine.longest);
    engine.check_states();
}

//! What instances that wait cost: their memory, a snapshot of them, and the work beside them.
//!
//! `cargo bench -p skep-engine --bench waiting` prints, for 1 000 to 1 000 000 instances that
//! wait for a job, a message, a timer, or a message and a timer: bytes of memory of each, and
//! the CPU time of one element instance of other work, which is a process with one task from
//! its creation to its end; then what a snapshot of them all takes. An argument such as
//! `message` measures one kind, a number as the second one measures up to so many.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark reads the clock, prints what it measured and stops where it fails"
)]

use std::time::Instant;

use skep_engine::{Answer, Engine, EngineConfig};
use skep_record::{
    ActivateJobs, Command, CompleteJob, CreateProcessInstance, DefinitionRef, DeployResources,
    Document, PartitionId, Resource, Response, TenantId, Timestamp,
};

/// The allocator of the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SIZES: [u64; 7] = [0, 1_000, 10_000, 100_000, 300_000, 1_000_000, 3_000_000];
/// Instances of other work in one measurement.
const N_WORK: u64 = 20_000;
/// Element instances of each: process, start event, task, end event.
const ELEMENTS: u64 = 4;

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|text| !text.starts_with("--")).collect();
    let wanted = arguments.first().map(String::as_str);
    let most = arguments.get(1).map_or(1_000_000, |text| text.parse().unwrap());
    match wanted {
        Some(kind) => measure(kind, most),
        // Each in a process of its own: memory that was freed would be used again unseen.
        None => ["job", "message", "timer", "both"].into_iter().for_each(|kind| {
            let program = std::env::current_exe().unwrap();
            let ended = std::process::Command::new(program).arg(kind).status().unwrap();
            assert!(ended.success(), "{ended}");
        }),
    }
}

struct Bench {
    engine: Engine,
    now: i64,
}

fn measure(kind: &str, most: u64) {
    let config = EngineConfig::new(PartitionId(1), 1);
    let mut bench = Bench { engine: Engine::new(config.clone()), now: 1_700_000_000_000 };
    bench.deploy(&process("waiting", kind));
    bench.deploy(&process("work", "work"));
    println!(
        "waiting for {kind}: instances, bytes of each, ns of one element instance beside them"
    );
    let (mut n_waiting, mut before) = (0, 0);
    for size in SIZES.into_iter().filter(|size| *size <= most) {
        while n_waiting < size {
            bench.start("waiting", n_waiting);
            n_waiting += 1;
        }
        bench.work();
        let resident = resident_bytes();
        if size == 0 {
            before = resident;
        }
        let ns = (0..3).map(|_| bench.work()).min().unwrap_or(0);
        println!("{size:>9} {:>6} {ns:>6}", resident.saturating_sub(before) / size.max(1));
    }
    let began = Instant::now();
    let frozen = bench.engine.freeze();
    let freezing = began.elapsed();
    let snapshot = frozen.encode().unwrap();
    let encoded = began.elapsed();
    drop(frozen);
    drop(bench);
    let began = Instant::now();
    let restored = Engine::restore(config, None, &*snapshot).unwrap();
    println!(
        "snapshot: {} bytes each, frozen in {:.3} s, written in {:.2} s, restored in {:.2} s\n",
        snapshot.len() as u64 / n_waiting.max(1),
        freezing.as_secs_f64(),
        encoded.as_secs_f64(),
        began.elapsed().as_secs_f64()
    );
    drop(restored);
}

impl Bench {
    fn process(&mut self, command: Command) -> Answer {
        self.now += 1;
        let answer = self.engine.process(Timestamp(self.now), command).unwrap().answer;
        self.engine.tidy().unwrap();
        answer
    }

    fn deploy(&mut self, model: &str) {
        let resource = Resource { name: "p.bpmn".to_owned(), content: model.to_owned().into() };
        let tenant_id = TenantId::default();
        let deploy = DeployResources { resources: vec![resource], tenant_id };
        let answer = self.process(Command::DeployResources(deploy));
        assert!(matches!(answer, Answer::Reply(Ok(_))), "{answer:?}");
    }

    fn start(&mut self, process_id: &str, n: u64) {
        let variables = format!(r#"{{"order":"order-{n}","amount":{n}}}"#);
        let answer = self.process(Command::CreateProcessInstance(CreateProcessInstance {
            definition: DefinitionRef::Latest(process_id.into()),
            variables: Document::from_json(&variables).unwrap(),
            tenant_id: TenantId::default(),
            start_at: Vec::new(),
            terminate_after: Vec::new(),
            await_result: None,
            operation_reference: 0,
            tags: Vec::new(),
            business_id: None,
        }));
        assert!(matches!(answer, Answer::Reply(Ok(_))), "{answer:?}");
    }

    /// Other work; answers the CPU time of one of its element instances, in nanoseconds.
    fn work(&mut self) -> u64 {
        let began = cpu_ns();
        for n in 0..N_WORK {
            self.start("work", n);
            let activate = ActivateJobs {
                job_type: "work".into(),
                worker: "worker".into(),
                timeout_ms: 60_000,
                max_jobs: 1,
                fetch_variables: Vec::new(),
                tenant_ids: vec![TenantId::default()],
            };
            let answer = self.process(Command::ActivateJobs(activate));
            let Answer::Reply(Ok(Response::Activated(activated))) = answer else { panic!() };
            let complete = CompleteJob {
                job_key: activated.jobs[0].key,
                variables: Document::empty(),
                result: None,
            };
            self.process(Command::CompleteJob(complete));
        }
        (cpu_ns() - began) / (N_WORK * ELEMENTS)
    }
}

/// A process with one element that waits.
fn process(id: &str, kind: &str) -> String {
    const MESSAGE: &str = r#"<messageEventDefinition messageRef="m"/>"#;
    const TIMER: &str =
        "<timerEventDefinition><timeDuration>P30D</timeDuration></timerEventDefinition>";
    let catch = |id: &str, event: &str| {
        format!(r#"<intermediateCatchEvent id="{id}">{event}</intermediateCatchEvent>"#)
    };
    let waiting = match kind {
        "message" => catch("wait", MESSAGE),
        "timer" => catch("wait", TIMER),
        "both" => format!(
            r#"<eventBasedGateway id="wait"/>{}{}
            <sequenceFlow id="c" sourceRef="wait" targetRef="paid"/>
            <sequenceFlow id="d" sourceRef="wait" targetRef="late"/>"#,
            catch("paid", MESSAGE),
            catch("late", TIMER)
        ),
        job_type => format!(
            r#"<serviceTask id="wait"><extensionElements><zeebe:taskDefinition type="{job_type}"/>
            </extensionElements></serviceTask>"#
        ),
    };
    let end = if kind == "both" { "paid" } else { "wait" };
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
            xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="bench">
          <process id="{id}" isExecutable="true">
            <startEvent id="start"/>{waiting}<endEvent id="end"/>
            <sequenceFlow id="a" sourceRef="start" targetRef="wait"/>
            <sequenceFlow id="b" sourceRef="{end}" targetRef="end"/>
          </process>
          <message id="m" name="payment"><extensionElements>
            <zeebe:subscription correlationKey="=order"/>
          </extensionElements></message>
        </definitions>"#
    )
}

/// Memory of this process.
fn resident_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

/// Time this process has run on a CPU, in nanoseconds: other load does not count.
fn cpu_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    text.split_whitespace().next().unwrap().parse().unwrap()
}

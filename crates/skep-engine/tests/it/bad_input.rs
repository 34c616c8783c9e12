//! Models and data that would cost without end, or make no sense: each is bounded, told by an
//! incident or a rejection, and the partition does its other work meanwhile and afterwards.
//!
//! Elsewhere: lists of 100 000 items in `long_lists`, processes that call each other without end in
//! `call_activity`, steps and commands that are too large in `limits`.

use std::fmt::Write as _;

use skep_engine::{Answer, BATCH_BYTES_MAX, BATCH_COMMANDS_MAX, Engine, EngineConfig};
use skep_record::{
    Body, CancelProcessInstance, Command, Event, IncidentEvent, PartitionId, ProcessInstanceKey,
    Response, Timestamp,
};

use crate::rig::{
    START_MS, activate_command, complete_command, create_command, deploy_command, fixture,
};

/// A partition whose batches are measured, with what it was told.
struct Partition {
    engine: Engine,
    now: i64,
    /// Types and texts of the incidents.
    incidents: Vec<String>,
    n_completed: usize,
}

impl Partition {
    /// One that has a process to do other work with.
    fn new() -> Self {
        let engine = Engine::new(EngineConfig::new(PartitionId(1), 1));
        let mut partition = Self { engine, now: START_MS, incidents: Vec::new(), n_completed: 0 };
        partition.ok(deploy_command("order.bpmn", &fixture("service_task.bpmn")));
        partition
    }

    fn step(&mut self, command: Command) -> Answer {
        let outcome = self.engine.process(Timestamp(self.now), command).unwrap();
        let commands = outcome.batch.records.iter();
        let n_commands = commands.filter(|record| matches!(record.body, Body::Command(_))).count();
        assert!(n_commands <= 2 * BATCH_COMMANDS_MAX, "{n_commands} commands in one batch");
        let n_bytes = outcome.batch.encode(Vec::new()).len();
        // What is refused is kept with the reason.
        assert!(n_bytes <= BATCH_BYTES_MAX + 4096, "{n_bytes} bytes in one batch");
        for record in &outcome.batch.records {
            match &record.body {
                Body::Event(Event::Incident(IncidentEvent::Created(incident))) => {
                    self.incidents.push(format!("{}: {}", incident.error_type, incident.message));
                }
                Body::Event(Event::ProcessInstance(
                    skep_record::ProcessInstanceIntent::ElementCompleted,
                    value,
                )) if value.flow_scope_key.0 == -1 => self.n_completed += 1,
                _ => (),
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

    fn rejected(&mut self, command: Command) -> String {
        match self.step(command) {
            Answer::Reply(Err(rejection)) => rejection.to_string(),
            other => panic!("expected a rejection, got {other:?}"),
        }
    }

    /// Does left-over work, at most so many steps of it; answers whether there is more.
    fn go_on(&mut self, n_max: usize) -> bool {
        for _ in 0..n_max {
            if self.engine.next_due().is_none_or(|at| at >= Timestamp(0)) {
                return false;
            }
            self.step(Command::ResumeWork);
        }
        true
    }

    /// Starts an instance of a process that is deployed first, and does what there is to do.
    fn run(&mut self, body: &str, variables: &str) -> ProcessInstanceKey {
        self.ok(deploy_command("p.bpmn", &process(body)));
        let created = self.ok(create_command("p", variables));
        assert!(!self.go_on(1_000), "it does not come to rest");
        match created {
            Response::Created(created) => created.key,
            other => panic!("{other:?}"),
        }
    }

    /// The incident that came, and there was only one.
    fn incident(&mut self) -> String {
        assert_eq!(self.incidents.len(), 1, "{:?}", self.incidents);
        let incident = self.incidents.remove(0);
        assert!(incident.len() < 15_000, "a text of {} bytes", incident.len());
        incident
    }

    /// Somebody else's process runs from its beginning to its end.
    fn lives_on(&mut self) {
        let n_completed = self.n_completed;
        self.ok(create_command("order_process", "{}"));
        let Response::Activated(activated) = self.ok(activate_command("payment-service", 1)) else {
            panic!("no jobs");
        };
        self.ok(complete_command(activated.jobs[0].key, "{}"));
        assert_eq!(self.n_completed, n_completed + 1);
    }
}

fn process(body: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="bad"><process id="p" isExecutable="true">{body}</process><message id="m" name="m"><extensionElements><zeebe:subscription correlationKey="=key"/></extensionElements></message></definitions>"#
    )
}

/// A start event, the element `x`, and an end event.
fn around(element: &str) -> String {
    format!(
        r#"<startEvent id="start"/>{element}<endEvent id="end"/><sequenceFlow id="in" sourceRef="start" targetRef="x"/><sequenceFlow id="out" sourceRef="x" targetRef="end"/>"#
    )
}

fn script(expression: &str) -> String {
    let expression = expression.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    around(&format!(
        r#"<scriptTask id="x"><extensionElements><zeebe:script expression="={expression}" resultVariable="result"/></extensionElements></scriptTask>"#
    ))
}

#[test]
fn a_loop_without_end_lets_others_work_and_can_be_cancelled() {
    let mut partition = Partition::new();
    let script = r#"<scriptTask id="x"><extensionElements><zeebe:script expression="=n + 1" resultVariable="n"/></extensionElements></scriptTask>"#;
    let body = format!(
        r#"<startEvent id="start"/><exclusiveGateway id="again" default="more"/>{script}<endEvent id="end"/><sequenceFlow id="in" sourceRef="start" targetRef="x"/><sequenceFlow id="to" sourceRef="x" targetRef="again"/><sequenceFlow id="more" sourceRef="again" targetRef="x"/><sequenceFlow id="out" sourceRef="again" targetRef="end"><conditionExpression>=n &lt; 0</conditionExpression></sequenceFlow>"#
    );
    partition.ok(deploy_command("p.bpmn", &process(&body)));
    let Response::Created(created) = partition.ok(create_command("p", r#"{"n":0}"#)) else {
        panic!("not created");
    };
    for _ in 0..20 {
        assert!(partition.go_on(10), "it has come to an end");
        partition.lives_on();
    }
    let cancel =
        CancelProcessInstance { process_instance_key: created.key, operation_reference: 0 };
    partition.ok(Command::CancelProcessInstance(cancel));
    assert!(!partition.go_on(10), "it goes on");
    assert_eq!(partition.engine.next_due(), None);
}

#[test]
fn a_loop_of_elements_that_pass_at_once_is_refused() {
    let mut partition = Partition::new();
    let body = r#"<startEvent id="start"/><exclusiveGateway id="again" default="more"/><task id="x"/><endEvent id="end"/><sequenceFlow id="in" sourceRef="start" targetRef="x"/><sequenceFlow id="to" sourceRef="x" targetRef="again"/><sequenceFlow id="more" sourceRef="again" targetRef="x"/><sequenceFlow id="out" sourceRef="again" targetRef="end"><conditionExpression>=false</conditionExpression></sequenceFlow>"#;
    let text = partition.rejected(deploy_command("p.bpmn", &process(body)));
    assert!(text.starts_with("INVALID_ARGUMENT") && text.contains("loop"), "{text}");
    partition.lives_on();
}

#[test]
fn expressions_without_end_are_incidents() {
    let nested = format!("{}1{}", "(".repeat(5_000), ")".repeat(5_000));
    let mut partition = Partition::new();
    let text = partition.rejected(deploy_command("p.bpmn", &process(&script(&nested))));
    assert!(text.starts_with("INVALID_ARGUMENT"), "{}", &text[..200]);
    partition.lives_on();
    for expression in [
        // Recursion without end.
        "{f: function(g, n) 1 + g(g, n + 1), r: f(f, 0)}.r",
        // Work without end, and results too large to keep.
        "for a in 1..10000, b in 1..10000, c in 1..10000 return a",
        "every a in 1..10000, b in 1..10000, c in 1..10000 satisfies a > 0",
        r#"string join(for i in 1..1000000 return "a long text that is repeated")"#,
        // A pattern that backtracks without end, where patterns do.
        r#"if matches(string join(for i in 1..5000 return "a") + "!", "(a+)+$") then 1 else assert(missing, missing != null)"#,
    ] {
        let mut partition = Partition::new();
        partition.run(&script(expression), "{}");
        let incident = partition.incident();
        let is_told = ["EXTRACT_VALUE_ERROR", "MESSAGE_SIZE_EXCEEDED"]
            .iter()
            .any(|error_type| incident.starts_with(error_type));
        assert!(is_told, "{expression}: {incident}");
        partition.lives_on();
    }
}

#[test]
fn correlation_keys_of_other_types_are_incidents() {
    let hears = around(r#"<receiveTask id="x" messageRef="m"/>"#);
    for key in ["null", "[1]", r#"{"a":1}"#, "true"] {
        let mut partition = Partition::new();
        partition.run(&hears, &format!(r#"{{"key":{key}}}"#));
        let incident = partition.incident();
        assert!(incident.starts_with("EXTRACT_VALUE_ERROR"), "{key}: {incident}");
        partition.lives_on();
    }
}

#[test]
fn timers_that_make_no_sense_are_refused_or_incidents() {
    let timer = |kind: &str, text: &str| {
        around(&format!(
            r#"<serviceTask id="x"><extensionElements><zeebe:taskDefinition type="x"/></extensionElements></serviceTask><boundaryEvent id="late" attachedToRef="x" cancelActivity="false"><timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition></boundaryEvent><endEvent id="late_end"/><sequenceFlow id="late_out" sourceRef="late" targetRef="late_end"/>"#
        ))
    };
    let nonsense = [
        ("timeCycle", "0 0 30 2 * ?"),
        ("timeCycle", "99 * * * * *"),
        ("timeCycle", "* * * * * * * * *"),
        ("timeCycle", "R/P-1D"),
        ("timeCycle", "R99999999999999999999/PT1H"),
        ("timeDuration", "P99999999999999999999Y"),
        ("timeDuration", "soon"),
        ("timeDate", "2026-13-45T99:00:00Z"),
    ];
    for (kind, text) in nonsense {
        let mut partition = Partition::new();
        let refused = partition.rejected(deploy_command("p.bpmn", &process(&timer(kind, text))));
        assert!(refused.starts_with("INVALID_ARGUMENT") && refused.contains("late"), "{refused}");
        partition.run(&timer(kind, "=t"), &format!(r#"{{"t":"{text}"}}"#));
        let incident = partition.incident();
        assert!(incident.starts_with("EXTRACT_VALUE_ERROR"), "{text}: {incident}");
        partition.lives_on();
        assert_eq!(partition.engine.next_due(), None, "{text}");
    }
}

#[test]
fn decisions_that_require_each_other_are_refused() {
    let mut partition = Partition::new();
    let decision = |id: &str, other: &str| {
        format!(
            r##"<decision id="{id}" name="{id}"><informationRequirement><requiredDecision href="#{other}"/></informationRequirement><literalExpression><text>1</text></literalExpression></decision>"##
        )
    };
    let ring = format!(
        r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="ring" name="ring" namespace="bad">{}{}</definitions>"#,
        decision("a", "b"),
        decision("b", "a")
    );
    let text = partition.rejected(deploy_command("ring.dmn", &ring));
    assert!(text.starts_with("INVALID_ARGUMENT") && text.contains("Cyclic"), "{text}");
    partition.lives_on();
}

#[test]
fn variables_that_grow_without_end_are_an_incident() {
    let mut partition = Partition::new();
    let doubles = r#"<scriptTask id="x"><extensionElements><zeebe:script expression="=v + v" resultVariable="v"/></extensionElements></scriptTask>"#;
    let body = format!(
        r#"<startEvent id="start"/><exclusiveGateway id="again" default="more"/>{doubles}<endEvent id="end"/><sequenceFlow id="in" sourceRef="start" targetRef="x"/><sequenceFlow id="to" sourceRef="x" targetRef="again"/><sequenceFlow id="more" sourceRef="again" targetRef="x"/><sequenceFlow id="out" sourceRef="again" targetRef="end"><conditionExpression>=v = "never"</conditionExpression></sequenceFlow>"#
    );
    partition.run(&body, r#"{"v":"abcdefgh"}"#);
    let incident = partition.incident();
    assert!(incident.starts_with("MESSAGE_SIZE_EXCEEDED"), "{incident}");
    partition.lives_on();
}

#[test]
fn four_megabytes_of_variables_are_taken_and_more_are_refused() {
    let mut partition = Partition::new();
    partition.ok(deploy_command("p.bpmn", &process(&script("1"))));
    let variables = |n: usize| format!(r#"{{"v":"{}"}}"#, "x".repeat(n));
    let text = partition.rejected(create_command("p", &variables(4 << 20)));
    assert!(text.len() < 1_000, "{} bytes", text.len());
    partition.lives_on();
    // Half of the limit fits, for what is created and what is set lie in one batch.
    partition.ok(create_command("p", &variables(1 << 20)));
    assert!(!partition.go_on(10));
    partition.lives_on();
}

#[test]
fn a_model_of_5_000_elements_is_deployed_and_run_in_bounded_steps() {
    let mut body = String::from(r#"<startEvent id="t0"/>"#);
    for i in 1..=2_500 {
        let task = if i % 2 == 0 { "manualTask" } else { "task" };
        let before = i - 1;
        write!(
            body,
            r#"<{task} id="t{i}"/><sequenceFlow id="f{i}" sourceRef="t{before}" targetRef="t{i}"/>"#
        )
        .unwrap();
    }
    let mut partition = Partition::new();
    partition.run(&body, "{}");
    assert_eq!((partition.n_completed, partition.incidents.len()), (1, 0));
    partition.lives_on();
}

//! Every event fires where it stands: one model for each cell of the table of BPMN events, run to
//! its end.
//!
//! `skep-model: event_table` has the same cells, and that all others are refused.

use skep_record::{
    BroadcastSignal, Command, ElementInstanceKey, EvaluateConditionals, ProcessInstanceKey,
    PublishMessage, SetVariables, TenantId,
};

use crate::rig::{Rig, doc};

const HOUR: i64 = 3_600_000;

/// What makes an event fire that is caught.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Cause {
    Message,
    Time,
    Signal,
    Condition,
    /// Something that the process throws itself.
    Throw(&'static str),
}

const MESSAGE: &str = r#"<messageEventDefinition messageRef="paid"/>"#;
const SIGNAL: &str = r#"<signalEventDefinition signalRef="alarm"/>"#;
const ERROR: &str = r#"<errorEventDefinition errorRef="declined"/>"#;
const ESCALATION: &str = r#"<escalationEventDefinition escalationRef="late"/>"#;
const COMPENSATION: &str = "<compensateEventDefinition/>";
const CONDITION: &str = "<conditionalEventDefinition><condition>=x = 1</condition>\
                         </conditionalEventDefinition>";
// An hour after the clock of the rig, which starts at 22:13:20.
const DATE: &str = "<timerEventDefinition><timeDate>2023-11-14T23:13:20Z</timeDate>\
                    </timerEventDefinition>";
const DURATION: &str = "<timerEventDefinition><timeDuration>PT1H</timeDuration>\
                        </timerEventDefinition>";
const CYCLE: &str = "<timerEventDefinition><timeCycle>R1/PT1H</timeCycle></timerEventDefinition>";
const CRON: &str = "<timerEventDefinition><timeCycle>0 0 23 * * *</timeCycle>\
                    </timerEventDefinition>";

/// Each trigger that can stand at the start of a process, as an interrupting event and beside the
/// flow alike.
const CAUGHT: [(&str, &str, Cause); 6] = [
    ("message", MESSAGE, Cause::Message),
    ("timer date", DATE, Cause::Time),
    ("timer duration", DURATION, Cause::Time),
    ("signal", SIGNAL, Cause::Signal),
    ("conditional", CONDITION, Cause::Condition),
    ("escalation", ESCALATION, Cause::Throw(ESCALATION)),
];

/// Triggers that fire more than once.
const REPEATED: [(&str, &str, Cause); 2] =
    [("timer cycle", CYCLE, Cause::Time), ("timer cron", CRON, Cause::Time)];

fn file(process: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
            xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="definitions">
          <process id="order" isExecutable="true">{process}</process>
          <message id="paid" name="paid"><extensionElements>
            <zeebe:subscription correlationKey="=id"/></extensionElements></message>
          <message id="computed_message" name="=prefix + &quot;id&quot;"><extensionElements>
            <zeebe:subscription correlationKey="=number(id)"/></extensionElements></message>
          <signal id="alarm" name="alarm"/>
          <signal id="computed_signal" name="=&quot;al&quot; + &quot;arm&quot;"/>
          <error id="declined" errorCode="DECLINED"/>
          <error id="computed_error" errorCode="=upper case(&quot;declined&quot;)"/>
          <escalation id="late" escalationCode="LATE"/>
          <escalation id="computed_escalation" escalationCode="=upper case(&quot;late&quot;)"/>
        </definitions>"#
    )
}

fn flows(ids: &[&str]) -> String {
    let flow = |ends: &[&str]| {
        let [from, to] = ends else { return String::new() };
        format!(r#"<sequenceFlow id="{from}_to_{to}" sourceRef="{from}" targetRef="{to}"/>"#)
    };
    ids.windows(2).map(flow).collect()
}

fn job(id: &str) -> String {
    format!(
        r#"<serviceTask id="{id}"><extensionElements><zeebe:taskDefinition type="{id}"/>
           </extensionElements></serviceTask>"#
    )
}

/// A start event `begin`, behind it a task `inner` that waits, and beside that what throws.
fn waiting(cause: Cause) -> String {
    let thrown = match cause {
        Cause::Throw(definition) => {
            format!(r#"<endEvent id="thrown">{definition}</endEvent>"#)
                + &flows(&["begin", "thrown"])
        }
        Cause::Message | Cause::Time | Cause::Signal | Cause::Condition => String::new(),
    };
    format!(r#"<startEvent id="begin"/>{}{}{thrown}"#, job("inner"), flows(&["begin", "inner"]))
}

/// One run of a process.
struct Run {
    name: String,
    rig: Rig,
    instance: ProcessInstanceKey,
    log: String,
}

impl Run {
    fn start(name: String, process: &str) -> Self {
        let mut run = Self::deployed(name, process);
        run.instance = run.rig.create("order", r#"{"id": "1", "x": 0, "prefix": "pa"}"#);
        run.log += &run.rig.take_log();
        run
    }

    fn deployed(name: String, process: &str) -> Self {
        let mut rig = Rig::new();
        rig.deploy_text("order.bpmn", &file(process));
        Self { name, rig, instance: ProcessInstanceKey(-1), log: String::new() }
    }

    fn fires(&mut self, cause: Cause) {
        let tenant_id = TenantId::default();
        match cause {
            Cause::Message => {
                let (name, correlation_key) = ("paid".into(), "1".into());
                let (message_id, variables) = ("".into(), doc("{}"));
                self.rig.ok(
                    1,
                    Command::PublishMessage(PublishMessage {
                        name,
                        correlation_key,
                        time_to_live_ms: 0,
                        message_id,
                        variables,
                        tenant_id,
                    }),
                );
            }
            Cause::Time => self.rig.advance(HOUR),
            Cause::Signal => {
                let (signal_name, variables) = ("alarm".into(), doc("{}"));
                self.rig.ok(
                    1,
                    Command::BroadcastSignal(BroadcastSignal { signal_name, variables, tenant_id }),
                );
            }
            Cause::Condition => {
                self.rig.ok(
                    1,
                    Command::SetVariables(SetVariables {
                        element_instance_key: ElementInstanceKey::from(self.instance),
                        variables: doc(r#"{"x": 1}"#),
                        local: false,
                        operation_reference: 0,
                    }),
                );
            }
            // The process did it already.
            Cause::Throw(_) => (),
        }
        self.log += &self.rig.take_log();
    }

    fn works(&mut self, job_type: &str) {
        assert_eq!(self.rig.work(job_type, ""), 1, "{}: job {job_type}", self.name);
        self.log += &self.rig.take_log();
    }

    fn has(&self, intent: &str, id: &str) -> bool {
        let id = format!("{id:?}");
        self.log.lines().any(|line| {
            line.starts_with(&format!("E PROCESS_INSTANCE:{intent} ")) && line.contains(&id)
        })
    }

    #[track_caller]
    fn expect(&self, intent: &str, id: &str) {
        assert!(self.has(intent, id), "{}: no {intent} of {id}\n{}", self.name, self.log);
    }

    #[track_caller]
    fn interrupts(&self, id: &str, interrupting: bool) {
        let terminated = self.has("ELEMENT_TERMINATED", id);
        assert_eq!(terminated, interrupting, "{}: {id}\n{}", self.name, self.log);
    }
}

#[test]
fn at_the_start_of_a_process() {
    let process = |definition: &str| {
        format!(r#"<startEvent id="event">{definition}</startEvent><task id="after"/>"#)
            + &flows(&["event", "after"])
    };
    let mut none = Run::start("none".into(), &process(""));
    none.expect("ELEMENT_COMPLETED", "event");
    none.expect("ELEMENT_COMPLETED", "order");
    none.fires(Cause::Time);
    for (trigger, definition, cause) in CAUGHT.into_iter().chain(REPEATED) {
        if trigger == "escalation" {
            continue;
        }
        let mut run = Run::deployed(trigger.into(), &process(definition));
        if cause == Cause::Condition {
            let command = EvaluateConditionals {
                process_definition_key: None,
                variables: doc(r#"{"x": 1}"#),
                tenant_id: TenantId::default(),
            };
            run.rig.ok(1, Command::EvaluateConditionals(command));
        }
        if cause != Cause::Condition {
            run.fires(cause);
        }
        run.log += &run.rig.take_log();
        run.expect("ELEMENT_COMPLETED", "event");
        run.expect("ELEMENT_COMPLETED", "order");
    }
}

#[test]
fn at_the_start_of_an_event_subprocess() {
    let errors = [("error", ERROR, Cause::Throw(ERROR))];
    let interrupting = CAUGHT.into_iter().chain(errors).map(|row| (row, true));
    let beside = CAUGHT.into_iter().chain(REPEATED).map(|row| (row, false));
    for ((trigger, definition, cause), interrupting) in interrupting.chain(beside) {
        let process = format!(
            r#"{}<subProcess id="handler" triggeredByEvent="true">
                 <startEvent id="event" isInterrupting="{interrupting}">{definition}</startEvent>
               </subProcess>"#,
            waiting(cause)
        );
        let name = format!("{trigger}, interrupting: {interrupting}");
        let mut run = Run::start(name, &process);
        run.fires(cause);
        run.expect("ELEMENT_COMPLETED", "event");
        run.expect("ELEMENT_COMPLETED", "handler");
        run.interrupts("inner", interrupting);
        if !interrupting {
            run.works("inner");
        }
        run.expect("ELEMENT_COMPLETED", "order");
    }
}

#[test]
fn as_an_intermediate_catch_event() {
    for (trigger, definition, cause) in CAUGHT {
        if trigger == "escalation" {
            continue;
        }
        let process = format!(
            r#"<startEvent id="begin"/><intermediateCatchEvent id="event">{definition}
               </intermediateCatchEvent>{}"#,
            flows(&["begin", "event"])
        );
        let mut run = Run::start(trigger.into(), &process);
        run.expect("ELEMENT_ACTIVATED", "event");
        assert!(!run.has("ELEMENT_COMPLETED", "event"), "{trigger} waits");
        run.fires(cause);
        run.expect("ELEMENT_COMPLETED", "event");
        run.expect("ELEMENT_COMPLETED", "order");
    }
    let link = r#"<linkEventDefinition name="there"/>"#;
    let process = format!(
        r#"<startEvent id="begin"/><intermediateThrowEvent id="jump">{link}
           </intermediateThrowEvent><intermediateCatchEvent id="event">{link}
           </intermediateCatchEvent>{}"#,
        flows(&["begin", "jump"])
    );
    let run = Run::start("link".into(), &process);
    run.expect("ELEMENT_COMPLETED", "jump");
    run.expect("ELEMENT_COMPLETED", "event");
    run.expect("ELEMENT_COMPLETED", "order");
}

#[test]
fn on_the_boundary_of_an_activity() {
    let errors = [("error", ERROR, Cause::Throw(ERROR))];
    let interrupting = CAUGHT.into_iter().chain(errors).map(|row| (row, true));
    let beside = CAUGHT.into_iter().chain(REPEATED).map(|row| (row, false));
    for ((trigger, definition, cause), interrupting) in interrupting.chain(beside) {
        let process = format!(
            r#"<startEvent id="first"/><subProcess id="work">{}</subProcess>
               <boundaryEvent id="event" attachedToRef="work" cancelActivity="{interrupting}">
                 {definition}</boundaryEvent><endEvent id="other"/>{}{}"#,
            waiting(cause),
            flows(&["first", "work"]),
            flows(&["event", "other"])
        );
        let name = format!("{trigger}, interrupting: {interrupting}");
        let mut run = Run::start(name, &process);
        run.fires(cause);
        run.expect("ELEMENT_COMPLETED", "event");
        run.expect("ELEMENT_COMPLETED", "other");
        run.interrupts("work", interrupting);
        if !interrupting {
            run.works("inner");
        }
        run.expect("ELEMENT_COMPLETED", "order");
    }
}

/// A task `work` with a compensation handler, and behind it `then`.
fn compensated(then: &str) -> String {
    format!(
        r#"<startEvent id="begin"/><task id="work"/>{then}{}
           <boundaryEvent id="event" attachedToRef="work">{COMPENSATION}</boundaryEvent>
           {}<association id="by" sourceRef="event" targetRef="undo"/>"#,
        flows(&["begin", "work", "then"]),
        job("undo").replace("<serviceTask", r#"<serviceTask isForCompensation="true""#)
    )
}

#[test]
fn compensation_by_boundary_throw_and_end_event() {
    for then in [
        format!(r#"<intermediateThrowEvent id="then">{COMPENSATION}</intermediateThrowEvent>"#),
        format!(r#"<endEvent id="then">{COMPENSATION}</endEvent>"#),
    ] {
        let mut run = Run::start(then.clone(), &compensated(&then));
        run.expect("ELEMENT_COMPLETED", "event");
        assert!(!run.has("ELEMENT_COMPLETED", "then"), "{then} waits");
        run.works("undo");
        run.expect("ELEMENT_COMPLETED", "then");
        run.expect("ELEMENT_COMPLETED", "order");
    }
}

#[test]
fn as_a_throw_or_end_event() {
    let saying = r#"<extensionElements><zeebe:taskDefinition type="say"/></extensionElements>"#;
    let message = format!("{saying}{MESSAGE}");
    for (trigger, definition, record) in [
        ("none", "", None),
        ("message", message.as_str(), Some("E JOB:COMPLETED ")),
        ("signal", SIGNAL, Some("E SIGNAL:BROADCASTED ")),
        ("escalation", ESCALATION, Some("E ESCALATION:NOT_ESCALATED ")),
    ] {
        for tag in ["intermediateThrowEvent", "endEvent"] {
            let process = format!(
                r#"<startEvent id="begin"/><{tag} id="event">{definition}</{tag}>{}"#,
                flows(&["begin", "event"])
            );
            let mut run = Run::start(format!("{trigger} {tag}"), &process);
            if trigger == "message" {
                run.works("say");
            }
            run.expect("ELEMENT_COMPLETED", "event");
            run.expect("ELEMENT_COMPLETED", "order");
            if let Some(record) = record {
                assert!(run.log.contains(record), "{}: {record}\n{}", run.name, run.log);
            }
        }
    }
}

#[test]
fn as_an_end_event_that_interrupts() {
    // An error is thrown out of its scope, and what it ends does not complete.
    let process = format!(
        r#"<startEvent id="first"/><subProcess id="work"><startEvent id="begin"/>{}
           <endEvent id="event">{ERROR}</endEvent>{}{}</subProcess>
           <boundaryEvent id="caught" attachedToRef="work">{ERROR}</boundaryEvent>
           <endEvent id="other"/>{}{}"#,
        job("inner"),
        flows(&["begin", "inner"]),
        flows(&["begin", "event"]),
        flows(&["first", "work"]),
        flows(&["caught", "other"])
    );
    let run = Run::start("error".into(), &process);
    run.expect("ELEMENT_TERMINATED", "event");
    run.expect("ELEMENT_TERMINATED", "inner");
    run.expect("ELEMENT_COMPLETED", "caught");
    run.expect("ELEMENT_COMPLETED", "order");

    let process = format!(
        r#"{}<endEvent id="event"><terminateEventDefinition/></endEvent>{}"#,
        waiting(Cause::Time),
        flows(&["begin", "event"])
    );
    let run = Run::start("terminate".into(), &process);
    run.expect("ELEMENT_COMPLETED", "event");
    run.expect("ELEMENT_TERMINATED", "inner");
    run.expect("ELEMENT_COMPLETED", "order");
}

/// Names, codes and times of events may be FEEL, with the variables of the instance.
#[test]
fn by_computed_names_codes_and_times() {
    let time = |tag: &str, text: &str| {
        format!("<timerEventDefinition><{tag}>{text}</{tag}></timerEventDefinition>")
    };
    for (definition, cause) in [
        (MESSAGE.replace("paid", "computed_message"), Cause::Message),
        (SIGNAL.replace("alarm", "computed_signal"), Cause::Signal),
        (time("timeDate", "=now() + duration(\"PT1H\")"), Cause::Time),
        (time("timeDate", "=\"2023-11-14T23:13:20Z\""), Cause::Time),
        (time("timeDuration", "=duration(\"PT\" + id + \"H\")"), Cause::Time),
        (time("timeDuration", "=\"PT\" + id + \"H\""), Cause::Time),
        (time("timeCycle", "=cycle(1, duration(\"PT1H\"))"), Cause::Time),
        (time("timeCycle", "=\"0 0 23 * * *\""), Cause::Time),
    ] {
        let process = format!(
            r#"{}<boundaryEvent id="event" attachedToRef="inner" cancelActivity="false">{definition}
               </boundaryEvent><endEvent id="other"/>{}"#,
            waiting(cause),
            flows(&["event", "other"])
        );
        let mut run = Run::start(definition, &process);
        run.fires(cause);
        run.expect("ELEMENT_COMPLETED", "event");
    }
    for (thrown, caught) in [
        (ERROR.replace("declined", "computed_error"), ERROR),
        (ESCALATION.replace("late", "computed_escalation"), ESCALATION),
    ] {
        let process = format!(
            r#"<startEvent id="first"/><subProcess id="work"><startEvent id="begin"/>
               <endEvent id="thrown">{thrown}</endEvent>{}</subProcess>
               <boundaryEvent id="event" attachedToRef="work">{caught}</boundaryEvent>
               <endEvent id="other"/>{}{}"#,
            flows(&["begin", "thrown"]),
            flows(&["first", "work"]),
            flows(&["event", "other"])
        );
        let run = Run::start(thrown, &process);
        run.expect("ELEMENT_COMPLETED", "event");
        run.interrupts("work", true);
    }
}

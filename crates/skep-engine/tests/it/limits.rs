//! Long batches, large batches, and bugs.

use std::fmt::Write as _;

use skep_engine::{Answer, BATCH_COMMANDS_MAX, Effect, Engine, EngineConfig};
use skep_record::{
    Batch, CancelProcessInstance, Command, FailJob, PartitionId, ProcessInstanceKey,
    PublishMessage, Response, TenantId, Timestamp,
};

use crate::{
    cold::image,
    job::resolve,
    rig::{Rig, START_MS, create_command, deploy_command},
    variable::set,
};

/// A process of tasks that pass by themselves.
fn long_process(n: usize, task: &str) -> String {
    let mut text = String::from(
        r#"<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"><bpmn:process id="long" isExecutable="true"><bpmn:startEvent id="t0"/>"#,
    );
    for i in 1..=n {
        write!(text, "{}", task.replace("ID", &format!("t{i}"))).unwrap();
        write!(text, r#"<bpmn:sequenceFlow id="f{i}" sourceRef="t{}" targetRef="t{i}"/>"#, i - 1)
            .unwrap();
    }
    text.push_str("</bpmn:process></bpmn:definitions>");
    text
}

const MANUAL: &str = r#"<bpmn:manualTask id="ID"/>"#;

#[test]
fn a_long_batch_is_continued_by_the_next() {
    let mut rig = Rig::new();
    rig.deploy_text("long.bpmn", &long_process(120, MANUAL));
    rig.take_log();
    // Two at once: what is left over of the first does not hold up the second.
    rig.step(PartitionId(1), create_command("long", ""));
    assert!(rig.take_log().contains("E WORK:POSTPONED"));
    assert!(rig.engine(1).next_due() < Some(Timestamp(START_MS)));
    rig.step(PartitionId(1), create_command("long", ""));
    rig.settle();
    let log = rig.take_log();
    let n = log
        .lines()
        .filter(|line| line.contains("ELEMENT_COMPLETED") && line.contains("\"long\" PROCESS"))
        .count();
    assert_eq!(n, 2, "{log}");
    assert_eq!(rig.engine(1).next_due(), None);
    let longest = log
        .split("C WORK:RESUME\n")
        .map(|batch| batch.lines().filter(|line| line.starts_with("C ")).count())
        .max();
    assert!(longest <= Some(BATCH_COMMANDS_MAX + 3), "{longest:?}");
}

#[test]
fn a_command_whose_records_are_too_large_is_refused_without_a_trace() {
    let mut rig = Rig::new();
    rig.deploy("service_task.bpmn");
    let before = image(rig.engine(1)).len();
    // Once in the command and once in the event: more than 4 MB.
    let large = format!(r#"{{"text":"{}"}}"#, "x".repeat(2_500_000));
    assert_eq!(
        rig.rejected(1, create_command("order_process", &large)),
        "EXCEEDED_BATCH_RECORD_SIZE: Expected the records of the command to fit 4194304 bytes, but they do not. Reduce the size of its variables or resources."
    );
    assert!(image(rig.engine(1)).len() <= before + 2);
    assert!(rig.activate("payment-service").is_empty());
}

#[test]
fn a_refused_failure_leaves_the_job_as_it_was() {
    let mut rig = Rig::new();
    rig.deploy("service_task.bpmn");
    rig.create("order_process", "");
    let job_key = rig.activate("payment-service")[0].key;
    let refused = rig.rejected(
        1,
        Command::FailJob(FailJob {
            job_key,
            retries: 1,
            retry_back_off_ms: 1_000,
            error_message: String::new(),
            variables: crate::rig::doc(&format!(r#"{{"text":"{}"}}"#, "x".repeat(2_200_000))),
        }),
    );
    assert!(refused.starts_with("EXCEEDED_BATCH_RECORD_SIZE"), "{refused}");
    assert_eq!(rig.engine(1).next_due(), Some(Timestamp(START_MS + 60_000)));
    rig.complete(job_key, "");
}

#[test]
fn a_step_too_large_for_any_batch_is_an_incident() {
    let mut rig = Rig::new();
    // Each script writes its text twice: as an event and as a variable.
    let script = r#"<bpmn:scriptTask id="ID"><bpmn:extensionElements><zeebe:script expression="=text + text" resultVariable="ID"/></bpmn:extensionElements></bpmn:scriptTask>"#;
    rig.deploy_text("long.bpmn", &long_process(3, script));
    rig.take_log();
    rig.create("long", &format!(r#"{{"text":"{}"}}"#, "x".repeat(900_000)));
    let log = rig.take_log();
    // 1.8 MB a piece: one step of each task at a time fits.
    assert!(log.contains("ELEMENT_COMPLETED k2 \"long\""), "{log}");

    let script = script.replace("text + text", "text + text + text");
    rig.deploy_text("long.bpmn", &long_process(1, &script));
    rig.create("long", &format!(r#"{{"text":"{}"}}"#, "x".repeat(1_500_000)));
    let log = rig.take_log();
    assert_eq!(log.matches("E INCIDENT:CREATED").count(), 1, "{log}");
    assert!(log.contains("MESSAGE_SIZE_EXCEEDED"), "{log}");
    assert_eq!(rig.engine(1).next_due(), None);
}

#[test]
fn a_step_that_was_too_large_is_repeated_once_it_fits() {
    let task = r#"<bpmn:serviceTask id="ID"><bpmn:extensionElements><zeebe:taskDefinition type="work"/><zeebe:ioMapping><zeebe:SIDE source="=text + text + text" target="copy"/></zeebe:ioMapping></bpmn:extensionElements></bpmn:serviceTask>"#;
    for (side, state) in [("input", "ELEMENT_ACTIVATING"), ("output", "ELEMENT_COMPLETING")] {
        let mut rig = Rig::new();
        rig.deploy_text("long.bpmn", &long_process(1, &task.replace("SIDE", side)));
        let text = format!(r#"{{"text":"{}"}}"#, "x".repeat(1_500_000));
        let instance = rig.create("long", &text);
        if side == "output" {
            assert_eq!(rig.work("work", "{}"), 1);
        }
        let log = rig.take_log();
        let (before, _) = log.split_once("MESSAGE_SIZE_EXCEEDED").expect(&log);
        let last = before.lines().rfind(|line| line.contains("PROCESS_INSTANCE:")).unwrap();
        assert!(last.contains(state), "{last}");
        let incident = *rig.incidents.last().unwrap();
        let still = rig.rejected(1, resolve(incident));
        assert!(still.starts_with("EXCEEDED_BATCH_RECORD_SIZE"), "{still}");
        rig.ok(1, set(instance.0, r#"{"text":"y"}"#, true));
        rig.ok(1, resolve(incident));
        if side == "input" {
            assert_eq!(rig.work("work", "{}"), 1);
        }
        let log = rig.take_log();
        assert!(log.contains("ELEMENT_COMPLETED k2 \"long\""), "{log}");
    }
}

#[test]
fn a_batch_that_is_taken_back_takes_nothing_with_it() {
    let mut rig = Rig::new();
    rig.deploy("message_start.bpmn");
    let publish = |variables: &str| {
        Command::PublishMessage(PublishMessage {
            name: "order placed".into(),
            correlation_key: "a".into(),
            time_to_live_ms: 3_600_000,
            message_id: String::new(),
            variables: crate::rig::doc(variables),
            tenant_id: TenantId::default(),
        })
    };
    rig.ok(1, publish("{}"));
    rig.ok(1, publish(&format!(r#"{{"text":"{}"}}"#, "x".repeat(1_900_000))));
    // The end of the first instance starts the second, whose variables do not fit the batch:
    // the first must not be lost with what is taken back.
    assert_eq!(rig.work("charge-card", ""), 1);
    let log = rig.take_log();
    assert_eq!(log.matches("E WORK:RESUMED").count(), 1, "{log}");
    assert_eq!(rig.work("charge-card", ""), 1);
    let n_completed = |log: &str| {
        let ends = |line: &&str| line.contains("COMPLETED") && line.contains("PROCESS scope=-1");
        log.lines().filter(ends).count()
    };
    assert_eq!((n_completed(&log), n_completed(&rig.take_log())), (1, 1));
}

fn cancel(process_instance_key: ProcessInstanceKey) -> Command {
    Command::CancelProcessInstance(CancelProcessInstance {
        process_instance_key,
        operation_reference: 0,
    })
}

#[test]
fn a_bug_stops_one_instance_and_not_the_partition() {
    let config = EngineConfig {
        random: || panic!("no more randomness"),
        ..EngineConfig::new(PartitionId(1), 1)
    };
    let mut engine = Engine::new(config.clone());
    let script = r#"<bpmn:scriptTask id="ID"><bpmn:extensionElements><zeebe:script expression="=uuid()" resultVariable="r"/></bpmn:extensionElements></bpmn:scriptTask>"#;
    let wait = r#"<bpmn:intermediateCatchEvent id="ID"><bpmn:timerEventDefinition><bpmn:timeDuration>PT1S</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"#;
    let mut batches: Vec<Batch> = Vec::new();
    let now = Timestamp(START_MS);
    let mut process = |engine: &mut Engine, now, command| {
        let outcome = engine.process(now, command).unwrap();
        batches.push(outcome.batch.clone());
        outcome.answer
    };
    process(&mut engine, now, deploy_command("a.bpmn", &long_process(1, script)));
    let two_steps = long_process(1, wait).replace(
        "</bpmn:process>",
        &(script.replace("ID", "t2")
            + r#"<bpmn:sequenceFlow id="f2" sourceRef="t1" targetRef="t2"/></bpmn:process>"#),
    );
    process(
        &mut engine,
        now,
        deploy_command("b.bpmn", &two_steps.replace("\"long\"", "\"later\"")),
    );

    // While it is being created: nothing of it stays.
    let answer = process(&mut engine, now, create_command("long", ""));
    assert!(
        matches!(&answer, Answer::Reply(Err(rejection)) if rejection.to_string().starts_with("PROCESSING_ERROR")),
        "{answer:?}"
    );

    // While its timer fires: the instance is banned, and its timer is not tried for ever.
    let Answer::Reply(Ok(Response::Created(created))) =
        process(&mut engine, now, create_command("later", ""))
    else {
        panic!()
    };
    let banned = created.key;
    let later = now.plus_ms(1_000);
    let due = engine.due(later, 10);
    assert_eq!(due.len(), 1);
    for command in due {
        assert_eq!(process(&mut engine, later, command), Answer::Silent);
    }
    assert_eq!(engine.next_due(), None);
    assert_eq!(process(&mut engine, later, cancel(banned)), Answer::Reply(Ok(Response::Done)));
    assert!(matches!(process(&mut engine, later, cancel(banned)), Answer::Reply(Err(_))));

    let mut replayed = Engine::new(EngineConfig::new(PartitionId(1), 1));
    for batch in &batches {
        replayed.replay(batch).unwrap();
    }
    let bytes = image(&engine);
    assert!(image(&replayed) == bytes);
    let restored = Engine::restore(config, None, &*bytes).unwrap();
    assert_eq!(restored.next_due(), None);
    assert!(
        Engine::restore(EngineConfig::new(PartitionId(1), 1), None, &bytes[..bytes.len() - 1])
            .is_err()
    );
    assert!(Engine::restore(EngineConfig::new(PartitionId(1), 1), None, &[9][..]).is_err());
}

#[test]
fn the_creator_of_a_banned_instance_is_told_so() {
    let config = EngineConfig {
        random: || panic!("no more randomness"),
        ..EngineConfig::new(PartitionId(1), 1)
    };
    let mut engine = Engine::new(config);
    let now = Timestamp(START_MS);
    let wait_and_fail = r#"<bpmn:intermediateCatchEvent id="wait"><bpmn:timerEventDefinition><bpmn:timeDuration>PT1S</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>
      <bpmn:scriptTask id="fail"><bpmn:extensionElements><zeebe:script expression="=uuid()" resultVariable="r"/></bpmn:extensionElements></bpmn:scriptTask>
      <bpmn:sequenceFlow id="start_to_wait" sourceRef="start" targetRef="wait"/><bpmn:sequenceFlow id="wait_to_fail" sourceRef="wait" targetRef="fail"/>"#;
    let calls = r#"<bpmn:callActivity id="call"><bpmn:extensionElements><zeebe:calledElement processId="failing"/></bpmn:extensionElements></bpmn:callActivity>
      <bpmn:sequenceFlow id="start_to_call" sourceRef="start" targetRef="call"/>"#;
    for (id, content) in [("failing", wait_and_fail), ("calling", calls)] {
        let xml = format!(
            r#"<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="tests">
              <bpmn:process id="{id}" isExecutable="true"><bpmn:startEvent id="start"/>{content}</bpmn:process></bpmn:definitions>"#
        );
        engine.process(now, deploy_command("a.bpmn", &xml)).unwrap();
    }
    for (nth, id) in [(1, "failing"), (2, "calling")] {
        let Command::CreateProcessInstance(mut create) = create_command(id, "") else { panic!() };
        create.await_result = Some(skep_record::AwaitResult::default());
        let began = now.plus_ms(nth * 10_000);
        let created = engine.process(began, Command::CreateProcessInstance(create)).unwrap();
        let Answer::WhenCompleted(key) = created.answer else { panic!("{:?}", created.answer) };
        let later = began.plus_ms(1_000);
        let mut effects = Vec::new();
        while let Some(command) = engine.due(later, 1).pop() {
            effects.extend(engine.process(later, command).unwrap().effects);
        }
        assert_eq!(effects, [Effect::Banned(key)], "{id}");
    }
}

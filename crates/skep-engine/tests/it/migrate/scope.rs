//! Event subprocesses, multi-instance activities and ad-hoc subprocesses.

use super::*;

fn event_subprocess(id: &str, interrupting: bool, event: &str, worked: &str) -> String {
    format!(
        r#"<bpmn:subProcess id="{id}" triggeredByEvent="true"><bpmn:startEvent id="{id}_start" isInterrupting="{interrupting}">{event}</bpmn:startEvent>{}<bpmn:endEvent id="{id}_end" />
        <bpmn:sequenceFlow id="{id}_in" sourceRef="{id}_start" targetRef="{worked}" /><bpmn:sequenceFlow id="{id}_out" sourceRef="{worked}" targetRef="{id}_end" /></bpmn:subProcess>"#,
        task(worked)
    )
}

#[test]
fn what_event_subprocesses_wait_for_is_kept_closed_and_opened() {
    let mut rig = Rig::new();
    let pay = sequence(&[("pay", task("pay"))]);
    let first = pay.clone()
        + &event_subprocess("told", true, &message("one"), "hear")
        + &event_subprocess("late", false, &timer("PT1H"), "hurry");
    let second = pay
        + &event_subprocess("told_now", false, &message("two"), "hear_now")
        + &event_subprocess("alarm", true, &signal("two"), "run");
    let (key, target) = started(&mut rig, &first, &second);
    rig.ok(1, migrate(key, target, &[("pay", "pay"), ("told_start", "told_now_start")]));
    assert_snapshot!("migrated_event_subprocess", rig.take_log());
    rig.advance(HOUR);
    // It has the message of the source, and interrupts as the target does.
    publish(&mut rig, "two");
    publish(&mut rig, "one");
    publish(&mut rig, "one");
    assert_eq!(rig.activate("hear_now").len(), 2);
    assert_eq!(rig.activate("pay").len(), 1);
    broadcast(&mut rig, "two");
    assert_eq!(rig.work("run", ""), 1);
    assert_ended(&mut rig);
    assert_eq!(rig.engine(1).next_due(), None);
}

#[test]
fn an_event_subprocess_that_runs_goes_on_and_its_scope_stays_interrupted() {
    for interrupting in [true, false] {
        let mut rig = Rig::new();
        let inside = |id: &str, event_subprocess: &str| {
            sequence(&[(
                id,
                subprocess(id, &(sequence(&[("pay", task("pay"))]) + event_subprocess)),
            )])
        };
        let first =
            inside("part", &event_subprocess("told", interrupting, &message("one"), "hear"));
        // Elements before it move its place in the definition.
        let second = task("before")
            + r#"<bpmn:startEvent id="other" ><bpmn:messageEventDefinition messageRef="m_two" /></bpmn:startEvent><bpmn:endEvent id="before_end" /><bpmn:sequenceFlow id="b1" sourceRef="other" targetRef="before" /><bpmn:sequenceFlow id="b2" sourceRef="before" targetRef="before_end" />"#
            + &inside("part", &event_subprocess("told", interrupting, &message("one"), "hear"));
        let (key, target) = started(&mut rig, &first, &second);
        publish(&mut rig, "one");
        let mut mapping = vec![
            ("part", "part"),
            ("told", "told"),
            ("told_start", "told_start"),
            ("hear", "hear"),
        ];
        if !interrupting {
            mapping.push(("pay", "pay"));
        }
        rig.take_log();
        rig.ok(1, migrate(key, target, &mapping));
        let log = rig.take_log();
        assert!(log.contains("\"told\" EVENT_SUB_PROCESS"), "{log}");
        assert_eq!(log.contains("SUBSCRIPTION"), !interrupting, "{log}");
        if !interrupting {
            publish(&mut rig, "one");
            assert_eq!(rig.work("pay", ""), 1);
        }
        assert_eq!(rig.work("hear", ""), if interrupting { 1 } else { 2 });
        assert_ended(&mut rig);
    }
}

fn repeated(id: &str, is_sequential: bool, input: &str) -> String {
    task(id).replace(
        "</bpmn:serviceTask>",
        &format!(
            r#"<bpmn:multiInstanceLoopCharacteristics isSequential="{is_sequential}"><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="{input}" inputElement="item" outputCollection="results" outputElement="=item" /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics></bpmn:serviceTask>"#
        ),
    )
}

#[test]
fn multi_instance_activities_go_on_with_their_instances() {
    for is_sequential in [true, false] {
        let mut rig = Rig::new();
        let first = sequence(&[("pay", repeated("pay", is_sequential, "=[1,2,3]"))])
            + &boundary("late", "pay", true, &timer("PT1H"));
        let second = sequence(&[
            ("pay_now", repeated("pay_now", is_sequential, "=[1,2,9]")),
            ("ship", task("ship")),
        ]) + &boundary("too_late", "pay_now", true, &timer("PT5H"));
        let (key, target) = started(&mut rig, &first, &second);
        let mut jobs = rig.activate("pay");
        rig.complete(jobs.remove(0).key, "{}");
        jobs.extend(rig.activate("pay"));
        rig.take_log();
        rig.ok(1, migrate(key, target, &[("pay", "pay_now"), ("late", "too_late")]));
        let log = rig.take_log();
        if !is_sequential {
            assert_snapshot!("migrated_multi_instance", log);
        }
        assert_eq!(jobs.len(), if is_sequential { 1 } else { 2 });
        for job in jobs {
            rig.complete(job.key, "{}");
        }
        // One after the other, those to come are of the target, and so is their list.
        assert_eq!(rig.work("pay_now", ""), usize::from(is_sequential));
        let ship = rig.activate("ship");
        let results = ship[0].variables.to_json();
        let expected = if is_sequential { "[1,2,9]" } else { "[1,2,3]" };
        assert!(results.contains(expected), "{results}");
        rig.complete(ship[0].key, "{}");
        assert_ended(&mut rig);
    }
}

#[test]
fn a_multi_instance_subprocess_keeps_the_variables_of_each_instance() {
    let mut rig = Rig::new();
    let part = |id: &str, inner: &str| {
        subprocess(id, &sequence(&[(inner, task(inner))])).replace(
            "</bpmn:subProcess>",
            r#"<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[7,8]" inputElement="item" /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics></bpmn:subProcess>"#,
        )
    };
    let first = sequence(&[("part", part("part", "pay"))]);
    let second = sequence(&[("part_now", part("part_now", "pay_now"))]);
    let (key, target) = started(&mut rig, &first, &second);
    rig.ok(1, migrate(key, target, &[("part", "part_now"), ("pay", "pay_now")]));
    let jobs = rig.activate("pay");
    let items: Vec<String> = jobs.iter().map(|job| job.variables.to_json()).collect();
    assert!(items[0].contains("\"item\":7") && items[1].contains("\"item\":8"), "{items:?}");
    assert!(jobs.iter().all(|job| &*job.element_id == "pay_now"));
    for job in jobs {
        rig.complete(job.key, "{}");
    }
    assert_ended(&mut rig);
}

fn ad_hoc(id: &str, extension: &str, elements: &[&str]) -> String {
    let elements: String = elements.iter().map(|id| task(id)).collect();
    format!(
        r#"<bpmn:adHocSubProcess id="{id}"><bpmn:extensionElements>{extension}</bpmn:extensionElements>{elements}</bpmn:adHocSubProcess>"#
    )
}

#[test]
fn an_ad_hoc_subprocess_goes_on_and_offers_the_elements_of_the_target() {
    let mut rig = Rig::new();
    let active = r#"<zeebe:adHoc activeElementsCollection='=["pay"]' />"#;
    let first = sequence(&[("tools", ad_hoc("tools", active, &["pay", "ship"]))]);
    let second = sequence(&[("tools_now", ad_hoc("tools_now", active, &["pay_now", "book"]))]);
    let (key, target) = started(&mut rig, &first, &second);
    rig.ok(1, migrate(key, target, &[("tools", "tools_now"), ("pay", "pay_now")]));
    assert_snapshot!("migrated_ad_hoc", rig.take_log());
    let jobs = rig.activate("pay");
    let variables = jobs[0].variables.to_json();
    assert!(variables.contains("\"elementId\":\"book\""), "{variables}");
    rig.complete(jobs[0].key, "{}");
    assert_ended(&mut rig);
}

#[test]
fn an_ad_hoc_subprocess_by_job_asks_on() {
    let mut rig = Rig::new();
    let by_job = r#"<zeebe:taskDefinition type="choose" />"#;
    let first = sequence(&[("tools", ad_hoc("tools", by_job, &["pay"]))]);
    let second = sequence(&[("tools_now", ad_hoc("tools_now", by_job, &["pay_now"]))]);
    let (key, target) = started(&mut rig, &first, &second);
    // Inner instances may be named, and need not be.
    let mapping = [("tools", "tools_now"), ("tools#innerInstance", "tools_now#innerInstance")];
    rig.ok(1, migrate(key, target, &mapping));
    let job = rig.activate("choose")[0].key;
    let result = skep_record::AdHocResult {
        activate: vec![skep_record::AdHocActivation {
            element_id: "pay_now".into(),
            variables: doc("{}"),
        }],
        is_completion_condition_fulfilled: false,
        cancel_remaining: false,
    };
    rig.ok(1, complete_with(job, result));
    assert_eq!(rig.work("pay_now", ""), 1);
    let job = rig.activate("choose")[0].key;
    let result = skep_record::AdHocResult {
        activate: Vec::new(),
        is_completion_condition_fulfilled: true,
        cancel_remaining: false,
    };
    rig.ok(1, complete_with(job, result));
    assert_ended(&mut rig);
}

fn complete_with(job_key: JobKey, result: skep_record::AdHocResult) -> Command {
    let result = Some(Box::new(skep_record::JobResult::AdHocSubProcess(result)));
    Command::CompleteJob(skep_record::CompleteJob { job_key, variables: doc("{}"), result })
}

#[test]
fn a_scope_that_was_interrupted_and_ends_is_left_alone() {
    let mut rig = Rig::new();
    let told = event_subprocess("told", true, &message("one"), "hear");
    let part = |output: &str| {
        let inner = sequence(&[("pay", task("pay"))]) + &told;
        let extension = format!(
            r#"<bpmn:subProcess id="part"><bpmn:extensionElements><zeebe:ioMapping><zeebe:output source="{output}" target="x" /></zeebe:ioMapping></bpmn:extensionElements>"#
        );
        let part =
            subprocess("part", &inner).replacen(r#"<bpmn:subProcess id="part">"#, &extension, 1);
        sequence(&[("part", part)])
    };
    let stuck = "=assert(missing, missing != null)";
    let (key, target) = started(&mut rig, &part(stuck), &part("=1"));
    publish(&mut rig, "one");
    assert_eq!(rig.work("hear", ""), 1);
    let text = rig.rejected(1, migrate(key, target, &[("part", "part")]));
    assert!(text.contains("a concurrent command was executed"), "{text}");
}

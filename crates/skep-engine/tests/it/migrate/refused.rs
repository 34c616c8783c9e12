//! What is refused, and with which text.

use super::*;

/// A name, both versions, and the mapping.
type Refused<'m> = (&'m str, String, String, &'m [(&'m str, &'m str)]);

fn multi_instance(is_sequential: bool) -> String {
    task("pay").replace(
        "</bpmn:serviceTask>",
        &format!(
            r#"<bpmn:multiInstanceLoopCharacteristics isSequential="{is_sequential}"><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[1,2]" /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics></bpmn:serviceTask>"#
        ),
    )
}

fn user_task(extension: &str) -> String {
    format!(
        r#"<bpmn:userTask id="pay"><bpmn:extensionElements>{extension}</bpmn:extensionElements></bpmn:userTask>"#
    )
}

fn event_subprocess(id: &str, event: &str) -> String {
    format!(
        r#"<bpmn:subProcess id="{id}" triggeredByEvent="true"><bpmn:startEvent id="{id}_start">{event}</bpmn:startEvent></bpmn:subProcess>"#
    )
}

/// A fork to `pay` and, at once, to the join; and what else leads there.
fn join(gateway: &str, id: &str, straight: &str, more: &str) -> String {
    format!(
        r#"<bpmn:startEvent id="start" /><bpmn:parallelGateway id="fork" /><bpmn:{gateway} id="{id}" /><bpmn:endEvent id="end" />{}
        <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="fork" /><bpmn:sequenceFlow id="{straight}" sourceRef="fork" targetRef="{id}" />
        <bpmn:sequenceFlow id="f3" sourceRef="fork" targetRef="pay" /><bpmn:sequenceFlow id="f4" sourceRef="pay" targetRef="{id}" />
        <bpmn:sequenceFlow id="f5" sourceRef="{id}" targetRef="end" />{more}"#,
        task("pay")
    )
}

fn cases() -> Vec<Refused<'static>> {
    const SAME: &[(&str, &str)] = &[("pay", "pay")];
    const JOINED: &[(&str, &str)] = &[("pay", "pay"), ("join", "join")];
    let pay = || sequence(&[("pay", task("pay"))]);
    let late = boundary("late", "pay", true, &timer("PT1H"));
    let later = boundary("later", "pay", true, &timer("PT1H"));
    let two = || sequence(&[("pay", task("pay")), ("ship", task("ship"))]);
    let in_part = || sequence(&[("part", subprocess("part", &pay()))]);
    let unknown_key = boundary("told", "pay", true, &timer("=missing"));
    let catching = |event: &str| sequence(&[("told", catch("told", event))]);
    let joining = || join("parallelGateway", "join", "f2", "");
    let thrown = r#"<bpmn:intermediateThrowEvent id="tell"><bpmn:extensionElements><zeebe:taskDefinition type="tell" /></bpmn:extensionElements><bpmn:messageEventDefinition messageRef="m_one" /></bpmn:intermediateThrowEvent>"#;
    let three = r#"<bpmn:sequenceFlow id="f6" sourceRef="fork" targetRef="join" />"#;
    let telling = sequence(&[("tell", thrown.to_owned())]);
    let alarm = || event_subprocess("alarm", &timer("PT1H"));
    vec![
        ("source twice", two(), two(), &[("pay", "pay"), ("pay", "ship")]),
        ("source unknown", pay(), pay(), &[("nowhere", "pay")]),
        ("target unknown", pay(), pay(), &[("pay", "nowhere")]),
        ("flow to element", pay(), pay(), &[("start_to_pay", "pay")]),
        ("not mapped", two(), two(), &[("ship", "ship")]),
        ("unsupported", telling.clone(), telling, &[("tell", "tell")]),
        ("type", pay(), sequence(&[("pay", user_task(""))]), SAME),
        ("event type", catching(&message("one")), catching(&signal("one")), &[("told", "told")]),
        ("flow scope", pay(), in_part(), SAME),
        (
            "boundary moved",
            two() + &late,
            two() + &boundary("late", "ship", true, &timer("PT1H")),
            &[("pay", "pay"), ("late", "late")],
        ),
        (
            "boundary type",
            pay() + &late,
            pay() + &boundary("late", "pay", true, &signal("one")),
            &[("pay", "pay"), ("late", "late")],
        ),
        (
            "boundary twice",
            pay() + &late + &later,
            pay() + &late,
            &[("pay", "pay"), ("late", "late"), ("later", "late")],
        ),
        (
            "event subprocess moved",
            pay() + &alarm(),
            pay() + &boundary("late", "pay", true, &timer("PT1H")),
            &[("pay", "pay"), ("alarm_start", "late")],
        ),
        ("multi-instance source", sequence(&[("pay", multi_instance(false))]), pay(), SAME),
        ("multi-instance target", pay(), sequence(&[("pay", multi_instance(false))]), SAME),
        (
            "one after the other",
            sequence(&[("pay", multi_instance(false))]),
            sequence(&[("pay", multi_instance(true))]),
            SAME,
        ),
        (
            "implementation",
            sequence(&[("pay", user_task("<zeebe:userTask />"))]),
            sequence(&[("pay", user_task(""))]),
            SAME,
        ),
        ("gateway not mapped", joining(), joining(), SAME),
        ("gateway type", joining(), join("exclusiveGateway", "join", "f2", ""), JOINED),
        ("fewer flows", join("parallelGateway", "join", "f2", three), joining(), JOINED),
        ("flow gone", joining(), join("parallelGateway", "join", "f9", ""), JOINED),
        ("flow elsewhere", joining(), joining(), &[("pay", "pay"), ("join", "join"), ("f2", "f1")]),
        (
            "flows to one",
            join("parallelGateway", "join", "f2", three),
            join("parallelGateway", "join", "f2", three),
            &[("pay", "pay"), ("join", "join"), ("f2", "f6")],
        ),
        ("new timer without date", pay(), pay() + &unknown_key, SAME),
    ]
}

#[test]
fn what_cannot_be_migrated_is_refused_whole() {
    let mut texts = String::new();
    for (name, first, second, mappings) in cases() {
        let mut rig = Rig::new();
        let (key, target) = started(&mut rig, &first, &second);
        let text = rig.rejected(1, migrate(key, target, mappings));
        texts += &format!("{name}: {text}\n");
        let log = rig.take_log();
        assert!(!log.lines().any(|line| line.starts_with("E ")), "{name}: {log}");
    }
    assert_snapshot!("migration_refused", texts);
}

#[test]
fn an_instance_with_an_untaken_event_or_pending_work_is_left_alone() {
    let mut rig = Rig::new();
    let first = sequence(&[("told", catch("told", &message("one")))]);
    let with_output = first.replace(
        "<bpmn:messageEventDefinition",
        r#"<bpmn:extensionElements><zeebe:ioMapping><zeebe:output source="=assert(missing, missing != null)" target="x" /></zeebe:ioMapping></bpmn:extensionElements><bpmn:messageEventDefinition"#,
    );
    let (key, target) = started(&mut rig, &with_output, &first);
    publish(&mut rig, "one");
    assert!(rig.take_log().contains("E INCIDENT:CREATED"));
    // The event is stuck on its way out with what the message brought: it goes on in the target.
    rig.ok(1, migrate(key, target, &[("told", "told")]));
    let log = rig.take_log();
    resolve(&mut rig, &log);
    assert_ended(&mut rig);
}

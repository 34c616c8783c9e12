//! Gateways: active ones, and those that wait for flows.

use super::*;

/// A fork to `a` and `b`, and what joins them.
fn joined(gateway: &str, ids: [&str; 4], join: &str) -> String {
    let [a, b, from_a, from_b] = ids;
    let condition = if gateway == "inclusiveGateway" {
        "<bpmn:conditionExpression>=true</bpmn:conditionExpression>"
    } else {
        ""
    };
    format!(
        r#"<bpmn:startEvent id="start" /><bpmn:{gateway} id="fork" />{}{}<bpmn:{gateway} id="{join}" /><bpmn:endEvent id="end" />
        <bpmn:sequenceFlow id="in" sourceRef="start" targetRef="fork" />
        <bpmn:sequenceFlow id="to_{a}" sourceRef="fork" targetRef="{a}">{condition}</bpmn:sequenceFlow>
        <bpmn:sequenceFlow id="to_{b}" sourceRef="fork" targetRef="{b}">{condition}</bpmn:sequenceFlow>
        <bpmn:sequenceFlow id="{from_a}" sourceRef="{a}" targetRef="{join}" />
        <bpmn:sequenceFlow id="{from_b}" sourceRef="{b}" targetRef="{join}" />
        <bpmn:sequenceFlow id="out" sourceRef="{join}" targetRef="end" />"#,
        task(a),
        task(b)
    )
}

#[test]
fn a_flow_that_was_taken_waits_at_the_gateway_of_the_target() {
    for gateway in ["parallelGateway", "inclusiveGateway"] {
        let mut rig = Rig::new();
        let first = joined(gateway, ["a", "b", "from_a", "from_b"], "join");
        let second = joined(gateway, ["c", "d", "from_c", "from_d"], "join_now");
        let (key, target) = started(&mut rig, &first, &second);
        assert_eq!(rig.work("a", ""), 1);
        rig.take_log();
        let mapping =
            [("b", "d"), ("join", "join_now"), ("from_a", "from_c"), ("from_b", "from_d")];
        rig.ok(1, migrate(key, target, &mapping));
        assert_snapshot!(format!("migrated_{gateway}"), rig.take_log());
        assert_eq!(rig.work("b", ""), 1);
        assert_ended(&mut rig);
    }
}

#[test]
fn a_flow_that_keeps_its_id_needs_no_instruction() {
    let mut rig = Rig::new();
    let first = joined("parallelGateway", ["a", "b", "from_a", "from_b"], "join");
    // One more has to arrive: a modification brings it there.
    let second = first.clone()
        + &task("c")
        + r#"<bpmn:sequenceFlow id="to_c" sourceRef="fork" targetRef="c" /><bpmn:sequenceFlow id="from_c" sourceRef="c" targetRef="join" />"#;
    let (key, target) = started(&mut rig, &first, &second);
    assert_eq!(rig.work("a", ""), 1);
    rig.ok(1, migrate(key, target, &[("b", "b"), ("join", "join")]));
    assert_eq!(rig.work("b", ""), 1);
    let log = rig.take_log();
    assert!(!log.contains("\"order\" PROCESS COMPLETED"), "{log}");
    rig.ok(
        1,
        Command::ModifyProcessInstance(Box::new(skep_record::ModifyProcessInstance {
            process_instance_key: key,
            activate: vec![skep_record::ActivateInstruction {
                element_id: "c".into(),
                ancestor_scope_key: None,
                variables: Vec::new(),
            }],
            terminate: Vec::new(),
            moves: Vec::new(),
            operation_reference: 0,
        })),
    );
    assert_eq!(rig.work("c", ""), 1);
    assert_ended(&mut rig);
}

#[test]
fn an_exclusive_gateway_that_is_stuck_goes_on_with_the_conditions_of_the_target() {
    let mut rig = Rig::new();
    let choosing = |condition: &str| {
        format!(
            r#"<bpmn:startEvent id="start" /><bpmn:exclusiveGateway id="choose" />{}<bpmn:endEvent id="end" />
            <bpmn:sequenceFlow id="in" sourceRef="start" targetRef="choose" />
            <bpmn:sequenceFlow id="pay_it" sourceRef="choose" targetRef="pay"><bpmn:conditionExpression>{condition}</bpmn:conditionExpression></bpmn:sequenceFlow>
            <bpmn:sequenceFlow id="out" sourceRef="pay" targetRef="end" />"#,
            task("pay")
        )
    };
    let (key, target) = started(&mut rig, &choosing("=missing &gt; 1"), &choosing("=true"));
    rig.ok(1, migrate(key, target, &[("choose", "choose")]));
    let log = rig.take_log();
    assert_snapshot!("migrated_exclusive_gateway", log);
    resolve(&mut rig, &log);
    assert_eq!(rig.work("pay", ""), 1);
    assert_ended(&mut rig);
}

#[test]
fn an_event_based_gateway_waits_for_what_is_mapped_and_what_is_new() {
    let choice = |gateway: &str, events: &[(&str, String)]| {
        let mut body = format!(
            r#"<bpmn:startEvent id="start" /><bpmn:eventBasedGateway id="{gateway}" /><bpmn:endEvent id="end" />
            <bpmn:sequenceFlow id="in" sourceRef="start" targetRef="{gateway}" />"#
        );
        for (id, event) in events {
            body += &catch(id, event);
            body += &format!(
                r#"<bpmn:sequenceFlow id="to_{id}" sourceRef="{gateway}" targetRef="{id}" /><bpmn:sequenceFlow id="from_{id}" sourceRef="{id}" targetRef="end" />"#
            );
        }
        body
    };
    let first = choice("choose", &[("told", message("one")), ("late", timer("PT1H"))]);
    let second = choice(
        "choose_now",
        &[("heard", message("two")), ("alarm", signal("two")), ("later", timer("PT5H"))],
    );
    for last in ["one", "two"] {
        let mut rig = Rig::new();
        let (key, target) = started(&mut rig, &first, &second);
        rig.ok(1, migrate(key, target, &[("choose", "choose_now"), ("told", "heard")]));
        let log = rig.take_log();
        if last == "one" {
            assert_snapshot!("migrated_event_based_gateway", log);
            rig.advance(HOUR);
            publish(&mut rig, "one");
        } else {
            broadcast(&mut rig, "two");
        }
        assert_ended(&mut rig);
        assert_eq!(rig.engine(1).next_due(), None);
    }
}

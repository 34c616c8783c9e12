//! Completed activities that can be compensated.

use super::*;

/// A task with a handler, and the event that ties them.
fn compensable(id: &str, event: &str, handler: &str) -> String {
    format!(
        r#"{}<bpmn:boundaryEvent id="{event}" attachedToRef="{id}"><bpmn:compensateEventDefinition /></bpmn:boundaryEvent>
        <bpmn:serviceTask id="{handler}" isForCompensation="true"><bpmn:extensionElements><zeebe:taskDefinition type="{handler}" /></bpmn:extensionElements></bpmn:serviceTask>
        <bpmn:association id="{event}_to_{handler}" associationDirection="One" sourceRef="{event}" targetRef="{handler}" />"#,
        task(id)
    )
}

const THROW: &str = r#"<bpmn:intermediateThrowEvent id="undo"><bpmn:compensateEventDefinition /></bpmn:intermediateThrowEvent>"#;

fn process_of(booked: &str, event: &str, handler: &str, waiting: &str) -> String {
    sequence(&[
        (booked, compensable(booked, event, handler)),
        (waiting, task(waiting)),
        ("undo", THROW.to_owned()),
    ])
}

#[test]
fn what_is_mapped_by_its_event_can_be_compensated_and_the_rest_cannot() {
    for is_mapped in [true, false] {
        let mut rig = Rig::new();
        let first = process_of("book", "book_undone", "cancel", "pay");
        let second = process_of("book_now", "book_now_undone", "cancel_now", "pay_now");
        let (key, target) = started(&mut rig, &first, &second);
        assert_eq!(rig.work("book", ""), 1);
        rig.take_log();
        let mut mapping = vec![("pay", "pay_now")];
        if is_mapped {
            mapping.push(("book_undone", "book_now_undone"));
        }
        rig.ok(1, migrate(key, target, &mapping));
        let log = rig.take_log();
        if is_mapped {
            assert_snapshot!("migrated_compensation", log);
        } else {
            assert!(log.contains("E COMPENSATION_SUBSCRIPTION:DELETED"), "{log}");
        }
        assert_eq!(rig.work("pay", ""), 1);
        assert_eq!(rig.work("cancel_now", ""), usize::from(is_mapped));
        assert_ended(&mut rig);
    }
}

#[test]
fn completed_subprocesses_go_with_the_activities_in_them() {
    let mut rig = Rig::new();
    let nested = |part: &str, booked: &str, handler: &str| {
        let event = format!("{booked}_undone");
        let inner = sequence(&[(booked, compensable(booked, &event, handler))]);
        let multi = subprocess(part, &inner).replace(
            "</bpmn:subProcess>",
            r#"<bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[1,2]" /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics></bpmn:subProcess>"#,
        );
        sequence(&[(part, multi), ("pay", task("pay")), ("undo", THROW.to_owned())])
    };
    let first = nested("part", "book", "cancel");
    let second = task("before")
        + r#"<bpmn:startEvent id="other" ><bpmn:messageEventDefinition messageRef="m_two" /></bpmn:startEvent><bpmn:endEvent id="before_end" /><bpmn:sequenceFlow id="b1" sourceRef="other" targetRef="before" /><bpmn:sequenceFlow id="b2" sourceRef="before" targetRef="before_end" />"#
        + &nested("part_now", "book_now", "cancel_now");
    let (key, target) = started(&mut rig, &first, &second);
    assert_eq!(rig.work("book", ""), 1);
    assert_eq!(rig.work("book", ""), 1);
    rig.ok(1, migrate(key, target, &[("pay", "pay"), ("book_undone", "book_now_undone")]));
    assert_eq!(rig.work("pay", ""), 1);
    assert_eq!(rig.work("cancel_now", ""), 2);
    assert_ended(&mut rig);
}

#[test]
fn a_completed_activity_stays_in_its_scope_and_its_event_a_compensation() {
    let inside = sequence(&[(
        "part",
        subprocess("part", &sequence(&[("book", compensable("book", "undone", "cancel"))])),
    )]);
    let nested = inside.replace("targetRef=\"end\"", "targetRef=\"pay\"")
        + &task("pay")
        + r#"<bpmn:sequenceFlow id="pay_out" sourceRef="pay" targetRef="end" />"#;
    let other = process_of("book", "book_undone", "cancel", "pay")
        + &boundary("late", "pay", true, &timer("PT1H"));
    for (second, event, expected) in [
        (nested, "undone", "the flow scope of completed element with id 'book' is changed"),
        (other, "late", "is mapped to 'late', which is none"),
    ] {
        let mut rig = Rig::new();
        let first = process_of("book", "book_undone", "cancel", "pay");
        let (key, target) = started(&mut rig, &first, &second);
        assert_eq!(rig.work("book", ""), 1);
        let mapping = [("pay", "pay"), ("book_undone", event)];
        let text = rig.rejected(1, migrate(key, target, &mapping));
        assert!(text.contains(expected), "{text}");
    }
}

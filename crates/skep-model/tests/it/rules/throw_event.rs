//! Throw and end events.

use super::{
    AT_WORK, BESIDE_WORK, ROOTS, boundaries, catch, end, flows, model, refusals, start_with,
};

#[test]
fn throw_and_end_events() {
    let throw = |content: &str| {
        model(
            &format!("<intermediateThrowEvent id=\"say\">{content}</intermediateThrowEvent>"),
            ROOTS,
        )
    };
    let texts = refusals(&[
        ("two definitions", end("<terminateEventDefinition/><terminateEventDefinition/>")),
        ("error end without error", end("<errorEventDefinition/>")),
        ("error end with an unknown error", end("<errorEventDefinition errorRef=\"unknown\"/>")),
        ("error end without code", end("<errorEventDefinition errorRef=\"no_code\"/>")),
        ("escalation end without escalation", end("<escalationEventDefinition/>")),
        ("escalation end without code", end("<escalationEventDefinition escalationRef=\"mild\"/>")),
        ("cancel end", end("<cancelEventDefinition/>")),
        ("message end without job", end("<messageEventDefinition messageRef=\"paid\"/>")),
        ("signal end without signal", end("<signalEventDefinition/>")),
        ("message throw without job", throw("<messageEventDefinition messageRef=\"paid\"/>")),
        (
            "message throw by publishing",
            throw(
                "<extensionElements><zeebe:publishMessage correlationKey=\"=a\"/>\
                 </extensionElements><messageEventDefinition messageRef=\"paid\"/>",
            ),
        ),
        ("link throw without catch", throw("<linkEventDefinition name=\"there\"/>")),
        ("link throw without name", throw("<linkEventDefinition/>")),
        (
            "escalation throw with an unknown escalation",
            throw("<escalationEventDefinition escalationRef=\"unknown\"/>"),
        ),
        ("escalation throw without escalation", throw("<escalationEventDefinition/>")),
        (
            "escalation throw without code",
            throw("<escalationEventDefinition escalationRef=\"mild\"/>"),
        ),
        ("terminate in the flow", throw("<terminateEventDefinition/>")),
        ("timer throw", throw("<timerEventDefinition/>")),
        ("cancel throw", throw("<cancelEventDefinition/>")),
        (
            "two definitions of a throw event",
            throw(&"<signalEventDefinition signalRef=\"alarm\"/>".repeat(2)),
        ),
        ("signal throw with an unknown signal", throw("<signalEventDefinition signalRef=\"x\"/>")),
        ("error throw in the flow", throw("<errorEventDefinition errorRef=\"declined\"/>")),
    ]);
    insta::assert_snapshot!(texts);
}

#[test]
fn compensation() {
    let association = "<association id=\"a\" sourceRef=\"edge_0\" targetRef=\"undo\"/>";
    let handler = "<task id=\"undo\" isForCompensation=\"true\"/>";
    let edge = |attributes: &str, more: &str| {
        boundaries(&[(attributes, "<compensateEventDefinition/>")])
            .replace(&flows(&["edge_0", "other"]), "")
            .replace("<endEvent", &format!("{more}<endEvent"))
    };
    let end_of = |definition: &str, body: &str| {
        model(&format!("{body}<endEvent id=\"end\">{definition}</endEvent>"), ROOTS)
    };
    let of = |activity: &str| format!("<compensateEventDefinition activityRef=\"{activity}\"/>");
    let texts = refusals(&[
        ("no association", edge(AT_WORK, handler)),
        ("association to a task", edge(AT_WORK, &format!("<task id=\"undo\"/>{association}"))),
        (
            "two handlers",
            edge(
                AT_WORK,
                &format!(
                    "{handler}<task id=\"more\" isForCompensation=\"true\"/>{association}\
                     <association id=\"b\" sourceRef=\"edge_0\" targetRef=\"more\"/>"
                ),
            ),
        ),
        (
            "handler in another scope",
            edge(
                AT_WORK,
                &format!(
                    "<subProcess id=\"sub\"><startEvent id=\"s\"/>{handler}</subProcess>{association}"
                ),
            ),
        ),
        ("not interrupting", edge(BESIDE_WORK, &format!("{handler}{association}"))),
        (
            "flow into the handler",
            edge(AT_WORK, &format!("{handler}{association}{}", flows(&["work", "undo"]))),
        ),
        (
            "flow out of the handler",
            edge(AT_WORK, &format!("{handler}{association}{}", flows(&["undo", "other"]))),
        ),
        (
            "boundary event on the handler",
            edge(
                AT_WORK,
                &format!(
                    "{handler}{association}<boundaryEvent id=\"b\" attachedToRef=\"undo\">\
                     <errorEventDefinition/></boundaryEvent>{}",
                    flows(&["b", "other"])
                ),
            ),
        ),
        ("unknown activity", end_of(&of("nothing"), "")),
        ("activity that cannot be compensated", end_of(&of("plain"), "<task id=\"plain\"/>")),
        (
            "activity in another scope",
            end_of(
                &of("inner"),
                "<subProcess id=\"sub\"><startEvent id=\"s\"/><task id=\"inner\"/></subProcess>",
            ),
        ),
        ("not waited for", end_of("<compensateEventDefinition waitForCompletion=\"false\"/>", "")),
        ("start of a process", start_with("<compensateEventDefinition/>")),
        ("in the flow", catch("<compensateEventDefinition/>")),
    ]);
    insta::assert_snapshot!(texts);
}

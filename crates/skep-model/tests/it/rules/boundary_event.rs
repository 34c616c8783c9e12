//! Boundary events.

use super::{AT_WORK, BESIDE_WORK, boundaries, flows, refusals};

#[test]
fn boundary_events() {
    let pause = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>";
    let cycle = "<timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition>";
    let message = |id: &str| format!("<messageEventDefinition messageRef=\"{id}\"/>");
    let error = |id: &str| format!("<errorEventDefinition errorRef=\"{id}\"/>");
    let alarm = |id: &str| format!("<signalEventDefinition signalRef=\"{id}\"/>");
    let escalation = |id: &str| format!("<escalationEventDefinition escalationRef=\"{id}\"/>");
    let receive = boundaries(&[(AT_WORK, &message("paid_too"))])
        .replace("<serviceTask id=\"work\">", "<receiveTask id=\"work\" messageRef=\"paid\">")
        .replace("serviceTask", "receiveTask");
    let texts = refusals(&[
        ("not attached", boundaries(&[("", pause)])),
        ("attached to nothing", boundaries(&[("attachedToRef=\"nothing\"", pause)])),
        ("attached to an event", boundaries(&[("attachedToRef=\"start\"", pause)])),
        (
            "attached from outside",
            boundaries(&[("attachedToRef=\"deep\"", pause)]).replace(
                "<endEvent",
                "<subProcess id=\"sub\"><startEvent id=\"s\"/><task id=\"deep\"/></subProcess><endEvent"
            )
        ),
        ("without definition", boundaries(&[(AT_WORK, "")])),
        (
            "two definitions",
            boundaries(&[(AT_WORK, &alarm("alarm").repeat(2))]),
        ),
        ("cancel", boundaries(&[(AT_WORK, "<cancelEventDefinition/>")])),
        ("terminate", boundaries(&[(AT_WORK, "<terminateEventDefinition/>")])),
        (
            "computed escalation code",
            boundaries(&[(AT_WORK, &escalation("computed_level"))])
                .replace("<serviceTask id=\"work\">", "<subProcess id=\"work\"><startEvent id=\"s\"/>")
                .replace("</serviceTask>", "</subProcess>"),
        ),
        ("escalation of a task", boundaries(&[(AT_WORK, "<escalationEventDefinition/>")])),
        (
            "compensation without handler",
            boundaries(&[(AT_WORK, "<compensateEventDefinition/>")]),
        ),
        ("error that does not interrupt", boundaries(&[(BESIDE_WORK, &error("declined"))])),
        ("interrupting cycle", boundaries(&[(AT_WORK, cycle)])),
        ("computed error code", boundaries(&[(AT_WORK, &error("computed"))])),
        ("unknown error", boundaries(&[(AT_WORK, &error("unknown"))])),
        (
            "one message twice",
            boundaries(&[(AT_WORK, &message("paid")), (BESIDE_WORK, &message("paid_too"))])
        ),
        (
            "one signal twice",
            boundaries(&[(AT_WORK, &alarm("alarm")), (AT_WORK, &alarm("alarm_too"))])
        ),
        (
            "one error code twice",
            boundaries(&[(AT_WORK, &error("declined")), (AT_WORK, &error("declined_too"))])
        ),
        (
            "every error twice",
            boundaries(&[(AT_WORK, &error("no_code")), (AT_WORK, "<errorEventDefinition/>")])
        ),
        (
            "one escalation code twice",
            boundaries(&[(AT_WORK, &escalation("late")), (BESIDE_WORK, &escalation("late_too"))])
                .replace("<serviceTask id=\"work\">", "<subProcess id=\"work\"><startEvent id=\"s\"/>")
                .replace("</serviceTask>", "</subProcess>"),
        ),
        (
            "every escalation twice",
            boundaries(&[(AT_WORK, &escalation("mild")), (AT_WORK, "<escalationEventDefinition/>")])
                .replace("<serviceTask id=\"work\">", "<subProcess id=\"work\"><startEvent id=\"s\"/>")
                .replace("</serviceTask>", "</subProcess>"),
        ),
        ("message of its receive task", receive),
        (
            "no outgoing flow",
            boundaries(&[(AT_WORK, pause)]).replace(&flows(&["edge_0", "other"]), "")
        ),
        (
            "incoming flow",
            boundaries(&[(AT_WORK, pause)]).replace("<endEvent", &format!("{}<endEvent", flows(&["work", "edge_0"])))
        ),
    ]);
    insta::assert_snapshot!(texts);
}

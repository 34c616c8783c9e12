//! Event subprocesses.

use super::{ROOTS, catch, flows, model, refusals, start_with};

#[test]
fn event_subprocesses() {
    let inside = |content: &str| {
        let body =
            format!("<subProcess id=\"handler\" triggeredByEvent=\"true\">{content}</subProcess>");
        model(&body, ROOTS)
    };
    let start = |attributes: &str, definition: &str| {
        inside(&format!("<startEvent id=\"begin\" {attributes}>{definition}</startEvent>"))
    };
    let beside = "isInterrupting=\"false\"";
    let cycle = "<timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition>";
    let two = |definition: &str, first: &str, second: &str| {
        let handler = |id: &str, reference: &str| {
            let definition = definition.replace('?', reference);
            format!(
                "<subProcess id=\"{id}\" triggeredByEvent=\"true\"><startEvent id=\"{id}_start\">\
                 {definition}</startEvent></subProcess>"
            )
        };
        model(&(handler("one", first) + &handler("two", second)), ROOTS)
    };
    let message = "<messageEventDefinition messageRef=\"?\"/>";
    let flow = |ends: &[&str]| {
        start("", "<signalEventDefinition signalRef=\"alarm\"/>")
            .replace("</process>", &format!("<task id=\"b\"/>{}</process>", flows(ends)))
    };
    let texts = refusals(&[
        ("no start event", inside("")),
        (
            "two start events",
            inside("<startEvent id=\"a\"><errorEventDefinition/></startEvent><startEvent id=\"b\"><errorEventDefinition/></startEvent>"),
        ),
        ("none start event", start("", "")),
        ("two definitions", start("", "<errorEventDefinition/><errorEventDefinition/>")),
        ("link start event", start("", "<linkEventDefinition name=\"a\"/>")),
        ("cancel start event", start("", "<cancelEventDefinition/>")),
        ("interrupting cycle", start("", cycle)),
        ("error beside the flow", start(beside, "<errorEventDefinition errorRef=\"declined\"/>")),
        ("computed error code", start("", "<errorEventDefinition errorRef=\"computed\"/>")),
        (
            "computed escalation code",
            start("", "<escalationEventDefinition escalationRef=\"computed_level\"/>"),
        ),
        ("message without subscription", start("", &message.replace('?', "bare"))),
        ("one message twice", two(message, "paid", "paid_too")),
        ("one signal twice", two("<signalEventDefinition signalRef=\"?\"/>", "alarm", "alarm_too")),
        ("one error twice", two("<errorEventDefinition errorRef=\"?\"/>", "declined", "declined_too")),
        ("every error twice", two("<errorEventDefinition/>", "", "")),
        (
            "one escalation twice",
            two("<escalationEventDefinition escalationRef=\"?\"/>", "late", "late_too"),
        ),
        ("every escalation twice", two("<escalationEventDefinition/>", "", "")),
        ("flow into it", flow(&["start", "handler"])),
        ("flow out of it", flow(&["handler", "b"])),
        (
            "boundary event on it",
            start("", "<errorEventDefinition/>").replace(
                "</process>",
                "<boundaryEvent id=\"edge\" attachedToRef=\"handler\"><errorEventDefinition/></boundaryEvent></process>",
            ),
        ),
        (
            "multi-instance",
            inside("<startEvent id=\"a\"><errorEventDefinition/></startEvent><multiInstanceLoopCharacteristics/>"),
        ),
        ("escalation start of a process", start_with("<escalationEventDefinition/>")),
        ("error start of a process", start_with("<errorEventDefinition/>")),
        ("escalation in the flow", catch("<escalationEventDefinition/>")),
    ]);
    insta::assert_snapshot!(texts);
}

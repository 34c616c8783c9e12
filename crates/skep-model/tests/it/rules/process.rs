//! Processes, sequence flows, and what is not executed at all.

use skep_model::parse_bpmn;

use super::{ROOTS, definitions, end, flows, model, refusals, service, starts};

#[test]
fn processes() {
    let texts = refusals(&[
        ("no process", definitions("")),
        (
            "no executable process",
            definitions("<process id=\"order\"><startEvent id=\"start\"/></process>"),
        ),
        ("process without id", definitions("<process isExecutable=\"true\"/>")),
        ("no start event", starts("<endEvent id=\"end\"/>")),
        ("two none start events", starts("<startEvent id=\"one\"/><startEvent id=\"two\"/>")),
        (
            "two processes with one id",
            definitions(
                "<process id=\"order\" isExecutable=\"true\"><startEvent id=\"a\"/></process>\
                 <process id=\"order\" isExecutable=\"true\"><startEvent id=\"b\"/></process>",
            ),
        ),
        ("element without id", model("<task/>", "")),
        ("flow without id", model("<sequenceFlow sourceRef=\"start\" targetRef=\"start\"/>", "")),
        ("id used twice", model("<task id=\"start\"/>", "")),
        ("id used by a message as well", model("", "<message id=\"start\" name=\"m\"/>")),
        ("unknown BPMN element", model("<teleportTask id=\"beam\"/>", "")),
        ("start event in the flow", model(&flows(&["start", "start"]), "")),
    ]);
    insta::assert_snapshot!(texts);
}

#[test]
fn sequence_flows() {
    let gateway = |attributes: &str, conditions: [&str; 2]| {
        let flow = |to: &str, condition: &str| {
            format!(
                "<endEvent id=\"{to}\"/><sequenceFlow id=\"to_{to}\" sourceRef=\"split\" \
                 targetRef=\"{to}\">{condition}</sequenceFlow>"
            )
        };
        let gateway = format!("<exclusiveGateway id=\"split\" {attributes}/>");
        let body = gateway
            + &flows(&["start", "split"])
            + &flow("a", conditions[0])
            + &flow("b", conditions[1]);
        model(&body, "")
    };
    let condition = |text: &str| format!("<conditionExpression>{text}</conditionExpression>");
    let subprocess = "<subProcess id=\"inside\"><startEvent id=\"in\"/></subProcess>";
    let texts = refusals(&[
        ("no source", model("<sequenceFlow id=\"f\" targetRef=\"start\"/>", "")),
        ("no target", model("<sequenceFlow id=\"f\" sourceRef=\"start\"/>", "")),
        ("unknown target", model(&flows(&["start", "nowhere"]), "")),
        ("the process as target", model(&flows(&["start", "order"]), "")),
        ("into a subprocess", model(&format!("{subprocess}{}", flows(&["start", "in"])), "")),
        (
            "out of an end event",
            end("").replace("start_to", "x").replace(
                "sourceRef=\"start\" targetRef=\"end\"",
                "sourceRef=\"end\" targetRef=\"end\"",
            ),
        ),
        ("no condition", gateway("", [&condition("=a"), ""])),
        ("empty condition", gateway("", [&condition("=a"), &condition("  ")])),
        ("condition without =", gateway("", [&condition("=a"), &condition("a > 1")])),
        ("condition with nothing behind =", gateway("", [&condition("=a"), &condition("=")])),
        ("unknown default", gateway("default=\"nothing\"", [&condition("=a"), &condition("=b")])),
        (
            "default of another",
            gateway("default=\"start_to_split\"", [&condition("=a"), &condition("=b")]),
        ),
        (
            "condition behind a parallel gateway",
            gateway("", [&condition("=a"), ""]).replace("exclusive", "parallel"),
        ),
        (
            "no condition behind an inclusive gateway",
            gateway("", [&condition("=a"), ""]).replace("exclusive", "inclusive"),
        ),
        (
            "default of another at an inclusive gateway",
            gateway("default=\"start_to_split\"", [&condition("=a"), &condition("=b")])
                .replace("exclusive", "inclusive"),
        ),
    ]);
    insta::assert_snapshot!(texts);
}

#[test]
fn features_of_later_versions() {
    let texts = refusals(&[
        ("loop", model("<task id=\"a\"><standardLoopCharacteristics/></task>", "")),
        ("unknown extension", service("<zeebe:timeMachine/>")),
        ("job priority", service("<zeebe:jobPriorityDefinition priority=\"5\"/>")),
        ("agent", service("<zeebe:agentDefinition/>")),
        ("transaction", model("<transaction id=\"a\"><startEvent id=\"s\"/></transaction>", "")),
        ("complex gateway", model("<complexGateway id=\"a\"/>", "")),
    ]);
    insta::assert_snapshot!(texts);
}

#[test]
fn loops_in_which_nothing_waits() {
    let body = |content: &str, ids: &[&str]| model(&format!("{content}{}", flows(ids)), "");
    let gateway = "<exclusiveGateway id=\"again\"/>";
    let through_subprocess = format!(
        "{gateway}<subProcess id=\"sub\"><startEvent id=\"s\"/><manualTask id=\"m\"/>{}</subProcess>",
        flows(&["s", "m"])
    );
    let texts = refusals(&[
        (
            "manual task",
            body(&format!("{gateway}<manualTask id=\"m\"/>"), &["start", "again", "m", "again"]),
        ),
        ("a task alone", body("<task id=\"m\"/>", &["start", "m", "m"])),
        ("through a subprocess", body(&through_subprocess, &["start", "again", "sub", "again"])),
        (
            "through a call activity",
            body(
                &format!(
                    "{gateway}<callActivity id=\"c\"><extensionElements><zeebe:calledElement \
                     processId=\"other\"/></extensionElements></callActivity>"
                ),
                &["start", "again", "c", "again"],
            ),
        ),
    ]);
    insta::assert_snapshot!(texts);

    let fine = [
        // Only gateways, or something that waits, or computes: accepted as by Zeebe.
        body(gateway, &["start", "again", "again"]),
        body(
            &format!("{gateway}<manualTask id=\"m\"/><receiveTask id=\"r\" messageRef=\"paid\"/>"),
            &["start", "again", "m", "r", "again"],
        )
        .replace("</definitions>", &format!("{ROOTS}</definitions>")),
        body(&through_subprocess, &["start", "again", "sub"]),
    ];
    for xml in fine {
        if let Err(problems) = parse_bpmn(xml.as_bytes()) {
            panic!("{problems}\n{xml}");
        }
    }
}

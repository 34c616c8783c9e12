//! One model per rule that breaks it: the answer names the element and the fix.

use skep_model::parse_bpmn;

/// A file around the content of its `definitions`.
pub(crate) fn definitions(content: &str) -> String {
    format!(
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
         xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\" id=\"definitions\">\n{content}\n\
         </definitions>"
    )
}

/// A file with one process around `body`, which has a start event `start` already, and `roots`.
pub(crate) fn model(body: &str, roots: &str) -> String {
    definitions(&format!(
        "<process id=\"order\" isExecutable=\"true\">\n<startEvent id=\"start\"/>\n{body}\n\
         </process>\n{roots}"
    ))
}

/// `<sequenceFlow>`s along `ids`, each named after its ends.
pub(crate) fn flows(ids: &[&str]) -> String {
    let flow = |ends: &[&str]| {
        let [from, to] = ends else { return String::new() };
        format!("<sequenceFlow id=\"{from}_to_{to}\" sourceRef=\"{from}\" targetRef=\"{to}\"/>\n")
    };
    ids.windows(2).map(flow).collect()
}

/// The problems of each model, without positions, which `xml` tests.
fn refusals(models: &[(&str, String)]) -> String {
    let mut texts = String::new();
    for (rule, xml) in models {
        let problems = parse_bpmn(xml.as_bytes()).expect_err(rule);
        texts += &format!("## {rule}\n");
        for problem in problems.problems {
            texts += &format!("{}: {}\n", problem.element, problem.message);
        }
    }
    texts
}

fn job(attributes: &str) -> String {
    task("serviceTask", &format!("<zeebe:taskDefinition {attributes}/>"))
}

/// A task `work` behind the start event, with extension elements.
fn task(tag: &str, extensions: &str) -> String {
    let body = format!(
        "<{tag} id=\"work\"><extensionElements>{extensions}</extensionElements></{tag}>{}",
        flows(&["start", "work"])
    );
    model(&body, "")
}

fn service(extensions: &str) -> String {
    task("serviceTask", &format!("<zeebe:taskDefinition type=\"work\"/>{extensions}"))
}

/// Messages and signals that the models below refer to.
const ROOTS: &str = r#"
<message id="paid" name="paid"><extensionElements>
  <zeebe:subscription correlationKey="=id"/></extensionElements></message>
<message id="paid_too" name="paid"><extensionElements>
  <zeebe:subscription correlationKey="=other"/></extensionElements></message>
<message id="nameless"/>
<message id="bare" name="bare"/>
<message id="static_key" name="static key"><extensionElements>
  <zeebe:subscription correlationKey="id"/></extensionElements></message>
<message id="no_key" name="no key"><extensionElements>
  <zeebe:subscription/></extensionElements></message>
<message id="two_keys" name="two keys"><extensionElements>
  <zeebe:subscription correlationKey="=a"/><zeebe:subscription correlationKey="=b"/>
  </extensionElements></message>
<message id="variable_name" name="=name"/>
<message id="number_name" name="42"/>
<signal id="alarm" name="alarm"/>
<signal id="alarm_too" name="alarm"/>
<signal id="silent"/>
<error id="declined" errorCode="DECLINED"/>
<error id="declined_too" errorCode="DECLINED"/>
<error id="no_code" name="no code"/>
<error id="computed" errorCode="=code"/>
<escalation id="late" escalationCode="LATE"/>
<escalation id="late_too" escalationCode="LATE"/>
<escalation id="mild"/>
<escalation id="computed_level" escalationCode="=level"/>
"#;

/// A model with one catch event that has these definitions.
fn catch(event_definitions: &str) -> String {
    let body = format!(
        "<intermediateCatchEvent id=\"wait\">{event_definitions}</intermediateCatchEvent>{}",
        flows(&["start", "wait"])
    );
    model(&body, ROOTS)
}

fn catch_message(id: &str) -> String {
    catch(&format!("<messageEventDefinition messageRef=\"{id}\"/>"))
}

fn timer(content: &str) -> String {
    catch(&format!("<timerEventDefinition>{content}</timerEventDefinition>"))
}

/// A process whose start events are these alone.
fn starts(events: &str) -> String {
    definitions(&format!("<process id=\"order\" isExecutable=\"true\">{events}</process>{ROOTS}"))
}

/// A throw event `jump` and two catch events, by their link names.
fn links(throw: &str, catches: [&str; 2]) -> String {
    let link = |name: &str| format!("<linkEventDefinition name=\"{name}\"/>");
    let mut body =
        format!("<intermediateThrowEvent id=\"jump\">{}</intermediateThrowEvent>", link(throw));
    for (n, name) in catches.iter().enumerate() {
        body += &format!(
            "<intermediateCatchEvent id=\"landed_{n}\">{}</intermediateCatchEvent>",
            link(name)
        );
    }
    model(&(body + &flows(&["start", "jump"])), "")
}

fn start_with(event_definition: &str) -> String {
    starts(&format!("<startEvent id=\"first\">{event_definition}</startEvent>"))
}

fn end(event_definitions: &str) -> String {
    let body =
        format!("<endEvent id=\"end\">{event_definitions}</endEvent>{}", flows(&["start", "end"]));
    model(&body, ROOTS)
}

/// A service task `work` with these boundary events.
fn boundaries(events: &[(&str, &str)]) -> String {
    let mut body = String::from(
        "<serviceTask id=\"work\"><extensionElements><zeebe:taskDefinition type=\"work\"/>\
         </extensionElements></serviceTask><endEvent id=\"other\"/>",
    );
    for (n, (attributes, event_definition)) in events.iter().enumerate() {
        body += &format!(
            "<boundaryEvent id=\"edge_{n}\" {attributes}>{event_definition}</boundaryEvent>{}",
            flows(&[&format!("edge_{n}"), "other"])
        );
    }
    model(&(body + &flows(&["start", "work"])), ROOTS)
}

const AT_WORK: &str = "attachedToRef=\"work\"";
const BESIDE_WORK: &str = "attachedToRef=\"work\" cancelActivity=\"false\"";

#[test]
fn processes() {
    let texts = refusals(&[
        ("no process", definitions("")),
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
fn jobs_and_mappings() {
    let headers =
        |content: &str| service(&format!("<zeebe:taskHeaders>{content}</zeebe:taskHeaders>"));
    let decision = |attributes: &str| {
        task("businessRuleTask", &format!("<zeebe:calledDecision {attributes}/>"))
    };
    let io = |content: &str| service(&format!("<zeebe:ioMapping>{content}</zeebe:ioMapping>"));
    let target = |path: &str| io(&format!("<zeebe:input source=\"=x\" target=\"{path}\"/>"));
    let texts = refusals(&[
        ("no task definition", task("serviceTask", "")),
        ("no type", job("retries=\"3\"")),
        ("blank type", job("type=\" \"")),
        ("empty expression", job("type=\"=\"")),
        ("two task definitions", service("<zeebe:taskDefinition type=\"more\"/>")),
        ("reserved header", headers("<zeebe:header key=\"io.camunda.zeebe:a\" value=\"1\"/>")),
        (
            "header twice",
            headers("<zeebe:header key=\"a\" value=\"1\"/><zeebe:header key=\"a\" value=\"2\"/>"),
        ),
        ("two lists of headers", service("<zeebe:taskHeaders/><zeebe:taskHeaders/>")),
        ("two lists of mappings", service("<zeebe:ioMapping/><zeebe:ioMapping/>")),
        ("input without source", io("<zeebe:input target=\"a\"/>")),
        ("input without target", io("<zeebe:input source=\"=a\"/>")),
        ("static output", io("<zeebe:output source=\"a\" target=\"b\"/>")),
        ("path with a space", target("a b")),
        ("path with an empty name", target("a..b")),
        ("path that starts with a digit", target("1a")),
        ("reserved word as path", target("between")),
        (
            "camunda 7 task",
            model(
                "<serviceTask id=\"work\" xmlns:c7=\"http://camunda.org/schema/1.0/bpmn\" \
             c7:type=\"external\"/>",
                "",
            ),
        ),
        ("business rule task without anything", task("businessRuleTask", "")),
        ("decision without a result variable", decision("decisionId=\"d\"")),
        ("decision without an id", decision("resultVariable=\"r\"")),
        (
            "decision with an id that is no FEEL",
            decision("resultVariable=\"r\" decisionId=\"=a +\""),
        ),
        (
            "decision with an unknown binding",
            decision("resultVariable=\"r\" decisionId=\"d\" bindingType=\"newest\""),
        ),
        (
            "decision bound to a tag it does not say",
            decision("resultVariable=\"r\" decisionId=\"d\" bindingType=\"versionTag\""),
        ),
        (
            "decision with a tag it is not bound to",
            decision("resultVariable=\"r\" decisionId=\"d\" versionTag=\"v1\""),
        ),
        (
            "business rule task with both",
            task(
                "businessRuleTask",
                "<zeebe:taskDefinition type=\"a\"/><zeebe:calledDecision decisionId=\"d\"/>",
            ),
        ),
        (
            "script task with both",
            task(
                "scriptTask",
                "<zeebe:taskDefinition type=\"a\"/><zeebe:script expression=\"=1\"/>",
            ),
        ),
        ("script task without anything", task("scriptTask", "")),
        (
            "static script",
            task("scriptTask", "<zeebe:script expression=\"1\" resultVariable=\"a\"/>"),
        ),
        ("script without result", task("scriptTask", "<zeebe:script expression=\"=1\"/>")),
        ("send task without anything", task("sendTask", "")),
    ]);
    insta::assert_snapshot!(texts);
}

#[test]
fn user_tasks() {
    let user = |extensions: &str| task("userTask", extensions);
    let texts = refusals(&[
        ("empty group", user("<zeebe:assignmentDefinition candidateGroups=\"a,,b\"/>")),
        ("due date without offset", user("<zeebe:taskSchedule dueDate=\"2026-01-01T00:00:00\"/>")),
        ("follow-up date", user("<zeebe:taskSchedule followUpDate=\"soon\"/>")),
        ("form without name", user("<zeebe:formDefinition/>")),
        ("form with two names", user("<zeebe:formDefinition formKey=\"a\" formId=\"b\"/>")),
        (
            "form with an unknown binding",
            user("<zeebe:formDefinition formId=\"b\" bindingType=\"newest\"/>"),
        ),
        ("external form", user("<zeebe:formDefinition externalReference=\"b\"/>")),
        (
            "native user task with a form key",
            user("<zeebe:userTask/><zeebe:formDefinition formKey=\"a\"/>"),
        ),
        (
            "native user task with two forms",
            user("<zeebe:userTask/><zeebe:formDefinition formId=\"a\" externalReference=\"b\"/>"),
        ),
        (
            "priority out of range",
            user("<zeebe:userTask/><zeebe:priorityDefinition priority=\"101\"/>"),
        ),
        (
            "priority that is no number",
            user("<zeebe:userTask/><zeebe:priorityDefinition priority=\"high\"/>"),
        ),
        ("two native markers", user("<zeebe:userTask/><zeebe:userTask/>")),
        ("two assignments", user("<zeebe:assignmentDefinition/><zeebe:assignmentDefinition/>")),
    ]);
    insta::assert_snapshot!(texts);
}

#[test]
fn catch_events() {
    let receive =
        |attributes: &str| model(&format!("<receiveTask id=\"wait\" {attributes}/>"), ROOTS);
    let texts = refusals(&[
        ("no definition", catch("")),
        ("parts with ids", timer("<timeDate id=\"editor_made_this_up\">soon</timeDate>")),
        (
            "two definitions",
            catch(
                "<signalEventDefinition signalRef=\"alarm\"/><signalEventDefinition signalRef=\"alarm\"/>",
            ),
        ),
        ("definition by reference", catch("<eventDefinitionRef>somewhere</eventDefinitionRef>")),
        ("error in the flow", catch("<errorEventDefinition errorRef=\"declined\"/>")),
        ("no message", catch("<messageEventDefinition/>")),
        ("unknown message", catch_message("unknown")),
        ("message without name", catch_message("nameless")),
        ("message without subscription", catch_message("bare")),
        ("static correlation key", catch_message("static_key")),
        ("no correlation key", catch_message("no_key")),
        ("two subscriptions", catch_message("two_keys")),
        ("no signal", catch("<signalEventDefinition/>")),
        ("unknown signal", catch("<signalEventDefinition signalRef=\"unknown\"/>")),
        ("signal without name", catch("<signalEventDefinition signalRef=\"silent\"/>")),
        ("receive task without message", receive("")),
        ("receive task that starts", receive("messageRef=\"paid\" instantiate=\"true\"")),
        ("no time", timer("")),
        ("two times", timer("<timeDate>=a</timeDate><timeDuration>=b</timeDuration>")),
        ("empty time", timer("<timeDuration> </timeDuration>")),
        ("bad duration", timer("<timeDuration>one hour</timeDuration>")),
        ("bad date", timer("<timeDate>2026-01-01</timeDate>")),
        ("cycle in the flow", timer("<timeCycle>R/PT1H</timeCycle>")),
    ]);
    insta::assert_snapshot!(texts);
}

#[test]
fn link_events() {
    let texts = refusals(&[
        ("another name", links("there", ["here", "elsewhere"])),
        ("one name twice", links("there", ["there", "there"])),
        ("no name", links("there", ["there", ""])),
        (
            "catch in another scope",
            links("there", ["here", "there"]).replace(
                "<intermediateCatchEvent id=\"landed_1\">",
                "<subProcess id=\"sub\"><startEvent id=\"s\"/><intermediateCatchEvent id=\"landed_1\">",
            ).replace("</intermediateCatchEvent><seq", "</intermediateCatchEvent></subProcess><seq"),
        ),
        ("link start", start_with("<linkEventDefinition name=\"there\"/>")),
        ("link end", end("<linkEventDefinition name=\"there\"/>")),
        ("link on the edge", boundaries(&[(AT_WORK, "<linkEventDefinition name=\"there\"/>")])),
    ]);
    insta::assert_snapshot!(texts);
}

#[test]
fn start_events() {
    let message = |id: &str| start_with(&format!("<messageEventDefinition messageRef=\"{id}\"/>"));
    let two = |definition: &str, first: &str, second: &str| {
        let start = |id: &str, reference: &str| {
            let definition = definition.replace('?', reference);
            format!("<startEvent id=\"{id}\">{definition}</startEvent>")
        };
        starts(&(start("one", first) + &start("two", second)))
    };
    let in_subprocess =
        |content: &str| model(&format!("<subProcess id=\"inside\">{content}</subProcess>"), ROOTS);
    let time = |content: &str| {
        start_with(&format!("<timerEventDefinition>{content}</timerEventDefinition>"))
    };
    let texts = refusals(&[
        ("message name from a variable", message("variable_name")),
        ("message name that is a number", message("number_name")),
        ("message without name", message("nameless")),
        ("one message twice", two("<messageEventDefinition messageRef=\"?\"/>", "paid", "paid")),
        (
            "one message name twice",
            two("<messageEventDefinition messageRef=\"?\"/>", "paid", "paid_too"),
        ),
        (
            "one signal name twice",
            two("<signalEventDefinition signalRef=\"?\"/>", "alarm", "alarm_too"),
        ),
        ("error", start_with("<errorEventDefinition/>")),
        ("conditional", start_with("<conditionalEventDefinition/>")),
        ("bad cycle", time("<timeCycle>0 0 25 * * *</timeCycle>")),
        ("cycle that never fires", time("<timeCycle>0 0 0 31 2 *</timeCycle>")),
        ("timer from a variable", time("<timeDuration>=pause</timeDuration>")),
        ("subprocess without start", in_subprocess("<task id=\"a\"/>")),
        ("subprocess with two", in_subprocess("<startEvent id=\"a\"/><startEvent id=\"b\"/>")),
        (
            "subprocess with a message start",
            in_subprocess(
                "<startEvent id=\"a\"><messageEventDefinition messageRef=\"paid\"/></startEvent>",
            ),
        ),
    ]);
    insta::assert_snapshot!(texts);
}

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
        ("error throw in the flow", throw("<errorEventDefinition errorRef=\"declined\"/>")),
    ]);
    insta::assert_snapshot!(texts);
}

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

#[test]
fn conditional_events() {
    let of = |condition: &str, filter: &str| {
        format!(
            "<conditionalEventDefinition><extensionElements>{filter}</extensionElements>\
             <condition>{condition}</condition></conditionalEventDefinition>"
        )
    };
    let filter = |events: &str| format!("<zeebe:conditionalFilter variableEvents=\"{events}\"/>");
    let start = |id: &str, condition: &str| {
        format!("<startEvent id=\"{id}\">{}</startEvent>", of(condition, ""))
    };
    let texts = refusals(&[
        ("no condition", catch("<conditionalEventDefinition/>")),
        ("empty condition", catch(&of(" ", ""))),
        ("static condition", catch(&of("x &gt; 1", ""))),
        ("condition that does not parse", catch(&of("=x &gt;", ""))),
        ("unknown variable event", catch(&of("=x", &filter("create, delete")))),
        ("two filters", catch(&of("=x", &(filter("create") + &filter("update"))))),
        ("one condition twice", starts(&(start("one", "=x") + &start("two", "=x")))),
        (
            "start of an embedded subprocess",
            model(&format!("<subProcess id=\"sub\">{}</subProcess>", start("one", "=x")), ""),
        ),
        ("conditional end", end("<conditionalEventDefinition/>")),
    ]);
    insta::assert_snapshot!(texts);
}

#[test]
fn event_based_gateways() {
    let gateway = |events: &[(&str, &str)], more: &str| {
        let mut body = String::from("<eventBasedGateway id=\"wait\"/>");
        for (n, (tag, content)) in events.iter().enumerate() {
            let id = format!("event_{n}");
            body += &format!("<{tag} id=\"{id}\">{content}</{tag}>{}", flows(&["wait", &id]));
        }
        model(&(body + more + &flows(&["start", "wait"])), ROOTS)
    };
    let message = |id: &str| format!("<messageEventDefinition messageRef=\"{id}\"/>");
    let pause = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>";
    let catch = "intermediateCatchEvent";
    let texts = refusals(&[
        ("one event", gateway(&[(catch, pause)], "")),
        (
            "a condition",
            gateway(
                &[
                    (catch, pause),
                    (
                        catch,
                        "<conditionalEventDefinition><condition>=x</condition></conditionalEventDefinition>",
                    ),
                ],
                "",
            ),
        ),
        ("a link", gateway(&[(catch, pause), (catch, "<linkEventDefinition name=\"a\"/>")], "")),
        ("a task", gateway(&[(catch, pause), ("task", "")], "")),
        (
            "one message twice",
            gateway(&[(catch, &message("paid")), (catch, &message("paid_too"))], ""),
        ),
        (
            "another way to an event",
            gateway(&[(catch, pause), (catch, &message("paid"))], &flows(&["start", "event_0"])),
        ),
        (
            "a start",
            gateway(&[(catch, pause), (catch, &message("paid"))], "")
                .replace("id=\"wait\"", "id=\"wait\" instantiate=\"true\""),
        ),
    ]);
    insta::assert_snapshot!(texts);
}

#[test]
fn call_activities() {
    let call = |extensions: &str| task("callActivity", extensions);
    let called = |attributes: &str| call(&format!("<zeebe:calledElement {attributes}/>"));
    let texts = refusals(&[
        ("nothing called", call("")),
        ("no process id", called("")),
        ("bad expression", called("processId=\"=order.\"")),
        (
            "called twice",
            call("<zeebe:calledElement processId=\"a\"/><zeebe:calledElement processId=\"b\"/>"),
        ),
        ("unknown binding", called("processId=\"a\" bindingType=\"newest\"")),
        ("no version tag", called("processId=\"a\" bindingType=\"versionTag\"")),
        ("tag without binding", called("processId=\"a\" versionTag=\"stable\"")),
        ("several at once", called("bindingType=\"versionTag\"")),
    ]);
    insta::assert_snapshot!(texts);
}

#[test]
fn multi_instance_activities() {
    let body = |attributes: &str, content: &str| {
        model(
            &format!(
                "<manualTask id=\"work\"><multiInstanceLoopCharacteristics>{content}\
                 <extensionElements><zeebe:loopCharacteristics {attributes}/></extensionElements>\
                 </multiInstanceLoopCharacteristics></manualTask>{}",
                flows(&["start", "work"])
            ),
            ROOTS,
        )
    };
    let receive = body("inputCollection=\"=a\"", "")
        .replace("<manualTask id=\"work\">", "<receiveTask id=\"work\" messageRef=\"paid\">")
        .replace("manualTask", "receiveTask")
        .replace(
            "</receiveTask>",
            "</receiveTask><boundaryEvent id=\"edge\" attachedToRef=\"work\">\
             <messageEventDefinition messageRef=\"paid_too\"/></boundaryEvent><endEvent \
             id=\"end\"/><sequenceFlow id=\"f\" sourceRef=\"edge\" targetRef=\"end\"/>",
        );
    let texts = refusals(&[
        (
            "nothing to repeat for",
            model("<task id=\"a\"><multiInstanceLoopCharacteristics/></task>", ""),
        ),
        ("no list", body("inputElement=\"a\"", "")),
        ("static list", body("inputCollection=\"a\"", "")),
        ("bad list", body("inputCollection=\"=[1,\"", "")),
        ("output without element", body("inputCollection=\"=a\" outputCollection=\"b\"", "")),
        ("output without list", body("inputCollection=\"=a\" outputElement=\"=b\"", "")),
        (
            "bad condition",
            body("inputCollection=\"=a\"", "<completionCondition>=a &gt;</completionCondition>"),
        ),
        ("several at once", body("outputCollection=\"b\" outputElement=\"c\"", "")),
        ("message of its receive task", receive),
        (
            "an event subprocess",
            model(
                "<subProcess id=\"sub\" triggeredByEvent=\"true\"><multiInstanceLoopCharacteristics/>\
                 <startEvent id=\"s\"><signalEventDefinition signalRef=\"alarm\"/></startEvent>\
                 </subProcess>",
                ROOTS,
            ),
        ),
    ]);
    insta::assert_snapshot!(texts);
}

#[test]
fn ad_hoc_subprocesses() {
    let ad_hoc = |extensions: &str, content: &str| {
        model(
            &format!(
                "<adHocSubProcess id=\"any\"><extensionElements>{extensions}</extensionElements>\
                 {content}</adHocSubProcess>{}",
                flows(&["start", "any"])
            ),
            "",
        )
    };
    let task = "<manualTask id=\"a\"/>";
    let texts = refusals(&[
        ("empty", ad_hoc("", "")),
        ("start and end", ad_hoc("", "<startEvent id=\"s\"/><task id=\"a\"/><endEvent id=\"e\"/>")),
        ("static elements", ad_hoc("<zeebe:adHoc activeElementsCollection=\"a\"/>", task)),
        ("output without element", ad_hoc("<zeebe:adHoc outputCollection=\"a\"/>", task)),
        (
            "bad condition",
            ad_hoc("", &format!("{task}<completionCondition>=a +</completionCondition>")),
        ),
        ("by job worker", ad_hoc("<zeebe:taskDefinition type=\"agent\"/>", task)),
        ("a flow into it", ad_hoc("", task).replace("targetRef=\"any\"", "targetRef=\"a\"")),
    ]);
    insta::assert_snapshot!(texts);
}

#[test]
fn execution_listeners() {
    let listeners =
        |content: &str| format!("<zeebe:executionListeners>{content}</zeebe:executionListeners>");
    let one =
        |attributes: &str| service(&listeners(&format!("<zeebe:executionListener {attributes}/>")));
    let both = |tag: &str, more: &str| {
        let listeners = listeners(
            "<zeebe:executionListener eventType=\"start\" type=\"a\"/>\
             <zeebe:executionListener eventType=\"end\" type=\"a\"/>",
        );
        let extensions = format!("<extensionElements>{listeners}</extensionElements>");
        model(
            &format!("<{tag} id=\"it\">{extensions}{more}</{tag}>{}", flows(&["start", "it"])),
            ROOTS,
        )
    };
    let start = both("task", "")
        .replace("<startEvent id=\"start\"/>", "<startEvent id=\"first\"/>")
        .replace("<task id=\"it\">", "<startEvent id=\"start\">")
        .replace("</task>", "<signalEventDefinition signalRef=\"alarm\"/></startEvent>")
        .replace(&flows(&["start", "it"]), "");
    let boundary = boundaries(&[(
        AT_WORK,
        &format!(
            "<extensionElements>{}</extensionElements><signalEventDefinition signalRef=\"alarm\"/>",
            listeners("<zeebe:executionListener eventType=\"start\" type=\"a\"/>")
        ),
    )]);
    let texts = refusals(&[
        ("no event", one("type=\"a\"")),
        ("unknown event", one("eventType=\"middle\" type=\"a\"")),
        ("no type", one("eventType=\"start\"")),
        ("bad type", one("eventType=\"start\" type=\"=(\"")),
        ("bad retries", one("eventType=\"start\" type=\"a\" retries=\"=)\"")),
        (
            "twice",
            service(&listeners(
                "<zeebe:executionListener eventType=\"end\" type=\"a\"/><zeebe:executionListener \
                 eventType=\"end\" type=\"a\"/>",
            )),
        ),
        ("start event", start),
        ("boundary event", boundary),
        ("exclusive gateway", both("exclusiveGateway", "")),
        ("inclusive gateway", both("inclusiveGateway", "")),
        ("error end event", both("endEvent", "<errorEventDefinition errorRef=\"declined\"/>")),
    ]);
    insta::assert_snapshot!(texts);
}

#[test]
fn features_of_later_versions() {
    let texts = refusals(&[
        ("loop", model("<task id=\"a\"><standardLoopCharacteristics/></task>", "")),
        (
            "task listener",
            task("userTask", "<zeebe:taskListeners><zeebe:taskListener/></zeebe:taskListeners>"),
        ),
        (
            "linked resource",
            service("<zeebe:linkedResources><zeebe:linkedResource/></zeebe:linkedResources>"),
        ),
        ("unknown extension", service("<zeebe:timeMachine/>")),
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

#[test]
fn expressions() {
    let body = "<exclusiveGateway id=\"split\" default=\"to_b\"/><endEvent id=\"a\"/><endEvent \
                id=\"b\"/><sequenceFlow id=\"to_a\" sourceRef=\"split\" targetRef=\"a\">\
                <conditionExpression>=total &gt;</conditionExpression></sequenceFlow>\
                <sequenceFlow id=\"to_b\" sourceRef=\"split\" targetRef=\"b\"/>";
    let texts = refusals(&[
        ("condition", model(&(flows(&["start", "split"]) + body), "")),
        ("job type", job("type=\"=(a\"")),
        ("retries", job("type=\"a\" retries=\"=3 +\"")),
        (
            "input",
            service(
                "<zeebe:ioMapping><zeebe:input source=\"=a b c\" target=\"a\"/></zeebe:ioMapping>",
            ),
        ),
        (
            "output",
            service(
                "<zeebe:ioMapping><zeebe:output source=\"=[1,\" target=\"a\"/></zeebe:ioMapping>",
            ),
        ),
        (
            "script",
            task("scriptTask", "<zeebe:script expression=\"=if a then b\" resultVariable=\"c\"/>"),
        ),
        ("timer", timer("<timeDuration>=duration(</timeDuration>")),
        ("assignee", task("userTask", "<zeebe:assignmentDefinition assignee=\"=&quot;a\"/>")),
        ("many lines", job("type=\"=a +&#10;  b +&#10;  )\"")),
        ("too deep", job(&format!("type=\"={}1{}\"", "(".repeat(50_000), ")".repeat(50_000)))),
    ]);
    insta::assert_snapshot!(texts);
}

#[test]
fn start_events_take_constant_expressions() {
    let names = |event_definition: &str, roots: &str| {
        let xml = definitions(&format!(
            "<process id=\"order\" isExecutable=\"true\"><startEvent id=\"first\">\
             {event_definition}</startEvent></process>{roots}"
        ));
        let processes = parse_bpmn(xml.as_bytes()).map_err(|problems| problems.to_string());
        format!("{:?}", processes.unwrap()[0].elements[1].trigger())
    };
    let message = names(
        "<messageEventDefinition messageRef=\"m\"/>",
        "<message id=\"m\" name=\"=&quot;order &quot; + &quot;placed&quot;\"/>",
    );
    assert!(message.contains("Text(\"order placed\")"), "{message}");
    let signal = names(
        "<signalEventDefinition signalRef=\"s\"/>",
        "<signal id=\"s\" name=\"=upper case(&quot;alarm&quot;)\"/>",
    );
    assert!(signal.contains("Text(\"ALARM\")"), "{signal}");
    for time in [
        "<timeCycle>=\"R/PT1H\"</timeCycle>",
        "<timeCycle>=cycle(3, duration(\"PT1H\"))</timeCycle>",
        "<timeDate>=now() + duration(\"P1D\")</timeDate>",
        "<timeDate>=\"2030-01-01T00:00:00Z\"</timeDate>",
        "<timeDuration>=duration(\"P1D\")</timeDuration>",
        "<timeDuration>=duration(\"P1M\")</timeDuration>",
    ] {
        names(&format!("<timerEventDefinition>{time}</timerEventDefinition>"), "");
    }
    let texts = refusals(&[
        ("number", time_start("<timeDuration>=1 + 2</timeDuration>")),
        ("bad text", time_start("<timeDuration>=\"one\" + \"hour\"</timeDuration>")),
        ("date for a duration", time_start("<timeDuration>=date(\"2030-01-01\")</timeDuration>")),
        ("duration for a date", time_start("<timeDate>=duration(\"P1D\")</timeDate>")),
        ("duration for a cycle", time_start("<timeCycle>=duration(\"P1D\")</timeCycle>")),
    ]);
    insta::assert_snapshot!(texts);
}

fn time_start(content: &str) -> String {
    start_with(&format!("<timerEventDefinition>{content}</timerEventDefinition>"))
}

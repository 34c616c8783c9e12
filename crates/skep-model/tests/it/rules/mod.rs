//! One model per rule that breaks it: the answer names the element and the fix.

mod activity;
mod boundary_event;
mod catch_event;
mod event_subprocess;
mod process;
mod start_event;
mod task;
mod throw_event;

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

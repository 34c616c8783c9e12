//! Which trigger can stand where: one model for each cell of the table of BPMN events.

use skep_model::parse_bpmn;

use crate::rules::{flows, model};

const ROOTS: &str = r#"
<message id="paid" name="paid"><extensionElements>
  <zeebe:subscription correlationKey="=id"/></extensionElements></message>
<signal id="alarm" name="alarm"/>
<error id="declined" errorCode="DECLINED"/>
<escalation id="late" escalationCode="LATE"/>
"#;

/// Where an event stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    ProcessStart,
    InterruptingEventSubprocess,
    EventSubprocess,
    Catch,
    InterruptingBoundary,
    Boundary,
    Throw,
    End,
}

use Place::{
    Boundary, Catch, End, EventSubprocess, InterruptingBoundary, InterruptingEventSubprocess,
    ProcessStart, Throw,
};

const PLACES: [Place; 8] = [
    ProcessStart,
    InterruptingEventSubprocess,
    EventSubprocess,
    Catch,
    InterruptingBoundary,
    Boundary,
    Throw,
    End,
];

const EVERYWHERE_CAUGHT: &[Place] = &[
    ProcessStart,
    InterruptingEventSubprocess,
    EventSubprocess,
    Catch,
    InterruptingBoundary,
    Boundary,
];

/// Each trigger with its definition and the places where it is executed; everywhere else it is
/// refused.
///
/// Source: camunda/camunda-docs: versioned_docs/version-8.9/components/modeler/bpmn/bpmn-coverage.md
fn table() -> Vec<(&'static str, String, Vec<Place>)> {
    let timer = |kind: &str, text: &str| {
        format!("<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>")
    };
    let caught_and = |more: &[Place]| [EVERYWHERE_CAUGHT, more].concat();
    vec![
        ("none", String::new(), vec![ProcessStart, Throw, End]),
        (
            "message",
            "<messageEventDefinition messageRef=\"paid\"/>".into(),
            caught_and(&[Throw, End]),
        ),
        ("timer date", timer("timeDate", "2030-01-01T00:00:00Z"), caught_and(&[])),
        ("timer duration", timer("timeDuration", "PT1H"), caught_and(&[])),
        (
            "timer cycle",
            timer("timeCycle", "R3/PT1H"),
            vec![ProcessStart, EventSubprocess, Boundary],
        ),
        (
            "timer cron",
            timer("timeCycle", "0 0 * * * *"),
            vec![ProcessStart, EventSubprocess, Boundary],
        ),
        (
            "error",
            "<errorEventDefinition errorRef=\"declined\"/>".into(),
            vec![InterruptingEventSubprocess, InterruptingBoundary, End],
        ),
        (
            "escalation",
            "<escalationEventDefinition escalationRef=\"late\"/>".into(),
            vec![
                InterruptingEventSubprocess,
                EventSubprocess,
                InterruptingBoundary,
                Boundary,
                Throw,
                End,
            ],
        ),
        (
            "signal",
            "<signalEventDefinition signalRef=\"alarm\"/>".into(),
            caught_and(&[Throw, End]),
        ),
        ("terminate", "<terminateEventDefinition/>".into(), vec![End]),
        ("link", "<linkEventDefinition name=\"there\"/>".into(), vec![Catch, Throw]),
        (
            "compensation",
            "<compensateEventDefinition/>".into(),
            vec![InterruptingBoundary, Throw, End],
        ),
        (
            "conditional",
            "<conditionalEventDefinition><condition>=x</condition></conditionalEventDefinition>"
                .into(),
            caught_and(&[]),
        ),
        ("cancel", "<cancelEventDefinition/>".into(), vec![]),
        (
            "multiple",
            "<signalEventDefinition signalRef=\"alarm\"/><messageEventDefinition \
             messageRef=\"paid\"/>"
                .into(),
            vec![],
        ),
    ]
}

/// A process with an event of this definition at this place.
fn process(place: Place, definition: &str) -> String {
    let job = if definition.contains("message") {
        "<extensionElements><zeebe:taskDefinition type=\"say\"/></extensionElements>"
    } else {
        ""
    };
    let link = "<intermediateCatchEvent id=\"there\"><linkEventDefinition name=\"there\"/>\
                </intermediateCatchEvent>";
    let subprocess = |attributes: &str| {
        format!(
            "<subProcess id=\"handler\" triggeredByEvent=\"true\"><startEvent id=\"event\" \
             {attributes}>{definition}</startEvent></subProcess>"
        )
    };
    let boundary = |attributes: &str| {
        format!(
            "<subProcess id=\"work\"><startEvent id=\"begin\"/></subProcess>\
             <boundaryEvent id=\"event\" attachedToRef=\"work\" {attributes}>{definition}\
             </boundaryEvent><task id=\"undo\" isForCompensation=\"true\"/>\
             <association id=\"by\" sourceRef=\"event\" targetRef=\"undo\"/>{}",
            flows(&["start", "work"])
        )
    };
    match place {
        ProcessStart => {
            let start = format!("<startEvent id=\"event\">{definition}</startEvent>");
            model("", ROOTS).replace("<startEvent id=\"start\"/>", &start)
        }
        InterruptingEventSubprocess => model(&subprocess(""), ROOTS),
        EventSubprocess => model(&subprocess("isInterrupting=\"false\""), ROOTS),
        Catch => model(
            &format!(
                "<intermediateCatchEvent id=\"event\">{definition}</intermediateCatchEvent>{}",
                flows(&["start", "event"])
            ),
            ROOTS,
        ),
        InterruptingBoundary => model(&boundary(""), ROOTS),
        Boundary => model(&boundary("cancelActivity=\"false\""), ROOTS),
        Throw => model(
            &format!(
                "<intermediateThrowEvent id=\"event\">{job}{definition}</intermediateThrowEvent>\
                 {link}{}",
                flows(&["start", "event"])
            ),
            ROOTS,
        ),
        End => model(
            &format!(
                "<endEvent id=\"event\">{job}{definition}</endEvent>{}",
                flows(&["start", "event"])
            ),
            ROOTS,
        ),
    }
}

#[test]
fn events_are_accepted_where_they_are_executed_and_refused_elsewhere() {
    let mut wrong = Vec::new();
    for (trigger, definition, executed) in table() {
        for place in PLACES {
            let answer = parse_bpmn(process(place, &definition).as_bytes());
            if answer.is_ok() != executed.contains(&place) {
                wrong.push(format!("{trigger} at {place:?}: {answer:?}"));
            }
            if let Err(problems) = answer {
                let names_it = problems.problems.iter().any(|it| it.element.contains("event"));
                assert!(names_it, "{trigger} at {place:?}: {problems}");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

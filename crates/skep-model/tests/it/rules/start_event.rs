//! Start events of processes and subprocesses.

use skep_model::parse_bpmn;

use super::{ROOTS, definitions, model, refusals, start_with, starts};

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
            "one message for two processes",
            message("paid").replace(
                "</process>",
                "</process><process id=\"other\" isExecutable=\"true\"><startEvent id=\"second\">\
                 <messageEventDefinition messageRef=\"paid\"/></startEvent></process>",
            ),
        ),
        (
            "one signal name twice",
            two("<signalEventDefinition signalRef=\"?\"/>", "alarm", "alarm_too"),
        ),
        ("two definitions", start_with(&"<signalEventDefinition signalRef=\"alarm\"/>".repeat(2))),
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

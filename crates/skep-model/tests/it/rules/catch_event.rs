//! Intermediate catch events, and gateways that wait for them.

use super::{
    AT_WORK, ROOTS, boundaries, catch, catch_message, end, flows, links, model, refusals,
    start_with, starts, timer,
};

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
        ("cancel", catch("<cancelEventDefinition/>")),
        ("terminate", catch("<terminateEventDefinition/>")),
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

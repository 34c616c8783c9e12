//! Nothing that a file contains makes reading panic, hang, or answer without saying why.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use skep_model::{ElementKind, parse_bpmn, timer};

use crate::fixtures::{models, repository};
use crate::graph::check_consistency;
use crate::rules::{definitions, model};

/// Whatever the answer is, it is a whole one.
fn read(xml: &[u8]) {
    match parse_bpmn(xml) {
        Ok(processes) => processes.iter().for_each(check_consistency),
        Err(problems) => {
            assert!(!problems.problems.is_empty());
            assert!(problems.to_string().len() <= skep_model::REPORT_BYTES_MAX + 1000);
        }
    }
}

/// What a mutation puts into a model.
fn splinter() -> impl Strategy<Value = Vec<u8>> {
    let words = [
        "<",
        ">",
        "/>",
        "</",
        "\"",
        "'",
        "&",
        "&amp;",
        "&#0;",
        "=",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?",
        "?>",
        "<!DOCTYPE a>",
        " id=\"start\"",
        " id=\"\"",
        " isExecutable=\"0\"",
        "bpmn:",
        "zeebe:",
        " xmlns=\"\"",
        " xmlns:bpmn=\"urn:x\"",
        "start",
        "end",
        "timerEventDefinition",
        "subProcess",
        "boundaryEvent",
        "=1",
        "R/PT1S",
        "R/PT0S",
        "* * * * * *",
        "P99999999999Y",
        "\u{feff}",
        "\u{0}",
        "ä",
        "𝄞",
        "0 0 0 29 2 MON#5",
    ];
    prop_oneof![
        prop::sample::select(words.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..4),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn arbitrary_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        read(&bytes);
    }

    #[test]
    fn arbitrary_texts_in_a_process_are_answered(text in "[ -~\\n<>&;/\"'=äß]{0,80}") {
        read(model(&text, "").as_bytes());
        read(definitions(&text).as_bytes());
    }

    #[test]
    fn mutated_models_are_answered(
        model in any::<prop::sample::Index>(),
        edits in prop::collection::vec(
            (any::<prop::sample::Index>(), 0usize..40, splinter()), 1..4),
    ) {
        let models = models(&repository().join("tests/bpmn"));
        let (_, mut xml) = models[model.index(models.len())].clone();
        for (at, cut, splinter) in edits {
            let start = at.index(xml.len().max(1)).min(xml.len());
            let end = (start + cut).min(xml.len());
            xml.splice(start..end, splinter);
        }
        read(&xml);
    }

    /// Whatever a static source holds, it is a text to the mapping.
    #[test]
    fn static_sources_are_texts(text in "[^=\\x00-\\x1f\u{fffe}\u{ffff} ][^\\x00-\\x1f\u{fffe}\u{ffff}]{0,20}") {
        let source = text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        let task = format!(
            "<serviceTask id=\"work\"><extensionElements><zeebe:taskDefinition type=\"a\"/>\
             <zeebe:ioMapping><zeebe:input source=\"{source}\" target=\"a\"/></zeebe:ioMapping>\
             </extensionElements></serviceTask>"
        );
        let processes = parse_bpmn(model(&task, "").as_bytes());
        let processes = processes.map_err(|problems| TestCaseError::fail(problems.to_string()))?;
        let source = &processes[0].elements[2].inputs[0].source;
        let environment =
            skep_feel::Environment::new(jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC);
        let value = source.evaluate(&(), &environment).unwrap().value;
        prop_assert!(value.as_str().is_some(), "{} is {value:?}", source.text());
        if !text.contains('\\') {
            prop_assert_eq!(value.as_str(), Some(text.as_str()));
        }
    }

    /// Elements and flows between them in every combination, sensible or not.
    #[test]
    fn random_graphs_are_answered(
        tags in prop::collection::vec(0usize..10, 1..12),
        flows in prop::collection::vec((0usize..12, 0usize..12), 0..20),
    ) {
        let names = [
            "startEvent", "endEvent", "task", "manualTask", "exclusiveGateway", "parallelGateway",
            "eventBasedGateway", "intermediateThrowEvent", "subProcess", "boundaryEvent",
        ];
        let mut body = String::new();
        for (n, tag) in tags.iter().enumerate() {
            let tag = names[*tag];
            let inside = if tag == "subProcess" {
                format!("<startEvent id=\"e{n}_start\"/>")
            } else {
                String::new()
            };
            write!(body, "<{tag} id=\"e{n}\" attachedToRef=\"e0\">{inside}</{tag}>").unwrap();
        }
        for (n, (from, to)) in flows.iter().enumerate() {
            write!(body, "<sequenceFlow id=\"f{n}\" sourceRef=\"e{from}\" targetRef=\"e{to}\"/>").unwrap();
        }
        read(model(&body, "").as_bytes());
    }

    #[test]
    fn arbitrary_timers_are_answered(text in "[-+RPTYMWDHS0-9/.,:Z* #LW?@a-zäA-Z]{0,30}", at in -4_000_000_000_000i64..253_000_000_000_000) {
        let at = jiff::Timestamp::from_millisecond(at).unwrap();
        let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
        for kind in [timer::TimerKind::Date, timer::TimerKind::Duration, timer::TimerKind::Cycle] {
            if let Ok(due) = timer::due_date(kind, &text, at, &zone) {
                prop_assert!(due.repetitions >= timer::INFINITE);
            }
        }
        let _ = timer::next_due(&text, at, timer::INFINITE, at, &zone);
    }

    /// Cron against looking at every minute.
    #[test]
    fn cron_misses_nothing(
        minutes in 0u32..60, step in 1u32..60, hours in 0u32..24, days in 1u32..28,
        weekday in 0u32..8, start in 1_600_000_000i64..1_900_000_000,
        has_day: bool, has_weekday: bool,
    ) {
        let day = if has_day { days.to_string() } else { "*".into() };
        let weekdays = if has_weekday { weekday.to_string() } else { "?".into() };
        let text = format!("0 {minutes}/{step} {hours}-23 {day} * {weekdays}");
        let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
        let cron = timer::Cron::parse(&text).unwrap();
        let start = jiff::Timestamp::from_second(start).unwrap();
        let found = cron.next_after(start, &zone).unwrap();

        let matches = |at: jiff::Timestamp| {
            let local = zone.to_datetime(at);
            let is_on = |value: i8, wanted: u32| u32::try_from(value).unwrap() == wanted;
            let minute = u32::try_from(local.minute()).unwrap();
            minute >= minutes && (minute - minutes) % step == 0
                && u32::try_from(local.hour()).unwrap() >= hours
                && (!has_day || is_on(local.day(), days))
                && (!has_weekday
                    || is_on(local.weekday().to_monday_one_offset(), if weekday == 0 { 7 } else { weekday }))
        };
        prop_assert!(found > start);
        prop_assert!(matches(found), "{text}: {found}");
        let first_minute = start.as_second() / 60 * 60 + 60;
        let end = found.as_second().min(first_minute + 20_000 * 60);
        for second in (first_minute..end).step_by(60) {
            let at = jiff::Timestamp::from_second(second).unwrap();
            prop_assert!(!matches(at), "{text}: {at} was missed for {found}");
        }
    }
}

/// A process of `n` service tasks in a row, with a mapping and a header each.
fn long_process(n: usize) -> String {
    let mut body = String::new();
    let mut previous = String::from("start");
    for task in 0..n {
        writeln!(
            body,
            "<serviceTask id=\"task_{task}\" name=\"Task {task}\"><extensionElements>\
             <zeebe:taskDefinition type=\"work-{task}\"/><zeebe:taskHeaders><zeebe:header \
             key=\"n\" value=\"{task}\"/></zeebe:taskHeaders><zeebe:ioMapping><zeebe:input \
             source=\"=order.total\" target=\"total\"/></zeebe:ioMapping></extensionElements>\
             </serviceTask><sequenceFlow id=\"to_{task}\" sourceRef=\"{previous}\" \
             targetRef=\"task_{task}\"/>"
        )
        .unwrap();
        previous = format!("task_{task}");
    }
    model(&body, "")
}

#[test]
fn large_models_are_read_quickly() {
    let xml = long_process(5_000);
    let start = Instant::now();
    let processes = parse_bpmn(xml.as_bytes()).unwrap();
    let elapsed = start.elapsed();
    assert_eq!(processes[0].elements.len(), 5_002);
    // A tenth of a second without optimisation; quadratic work would show.
    assert!(elapsed < Duration::from_secs(5), "took {elapsed:?}");
}

#[test]
fn wide_and_deep_models_are_read_quickly() {
    // Gateways that all lead to each other.
    let mut dense = String::new();
    for n in 0..150 {
        write!(dense, "<parallelGateway id=\"g{n}\"/>").unwrap();
        for to in 0..150 {
            write!(
                dense,
                "<sequenceFlow id=\"f{n}_{to}\" sourceRef=\"g{n}\" targetRef=\"g{to}\"/>"
            )
            .unwrap();
        }
    }
    let start = Instant::now();
    assert_eq!(parse_bpmn(model(&dense, "").as_bytes()).unwrap()[0].flows.len(), 22_500);

    let depth = 190;
    let mut deep = String::new();
    for n in 0..depth {
        write!(deep, "<subProcess id=\"s{n}\"><startEvent id=\"s{n}_start\"/>").unwrap();
    }
    deep += &"</subProcess>".repeat(depth);
    let processes = parse_bpmn(model(&deep, "").as_bytes()).unwrap();
    let deepest = processes[0].find("s189").unwrap();
    assert!(matches!(processes[0].element(deepest).kind, ElementKind::SubProcess));
    assert!(start.elapsed() < Duration::from_secs(5), "took {:?}", start.elapsed());
}

#[test]
fn costly_models_within_the_limits_are_read_in_time() {
    let start = Instant::now();
    let attributes: String = (0..99).map(|n| format!(" a{n}=''")).collect();
    read(model(&format!("<task{attributes} id='t'/>").repeat(4_000), "").as_bytes());
    let nested: String = (0..60).map(|n| format!(" xmlns:n{n}='urn:{n}'")).collect();
    let inner = "<documentation xmlns:b='urn:b'/>".repeat(9_000);
    read(model(&format!("<task id='t'{nested}>{inner}</task>"), "").as_bytes());
    read(model(&"<task id='t'/>".repeat(100_000), "").as_bytes());
    read(model(&"<sequenceFlow id='t'/>".repeat(100_000), "").as_bytes());
    read(model(&"<callActivity id='t'><a/></callActivity>\n".repeat(90_000), "").as_bytes());
    assert!(start.elapsed() < Duration::from_secs(30), "took {:?}", start.elapsed());
}

//! What repeats activities, chooses among them, or listens to them.

use super::{AT_WORK, ROOTS, boundaries, flows, model, refusals, service};

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
        (
            "two lists",
            body("inputCollection=\"=a\"", "").replace(
                "</extensionElements>",
                "<zeebe:loopCharacteristics inputCollection=\"=b\"/></extensionElements>",
            ),
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
        (
            "by job worker, without type",
            ad_hoc("<zeebe:taskDefinition retries=\"1\"/>", task),
        ),
        (
            "by job worker, and by itself",
            ad_hoc(
                "<zeebe:taskDefinition type=\"agent\"/><zeebe:adHoc activeElementsCollection=\"=a\"/>",
                &format!("{task}<completionCondition>=a</completionCondition>"),
            )
            .replace("id=\"any\">", "id=\"any\" cancelRemainingInstances=\"false\">"),
        ),
        (
            "values that are no literals",
            ad_hoc(
                "",
                "<serviceTask id=\"a\"><extensionElements><zeebe:taskDefinition type=\"a\"/>\
                 <zeebe:ioMapping><zeebe:input source=\"=fromAi(toolCall.a, 1 + 2)\" target=\"b\"/>\
                 </zeebe:ioMapping></extensionElements></serviceTask>",
            ),
        ),
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
    let compensation = boundary
        .replace("<signalEventDefinition signalRef=\"alarm\"/>", "<compensateEventDefinition/>");
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
        ("parallel gateway", both("parallelGateway", "")),
        ("event-based gateway", both("eventBasedGateway", "")),
        ("compensation boundary event", compensation),
        ("error end event", both("endEvent", "<errorEventDefinition errorRef=\"declined\"/>")),
    ]);
    insta::assert_snapshot!(texts);
}

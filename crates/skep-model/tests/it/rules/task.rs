//! Tasks: jobs, mappings, decisions, scripts, forms, calls, and FEEL wherever it stands.

use super::{flows, job, model, refusals, service, task, timer};

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
        (
            "two decisions",
            task(
                "businessRuleTask",
                &"<zeebe:calledDecision decisionId=\"d\" resultVariable=\"r\"/>".repeat(2),
            ),
        ),
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
        (
            "two scripts",
            task("scriptTask", &"<zeebe:script expression=\"=1\" resultVariable=\"r\"/>".repeat(2)),
        ),
        ("script without expression", task("scriptTask", "<zeebe:script resultVariable=\"r\"/>")),
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
fn linked_resources() {
    let linked = |attributes: &str| {
        service(&format!(
            "<zeebe:linkedResources><zeebe:linkedResource {attributes}/></zeebe:linkedResources>"
        ))
    };
    let named = "resourceId=\"robot\" resourceType=\"RPA\" linkName=\"RPAScript\"";
    let texts = refusals(&[
        ("nothing said", linked("")),
        ("unknown binding", linked(&format!("{named} bindingType=\"newest\""))),
        ("no version tag", linked(&format!("{named} bindingType=\"versionTag\""))),
        ("tag without binding", linked(&format!("{named} versionTag=\"v1\""))),
        ("two lists of resources", service("<zeebe:linkedResources/><zeebe:linkedResources/>")),
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
        (
            "form bound to a tag it does not say",
            user("<zeebe:formDefinition formId=\"b\" bindingType=\"versionTag\"/>"),
        ),
        (
            "form with a tag it is not bound to",
            user("<zeebe:formDefinition formId=\"b\" versionTag=\"v1\"/>"),
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
fn task_listeners() {
    let listeners = |attributes: &str| {
        format!("<zeebe:taskListeners><zeebe:taskListener {attributes}/></zeebe:taskListeners>")
    };
    let native = |extensions: &str| task("userTask", &format!("<zeebe:userTask/>{extensions}"));
    let good = listeners("eventType=\"creating\" type=\"a\"");
    let texts = refusals(&[
        ("of a user task by job", task("userTask", &good)),
        ("of a service task", service(&good)),
        ("no event", native(&listeners("type=\"a\""))),
        ("event of an execution listener", native(&listeners("eventType=\"start\" type=\"a\""))),
        ("no type", native(&listeners("eventType=\"updating\""))),
        ("bad type", native(&listeners("eventType=\"updating\" type=\"=1 +\""))),
        ("bad retries", native(&listeners("eventType=\"canceling\" type=\"a\" retries=\"=\""))),
        ("two lists", native(&format!("{good}{good}"))),
    ]);
    insta::assert_snapshot!(texts);
}

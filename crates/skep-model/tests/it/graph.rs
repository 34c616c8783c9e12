//! What the valid models become: every element with all that the engine reads from it.

use std::fmt::Write as _;

use skep_model::{
    Binding, Element, ElementKind, EndKind, FlowIndex, JobDefinition, Mapping, MessageDefinition,
    Process, StartForm, StaticValue, TextOrFeel, ThrowKind, TimerDefinition, Trigger, parse_bpmn,
};

use crate::fixtures::{models, repository};

#[test]
fn models_become_graphs() {
    let mut texts = String::new();
    for (name, xml) in models(&repository().join("tests/bpmn")) {
        writeln!(texts, "## {name}").unwrap();
        for process in parse_bpmn(&xml).unwrap() {
            check_consistency(&process);
            print(&process, &mut texts);
        }
    }
    insta::assert_snapshot!(texts);
}

#[test]
fn processes_can_be_shared() {
    fn is_shareable<T: Send + Sync + 'static>() {}
    is_shareable::<Process>();
}

#[test]
fn a_process_names_the_form_of_its_start() {
    let model = |extension: &str, other: &str| {
        let xml = format!(
            r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
              <process id="p" isExecutable="true"><startEvent id="start">{extension}</startEvent>{other}</process>
            </definitions>"#
        );
        parse_bpmn(xml.as_bytes()).map(|mut processes| processes.remove(0).start_form)
    };
    let form = |attributes: &str| {
        format!("<extensionElements><zeebe:formDefinition {attributes}/></extensionElements>")
    };
    assert_eq!(model("", "").unwrap(), None);
    let ask = |binding: Binding| Some(StartForm { form_id: Some("ask".into()), binding });
    for (attributes, expected) in [
        (r#"formId="ask""#, ask(Binding::Latest)),
        (r#"formId="ask" bindingType="deployment""#, ask(Binding::Deployment)),
        (
            r#"formId="ask" bindingType="versionTag" versionTag="v1""#,
            ask(Binding::VersionTag("v1".into())),
        ),
        (
            r#"formKey="camunda-forms:bpmn:f""#,
            Some(StartForm { form_id: None, binding: Binding::Latest }),
        ),
    ] {
        assert_eq!(model(&form(attributes), "").unwrap(), expected, "{attributes}");
    }
    // Forms of tasks and of what is inside the process are not its own.
    let task = format!(r#"<userTask id="task">{}</userTask>"#, form(r#"formId="ask""#));
    assert_eq!(model("", &task).unwrap(), None);
    let problems = model(&form(r#"formId="ask" bindingType="newest""#), "").unwrap_err();
    assert!(problems.to_string().contains("bindingType 'newest' is unknown"), "{problems}");
}

/// The parts of a graph point at each other.
pub(crate) fn check_consistency(process: &Process) {
    for (element, at) in process.elements.iter().zip(0..) {
        let at = skep_model::ElementIndex(at);
        match process.multi_instance(at) {
            Some(body) => {
                assert_eq!(body.inner, at);
                assert_eq!(process.find(&element.id), element.scope);
                assert_eq!(process.find_inner(&element.id), Some(at));
            }
            None => assert_eq!(process.find(&element.id), Some(at)),
        }
        for flow in &element.incoming {
            assert_eq!(process.flow(*flow).target, at);
        }
        for flow in &element.outgoing {
            assert_eq!(process.flow(*flow).source, at);
        }
        for child in &element.children {
            assert!(*child > at, "children come after their scope");
            assert_eq!(process.element(*child).scope, Some(at));
        }
        if let Some(scope) = element.scope {
            assert!(process.element(scope).children.contains(&at));
        }
        for boundary in &element.boundary_events {
            let ElementKind::BoundaryEvent { attached_to, .. } = process.element(*boundary).kind
            else {
                panic!("{} is no boundary event", process.element(*boundary).id);
            };
            assert_eq!(attached_to, at);
        }
    }
    for (flow, at) in process.flows.iter().zip(0..) {
        assert!(process.element(flow.source).outgoing.contains(&FlowIndex(at)));
        assert!(process.element(flow.target).incoming.contains(&FlowIndex(at)));
    }
}

fn print(process: &Process, out: &mut String) {
    for element in &process.elements {
        let mut depth = 0;
        let mut scope = element.scope;
        while let Some(at) = scope {
            depth += 1;
            scope = process.element(at).scope;
        }
        write!(out, "{:1$}{2} {3}", "", depth * 2, element.element_type(), element.id).unwrap();
        let event_type = element.event_type().as_str();
        if event_type != "UNSPECIFIED" {
            write!(out, " {event_type}").unwrap();
        }
        print_kind(process, element, out);
        for mapping in &element.inputs {
            write!(out, " in[{}]", mapping_text(mapping)).unwrap();
        }
        for mapping in &element.outputs {
            write!(out, " out[{}]", mapping_text(mapping)).unwrap();
        }
        for flow in &element.outgoing {
            let flow = process.flow(*flow);
            write!(out, " -> {}", process.element(flow.target).id).unwrap();
            if let Some(condition) = &flow.condition {
                write!(out, " if ={}", condition.text()).unwrap();
            }
        }
        out.push('\n');
    }
}

fn print_kind(process: &Process, element: &Element, out: &mut String) {
    let text = match &element.kind {
        ElementKind::Process | ElementKind::SubProcess => element
            .none_start
            .map_or_else(String::new, |at| format!("starts at {}", process.element(at).id)),
        ElementKind::EventSubProcess { start, interrupting } => {
            let beside = if *interrupting { "" } else { "beside, " };
            format!("{beside}starts at {}", process.element(*start).id)
        }
        ElementKind::AdHocSubProcess(ad_hoc) => {
            let offered: Vec<String> = ad_hoc
                .elements
                .iter()
                .map(|offered| {
                    let id = &process.element(offered.index).id;
                    format!("{id} {:?} {:?}", offered.documentation, offered.properties)
                })
                .collect();
            let mut text = format!("offers [{}]", offered.join(", "));
            if let Some(job) = &ad_hoc.job {
                write!(text, ", asks {}", value_text(&job.job_type)).unwrap();
            }
            if let Some(active) = &ad_hoc.active_elements {
                write!(text, ", at first ={}", active.text()).unwrap();
            }
            if let Some(output) = &ad_hoc.output {
                write!(text, ", {}[] := ={}", output.variable, output.element.text()).unwrap();
            }
            if let Some(condition) = &ad_hoc.completion_condition {
                write!(text, " until {}", value_text(condition)).unwrap();
            }
            if ad_hoc.cancels_remaining { text + ", ends the rest" } else { text }
        }
        ElementKind::AdHocInnerInstance => String::new(),
        ElementKind::MultiInstanceBody(body) => {
            let kind = if body.is_sequential { "one after the other" } else { "all at once" };
            let item = body.input_element.as_deref().unwrap_or("-");
            let mut text = format!("{kind}, {item} of ={}", body.input_collection.text());
            if let Some(output) = &body.output {
                write!(text, ", {}[] := ={}", output.variable, output.element.text()).unwrap();
                write!(text, " ({:?})", output.element_variable).unwrap();
            }
            if let Some(condition) = &body.completion_condition {
                write!(text, " until {}", value_text(condition)).unwrap();
            }
            text
        }
        ElementKind::CallActivity(called) => format!(
            "calls {} {:?}{}{}",
            value_text(&called.process_id),
            called.binding,
            if called.propagate_all_parent_variables { " in" } else { "" },
            if called.propagate_all_child_variables { " out" } else { "" }
        ),
        ElementKind::StartEvent(trigger) => {
            trigger.as_ref().map(|trigger| trigger_text(process, trigger)).unwrap_or_default()
        }
        ElementKind::IntermediateCatchEvent(trigger) => trigger_text(process, trigger),
        ElementKind::IntermediateThrowEvent(ThrowKind::Signal(name))
        | ElementKind::IntermediateThrowEvent(ThrowKind::Escalation(name))
        | ElementKind::EndEvent(
            EndKind::Signal(name) | EndKind::Error(name) | EndKind::Escalation(name),
        ) => value_text(name),
        ElementKind::IntermediateThrowEvent(ThrowKind::Job(job))
        | ElementKind::EndEvent(EndKind::Job(job))
        | ElementKind::JobTask(_, job) => job_text(job),
        ElementKind::BoundaryEvent { attached_to, interrupting, trigger } => format!(
            "at {}{} {}",
            process.element(*attached_to).id,
            if *interrupting { "" } else { " beside" },
            trigger_text(process, trigger)
        ),
        ElementKind::ReceiveTask(message) => message_text(message),
        ElementKind::UserTask(task) => format!(
            "{}assignee={} groups={} users={} due={} follow-up={} form={:?}/{}{} {:?}",
            if task.is_native {
                format!(
                    "native priority={} external={} ",
                    optional(task.priority.as_ref()),
                    optional(task.external_reference.as_ref())
                )
            } else {
                String::new()
            },
            optional(task.assignee.as_ref()),
            optional(task.candidate_groups.as_ref()),
            optional(task.candidate_users.as_ref()),
            optional(task.due_date.as_ref()),
            optional(task.follow_up_date.as_ref()),
            task.form_key,
            optional(task.form_id.as_ref()),
            match &task.form_binding {
                Binding::Latest => String::new(),
                bound @ (Binding::Deployment | Binding::VersionTag(_)) => format!(" {bound:?}"),
            },
            task.headers
        ),
        ElementKind::DecisionTask(task) => format!(
            "{} := {} ({:?})",
            task.result_variable,
            value_text(&task.decision_id),
            task.binding
        ),
        ElementKind::ScriptTask { expression, result_variable } => {
            format!("{result_variable} := ={}", expression.text())
        }
        ElementKind::ExclusiveGateway { default: Some(flow) }
        | ElementKind::InclusiveGateway { default: Some(flow) } => {
            format!("default {}", process.flow(*flow).id)
        }
        ElementKind::IntermediateThrowEvent(ThrowKind::Link(target)) => {
            format!("to {}", process.element(*target).id)
        }
        ElementKind::IntermediateThrowEvent(ThrowKind::Compensation(Some(activity)))
        | ElementKind::EndEvent(EndKind::Compensation(Some(activity))) => {
            format!("of {}", process.element(*activity).id)
        }
        ElementKind::IntermediateThrowEvent(ThrowKind::Compensation(None))
        | ElementKind::EndEvent(EndKind::Compensation(None))
        | ElementKind::LinkCatchEvent
        | ElementKind::IntermediateThrowEvent(ThrowKind::None)
        | ElementKind::EndEvent(EndKind::None | EndKind::Terminate)
        | ElementKind::ManualTask
        | ElementKind::UndefinedTask
        | ElementKind::ExclusiveGateway { default: None }
        | ElementKind::InclusiveGateway { default: None }
        | ElementKind::ParallelGateway
        | ElementKind::EventBasedGateway => String::new(),
    };
    if !text.is_empty() {
        write!(out, " ({text})").unwrap();
    }
    for (event, listeners) in [("start", &element.start_listeners), ("end", &element.end_listeners)]
    {
        for listener in listeners {
            let (job_type, retries) =
                (value_text(&listener.job_type), value_text(&listener.retries));
            write!(out, " {event} listener {job_type} x{retries}").unwrap();
        }
    }
    if let ElementKind::UserTask(task) = &element.kind {
        for listener in &task.listeners {
            let (job_type, retries) =
                (value_text(&listener.job_type), value_text(&listener.retries));
            write!(out, " {:?} listener {job_type} x{retries}", listener.event).unwrap();
        }
    }
}

fn trigger_text(process: &Process, trigger: &Trigger) -> String {
    match trigger {
        Trigger::Message(message) => message_text(message),
        Trigger::Timer(TimerDefinition::Date(text)) => format!("date {}", value_text(text)),
        Trigger::Timer(TimerDefinition::Duration(text)) => format!("duration {}", value_text(text)),
        Trigger::Timer(TimerDefinition::Cycle(text)) => format!("cycle {}", value_text(text)),
        Trigger::Signal(name) => value_text(name),
        Trigger::Error(catch) | Trigger::Escalation(catch) => format!("{catch:?}"),
        Trigger::Conditional(known) => {
            let create = if known.on_create { "" } else { " not on create" };
            let update = if known.on_update { "" } else { " not on update" };
            format!("={}{create}{update}", known.condition.text())
        }
        Trigger::Compensation(handler) => format!("by {}", process.element(*handler).id),
    }
}

fn message_text(message: &MessageDefinition) -> String {
    let key = message.correlation_key.as_ref().map(|key| format!(" by ={}", key.text()));
    value_text(&message.name) + &key.unwrap_or_default()
}

fn job_text(job: &JobDefinition) -> String {
    let headers =
        if job.headers.is_empty() { String::new() } else { format!(" {:?}", job.headers) };
    format!("{} x{}{headers}", value_text(&job.job_type), value_text(&job.retries))
}

fn mapping_text(mapping: &Mapping) -> String {
    format!("{} := ={}", mapping.target.join("."), mapping.source.text())
}

fn optional(value: Option<&TextOrFeel>) -> String {
    value.map_or_else(|| "-".into(), value_text)
}

fn value_text(value: &TextOrFeel) -> String {
    match value {
        TextOrFeel::Static(StaticValue::Text(text)) => format!("'{text}'"),
        TextOrFeel::Static(StaticValue::Number(number, _)) => number.to_string(),
        TextOrFeel::Feel(expression) => format!("={}", expression.text()),
    }
}

//! Tasks, and calls of other processes.

use super::{Block, Builder, alone};
use crate::model::{JOB_TYPES, MESSAGES};

/// A task that a worker does.
pub(in super::super) fn service_task(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let id = builder.id("task");
    let kind = ["serviceTask", "sendTask", "businessRuleTask", "scriptTask"];
    let kind = kind[builder.rng.below(12) / 3];
    let definition = task_definition(builder);
    let mappings = if builder.rng.one_in(4) {
        r#"<zeebe:ioMapping><zeebe:input source="=n" target="seen"/><zeebe:output source="=seen" target="last"/></zeebe:ioMapping>"#
    } else {
        ""
    };
    let listeners = listeners(builder);
    let repeated = if builder.rng.one_in(8) { instances(builder) } else { String::new() };
    builder.add(&format!(
        r#"<{kind} id="{id}"><extensionElements>{definition}{mappings}{listeners}</extensionElements>{repeated}</{kind}>"#
    ));
    alone(id)
}

pub(super) fn task_definition(builder: &mut Builder<'_>) -> String {
    let job_type = JOB_TYPES[builder.rng.below(JOB_TYPES.len())];
    let retries = builder.rng.between(1, 3);
    format!(r#"<zeebe:taskDefinition type="{job_type}" retries="{retries}"/>"#)
}

/// Now and then listeners of the start, the end or both.
fn listeners(builder: &mut Builder<'_>) -> String {
    let events: &[&str] = match builder.rng.below(16) {
        0 => &["start"],
        1 => &["end"],
        2 => &["start", "end"],
        _ => return String::new(),
    };
    let all: String = events
        .iter()
        .map(|event| {
            let job_type = JOB_TYPES[builder.rng.below(JOB_TYPES.len())];
            format!(
                r#"<zeebe:executionListener eventType="{event}" type="{job_type}" retries="1"/>"#
            )
        })
        .collect();
    format!("<zeebe:executionListeners>{all}</zeebe:executionListeners>")
}

/// What lets an activity run once for each item of a list.
pub(super) fn instances(builder: &mut Builder<'_>) -> String {
    let is_sequential = builder.rng.one_in(2);
    let list = ["[]", "[1]", "[1,2,3]", "list"][builder.rng.below(4)];
    let output = if builder.rng.one_in(2) {
        r#" outputCollection="doubled" outputElement="=item * 2""#
    } else {
        ""
    };
    let condition = if builder.rng.one_in(3) {
        r#"<completionCondition xsi:type="tFormalExpression">=numberOfCompletedInstances > 1</completionCondition>"#
    } else {
        ""
    };
    format!(
        r#"<multiInstanceLoopCharacteristics isSequential="{is_sequential}"><extensionElements><zeebe:loopCharacteristics inputCollection="={list}" inputElement="item"{output}/></extensionElements>{condition}</multiInstanceLoopCharacteristics>"#
    )
}

/// A task of a person: by a worker's job, or one of its own.
pub(super) fn user_task(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let id = builder.id("user");
    let extensions = match builder.rng.below(4) {
        0 => String::new(),
        1 => "<zeebe:userTask/>".to_owned(),
        2 => r#"<zeebe:userTask/><zeebe:assignmentDefinition assignee="demo" candidateGroups="night shift"/>"#.to_owned(),
        _ => format!(
            r#"<zeebe:userTask/><zeebe:assignmentDefinition assignee="demo"/>{}"#,
            task_listeners(builder)
        ),
    };
    let extensions = format!("<extensionElements>{extensions}</extensionElements>");
    builder.add(&format!(r#"<userTask id="{id}">{extensions}</userTask>"#));
    alone(id)
}

/// Listeners of some steps in a native user task's life.
fn task_listeners(builder: &mut Builder<'_>) -> String {
    let events = ["creating", "assigning", "updating", "completing", "canceling"];
    let mut all = String::new();
    for event in events {
        if builder.rng.one_in(2) {
            let job_type = JOB_TYPES[builder.rng.below(JOB_TYPES.len())];
            all += &format!(
                r#"<zeebe:taskListener eventType="{event}" type="{job_type}" retries="1"/>"#
            );
        }
    }
    format!("<zeebe:taskListeners>{all}</zeebe:taskListeners>")
}

pub(super) fn receive_task(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let id = builder.id("receive");
    let message = builder.rng.below(MESSAGES.len() - 1);
    builder.add(&format!(r#"<receiveTask id="{id}" messageRef="message{message}"/>"#));
    alone(id)
}

pub(super) fn plain_task(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let id = builder.id("plain");
    let kind = if builder.rng.one_in(2) { "manualTask" } else { "task" };
    builder.add(&format!(r#"<{kind} id="{id}"/>"#));
    alone(id)
}

pub(super) fn script_task(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let id = builder.id("script");
    builder.add(&format!(
        r#"<scriptTask id="{id}"><extensionElements><zeebe:script expression="=n + 1" resultVariable="n"/></extensionElements></scriptTask>"#
    ));
    alone(id)
}

pub(super) fn decision_task(builder: &mut Builder<'_>, _depth: usize) -> Block {
    let id = builder.id("decide");
    let binding = ["latest", "deployment"][builder.rng.below(2)];
    builder.add(&format!(
        r#"<businessRuleTask id="{id}"><extensionElements><zeebe:calledDecision decisionId="route" resultVariable="route" bindingType="{binding}"/></extensionElements></businessRuleTask>"#
    ));
    alone(id)
}

/// A call of another process, where there is one.
pub(super) fn call_activity(builder: &mut Builder<'_>, depth: usize) -> Block {
    let Some(callee) =
        builder.rng.pick(builder.callees).cloned().filter(|_| builder.calls_left > 0)
    else {
        return service_task(builder, depth);
    };
    builder.calls_left -= 1;
    let id = builder.id("call");
    let propagates = builder.rng.one_in(2);
    let repeated = if builder.rng.one_in(5) { instances(builder) } else { String::new() };
    builder.add(&format!(
        r#"<callActivity id="{id}"><extensionElements><zeebe:calledElement processId="{callee}" propagateAllChildVariables="{propagates}"/></extensionElements>{repeated}</callActivity>"#
    ));
    alone(id)
}

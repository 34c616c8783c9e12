//! The state as a person would tell it: what there is, without how it is kept.

use std::fmt::Write as _;

use crate::state::{
    Incident, State,
    definition::Definition,
    instance::{ElementInstance, ProcessInstance},
};

impl State {
    /// What there is, one thing a line; keys are left out, and so are variable values.
    pub(crate) fn outline(&self) -> String {
        let mut out = String::new();
        for definition in self.definitions.by_key().entries().values() {
            let Definition { bpmn_process_id, version, .. } = definition.as_ref();
            line(&mut out, 0, format_args!("process {bpmn_process_id} version {version}"));
        }
        for instance in self.instances.iter() {
            self.outline_instance(&mut out, instance);
        }
        for timer in self.timers.start.entries().values() {
            let (due_at, n) = (timer.due_at.0, timer.repetitions);
            line(&mut out, 0, format_args!("start timer due {due_at} repetitions {n}"));
        }
        for message in self.messages.messages.entries().values() {
            line(&mut out, 0, format_args!("message {:?}", &*message.name));
        }
        if let Some(at) = self.pinned_at() {
            line(&mut out, 0, format_args!("clock pinned at {}", at.0));
        }
        let counts = [
            ("message subscriptions", self.messages.subscriptions.len()),
            ("message start subscriptions", self.messages.start_subscriptions.entries().len()),
            ("signal subscriptions", self.signals.subscriptions.entries().len()),
            ("compensation subscriptions", self.compensations.table.entries().len()),
            ("conditional start subscriptions", self.conditions.starts.entries().len()),
            ("distributions", self.distributions.outgoing.entries().len()),
            ("postponed commands", self.pending.entries().len()),
            ("batch operations", self.batch_operations.table().len()),
        ];
        for (name, n) in counts.into_iter().filter(|(_, n)| *n > 0) {
            line(&mut out, 0, format_args!("{n} {name}"));
        }
        out
    }

    fn outline_instance(&self, out: &mut String, instance: &ProcessInstance) {
        let banned = if instance.is_banned() { ", banned" } else { "" };
        let id = &instance.definition.bpmn_process_id;
        line(out, 0, format_args!("instance of {id}{banned}"));
        for element in instance.elements.iter() {
            let facts = instance.definition.facts(element.index());
            let (id, kind) = (&facts.reference.element_id, facts.reference.element_type);
            let names: Vec<_> = element.variables.iter().map(|variable| variable.name()).collect();
            let state = element.state;
            line(out, 1, format_args!("{kind} {id} {state:?} [{}]", names.join(" ")));
            outline_waits(out, element);
            let incidents = self.incidents.entries().values();
            for Incident { error_type, .. } in
                incidents.filter(|incident| incident.element_instance_key == element.key)
            {
                line(out, 2, format_args!("incident {error_type}"));
            }
        }
    }
}

/// What the element instance waits for.
fn outline_waits(out: &mut String, element: &ElementInstance) {
    if let Some(job) = &element.job {
        let (job_type, state, retries) = (&job.job_type, job.state.as_str(), job.retries);
        line(out, 2, format_args!("job {job_type} {state} retries {retries}"));
    }
    let user_task = element.details.as_ref().and_then(|details| details.user_task.as_ref());
    if let Some(task) = user_task {
        let assigned = if task.properties.assignee.is_empty() { "" } else { ", assigned" };
        line(out, 2, format_args!("user task{assigned}"));
    }
    let Some(events) = &element.events else { return };
    for timer in &events.timers {
        let (due_at, n) = (timer.due_at.0, timer.repetitions);
        line(out, 2, format_args!("timer due {due_at} repetitions {n}"));
    }
    for wait in &events.messages {
        let (name, state) = (&*wait.message_name, wait.state);
        line(out, 2, format_args!("waits for message {name:?} {state:?}"));
    }
    for wait in &events.signals {
        line(out, 2, format_args!("waits for signal {:?}", wait.signal_name));
    }
    let n_conditions = events.conditions.len();
    if n_conditions > 0 {
        line(out, 2, format_args!("waits for {n_conditions} conditions"));
    }
}

fn line(out: &mut String, depth: usize, text: std::fmt::Arguments<'_>) {
    out.push_str(&"  ".repeat(depth));
    // Writing to a string cannot fail.
    out.write_fmt(text).unwrap_or_default();
    out.push('\n');
}

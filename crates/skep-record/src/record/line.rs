//! Records as lines of text.

mod batch_operation;
mod command;
mod decision;
mod deployed;
mod event;

use std::fmt;

use crate::{Batch, Body, ElementMapping, ElementSlot, ElementValue, InstanceSlot, Record};

/// Prints one record: `E 17 <- 12 PROCESS_INSTANCE:ELEMENT_ACTIVATED key=… "task" SERVICE_TASK …`.
///
/// `C` is a command, `E` an event, `R` a rejection. Variable names are printed, values never;
/// texts that may quote values, such as what an incident says, only on request.
#[derive(Clone, Copy, Debug)]
pub struct RecordLine<'a> {
    pub(super) batch: &'a Batch,
    pub(super) record: &'a Record,
}

impl RecordLine<'_> {
    /// Value type and intent of the record; those of the refused command for a rejection.
    #[must_use]
    pub fn names(&self) -> (&'static str, &'static str) {
        match &self.record.body {
            Body::Command(command) => (command.value_type(), command.intent()),
            Body::Event(event) => (event.value_type(), event.intent()),
            Body::Rejection(_) => self
                .batch
                .records
                .iter()
                .find(|record| record.position == self.record.source_position)
                .and_then(|record| match &record.body {
                    Body::Command(command) => Some((command.value_type(), command.intent())),
                    Body::Event(_) | Body::Rejection(_) => None,
                })
                .unwrap_or(("WORK", "POSTPONED")),
        }
    }

    /// What the record says beside its names and keys: keys in it are printed by `key`, texts
    /// that may quote variable values `with_texts` only.
    ///
    /// # Errors
    /// Those of `f`.
    pub fn details(
        &self,
        f: &mut dyn fmt::Write,
        key: &dyn Fn(&mut dyn fmt::Write, i64) -> fmt::Result,
        with_texts: bool,
    ) -> fmt::Result {
        let mut out = Details { batch: self.batch, f, key, with_texts };
        match &self.record.body {
            Body::Command(command) => out.command(command),
            Body::Event(event) => out.event(event),
            Body::Rejection(rejection) if with_texts => write!(out.f, " {rejection}"),
            Body::Rejection(rejection) => write!(out.f, " {}", rejection.kind.as_str()),
        }
    }
}

impl fmt::Display for RecordLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.record.body {
            Body::Command(_) => 'C',
            Body::Event(_) => 'E',
            Body::Rejection(_) => 'R',
        };
        let (value_type, intent) = self.names();
        write!(f, "{kind} {}", self.record.position)?;
        if self.record.source_position != 0 {
            write!(f, " <- {}", self.record.source_position)?;
        }
        write!(f, " {value_type}:{intent}")?;
        if self.record.key != -1 {
            write!(f, " key={}", self.record.key)?;
        }
        self.details(f, &|f, key| write!(f, "{key}"), false)
    }
}

struct Details<'a> {
    batch: &'a Batch,
    f: &'a mut dyn fmt::Write,
    key: &'a dyn Fn(&mut dyn fmt::Write, i64) -> fmt::Result,
    with_texts: bool,
}

impl Details<'_> {
    fn key(&mut self, name: &str, key: i64) -> fmt::Result {
        write!(self.f, " {name}=")?;
        (self.key)(self.f, key)
    }

    fn text(&mut self, name: &str, text: &str) -> fmt::Result {
        if text.is_empty() { Ok(()) } else { write!(self.f, " {name}={text:?}") }
    }

    /// A text that may quote variable values.
    fn message(&mut self, text: &str) -> fmt::Result {
        if self.with_texts { self.text("message", text) } else { Ok(()) }
    }

    fn names<'n>(&mut self, names: impl Iterator<Item = &'n str>) -> fmt::Result {
        for (i, name) in names.enumerate() {
            write!(self.f, "{}{name}", if i == 0 { " variables=" } else { "," })?;
        }
        Ok(())
    }

    fn element(&mut self, slot: ElementSlot) -> fmt::Result {
        match self.batch.element(slot) {
            Some(element) => write!(self.f, " {:?} {}", element.element_id, element.element_type),
            None => Ok(()),
        }
    }

    fn instance(&mut self, slot: InstanceSlot) -> fmt::Result {
        match self.batch.instance(slot) {
            Some(instance) => {
                self.key("process_instance", instance.process_instance_key.0)?;
                write!(self.f, " {:?} v{}", instance.bpmn_process_id, instance.version)
            }
            None => Ok(()),
        }
    }

    /// For the process element of a called instance: who called it.
    fn caller(&mut self, value: &ElementValue) -> fmt::Result {
        let instance = self.batch.instance(value.instance);
        match instance.and_then(|instance| instance.called_by) {
            Some(called_by) if value.flow_scope_key.0 == -1 => {
                self.key("called_by", called_by.element_instance_key.0)?;
                self.key("root", called_by.root_process_instance_key.0)
            }
            Some(_) | None => Ok(()),
        }
    }

    fn subscription(
        &mut self,
        subscription: &crate::SubscriptionRef,
        correlation_key: &str,
    ) -> fmt::Result {
        write!(self.f, " name={:?}", subscription.message_name)?;
        self.text("correlation_key", correlation_key)?;
        self.key("element_instance", subscription.element_instance_key.0)
    }

    fn mappings(&mut self, mappings: &[ElementMapping]) -> fmt::Result {
        mappings.iter().try_for_each(|mapping| {
            let (source, target) = (&mapping.source_element_id, &mapping.target_element_id);
            write!(self.f, " map={source:?}>{target:?}")
        })
    }
}

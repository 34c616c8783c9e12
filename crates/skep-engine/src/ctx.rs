//! The way from a command to a batch: what handlers see, and the only things they can do.

use std::{cell::Cell, collections::VecDeque, sync::Arc};

use skep_model::{Element, ElementIndex, FlowIndex};
use skep_record::{
    AuthorizedTenants, Body, CalledBy, Command, ElementCommand, ElementInstanceKey, ElementRef,
    ElementSlot, ElementValue, Event, InstanceSlot, JobType, PartitionId, ProcessDefinitionKey,
    ProcessInstanceIntent, ProcessInstanceKey, ProcessInstanceRef, Record, Rejection, Response,
    TenantId, Timestamp, UserTaskKey,
};

use crate::{
    Answer, Effect, EngineConfig,
    apply::{self, Facts},
    lists::Lists,
    process_instance,
    state::{
        State,
        definition::Definition,
        instance::{ElementInstance, EventScope},
    },
};

/// What handlers work with: the state to read, and events and commands to write.
///
/// Emitting an event applies it at once, so a handler reads its own writes.
pub(crate) struct Ctx<'e> {
    pub(crate) config: &'e EngineConfig,
    state: &'e mut State,
    now: Timestamp,
    tenants: &'e AuthorizedTenants,
    log: Log,
    source_position: u64,
    /// Whether the current command is one that the engine wrote itself.
    is_follow_up: bool,
    pub(crate) answer: Answer,
    pub(crate) effects: Vec<Effect>,
    environment: Option<skep_feel::Environment>,
    lists: &'e mut Lists,
    /// The instance that is being worked on, for the case that it panics.
    subject: &'e Cell<Option<ProcessInstanceKey>>,
}

/// The batch as it grows.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) instances: Vec<Arc<ProcessInstanceRef>>,
    pub(crate) elements: Vec<ElementRef>,
    /// What each entry of `elements` is, so that it is found again.
    targets: Vec<(ProcessDefinitionKey, Target)>,
    pub(crate) records: Vec<Record>,
    /// Indexes of command records that are still to be processed.
    queue: VecDeque<usize>,
    /// Estimated encoded size.
    pub(crate) size_bytes: usize,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Target {
    Element(ElementIndex),
    Flow(FlowIndex),
}

/// One element instance, as its behaviour sees it.
#[derive(Clone, Debug)]
pub(crate) struct At {
    pub(crate) definition: Arc<Definition>,
    pub(crate) process_instance_key: ProcessInstanceKey,
    pub(crate) key: ElementInstanceKey,
    pub(crate) index: ElementIndex,
    pub(crate) flow_scope_key: ElementInstanceKey,
    pub(crate) instance: InstanceSlot,
    pub(crate) slot: ElementSlot,
}

impl At {
    pub(crate) fn element(&self) -> &Element {
        self.definition.process.element(self.index)
    }

    pub(crate) fn value(&self) -> ElementValue {
        ElementValue {
            instance: self.instance,
            element: self.slot,
            flow_scope_key: self.flow_scope_key,
        }
    }

    pub(crate) fn is_process(&self) -> bool {
        self.index == ElementIndex::PROCESS
    }

    pub(crate) fn tenant_id(&self) -> &TenantId {
        &self.definition.tenant_id
    }
}

impl<'e> Ctx<'e> {
    pub(crate) fn new(
        config: &'e EngineConfig,
        state: &'e mut State,
        lists: &'e mut Lists,
        now: Timestamp,
        tenants: &'e AuthorizedTenants,
        subject: &'e Cell<Option<ProcessInstanceKey>>,
    ) -> Self {
        Self {
            subject,
            config,
            state,
            now,
            tenants,
            log: Log { records: Vec::with_capacity(24), ..Log::default() },
            source_position: 0,
            is_follow_up: false,
            answer: Answer::Silent,
            effects: Vec::new(),
            environment: None,
            lists,
        }
    }

    pub(crate) fn state(&self) -> &State {
        self.state
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Whether the command may act for the tenant; to whom it may not, its things do not exist.
    ///
    /// Only for commands of clients: what the engine does on its own it may do for every tenant.
    pub(crate) fn may_see(&self, tenant_id: &TenantId) -> bool {
        self.is_follow_up || self.tenants.contains(tenant_id)
    }

    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// Whether the batch has grown beyond what may be written at once.
    pub(crate) fn is_too_large(&self) -> bool {
        self.log.size_bytes > self.config.batch_bytes_max
    }

    pub(crate) fn into_log(self) -> (Log, Answer, Vec<Effect>) {
        (self.log, self.answer, self.effects)
    }

    /// What FEEL may know of the outside.
    pub(crate) fn environment(&mut self) -> &skep_feel::Environment {
        let (now, config) = (self.now, self.config);
        self.environment.get_or_insert_with(|| {
            let now = jiff::Timestamp::from_millisecond(now.0).unwrap_or_default();
            crate::expression::environment(now, config)
        })
    }

    /// The lists that were read, and what tells whether they are still right.
    pub(crate) fn lists(&mut self) -> (&mut Lists, &State) {
        (self.lists, self.state)
    }

    /// A key never given out before.
    pub(crate) fn new_key(&mut self) -> i64 {
        let counter = self.state.next_key;
        self.state.next_key += 1;
        self.config.partition_id.key(counter)
    }

    /// Writes a fact and applies it.
    pub(crate) fn emit(&mut self, key: i64, event: Event) {
        let facts = Facts {
            instances: &self.log.instances,
            elements: &self.log.elements,
            records: &self.log.records,
            now: self.now,
        };
        apply::apply(self.state, &facts, key, &event);
        self.log.size_bytes += crate::size::event_bytes(&event);
        self.push(key, Body::Event(event));
    }

    /// Writes a step in the life of an element instance and applies it.
    pub(crate) fn emit_element(&mut self, at: &At, intent: ProcessInstanceIntent) {
        self.emit(at.key.0, Event::ProcessInstance(intent, at.value()));
        if matches!(
            intent,
            ProcessInstanceIntent::ElementCompleted | ProcessInstanceIntent::ElementTerminated
        ) {
            process_instance::element_ended(self, at);
        }
    }

    /// Writes a command that is processed after the current one, in this batch or a later one.
    pub(crate) fn follow_up(&mut self, key: i64, command: Command) {
        self.log.size_bytes += crate::size::command_bytes(&command);
        self.log.queue.push_back(self.log.records.len());
        self.push(key, Body::Command(command));
    }

    pub(crate) fn follow_up_element(&mut self, at: &At, command: ElementCommand) {
        self.follow_up(at.key.0, Command::Element(command, at.value()));
    }

    /// The elements that commands still to be processed activate in a scope.
    pub(crate) fn coming(
        &self,
        definition: &Definition,
        scope_key: ElementInstanceKey,
    ) -> Vec<ElementIndex> {
        let activated = |command: &Command| {
            let Command::Element(ElementCommand::Activate, value) = command else { return None };
            (value.flow_scope_key == scope_key).then_some(value.element)
        };
        let in_batch = self.log.queue.iter().filter_map(|at| {
            let Body::Command(command) = &self.log.records[*at].body else { return None };
            self.log.elements.get(activated(command)?.0 as usize)
        });
        let postponed = self
            .state
            .pending
            .entries()
            .values()
            .filter_map(|pending| activated(&pending.command).and(pending.element.as_ref()));
        in_batch.chain(postponed).filter_map(|element| definition.index_of(element)).collect()
    }

    /// Sends a command to a partition, which may be this one.
    pub(crate) fn send(&mut self, partition: PartitionId, command: Command) {
        if partition == self.config.partition_id {
            self.follow_up(-1, command);
        } else {
            self.effects.push(Effect::Send(partition, command));
        }
    }

    /// Tells the broker, once per batch, that jobs of a type became activatable.
    pub(crate) fn announce_jobs(&mut self, job_type: &JobType, tenant_id: &TenantId) {
        let known = self.effects.iter().any(|effect| {
            matches!(effect, Effect::JobsAvailable { job_type: known, tenant_id: tenant }
                if known == job_type && tenant == tenant_id)
        });
        if !known {
            self.effects.push(Effect::JobsAvailable {
                job_type: job_type.clone(),
                tenant_id: tenant_id.clone(),
            });
        }
    }

    fn push(&mut self, key: i64, body: Body) {
        self.state.last_position += 1;
        self.log.records.push(Record {
            position: self.state.last_position,
            source_position: self.source_position,
            key,
            body,
        });
    }

    /// Writes the command of this batch; its records name it as their source.
    pub(crate) fn begin(&mut self, command_bytes: usize) -> usize {
        self.log.size_bytes += command_bytes;
        self.push(-1, Body::Command(Command::ResumeWork));
        self.source_position = self.state.last_position;
        self.log.records.len() - 1
    }

    /// Takes the next follow-up command out of the log, to be processed and put back.
    pub(crate) fn next_follow_up(&mut self) -> Option<(usize, i64, Command)> {
        let at = self.log.queue.pop_front()?;
        let record = &mut self.log.records[at];
        self.source_position = record.position;
        self.is_follow_up = true;
        match std::mem::replace(&mut record.body, Body::Command(Command::ResumeWork)) {
            Body::Command(command) => Some((at, record.key, command)),
            body @ (Body::Event(_) | Body::Rejection(_)) => {
                record.body = body;
                None
            }
        }
    }

    /// Puts a processed command back into its record.
    pub(crate) fn put_back(&mut self, at: usize, command: Command) {
        self.log.records[at].body = Body::Command(command);
    }

    /// Positions of the commands that are still to be processed.
    pub(crate) fn unprocessed(&mut self) -> Vec<u64> {
        let records = &self.log.records;
        self.log.queue.drain(..).map(|at| records[at].position).collect()
    }

    /// Processes on behalf of a command of an earlier batch.
    pub(crate) fn set_source(&mut self, position: u64) {
        self.source_position = position;
        self.is_follow_up = true;
    }

    /// Whether the engine wrote the current command itself.
    pub(crate) fn is_follow_up(&self) -> bool {
        self.is_follow_up
    }

    /// Answers the command of this batch; a follow-up command has nobody to answer.
    pub(crate) fn reply(&mut self, response: Response) {
        if !self.is_follow_up {
            self.answer = Answer::Reply(Ok(response));
        }
    }

    /// Answers the command of this batch once the step that the user task is in has ended.
    pub(crate) fn reply_after_step(&mut self, key: UserTaskKey) {
        if !self.is_follow_up {
            self.answer = Answer::WhenStepEnds(key);
        }
    }

    pub(crate) fn reject(&mut self, key: i64, rejection: Rejection) {
        self.log.size_bytes += rejection.reason.len() + 16;
        self.push(key, Body::Rejection(rejection));
    }

    /// The slot of a process instance in this batch.
    pub(crate) fn instance_slot(
        &mut self,
        key: ProcessInstanceKey,
        definition: &Definition,
    ) -> InstanceSlot {
        self.called_instance_slot(key, definition, None)
    }

    /// The slot of a process instance that need not exist yet, and who called it then.
    pub(crate) fn called_instance_slot(
        &mut self,
        key: ProcessInstanceKey,
        definition: &Definition,
        called_by: Option<CalledBy>,
    ) -> InstanceSlot {
        self.subject.set(Some(key));
        let Log { instances, size_bytes, .. } = &mut self.log;
        let state = &*self.state;
        let at = instances
            .iter()
            .rposition(|known| known.process_instance_key == key)
            .unwrap_or_else(|| {
                *size_bytes += 32 + definition.bpmn_process_id.len();
                instances.push(Arc::new(ProcessInstanceRef {
                    process_instance_key: key,
                    process_definition_key: definition.key,
                    bpmn_process_id: definition.bpmn_process_id.clone(),
                    version: definition.version,
                    tenant_id: definition.tenant_id.clone(),
                    called_by: called_by
                        .or_else(|| Some(state.instances.get(key)?.call()?.called_by)),
                }));
                instances.len() - 1
            });
        InstanceSlot(u32::try_from(at).unwrap_or(u32::MAX))
    }

    /// The slot of a process instance that runs `definition` from now on.
    pub(crate) fn migrated_instance_slot(
        &mut self,
        key: ProcessInstanceKey,
        definition: &Definition,
    ) -> InstanceSlot {
        let called_by = self.state.instances.get(key).and_then(|known| known.call());
        self.log.size_bytes += 32 + definition.bpmn_process_id.len();
        self.log.instances.push(Arc::new(ProcessInstanceRef {
            process_instance_key: key,
            process_definition_key: definition.key,
            bpmn_process_id: definition.bpmn_process_id.clone(),
            version: definition.version,
            tenant_id: definition.tenant_id.clone(),
            called_by: called_by.map(|call| call.called_by),
        }));
        InstanceSlot(u32::try_from(self.log.instances.len() - 1).unwrap_or(u32::MAX))
    }

    /// The slot of an element in this batch.
    pub(crate) fn element_slot(
        &mut self,
        definition: &Definition,
        index: ElementIndex,
    ) -> ElementSlot {
        self.slot(definition.key, Target::Element(index), || {
            definition.facts(index).reference.clone()
        })
    }

    /// The slot of a sequence flow in this batch.
    pub(crate) fn flow_slot(&mut self, definition: &Definition, index: FlowIndex) -> ElementSlot {
        self.slot(definition.key, Target::Flow(index), || definition.flow_reference(index).clone())
    }

    fn slot(
        &mut self,
        definition: ProcessDefinitionKey,
        target: Target,
        reference: impl FnOnce() -> ElementRef,
    ) -> ElementSlot {
        let wanted = (definition, target);
        let at = self.log.targets.iter().rposition(|known| *known == wanted).unwrap_or_else(|| {
            self.log.targets.push(wanted);
            let reference = reference();
            self.log.size_bytes += reference.element_id.len() + 3;
            self.log.elements.push(reference);
            self.log.targets.len() - 1
        });
        ElementSlot(u32::try_from(at).unwrap_or(u32::MAX))
    }

    /// The element instance that a command of this batch is about.
    pub(crate) fn at_value(&mut self, key: i64, value: &ElementValue) -> Option<At> {
        let instance = self.log.instances.get(value.instance.0 as usize)?;
        let process_instance_key = instance.process_instance_key;
        self.subject.set(Some(process_instance_key));
        let definition = self.state.definitions.get(instance.process_definition_key)?;
        let &(_, Target::Element(index)) = self.log.targets.get(value.element.0 as usize)? else {
            return None;
        };
        Some(At {
            definition: Arc::clone(definition),
            process_instance_key,
            key: ElementInstanceKey(key),
            index,
            flow_scope_key: value.flow_scope_key,
            instance: value.instance,
            slot: value.element,
        })
    }

    /// The existing element instance with this key.
    pub(crate) fn at(
        &mut self,
        process_instance_key: ProcessInstanceKey,
        key: ElementInstanceKey,
    ) -> Option<At> {
        let instance = self.state.instances.get(process_instance_key)?;
        let element = instance.element(key)?;
        let (index, flow_scope_key) = (element.index(), element.flow_scope_key);
        let definition = Arc::clone(&instance.definition);
        let instance = self.instance_slot(process_instance_key, &definition);
        let slot = self.element_slot(&definition, index);
        Some(At { definition, process_instance_key, key, index, flow_scope_key, instance, slot })
    }

    /// An element instance that does not exist yet, in the scope of `scope`.
    pub(crate) fn child(&mut self, scope: &At, index: ElementIndex, key: i64) -> At {
        let slot = self.element_slot(&scope.definition, index);
        At {
            definition: Arc::clone(&scope.definition),
            process_instance_key: scope.process_instance_key,
            key: ElementInstanceKey(key),
            index,
            flow_scope_key: scope.key,
            instance: scope.instance,
            slot,
        }
    }

    /// The call activity that runs the process instance of `at`; `None` for a root instance.
    pub(crate) fn called_by(&self, at: &At) -> Option<CalledBy> {
        self.log.instances.get(at.instance.0 as usize)?.called_by
    }

    /// The same, as long as it exists.
    pub(crate) fn caller(&mut self, at: &At) -> Option<At> {
        let called_by = self.called_by(at)?;
        self.at(called_by.process_instance_key, called_by.element_instance_key)
    }

    /// The element instance around `at`: its flow scope, or that which called its process.
    pub(crate) fn outer(&mut self, at: &At) -> Option<At> {
        if at.is_process() {
            self.caller(at)
        } else {
            self.at(at.process_instance_key, at.flow_scope_key)
        }
    }

    /// The state of an element instance.
    pub(crate) fn element(&self, at: &At) -> Option<&ElementInstance> {
        self.state.instances.element(at.process_instance_key, at.key)
    }

    /// What an element instance keeps of the events that it or those in it wait for.
    pub(crate) fn events(&self, at: &At) -> Option<&EventScope> {
        self.element(at)?.events.as_deref()
    }

    /// The element instances directly in a scope, by key.
    pub(crate) fn children(&self, scope: &At) -> impl Iterator<Item = &ElementInstance> {
        let instance = self.state.instances.get(scope.process_instance_key);
        let scope = instance.and_then(|instance| Some((instance, instance.element(scope.key)?)));
        scope.into_iter().flat_map(|(instance, scope)| instance.children(scope))
    }

    /// The state of the element instance it runs in.
    pub(crate) fn flow_scope(&self, at: &At) -> Option<&ElementInstance> {
        self.state.instances.element(at.process_instance_key, at.flow_scope_key)
    }

    /// Makes slots of this batch for a command of an earlier one.
    pub(crate) fn adopt(
        &mut self,
        instance: Option<&Arc<ProcessInstanceRef>>,
        element: Option<&ElementRef>,
    ) -> Option<(InstanceSlot, ElementSlot)> {
        let (instance, element) = (instance?, element?);
        let definition = Arc::clone(self.state.definitions.get(instance.process_definition_key)?);
        let slot = self.called_instance_slot(
            instance.process_instance_key,
            &definition,
            instance.called_by,
        );
        let index = definition.index_of(element)?;
        Some((slot, self.element_slot(&definition, index)))
    }
}

//! Snapshots: the primary tables as bytes, and back.

mod deployed;
mod pieces;

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    sync::Arc,
};

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use skep_record::{
    BatchOperationItem, BatchOperationKey, BpmnProcessId, DeploymentKey, IncidentKey, MessageKey,
    PartitionId, ProcessDefinitionKey, ProcessInstanceKey, RedeliveryTarget, TenantId, TimerKey,
    Timestamp,
};

use self::pieces::Input;
pub(crate) use self::pieces::Output;
use crate::{
    EncodeError, RestoreError, Spill, deployment,
    state::{
        Incident, PendingCommand, State,
        batch_operations::{BatchOperation, ChunkId},
        compensations::CompensationSubscription,
        conditions::StartCondition,
        definition::{Definition, DefinitionHead},
        dense::Dense,
        distribution::OutgoingDistribution,
        image::Image,
        instance::{
            ElementInstance, EventScope, Job, JobState, ProcessInstance, SubscriptionState,
        },
        instances::FrozenInstances,
        jobs::JobOwner,
        message_subscriptions::{FrozenSubscriptions, MessageSubscription},
        messages::{
            AwaitedCorrelation, DetachedSubscription, Message, MessageStartSubscription, StartLock,
        },
        signals::{SignalSubscription, SignalSubscriptionId},
        timers::StartTimer,
    },
};

/// First byte of every snapshot. A change of any table needs a new number and a reader for the
/// old one. No version was released with 1 to 5.
const FORMAT: u8 = 6;

/// The primary tables as they were; indexes are derived from them.
#[derive(Debug)]
pub(crate) struct FrozenState {
    next_key: u64,
    pub(crate) last_position: u64,
    definitions: BTreeMap<ProcessDefinitionKey, Arc<Definition>>,
    instances: FrozenInstances,
    start_timers: BTreeMap<TimerKey, StartTimer>,
    messages: Dense<MessageKey, Arc<Message>>,
    message_subscriptions: FrozenSubscriptions,
    start_subscriptions: BTreeMap<i64, Arc<MessageStartSubscription>>,
    start_locks: Dense<StartLock, ProcessInstanceKey>,
    awaited_messages: Dense<MessageKey, AwaitedCorrelation>,
    detached: Dense<i64, DetachedSubscription>,
    signal_subscriptions: Dense<SignalSubscriptionId, SignalSubscription>,
    incidents: Dense<IncidentKey, Incident>,
    compensations: Dense<(ProcessInstanceKey, i64), CompensationSubscription>,
    start_conditions: BTreeMap<i64, StartCondition>,
    outgoing: BTreeMap<i64, OutgoingDistribution>,
    received: Dense<(PartitionId, i64), ()>,
    finished_below: BTreeMap<PartitionId, i64>,
    pending: BTreeMap<u64, PendingCommand>,
    deployed: deployed::FrozenDeployed,
    batch_operations: BTreeMap<BatchOperationKey, BatchOperation>,
    batch_chunks: Dense<ChunkId, Arc<Vec<BatchOperationItem>>>,
    pinned_at: Option<Timestamp>,
}

/// A definition without what is parsed from its file.
#[derive(Deserialize, Serialize)]
struct DefinitionImage {
    key: ProcessDefinitionKey,
    bpmn_process_id: BpmnProcessId,
    version: i32,
    tenant_id: TenantId,
    deployment_key: DeploymentKey,
    resource_name: Arc<str>,
    /// `None`: as the definition before, which came from the same file.
    resource: Option<Bytes>,
}

impl State {
    /// The primary tables; aggregates are shared, not copied.
    pub(crate) fn freeze(&self) -> FrozenState {
        FrozenState {
            next_key: self.next_key,
            last_position: self.last_position,
            definitions: self.definitions.by_key().entries().clone(),
            instances: self.instances.freeze(),
            start_timers: self.timers.start.entries().clone(),
            messages: self.messages.messages.entries().clone(),
            message_subscriptions: self.messages.subscriptions.freeze(),
            start_subscriptions: self.messages.start_subscriptions.entries().clone(),
            start_locks: self.messages.start_locks.entries().clone(),
            awaited_messages: self.messages.awaited.entries().clone(),
            detached: self.messages.detached.entries().clone(),
            signal_subscriptions: self.signals.subscriptions.entries().clone(),
            incidents: self.incidents.entries().clone(),
            compensations: self.compensations.table.entries().clone(),
            start_conditions: self.conditions.starts.entries().clone(),
            outgoing: self.distributions.outgoing.entries().clone(),
            received: self.distributions.received.entries().clone(),
            finished_below: self.distributions.finished_below.entries().clone(),
            pending: self.pending.entries().clone(),
            deployed: deployed::freeze(self),
            batch_operations: self.batch_operations.table().clone(),
            batch_chunks: self.batch_operations.chunks.entries().clone(),
            pinned_at: self.pinned_at(),
        }
    }
}

impl FrozenState {
    pub(crate) fn write(&self, out: &mut dyn Write) -> Result<(), EncodeError> {
        let mut out = Output::new(out);
        out.put(&FORMAT)?;
        out.put(&(self.next_key, self.last_position))?;
        out.put(&definition_images(&self.definitions))?;
        self.instances.write(&mut out)?;
        out.put(&self.start_timers)?;
        out.put_table(&self.messages)?;
        self.message_subscriptions.write(&mut out)?;
        out.put(&self.start_subscriptions)?;
        out.put_table(&self.start_locks)?;
        out.put_table(&self.awaited_messages)?;
        out.put_table(&self.detached)?;
        out.put_table(&self.signal_subscriptions)?;
        out.put_table(&self.incidents)?;
        out.put_table(&self.compensations)?;
        out.put(&self.start_conditions)?;
        out.put(&self.outgoing)?;
        out.put_table(&self.received)?;
        out.put(&self.finished_below)?;
        out.put(&self.pending)?;
        self.deployed.write(&mut out)?;
        out.put(&self.batch_operations)?;
        out.put_table(&self.batch_chunks)?;
        out.put(&self.pinned_at)?;
        out.finish()
    }
}

fn definition_images(
    definitions: &BTreeMap<ProcessDefinitionKey, Arc<Definition>>,
) -> Vec<DefinitionImage> {
    let mut images = Vec::with_capacity(definitions.len());
    let mut former: Option<&Definition> = None;
    for definition in definitions.values() {
        // Definitions of one file follow each other, because their keys do.
        let is_same_file = former.is_some_and(|former| {
            former.deployment_key == definition.deployment_key
                && former.resource_name == definition.resource_name
        });
        images.push(DefinitionImage {
            key: definition.key,
            bpmn_process_id: definition.bpmn_process_id.clone(),
            version: definition.version,
            tenant_id: definition.tenant_id.clone(),
            deployment_key: definition.deployment_key,
            resource_name: Arc::clone(&definition.resource_name),
            resource: (!is_same_file).then(|| definition.resource.clone()),
        });
        former = Some(definition);
    }
    images
}

impl Input<'_> {
    /// Takes the entries of a table and puts each into the state.
    fn each<T: DeserializeOwned>(
        &mut self,
        state: &mut State,
        mut put: impl FnMut(&mut State, T),
    ) -> Result<(), RestoreError> {
        for nth in 0..self.take::<usize>()? {
            forget_undo(state, nth);
            put(state, self.take()?);
        }
        Ok(())
    }
}

/// The state that [`FrozenState::write`] wrote, with its indexes.
pub(crate) fn restore(input: &mut dyn Read, spill: Option<Spill>) -> Result<State, RestoreError> {
    let mut reader = Input::new(input);
    match reader.take()? {
        FORMAT => (),
        other => return Err(RestoreError::Format(other)),
    }
    let mut state = State::default();
    if let Some(spill) = spill {
        state.instances.set_spill(spill);
    }
    (state.next_key, state.last_position) = reader.take()?;
    restore_definitions(&mut state, reader.take()?)?;
    restore_instances(&mut state, &mut reader)?;
    for (key, timer) in reader.take::<BTreeMap<TimerKey, StartTimer>>()? {
        state.timers.due.insert((timer.due_at, key), skep_record::ElementInstanceKey(-1));
        state.timers.start.insert(key, timer);
    }
    restore_messages(&mut state, &mut reader)?;
    reader.each(&mut state, |state, (key, subscription): (SignalSubscriptionId, _)| {
        state.signals.subscriptions.insert(key, subscription);
    })?;
    reader.each(&mut state, |state, (key, incident): (IncidentKey, Incident)| {
        state.incidents.insert(key, incident);
    })?;
    reader.each(&mut state, |state, ((instance, key), subscription)| {
        state.compensations.insert(instance, key, subscription);
    })?;
    state.conditions.starts = reader.take::<BTreeMap<i64, StartCondition>>()?.into_iter().collect();
    for (key, outgoing) in reader.take::<BTreeMap<i64, OutgoingDistribution>>()? {
        for (partition_id, sent_at) in &outgoing.sent_at {
            let target = RedeliveryTarget::Distribution { key, partition_id: *partition_id };
            state.unacknowledged.insert((*sent_at, target));
        }
        state.distributions.outgoing.insert(key, outgoing);
    }
    reader.each(&mut state, |state, received| state.distributions.received.insert(received))?;
    state.distributions.finished_below =
        reader.take::<BTreeMap<PartitionId, i64>>()?.into_iter().collect();
    state.pending = reader.take::<BTreeMap<u64, PendingCommand>>()?.into_iter().collect();
    deployed::restore(&mut state, &mut reader)?;
    for (key, operation) in reader.take::<BTreeMap<BatchOperationKey, BatchOperation>>()? {
        state.batch_operations.insert(key, operation);
    }
    reader.each(&mut state, |state, (key, chunk): (ChunkId, Arc<_>)| {
        state.batch_operations.chunks.insert(key, chunk);
    })?;
    state.pin_at(reader.take()?);
    state.commit();
    match reader.n_left().map_err(RestoreError::Io)? {
        0 => Ok(state),
        n => Err(RestoreError::Trailing(n)),
    }
}

/// What is restored is never taken back: remembering all of it would take as much memory again.
fn forget_undo(state: &mut State, nth: usize) {
    if nth.is_multiple_of(1024) {
        state.commit();
    }
}

fn restore_messages(state: &mut State, reader: &mut Input<'_>) -> Result<(), RestoreError> {
    reader.each(state, |state, (key, message): (MessageKey, Arc<Message>)| {
        state.messages.insert_message(key, message);
    })?;
    reader.each(state, |state, (key, subscription): (i64, MessageSubscription)| {
        if let Some(correlating) = &subscription.correlating {
            let target = RedeliveryTarget::MessageSubscription(key);
            state.unacknowledged.insert((correlating.sent_at, target));
        }
        state.messages.subscriptions.insert(key, subscription);
    })?;
    reader.each(state, |state, (key, start)| state.messages.insert_start(key, start))?;
    reader.each(state, |state, (lock, instance): (StartLock, ProcessInstanceKey)| {
        state.messages.start_locks.insert(lock, instance);
    })?;
    reader.each(state, |state, (key, awaited): (MessageKey, AwaitedCorrelation)| {
        state.messages.awaited.insert(key, awaited);
    })?;
    reader.each(state, |state, (key, detached): (i64, DetachedSubscription)| {
        let target = RedeliveryTarget::ProcessMessageSubscription {
            process_instance_key: detached.process_instance_key,
            element_instance_key: detached.element_instance_key,
            key,
        };
        state.unacknowledged.insert((detached.sent_at, target));
        state.messages.detached.insert(key, detached);
    })
}

fn restore_definitions(
    state: &mut State,
    images: Vec<DefinitionImage>,
) -> Result<(), RestoreError> {
    let mut former = Bytes::new();
    for image in images {
        if let Some(resource) = image.resource {
            former = resource;
        }
        let head = DefinitionHead {
            key: image.key,
            version: image.version,
            tenant_id: image.tenant_id,
            deployment_key: image.deployment_key,
            resource_name: image.resource_name,
        };
        let definition = deployment::parse(head, former.clone(), &image.bpmn_process_id)
            .ok_or(RestoreError::Definition(image.key))?;
        state.definitions.insert(Arc::new(definition));
    }
    Ok(())
}

fn restore_instances(state: &mut State, reader: &mut Input<'_>) -> Result<(), RestoreError> {
    let n: usize = reader.take()?;
    // Indexes are state's, and instances are read while they are built.
    let mut instances = std::mem::take(&mut state.instances);
    let mut takes = true;
    for nth in 0..n {
        forget_undo(state, nth);
        let (image, bytes) = reader.take_with(Image::read)?;
        let key = image.definition();
        let definition = state.definitions.get(key).map(Arc::clone);
        let definition = definition.ok_or(RestoreError::Definition(key))?;
        let instance = image.into_instance(Arc::clone(&definition));
        for element in &instance.elements {
            index_element(state, &instance, element);
        }
        state.business_ids.add(&instance);
        if instance.is_banned() {
            crate::process_instance::forget_schedule(state, &instance);
        }
        instances.insert_image(instance.key, bytes, &definition);
        // What the store does not take stays in memory; the next to tidy up is told.
        takes = takes && instances.tidy(0).is_ok();
    }
    state.instances = instances;
    Ok(())
}

fn index_element(state: &mut State, instance: &ProcessInstance, element: &ElementInstance) {
    if element.flow_scope_key.0 != -1 {
        state.elements.insert(element.key, instance.key);
    }
    if let Some(job) = &element.job {
        index_job(state, instance, element, job);
    }
    if let Some(task) = element.details.as_ref().and_then(|details| details.user_task.as_ref()) {
        let owner =
            JobOwner { process_instance_key: instance.key, element_instance_key: element.key };
        state.user_tasks.insert(task.key, owner);
    }
    if let Some(events) = &element.events {
        index_events(state, instance, element, events);
    }
}

fn index_job(state: &mut State, instance: &ProcessInstance, element: &ElementInstance, job: &Job) {
    let owner = JobOwner { process_instance_key: instance.key, element_instance_key: element.key };
    state.jobs.insert(job.key, owner);
    match job.state {
        JobState::Activatable => {
            state.jobs.add_activatable(&job.job_type, &instance.definition.tenant_id, job.key);
        }
        JobState::Activated { deadline } => state.jobs.deadlines.insert((deadline, job.key)),
        JobState::BackedOff { until } => state.jobs.backoffs.insert((until, job.key)),
        JobState::Failed | JobState::ErrorThrown => (),
    }
}

fn index_events(
    state: &mut State,
    instance: &ProcessInstance,
    element: &ElementInstance,
    events: &EventScope,
) {
    if !events.conditions.is_empty() {
        state.conditions.set_waiting(instance.key, element.key, true);
    }
    for timer in &events.timers {
        state.timers.due.insert((timer.due_at, timer.key), element.key);
    }
    for message in &events.messages {
        match message.state {
            SubscriptionState::Opening => {
                let target = RedeliveryTarget::ProcessMessageSubscription {
                    process_instance_key: instance.key,
                    element_instance_key: element.key,
                    key: message.key,
                };
                state.unacknowledged.insert((message.sent_at, target));
            }
            SubscriptionState::Open => (),
        }
    }
}

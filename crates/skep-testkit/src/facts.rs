//! What the journals of all partitions say has happened, and what may not happen twice.

use std::collections::{BTreeMap, BTreeSet};

use skep_record::{
    Batch, Body, BpmnElementType, BpmnProcessId, Command, CompensationSubscriptionIntent,
    ConditionalSubscriptionIntent, ElementInstanceKey, ElementRef, Event, IncidentEvent,
    IncidentKey, JobEvent, JobKey, JobKind, MessageEvent, MessageStartEventSubscriptionEvent,
    MessageSubscriptionEvent, PartitionId, ProcessInstanceIntent, ProcessInstanceKey,
    ProcessInstanceRef, ProcessMessageSubscriptionEvent, Record, SignalSubscriptionEvent,
    UserTaskIntent, UserTaskKey,
};

use crate::model::first_id;

mod batches;

pub(crate) use self::batches::Batches;

/// How far an element instance, or a job, has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Life {
    Open,
    Ended,
}

/// An incident that nobody has resolved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenIncident {
    pub(crate) process_instance_key: ProcessInstanceKey,
    pub(crate) element_instance_key: ElementInstanceKey,
    pub(crate) job_key: Option<JobKey>,
}

/// Everything that tests ask about the records of all partitions.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    elements: BTreeMap<i64, Life>,
    jobs: BTreeMap<i64, Life>,
    completed_jobs: BTreeSet<i64>,
    instances: BTreeMap<ProcessInstanceKey, BpmnProcessId>,
    /// Instances that have not ended.
    pub(crate) live: BTreeSet<ProcessInstanceKey>,
    pub(crate) incidents: BTreeMap<IncidentKey, OpenIncident>,
    messages: BTreeSet<i64>,
    /// Messages and the processes they were correlated with.
    correlated: BTreeSet<(i64, BpmnProcessId)>,
    /// Message names and correlation keys that element instances wait for, by subscription.
    pub(crate) waiting: BTreeMap<i64, (String, String)>,
    /// The same as partitions with messages know it.
    pub(crate) subscribed: BTreeMap<i64, (String, String)>,
    /// How many element instances wait for signals.
    pub(crate) n_signal_subscriptions: usize,
    pub(crate) batches: Batches,
    /// Scopes and the conditional events they wait for, and the instances they belong to.
    pub(crate) conditions: BTreeMap<(i64, String), ProcessInstanceKey>,
    /// Kinds of the jobs that there ever were.
    pub(crate) job_kinds: BTreeMap<JobKey, JobKind>,
    /// Native user tasks that are neither completed nor cancelled.
    pub(crate) user_tasks: BTreeSet<UserTaskKey>,
    /// Executions of ad-hoc subprocesses, with the ids of their processes and elements.
    pub(crate) ad_hoc: BTreeMap<ElementInstanceKey, (String, String)>,
    /// The instances that called instances.
    pub(crate) callers: BTreeMap<ProcessInstanceKey, ProcessInstanceKey>,
    /// Instances that somebody has modified: they may wait for what never comes.
    pub(crate) modified: BTreeSet<ProcessInstanceKey>,
    /// What has completed or happened at least once.
    pub(crate) kinds: BTreeSet<String>,
    pub(crate) n_records: u64,
    pub(crate) n_completed: u64,
}

impl Facts {
    /// Takes in a batch of some partition; says what in it cannot be.
    pub(crate) fn observe(&mut self, batch: &Batch) -> Result<(), String> {
        one_outcome(batch)?;
        self.n_records += batch.records.len() as u64;
        for record in &batch.records {
            if let Body::Event(event) = &record.body {
                self.event(batch, record, event)
                    .map_err(|problem| format!("{problem}: {}", batch.line(record)))?;
            }
        }
        Ok(())
    }

    pub(crate) fn has_started(&self, key: ProcessInstanceKey) -> bool {
        self.instances.contains_key(&key)
    }

    /// The instances of a process that have not ended.
    pub(crate) fn running(
        &self,
        process: &str,
    ) -> impl ExactSizeIterator<Item = &ProcessInstanceKey> {
        let live = self.live.iter();
        let of_process =
            live.filter(|key| self.instances.get(key).is_some_and(|known| &**known == process));
        of_process.collect::<Vec<_>>().into_iter()
    }

    pub(crate) fn has_completed(&self, job: JobKey) -> bool {
        self.completed_jobs.contains(&job.0)
    }

    pub(crate) fn has_message(&self, key: i64) -> bool {
        self.messages.contains(&key)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "most events need no check of their own")]
    fn event(&mut self, batch: &Batch, record: &Record, event: &Event) -> Result<(), String> {
        match event {
            Event::ProcessInstance(intent, value) => {
                let is_root = value.flow_scope_key.0 == -1;
                self.element(record.key, *intent)?;
                if let (Some(instance), Some(element)) =
                    (batch.instance(value.instance), batch.element(value.element))
                {
                    self.kind(record.key, instance, element, *intent);
                }
                if let Some(instance) = batch.instance(value.instance).filter(|_| is_root) {
                    self.instance(instance, *intent);
                }
            }
            Event::Job(_, job) => self.job(record.key, job)?,
            Event::Incident(IncidentEvent::Created(value)) => {
                let instance = batch.instance(value.instance).ok_or("an incident of nothing")?;
                let open = OpenIncident {
                    process_instance_key: instance.process_instance_key,
                    element_instance_key: value.element_instance_key,
                    job_key: value.job_key,
                };
                self.incidents.insert(IncidentKey(record.key), open);
            }
            Event::Incident(IncidentEvent::Resolved { .. }) => {
                let open = self.incidents.remove(&IncidentKey(record.key));
                open.ok_or("an incident is resolved that is not open")?;
            }
            Event::Incident(IncidentEvent::Migrated { .. }) => {
                let is_open = self.incidents.contains_key(&IncidentKey(record.key));
                is_open.then_some(()).ok_or("an incident is migrated that is not open")?;
            }
            Event::UserTask(intent, _) => self.user_task(UserTaskKey(record.key), *intent)?,
            Event::ProcessInstanceModified(modified) => {
                let instance = batch.instance(modified.instance).ok_or("nothing is modified")?;
                self.modified.insert(instance.process_instance_key);
                self.kinds.insert("modification".to_owned());
            }
            Event::ProcessInstanceMigrated(_) => {
                self.kinds.insert("migration".to_owned());
            }
            Event::CompensationSubscription(CompensationSubscriptionIntent::Migrated, _) => {
                self.kinds.insert("migrated compensation".to_owned());
            }
            Event::ProcessDeletion(..) => {
                self.kinds.insert("deletion".to_owned());
            }
            Event::Message(MessageEvent::Published(_)) => {
                self.messages.insert(record.key);
            }
            Event::InstanceBanned(banned) => {
                return Err(format!("the engine has panicked: {}", banned.message));
            }
            Event::BatchOperation(event) => {
                let partition_id = PartitionId::of_key(batch.next_key);
                self.batches.observe(partition_id, record.key, event)?;
            }
            _ => self.subscription(record.key, event)?,
        }
        Ok(())
    }

    fn element(&mut self, key: i64, intent: ProcessInstanceIntent) -> Result<(), String> {
        use ProcessInstanceIntent as Intent;
        let life = self.elements.get(&key).copied();
        match (intent, life) {
            (Intent::SequenceFlowTaken | Intent::SequenceFlowDeleted, _) => (),
            (Intent::ElementActivating, None) => {
                self.elements.insert(key, Life::Open);
            }
            (Intent::ElementActivating, Some(_)) => {
                return Err("an element instance is activated twice".to_owned());
            }
            (_, Some(Life::Ended)) => {
                return Err("an element instance goes on after its end".to_owned());
            }
            (_, None) => return Err("an element instance was never activated".to_owned()),
            (Intent::ElementCompleted | Intent::ElementTerminated, Some(Life::Open)) => {
                self.elements.insert(key, Life::Ended);
            }
            (_, Some(Life::Open)) => (),
        }
        Ok(())
    }

    /// Notes what kinds of element there were.
    fn kind(
        &mut self,
        key: i64,
        instance: &ProcessInstanceRef,
        element: &ElementRef,
        intent: ProcessInstanceIntent,
    ) {
        use ProcessInstanceIntent as Intent;
        let is_ad_hoc = element.element_type == BpmnElementType::AdHocSubProcess;
        match intent {
            Intent::ElementActivated if is_ad_hoc => {
                let id = (instance.bpmn_process_id.to_string(), element.element_id.to_string());
                self.ad_hoc.insert(ElementInstanceKey(key), id);
            }
            Intent::ElementMigrated => {
                self.kinds.insert(format!("migrated {}", element.element_type));
                if let Some(known) = self.ad_hoc.get_mut(&ElementInstanceKey(key)) {
                    known.1 = element.element_id.to_string();
                }
            }
            Intent::ElementCompleted => {
                self.kinds.insert(format!("{} {}", element.element_type, element.event_type));
                self.ad_hoc.remove(&ElementInstanceKey(key));
            }
            Intent::ElementTerminated => {
                self.ad_hoc.remove(&ElementInstanceKey(key));
            }
            Intent::SequenceFlowDeleted => {
                self.kinds.insert("migrated SEQUENCE_FLOW".to_owned());
            }
            Intent::SequenceFlowTaken
            | Intent::ElementActivating
            | Intent::ElementActivated
            | Intent::ElementCompleting
            | Intent::ElementTerminating => (),
        }
    }

    fn instance(&mut self, instance: &ProcessInstanceRef, intent: ProcessInstanceIntent) {
        let key = instance.process_instance_key;
        if intent == ProcessInstanceIntent::ElementActivating {
            self.instances.insert(key, instance.bpmn_process_id.clone());
            self.live.insert(key);
            if let Some(called_by) = instance.called_by {
                self.callers.insert(key, called_by.process_instance_key);
            }
        } else if intent == ProcessInstanceIntent::ElementCompleted {
            self.n_completed += 1;
            self.live.remove(&key);
        } else if intent == ProcessInstanceIntent::ElementTerminated {
            self.live.remove(&key);
        }
    }

    fn user_task(&mut self, key: UserTaskKey, intent: UserTaskIntent) -> Result<(), String> {
        use UserTaskIntent as Intent;
        if intent == Intent::Creating {
            return if self.user_tasks.insert(key) {
                Ok(())
            } else {
                Err("a user task is created twice".to_owned())
            };
        }
        let was_open = if matches!(intent, Intent::Completed | Intent::Canceled) {
            self.user_tasks.remove(&key)
        } else {
            self.user_tasks.contains(&key)
        };
        if was_open { Ok(()) } else { Err("a user task goes on after its end".to_owned()) }
    }

    fn job(&mut self, key: i64, event: &JobEvent) -> Result<(), String> {
        let life = self.jobs.get(&key).copied();
        match (event, life) {
            (JobEvent::Created { kind, .. }, None) => {
                self.job_kinds.insert(JobKey(key), *kind);
                self.kinds.insert(format!("job {}", kind.as_str()));
                self.jobs.insert(key, Life::Open);
            }
            (JobEvent::Created { .. }, Some(_)) => return Err("a job is created twice".to_owned()),
            (_, None) => return Err("a job was never created".to_owned()),
            (_, Some(Life::Ended)) => return Err("a job goes on after its end".to_owned()),
            (
                JobEvent::Completed
                | JobEvent::Canceled
                | JobEvent::ErrorThrown { caught: true, .. },
                Some(Life::Open),
            ) => {
                self.jobs.insert(key, Life::Ended);
                if matches!(event, JobEvent::Completed) {
                    self.completed_jobs.insert(key);
                }
            }
            (_, Some(Life::Open)) => (),
        }
        Ok(())
    }

    fn subscription(&mut self, key: i64, event: &Event) -> Result<(), String> {
        if let Event::ProcessMessageSubscription(step, value) = event {
            use ProcessMessageSubscriptionEvent as Step;
            match step {
                Step::Creating => {
                    let what = (value.message_name.to_string(), value.correlation_key.to_string());
                    self.waiting.insert(key, what);
                }
                Step::Created | Step::Migrated => (),
                Step::Deleting | Step::Deleted => {
                    self.waiting.remove(&key);
                }
                Step::Correlated => {
                    if value.interrupting {
                        self.waiting.remove(&key);
                    }
                    let process = self.instances.get(&value.process_instance_key).cloned();
                    let process = process.ok_or("a message is correlated with nothing")?;
                    self.correlate(value.message_key.0, process)?;
                }
            }
        } else if let Event::MessageSubscription(step, value) = event {
            let id = value.process_subscription_key;
            use MessageSubscriptionEvent as Step;
            match step {
                Step::Created => {
                    let what = (value.message_name.to_string(), value.correlation_key.to_string());
                    if self.subscribed.insert(id, what).is_some() {
                        return Err("a subscription is opened twice".to_owned());
                    }
                }
                Step::Correlated if value.interrupting => drop(self.subscribed.remove(&id)),
                Step::Deleted => drop(self.subscribed.remove(&id)),
                Step::Correlating | Step::Correlated | Step::Rejected | Step::Migrated => (),
            }
        } else if let Event::MessageStartEventSubscription(step, value) = event {
            if *step == MessageStartEventSubscriptionEvent::Correlated {
                self.correlate(value.message_key.0, value.bpmn_process_id.clone())?;
            }
        } else if let Event::SignalSubscription(step, value) = event {
            let n = usize::from(value.process_instance_key.is_some());
            match step {
                SignalSubscriptionEvent::Created => self.n_signal_subscriptions += n,
                SignalSubscriptionEvent::Deleted => self.n_signal_subscriptions -= n,
                SignalSubscriptionEvent::Migrated => (),
            }
        }
        if let Event::ConditionalSubscription(intent, value) = event
            && let Some(instance) = value.process_instance_key
        {
            use ConditionalSubscriptionIntent as Intent;
            let event = first_id(&value.catch_element_id).to_owned();
            let id = (value.element_instance_key.0, event);
            match intent {
                Intent::Created => drop(self.conditions.insert(id, instance)),
                Intent::Triggered if !value.interrupting => (),
                Intent::Triggered | Intent::Deleted => drop(self.conditions.remove(&id)),
                Intent::Migrated => (),
            }
        }
        Ok(())
    }

    fn correlate(&mut self, message_key: i64, process: BpmnProcessId) -> Result<(), String> {
        if self.correlated.insert((message_key, process)) {
            Ok(())
        } else {
            Err("a message is correlated twice with one process".to_owned())
        }
    }
}

/// A command is either carried out or refused.
fn one_outcome(batch: &Batch) -> Result<(), String> {
    let (Some(first), rest) = (batch.records.first(), batch.records.get(1..).unwrap_or_default())
    else {
        return Err("an empty batch".to_owned());
    };
    if !matches!(first.body, Body::Command(_)) {
        return Err(format!("a batch does not begin with a command: {}", batch.line(first)));
    }
    let is_refused = rest.iter().any(|record| {
        matches!(record.body, Body::Rejection(_)) && record.source_position == first.position
    });
    // A batch operation counts what is refused, and tells when that was the last.
    let is_step_of_batch = matches!(
        first.body,
        Body::Command(Command::ExecuteBatchOperation(_) | Command::InitializeBatchOperation(_))
    );
    let is_count = |event: &Event| {
        is_step_of_batch
            && matches!(event, Event::BatchOperation(_) | Event::CommandDistribution(_))
    };
    let has_events = rest.iter().any(|record| {
        matches!(&record.body, Body::Event(event)
            if !matches!(event, Event::InstanceBanned(_)) && !is_count(event))
    });
    if is_refused && has_events {
        return Err(format!("a refused command has consequences: {}", batch.line(first)));
    }
    Ok(())
}

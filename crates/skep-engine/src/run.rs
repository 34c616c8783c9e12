//! From one command to one batch: processing, follow-up commands, limits, and taking back.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
};

use skep_record::{
    AuthorizedCommand, AuthorizedTenants, BannedInstance, Batch, Body, Command, ElementCommand,
    ElementInstanceKey, ErrorType, Event, PartitionId, ProcessInstanceIntent, ProcessInstanceKey,
    Rejection, RejectionKind, ResourceIntent, TimerIntent, Timestamp,
};

use crate::{
    Answer, Ctx, Effect, EngineConfig, Outcome, ReplayError,
    apply::{self, Facts},
    batch_operation,
    ctx::Log,
    dispatch::dispatch,
    failure::Failure,
    follow_up, incident,
    lists::Lists,
    size,
    state::{PendingCommand, State, instance::ElementInstance},
    timer,
};

/// What a batch is made of; its first record still lacks the command.
type Written = (Log, Answer, Vec<Effect>);

/// How one attempt at a batch ended.
enum Attempt {
    Done(Box<Written>),
    /// The command was refused; whatever was written is to be taken back.
    Refused(Rejection),
    /// The batch grew too large in this step: 0 is the command itself, then its follow-ups.
    TooLarge(usize),
}

pub(crate) fn process(
    config: &EngineConfig,
    state: &mut State,
    lists: &mut Lists,
    now: Timestamp,
    command: AuthorizedCommand,
) -> Outcome {
    let AuthorizedCommand { command, tenants } = command;
    lists.begin_batch();
    // What is being worked on, for the case that it panics.
    let subject = Cell::new(None);
    let run = Run { config, now, command: &command, tenants: &tenants, subject: &subject };
    // A panic leaves tables half changed at worst within one entry's change, which the undo
    // lists cover: each is written before the change it takes back.
    let result = catch_unwind(AssertUnwindSafe(|| run.within_limits(state, lists)));
    let (mut log, answer, effects) = result.unwrap_or_else(|panic| {
        state.rollback();
        run.after_panic(state, lists, &panic_text(&*panic))
    });
    state.commit();
    let answer = if is_from_client(&command) { answer } else { Answer::Silent };
    if let Some(first) = log.records.first_mut() {
        first.body = Body::Command(command);
    }
    let batch = Batch {
        timestamp: now,
        next_key: config.partition_id.key(state.next_key),
        instances: log.instances,
        elements: log.elements,
        records: log.records,
    };
    Outcome { batch, answer, effects }
}

/// Applies a batch from the journal.
pub(crate) fn replay(
    config: &EngineConfig,
    state: &mut State,
    batch: &Batch,
) -> Result<(), ReplayError> {
    let (last, found) = (state.last_position, batch.first_position());
    if found != last + 1 {
        return Err(ReplayError::Gap { last, found });
    }
    let counter = batch.next_key.wrapping_sub(config.partition_id.key(0));
    let is_ours = PartitionId::of_key(batch.next_key) == Some(config.partition_id);
    let Some(next_key) = u64::try_from(counter).ok().filter(|_| is_ours) else {
        return Err(ReplayError::Partition(found));
    };
    let facts = Facts {
        instances: &batch.instances,
        elements: &batch.elements,
        records: &batch.records,
        now: batch.timestamp,
    };
    for record in &batch.records {
        if let Body::Event(event) = &record.body {
            apply::apply(state, &facts, record.key, event);
            if let Event::ProcessCreated(process) = event {
                let key = process.process_definition_key;
                state.definitions.get(key).ok_or(ReplayError::Definition(key))?;
            }
            if let Event::DecisionRequirements(ResourceIntent::Created, graph) = event {
                let key = graph.key;
                state.decisions.graphs.get(key).ok_or(ReplayError::DecisionRequirements(key))?;
            }
        }
    }
    state.last_position = batch.last_position();
    state.next_key = next_key;
    state.commit();
    Ok(())
}

/// One call of the engine.
struct Run<'r> {
    config: &'r EngineConfig,
    now: Timestamp,
    command: &'r Command,
    tenants: &'r AuthorizedTenants,
    subject: &'r Cell<Option<ProcessInstanceKey>>,
}

impl Run<'_> {
    /// Tries with fewer follow-up commands until the batch is small enough.
    fn within_limits(&self, state: &mut State, lists: &mut Lists) -> Written {
        let mut n_follow_ups_max = self.config.batch_commands_max;
        loop {
            let attempt = self.attempt(state, lists, n_follow_ups_max);
            if let Attempt::Done(written) = attempt {
                return *written;
            }
            state.rollback();
            match attempt {
                Attempt::Done(written) => return *written,
                Attempt::Refused(rejection) => return self.refuse(state, lists, &rejection),
                Attempt::TooLarge(0) => {
                    return self.refuse(state, lists, &too_large(self.config));
                }
                Attempt::TooLarge(1) if *self.command == Command::ResumeWork => {
                    return self.give_up_oversized(state, lists);
                }
                Attempt::TooLarge(step) => n_follow_ups_max = step - 1,
            }
        }
    }

    fn begin<'e>(&'e self, state: &'e mut State, lists: &'e mut Lists) -> Ctx<'e> {
        let mut ctx = Ctx::new(self.config, state, lists, self.now, self.tenants, self.subject);
        ctx.begin(size::command_bytes(self.command));
        ctx
    }

    fn attempt(&self, state: &mut State, lists: &mut Lists, n_follow_ups_max: usize) -> Attempt {
        let mut ctx = self.begin(state, lists);
        let mut n_steps = 0;
        if *self.command == Command::ResumeWork {
            for (position, pending) in resume(&mut ctx, n_follow_ups_max) {
                n_steps += 1;
                resume_one(&mut ctx, position, &pending);
                if ctx.is_too_large() {
                    return Attempt::TooLarge(n_steps);
                }
            }
        } else if let Err(rejection) = dispatch(&mut ctx, -1, self.command) {
            return Attempt::Refused(rejection);
        }
        if ctx.is_too_large() {
            return Attempt::TooLarge(n_steps);
        }
        while n_steps < n_follow_ups_max
            && let Some((at, key, command)) = ctx.next_follow_up()
        {
            n_steps += 1;
            if let Err(rejection) = dispatch(&mut ctx, key, &command) {
                ctx.reject(key, rejection);
            }
            ctx.put_back(at, command);
            if ctx.is_too_large() {
                return Attempt::TooLarge(n_steps);
            }
        }
        let unprocessed = ctx.unprocessed();
        if !unprocessed.is_empty() {
            ctx.emit(-1, Event::WorkPostponed(unprocessed));
        }
        Attempt::Done(Box::new(ctx.into_log()))
    }

    /// The command and its rejection, and nothing else.
    fn refuse(&self, state: &mut State, lists: &mut Lists, rejection: &Rejection) -> Written {
        let mut ctx = self.begin(state, lists);
        ctx.answer = Answer::Reply(Err(rejection.clone()));
        ctx.reject(-1, rejection.clone());
        batch_operation::give_up(&mut ctx, self.command, rejection);
        ctx.into_log()
    }

    /// The oldest postponed command fits no batch, even alone: an incident says so.
    fn give_up_oversized(&self, state: &mut State, lists: &mut Lists) -> Written {
        let mut ctx = self.begin(state, lists);
        for (position, pending) in resume(&mut ctx, 1) {
            let command = follow_up::adopt(&mut ctx, &pending);
            ctx.set_source(position);
            if !raise_oversized(&mut ctx, pending.key, command.as_ref()) {
                ctx.reject(pending.key, too_large(self.config));
            }
        }
        ctx.into_log()
    }

    /// The command is refused, and the instance it was about is banned.
    fn after_panic(&self, state: &mut State, lists: &mut Lists, message: &str) -> Written {
        let subject = self.subject.get();
        let is_banned = subject.is_some_and(|subject| state.is_banned(subject));
        let mut ctx = self.begin(state, lists);
        let command_position = ctx.state().last_position;
        let rejection = Rejection::new(
            RejectionKind::ProcessingError,
            "Expected to process command without errors, but an unexpected error occurred. Check the broker logs for details.",
        );
        ctx.answer = Answer::Reply(Err(rejection.clone()));
        ctx.reject(-1, rejection.clone());
        let key = ctx.new_key();
        ctx.emit(
            key,
            Event::InstanceBanned(BannedInstance {
                process_instance_key: subject,
                command_position,
                message: message.to_owned(),
            }),
        );
        if let Some(awaited) = subject.and_then(|subject| awaited_root(ctx.state(), subject)) {
            ctx.effects.push(Effect::Banned(awaited));
        }
        // What is tried again by itself must not fail for ever.
        if *self.command == Command::ResumeWork && (subject.is_none() || is_banned) {
            ctx.emit(-1, Event::WorkResumed(1));
        }
        if let Command::TriggerTimer(trigger) = self.command
            && let Some(timer) = timer::start_timer_value(ctx.state(), trigger.timer_key)
        {
            ctx.emit(trigger.timer_key.0, Event::Timer(TimerIntent::Canceled, timer));
        }
        batch_operation::give_up(&mut ctx, self.command, &rejection);
        ctx.into_log()
    }
}

/// The instance whose creator awaits a result that needs this instance.
fn awaited_root(state: &State, key: ProcessInstanceKey) -> Option<ProcessInstanceKey> {
    let call = state.instances.get(key)?.call();
    let root = call.map_or(key, |call| call.called_by.root_process_instance_key);
    state.instances.get(root)?.is_awaited().then_some(root)
}

/// Zeebe gives no reason here; a caller is helped by one.
fn too_large(config: &EngineConfig) -> Rejection {
    Rejection::new(
        RejectionKind::ExceededBatchRecordSize,
        format!(
            "Expected the records of the command to fit {} bytes, but they do not. Reduce the size of its variables or resources.",
            config.batch_bytes_max
        ),
    )
}

/// Takes the oldest postponed commands out of the state, to be processed now.
fn resume(ctx: &mut Ctx<'_>, n_max: usize) -> Vec<(u64, PendingCommand)> {
    let pending: Vec<(u64, PendingCommand)> = ctx
        .state()
        .pending
        .entries()
        .iter()
        .take(n_max)
        .map(|(position, pending)| (*position, pending.clone()))
        .collect();
    ctx.emit(-1, Event::WorkResumed(u32::try_from(pending.len()).unwrap_or(u32::MAX)));
    pending
}

fn resume_one(ctx: &mut Ctx<'_>, position: u64, pending: &PendingCommand) {
    let command = follow_up::adopt(ctx, pending);
    ctx.set_source(position);
    let result = match &command {
        Some(command) => dispatch(ctx, pending.key, command),
        None => Err(Rejection::new(RejectionKind::NotFound, "the process definition is gone")),
    };
    if let Err(rejection) = result {
        ctx.reject(pending.key, rejection);
    }
}

/// Raises `MESSAGE_SIZE_EXCEEDED` on the element instance the command is about, if there is one.
///
/// Source: camunda/camunda: zeebe/engine/processing/bpmn/BpmnStreamProcessor.java
fn raise_oversized(ctx: &mut Ctx<'_>, key: i64, command: Option<&Command>) -> bool {
    let Some(Command::Element(intent, value)) = command else { return false };
    let Some(mut at) = ctx.at_value(key, value).filter(|at| !at.is_process()) else {
        return false;
    };
    if ctx.element(&at).is_none() {
        if *intent != ElementCommand::Activate || ctx.flow_scope(&at).is_none() {
            return false;
        }
        if key == -1 {
            at.key = ElementInstanceKey(ctx.new_key());
        }
        ctx.emit_element(&at, ProcessInstanceIntent::ElementActivating);
    } else if *intent == ElementCommand::Complete
        && ctx.element(&at).is_some_and(ElementInstance::is_active)
    {
        // It is the state that says what is to be repeated once the incident is resolved.
        ctx.emit_element(&at, ProcessInstanceIntent::ElementCompleting);
    }
    let failure = Failure::new(
        ErrorType::MessageSizeExceeded,
        format!(
            "Expected to process {} of element '{}', but the records it leads to are larger than {} bytes. Reduce the size of the variables in its scope.",
            intent.as_str(),
            at.element().id,
            ctx.config.batch_bytes_max
        ),
    );
    incident::raise(ctx, &at, failure, None);
    true
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    if let Some(text) = panic.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text.clone()
    } else {
        "panic without text".to_owned()
    }
}

/// Whether somebody waits for the answer.
fn is_from_client(command: &Command) -> bool {
    match command {
        Command::DeployResources(_)
        | Command::CreateProcessInstance(_)
        | Command::CancelProcessInstance(_)
        | Command::ActivateJobs(_)
        | Command::CompleteJob(_)
        | Command::FailJob(_)
        | Command::ThrowError(_)
        | Command::UpdateJobRetries(_)
        | Command::UpdateJobTimeout(_)
        | Command::PublishMessage(_)
        | Command::CorrelateMessage(_)
        | Command::BroadcastSignal(_)
        | Command::SetVariables(_)
        | Command::ResolveIncident(_)
        | Command::ActivateAdHocElements(_)
        | Command::ModifyProcessInstance(_)
        | Command::MigrateProcessInstance(_)
        | Command::EvaluateConditionals(_)
        | Command::YieldJob(_)
        | Command::EvaluateDecision(_)
        | Command::EvaluateExpression(_)
        | Command::AssignUserTask(_)
        | Command::CompleteUserTask(_)
        | Command::UpdateUserTask(_)
        | Command::CreateBatchOperation(_)
        | Command::ControlBatchOperation(_)
        | Command::PinClock(_)
        | Command::ResetClock
        | Command::DeleteHistory(_)
        | Command::DeleteResource(_) => true,
        Command::Element(..)
        | Command::CompleteAdHocSubProcess(_)
        | Command::CompleteTaskListener(_)
        | Command::DenyTaskListener(_)
        | Command::TerminateChildren(_)
        | Command::ActivateChildren(_)
        | Command::TriggerTimer(_)
        | Command::TimeOutJob(_)
        | Command::RecurJobAfterBackoff(_)
        | Command::ExpireMessages(_)
        | Command::CreateMessageSubscription(_)
        | Command::MigrateMessageSubscription(_)
        | Command::ConfirmMessageSubscription(_)
        | Command::CorrelateProcessMessageSubscription(_)
        | Command::CorrelateMessageSubscription(_)
        | Command::RejectMessageSubscription(_)
        | Command::DeleteMessageSubscription(_)
        | Command::ConfirmMessageSubscriptionDeleted(_)
        | Command::Distributed(_)
        | Command::AcknowledgeDistribution(_)
        | Command::Redeliver(_)
        | Command::TriggerConditional(_)
        | Command::InitializeBatchOperation(_)
        | Command::ExecuteBatchOperation(_)
        | Command::ResumeWork => false,
    }
}

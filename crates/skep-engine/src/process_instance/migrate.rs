//! `PROCESS_INSTANCE_MIGRATION:MIGRATE`

mod mapping;
mod plan;

use std::sync::Arc;

use skep_model::{ElementIndex, ElementKind};
use skep_record::{
    Document, ElementValue, Event, IncidentEvent, InstanceSlot, JobEvent, JobKind, JobValue,
    MigrateProcessInstance, ProcessInstanceIntent, ProcessInstanceMigrated, Rejection,
    RejectionKind, Response, VariableIntent, VariableValue,
};

use self::plan::{Plan, Step};
use crate::{
    Ctx,
    ctx::At,
    deployment,
    element::{self, catch},
    failure::Failure,
    job, message, user_task,
};

/// Handles `PROCESS_INSTANCE_MIGRATION:MIGRATE`: every element instance goes on as one of the
/// element that it is mapped to, with its key, job, incidents and variables.
///
/// Nothing is evaluated again, but for the native user task that takes the place of a job. What
/// waits for a mapped event goes on waiting; events that are not mapped are no longer waited for,
/// and those of the target that nothing is mapped to are waited for from now on. Flows that were
/// taken wait at the gateway that theirs is mapped to, and completed activities can be
/// compensated where their boundary events are mapped.
///
/// # Errors
/// - `NotFound`: no such instance or definition, or the instance is not active.
/// - `InvalidArgument`: a mapping names an element that does not exist, or a source twice.
/// - `InvalidState`: something that the instance does cannot go on in the target definition.
///
/// Source: camunda/zeebe: engine/processing/processinstance/ProcessInstanceMigrationMigrateProcessor.java
pub(crate) fn migrate(
    ctx: &mut Ctx<'_>,
    migrate: &MigrateProcessInstance,
) -> Result<(), Rejection> {
    let root = super::active_root(ctx, migrate.process_instance_key, "migrate")?;
    let plan = plan::plan(ctx, &root, migrate)?;
    let start_lock = message::start_lock(ctx, &root);
    let event_key = ctx.new_key();
    let sources: Vec<Option<At>> =
        plan.steps.iter().map(|step| ctx.at(root.process_instance_key, step.key)).collect();
    let instance = ctx.migrated_instance_slot(root.process_instance_key, &plan.target);
    for (step, source) in plan.steps.iter().zip(&sources) {
        let Some(source) = source else { continue };
        let at = migrate_element(ctx, &root, &plan, instance, step, source)?;
        move_flows(ctx, source, &at, step);
        catch::unsubscribe_unmapped(ctx, source, |event| step.target_of(event).is_none());
        subscribe(ctx, &root, &at, step)?;
        catch::migrate(ctx, &at, event_key, |event| step.target_of(event));
    }
    migrate_compensations(ctx, &root, &plan);
    offer_elements(ctx, &root, &plan);
    let migrated = ProcessInstanceMigrated { instance, mappings: migrate.mappings.clone() };
    ctx.emit(event_key, Event::ProcessInstanceMigrated(Box::new(migrated)));
    if let Some(lock) = start_lock
        && root.definition.bpmn_process_id != plan.target.bpmn_process_id
    {
        message::start_next_buffered(ctx, &lock);
    }
    deployment::finish_deletion(ctx, &root.definition);
    ctx.reply(Response::Done);
    Ok(())
}

/// The reason why the migration of this instance is refused.
fn refused(kind: RejectionKind, root: &At, reason: impl std::fmt::Display) -> Rejection {
    Rejection::new(
        kind,
        format!("Expected to migrate process instance '{}' but {reason}", root.key),
    )
}

/// The element instance with all that belongs to it; answers what it is now.
fn migrate_element(
    ctx: &mut Ctx<'_>,
    root: &At,
    plan: &Plan,
    instance: InstanceSlot,
    step: &Step,
    source: &At,
) -> Result<At, Rejection> {
    let at = At {
        definition: Arc::clone(&plan.target),
        index: step.target,
        instance,
        slot: ctx.element_slot(&plan.target, step.target),
        ..source.clone()
    };
    ctx.emit_element(&at, ProcessInstanceIntent::ElementMigrated);
    migrate_job(ctx, root, source, &at)?;
    let incidents = ctx.events(&at);
    for key in incidents.map(|events| events.incidents.clone()).unwrap_or_default() {
        let job_key = ctx.state().incidents.get(&key).and_then(|incident| incident.job_key);
        let event = IncidentEvent::Migrated {
            instance,
            element: at.slot,
            element_instance_key: at.key,
            job_key,
        };
        ctx.emit(key.0, Event::Incident(event));
    }
    let variables = ctx.element(&at).map(|element| element.variables.clone()).unwrap_or_default();
    for variable in variables {
        let value = VariableValue { instance, scope_key: at.key, entry: variable.entry().clone() };
        ctx.emit(variable.key.0, Event::Variable(VariableIntent::Migrated, value));
    }
    Ok(at)
}

/// The job or the user task of an element instance, whatever it is for.
fn migrate_job(ctx: &mut Ctx<'_>, root: &At, source: &At, at: &At) -> Result<(), Rejection> {
    let job = ctx.element(at).and_then(|element| element.job.as_ref());
    if let Some(job) = job {
        let (key, kind) = (job.key, job.kind);
        let known = &source.definition.facts(source.index).headers;
        let headers = job.headers.as_deref().unwrap_or(known).clone();
        if kind == JobKind::BpmnElement && replace_job(ctx, root, source, at, &headers)? {
            return Ok(());
        }
        let value =
            JobValue { instance: at.instance, element: at.slot, element_instance_key: at.key };
        ctx.emit(key.0, Event::Job(value, JobEvent::Migrated { headers }));
    }
    user_task::migrate(ctx, at);
    Ok(())
}

/// Answers whether a native user task takes the place of the job.
fn replace_job(
    ctx: &mut Ctx<'_>,
    root: &At,
    source: &At,
    at: &At,
    headers: &Document,
) -> Result<bool, Rejection> {
    let task = element::instead_of_job(ctx, at, headers)
        .map_err(|failure| cannot(root, at, "user task cannot be created", &failure))?;
    let Some(task) = task else { return Ok(false) };
    job::cancel(ctx, source);
    user_task::create_instead_of_job(ctx, at, &task);
    Ok(true)
}

fn cannot(root: &At, at: &At, what: &str, failure: &Failure) -> Rejection {
    refused(
        RejectionKind::InvalidState,
        root,
        format!(
            "the {what} of the target element with id '{}': {}. Set the variables that it needs, or correct the target definition.",
            at.element().id,
            failure.message
        ),
    )
}

/// The flows that were taken in a scope and wait at a gateway.
fn move_flows(ctx: &mut Ctx<'_>, source: &At, at: &At, step: &Step) {
    for flow in &step.flows {
        let deleted = ElementValue {
            instance: source.instance,
            element: ctx.flow_slot(&source.definition, flow.source),
            flow_scope_key: at.key,
        };
        let taken = ElementValue {
            instance: at.instance,
            element: ctx.flow_slot(&at.definition, flow.target),
            flow_scope_key: at.key,
        };
        for _ in 0..flow.n {
            let steps = [
                (ProcessInstanceIntent::SequenceFlowDeleted, deleted),
                (ProcessInstanceIntent::SequenceFlowTaken, taken),
            ];
            for (intent, value) in steps {
                let key = ctx.new_key();
                ctx.emit(key, Event::ProcessInstance(intent, value));
            }
        }
    }
}

/// Waits for the events of the target that nothing is mapped to. What is not activated yet does
/// so by itself.
///
/// # Errors
/// `InvalidState`: an event cannot be waited for.
fn subscribe(ctx: &mut Ctx<'_>, root: &At, at: &At, step: &Step) -> Result<(), Rejection> {
    if !ctx.element(at).is_some_and(|element| element.is_active()) {
        return Ok(());
    }
    let is_new = |event: ElementIndex| event != at.index && !step.keeps(event);
    catch::subscribe_to(ctx, at, is_new)
        .map_err(|failure| cannot(root, at, "catch events cannot be subscribed to", &failure))
}

fn migrate_compensations(ctx: &mut Ctx<'_>, root: &At, plan: &Plan) {
    let Some(at) = ctx.at(root.process_instance_key, root.key) else { return };
    for (key, kept) in &plan.compensations {
        let target = kept.map(|kept| (kept.activity, kept.handler));
        element::migrate_compensation(ctx, root, &at, *key, target);
    }
}

/// Ad-hoc subprocesses tell what can be activated now: only once nothing of the source is left,
/// for the variable may be one that conditions depend on.
fn offer_elements(ctx: &mut Ctx<'_>, root: &At, plan: &Plan) {
    let is_ad_hoc = |step: &&Step| {
        let element = plan.target.process.element(step.target);
        matches!(element.kind, ElementKind::AdHocSubProcess(_))
    };
    for step in plan.steps.iter().filter(is_ad_hoc) {
        if let Some(at) = ctx.at(root.process_instance_key, step.key) {
            element::offer_ad_hoc_elements(ctx, &at);
        }
    }
}

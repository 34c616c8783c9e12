//! `PROCESS_INSTANCE_MIGRATION:MIGRATE`

mod plan;

use std::sync::Arc;

use skep_model::ElementIndex;
use skep_record::{
    Event, IncidentEvent, InstanceSlot, JobEvent, JobValue, MigrateProcessInstance,
    ProcessInstanceIntent, ProcessInstanceMigrated, Rejection, RejectionKind, Response,
    VariableIntent, VariableValue,
};

use self::plan::{Plan, Step};
use crate::{Ctx, ctx::At, deployment, element::catch, user_task};

/// Handles `PROCESS_INSTANCE_MIGRATION:MIGRATE`: every element instance goes on as one of the
/// element that it is mapped to, with its key, job, incidents and variables.
///
/// Nothing is evaluated again. What waits for a mapped event goes on waiting; events that are
/// not mapped are no longer waited for, and those of the target that nothing is mapped to are
/// waited for from now on.
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
    let event_key = ctx.new_key();
    let sources: Vec<Option<At>> =
        plan.steps.iter().map(|step| ctx.at(root.process_instance_key, step.key)).collect();
    let instance = ctx.migrated_instance_slot(root.process_instance_key, &plan.target);
    for (step, source) in plan.steps.iter().zip(&sources) {
        migrate_element(ctx, &root, &plan, instance, step);
        if let Some(source) = source {
            catch::unsubscribe_unmapped(ctx, source, |event| step.target_of(event).is_none());
        }
        // What is opened is not to be taken for what is migrated, so that goes first.
        if let Some(at) = ctx.at(root.process_instance_key, step.key) {
            catch::migrate(ctx, &at, |event| step.target_of(event));
        }
        subscribe(ctx, &root, step)?;
    }
    let migrated = ProcessInstanceMigrated { instance, mappings: migrate.mappings.clone() };
    ctx.emit(event_key, Event::ProcessInstanceMigrated(Box::new(migrated)));
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

fn migrate_element(ctx: &mut Ctx<'_>, root: &At, plan: &Plan, instance: InstanceSlot, step: &Step) {
    let Some(element) = ctx.state().instances.element(root.process_instance_key, step.key) else {
        return;
    };
    let flow_scope_key = element.flow_scope_key;
    let incidents = element.events.as_ref().map(|events| events.incidents.clone());
    let variables = element.variables.clone();
    let job = element.job.as_ref().map(|job| {
        let known = &root.definition.facts(step.source).headers;
        (job.key, job.headers.as_deref().unwrap_or(known).clone())
    });
    let at = At {
        definition: Arc::clone(&plan.target),
        process_instance_key: root.process_instance_key,
        key: step.key,
        index: step.target,
        flow_scope_key,
        instance,
        slot: ctx.element_slot(&plan.target, step.target),
    };
    ctx.emit_element(&at, ProcessInstanceIntent::ElementMigrated);
    if let Some((key, headers)) = job {
        let value = JobValue { instance, element: at.slot, element_instance_key: at.key };
        ctx.emit(key.0, Event::Job(value, JobEvent::Migrated { headers }));
    }
    for key in incidents.unwrap_or_default() {
        let job_key = ctx.state().incidents.get(&key).and_then(|incident| incident.job_key);
        let event = IncidentEvent::Migrated {
            instance,
            element: at.slot,
            element_instance_key: at.key,
            job_key,
        };
        ctx.emit(key.0, Event::Incident(event));
    }
    user_task::migrate(ctx, &at);
    for variable in variables {
        let value = VariableValue { instance, scope_key: at.key, entry: variable.entry().clone() };
        ctx.emit(variable.key.0, Event::Variable(VariableIntent::Migrated, value));
    }
}

/// Waits for the events of the target that nothing is mapped to. What is not activated yet does
/// so by itself.
///
/// # Errors
/// `InvalidState`: an event cannot be waited for.
fn subscribe(ctx: &mut Ctx<'_>, root: &At, step: &Step) -> Result<(), Rejection> {
    let Some(at) = ctx.at(root.process_instance_key, step.key) else { return Ok(()) };
    if !ctx.element(&at).is_some_and(|element| element.is_active()) {
        return Ok(());
    }
    let is_new = |event: ElementIndex| event != at.index && !step.keeps(event);
    catch::subscribe_to(ctx, &at, is_new).map_err(|failure| {
        refused(
            RejectionKind::InvalidState,
            root,
            format!(
                "the events of the target element '{}' cannot be waited for: {}. Set the variables that it needs, or correct the target definition.",
                at.element().id,
                failure.message
            ),
        )
    })
}

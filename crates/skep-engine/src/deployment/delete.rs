//! `RESOURCE_DELETION:DELETE`

use std::sync::Arc;

use skep_record::{
    DecisionKey, DecisionRequirementsKey, DecisionRequirementsValue, DecisionValue, DeleteResource,
    DeploymentKey, DistributedCommand, DistributedDeletion, Event, FormKey, FormValue, PartitionId,
    ProcessDefinitionKey, ProcessDeletionIntent, ProcessDeletionValue, Rejection, RejectionKind,
    ResourceDeletionIntent, ResourceIntent, ResourceKey, ResourceValue, Response, TenantId,
};

use super::start_events;
use crate::{
    Ctx, distribution,
    state::{
        State,
        decisions::DecisionGraph,
        definition::Definition,
        versions::{Versioned as _, Versions},
    },
    timer,
};

/// Handles `RESOURCE_DELETION:DELETE` of a process definition, a decision requirements graph with
/// its decisions, a form, or another file.
///
/// No new instance of a deleted process can be created; it is gone once its last instance has
/// ended. If it was the latest version, the start events of the version before wait again.
///
/// # Errors
/// `NotFound`: no such resource, it is another tenant's, or it is being deleted already.
///
/// Source: camunda/zeebe: engine/processing/resource/ResourceDeletionDeleteProcessor.java
pub(crate) fn delete(ctx: &mut Ctx<'_>, delete: &DeleteResource) -> Result<(), Rejection> {
    let raw = delete.resource_key;
    let found = Deletable::find(ctx.state(), raw);
    let Some(resource) = found.filter(|resource| ctx.may_see(resource.tenant_id())) else {
        return Err(Rejection::new(
            RejectionKind::NotFound,
            format!("Expected to delete resource but no resource found with key `{raw}`"),
        ));
    };
    let deletion =
        DistributedDeletion { resource_key: raw, deployment_key: resource.deployment_key() };
    let key = ctx.new_key();
    ctx.emit(key, Event::ResourceDeletion(ResourceDeletionIntent::Deleting, deletion));
    resource.delete(ctx)?;
    ctx.emit(key, Event::ResourceDeletion(ResourceDeletionIntent::Deleted, deletion));
    ctx.reply(Response::Done);
    distribution::distribute(ctx, key, DistributedCommand::Deletion(deletion));
    Ok(())
}

/// Carries out a deletion that the deployment partition has decided.
///
/// # Errors
/// `InvalidState`: the deployment has not arrived here yet; the deletion will come again.
pub(crate) fn delete_here(
    ctx: &mut Ctx<'_>,
    key: i64,
    deletion: DistributedDeletion,
    is_deployed: bool,
) -> Result<(), Rejection> {
    let resource = Deletable::find(ctx.state(), deletion.resource_key);
    if resource.is_none() && !is_deployed {
        return Err(Rejection::new(
            RejectionKind::InvalidState,
            format!(
                "Expected to delete resource with key '{}', but its deployment '{}' has not arrived yet",
                deletion.resource_key, deletion.deployment_key
            ),
        ));
    }
    ctx.emit(key, Event::ResourceDeletion(ResourceDeletionIntent::Deleting, deletion));
    if let Some(resource) = resource {
        resource.delete(ctx)?;
    }
    ctx.emit(key, Event::ResourceDeletion(ResourceDeletionIntent::Deleted, deletion));
    Ok(())
}

/// Something that can be deleted.
enum Deletable {
    Process(Arc<Definition>),
    Graph(Arc<DecisionGraph>),
    Form(Arc<FormValue>),
    File(Arc<ResourceValue>),
}

impl Deletable {
    fn find(state: &State, key: i64) -> Option<Self> {
        if let Some(definition) = state.definitions.offered(ProcessDefinitionKey(key)) {
            return Some(Self::Process(Arc::clone(definition)));
        }
        if let Some(graph) = state.decisions.graphs.get(DecisionRequirementsKey(key)) {
            return Some(Self::Graph(Arc::clone(graph)));
        }
        if let Some(form) = state.forms.get(FormKey(key)) {
            return Some(Self::Form(Arc::clone(form)));
        }
        state.files.get(ResourceKey(key)).map(|file| Self::File(Arc::clone(file)))
    }

    fn deployment_key(&self) -> DeploymentKey {
        match self {
            Self::Process(definition) => definition.deployment_key,
            Self::Graph(graph) => graph.value.deployment_key,
            Self::Form(form) => form.deployment_key,
            Self::File(file) => file.deployment_key,
        }
    }

    fn tenant_id(&self) -> &TenantId {
        match self {
            Self::Process(definition) => &definition.tenant_id,
            Self::Graph(graph) => &graph.value.tenant_id,
            Self::Form(form) => &form.tenant_id,
            Self::File(file) => &file.tenant_id,
        }
    }

    fn delete(&self, ctx: &mut Ctx<'_>) -> Result<(), Rejection> {
        let deleted = ResourceIntent::Deleted;
        match self {
            Self::Process(definition) => return delete_process(ctx, definition),
            Self::Graph(graph) => delete_graph(ctx, graph),
            Self::Form(form) => {
                let value = FormValue { resource: None, ..(**form).clone() };
                ctx.emit(form.key.0, Event::Form(deleted, Box::new(value)));
            }
            Self::File(file) => {
                let value = ResourceValue { resource: None, ..(**file).clone() };
                ctx.emit(file.key.0, Event::Resource(deleted, Box::new(value)));
            }
        }
        Ok(())
    }
}

fn delete_graph(ctx: &mut Ctx<'_>, graph: &DecisionGraph) {
    let value = &graph.value;
    let decisions: &Versions<DecisionValue> = &ctx.state().decisions.decisions;
    let of_graph: Vec<Arc<DecisionValue>> = graph
        .graph
        .decisions()
        .iter()
        .filter_map(|decision| {
            let id = Arc::clone(&decision.id).into();
            decisions
                .versions_of(&value.tenant_id, &id)
                .rfind(|known| known.decision_requirements_key == value.key)
                .map(Arc::clone)
        })
        .collect();
    for decision in of_graph {
        let DecisionKey(key) = decision.key;
        let event = Event::Decision(ResourceIntent::Deleted, Box::new((*decision).clone()));
        ctx.emit(key, event);
    }
    let value = DecisionRequirementsValue { resource: None, ..value.clone() };
    ctx.emit(value.key.0, Event::DecisionRequirements(ResourceIntent::Deleted, Box::new(value)));
}

fn delete_process(ctx: &mut Ctx<'_>, definition: &Arc<Definition>) -> Result<(), Rejection> {
    let (tenant, id) = (definition.tenant_id(), definition.id());
    let latest = ctx.state().definitions.latest(tenant, id);
    let was_latest = latest.is_some_and(|latest| latest.key == definition.key);
    emit_process(ctx, definition, ProcessDeletionIntent::Deleting);
    if was_latest {
        // Start timers run on the deployment partition only; elsewhere there are none.
        timer::cancel_start_timers(ctx, tenant, id);
        start_events::close(ctx, definition)?;
        if let Some(before) = ctx.state().definitions.latest(tenant, id).map(Arc::clone) {
            if ctx.config.partition_id == PartitionId::DEPLOYMENT {
                timer::create_start_timers(ctx, &before)?;
            }
            start_events::open(ctx, &before)?;
        }
    }
    finish_deletion(ctx, definition);
    Ok(())
}

/// A deleted process whose last instance has ended is gone.
pub(crate) fn finish_deletion(ctx: &mut Ctx<'_>, definition: &Definition) {
    if ctx.state().draining.get(&definition.key) == Some(&0) {
        emit_process(ctx, definition, ProcessDeletionIntent::Deleted);
    }
}

fn emit_process(ctx: &mut Ctx<'_>, definition: &Definition, intent: ProcessDeletionIntent) {
    let value = ProcessDeletionValue {
        process_definition_key: definition.key,
        bpmn_process_id: definition.bpmn_process_id.clone(),
        version: definition.version,
        tenant_id: definition.tenant_id.clone(),
        deployment_key: definition.deployment_key,
        resource_name: definition.resource_name.to_string(),
    };
    ctx.emit(definition.key.0, Event::ProcessDeletion(intent, Box::new(value)));
}

pub(crate) fn apply_process(
    state: &mut State,
    intent: ProcessDeletionIntent,
    value: &ProcessDeletionValue,
) -> Option<()> {
    let key = value.process_definition_key;
    match intent {
        ProcessDeletionIntent::Deleting => {
            let running = state.instances.count(key);
            state.definitions.retire(key);
            state.draining.insert(key, running);
        }
        ProcessDeletionIntent::Deleted => {
            state.definitions.remove(key);
            state.draining.remove(&key);
        }
    }
    Some(())
}

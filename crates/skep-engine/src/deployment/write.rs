//! New versions of what is deployed.

use std::sync::Arc;

use skep_model::{DecisionRequirements, JsonResource, Process};
use skep_record::{
    BpmnProcessId, DecisionId, DecisionKey, DecisionRequirementsId, DecisionRequirementsKey,
    DecisionRequirementsValue, DecisionValue, DeployedDecision, DeployedDecisionRequirements,
    DeployedFile, DeployedForm, DeployedProcess, DeployedResource, DistributedDeployment, Event,
    FormId, FormKey, FormValue, ProcessCreated, ProcessDefinitionKey, Resource, ResourceId,
    ResourceIntent, ResourceKey, ResourceValue,
};

use super::parse::{Content, Parsed};
use crate::Ctx;

/// Makes a new version of everything that is in `file`.
pub(super) fn write(ctx: &mut Ctx<'_>, file: &Parsed<'_>, new: &mut DistributedDeployment) {
    match &file.content {
        Content::Processes(processes) => write_processes(ctx, file.resource, processes, new),
        Content::Decisions(graph) => write_decisions(ctx, file.resource, graph, new),
        Content::Form(form) => write_form(ctx, file.resource, form, new),
        Content::File(resource) => write_file(ctx, file.resource, resource, new),
    }
}

fn write_processes(
    ctx: &mut Ctx<'_>,
    resource: &Resource,
    processes: &[Process],
    new: &mut DistributedDeployment,
) {
    let mut first_of_file = None;
    for process in processes {
        let tenant_id = &new.deployment.tenant_id;
        let id: BpmnProcessId = Arc::clone(&process.id).into();
        let version = ctx.state().definitions.next_version(tenant_id, &id);
        let key = ProcessDefinitionKey(ctx.new_key());
        let created = ProcessCreated {
            process_definition_key: key,
            bpmn_process_id: id.clone(),
            version,
            tenant_id: tenant_id.clone(),
            deployment_key: new.deployment.key,
            resource_name: resource.name.clone(),
            resource: match first_of_file {
                Some(first) => DeployedResource::SameAs(first),
                None => DeployedResource::Content(resource.content.clone()),
            },
        };
        first_of_file.get_or_insert(key);
        ctx.emit(key.0, Event::ProcessCreated(Box::new(created.clone())));
        new.processes.push(created);
        new.deployment.processes.push(DeployedProcess {
            key,
            bpmn_process_id: id,
            version,
            resource_name: resource.name.clone(),
            duplicate: false,
        });
    }
}

fn write_decisions(
    ctx: &mut Ctx<'_>,
    resource: &Resource,
    graph: &DecisionRequirements,
    new: &mut DistributedDeployment,
) {
    let tenant_id = new.deployment.tenant_id.clone();
    let id: DecisionRequirementsId = Arc::clone(graph.id()).into();
    let value = DecisionRequirementsValue {
        key: DecisionRequirementsKey(ctx.new_key()),
        version: ctx.state().decisions.graphs.next_version(&tenant_id, &id),
        decision_requirements_id: id,
        name: graph.name().to_string(),
        namespace: graph.namespace().to_string(),
        tenant_id: tenant_id.clone(),
        deployment_key: new.deployment.key,
        resource_name: resource.name.clone(),
        resource: Some(resource.content.clone()),
    };
    let created = Event::DecisionRequirements(ResourceIntent::Created, Box::new(value.clone()));
    ctx.emit(value.key.0, created);
    new.deployment.decision_requirements.push(deployed_graph(&value));
    for decision in graph.decisions() {
        let id: DecisionId = Arc::clone(&decision.id).into();
        let decision = DecisionValue {
            key: DecisionKey(ctx.new_key()),
            version: ctx.state().decisions.decisions.next_version(&tenant_id, &id),
            decision_id: id,
            name: decision.name.to_string(),
            version_tag: decision.version_tag.as_ref().map(ToString::to_string),
            decision_requirements_key: value.key,
            decision_requirements_id: value.decision_requirements_id.clone(),
            tenant_id: tenant_id.clone(),
            deployment_key: new.deployment.key,
        };
        let created = Event::Decision(ResourceIntent::Created, Box::new(decision.clone()));
        ctx.emit(decision.key.0, created);
        new.deployment.decisions.push(deployed_decision(&decision));
        new.decisions.push(decision);
    }
    new.decision_requirements.push(value);
}

fn write_form(
    ctx: &mut Ctx<'_>,
    resource: &Resource,
    form: &JsonResource,
    new: &mut DistributedDeployment,
) {
    let id: FormId = Arc::clone(&form.id).into();
    let value = FormValue {
        key: FormKey(ctx.new_key()),
        version: ctx.state().forms.next_version(&new.deployment.tenant_id, &id),
        form_id: id,
        version_tag: form.version_tag.as_ref().map(ToString::to_string),
        tenant_id: new.deployment.tenant_id.clone(),
        deployment_key: new.deployment.key,
        resource_name: resource.name.clone(),
        resource: Some(resource.content.clone()),
    };
    ctx.emit(value.key.0, Event::Form(ResourceIntent::Created, Box::new(value.clone())));
    new.deployment.forms.push(deployed_form(&value));
    new.forms.push(value);
}

fn write_file(
    ctx: &mut Ctx<'_>,
    resource: &Resource,
    file: &JsonResource,
    new: &mut DistributedDeployment,
) {
    let id: ResourceId = Arc::clone(&file.id).into();
    let value = ResourceValue {
        key: ResourceKey(ctx.new_key()),
        version: ctx.state().files.next_version(&new.deployment.tenant_id, &id),
        resource_id: id,
        version_tag: file.version_tag.as_ref().map(ToString::to_string),
        tenant_id: new.deployment.tenant_id.clone(),
        deployment_key: new.deployment.key,
        resource_name: resource.name.clone(),
        resource: Some(resource.content.clone()),
    };
    ctx.emit(value.key.0, Event::Resource(ResourceIntent::Created, Box::new(value.clone())));
    new.deployment.resources.push(deployed_file(&value));
    new.resources.push(value);
}

/// What the answer says about a graph.
pub(super) fn deployed_graph(value: &DecisionRequirementsValue) -> DeployedDecisionRequirements {
    DeployedDecisionRequirements {
        key: value.key,
        decision_requirements_id: value.decision_requirements_id.clone(),
        name: value.name.clone(),
        version: value.version,
        resource_name: value.resource_name.clone(),
        duplicate: false,
    }
}

/// What the answer says about a decision.
pub(super) fn deployed_decision(value: &DecisionValue) -> DeployedDecision {
    DeployedDecision {
        key: value.key,
        decision_id: value.decision_id.clone(),
        name: value.name.clone(),
        version: value.version,
        decision_requirements_id: value.decision_requirements_id.clone(),
        decision_requirements_key: value.decision_requirements_key,
        duplicate: false,
    }
}

/// What the answer says about a form.
pub(super) fn deployed_form(value: &FormValue) -> DeployedForm {
    DeployedForm {
        key: value.key,
        form_id: value.form_id.clone(),
        version: value.version,
        resource_name: value.resource_name.clone(),
        duplicate: false,
    }
}

/// What the answer says about another file.
pub(super) fn deployed_file(value: &ResourceValue) -> DeployedFile {
    DeployedFile {
        key: value.key,
        resource_id: value.resource_id.clone(),
        version: value.version,
        resource_name: value.resource_name.clone(),
        duplicate: false,
    }
}

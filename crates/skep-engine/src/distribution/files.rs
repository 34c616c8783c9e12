//! The files of deployments on their way to other partitions: the journal and the state have
//! each once, so they are left out of what is kept and put into what is sent.

use skep_record::{DeployedResource, DistributedDeployment, ProcessDefinitionKey};

use crate::state::State;

/// The deployment without its files.
pub(super) fn without(mut deployment: DistributedDeployment) -> DistributedDeployment {
    for process in &mut deployment.processes {
        process.resource = DeployedResource::SameAs(process.process_definition_key);
    }
    let DistributedDeployment {
        deployment: _,
        processes: _,
        decision_requirements,
        decisions: _,
        forms,
        resources,
    } = &mut deployment;
    decision_requirements.iter_mut().for_each(|graph| graph.resource = None);
    forms.iter_mut().for_each(|form| form.resource = None);
    resources.iter_mut().for_each(|file| file.resource = None);
    deployment
}

/// Puts each file in, once; what was deleted meanwhile is left out.
pub(super) fn put_in(state: &State, deployment: &mut DistributedDeployment) {
    let definitions = &state.definitions;
    deployment
        .processes
        .retain(|process| definitions.offered(process.process_definition_key).is_some());
    let mut first: Option<(String, ProcessDefinitionKey)> = None;
    for process in &mut deployment.processes {
        let key = process.process_definition_key;
        process.resource = match (&first, definitions.get(key)) {
            (Some((name, first)), _) if *name == process.resource_name => {
                DeployedResource::SameAs(*first)
            }
            (_, Some(definition)) => {
                first = Some((process.resource_name.clone(), key));
                DeployedResource::Content(definition.resource.clone())
            }
            (_, None) => DeployedResource::SameAs(key),
        };
    }
    let (graphs, decisions) = (&state.decisions.graphs, &state.decisions.decisions);
    deployment.decision_requirements.retain_mut(|graph| {
        graph.resource = graphs.get(graph.key).and_then(|known| known.resource().cloned());
        graph.resource.is_some()
    });
    deployment.decisions.retain(|decision| decisions.get(decision.key).is_some());
    deployment.forms.retain_mut(|form| {
        form.resource = state.forms.get(form.key).and_then(|known| known.resource.clone());
        form.resource.is_some()
    });
    deployment.resources.retain_mut(|file| {
        file.resource = state.files.get(file.key).and_then(|known| known.resource.clone());
        file.resource.is_some()
    });
}

//! What is deployed beside processes: decisions, forms and other files; and which versions of
//! anything were deleted.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};
use skep_record::{
    DecisionRequirementsValue, DecisionValue, FormValue, ProcessDefinitionKey, ResourceValue,
    TenantId,
};

use super::pieces::{Input, Output};
use crate::{
    EncodeError, RestoreError,
    state::{
        State,
        decisions::DecisionGraph,
        definition::Definition,
        versions::{Versioned, Versions},
    },
};

type Retired<T> = BTreeMap<(TenantId, <T as Versioned>::Id), i32>;

/// The tables as they were; each list is in the order of keys.
#[derive(Debug)]
pub(super) struct FrozenDeployed {
    graphs: Vec<Arc<DecisionGraph>>,
    decisions: Vec<Arc<DecisionValue>>,
    forms: Vec<Arc<FormValue>>,
    files: Vec<Arc<ResourceValue>>,
    draining: BTreeMap<ProcessDefinitionKey, u64>,
    retired_definitions: Retired<Definition>,
    retired_graphs: Retired<DecisionGraph>,
    retired_decisions: Retired<DecisionValue>,
    retired_forms: Retired<FormValue>,
    retired_files: Retired<ResourceValue>,
}

pub(super) fn freeze(state: &State) -> FrozenDeployed {
    FrozenDeployed {
        graphs: all(&state.decisions.graphs),
        decisions: all(&state.decisions.decisions),
        forms: all(&state.forms),
        files: all(&state.files),
        draining: state.draining.entries().clone(),
        retired_definitions: state.definitions.retired().entries().clone(),
        retired_graphs: state.decisions.graphs.retired().entries().clone(),
        retired_decisions: state.decisions.decisions.retired().entries().clone(),
        retired_forms: state.forms.retired().entries().clone(),
        retired_files: state.files.retired().entries().clone(),
    }
}

fn all<T: Versioned>(versions: &Versions<T>) -> Vec<Arc<T>> {
    versions.by_key().entries().values().map(Arc::clone).collect()
}

impl FrozenDeployed {
    pub(super) fn write(&self, out: &mut Output<'_>) -> Result<(), EncodeError> {
        let graphs: Vec<&DecisionRequirementsValue> =
            self.graphs.iter().map(|graph| &graph.value).collect();
        out.put(&graphs)?;
        out.put(&self.decisions)?;
        out.put(&self.forms)?;
        out.put(&self.files)?;
        out.put(&self.draining)?;
        out.put(&self.retired_definitions)?;
        out.put(&self.retired_graphs)?;
        out.put(&self.retired_decisions)?;
        out.put(&self.retired_forms)?;
        out.put(&self.retired_files)
    }
}

pub(super) fn restore(state: &mut State, reader: &mut Input<'_>) -> Result<(), RestoreError> {
    for value in reader.take::<Vec<DecisionRequirementsValue>>()? {
        let key = value.key;
        let graph = DecisionGraph::read(value).ok_or(RestoreError::DecisionRequirements(key))?;
        state.decisions.graphs.insert(Arc::new(graph));
    }
    restore_versions(&mut state.decisions.decisions, reader)?;
    restore_versions(&mut state.forms, reader)?;
    restore_versions(&mut state.files, reader)?;
    for (key, n_instances) in reader.take::<BTreeMap<ProcessDefinitionKey, u64>>()? {
        state.definitions.retire(key);
        state.draining.insert(key, n_instances);
    }
    restore_retired(&mut state.definitions, reader)?;
    restore_retired(&mut state.decisions.graphs, reader)?;
    restore_retired(&mut state.decisions.decisions, reader)?;
    restore_retired(&mut state.forms, reader)?;
    restore_retired(&mut state.files, reader)
}

fn restore_versions<T: Versioned + DeserializeOwned>(
    versions: &mut Versions<T>,
    reader: &mut Input<'_>,
) -> Result<(), RestoreError> {
    for value in reader.take::<Vec<T>>()? {
        versions.insert(Arc::new(value));
    }
    Ok(())
}

fn restore_retired<T>(
    versions: &mut Versions<T>,
    reader: &mut Input<'_>,
) -> Result<(), RestoreError>
where
    T: Versioned,
    T::Id: Serialize + DeserializeOwned,
{
    versions.restore_retired(reader.take::<Retired<T>>()?.into_iter());
    Ok(())
}

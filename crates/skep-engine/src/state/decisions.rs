//! The tables of decisions and of the graphs they are part of.

use bytes::Bytes;
use skep_model::DecisionRequirements;
use skep_record::{
    DecisionRequirementsId, DecisionRequirementsKey, DecisionRequirementsValue, DecisionValue,
    DeploymentKey, TenantId,
};

use crate::state::versions::{Versioned, Versions};

/// All versions of all decisions, and of the graphs.
#[derive(Debug, Default)]
pub(crate) struct Decisions {
    pub(crate) graphs: Versions<DecisionGraph>,
    pub(crate) decisions: Versions<DecisionValue>,
}

/// One version of a DMN file.
#[derive(Debug)]
pub(crate) struct DecisionGraph {
    /// What records say about it, with its file.
    pub(crate) value: DecisionRequirementsValue,
    /// What is read from the file.
    pub(crate) graph: DecisionRequirements,
}

impl DecisionGraph {
    /// The graph of a file that was read before, when it was deployed; `None` without a file.
    pub(crate) fn read(value: DecisionRequirementsValue) -> Option<Self> {
        let graph = skep_model::parse_dmn(value.resource.as_ref()?).ok()?;
        Some(Self { value, graph })
    }

    pub(crate) fn resource(&self) -> Option<&Bytes> {
        self.value.resource.as_ref()
    }
}

impl Decisions {
    pub(crate) fn commit(&mut self) {
        self.graphs.commit();
        self.decisions.commit();
    }

    pub(crate) fn rollback(&mut self) {
        self.graphs.rollback();
        self.decisions.rollback();
    }
}

impl Versioned for DecisionGraph {
    type Key = DecisionRequirementsKey;
    type Id = DecisionRequirementsId;

    fn key(&self) -> DecisionRequirementsKey {
        self.value.key
    }

    fn id(&self) -> &DecisionRequirementsId {
        &self.value.decision_requirements_id
    }

    fn tenant_id(&self) -> &TenantId {
        &self.value.tenant_id
    }

    fn version(&self) -> i32 {
        self.value.version
    }

    fn version_tag(&self) -> Option<&str> {
        None
    }

    fn deployment_key(&self) -> DeploymentKey {
        self.value.deployment_key
    }
}

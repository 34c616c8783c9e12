//! Decisions: looking one up, and what records say about its evaluation.
//!
//! Two ask for it: business rule tasks, whose failures become incidents, and clients, who read
//! about a failure in the answer.

mod evaluate;
mod value;

use std::sync::Arc;

use skep_feel::Variables;
use skep_model::Binding;
use skep_record::{
    DecisionCaller, DecisionEvaluationValue, DecisionId, DecisionKey, DecisionValue, DeploymentKey,
    TenantId,
};

pub(crate) use self::evaluate::{ByName, evaluate};
use crate::{
    Ctx,
    state::{State, decisions::DecisionGraph},
};

/// A decision that was found, with its graph.
#[derive(Clone, Debug)]
pub(crate) struct Called {
    pub(crate) decision: Arc<DecisionValue>,
    pub(crate) graph: Arc<DecisionGraph>,
}

impl Called {
    /// The decision that an element of a process asks for; the process came with `deployment`.
    ///
    /// # Errors
    /// What is missing, to stand behind a "but".
    pub(crate) fn bound(
        state: &State,
        tenant: &TenantId,
        id: &DecisionId,
        binding: &Binding,
        deployment: DeploymentKey,
    ) -> Result<Self, String> {
        let decision = state
            .decisions
            .decisions
            .bound(tenant, id, binding, deployment)
            .ok_or_else(|| match binding {
                Binding::Latest => format!("no decision found for id '{id}'"),
                Binding::Deployment => format!(
                    "no decision found for id '{id}' in deployment '{deployment}', which brought the process: deploy both together"
                ),
                Binding::VersionTag(tag) => {
                    format!("no decision found for id '{id}' with version tag '{tag}'")
                }
            })?;
        Self::with_graph(state, decision)
    }

    /// The latest version of a decision.
    ///
    /// # Errors
    /// As [`Called::bound`].
    fn latest(state: &State, tenant: &TenantId, id: &DecisionId) -> Result<Self, String> {
        // Without a process, there is no deployment to be bound to.
        Self::bound(state, tenant, id, &Binding::Latest, DeploymentKey(-1))
    }

    /// One version of a decision.
    ///
    /// # Errors
    /// As [`Called::bound`].
    fn by_key(state: &State, tenant: &TenantId, key: DecisionKey) -> Result<Self, String> {
        let decision = state.decisions.decisions.get(key);
        let decision = decision
            .filter(|decision| decision.tenant_id == *tenant)
            .ok_or_else(|| format!("no decision found for key '{key}'"))?;
        Self::with_graph(state, decision)
    }

    fn with_graph(state: &State, decision: &Arc<DecisionValue>) -> Result<Self, String> {
        let graph = state.decisions.graphs.get(decision.decision_requirements_key);
        let graph = graph.ok_or_else(|| {
            format!(
                "no decision requirements graph found for decision id '{}'",
                decision.decision_id
            )
        })?;
        Ok(Self { decision: Arc::clone(decision), graph: Arc::clone(graph) })
    }

    /// Evaluates the decision; what comes of it is to be written as `DECISION_EVALUATION`.
    pub(crate) fn evaluate<V: Variables + ?Sized>(
        &self,
        ctx: &Ctx<'_>,
        environment: &skep_feel::Environment,
        variables: &V,
        caller: Option<DecisionCaller>,
    ) -> DecisionEvaluationValue {
        let outcome = self.graph.graph.evaluate(&self.decision.decision_id, variables, environment);
        value::value(ctx.state(), self, caller, outcome)
    }
}

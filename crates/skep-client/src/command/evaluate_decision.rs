//! `EvaluateDecision`

use skep_api::gateway::{EvaluateDecisionRequest, EvaluateDecisionResponse};

use super::with_variables;
use crate::{
    Client, Error,
    call::{Call, Repeat},
    variables::Variables,
};

/// A decision to be evaluated.
#[derive(Clone)]
#[must_use = "it is evaluated by `send`"]
pub struct EvaluateDecision {
    client: Client,
    request: EvaluateDecisionRequest,
    variables: Variables,
}

with_variables!(EvaluateDecision);

impl EvaluateDecision {
    pub(crate) fn by_id(client: Client, decision_id: String) -> Self {
        Self::new(client, EvaluateDecisionRequest { decision_id, ..Default::default() })
    }

    pub(crate) fn by_key(client: Client, decision_key: i64) -> Self {
        Self::new(client, EvaluateDecisionRequest { decision_key, ..Default::default() })
    }

    fn new(client: Client, request: EvaluateDecisionRequest) -> Self {
        let tenant_id = client.shared.tenant_id.clone();
        let request = EvaluateDecisionRequest { tenant_id, ..request };
        Self { client, request, variables: Variables::None }
    }

    /// Of this tenant.
    pub fn tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.request.tenant_id = tenant_id.into();
        self
    }

    /// Evaluates it. A decision that has no result is an answer, whose `failed_decision_id` says
    /// which one failed.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is no such decision, and the errors of every call.
    pub async fn send(mut self) -> Result<EvaluateDecisionResponse, Error> {
        self.request.variables = self.variables.into_text()?;
        let call = Call::new("EvaluateDecision", Repeat::Always);
        self.client
            .unary(call, self.request, |mut stub, r| async move { stub.evaluate_decision(r).await })
            .await
    }
}

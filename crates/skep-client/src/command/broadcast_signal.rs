//! `BroadcastSignal`

use skep_api::gateway::{BroadcastSignalRequest, BroadcastSignalResponse};

use super::with_variables;
use crate::{
    Client, Error,
    call::{Call, Repeat},
    variables::Variables,
};

/// A signal to be.
#[derive(Clone)]
#[must_use = "it is broadcast by `send`"]
pub struct BroadcastSignal {
    client: Client,
    request: BroadcastSignalRequest,
    variables: Variables,
}

with_variables!(BroadcastSignal);

impl BroadcastSignal {
    pub(crate) fn new(client: Client, signal_name: String) -> Self {
        let tenant_id = client.shared.tenant_id.clone();
        let request = BroadcastSignalRequest { signal_name, tenant_id, ..Default::default() };
        Self { client, request, variables: Variables::None }
    }

    /// For this tenant.
    pub fn tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.request.tenant_id = tenant_id.into();
        self
    }

    /// Broadcasts it. That nobody waits for it is no error.
    ///
    /// # Errors
    /// The errors of every call.
    pub async fn send(mut self) -> Result<BroadcastSignalResponse, Error> {
        self.request.variables = self.variables.into_text()?;
        let call = Call::new("BroadcastSignal", Repeat::IfNothingHappened);
        self.client
            .unary(call, self.request, |mut stub, r| async move { stub.broadcast_signal(r).await })
            .await
    }
}

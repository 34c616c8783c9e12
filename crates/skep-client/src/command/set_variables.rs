//! `SetVariables`

use skep_api::gateway::{SetVariablesRequest, SetVariablesResponse};

use super::with_variables;
use crate::{
    Client, Error,
    call::{Call, Repeat},
    variables::Variables,
};

/// Variables to be set.
#[derive(Clone)]
#[must_use = "they are set by `send`"]
pub struct SetVariables {
    client: Client,
    request: SetVariablesRequest,
    variables: Variables,
}

with_variables!(SetVariables);

impl SetVariables {
    pub(crate) fn new(client: Client, element_instance_key: i64) -> Self {
        let request = SetVariablesRequest { element_instance_key, ..Default::default() };
        Self { client, request, variables: Variables::None }
    }

    /// In this scope only, not in the nearest scope upwards that has them already.
    pub fn local(mut self, local: bool) -> Self {
        self.request.local = local;
        self
    }

    /// Sets them.
    ///
    /// # Errors
    /// [`Error::Refused`] when the scope does not exist, and the errors of every call.
    pub async fn send(mut self) -> Result<SetVariablesResponse, Error> {
        self.request.variables = self.variables.into_text()?;
        let call = Call::new("SetVariables", Repeat::Always);
        self.client
            .unary(call, self.request, |mut stub, r| async move { stub.set_variables(r).await })
            .await
    }
}

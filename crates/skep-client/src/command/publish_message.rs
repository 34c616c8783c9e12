//! `PublishMessage`

use std::time::Duration;

use skep_api::gateway::{PublishMessageRequest, PublishMessageResponse};

use super::{ms, with_variables};
use crate::{
    Client, Error,
    call::{Call, Repeat},
    variables::Variables,
};

/// Source: camunda/zeebe: clients/java/src/main/java/io/camunda/zeebe/client/impl/ZeebeClientBuilderImpl.java
const TIME_TO_LIVE: Duration = Duration::from_secs(60 * 60);

/// A message to be.
#[derive(Clone)]
#[must_use = "it is published by `send`"]
pub struct PublishMessage {
    client: Client,
    request: PublishMessageRequest,
    variables: Variables,
}

with_variables!(PublishMessage);

impl PublishMessage {
    pub(crate) fn new(client: Client, name: String, correlation_key: String) -> Self {
        let request = PublishMessageRequest {
            name,
            correlation_key,
            time_to_live: ms(TIME_TO_LIVE),
            tenant_id: client.shared.tenant_id.clone(),
            ..Default::default()
        };
        Self { client, request, variables: Variables::None }
    }

    /// How long it waits for someone to receive it, 1 h unless said; zero is now or never.
    pub fn time_to_live(mut self, time_to_live: Duration) -> Self {
        self.request.time_to_live = ms(time_to_live);
        self
    }

    /// Is refused while another message with this id waits.
    pub fn message_id(mut self, message_id: impl Into<String>) -> Self {
        self.request.message_id = message_id.into();
        self
    }

    /// For this tenant.
    pub fn tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.request.tenant_id = tenant_id.into();
        self
    }

    /// Publishes it.
    ///
    /// # Errors
    /// [`Error::Refused`] when its id is taken, and the errors of every call.
    pub async fn send(mut self) -> Result<PublishMessageResponse, Error> {
        self.request.variables = self.variables.into_text()?;
        let call = Call::new("PublishMessage", Repeat::IfNothingHappened);
        self.client
            .unary(call, self.request, |mut stub, r| async move { stub.publish_message(r).await })
            .await
    }
}

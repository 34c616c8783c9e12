//! `CreateProcessInstance` and `CreateProcessInstanceWithResult`

use std::time::Duration;

use skep_api::gateway::{
    CreateProcessInstanceRequest, CreateProcessInstanceResponse,
    CreateProcessInstanceWithResultRequest, CreateProcessInstanceWithResultResponse,
    ProcessInstanceCreationRuntimeInstruction, ProcessInstanceCreationStartInstruction,
    TerminateProcessInstanceInstruction,
    process_instance_creation_runtime_instruction::Instruction,
};

use super::{ms, with_variables};
use crate::{
    Client, Error,
    call::{Call, Repeat},
    variables::Variables,
};

/// What the protocol calls the latest version.
const LATEST_VERSION: i32 = -1;

/// How long the answer may come after the gateway's own time-out.
///
/// Source: camunda/zeebe: clients/java/src/main/java/io/camunda/zeebe/client/impl/command
const ANSWER_SLACK: Duration = Duration::from_secs(10);

/// A process instance to be.
#[derive(Clone)]
#[must_use = "it is created by `send`"]
pub struct CreateProcessInstance {
    client: Client,
    request: CreateProcessInstanceRequest,
    variables: Variables,
}

with_variables!(CreateProcessInstance);

impl CreateProcessInstance {
    pub(crate) fn by_id(client: Client, bpmn_process_id: String) -> Self {
        Self::new(client, CreateProcessInstanceRequest { bpmn_process_id, ..Default::default() })
    }

    pub(crate) fn by_key(client: Client, process_definition_key: i64) -> Self {
        let request = CreateProcessInstanceRequest { process_definition_key, ..Default::default() };
        Self::new(client, request)
    }

    fn new(client: Client, mut request: CreateProcessInstanceRequest) -> Self {
        request.version = LATEST_VERSION;
        request.tenant_id.clone_from(&client.shared.tenant_id);
        Self { client, request, variables: Variables::None }
    }

    /// Of this version instead of the latest.
    pub fn version(mut self, version: i32) -> Self {
        self.request.version = version;
        self
    }

    /// For this tenant.
    pub fn tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.request.tenant_id = tenant_id.into();
        self
    }

    /// Starts before this element instead of at the start event; may be said more than once.
    pub fn start_before(mut self, element_id: impl Into<String>) -> Self {
        self.request
            .start_instructions
            .push(ProcessInstanceCreationStartInstruction { element_id: element_id.into() });
        self
    }

    /// Terminates the instance when this element has ended; may be said more than once.
    pub fn terminate_after(mut self, element_id: impl Into<String>) -> Self {
        let terminate = TerminateProcessInstanceInstruction { after_element_id: element_id.into() };
        self.request.runtime_instructions.push(ProcessInstanceCreationRuntimeInstruction {
            instruction: Some(Instruction::Terminate(terminate)),
        });
        self
    }

    /// Gives the instance, and every job of it, a tag; may be said more than once.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.request.tags.push(tag.into());
        self
    }

    /// Gives the instance a name in your own words, such as an order number.
    pub fn business_id(mut self, business_id: impl Into<String>) -> Self {
        self.request.business_id = Some(business_id.into());
        self
    }

    /// Waits until the instance has completed, at most `timeout`.
    pub fn with_result(self, timeout: Duration) -> CreateProcessInstanceWithResult {
        CreateProcessInstanceWithResult { create: self, timeout, fetch_variables: Vec::new() }
    }

    /// Creates the instance. It is not repeated when an answer is lost, so there are never two.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is no such process, and the errors of every call.
    pub async fn send(mut self) -> Result<CreateProcessInstanceResponse, Error> {
        self.request.variables = self.variables.into_text()?;
        let call = Call::new("CreateProcessInstance", Repeat::IfNothingHappened);
        self.client
            .unary(call, self.request, |mut stub, r| async move {
                stub.create_process_instance(r).await
            })
            .await
    }
}

/// A process instance to be, whose result is waited for.
#[derive(Clone)]
#[must_use = "it is created by `send`"]
pub struct CreateProcessInstanceWithResult {
    create: CreateProcessInstance,
    timeout: Duration,
    fetch_variables: Vec<String>,
}

impl CreateProcessInstanceWithResult {
    /// Only these variables in the result; all of them unless said.
    pub fn fetch_variables<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.fetch_variables.extend(names.into_iter().map(Into::into));
        self
    }

    /// Creates the instance and waits. An instance that does not complete in time goes on.
    ///
    /// # Errors
    /// As [`CreateProcessInstance::send`], and [`Error::Refused`] with `DEADLINE_EXCEEDED`.
    pub async fn send(self) -> Result<CreateProcessInstanceWithResultResponse, Error> {
        let mut request = self.create.request;
        request.variables = self.create.variables.into_text()?;
        let call = Call::new("CreateProcessInstanceWithResult", Repeat::IfNothingHappened)
            .attempt_timeout(self.timeout + ANSWER_SLACK);
        let request = CreateProcessInstanceWithResultRequest {
            request: Some(request),
            request_timeout: ms(self.timeout),
            fetch_variables: self.fetch_variables,
        };
        self.create
            .client
            .unary(call, request, |mut stub, r| async move {
                stub.create_process_instance_with_result(r).await
            })
            .await
    }
}

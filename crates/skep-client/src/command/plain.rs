//! Commands that need nothing but keys and numbers.

use std::time::Duration;

use skep_api::gateway::{
    CancelProcessInstanceRequest, DeleteResourceRequest, ResolveIncidentRequest,
    UpdateJobRetriesRequest, UpdateJobTimeoutRequest,
};

use super::ms;
use crate::{
    Client, Error,
    call::{Call, Repeat},
};

impl Client {
    /// Cancels a process instance that no call activity started.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is none with this key, and the errors of every call.
    pub async fn cancel_process_instance(&self, process_instance_key: i64) -> Result<(), Error> {
        let call = Call::new("CancelProcessInstance", Repeat::Always);
        let request =
            CancelProcessInstanceRequest { process_instance_key, operation_reference: None };
        self.unary(
            call,
            request,
            |mut stub, r| async move { stub.cancel_process_instance(r).await },
        )
        .await
        .map(drop)
    }

    /// Deletes a process definition, decision requirements with their decisions, or a form.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is nothing with this key, and the errors of every call.
    pub async fn delete_resource(&self, resource_key: i64) -> Result<(), Error> {
        let call = Call::new("DeleteResource", Repeat::Always);
        let request = DeleteResourceRequest { resource_key, operation_reference: None };
        self.unary(call, request, |mut stub, r| async move { stub.delete_resource(r).await })
            .await
            .map(drop)
    }

    /// Resolves an incident: what failed is tried again.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is none with this key or its job has no retries, and the
    /// errors of every call.
    pub async fn resolve_incident(&self, incident_key: i64) -> Result<(), Error> {
        let call = Call::new("ResolveIncident", Repeat::Always);
        let request = ResolveIncidentRequest { incident_key, operation_reference: None };
        self.unary(call, request, |mut stub, r| async move { stub.resolve_incident(r).await })
            .await
            .map(drop)
    }

    /// Sets the retries of a job, at least 1. A failed job waits for its incident to be resolved.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is none with this key, and the errors of every call.
    pub async fn update_job_retries(&self, job_key: i64, retries: i32) -> Result<(), Error> {
        let call = Call::new("UpdateJobRetries", Repeat::Always);
        let request = UpdateJobRetriesRequest { job_key, retries, operation_reference: None };
        self.unary(call, request, |mut stub, r| async move { stub.update_job_retries(r).await })
            .await
            .map(drop)
    }

    /// Keeps an activated job locked for `timeout` from now.
    ///
    /// # Errors
    /// [`Error::Refused`] when it is not activated, and the errors of every call.
    pub async fn update_job_timeout(&self, job_key: i64, timeout: Duration) -> Result<(), Error> {
        let call = Call::new("UpdateJobTimeout", Repeat::Always);
        let request =
            UpdateJobTimeoutRequest { job_key, timeout: ms(timeout), operation_reference: None };
        self.unary(call, request, |mut stub, r| async move { stub.update_job_timeout(r).await })
            .await
            .map(drop)
    }
}

//! Batch operations: one thing done to many process instances.

use skep_api::rest::{
    BatchMoveInstruction, BatchOperation, BatchOperationItem, BatchOperationItemFilter,
    BatchOperationRequest, CreatedBatchOperation, KeyFormat, MigrationBatchOperationRequest,
    MigrationPlan, ModificationBatchOperationRequest, ProcessInstanceFilter, SearchPage,
    SearchRequest, SearchResult,
};

use super::RestClient;
use crate::Error;

impl RestClient {
    /// Begins to cancel all process instances that `filter` selects.
    ///
    /// # Errors
    /// [`Error::RestRefused`], [`Error::RestUnreachable`], [`Error::Token`], [`Error::Deadline`]
    pub async fn cancel_process_instances(
        &self,
        filter: ProcessInstanceFilter,
    ) -> Result<CreatedBatchOperation, Error> {
        let (call, path) = ("cancelProcessInstancesBatchOperation", "cancellation");
        self.post(call, &of_instances(path), &selecting(filter)).await
    }

    /// Begins to resolve the incidents of all process instances that `filter` selects.
    ///
    /// # Errors
    /// As [`RestClient::cancel_process_instances`].
    pub async fn resolve_incidents(
        &self,
        filter: ProcessInstanceFilter,
    ) -> Result<CreatedBatchOperation, Error> {
        let (call, path) = ("resolveIncidentsBatchOperation", "incident-resolution");
        self.post(call, &of_instances(path), &selecting(filter)).await
    }

    /// Begins to migrate all process instances that `filter` selects.
    ///
    /// # Errors
    /// As [`RestClient::cancel_process_instances`].
    pub async fn migrate_process_instances(
        &self,
        filter: ProcessInstanceFilter,
        plan: MigrationPlan,
    ) -> Result<CreatedBatchOperation, Error> {
        let body = MigrationBatchOperationRequest {
            filter: Some(filter),
            migration_plan: Some(plan),
            operation_reference: None,
        };
        let call = "migrateProcessInstancesBatchOperation";
        self.post(call, &of_instances("migration"), &body).await
    }

    /// Begins to move tokens in all process instances that `filter` selects.
    ///
    /// # Errors
    /// As [`RestClient::cancel_process_instances`].
    pub async fn modify_process_instances(
        &self,
        filter: ProcessInstanceFilter,
        moves: Vec<BatchMoveInstruction>,
    ) -> Result<CreatedBatchOperation, Error> {
        let body = ModificationBatchOperationRequest {
            filter: Some(filter),
            move_instructions: Some(moves),
            operation_reference: None,
        };
        let call = "modifyProcessInstancesBatchOperation";
        self.post(call, &of_instances("modification"), &body).await
    }

    /// How far a batch operation has come.
    ///
    /// # Errors
    /// As [`RestClient::cancel_process_instances`].
    pub async fn batch_operation(&self, key: i64) -> Result<BatchOperation, Error> {
        self.get("getBatchOperation", &format!("/batch-operations/{key}")).await
    }

    /// What a batch operation works on and has worked on, one page of it; those in `state`, if
    /// one is given.
    ///
    /// # Errors
    /// As [`RestClient::cancel_process_instances`].
    pub async fn batch_operation_items(
        &self,
        key: i64,
        state: Option<String>,
        limit: i64,
    ) -> Result<SearchResult<BatchOperationItem>, Error> {
        let filter = BatchOperationItemFilter {
            batch_operation_key: Some(KeyFormat::Text.key(key).into()),
            state: state.map(Into::into),
            ..BatchOperationItemFilter::default()
        };
        let page = SearchPage { limit: Some(limit), ..SearchPage::default() };
        let body = SearchRequest { filter: Some(filter), sort: None, page: Some(page) };
        self.post("searchBatchOperationItems", "/batch-operation-items/search", &body).await
    }

    /// Lets a batch operation rest until it is resumed.
    ///
    /// # Errors
    /// As [`RestClient::cancel_process_instances`].
    pub async fn suspend_batch_operation(&self, key: i64) -> Result<(), Error> {
        self.post_plain("suspendBatchOperation", &of_operation(key, "suspension")).await
    }

    /// Lets a suspended batch operation go on.
    ///
    /// # Errors
    /// As [`RestClient::cancel_process_instances`].
    pub async fn resume_batch_operation(&self, key: i64) -> Result<(), Error> {
        self.post_plain("resumeBatchOperation", &of_operation(key, "resumption")).await
    }

    /// Ends a batch operation; what it has done stays done.
    ///
    /// # Errors
    /// As [`RestClient::cancel_process_instances`].
    pub async fn cancel_batch_operation(&self, key: i64) -> Result<(), Error> {
        self.post_plain("cancelBatchOperation", &of_operation(key, "cancellation")).await
    }
}

fn selecting(filter: ProcessInstanceFilter) -> BatchOperationRequest {
    BatchOperationRequest { filter: Some(filter), operation_reference: None }
}

fn of_instances(action: &str) -> String {
    format!("/process-instances/{action}")
}

fn of_operation(key: i64, action: &str) -> String {
    format!("/batch-operations/{key}/{action}")
}
